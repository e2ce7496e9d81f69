-- The case table: people of several organisations around one case in which rules are in the way, without a name.
--
-- Who sits at the table stands in deelnemers; they hold the case until toegang_tot, and as long as nobody sets that, without an
-- end.  Everybody at the table may bring in others and set an end; of several the earliest holds.  It is agreed that who brought
-- the case in sets it, to fourteen days after it was carried out.  Only who brought it in holds the way back to the dossier.

CREATE TABLE casusinbreng (
  id               BLOB PRIMARY KEY,
  inbrenger_id     BLOB,
  dossier_id       BLOB,
  tafel            TEXT,
  niveau           TEXT,              -- praktijk, telefoon, wijktafel, stedelijk, landelijk: how far it had to go
  samenvatting     TEXT,              -- pseudonymous
  knelpunt_regel   TEXT,
  oplossing        TEXT,
  deelnemers       TEXT,              -- ids of workers, in lower-case hex
  status           TEXT,
  toegang_tot      TEXT,
  leerpunt         TEXT               -- copied to werkafspraak without a case
) STRICT;

-- One row a participant.  The three are weighed in words and together: none outranks another, so nothing is added up.
CREATE TABLE waardenweging (
  id              BLOB PRIMARY KEY,
  casus_id        BLOB,
  deelnemer_id    BLOB,
  legitimiteit    TEXT,
  betrokkenheid   TEXT,
  rendement       TEXT
) STRICT;
CREATE INDEX waardenweging_casus ON waardenweging (casus_id);

INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('casusinbreng',  0, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)',
                       'van de apparaten na toegang_tot, als iemand dat invult; centraal tot er van geleerd is, het leerpunt blijft zonder casus'),
  ('waardenweging', 1, 'publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)', 'als de casusinbreng');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('casusinbreng', 'id',             'key',   'verwijzen naar de casus', NULL),
  ('casusinbreng', 'inbrenger_id',   'first', 'weten wie terugkoppelt', NULL),
  ('casusinbreng', 'dossier_id',     'first', 'de oplossing terugbrengen naar het huishouden', NULL),
  ('casusinbreng', 'tafel',          'first', 'weten waar het wordt besproken', NULL),
  ('casusinbreng', 'niveau',         'order', 'weten wie erover gaat',
   '{"states": ["praktijk", "telefoon", "wijktafel", "stedelijk", "landelijk"]}'),
  ('casusinbreng', 'samenvatting',   'keep',  'begrijpen wat er vastloopt', NULL),
  ('casusinbreng', 'knelpunt_regel', 'keep',  'zien welke regel in de weg zit', NULL),
  ('casusinbreng', 'oplossing',      'keep',  'samen een uitweg vinden', NULL),
  ('casusinbreng', 'deelnemers',     'set',   'weten wie meepraat', NULL),
  ('casusinbreng', 'status',         'order', 'weten hoe ver het is',
   '{"states": ["concept", "ingediend", "besproken", "oplossing_afgesproken", "uitgevoerd", "geleerd"]}'),
  ('casusinbreng', 'toegang_tot',    'min',   'einde van de toegang', NULL),
  ('casusinbreng', 'leerpunt',       'keep',  'leren voor een volgende keer', NULL),

  ('waardenweging', 'id',            'key',   'verwijzen naar de weging', NULL),
  ('waardenweging', 'casus_id',      'first', 'bij de casus horen', NULL),
  ('waardenweging', 'deelnemer_id',  'first', 'weten wie er woog', NULL),
  ('waardenweging', 'legitimiteit',  'first', 'samen wegen', NULL),
  ('waardenweging', 'betrokkenheid', 'first', 'samen wegen', NULL),
  ('waardenweging', 'rendement',     'first', 'samen wegen', NULL);

UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('casusinbreng', 'samenvatting'), ('casusinbreng', 'knelpunt_regel'), ('casusinbreng', 'oplossing'), ('casusinbreng', 'leerpunt'),
  ('waardenweging', 'legitimiteit'), ('waardenweging', 'betrokkenheid'), ('waardenweging', 'rendement'));

-- Whoever brought it in leads.
INSERT INTO sync_circle (name, members, founders, root, lead) VALUES
  ('tafel_kring',
   'SELECT unhex(d.value), NULL, c.toegang_tot FROM casusinbreng c, json_each(c.deelnemers) d WHERE c.id = :scope
    UNION ALL SELECT inbrenger_id, NULL, NULL FROM casusinbreng WHERE id = :scope',
   'SELECT id FROM medewerker',
   'casusinbreng',
   'SELECT inbrenger_id FROM casusinbreng WHERE id = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('tafel_kring', 'casusinbreng', 'SELECT :old_id UNION SELECT :new_id');

-- A worker's own: what goes to nobody else.
INSERT INTO sync_circle (name, members) VALUES
  ('eigen_kring', 'SELECT id FROM medewerker WHERE id = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('eigen_kring', 'medewerker', 'SELECT :old_id UNION SELECT :new_id');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('casusinbreng',  'tafel', 'id',           'tafel_kring',
   'inbrenger_id, tafel, niveau, samenvatting, knelpunt_regel, oplossing, deelnemers, status, toegang_tot, leerpunt'),
  ('casusinbreng',  'eigen', 'inbrenger_id', 'eigen_kring', 'inbrenger_id, dossier_id'),
  ('waardenweging', 'heel',  'casus_id',     'tafel_kring', '*');
