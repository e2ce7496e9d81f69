-- A lead query of two columns.
-- expect 19: the lead query of circle k gives 2 columns
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, map TEXT, baas INTEGER) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('lid', 'id', 'key', 'test'),
  ('lid', 'map', 'first', 'test'),
  ('lid', 'baas', 'lww', 'test'),
  ('t', 'id', 'key', 'test'),
  ('t', 'map', 'first', 'test');
INSERT INTO sync_circle (name, members, root, lead) VALUES
  ('k', 'SELECT id FROM lid WHERE map = :scope', 't',
   'SELECT id, map FROM lid WHERE map = :scope AND baas = 1');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT :old_map UNION SELECT :new_map');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', 'map', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
