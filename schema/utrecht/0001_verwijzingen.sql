-- The reference set: which organisations, teams and workers there are, the lists that codes come from, and the circles that
-- everybody is in.  Organisations, teams and workers are written by the operator's commands only (`team add`, `worker add`), so
-- their rules are `server`.  Devices are not here: the daemon has them in its own books (`device list`).

INSERT INTO sync_schema (id, name) VALUES (1, 'utrecht');

CREATE TABLE organisatie (
  id     BLOB PRIMARY KEY,
  naam   TEXT,
  soort  TEXT               -- buurtteam, aanvullende_zorg, ggz, gemeente
) STRICT;

CREATE TABLE team (
  id              BLOB PRIMARY KEY,
  organisatie_id  BLOB,
  naam            TEXT,
  soort_team      TEXT,     -- J&G, sociaal, vo, mbo, ggz
  wijk_code       TEXT
) STRICT;

CREATE TABLE medewerker (
  id              BLOB PRIMARY KEY,
  organisatie_id  BLOB,
  team_id         BLOB,
  naam            TEXT,
  rol             TEXT
) STRICT;
CREATE INDEX medewerker_team ON medewerker (team_id);

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('organisatie', 'taakuitvoering (Wmo 2015, Jeugdwet)', 'zolang de organisatie meewerkt'),
  ('team',        'taakuitvoering (Wmo 2015, Jeugdwet)', 'zolang het team bestaat'),
  ('medewerker',  'arbeidsovereenkomst of opdracht',     'zolang de medewerker in dienst is');

INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('organisatie', 'id',             'key',    'verwijzen naar de organisatie'),
  ('organisatie', 'naam',           'server', 'weten wie meewerkt'),
  ('organisatie', 'soort',          'server', 'weten wie wat doet'),
  ('team',        'id',             'key',    'verwijzen naar het team'),
  ('team',        'organisatie_id', 'server', 'weten bij wie het team hoort'),
  ('team',        'naam',           'server', 'het team kunnen vinden'),
  ('team',        'soort_team',     'server', 'de juiste voordeur kiezen'),
  ('team',        'wijk_code',      'server', 'de juiste voordeur kiezen'),
  ('medewerker',  'id',             'key',    'verwijzen naar de medewerker'),
  ('medewerker',  'organisatie_id', 'server', 'weten bij wie iemand werkt'),
  ('medewerker',  'team_id',        'server', 'bepalen wat een collega mag zien'),
  ('medewerker',  'naam',           'server', 'de collega kunnen bereiken'),
  ('medewerker',  'rol',            'server', 'weten wie waarover gaat');

-- Everybody holds the reference set and nobody writes it.  It says nothing about clients.
INSERT INTO sync_circle (name, members, writers) VALUES
  ('alle', 'SELECT id FROM medewerker', '');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('alle', 'medewerker', 'SELECT ''alle''');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('organisatie', 'heel', '''alle''', 'alle', '*'),
  ('team',        'heel', '''alle''', 'alle', '*'),
  ('medewerker',  'heel', '''alle''', 'alle', '*');

-- Lists of codes and their meaning.  A worker with the role beheerder keeps them, on a device like any other; everybody holds
-- them.  A code that no list has is no error: the list may come later.
CREATE TABLE wijk (
  code  TEXT PRIMARY KEY,
  naam  TEXT
) STRICT;

CREATE TABLE zorgvorm (
  code  TEXT PRIMARY KEY,       -- of verwijzing.zorgvorm_code
  naam  TEXT,
  wet   TEXT                    -- wmo, jeugdwet
) STRICT;

CREATE TABLE tafel (
  code       TEXT PRIMARY KEY,  -- of casusinbreng.tafel
  naam       TEXT,
  wijk_code  TEXT               -- NULL: the whole city
) STRICT;

CREATE TABLE tekst_b1 (
  code   TEXT PRIMARY KEY,
  tekst  TEXT                   -- what a client is told, in words of language level B1
) STRICT;

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('wijk',     'taakuitvoering (Wmo 2015, Jeugdwet); geen persoonsgegevens', 'zolang de code in gebruik is'),
  ('zorgvorm', 'taakuitvoering (Wmo 2015, Jeugdwet); geen persoonsgegevens', 'zolang de code in gebruik is'),
  ('tafel',    'taakuitvoering (Wmo 2015, Jeugdwet); geen persoonsgegevens', 'zolang de tafel bestaat'),
  ('tekst_b1', 'taakuitvoering (Wmo 2015, Jeugdwet); geen persoonsgegevens', 'zolang de tekst in gebruik is');

INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('wijk',     'code',      'key', 'verwijzen naar de wijk'),
  ('wijk',     'naam',      'lww', 'de wijk bij haar naam noemen'),
  ('zorgvorm', 'code',      'key', 'verwijzen naar de zorgvorm'),
  ('zorgvorm', 'naam',      'lww', 'de hulp bij haar naam noemen'),
  ('zorgvorm', 'wet',       'lww', 'weten welke wet geldt'),
  ('tafel',    'code',      'key', 'verwijzen naar de tafel'),
  ('tafel',    'naam',      'lww', 'de tafel bij haar naam noemen'),
  ('tafel',    'wijk_code', 'lww', 'de tafel in de buurt vinden'),
  ('tekst_b1', 'code',      'key', 'verwijzen naar de tekst'),
  ('tekst_b1', 'tekst',     'lww', 'een client in gewone woorden uitleg geven');

INSERT INTO sync_circle (name, members, writers) VALUES
  ('lijst_kring', 'SELECT id FROM medewerker', 'SELECT id FROM medewerker WHERE rol = ''beheerder''');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('lijst_kring', 'medewerker', 'SELECT ''lijsten''');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('wijk',     'heel', '''lijsten''', 'lijst_kring', '*'),
  ('zorgvorm', 'heel', '''lijsten''', 'lijst_kring', '*'),
  ('tafel',    'heel', '''lijsten''', 'lijst_kring', '*'),
  ('tekst_b1', 'heel', '''lijsten''', 'lijst_kring', '*');

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'organisatie', 'id', 'naam', NULL,      NULL,  NULL),
  ('team',         'team',        'id', 'naam', NULL,      NULL,  'organisatie_id'),
  ('worker',       'medewerker',  'id', 'naam', 'team_id', 'rol', 'organisatie_id');
