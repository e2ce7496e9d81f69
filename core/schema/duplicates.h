/* duplicates.h: rows that clash on values which the schema wants unique, among the rows that a database has.
 *
 * A function of the rows that stand and nothing else, the same on a device and in the store: PROTOCOL 7.11. */
#ifndef BSYNC_CORE_SCHEMA_DUPLICATES_H
#define BSYNC_CORE_SCHEMA_DUPLICATES_H

#include "core/inbox_item.h"
#include "core/record_type.h"
#include "core/sqlite/db.h"

/* Calls `row` with an item for each clash, until it returns false: then `*goes_on` is false.  The items live in `arena`,
 * which is emptied between them. */
BSYNC_CHECKED enum bsync_result bsync_duplicates_list(struct bsync_db *db, const struct bsync_schema *schema,
						      struct bsync_arena *arena,
						      bool (*row)(void *context, const struct bsync_inbox_item *item),
						      void *context, bool *goes_on);
/* How many there are. */
BSYNC_CHECKED enum bsync_result bsync_duplicates_count(struct bsync_db *db, const struct bsync_schema *schema,
						       uint64_t *count);
/* Whether one of them has this id now. */
BSYNC_CHECKED enum bsync_result bsync_duplicates_has(struct bsync_db *db, const struct bsync_schema *schema,
						     const uint8_t id[BSYNC_ID_SIZE], bool *has);

/* What to do instead, said to who wants to resolve one. */
extern const char bsync_duplicate_advice[];

#endif
