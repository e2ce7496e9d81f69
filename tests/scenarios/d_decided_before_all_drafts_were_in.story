# (d) A refusal in writing.  Eva establishes the decision; Karim, offline, had worked on its reasons.  What was established is
# what Eva saw, in every order; Karim's reasons are in a new concept, and the day of the objection counts for the decision.
workers: eva, karim

eva: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Benali');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @eva, 'actief'), (x'b2', x'd0', @karim, 'actief');
  INSERT INTO besluit (id, dossier_id, motivering, status) VALUES (x'c1', x'd0', 'Dit kan het team zelf bieden.', 'concept');
  COMMIT
sync everybody

eva: UPDATE besluit SET status = 'vastgesteld', vastgesteld_op = '2026-11-22'
karim: UPDATE besluit SET motivering = 'Er is al hulp uit een ander huis.', bezwaar_op = '2026-12-01'
sync in every order: eva, karim

everywhere: SELECT motivering, status, vastgesteld_op, bezwaar_op FROM besluit ORDER BY status =>
  Er is al hulp uit een ander huis. concept null null / Dit kan het team zelf bieden. vastgesteld 2026-11-22 2026-12-01
inbox of karim => late besluit
