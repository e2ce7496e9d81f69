-- A small schema for tests: every rule, every kind of key, one circle that everybody is in; but who is in the team
-- 'buiten' does not hold the list 'L2'.  Who has the role 'leider' leads.

INSERT INTO sync_schema (id, name) VALUES (1, 'lijst');

CREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT) STRICT;
CREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT) STRICT;
CREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT) STRICT;

-- The root of a scope: a list, known by its name.
CREATE TABLE lijst (naam TEXT PRIMARY KEY, titel TEXT) STRICT;

-- A key of text and integer, and every rule.
CREATE TABLE punt (
  lijst    TEXT,
  nr       INTEGER,
  titel    TEXT,
  tekst    TEXT,
  eerste   TEXT,
  nummer   INTEGER,
  hoogste  INTEGER,
  laagste  INTEGER,
  aantal   INTEGER,
  labels   TEXT,
  maat     REAL,
  bijlage  BLOB,
  vrij     ANY,
  verslag  TEXT,
  PRIMARY KEY (lijst, nr)
) STRICT;

CREATE TABLE kenmerk (lijst TEXT, taal TEXT, waarde TEXT, PRIMARY KEY (lijst, taal)) STRICT, WITHOUT ROWID;

-- A line can name another, of its own list or not.
CREATE TABLE regel (nr INTEGER PRIMARY KEY, lijst TEXT, tekst TEXT, naar INTEGER) STRICT;
CREATE INDEX regel_naar ON regel(naar);

CREATE TABLE logboek (id BLOB PRIMARY KEY, lijst TEXT, op TEXT, tekst TEXT) STRICT;

-- What is thrown away stays away.
CREATE TABLE briefje (lijst TEXT, nr INTEGER, titel TEXT, tekst TEXT, hoogste INTEGER, PRIMARY KEY (lijst, nr)) STRICT;

-- States whose join is a third, with rounds; the word of who has the higher role; a name that two should not have.
CREATE TABLE taak (
  lijst    TEXT,
  nr       INTEGER,
  naam     TEXT,
  stand    TEXT,
  oordeel  TEXT,
  PRIMARY KEY (lijst, nr)
) STRICT;
CREATE INDEX taak_naam ON taak(naam);

-- A decision with its articles, which a signature freezes.
CREATE TABLE besluit (
  id           BLOB PRIMARY KEY,
  lijst        TEXT,
  titel        TEXT,
  tekst        TEXT,
  verslag      TEXT,
  laagste      INTEGER,
  notitie      TEXT,
  labels       TEXT,
  aantal       INTEGER,
  stand        TEXT,
  handtekening TEXT
) STRICT;

CREATE TABLE artikel (id BLOB PRIMARY KEY, lijst TEXT, besluit BLOB, tekst TEXT, volgorde INTEGER) STRICT;

INSERT INTO sync_table (no, name, append_only, keys, grondslag, levensloop) VALUES
  (1, 'bedrijf', 0, NULL,          'test', 'test'),
  (2, 'groep',   0, NULL,          'test', 'test'),
  (3, 'lid',     0, NULL,          'test', 'test'),
  (4, 'lijst',   0, NULL,          'test', 'test'),
  (5, 'punt',    0, NULL,          'test', 'test'),
  (6, 'kenmerk', 0, NULL,          'test', 'test'),
  (7, 'regel',   0, 'application', 'test', 'test'),
  (8, 'logboek', 1, NULL,          'test', 'test'),
  (10, 'taak',   0, NULL,          'test', 'test'),
  (11, 'besluit', 0, NULL,         'test', 'test'),
  (12, 'artikel', 0, NULL,         'test', 'test');
INSERT INTO sync_table (no, name, deletes, grondslag, levensloop) VALUES (9, 'briefje', 'win', 'test', 'test');

INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('bedrijf', 'id', 'key', 'test'), ('bedrijf', 'naam', 'server', 'test'),
  ('groep', 'id', 'key', 'test'), ('groep', 'bedrijf_id', 'server', 'test'), ('groep', 'naam', 'server', 'test'),
  ('lid', 'id', 'key', 'test'), ('lid', 'groep_id', 'server', 'test'), ('lid', 'naam', 'server', 'test'),
  ('lid', 'rol', 'server', 'test'),
  ('lijst', 'naam', 'key', 'test'), ('lijst', 'titel', 'lww', 'test'),
  ('punt', 'lijst',   'key',     'test'),
  ('punt', 'nr',      'key',     'test'),
  ('punt', 'titel',   'lww',     'test'),
  ('punt', 'tekst',   'keep',    'test'),
  ('punt', 'eerste',  'first',   'test'),
  ('punt', 'nummer',  'server',  'test'),
  ('punt', 'hoogste', 'max',     'test'),
  ('punt', 'laagste', 'min',     'test'),
  ('punt', 'aantal',  'counter', 'test'),
  ('punt', 'labels',  'set',     'test'),
  ('punt', 'maat',    'lww',     'test'),
  ('punt', 'bijlage', 'lww',     'test'),
  ('punt', 'vrij',    'lww',     'test'),
  ('punt', 'verslag', 'text',    'test'),
  ('kenmerk', 'lijst', 'key', 'test'), ('kenmerk', 'taal', 'key', 'test'), ('kenmerk', 'waarde', 'lww', 'test'),
  ('regel', 'nr', 'key', 'test'), ('regel', 'lijst', 'first', 'test'), ('regel', 'tekst', 'keep', 'test'),
  ('regel', 'naar', 'lww', 'test'),
  ('logboek', 'id', 'key', 'test'), ('logboek', 'lijst', 'first', 'test'), ('logboek', 'op', 'first', 'test'),
  ('logboek', 'tekst', 'first', 'test'),
  ('briefje', 'lijst', 'key', 'test'), ('briefje', 'nr', 'key', 'test'), ('briefje', 'titel', 'lww', 'test'),
  ('briefje', 'tekst', 'keep', 'test'), ('briefje', 'hoogste', 'max', 'test');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('taak', 'lijst',   'key',   'test', NULL), ('taak', 'nr', 'key', 'test', NULL), ('taak', 'naam', 'lww', 'test', NULL),
  ('taak', 'stand',   'order', 'test', '{"states": ["open", "links", "rechts", "klaar"], "rounds": true, "joins":
    [["open", "links", "links"], ["open", "rechts", "rechts"], ["open", "klaar", "klaar"],
     ["links", "rechts", "klaar"], ["links", "klaar", "klaar"], ["rechts", "klaar", "klaar"]]}'),
  ('taak', 'oordeel', 'role',  'test', '{"roles": ["leider", "lid"]}');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('besluit', 'id',           'key',     'test', NULL),
  ('besluit', 'lijst',        'first',   'test', NULL),
  ('besluit', 'titel',        'lww',     'test', NULL),
  ('besluit', 'tekst',        'keep',    'test', NULL),
  ('besluit', 'verslag',      'text',    'test', NULL),
  ('besluit', 'laagste',      'min',     'test', NULL),
  ('besluit', 'notitie',      'lww',     'test', NULL),
  ('besluit', 'labels',       'set',     'test', NULL),
  ('besluit', 'aantal',       'counter', 'test', NULL),
  ('besluit', 'stand',        'order',   'test',
   '{"states": ["concept", "besproken", "getekend", "vervangen"], "rounds": true}'),
  ('besluit', 'handtekening', 'lww',     'test', NULL),
  ('artikel', 'id',           'key',     'test', NULL),
  ('artikel', 'lijst',        'first',   'test', NULL),
  ('artikel', 'besluit',      'lww',     'test', NULL),
  ('artikel', 'tekst',        'keep',    'test', NULL),
  ('artikel', 'volgorde',     'lww',     'test', NULL);

INSERT INTO sync_reference (tbl, name, parent) VALUES ('regel', 'naar', 'regel');

INSERT INTO sync_unique (tbl, name, columns) VALUES ('taak', 'een_naam', 'naam');

UPDATE sync_column SET grp = 'los' WHERE tbl = 'punt' AND name IN ('maat', 'vrij');

INSERT INTO sync_circle (no, name, members, writers) VALUES (1, 'alle', 'SELECT id FROM lid', '');
INSERT INTO sync_circle (no, name, members, writers, founders, root, on_end, lead) VALUES
  (2, 'iedereen', 'SELECT id FROM lid WHERE :scope IS NOT NULL AND NOT (:scope = ''L2'' AND groep_id IN
    (SELECT id FROM groep WHERE naam = ''buiten''))', NULL, NULL, 'lijst', 'inbox',
   'SELECT id FROM lid WHERE rol = ''leider''');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('alle',     'lid', 'SELECT ''alle'''),
  ('iedereen', 'lid',   'SELECT naam FROM lijst'),
  ('iedereen', 'groep', 'SELECT naam FROM lijst');

INSERT INTO sync_face (no, tbl, name, scope, circle, columns) VALUES
  (1, 'bedrijf', 'heel', '''alle''', 'alle',     '*'),
  (2, 'groep',   'heel', '''alle''', 'alle',     '*'),
  (3, 'lid',     'heel', '''alle''', 'alle',     '*'),
  (4, 'lijst',   'heel', 'naam',     'iedereen', '*'),
  (5, 'punt',    'heel', 'lijst',    'iedereen', '*'),
  (6, 'kenmerk', 'heel', 'lijst',    'iedereen', '*'),
  (7, 'regel',   'heel', 'lijst',    'iedereen', '*'),
  (8, 'logboek', 'heel', 'lijst',    'iedereen', '*'),
  (9, 'briefje', 'heel', 'lijst',    'iedereen', '*'),
  (10, 'taak',   'heel', 'lijst',    'iedereen', '*'),
  (11, 'besluit', 'heel', 'lijst',   'iedereen', '*'),
  (12, 'artikel', 'heel', 'lijst',   'iedereen', '*');

INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('besluit', 'stand', '["getekend", "vervangen"]', 'titel, tekst, verslag, laagste', 'concept');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES ('besluit', 'artikel', 'besluit', 'tekst');

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'bedrijf', 'id', 'naam', NULL,       NULL,  NULL),
  ('team',         'groep',   'id', 'naam', NULL,       NULL,  'bedrijf_id'),
  ('worker',       'lid',     'id', 'naam', 'groep_id', 'rol', NULL);
