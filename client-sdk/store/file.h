/* file.h: what the modules of this folder share: the connection itself, its cached state and statements.
 *
 * Inside client-sdk/store only; the rest of the SDK sees device.h. */
#ifndef BSYNC_CLIENT_STORE_FILE_H
#define BSYNC_CLIENT_STORE_FILE_H

#include "client-sdk/store/device.h"
#include "client-sdk/store/queries.h"
#include "core/frame.h"
#include "core/pack.h"
#include "core/schema/capture.h"
#include "core/sqlite/db.h"
#include "core/sqlite/migrate.h"

enum {
	BSYNC_FILE_BUSY_MS = 5000,
	BSYNC_FILE_ERROR_SIZE = 400,
	BSYNC_FILE_SCRATCH_MAX = 512 << 20,  /* working memory of one commit or one message */
	BSYNC_FILE_PULL_KEPT_MAX = 64 << 20, /* of an unfinished pull in memory; more is staged in the file */
	BSYNC_FILE_STAGE_WORTH = 64 << 10,   /* less than this of a pull that is cut off is asked again */
	BSYNC_FILE_SAVEPOINTS_MAX = 64,
	BSYNC_FILE_NAME_SIZE = 64,         /* of a savepoint, with its NUL */
	BSYNC_FILE_STATEMENTS_MAX = 65536, /* prepared by the application at the same time */
	BSYNC_FILE_STATEMENT_BUCKETS = 256,
	BSYNC_FILE_WORDS = 2,        /* statements that bsync_file_exec keeps */
	BSYNC_FILE_EDITS_MAX = 1000, /* rows under edit_begin at the same time */
};

/* X(name): the integers of bsync_meta that contacts change, as "sync.name". */
/* clang-format off */
#define BSYNC_FILE_STATE(X) \
	X(schema_version) X(incarnation) X(cursor_incarnation) X(cursor_counter) X(seen_ms) X(durable_seq) \
	X(anchor_server_ms) X(anchor_wall_ms) X(anchor_uptime_ms) X(anchor_boot) X(drift_ms) X(push_ok_ms) \
	X(pull_ok_ms) X(attempt_ms) X(known_epoch) X(shown_seq) X(restored_ms) X(lost_seq) X(replaces) \
	X(is_recovering) X(is_unsure) X(is_clock_off) X(asked_id) X(sent_seq) \
	X(removals) X(erased) X(known_ms) X(voids) X(has_passed_over) X(begins_anew)
/* clang-format on */

struct bsync_file_state {
#define X(name) int64_t name;
	BSYNC_FILE_STATE(X)
#undef X
};

/* The end of the own chain: of the newest line. */
struct bsync_file_line {
	uint64_t first_seq;
	uint64_t last_seq; /* first_seq - 1: it has none yet */
	uint64_t total;    /* bytes of all bodies */
	struct bsync_digest last_hash;
};

/* A line with the first and the last of its changesets in the outbox; last_seq is first_seq - 1 where there is none. */
struct bsync_line_span {
	struct bsync_line_id line;
	uint64_t first_seq, last_seq;
};

/* Whose SQL the authorizer judges. */
enum bsync_authority { BSYNC_AUTHORITY_OURS, BSYNC_AUTHORITY_APPLICATION, BSYNC_AUTHORITY_PROBE };

/* What a statement of the application does to transactions. */
enum bsync_statement_kind {
	BSYNC_STATEMENT_READ,
	BSYNC_STATEMENT_WRITE,
	BSYNC_STATEMENT_SCHEMA, /* writes, and changes tables, indexes, triggers or views */
	BSYNC_STATEMENT_BEGIN,
	BSYNC_STATEMENT_COMMIT,
	BSYNC_STATEMENT_ROLLBACK,
	BSYNC_STATEMENT_SAVEPOINT,
	BSYNC_STATEMENT_RELEASE,
	BSYNC_STATEMENT_ROLLBACK_TO,
};

/* What the authorizer found out while a statement was prepared. */
struct bsync_statement_seen {
	enum bsync_statement_kind kind;
	char name[BSYNC_FILE_NAME_SIZE]; /* of the savepoint */
	const char *refusal;             /* why it was refused, or NULL */
	bool writes_synced; /* BSYNC_AUTHORITY_PROBE: a lasting trigger of the application writes a synced table */
	const char *const *temporary; /* BSYNC_AUTHORITY_PROBE: names of TEMP triggers, then NULL */
};

struct bsync_statement_note;
struct bsync_record_table;
struct bsync_resolve;

/* A cell of a row that a form shows: up to where its author had seen it, and of a text what an edit is made from. */
struct bsync_file_edit_cell {
	uint32_t column_no;
	struct bsync_position base;
	struct bsync_value origin;
};

/* A row that a form shows, and what was shown when it opened. */
struct bsync_file_edit {
	uint32_t table_no;
	struct bsync_buffer key; /* packed */
	struct bsync_position base;
	int64_t form;             /* in bsync_form */
	struct bsync_arena arena; /* of what follows */
	uint32_t shown_count;     /* 0 when not known, or it showed no row; a newer schema may have more columns */
	struct bsync_value *shown;
	bool is_saved; /* the running transaction has changed `shown` */
	uint32_t cell_count;
	struct bsync_file_edit_cell *cells; /* texts, and cells with an own edit */
};

struct bsync_file {
	struct bsync_db db;
	struct bsync_surroundings surroundings;
	struct bsync_capture_gate gate;
	struct bsync_capture_log *captured; /* the connection's */
	char *path;
	char error[BSYNC_FILE_ERROR_SIZE];

	struct bsync_arena owned; /* what `identity` borrows */
	struct bsync_file_identity identity;
	struct bsync_signing_key *signing_key;
	struct bsync_seal_context sealing; /* of the newest epoch, which is that of the newest line */
	struct bsync_schema *schema;
	struct bsync_buffer dictionary; /* of another schema version, while an old changeset is opened */

	/* Valid while no other connection has committed (is_known, data_version). */
	bool is_known;
	int64_t data_version;
	struct bsync_file_state state;
	struct bsync_file_line line;

	sqlite3_stmt *queries[BSYNC_QUERY_COUNT];
	struct bsync_record_table *records; /* one a table of the schema */

	enum bsync_authority authority;
	struct bsync_statement_seen seen;
	struct bsync_statement_note *notes[BSYNC_FILE_STATEMENT_BUCKETS];
	size_t note_count;
	sqlite3_stmt *words[BSYNC_FILE_WORDS]; /* BEGIN and COMMIT, prepared on first use */
	struct bsync_statement_note *owner;    /* the writing statement for which the transaction was opened */
	char savepoints[BSYNC_FILE_SAVEPOINTS_MAX][BSYNC_FILE_NAME_SIZE];
	uint32_t savepoint_count;
	bool is_opened_by_savepoint;
	bool was_in_transaction; /* before the step that runs */
	bool is_undone;          /* SQLite ended the application's transaction, which does not know it yet */
	bool has_sealed;         /* in the running transaction */
	bool has_committed;      /* something new in the outbox since bsync_file_take_committed */
	bool is_line_over;       /* the next HELLO speaks of another line than `spoken` */
	bool must_greet_again;   /* what is unsent lies before what this session hands in */
	bool has_begun_line;     /* since bsync_file_take_restored */
	bool has_clock_news;     /* since bsync_file_take_clock */

	struct bsync_line_span spoken; /* the line of the last HELLO; zeros before it */

	struct bsync_position base_override;
	const struct bsync_resolve *resolving; /* while bsync_file_resolve commits */
	const uint8_t *closing;                /* the id of the inbox item that the next commit closes, or NULL */
	struct bsync_file_edit *edits;
	uint32_t edit_count;

	struct bsync_arena scratch;
	struct bsync_buffer plain, body; /* of the changeset being sealed */
	struct bsync_buffer encoded;     /* one entry of bsync_pending, while it is written */

	int64_t staged_from;        /* first id in bsync_stage of the pull that runs now; 0 none */
	int64_t known_voids;        /* state.voids as the last HELLO was made: what it says holds for that */
	struct bsync_buffer pulled; /* SCOPES and ROWS payloads kept in memory: u8 kind, u32 size, bytes */
	int64_t pulled_ms;          /* uptime when the first of them came */
	size_t stage_from;          /* so much of a pull that is cut off is staged */
};

/* Keeps `text` as the explanation of a failure and returns `result`. */
enum bsync_result bsync_file_fail(struct bsync_file *file, enum bsync_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Keeps SQLite's text for a failure and returns `result`. */
enum bsync_result bsync_file_fail_sqlite(struct bsync_file *file, enum bsync_result result);

/* Reads state, line and schema again where another connection has committed since.  In a write transaction the
 * answer holds until its end. */
BSYNC_CHECKED enum bsync_result bsync_file_refresh(struct bsync_file *file);
/* Says that the running transaction was undone: what was cached may be of it. */
void bsync_file_forget(struct bsync_file *file);
/* Writes one integer of the state, which changes in memory too. */
BSYNC_CHECKED enum bsync_result bsync_file_state_set(struct bsync_file *file, const char *name, int64_t *field,
						     int64_t value);
#define BSYNC_FILE_SET(file, name, value) bsync_file_state_set(file, "sync." #name, &(file)->state.name, value)
struct bsync_position bsync_file_cursor(const struct bsync_file *file);
/* Reads the schema out of the file and makes it this connection's. */
BSYNC_CHECKED enum bsync_result bsync_file_schema_load(struct bsync_file *file);

/* Has the file written anew where rows have been removed since that was last done; see bsync_db_rewrite.  What cannot be done
 * now is done after the next pull that drops a scope, or when the file is closed or opened. */
void bsync_file_erase(struct bsync_file *file);

/* One write transaction of ours.  After a failure bsync_file_end rolls back and passes `result` on. */
BSYNC_CHECKED enum bsync_result bsync_file_begin(struct bsync_file *file);
BSYNC_CHECKED enum bsync_result bsync_file_end(struct bsync_file *file, enum bsync_result result);

/* Sets one row of bsync_meta. */
BSYNC_CHECKED enum bsync_result bsync_file_meta_set(struct bsync_file *file, const char *name,
						    const struct bsync_value *value);
/* Reads one; `*value` lives in `arena`, NULL when there is none. */
BSYNC_CHECKED enum bsync_result bsync_file_meta_get(struct bsync_file *file, const char *name,
						    struct bsync_arena *arena, struct bsync_value *value);

/* Registers uuid() and me(), the functions of capture and the authorizer on the connection. */
BSYNC_CHECKED enum bsync_result bsync_functions_register(struct bsync_file *file);
/* Makes the authorizer ours again, after core/schema used its own. */
void bsync_authorizer_install(struct bsync_file *file);
/* True for a name that begins with "bsync_" or "sync_". */
bool bsync_authorizer_is_ours(const char *name);
/* Frees what a closing connection still holds for statements. */
void bsync_statement_clear(struct bsync_file *file);

/* Writes what the running transaction captured as a sealed changeset into the outbox; nothing when nothing is there. */
BSYNC_CHECKED enum bsync_result bsync_commit_seal(struct bsync_file *file);
/* The base of an edit of this row that edit_begin remembers; false when it is not under edit. */
bool bsync_file_edit_base(const struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
			  struct bsync_position *base);
/* What its form shows in that column (an index); NULL when it is not known. */
const struct bsync_value *bsync_file_edit_shown(const struct bsync_file *file, uint32_t table_no,
						struct bsync_bytes key, uint32_t column);
/* The running transaction saves `values` from the form of this row, if it has one. */
void bsync_file_edit_saved(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
			   const struct bsync_value *values);
/* That transaction has ended. */
void bsync_file_edits_settle(struct bsync_file *file, bool is_committed);
/* Closes all forms of this connection. */
void bsync_file_edits_clear(struct bsync_file *file);
/* What it remembers of one cell; NULL when nothing. */
const struct bsync_file_edit_cell *bsync_file_edit_cell(const struct bsync_file *file, uint32_t table_no,
							struct bsync_bytes key, uint32_t column_no);

/* What a WELCOME says of the store's lives (restored.c): BSYNC_INCARNATION when it is not the store that this device knows.  In
 * the transaction. */
BSYNC_CHECKED enum bsync_result bsync_restored(struct bsync_file *file, const struct bsync_welcome *welcome);
/* Own changesets behind `kept` are offered again. */
BSYNC_CHECKED enum bsync_result bsync_restored_offer(struct bsync_file *file, uint64_t kept);
/* The store's life as last heard of; zeros when none. */
BSYNC_CHECKED enum bsync_result bsync_restored_life(struct bsync_file *file, struct bsync_life *life);

/* Opens own changeset `seq`, which lives in `arena`; BSYNC_NOT_FOUND when the outbox has none. */
BSYNC_CHECKED enum bsync_result bsync_outbox_open(struct bsync_file *file, uint64_t seq, struct bsync_arena *arena,
						  struct bsync_changeset *set);
/* The hash of own changeset `seq`; zeros for 0.  BSYNC_NOT_FOUND when the outbox has none. */
BSYNC_CHECKED enum bsync_result bsync_outbox_hash(struct bsync_file *file, uint64_t seq, struct bsync_digest *hash);

/* --- Small helpers (functions.c) --- */

/* The key of a row as the canonical array; bytes live in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_key_pack(struct bsync_arena *arena, const struct bsync_value *key,
					       uint32_t key_count, struct bsync_bytes *packed);
/* The other way; values borrow from `packed`. */
BSYNC_CHECKED enum bsync_result bsync_key_unpack(struct bsync_arena *arena, struct bsync_bytes packed,
						 struct bsync_value **key, uint32_t *key_count);
/* Appends a copy of a canonical array of values to the arena. */
BSYNC_CHECKED enum bsync_result bsync_values_unpack(struct bsync_arena *arena, struct bsync_bytes packed,
						    uint32_t count_max, struct bsync_value **values, uint32_t *count);

#endif
