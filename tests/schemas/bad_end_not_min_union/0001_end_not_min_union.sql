-- C8: an end of access that a later write could undo, in the second half of a query.
-- expect 21: access ends at lid.later, whose rule is lww
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT, later TEXT) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT,
  a TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('lid', 'id', 'key', 'test'),
  ('lid', 'tot', 'min', 'test'),
  ('lid', 'later', 'lww', 'test'),
  ('t', 'id', 'key', 'test'),
  ('t', 'map', 'first', 'test'),
  ('t', 'a', 'lww', 'test');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, (SELECT NULL UNION SELECT NULL), tot FROM lid WHERE :scope IS NOT NULL UNION ALL
    SELECT id, NULL, later FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
