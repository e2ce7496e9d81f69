#include "daemon/number_table.h"

#include <assert.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

/* `value` NULL: free. */
struct bsync_number_slot {
	uint64_t number;
	void *value;
};

/* Spreads numbers that count up (the finaliser of splitmix64). */
static uint64_t spread(uint64_t number)
{
	number ^= number >> 30;
	number *= 0xbf58476d1ce4e5b9U;
	number ^= number >> 27;
	number *= 0x94d049bb133111ebU;
	return number ^ number >> 31;
}

/* The slot of `number`, or the free one where it would go. */
static size_t find(const struct bsync_number_table *table, uint64_t number)
{
	size_t at = (size_t)spread(number) & (table->capacity - 1);

	assert(table->count < table->capacity);
	while (table->slots[at].value != NULL && table->slots[at].number != number)
		at = (at + 1) & (table->capacity - 1);
	return at;
}

void *bsync_number_table_get(const struct bsync_number_table *table, uint64_t number)
{
	return table->capacity == 0 ? NULL : table->slots[find(table, number)].value;
}

static enum bsync_result grow(struct bsync_number_table *table)
{
	struct bsync_number_table larger = {.capacity = table->capacity == 0 ? CAPACITY_MIN : table->capacity * 2};

	larger.slots = calloc(larger.capacity, sizeof *larger.slots);
	if (larger.slots == NULL)
		return BSYNC_NO_MEMORY;
	for (size_t i = 0; i < table->capacity; i++) {
		if (table->slots[i].value != NULL) {
			larger.slots[find(&larger, table->slots[i].number)] = table->slots[i];
			larger.count++;
		}
	}
	free(table->slots);
	*table = larger;
	return BSYNC_OK;
}

enum bsync_result bsync_number_table_put(struct bsync_number_table *table, uint64_t number, void *value)
{
	size_t at;

	assert(value != NULL);
	if ((table->count + 1) * 4 > table->capacity * 3) {
		enum bsync_result result = grow(table);

		if (result != BSYNC_OK)
			return result;
	}
	at = find(table, number);
	if (table->slots[at].value == NULL)
		table->count++;
	table->slots[at] = (struct bsync_number_slot){number, value};
	return BSYNC_OK;
}

void bsync_number_table_remove(struct bsync_number_table *table, uint64_t number)
{
	size_t hole;
	size_t at;

	if (table->capacity == 0)
		return;
	hole = find(table, number);
	if (table->slots[hole].value == NULL)
		return;
	/* What follows without a gap moves up where the hole would cut it off from its place. */
	for (at = (hole + 1) & (table->capacity - 1); table->slots[at].value != NULL;
	     at = (at + 1) & (table->capacity - 1)) {
		size_t home = (size_t)spread(table->slots[at].number) & (table->capacity - 1);

		if (((at - home) & (table->capacity - 1)) >= ((at - hole) & (table->capacity - 1))) {
			table->slots[hole] = table->slots[at];
			hole = at;
		}
	}
	table->slots[hole].value = NULL;
	table->count--;
}

void bsync_number_table_each(const struct bsync_number_table *table, void (*each)(void *context, void *value),
			     void *context)
{
	for (size_t i = 0; i < table->capacity; i++) {
		if (table->slots[i].value != NULL)
			each(context, table->slots[i].value);
	}
}

void bsync_number_table_clear(struct bsync_number_table *table)
{
	free(table->slots);
	*table = (struct bsync_number_table){0};
}
