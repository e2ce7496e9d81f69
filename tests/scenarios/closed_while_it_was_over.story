# Joost has done with the question about a delete; a second delete has ended it meanwhile, and an edit that had seen neither undoes
# that: only the second delete is a question again, whoever comes in first.
workers: samira, joost, dunya

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief'), (x'b3', x'd0', @dunya, 'actief');
  INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'02', x'd0', 'Beter slapen', 'open');
  COMMIT
sync everybody
samira: DELETE FROM doel WHERE id = x'02'
joost: UPDATE doel SET tekst = 'vast ritueel' WHERE id = x'02'
sync everybody
inbox of joost => deleted doel
samira: DELETE FROM doel WHERE id = x'02'
joost chooses none
dunya: UPDATE doel SET volgorde = 3 WHERE id = x'02'
sync in every order: samira, joost, dunya
sync everybody
everywhere: SELECT tekst, volgorde FROM doel => vast ritueel 3
inbox of operator => deleted doel
inbox of samira => deleted doel
inbox of joost => deleted doel
inbox of dunya => deleted doel
