/* dump.c: what users can see, as text, to compare two runs. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/world.h"

/* Versions of rows may differ between runs, what they say may not. */
static const char *const queries[] = {
	"SELECT hex(id), hex(lid_id), hex(gast_id), naam FROM huis ORDER BY id",
	"SELECT hex(id), hex(huis_id), soort, tekst, aantal, labels, hoogste FROM notitie ORDER BY id",
	"SELECT hex(id), naam, rol FROM lid ORDER BY id",
};
enum { QUERY_COUNT = sizeof queries / sizeof queries[0] };

static void put(struct bsync_buffer *out, const char *text)
{
	crash_must(bsync_buffer_append(out, text, strlen(text)), "dump");
}

static void put_value(struct bsync_buffer *out, const struct bsync_value *value)
{
	char text[40] = "NULL";

	if (value->kind == BSYNC_INTEGER)
		snprintf(text, sizeof text, "%lld", (long long)value->as.integer);
	if (value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB)
		crash_must(bsync_buffer_append(out, value->as.bytes.data, value->as.bytes.size), "dump");
	else
		put(out, text);
	put(out, "|");
}

static bool put_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)names;
	for (int i = 0; i < count; i++)
		put_value(context, &values[i]);
	put(context, "\n");
	return true;
}

static void dump_store_sql(struct crash_world *world, const char *sql, struct bsync_buffer *out)
{
	char error[300] = "";
	enum bsync_result result = bsync_view_sql(world->view, sql, put_row, out, error);

	if (result != BSYNC_OK) {
		put(out, bsync_result_name(result));
		put(out, error);
		put(out, "\n");
	}
}

static void dump_device_sql(struct crash_device *device, const char *sql, struct bsync_buffer *out)
{
	struct sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = true;
	enum bsync_result result = bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail);

	while (result == BSYNC_OK) {
		result = bsync_file_step(device->file, statement, &has_row);
		if (result != BSYNC_OK || !has_row)
			break;
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);

			put(out, text != NULL ? text : "NULL");
			put(out, "|");
		}
		put(out, "\n");
	}
	if (result != BSYNC_OK) {
		put(out, bsync_result_name(result));
		put(out, "\n");
	}
	if (statement != NULL)
		crash_must(bsync_file_finalize(device->file, statement), "finalize");
}

static void put_variant(struct bsync_buffer *out, const char *column, const struct bsync_variant *variant)
{
	put(out, " ");
	put(out, column);
	put(out, "=");
	put_value(out, &variant->value);
}

static bool put_store_item(void *context, const struct bsync_inbox_item *item)
{
	put(context, "item ");
	put(context, item->kind);
	put(context, item->reason != NULL ? item->reason : "");
	for (uint32_t i = 0; i < item->cell_count; i++) {
		for (uint32_t v = 0; v < item->cells[i].variant_count; v++)
			put_variant(context, item->cells[i].column, &item->cells[i].variants[v]);
	}
	put(context, "\n");
	return true;
}

static bool put_device_item(void *context, const struct bsync_inbox_item *item)
{
	put(context, "item ");
	put(context, item->kind);
	put(context, item->reason != NULL ? item->reason : "");
	for (uint32_t i = 0; i < item->cell_count; i++) {
		for (uint32_t v = 0; v < item->cells[i].variant_count; v++)
			put_variant(context, item->cells[i].column, &item->cells[i].variants[v]);
	}
	put(context, "\n");
	return true;
}

static void finding(void *context, const char *text)
{
	put(context, "FINDING ");
	put(context, text);
	put(context, "\n");
}

static void dump_device(struct crash_device *device, struct bsync_buffer *out)
{
	struct bsync_file_status status;
	uint64_t items = 0;
	char text[200];

	for (size_t i = 0; i < QUERY_COUNT; i++)
		dump_device_sql(device, queries[i], out);
	crash_must(bsync_file_inbox(device->file, put_device_item, out), "inbox");
	crash_must(bsync_file_status(device->file, &status), "status");
	crash_must(bsync_file_items_open(device->file, &items), "items");
	snprintf(text, sizeof text, "pending %u quarantined %u unplaced %u items %u last %u durable %u schema %u\n",
		 (unsigned)status.pending, (unsigned)status.quarantined, (unsigned)status.unplaced, (unsigned)items,
		 (unsigned)status.last_seq, (unsigned)status.durable_seq, (unsigned)status.schema_version);
	put(out, text);
}

void crash_dump(struct crash_world *world, struct bsync_buffer *out)
{
	uint32_t findings = 0;

	put(out, "store\n");
	for (size_t i = 0; i < QUERY_COUNT; i++)
		dump_store_sql(world, queries[i], out);
	dump_store_sql(world, "SELECT last_seq FROM bsync_line ORDER BY no", out);
	dump_store_sql(world, "SELECT line_no, seq, verdict, reason FROM bsync_receipt ORDER BY line_no, seq", out);
	dump_store_sql(world, "SELECT count(*) FROM bsync_set_aside", out);
	dump_store_sql(world, "SELECT count(DISTINCT worker) FROM bsync_device", out);
	dump_store_sql(world,
		       "SELECT hex(key), column_no, value FROM bsync_history ORDER BY table_no, key, column_no, value",
		       out);
	crash_must(bsync_view_inbox(world->view, put_store_item, out), "store inbox");
	crash_must(bsync_view_check(world->view, finding, out, &findings), "store check");
	for (int i = 0; i < CRASH_DEVICES; i++) {
		put(out, i == 0 ? "device 0\n" : "device 1\n");
		if (world->devices[i].file != NULL)
			dump_device(&world->devices[i], out);
	}
}
