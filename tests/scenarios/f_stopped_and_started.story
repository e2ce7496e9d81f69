# (f) Support was stopped and is started again.  The second round wins over the end of the first, in every order of arrival;
# the dossier and its story are the same.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, status) VALUES (x'd0', 'Van Dalfsen', 'actief');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  COMMIT
sync everybody
samira: UPDATE dossier SET status = 'afgerond' WHERE id = x'd0'
sync samira
# Joost has not heard of the end; Samira begins the second round.
joost: UPDATE dossier SET status = 'afgerond', roepnaam = 'Dalfsen' WHERE id = x'd0'
samira: UPDATE dossier SET status = 'aangemeld/2' WHERE id = x'd0'
sync in every order: samira, joost
everywhere: SELECT status, roepnaam FROM dossier => aangemeld/2 Dalfsen
samira: UPDATE dossier SET status = 'actief/2' WHERE id = x'd0'
sync everybody
everywhere: SELECT status FROM dossier => actief/2
inbox of operator => nothing
