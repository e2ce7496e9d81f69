# (d) Two drafts of one decision: both are shown and a person chooses; only the server numbers it; the earliest receipt of an
# objection counts.
workers: joris, eva

joris: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Tahiri');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @joris, 'actief'), (x'b2', x'd0', @eva, 'actief');
  INSERT INTO besluit (id, dossier_id, soort, motivering, status) VALUES (x'05', x'd0', 'afwijzing', 'volgt', 'concept');
  COMMIT
sync everybody
joris: UPDATE besluit SET motivering = 'Het buurtteam kan dit zelf bieden.', bezwaar_op = '2026-12-03'
eva: UPDATE besluit SET motivering = 'De vraag past bij het buurtteam.', bezwaar_op = '2026-12-01'
sync in every order: joris, eva
inbox of joris => conflict besluit motivering: De vraag past bij het buurtteam. | Het buurtteam kan dit zelf bieden.
everywhere: SELECT bezwaar_op FROM besluit => 2026-12-01
eva chooses Het buurtteam kan dit zelf bieden.
eva: UPDATE besluit SET status = 'vastgesteld', vastgesteld_op = '2026-11-22'
sync everybody
everywhere: SELECT motivering, status FROM besluit => Het buurtteam kan dit zelf bieden. vastgesteld
# A number is the server's to give.
joris: UPDATE besluit SET nummer = '2026-1'
sync everybody
inbox of joris => refused besluit nummer: null | 2026-1
joris chooses none
sync everybody
inbox of operator => nothing
