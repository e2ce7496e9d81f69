#include "tests/sim/compare.h"

#include <stdio.h>

#include "core/cells.h"
#include "core/merge.h"
#include "core/pack.h"
#include "tests/sim/facts.h"
#include "tests/sim/model.h"
#include "tests/sim/orphans.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"

enum { VERSIONS_MAX = 1000 };

static struct facts expected, found;
static const struct bsync_table *table; /* that is read */

/* --- What the model says --- */

static void say_cell(struct facts *facts, const struct model_row *row, uint32_t column)
{
	static struct bsync_dot dots[VERSIONS_MAX];
	uint32_t no = row->table->columns[column].no, count = 0;
	uint8_t id[16];
	if (!row->table->columns[column].is_key)
		FACT(facts, "shows", row, facts_number(no), model_shown(row, column));
	if (!model_is_conflict(row, column))
		return;
	for (struct model_write *write = NULL; (write = model_standing(row, column, write)) != NULL;)
		dots[model_next(&count, VERSIONS_MAX)] = write->set->dot;
	bsync_conflict_id(row->table->no, row->key, row->table->key_count, no, count, dots, id);
	FACT(facts, "conflict", row, facts_number(no), bsync_value_blob((struct bsync_bytes){id, sizeof id}));
}

static void say_write(struct facts *facts, const struct model_write *write)
{
	const struct model_set *set = write->set, *by = write->replaced;
	uint32_t no = write->row->table->columns[write->column].no;
	if (write->place == MODEL_STANDS)
		FACT(facts, "stands", write->row, facts_number(no), facts_number(set->line_no),
		     facts_number(set->dot.seq), facts_number(set->counter), bsync_value_integer(set->stamp_ms),
		     write->value);
	else if (write->place == MODEL_HISTORY)
		FACT(facts, "history", write->row, facts_number(no), facts_number(set->line_no),
		     facts_number(set->dot.seq), facts_number(set->counter), bsync_value_integer(set->stamp_ms),
		     write->value, facts_number(by->counter),
		     bsync_value_blob((struct bsync_bytes){by->author.bytes, BSYNC_ID_SIZE}));
}

static void say_item(struct facts *facts, const struct model_item *item)
{
	struct bsync_value cells[2 * BSYNC_COLUMNS_MAX];
	uint32_t count = 0;
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++) {
		if (write->row != item->row || write->set != item->set || write->place != MODEL_ITEM)
			continue;
		cells[count++] = facts_number(write->row->table->columns[write->column].no);
		cells[count++] = write->value;
	}
	FACT(facts, "item", item->row, facts_text(item->kind), facts_number(item->set->line_no),
	     facts_number(item->set->dot.seq), facts_number(item->is_open), facts_pack(&facts->arena, count, cells));
}

static void model_facts(struct facts *facts)
{
	for (const struct model_row *row = model.rows; row < model.rows + model.row_count; row++) {
		if (row->state == MODEL_NEVER)
			continue;
		FACT(facts, row->state == MODEL_LIVE ? "lives" : "is dead", row, bsync_value_null());
		for (uint32_t k = 0; k < row->table->column_count; k++)
			say_cell(facts, row, k);
	}
	for (uint32_t i = 0; i < model.write_count; i++)
		say_write(facts, &model.writes[i]);
	for (uint32_t i = 0; i < model.item_count; i++)
		say_item(facts, &model.items[i]);
}

/* --- What the store says --- */

static void say_row(const char *state, const struct bsync_value *values, struct bsync_bytes bytes)
{
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_cells cells = {0};
	for (uint32_t k = 0; k < table->key_count; k++)
		key[k] = values[table->key[k]];
	const struct model_row *row = model_row(table->no, key);
	FACT(&found, state, row, bsync_value_null());
	if (bsync_cells_decode(table, bytes, values, &found.arena, &cells) != BSYNC_OK)
		world_fail(model.world, "the versions of a row of %s do not decode", table->name);
	for (uint32_t c = 0; c < cells.cell_count; c++) {
		const struct bsync_cell *cell = &cells.cells[c];
		struct bsync_value no = facts_number(table->columns[cell->column].no);
		FACT(&found, "shows", row, no, values[cell->column]);
		for (uint32_t i = 0; i < cell->count; i++) {
			const struct bsync_standing *it = &cell->standing[i];
			if (!it->is_unwritten)
				FACT(&found, "stands", row, no, facts_number(it->version.line),
				     facts_number(it->version.seq), facts_number(it->version.counter),
				     bsync_value_integer(it->version.stamp_ms), it->value);
		}
	}
}

static void table_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)context;
	say_row("lives", values, values[count - 1].as.bytes);
}

/* table_no, row, cells */
static void grave_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct bsync_value row[BSYNC_COLUMNS_MAX] = {0};
	struct bsync_reader reader = {.rest = values[1].as.bytes};
	(void)context;
	table = bsync_schema_table(bsync_store_schema(model.world->store), (uint32_t)values[0].as.integer);
	if (signed_has(table))
		return;
	count = bsync_read_array(&reader, 0, BSYNC_COLUMNS_MAX);
	for (uint32_t i = 0; i < count; i++)
		row[i] = bsync_read_value(&reader);
	say_row("is dead", row, values[2].as.bytes);
}

/* what, table_no, … */
static void fact_row(void *context, uint32_t count, const struct bsync_value *values)
{
	if (!signed_has(bsync_schema_table(bsync_store_schema(model.world->store), (uint32_t)values[1].as.integer)))
		facts_say(context, count, values);
}

static void store_facts(struct world *world)
{
	const struct bsync_schema *schema = bsync_store_schema(world->store);
	char sql[100];
	for (table = schema->tables; table < schema->tables + schema->table_count; table++) {
		/* The operator's tables, which the model does not know. */
		if (schema->circles[table->faces[0].circle].root_table < 0 || signed_has(table))
			continue;
		snprintf(sql, sizeof sql, "SELECT * FROM %s", table->name);
		server_ask(world, sql, 0, table_row, NULL);
		server_ask(world,
			   "SELECT 'history', table_no, key, column_no, line_no, seq, counter, stamp_ms, value,"
			   " replaced_counter, replaced_by FROM bsync_history WHERE table_no = ?1",
			   table->no, fact_row, &found);
	}
	server_ask(world, "SELECT table_no, row, cells FROM bsync_grave", 0, grave_row, NULL);
	server_ask(world, "SELECT 'conflict', table_no, key, column_no, id FROM bsync_conflict", 0, fact_row, &found);
	server_ask(world,
		   "SELECT 'item', table_no, key, kind, line_no, seq, resolved_counter IS NULL, cells FROM bsync_item"
		   " WHERE reason <> '" ORPHAN_REASON "'",
		   0, fact_row, &found);
}

void compare_store(struct world *world)
{
	char words[500];
	if (world->failure[0] != '\0')
		return;
	facts_begin(&expected);
	facts_begin(&found);
	model_facts(&expected);
	store_facts(world);
	if (!facts_agree(&expected, &found, "model", "store", words, sizeof words))
		world_fail(world, "%s", words);
	facts_end(&expected);
	facts_end(&found);
	orphans_look(world);
}
