-- Compartments: what only some of the workers around a household hold, as notes of treatment (ggz_behandeling, jeugd_spec,
-- schulden) or an address that one of the household must not know (geheim_adres).
--
-- Who is in a compartment of a dossier stands in inzage, which is in that compartment itself: only who is in it lets others
-- in, and nobody else lets themselves in.  It is begun by who is involved with the household, and being in it needs
-- involvement all the time, with consent for that compartment where consent is the ground.

CREATE TABLE inzage (
  id             BLOB PRIMARY KEY,
  dossier_id     BLOB,
  compartiment   TEXT,                -- jeugd_spec, ggz_behandeling, schulden, geheim_adres
  medewerker_id  BLOB,
  status         TEXT                 -- gegeven, ingetrokken: let in again is a new row
) STRICT;
CREATE INDEX inzage_dossier ON inzage (dossier_id, compartiment);

-- Another address is a new row.
CREATE TABLE geheim_adres (
  id               BLOB PRIMARY KEY,
  dossier_id       BLOB,
  persoon_id       BLOB,
  adres            TEXT,
  vervangt_row_id  BLOB
) STRICT;
CREATE INDEX geheim_adres_dossier ON geheim_adres (dossier_id);

INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('inzage',       0, 'publieke taak of toestemming, zie betrokkenheid', 'als het dossier'),
  ('geheim_adres', 1, 'publieke taak, vitaal belang (AVG 6.1.d, 6.1.e; Wmo 2015)',
                      'van het apparaat bij het einde van de inzage; centraal als het dossier');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('inzage', 'id',            'key',   'verwijzen naar de inzage', NULL),
  ('inzage', 'dossier_id',    'first', 'bij het huishouden horen', NULL),
  ('inzage', 'compartiment',  'first', 'bepalen wat iemand ziet', NULL),
  ('inzage', 'medewerker_id', 'first', 'weten wie het ziet', NULL),
  ('inzage', 'status',        'order', 'weten of de inzage loopt', '{"states": ["gegeven", "ingetrokken"]}'),

  ('geheim_adres', 'id',              'key',   'verwijzen naar het adres', NULL),
  ('geheim_adres', 'dossier_id',      'first', 'bij het huishouden horen', NULL),
  ('geheim_adres', 'persoon_id',      'first', 'weten van wie het is', NULL),
  ('geheim_adres', 'adres',           'first', 'iemand in veiligheid bezoeken', NULL),
  ('geheim_adres', 'vervangt_row_id', 'first', 'een verhuizing volgen', NULL);

UPDATE sync_column SET aard = 'identificerend' WHERE tbl = 'geheim_adres' AND name = 'adres';

-- A scope is the dossier in hex, a slash, and the compartment.  What names no dossier is in none.  Who begins one must be one who could
-- be in it.
INSERT INTO sync_circle (name, members, founders, root) VALUES
  ('compartiment_kring',
   'SELECT i.medewerker_id, b.vanaf, b.tot FROM inzage i
    JOIN betrokkenheid b ON b.dossier_id = i.dossier_id AND b.medewerker_id = i.medewerker_id AND b.status = ''actief''
    WHERE i.dossier_id = unhex(substr(:scope, 1, instr(:scope, ''/'') - 1))
      AND i.compartiment = substr(:scope, instr(:scope, ''/'') + 1) AND i.status = ''gegeven''
      AND (b.basis IS NOT ''toestemming'' OR EXISTS (SELECT 1 FROM toestemming t WHERE t.dossier_id = b.dossier_id
           AND t.voor_team_id = b.team_id AND t.compartiment = i.compartiment AND t.status = ''gegeven''))',
   'SELECT b.medewerker_id, b.vanaf, b.tot FROM betrokkenheid b
    WHERE b.dossier_id = unhex(substr(:scope, 1, instr(:scope, ''/'') - 1)) AND b.status = ''actief''
      AND (b.basis IS NOT ''toestemming'' OR EXISTS (SELECT 1 FROM toestemming t WHERE t.dossier_id = b.dossier_id
           AND t.voor_team_id = b.team_id AND t.compartiment = substr(:scope, instr(:scope, ''/'') + 1)
           AND t.status = ''gegeven''))',
   'inzage');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('compartiment_kring', 'inzage',
   'SELECT hex(:old_dossier_id) || ''/'' || :old_compartiment UNION SELECT hex(:new_dossier_id) || ''/'' || :new_compartiment'),
  ('compartiment_kring', 'betrokkenheid',
   'SELECT hex(dossier_id) || ''/'' || compartiment FROM inzage WHERE dossier_id IN (:old_dossier_id, :new_dossier_id)'),
  ('compartiment_kring', 'toestemming',
   'SELECT hex(dossier_id) || ''/'' || compartiment FROM inzage WHERE dossier_id IN (:old_dossier_id, :new_dossier_id)');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('inzage',       'heel', 'iif(dossier_id IS NULL, NULL, hex(dossier_id) || ''/'' || compartiment)', 'compartiment_kring', '*'),
  ('geheim_adres', 'heel', 'iif(dossier_id IS NULL, NULL, hex(dossier_id) || ''/geheim_adres'')', 'compartiment_kring', '*'),
  ('voortgang',    'afgeschermd',
   'iif(dossier_id IS NULL OR compartiment = ''basis'', NULL, hex(dossier_id) || ''/'' || compartiment)',
   'compartiment_kring', '*');
