# One colleague deletes an agreement that another, offline, still works on: the edit keeps it whole, and the delete is noted.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO afspraak (id, dossier_id, wat, wanneer) VALUES (x'01', x'd0', 'bellen met school', '2026-11-25');
  COMMIT
sync everybody
samira: DELETE FROM afspraak WHERE id = x'01'
joost: UPDATE afspraak SET wanneer = '2026-12-02' WHERE id = x'01'
sync in every order: samira, joost
everywhere: SELECT wat, wanneer FROM afspraak => bellen met school 2026-12-02
inbox of samira => deleted afspraak
inbox of joost => deleted afspraak
joost chooses none
sync everybody
inbox of samira => nothing
inbox of operator => nothing
