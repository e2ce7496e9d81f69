# A pull lands while a form is open.  What was on the form decides what its author had seen: saving it is a conflict, and no
# silent overwrite.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'02', x'd0', 'Beter slapen');
  COMMIT
sync everybody

samira opens doel 02
joost: UPDATE doel SET tekst = 'vast ritueel' WHERE id = x'02'
sync joost, samira
samira: UPDATE doel SET tekst = 'eigen bed' WHERE id = x'02'
samira closes doel 02
sync in every order: samira, joost
inbox of samira => conflict doel tekst: eigen bed | vast ritueel
inbox of joost => conflict doel tekst: eigen bed | vast ritueel

# Without a form she has seen what is on the screen: her edit replaces it.
samira chooses eigen bed
sync everybody
samira: UPDATE doel SET tekst = 'eigen kamer' WHERE id = x'02'
sync samira, joost
everywhere: SELECT tekst FROM doel => eigen kamer
inbox of operator => nothing
