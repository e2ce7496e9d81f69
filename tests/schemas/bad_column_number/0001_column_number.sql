-- A number outside its range.
-- expect 18: has number 0
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT,
  a TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, no) VALUES
  ('lid', 'id', 'key', 'test', 1),
  ('lid', 'tot', 'min', 'test', 2),
  ('t', 'id', 'key', 'test', 1),
  ('t', 'map', 'first', 'test', 2),
  ('t', 'a', 'lww', 'test', 0);
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
