# S9.  Maatwerktafel Ondiep, thirty minutes, in a hall without reception.  Samira brings in Patrick's case, without his name.  Four
# write their weighing at once, two a different solution, one takes it to the city.  All four weighings and both solutions are
# there, and no total; only Samira holds the way back to the dossier.  After the date that she sets, her guests hold nothing of it.
workers: samira, hans of Wonen, ilse of Werk, mo

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Patrick');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @samira, 'actief');
  INSERT INTO casusinbreng (id, inbrenger_id, dossier_id, tafel, niveau, samenvatting, deelnemers, status)
    SELECT x'01', @samira, x'd0', 'ondiep', 'wijktafel', 'Een schuld houdt een woning tegen',
      json_group_array(lower(hex(id))), 'ingediend' FROM medewerker WHERE id IN (@hans, @ilse, @mo);
  COMMIT
sync everybody
everywhere: SELECT samenvatting FROM casusinbreng => Een schuld houdt een woning tegen
samira: SELECT hex(dossier_id) FROM casusinbreng => D0
hans: SELECT count(dossier_id) FROM casusinbreng => 0

samira: INSERT INTO waardenweging (id, casus_id, deelnemer_id, legitimiteit) VALUES (x'11', x'01', @samira, 'De regel geldt')
hans: INSERT INTO waardenweging (id, casus_id, deelnemer_id, rendement) VALUES (x'12', x'01', @hans, 'Opvang kost meer')
ilse: INSERT INTO waardenweging (id, casus_id, deelnemer_id, betrokkenheid) VALUES (x'13', x'01', @ilse, 'Hij wil zelf')
mo: INSERT INTO waardenweging (id, casus_id, deelnemer_id, legitimiteit) VALUES (x'14', x'01', @mo, 'Er mag van worden afgeweken')
hans: UPDATE casusinbreng SET oplossing = 'De woning eerst, de schuld daarna' WHERE id = x'01'
ilse: UPDATE casusinbreng SET oplossing = 'Een deel kwijtschelden' WHERE id = x'01'
mo: UPDATE casusinbreng SET niveau = 'stedelijk' WHERE id = x'01'
sync samira
sync in every order: hans, ilse, mo
sync samira

everywhere: SELECT count(*) FROM waardenweging => 4
everywhere: SELECT niveau FROM casusinbreng => stedelijk
inbox of operator => conflict casusinbreng oplossing: De woning eerst, de schuld daarna | Een deel kwijtschelden
concerned => conflict casusinbreng: samira, hans, ilse
inbox of mo => nothing
samira chooses De woning eerst, de schuld daarna
samira: UPDATE casusinbreng SET status = 'uitgevoerd', toegang_tot = '2020-01-01' WHERE id = x'01'
sync everybody
samira: SELECT oplossing, status FROM casusinbreng => De woning eerst, de schuld daarna uitgevoerd
hans: SELECT (SELECT count(*) FROM casusinbreng) + (SELECT count(*) FROM waardenweging) => 0
mo: SELECT (SELECT count(*) FROM casusinbreng) + (SELECT count(*) FROM waardenweging) => 0
