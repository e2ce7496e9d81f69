/* reading.c: everything that answers a question; an answer that is given is the right one. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/crash/scenario.h"

enum { HISTORY_MAX = 1 << 20 };

/* Notes never take memory that may be refused: the buffer has its room. */
static void note(struct crash_world *world, const void *data, size_t size)
{
	if (bsync_buffer_append(&world->seen, data, size) != BSYNC_OK)
		world->trouble = "the notes are full";
}

static void note_text(struct crash_world *world, const char *text)
{
	note(world, text != NULL ? text : "NULL", text != NULL ? strlen(text) + 1 : 5);
}

static bool note_pending(void *context, const struct bsync_pending_row *row)
{
	note_text(context, row->tables);
	return true;
}

static bool note_item(void *context, const struct bsync_inbox_item *item)
{
	note_text(context, item->kind);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		note_text(context, item->cells[i].column);
		for (uint32_t v = 0; v < item->cells[i].variant_count; v++) {
			note_text(context, item->cells[i].author_names[v]);
			note(context, item->cells[i].variants[v].value.as.bytes.data,
			     item->cells[i].variants[v].value.as.bytes.size);
		}
	}
	return true;
}

static bool note_past(void *context, const struct bsync_past_row *row)
{
	note_text(context, row->column);
	note_text(context, row->author_name);
	return true;
}

static enum bsync_result read_rows(struct crash_world *world, struct bsync_file *file)
{
	static const char sql[] =
		"SELECT id, tekst, aantal, labels, upper(tekst) || '!' FROM notitie ORDER BY tekst DESC, id";
	struct sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = true;
	enum bsync_result result = bsync_file_prepare(file, sql, sizeof sql - 1, &statement, &tail);

	while (result == BSYNC_OK && has_row) {
		result = bsync_file_step(file, statement, &has_row);
		for (int i = 0; result == BSYNC_OK && has_row && i < sqlite3_column_count(statement); i++)
			note(world, sqlite3_column_blob(statement, i), (size_t)sqlite3_column_bytes(statement, i));
	}
	if (statement != NULL)
		(void)!bsync_file_finalize(file, statement);
	return result;
}

static enum bsync_result read_device(struct crash_world *world)
{
	struct bsync_file *file = world->devices[0].file;
	struct bsync_file_status status;
	uint64_t items = 0;
	const struct bsync_value key = bsync_value_blob((struct bsync_bytes){(const uint8_t *)"\x60\x01", 2});
	enum bsync_result result = read_rows(world, file);

	if (result == BSYNC_OK)
		result = bsync_file_status(file, &status);
	if (result == BSYNC_OK)
		result = bsync_file_items_open(file, &items);
	if (result == BSYNC_OK)
		note(world, &items, sizeof items);
	if (result == BSYNC_OK)
		result = bsync_file_pending(file, note_pending, world);
	if (result == BSYNC_OK)
		result = bsync_file_inbox(file, note_item, world);
	if (result == BSYNC_OK)
		result = bsync_file_history(file, "notitie", &key, 1, note_past, world);
	return result;
}

static bool note_store_item(void *context, const struct bsync_inbox_item *item)
{
	note_text(context, item->kind);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		note_text(context, item->cells[i].column);
		for (uint32_t v = 0; v < item->cells[i].variant_count; v++)
			note_text(context, item->cells[i].author_names[v]);
	}
	return true;
}

static bool note_worker(void *context, const struct bsync_worker_row *row)
{
	note_text(context, row->name);
	return true;
}

static bool note_device(void *context, const struct bsync_device *device)
{
	note_text(context, device->worker_name);
	return true;
}

static bool note_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	for (int i = 0; i < count; i++) {
		note_text(context, names[i]);
		note(context, values[i].as.bytes.data, values[i].kind == BSYNC_TEXT ? values[i].as.bytes.size : 0);
	}
	return true;
}

static void note_finding(void *context, const char *text)
{
	note_text(context, text);
}

static enum bsync_result read_history(struct crash_world *world)
{
	struct bsync_value key = bsync_value_blob((struct bsync_bytes){(const uint8_t *)"\x60\x01", 2});
	struct bsync_history_get request = {.token = 1, .table_no = 5, .key_count = 1, .key = &key};
	struct bsync_buffer payload;
	enum bsync_result result;

	bsync_buffer_init(&payload, HISTORY_MAX);
	result = bsync_view_history(world->view, &world->devices[0].id, &world->devices[0].worker, 0, &request,
				    &payload);
	if (result == BSYNC_OK)
		note(world, payload.data, payload.size);
	bsync_buffer_clear(&payload);
	return result;
}

static enum bsync_result read_store(struct crash_world *world)
{
	struct bsync_view *view = world->view;
	struct bsync_store_stats stats;
	uint32_t findings = 0;
	char error[300];
	enum bsync_result result = bsync_view_inbox(view, note_store_item, world);

	if (result == BSYNC_OK)
		result = read_history(world);
	if (result == BSYNC_OK)
		result = bsync_view_workers(view, note_worker, world);
	if (result == BSYNC_OK)
		result = bsync_view_devices(view, note_device, world);
	if (result == BSYNC_OK)
		result = bsync_view_stats(view, &stats);
	if (result == BSYNC_OK)
		note(world, &stats.rows, sizeof stats.rows);
	if (result == BSYNC_OK)
		result = bsync_view_sql(view, "SELECT tekst, soort FROM notitie ORDER BY tekst", note_row, world,
					error);
	if (result == BSYNC_OK)
		result = bsync_view_check(view, note_finding, world, &findings);
	/* To SQLite's own check a page that cannot be read is a finding. */
	if (result == BSYNC_OK && findings != 0)
		result = BSYNC_STORAGE;
	return result;
}

/* What a failed reading had found is forgotten. */
static enum bsync_result read_with(struct crash_world *world, crash_step *read)
{
	size_t before = world->seen.size;
	enum bsync_result result = read(world);

	if (result != BSYNC_OK)
		world->seen.size = before;
	return result;
}

enum bsync_result crash_read_device(struct crash_world *world)
{
	return read_with(world, read_device);
}

enum bsync_result crash_read_store(struct crash_world *world)
{
	return read_with(world, read_store);
}
