/* buurtsync.h: ordinary SQL on a local file, synced in the background.
 *
 * Threads: a client may be used from any thread; its calls are serialised inside.  A statement belongs to one thread
 * at a time, and a transaction to the thread that began it: SQL of another thread waits for its end, at most five
 * seconds (BSYNC_E_BUSY).  No callback exists: events are pulled, so nothing of yours ever runs under a lock of ours.
 * Ownership: `_open` and `_prepare` hand you an object that you free; text and blobs got from a statement are borrowed
 * until the next call on that statement; what you pass in is copied.  Texts are UTF-8.
 * Times are milliseconds since 1970 (UTC); 0 is never.
 * Errors: functions return 0 or a negative BSYNC_E_ code; the optional `error` is yours and is filled on failure.
 * A handle is unusable in a forked child (BSYNC_E_MISUSE); all descriptors close on exec.  The library installs no signal
 * handlers, its thread takes no signals, and it never calls exit. */
#ifndef BUURTSYNC_H
#define BUURTSYNC_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define BSYNC_API __attribute__((visibility("default")))
#define BSYNC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define BSYNC_API
#define BSYNC_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BSYNC_VERSION_MAJOR 0
#define BSYNC_VERSION_MINOR 1
#define BSYNC_VERSION_PATCH 0
#define BSYNC_VERSION_NUMBER 100 /* major * 10000 + minor * 100 + patch */

/* The version of the library that runs, as BSYNC_VERSION_NUMBER; its text. */
BSYNC_API int bsync_version(void);
BSYNC_API const char *bsync_version_text(void);

/* What a call can fail with. */
enum bsync_code {
	BSYNC_DONE = 0, /* success; a stepped statement has no more rows */
	BSYNC_ROW = 1,  /* a stepped statement has a row */
	BSYNC_E_MEMORY = -1,
	BSYNC_E_MISUSE = -2,  /* the call is not allowed here, or an argument is not valid */
	BSYNC_E_STORAGE = -3, /* the local file cannot be read or written */
	BSYNC_E_FULL = -4,    /* the disk is full */
	BSYNC_E_BUSY = -5,    /* another connection held the file for longer than the busy timeout */
	BSYNC_E_SQL = -6,     /* SQLite refuses the statement */
	BSYNC_E_NETWORK = -7, /* the server cannot be reached */
	BSYNC_E_TLS = -8,     /* the server's or the device's certificate is not accepted */
	BSYNC_E_SERVER = -9,  /* the server refuses, with a reason */
	BSYNC_E_TIMEOUT = -10,
	BSYNC_E_KEY = -11,
	BSYNC_E_EXISTS = -12,
	BSYNC_E_NOT_FOUND = -13,
	BSYNC_E_CHANGED = -14, /* it has changed meanwhile: look again */
	BSYNC_E_NEWER = -15,   /* the file was written by a newer version */
	BSYNC_E_CODE = -16,    /* the enrolment code is wrong, used or expired */
	BSYNC_E_LOCAL = -17,   /* something else on this machine failed; see the text */
	BSYNC_E_RULE = -18     /* what was chosen could not stand by the rule of its column */
};

/* Caller-owned; zero it or not, it is written only on failure. */
struct bsync_error {
	int code;        /* enum bsync_code */
	int system_code; /* of SQLite, the system or TLS; 0 none */
	char text[400];  /* what, why, what to do; English */
};

/* A static name ("BSYNC_E_BUSY") and a static text; never NULL. */
BSYNC_API const char *bsync_code_name(int code);
BSYNC_API const char *bsync_code_text(int code);

struct bsync_client;
struct bsync_statement;

/* --- Begin and end --- */

/* Enrols this device with a one-time code: makes its key, gets its certificate, creates `directory` (mode 0700) with its
 * file.  All or nothing.  `server` ("HOST:PORT") overrides the address in the code, or is NULL.  Blocks on the network, at
 * most `timeout_ms`.  BSYNC_E_CODE (wrong, used or expired), BSYNC_E_EXISTS (an enrolled device is there),
 * BSYNC_E_NETWORK or BSYNC_E_TIMEOUT (no server), BSYNC_E_TLS (a server, but not the one the code is of), BSYNC_E_LOCAL. */
BSYNC_API BSYNC_MUST_CHECK int bsync_enrol(const char *directory, const char *code, const char *server, int timeout_ms,
					   struct bsync_error *error);

/* Opens the file of an enrolled device.  Touches no network until bsync_start, bsync_fd or bsync_sync.  Several processes
 * may open one directory; one of them syncs for all.  BSYNC_E_NOT_FOUND when no device is there, BSYNC_E_NEWER,
 * BSYNC_E_STORAGE. */
BSYNC_API BSYNC_MUST_CHECK int bsync_open(const char *directory, struct bsync_client **client,
					  struct bsync_error *error);
/* Stops the syncing and closes; NULL is allowed.  No other call may be under way.  A statement that was not finalized
 * becomes useless and must still be. */
BSYNC_API void bsync_close(struct bsync_client *client);

/* --- SQL --- */

/* Prepares the first statement of `sql` (`size` bytes, or (size_t)-1 for NUL-terminated); `*tail`, when asked for, points
 * behind it into `sql`.  `*statement` is NULL when there is none, as in a comment.  BSYNC_E_SQL with SQLite's words;
 * BSYNC_E_MISUSE for what would break syncing: DROP and ALTER of synced tables, ATTACH, our own tables; and for an UPDATE, an
 * upsert or a DELETE of an append-only table: a correction there is a new row that names the one it corrects. */
BSYNC_API BSYNC_MUST_CHECK int bsync_prepare(struct bsync_client *client, const char *sql, size_t size,
					     struct bsync_statement **statement, const char **tail,
					     struct bsync_error *error);
/* Parameters count from 1 and keep their value over bsync_reset; text and blobs are copied.  BSYNC_E_MISUSE when there is
 * no such parameter, the text is not UTF-8, or the statement stands at a row. */
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_null(struct bsync_statement *statement, int parameter);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_integer(struct bsync_statement *statement, int parameter, int64_t value);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_real(struct bsync_statement *statement, int parameter, double value);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_text(struct bsync_statement *statement, int parameter, const char *text,
					       size_t size);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_blob(struct bsync_statement *statement, int parameter, const void *blob,
					       size_t size);
/* The number of a named parameter (":naam"), 0 when there is none. */
BSYNC_API int bsync_parameter(struct bsync_statement *statement, const char *name);
/* BSYNC_ROW, BSYNC_DONE or an error: BSYNC_E_SQL, BSYNC_E_BUSY (step again later), BSYNC_E_FULL.  A writing statement outside a
 * transaction is one of its own; BEGIN takes the write lock at once, so that COMMIT does not fail for it.  When a COMMIT or a writing statement outside a transaction returns BSYNC_DONE,
 * what it wrote is durable on this device and in the outbox. */
BSYNC_API BSYNC_MUST_CHECK int bsync_step(struct bsync_statement *statement, struct bsync_error *error);
/* Makes the statement ready to run again, and ends what it read. */
BSYNC_API int bsync_reset(struct bsync_statement *statement, struct bsync_error *error);
/* Frees the statement; NULL is allowed. */
BSYNC_API void bsync_finalize(struct bsync_statement *statement);

enum bsync_type {
	BSYNC_TYPE_NULL = 0,
	BSYNC_TYPE_INTEGER = 1,
	BSYNC_TYPE_REAL = 2,
	BSYNC_TYPE_TEXT = 3,
	BSYNC_TYPE_BLOB = 4
};
/* Columns count from 0; names, text and blobs are borrowed until the next step, reset or finalize.  `size` may be NULL.  A
 * column that is not there reads as NULL. */
BSYNC_API int bsync_column_count(struct bsync_statement *statement);
BSYNC_API const char *bsync_column_name(struct bsync_statement *statement, int column);
BSYNC_API int bsync_column_type(struct bsync_statement *statement, int column);
BSYNC_API int64_t bsync_column_integer(struct bsync_statement *statement, int column);
BSYNC_API double bsync_column_real(struct bsync_statement *statement, int column);
BSYNC_API const char *bsync_column_text(struct bsync_statement *statement, int column, size_t *size);
BSYNC_API const void *bsync_column_blob(struct bsync_statement *statement, int column, size_t *size);

/* Runs every statement of `sql` (NUL-terminated) until one fails; rows are dropped. */
BSYNC_API BSYNC_MUST_CHECK int bsync_exec(struct bsync_client *client, const char *sql, struct bsync_error *error);
/* Makes a 16-byte time-ordered id for a new row; uuid() in SQL does the same, me() gives the worker's id. */
BSYNC_API BSYNC_MUST_CHECK int bsync_uuid(struct bsync_client *client, uint8_t id[16]);

/* A row is named by one word: the columns of its primary key in key order with "/" between them; a blob as hex digits, an
 * integer in digits, text as it is with "/", "%" and control characters written as %XX.  The lists below write it so. */

/* Says that a form now shows this row: changes to it are measured against what is there now, until
 * bsync_edit_end, whatever is pulled meanwhile.  Where a pull takes the row away (a colleague deletes it, access ends), it
 * stays until then as its key, the other columns NULL: an UPDATE is handed in like any other, and is off the screen at
 * once.  Such a row is in every list of its table until the form is closed, and an UPDATE of many rows (WHERE text IS NULL)
 * that meets it is a save too: name rows by their keys, and close forms.  That a form is open is written to the file; where
 * that cannot be done (another process writes, the disk is full) its base holds all the same, but a pull may take its row.
 * Inside a transaction it holds when that is committed.  After a day, or a boot, a form is over: begin the edit again.  What is
 * signed from an open form is what stood when it was opened: begin the edit again before you show what is to be signed. */
BSYNC_API BSYNC_MUST_CHECK int bsync_edit_begin(struct bsync_client *client, const char *table, const char *row,
						struct bsync_error *error);
BSYNC_API void bsync_edit_end(struct bsync_client *client, const char *table, const char *row);
/* The base of everything that transactions write from now on, as "INCARNATION.COUNTER" (the cursor in the status that
 * was on screen); NULL takes it back: the base is then the cursor when a transaction begins. */
BSYNC_API BSYNC_MUST_CHECK int bsync_set_base(struct bsync_client *client, const char *position,
					      struct bsync_error *error);

/* --- Syncing --- */

/* Three ways to run, one code: a thread of ours (bsync_start), your loop (bsync_fd …), or by hand (bsync_sync).  While
 * another process of this device syncs, this one leaves it to that, and takes over when that ends. */

/* Starts the thread; it connects, and keeps trying for ever.  0 also when it runs already. */
BSYNC_API BSYNC_MUST_CHECK int bsync_start(struct bsync_client *client, struct bsync_error *error);
/* Stops the thread and waits for it, at most a few seconds. */
BSYNC_API void bsync_stop(struct bsync_client *client);

/* For your own loop: a descriptor that is readable when bsync_dispatch has something to do; -1 when the thread runs or the
 * file cannot be opened (an error event says why).  The first call starts the syncing.  It stays the same. */
BSYNC_API int bsync_fd(struct bsync_client *client);
/* Milliseconds after which bsync_dispatch is due even when nothing is readable; -1: none.  Ask again after each dispatch. */
BSYNC_API int bsync_timeout(struct bsync_client *client);
/* Does what is to be done now; does not wait for the network. */
BSYNC_API BSYNC_MUST_CHECK int bsync_dispatch(struct bsync_client *client, struct bsync_error *error);

/* The barrier: returns 0 only when everything committed before the call is durable on the server and everything the
 * server had for this device when it was asked is here.  What the server set aside (quarantined, unplaced) is durable there
 * and counts; the status shows it.  Waits at most `timeout_ms` and tries again meanwhile: BSYNC_E_TIMEOUT says what is still
 * to be handed in and how the last contact ended.  Ends at once for what a person must mend: BSYNC_E_SERVER (revoked,
 * suspended, another organisation) and BSYNC_E_TLS.  Works with or without bsync_start, and while another process
 * of this device syncs.  Other threads can go on using the client. */
BSYNC_API BSYNC_MUST_CHECK int bsync_sync(struct bsync_client *client, int timeout_ms, struct bsync_error *error);

/* --- Events --- */

enum bsync_event_kind {
	BSYNC_EVENT_NONE = 0,
	BSYNC_EVENT_STATUS = 1,     /* the status has changed */
	BSYNC_EVENT_ROWS = 2,       /* rows of others have been shown */
	BSYNC_EVENT_INBOX = 3,      /* what concerns the user in the inbox has changed */
	BSYNC_EVENT_SCOPE_LEFT = 4, /* a scope left this device */
	BSYNC_EVENT_ERROR = 5,      /* a contact failed; see the text */
	BSYNC_EVENT_RESTORED = 6,   /* the file is an older copy of itself: what it had lost comes back by itself */
	BSYNC_EVENT_CLOCK = 7,  /* this device's clock is ten minutes off, or more; told once until it is right again */
	BSYNC_EVENT_CHOSEN = 8, /* somebody chose against what was written here: bsync_chosen_json */
	BSYNC_EVENT_UNSEEN = 9  /* what was written here was not taken and waits where the user does not see it:
	                           bsync_unseen_json */
};
struct bsync_event {
	size_t struct_size; /* set by BSYNC_EVENT_INIT */
	int kind;           /* enum bsync_event_kind */
	char text[200];
};
#define BSYNC_EVENT_INIT                                      \
	{                                                     \
		sizeof(struct bsync_event), BSYNC_EVENT_NONE, \
		{                                             \
			0                                     \
		}                                             \
	}
/* Takes the next event: 1 when there was one, 0 when none waits. */
BSYNC_API int bsync_event_next(struct bsync_client *client, struct bsync_event *event);

/* --- Status --- */

/* Times in milliseconds since 1970, 0 never. */
struct bsync_status {
	size_t struct_size; /* set by BSYNC_STATUS_INIT */
	char state[16];   /* "up-to-date", "pending", "offline", "blocked", "never-synced", "recovering" (the server was
	                          * restored from a backup and gathers what devices hold: nothing comes back yet) */
	char reason[200]; /* why, for a person; empty when there is nothing to say */
	int first_sync_done;     /* 1 once everything due to this device has been here */
	int64_t pending_changes; /* transactions that are not durable on the server */
	int64_t pending_bytes;
	int64_t oldest_pending_at;
	int64_t quarantined;    /* set aside by the server as a whole, with a reason */
	int64_t unplaced;       /* kept by the server until their scope is known there */
	int64_t conflicts_open; /* open items in the inbox that concern the user, of every kind */
	int64_t last_push_ok, last_pull_ok, last_attempt;
	int64_t next_attempt;   /* 0 while connected or when nothing syncs */
	char last_error[200];   /* of the last contact; empty when it went well */
	int64_t clock_drift_ms; /* this device's clock minus the server's, at the last contact */
	char cursor[32];        /* "INCARNATION.COUNTER": everything up to there is here */
	int connected;          /* 1 while a contact with the server stands */
	int syncing;            /* 1 while a process of this device keeps it in step */
	int64_t storage_free;   /* bytes; -1 unknown */
	int64_t server_epoch;   /* which life of the server's store this device knows */
	int64_t schema_version;
	char device[33], worker[33]; /* ids as hex */
	char worker_name[200], organisation_name[200];
	char server[264];    /* HOST:PORT */
	int64_t restored_at; /* when this file was seen to be an older copy of itself, put back from an image; 0 never */
	int64_t not_taken;   /* transactions that bsync_unseen_json lists or has listed */
};
#define BSYNC_STATUS_INIT                                                                                           \
	{                                                                                                           \
		sizeof(struct bsync_status), {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, 0, {0}, 0, 0, 0, 0, 0, \
			{0}, {0}, {0}, {0}, {0}, 0, 0                                                               \
	}
/* Computed from the stored rows, and the contact from whoever syncs.  Never says "up-to-date" while a committed change
 * is not on the server. */
BSYNC_API BSYNC_MUST_CHECK int bsync_status(struct bsync_client *client, struct bsync_status *status,
					    struct bsync_error *error);

/* --- Inbox, history, pending: each gives JSON lines, one object a line, as a text that you free with bsync_free --- */

/* Open items: id, kind, table, row, cells, rules, base, reason, author, author_name, row_exists, shown, concerns, is_yours, variants (n,
 * cell, value, author, author_name, device_time, server_time).  Everybody who holds the row has the item and may resolve it: show a
 * user those with is_yours, and the others on demand.  concerns lists worker and name; null: everybody who has it.  n is what
 * bsync_resolve takes: of a conflict the versions that stand; else 1 is what stands and 2, in every cell, what was handed in, or 1
 * where the row does not exist. */
BSYNC_API BSYNC_MUST_CHECK int bsync_inbox_json(struct bsync_client *client, char **text, struct bsync_error *error);
/* Transactions that are not durable on the server: seq, made_at, size, state, tables, reason. */
BSYNC_API BSYNC_MUST_CHECK int bsync_pending_json(struct bsync_client *client, char **text, struct bsync_error *error);
/* Transactions that the server has set aside: the same fields; state is "quarantined" or "unplaced". */
BSYNC_API BSYNC_MUST_CHECK int bsync_quarantine_json(struct bsync_client *client, char **text,
						     struct bsync_error *error);
/* One transaction of this device in full, as one object: the fields of the list above where it is in one, and `changeset` with
 * schema_version, device_time, base and changes (table, table_no, kind, row, key, cells).  For a person who must judge what was
 * set aside.  BSYNC_E_NOT_FOUND when this device has set nothing aside under `seq`. */
BSYNC_API BSYNC_MUST_CHECK int bsync_quarantine_export_json(struct bsync_client *client, int64_t seq, char **text,
							    struct bsync_error *error);
/* Has the server try transaction `seq` again, which it has set aside, and syncs, but ends at once when the server cannot be reached.  0 when it has been
 * applied, or with a `timeout_ms` of 0; BSYNC_E_RULE when it is set aside still, with the reason; BSYNC_E_NOT_FOUND when it is not
 * set aside here. */
BSYNC_API BSYNC_MUST_CHECK int bsync_quarantine_retry(struct bsync_client *client, int64_t seq, int timeout_ms,
						      struct bsync_error *error);
/* Gives up transaction `seq`, which the server has set aside: to write the same anew, in another way.  The server keeps it for its
 * operator, and no later transaction waits behind it; the list of the quarantine no longer shows it.  Carried out at the next
 * contact.  BSYNC_E_NOT_FOUND as above. */
BSYNC_API BSYNC_MUST_CHECK int bsync_quarantine_give_up(struct bsync_client *client, int64_t seq,
							struct bsync_error *error);
/* Asks the server for all values that a row has had and for whose devices have it, and waits for the answer: the history and the
 * receipts of the row tell of it from then on, also without a connection, until the row or a scope leaves this device.  Where nothing
 * syncs this device the contact is for the question alone: nothing is handed in and no row changes.  Ends at once when the server
 * cannot be reached, and at the latest after `timeout_ms`: with bsync_sync's codes, and the question then goes with the next
 * contact.  0 asks without waiting. */
BSYNC_API BSYNC_MUST_CHECK int bsync_row_fetch(struct bsync_client *client, const char *table, const char *row,
					       int timeout_ms, struct bsync_error *error);
/* The row's values, replaced and standing, oldest first, as far as this device knows them: column, value, author,
 * author_name, device_time, server_time, position, stands, replaced_at_position, replaced_by.  Of most columns older values are
 * on the server alone until bsync_row_fetch. */
BSYNC_API BSYNC_MUST_CHECK int bsync_history_json(struct bsync_client *client, const char *table, const char *row,
						  char **text, struct bsync_error *error);
/* How far this device's own transactions on the row have come, newest first: seq, made_at, state ("on-device"; "sent": the
 * connection ended before the server answered, so it may be there; "on-server", "quarantined", "unplaced", "given-up"), position,
 * server_time, verdict, reason, devices_of (worker, name of those whose devices have all of it that they may have) and as_of, the
 * time when the server told that; both null before bsync_row_fetch. */
BSYNC_API BSYNC_MUST_CHECK int bsync_receipts_json(struct bsync_client *client, const char *table, const char *row,
						   char **text, struct bsync_error *error);
/* What was written on this device and against which a colleague chose in a conflict, as long as nobody said that the user was told:
 * table, row, column, value, device_time, server_time, chosen_by, chosen_by_name, shown (what the row says now, null when it is not
 * here), position (of the choice).  The value itself stays in the history. */
BSYNC_API BSYNC_MUST_CHECK int bsync_chosen_json(struct bsync_client *client, char **text, struct bsync_error *error);
/* The user has been told of all that was chosen up to `position`, as listed. */
BSYNC_API BSYNC_MUST_CHECK int bsync_chosen_told(struct bsync_client *client, int64_t position,
						 struct bsync_error *error);
/* Transactions of this device of which something was not taken and waits where the user does not see it: it came in after access to
 * it had ended (kind "late"), or the user may not write it (kind "refused").  It is no longer on this device, and nothing more is
 * heard of it here.  As long as nobody said that the user was told: seq, made_at, tables, kind, reason. */
BSYNC_API BSYNC_MUST_CHECK int bsync_unseen_json(struct bsync_client *client, char **text, struct bsync_error *error);
/* The user has been told of all up to `seq`, as listed. */
BSYNC_API BSYNC_MUST_CHECK int bsync_unseen_told(struct bsync_client *client, int64_t seq, struct bsync_error *error);
BSYNC_API void bsync_free(void *text);
/* Resolves the inbox item `id` (32 hex digits) by `take`: "1", "2", …, "mine", "theirs", or "none" (of another item than a
 * conflict: what was handed in is left aside); or, with `take` NULL, by `value` (digits for a number, hex for a blob).  An
 * ordinary transaction that names every version the item shows.  BSYNC_E_CHANGED when it is no longer what stands: look
 * again.  BSYNC_E_RULE when what is chosen could not stand: the item stays open. */
BSYNC_API BSYNC_MUST_CHECK int bsync_resolve(struct bsync_client *client, const char *id, const char *take,
					     const char *value, struct bsync_error *error);

#ifdef __cplusplus
}
#endif

#endif
