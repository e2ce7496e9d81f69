# A device 31 years ahead, and one 31 years behind: both sync, and neither wins nor loses by it.
workers: samira, joost, dunya
clock of samira: +31 years
clock of joost: -31 years

dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen'), (x'd1', 'Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief'), (x'b3', x'd0', @dunya, 'actief'),
           (x'b4', x'd1', @samira, 'actief'), (x'b5', x'd1', @joost, 'actief'), (x'b6', x'd1', @dunya, 'actief');
  COMMIT
sync everybody
# In truth Samira first, then Joost, then Dunya; in the other dossier the other way round.
samira: UPDATE dossier SET roepnaam = 'Samira' WHERE id = x'd0'
joost: UPDATE dossier SET roepnaam = 'Joost' WHERE id = x'd0'
dunya: UPDATE dossier SET roepnaam = 'Dunya' WHERE id = x'd0'
dunya: UPDATE dossier SET roepnaam = 'Dunya' WHERE id = x'd1'
joost: UPDATE dossier SET roepnaam = 'Joost' WHERE id = x'd1'
samira: UPDATE dossier SET roepnaam = 'Samira' WHERE id = x'd1'
sync in every order: samira, joost, dunya
everywhere: SELECT roepnaam FROM dossier ORDER BY id => Dunya / Samira
