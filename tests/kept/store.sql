PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE bsync_migration(series TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(series, name)) STRICT, WITHOUT ROWID;
INSERT INTO bsync_migration VALUES('registry','0001_registry.sql');
INSERT INTO bsync_migration VALUES('server','0001_initial.sql');
CREATE TABLE bsync_meta(
  name  TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_meta VALUES('born_ms',1767225600000);
INSERT INTO bsync_meta VALUES('counter',8);
INSERT INTO bsync_meta VALUES('incarnation',1);
INSERT INTO bsync_meta VALUES('incarnation_id',X'35be322d094f9d154a8aba4733b8497f');
INSERT INTO bsync_meta VALUES('name','Buurt');
INSERT INTO bsync_meta VALUES('organisation',X'd9019ff220a47ff8fc99a817e65ded92');
INSERT INTO bsync_meta VALUES('receipt_key',X'425342580102f13ee6ed54ea2aae9fc49a9faeb5da6e00000000000000008ddef0e12ed5d30d35a624ae3ccaf803944a5d2f71a329b01d46547c9f04e21e727c1f88275cd99fa58e907cc29bf98c49788e5c596e8f6a306cd9d5');
INSERT INTO bsync_meta VALUES('recovery',0);
INSERT INTO bsync_meta VALUES('schema_version',1);
INSERT INTO bsync_meta VALUES('seal_private',X'425342580102f0a0278e4372459cca6159cd5e71cfee0000000000000000638302a7b9ca9b05c34181ac5da93112971eb03a466c94cd09297fd6fc380a83e52a6ef008137e6358121c61d930366c33f2beee958faeb1538e4575');
INSERT INTO bsync_meta VALUES('seal_public',X'8d06fac5c8eafee9f706edd6211ad5de9e3794b795966ae5b9a22efd8871c847');
INSERT INTO bsync_meta VALUES('stamp',1767225604000);
CREATE TABLE bsync_incarnation(
  incarnation   INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE,
  first_counter INTEGER NOT NULL,
  last_counter  INTEGER,
  is_lost       INTEGER NOT NULL
) STRICT;
INSERT INTO bsync_incarnation VALUES(1,X'35be322d094f9d154a8aba4733b8497f',0,NULL,0);
CREATE TABLE bsync_schema_file(
  version INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  sql     TEXT NOT NULL
) STRICT;
INSERT INTO bsync_schema_file VALUES(1,'0001_lijst.sql',replace('-- A small schema for tests: every rule, every kind of key, one circle that everybody is in; but who is in the team\n-- ''buiten'' does not hold the list ''L2''.  Who has the role ''leider'' leads.\n\nINSERT INTO sync_schema (id, name) VALUES (1, ''lijst'');\n\nCREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT) STRICT;\nCREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT) STRICT;\nCREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT) STRICT;\n\n-- The root of a scope: a list, known by its name.\nCREATE TABLE lijst (naam TEXT PRIMARY KEY, titel TEXT) STRICT;\n\n-- A key of text and integer, and every rule.\nCREATE TABLE punt (\n  lijst    TEXT,\n  nr       INTEGER,\n  titel    TEXT,\n  tekst    TEXT,\n  eerste   TEXT,\n  nummer   INTEGER,\n  hoogste  INTEGER,\n  laagste  INTEGER,\n  aantal   INTEGER,\n  labels   TEXT,\n  maat     REAL,\n  bijlage  BLOB,\n  vrij     ANY,\n  verslag  TEXT,\n  PRIMARY KEY (lijst, nr)\n) STRICT;\n\nCREATE TABLE kenmerk (lijst TEXT, taal TEXT, waarde TEXT, PRIMARY KEY (lijst, taal)) STRICT, WITHOUT ROWID;\n\n-- A line can name another, of its own list or not.\nCREATE TABLE regel (nr INTEGER PRIMARY KEY, lijst TEXT, tekst TEXT, naar INTEGER) STRICT;\nCREATE INDEX regel_naar ON regel(naar);\n\nCREATE TABLE logboek (id BLOB PRIMARY KEY, lijst TEXT, op TEXT, tekst TEXT) STRICT;\n\n-- What is thrown away stays away.\nCREATE TABLE briefje (lijst TEXT, nr INTEGER, titel TEXT, tekst TEXT, hoogste INTEGER, PRIMARY KEY (lijst, nr)) STRICT;\n\n-- States whose join is a third, with rounds; the word of who has the higher role; a name that two should not have.\nCREATE TABLE taak (\n  lijst    TEXT,\n  nr       INTEGER,\n  naam     TEXT,\n  stand    TEXT,\n  oordeel  TEXT,\n  PRIMARY KEY (lijst, nr)\n) STRICT;\nCREATE INDEX taak_naam ON taak(naam);\n\n-- A decision with its articles, which a signature freezes.\nCREATE TABLE besluit (\n  id           BLOB PRIMARY KEY,\n  lijst        TEXT,\n  titel        TEXT,\n  tekst        TEXT,\n  verslag      TEXT,\n  laagste      INTEGER,\n  notitie      TEXT,\n  labels       TEXT,\n  aantal       INTEGER,\n  stand        TEXT,\n  handtekening TEXT\n) STRICT;\n\nCREATE TABLE artikel (id BLOB PRIMARY KEY, lijst TEXT, besluit BLOB, tekst TEXT, volgorde INTEGER) STRICT;\n\nINSERT INTO sync_table (no, name, append_only, keys, grondslag, levensloop) VALUES\n  (1, ''bedrijf'', 0, NULL,          ''test'', ''test''),\n  (2, ''groep'',   0, NULL,          ''test'', ''test''),\n  (3, ''lid'',     0, NULL,          ''test'', ''test''),\n  (4, ''lijst'',   0, NULL,          ''test'', ''test''),\n  (5, ''punt'',    0, NULL,          ''test'', ''test''),\n  (6, ''kenmerk'', 0, NULL,          ''test'', ''test''),\n  (7, ''regel'',   0, ''application'', ''test'', ''test''),\n  (8, ''logboek'', 1, NULL,          ''test'', ''test''),\n  (10, ''taak'',   0, NULL,          ''test'', ''test''),\n  (11, ''besluit'', 0, NULL,         ''test'', ''test''),\n  (12, ''artikel'', 0, NULL,         ''test'', ''test'');\nINSERT INTO sync_table (no, name, deletes, grondslag, levensloop) VALUES (9, ''briefje'', ''win'', ''test'', ''test'');\n\nINSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES\n  (''bedrijf'', ''id'', ''key'', ''test''), (''bedrijf'', ''naam'', ''server'', ''test''),\n  (''groep'', ''id'', ''key'', ''test''), (''groep'', ''bedrijf_id'', ''server'', ''test''), (''groep'', ''naam'', ''server'', ''test''),\n  (''lid'', ''id'', ''key'', ''test''), (''lid'', ''groep_id'', ''server'', ''test''), (''lid'', ''naam'', ''server'', ''test''),\n  (''lid'', ''rol'', ''server'', ''test''),\n  (''lijst'', ''naam'', ''key'', ''test''), (''lijst'', ''titel'', ''lww'', ''test''),\n  (''punt'', ''lijst'',   ''key'',     ''test''),\n  (''punt'', ''nr'',      ''key'',     ''test''),\n  (''punt'', ''titel'',   ''lww'',     ''test''),\n  (''punt'', ''tekst'',   ''keep'',    ''test''),\n  (''punt'', ''eerste'',  ''first'',   ''test''),\n  (''punt'', ''nummer'',  ''server'',  ''test''),\n  (''punt'', ''hoogste'', ''max'',     ''test''),\n  (''punt'', ''laagste'', ''min'',     ''test''),\n  (''punt'', ''aantal'',  ''counter'', ''test''),\n  (''punt'', ''labels'',  ''set'',     ''test''),\n  (''punt'', ''maat'',    ''lww'',     ''test''),\n  (''punt'', ''bijlage'', ''lww'',     ''test''),\n  (''punt'', ''vrij'',    ''lww'',     ''test''),\n  (''punt'', ''verslag'', ''text'',    ''test''),\n  (''kenmerk'', ''lijst'', ''key'', ''test''), (''kenmerk'', ''taal'', ''key'', ''test''), (''kenmerk'', ''waarde'', ''lww'', ''test''),\n  (''regel'', ''nr'', ''key'', ''test''), (''regel'', ''lijst'', ''first'', ''test''), (''regel'', ''tekst'', ''keep'', ''test''),\n  (''regel'', ''naar'', ''lww'', ''test''),\n  (''logboek'', ''id'', ''key'', ''test''), (''logboek'', ''lijst'', ''first'', ''test''), (''logboek'', ''op'', ''first'', ''test''),\n  (''logboek'', ''tekst'', ''first'', ''test''),\n  (''briefje'', ''lijst'', ''key'', ''test''), (''briefje'', ''nr'', ''key'', ''test''), (''briefje'', ''titel'', ''lww'', ''test''),\n  (''briefje'', ''tekst'', ''keep'', ''test''), (''briefje'', ''hoogste'', ''max'', ''test'');\n\nINSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES\n  (''taak'', ''lijst'',   ''key'',   ''test'', NULL), (''taak'', ''nr'', ''key'', ''test'', NULL), (''taak'', ''naam'', ''lww'', ''test'', NULL),\n  (''taak'', ''stand'',   ''order'', ''test'', ''{"states": ["open", "links", "rechts", "klaar"], "rounds": true, "joins":\n    [["open", "links", "links"], ["open", "rechts", "rechts"], ["open", "klaar", "klaar"],\n     ["links", "rechts", "klaar"], ["links", "klaar", "klaar"], ["rechts", "klaar", "klaar"]]}''),\n  (''taak'', ''oordeel'', ''role'',  ''test'', ''{"roles": ["leider", "lid"]}'');\n\nINSERT INTO sync_column (tbl, name, rule, doelbinding, args) VALUES\n  (''besluit'', ''id'',           ''key'',     ''test'', NULL),\n  (''besluit'', ''lijst'',        ''first'',   ''test'', NULL),\n  (''besluit'', ''titel'',        ''lww'',     ''test'', NULL),\n  (''besluit'', ''tekst'',        ''keep'',    ''test'', NULL),\n  (''besluit'', ''verslag'',      ''text'',    ''test'', NULL),\n  (''besluit'', ''laagste'',      ''min'',     ''test'', NULL),\n  (''besluit'', ''notitie'',      ''lww'',     ''test'', NULL),\n  (''besluit'', ''labels'',       ''set'',     ''test'', NULL),\n  (''besluit'', ''aantal'',       ''counter'', ''test'', NULL),\n  (''besluit'', ''stand'',        ''order'',   ''test'',\n   ''{"states": ["concept", "besproken", "getekend", "vervangen"], "rounds": true}''),\n  (''besluit'', ''handtekening'', ''lww'',     ''test'', NULL),\n  (''artikel'', ''id'',           ''key'',     ''test'', NULL),\n  (''artikel'', ''lijst'',        ''first'',   ''test'', NULL),\n  (''artikel'', ''besluit'',      ''lww'',     ''test'', NULL),\n  (''artikel'', ''tekst'',        ''keep'',    ''test'', NULL),\n  (''artikel'', ''volgorde'',     ''lww'',     ''test'', NULL);\n\nINSERT INTO sync_reference (tbl, name, parent) VALUES (''regel'', ''naar'', ''regel'');\n\nINSERT INTO sync_unique (tbl, name, columns) VALUES (''taak'', ''een_naam'', ''naam'');\n\nUPDATE sync_column SET grp = ''los'' WHERE tbl = ''punt'' AND name IN (''maat'', ''vrij'');\n\nINSERT INTO sync_circle (no, name, members, writers) VALUES (1, ''alle'', ''SELECT id FROM lid'', '''');\nINSERT INTO sync_circle (no, name, members, writers, founders, root, on_end, lead) VALUES\n  (2, ''iedereen'', ''SELECT id FROM lid WHERE :scope IS NOT NULL AND NOT (:scope = ''''L2'''' AND groep_id IN\n    (SELECT id FROM groep WHERE naam = ''''buiten''''))'', NULL, NULL, ''lijst'', ''inbox'',\n   ''SELECT id FROM lid WHERE rol = ''''leider'''''');\nINSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES\n  (''alle'',     ''lid'', ''SELECT ''''alle''''''),\n  (''iedereen'', ''lid'',   ''SELECT naam FROM lijst''),\n  (''iedereen'', ''groep'', ''SELECT naam FROM lijst'');\n\nINSERT INTO sync_face (no, tbl, name, scope, circle, columns) VALUES\n  (1, ''bedrijf'', ''heel'', ''''''alle'''''', ''alle'',     ''*''),\n  (2, ''groep'',   ''heel'', ''''''alle'''''', ''alle'',     ''*''),\n  (3, ''lid'',     ''heel'', ''''''alle'''''', ''alle'',     ''*''),\n  (4, ''lijst'',   ''heel'', ''naam'',     ''iedereen'', ''*''),\n  (5, ''punt'',    ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (6, ''kenmerk'', ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (7, ''regel'',   ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (8, ''logboek'', ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (9, ''briefje'', ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (10, ''taak'',   ''heel'', ''lijst'',    ''iedereen'', ''*''),\n  (11, ''besluit'', ''heel'', ''lijst'',   ''iedereen'', ''*''),\n  (12, ''artikel'', ''heel'', ''lijst'',   ''iedereen'', ''*'');\n\nINSERT INTO sync_freeze (tbl, state, frozen, columns, fork) VALUES\n  (''besluit'', ''stand'', ''["getekend", "vervangen"]'', ''titel, tekst, verslag, laagste'', ''concept'');\nINSERT INTO sync_freeze_child (root, tbl, parent, columns) VALUES (''besluit'', ''artikel'', ''besluit'', ''tekst'');\n\nINSERT INTO sync_directory (what, tbl, id, name, team, role, organisation) VALUES\n  (''organisation'', ''bedrijf'', ''id'', ''naam'', NULL,       NULL,  NULL),\n  (''team'',         ''groep'',   ''id'', ''naam'', NULL,       NULL,  ''bedrijf_id''),\n  (''worker'',       ''lid'',     ''id'', ''naam'', ''groep_id'', ''rol'', NULL);\n','\n',char(10)));
CREATE TABLE bsync_dictionary(
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  data BLOB NOT NULL
) STRICT;
CREATE TABLE bsync_team(
  id   BLOB PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_team VALUES(X'019b76daa80073d7b42b1cdc1f0d492e','Zuid');
CREATE TABLE bsync_worker(
  id   BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  team BLOB NOT NULL,
  role TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_worker VALUES(X'019b76daa8007ae89fc0f03e2959ae4d','anna',X'019b76daa80073d7b42b1cdc1f0d492e',NULL);
INSERT INTO bsync_worker VALUES(X'019b76daa8007cc1aabd70eefb90dc0b','bram',X'019b76daa80073d7b42b1cdc1f0d492e',NULL);
CREATE TABLE bsync_device(
  no                    INTEGER PRIMARY KEY,
  id                    BLOB NOT NULL UNIQUE,
  worker                BLOB NOT NULL,
  state                 INTEGER NOT NULL,           -- 0 active, 1 suspended, 2 revoked
  certificate           BLOB NOT NULL UNIQUE,       -- SHA-256
  public_key            BLOB NOT NULL,
  server_share          BLOB NOT NULL,              -- boxed under the store key
  enrolled_ms           INTEGER NOT NULL,
  last_seen_ms          INTEGER NOT NULL,
  confirmed_incarnation INTEGER NOT NULL DEFAULT 0,
  confirmed_counter     INTEGER NOT NULL DEFAULT 0,
  told_incarnation      INTEGER NOT NULL DEFAULT 0, -- the life in which it last said HELLO
  told_seq              INTEGER NOT NULL DEFAULT 0, -- and the last seq that it said it had made
  is_awaited            INTEGER NOT NULL DEFAULT 0, -- a recovery waits for it
  pending               INTEGER NOT NULL DEFAULT 0, -- from here: the last heartbeat
  oldest_pending_ms     INTEGER NOT NULL DEFAULT 0,
  quarantined           INTEGER NOT NULL DEFAULT 0,
  inbox                 INTEGER NOT NULL DEFAULT 0,
  last_full_sync_ms     INTEGER NOT NULL DEFAULT 0,
  storage_free          INTEGER NOT NULL DEFAULT -1,
  software              TEXT NOT NULL DEFAULT '',
  clock_drift_ms        INTEGER NOT NULL DEFAULT 0, -- its clock minus the server's
  restored_ms           INTEGER NOT NULL DEFAULT 0, -- when it was seen to be put back from an image; 0: it was not
  cloned_ms             INTEGER NOT NULL DEFAULT 0  -- when a copy of it was seen
) STRICT;
INSERT INTO bsync_device VALUES(1,X'2cc5122d216268c31bf323d2c820aebb',X'019b76daa8007ae89fc0f03e2959ae4d',0,X'cba1c16035eca5706eb4e0af22c99b94c1f2b76278497aa8e93f2d0ba8a96223',X'00000000',X'425342580102a111f275cc2e7588000001d300a31e760000000000000000336d15b9d314cd1a1d8f3d3589a69c565ba9d6d29abfb5bf3a3f30b7c16893809bcba7213f283a1058672a3a63f4cd35f2fd0f277df6dc661ee79b02',1767225600000,1767225605000,1,8,0,0,0,0,0,0,0,0,-1,'',0,0,0);
INSERT INTO bsync_device VALUES(2,X'046683030c70392f26c7e7737bcaeec8',X'019b76daa8007cc1aabd70eefb90dc0b',0,X'3e5ef2fb2a4ade8b62dd840bd52f29352a151d11f39dfb63c848189dba5ac2ff',X'00000000',X'425342580102220dde27afee4d537cac96d85d6546f8000000000000000025153b90e828931b74e10380c28ea1bcc0a38901817ba88daf758f81624dfc7ba907de58c94c0bcaba1f7ddf157a38d735cc77ab57463117110e8f9b',1767225600000,1767225601000,1,5,0,0,0,0,0,0,0,0,-1,'',0,0,0);
CREATE TABLE bsync_code(
  hash       BLOB PRIMARY KEY,
  worker     BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  used       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_code VALUES(X'364af06b398752d43ea939ce8a20c4afb026925f0d443af5a6199c1de20e10fe',X'019b76daa8007ae89fc0f03e2959ae4d',1767225601000,1,1);
INSERT INTO bsync_code VALUES(X'800e497c59564f3aa534eb49a8fbb86f08bc49468dcf7fc6b25cb1781fee1f77',X'019b76daa8007cc1aabd70eefb90dc0b',1767225601000,1,1);
CREATE TABLE bsync_line(
  no         INTEGER PRIMARY KEY,
  device_no  INTEGER NOT NULL,
  line       BLOB NOT NULL,
  first_seq  INTEGER NOT NULL,
  fork_of    INTEGER NOT NULL,                      -- the line that it leaves at first_seq; 0: it is no fork
  after_no   INTEGER NOT NULL,                      -- with after_seq the last changeset that its device had when it
  after_seq  INTEGER NOT NULL,                      -- began this line; 0: none, or it is a fork
  is_noticed INTEGER NOT NULL,                      -- the operator has been told that a copy goes on with it
  last_seq   INTEGER NOT NULL,                      -- first_seq - 1: it has none yet
  last_hash  BLOB NOT NULL,
  last_stamp INTEGER NOT NULL,
  last_epoch INTEGER NOT NULL,
  UNIQUE (device_no, line)
) STRICT;
INSERT INTO bsync_line VALUES(0,0,X'00000000000000000000000000000000',1,0,0,0,0,4,X'0000000000000000000000000000000000000000000000000000000000000000',1767225600003,0);
INSERT INTO bsync_line VALUES(1,1,X'e828aac8d50387550b6855e9f2eed26e',1,0,0,0,0,2,X'e8794bd0335699a179a1f75188d0aef82d7774cfad047214d3f72f68418625ed',1767225602000,1);
INSERT INTO bsync_line VALUES(2,2,X'16317305c684c75328ba1b1ee6a3509d',1,0,0,0,0,3,X'f6dad36cf693a56506d3c12e3597fc8b22c580abfade09781188269980926d0b',1767225605000,1);
CREATE TABLE bsync_epoch(
  line_no INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  suite   INTEGER NOT NULL,
  secret  BLOB NOT NULL,                            -- boxed under the store key
  PRIMARY KEY (line_no, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_receipt(
  line_no   INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  counter   INTEGER NOT NULL,                       -- 0 while quarantined or unplaced
  stamp_ms  INTEGER NOT NULL,
  device_ms INTEGER NOT NULL,                       -- the wall clock of the author's device
  verdict   INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (line_no, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_receipt VALUES(0,1,X'0000000000000000000000000000000000000000000000000000000000000000',1,1767225600000,1767225600000,0,'organisation');
INSERT INTO bsync_receipt VALUES(0,2,X'0000000000000000000000000000000000000000000000000000000000000000',2,1767225600001,1767225600000,0,'team');
INSERT INTO bsync_receipt VALUES(0,3,X'0000000000000000000000000000000000000000000000000000000000000000',3,1767225600002,1767225600000,0,'worker');
INSERT INTO bsync_receipt VALUES(0,4,X'0000000000000000000000000000000000000000000000000000000000000000',4,1767225600003,1767225600000,0,'worker');
INSERT INTO bsync_receipt VALUES(1,1,X'fedac75fd8a996d6ed4d5da9a36ad23d54e65b0faf7993076ddf9c9739eb9a03',5,1767225601000,1767225600000,0,'');
INSERT INTO bsync_receipt VALUES(1,2,X'e8794bd0335699a179a1f75188d0aef82d7774cfad047214d3f72f68418625ed',6,1767225602000,1767225601000,0,'');
INSERT INTO bsync_receipt VALUES(2,1,X'144e4c7ed21f482cbba010510e70445d4cc5b4485772c8f07d32c59fa7d97bb9',7,1767225603000,1767225602000,2,'conflict: another value stands, a person chooses');
INSERT INTO bsync_receipt VALUES(2,2,X'ac2328d7925e42b67998f7247a0b3c19e3b14778317ad43f2976de6ae02ab8f4',8,1767225604000,1767225603000,2,'refused: rows of this table are never changed or deleted (table logboek)');
INSERT INTO bsync_receipt VALUES(2,3,X'f6dad36cf693a56506d3c12e3597fc8b22c580abfade09781188269980926d0b',0,1767225605000,1767225604000,4,'it waits for a scope of circle iedereen that the store does not know yet');
CREATE TABLE bsync_placed(
  line_no INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (line_no, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_scope(
  no           INTEGER PRIMARY KEY,
  circle_no    INTEGER NOT NULL,
  value        ANY NOT NULL,
  last_counter INTEGER NOT NULL,
  founder      BLOB,
  has_members  INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  UNIQUE (circle_no, value)
) STRICT;
INSERT INTO bsync_scope VALUES(1,1,'alle',4,NULL,1,0);
INSERT INTO bsync_scope VALUES(2,2,'werk',8,X'019b76daa8007ae89fc0f03e2959ae4d',1,0);
CREATE TABLE bsync_member(
  worker          BLOB NOT NULL,
  scope_no        INTEGER NOT NULL,
  from_ms         INTEGER,
  until_ms        INTEGER,
  added_counter   INTEGER NOT NULL,
  removed_counter INTEGER,
  dropped_counter INTEGER NOT NULL,
  moved_counter   INTEGER NOT NULL,
  PRIMARY KEY (worker, scope_no)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_member VALUES(X'019b76daa8007ae89fc0f03e2959ae4d',1,NULL,NULL,3,NULL,0,0);
INSERT INTO bsync_member VALUES(X'019b76daa8007ae89fc0f03e2959ae4d',2,NULL,NULL,5,NULL,0,0);
INSERT INTO bsync_member VALUES(X'019b76daa8007cc1aabd70eefb90dc0b',1,NULL,NULL,4,NULL,0,0);
INSERT INTO bsync_member VALUES(X'019b76daa8007cc1aabd70eefb90dc0b',2,NULL,NULL,5,NULL,0,0);
CREATE TABLE bsync_due(
  at_ms    INTEGER NOT NULL,
  scope_no INTEGER NOT NULL,
  PRIMARY KEY (at_ms, scope_no)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_member_log(
  scope_no INTEGER NOT NULL,
  worker   BLOB NOT NULL,
  counter  INTEGER NOT NULL,
  act      INTEGER NOT NULL,                        -- 0 added, 1 removed; both, in this order, of who held it for one act; 2 other times
  from_ms  INTEGER,
  until_ms INTEGER,
  PRIMARY KEY (scope_no, worker, counter, act)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_member_log VALUES(1,X'019b76daa8007ae89fc0f03e2959ae4d',3,0,NULL,NULL);
INSERT INTO bsync_member_log VALUES(1,X'019b76daa8007cc1aabd70eefb90dc0b',4,0,NULL,NULL);
INSERT INTO bsync_member_log VALUES(2,X'019b76daa8007ae89fc0f03e2959ae4d',5,0,NULL,NULL);
INSERT INTO bsync_member_log VALUES(2,X'019b76daa8007cc1aabd70eefb90dc0b',5,0,NULL,NULL);
CREATE TABLE bsync_feed(
  scope_no INTEGER NOT NULL,
  counter  INTEGER NOT NULL,
  table_no INTEGER NOT NULL,
  face_no  INTEGER NOT NULL,
  ref      ANY NOT NULL,
  kind     INTEGER NOT NULL,
  PRIMARY KEY (scope_no, counter, table_no, face_no, ref)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_feed VALUES(1,1,1,1,1,0);
INSERT INTO bsync_feed VALUES(1,2,2,2,1,0);
INSERT INTO bsync_feed VALUES(1,3,3,3,1,0);
INSERT INTO bsync_feed VALUES(1,4,3,3,2,0);
INSERT INTO bsync_feed VALUES(2,5,4,4,1,0);
INSERT INTO bsync_feed VALUES(2,6,5,5,X'92a47765726b02',3);
INSERT INTO bsync_feed VALUES(2,7,5,5,1,0);
INSERT INTO bsync_feed VALUES(2,8,8,8,1,0);
INSERT INTO bsync_feed VALUES(2,8,8,8,X'8b7c43dfe1e5991890885e92b2de8f30',2);
CREATE TABLE bsync_grave(
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  row      BLOB NOT NULL,
  cells    BLOB NOT NULL,
  PRIMARY KEY (table_no, key)
) STRICT;
INSERT INTO bsync_grave(rowid,table_no,"key","row",cells) VALUES(1,5,X'92a47765726b02',X'9ea47765726b02c0a474776565c0c0c0c0c0c0c0c0c0c0',X'2901010ad08f9e87830b02010202d00f0002');
CREATE TABLE bsync_delete(
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  counter  INTEGER NOT NULL,
  line_no  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  stamp_ms INTEGER NOT NULL,
  base     INTEGER NOT NULL,
  PRIMARY KEY (table_no, key, counter)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_delete VALUES(5,X'92a47765726b02',6,1,2,1767225602000,5);
CREATE TABLE bsync_history(
  id               INTEGER PRIMARY KEY,
  table_no         INTEGER NOT NULL,
  key              BLOB NOT NULL,
  column_no        INTEGER NOT NULL,
  line_no          INTEGER NOT NULL,                -- from here: the version that was replaced
  seq              INTEGER NOT NULL,
  counter          INTEGER NOT NULL,
  stamp_ms         INTEGER NOT NULL,
  value            ANY,
  replaced_counter INTEGER NOT NULL,
  replaced_by      BLOB NOT NULL,                   -- a worker; zeros: the store
  is_chosen_against INTEGER NOT NULL,               -- it stood in a conflict, and who replaced it took another value
  base_counter     INTEGER,                         -- of a text that has one
  base_value       TEXT
) STRICT;
INSERT INTO bsync_history VALUES(1,5,X'92a47765726b01',4,1,1,5,1767225601000,'een',6,X'019b76daa8007ae89fc0f03e2959ae4d',0,NULL,NULL);
CREATE TABLE bsync_item(
  id               BLOB PRIMARY KEY,
  scope_no         INTEGER NOT NULL,
  face_no          INTEGER NOT NULL,
  kind             TEXT NOT NULL,                   -- late, deleted, refused, duplicate
  table_no         INTEGER NOT NULL,
  key              BLOB NOT NULL,
  author           BLOB NOT NULL,
  line_no          INTEGER NOT NULL,
  seq              INTEGER NOT NULL,
  stamp_ms         INTEGER NOT NULL,
  reason           TEXT NOT NULL,
  cells            BLOB NOT NULL,                   -- canonical array [column_no, value, …]
  change_kind      INTEGER NOT NULL,                -- what the author did: 0 insert, 1 update, 2 delete
  base             INTEGER NOT NULL,
  counter          INTEGER NOT NULL,                -- its place in the feed
  resolved_counter INTEGER,
  is_over          INTEGER NOT NULL DEFAULT 0       -- the store closed it, as what it is about was over
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_item VALUES(X'8b7c43dfe1e5991890885e92b2de8f30',2,8,'refused',8,X'91c410836ff184e7b41b1e13cb5fd89fa1de98',X'019b76daa8007cc1aabd70eefb90dc0b',2,2,1767225604000,'rows of this table are never changed or deleted',X'9204a6616e64657273',1,5,8,NULL,0);
CREATE TABLE bsync_freeze(
  table_no INTEGER NOT NULL,                        -- of the root
  key      BLOB NOT NULL,
  line_no  INTEGER NOT NULL,                        -- from here: the signature
  seq      INTEGER NOT NULL,
  counter  INTEGER NOT NULL,
  stamp_ms INTEGER NOT NULL,
  base     INTEGER NOT NULL,                        -- what its signer had seen
  has_fork INTEGER NOT NULL,
  content  BLOB NOT NULL,                           -- hash of what was signed
  fork     BLOB NOT NULL,                           -- key of the root's copy
  PRIMARY KEY (table_no, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_fate(
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  counter  INTEGER NOT NULL,
  line_no  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  stamp_ms INTEGER NOT NULL,
  base     INTEGER NOT NULL,                        -- of a delete
  kind     INTEGER NOT NULL,                        -- 0 the row is there again, 1 it went, 2 a delete that took nothing away
  PRIMARY KEY (table_no, key, counter, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_conflict(
  id        BLOB NOT NULL UNIQUE,
  table_no  INTEGER NOT NULL,
  key       BLOB NOT NULL,
  column_no INTEGER NOT NULL,
  scope_no  INTEGER NOT NULL,
  counter   INTEGER NOT NULL,
  PRIMARY KEY (table_no, key, column_no)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_conflict VALUES(X'a82b28c84840ceb526a4b81116985fb7',5,X'92a47765726b01',4,2,7);
CREATE TABLE bsync_set_aside(
  line_no   INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  kind      INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  plain     BLOB NOT NULL,
  stamp_ms  INTEGER NOT NULL,
  confirmed_incarnation INTEGER NOT NULL,           -- the device's cursor then: cuts its bases
  confirmed INTEGER NOT NULL,
  since_ms  INTEGER NOT NULL,
  behind    INTEGER NOT NULL,
  PRIMARY KEY (line_no, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_set_aside VALUES(2,3,4,'it waits for a scope of circle iedereen that the store does not know yet',X'96010194cf0000019b76dab7a00000c0cf0000019b76daabe89201059194050092a667656865696d019204a57761636874',1767225605000,1,5,1767225605000,0);
CREATE TABLE bsync_set_aside_row(
  line_no  INTEGER NOT NULL,
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (line_no, table_no, key, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_set_aside_row VALUES(2,5,X'92a667656865696d01',3);
CREATE TABLE bsync_set_aside_scope(
  circle_no INTEGER NOT NULL,
  value     ANY NOT NULL,
  line_no   INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  PRIMARY KEY (circle_no, value, line_no, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_set_aside_scope VALUES(2,'geheim',2,3);
CREATE TABLE bsync_shown(
  line_no     INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  incarnation INTEGER NOT NULL,
  counter     INTEGER NOT NULL,
  stamp_ms    INTEGER NOT NULL,
  last_seq    INTEGER NOT NULL,
  last_hash   BLOB NOT NULL,
  PRIMARY KEY (line_no, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_kept(
  line_no INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  place   INTEGER NOT NULL,
  PRIMARY KEY (line_no, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_moved(
  incarnation  INTEGER NOT NULL,
  lost_counter INTEGER NOT NULL,
  counter      INTEGER NOT NULL,
  PRIMARY KEY (incarnation, lost_counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_schema(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  name  TEXT NOT NULL               -- 'utrecht'
) STRICT;
INSERT INTO sync_schema VALUES(1,'lijst');
CREATE TABLE sync_table(
  no          INTEGER PRIMARY KEY,  -- given in the order of insertion unless written out
  name        TEXT NOT NULL UNIQUE,
  append_only INTEGER NOT NULL DEFAULT 0,  -- 1: rows are added, never changed or deleted
  keys        TEXT,                 -- 'application': the application gives every INTEGER PRIMARY KEY itself
  deletes     TEXT,                 -- 'win': a deleted row stays away, whatever others did to it meanwhile; NULL: such an
                                    -- edit keeps the row whole, and the delete is noted (PROTOCOL 7.4)
  grondslag   TEXT,                 -- legal ground on which these rows are kept
  levensloop  TEXT                  -- life cycle: when they leave a device, when they are erased
) STRICT;
INSERT INTO sync_table VALUES(1,'bedrijf',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(2,'groep',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(3,'lid',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(4,'lijst',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(5,'punt',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(6,'kenmerk',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(7,'regel',0,'application',NULL,'test','test');
INSERT INTO sync_table VALUES(8,'logboek',1,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(9,'briefje',0,NULL,'win','test','test');
INSERT INTO sync_table VALUES(10,'taak',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(11,'besluit',0,NULL,NULL,'test','test');
INSERT INTO sync_table VALUES(12,'artikel',0,NULL,NULL,'test','test');
CREATE TABLE sync_column(
  no          INTEGER,              -- unique in its table; given in the order of insertion unless written out
  tbl         TEXT NOT NULL,
  name        TEXT NOT NULL,
  rule        TEXT,                 -- 'key' for the primary key, else how concurrent writes are merged:
                                    -- lww keep first server max min counter set order text role (PROTOCOL 7.3)
  args        TEXT,                 -- of the rule order, JSON: {"states": [names], "joins": [[a, b, join of both], …], "rounds": true};
                                    -- without joins the later of two states in the list; without rounds no way back;
                                    -- of the rule role: {"roles": [names of workers' roles, the highest first]}
  grp         TEXT,                 -- columns of the table with the same name here, all of rule lww, move together:
                                    -- of two concurrent changes one stands whole
  doelbinding TEXT,                 -- the purpose for which this column exists
  aard        TEXT,                 -- 'identificerend': says which client; 'verhalend': what somebody told or found; else NULL.
                                    -- Either has a rule that need not understand the value: lww keep first set role, prose also text
  PRIMARY KEY (tbl, name),
  UNIQUE (tbl, no)
) STRICT;
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(1,1,'bedrijf','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(2,2,'bedrijf','naam','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(3,1,'groep','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(4,2,'groep','bedrijf_id','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(5,3,'groep','naam','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(6,1,'lid','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(7,2,'lid','groep_id','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(8,3,'lid','naam','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(9,4,'lid','rol','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(10,1,'lijst','naam','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(11,2,'lijst','titel','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(12,1,'punt','lijst','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(13,2,'punt','nr','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(14,3,'punt','titel','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(15,4,'punt','tekst','keep',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(16,5,'punt','eerste','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(17,6,'punt','nummer','server',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(18,7,'punt','hoogste','max',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(19,8,'punt','laagste','min',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(20,9,'punt','aantal','counter',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(21,10,'punt','labels','set',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(22,11,'punt','maat','lww',NULL,'los','test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(23,12,'punt','bijlage','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(24,13,'punt','vrij','lww',NULL,'los','test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(25,14,'punt','verslag','text',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(26,1,'kenmerk','lijst','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(27,2,'kenmerk','taal','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(28,3,'kenmerk','waarde','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(29,1,'regel','nr','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(30,2,'regel','lijst','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(31,3,'regel','tekst','keep',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(32,4,'regel','naar','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(33,1,'logboek','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(34,2,'logboek','lijst','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(35,3,'logboek','op','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(36,4,'logboek','tekst','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(37,1,'briefje','lijst','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(38,2,'briefje','nr','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(39,3,'briefje','titel','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(40,4,'briefje','tekst','keep',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(41,5,'briefje','hoogste','max',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(42,1,'taak','lijst','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(43,2,'taak','nr','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(44,3,'taak','naam','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(45,4,'taak','stand','order',replace('{"states": ["open", "links", "rechts", "klaar"], "rounds": true, "joins":\n    [["open", "links", "links"], ["open", "rechts", "rechts"], ["open", "klaar", "klaar"],\n     ["links", "rechts", "klaar"], ["links", "klaar", "klaar"], ["rechts", "klaar", "klaar"]]}','\n',char(10)),NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(46,5,'taak','oordeel','role','{"roles": ["leider", "lid"]}',NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(47,1,'besluit','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(48,2,'besluit','lijst','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(49,3,'besluit','titel','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(50,4,'besluit','tekst','keep',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(51,5,'besluit','verslag','text',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(52,6,'besluit','laagste','min',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(53,7,'besluit','notitie','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(54,8,'besluit','labels','set',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(55,9,'besluit','aantal','counter',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(56,10,'besluit','stand','order','{"states": ["concept", "besproken", "getekend", "vervangen"], "rounds": true}',NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(57,11,'besluit','handtekening','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(58,1,'artikel','id','key',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(59,2,'artikel','lijst','first',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(60,3,'artikel','besluit','lww',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(61,4,'artikel','tekst','keep',NULL,NULL,'test',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(62,5,'artikel','volgorde','lww',NULL,NULL,'test',NULL);
CREATE TABLE sync_circle(
  no       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  members  TEXT NOT NULL,           -- a query: worker, or worker and from, or worker, from and until
                                    -- from, until: a date 'YYYY-MM-DD' (UTC; until means the end of that day),
                                    -- a time 'YYYY-MM-DD HH:MM:SS' (UTC), integer milliseconds since 1970, or NULL: no bound
  writers  TEXT,                    -- a query: worker; NULL: every member may write; '': nobody (but the store)
  founders TEXT,                    -- a query like members: who may begin a scope; NULL: everybody
  root     TEXT,                    -- the table whose insert begins a scope; NULL: scopes are the store's
  on_end   TEXT NOT NULL DEFAULT 'inbox', -- work that arrives after access ended: 'inbox', or 'apply', with writers NULL
  lead     TEXT                     -- a query: worker, of those who lead in the scope: what waits for a person is theirs
                                    -- (PROTOCOL 7.13); it and `members` then read only what every member holds.  NULL: nobody leads
) STRICT;
INSERT INTO sync_circle VALUES(1,'alle','SELECT id FROM lid','',NULL,NULL,'inbox',NULL);
INSERT INTO sync_circle VALUES(2,'iedereen',replace('SELECT id FROM lid WHERE :scope IS NOT NULL AND NOT (:scope = ''L2'' AND groep_id IN\n    (SELECT id FROM groep WHERE naam = ''buiten''))','\n',char(10)),NULL,NULL,'lijst','inbox','SELECT id FROM lid WHERE rol = ''leider''');
CREATE TABLE sync_circle_dep(
  circle  TEXT NOT NULL,
  tbl     TEXT NOT NULL,
  scopes  TEXT NOT NULL,
  PRIMARY KEY (circle, tbl)
) STRICT;
INSERT INTO sync_circle_dep(rowid,circle,tbl,scopes) VALUES(1,'alle','lid','SELECT ''alle''');
INSERT INTO sync_circle_dep(rowid,circle,tbl,scopes) VALUES(2,'iedereen','lid','SELECT naam FROM lijst');
INSERT INTO sync_circle_dep(rowid,circle,tbl,scopes) VALUES(3,'iedereen','groep','SELECT naam FROM lijst');
CREATE TABLE sync_face(
  no      INTEGER PRIMARY KEY,
  tbl     TEXT NOT NULL,
  name    TEXT NOT NULL,
  scope   TEXT NOT NULL,            -- an expression over the row's columns; NULL: the row is in no scope of this face
  circle  TEXT NOT NULL,
  columns TEXT NOT NULL,            -- '*', or names with commas between; the key is always in
  UNIQUE (tbl, name)
) STRICT;
INSERT INTO sync_face VALUES(1,'bedrijf','heel','''alle''','alle','*');
INSERT INTO sync_face VALUES(2,'groep','heel','''alle''','alle','*');
INSERT INTO sync_face VALUES(3,'lid','heel','''alle''','alle','*');
INSERT INTO sync_face VALUES(4,'lijst','heel','naam','iedereen','*');
INSERT INTO sync_face VALUES(5,'punt','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(6,'kenmerk','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(7,'regel','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(8,'logboek','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(9,'briefje','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(10,'taak','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(11,'besluit','heel','lijst','iedereen','*');
INSERT INTO sync_face VALUES(12,'artikel','heel','lijst','iedereen','*');
CREATE TABLE sync_freeze(
  tbl      TEXT PRIMARY KEY,        -- its key is one BLOB
  state    TEXT NOT NULL,           -- a column of tbl of the rule order
  frozen   TEXT NOT NULL,           -- the states that mean signed, JSON: ["ondertekend", "vervangen"]; no state may lead out of them
  columns  TEXT NOT NULL,           -- of tbl, what does not change any more: '*', all but the key and `state`, or names with
                                    -- commas between; of the rules lww keep text role first max min
  fork     TEXT NOT NULL            -- the state of a copy: 'concept'
) STRICT;
INSERT INTO sync_freeze(rowid,tbl,state,frozen,columns,fork) VALUES(1,'besluit','stand','["getekend", "vervangen"]','titel, tekst, verslag, laagste','concept');
CREATE TABLE sync_freeze_child(
  root     TEXT NOT NULL,           -- tbl of sync_freeze
  tbl      TEXT NOT NULL,           -- its key is one BLOB
  parent   TEXT NOT NULL,           -- the column of tbl with the key of the row it hangs on; lww or first, and always frozen
  columns  TEXT NOT NULL,           -- as in sync_freeze
  PRIMARY KEY (root, tbl)
) STRICT;
INSERT INTO sync_freeze_child(rowid,root,tbl,parent,columns) VALUES(1,'besluit','artikel','besluit','tekst');
CREATE TABLE sync_unique(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with these columns, in this order
  name     TEXT NOT NULL,
  columns  TEXT NOT NULL,           -- names with commas between; with the scope's column among them: unique in a scope
  unless   TEXT,                    -- names with commas between: a row that has one of these is left out; NULL: none is
  UNIQUE (tbl, name)
) STRICT;
INSERT INTO sync_unique VALUES(1,'taak','een_naam','naam',NULL);
CREATE TABLE sync_reference(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with the column
  name     TEXT NOT NULL,           -- the column; its value was written, not put together
  parent   TEXT NOT NULL,           -- the table that it names a row of; its key is one column of the same type
  UNIQUE (tbl, name)
) STRICT;
INSERT INTO sync_reference VALUES(1,'regel','naar','regel');
CREATE TABLE sync_directory(
  what          TEXT PRIMARY KEY,   -- 'organisation', 'team' or 'worker'
  tbl           TEXT NOT NULL,
  id            TEXT NOT NULL,      -- names of columns of tbl; NULL where it has none
  name          TEXT NOT NULL,
  team          TEXT,
  role          TEXT,
  organisation  TEXT
) STRICT;
INSERT INTO sync_directory(rowid,what,tbl,id,name,team,role,organisation) VALUES(1,'organisation','bedrijf','id','naam',NULL,NULL,NULL);
INSERT INTO sync_directory(rowid,what,tbl,id,name,team,role,organisation) VALUES(2,'team','groep','id','naam',NULL,NULL,'bedrijf_id');
INSERT INTO sync_directory(rowid,what,tbl,id,name,team,role,organisation) VALUES(3,'worker','lid','id','naam','groep_id','rol',NULL);
CREATE TABLE sync_handover(
  no    INTEGER PRIMARY KEY,
  tbl   TEXT NOT NULL,
  rows  TEXT NOT NULL
) STRICT;
CREATE TABLE bedrijf (id BLOB PRIMARY KEY, naam TEXT, _bsync BLOB) STRICT;
INSERT INTO bedrijf(rowid,id,naam,_bsync) VALUES(1,X'd9019ff220a47ff8fc99a817e65ded92','Buurt',X'0100010280809e87830b0001');
CREATE TABLE groep (id BLOB PRIMARY KEY, bedrijf_id BLOB, naam TEXT, _bsync BLOB) STRICT;
INSERT INTO groep(rowid,id,bedrijf_id,naam,_bsync) VALUES(1,X'019b76daa80073d7b42b1cdc1f0d492e',X'd9019ff220a47ff8fc99a817e65ded92','Zuid',X'0100020482809e87830b0001');
CREATE TABLE lid (id BLOB PRIMARY KEY, groep_id BLOB, naam TEXT, rol TEXT, _bsync BLOB) STRICT;
INSERT INTO lid(rowid,id,groep_id,naam,rol,_bsync) VALUES(1,X'019b76daa8007ae89fc0f03e2959ae4d',X'019b76daa80073d7b42b1cdc1f0d492e','anna',NULL,X'0100030684809e87830b0001');
INSERT INTO lid(rowid,id,groep_id,naam,rol,_bsync) VALUES(2,X'019b76daa8007cc1aabd70eefb90dc0b',X'019b76daa80073d7b42b1cdc1f0d492e','bram',NULL,X'0100040886809e87830b0001');
CREATE TABLE lijst (naam TEXT PRIMARY KEY, titel TEXT, _bsync BLOB) STRICT;
INSERT INTO lijst(rowid,naam,titel,_bsync) VALUES(1,'werk','Werk',X'0101010ad08f9e87830b0002');
CREATE TABLE punt (
  lijst    TEXT,
  nr       INTEGER,
  titel    TEXT,
  tekst    TEXT,
  eerste   TEXT,
  nummer   INTEGER,
  hoogste  INTEGER,
  laagste  INTEGER,
  aantal   INTEGER,
  labels   TEXT,
  maat     REAL,
  bijlage  BLOB,
  vrij     ANY,
  verslag  TEXT, _bsync BLOB,
  PRIMARY KEY (lijst, nr)
) STRICT;
INSERT INTO punt(rowid,lijst,nr,titel,tekst,eerste,nummer,hoogste,laagste,aantal,labels,maat,bijlage,vrij,verslag,_bsync) VALUES(1,'werk',1,NULL,'bram',NULL,NULL,NULL,NULL,5,'["a","b"]',NULL,NULL,NULL,NULL,X'3101010ad08f9e87830b0400020406020104a01f03046272616d010202d00f0304616e6e610906010100000104020104a01f01060a00010202d00f');
CREATE TABLE kenmerk (lijst TEXT, taal TEXT, waarde TEXT, _bsync BLOB, PRIMARY KEY (lijst, taal)) STRICT, WITHOUT ROWID;
CREATE TABLE regel (nr INTEGER PRIMARY KEY, lijst TEXT, tekst TEXT, naar INTEGER, _bsync BLOB) STRICT;
CREATE TABLE logboek (id BLOB PRIMARY KEY, lijst TEXT, op TEXT, tekst TEXT, _bsync BLOB) STRICT;
INSERT INTO logboek(rowid,id,lijst,op,tekst,_bsync) VALUES(1,X'836ff184e7b41b1e13cb5fd89fa1de98','werk',NULL,'begin',X'2101010ad08f9e87830b06010206');
CREATE TABLE briefje (lijst TEXT, nr INTEGER, titel TEXT, tekst TEXT, hoogste INTEGER, _bsync BLOB, PRIMARY KEY (lijst, nr)) STRICT;
CREATE TABLE taak (
  lijst    TEXT,
  nr       INTEGER,
  naam     TEXT,
  stand    TEXT,
  oordeel  TEXT, _bsync BLOB,
  PRIMARY KEY (lijst, nr)
) STRICT;
CREATE TABLE besluit (
  id           BLOB PRIMARY KEY,
  lijst        TEXT,
  titel        TEXT,
  tekst        TEXT,
  verslag      TEXT,
  laagste      INTEGER,
  notitie      TEXT,
  labels       TEXT,
  aantal       INTEGER,
  stand        TEXT,
  handtekening TEXT
, _bsync BLOB) STRICT;
CREATE TABLE artikel (id BLOB PRIMARY KEY, lijst TEXT, besluit BLOB, tekst TEXT, volgorde INTEGER, _bsync BLOB) STRICT;
CREATE INDEX bsync_placed_counter ON bsync_placed(counter);
CREATE INDEX bsync_member_scope ON bsync_member(scope_no, worker);
CREATE INDEX bsync_history_key ON bsync_history(table_no, key);
CREATE INDEX bsync_item_open ON bsync_item(counter) WHERE resolved_counter IS NULL;
CREATE INDEX bsync_item_row ON bsync_item(table_no, key) WHERE resolved_counter IS NULL;
CREATE INDEX bsync_freeze_fork ON bsync_freeze(table_no, fork) WHERE has_fork <> 0;
CREATE INDEX bsync_set_aside_row_seq ON bsync_set_aside_row(line_no, seq);
CREATE INDEX bsync_kept_place ON bsync_kept(place);
CREATE TRIGGER sync_column_number AFTER INSERT ON sync_column WHEN NEW.no IS NULL BEGIN
  UPDATE sync_column SET no = (SELECT coalesce(max(no), 0) + 1 FROM sync_column WHERE tbl = NEW.tbl)
   WHERE tbl = NEW.tbl AND name = NEW.name;
END;
CREATE INDEX regel_naar ON regel(naar);
CREATE INDEX taak_naam ON taak(naam);
COMMIT;
