PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE bsync_migration(series TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(series, name)) STRICT, WITHOUT ROWID;
INSERT INTO bsync_migration VALUES('client','0001_initial.sql');
INSERT INTO bsync_migration VALUES('registry','0001_registry.sql');
CREATE TABLE bsync_meta(
  name   TEXT PRIMARY KEY,
  value  ANY
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_meta VALUES('address','localhost:1');
INSERT INTO bsync_meta VALUES('ca',X'6361');
INSERT INTO bsync_meta VALUES('certificate',X'6365727469666963617465');
INSERT INTO bsync_meta VALUES('device',X'd1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1');
INSERT INTO bsync_meta VALUES('organisation',X'01010101010101010101010101010101');
INSERT INTO bsync_meta VALUES('organisation_name','Proef');
INSERT INTO bsync_meta VALUES('private_key',X'3077020101042097529e9cce86b42c487a51038bc05742b342602cf6bd2ff9ac4767e7d4500698a00a06082a8648ce3d030107a14403420004ae0e006bee32f887f701c45271c28189675a86c56aa0d655d2c22e48ff89428531bc483eb56fea6f10ff4ffcc773d6e2a0a610f32e69ba128a3f077d9ba6850e');
INSERT INTO bsync_meta VALUES('seal_key',X'187469802e115cafdd6384eb0bdb4b08bb89add6e068dd6767a3c4e641b72033');
INSERT INTO bsync_meta VALUES('server_share',X'0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO bsync_meta VALUES('sync.anchor_boot',7);
INSERT INTO bsync_meta VALUES('sync.anchor_server_ms',1767225600000);
INSERT INTO bsync_meta VALUES('sync.anchor_uptime_ms',1000);
INSERT INTO bsync_meta VALUES('sync.anchor_wall_ms',1767225600000);
INSERT INTO bsync_meta VALUES('sync.cursor_counter',20);
INSERT INTO bsync_meta VALUES('sync.cursor_incarnation',1);
INSERT INTO bsync_meta VALUES('sync.drift_ms',0);
INSERT INTO bsync_meta VALUES('sync.incarnation',1);
INSERT INTO bsync_meta VALUES('sync.pull_ok_ms',1767225600000);
INSERT INTO bsync_meta VALUES('sync.schema_version',1);
INSERT INTO bsync_meta VALUES('sync.seen_ms',1767225600020);
INSERT INTO bsync_meta VALUES('worker',X'11111111111111111111111111111111');
INSERT INTO bsync_meta VALUES('worker_name','Anna');
CREATE TABLE bsync_schema_file(
  version  INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  sql      TEXT NOT NULL
) STRICT;
INSERT INTO bsync_schema_file VALUES(1,'0001_proef.sql',replace('INSERT INTO sync_schema(id, name) VALUES(1, ''proef'');\nCREATE TABLE medewerker(id BLOB NOT NULL PRIMARY KEY, naam TEXT) STRICT;\nCREATE TABLE dossier(id BLOB NOT NULL PRIMARY KEY, naam TEXT, status TEXT, teller INTEGER, labels TEXT, eerst TEXT, lokaal TEXT) STRICT;\nCREATE TABLE notitie(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT, gewicht REAL) STRICT;\nCREATE TABLE stand(dossier_id BLOB NOT NULL, code TEXT NOT NULL, waarde TEXT, PRIMARY KEY(dossier_id, code)) STRICT, WITHOUT ROWID;\nCREATE TABLE melding(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT) STRICT;\nINSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(1, ''medewerker'', ''g'', ''l''), (2, ''dossier'', ''g'', ''l''), (3, ''notitie'', ''g'', ''l'');\nINSERT INTO sync_table(no, name, deletes, grondslag, levensloop) VALUES(4, ''stand'', ''win'', ''g'', ''l'');\nINSERT INTO sync_table(no, name, append_only, grondslag, levensloop) VALUES(6, ''melding'', 1, ''g'', ''l'');\nINSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES(''medewerker'', ''id'', ''key'', ''d''), (''medewerker'', ''naam'', ''lww'', ''d''),(''dossier'', ''id'', ''key'', ''d''), (''dossier'', ''naam'', ''lww'', ''d''), (''dossier'', ''status'', ''keep'', ''d''),(''dossier'', ''teller'', ''counter'', ''d''), (''dossier'', ''labels'', ''set'', ''d''), (''dossier'', ''eerst'', ''first'', ''d''),(''dossier'', ''lokaal'', ''lww'', ''d''),(''notitie'', ''id'', ''key'', ''d''), (''notitie'', ''dossier_id'', ''lww'', ''d''), (''notitie'', ''tekst'', ''keep'', ''d''),(''notitie'', ''gewicht'', ''lww'', ''d''),(''melding'', ''id'', ''key'', ''d''), (''melding'', ''dossier_id'', ''first'', ''d''), (''melding'', ''tekst'', ''first'', ''d''),(''stand'', ''dossier_id'', ''key'', ''d''), (''stand'', ''code'', ''key'', ''d''), (''stand'', ''waarde'', ''lww'', ''d'');\nINSERT INTO sync_circle(no, name, members, lead) VALUES(1, ''kring'', ''SELECT id FROM medewerker WHERE :scope IS NOT NULL'', ''SELECT id FROM medewerker WHERE naam LIKE ''''baas %''''''), (2, ''team'', ''SELECT id FROM medewerker'', NULL);\nINSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES(''kring'', ''medewerker'', ''SELECT id FROM dossier''), (''team'', ''medewerker'', ''SELECT ''''team'''''');\nINSERT INTO sync_face(no, tbl, name, scope, circle, columns) VALUES(1, ''dossier'', ''heel'', ''id'', ''kring'', ''naam, status, teller, labels, eerst''),(2, ''dossier'', ''kort'', ''''''team'''''', ''team'', ''naam''), (3, ''notitie'', ''heel'', ''dossier_id'', ''kring'', ''*''),(4, ''stand'', ''heel'', ''dossier_id'', ''kring'', ''*''), (5, ''medewerker'', ''heel'', ''''''team'''''', ''team'', ''*''),(7, ''melding'', ''heel'', ''dossier_id'', ''kring'', ''*'');\nCREATE INDEX dossier_eerst ON dossier(eerst);\nINSERT INTO sync_unique(no, tbl, name, columns) VALUES(1, ''dossier'', ''eerst'', ''eerst'');\nINSERT INTO sync_directory(what, tbl, id, name) VALUES(''worker'', ''medewerker'', ''id'', ''naam'');\n','\n',char(10)));
CREATE TABLE bsync_dictionary(
  version     INTEGER PRIMARY KEY,
  dictionary  BLOB NOT NULL
) STRICT;
INSERT INTO bsync_dictionary VALUES(1,X'');
CREATE TABLE bsync_outbox(
  seq             INTEGER PRIMARY KEY,
  line            BLOB NOT NULL,
  epoch           INTEGER NOT NULL,
  schema_version  INTEGER NOT NULL,
  made_ms         INTEGER NOT NULL,
  size            INTEGER NOT NULL,
  total           INTEGER NOT NULL,
  state           INTEGER NOT NULL DEFAULT 0,
  counter         INTEGER NOT NULL DEFAULT 0,
  stamp_ms        INTEGER NOT NULL DEFAULT 0,
  verdict         INTEGER,
  reason          TEXT,
  unseen          INTEGER NOT NULL DEFAULT 0,
  hash            BLOB NOT NULL,
  salt            BLOB NOT NULL,
  body            BLOB NOT NULL
) STRICT;
INSERT INTO bsync_outbox VALUES(1,X'a08da149b1d186b43be687cabb7b94ee',1,1,1767225600000,112,112,0,0,0,NULL,NULL,0,X'db2f917192fac4adadff6fbc596c3293b63d12e78b8d6d555b31978f48f4f9aa',X'ac5ccb61b8d6bef56071af498ddc548779efccd270371036',X'4fbb0d71dd6be82ccc6f8e07a390c1f13ca275859cff2da2f17fc0225794f1c06ce5af3c3e5652640871e9fa7d308701f43b5ce5840a2b722b85339a659c2e887279f40ed798664dca316a0c3c2203745691e16032c3298cbb9b4307267bf6c1e37cb45c66434e95595473c0aec23034');
INSERT INTO bsync_outbox VALUES(2,X'a08da149b1d186b43be687cabb7b94ee',1,1,1767225600000,112,224,0,0,0,NULL,NULL,0,X'24250c375e360998a03dec0d23d2e8a612c8a240fa5571e38e56c08e2308aa94',X'4352aa9ce68b0343145c6d34e71f33ee7f45d44e16b76aad',X'36fdd8168400b826dbee878f3ab912d3b397f1ceaf5a4c72e2c73f9f1f25ca415ef5f2a4ea60ace27cc7b6498e4defb2dcc98b6c1bc7b44e04bdf894dbe2f933eab0dabe049a47ec30c4a98c340cc520bc47b17c93cfe63315c4c0b59777a60d4b10c27dd78a94104e9785d8b0156bcd');
CREATE TABLE bsync_pending(
  tno     INTEGER NOT NULL,
  key     BLOB NOT NULL,
  is_met  INTEGER NOT NULL DEFAULT 0,
  edits   BLOB NOT NULL,
  PRIMARY KEY (tno, key)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_pending VALUES(2,X'91c40101',0,X'99c3c2c2c20000c091019c02940101011400c3a64a616e73656ec004940101011400c30ac0');
INSERT INTO bsync_pending VALUES(3,X'91c40107',0,X'99c2c2c2c200009402020114910290');
CREATE TABLE bsync_epoch(
  epoch      INTEGER PRIMARY KEY,
  suite      INTEGER NOT NULL,
  secret     BLOB NOT NULL,
  line       BLOB NOT NULL,
  first_seq  INTEGER NOT NULL,
  opening    BLOB NOT NULL
) STRICT;
INSERT INTO bsync_epoch VALUES(1,2,X'f9d4d1f259e01d2077c387599a3c532ea243775fcd5aca9ed6098265661bfe0f',X'a08da149b1d186b43be687cabb7b94ee',1,X'980102c410a08da149b1d186b43be687cabb7b94ee01c4200000000000000000000000000000000000000000000000000000000000000000c420359742eadf63afe6105a8dbefb5b06c5e6625c2265c1f57f09282648a476bb1fc4307f851514e1291d7aee6f2a2b70b660b44ac7cf2e6ed8fc170f6506061ae4d0c15b42fb679716d0ce7e77ab63ad7e04d2c4407613b5672a44f8e75a3853e446c9dd731a5dd4f577a59cc12219026f1d7360999971bda69e64a31d663fef64119cedb7dfb05b65ea8dcf8828c7ff2454503f93');
CREATE TABLE bsync_scope(
  circle_no  INTEGER NOT NULL,
  value      ANY NOT NULL,
  until_ms   INTEGER,
  is_over    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (circle_no, value)
) STRICT, WITHOUT ROWID;
INSERT INTO bsync_scope VALUES(1,X'01',NULL,0);
CREATE TABLE bsync_stage(
  id       INTEGER PRIMARY KEY,
  kind     INTEGER NOT NULL,
  payload  BLOB NOT NULL
) STRICT;
CREATE TABLE bsync_ahead(
  circle_no  INTEGER NOT NULL,
  value      ANY NOT NULL,
  counter    INTEGER NOT NULL,
  PRIMARY KEY (circle_no, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_left(
  tno    INTEGER NOT NULL,
  key    BLOB NOT NULL,
  faces  INTEGER NOT NULL,
  PRIMARY KEY (tno, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_form(
  id           INTEGER PRIMARY KEY,
  tno          INTEGER NOT NULL,
  key          BLOB NOT NULL,
  incarnation  INTEGER NOT NULL,
  counter      INTEGER NOT NULL,
  boot         INTEGER NOT NULL,
  opened_ms    INTEGER NOT NULL,
  is_bare      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE bsync_variant(
  tno          INTEGER NOT NULL,
  key          BLOB NOT NULL,
  column_no    INTEGER NOT NULL,
  n            INTEGER NOT NULL,
  device       BLOB NOT NULL,
  line         BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  author       BLOB NOT NULL,
  device_ms    INTEGER NOT NULL,
  stamp_ms     INTEGER NOT NULL,
  counter      INTEGER NOT NULL,
  value        ANY,
  counter_row  INTEGER NOT NULL,
  is_resolved  INTEGER NOT NULL DEFAULT 0,
  base_counter INTEGER,
  base         ANY,
  PRIMARY KEY (tno, key, column_no, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_item(
  id       BLOB PRIMARY KEY,
  circle_no  INTEGER NOT NULL, -- and scope: which scope gave it
  scope      ANY NOT NULL,
  kind     TEXT NOT NULL,
  tno      INTEGER NOT NULL,
  key      BLOB NOT NULL,
  author   BLOB NOT NULL,
  reason   TEXT NOT NULL,
  counter  INTEGER NOT NULL,
  cells    BLOB NOT NULL,
  is_open  INTEGER NOT NULL,
  is_done  INTEGER NOT NULL DEFAULT 0,
  device_ms  INTEGER NOT NULL, -- of the work that it is about
  stamp_ms   INTEGER NOT NULL
) STRICT;
CREATE TABLE bsync_past(
  id                INTEGER PRIMARY KEY,
  tno               INTEGER NOT NULL,
  key               BLOB NOT NULL,
  column_no         INTEGER NOT NULL,
  device            BLOB,
  line              BLOB,
  seq               INTEGER,
  author            BLOB,
  device_ms         INTEGER NOT NULL,
  stamp_ms          INTEGER NOT NULL,
  counter           INTEGER NOT NULL,
  value             ANY,
  replaced_counter  INTEGER NOT NULL,
  replaced_by       BLOB NOT NULL,
  untold            BLOB,
  UNIQUE (tno, key, column_no, device, line, seq)
) STRICT;
CREATE TABLE bsync_told(
  choice  BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_receipt(
  last_seq     INTEGER NOT NULL,
  first_seq    INTEGER NOT NULL,
  incarnation  INTEGER NOT NULL,
  payload      BLOB NOT NULL,
  PRIMARY KEY (last_seq, first_seq, incarnation)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_asked(
  tno          INTEGER NOT NULL,
  key          BLOB NOT NULL,
  id           INTEGER NOT NULL,
  is_waiting   INTEGER NOT NULL DEFAULT 1,
  answered_ms  INTEGER NOT NULL DEFAULT 0,
  is_over      INTEGER NOT NULL DEFAULT 0,
  answer       BLOB,
  PRIMARY KEY (tno, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE bsync_retry(
  seq          INTEGER PRIMARY KEY,
  id           INTEGER NOT NULL,
  is_given_up  INTEGER NOT NULL
) STRICT;
CREATE TABLE sync_schema(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  name  TEXT NOT NULL               -- 'utrecht'
) STRICT;
INSERT INTO sync_schema VALUES(1,'proef');
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
INSERT INTO sync_table VALUES(1,'medewerker',0,NULL,NULL,'g','l');
INSERT INTO sync_table VALUES(2,'dossier',0,NULL,NULL,'g','l');
INSERT INTO sync_table VALUES(3,'notitie',0,NULL,NULL,'g','l');
INSERT INTO sync_table VALUES(4,'stand',0,NULL,'win','g','l');
INSERT INTO sync_table VALUES(6,'melding',1,NULL,NULL,'g','l');
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
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(1,1,'medewerker','id','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(2,2,'medewerker','naam','lww',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(3,1,'dossier','id','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(4,2,'dossier','naam','lww',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(5,3,'dossier','status','keep',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(6,4,'dossier','teller','counter',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(7,5,'dossier','labels','set',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(8,6,'dossier','eerst','first',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(9,7,'dossier','lokaal','lww',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(10,1,'notitie','id','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(11,2,'notitie','dossier_id','lww',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(12,3,'notitie','tekst','keep',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(13,4,'notitie','gewicht','lww',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(14,1,'melding','id','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(15,2,'melding','dossier_id','first',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(16,3,'melding','tekst','first',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(17,1,'stand','dossier_id','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(18,2,'stand','code','key',NULL,NULL,'d',NULL);
INSERT INTO sync_column(rowid,"no",tbl,name,rule,args,grp,doelbinding,aard) VALUES(19,3,'stand','waarde','lww',NULL,NULL,'d',NULL);
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
INSERT INTO sync_circle VALUES(1,'kring','SELECT id FROM medewerker WHERE :scope IS NOT NULL',NULL,NULL,NULL,'inbox','SELECT id FROM medewerker WHERE naam LIKE ''baas %''');
INSERT INTO sync_circle VALUES(2,'team','SELECT id FROM medewerker',NULL,NULL,NULL,'inbox',NULL);
CREATE TABLE sync_circle_dep(
  circle  TEXT NOT NULL,
  tbl     TEXT NOT NULL,
  scopes  TEXT NOT NULL,
  PRIMARY KEY (circle, tbl)
) STRICT;
INSERT INTO sync_circle_dep(rowid,circle,tbl,scopes) VALUES(1,'kring','medewerker','SELECT id FROM dossier');
INSERT INTO sync_circle_dep(rowid,circle,tbl,scopes) VALUES(2,'team','medewerker','SELECT ''team''');
CREATE TABLE sync_face(
  no      INTEGER PRIMARY KEY,
  tbl     TEXT NOT NULL,
  name    TEXT NOT NULL,
  scope   TEXT NOT NULL,            -- an expression over the row's columns; NULL: the row is in no scope of this face
  circle  TEXT NOT NULL,
  columns TEXT NOT NULL,            -- '*', or names with commas between; the key is always in
  UNIQUE (tbl, name)
) STRICT;
INSERT INTO sync_face VALUES(1,'dossier','heel','id','kring','naam, status, teller, labels, eerst');
INSERT INTO sync_face VALUES(2,'dossier','kort','''team''','team','naam');
INSERT INTO sync_face VALUES(3,'notitie','heel','dossier_id','kring','*');
INSERT INTO sync_face VALUES(4,'stand','heel','dossier_id','kring','*');
INSERT INTO sync_face VALUES(5,'medewerker','heel','''team''','team','*');
INSERT INTO sync_face VALUES(7,'melding','heel','dossier_id','kring','*');
CREATE TABLE sync_freeze(
  tbl      TEXT PRIMARY KEY,        -- its key is one BLOB
  state    TEXT NOT NULL,           -- a column of tbl of the rule order
  frozen   TEXT NOT NULL,           -- the states that mean signed, JSON: ["ondertekend", "vervangen"]; no state may lead out of them
  columns  TEXT NOT NULL,           -- of tbl, what does not change any more: '*', all but the key and `state`, or names with
                                    -- commas between; of the rules lww keep text role first max min
  fork     TEXT NOT NULL            -- the state of a copy: 'concept'
) STRICT;
CREATE TABLE sync_freeze_child(
  root     TEXT NOT NULL,           -- tbl of sync_freeze
  tbl      TEXT NOT NULL,           -- its key is one BLOB
  parent   TEXT NOT NULL,           -- the column of tbl with the key of the row it hangs on; lww or first, and always frozen
  columns  TEXT NOT NULL,           -- as in sync_freeze
  PRIMARY KEY (root, tbl)
) STRICT;
CREATE TABLE sync_unique(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with these columns, in this order
  name     TEXT NOT NULL,
  columns  TEXT NOT NULL,           -- names with commas between; with the scope's column among them: unique in a scope
  unless   TEXT,                    -- names with commas between: a row that has one of these is left out; NULL: none is
  UNIQUE (tbl, name)
) STRICT;
INSERT INTO sync_unique VALUES(1,'dossier','eerst','eerst',NULL);
CREATE TABLE sync_reference(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with the column
  name     TEXT NOT NULL,           -- the column; its value was written, not put together
  parent   TEXT NOT NULL,           -- the table that it names a row of; its key is one column of the same type
  UNIQUE (tbl, name)
) STRICT;
CREATE TABLE sync_directory(
  what          TEXT PRIMARY KEY,   -- 'organisation', 'team' or 'worker'
  tbl           TEXT NOT NULL,
  id            TEXT NOT NULL,      -- names of columns of tbl; NULL where it has none
  name          TEXT NOT NULL,
  team          TEXT,
  role          TEXT,
  organisation  TEXT
) STRICT;
INSERT INTO sync_directory(rowid,what,tbl,id,name,team,role,organisation) VALUES(1,'worker','medewerker','id','naam',NULL,NULL,NULL);
CREATE TABLE sync_handover(
  no    INTEGER PRIMARY KEY,
  tbl   TEXT NOT NULL,
  rows  TEXT NOT NULL
) STRICT;
CREATE TABLE medewerker(id BLOB NOT NULL PRIMARY KEY, naam TEXT) STRICT;
CREATE TABLE dossier(id BLOB NOT NULL PRIMARY KEY, naam TEXT, status TEXT, teller INTEGER, labels TEXT, eerst TEXT, lokaal TEXT) STRICT;
INSERT INTO dossier(rowid,id,naam,status,teller,labels,eerst,lokaal) VALUES(1,X'01','eigen naam','nieuw',11,'["a","b"]',NULL,NULL);
CREATE TABLE notitie(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT, gewicht REAL) STRICT;
INSERT INTO notitie(rowid,id,dossier_id,tekst,gewicht) VALUES(1,X'08',X'01','gepulld',NULL);
INSERT INTO notitie(rowid,id,dossier_id,tekst,gewicht) VALUES(2,X'07',X'01','eigen',NULL);
CREATE TABLE stand(dossier_id BLOB NOT NULL, code TEXT NOT NULL, waarde TEXT, PRIMARY KEY(dossier_id, code)) STRICT, WITHOUT ROWID;
CREATE TABLE melding(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT) STRICT;
CREATE INDEX bsync_outbox_set_aside ON bsync_outbox(state) WHERE state > 1;
CREATE INDEX bsync_outbox_unseen ON bsync_outbox(seq, unseen) WHERE unseen <> 0;
CREATE INDEX bsync_pending_met ON bsync_pending(is_met) WHERE is_met > 0;
CREATE INDEX bsync_scope_until ON bsync_scope(until_ms) WHERE until_ms IS NOT NULL;
CREATE INDEX bsync_scope_over ON bsync_scope(is_over) WHERE is_over > 0;
CREATE INDEX bsync_form_bare ON bsync_form(tno, key) WHERE is_bare > 0;
CREATE INDEX bsync_item_scope ON bsync_item(circle_no, scope);
CREATE INDEX bsync_past_untold ON bsync_past(replaced_counter) WHERE untold IS NOT NULL;
CREATE UNIQUE INDEX bsync_asked_id ON bsync_asked(id);
CREATE INDEX bsync_asked_waiting ON bsync_asked(id) WHERE is_waiting;
CREATE TRIGGER sync_column_number AFTER INSERT ON sync_column WHEN NEW.no IS NULL BEGIN
  UPDATE sync_column SET no = (SELECT coalesce(max(no), 0) + 1 FROM sync_column WHERE tbl = NEW.tbl)
   WHERE tbl = NEW.tbl AND name = NEW.name;
END;
CREATE INDEX dossier_eerst ON dossier(eerst);
CREATE TRIGGER "bsync_capture_1_insert" AFTER INSERT ON "medewerker" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,new) VALUES(1,0,NEW."id",bsync_new(NEW."id",NEW."naam")); END;
CREATE TRIGGER "bsync_capture_1_delete" AFTER DELETE ON "medewerker" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(1,2,OLD."id",bsync_pack(OLD."id",OLD."naam")); END;
CREATE TRIGGER "bsync_capture_1_key" AFTER UPDATE OF "id" ON "medewerker" WHEN bsync_capturing() AND NOT (OLD."id" IS NEW."id") BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(1,2,OLD."id",bsync_pack(OLD."id",OLD."naam")); INSERT INTO bsync_capture(tno,op,key,new) VALUES(1,0,NEW."id",bsync_new(NEW."id",NEW."naam")); END;
CREATE TRIGGER "bsync_capture_1_update" AFTER UPDATE ON "medewerker" WHEN bsync_capturing() AND OLD."id" IS NEW."id" BEGIN INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT 1,1,NEW."id",mask,bsync_old(mask,OLD."id",OLD."naam") FROM (SELECT 0|((OLD."naam" IS NOT NEW."naam" COLLATE BINARY)<<1) AS mask) WHERE mask<>0; END;
CREATE TRIGGER "bsync_capture_2_insert" AFTER INSERT ON "dossier" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,new) VALUES(2,0,NEW."id",bsync_new(NEW."id",NEW."naam",NEW."status",NEW."teller",NEW."labels",NEW."eerst",NEW."lokaal")); END;
CREATE TRIGGER "bsync_capture_2_delete" AFTER DELETE ON "dossier" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(2,2,OLD."id",bsync_pack(OLD."id",OLD."naam",OLD."status",OLD."teller",OLD."labels",OLD."eerst",OLD."lokaal")); END;
CREATE TRIGGER "bsync_capture_2_key" AFTER UPDATE OF "id" ON "dossier" WHEN bsync_capturing() AND NOT (OLD."id" IS NEW."id") BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(2,2,OLD."id",bsync_pack(OLD."id",OLD."naam",OLD."status",OLD."teller",OLD."labels",OLD."eerst",OLD."lokaal")); INSERT INTO bsync_capture(tno,op,key,new) VALUES(2,0,NEW."id",bsync_new(NEW."id",NEW."naam",NEW."status",NEW."teller",NEW."labels",NEW."eerst",NEW."lokaal")); END;
CREATE TRIGGER "bsync_capture_2_update" AFTER UPDATE ON "dossier" WHEN bsync_capturing() AND OLD."id" IS NEW."id" BEGIN INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT 2,1,NEW."id",mask,bsync_old(mask,OLD."id",OLD."naam",OLD."status",OLD."teller",OLD."labels",OLD."eerst",OLD."lokaal") FROM (SELECT 0|((OLD."naam" IS NOT NEW."naam" COLLATE BINARY)<<1)|((OLD."status" IS NOT NEW."status" COLLATE BINARY)<<2)|((OLD."teller" IS NOT NEW."teller" COLLATE BINARY)<<3)|((OLD."labels" IS NOT NEW."labels" COLLATE BINARY)<<4)|((OLD."eerst" IS NOT NEW."eerst" COLLATE BINARY)<<5)|((OLD."lokaal" IS NOT NEW."lokaal" COLLATE BINARY)<<6) AS mask) WHERE mask<>0; END;
CREATE TRIGGER "bsync_capture_3_insert" AFTER INSERT ON "notitie" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,new) VALUES(3,0,NEW."id",bsync_new(NEW."id",NEW."dossier_id",NEW."tekst",NEW."gewicht")); END;
CREATE TRIGGER "bsync_capture_3_delete" AFTER DELETE ON "notitie" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(3,2,OLD."id",bsync_pack(OLD."id",OLD."dossier_id",OLD."tekst",OLD."gewicht")); END;
CREATE TRIGGER "bsync_capture_3_key" AFTER UPDATE OF "id" ON "notitie" WHEN bsync_capturing() AND NOT (OLD."id" IS NEW."id") BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(3,2,OLD."id",bsync_pack(OLD."id",OLD."dossier_id",OLD."tekst",OLD."gewicht")); INSERT INTO bsync_capture(tno,op,key,new) VALUES(3,0,NEW."id",bsync_new(NEW."id",NEW."dossier_id",NEW."tekst",NEW."gewicht")); END;
CREATE TRIGGER "bsync_capture_3_update" AFTER UPDATE ON "notitie" WHEN bsync_capturing() AND OLD."id" IS NEW."id" BEGIN INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT 3,1,NEW."id",mask,bsync_old(mask,OLD."id",OLD."dossier_id",OLD."tekst",OLD."gewicht") FROM (SELECT 0|((OLD."dossier_id" IS NOT NEW."dossier_id" COLLATE BINARY)<<1)|((OLD."tekst" IS NOT NEW."tekst" COLLATE BINARY)<<2)|((OLD."gewicht" IS NOT NEW."gewicht" COLLATE BINARY)<<3) AS mask) WHERE mask<>0; END;
CREATE TRIGGER "bsync_capture_4_insert" AFTER INSERT ON "stand" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,new) VALUES(4,0,bsync_pack(NEW."dossier_id",NEW."code"),bsync_new(NEW."dossier_id",NEW."code",NEW."waarde")); END;
CREATE TRIGGER "bsync_capture_4_delete" AFTER DELETE ON "stand" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(4,2,bsync_pack(OLD."dossier_id",OLD."code"),bsync_pack(OLD."dossier_id",OLD."code",OLD."waarde")); END;
CREATE TRIGGER "bsync_capture_4_key" AFTER UPDATE OF "dossier_id","code" ON "stand" WHEN bsync_capturing() AND NOT (OLD."dossier_id" IS NEW."dossier_id" AND OLD."code" IS NEW."code") BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(4,2,bsync_pack(OLD."dossier_id",OLD."code"),bsync_pack(OLD."dossier_id",OLD."code",OLD."waarde")); INSERT INTO bsync_capture(tno,op,key,new) VALUES(4,0,bsync_pack(NEW."dossier_id",NEW."code"),bsync_new(NEW."dossier_id",NEW."code",NEW."waarde")); END;
CREATE TRIGGER "bsync_capture_4_update" AFTER UPDATE ON "stand" WHEN bsync_capturing() AND OLD."dossier_id" IS NEW."dossier_id" AND OLD."code" IS NEW."code" BEGIN INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT 4,1,bsync_pack(NEW."dossier_id",NEW."code"),mask,bsync_old(mask,OLD."dossier_id",OLD."code",OLD."waarde") FROM (SELECT 0|((OLD."waarde" IS NOT NEW."waarde" COLLATE BINARY)<<2) AS mask) WHERE mask<>0; END;
CREATE TRIGGER "bsync_capture_6_insert" AFTER INSERT ON "melding" WHEN bsync_capturing() BEGIN INSERT INTO bsync_capture(tno,op,key,new) VALUES(6,0,NEW."id",bsync_new(NEW."id",NEW."dossier_id",NEW."tekst")); END;
CREATE TRIGGER "bsync_capture_6_delete" AFTER DELETE ON "melding" WHEN bsync_capturing() BEGIN SELECT bsync_keep(); INSERT INTO bsync_capture(tno,op,key,old) VALUES(6,2,OLD."id",bsync_pack(OLD."id",OLD."dossier_id",OLD."tekst")); END;
CREATE TRIGGER "bsync_capture_6_key" AFTER UPDATE OF "id" ON "melding" WHEN bsync_capturing() AND NOT (OLD."id" IS NEW."id") BEGIN INSERT INTO bsync_capture(tno,op,key,old) VALUES(6,2,OLD."id",bsync_pack(OLD."id",OLD."dossier_id",OLD."tekst")); INSERT INTO bsync_capture(tno,op,key,new) VALUES(6,0,NEW."id",bsync_new(NEW."id",NEW."dossier_id",NEW."tekst")); END;
CREATE TRIGGER "bsync_capture_6_update" AFTER UPDATE ON "melding" WHEN bsync_capturing() AND OLD."id" IS NEW."id" BEGIN INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT 6,1,NEW."id",mask,bsync_old(mask,OLD."id",OLD."dossier_id",OLD."tekst") FROM (SELECT 0|((OLD."dossier_id" IS NOT NEW."dossier_id" COLLATE BINARY)<<1)|((OLD."tekst" IS NOT NEW."tekst" COLLATE BINARY)<<2) AS mask) WHERE mask<>0; END;
COMMIT;
