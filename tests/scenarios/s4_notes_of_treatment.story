# S4, the other half.  What Wiersum (Altrecht) writes down of the treatment is in a compartment of its own: Bas (Lister), whom he lets in,
# holds it; Dunya (buurtteam), who leads, holds the plan and every other note, and not that one.
workers: dunya, bas of Lister, wiersum of Altrecht

dunya: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Okkerse');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @dunya, 'actief'), (x'b2', x'd0', @bas, 'actief'), (x'b3', x'd0', @wiersum, 'actief');
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
bas: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf / Dosering gehalveerd
dunya: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf

wiersum: UPDATE inzage SET status = 'ingetrokken' WHERE id = x'e2'
sync everybody
bas: SELECT tekst FROM voortgang ORDER BY id => De tabletten maken haar suf
inbox of operator => nothing
quarantine => nothing
