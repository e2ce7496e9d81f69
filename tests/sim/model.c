#include "tests/sim/model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/facts.h"
#include "tests/sim/operator.h"
#include "tests/sim/watch.h"

enum { ARENA_MAX = 1 << 30 };

struct model model;

void model_begin(struct world *world)
{
	bsync_arena_clear(&model.arena);
	memset(&model, 0, offsetof(struct model, sets));
	bsync_arena_init(&model.arena, ARENA_MAX);
	model.world = world;
}

uint32_t model_next(uint32_t *count, uint32_t max)
{
	if (*count == max)
		abort();
	return (*count)++;
}

struct model_row *model_row(uint32_t table_no, const struct bsync_value *key)
{
	const struct bsync_table *table = bsync_schema_table(bsync_store_schema(model.world->store), table_no);
	struct bsync_value packed = facts_pack(&model.arena, table->key_count, key);
	MODEL_EACH (row, it)
		if (it->table == table && bsync_value_equal(&it->packed, &packed))
			return it;
	struct model_row *row = &model.rows[model_next(&model.row_count, MODEL_ROWS_MAX)];
	*row = (struct model_row){.table = table, .packed = packed};
	for (uint32_t k = 0; k < table->key_count; k++)
		if (!bsync_value_copy(&model.arena, &key[k], &row->key[k]))
			abort();
	return row;
}

struct model_set *model_find(const struct bsync_dot *dot)
{
	MODEL_EACH (set, set)
		if (memcmp(&set->dot, dot, sizeof *dot) == 0)
			return set;
	return NULL;
}

struct model_set *model_find_hash(const struct bsync_device_id *device, const struct bsync_digest *hash)
{
	MODEL_EACH (set, set)
		if (set->state != MODEL_OFFERED && memcmp(&set->hash, hash, sizeof *hash) == 0 &&
		    memcmp(&set->dot.device, device, sizeof *device) == 0)
			return set;
	return NULL;
}

/* Its stamp is above every write that there is, as of anybody who has seen everything. */
void model_decided(struct bsync_change *change, uint64_t seq, int64_t stamp_ms, uint64_t counter)
{
	struct model_set *set = &model.sets[model_next(&model.set_count, MODEL_SETS_MAX)];
	*set = (struct model_set){
		.state = MODEL_APPLIED, .role = UINT32_MAX, .dot.seq = seq, .stamp_ms = stamp_ms, .counter = counter};
	set->confirmed = set->changeset.base = (struct bsync_position){
		bsync_store_facts(model.world->store)->incarnation, counter};
	set->changeset.change_count = 1;
	set->changeset.changes = change;
	MODEL_EACH (write, write)
		if (write->set->stamp_ms >= stamp_ms)
			world_fail(model.world, "model: the stamp of a decision is not above that of changeset %llu",
				   (unsigned long long)write->set->dot.seq);
	(void)model_apply(set);
}

/* The next of those that stand, in the store's order. */
static struct model_set *applied_after(uint64_t counter)
{
	struct model_set *next = NULL;
	MODEL_EACH (set, set)
		if (set->state == MODEL_APPLIED && set->counter > counter &&
		    (next == NULL || set->counter < next->counter))
			next = set;
	return next;
}

void model_restored(uint64_t point)
{
	MODEL_EACH (set, set) {
		if (set->line_no == 0 && !set->has_stamp && set->state == MODEL_APPLIED && set->counter <= point)
			continue;
		if (set->has_stamp)
			set->lost_stamp_ms = set->stamp_ms;
		set->state = MODEL_OFFERED;
		set->has_stamp = set->is_given_up = false;
		set->counter = 0;
	}
	watch_there();
	model.write_count = model.item_count = model.delete_count = model.scope_count = 0;
	MODEL_EACH (row, row) {
		row->state = MODEL_NEVER;
		row->deleted = NULL;
	}
	model.counter = 0;
	for (struct model_set *set; (set = applied_after(model.counter)) != NULL;) {
		model.counter = set->counter;
		(void)model_apply(set);
	}
	model.counter = point;
	operator_close_again();
}
