# S4, later.  Wiersum, the only one in the compartment of the treatment, leaves.  Mei, who takes over, cannot let herself in, though nobody
# is left who could: that waits for the operator, who knows her and takes it.  Then the notes are hers.
workers: dunya, wiersum of Altrecht, mei of Altrecht

sync everybody
dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Okkerse');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
    (x'b1', x'd0', @dunya, 'actief'), (x'b2', x'd0', @wiersum, 'actief'), (x'b3', x'd0', @mei, 'actief');
  COMMIT
sync everybody
wiersum: BEGIN;
  INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e1', x'd0', 'ggz_behandeling', @wiersum, 'gegeven');
  INSERT INTO voortgang (id, dossier_id, soort, tekst, compartiment) VALUES (x'02', x'd0', 'observatie', 'Dosering gehalveerd', 'ggz_behandeling');
  COMMIT
sync everybody
dunya: UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b2'
sync everybody
wiersum: SELECT count(*) FROM voortgang => 0
store: SELECT tekst FROM voortgang => Dosering gehalveerd

mei: INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e2', x'd0', 'ggz_behandeling', @mei, 'gegeven')
sync everybody
mei: SELECT count(*) FROM voortgang => 0
store: SELECT count(*) FROM inzage => 1
operator chooses gegeven
sync everybody
mei: SELECT tekst FROM voortgang => Dosering gehalveerd
wiersum: SELECT count(*) FROM voortgang => 0
dunya: SELECT count(*) FROM voortgang => 0
inbox of operator => nothing
