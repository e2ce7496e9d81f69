-- C10: a provider does not refuse a referral.
-- expect 18: a provider under contract must accept a referral
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, tot TEXT) STRICT;
CREATE TABLE verwijzing (
  id BLOB PRIMARY KEY,
  map TEXT,
  status TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('lid', 'test', 'test'),
  ('verwijzing', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, args, aard) VALUES
  ('lid', 'id', 'key', 'test', NULL, NULL),
  ('lid', 'tot', 'min', 'test', NULL, NULL),
  ('verwijzing', 'id', 'key', 'test', NULL, NULL),
  ('verwijzing', 'map', 'first', 'test', NULL, NULL),
  ('verwijzing', 'status', 'order', 'test', '{"states": ["verzonden", "geweigerd"]}', NULL);
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT id, NULL, tot FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 'verwijzing');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('k', 'lid', 'SELECT DISTINCT map FROM verwijzing');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', '''alle''', 'k', '*'),
  ('verwijzing', 'heel', 'map', 'k', '*');
