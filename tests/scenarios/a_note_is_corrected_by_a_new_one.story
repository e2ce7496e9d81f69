# A note of progress is never changed: a correction is a new note that names the one it corrects, and who corrects the same note
# without knowing of each other both stand.  A device that does not keep to it is refused, and what it wrote is kept.
workers: samira, joost

samira: BEGIN;
  INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Van Dalfsen');
  INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status)
    VALUES (x'b1', x'd0', @samira, 'actief'), (x'b2', x'd0', @joost, 'actief');
  INSERT INTO voortgang (id, dossier_id, soort, tekst) VALUES (x'31', x'd0', 'gesprek', 'Mila sliep slecht');
  COMMIT
sync everybody
samira: INSERT INTO voortgang (id, dossier_id, soort, tekst, vervangt_row_id)
  VALUES (x'32', x'd0', 'gesprek', 'Mila sliep beter', x'31')
joost: INSERT INTO voortgang (id, dossier_id, soort, tekst, vervangt_row_id)
  VALUES (x'33', x'd0', 'gesprek', 'Mila sliep drie nachten door', x'31')
sync in every order: samira, joost
everywhere: SELECT tekst FROM voortgang v
  WHERE NOT EXISTS (SELECT 1 FROM voortgang WHERE vervangt_row_id = v.id) ORDER BY id
  => Mila sliep beter / Mila sliep drie nachten door
everywhere: SELECT tekst FROM voortgang WHERE id = x'31' => Mila sliep slecht

joost: UPDATE voortgang SET tekst = 'Mila sliep' WHERE id = x'31'
samira: DELETE FROM voortgang WHERE id = x'31'
sync everybody
everywhere: SELECT tekst FROM voortgang WHERE id = x'31' => Mila sliep slecht
inbox of operator => refused voortgang / refused voortgang tekst: Mila sliep slecht | Mila sliep
