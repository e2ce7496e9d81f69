/* model_compare.c: the store's tables against the model: rows, standing versions, graves, history, items, conflicts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cells.h"
#include "core/merge.h"
#include "core/pack.h"
#include "tests/sim/model.h"
#include "tests/sim/server.h"

enum { LINES_MAX = 200, ARENA_MAX = 64 << 20, NAME_SIZE = 200, SQL_SIZE = 400 };

/* One comparison: the store's numbers of lines, and the table being read. */
static struct {
	struct world *world;
	struct bsync_arena arena;
	uint32_t line_count;
	struct {
		uint64_t no;
		struct bsync_device_id device;
		struct bsync_line_id line;
	} lines[LINES_MAX];
	const struct bsync_table *table;
} look;

static bool differs(uint32_t row, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool differs(uint32_t row, const char *format, ...)
{
	char text[300], name[NAME_SIZE] = "";
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (uint32_t k = 0; k < model_table(row)->key_count; k++) {
		const struct bsync_value *value = &model.rows[row].values[k];
		size_t at = strlen(name);
		if (value->kind == BSYNC_INTEGER)
			snprintf(name + at, sizeof name - at, "/%lld", (long long)value->as.integer);
		else if (value->kind == BSYNC_TEXT)
			snprintf(name + at, sizeof name - at, "/%.*s", (int)value->as.bytes.size,
				 (const char *)value->as.bytes.data);
	}
	world_fail(look.world, "model: %s%s: %s", model_table(row)->name, name, text);
	return false;
}

/* The changeset that wrote a version of the store; NULL when the model knows none. */
static const struct model_set *set_of(uint64_t line_no, uint64_t seq, uint64_t counter)
{
	for (uint32_t i = 0; line_no == 0 && i < model.set_count; i++)
		if (model.sets[i].is_store && model.sets[i].counter == counter)
			return &model.sets[i];
	for (uint32_t i = 0; i < look.line_count; i++)
		if (look.lines[i].no == line_no)
			return model_find(&look.lines[i].device, &look.lines[i].line, seq);
	return NULL;
}

/* The write of `set` to a cell that is in `place` and has not been found yet. */
static struct model_write *write_of(uint32_t row, uint32_t column, const struct model_set *set, enum model_place place,
				    const struct bsync_value *value)
{
	for (uint32_t i = 0; i < model.write_count; i++) {
		struct model_write *write = &model.writes[i];
		if (write->row == row && write->column == column && &model.sets[write->set] == set &&
		    write->place == place && write->found != model.comparisons &&
		    (value == NULL || bsync_value_equal(&write->value, value)))
			return write;
	}
	return NULL;
}

static bool read_line(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	(void)names;
	if (look.line_count == LINES_MAX)
		abort();
	look.lines[look.line_count].no = (uint64_t)values[0].as.integer;
	memcpy(&look.lines[look.line_count].device, values[1].as.bytes.data, BSYNC_ID_SIZE);
	memcpy(&look.lines[look.line_count++].line, values[2].as.bytes.data, BSYNC_ID_SIZE);
	return true;
}

/* True for a table that devices write: the others are the operator's. */
static bool is_written(uint32_t table_no)
{
	const struct bsync_schema *schema = bsync_store_schema(look.world->store);
	const struct bsync_table *table = bsync_schema_table(schema, table_no);
	const char *writers = schema->circles[table->faces[0].circle].writers_sql;
	return writers == NULL || writers[0] != '\0';
}

/* --- Rows and graves --- */

static bool compare_cell(uint32_t row, const struct bsync_cell *cell, const struct bsync_value *shown)
{
	const struct bsync_column *column = &look.table->columns[cell->column];
	bool is_counter = column->rule == BSYNC_RULE_COUNTER;
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *standing = &cell->standing[i];
		const struct bsync_version *version = &standing->version;
		if (standing->is_unwritten)
			continue;
		const struct model_set *set = set_of(version->line, version->seq, version->counter);
		struct model_write *write = set == NULL ? NULL
							: write_of(row, cell->column, set, MODEL_STANDS,
								   is_counter ? NULL : &standing->value);
		if (write == NULL)
			return differs(row, "%s: seq %llu at %llu stands and should not", column->name,
				       (unsigned long long)version->seq, (unsigned long long)version->counter);
		write->found = model.comparisons;
		bool is_equal = !is_counter || standing->value.as.integer == write->sum;
		if (!is_equal || set->counter != version->counter ||
		    (!set->is_store && set->stamp_ms != version->stamp_ms))
			return differs(row, "%s: seq %llu at %llu has another sum, place or stamp", column->name,
				       (unsigned long long)version->seq, (unsigned long long)version->counter);
	}
	struct bsync_value expected = model_shown(row, cell->column);
	if (!bsync_value_equal(&expected, shown))
		return differs(row, "%s shows another value", column->name);
	return true;
}

static bool compare_row(const struct bsync_value *values, struct bsync_bytes bytes, enum model_row_state state)
{
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_cells cells;
	for (uint32_t k = 0; k < look.table->key_count; k++)
		key[k] = values[look.table->key[k]];
	uint32_t row = model_row(look.table->no, key, look.table->key_count);
	if (model.rows[row].state != state)
		return differs(row, "the store has the row %s", state == MODEL_LIVE ? "alive" : "dead");
	model.rows[row].found = model.comparisons;
	if (bsync_cells_decode(look.table, bytes, values, &look.arena, &cells) != BSYNC_OK)
		return differs(row, "its versions do not decode");
	for (uint32_t i = 0; i < cells.cell_count; i++)
		if (!compare_cell(row, &cells.cells[i], &values[cells.cells[i].column]))
			return false;
	return true;
}

static bool read_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct bsync_value row[BSYNC_COLUMNS_MAX] = {0};
	struct bsync_bytes bytes = {NULL, 0};
	(void)context;
	for (int i = 0; i < count; i++) {
		int column = bsync_table_column_named(look.table, names[i]);
		if (column >= 0)
			row[column] = values[i];
		else
			bytes = values[i].as.bytes;
	}
	return compare_row(row, bytes, MODEL_LIVE);
}

static bool read_grave(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	static const struct bsync_guard_limits limits = {8, 10000, ARENA_MAX};
	struct bsync_value row[BSYNC_COLUMNS_MAX] = {0};
	struct bsync_reader reader;
	(void)count;
	(void)names;
	look.table = bsync_schema_table(bsync_store_schema(look.world->store), (uint32_t)values[0].as.integer);
	bsync_reader_init(&reader, values[1].as.bytes, &limits);
	uint32_t columns = bsync_read_array(&reader, 0, BSYNC_COLUMNS_MAX);
	for (uint32_t i = 0; i < columns; i++)
		row[i] = bsync_read_value(&reader);
	if (bsync_reader_end(&reader) != BSYNC_OK) {
		world_fail(context, "model: a grave does not decode");
		return false;
	}
	return compare_row(row, values[2].as.bytes, MODEL_DEAD);
}

/* --- History, items, conflicts --- */

/* The model's row of a table number and a canonical key; MODEL_ROWS_MAX when there is none. */
static uint32_t row_of(const struct bsync_value *table_no, const struct bsync_value *key)
{
	for (uint32_t i = 0; i < model.row_count; i++)
		if (model.rows[i].table_no == (uint32_t)table_no->as.integer &&
		    bsync_bytes_equal(model.rows[i].key, key->as.bytes))
			return i;
	return MODEL_ROWS_MAX;
}

/* table_no, key, column_no, line_no, seq, counter, stamp_ms, value, replaced_counter, replaced_by */
static bool read_history(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)count;
	(void)names;
	uint32_t row = row_of(&values[0], &values[1]);
	if (!is_written((uint32_t)values[0].as.integer))
		return true;
	if (row == MODEL_ROWS_MAX) {
		world_fail(context, "model: history of a row that nobody wrote");
		return false;
	}
	const struct bsync_table *table = model_table(row);
	uint32_t column = (uint32_t)bsync_table_column(table, (uint32_t)values[2].as.integer);
	const char *name = table->columns[column].name;
	uint64_t seq = (uint64_t)values[4].as.integer, counter = (uint64_t)values[5].as.integer;
	const struct model_set *set = set_of((uint64_t)values[3].as.integer, seq, counter);
	struct model_write *write = set == NULL ? NULL : write_of(row, column, set, MODEL_HISTORY, &values[7]);
	if (write == NULL)
		return differs(row, "%s: seq %llu at %llu is history and should not", name, (unsigned long long)seq,
			       (unsigned long long)counter);
	write->found = model.comparisons;
	const struct model_set *by = &model.sets[write->replaced_set];
	if (write->replaced_counter != (uint64_t)values[8].as.integer || values[9].as.bytes.size != BSYNC_ID_SIZE ||
	    memcmp(values[9].as.bytes.data, &by->author, BSYNC_ID_SIZE) != 0 || set->counter != counter ||
	    (!set->is_store && set->stamp_ms != values[6].as.integer))
		return differs(row, "%s: seq %llu at %llu was replaced at %lld instead of %llu, or by another", name,
			       (unsigned long long)seq, (unsigned long long)counter, (long long)values[8].as.integer,
			       (unsigned long long)write->replaced_counter);
	return true;
}

/* The values of an item that a write put there. */
static bool compare_item_cells(uint32_t row, const struct model_set *set, struct bsync_bytes cells)
{
	static const struct bsync_guard_limits limits = {8, 100000, ARENA_MAX};
	struct bsync_reader reader;
	bsync_reader_init(&reader, cells, &limits);
	uint32_t count = bsync_read_array(&reader, 0, 2 * BSYNC_COLUMNS_MAX);
	for (uint32_t i = 0; i + 1 < count && reader.result == BSYNC_OK; i += 2) {
		int column = bsync_table_column(model_table(row), (uint32_t)bsync_read_unsigned(&reader, UINT32_MAX));
		struct bsync_value value = bsync_read_value(&reader);
		struct model_write *write = column < 0 ? NULL
						       : write_of(row, (uint32_t)column, set, MODEL_ITEM, &value);
		if (write == NULL)
			return differs(row, "an item holds a value that it should not");
		write->found = model.comparisons;
	}
	if (bsync_reader_end(&reader) != BSYNC_OK)
		return differs(row, "an item does not decode");
	return true;
}

/* table_no, key, kind, line_no, seq, cells, is_open */
static bool read_item(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)count;
	(void)names;
	uint32_t row = row_of(&values[0], &values[1]);
	const struct model_set *set = set_of((uint64_t)values[3].as.integer, (uint64_t)values[4].as.integer, 0);
	if (row == MODEL_ROWS_MAX || set == NULL) {
		world_fail(context, "model: an item of what nobody wrote");
		return false;
	}
	struct model_item *item = NULL;
	for (uint32_t i = 0; i < model.item_count; i++)
		if (model.items[i].row == row && &model.sets[model.items[i].set] == set &&
		    strlen(model.items[i].kind) == values[2].as.bytes.size &&
		    memcmp(model.items[i].kind, values[2].as.bytes.data, values[2].as.bytes.size) == 0)
			item = &model.items[i];
	if (item == NULL || item->is_open != (values[6].as.integer != 0))
		return differs(row, "item %.*s of seq %llu is %s and should not", (int)values[2].as.bytes.size,
			       (const char *)values[2].as.bytes.data, (unsigned long long)set->seq,
			       values[6].as.integer != 0 ? "open" : "closed");
	item->found = model.comparisons;
	return compare_item_cells(row, set, values[5].as.bytes);
}

/* table_no, key, column_no, id */
static bool read_conflict(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)count;
	(void)names;
	static struct bsync_dot dots[1000];
	uint8_t id[16];
	uint32_t row = row_of(&values[0], &values[1]), dot_count = 0;
	if (row == MODEL_ROWS_MAX) {
		world_fail(context, "model: a conflict in what nobody wrote");
		return false;
	}
	uint32_t column = (uint32_t)bsync_table_column(model_table(row), (uint32_t)values[2].as.integer);
	for (uint32_t i = 0; i < model.write_count && dot_count < 1000; i++) {
		const struct model_set *set = &model.sets[model.writes[i].set];
		if (model_stands(&model.writes[i], row, column))
			dots[dot_count++] = (struct bsync_dot){set->device, set->line, set->seq};
	}
	++*(uint32_t *)context;
	if (!model_is_conflict(row, column))
		return differs(row, "there is a conflict that should not be");
	bsync_conflict_id(model.rows[row].table_no, model.rows[row].values, model_table(row)->key_count,
			  (uint32_t)values[2].as.integer, dot_count, dots, id);
	if (memcmp(id, values[3].as.bytes.data, sizeof id) != 0)
		return differs(row, "a conflict has another id");
	return true;
}

/* --- All --- */

static void read_all(const char *sql, bool (*each)(void *, int, const char *const *, const struct bsync_value *),
		     void *context)
{
	char error[300] = "";
	if (look.world->failure[0] == '\0' &&
	    bsync_view_sql(server_view(look.world), sql, each, context, error) != BSYNC_OK)
		world_fail(look.world, "the store cannot run %s: %s", sql, error);
}

static void read_tables(void)
{
	const struct bsync_schema *schema = bsync_store_schema(look.world->store);
	char sql[SQL_SIZE];
	for (uint32_t t = 0; t < schema->table_count; t++) {
		if (!is_written(schema->tables[t].no))
			continue;
		look.table = &schema->tables[t];
		snprintf(sql, sizeof sql, "SELECT * FROM %s", look.table->name);
		read_all(sql, read_row, look.world);
	}
}

/* What the model holds and no table of the store had. */
static void find_missing(void)
{
	for (uint32_t i = 0; i < model.row_count; i++)
		if (model.rows[i].state != MODEL_NEVER && model.rows[i].found != model.comparisons)
			differs(i, "the store does not have the row");
	for (uint32_t i = 0; i < model.item_count; i++)
		if (model.items[i].found != model.comparisons)
			differs(model.items[i].row, "the store does not have the item %s of seq %llu",
				model.items[i].kind, (unsigned long long)model.sets[model.items[i].set].seq);
	for (uint32_t i = 0; i < model.write_count; i++) {
		static const char *const places[] = {"standing", "in history", "in an item", ""};
		const struct model_write *write = &model.writes[i];
		if (write->place != MODEL_FOLDED && write->found != model.comparisons)
			differs(write->row, "%s: seq %llu at %llu is not %s",
				model_table(write->row)->columns[write->column].name,
				(unsigned long long)model.sets[write->set].seq,
				(unsigned long long)model.sets[write->set].counter, places[write->place]);
	}
}

void model_compare(struct world *world)
{
	uint32_t conflicts = 0, expected = 0;
	if (world->failure[0] != '\0')
		return;
	model.comparisons++;
	look.world = world;
	look.line_count = 0;
	bsync_arena_init(&look.arena, ARENA_MAX);
	read_all("SELECT l.no, d.id, l.line FROM bsync_line l JOIN bsync_device d ON d.no = l.device_no", read_line,
		 world);
	read_tables();
	read_all("SELECT table_no, row, cells FROM bsync_grave", read_grave, world);
	read_all(
		"SELECT table_no, key, column_no, line_no, seq, counter, stamp_ms, value, replaced_counter, replaced_by"
		" FROM bsync_history",
		read_history, world);
	read_all("SELECT table_no, key, kind, line_no, seq, cells, resolved_counter IS NULL FROM bsync_item", read_item,
		 world);
	read_all("SELECT table_no, key, column_no, id FROM bsync_conflict", read_conflict, &conflicts);
	bsync_arena_clear(&look.arena);
	find_missing();
	for (uint32_t i = 0; i < model.row_count; i++)
		for (uint32_t k = 0; k < model_table(i)->column_count; k++)
			expected += model_is_conflict(i, k);
	if (conflicts != expected)
		world_fail(world, "model: the store has %u conflicts instead of %u", conflicts, expected);
}
