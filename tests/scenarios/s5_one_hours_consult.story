# S5.  One hour's consult.  Samira asks Hanneke (Spoor030) whether a trauma may play a part for Ilyas, until Friday at six.  Hanneke holds
# the question and two goals, and nothing else of the household.  What she writes when her access has ended still arrives, for Samira.
workers: samira, hanneke of Spoor030, joris of Spoor030

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'gezin Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @samira, 'actief');
  INSERT INTO consult (id, dossier_id, specialist_id, met_dossier, vraag, doelen, toegang_tot, status) VALUES
    (x'01', x'd0', @hanneke, 1, 'Kan een trauma meespelen?', '["Ilyas slaapt door","Ilyas gaat naar school"]', '2200-01-01 18:00:00', 'gevraagd');
  INSERT INTO consult (id, dossier_id, specialist_id, met_dossier, vraag, toegang_tot, status) VALUES
    (x'02', x'd0', @joris, 0, 'Zonder naam gevraagd', '2200-01-01', 'gehouden');
  COMMIT
sync everybody
hanneke: SELECT vraag, doelen FROM consult => Kan een trauma meespelen? ["Ilyas gaat naar school","Ilyas slaapt door"]
hanneke: SELECT count(*) FROM dossier => 0
hanneke: SELECT count(dossier_id) FROM consult => 0
joris: SELECT count(*) FROM consult => 0

hanneke: UPDATE consult SET status = 'gehouden', advies = 'Denk aan EMDR' WHERE id = x'01'
sync everybody
samira: SELECT status, advies FROM consult WHERE id = x'01' => gehouden Denk aan EMDR

hanneke: UPDATE consult SET advies = 'Denk aan EMDR. Bel mij over een maand.' WHERE id = x'01'
samira: UPDATE consult SET toegang_tot = '2020-01-01' WHERE id = x'01'
sync samira
sync hanneke
sync everybody
hanneke: SELECT count(*) FROM consult => 0
samira: SELECT advies FROM consult WHERE id = x'01' => Denk aan EMDR
inbox of samira => late consult advies: Denk aan EMDR | Denk aan EMDR. Bel mij over een maand.
