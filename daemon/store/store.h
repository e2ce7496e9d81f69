/* store.h: the central store: takes opened changesets in, gives each device what it may hold.
 *
 * Tables and invariants: schema/STORAGE.md sections 1 to 4.  Rules: core/merge.h.  One `struct bsync_store` is the one
 * writer: all its functions belong to one thread at a time (the writer thread).  A `struct bsync_view` is a
 * snapshot reader of its own: one thread at a time each, any number of them.  No function reads a clock:
 * `now_ms` (milliseconds since 1970) and randomness come in. */
#ifndef BSYNC_DAEMON_STORE_STORE_H
#define BSYNC_DAEMON_STORE_STORE_H

#include "core/changeset.h"
#include "core/inbox_item.h"
#include "core/keys.h"
#include "core/message.h"
#include "core/record_type.h"
#include "core/seal.h"
#include "core/schema/compile.h"

struct bsync_store;
struct bsync_view;

/* What `init` decides, for ever. */
struct bsync_store_birth {
	struct bsync_organisation_id organisation;
	const char *name;
	struct bsync_schema_source schema; /* files and dictionary, core/schema/compile.h */
	int64_t now_ms;
};

/* Takes `store.lock` in the folder of the store for this process; BSYNC_BUSY.  Closing `*fd` gives it back. */
BSYNC_CHECKED enum bsync_result bsync_store_lock(const char *path, int *fd);

/* Creates a store file at `path` (must not exist) and all that is in it: tables, schema, first incarnation, the seal
 * key pair and the receipt key, boxed under `store_key`.  Leaves nothing behind on failure. */
BSYNC_CHECKED enum bsync_result bsync_store_create(const char *path, const struct bsync_store_birth *birth,
						   const struct bsync_key *store_key,
						   const struct bsync_random *random);

/* Opens the writer.  BSYNC_KEY when `store_key` is another store's, BSYNC_NEWER_SCHEMA, BSYNC_BUSY when another process
 * has it, BSYNC_STORAGE_CORRUPT. */
BSYNC_CHECKED enum bsync_result bsync_store_open(const char *path, const struct bsync_key *store_key,
						 const struct bsync_random *random, struct bsync_store **out);
/* The same for a caller that has taken the lock of the folder itself. */
BSYNC_CHECKED enum bsync_result bsync_store_open_locked(const char *path, const struct bsync_key *store_key,
							const struct bsync_random *random, struct bsync_store **out);
void bsync_store_close(struct bsync_store *store);
/* The last database error, for a log; static until the next call. */
const char *bsync_store_error_text(const struct bsync_store *store);

/* Borrowed, constant while the store is open (until bsync_store_schema_apply). */
const struct bsync_schema *bsync_store_schema(const struct bsync_store *store);
const struct bsync_schema_source *bsync_store_schema_source(const struct bsync_store *store);
struct bsync_store_facts {
	struct bsync_organisation_id organisation;
	const char *name;
	uint32_t incarnation;
	uint8_t incarnation_id[16];
	uint8_t seal_public[32];
	uint8_t seal_private[32];
};
const struct bsync_store_facts *bsync_store_facts(const struct bsync_store *store);
struct bsync_position bsync_store_position(const struct bsync_store *store);

/* --- Devices (store_device.c) --- */

enum bsync_device_state { BSYNC_DEVICE_ACTIVE, BSYNC_DEVICE_SUSPENDED, BSYNC_DEVICE_REVOKED };

struct bsync_device {
	uint32_t no; /* the store's small number */
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	char worker_name[200];
	enum bsync_device_state state;
	struct bsync_digest certificate; /* SHA-256 of its certificate */
	uint8_t public_key[200];         /* DER SubjectPublicKeyInfo */
	size_t public_key_size;
	struct bsync_position confirmed; /* its cursor, as it last confirmed */
	int64_t enrolled_ms, last_seen_ms;
	int64_t restored_ms, cloned_ms;   /* when that was noticed; 0: it was not, or the device was resumed since */
	int64_t clock_drift_ms;           /* its clock minus the server's, at the last contact */
	struct bsync_heartbeat heartbeat; /* software borrowed from `software` */
	char software[101];
};

/* A line of a device as the store has it; all zeros when the store does not know the line. */
struct bsync_line_state {
	uint32_t no;
	uint64_t last_seq;
	struct bsync_digest last_hash;
	uint32_t last_epoch;
	/* Filled by bsync_view_meet alone. */
	bool is_left;    /* the device has begun a later line */
	bool is_hand_in; /* of a copy of the device, which receives no rows: a fork, or a line that was left */
};

/* BSYNC_NOT_FOUND when no device has this certificate. */
BSYNC_CHECKED enum bsync_result bsync_view_device_by_certificate(struct bsync_view *view,
								 const struct bsync_digest *certificate,
								 struct bsync_device *device);
BSYNC_CHECKED enum bsync_result bsync_view_device(struct bsync_view *view, const struct bsync_device_id *id,
						  struct bsync_device *device);
BSYNC_CHECKED enum bsync_result bsync_view_line(struct bsync_view *view, const struct bsync_device_id *device,
						const struct bsync_line_id *line, struct bsync_line_state *state);
/* What a WELCOME says of the line that `hello` names; a copy of the device is met on its fork (PROTOCOL 8.8). */
BSYNC_CHECKED enum bsync_result bsync_view_meet(struct bsync_view *view, const struct bsync_device_id *device,
						const struct bsync_hello *hello, struct bsync_line_state *state);
/* The key epoch's secret and suite, unboxed into context->secret and context->suite; BSYNC_UNKNOWN_EPOCH. */
BSYNC_CHECKED enum bsync_result bsync_view_epoch(struct bsync_view *view, const struct bsync_device_id *device,
						 const struct bsync_line_id *line, uint32_t epoch,
						 struct bsync_seal_context *context);
/* The hash of changeset `seq` of a line, for a device that resends; zeros for the one before its first, and
 * BSYNC_NOT_FOUND for one that the store has not. */
BSYNC_CHECKED enum bsync_result bsync_view_hash(struct bsync_view *view, uint32_t line_no, uint64_t seq,
						struct bsync_digest *hash);

/* What the lives of the store mean for the device that says this HELLO. */
BSYNC_CHECKED enum bsync_result bsync_view_lives(struct bsync_view *view, const struct bsync_hello *hello,
						 struct bsync_lives *lives);

/* Inside a group (below). */
BSYNC_CHECKED enum bsync_result bsync_store_epoch_put(struct bsync_store *store, const struct bsync_device_id *device,
						      const struct bsync_epoch_open *open,
						      const struct bsync_key *secret, int64_t now_ms);
BSYNC_CHECKED enum bsync_result bsync_store_heartbeat(struct bsync_store *store, const struct bsync_device_id *device,
						      const struct bsync_hello *hello, int64_t now_ms);
/* Does nothing where the device is known to be further. */
BSYNC_CHECKED enum bsync_result bsync_store_confirm_again(struct bsync_store *store,
							  const struct bsync_device_id *device,
							  struct bsync_position cursor, int64_t now_ms);
/* What a HELLO confirms. */
struct bsync_position bsync_store_hello_cursor(const struct bsync_store_facts *facts, const struct bsync_hello *hello);
BSYNC_CHECKED enum bsync_result bsync_store_confirm(struct bsync_store *store, const struct bsync_device_id *device,
						    struct bsync_position cursor, int64_t now_ms);

/* --- Restore and recovery (revive.c, recovery.c) --- */

/* Copies the store at `path` as it is now to `copy` (must not exist), checks the copy and makes it durable; other
 * connections go on.  Leaves nothing behind on failure. */
struct bsync_copy_facts {
	struct bsync_organisation_id organisation;
	struct bsync_position position;
	int64_t made_ms; /* when the copy was made, 0 not known */
	bool is_recovering;
};
BSYNC_CHECKED enum bsync_result bsync_store_copy(const char *path, const char *copy, int64_t now_ms,
						 struct bsync_copy_facts *facts);
/* Reads the facts of a copy, or of a store that nobody has open, after a check of SQLite's. */
BSYNC_CHECKED enum bsync_result bsync_store_copy_read(const char *path, struct bsync_copy_facts *facts);
/* Removes a copy that nobody has open, with what SQLite put beside it. */
void bsync_store_copy_remove(const char *copy);
/* How many changesets the store at `path` has behind a position of the copy. */
BSYNC_CHECKED enum bsync_result bsync_store_copy_newer(const char *path, struct bsync_position position,
						       uint64_t *count);

struct bsync_revival {
	const char *replaced; /* the store whose place it takes; NULL where none can be read */
	int64_t now_ms;
	int64_t wait_ms; /* how long the recovery waits for devices */
};
/* Begins a new life in a copy that nobody has open, and opens a recovery.  BSYNC_KEY when `store_key` does not fit. */
BSYNC_CHECKED enum bsync_result bsync_store_revive(const char *path, const struct bsync_key *store_key,
						   const struct bsync_random *random,
						   const struct bsync_revival *revival,
						   struct bsync_position *position);

/* Inside a group.  Keeps receipts that a device shows of changesets that the store has lost. */
BSYNC_CHECKED enum bsync_result bsync_store_shown(struct bsync_store *store, const struct bsync_device_id *device,
						  const struct bsync_receipts *receipts);
/* From now on what was kept is applied, by steps; BSYNC_NOT_FOUND when no recovery is open. */
BSYNC_CHECKED enum bsync_result bsync_store_recovery_close(struct bsync_store *store);
/* Applies up to `count_max` of what was kept, when the recovery is being closed; with the last it is over. */
BSYNC_CHECKED enum bsync_result bsync_store_recovery_step(struct bsync_store *store, uint32_t count_max, int64_t now_ms,
							  bool *is_over);
/* The same, and closes it by itself when every device that is awaited has been heard, or its time has come. */
BSYNC_CHECKED enum bsync_result bsync_store_recovery_turn(struct bsync_store *store, uint32_t count_max, int64_t now_ms,
							  bool *is_over);
/* A device has more than this life of the store ever gave. */
BSYNC_CHECKED enum bsync_result bsync_store_put_back_note(struct bsync_store *store, int64_t now_ms);
bool bsync_store_is_recovering(const struct bsync_store *store);

struct bsync_recovery_status {
	bool is_open, is_closing;
	int64_t opened_ms, until_ms;
	uint64_t point; /* the last position kept of the life before */
	uint64_t kept;
	uint64_t awaited; /* devices that are not heard yet */
};
BSYNC_CHECKED enum bsync_result bsync_view_recovery(struct bsync_view *view, struct bsync_recovery_status *status);
struct bsync_recovery_device {
	struct bsync_device_id id;
	const char *worker_name; /* may be NULL */
	int64_t last_seen_ms;
	bool is_awaited, is_heard;
	uint64_t kept;
};
BSYNC_CHECKED enum bsync_result bsync_view_recovery_devices(
	struct bsync_view *view, bool (*row)(void *context, const struct bsync_recovery_device *device), void *context);

/* --- Enrolment (store_enrol.c) --- */

/* Makes a one-time secret for `worker`; valid until `expires_ms`. */
BSYNC_CHECKED enum bsync_result bsync_store_code_create(struct bsync_store *store, const struct bsync_worker_id *worker,
							int64_t now_ms, int64_t expires_ms, uint8_t secret[16]);
/* Counts an attempt and says whom the code is for; BSYNC_BAD_CODE when wrong, used, expired or tried too often. */
BSYNC_CHECKED enum bsync_result bsync_store_code_check(struct bsync_store *store, const uint8_t secret[16],
						       int64_t now_ms, struct bsync_worker_id *worker,
						       char worker_name[200]);
/* Uses the code up and records the device, in one transaction.  BSYNC_BAD_CODE when it was used meanwhile. */
BSYNC_CHECKED enum bsync_result bsync_store_device_add(struct bsync_store *store, const uint8_t secret[16],
						       const struct bsync_device *device,
						       const uint8_t server_share[32], int64_t now_ms);
BSYNC_CHECKED enum bsync_result bsync_store_device_set_state(struct bsync_store *store,
							     const struct bsync_device_id *device,
							     enum bsync_device_state state, int64_t now_ms);

/* --- Taking changesets in (apply*.c) --- */

/* One changeset, verified, opened and decoded by the caller. */
struct bsync_opened {
	uint64_t seq;
	struct bsync_digest hash;
	struct bsync_bytes plain;  /* kept when it is quarantined or waits */
	enum bsync_result decoded; /* BSYNC_OK, or why `changeset` could not be decoded */
	struct bsync_changeset changeset;
	int64_t stamp_ms; /* bsync_stamp_correct; the store raises it further */
};

struct bsync_batch {
	struct bsync_device_id device;
	struct bsync_worker_id worker;
	struct bsync_line_id line;
	uint32_t epoch;
	uint64_t first_seq;
	struct bsync_digest previous; /* hash of changeset first_seq - 1 */
	uint32_t count;
	struct bsync_opened *changesets;
	int64_t now_ms;
	struct bsync_position
		confirmed; /* by the device, before it; it counts though what was to keep it failed or waits */
	bool is_forked;    /* out: some of it is on a fork, so it came from a copy of the device */
};

/* Starts one store transaction for everything that waits (group commit). */
BSYNC_CHECKED enum bsync_result bsync_store_group_begin(struct bsync_store *store);

/* Applies a batch inside the group: each changeset in its own savepoint, each with its verdict in
 * `receipts` (arrays and texts from `arena`; mac set).  A changeset taken before is answered by its first receipt.
 * BSYNC_OUT_OF_ORDER: nothing of the batch is taken, the group goes on.
 * Any other failure (storage) means that the whole group must be rolled back. */
BSYNC_CHECKED enum bsync_result bsync_store_apply(struct bsync_store *store, struct bsync_batch *batch,
						  struct bsync_arena *arena, struct bsync_receipts *receipts);

/* What a group touched: for telling connected devices. */
struct bsync_touched {
	struct bsync_position position; /* after the commit */
	uint32_t scope_count;
	uint64_t *scopes; /* the store's numbers; owned by the store until the next group */
	uint32_t worker_count;
	struct bsync_worker_id *workers; /* whose memberships changed */
	uint32_t device_count;
	struct bsync_device_id *devices; /* whose state changed */
	bool has_schema;                 /* the schema has grown: all are to be told */
};

/* Commits, durably; only now may anything of the group be acknowledged. */
BSYNC_CHECKED enum bsync_result bsync_store_group_commit(struct bsync_store *store, struct bsync_touched *touched);
/* Undoes the group, caches included. */
void bsync_store_group_rollback(struct bsync_store *store);

/* Membership that begins or ends by time: re-evaluates what is due at `now_ms` (inside a group), and says when to
 * come back (0: nothing waits). */
BSYNC_CHECKED enum bsync_result bsync_store_due(struct bsync_store *store, int64_t now_ms, int64_t *next_ms);
/* Moves the WAL into the database when it is over `wal_pages_max` pages; call when idle. */
BSYNC_CHECKED enum bsync_result bsync_store_checkpoint(struct bsync_store *store, uint32_t wal_pages_max);

/* --- Giving (view.c, pull*.c) --- */

BSYNC_CHECKED enum bsync_result bsync_view_open(const char *path, const struct bsync_key *store_key,
						struct bsync_view **out);
void bsync_view_close(struct bsync_view *view);

struct bsync_pull_request {
	struct bsync_device_id device;
	struct bsync_worker_id worker;
	struct bsync_position cursor; /* clamped by the caller to what the store can have */
	struct bsync_line_id line;
	uint64_t own_seq;        /* the device has its own writes of `line` up to here */
	uint32_t schema_version; /* of the device; a SCHEMA frame goes first when it is older */
	uint32_t ahead_count;
	const struct bsync_ahead *ahead; /* borrowed during bsync_view_pull_begin */
	uint64_t token;
	int64_t now_ms;
	size_t rows_size; /* a frame is closed when its rows are more than this; 0: 64 KiB */
};

struct bsync_pull;
/* Starts a pull on a snapshot; the view is taken until the pull is freed. */
BSYNC_CHECKED enum bsync_result bsync_view_pull_begin(struct bsync_view *view, const struct bsync_pull_request *request,
						      struct bsync_pull **out);
/* Appends whole frames (SCHEMA, SCOPES, ROWS…, PULL_END) until about `budget` bytes or the end.  BSYNC_OLD_SCHEMA when the
 * device's is too old: SCHEMA is appended, and nothing more comes. */
BSYNC_CHECKED enum bsync_result bsync_pull_next(struct bsync_pull *pull, size_t budget, struct bsync_buffer *frames,
						bool *is_done);
/* The scopes the device holds now, for bsync_touched; borrowed until the pull is freed. */
const uint64_t *bsync_pull_scopes(const struct bsync_pull *pull, uint32_t *count);
struct bsync_position bsync_pull_position(const struct bsync_pull *pull);
/* The version of the schema that the pull gives. */
uint32_t bsync_pull_schema_version(const struct bsync_pull *pull);
void bsync_pull_free(struct bsync_pull *pull);

/* All values of a row's cells, replaced ones first, and who has it; appends a HISTORY payload for `device` of `worker`, who
 * must hold the row at `now_ms`: else BSYNC_NOT_FOUND. */
BSYNC_CHECKED enum bsync_result bsync_view_history(struct bsync_view *view, const struct bsync_device_id *device,
						   const struct bsync_worker_id *worker, int64_t now_ms,
						   const struct bsync_history_get *request,
						   struct bsync_buffer *payload);

/* --- The schema of a store in use (schema_apply.c) --- */

struct bsync_schema_growth {
	uint32_t from_version, to_version; /* the same: there was nothing new */
	uint32_t placed; /* changesets that were quarantined for want of this version, and are in now */
};
/* Gives the store the files of `source` behind those that it has, in a group of its own.  BSYNC_SCHEMA when they do more
 * than add, or the others are not as the store has them: `report`, which the caller clears, says why.  `source` may borrow
 * from bsync_store_schema_source, which ends with the call. */
BSYNC_CHECKED enum bsync_result bsync_store_schema_apply(struct bsync_store *store,
							 const struct bsync_schema_source *source, int64_t now_ms,
							 struct bsync_schema_report *report,
							 struct bsync_schema_growth *growth);
/* True when the view has this version at hand, without reading. */
bool bsync_view_has_schema(const struct bsync_view *view, uint32_t version);
/* Learns the schema as the store has it now; bsync_view_schema is it from then on. */
BSYNC_CHECKED enum bsync_result bsync_view_refresh(struct bsync_view *view);
/* The files of bsync_view_schema, borrowed as that is. */
const struct bsync_schema_source *bsync_view_schema_source(const struct bsync_view *view);

/* --- The operator (admin*.c); writing ones inside a group --- */

BSYNC_CHECKED enum bsync_result bsync_store_team_add(struct bsync_store *store, const char *name, int64_t now_ms,
						     uint8_t id[16]);
/* `team` is a team's id or unique name; `role` may be NULL. */
BSYNC_CHECKED enum bsync_result bsync_store_worker_add(struct bsync_store *store, const char *name, const char *team,
						       const char *role, int64_t now_ms, struct bsync_worker_id *id);
BSYNC_CHECKED enum bsync_result bsync_store_worker_move(struct bsync_store *store, const struct bsync_worker_id *worker,
							const char *team, int64_t now_ms);
/* Finds a worker or device by id or unique name; BSYNC_NOT_FOUND, BSYNC_INVALID when a name is not unique. */
BSYNC_CHECKED enum bsync_result bsync_view_worker_find(struct bsync_view *view, const char *id_or_name,
						       struct bsync_worker_id *id);
BSYNC_CHECKED enum bsync_result bsync_view_device_find(struct bsync_view *view, const char *id_or_prefix,
						       struct bsync_device_id *id);

/* Lists call `row` for each; it returns false to stop. */
struct bsync_worker_row {
	struct bsync_worker_id id;
	const char *name, *team, *role;
};
BSYNC_CHECKED enum bsync_result bsync_view_workers(struct bsync_view *view,
						   bool (*row)(void *context, const struct bsync_worker_row *row),
						   void *context);
BSYNC_CHECKED enum bsync_result bsync_view_devices(struct bsync_view *view,
						   bool (*row)(void *context, const struct bsync_device *device),
						   void *context);

/* Calls `row` for each open item. */
BSYNC_CHECKED enum bsync_result bsync_view_inbox(struct bsync_view *view,
						 bool (*row)(void *context, const struct bsync_inbox_item *item),
						 void *context);
/* Resolves by variant number (1-based; 0 takes none of another item than a conflict) or by a value; BSYNC_CHANGED when `id` is
 * no longer what stands, BSYNC_INVALID when the choice is none of the item's or could not stand: the item stays open. */
BSYNC_CHECKED enum bsync_result bsync_store_inbox_resolve(struct bsync_store *store, const uint8_t id[16],
							  uint32_t take, const struct bsync_value *value,
							  int64_t now_ms);

/* Why the last bsync_store_inbox_resolve was BSYNC_INVALID; "" where there is no more to say. */
const char *bsync_store_refusal(const struct bsync_store *store);

struct bsync_quarantine_row {
	struct bsync_device_id device;
	struct bsync_line_id line;
	bool is_first_line; /* the device's oldest line; seqs of other lines can be the same */
	bool is_fork;       /* a copy of the device handed it in */
	uint64_t seq;
	const char *reason;
	int64_t since_ms;
	bool is_unplaced; /* waits for its scope */
	size_t size;
	uint64_t behind; /* the seq of this device that it waits behind, 0 none */
};
BSYNC_CHECKED enum bsync_result bsync_view_quarantine(
	struct bsync_view *view, bool (*row)(void *context, const struct bsync_quarantine_row *row), void *context);
/* Appends the plain bytes of a set-aside changeset; BSYNC_NOT_FOUND.  `line` NULL: of the oldest that has it. */
BSYNC_CHECKED enum bsync_result bsync_view_quarantine_plain(struct bsync_view *view,
							    const struct bsync_device_id *device,
							    const struct bsync_line_id *line, uint64_t seq,
							    struct bsync_buffer *plain);
/* Borrowed until the view reads the next time, or is closed. */
const struct bsync_schema *bsync_view_schema(const struct bsync_view *view);
/* Tries a set-aside changeset again, as if it had arrived now; its verdict tells.  `line` as above. */
BSYNC_CHECKED enum bsync_result bsync_store_quarantine_retry(struct bsync_store *store,
							     const struct bsync_device_id *device,
							     const struct bsync_line_id *line, uint64_t seq,
							     int64_t now_ms, enum bsync_verdict *verdict);

/* The same for its author's device, which asks for it or gives it up (PROTOCOL 6.20), inside a group; its receipt as it is then,
 * in `arena`.  BSYNC_UNEXPECTED when the device has not handed in that changeset. */
BSYNC_CHECKED enum bsync_result bsync_store_author_retry(struct bsync_store *store,
							 const struct bsync_device_id *device,
							 const struct bsync_retry *retry, int64_t now_ms,
							 struct bsync_arena *arena, struct bsync_receipts *receipts);

enum { BSYNC_SQL_ERROR_SIZE = 300 };
/* Runs one read-only SELECT; `row` gets column names and values. BSYNC_INVALID with a text when it is no SELECT. */
BSYNC_CHECKED enum bsync_result bsync_view_sql(struct bsync_view *view, const char *sql,
					       bool (*row)(void *context, int count, const char *const *names,
							   const struct bsync_value *values),
					       void *context, char error[BSYNC_SQL_ERROR_SIZE]);

/* Why a worker holds a scope: rows that together make a member, none of which can be missed. */
enum { BSYNC_WHY_REASONS_MAX = 8 };
struct bsync_why_cell {
	const char *column;
	struct bsync_value value;
};
struct bsync_why_row {
	const char *table;
	uint32_t key_count;
	const struct bsync_value *key;
	uint32_t cell_count; /* of the columns that decide, those that are not NULL */
	const struct bsync_why_cell *cells;
};
struct bsync_why_reason {
	uint32_t row_count;
	const struct bsync_why_row *rows;
};
struct bsync_why {
	const char *circle;
	struct bsync_value scope;
	int64_t from_ms, until_ms; /* 0: no bound */
	bool is_founder;           /* began the scope, of which nobody was made a member yet */
	bool has_more;             /* ways in than fit */
	uint32_t reason_count;     /* ways in, each without a row of the ones before */
	struct bsync_why_reason reasons[BSYNC_WHY_REASONS_MAX];
};
/* Borrowed for the call. */
typedef void bsync_why_tell(void *context, const struct bsync_why *why);
/* Calls `tell` for each circle in which the worker is a member of the scope: `scope` is its value as a person types it, an id
 * in hex, a number or a word.  Reads every row of the tables on which the circle depends. */
BSYNC_CHECKED enum bsync_result bsync_view_why(struct bsync_view *view, const struct bsync_worker_id *worker,
					       const char *scope, int64_t now_ms, bsync_why_tell *tell, void *context);

/* One worker hands all work over to another: writes what the schema says of it (`sync_handover`), at one position; `*rows`: how many.  BSYNC_INVALID with a text where the
 * schema says nothing, a rule refuses a row, or both are one worker. */
BSYNC_CHECKED enum bsync_result bsync_store_hand_over(struct bsync_store *store, const struct bsync_worker_id *from,
						      const struct bsync_worker_id *to, int64_t now_ms, uint64_t *rows,
						      char error[BSYNC_SQL_ERROR_SIZE]);
/* What an act would change: inside a group that is then rolled back.
 *
 * Runs one INSERT, UPDATE or DELETE on the schema's tables, without merging or history, and looks up who holds what then.
 * BSYNC_INVALID with a text when it is none, or changes another table. */
BSYNC_CHECKED enum bsync_result bsync_store_suppose(struct bsync_store *store, const char *sql, int64_t now_ms,
						    char error[BSYNC_SQL_ERROR_SIZE]);
struct bsync_member_change {
	const char *circle;
	struct bsync_value scope;
	struct bsync_worker_id worker;
	const char *worker_name; /* NULL: not known */
	bool is_gained;
	uint64_t rows;    /* that are in the scope */
	uint64_t pending; /* what the worker's devices, as they last told, had not handed in */
	uint64_t devices; /* of the worker, those revoked not counted */
};
/* Calls `tell` for each membership that an act of this group began or ended after `counter`, until it fails; borrowed for the
 * call.  An end of access that only moves is none of them, nor is a row that goes to another scope. */
BSYNC_CHECKED enum bsync_result bsync_store_member_changes(
	struct bsync_store *store, uint64_t counter,
	enum bsync_result (*tell)(void *context, const struct bsync_member_change *change), void *context);

struct bsync_store_stats {
	struct bsync_position position;
	uint64_t rows, deleted_rows, scopes, members, devices, changesets, history, open_items, quarantined, unplaced;
	uint64_t database_bytes, wal_bytes;
	bool is_put_back; /* a device has more than this life of the store ever gave */
	bool is_recovering;
};
BSYNC_CHECKED enum bsync_result bsync_view_stats(struct bsync_view *view, struct bsync_store_stats *stats);

/* Checks every invariant of STORAGE.md section 4 and SQLite's integrity_check; `finding` gets a line for each that fails. */
BSYNC_CHECKED enum bsync_result bsync_view_check(struct bsync_view *view,
						 void (*finding)(void *context, const char *text), void *context,
						 uint32_t *finding_count);

#endif
