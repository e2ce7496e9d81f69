-- Args that are not JSON at all are the schema's fault, not the database's.
-- expect 13: its args are a JSON object
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE t (
  id BLOB PRIMARY KEY,
  map TEXT,
  stand TEXT
) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES ('t', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('t', 'id', 'key', 'test', NULL),
  ('t', 'map', 'first', 'test', NULL),
  ('t', 'stand', 'order', 'test', '{"states": ["open" "klaar"]}');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT :scope', NULL, NULL, 't');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('t', 'heel', 'map', 'k', '*');
