#include "tests/sim/orphans.h"

#include <string.h>

#include "tests/sim/facts.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"

static struct facts expected, found;

/* The base of a delete: PROTOCOL 7.2: "The store cuts a base to what the device has confirmed." */
static uint64_t base_of(const struct model_set *set, const struct model_row *row)
{
	struct bsync_position base = set->changeset.base;
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		if (change->has_base && model_row(change->table_no, change->key) == row)
			base = change->base;
	}
	uint64_t counter = restore_position(model.world, base);
	uint64_t confirmed = restore_position(model.world, set->confirmed);
	return counter < confirmed ? counter : confirmed;
}

/* PROTOCOL 7.12: "Who held no scope in which that write stands now had not seen it." */
static bool has_seen(const struct model_delete *gone, const struct model_write *naming)
{
	const struct model_set *set = gone->set;
	struct bsync_value list = model_list(naming->row, NULL);
	uint64_t base = base_of(set, gone->row);
	if (set->line_no == naming->set->line_no)
		return naming->set->dot.seq <= set->dot.seq;
	bool is_held = set->line_no == 0 || model_holds(&set->author, &list, base);
	return is_held && naming->set->counter <= base;
}

/* By (stamp, device, seq). */
static bool is_before(const struct model_set *a, const struct model_set *b)
{
	int device = memcmp(&a->dot.device, &b->dot.device, sizeof a->dot.device);
	if (a->stamp_ms != b->stamp_ms)
		return a->stamp_ms < b->stamp_ms;
	return device != 0 ? device < 0 : a->dot.seq < b->dot.seq;
}

/* The write of the column that shows. */
static const struct model_write *shown_write(const struct model_row *row, uint32_t column)
{
	const struct model_write *best = NULL;
	for (struct model_write *write = NULL; (write = model_standing(row, column, write)) != NULL;)
		if (best == NULL || is_before(best->set, write->set))
			best = write;
	return best;
}

static void row_look(const struct model_row *row, const struct bsync_reference *reference)
{
	const struct bsync_schema *schema = bsync_store_schema(model.world->store);
	const struct model_write *naming = shown_write(row, reference->column);
	const struct model_set *first = NULL;
	bool was_seen = false;
	if (row->state != MODEL_LIVE || naming == NULL || naming->value.kind == BSYNC_NULL)
		return;
	const struct model_row *named = model_row(schema->tables[reference->parent].no, &naming->value);
	MODEL_EACH (delete, gone) {
		if (gone->row != named || named->state != MODEL_DEAD)
			continue;
		for (struct model_write *same = NULL; (same = model_standing(row, reference->column, same)) != NULL;)
			was_seen |= bsync_value_equal(&same->value, &naming->value) && has_seen(gone, same);
		if (first == NULL || is_before(gone->set, first))
			first = gone->set;
	}
	if (first == NULL || was_seen)
		return;
	FACT(&expected, "orphan", row, facts_number(first->line_no), facts_number(first->dot.seq));
	probe(PROBE_ORPHAN);
}

static void item_row(void *context, uint32_t count, const struct bsync_value *values)
{
	facts_say(context, count, values);
}

static void over_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	probe_if(values[0].as.integer != 0, PROBE_ORPHAN_OVER);
}

void orphans_look(struct world *world)
{
	const struct bsync_schema *schema = bsync_store_schema(world->store);
	char words[500];
	if (world->failure[0] != '\0')
		return;
	facts_begin(&expected);
	facts_begin(&found);
	for (uint32_t i = 0; i < schema->reference_count; i++)
		for (uint32_t k = 0; k < model.row_count; k++)
			if (model.rows[k].table == &schema->tables[schema->references[i].table])
				row_look(&model.rows[k], &schema->references[i]);
	server_ask(world,
		   "SELECT 'orphan', table_no, key, line_no, seq FROM bsync_item WHERE resolved_counter IS NULL"
		   " AND reason = '" ORPHAN_REASON "'",
		   0, item_row, &found);
	server_ask(world, "SELECT count(*) FROM bsync_item WHERE is_over AND reason = '" ORPHAN_REASON "'", 0, over_row,
		   NULL);
	if (!facts_agree(&expected, &found, "model", "store", words, sizeof words))
		world_fail(world, "%s", words);
	facts_end(&expected);
	facts_end(&found);
}
