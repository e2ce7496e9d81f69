-- The way in: referrals to additional care, the formal decision where a client wants what the team does not, and a specialist
-- who thinks along for an hour.
--
-- A sent referral is not frozen: a provider who starts before the row has come would sign what it never saw.  verwijsbrief_hash
-- proves what was sent.
--
-- Both sides of a referral move it on, offline and in any order.  A referral is never refused (acceptatieplicht); one that was
-- withdrawn while it started is for the lead to judge.

CREATE TABLE verwijzing (
  id                        BLOB PRIMARY KEY,
  dossier_id                BLOB,
  soort                     TEXT,     -- aanvullende_zorg, overdracht_team, uitwijk
  verwijzer_soort           TEXT,
  zorgvorm_code             TEXT,
  aanbieder_id              BLOB,     -- the team that takes it on
  vorige_id                 BLOB,     -- a redirect is a new row
  plan_id                   BLOB,
  waarvoor                  TEXT,
  overwogen_alternatieven   TEXT,
  status                    TEXT,
  verzonden_op              TEXT,
  ontvangen_op              TEXT,
  gestart_op                TEXT,
  beeindigd_op              TEXT,
  reden_beeindiging         TEXT,
  verwijsbrief_hash         BLOB,
  bericht_kenmerk           TEXT
) STRICT;
CREATE INDEX verwijzing_dossier ON verwijzing (dossier_id);
CREATE INDEX verwijzing_aanbieder ON verwijzing (aanbieder_id);

CREATE TABLE besluit (
  id                BLOB PRIMARY KEY,
  dossier_id        BLOB,
  soort             TEXT,             -- afwijzing, bezwaar
  aanvraag_tekst    TEXT,
  motivering        TEXT,
  nummer            TEXT,             -- only the server gives one
  status            TEXT,             -- concept, vastgesteld, verzonden, bezwaar, afgehandeld
  vastgesteld_op    TEXT,
  vastgesteld_door  BLOB,
  bezwaar_op        TEXT              -- the earliest receipt protects the client
) STRICT;
CREATE INDEX besluit_dossier ON besluit (dossier_id);

-- Nothing is applied for or decided: somebody is asked.  The specialist holds the question and the wordings of the goals that
-- go with it, and not the dossier, and only until toegang_tot; who needs longer is asked again.  Advice by phone about nobody
-- in particular has met_dossier 0, and goes nowhere.
CREATE TABLE consult (
  id             BLOB PRIMARY KEY,
  dossier_id     BLOB,
  specialist_id  BLOB,
  met_dossier    INTEGER,
  vraag          TEXT,
  doelen         TEXT,
  toegang_vanaf  TEXT,
  toegang_tot    TEXT,
  status         TEXT,                -- gevraagd, toegezegd, gehouden, gesloten
  advies         TEXT
) STRICT;
CREATE INDEX consult_dossier ON consult (dossier_id);

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('verwijzing', 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('besluit',    'publieke taak (AVG 6.1.e; Awb, Wmo 2015, Jeugdwet)', 'als het dossier'),
  ('consult',    'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)',
                 'van het apparaat van de specialist na toegang_tot; verder als het dossier');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('verwijzing', 'id',                      'key',    'verwijzen naar de verwijzing; de code op de brief', NULL),
  ('verwijzing', 'dossier_id',              'first',  'bij het huishouden horen', NULL),
  ('verwijzing', 'soort',                   'first',  'weten wat er wordt gevraagd', NULL),
  ('verwijzing', 'verwijzer_soort',         'first',  'sturen op wie verwijst, zonder namen', NULL),
  ('verwijzing', 'zorgvorm_code',           'lww',    'de juiste hulp vragen', NULL),
  ('verwijzing', 'aanbieder_id',            'lww',    'weten wie helpt', NULL),
  ('verwijzing', 'vorige_id',               'first',  'een omleiding volgen', NULL),
  ('verwijzing', 'plan_id',                 'first',  'de doelen gaan mee met de brief', NULL),
  ('verwijzing', 'waarvoor',                'keep',   'de doelen gaan mee met de brief', NULL),
  ('verwijzing', 'overwogen_alternatieven', 'keep',   'laten zien dat er is afgewogen', NULL),
  ('verwijzing', 'status',                  'order',  'weten hoe ver het is',
   '{"states": ["concept", "besproken", "verzonden", "ontvangen", "bij_cpa", "gestart", "beeindigd", "ingetrokken", "omgeleid", "te_beoordelen"],
     "rounds": true,
     "joins": [["concept", "besproken", "besproken"], ["concept", "verzonden", "verzonden"], ["concept", "ontvangen", "ontvangen"], ["concept", "bij_cpa", "bij_cpa"], ["concept", "gestart", "gestart"], ["concept", "beeindigd", "beeindigd"], ["concept", "ingetrokken", "ingetrokken"], ["concept", "omgeleid", "omgeleid"], ["concept", "te_beoordelen", "te_beoordelen"],
     ["besproken", "verzonden", "verzonden"], ["besproken", "ontvangen", "ontvangen"], ["besproken", "bij_cpa", "bij_cpa"], ["besproken", "gestart", "gestart"], ["besproken", "beeindigd", "beeindigd"], ["besproken", "ingetrokken", "ingetrokken"], ["besproken", "omgeleid", "omgeleid"], ["besproken", "te_beoordelen", "te_beoordelen"],
     ["verzonden", "ontvangen", "ontvangen"], ["verzonden", "bij_cpa", "bij_cpa"], ["verzonden", "gestart", "gestart"], ["verzonden", "beeindigd", "beeindigd"], ["verzonden", "ingetrokken", "ingetrokken"], ["verzonden", "omgeleid", "omgeleid"], ["verzonden", "te_beoordelen", "te_beoordelen"],
     ["ontvangen", "bij_cpa", "bij_cpa"], ["ontvangen", "gestart", "gestart"], ["ontvangen", "beeindigd", "beeindigd"], ["ontvangen", "ingetrokken", "ingetrokken"], ["ontvangen", "omgeleid", "omgeleid"], ["ontvangen", "te_beoordelen", "te_beoordelen"],
     ["bij_cpa", "gestart", "gestart"], ["bij_cpa", "beeindigd", "beeindigd"], ["bij_cpa", "ingetrokken", "ingetrokken"], ["bij_cpa", "omgeleid", "omgeleid"], ["bij_cpa", "te_beoordelen", "te_beoordelen"],
     ["gestart", "beeindigd", "beeindigd"], ["gestart", "ingetrokken", "te_beoordelen"], ["gestart", "omgeleid", "te_beoordelen"], ["gestart", "te_beoordelen", "te_beoordelen"],
     ["beeindigd", "ingetrokken", "te_beoordelen"], ["beeindigd", "omgeleid", "te_beoordelen"], ["beeindigd", "te_beoordelen", "te_beoordelen"],
     ["ingetrokken", "omgeleid", "te_beoordelen"], ["ingetrokken", "te_beoordelen", "te_beoordelen"],
     ["omgeleid", "te_beoordelen", "te_beoordelen"]]}'),
  ('verwijzing', 'verzonden_op',            'min',    'wachttijd volgen', NULL),
  ('verwijzing', 'ontvangen_op',            'min',    'wachttijd volgen', NULL),
  ('verwijzing', 'gestart_op',              'min',    'wachttijd volgen', NULL),
  ('verwijzing', 'beeindigd_op',            'first',  'in- en uitstroom volgen', NULL),
  ('verwijzing', 'reden_beeindiging',       'keep',   'leren waarom hulp stopt', NULL),
  ('verwijzing', 'verwijsbrief_hash',       'first',  'bewijzen wat is verzonden', NULL),
  ('verwijzing', 'bericht_kenmerk',         'server', 'het landelijke bericht terugvinden', NULL),

  ('besluit', 'id',               'key',    'verwijzen naar het besluit', NULL),
  ('besluit', 'dossier_id',       'first',  'bij het huishouden horen', NULL),
  ('besluit', 'soort',            'first',  'weten waar het over gaat', NULL),
  ('besluit', 'aanvraag_tekst',   'keep',   'vastleggen wat de client vraagt', NULL),
  ('besluit', 'motivering',       'keep',   'uitleggen waarom', NULL),
  ('besluit', 'nummer',           'server', 'het besluit terugvinden', NULL),
  ('besluit', 'status',           'order',  'weten hoe ver het is',
   '{"states": ["concept", "vastgesteld", "verzonden", "bezwaar", "afgehandeld"]}'),
  ('besluit', 'vastgesteld_op',   'first',  'de termijn van bezwaar bepalen', NULL),
  ('besluit', 'vastgesteld_door', 'first',  'weten wie het besloot', NULL),
  ('besluit', 'bezwaar_op',       'min',    'de client beschermen: de eerste ontvangst telt', NULL),

  ('consult', 'id',            'key',   'verwijzen naar het consult', NULL),
  ('consult', 'dossier_id',    'first', 'bij het huishouden horen', NULL),
  ('consult', 'specialist_id', 'first', 'weten wie meedenkt', NULL),
  ('consult', 'met_dossier',   'first', 'niets delen als het niet nodig is', NULL),
  ('consult', 'vraag',         'keep',  'weten wat er wordt gevraagd', NULL),
  ('consult', 'doelen',        'set',   'weten waar het over gaat', NULL),
  ('consult', 'toegang_vanaf', 'min',   'begin van de toegang', NULL),
  ('consult', 'toegang_tot',   'min',   'einde van de toegang', NULL),
  ('consult', 'status',        'order', 'weten hoe ver het is',
   '{"states": ["gevraagd", "toegezegd", "gehouden", "gesloten"]}'),
  ('consult', 'advies',        'text',  'het advies gebruiken in de ondersteuning', NULL);

UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('verwijzing', 'waarvoor'), ('verwijzing', 'overwogen_alternatieven'), ('besluit', 'aanvraag_tekst'), ('besluit', 'motivering'),
  ('consult', 'vraag'), ('consult', 'doelen'), ('consult', 'advies'));

-- Who takes a referral on: the workers of that team.  They see the referral, and not the dossier.
INSERT INTO sync_circle (name, members) VALUES
  ('aanbieder_kring', 'SELECT id FROM medewerker WHERE team_id = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('aanbieder_kring', 'medewerker', 'SELECT :old_team_id UNION SELECT :new_team_id');

-- The specialist of one consult.  Without an end there is no access: an hour that is never over is no consult.
INSERT INTO sync_circle (name, members) VALUES
  ('consult_kring',
   'SELECT specialist_id, toegang_vanaf, toegang_tot FROM consult
    WHERE id = :scope AND met_dossier = 1 AND toegang_tot IS NOT NULL');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('consult_kring', 'consult', 'SELECT :old_id UNION SELECT :new_id');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('verwijzing', 'heel',      'dossier_id',   'dossier_kring',   '*'),
  ('verwijzing', 'aanbieder', 'aanbieder_id', 'aanbieder_kring',
   'soort, zorgvorm_code, aanbieder_id, waarvoor, status, verzonden_op, ontvangen_op, gestart_op, beeindigd_op, reden_beeindiging'),
  ('besluit',    'heel',      'dossier_id',   'dossier_kring',   '*'),
  ('consult',    'heel',      'dossier_id',   'dossier_kring',   '*'),
  ('consult',    'specialist', 'id',          'consult_kring',
   'specialist_id, vraag, doelen, toegang_vanaf, toegang_tot, status, advies');

-- What was decided does not move; what came late goes on in a new concept.
INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('besluit', 'status', '["vastgesteld", "verzonden", "bezwaar", "afgehandeld"]', 'aanvraag_tekst, motivering', 'concept');
