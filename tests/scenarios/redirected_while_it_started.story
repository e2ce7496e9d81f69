# A referral goes to another provider while the first one, offline, starts: what the first wrote is taken where it comes in first, else
# it waits for whoever made the referral, and its author, who no longer holds it, is told.
workers: joris, petra of Thuiszorg, kees of Anders

sync everybody
joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Tahiri');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @joris, 'actief');
  INSERT INTO verwijzing (id, dossier_id, aanbieder_id, waarvoor, status)
    SELECT x'77', x'd0', team_id, 'eerst joris', 'verzonden' FROM medewerker WHERE id = @petra;
  INSERT INTO verwijzing (id, dossier_id, aanbieder_id, waarvoor, status)
    SELECT x'78', x'd0', team_id, 'eerst petra', 'verzonden' FROM medewerker WHERE id = @petra;
  COMMIT
sync everybody
petra: UPDATE verwijzing SET status = 'gestart', reden_beeindiging = 'loopt goed' WHERE id = x'77'
joris: UPDATE verwijzing SET aanbieder_id = (SELECT team_id FROM medewerker WHERE id = @kees) WHERE id = x'77'
sync joris, petra
petra: SELECT waarvoor FROM verwijzing => eerst petra
inbox of petra => nothing
not shown to petra => refused verwijzing
not shown to joris => nothing
sync joris
inbox of joris => refused verwijzing status: verzonden | gestart, reden_beeindiging: null | loopt goed
inbox of operator => refused verwijzing status: verzonden | gestart, reden_beeindiging: null | loopt goed
kees: SELECT count(*) FROM verwijzing => 0
sync kees
kees: SELECT status, reden_beeindiging FROM verwijzing WHERE id = x'77' => verzonden null
joris chooses none

petra: UPDATE verwijzing SET status = 'gestart', reden_beeindiging = 'loopt goed' WHERE id = x'78'
joris: UPDATE verwijzing SET aanbieder_id = (SELECT team_id FROM medewerker WHERE id = @kees) WHERE id = x'78'
sync petra, joris
sync everybody
petra: SELECT count(*) FROM verwijzing => 0
not shown to petra => refused verwijzing
inbox of operator => nothing
kees: SELECT status, reden_beeindiging FROM verwijzing WHERE id = x'78' => gestart loopt goed
