/* model.h: the reference model: what the store must hold, computed in the most naive way.
 *
 * Written from schema/PROTOCOL.md sections 4 to 7 and core/MERGE.md, not from the code that it judges: a list of all writes
 * there ever were, for tests/schemas/lijst, of that what devices write but for what can be signed (signed.h). */
#ifndef BSYNC_TESTS_SIM_MODEL_H
#define BSYNC_TESTS_SIM_MODEL_H

#include "tests/sim/world.h"

enum { MODEL_SETS_MAX = 20000, MODEL_WRITES_MAX = 100000, MODEL_ROWS_MAX = 20000, MODEL_SCOPES_MAX = 64 };

/* A changeset, or a decision of the operator: one on the store's own line, of no device. */
struct model_set {
	enum { MODEL_OFFERED, MODEL_WAITS, MODEL_APPLIED } state;
	struct bsync_dot dot;
	struct bsync_digest hash;
	const struct model_set *before, *after; /* it follows on; of the first of a line: its device had */
	bool is_fork;                           /* a copy of the device made it, and it waits for the operator */
	bool is_released;                       /* who has looked */
	bool is_given_up;                       /* by its author, who had asked for it */
	bool was_asked;
	uint32_t line_no; /* the store's number of its line, 0 its own; known from the receipt on */
	struct bsync_worker_id author;
	uint32_t role; /* of the author: a higher one has the word */
	int64_t corrected_ms, stamp_ms;
	bool has_stamp;
	int64_t lost_stamp_ms;           /* that it had before the store lost it, 0: never */
	struct bsync_position confirmed; /* what its device had confirmed: cuts bases */
	uint64_t counter;
	enum bsync_verdict verdict;
	struct bsync_changeset changeset;
};

struct model_row {
	const struct bsync_table *table;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX], packed; /* its values, and their canonical array */
	enum { MODEL_NEVER, MODEL_LIVE, MODEL_DEAD } state;
	const struct model_set *deleted; /* DEAD: by whom */
};

/* Where a write is.  TOUCHED: nowhere, but its set was written; FOLDED: in a later write of its line. */
enum model_place { MODEL_STANDS, MODEL_HISTORY, MODEL_ITEM, MODEL_TOUCHED, MODEL_FOLDED };

/* One value written to one cell; of a set, one element added; of a counter, the sum of its line up to here. */
struct model_write {
	struct model_row *row;
	uint32_t column;
	const struct model_set *set, *replaced; /* HISTORY: by whom */
	enum model_place place;
	struct bsync_value value;
	struct bsync_text_base base; /* of a text */
};

/* An inbox item that is no standing conflict. */
struct model_item {
	const char *kind;
	const struct model_row *row;
	const struct model_set *set;
	bool is_open, is_over; /* OVER: closed by itself, and open again where that is undone */
};

/* A delete of a row, in its present life. */
struct model_delete {
	const struct model_row *row; /* NULL: of a life that is over */
	const struct model_set *set;
};

/* A list that is founded: a scope of circle 2. */
struct model_scope {
	struct bsync_value list;
	const struct model_set *founder;
};

/* Over all there are of a kind. */
#define MODEL_EACH(kind, it)                                                                             \
	for (struct model_##kind *it = model.kind##s, *end_of_##it = model.kind##s + model.kind##_count; \
	     it < end_of_##it; it++)

extern struct model {
	struct world *world;
	struct bsync_arena arena;
	uint64_t counter;                                   /* of the last that is applied */
	struct bsync_position confirmed[WORLD_DEVICES_MAX]; /* by identity: up to here it said that it has everything */
	uint32_t set_count, write_count, row_count, item_count, delete_count, scope_count;
	struct model_set sets[MODEL_SETS_MAX];
	struct model_write writes[MODEL_WRITES_MAX];
	struct model_row rows[MODEL_ROWS_MAX];
	struct model_item items[MODEL_SETS_MAX];
	struct model_delete deletes[MODEL_SETS_MAX];
	struct model_scope scopes[MODEL_SCOPES_MAX];
} model;

/* An empty store: a new world. */
void model_begin(struct world *world);
/* The store itself makes this change, with that seq, stamp and counter. */
void model_decided(struct bsync_change *change, uint64_t seq, int64_t stamp_ms, uint64_t counter);
/* The store was put back and has nothing behind `point` any more; decisions behind it are gone. */
void model_restored(uint64_t point);

/* Counts one more, of at most `max`; returns its index. */
uint32_t model_next(uint32_t *count, uint32_t max);
/* The row, which is noted when it is new. */
struct model_row *model_row(uint32_t table_no, const struct bsync_value *key);
/* The changeset with that hash that the store has; NULL when there is none. */
struct model_set *model_find_hash(const struct bsync_device_id *device, const struct bsync_digest *hash);
/* The changeset of that dot; NULL when there is none. */
struct model_set *model_find(const struct bsync_dot *dot);
/* The next write of the cell that stands, after `last` or from the first on. */
struct model_write *model_standing(const struct model_row *row, uint32_t column, struct model_write *last);
/* What a cell shows, and whether two values of it stand. */
struct bsync_value model_shown(const struct model_row *row, uint32_t column);
bool model_is_conflict(const struct model_row *row, uint32_t column);
/* The list that the row is in, or as the change means it; NULL: none. */
struct bsync_value model_list(const struct model_row *row, const struct bsync_change *change);
/* True when the worker holds the list at that place of the store's order. */
bool model_holds(const struct bsync_worker_id *worker, const struct bsync_value *list, uint64_t counter);
/* True when the changeset must wait for a list, or behind another of its line. */
bool model_must_wait(const struct model_set *set);
/* Does all that it does; returns the verdicts that it may have, a bit each. */
unsigned model_apply(const struct model_set *set);

#endif
