-- Roles that decide, where they cannot.
-- expect 18: rule role: its args are a JSON object with the roles
-- expect 19: rule role: it lists a role twice
-- expect 20: rule role: the name of a role has 1 to 64 bytes
-- expect 21: only the rules order and role take any
-- expect 22: rule role: its args are a JSON object with the roles
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT, a TEXT, b TEXT, c TEXT, d TEXT, e TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'), ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('lid', 'id', 'key', 'test', NULL), ('lid', 'tot', 'min', 'test', NULL),
  ('t', 'id', 'key', 'test', NULL), ('t', 'map', 'first', 'test', NULL),
  ('t', 'a', 'role', 'test', NULL),
  ('t', 'b', 'role', 'test', '{"roles": ["baas", "lid", "baas"]}'),
  ('t', 'c', 'role', 'test', '{"roles": ["baas", 3]}'),
  ('t', 'd', 'lww', 'test', '{"roles": ["baas"]}'),
  ('t', 'e', 'role', 'test', 'geen json');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 't');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM t');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('t', 'heel', 'map', 'k', '*');
