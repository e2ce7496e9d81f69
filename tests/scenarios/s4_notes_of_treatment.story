# S4, the other half.  What Wiersum (Altrecht) writes down of the treatment is in a compartment of its own.  Dunya (buurtteam), who leads,
# holds the plan and every other note, and not that one.  Bas (Lister) looks on with the consent of mevrouw Okkerse: with the plan
# first; with the treatment once Wiersum lets him in and she has consented to that too.
workers: dunya, bas of Lister, wiersum of Altrecht

sync everybody
dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Okkerse');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, basis, status)
    SELECT x'b2', x'd0', id, team_id, 'toestemming', 'actief' FROM medewerker WHERE id = @bas;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @dunya, 'actief'), (x'b3', x'd0', @wiersum, 'actief');
  INSERT INTO toestemming (id, dossier_id, voor_team_id, compartiment, status)
    SELECT x'71', x'd0', team_id, 'basis', 'gegeven' FROM medewerker WHERE id = @bas;
  INSERT INTO voortgang (id, dossier_id, soort, tekst) VALUES (x'01', x'd0', 'gesprek', 'De tabletten maken haar suf');
  COMMIT
sync everybody
wiersum: BEGIN;
  INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES
    (x'e1', x'd0', 'ggz_behandeling', @wiersum, 'gegeven'), (x'e2', x'd0', 'ggz_behandeling', @bas, 'gegeven');
  INSERT INTO voortgang (id, dossier_id, soort, tekst, compartiment) VALUES (x'02', x'd0', 'observatie', 'Dosering gehalveerd', 'ggz_behandeling');
  COMMIT
sync everybody
wiersum: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf / Dosering gehalveerd
bas: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf
dunya: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf

dunya: INSERT INTO toestemming (id, dossier_id, voor_team_id, compartiment, status)
  SELECT x'72', x'd0', team_id, 'ggz_behandeling', 'gegeven' FROM medewerker WHERE id = @bas
sync everybody
bas: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf / Dosering gehalveerd
dunya: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf

# Either goes without the other.
dunya: UPDATE toestemming SET status = 'ingetrokken' WHERE id = x'71'
sync everybody
bas: SELECT tekst FROM voortgang ORDER BY id => Dosering gehalveerd
wiersum: UPDATE inzage SET status = 'ingetrokken' WHERE id = x'e2'
sync everybody
bas: SELECT count(*) FROM voortgang => 0
wiersum: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf / Dosering gehalveerd
inbox of operator => nothing
quarantine => nothing
