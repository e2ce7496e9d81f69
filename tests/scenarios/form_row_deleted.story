# A colleague deletes the row under an open form.  What is typed there brings it back, whoever comes in first, and is told of.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'02', x'd0', 'Beter slapen'), (x'03', x'd0', 'Naar buiten');
  COMMIT
sync everybody

# The row has gone before she saves: it is there with its key alone, until the form closes.
samira opens doel 02
samira opens doel 03
joost: DELETE FROM doel
sync joost, samira
samira: SELECT count(*), count(tekst) FROM doel => 2 0
samira: UPDATE doel SET tekst = 'eigen bed' WHERE id = x'02'
samira: SELECT count(*), count(tekst) FROM doel => 2 0
samira closes doel 02
samira closes doel 03
samira: SELECT count(*) FROM doel => 0
sync in every order: samira, joost
sync everybody
everywhere: SELECT hex(id), hex(dossier_id), tekst FROM doel => 02 D0 eigen bed
inbox of samira => deleted doel
inbox of joost => deleted doel

# She closed the other form without a word: it is gone.
store: SELECT count(*) FROM doel WHERE id = x'03' => 0
