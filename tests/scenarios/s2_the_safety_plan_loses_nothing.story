# S2. The safety plan loses nothing.  Noor has a signed plan of five agreements.  Yara adds her playlist offline; Ruben, offline
# too, drops agreement 3 and words agreement 4 anew.  Their colleague Ineke is on duty and offline: she is not involved with the
# household, and reads the five at once.  After sync everybody sees the five as they were signed, and what is new; after Noor
# signs, five stand, and the old version is still there to read.
workers: yara, ruben, ineke

sync everybody
yara: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Noor');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, status)
    SELECT x'b1', x'd0', id, team_id, 'actief' FROM medewerker WHERE id = @yara;
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, status)
    SELECT x'b2', x'd0', id, team_id, 'actief' FROM medewerker WHERE id = @ruben;
  INSERT INTO veiligheidsplan (id, dossier_id, persoon_id, ronde, status) VALUES (x'51', x'd0', x'a0', 1, 'concept');
  INSERT INTO veiligheidsafspraak (id, dossier_id, persoon_id, toegevoegd_in_plan_id, tekst) VALUES
    (x'01', x'd0', x'a0', x'51', 'Een rondje lopen'), (x'02', x'd0', x'a0', x'51', 'Mijn zus bellen'),
    (x'03', x'd0', x'a0', x'51', 'Douchen'), (x'04', x'd0', x'a0', x'51', 'Naar oma'),
    (x'05', x'd0', x'a0', x'51', 'De crisisdienst bellen');
  COMMIT
sync everybody
ruben: UPDATE veiligheidsplan SET status = 'ondertekend', ondertekend_op = '2026-11-01' WHERE id = x'51'
sync everybody

yara: BEGIN;
  INSERT INTO veiligheidsplan (id, dossier_id, persoon_id, ronde, status) VALUES (x'52', x'd0', x'a0', 2, 'concept');
  INSERT INTO veiligheidsafspraak (id, dossier_id, persoon_id, toegevoegd_in_plan_id, tekst, bedacht_door) VALUES
    (x'06', x'd0', x'a0', x'52', 'Mijn afspeellijst Zonsopgang', 'client');
  COMMIT
ruben: BEGIN;
  INSERT INTO veiligheidsplan (id, dossier_id, persoon_id, ronde, status) VALUES (x'52', x'd0', x'a0', 2, 'concept');
  UPDATE veiligheidsafspraak SET vervalt_in_plan_ids = '["52"]' WHERE id = x'03';
  INSERT INTO veiligheidsafspraak (id, dossier_id, persoon_id, toegevoegd_in_plan_id, vervangt_row_id, tekst) VALUES
    (x'14', x'd0', x'a0', x'52', x'04', 'Naar oma, of haar bellen');
  COMMIT
ineke: SELECT count(*) FROM dossier => 0
ineke: SELECT tekst FROM veiligheidsafspraak_nu WHERE stand = 'geldig' ORDER BY id
  => Een rondje lopen / Mijn zus bellen / Douchen / Naar oma / De crisisdienst bellen

sync in every order: yara, ruben, ineke
everywhere: SELECT tekst FROM veiligheidsafspraak_nu WHERE stand = 'geldig' ORDER BY id
  => Een rondje lopen / Mijn zus bellen / Douchen / Naar oma / De crisisdienst bellen
everywhere: SELECT tekst FROM veiligheidsafspraak_nu WHERE stand = 'nieuw' ORDER BY id
  => Mijn afspeellijst Zonsopgang / Naar oma, of haar bellen
everywhere: SELECT tekst FROM veiligheidsafspraak_nu WHERE vervalt ORDER BY id => Douchen / Naar oma

ruben: UPDATE veiligheidsplan SET status = 'ondertekend', ondertekend_op = '2026-11-21' WHERE id = x'52'
sync everybody
everywhere: SELECT tekst FROM veiligheidsafspraak_nu WHERE stand = 'geldig' ORDER BY id
  => Een rondje lopen / Mijn zus bellen / De crisisdienst bellen / Mijn afspeellijst Zonsopgang / Naar oma, of haar bellen
everywhere: SELECT tekst FROM veiligheidsafspraak WHERE toegevoegd_in_plan_id = x'51' ORDER BY id
  => Een rondje lopen / Mijn zus bellen / Douchen / Naar oma / De crisisdienst bellen

# An edit of what was signed is not taken: the screen shows again what was signed.
ineke: UPDATE veiligheidsafspraak SET tekst = 'Zwemmen' WHERE id = x'01'
sync everybody
everywhere: SELECT tekst FROM veiligheidsafspraak WHERE id = x'01' => Een rondje lopen
inbox of operator => refused veiligheidsafspraak tekst: Een rondje lopen | Zwemmen
quarantine => nothing
