-- A query that ends with a semicolon.
-- expect 21: the hand-over of huis has a semicolon, and becomes part of another query; leave it out
INSERT INTO sync_schema (id, name) VALUES (1, 'bad');
CREATE TABLE lid (id BLOB PRIMARY KEY, kring TEXT) STRICT;
CREATE TABLE paar (a BLOB, b BLOB, kring TEXT, PRIMARY KEY (a, b)) STRICT;
CREATE TABLE huis (id BLOB PRIMARY KEY, kring TEXT, lid_id BLOB, labels TEXT) STRICT;
CREATE TABLE brief (id BLOB PRIMARY KEY, kring TEXT, lid_id BLOB) STRICT;
INSERT INTO sync_table (name, append_only, grondslag, levensloop) VALUES
  ('lid', 0, 'test', 'test'), ('paar', 0, 'test', 'test'), ('huis', 0, 'test', 'test'), ('brief', 1, 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('lid', 'id', 'key', 'test'), ('lid', 'kring', 'first', 'test'),
  ('paar', 'a', 'key', 'test'), ('paar', 'b', 'key', 'test'), ('paar', 'kring', 'first', 'test'),
  ('huis', 'id', 'key', 'test'), ('huis', 'kring', 'first', 'test'),
  ('huis', 'lid_id', 'lww', 'test'), ('huis', 'labels', 'set', 'test'),
  ('brief', 'id', 'key', 'test'), ('brief', 'kring', 'first', 'test'), ('brief', 'lid_id', 'first', 'test');
INSERT INTO sync_circle (name, members, founders, root) VALUES ('k', 'SELECT :scope', NULL, 'huis');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES
  ('lid', 'heel', 'kring', 'k', '*'), ('paar', 'heel', 'kring', 'k', '*'),
  ('huis', 'heel', 'kring', 'k', '*'), ('brief', 'heel', 'kring', 'k', '*');
INSERT INTO sync_handover (tbl, rows) VALUES
  ('huis', 'SELECT id, :to AS lid_id FROM huis WHERE lid_id = :from;');
