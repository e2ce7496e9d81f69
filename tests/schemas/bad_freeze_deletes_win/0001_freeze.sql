-- A frozen table whose deletes win.
-- expect 36: deletes of table doel win, and what was signed stays
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE plan (
  id BLOB PRIMARY KEY,
  map TEXT,
  tekst TEXT,
  aantal INTEGER,
  stand TEXT
) STRICT;
CREATE TABLE doel (
  id BLOB PRIMARY KEY,
  map TEXT,
  plan_id BLOB,
  tekst TEXT
) STRICT;
INSERT INTO sync_table (name, deletes, grondslag, levensloop) VALUES
  ('plan', NULL, 'test', 'test'), ('doel', 'win', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('plan', 'id', 'key', 'test', NULL),
  ('plan', 'map', 'first', 'test', NULL),
  ('plan', 'tekst', 'keep', 'test', NULL),
  ('plan', 'aantal', 'counter', 'test', NULL),
  ('plan', 'stand', 'order', 'test', '{"states": ["open", "getekend"]}'),
  ('doel', 'id', 'key', 'test', NULL),
  ('doel', 'map', 'first', 'test', NULL),
  ('doel', 'plan_id', 'first', 'test', NULL),
  ('doel', 'tekst', 'first', 'test', NULL);
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT :scope', NULL, NULL, 'plan'), ('n', 'SELECT :scope', NULL, NULL, 'doel');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('plan', 'heel', 'map', 'k', '*'), ('doel', 'heel', 'map', 'k', '*');
INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('plan', 'stand', '["getekend"]', 'tekst', 'open');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES
  ('plan', 'doel', 'plan_id', 'tekst');
