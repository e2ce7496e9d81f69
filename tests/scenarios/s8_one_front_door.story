# S8. One front door, two registrations.  The power is cut: Dunya on the phone and Samira at the location both register gezin
# Lindeboom, offline, on one day.  Both files stand, and each of them is asked to look: both see the index of their team.
# Nobody is asked about the Lindebooms who came last month.  Dunya puts the files together, and nobody is asked any more;
# waiting counts from the earliest day.  Mo, the third, reads both parts of their story in one list, and asks nothing again.
workers: dunya, samira, mo

sync everybody
dunya: INSERT INTO dossier (id, roepnaam, wijk_code, aan_zet_team_id, aangemeld_op)
  SELECT x'd0', 'Lindeboom', '3527', team_id, '2026-10-20' FROM medewerker WHERE id = @dunya
sync everybody
dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam, wijk_code, aan_zet_team_id, aangemeld_op)
    SELECT x'd1', 'Lindeboom', '3527', team_id, '2026-11-20' FROM medewerker WHERE id = @dunya;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd1', @dunya, 'actief');
  INSERT INTO verhaal (id, dossier_id, tekst, bij) VALUES (x'c1', x'd1', 'De huur is te hoog', 'voordeur');
  COMMIT
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, wijk_code, aan_zet_team_id, aangemeld_op)
    SELECT x'd2', 'Lindeboom', '3527', team_id, '2026-11-20' FROM medewerker WHERE id = @samira;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b2', x'd2', @samira, 'actief'), (x'b3', x'd2', @dunya, 'actief');
  INSERT INTO verhaal (id, dossier_id, tekst, bij) VALUES (x'c2', x'd2', 'Oma is ziek', 'huisbezoek');
  COMMIT
inbox of dunya => nothing
sync in every order: dunya, samira
sync mo
everywhere: SELECT hex(id) FROM dossier ORDER BY id => D0 / D1 / D2
inbox of dunya => duplicate dossier roepnaam: Lindeboom, wijk_code: 3527, aangemeld_op: 2026-11-20
inbox of samira => duplicate dossier roepnaam: Lindeboom, wijk_code: 3527, aangemeld_op: 2026-11-20
inbox of operator => duplicate dossier roepnaam: Lindeboom, wijk_code: 3527, aangemeld_op: 2026-11-20
quarantine => nothing

# Offline, it is settled where it is settled; elsewhere with the next sync.
dunya: UPDATE dossier SET samengevoegd_met_id = x'd2' WHERE id = x'd1'
inbox of dunya => nothing
inbox of samira => duplicate dossier roepnaam: Lindeboom, wijk_code: 3527, aangemeld_op: 2026-11-20
sync everybody
inbox of samira => nothing
inbox of operator => nothing

# Samira hears that they had called two days before; a later day does not take that back.
samira: UPDATE dossier SET aangemeld_op = '2026-11-18' WHERE id = x'd2'
dunya: UPDATE dossier SET aangemeld_op = '2026-11-21' WHERE id = x'd2'
sync in every order: samira, dunya
sync mo
everywhere: SELECT aangemeld_op FROM dossier WHERE id = x'd2' => 2026-11-18

dunya: INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
  (x'b4', x'd1', @samira, 'actief'), (x'b5', x'd1', @mo, 'actief'), (x'b6', x'd2', @mo, 'actief')
sync everybody
everywhere: SELECT tekst, bij FROM verhalen WHERE dossier_id = x'd2' ORDER BY id
  => De huur is te hoog voordeur / Oma is ziek huisbezoek
