-- C3: a nature that is none.
-- expect 18: is 'geheim'; it is 'identificerend', 'verhalend' or NULL
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
INSERT INTO sync_column (tbl, name, rule, doelbinding, args, aard) VALUES
  ('lid', 'id', 'key', 'test', NULL, NULL),
  ('lid', 'tot', 'min', 'test', NULL, NULL),
  ('t', 'id', 'key', 'test', NULL, NULL),
  ('t', 'map', 'first', 'test', NULL, NULL),
  ('t', 'a', 'lww', 'test', NULL, 'geheim');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
