# A colleague holds a household for a while.  It is given longer while she has no connection: her tablet lets it go at the end that it was
# told of, and has it back, with her own work on top, at the next contact.
workers: samira, hanneke of Spoor030

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'gezin Van Dalfsen', @samira);
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @samira, 'actief');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status, tot) VALUES (x'b2', x'd0', @hanneke, 'actief', '2026-09-22 18:00:00');
  INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open'), (x'02', x'd0', 'Eten', 'open');
  COMMIT
sync everybody
hanneke: UPDATE doel SET tekst = 'Elke nacht slapen' WHERE id = x'01'
samira: INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status, tot) VALUES (x'b3', x'd0', @hanneke, 'actief', '2026-10-22 18:00:00')
samira: UPDATE doel SET tekst = 'Samen eten' WHERE id = x'02'
sync samira

later: 2 days
hanneke starts again
hanneke: SELECT count(*) FROM doel => 0
sync hanneke
hanneke: SELECT tekst FROM doel ORDER BY id => Elke nacht slapen / Samen eten
sync samira
samira: SELECT tekst FROM doel ORDER BY id => Elke nacht slapen / Samen eten
inbox of samira => nothing

# Told of it in time, it stays until the other end.
later: 20 days
hanneke: SELECT count(*) FROM doel => 2
sync everybody
later: 10 days
hanneke starts again
hanneke: SELECT count(*) FROM doel => 0
sync everybody
hanneke: SELECT count(*) FROM doel => 0
