-- An index that cannot read every value.
-- expect 6: on an expression, or has a WHERE
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE t (id BLOB PRIMARY KEY, map TEXT, a TEXT) STRICT;
CREATE INDEX t_a ON t (a) WHERE json_extract(a, '$.b') = 1;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('lid', 'id', 'key', 'test'),
  ('lid', 'tot', 'min', 'test'),
  ('t', 'id', 'key', 'test'),
  ('t', 'map', 'first', 'test'),
  ('t', 'a', 'lww', 'test');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
