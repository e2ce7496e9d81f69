# (c)  Separation.  Mother has left with the children; where she stays is known to Femke, who leads her new household, and to Rens of
# the shelter.  Mo, who is involved with that household too, holds the file and not the address, and does not let himself in.
workers: femke, mo, rens of Opvang, karel

sync everybody
femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'gezin Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
    (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief'), (x'b3', x'd0', @karel, 'actief');
  COMMIT
sync everybody
femke: BEGIN;
  INSERT INTO dossier (id, roepnaam, afgesplitst_van_id) VALUES (x'd1', 'moeder en kinderen', x'd0');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
    (x'b4', x'd1', @femke, 'actief'), (x'b5', x'd1', @mo, 'actief'), (x'b6', x'd1', @rens, 'actief');
  COMMIT
sync femke

# Karel, who is not involved with the new household, cannot be the first there either.
karel: INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e0', x'd1', 'geheim_adres', @karel, 'gegeven')
sync karel
femke: BEGIN;
  INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES
    (x'e1', x'd1', 'geheim_adres', @femke, 'gegeven'), (x'e2', x'd1', 'geheim_adres', @rens, 'gegeven');
  INSERT INTO geheim_adres (id, dossier_id, adres) VALUES (x'f1', x'd1', 'Veilige Haven 1');
  COMMIT
sync everybody

femke: SELECT adres FROM geheim_adres => Veilige Haven 1
rens: SELECT adres FROM geheim_adres => Veilige Haven 1
rens: SELECT roepnaam FROM dossier => moeder en kinderen
mo: SELECT roepnaam FROM dossier ORDER BY id => gezin Zeeman / moeder en kinderen
mo: SELECT count(*) FROM geheim_adres => 0
karel: SELECT roepnaam FROM dossier => gezin Zeeman
karel: SELECT count(*) FROM geheim_adres => 0

# Nobody lets himself in, whoever he is to the household.
mo: INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (x'e3', x'd1', 'geheim_adres', @mo, 'gegeven')
sync everybody
mo: SELECT count(*) FROM geheim_adres => 0
store: SELECT count(*) FROM inzage => 2
inbox of mo => nothing

# Who is no longer involved holds the address no longer, though nobody thought of it.
femke: UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b6'
sync everybody
rens: SELECT count(*) FROM geheim_adres => 0
femke: SELECT adres FROM geheim_adres => Veilige Haven 1
store: SELECT count(*) FROM geheim_adres => 1
