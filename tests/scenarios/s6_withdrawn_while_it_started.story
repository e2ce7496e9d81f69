# S6, further.  Joris writes down offline that the client withdrew, while the provider starts: a person judges it, and it does not
# depend on who comes in first.
workers: joris, petra of Thuiszorg

joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Tahiri');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @joris, 'actief');
  COMMIT
sync everybody
joris: INSERT INTO verwijzing (id, dossier_id, soort, aanbieder_id, status)
  SELECT x'77', x'd0', 'aanvullende_zorg', team_id, 'verzonden' FROM medewerker WHERE id = @petra
sync everybody

joris: UPDATE verwijzing SET status = 'ingetrokken' WHERE id = x'77'
petra: UPDATE verwijzing SET status = 'gestart', gestart_op = '2026-11-20' WHERE id = x'77'
sync in every order: joris, petra
everywhere: SELECT status FROM verwijzing => te_beoordelen
joris: UPDATE verwijzing SET status = 'gestart/2' WHERE id = x'77'
sync everybody
everywhere: SELECT status FROM verwijzing => gestart/2
