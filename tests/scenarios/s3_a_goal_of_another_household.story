# A goal that names a plan of another household, by a mistake of an app, is no part of what is signed there: work on it goes on.
workers: femke, mo

femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Pruis'), (x'd1', 'Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief'),
      (x'b3', x'd1', @femke, 'actief'), (x'b4', x'd1', @mo, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id, afgesproken_inzet, status)
    VALUES (x'a2', x'd0', 'elke week koffie', 'besproken');
  INSERT INTO doel (id, dossier_id, plan_id, tekst, status) VALUES (x'01', x'd1', x'a2', 'Weer naar buiten', 'open');
  COMMIT
sync everybody

femke: UPDATE ondersteuningsplan SET status = 'ondertekend', ondertekend_op = '2026-11-02' WHERE id = x'a2'
mo: UPDATE doel SET tekst = 'Elke dag naar buiten' WHERE id = x'01'
sync in every order: mo, femke

everywhere: SELECT hex(dossier_id), tekst FROM doel => D1 Elke dag naar buiten
inbox of mo => nothing
