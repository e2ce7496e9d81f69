# S6, further.  A provider cannot write that a client was turned away: that is no state of a referral, and the device says so at once.
workers: joris, petra of Thuiszorg

sync everybody
joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Tahiri');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @joris, 'actief');
  INSERT INTO verwijzing (id, dossier_id, soort, aanbieder_id, status)
    SELECT x'77', x'd0', 'aanvullende_zorg', team_id, 'verzonden' FROM medewerker WHERE id = @petra;
  COMMIT
sync everybody

petra: UPDATE verwijzing SET status = 'geweigerd', ontvangen_op = '2026-11-20' WHERE id = x'77' =>
  verwijzing.status must hold one of the states that the schema lists
petra: SELECT status, ontvangen_op FROM verwijzing => verzonden null
joris: INSERT INTO verwijzing (id, dossier_id, status) VALUES (x'78', x'd0', 'geweigerd') =>
  verwijzing.status must hold one of the states that the schema lists
petra: UPDATE verwijzing SET status = 'ontvangen' WHERE id = x'77'
joris: UPDATE verwijzing SET waarvoor = 'begeleiding thuis' WHERE id = x'77'
sync in every order: joris, petra
everywhere: SELECT status, waarvoor FROM verwijzing => ontvangen begeleiding thuis
