# S10, the lead.  Team manager Lotte appoints Femke; Dunya, offline since the morning, makes herself lead and comes in last.
# Femke leads everywhere, and Dunya sees that.  Who has seen the appointment can change it as anybody can.
workers: lotte (teammanager), femke, dunya, mo

lotte: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Zeeman');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @lotte, 'actief'), (x'b2', x'd0', @femke, 'actief'), (x'b3', x'd0', @dunya, 'actief'),
           (x'b4', x'd0', @mo, 'actief');
  COMMIT
sync everybody

lotte: UPDATE dossier SET vaste_hulpverlener_id = @femke
mo: UPDATE dossier SET vaste_hulpverlener_id = @mo
dunya: UPDATE dossier SET vaste_hulpverlener_id = @dunya
sync in every order: lotte, dunya, mo
sync femke
everywhere: SELECT vaste_hulpverlener_id = @femke FROM dossier => 1
inbox of operator => nothing

dunya: UPDATE dossier SET vaste_hulpverlener_id = @mo
sync everybody
everywhere: SELECT vaste_hulpverlener_id = @mo FROM dossier => 1
store: SELECT count(*) FROM bsync_history => 3
