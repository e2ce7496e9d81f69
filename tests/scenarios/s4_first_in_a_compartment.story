# S4, who may be first.  Bas (Lister) was around Okkerse with the consent of mevrouw, and that was withdrawn; Jan's time there is over.  Neither
# can make himself the first in the compartment of the treatment: nothing of it comes to them, and Wiersum, who treats her, begins it.
workers: dunya, bas of Lister, jan of Altrecht, wiersum of Altrecht

sync everybody
dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Okkerse');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, basis, status)
    SELECT x'b2', x'd0', id, team_id, 'toestemming', 'actief' FROM medewerker WHERE id = @bas;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, vanaf, tot, status) VALUES
    (x'b1', x'd0', @dunya, NULL, NULL, 'actief'), (x'b3', x'd0', @wiersum, NULL, NULL, 'actief'),
    (x'b4', x'd0', @jan, '2019-01-01', '2019-12-31', 'actief'), (x'b5', x'd0', @jan, '2200-01-01', NULL, 'actief');
  INSERT INTO toestemming (id, dossier_id, voor_team_id, compartiment, status)
    SELECT x'71', x'd0', team_id, 'basis', 'gegeven' FROM medewerker WHERE id = @bas;
  INSERT INTO toestemming (id, dossier_id, voor_team_id, compartiment, status)
    SELECT x'72', x'd0', team_id, 'ggz_behandeling', 'gegeven' FROM medewerker WHERE id = @bas;
  COMMIT
sync everybody
dunya: UPDATE toestemming SET status = 'ingetrokken'
sync dunya
bas: INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e2', x'd0', 'ggz_behandeling', @bas, 'gegeven')
jan: INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e4', x'd0', 'ggz_behandeling', @jan, 'gegeven')
sync in every order: bas, jan
sync everybody
store: SELECT count(*) FROM inzage => 0

wiersum: BEGIN;
  INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e1', x'd0', 'ggz_behandeling', @wiersum, 'gegeven');
  INSERT INTO voortgang (id, dossier_id, soort, tekst, compartiment) VALUES (x'02', x'd0', 'observatie', 'Dosering gehalveerd', 'ggz_behandeling');
  COMMIT
sync everybody
wiersum: SELECT tekst FROM voortgang => Dosering gehalveerd
bas: SELECT count(*) FROM voortgang => 0
jan: SELECT count(*) FROM voortgang => 0
dunya: SELECT count(*) FROM voortgang => 0
store: SELECT count(*) FROM inzage => 1
inbox of bas => nothing
inbox of jan => nothing
