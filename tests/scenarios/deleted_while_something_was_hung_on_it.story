# Samira deletes a goal while Joost, offline, hangs an agreement on it.  The agreement stands, and both are asked to look.  A
# goal that is deleted with its agreements in sight, and an agreement that comes before its goal, ask nobody.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'0a', x'd0', 'slapen'), (x'0b', x'd0', 'schulden');
  INSERT INTO afspraak (id, dossier_id, doel_id, wat) VALUES (x'02', x'd0', x'0b', 'brief openen');
  COMMIT
sync everybody
samira: DELETE FROM doel
joost: BEGIN;
  INSERT INTO afspraak (id, dossier_id, doel_id, wat) VALUES (x'01', x'd0', x'0a', 'avondritueel');
  INSERT INTO afspraak (id, dossier_id, doel_id, wat) VALUES (x'03', x'd0', x'0c', 'kennismaken');
  COMMIT
sync in every order: samira, joost
everywhere: SELECT wat FROM afspraak ORDER BY id => avondritueel / brief openen / kennismaken
everywhere: SELECT count(*) FROM doel => 0
inbox of samira => deleted afspraak
inbox of joost => deleted afspraak
quarantine => nothing

# The goal comes back, and the question is gone.
samira: INSERT INTO doel (id, dossier_id, tekst) VALUES (x'0a', x'd0', 'rustig slapen')
sync everybody
inbox of samira => nothing
inbox of joost => nothing
inbox of operator => nothing
