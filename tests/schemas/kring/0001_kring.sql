-- The schema of the crash tests: households that a worker holds and a guest may see, and every rule once.

INSERT INTO sync_schema (id, name) VALUES (1, 'kring');

CREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT) STRICT;
CREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT) STRICT;
CREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT) STRICT;

CREATE TABLE huis (id BLOB PRIMARY KEY, lid_id BLOB, gast_id BLOB, naam TEXT) STRICT;

CREATE TABLE notitie (
  id      BLOB PRIMARY KEY,
  huis_id BLOB,
  soort   TEXT,
  tekst   TEXT,
  aantal  INTEGER,
  labels  TEXT,
  hoogste INTEGER
) STRICT;

INSERT INTO sync_table (no, name, grondslag, levensloop) VALUES
  (1, 'bedrijf', 'test', 'test'), (2, 'groep', 'test', 'test'), (3, 'lid', 'test', 'test'), (4, 'huis', 'test', 'test'),
  (5, 'notitie', 'test', 'test');

INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('bedrijf', 'id', 'key', 'test'), ('bedrijf', 'naam', 'server', 'test'),
  ('groep', 'id', 'key', 'test'), ('groep', 'bedrijf_id', 'server', 'test'), ('groep', 'naam', 'server', 'test'),
  ('lid', 'id', 'key', 'test'), ('lid', 'groep_id', 'server', 'test'), ('lid', 'naam', 'server', 'test'),
  ('lid', 'rol', 'server', 'test'),
  ('huis', 'id', 'key', 'test'), ('huis', 'lid_id', 'lww', 'test'), ('huis', 'gast_id', 'lww', 'test'),
  ('huis', 'naam', 'lww', 'test'),
  ('notitie', 'id', 'key', 'test'), ('notitie', 'huis_id', 'first', 'test'), ('notitie', 'soort', 'lww', 'test'),
  ('notitie', 'tekst', 'keep', 'test'), ('notitie', 'aantal', 'counter', 'test'), ('notitie', 'labels', 'set', 'test'),
  ('notitie', 'hoogste', 'max', 'test');

INSERT INTO sync_circle (no, name, members, writers) VALUES (1, 'alle', 'SELECT id FROM lid', '');
INSERT INTO sync_circle (no, name, members, writers, founders, root, on_end) VALUES
  (2, 'huis_kring', 'SELECT lid_id FROM huis WHERE id = :scope UNION SELECT gast_id FROM huis WHERE id = :scope', NULL,
   'SELECT id FROM lid', 'huis', 'inbox');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('alle', 'lid', 'SELECT ''alle'''),
  ('huis_kring', 'huis', 'SELECT :old_id UNION SELECT :new_id');

INSERT INTO sync_face (no, tbl, name, scope, circle, columns) VALUES
  (1, 'bedrijf', 'heel', '''alle''', 'alle', '*'),
  (2, 'groep', 'heel', '''alle''', 'alle', '*'),
  (3, 'lid', 'heel', '''alle''', 'alle', '*'),
  (4, 'huis', 'heel', 'id', 'huis_kring', '*'),
  (5, 'notitie', 'heel', 'huis_id', 'huis_kring', '*');

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'bedrijf', 'id', 'naam', NULL, NULL, NULL),
  ('team', 'groep', 'id', 'naam', NULL, NULL, 'bedrijf_id'),
  ('worker', 'lid', 'id', 'naam', 'groep_id', 'rol', NULL);
