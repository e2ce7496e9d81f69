/* model.h: the reference model: what the store must hold, computed in the most naive way.
 *
 * Written from schema/PROTOCOL.md sections 4 to 7 and core/MERGE.md, not from the code that it judges.  It is fed with what
 * the daemon opened and with the receipts, and keeps a list of all writes that there ever were.  It knows schemas in
 * which a table has one face, whose scope is one column. */
#ifndef BSYNC_TESTS_SIM_MODEL_H
#define BSYNC_TESTS_SIM_MODEL_H

#include "tests/sim/world.h"

enum { MODEL_SETS_MAX = 20000, MODEL_WRITES_MAX = 100000, MODEL_ROWS_MAX = 20000, MODEL_SCOPES_MAX = 64 };

enum model_set_state { MODEL_OFFERED, MODEL_WAITS, MODEL_APPLIED };

/* A changeset, or a decision of the operator. */
struct model_set {
	enum model_set_state state;
	bool is_store; /* the operator's: a write of the store itself */
	struct bsync_device_id device;
	struct bsync_worker_id author;
	struct bsync_line_id line;
	uint64_t seq;
	int64_t corrected_ms;
	uint64_t confirmed; /* what its device had confirmed: cuts bases */
	struct bsync_changeset changeset;
	uint64_t counter;
	bool has_stamp;
	int64_t stamp_ms;
	enum bsync_verdict verdict;
	enum bsync_verdict expected;
	bool may_be_merged; /* though `applied` is expected */
};

/* Where a write is; each is in one place. */
enum model_place {
	MODEL_STANDS,
	MODEL_HISTORY,
	MODEL_ITEM,
	MODEL_FOLDED, /* a delta that is in the sum of its line; a touch of a set */
};

/* One value written to one cell; of a set, one element added. */
struct model_write {
	uint32_t row, column, set, life;
	enum model_place place;
	struct bsync_value value;
	int64_t sum;                             /* of a counter: of its line up to here */
	uint64_t replaced_counter, replaced_set; /* HISTORY */
	uint64_t found;                          /* the comparison that has seen it */
};

enum model_row_state { MODEL_NEVER, MODEL_LIVE, MODEL_DEAD };

struct model_row {
	uint32_t table_no;
	struct bsync_bytes key; /* canonical */
	const struct bsync_value *values;
	enum model_row_state state;
	uint32_t life;
	uint32_t deleted_set;
	uint64_t found;
};

/* An inbox item that is no standing conflict. */
struct model_item {
	const char *kind;
	uint32_t row, set;
	bool is_open;
	uint64_t found;
};

struct model_scope {
	uint32_t circle_no;
	struct bsync_value value;
	uint64_t counter; /* when it was founded */
	struct bsync_worker_id founder;
};

/* A worker goes to the team that does not hold 'L2' (tests/schemas/lijst), or comes back. */
struct model_move {
	struct bsync_worker_id worker;
	bool is_outside;
	uint64_t counter;
};

struct model {
	struct world *world;
	struct bsync_arena arena;
	const struct bsync_schema *schema;
	uint64_t counter; /* of the last that is applied */
	uint64_t comparisons;
	uint64_t store_seq; /* of the store's own line */
	uint64_t confirmed[WORLD_DEVICES_MAX];
	uint32_t set_count, write_count, row_count, item_count, scope_count, move_count;
	struct model_set sets[MODEL_SETS_MAX];
	struct model_write writes[MODEL_WRITES_MAX];
	struct model_row rows[MODEL_ROWS_MAX];
	struct model_item items[MODEL_SETS_MAX];
	struct model_scope scopes[MODEL_SCOPES_MAX];
	struct model_move moves[MODEL_SETS_MAX];
};

extern struct model model;

/* --- model.c: the changesets that there are, and what their receipts say --- */

/* An empty store: a new world. */
void model_begin(struct world *world);
/* The device said that it has everything up to here. */
void model_confirm(const struct world_device *device, struct bsync_position position);
/* The daemon opened these and hands them to its store. */
void model_offer(const struct world_device *device, const struct bsync_batch *batch);
/* The store has committed, or was opened anew: applies what has a receipt there now. */
void model_settle(struct world *world);
/* The store says this to a device about changesets of a line: it must be what it said before. */
void model_receipts(struct world_device *device, const struct bsync_receipts *receipts);
/* The operator looks at an item, and then decides: takes what stands as number `take`, at `counter` of the store. */
void model_look(const struct bsync_inbox_item *item);
void model_decided(struct world *world, uint32_t take, uint64_t counter);
void model_moved(const struct bsync_worker_id *worker, bool is_outside, uint64_t counter);
bool model_is_outside(const struct bsync_worker_id *worker, uint64_t counter);
/* The changeset with this dot; NULL when the store has none. */
struct model_set *model_find(const struct bsync_device_id *device, const struct bsync_line_id *line, uint64_t seq);

/* The row, which is noted when it is new. */
uint32_t model_row(uint32_t table_no, const struct bsync_value *key, uint32_t key_count);
const struct bsync_table *model_table(uint32_t row);

/* --- model_scope.c: who may write what --- */

/* True when it must wait for a scope, or behind another of its line. */
bool model_must_wait(const struct model_set *set);
/* The scopes that its inserts found are known from now on. */
void model_found(const struct model_set *set);
/* NULL when the author may write the row, else the kind of item that the change becomes. */
const char *model_not_allowed(uint32_t set, uint32_t row, const struct bsync_change *change);
/* True when the worker holds the scope at that place of the store's order. */
bool model_holds(const struct bsync_worker_id *worker, uint32_t circle_no, const struct bsync_value *value,
		 uint64_t counter);
/* The value of the scope's column in the key, in the change or, for a row that is there, in the row. */
struct bsync_value model_scope_of(uint32_t row, const struct bsync_change *change);

/* --- model_apply.c: what a changeset does --- */

void model_apply(uint32_t set);
bool model_same_line(const struct model_set *a, const struct model_set *b);
bool model_has_seen_delete(uint32_t row, uint32_t set, uint64_t base);
/* A base, cut to what the device has confirmed. */
uint64_t model_cut(const struct model_set *set, struct bsync_position base);
/* What a cell shows; texts come from the arena. */
struct bsync_value model_shown(uint32_t row, uint32_t column);
bool model_stands(const struct model_write *write, uint32_t row, uint32_t column);
bool model_is_conflict(uint32_t row, uint32_t column);

/* --- model_compare.c --- */

/* Everything that the store holds against everything that the model holds. */
void model_compare(struct world *world);

#endif
