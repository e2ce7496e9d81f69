#include "tests/scopes/look.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scopes/signing.h"

enum { LINE_SIZE = 400, VALUES_MAX = 24, PLACES_MAX = 50000 };

void look_init(struct look *look, uint32_t case_count)
{
	*look = (struct look){.case_count = case_count};
	for (int i = 0; i < REPLICAS; i++)
		look->rows[i] = calloc(case_count * 2, sizeof(struct seen_row));
	look->written = calloc(case_count, WORDS_PER_CASE);
	look->found = calloc(case_count, WORDS_PER_CASE);
	if (look->rows[REPLICAS - 1] == NULL || look->written == NULL || look->found == NULL)
		abort();
}

void look_clear(struct look *look)
{
	for (int i = 0; i < REPLICAS; i++)
		free(look->rows[i]);
	free(look->written);
	free(look->found);
}

static void mark(uint8_t *marks, const struct look *look, uint32_t word)
{
	if (word < look->case_count * WORDS_PER_CASE)
		marks[word] = 1;
}

/* Marks every word in `bytes`: texts, and integers as msgpack writes them. */
static void mark_all(uint8_t *marks, const struct look *look, const uint8_t *bytes, size_t size)
{
	uint32_t word = 0;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == 'w' && word_of_text((const char *)bytes + i, size - i, &word))
			mark(marks, look, word);
		if (bytes[i] == 0xce && size - i >= 5) {
			int64_t value = (int64_t)bytes[i + 1] << 24 | (int64_t)bytes[i + 2] << 16 |
					(int64_t)bytes[i + 3] << 8 | bytes[i + 4];

			if (word_of_integer(value, &word))
				mark(marks, look, word);
		}
	}
}

static void mark_value(uint8_t *marks, const struct look *look, const struct bsync_value *value)
{
	uint32_t word = 0;

	if (value->kind == BSYNC_INTEGER && word_of_integer(value->as.integer, &word))
		mark(marks, look, word);
	if (value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB)
		mark_all(marks, look, value->as.bytes.data, value->as.bytes.size);
}

/* --- Rows --- */

static size_t put_value(char *out, size_t size, const struct bsync_value *value)
{
	int n = 0;

	switch (value->kind) {
	case BSYNC_NULL:
		n = snprintf(out, size, "NULL");
		break;
	case BSYNC_INTEGER:
		n = snprintf(out, size, "%lld", (long long)value->as.integer);
		break;
	case BSYNC_REAL:
		n = snprintf(out, size, "%.17g", value->as.real);
		break;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		n = snprintf(out, size, "%.*s", (int)value->as.bytes.size, (const char *)value->as.bytes.data);
		break;
	}
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* Where a query finds the rows of a rule's cases. */
static const char *source_of(int rule)
{
	return rule == FREEZE ? signing_source : rule_tables[rule];
}

/* nr, kring, a, b of a row into its place. */
static void note_row(struct look *look, struct seen_row *rows, const struct bsync_value *values)
{
	uint64_t index = (uint64_t)values[0].as.integer - 1;
	size_t at = 0;

	if (values[0].kind != BSYNC_INTEGER || index >= look->case_count * 2)
		return;
	for (int i = 1; i < 4; i++) {
		at += put_value(rows[index].text + at, ROW_TEXT_SIZE - at, &values[i]);
		at += (size_t)snprintf(rows[index].text + at, ROW_TEXT_SIZE - at, i < 3 ? "|" : "");
	}
}

static struct bsync_value column_value(sqlite3_stmt *statement, int i)
{
	struct bsync_bytes bytes = {sqlite3_column_blob(statement, i), (size_t)sqlite3_column_bytes(statement, i)};

	switch (sqlite3_column_type(statement, i)) {
	case SQLITE_INTEGER:
		return bsync_value_integer(sqlite3_column_int64(statement, i));
	case SQLITE_FLOAT:
		return bsync_value_real(sqlite3_column_double(statement, i));
	case SQLITE_TEXT:
		return bsync_value_text(bytes);
	case SQLITE_BLOB:
		return bsync_value_blob(bytes);
	default:
		return bsync_value_null();
	}
}

/* Calls `each` with every row of the query on a device. */
static void device_query(struct world_device *device, const char *sql,
			 void (*each)(void *context, const struct bsync_value *values), void *context)
{
	sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = true;

	must(bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail), "prepare");
	while (bsync_file_step(device->file, statement, &has_row) == BSYNC_OK && has_row) {
		struct bsync_value values[4];

		for (int i = 0; i < 4; i++)
			values[i] = column_value(statement, i);
		each(context, values);
	}
	must(bsync_file_finalize(device->file, statement), "finalize");
}

struct row_reading {
	struct look *look;
	struct seen_row *rows;
};

static void device_row(void *context, const struct bsync_value *values)
{
	const struct row_reading *reading = context;

	note_row(reading->look, reading->rows, values);
}

static void written_row(void *context, const struct bsync_value *values)
{
	struct look *look = context;

	mark_value(look->written, look, &values[2]);
	mark_value(look->written, look, &values[3]);
}

void look_written(struct look *look, struct world_device *device)
{
	for (int r = 0; r < RULES; r++) {
		char sql[SQL_MAX];

		snprintf(sql, sizeof sql, "SELECT nr, kring, a, b FROM %s", source_of(r));
		device_query(device, sql, written_row, look);
	}
}

static bool store_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	const struct row_reading *reading = context;

	(void)names;
	note_row(reading->look, reading->rows, values);
	for (int i = 2; i < count; i++)
		mark_value(reading->look->found, reading->look, &values[i]);
	return true;
}

static bool store_mark(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct look *look = context;

	(void)names;
	for (int i = 0; i < count; i++)
		mark_value(look->found, look, &values[i]);
	return true;
}

static void store_query(struct world *world, const char *sql,
			bool (*row)(void *context, int count, const char *const *names,
				    const struct bsync_value *values),
			void *context)
{
	char error[300] = "";

	if (bsync_view_sql(world->view, sql, row, context, error) != BSYNC_OK)
		world_fail(world, "the store cannot run %s: %s", sql, error);
}

/* --- Inboxes --- */

static uint64_t mixed(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * 1099511628211u;
	return sum;
}

static int text_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A line for a cell of an item: its column and the values of its versions, sorted. */
static size_t put_cell(char *out, size_t size, const char *column, uint32_t count, const struct bsync_variant *variants)
{
	char values[VALUES_MAX][40];
	size_t at = (size_t)snprintf(out, size, " %s=", column == NULL ? "?" : column);

	if (count > VALUES_MAX)
		abort();
	for (uint32_t i = 0; i < count; i++)
		put_value(values[i], sizeof values[i], &variants[i].value);
	qsort(values, count, sizeof values[0], text_order);
	for (uint32_t i = 0; i < count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, i > 0 ? "/%s" : "%s", values[i]);
	return at < size ? at : size - 1;
}

/* Where items go: into the rows, or, for one case, as text. */
struct item_reading {
	struct look *look;
	struct seen_row *rows;
	const struct small_case *only;
	const char *who;
	char *out;
	size_t size, at;
};

static void note_item(struct item_reading *reading, const uint8_t id[16], const char *line, int64_t nr)
{
	uint64_t index = (uint64_t)nr - 1;

	if (reading->only != NULL) {
		if (index / 2 == reading->only->number && reading->at < reading->size)
			reading->at += (size_t)snprintf(reading->out + reading->at, reading->size - reading->at,
							"  %s inbox: row %c %02x%02x %s\n", reading->who,
							index % 2 == 0 ? 'A' : 'B', id[0], id[1], line);
		return;
	}
	if (index >= reading->look->case_count * 2)
		return;
	struct seen_row *row = &reading->rows[index];
	row->items++;
	row->items_sum += mixed(1469598103934665603u, line, strlen(line));
	row->ids_sum += mixed(1469598103934665603u, id, 16);
}

/* Of which case a plan or a goal is. */
struct place {
	uint8_t id[BSYNC_ID_SIZE];
	int64_t nr;
};

static struct {
	uint32_t count;
	struct place list[PLACES_MAX];
} places;

static int place_compare(const void *a, const void *b)
{
	return memcmp(a, b, BSYNC_ID_SIZE);
}

/* id, nr */
static bool place_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	(void)names;
	if (places.count == PLACES_MAX)
		abort();
	memcpy(places.list[places.count].id, values[0].as.bytes.data, BSYNC_ID_SIZE);
	places.list[places.count++].nr = values[1].as.integer;
	return true;
}

static void places_read(struct world *world)
{
	places.count = 0;
	store_query(world, "SELECT id, nr FROM r_plan UNION ALL SELECT id, nr FROM r_doel", place_row, NULL);
	qsort(places.list, places.count, sizeof places.list[0], place_compare);
}

static int64_t item_nr(const struct bsync_value *key, uint32_t key_count)
{
	const struct place *place = NULL;

	if (key_count == 1 && key[0].kind == BSYNC_BLOB && key[0].as.bytes.size == BSYNC_ID_SIZE)
		place = bsearch(key[0].as.bytes.data, places.list, places.count, sizeof places.list[0], place_compare);
	if (place != NULL)
		return place->nr;
	/* r_keep has `soort` first. */
	return key_count == 0 || key[key_count - 1].kind != BSYNC_INTEGER ? 0 : key[key_count - 1].as.integer;
}

static bool device_item(void *context, const struct bsync_inbox_item *item)
{
	char line[LINE_SIZE];
	size_t at = (size_t)snprintf(line, sizeof line, "%s %s", item->kind, item->table);

	for (uint32_t i = 0; i < item->cell_count; i++)
		at += put_cell(line + at, sizeof line - at, item->cells[i].column, item->cells[i].variant_count,
			       item->cells[i].variants);
	note_item(context, item->id, line, item_nr(item->key, item->key_count));
	return true;
}

static bool store_item(void *context, const struct bsync_inbox_item *item)
{
	char line[LINE_SIZE];
	size_t at = (size_t)snprintf(line, sizeof line, "%s %s", item->kind, item->table);

	for (uint32_t i = 0; i < item->cell_count; i++)
		at += put_cell(line + at, sizeof line - at, item->cells[i].column, item->cells[i].variant_count,
			       item->cells[i].variants);
	note_item(context, item->id, line, item_nr(item->key, item->key_count));
	return true;
}

static void look_items(struct world *world, struct item_reading *reading, int replica)
{
	if (replica == STORE)
		must(bsync_view_inbox(world->view, store_item, reading), "inbox");
	else
		must(bsync_file_inbox(world->devices[replica].file, device_item, reading), "inbox of a device");
}

/* --- All --- */

void look_all(struct look *look, struct world *world)
{
	static const char *const elsewhere[] = {
		"SELECT value FROM bsync_history",    "SELECT cells FROM bsync_item",
		"SELECT row, cells FROM bsync_grave", "SELECT plain FROM bsync_set_aside",
		"SELECT a, b, _bsync FROM r_plan",    "SELECT a, _bsync FROM r_doel"};

	places_read(world);

	for (int i = 0; i < REPLICAS; i++) {
		struct row_reading rows = {look, look->rows[i]};
		struct item_reading items = {.look = look, .rows = look->rows[i]};

		for (int r = 0; r < RULES; r++) {
			char sql[SQL_MAX];

			snprintf(sql, sizeof sql, "SELECT nr, kring, a, b%s FROM %s", i == STORE ? ", _bsync" : "",
				 source_of(r));
			if (i == STORE)
				store_query(world, sql, store_row, &rows);
			else
				device_query(&world->devices[i], sql, device_row, &rows);
		}
		look_items(world, &items, i);
	}
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		store_query(world, elsewhere[i], store_mark, look);
}

void look_describe(struct world *world, const struct small_case *c, char *out, size_t size)
{
	static const char *const names[REPLICAS] = {"device 0", "device 1", "device 2", "store"};
	struct look look;
	size_t at = 0;

	look_init(&look, c->number + 1);
	look_all(&look, world);
	for (int i = 0; i < REPLICAS && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "  %s: A %s, B %s\n", names[i],
				       look.rows[i][c->number * 2].text, look.rows[i][c->number * 2 + 1].text);
	look_clear(&look);
	for (int i = 0; i < REPLICAS && at < size; i++) {
		struct item_reading items = {.only = c, .who = names[i], .out = out + at, .size = size - at};

		look_items(world, &items, i);
		at += items.at;
	}
}
