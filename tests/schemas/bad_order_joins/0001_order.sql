-- Joins are lists of three states each.
-- expect 13: a join names three of its states
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
  ('t', 'stand', 'order', 'test', '{"states": ["open", "klaar"], "joins": ["open"]}');
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT :scope', NULL, NULL, 't');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('t', 'heel', 'map', 'k', '*');
