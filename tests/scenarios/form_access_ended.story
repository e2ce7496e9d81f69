# Access ends under an open form.  What is typed there comes in as work from after the end does, and nothing of the dossier stays.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO doel (id, dossier_id, tekst) VALUES (x'02', x'd0', 'Beter slapen');
  COMMIT
sync everybody

joost opens doel 02
samira: UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b2'
sync samira, joost
joost: SELECT count(*), count(tekst), count(dossier_id) FROM doel => 1 0 0
joost: UPDATE doel SET tekst = 'vast ritueel' WHERE id = x'02'
joost: SELECT count(tekst) FROM doel => 0
sync in every order: samira, joost
joost closes doel 02
joost: SELECT count(*) FROM doel => 0
sync everybody
joost: SELECT count(*) FROM doel => 0
samira: SELECT tekst FROM doel => Beter slapen
inbox of samira => late doel tekst: Beter slapen | vast ritueel
inbox of joost => nothing
