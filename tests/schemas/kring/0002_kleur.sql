-- What a device that was away finds added: a column and a table.

ALTER TABLE notitie ADD COLUMN kleur TEXT;
CREATE TABLE bezoek (id BLOB PRIMARY KEY, huis_id BLOB, op TEXT) STRICT;

INSERT INTO sync_table (no, name, grondslag, levensloop) VALUES (6, 'bezoek', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('notitie', 'kleur', 'lww', 'test'),
  ('bezoek', 'id', 'key', 'test'), ('bezoek', 'huis_id', 'first', 'test'), ('bezoek', 'op', 'lww', 'test');
INSERT INTO sync_face (no, tbl, name, scope, circle, columns) VALUES
  (6, 'bezoek', 'heel', 'huis_id', 'huis_kring', '*');
