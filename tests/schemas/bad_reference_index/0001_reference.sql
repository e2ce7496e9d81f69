-- No index to find the rows that name one.
-- expect 22: no index of table huis begins with groep_id
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE groep (id BLOB PRIMARY KEY, kring TEXT) STRICT;
CREATE TABLE paar (a BLOB, b BLOB, kring TEXT, PRIMARY KEY (a, b)) STRICT;
CREATE TABLE huis (id BLOB PRIMARY KEY, kring TEXT, groep_id BLOB, labels TEXT) STRICT;
CREATE INDEX huis_groep ON huis (kring);
INSERT INTO sync_table (name, grondslag, levensloop) VALUES
  ('groep', 'test', 'test'), ('paar', 'test', 'test'), ('huis', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('groep', 'id', 'key', 'test'), ('groep', 'kring', 'first', 'test'),
  ('paar', 'a', 'key', 'test'), ('paar', 'b', 'key', 'test'), ('paar', 'kring', 'first', 'test'),
  ('huis', 'id', 'key', 'test'),
  ('huis', 'kring', 'first', 'test'),
  ('huis', 'groep_id', 'lww', 'test'),
  ('huis', 'labels', 'set', 'test');
INSERT INTO sync_circle (name, members, founders, root) VALUES ('k', 'SELECT :scope', NULL, 'huis');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('groep', 'heel', 'kring', 'k', '*'), ('paar', 'heel', 'kring', 'k', '*'),
  ('huis', 'heel', 'kring', 'k', '*');
INSERT INTO sync_reference (tbl, name, parent) VALUES
  ('huis', 'groep_id', 'groep');
