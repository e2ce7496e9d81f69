-- The reference set: which organisations, teams and workers there are, and the circle that everybody is in.
-- Written by the operator's commands only (`team add`, `worker add`), so every rule is `server`.

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

INSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES
  ('organisation', 'organisatie', 'id', 'naam', NULL,      NULL,  NULL),
  ('team',         'team',        'id', 'naam', NULL,      NULL,  'organisatie_id'),
  ('worker',       'medewerker',  'id', 'naam', 'team_id', 'rol', 'organisatie_id');
