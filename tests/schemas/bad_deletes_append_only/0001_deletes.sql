-- Rows that are never deleted, and whose deletes win.
-- expect 12: table t is append-only, so its rows are never deleted
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT,
  a TEXT
) STRICT;
INSERT INTO sync_table (name, append_only, deletes, grondslag, levensloop) VALUES
  ('lid', 0, NULL, 'test', 'test'),
  ('t', 1, 'win', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('lid', 'id', 'key', 'test'),
  ('lid', 'tot', 'min', 'test'),
  ('t', 'id', 'key', 'test'),
  ('t', 'map', 'first', 'test'),
  ('t', 'a', 'first', 'test');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
