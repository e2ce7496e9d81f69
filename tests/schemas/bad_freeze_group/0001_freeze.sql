-- A group of which one column is frozen.
-- expect 34: column plan.tekst is frozen and plan.aantal of its group is not
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
INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('plan', 0, 'test', 'test'), ('doel', 0, 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding, args, grp) VALUES
  ('plan', 'id', 'key', 'test', NULL, NULL),
  ('plan', 'map', 'first', 'test', NULL, NULL),
  ('plan', 'tekst', 'lww', 'test', NULL, 'g'),
  ('plan', 'aantal', 'lww', 'test', NULL, 'g'),
  ('plan', 'stand', 'order', 'test', '{"states": ["open", "getekend"]}', NULL),
  ('doel', 'id', 'key', 'test', NULL, NULL),
  ('doel', 'map', 'first', 'test', NULL, NULL),
  ('doel', 'plan_id', 'first', 'test', NULL, NULL),
  ('doel', 'tekst', 'keep', 'test', NULL, NULL);
INSERT INTO sync_circle (name, members, writers, founders, root) VALUES
  ('k', 'SELECT :scope', NULL, NULL, 'plan'), ('n', 'SELECT :scope', NULL, NULL, 'doel');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('plan', 'heel', 'map', 'k', '*'), ('doel', 'heel', 'map', 'k', '*');
INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('plan', 'stand', '["getekend"]', 'tekst', 'open');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES
  ('plan', 'doel', 'plan_id', 'tekst');
