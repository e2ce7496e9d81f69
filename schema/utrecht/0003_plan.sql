-- The support plan: the plan itself, its goals, the notes of progress and the agreements.
--
-- Two wordings of one goal both stand until someone chooses with the client (keep).  The analysis and the evaluation are
-- prose of many hands: what is written in different sentences is put together (text).  A note is written once.

CREATE TABLE ondersteuningsplan (
  id                 BLOB PRIMARY KEY,
  dossier_id         BLOB,
  versie_nr          INTEGER,
  vraag_van_client   TEXT,
  analyse            TEXT,
  afgesproken_inzet  TEXT,
  status             TEXT,     -- concept, besproken, ondertekend, geevalueerd, vervangen
  ondertekend_op     TEXT,
  ondertekend_door   TEXT,
  inhoud_hash        BLOB,
  evaluatie          TEXT
) STRICT;
CREATE INDEX ondersteuningsplan_dossier ON ondersteuningsplan (dossier_id);

CREATE TABLE doel (
  id            BLOB PRIMARY KEY,
  dossier_id    BLOB,
  plan_id       BLOB,
  tekst         TEXT,
  leefgebieden  TEXT,
  volgorde      INTEGER,
  status        TEXT,          -- open, bezig, gehaald, losgelaten
  namens        TEXT
) STRICT;
CREATE INDEX doel_dossier ON doel (dossier_id);
CREATE INDEX doel_plan ON doel (plan_id);

CREATE TABLE voortgang (
  id               BLOB PRIMARY KEY,
  dossier_id       BLOB,
  doel_id          BLOB,
  soort            TEXT,       -- gesprek, observatie, afweging, signaal
  op               TEXT,
  tekst            TEXT,
  vervangt_row_id  BLOB,       -- a correction is a new note
  geschreven_door  BLOB,
  compartiment     TEXT        -- NULL or basis: for all around the household; else for those in that compartment (0007)
) STRICT;
CREATE INDEX voortgang_dossier ON voortgang (dossier_id);
CREATE INDEX voortgang_vervangt ON voortgang (vervangt_row_id);
CREATE INDEX voortgang_doel ON voortgang (doel_id);

CREATE TABLE afspraak (
  id              BLOB PRIMARY KEY,
  dossier_id      BLOB,
  doel_id         BLOB,
  wat             TEXT,
  wie             TEXT,
  wanneer         TEXT,
  status          TEXT,        -- open, vervallen, gedaan
  tegenprestatie  TEXT
) STRICT;
CREATE INDEX afspraak_dossier ON afspraak (dossier_id);
CREATE INDEX afspraak_doel ON afspraak (doel_id);

INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('ondersteuningsplan', 0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('doel',               0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('voortgang',          1, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('afspraak',           0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('ondersteuningsplan', 'id',                'key',    'verwijzen naar het plan', NULL),
  ('ondersteuningsplan', 'dossier_id',        'first',  'bij het huishouden horen', NULL),
  ('ondersteuningsplan', 'versie_nr',         'server', 'versies uit elkaar houden', NULL),
  ('ondersteuningsplan', 'vraag_van_client',  'keep',   'de vraag in eigen woorden is leidend', NULL),
  ('ondersteuningsplan', 'analyse',           'text',   'samen begrijpen wat er speelt', NULL),
  ('ondersteuningsplan', 'afgesproken_inzet', 'keep',   'weten wat er is afgesproken', NULL),
  ('ondersteuningsplan', 'status',            'order',   'weten of het plan geldt',
   '{"states": ["concept", "besproken", "ondertekend", "geevalueerd", "vervangen"]}'),
  ('ondersteuningsplan', 'ondertekend_op',    'first',  'instemming vastleggen', NULL),
  ('ondersteuningsplan', 'ondertekend_door',  'set',    'instemming vastleggen', NULL),
  ('ondersteuningsplan', 'inhoud_hash',       'first',  'bewijzen wat is ondertekend', NULL),
  ('ondersteuningsplan', 'evaluatie',         'text',   'samen terugkijken', NULL),

  ('doel', 'id',           'key',   'verwijzen naar het doel', NULL),
  ('doel', 'dossier_id',   'first', 'bij het huishouden horen', NULL),
  ('doel', 'plan_id',      'first', 'bij het plan horen', NULL),
  ('doel', 'tekst',        'keep',  'ondersteuning', NULL),
  ('doel', 'leefgebieden', 'set',   'zien waarover het gaat', NULL),
  ('doel', 'volgorde',     'lww',   'overzicht', NULL),
  ('doel', 'status',       'lww',   'zien of het doel is gehaald', NULL),
  ('doel', 'namens',       'lww',   'weten wie dat vindt', NULL),

  ('voortgang', 'id',              'key',   'verwijzen naar de notitie', NULL),
  ('voortgang', 'dossier_id',      'first', 'bij het huishouden horen', NULL),
  ('voortgang', 'doel_id',         'first', 'bij het doel horen', NULL),
  ('voortgang', 'soort',           'first', 'notities terugvinden', NULL),
  ('voortgang', 'op',              'first', 'volgorde van gebeurtenissen', NULL),
  ('voortgang', 'tekst',           'first', 'ondersteuning; niets twee keer vertellen', NULL),
  ('voortgang', 'vervangt_row_id', 'first', 'een notitie verbeteren', NULL),
  ('voortgang', 'geschreven_door', 'first', 'terugkijken op eigen afwegingen', NULL),
  ('voortgang', 'compartiment',    'first', 'bepalen wie de notitie ziet', NULL),

  ('afspraak', 'id',             'key',   'verwijzen naar de afspraak', NULL),
  ('afspraak', 'dossier_id',     'first', 'bij het huishouden horen', NULL),
  ('afspraak', 'doel_id',        'first', 'bij het doel horen', NULL),
  ('afspraak', 'wat',            'keep',  'weten wat er is afgesproken', NULL),
  ('afspraak', 'wie',            'set',   'weten wie het doet', NULL),
  ('afspraak', 'wanneer',        'lww',   'op tijd zijn', NULL),
  ('afspraak', 'status',         'order',  'zien of het is gedaan',
   '{"states": ["open", "vervallen", "gedaan"]}'),
  ('afspraak', 'tegenprestatie', 'keep',  'weten wat de client terugdoet', NULL);

-- Whether a goal was reached is said on somebody's behalf: one never stands with the other's name.
UPDATE sync_column SET grp = 'oordeel' WHERE tbl = 'doel' AND name IN ('status', 'namens');

UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('ondersteuningsplan', 'vraag_van_client'), ('ondersteuningsplan', 'analyse'), ('ondersteuningsplan', 'afgesproken_inzet'),
  ('ondersteuningsplan', 'evaluatie'), ('doel', 'tekst'), ('voortgang', 'tekst'),
  ('afspraak', 'wat'), ('afspraak', 'tegenprestatie'));

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('ondersteuningsplan', 'heel', 'dossier_id', 'dossier_kring', '*'),
  ('doel',               'heel', 'dossier_id', 'dossier_kring', '*'),
  ('voortgang',          'heel', 'iif(coalesce(compartiment, ''basis'') = ''basis'', dossier_id, NULL)', 'dossier_kring', '*'),
  ('afspraak',           'heel', 'dossier_id', 'dossier_kring', '*');

-- A signed plan does not move: what the signer had not seen goes on in a new concept.  Whether a goal is reached goes on too.
INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('ondersteuningsplan', 'status', '["ondertekend", "geevalueerd", "vervangen"]',
   'vraag_van_client, analyse, afgesproken_inzet', 'concept');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES
  ('ondersteuningsplan', 'doel', 'plan_id', 'tekst');

-- Who deletes a plan or a goal while a colleague hangs something on it is told, and so is the colleague.
INSERT INTO sync_reference (tbl, name, parent) VALUES
  ('doel',      'plan_id', 'ondersteuningsplan'),
  ('voortgang', 'doel_id', 'doel'),
  ('afspraak',  'doel_id', 'doel');
