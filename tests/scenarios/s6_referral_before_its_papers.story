# S6. A referral that starts before its papers.  Joris refers mevrouw Tahiri at the kitchen table; the row's id stands on the
# letter as a code.  The provider's Petra starts on that id before the server knows the row; Joris' colleague Eva notes that the
# budget is nearly used.  The status ends `gestart` in every order, and waiting counts from the earliest dates.  Petra is of another
# team: she sees the face of a referral, and nothing of the household.
workers: joris, petra of Thuiszorg, eva

joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Tahiri');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @joris, 'actief'), (x'b2', x'd0', @eva, 'actief');
  COMMIT
sync everybody

joris: INSERT INTO verwijzing (id, dossier_id, soort, aanbieder_id, waarvoor, overwogen_alternatieven, status, verzonden_op)
  SELECT x'77', x'd0', 'aanvullende_zorg', team_id, 'thuisbegeleiding', 'haar dochter helpt al', 'verzonden', '2026-11-18'
  FROM medewerker WHERE id = @petra
petra: INSERT INTO verwijzing (id, aanbieder_id, status, ontvangen_op, gestart_op)
  SELECT x'77', team_id, 'gestart', '2026-11-19', '2026-11-17' FROM medewerker WHERE id = @petra
eva: INSERT INTO verwijzing (id, dossier_id, aanbieder_id, status, ontvangen_op)
  SELECT x'77', x'd0', team_id, 'bij_cpa', '2026-11-20' FROM medewerker WHERE id = @petra
sync in every order: joris, petra, eva

store: SELECT status, verzonden_op, ontvangen_op, gestart_op FROM verwijzing => gestart 2026-11-18 2026-11-19 2026-11-17
joris: SELECT status, waarvoor, gestart_op FROM verwijzing => gestart thuisbegeleiding 2026-11-17
petra: SELECT status, waarvoor, dossier_id FROM verwijzing => gestart thuisbegeleiding null
petra: SELECT overwogen_alternatieven, plan_id, verwijsbrief_hash FROM verwijzing => null null null
petra: SELECT (SELECT count(*) FROM dossier) + (SELECT count(*) FROM betrokkenheid) => 0
store: SELECT hex(dossier_id), overwogen_alternatieven FROM verwijzing => D0 haar dochter helpt al
eva: SELECT status, overwogen_alternatieven FROM verwijzing => gestart haar dochter helpt al
inbox of operator => nothing
quarantine => nothing

# It goes on from both sides.
petra: UPDATE verwijzing SET status = 'beeindigd', beeindigd_op = '2026-12-01' WHERE id = x'77'
joris: UPDATE verwijzing SET overwogen_alternatieven = 'haar dochter hielp al' WHERE id = x'77'
sync in every order: joris, petra
store: SELECT status, overwogen_alternatieven FROM verwijzing => beeindigd haar dochter hielp al
petra: SELECT status, overwogen_alternatieven FROM verwijzing => beeindigd null
inbox of operator => nothing
