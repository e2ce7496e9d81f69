# S3. A signed plan does not move.  Femke has meneer Pruis sign at the kitchen table, offline; Mo changes the agreed support
# and adds a goal, offline too.  What was signed is what Femke saw, whoever comes in first; Mo's words are in a new concept.
workers: femke, mo

femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Pruis');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, afgesproken_inzet, status)
    VALUES (x'a2', x'd0', 'elke week koffie', 'besproken');
  INSERT INTO doel (id, dossier_id, plan_id, tekst, status) VALUES (x'01', x'd0', x'a2', 'Weer naar buiten', 'open');
  COMMIT
sync everybody

femke: UPDATE ondersteuningsplan SET status = 'ondertekend', ondertekend_op = '2026-11-02', inhoud_hash = x'beef' WHERE id = x'a2'
mo: BEGIN;
  UPDATE ondersteuningsplan SET afgesproken_inzet = 'elke dag bellen' WHERE id = x'a2';
  INSERT INTO doel (id, dossier_id, plan_id, tekst) VALUES (x'02', x'd0', x'a2', 'Minder schulden');
  UPDATE doel SET status = 'gehaald' WHERE id = x'01';
  COMMIT
sync in every order: mo, femke

everywhere: SELECT p.afgesproken_inzet, p.ondertekend_op, d.tekst, d.status FROM ondersteuningsplan p
  JOIN doel d ON d.plan_id = p.id WHERE p.status = 'ondertekend' => elke week koffie 2026-11-02 Weer naar buiten gehaald
everywhere: SELECT p.afgesproken_inzet, p.ondertekend_op, p.inhoud_hash, d.tekst FROM ondersteuningsplan p
  JOIN doel d ON d.plan_id = p.id WHERE p.status = 'concept' ORDER BY d.tekst =>
  elke dag bellen null null Minder schulden / elke dag bellen null null Weer naar buiten
everywhere: SELECT count(*) FROM ondersteuningsplan => 2
inbox of mo => late ondersteuningsplan
inbox of femke => late ondersteuningsplan
inbox of operator => late ondersteuningsplan

# Who has seen the signature changes nothing of it; the new concept goes on.
mo: UPDATE ondersteuningsplan SET afgesproken_inzet = 'elke dag samen bellen'
sync everybody
sync everybody
everywhere: SELECT status, afgesproken_inzet FROM ondersteuningsplan ORDER BY status =>
  concept elke dag samen bellen / ondertekend elke week koffie
