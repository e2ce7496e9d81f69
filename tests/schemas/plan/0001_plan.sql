-- A small schema for tests of freezes: a plan with goals and steps, which a signature freezes; everybody is in the circle
-- of a dossier.

INSERT INTO sync_schema (id, name) VALUES (1, 'plan');

CREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT) STRICT;
CREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT) STRICT;
CREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT) STRICT;

CREATE TABLE dossier (id BLOB PRIMARY KEY, naam TEXT) STRICT;

CREATE TABLE plan (
  id       BLOB PRIMARY KEY,
  dossier  BLOB,
  titel    TEXT,
  inzet    TEXT,
  verhaal  TEXT,
  begin    INTEGER,
  notitie  TEXT,
  thema    TEXT,
  bezoek   INTEGER,
  versie   INTEGER,
  status   TEXT,
  getekend TEXT
) STRICT;

CREATE TABLE doel (
  id       BLOB PRIMARY KEY,
  dossier  BLOB,
  plan     BLOB,
  tekst    TEXT,
  volgorde INTEGER
) STRICT;

-- As doel, but it can be moved, and it has no rowid.
CREATE TABLE stap (
  id       BLOB PRIMARY KEY,
  dossier  BLOB,
  plan     BLOB,
  wat      TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('bedrijf', 'test', 'test'), ('groep', 'test', 'test'), ('lid', 'test', 'test'), ('dossier', 'test', 'test'),
  ('plan', 'test', 'test'), ('doel', 'test', 'test'), ('stap', 'test', 'test');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('bedrijf', 'id', 'key', 'test', NULL), ('bedrijf', 'naam', 'server', 'test', NULL),
  ('groep', 'id', 'key', 'test', NULL), ('groep', 'bedrijf_id', 'server', 'test', NULL),
  ('groep', 'naam', 'server', 'test', NULL),
  ('lid', 'id', 'key', 'test', NULL), ('lid', 'groep_id', 'server', 'test', NULL),
  ('lid', 'naam', 'server', 'test', NULL), ('lid', 'rol', 'server', 'test', NULL),
  ('dossier', 'id', 'key', 'test', NULL), ('dossier', 'naam', 'lww', 'test', NULL),
  ('plan', 'id',       'key',     'test', NULL),
  ('plan', 'dossier',  'first',   'test', NULL),
  ('plan', 'titel',    'lww',     'test', NULL),
  ('plan', 'inzet',    'keep',    'test', NULL),
  ('plan', 'begin',    'min',     'test', NULL),
  ('plan', 'verhaal',  'text',    'test', NULL),
  ('plan', 'notitie',  'lww',     'test', NULL),
  ('plan', 'thema',    'set',     'test', NULL),
  ('plan', 'bezoek',   'counter', 'test', NULL),
  ('plan', 'versie',   'server',  'test', NULL),
  ('plan', 'status',   'order',   'test',
   '{"states": ["concept", "besproken", "ondertekend", "vervangen"], "rounds": true}'),
  ('plan', 'getekend', 'first',   'test', NULL),
  ('doel', 'id',       'key',     'test', NULL),
  ('doel', 'dossier',  'first',   'test', NULL),
  ('doel', 'plan',     'first',   'test', NULL),
  ('doel', 'tekst',    'keep',    'test', NULL),
  ('doel', 'volgorde', 'lww',     'test', NULL),
  ('stap', 'id',       'key',     'test', NULL),
  ('stap', 'dossier',  'first',   'test', NULL),
  ('stap', 'plan',     'lww',     'test', NULL),
  ('stap', 'wat',      'lww',     'test', NULL);

INSERT INTO sync_circle (name, members, writers) VALUES ('alle', 'SELECT id FROM lid', '');
INSERT INTO sync_circle (name, members, writers, founders, root, on_end) VALUES
  ('kring', 'SELECT id FROM lid WHERE :scope IS NOT NULL', NULL, NULL, 'dossier', 'inbox');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('alle', 'lid', 'SELECT ''alle'''), ('kring', 'lid', 'SELECT id FROM dossier');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('bedrijf', 'heel', '''alle''', 'alle',  '*'),
  ('groep',   'heel', '''alle''', 'alle',  '*'),
  ('lid',     'heel', '''alle''', 'alle',  '*'),
  ('dossier', 'heel', 'id',       'kring', '*'),
  ('plan',    'heel', 'dossier',  'kring', '*'),
  ('doel',    'heel', 'dossier',  'kring', '*'),
  ('stap',    'heel', 'dossier',  'kring', '*');

INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('plan', 'status', '["ondertekend", "vervangen"]', 'titel, inzet, verhaal, begin', 'concept');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES
  ('plan', 'doel', 'plan', 'tekst'),
  ('plan', 'stap', 'plan', '*');

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'bedrijf', 'id', 'naam', NULL,       NULL,  NULL),
  ('team',         'groep',   'id', 'naam', NULL,       NULL,  'bedrijf_id'),
  ('worker',       'lid',     'id', 'naam', 'groep_id', 'rol', NULL);
