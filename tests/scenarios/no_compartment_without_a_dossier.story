# A note, an address and an entry that name no dossier are in no compartment: they are refused and wait for the
# operator, and what comes after them does not wait.
workers: femke, mo

sync everybody
femke: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'gezin Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @femke, 'actief'), (x'b2', x'd0', @mo, 'actief');
  COMMIT
sync everybody
femke: BEGIN;
  INSERT INTO voortgang (id, soort, tekst, compartiment) VALUES (x'01', 'gesprek', 'Zonder dossier', 'schulden');
  INSERT INTO geheim_adres (id, adres) VALUES (x'f1', 'Veilige Haven 1');
  INSERT INTO inzage (id, compartiment, status) VALUES (x'e1', 'schulden', 'gegeven');
  COMMIT
sync everybody
femke: UPDATE dossier SET roepnaam = 'Zeeman' WHERE id = x'd0'
sync everybody
mo: SELECT roepnaam FROM dossier => Zeeman
mo: SELECT count(*) FROM voortgang => 0
mo: SELECT count(*) FROM geheim_adres => 0
store: SELECT count(*) FROM voortgang => 0
inbox of mo => nothing
inbox of operator => refused geheim_adres adres: Veilige Haven 1 / refused inzage compartiment: schulden, status: gegeven
  / refused voortgang soort: gesprek, tekst: Zonder dossier, compartiment: schulden
quarantine => nothing
