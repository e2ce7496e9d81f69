-- The household: its file, the people in it and around it, what they told, and who is involved.  Involvement decides who holds
-- the file; involvement on the ground of consent does so only while that consent stands.
--
-- A secret address is not here: it has a circle of its own (0007).  No BSN, no hours, no products.

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
  vanaf           TEXT,
  tot             TEXT,            -- the earliest end wins; longer involvement is a new row
  status          TEXT             -- aangevraagd, actief, beeindigd
) STRICT;
CREATE INDEX betrokkenheid_dossier ON betrokkenheid (dossier_id);
CREATE INDEX betrokkenheid_team ON betrokkenheid (team_id);

CREATE TABLE netwerkcontact (
  id                BLOB PRIMARY KEY,
  dossier_id        BLOB,
  naam              TEXT,
  relatie           TEXT,
  bereikbaar        TEXT,
  rol_beschrijving  TEXT,          -- free: a neighbour, the buurtpastor, a farm
  mag_gebeld        TEXT           -- onbekend, ja, nee: a no stands against any yes
) STRICT;
CREATE INDEX netwerkcontact_dossier ON netwerkcontact (dossier_id);

-- Consent is given for a team, as that is whom a family knows, and for one compartment: basis, or one of 0007.  What was
-- withdrawn stays so; who consents again does it in a new row.
CREATE TABLE toestemming (
  id             BLOB PRIMARY KEY,
  dossier_id     BLOB,
  persoon_id     BLOB,
  voor_team_id   BLOB,
  compartiment   TEXT,
  onderwerp      TEXT,
  namens         TEXT,             -- zelf, ouder, voogd
  vastgelegd_op  TEXT,
  status         TEXT,             -- gevraagd, gegeven, geweigerd, ingetrokken
  toelichting    TEXT
) STRICT;
CREATE INDEX toestemming_dossier ON toestemming (dossier_id);

-- What the client told, once: whoever comes later reads it.
CREATE TABLE verhaal (
  id               BLOB PRIMARY KEY,
  dossier_id       BLOB,
  tekst            TEXT,
  verteld_door     TEXT,
  bij              TEXT,           -- voordeur, huisbezoek, school
  op               TEXT,
  vervangt_row_id  BLOB            -- a correction is a new row
) STRICT;
CREATE INDEX verhaal_dossier ON verhaal (dossier_id);
CREATE INDEX verhaal_vervangt ON verhaal (vervangt_row_id);

-- Involvement that gives access to the whole file, within its dates.
CREATE VIEW betrokken AS
SELECT b.dossier_id, b.medewerker_id, b.team_id, b.vanaf, b.tot FROM betrokkenheid b
WHERE b.status = 'actief'
  AND (b.basis IS NOT 'toestemming' OR EXISTS (SELECT 1 FROM toestemming t WHERE t.dossier_id = b.dossier_id
       AND t.voor_team_id = b.team_id AND t.compartiment = 'basis' AND t.status = 'gegeven'));

INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('dossier',        0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)',
                        'van het apparaat 30 dagen na afgerond; centraal 15 jaar (Wmo) of 20 jaar (jeugd)'),
  ('persoon',        0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('betrokkenheid',  0, 'publieke taak of toestemming, zie kolom basis', 'als het dossier'),
  ('netwerkcontact', 0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('toestemming',    0, 'wettelijke plicht om toestemming aan te tonen (AVG 6.1.c, 7.1)', 'als het dossier'),
  ('verhaal',        1, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier');

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
  ('betrokkenheid', 'vanaf',          'min',   'begin van de toegang', NULL),
  ('betrokkenheid', 'tot',            'min',   'einde van de toegang', NULL),
  ('betrokkenheid', 'status',         'order',  'weten of de betrokkenheid loopt',
   '{"states": ["aangevraagd", "actief", "beeindigd"]}'),

  ('netwerkcontact', 'id',               'key',   'verwijzen naar het contact', NULL),
  ('netwerkcontact', 'dossier_id',       'first', 'bij het huishouden horen', NULL),
  ('netwerkcontact', 'naam',             'lww',   'iemand aanspreken', NULL),
  ('netwerkcontact', 'relatie',          'lww',   'weten wie er om het gezin staat', NULL),
  ('netwerkcontact', 'bereikbaar',       'lww',   'iemand bereiken', NULL),
  ('netwerkcontact', 'rol_beschrijving', 'keep',  'weten wat iemand voor het gezin doet', NULL),
  ('netwerkcontact', 'mag_gebeld',       'order', 'niemand bellen die dat niet wil',
   '{"states": ["onbekend", "ja", "nee"]}'),

  ('toestemming', 'id',            'key',   'verwijzen naar de toestemming', NULL),
  ('toestemming', 'dossier_id',    'first', 'bij het huishouden horen', NULL),
  ('toestemming', 'persoon_id',    'first', 'weten van wie de toestemming is', NULL),
  ('toestemming', 'voor_team_id',  'first', 'weten wie mag meekijken', NULL),
  ('toestemming', 'compartiment',  'first', 'weten wat er gedeeld mag worden', NULL),
  ('toestemming', 'onderwerp',     'first', 'weten waarvoor de toestemming is', NULL),
  ('toestemming', 'namens',        'first', 'weten wie er toestemde', NULL),
  ('toestemming', 'vastgelegd_op', 'first', 'toestemming kunnen aantonen', NULL),
  ('toestemming', 'status',        'order', 'niets delen wat de client niet wil',
   '{"states": ["gevraagd", "gegeven", "geweigerd", "ingetrokken"]}'),
  ('toestemming', 'toelichting',   'keep',  'begrijpen wat de client wil', NULL),

  ('verhaal', 'id',              'key',   'verwijzen naar het verhaal', NULL),
  ('verhaal', 'dossier_id',      'first', 'bij het huishouden horen', NULL),
  ('verhaal', 'tekst',           'first', 'niets twee keer hoeven vertellen', NULL),
  ('verhaal', 'verteld_door',    'first', 'weten wie het vertelde', NULL),
  ('verhaal', 'bij',             'first', 'weten waar het is verteld', NULL),
  ('verhaal', 'op',              'first', 'volgorde van gebeurtenissen', NULL),
  ('verhaal', 'vervangt_row_id', 'first', 'een verhaal verbeteren', NULL);

UPDATE sync_column SET aard = 'identificerend' WHERE (tbl, name) IN (VALUES
  ('dossier', 'roepnaam'), ('persoon', 'naam'), ('persoon', 'telefoon'), ('persoon', 'adres'),
  ('netwerkcontact', 'naam'), ('netwerkcontact', 'bereikbaar'));
UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('netwerkcontact', 'rol_beschrijving'), ('toestemming', 'toelichting'), ('verhaal', 'tekst'));

-- The workers around one household.  A worker who writes a new dossier holds it until its first involvement.
-- What waits for a choice is for the permanent worker and for those who wrote it.
INSERT INTO sync_circle (name, members, writers, founders, root, on_end, lead) VALUES
  ('dossier_kring',
   'SELECT medewerker_id, vanaf, tot FROM betrokken WHERE dossier_id = :scope',
   NULL,
   'SELECT id FROM medewerker',
   'dossier',
   'inbox',
   'SELECT vaste_hulpverlener_id FROM dossier WHERE id = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('dossier_kring', 'betrokkenheid', 'SELECT :old_dossier_id UNION SELECT :new_dossier_id'),
  ('dossier_kring', 'toestemming',   'SELECT :old_dossier_id UNION SELECT :new_dossier_id');

-- The index of a team: a few columns, so that a colleague at the door recognises a household.  Read only.
INSERT INTO sync_circle (name, members, writers) VALUES
  ('team_kring', 'SELECT id FROM medewerker WHERE team_id = :scope', '');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('team_kring', 'medewerker', 'SELECT :old_team_id UNION SELECT :new_team_id');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('dossier',        'heel',  'id',              'dossier_kring', '*'),
  ('dossier',        'index', 'aan_zet_team_id', 'team_kring',
   'roepnaam, wijk_code, status, vaste_hulpverlener_id, aangemeld_op, samengevoegd_met_id, ander_huishouden'),
  ('persoon',        'heel',  'dossier_id',      'dossier_kring', '*'),
  ('betrokkenheid',  'heel',  'dossier_id',      'dossier_kring', '*'),
  ('netwerkcontact', 'heel',  'dossier_id',      'dossier_kring', '*'),
  ('toestemming',    'heel',  'dossier_id',      'dossier_kring', '*'),
  ('verhaal',        'heel',  'dossier_id',      'dossier_kring', '*');

-- Who takes over a colleague's work is involved wherever that one was, in the same role, on the same ground and until the same end,
-- and takes the lead where that one had it.  Consent stays with the team it was given for.  Compartments do not go along: who is
-- in lets others in.
INSERT INTO sync_handover (tbl, rows) VALUES
  ('betrokkenheid',
   'SELECT b.dossier_id, :to AS medewerker_id, m.team_id, b.rol, b.basis, :now AS vanaf, b.tot, ''actief'' AS status
    FROM betrokkenheid b JOIN medewerker m ON m.id = :to
    WHERE b.medewerker_id = :from AND b.status = ''actief'' AND (b.tot IS NULL OR b.tot >= substr(:now, 1, length(b.tot)))
      AND NOT EXISTS (SELECT 1 FROM betrokken e WHERE e.dossier_id = b.dossier_id AND e.medewerker_id = :to AND e.tot IS NULL)'),
  ('betrokkenheid',
   'SELECT id, ''beeindigd'' AS status FROM betrokkenheid WHERE medewerker_id = :from AND status = ''actief'''),
  ('dossier',
   'SELECT id, :to AS vaste_hulpverlener_id FROM dossier WHERE vaste_hulpverlener_id = :from');

-- One household that came in through two doors on one day: who sees both files is asked to look.  On another day the first
-- file has come to the index, and the colleague at the door finds it there.  Without the day a common name asks about
-- half an area; the day says less of a household than a street or a year of birth would.
INSERT INTO sync_unique (tbl, name, columns, unless) VALUES
  ('dossier', 'een_huishouden', 'roepnaam, wijk_code, aangemeld_op', 'samengevoegd_met_id, ander_huishouden');
