# S5, offline.  Hanneke's access to a consult ends on Friday at six.  She writes her advice, stays without a connection, starts her tablet
# on Saturday and turns its clock back to Thursday: question and goals are gone and stay gone.  Her advice still reaches Samira.
workers: samira, hanneke of Spoor030

sync everybody
samira: BEGIN;
  INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'gezin Van Dalfsen', @samira);
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', @samira, 'actief');
  INSERT INTO consult (id, dossier_id, specialist_id, met_dossier, vraag, doelen, toegang_tot, status) VALUES
    (x'01', x'd0', @hanneke, 1, 'Kan een trauma meespelen?', '["Ilyas slaapt door","Ilyas gaat naar school"]', '2026-09-22 18:00:00', 'gevraagd');
  COMMIT
sync everybody
hanneke: UPDATE consult SET status = 'gehouden', advies = 'Denk aan EMDR' WHERE id = x'01'
hanneke: SELECT vraag FROM consult => Kan een trauma meespelen?

# Its end is in two days, and only the clocks of the tablet can tell that it has come.
later: 2 days
hanneke starts again
hanneke: SELECT count(*) FROM consult => 0
clock of hanneke: -2 days
hanneke starts again
hanneke: SELECT count(*) FROM consult => 0

sync everybody
hanneke: SELECT count(*) FROM consult => 0
samira: SELECT count(advies) FROM consult => 0
inbox of samira => late consult status: gevraagd | gehouden, advies: null | Denk aan EMDR
inbox of hanneke => nothing
