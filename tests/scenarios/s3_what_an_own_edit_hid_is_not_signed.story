# S3. Femke's own words are on their way, and hide what Mo wrote of the same.  She signs what her screen shows.  Mo's words were not
# on it: they are in the concept beside hers, a choice for a person, whoever comes in first.
workers: femke, mo, joris

femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Pruis');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, afgesproken_inzet, status)
    VALUES (x'a2', x'd0', 'elke week koffie', 'besproken');
  COMMIT
sync everybody

joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd9', 'Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b3', x'd9', @femke, 'actief'), (x'b4', x'd9', @joris, 'actief');
  COMMIT
femke: BEGIN;
  UPDATE ondersteuningsplan SET afgesproken_inzet = 'wandelen' WHERE id = x'a2';
  INSERT INTO voortgang (id, dossier_id, soort, tekst) VALUES (x'31', x'd9', 'gesprek', 'gebeld');
  COMMIT
sync femke
mo: UPDATE ondersteuningsplan SET afgesproken_inzet = 'elke dag bellen' WHERE id = x'a2'
sync in every order: mo, femke
femke: SELECT afgesproken_inzet FROM ondersteuningsplan => wandelen
femke: UPDATE ondersteuningsplan SET status = 'ondertekend', ondertekend_op = '2026-11-02' WHERE id = x'a2'
sync femke
sync joris
sync everybody

store: SELECT status, afgesproken_inzet FROM ondersteuningsplan ORDER BY status =>
  concept elke dag bellen / ondertekend wandelen
mo: SELECT status, afgesproken_inzet FROM ondersteuningsplan ORDER BY status =>
  concept elke dag bellen / ondertekend wandelen
inbox of mo => conflict ondersteuningsplan afgesproken_inzet: elke dag bellen | wandelen / late ondersteuningsplan
quarantine => nothing
