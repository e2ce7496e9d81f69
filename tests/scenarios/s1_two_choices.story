# S1, further.  Two people resolve one conflict differently, without seeing each other: that is noticed too.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'02', x'd0', 'Beter slapen');
  COMMIT
sync everybody
samira: UPDATE doel SET tekst = 'eigen bed' WHERE id = x'02'
joost: UPDATE doel SET tekst = 'vast ritueel' WHERE id = x'02'
sync everybody

samira chooses eigen bed
joost chooses vast ritueel
sync in every order: samira, joost
inbox of samira => conflict doel tekst: eigen bed | vast ritueel
inbox of joost => conflict doel tekst: eigen bed | vast ritueel
joost chooses eigen bed
sync everybody
everywhere: SELECT tekst FROM doel => eigen bed
inbox of samira => nothing
inbox of operator => nothing
