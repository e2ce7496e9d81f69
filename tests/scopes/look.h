/* look.h: what the replicas show of each case, once everybody is quiet, and whether anything is lost. */
#ifndef BSYNC_TESTS_SCOPES_LOOK_H
#define BSYNC_TESTS_SCOPES_LOOK_H

#include "tests/scopes/cases.h"
#include "tests/scopes/world.h"

enum { ROW_TEXT_SIZE = 240, REPLICAS = WORLD_DEVICES + 1, STORE = WORLD_DEVICES };

/* A row as one replica shows it. */
struct seen_row {
	char text[ROW_TEXT_SIZE]; /* kring|a|b; empty: none */
	uint32_t items;           /* inbox items about it, and two sums over them that no order changes */
	uint64_t items_sum;       /* … of what they say */
	uint64_t ids_sum;         /* … of their ids */
};

/* All cases, two rows each, by replica. */
struct look {
	uint32_t case_count;
	struct seen_row *rows[REPLICAS];
	uint8_t *written; /* by word: somebody had it on the screen after a commit */
	uint8_t *found;   /* by word: the store has it somewhere */
};

void look_init(struct look *look, uint32_t case_count);
void look_clear(struct look *look);
/* Notes as written what the device shows now. */
void look_written(struct look *look, struct world_device *device);
/* Reads all replicas. */
void look_all(struct look *look, struct world *world);
/* Appends to `out` what every replica has of a case, for a person. */
void look_describe(struct world *world, const struct small_case *c, char *out, size_t size);

#endif
