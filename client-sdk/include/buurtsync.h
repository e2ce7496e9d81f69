/* buurtsync.h: ordinary SQL on a local file, synced in the background.
 *
 * Threads: a client may be used from any thread; its calls are serialised inside.  A statement belongs to one thread
 * at a time.  No callback exists: events are pulled, so nothing of yours ever runs under a lock of ours.
 * Ownership: `_open`/`_prepare` hand you an object that you free; text and blobs got from a statement or an
 * output structure are borrowed until the next call on that object.  Times are milliseconds since 1970 (UTC).
 * Errors: functions return 0 or a negative BSYNC_E… code; the optional `error` is yours and is filled on failure.
 * A handle is unusable in a forked child.  The library installs no signal handlers and never calls exit. */
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
	BSYNC_DONE = 0,        /* success; a stepped statement has no more rows */
	BSYNC_ROW = 1,         /* a stepped statement has a row */
	BSYNC_E_MEMORY = -1,
	BSYNC_E_MISUSE = -2,   /* the call is not allowed here, or an argument is not valid */
	BSYNC_E_STORAGE = -3,  /* the local file cannot be read or written */
	BSYNC_E_FULL = -4,     /* the disk is full */
	BSYNC_E_BUSY = -5,     /* another connection held the file for longer than the busy timeout */
	BSYNC_E_SQL = -6,      /* SQLite refuses the statement */
	BSYNC_E_NETWORK = -7,  /* the server cannot be reached */
	BSYNC_E_TLS = -8,      /* the server's or the device's certificate is not accepted */
	BSYNC_E_SERVER = -9,   /* the server refuses, with a reason */
	BSYNC_E_TIMEOUT = -10,
	BSYNC_E_KEY = -11,
	BSYNC_E_EXISTS = -12,
	BSYNC_E_NOT_FOUND = -13,
	BSYNC_E_CHANGED = -14, /* it has changed meanwhile: look again */
	BSYNC_E_NEWER = -15,   /* the file was written by a newer version */
	BSYNC_E_CODE = -16,    /* the enrolment code is wrong, used or expired */
	BSYNC_E_LOCAL = -17    /* something else on this machine failed; see the text */
};

/* Caller-owned; zero it or not, it is written only on failure. */
struct bsync_error {
	int code;          /* enum bsync_code */
	int system_code;   /* of SQLite, the system or TLS; 0 none */
	char text[400];    /* what, why, what to do; English */
};

/* A static name ("BSYNC_E_BUSY") and a static text; never NULL. */
BSYNC_API const char *bsync_code_name(int code);
BSYNC_API const char *bsync_code_text(int code);

struct bsync_client;
struct bsync_statement;

/* --- Begin and end --- */

/* Enrols this device with a one-time code: makes its key, gets its certificate, creates `directory` (mode 0700) with its file.
 * `server` overrides the address in the code, or is NULL.  Blocks on the network, at most `timeout_ms`. */
BSYNC_API BSYNC_MUST_CHECK int bsync_enrol(const char *directory, const char *code, const char *server, int timeout_ms,
                                           struct bsync_error *error);

/* Opens the store of an enrolled device.  Touches no network until bsync_start, bsync_sync or bsync_run_once. */
BSYNC_API BSYNC_MUST_CHECK int bsync_open(const char *directory, struct bsync_client **client, struct bsync_error *error);
/* Stops the syncing and closes; NULL is allowed.  Statements must be finalized before. */
BSYNC_API void bsync_close(struct bsync_client *client);

/* --- SQL --- */

/* Prepares the first statement of `sql` (`size` bytes, or (size_t)-1 for NUL-terminated). */
BSYNC_API BSYNC_MUST_CHECK int bsync_prepare(struct bsync_client *client, const char *sql, size_t size,
                                             struct bsync_statement **statement, const char **tail,
                                             struct bsync_error *error);
/* Parameters count from 1; text and blobs are copied; text must be UTF-8. */
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_null(struct bsync_statement *statement, int parameter);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_integer(struct bsync_statement *statement, int parameter, int64_t value);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_real(struct bsync_statement *statement, int parameter, double value);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_text(struct bsync_statement *statement, int parameter, const char *text, size_t size);
BSYNC_API BSYNC_MUST_CHECK int bsync_bind_blob(struct bsync_statement *statement, int parameter, const void *blob, size_t size);
/* The number of a named parameter (":naam"), 0 when there is none. */
BSYNC_API int bsync_parameter(struct bsync_statement *statement, const char *name);
/* BSYNC_ROW, BSYNC_DONE or an error.  When a COMMIT or a writing statement outside a transaction returns BSYNC_DONE,
 * what it wrote is durable on this device and in the outbox. */
BSYNC_API BSYNC_MUST_CHECK int bsync_step(struct bsync_statement *statement, struct bsync_error *error);
BSYNC_API int bsync_reset(struct bsync_statement *statement, struct bsync_error *error);
BSYNC_API void bsync_finalize(struct bsync_statement *statement);

enum bsync_type { BSYNC_TYPE_NULL = 0, BSYNC_TYPE_INTEGER = 1, BSYNC_TYPE_REAL = 2, BSYNC_TYPE_TEXT = 3, BSYNC_TYPE_BLOB = 4 };
/* Columns count from 0; names, text and blobs are borrowed until the next step, reset or finalize. */
BSYNC_API int bsync_column_count(struct bsync_statement *statement);
BSYNC_API const char *bsync_column_name(struct bsync_statement *statement, int column);
BSYNC_API int bsync_column_type(struct bsync_statement *statement, int column);
BSYNC_API int64_t bsync_column_integer(struct bsync_statement *statement, int column);
BSYNC_API double bsync_column_real(struct bsync_statement *statement, int column);
BSYNC_API const char *bsync_column_text(struct bsync_statement *statement, int column, size_t *size);
BSYNC_API const void *bsync_column_blob(struct bsync_statement *statement, int column, size_t *size);

/* Runs every statement of `sql`; rows are dropped. */
BSYNC_API BSYNC_MUST_CHECK int bsync_exec(struct bsync_client *client, const char *sql, struct bsync_error *error);
/* Makes a 16-byte time-ordered id for a new row; uuid() in SQL does the same, me() gives the worker's id. */
BSYNC_API BSYNC_MUST_CHECK int bsync_uuid(struct bsync_client *client, uint8_t id[16]);

/* Says that a form now shows this row (one key value, a blob): changes to it are measured against what is there now, until
 * bsync_edit_end, whatever is pulled meanwhile. */
BSYNC_API BSYNC_MUST_CHECK int bsync_edit_begin(struct bsync_client *client, const char *table, const void *key, size_t key_size,
                                                struct bsync_error *error);
BSYNC_API void bsync_edit_end(struct bsync_client *client, const char *table, const void *key, size_t key_size);
/* The base of everything the next transaction writes, as "INCARNATION.COUNTER" from the status; NULL takes it back. */
BSYNC_API BSYNC_MUST_CHECK int bsync_set_base(struct bsync_client *client, const char *position, struct bsync_error *error);

/* --- Syncing --- */

/* Three ways to run, one code: a thread of ours (bsync_start), your loop (bsync_fd …), or by hand (bsync_sync). */
BSYNC_API BSYNC_MUST_CHECK int bsync_start(struct bsync_client *client, struct bsync_error *error);
/* Stops the thread; waits for it. */
BSYNC_API void bsync_stop(struct bsync_client *client);
/* For your own loop: readable when bsync_dispatch has something to do; how long to wait at most (-1: for ever). */
BSYNC_API int bsync_fd(struct bsync_client *client);
BSYNC_API int bsync_timeout(struct bsync_client *client);
BSYNC_API BSYNC_MUST_CHECK int bsync_dispatch(struct bsync_client *client, struct bsync_error *error);

/* The barrier: returns 0 only when everything committed before the call is durable on the server and everything the server had at
 * receipt is here.  Waits at most `timeout_ms`; BSYNC_E_TIMEOUT, BSYNC_E_NETWORK, … otherwise.  Works with or
 * without bsync_start, and while another process of this device syncs. */
BSYNC_API BSYNC_MUST_CHECK int bsync_sync(struct bsync_client *client, int timeout_ms, struct bsync_error *error);

/* --- Events --- */

enum bsync_event_kind {
	BSYNC_EVENT_NONE = 0,
	BSYNC_EVENT_STATUS = 1,     /* the status has changed */
	BSYNC_EVENT_ROWS = 2,       /* rows of others have been shown */
	BSYNC_EVENT_INBOX = 3,      /* the inbox has changed */
	BSYNC_EVENT_SCOPE_LEFT = 4, /* a scope left this device */
	BSYNC_EVENT_ERROR = 5       /* a contact failed; see the text */
};
struct bsync_event {
	size_t struct_size;         /* set by BSYNC_EVENT_INIT */
	int kind;                   /* enum bsync_event_kind */
	char text[200];
};
#define BSYNC_EVENT_INIT {sizeof(struct bsync_event), BSYNC_EVENT_NONE, {0}}
/* Takes the next event: 1 when there was one, 0 when none waits. */
BSYNC_API int bsync_event_next(struct bsync_client *client, struct bsync_event *event);

/* --- Status --- */

struct bsync_status {
	size_t struct_size;         /* set by BSYNC_STATUS_INIT */
	char state[16];             /* "up-to-date", "pending", "offline", "blocked", "never-synced" */
	char reason[200];
	int first_sync_done;
	int64_t pending_changes, pending_bytes, oldest_pending_at;
	int64_t quarantined, conflicts_open;
	int64_t last_push_ok, last_pull_ok, last_attempt, next_attempt;
	char last_error[200];
	int64_t clock_drift_ms;
	char cursor[32];            /* "INCARNATION.COUNTER" */
	int connected;
};
#define BSYNC_STATUS_INIT {sizeof(struct bsync_status), {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, 0, {0}, 0}
/* Computed from the stored rows. */
BSYNC_API BSYNC_MUST_CHECK int bsync_status(struct bsync_client *client, struct bsync_status *status, struct bsync_error *error);

/* --- Inbox, history, pending: each appends JSON lines, one object a line, to a text that the caller frees with bsync_free --- */

BSYNC_API BSYNC_MUST_CHECK int bsync_inbox_json(struct bsync_client *client, char **text, struct bsync_error *error);
BSYNC_API BSYNC_MUST_CHECK int bsync_pending_json(struct bsync_client *client, char **text, struct bsync_error *error);
/* The row's values, replaced and standing, oldest first; the key is one blob. */
BSYNC_API BSYNC_MUST_CHECK int bsync_history_json(struct bsync_client *client, const char *table, const void *key, size_t key_size,
                                                  char **text, struct bsync_error *error);
BSYNC_API void bsync_free(void *text);
/* Resolves the inbox item `id` (32 hex digits) by `take`: "1", "2", …, "mine" or "theirs"; or, with `take` NULL, by `value`. */
BSYNC_API BSYNC_MUST_CHECK int bsync_resolve(struct bsync_client *client, const char *id, const char *take, const char *value,
                                             struct bsync_error *error);

#ifdef __cplusplus
}
#endif

#endif
