-- The registry: tables in which a schema says how each of its own tables is synced.
--
-- A schema's numbered files run on a database that has these tables.  They create STRICT tables and fill
-- these; `buurtsyncctl schema check DIR` checks the whole.  Numbers (`no`) travel instead of names: they
-- never change and never come back, so rows here are never deleted (but those of sync_circle_dep).

-- The schema itself: one row.
CREATE TABLE sync_schema(
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  name  TEXT NOT NULL               -- 'utrecht'
) STRICT;

-- Each synced table.
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

-- Each column of a synced table.
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

CREATE TRIGGER sync_column_number AFTER INSERT ON sync_column WHEN NEW.no IS NULL BEGIN
  UPDATE sync_column SET no = (SELECT coalesce(max(no), 0) + 1 FROM sync_column WHERE tbl = NEW.tbl)
   WHERE tbl = NEW.tbl AND name = NEW.name;
END;

-- The circles (kringen): who may hold what.  The queries bind :scope, the value that a face's scope
-- expression gives for a row.
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

-- "When a row of tbl changes, the members of these scopes of the circle are looked up again."  The query binds
-- :old_COLUMN and :new_COLUMN and gives a scope a row; a NULL is ignored.  Every table that a members or
-- writers query reads has a row here.
CREATE TABLE sync_circle_dep(
  circle  TEXT NOT NULL,
  tbl     TEXT NOT NULL,
  scopes  TEXT NOT NULL,
  PRIMARY KEY (circle, tbl)
) STRICT;

-- The faces of a table: which columns a circle gets, and of which rows.  A column in no face does not travel.
CREATE TABLE sync_face(
  no      INTEGER PRIMARY KEY,
  tbl     TEXT NOT NULL,
  name    TEXT NOT NULL,
  scope   TEXT NOT NULL,            -- an expression over the row's columns; NULL: the row is in no scope of this face
  circle  TEXT NOT NULL,
  columns TEXT NOT NULL,            -- '*', or names with commas between; the key is always in
  UNIQUE (tbl, name)
) STRICT;

-- What a signature freezes: the row of tbl whose column `state` somebody brought to one of the states `frozen`, with the
-- rows that hang on it, as its signer saw them.  What the signer had not seen goes to a copy, the fork (PROTOCOL 7.10).
CREATE TABLE sync_freeze(
  tbl      TEXT PRIMARY KEY,        -- its key is one BLOB
  state    TEXT NOT NULL,           -- a column of tbl of the rule order
  frozen   TEXT NOT NULL,           -- the states that mean signed, JSON: ["ondertekend", "vervangen"]; no state may lead out of them
  columns  TEXT NOT NULL,           -- of tbl, what does not change any more: '*', all but the key and `state`, or names with
                                    -- commas between; of the rules lww keep text role first max min
  fork     TEXT NOT NULL            -- the state of a copy: 'concept'
) STRICT;

-- The tables whose rows hang on that row, and are in a scope with it.
CREATE TABLE sync_freeze_child(
  root     TEXT NOT NULL,           -- tbl of sync_freeze
  tbl      TEXT NOT NULL,           -- its key is one BLOB
  parent   TEXT NOT NULL,           -- the column of tbl with the key of the row it hangs on; lww or first, and always frozen
  columns  TEXT NOT NULL,           -- as in sync_freeze
  PRIMARY KEY (root, tbl)
) STRICT;

-- Values that no two rows of a table should both have: all of `columns`, none of them NULL.  Nothing is refused for it: both
-- rows stand, and whoever holds both is asked to look (PROTOCOL 7.11).
CREATE TABLE sync_unique(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with these columns, in this order
  name     TEXT NOT NULL,
  columns  TEXT NOT NULL,           -- names with commas between; with the scope's column among them: unique in a scope
  unless   TEXT,                    -- names with commas between: a row that has one of these is left out; NULL: none is
  UNIQUE (tbl, name)
) STRICT;

-- Columns that name a row of another table by its key.  Nothing is refused for it: a row may come before the one that it
-- names, and that may be one that its reader does not hold.  Who deletes a row of which somebody else, unseen, makes use is
-- told, with all who hold both (PROTOCOL 7.12).
CREATE TABLE sync_reference(
  no       INTEGER PRIMARY KEY,
  tbl      TEXT NOT NULL,           -- with an index that begins with the column
  name     TEXT NOT NULL,           -- the column; its value was written, not put together
  parent   TEXT NOT NULL,           -- the table that it names a row of; its key is one column of the same type
  UNIQUE (tbl, name)
) STRICT;

-- Where the operator's acts (`team add`, `worker add`) write a row.
CREATE TABLE sync_directory(
  what          TEXT PRIMARY KEY,   -- 'organisation', 'team' or 'worker'
  tbl           TEXT NOT NULL,
  id            TEXT NOT NULL,      -- names of columns of tbl; NULL where it has none
  name          TEXT NOT NULL,
  team          TEXT,
  role          TEXT,
  organisation  TEXT
) STRICT;

-- What it means that one worker hands all work over to another (`worker handover`, `worker move --to`): each query gives rows of
-- tbl to write, its columns named as those of tbl.  With the key among them it changes those rows; without it, it makes one
-- new row each, with an id of the store.  It binds :from and :to, ids of workers, and :now, a time 'YYYY-MM-DD HH:MM:SS' (UTC).
-- All queries read what was there before.  A table has at most one query that changes rows.
CREATE TABLE sync_handover(
  no    INTEGER PRIMARY KEY,
  tbl   TEXT NOT NULL,
  rows  TEXT NOT NULL
) STRICT;
