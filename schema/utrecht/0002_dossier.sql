-- The household: its file, the people in it, and who is involved.  Involvement decides who holds the file.
--
-- A secret address is not here: it needs a circle of its own.  No BSN, no hours, no products.

CREATE TABLE dossier (
  id                     BLOB PRIMARY KEY,
  roepnaam               TEXT,
  wijk_code              TEXT,
  soort_team             TEXT,     -- J&G, sociaal, vo, mbo, ggz
  status                 TEXT,     -- aangemeld, actief, afgerond
  vaste_hulpverlener_id  BLOB,
  aan_zet_team_id        BLOB,
  vigerend_plan_id       BLOB,
  aangemeld_op           TEXT,     -- dates are YYYY-MM-DD
  gestart_op             TEXT,
  laatste_activiteit_op  TEXT,
  samengevoegd_met_id    BLOB,
  afgesplitst_van_id     BLOB,
  ander_huishouden       INTEGER   -- 1: somebody looked; a file that says the same is of another household
) STRICT;
CREATE INDEX dossier_naam ON dossier (roepnaam, wijk_code, aangemeld_op);

CREATE TABLE persoon (
  id             BLOB PRIMARY KEY,
  dossier_id     BLOB,
  naam           TEXT,
  telefoon       TEXT,
  voorkeurstaal  TEXT,
  geboortejaar   INTEGER,
  rol_in_gezin   TEXT,
  gezag          TEXT,
  adres          TEXT
) STRICT;
CREATE INDEX persoon_dossier ON persoon (dossier_id);

CREATE TABLE betrokkenheid (
  id              BLOB PRIMARY KEY,
  dossier_id      BLOB,
  medewerker_id   BLOB,
  team_id         BLOB,
  rol             TEXT,
  basis           TEXT,            -- eigen_taak, toestemming, wettelijk, crisis
  compartimenten  TEXT,
  vanaf           TEXT,
  tot             TEXT,            -- the earliest end wins; longer involvement is a new row
  status          TEXT             -- aangevraagd, actief, beeindigd
) STRICT;
CREATE INDEX betrokkenheid_dossier ON betrokkenheid (dossier_id);

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('dossier',       'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)',
                    'van het apparaat 30 dagen na afgerond; centraal 15 jaar (Wmo) of 20 jaar (jeugd)'),
  ('persoon',       'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('betrokkenheid', 'publieke taak of toestemming, zie kolom basis', 'als het dossier');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('dossier', 'id',                    'key',   'verwijzen naar het dossier', NULL),
  ('dossier', 'roepnaam',              'lww',   'het huishouden herkennen', NULL),
  ('dossier', 'wijk_code',             'lww',   'de voordeur bepalen', NULL),
  ('dossier', 'soort_team',            'lww',   'de voordeur bepalen', NULL),
  ('dossier', 'status',                'order',  'weten of er hulp loopt',
   '{"states": ["aangemeld", "actief", "afgerond"], "rounds": true}'),
  ('dossier', 'vaste_hulpverlener_id', 'role',  'een vast gezicht voor het gezin', '{"roles": ["teammanager"]}'),
  ('dossier', 'aan_zet_team_id',       'lww',   'weten welk team aan zet is', NULL),
  ('dossier', 'vigerend_plan_id',      'keep',  'weten welk plan geldt', NULL),
  ('dossier', 'aangemeld_op',          'min',   'wachttijd volgen', NULL),
  ('dossier', 'gestart_op',            'min',   'wachttijd volgen', NULL),
  ('dossier', 'laatste_activiteit_op', 'max',   'bewaartermijn bepalen', NULL),
  ('dossier', 'samengevoegd_met_id',   'first', 'dubbele aanmelding herkennen', NULL),
  ('dossier', 'afgesplitst_van_id',    'first', 'splitsing van een huishouden volgen', NULL),
  ('dossier', 'ander_huishouden',      'lww',   'dubbele aanmelding herkennen', NULL),

  ('persoon', 'id',            'key',   'verwijzen naar de persoon', NULL),
  ('persoon', 'dossier_id',    'first', 'bij het huishouden horen', NULL),
  ('persoon', 'naam',          'lww',   'iemand aanspreken', NULL),
  ('persoon', 'telefoon',      'lww',   'iemand bereiken', NULL),
  ('persoon', 'voorkeurstaal', 'lww',   'iemand in eigen taal aanspreken', NULL),
  ('persoon', 'geboortejaar',  'lww',   'juiste voorziening kiezen', NULL),
  ('persoon', 'rol_in_gezin',  'lww',   'het gezin begrijpen', NULL),
  ('persoon', 'gezag',         'keep',  'weten wie mag toestemmen', NULL),
  ('persoon', 'adres',         'lww',   'op huisbezoek gaan', NULL),

  ('betrokkenheid', 'id',             'key',   'verwijzen naar de betrokkenheid', NULL),
  ('betrokkenheid', 'dossier_id',     'first', 'bij het huishouden horen', NULL),
  ('betrokkenheid', 'medewerker_id',  'first', 'weten wie betrokken is', NULL),
  ('betrokkenheid', 'team_id',        'first', 'weten namens welk team', NULL),
  ('betrokkenheid', 'rol',            'first', 'weten in welke rol', NULL),
  ('betrokkenheid', 'basis',          'first', 'verantwoorden waarom iemand meekijkt', NULL),
  ('betrokkenheid', 'compartimenten', 'set',   'bepalen wat iemand ziet', NULL),
  ('betrokkenheid', 'vanaf',          'min',   'begin van de toegang', NULL),
  ('betrokkenheid', 'tot',            'min',   'einde van de toegang', NULL),
  ('betrokkenheid', 'status',         'order',  'weten of de betrokkenheid loopt',
   '{"states": ["aangevraagd", "actief", "beeindigd"]}');

-- The workers around one household.  A worker who writes a new dossier holds it until its first involvement.
INSERT INTO sync_circle (name, members, writers, founders, root, on_end) VALUES
  ('dossier_kring',
   'SELECT medewerker_id, vanaf, tot FROM betrokkenheid WHERE dossier_id = :scope AND status = ''actief''',
   NULL,
   'SELECT id FROM medewerker',
   'dossier',
   'inbox');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('dossier_kring', 'betrokkenheid', 'SELECT :old_dossier_id UNION SELECT :new_dossier_id');

-- The index of a team: a few columns, so that a colleague at the door recognises a household.  Read only.
INSERT INTO sync_circle (name, members, writers) VALUES
  ('team_kring', 'SELECT id FROM medewerker WHERE team_id = :scope', '');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('team_kring', 'medewerker', 'SELECT :old_team_id UNION SELECT :new_team_id');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('dossier',       'heel',  'id',              'dossier_kring', '*'),
  ('dossier',       'index', 'aan_zet_team_id', 'team_kring',
   'roepnaam, wijk_code, status, vaste_hulpverlener_id, aangemeld_op, samengevoegd_met_id, ander_huishouden'),
  ('persoon',       'heel',  'dossier_id',      'dossier_kring', '*'),
  ('betrokkenheid', 'heel',  'dossier_id',      'dossier_kring', '*');

-- One household that came in through two doors on one day: who sees both files is asked to look.  On another day the first
-- file has come to the index, and the colleague at the door finds it there.  Without the day a common name asks about
-- half an area; the day says less of a household than a street or a year of birth would.
INSERT INTO sync_unique (tbl, name, columns, unless) VALUES
  ('dossier', 'een_huishouden', 'roepnaam, wijk_code, aangemeld_op', 'samengevoegd_met_id, ander_huishouden');
