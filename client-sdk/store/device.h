/* device.h: the device's file: domain tables, capture, outbox, what is pulled, the inbox.
 *
 * Tables and invariants: schema/STORAGE.md sections 5 and 6.  A `struct bsync_file` is one connection to that file; each
 * is used by one thread at a time, and a process may have several (the application's, the syncer's).  Only the
 * syncer's connection calls the functions under "Syncing".  Clocks and randomness come in through `bsync_surroundings`. */
#ifndef BSYNC_CLIENT_STORE_DEVICE_H
#define BSYNC_CLIENT_STORE_DEVICE_H

#include "core/changeset.h"
#include "core/inbox_item.h"
#include "core/keys.h"
#include "core/message.h"
#include "core/record_type.h"
#include "core/schema/compile.h"
#include "core/seal.h"

struct sqlite3;
struct sqlite3_stmt;
struct bsync_file;

/* What the device's surroundings give: randomness and clock readings. */
struct bsync_surroundings {
	struct bsync_random random;
	void (*clock)(void *context, struct bsync_clock_reading *reading);
	void *clock_context;
};

/* What enrolment brought: all that a new file needs. */
struct bsync_file_birth {
	const struct bsync_enrolled *enrolled;
	const struct bsync_schema_files *schema;
	struct bsync_bytes private_key; /* DER, of the device */
	const char *address;            /* HOST:PORT of the daemon */
};

/* Creates the file whole or not at all; BSYNC_EXISTS when it is there. */
BSYNC_CHECKED enum bsync_result bsync_file_create(const char *path, const struct bsync_file_birth *birth,
						  const struct bsync_surroundings *surroundings);
BSYNC_CHECKED enum bsync_result bsync_file_open(const char *path, const struct bsync_surroundings *surroundings,
						struct bsync_file **out);
void bsync_file_close(struct bsync_file *file);
/* Drops the scopes whose end has come by the time that the device knows of (PROTOCOL 5.3); `*dropped`: there were some.
 * bsync_file_open does so; who keeps the file open does it again and again. */
BSYNC_CHECKED enum bsync_result bsync_file_drop_ended(struct bsync_file *file, bool *dropped);
const char *bsync_file_error_text(const struct bsync_file *file);

struct bsync_file_identity {
	struct bsync_device_id device;
	struct bsync_worker_id worker;
	struct bsync_organisation_id organisation;
	char organisation_name[200], worker_name[200], address[262];
	struct bsync_bytes certificate, ca, private_key; /* DER; borrowed from the file */
	uint8_t seal_key[32];
};
const struct bsync_file_identity *bsync_file_identity(const struct bsync_file *file);
/* Borrowed until the next call, which may find that another connection has brought a newer schema. */
const struct bsync_schema *bsync_file_schema(const struct bsync_file *file);
BSYNC_CHECKED enum bsync_result bsync_file_set_address(struct bsync_file *file, const char *address);

/* --- The application's SQL (capture*.c, statement.c) --- */

/* Prepares one statement; `*tail` points behind it.  Refused by authorizer with BSYNC_MISUSE and a text: DROP/ALTER of synced
 * tables and ours, ATTACH, writes to bsync_/sync_ tables, PRAGMAs that would break capture. */
BSYNC_CHECKED enum bsync_result bsync_file_prepare(struct bsync_file *file, const char *sql, size_t size,
						   struct sqlite3_stmt **statement, const char **tail);
/* From now on a statement that changes or deletes rows of an append-only table is refused too.  The store refuses what comes of one
 * in any case: a device that does not ask for this learns it from its inbox. */
void bsync_file_keep_appended(struct bsync_file *file);
/* Steps it: BSYNC_OK with `*has_row`.  A writing statement outside a transaction gets one of its own (BEGIN IMMEDIATE);
 * BEGIN becomes BEGIN IMMEDIATE; a COMMIT seals what was captured into the outbox first, in the same SQLite
 * transaction, so both are durable or neither.  BSYNC_BUSY after the busy timeout (5 s), the transaction then untouched.
 * BSYNC_INVALID when SQLite refuses the SQL or a constraint fails, BSYNC_EXISTS when a key is taken; BSYNC_INVALID at
 * commit when a set or counter cannot hold what was written, BSYNC_TOO_LARGE when the transaction cannot travel in one
 * message (100 000 rows, about 1 MiB sealed): the transaction is then still open and can be rolled back. */
BSYNC_CHECKED enum bsync_result bsync_file_step(struct bsync_file *file, struct sqlite3_stmt *statement, bool *has_row);
/* Resets or frees a statement; ends a transaction that the step had opened for it. */
BSYNC_CHECKED enum bsync_result bsync_file_reset(struct bsync_file *file, struct sqlite3_stmt *statement);
BSYNC_CHECKED enum bsync_result bsync_file_finalize(struct bsync_file *file, struct sqlite3_stmt *statement);
/* All statements of `sql`, rows ignored. */
BSYNC_CHECKED enum bsync_result bsync_file_exec(struct bsync_file *file, const char *sql);
/* True once after a WELCOME that showed this file to be an older copy: it has begun a new line. */
bool bsync_file_take_restored(struct bsync_file *file);
/* True once after a WELCOME that showed this device's clock to be far off (core/stamp.h), when the one before it did not. */
bool bsync_file_take_clock(struct bsync_file *file);
/* True once after a commit that put something in the outbox: the syncer should look. */
bool bsync_file_take_committed(struct bsync_file *file);

/* Remembers the present cursor as the base of what the user now sees of this row, until edit_end; changes to the row carry it.  Written
 * down in a transaction, its own where none is open: a row that a pull takes stays for it as its bare key (form.h). */
BSYNC_CHECKED enum bsync_result bsync_file_edit_begin(struct bsync_file *file, const char *table,
						      const struct bsync_value *key, uint32_t key_count);
void bsync_file_edit_end(struct bsync_file *file, const char *table, const struct bsync_value *key, uint32_t key_count);
/* The base of everything the next transaction writes, instead of the cursor; {0,0} takes it back. */
void bsync_file_set_base(struct bsync_file *file, struct bsync_position base);

/* --- Status, inbox, history (status.c, inbox.c, past.c) --- */

struct bsync_file_status {
	uint64_t pending; /* changesets that are not durable on the server */
	uint64_t pending_bytes;
	int64_t oldest_pending_ms; /* 0 none */
	uint64_t quarantined, unplaced;
	uint64_t untold;    /* what bsync_file_chosen lists */
	uint64_t unseen;    /* what bsync_file_unseen lists */
	uint64_t not_taken; /* that, and what the user has been told of */
	struct bsync_position cursor;
	uint64_t last_seq, durable_seq;
	uint32_t incarnation;
	bool is_recovering; /* the server gathers what devices hold after a restore, and gives nothing yet */
	bool first_sync_done;
	int64_t last_push_ok_ms, last_pull_ok_ms, last_attempt_ms; /* server time where known */
	char last_error[200];                                      /* empty none */
	int64_t clock_drift_ms;                                    /* device wall minus server at the last contact */
	bool is_clock_off;                                         /* it is far off, and that has been told */
	int64_t restored_ms; /* server time when this file was seen to be an older copy of itself; 0 never */
	uint32_t schema_version;
};
BSYNC_CHECKED enum bsync_result bsync_file_status(struct bsync_file *file, struct bsync_file_status *status);
/* How many open inbox items of every kind concern the user.  Looks for rows that clash, which is more work than all of the status. */
BSYNC_CHECKED enum bsync_result bsync_file_items_open(struct bsync_file *file, uint64_t *count);

/* Column `state` of bsync_outbox (STORAGE 5). */
enum bsync_outbox_state {
	BSYNC_OUTBOX_WAITING = 0,
	BSYNC_OUTBOX_DURABLE = 1,
	BSYNC_OUTBOX_QUARANTINED = 2,
	BSYNC_OUTBOX_UNPLACED = 3,
	BSYNC_OUTBOX_GIVEN_UP = 4, /* it was set aside, and its author wants it no more */
};

struct bsync_pending_row {
	uint64_t seq;
	int64_t made_ms;
	size_t size;
	enum bsync_outbox_state state;
	const char *reason;
	bool is_late;       /* listed by bsync_file_unseen as it came in after access had ended */
	const char *tables; /* comma-separated names */
};
BSYNC_CHECKED enum bsync_result bsync_file_pending(struct bsync_file *file,
						   bool (*row)(void *context, const struct bsync_pending_row *row),
						   void *context);

/* Own changesets of which something was not taken and waits where the user does not see it: it came in after access to it had
 * ended, or the user may not write there.  Nothing more is heard of it here.  Listed until the user has been told. */
BSYNC_CHECKED enum bsync_result bsync_file_unseen(struct bsync_file *file,
						  bool (*row)(void *context, const struct bsync_pending_row *row),
						  void *context);
/* The user has been told of those up to `seq`. */
BSYNC_CHECKED enum bsync_result bsync_file_unseen_told(struct bsync_file *file, uint64_t seq);

struct bsync_json;
/* Writes own changeset `seq` as an object of core/schema/changeset_json.h; BSYNC_NOT_FOUND when the outbox has none. */
BSYNC_CHECKED enum bsync_result bsync_file_changeset_json(struct bsync_file *file, uint64_t seq,
							  struct bsync_json *json);

/* Calls `row` for each item that waits. */
BSYNC_CHECKED enum bsync_result bsync_file_inbox(struct bsync_file *file,
						 bool (*row)(void *context, const struct bsync_inbox_item *item),
						 void *context);
/* NONE: of another item than a conflict, what was handed in is left aside and what stands is kept. */
enum bsync_take { BSYNC_TAKE_NUMBER, BSYNC_TAKE_MINE, BSYNC_TAKE_THEIRS, BSYNC_TAKE_VALUE, BSYNC_TAKE_NONE };
/* Resolves a conflict as an ordinary local transaction that names every version the item showed; of another item all cells
 * are written together.  BSYNC_CHANGED when the item is no longer what stands, BSYNC_INVALID when the choice is none of the
 * item's or mine or theirs is ambiguous, BSYNC_MISUSE when what is chosen could not stand by the rule of a column, or the
 * row is not here: the item then stays open, and the text says why. */
BSYNC_CHECKED enum bsync_result bsync_file_resolve(struct bsync_file *file, const uint8_t id[16], enum bsync_take take,
						   uint32_t number, const struct bsync_value *value);

struct bsync_past_row {
	const char *column;
	const struct bsync_past *past;
	const char *author_name;
	bool stands;
};
/* What this device knows of a row's past and present values, oldest first. */
BSYNC_CHECKED enum bsync_result bsync_file_history(struct bsync_file *file, const char *table,
						   const struct bsync_value *key, uint32_t key_count,
						   bool (*row)(void *context, const struct bsync_past_row *row),
						   void *context);

/* What the user wrote here, and somebody chose against in a conflict (chosen.c). */
struct bsync_chosen {
	const struct bsync_table *table;
	uint32_t column; /* index */
	uint32_t key_count;
	const struct bsync_value *key;
	struct bsync_past past;
	const char *chooser_name;        /* NULL: not known */
	const struct bsync_value *shown; /* the row shows this now; NULL: it is not here */
};
/* Lists those that the user has not been told of, in the order of the choices. */
BSYNC_CHECKED enum bsync_result bsync_file_chosen(struct bsync_file *file,
						  bool (*row)(void *context, const struct bsync_chosen *chosen),
						  void *context);
/* The user has been told of those replaced at or before `counter`. */
BSYNC_CHECKED enum bsync_result bsync_file_chosen_told(struct bsync_file *file, uint64_t counter);

/* A colleague, or another device of the same worker. */
struct bsync_own_holder {
	struct bsync_worker_id worker;
	const char *name; /* NULL: not known */
};

/* An own transaction that touches a row, and how far it has come. */
struct bsync_own_row {
	uint64_t seq;
	enum bsync_outbox_state state;
	bool is_sent; /* while it waits: a contact gave it to the network and ended without an answer, so it may have come in */
	int64_t made_ms, stamp_ms;
	uint64_t counter; /* its position, 0 none */
	enum bsync_verdict verdict;
	const char *reason;
	int64_t asked_ms; /* server time when the server last told who has it; 0 never */
	uint32_t holder_count;
	const struct bsync_own_holder *holders; /* whose devices had it then */
};
/* Own transactions that touch the row, newest first, among the newest 10 000. */
BSYNC_CHECKED enum bsync_result bsync_file_own(struct bsync_file *file, const char *table,
					       const struct bsync_value *key, uint32_t key_count,
					       bool (*row)(void *context, const struct bsync_own_row *row),
					       void *context);

/* --- Asking the server (asked.c) --- */

/* Asks for all values of a row and for whose devices have it: of this the histories and own transactions tell above, once it is
 * answered.  BSYNC_MISUSE inside a transaction. */
BSYNC_CHECKED enum bsync_result bsync_file_ask(struct bsync_file *file, const char *table,
					       const struct bsync_value *key, uint32_t key_count);
/* Has the server try own changeset `seq` again, or tells it that this is given up; BSYNC_NOT_FOUND when it is not set aside. */
BSYNC_CHECKED enum bsync_result bsync_file_retry(struct bsync_file *file, uint64_t seq, bool is_given_up);
/* The syncer's: says whether questions up to `*last_id` still wait for an answer; where none does, appends frames with the
 * next ones, at most a few, and sets `*last_id`. */
BSYNC_CHECKED enum bsync_result bsync_file_questions(struct bsync_file *file, uint64_t *last_id,
						     struct bsync_buffer *frames, bool *is_waiting);
/* The syncer's: keeps a HISTORY payload. */
BSYNC_CHECKED enum bsync_result bsync_file_answer(struct bsync_file *file, struct bsync_bytes payload);

/* --- Syncing (outbox.c, receipts.c, pull*.c): the syncer's connection only --- */

/* Fills a HELLO (arrays from `arena`) and the last key epoch the server is known to have; records the attempt. */
BSYNC_CHECKED enum bsync_result bsync_file_hello(struct bsync_file *file, struct bsync_arena *arena,
						 struct bsync_hello *hello, uint32_t *known_epoch);
/* Records an authenticated WELCOME: clock anchor, drift, incarnation.  BSYNC_CHANGED, of this and of
 * bsync_file_receipts: all of it is kept, and the session is at its end, as the next one speaks of another line. */
BSYNC_CHECKED enum bsync_result bsync_file_welcome(struct bsync_file *file, const struct bsync_welcome *welcome);
/* Appends EPOCH frames for epochs the store may lack (above `known_epoch`) and PUSH frames with changesets after `after_seq`
 * up to about `budget` bytes, all sealed long since; says what the last seq is and whether more wait. */
BSYNC_CHECKED enum bsync_result bsync_file_outgoing(struct bsync_file *file, uint64_t after_seq, uint32_t known_epoch,
						    size_t budget, struct bsync_buffer *frames, uint64_t *last_seq,
						    bool *has_more);
BSYNC_CHECKED enum bsync_result bsync_file_receipts(struct bsync_file *file, struct bsync_bytes payload);
/* Takes a SCHEMA: tables and columns that are new are there from then on.  BSYNC_SCHEMA when it does not compile here: the file
 * goes on as it is.  BSYNC_CHANGED: it is taken, and the session is at its end, as the next pull begins at nothing, for what was
 * passed over. */
BSYNC_CHECKED enum bsync_result bsync_file_schema_files(struct bsync_file *file, struct bsync_bytes payload);
/* A pull: SCOPES and ROWS are kept (in memory while small or fast, else staged in the file); PULL_END shows all of it
 * in one transaction and moves the cursor.  `*shown` tells whether anything on screen changed.  BSYNC_CHANGED:
 * another contact is to bring what this device has dropped by itself; what that happened under is not shown. */
BSYNC_CHECKED enum bsync_result bsync_file_scopes(struct bsync_file *file, struct bsync_bytes payload);
BSYNC_CHECKED enum bsync_result bsync_file_rows(struct bsync_file *file, struct bsync_bytes payload);
BSYNC_CHECKED enum bsync_result bsync_file_pull_end(struct bsync_file *file, struct bsync_bytes payload, bool *shown);
/* The connection was cut: what was kept in memory of an unfinished pull is staged or forgotten. */
void bsync_file_pull_cut(struct bsync_file *file);
/* How much of it is worth staging then; 64 KiB when it is not said.  Less is asked of the server again. */
void bsync_file_stage_from(struct bsync_file *file, size_t size);
BSYNC_CHECKED enum bsync_result bsync_file_record_error(struct bsync_file *file, const char *text);
/* A contact has ended that gave the network own changesets up to `last_seq`; it does nothing where all of them are answered. */
BSYNC_CHECKED enum bsync_result bsync_file_record_sent(struct bsync_file *file, uint64_t last_seq);

#endif
