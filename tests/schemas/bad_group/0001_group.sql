-- Columns that move together, where they cannot.
-- expect 19: gives its rule arguments
-- expect 20: is alone in group 'plaats'
-- expect 21: has the rule keep; columns move together by the rule lww
-- expect 22: is in group 'samen' and has the rule first
-- expect 32: face deel of table t has column d but not e of its group 'half'
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT, a TEXT, b TEXT, c TEXT, d TEXT, e TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, grp, args) VALUES
  ('lid', 'id', 'key', 'test', NULL, NULL), ('lid', 'tot', 'min', 'test', NULL, NULL),
  ('t', 'id', 'key', 'test', NULL, NULL),
  ('t', 'map', 'first', 'test', NULL, '3'),
  ('t', 'a', 'lww', 'test', 'plaats', NULL),
  ('t', 'b', 'keep', 'test', 'samen', NULL),
  ('t', 'c', 'first', 'test', 'samen', NULL),
  ('t', 'd', 'lww', 'test', 'half', NULL),
  ('t', 'e', 'lww', 'test', 'half', NULL);
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*'),
  ('t', 'deel', '''d''', 'k', 'map, d');
