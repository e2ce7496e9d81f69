-- Values that nobody gets together.
-- expect 21: no face of table huis has all columns of een
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE huis (
  id BLOB PRIMARY KEY,
  kring TEXT,
  naam TEXT,
  weg INTEGER
) STRICT;
CREATE INDEX huis_naam ON huis (naam);
INSERT INTO sync_table (name, grondslag, levensloop) VALUES ('huis', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('huis', 'id', 'key', 'test'),
  ('huis', 'kring', 'first', 'test'),
  ('huis', 'naam', 'lww', 'test'),
  ('huis', 'weg', 'lww', 'test');
INSERT INTO sync_circle (name, members, founders, root) VALUES ('k', 'SELECT :scope', NULL, 'huis');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('huis', 'heel', 'kring', 'k', 'kring, weg');
INSERT INTO sync_unique (tbl, name, columns, unless) VALUES
  ('huis', 'een', 'naam', NULL);
