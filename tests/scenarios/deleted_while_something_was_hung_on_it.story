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

# Joost takes the agreement away, and with it the question; Samira, who did not know, edited it.  Both are back, in every order,
# and beside them that Joost deleted it.
joost: DELETE FROM afspraak WHERE id = x'01'
samira: UPDATE afspraak SET wanneer = '2026-12-02' WHERE id = x'01'
sync in every order: joost, samira
everywhere: SELECT wat, wanneer FROM afspraak WHERE id = x'01' => avondritueel 2026-12-02
inbox of samira => deleted afspraak / deleted afspraak
inbox of joost => deleted afspraak / deleted afspraak
inbox of operator => deleted afspraak / deleted afspraak

# The goal comes back, and the question is gone; what is left is of the agreement itself.
samira: INSERT INTO doel (id, dossier_id, tekst) VALUES (x'0a', x'd0', 'rustig slapen')
sync everybody
inbox of samira => deleted afspraak
inbox of joost => deleted afspraak
inbox of operator => deleted afspraak
