# S3. What is signed is what was on the screen.  Femke's step to 'besproken' waits, with a note for a household that has not come in
# yet.  Meanwhile Mo's words are pulled and she reads them out; she signs those, and nothing of them is left in a concept.
workers: femke, mo, joris

femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Pruis');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, afgesproken_inzet, status)
    VALUES (x'a2', x'd0', 'elke week koffie', 'concept');
  INSERT INTO doel (id, dossier_id, plan_id, tekst, status) VALUES (x'01', x'd0', x'a2', 'Weer naar buiten', 'open');
  COMMIT
sync everybody

joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd9', 'Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b3', x'd9', @femke, 'actief'), (x'b4', x'd9', @joris, 'actief');
  COMMIT
femke: BEGIN;
  UPDATE ondersteuningsplan SET status = 'besproken' WHERE id = x'a2';
  INSERT INTO voortgang (id, dossier_id, soort, tekst) VALUES (x'31', x'd9', 'gesprek', 'gebeld');
  COMMIT
sync femke
mo: BEGIN;
  UPDATE ondersteuningsplan SET afgesproken_inzet = 'elke dag bellen' WHERE id = x'a2';
  UPDATE doel SET tekst = 'Elke dag naar buiten' WHERE id = x'01';
  COMMIT
sync mo, femke
femke: SELECT p.afgesproken_inzet, d.tekst FROM ondersteuningsplan p JOIN doel d => elke dag bellen Elke dag naar buiten
femke: UPDATE ondersteuningsplan SET status = 'ondertekend', ondertekend_op = '2026-11-02' WHERE id = x'a2'
sync femke
sync joris
sync everybody

store: SELECT p.status, p.afgesproken_inzet, d.tekst FROM ondersteuningsplan p JOIN doel d ON d.plan_id = p.id =>
  ondertekend elke dag bellen Elke dag naar buiten
mo: SELECT p.status, p.afgesproken_inzet, d.tekst FROM ondersteuningsplan p JOIN doel d ON d.plan_id = p.id =>
  ondertekend elke dag bellen Elke dag naar buiten
inbox of mo => nothing
quarantine => nothing
