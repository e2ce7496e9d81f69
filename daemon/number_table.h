/* number_table.h: a map from a 64-bit number to a pointer, for lookups on the loop's thread. */
#ifndef BSYNC_DAEMON_NUMBER_TABLE_H
#define BSYNC_DAEMON_NUMBER_TABLE_H

#include "core/result.h"

#include <stddef.h>
#include <stdint.h>

/* All zeros is an empty table. */
struct bsync_number_slot;
struct bsync_number_table {
	struct bsync_number_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* NULL when the number is not there. */
void *bsync_number_table_get(const struct bsync_number_table *table, uint64_t number);
/* `value` is not NULL; replaces what was there.  BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_number_table_put(struct bsync_number_table *table, uint64_t number, void *value);
/* Removes the number; it need not be there. */
void bsync_number_table_remove(struct bsync_number_table *table, uint64_t number);
/* Calls `each` for every value, in no order; it must not change the table. */
void bsync_number_table_each(const struct bsync_number_table *table, void (*each)(void *context, void *value),
			     void *context);
void bsync_number_table_clear(struct bsync_number_table *table);

#endif
