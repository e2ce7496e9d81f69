# Whom an item concerns.  All who hold a household have what waits there, and may choose; it concerns the lead and who wrote it.  It goes
# along with the lead, and when nobody leads it is everybody's.  The store and all devices say the same.
workers: samira, joost, femke, mo, lotte (teammanager)

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'Van Dalfsen', @femke);
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief'), (x'b3', x'd0', @femke, 'actief'),
           (x'b4', x'd0', @mo, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'02', x'd0', 'beter slapen');
  INSERT INTO afspraak (id, dossier_id, wat) VALUES (x'a1', x'd0', 'oppas op dinsdag');
  COMMIT
sync everybody

samira: UPDATE doel SET tekst = 'eigen bed'
joost: UPDATE doel SET tekst = 'vast ritueel'
sync in every order: samira, joost
sync everybody
concerned => conflict doel: samira, joost, femke
inbox of samira => conflict doel tekst: eigen bed | vast ritueel
inbox of femke => conflict doel tekst: eigen bed | vast ritueel
inbox of mo => nothing

# Another lead: the item is in that inbox now.
femke: UPDATE dossier SET vaste_hulpverlener_id = @mo
mo: DELETE FROM afspraak
joost: UPDATE afspraak SET wat = 'oppas op woensdag'
sync everybody
concerned => conflict doel: samira, joost, mo / deleted afspraak: mo
inbox of femke => nothing
inbox of samira => conflict doel tekst: eigen bed | vast ritueel
inbox of mo => conflict doel tekst: eigen bed | vast ritueel / deleted afspraak

# An author leaves: what he wrote stays, and somebody has it.
femke: UPDATE betrokkenheid SET status = 'beeindigd' WHERE medewerker_id = @joost
sync everybody
concerned => conflict doel: samira, mo / deleted afspraak: mo
inbox of joost => nothing

# The lead leaves and nobody has taken over: it is for all who are there.
samira: UPDATE betrokkenheid SET status = 'beeindigd' WHERE medewerker_id = @mo
sync everybody
concerned => conflict doel: samira, femke / deleted afspraak: samira, femke
inbox of femke => conflict doel tekst: eigen bed | vast ritueel / deleted afspraak
inbox of mo => nothing

# Who is told of none of it can read and choose all the same.
samira: UPDATE dossier SET vaste_hulpverlener_id = @samira
sync everybody
concerned => conflict doel: samira / deleted afspraak: samira
inbox of femke => nothing
femke chooses eigen bed
femke chooses none
sync everybody
concerned => nothing
everywhere: SELECT count(*) FROM doel WHERE tekst <> 'eigen bed' => 0
inbox of operator => nothing

# Nobody is there any more: the operator has it.
femke: UPDATE doel SET tekst = 'op tijd'
samira: UPDATE doel SET tekst = 'zonder licht'
sync everybody
concerned => conflict doel: samira, femke
samira: UPDATE betrokkenheid SET status = 'beeindigd'
sync everybody
concerned => conflict doel: nobody
inbox of samira => nothing
inbox of operator => conflict doel tekst: op tijd | zonder licht
