-- Work in the neighbourhood: knocking at doors where rent was not paid, and what teams count together.

-- One row an attempt at the door; a signal stands where its furthest attempt does.
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

-- An attempt that was cleared away stays away, though a colleague still worked on it.
INSERT INTO sync_table (name, deletes, grondslag, levensloop) VALUES
  ('vroegsignaal', 'win', 'publieke taak (AVG 6.1.e; Wet gemeentelijke schuldhulpverlening)',
                          'zonder hulp: na 12 maanden weg, alleen de aantallen blijven'),
  ('telling',      NULL,  'publieke taak (AVG 6.1.e); geen persoonsgegevens', 'blijft');

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
  ('telling', 'aantal',    'counter', 'zien wat er speelt in de wijk', NULL);

-- The workers of one team, and what they write together.
INSERT INTO sync_circle (name, members) VALUES
  ('team_werk', 'SELECT id FROM medewerker WHERE team_id = :scope');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES
  ('team_werk', 'medewerker', 'SELECT :old_team_id UNION SELECT :new_team_id');

INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('vroegsignaal', 'heel', 'team_id', 'team_werk', '*'),
  ('telling',      'heel', 'team_id', 'team_werk', '*');
