# S4. No longer the translator.  Dunya (buurtteam), Bas (Lister) and Wiersum (Altrecht) work from one plan.  Bas writes a new
# agreement; Dunya ticks the letter off while Bas drops it.  What is done stays done.
workers: dunya, bas, wiersum

dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Okkerse');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @dunya, 'actief'), (x'b2', x'd0', @bas, 'actief'), (x'b3', x'd0', @wiersum, 'actief');
  INSERT INTO afspraak (id, dossier_id, wat, status) VALUES (x'01', x'd0', 'brief woningcorporatie', 'open');
  COMMIT
sync everybody

bas: INSERT INTO afspraak (id, dossier_id, wat, status) VALUES (x'02', x'd0', 'bijwerking bespreken met psychiater', 'open')
bas: UPDATE afspraak SET status = 'vervallen' WHERE id = x'01'
dunya: UPDATE afspraak SET status = 'gedaan' WHERE id = x'01'
sync in every order: dunya, bas, wiersum

everywhere: SELECT wat, status FROM afspraak ORDER BY id =>
  brief woningcorporatie gedaan / bijwerking bespreken met psychiater open
inbox of operator => nothing
