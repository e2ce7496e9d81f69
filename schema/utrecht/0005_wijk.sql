-- Work in the neighbourhood: knocking at doors where rent was not paid, what teams count together, and what everybody agrees on.

-- One row an attempt at the door; a signal stands where its furthest attempt does.  It does not name the dossier that help
-- began with: who works on arrears need not know of it.
CREATE TABLE vroegsignaal (
  id             BLOB PRIMARY KEY,
  signaal_id     BLOB,
  team_id        BLOB,                -- whose list of today it is on
  adres          TEXT,
  signaal_soort  TEXT,
  op             TEXT,
  uitkomst       TEXT                 -- nog_niet, niet_thuis, geen_interesse, gesprek, hulptraject
) STRICT;
CREATE INDEX vroegsignaal_team ON vroegsignaal (team_id);

-- How often a question came by in a month, without anybody's name.
CREATE TABLE telling (
  team_id    BLOB,
  maand      TEXT,                    -- YYYY-MM
  soort      TEXT,                    -- ted_vraag, voordeur_vraag
  categorie  TEXT,
  aantal     INTEGER,
  PRIMARY KEY (team_id, maand, soort, categorie)
) STRICT, WITHOUT ROWID;

-- A section of the wijkplan, one of the agreements on housing, a signal from the neighbourhood, an article of what was learnt:
-- everybody holds them and writes on, and they say nothing about a client.  There are some hundreds, so nobody is given only
-- those of an area: an application shows them by wijk_code.
CREATE TABLE werkafspraak (
  id                  BLOB PRIMARY KEY,
  soort               TEXT,           -- wijkplan, huisvesting, buurtsignaal, kennisartikel
  wijk_code           TEXT,           -- NULL: the whole city
  eigenaar            TEXT,           -- who sees to it; also one who has no team here, as a housing association
  titel               TEXT,
  tekst               TEXT,
  status              TEXT,           -- open, in_uitvoering, gerealiseerd, vervallen
  toelichting_stand   TEXT
) STRICT;

-- An attempt that was cleared away stays away, though a colleague still worked on it.
INSERT INTO sync_table (name, deletes, grondslag, levensloop) VALUES
  ('vroegsignaal', 'win', 'publieke taak (AVG 6.1.e; Wet gemeentelijke schuldhulpverlening)',
                          'zonder hulp: na 12 maanden weg, alleen de aantallen blijven'),
  ('telling',      NULL,  'publieke taak (AVG 6.1.e); geen persoonsgegevens', 'blijft'),
  ('werkafspraak', NULL,  'publieke taak (AVG 6.1.e); geen persoonsgegevens', 'tot een jaar na gerealiseerd of vervallen');

INSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES
  ('vroegsignaal', 'id',            'key',   'verwijzen naar de poging', NULL),
  ('vroegsignaal', 'signaal_id',    'first', 'pogingen bij een signaal houden', NULL),
  ('vroegsignaal', 'team_id',       'first', 'op de lijst van het team staan', NULL),
  ('vroegsignaal', 'adres',         'first', 'aan de deur komen', NULL),
  ('vroegsignaal', 'signaal_soort', 'first', 'weten waarom', NULL),
  ('vroegsignaal', 'op',            'first', 'weten wanneer', NULL),
  ('vroegsignaal', 'uitkomst',      'order', 'weten of er hulp volgt',
   '{"states": ["nog_niet", "niet_thuis", "geen_interesse", "gesprek", "hulptraject"]}'),

  ('telling', 'team_id',   'key',     'van welk team', NULL),
  ('telling', 'maand',     'key',     'wanneer', NULL),
  ('telling', 'soort',     'key',     'waarover', NULL),
  ('telling', 'categorie', 'key',     'waarover', NULL),
  ('telling', 'aantal',    'counter', 'zien wat er speelt in de wijk', NULL),

  ('werkafspraak', 'id',                'key',   'verwijzen naar de afspraak', NULL),
  ('werkafspraak', 'soort',             'first', 'weten wat het is', NULL),
  ('werkafspraak', 'wijk_code',         'lww',   'weten voor welke wijk het is', NULL),
  ('werkafspraak', 'eigenaar',          'first', 'weten wie ervoor zorgt', NULL),
  ('werkafspraak', 'titel',             'lww',   'de afspraak vinden', NULL),
  ('werkafspraak', 'tekst',             'keep',  'weten wat er is afgesproken', NULL),
  ('werkafspraak', 'status',            'order', 'weten hoe ver het is',
   '{"states": ["open", "in_uitvoering", "gerealiseerd", "vervallen"], "rounds": true}'),
  ('werkafspraak', 'toelichting_stand', 'lww',   'begrijpen hoe ver het is', NULL);

UPDATE sync_column SET aard = 'identificerend' WHERE (tbl, name) IN (VALUES ('vroegsignaal', 'adres'));
UPDATE sync_column SET aard = 'verhalend' WHERE (tbl, name) IN (VALUES
  ('werkafspraak', 'tekst'), ('werkafspraak', 'toelichting_stand'));

-- The workers of one team, and what they write together.
INSERT INTO sync_circle (name, members, on_end) VALUES
  ('team_werk', 'SELECT id FROM medewerker WHERE team_id = :scope', 'apply');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('team_werk', 'medewerker', 'SELECT :old_team_id UNION SELECT :new_team_id');

-- All workers, and what they write together.
INSERT INTO sync_circle (name, members) VALUES
  ('samen_kring', 'SELECT id FROM medewerker');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('samen_kring', 'medewerker', 'SELECT ''samen''');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('vroegsignaal', 'heel', 'team_id',   'team_werk',   '*'),
  ('telling',      'heel', 'team_id',   'team_werk',   '*'),
  ('werkafspraak', 'heel', '''samen''', 'samen_kring', '*');
