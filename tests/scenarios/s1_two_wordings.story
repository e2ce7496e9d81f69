# S1. Two wordings of one goal.  Samira (gezinswerker) and Joost (orthopedagoog) both hold the plan and are offline; each
# changes the text of goal 2.  Nobody's words are lost, and a person chooses.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO ondersteuningsplan (id, dossier_id) VALUES (x'a1', x'd0');
  INSERT INTO doel (id, dossier_id, plan_id, tekst) VALUES (x'02', x'd0', x'a1', 'Beter slapen');
  COMMIT
sync everybody

samira: UPDATE doel SET tekst = 'Mila slaapt in haar eigen bed' WHERE id = x'02'
joost: UPDATE doel SET tekst = 'Mila en mama hebben een vast avondritueel' WHERE id = x'02'
sync in every order: samira, joost

inbox of samira => conflict doel tekst: Mila en mama hebben een vast avondritueel | Mila slaapt in haar eigen bed
inbox of joost => conflict doel tekst: Mila en mama hebben een vast avondritueel | Mila slaapt in haar eigen bed
inbox of operator => conflict doel tekst: Mila en mama hebben een vast avondritueel | Mila slaapt in haar eigen bed

samira chooses Mila slaapt in haar eigen bed
sync samira, joost
everywhere: SELECT tekst FROM doel WHERE id = x'02' => Mila slaapt in haar eigen bed
inbox of samira => nothing
inbox of joost => nothing
inbox of operator => nothing
store: SELECT group_concat(value, ', ') FROM (SELECT value FROM bsync_history ORDER BY value) =>
  Beter slapen, Mila en mama hebben een vast avondritueel, Mila slaapt in haar eigen bed
store: SELECT m.naam, h.value FROM bsync_history h JOIN bsync_line l ON l.no = h.line_no JOIN bsync_device d ON d.no = l.device_no
  JOIN medewerker m ON m.id = d.worker WHERE h.value <> 'Beter slapen' ORDER BY m.naam =>
  joost Mila en mama hebben een vast avondritueel / samira Mila slaapt in haar eigen bed
# Joost wrote a minute after Samira, whoever came in first.
store: SELECT (max(stamp_ms) - min(stamp_ms)) / 60000 FROM bsync_history WHERE value <> 'Beter slapen' => 1
