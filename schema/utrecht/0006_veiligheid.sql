-- The safety plan: what somebody agreed for when it gets too much, in a version that was signed and one that is being written.
--
-- An agreement hangs on the person and names the version that brought it in.  It stands once that version is signed; a new
-- wording is a new row that replaces it, and a row can be dropped in a version, both from the signature of that version on.  So
-- what was signed stays as it was signed until something else is, and nothing is lost between two who prepare that.
--
-- The id of the next version is made from that of the last (the first 16 bytes of its SHA-256): who opens it at the same time as
-- somebody else opens the same one.

CREATE TABLE veiligheidsplan (
  id              BLOB PRIMARY KEY,
  dossier_id      BLOB,
  persoon_id      BLOB,
  ronde           INTEGER,
  status          TEXT,          -- concept, gedeeld, ondertekend
  eigen_woorden   TEXT,
  belijst         TEXT,          -- whom to call
  ondertekend_op  TEXT,
  inhoud_hash     BLOB
) STRICT;
CREATE INDEX veiligheidsplan_dossier ON veiligheidsplan (dossier_id);

CREATE TABLE veiligheidsafspraak (
  id                     BLOB PRIMARY KEY,
  dossier_id             BLOB,
  persoon_id             BLOB,
  toegevoegd_in_plan_id  BLOB,
  vervangt_row_id        BLOB,
  vervalt_in_plan_ids    TEXT,   -- versions that drop it, in lower-case hex
  tekst                  TEXT,
  bijlage_verwijzing     TEXT,
  bedacht_door           TEXT    -- client, professional
) STRICT;
CREATE INDEX veiligheidsafspraak_dossier ON veiligheidsafspraak (dossier_id);
CREATE INDEX veiligheidsafspraak_plan ON veiligheidsafspraak (toegevoegd_in_plan_id);
CREATE INDEX veiligheidsafspraak_vervangt ON veiligheidsafspraak (vervangt_row_id);

-- What to show: `geldig` first, then `nieuw`.  Of a signed one that a version in preparation drops or replaces: `vervalt`.
CREATE VIEW veiligheidsafspraak_nu AS
WITH getekend (id) AS (SELECT id FROM veiligheidsplan WHERE status = 'ondertekend'),
  weg (id, is_getekend) AS (
    SELECT a.id, EXISTS (SELECT 1 FROM getekend WHERE lower(hex(id)) = v.value)
      FROM veiligheidsafspraak a, json_each(a.vervalt_in_plan_ids) v
    UNION ALL
    SELECT a.vervangt_row_id, a.toegevoegd_in_plan_id IN (SELECT id FROM getekend)
      FROM veiligheidsafspraak a WHERE a.vervangt_row_id IS NOT NULL)
SELECT a.*, CASE
    WHEN EXISTS (SELECT 1 FROM weg WHERE id = a.id AND is_getekend) THEN 'vervallen'
    WHEN a.toegevoegd_in_plan_id NOT IN (SELECT id FROM getekend) OR a.toegevoegd_in_plan_id IS NULL THEN 'nieuw'
    ELSE 'geldig' END AS stand,
  EXISTS (SELECT 1 FROM weg WHERE id = a.id AND NOT is_getekend) AS vervalt
FROM veiligheidsafspraak a;

INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('veiligheidsplan',     'publieke taak, vitaal belang (AVG 6.1.d, 6.1.e; Wmo 2015, Jeugdwet)',
                          'op het apparaat tot het vervangen of gesloten is; centraal als het dossier'),
  ('veiligheidsafspraak', 'publieke taak, vitaal belang (AVG 6.1.d, 6.1.e; Wmo 2015, Jeugdwet)', 'als het veiligheidsplan');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('veiligheidsplan', 'id',             'key',   'verwijzen naar het veiligheidsplan', NULL),
  ('veiligheidsplan', 'dossier_id',     'first', 'bij het huishouden horen', NULL),
  ('veiligheidsplan', 'persoon_id',     'first', 'weten van wie het is', NULL),
  ('veiligheidsplan', 'ronde',          'max',   'versies uit elkaar houden', NULL),
  ('veiligheidsplan', 'status',         'order', 'weten wat er geldt',
   '{"states": ["concept", "gedeeld", "ondertekend"]}'),
  ('veiligheidsplan', 'eigen_woorden',  'keep',  'iemand helpen in eigen woorden', NULL),
  ('veiligheidsplan', 'belijst',        'set',   'weten wie er te bellen is', NULL),
  ('veiligheidsplan', 'ondertekend_op', 'first', 'instemming vastleggen', NULL),
  ('veiligheidsplan', 'inhoud_hash',    'first', 'bewijzen wat is ondertekend', NULL),

  ('veiligheidsafspraak', 'id',                    'key',   'verwijzen naar de afspraak', NULL),
  ('veiligheidsafspraak', 'dossier_id',            'first', 'bij het huishouden horen', NULL),
  ('veiligheidsafspraak', 'persoon_id',            'first', 'weten van wie het is', NULL),
  ('veiligheidsafspraak', 'toegevoegd_in_plan_id', 'first', 'weten vanaf welke handtekening zij geldt', NULL),
  ('veiligheidsafspraak', 'vervangt_row_id',       'first', 'een afspraak anders verwoorden', NULL),
  ('veiligheidsafspraak', 'vervalt_in_plan_ids',   'set',   'weten vanaf welke handtekening zij vervalt', NULL),
  ('veiligheidsafspraak', 'tekst',                 'keep',  'weten wat er is afgesproken', NULL),
  ('veiligheidsafspraak', 'bijlage_verwijzing',    'lww',   'vinden wat helpt', NULL),
  ('veiligheidsafspraak', 'bedacht_door',          'first', 'weten wie het bedacht', NULL);

UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('veiligheidsplan', 'eigen_woorden'), ('veiligheidsplan', 'belijst'),
  ('veiligheidsafspraak', 'tekst'), ('veiligheidsafspraak', 'bijlage_verwijzing'));

-- Someone must be there now: the workers around the household, and the colleagues in their teams who are on duty.  Nobody leads:
-- whoever is on duty must see at once that two wordings stand.
INSERT INTO sync_circle (name, members, founders, root) VALUES
  ('crisis_kring',
   'SELECT medewerker_id, vanaf, tot FROM betrokken WHERE dossier_id = :scope
    UNION SELECT m.id, b.vanaf, b.tot FROM betrokken b JOIN medewerker m ON m.team_id = b.team_id
    WHERE b.dossier_id = :scope',
   'SELECT id FROM medewerker',
   'veiligheidsplan');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('crisis_kring', 'betrokkenheid', 'SELECT :old_dossier_id UNION SELECT :new_dossier_id'),
  ('crisis_kring', 'toestemming',   'SELECT :old_dossier_id UNION SELECT :new_dossier_id'),
  ('crisis_kring', 'medewerker',
   'SELECT dossier_id FROM betrokkenheid WHERE team_id IN (:old_team_id, :new_team_id)');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('veiligheidsplan',     'heel', 'dossier_id', 'crisis_kring', '*'),
  ('veiligheidsafspraak', 'heel', 'dossier_id', 'crisis_kring', '*');

-- A signed version does not move, nor do its agreements; what came late goes on in a new concept.
INSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES
  ('veiligheidsplan', 'status', '["ondertekend"]', 'eigen_woorden', 'concept');
INSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES
  ('veiligheidsplan', 'veiligheidsafspraak', 'toegevoegd_in_plan_id', 'tekst');

INSERT INTO sync_reference (tbl, name, parent) VALUES
  ('veiligheidsafspraak', 'toegevoegd_in_plan_id', 'veiligheidsplan');
