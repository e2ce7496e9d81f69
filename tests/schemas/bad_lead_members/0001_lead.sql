-- Who is in the circle is in a table that members do not get: no device could tell who leads.
-- expect 19: circle k says who leads, but a device cannot tell who is in it
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
   'SELECT id FROM t WHERE map = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT :old_map UNION SELECT :new_map');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('t', 'heel', 'map', 'k', '*');
