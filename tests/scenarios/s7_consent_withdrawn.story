# S7.  Consent withdrawn.  The parents of gezin Asante share the file with KOOS.  On Monday they withdraw that with Samira, who is
# online; Joost, offline at school, adds a note and words a goal anew, and comes in on Tuesday.  The withdrawal stands: the file
# is gone from his device, and what he wrote waits for Samira and is not in the plan.  A new consent opens the file again.
workers: samira, joost of KOOS

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'gezin Asante', @samira);
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, basis, status) VALUES (x'b1', x'd0', @samira, 'eigen_taak', 'actief');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, basis, status)
    SELECT x'b2', x'd0', id, team_id, 'toestemming', 'actief' FROM medewerker WHERE id = @joost;
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'01', x'd0', 'Elke dag naar school');
  COMMIT
sync everybody
joost: SELECT count(*) FROM dossier => 0

samira: INSERT INTO toestemming (id, dossier_id, persoon_id, voor_team_id, compartiment, namens, status)
  SELECT x'71', x'd0', x'a0', team_id, 'basis', 'ouder', 'gegeven' FROM medewerker WHERE id = @joost
sync everybody
joost: SELECT roepnaam FROM dossier => gezin Asante

joost: INSERT INTO voortgang (id, dossier_id, doel_id, soort, tekst) VALUES (x'c1', x'd0', x'01', 'gesprek', 'Met de juf gesproken')
joost: UPDATE doel SET tekst = 'Elke dag op tijd naar school' WHERE id = x'01'
samira: UPDATE toestemming SET status = 'ingetrokken' WHERE id = x'71'
sync samira
sync joost
sync everybody

joost: SELECT count(*) FROM dossier => 0
joost: SELECT count(*) FROM doel => 0
joost: SELECT count(*) FROM voortgang => 0
samira: SELECT tekst FROM doel => Elke dag naar school
samira: SELECT count(*) FROM voortgang => 0
inbox of joost => nothing
inbox of samira => late doel tekst: Elke dag naar school | Elke dag op tijd naar school
  / late voortgang dossier_id: d0, doel_id: 01, soort: gesprek, tekst: Met de juf gesproken

# Consent anew is a new row; the old one stays as it was.
samira: INSERT INTO toestemming (id, dossier_id, persoon_id, voor_team_id, compartiment, namens, status)
  SELECT x'72', x'd0', x'a0', team_id, 'basis', 'ouder', 'gegeven' FROM medewerker WHERE id = @joost
sync everybody
joost: SELECT tekst FROM doel => Elke dag naar school
everywhere: SELECT status FROM toestemming ORDER BY id => ingetrokken / gegeven
quarantine => nothing
