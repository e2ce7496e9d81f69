-- The device's own tables beside those of the schema.  What is always true of them: schema/STORAGE.md section 6.
-- A `key` is the canonical msgpack array of the row's key values (PROTOCOL 3.2).

-- Facts by name.  Those that start with "sync." change at every contact and are integers.
CREATE TABLE bsync_meta(
  name   TEXT PRIMARY KEY,
  value  ANY
) STRICT, WITHOUT ROWID;

-- The schema as it was applied, and the compression dictionary of each version that own changesets were sealed with.
CREATE TABLE bsync_schema_file(
  version  INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  sql      TEXT NOT NULL
) STRICT;
CREATE TABLE bsync_dictionary(
  version     INTEGER PRIMARY KEY,
  dictionary  BLOB NOT NULL
) STRICT;

-- Own changesets.  state 0 not sent or unanswered, 1 durable, 2 quarantined, 3 unplaced,
-- 4 given up.  unseen: something of it waits where the user does not see it; 1 it came in after access had ended, 2 it was not
-- taken; negative once the user has been told.  The hash stands before the body, so that the end of the chain is read
-- without it.  total: the sizes of this one and all before it.
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
CREATE INDEX bsync_outbox_set_aside ON bsync_outbox(state) WHERE state > 1;
CREATE INDEX bsync_outbox_unseen ON bsync_outbox(seq, unseen) WHERE unseen <> 0;

-- Rows with own edits that no pull has shown yet: `edits` says which changesets touch the row, on which base, and what the
-- server has there (client-sdk/store/pending.h).  is_met: the row shows the server's state, only while a pull is shown.
CREATE TABLE bsync_pending(
  tno     INTEGER NOT NULL,
  key     BLOB NOT NULL,
  is_met  INTEGER NOT NULL DEFAULT 0,
  edits   BLOB NOT NULL,
  PRIMARY KEY (tno, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsync_pending_met ON bsync_pending(is_met) WHERE is_met > 0;

-- Own key epochs, each the first and only one of its line; `opening` is the payload of the EPOCH message.
CREATE TABLE bsync_epoch(
  epoch      INTEGER PRIMARY KEY,
  suite      INTEGER NOT NULL,
  secret     BLOB NOT NULL,
  line       BLOB NOT NULL,
  first_seq  INTEGER NOT NULL,
  opening    BLOB NOT NULL
) STRICT;

-- Scopes that this device shows.  until_ms: when access to it ends; NULL: it has no end.  is_over: it has come, and nothing of
-- the scope is shown any more; the store has not said so yet.
CREATE TABLE bsync_scope(
  circle_no  INTEGER NOT NULL,
  value      ANY NOT NULL,
  until_ms   INTEGER,
  is_over    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (circle_no, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX bsync_scope_until ON bsync_scope(until_ms) WHERE until_ms IS NOT NULL;
CREATE INDEX bsync_scope_over ON bsync_scope(is_over) WHERE is_over > 0;

-- A pull that has not been shown yet: SCOPES and ROWS payloads in order, and how far each scope has come.
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

-- Faces (a bit each, by index) whose scope a row has left while another face keeps it here.
CREATE TABLE bsync_left(
  tno    INTEGER NOT NULL,
  key    BLOB NOT NULL,
  faces  INTEGER NOT NULL,
  PRIMARY KEY (tno, key)
) STRICT, WITHOUT ROWID;

-- Rows that a form shows, one row a form.  incarnation, counter: what it is based on; boot, opened_ms: when it opened, by uptime.  is_bare:
-- a pull has taken the row, and it is here as its key alone until the form closes; also, while a pull is shown: it was here before.
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
CREATE INDEX bsync_form_bare ON bsync_form(tno, key) WHERE is_bare > 0;

-- Standing versions of cells in conflict, n 0 the shown one.  counter_row: the row's position when they came;
-- is_resolved: an own changeset that is not shown yet has named them all; base: of a text, from what they went apart (n 0).
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

-- Inbox items that the store made; `cells` is an array of past values as in PROTOCOL 6.12.  is_done: this device has
-- closed it, whatever a pull still says.
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
CREATE INDEX bsync_item_scope ON bsync_item(circle_no, scope);

-- Replaced values: those that travelled here, and with device NULL those that an own edit replaced.  untold: written on this
-- device, and somebody chose another value in a conflict, which its user has not been told of; the id of that choice.
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
CREATE INDEX bsync_past_untold ON bsync_past(replaced_counter) WHERE untold IS NOT NULL;

-- Choices that the user has been told of, by id: a hash, which shows nothing of the row and stays when that goes, since it may
-- come back.
CREATE TABLE bsync_told(
  choice  BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Receipts as they came; those of a life that the store has lost are shown to it later.
CREATE TABLE bsync_receipt(
  last_seq     INTEGER NOT NULL,
  first_seq    INTEGER NOT NULL,
  incarnation  INTEGER NOT NULL,
  payload      BLOB NOT NULL,
  PRIMARY KEY (last_seq, first_seq, incarnation)
) STRICT, WITHOUT ROWID;

-- What this device asks the server of a row.  id: the token of the newest question; answer: the newest HISTORY, without the
-- values that were replaced, which are in bsync_past; NULL: none.  is_over: a pull has changed the row since.
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
CREATE UNIQUE INDEX bsync_asked_id ON bsync_asked(id);
CREATE INDEX bsync_asked_waiting ON bsync_asked(id) WHERE is_waiting;

-- Own changesets that the server set aside and that it is to try again, or that are given up.
CREATE TABLE bsync_retry(
  seq          INTEGER PRIMARY KEY,
  id           INTEGER NOT NULL,
  is_given_up  INTEGER NOT NULL
) STRICT;
