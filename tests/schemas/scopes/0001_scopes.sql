-- The schema of the small scopes: a table for each rule with two cells of that rule, a scope that a row can leave, one circle
-- that everybody is in.  Keys are plain, in two columns (r_keep) and without rowid (r_keep, r_set).

INSERT INTO sync_schema (id, name) VALUES (1, 'scopes');

CREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT) STRICT;
CREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT) STRICT;
CREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT) STRICT;
CREATE TABLE kring (naam TEXT PRIMARY KEY) STRICT;

CREATE TABLE r_lww     (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_keep    (nr INTEGER, soort INTEGER DEFAULT 7, kring TEXT, a TEXT, b TEXT, PRIMARY KEY (soort, nr)) STRICT, WITHOUT ROWID;
CREATE TABLE r_first   (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_server  (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_max     (nr INTEGER PRIMARY KEY, kring TEXT, a INTEGER, b INTEGER) STRICT;
CREATE TABLE r_min     (nr INTEGER PRIMARY KEY, kring TEXT, a INTEGER, b INTEGER) STRICT;
CREATE TABLE r_counter (nr INTEGER PRIMARY KEY, kring TEXT, a INTEGER, b INTEGER) STRICT;
CREATE TABLE r_set     (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE r_text    (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_win     (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_role    (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
CREATE TABLE r_order   (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;
-- What a signature freezes; `nr` says of which case it is, a copy too.
CREATE TABLE r_plan    (id BLOB PRIMARY KEY, nr INTEGER, kring TEXT, a TEXT, b TEXT, stand TEXT) STRICT;
CREATE TABLE r_doel    (id BLOB PRIMARY KEY, nr INTEGER, kring TEXT, plan BLOB, a TEXT) STRICT;
CREATE TABLE r_log     (nr INTEGER PRIMARY KEY, kring TEXT, a TEXT, b TEXT) STRICT;

INSERT INTO sync_table (no, name, append_only, keys, grondslag, levensloop) VALUES
  (1, 'bedrijf',    0, NULL,          'test', 'test'),
  (2, 'groep',      0, NULL,          'test', 'test'),
  (3, 'lid',        0, NULL,          'test', 'test'),
  (4, 'kring',      0, NULL,          'test', 'test'),
  (5, 'r_lww',      0, 'application', 'test', 'test'),
  (6, 'r_keep',     0, NULL,          'test', 'test'),
  (7, 'r_first',    0, 'application', 'test', 'test'),
  (8, 'r_server',   0, 'application', 'test', 'test'),
  (9, 'r_max',      0, 'application', 'test', 'test'),
  (10, 'r_min',     0, 'application', 'test', 'test'),
  (11, 'r_counter', 0, 'application', 'test', 'test'),
  (12, 'r_set',     0, 'application', 'test', 'test'),
  (13, 'r_log',     1, 'application', 'test', 'test'),
  (14, 'r_text',    0, 'application', 'test', 'test'),
  (16, 'r_role',    0, 'application', 'test', 'test'),
  (17, 'r_order',   0, 'application', 'test', 'test'),
  (18, 'r_plan',    0, NULL,          'test', 'test'),
  (19, 'r_doel',    0, NULL,          'test', 'test');
INSERT INTO sync_table (no, name, deletes, keys, grondslag, levensloop) VALUES (15, 'r_win', 'win', 'application', 'test', 'test');

INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('bedrijf', 'id', 'key', 'test'), ('bedrijf', 'naam', 'server', 'test'),
  ('groep', 'id', 'key', 'test'), ('groep', 'bedrijf_id', 'server', 'test'), ('groep', 'naam', 'server', 'test'),
  ('lid', 'id', 'key', 'test'), ('lid', 'groep_id', 'server', 'test'), ('lid', 'naam', 'server', 'test'),
  ('lid', 'rol', 'server', 'test'),
  ('kring', 'naam', 'key', 'test'),
  ('r_keep', 'nr', 'key', 'test'), ('r_keep', 'soort', 'key', 'test'), ('r_keep', 'kring', 'lww', 'test'),
  ('r_keep', 'a', 'keep', 'test'), ('r_keep', 'b', 'keep', 'test'),
  ('r_log', 'nr', 'key', 'test'), ('r_log', 'kring', 'first', 'test'), ('r_log', 'a', 'first', 'test'),
  ('r_log', 'b', 'first', 'test'),
  ('r_win', 'nr', 'key', 'test'), ('r_win', 'kring', 'lww', 'test'), ('r_win', 'a', 'lww', 'test'),
  ('r_win', 'b', 'lww', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding)
  SELECT 'r_' || r.value, c.value, CASE c.value WHEN 'nr' THEN 'key' WHEN 'kring' THEN 'lww' ELSE r.value END, 'test'
    FROM json_each('["lww","first","server","max","min","counter","set","text"]') AS r, json_each('["nr","kring","a","b"]') AS c;

INSERT INTO sync_column (tbl, name, rule, doelbinding, args)
  SELECT 'r_' || r.key, c.value, CASE c.value WHEN 'nr' THEN 'key' WHEN 'kring' THEN 'lww' ELSE r.key END, 'test',
      CASE WHEN c.value IN ('a', 'b') THEN r.value END
    FROM json_each('{"role": {"roles": ["baas"]}, "order": {"states": ["open", "bezig", "wacht", "klaar"], "joins":
      [["open", "bezig", "bezig"], ["open", "wacht", "wacht"], ["open", "klaar", "klaar"], ["bezig", "wacht", "klaar"],
       ["bezig", "klaar", "klaar"], ["wacht", "klaar", "klaar"]]}}') AS r, json_each('["nr","kring","a","b"]') AS c;

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('r_plan', 'id', 'key', 'test', NULL), ('r_plan', 'nr', 'first', 'test', NULL), ('r_plan', 'kring', 'first', 'test', NULL),
  ('r_plan', 'a', 'keep', 'test', NULL), ('r_plan', 'b', 'lww', 'test', NULL),
  ('r_plan', 'stand', 'order', 'test', '{"states": ["concept", "getekend"]}'),
  ('r_doel', 'id', 'key', 'test', NULL), ('r_doel', 'nr', 'first', 'test', NULL), ('r_doel', 'kring', 'first', 'test', NULL),
  ('r_doel', 'plan', 'lww', 'test', NULL), ('r_doel', 'a', 'keep', 'test', NULL);

INSERT INTO sync_circle (no, name, members, writers) VALUES (1, 'alle', 'SELECT id FROM lid', '');
INSERT INTO sync_circle (no, name, members, writers, founders, root, on_end) VALUES
  (2, 'kring', 'SELECT id FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 'kring', 'inbox');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('alle',  'lid', 'SELECT ''alle'''),
  ('kring', 'lid', 'SELECT naam FROM kring');

INSERT INTO sync_face (no, tbl, name, scope, circle, columns) VALUES
  (1, 'bedrijf',    'heel', '''alle''', 'alle',  '*'),
  (2, 'groep',      'heel', '''alle''', 'alle',  '*'),
  (3, 'lid',        'heel', '''alle''', 'alle',  '*'),
  (4, 'kring',      'heel', 'naam',     'kring', '*'),
  (5, 'r_lww',      'heel', 'kring',    'kring', '*'),
  (6, 'r_keep',     'heel', 'kring',    'kring', '*'),
  (7, 'r_first',    'heel', 'kring',    'kring', '*'),
  (8, 'r_server',   'heel', 'kring',    'kring', '*'),
  (9, 'r_max',      'heel', 'kring',    'kring', '*'),
  (10, 'r_min',     'heel', 'kring',    'kring', '*'),
  (11, 'r_counter', 'heel', 'kring',    'kring', '*'),
  (12, 'r_set',     'heel', 'kring',    'kring', '*'),
  (13, 'r_log',     'heel', 'kring',    'kring', '*'),
  (14, 'r_text',    'heel', 'kring',    'kring', '*'),
  (15, 'r_win',     'heel', 'kring',    'kring', '*'),
  (16, 'r_role',    'heel', 'kring',    'kring', '*'),
  (17, 'r_order',   'heel', 'kring',    'kring', '*'),
  (18, 'r_plan',    'heel', 'kring',    'kring', '*'),
  (19, 'r_doel',    'heel', 'kring',    'kring', '*');

INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES ('r_plan', 'stand', '["getekend"]', 'a', 'concept');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES ('r_plan', 'r_doel', 'plan', 'a');

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'bedrijf', 'id', 'naam', NULL,       NULL,  NULL),
  ('team',         'groep',   'id', 'naam', NULL,       NULL,  'bedrijf_id'),
  ('worker',       'lid',     'id', 'naam', 'groep_id', 'rol', NULL);
