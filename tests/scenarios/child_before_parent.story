# A note comes in before the dossier that it belongs to: it waits, is not refused, and is placed when the dossier comes.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  COMMIT
joost: INSERT INTO voortgang (id, dossier_id, soort, tekst) VALUES (x'31', x'd0', 'gesprek', 'Mila sliep beter')
sync in every order: samira, joost
everywhere: SELECT tekst FROM voortgang => Mila sliep beter
quarantine => nothing
inbox of operator => nothing
