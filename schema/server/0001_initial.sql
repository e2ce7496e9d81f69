-- The store: what the daemon keeps beside the domain tables.  Meaning and invariants: schema/STORAGE.md, sections
-- 1 to 4.  Counters are positions in the store's order; times are milliseconds since 1970; ids are 16-byte blobs;
-- keys are canonical msgpack arrays of the key's values.

CREATE TABLE bsync_meta(
  name  TEXT PRIMARY KEY,
  value ANY
) STRICT, WITHOUT ROWID;

-- The lives of the store: each restore of a copy begins one.  is_lost 0: a life that the present one descends from, or
-- itself (last_counter NULL); first_counter is the position that it began at, last_counter the last one kept of it.
-- is_lost 1: a life that a restore put aside; last_counter is the position at which it left those kept.
CREATE TABLE bsync_incarnation(
  incarnation   INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE,
  first_counter INTEGER NOT NULL,
  last_counter  INTEGER,
  is_lost       INTEGER NOT NULL
) STRICT;

CREATE TABLE bsync_schema_file(
  version INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  sql     TEXT NOT NULL
) STRICT;

CREATE TABLE bsync_dictionary(
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  data BLOB NOT NULL
) STRICT;

-- The control truth on people: the rows that the schema's directory names are projections of these.
CREATE TABLE bsync_team(
  id   BLOB PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bsync_worker(
  id   BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  team BLOB NOT NULL,
  role TEXT
) STRICT, WITHOUT ROWID;

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

-- One-time enrolment codes: only the hash of the secret is kept.
CREATE TABLE bsync_code(
  hash       BLOB PRIMARY KEY,
  worker     BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  used       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Line 0 is the store itself.  A fork is what a copy of a device handed in that another had handed in otherwise.
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

-- Changesets that were set aside first and placed later: their devices hear of it with the next pull past `counter`.
CREATE TABLE bsync_placed(
  line_no INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (line_no, counter)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsync_placed_counter ON bsync_placed(counter);

-- founder: a member until the scope has its first membership row; has_members: it has had one.
-- state 0 known; no scope is ever removed.
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

-- A membership that has ended keeps its row, with removed_counter.  dropped_counter: the newest end there has been,
-- also when the worker is a member again; 0 none.  moved_counter: when until_ms of who was a member last changed; 0 never.
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
CREATE INDEX bsync_member_scope ON bsync_member(scope_no, worker);

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

-- kind 0: a live row, ref its rowid or key; 1: a row that left this scope, ref its key; 2: an item, ref its id;
-- 3: a deleted row, ref its key.
CREATE TABLE bsync_feed(
  scope_no INTEGER NOT NULL,
  counter  INTEGER NOT NULL,
  table_no INTEGER NOT NULL,
  face_no  INTEGER NOT NULL,
  ref      ANY NOT NULL,
  kind     INTEGER NOT NULL,
  PRIMARY KEY (scope_no, counter, table_no, face_no, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE bsync_grave(
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  row      BLOB NOT NULL,
  cells    BLOB NOT NULL,
  PRIMARY KEY (table_no, key)
) STRICT;

-- The deletes of a row in its present life, also those that found it gone or did not hold; where deletes win, all that it ever had.  base: what its author had seen.
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
CREATE INDEX bsync_history_key ON bsync_history(table_no, key);

-- Inbox items that are not standing conflicts.  scope_no 0: no scope is known, only the operator sees it.
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
CREATE INDEX bsync_item_open ON bsync_item(counter) WHERE resolved_counter IS NULL;
CREATE INDEX bsync_item_row ON bsync_item(table_no, key) WHERE resolved_counter IS NULL;

-- The signature that holds the rows that hang on a root.
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
CREATE INDEX bsync_freeze_fork ON bsync_freeze(table_no, fork) WHERE has_fork <> 0;

-- Deletes of rows that can be frozen, and what undid them: who signs has seen some of them and others not.
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

-- kind 3 quarantined, 4 unplaced (as the verdicts).  behind: the seq it waits behind, 0 none.
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

-- The rows it touches: later changesets of the line that touch them wait behind it.
CREATE TABLE bsync_set_aside_row(
  line_no  INTEGER NOT NULL,
  table_no INTEGER NOT NULL,
  key      BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (line_no, table_no, key, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsync_set_aside_row_seq ON bsync_set_aside_row(line_no, seq);

-- The scopes an unplaced changeset waits for.
CREATE TABLE bsync_set_aside_scope(
  circle_no INTEGER NOT NULL,
  value     ANY NOT NULL,
  line_no   INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  PRIMARY KEY (circle_no, value, line_no, seq)
) STRICT, WITHOUT ROWID;

-- Receipts of a lost life that devices have shown, one row a changeset: its place in that life.  It counts when
-- changeset last_seq of the line, once the store has it, has last_hash.
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

-- Changesets (in bsync_set_aside) that wait for the end of the recovery, in the order in which they are tried.
CREATE TABLE bsync_kept(
  line_no INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  place   INTEGER NOT NULL,
  PRIMARY KEY (line_no, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsync_kept_place ON bsync_kept(place);

-- Where positions of a lost life are now: what an author had seen there at lost_counter is at or before counter.
CREATE TABLE bsync_moved(
  incarnation  INTEGER NOT NULL,
  lost_counter INTEGER NOT NULL,
  counter      INTEGER NOT NULL,
  PRIMARY KEY (incarnation, lost_counter)
) STRICT, WITHOUT ROWID;
