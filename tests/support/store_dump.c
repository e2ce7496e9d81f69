/* store_dump.c: the half of store_scene.h that reads: pulls as text, queries, checks. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "core/frame.h"
#include "tests/support/store_scene.h"

#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		enum bsync_result must_result = (call);                                                                \
		if (must_result != BSYNC_OK) {                                                                         \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, bsync_result_name(must_result)); \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

static char text[SCENE_DUMP_SIZE];
static size_t text_size;
static size_t wire_size;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(text + text_size, sizeof(text) - text_size, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(text) - text_size)
		abort();
	text_size += (size_t)size;
}

/* Ids print as their first four hex digits: enough to tell them apart. */
static void say_value(const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_NULL:
		say("null");
		return;
	case BSYNC_INTEGER:
		say("%" PRId64, value->as.integer);
		return;
	case BSYNC_REAL:
		say("%.15g", value->as.real);
		return;
	case BSYNC_TEXT:
		say("%.*s", (int)value->as.bytes.size, (const char *)value->as.bytes.data);
		return;
	case BSYNC_BLOB:
		say("x");
		for (size_t i = 0; i < value->as.bytes.size && i < 2; i++)
			say("%02x", value->as.bytes.data[i]);
		return;
	}
}

static const struct bsync_table *dump_table;

static const char *column_name(uint32_t no)
{
	int index = bsync_table_column(dump_table, no);

	return index >= 0 ? dump_table->columns[index].name : "?";
}

static void say_cell(const struct bsync_pulled_cell *cell)
{
	say(" %s=", column_name(cell->column_no));
	say_value(&cell->value);
	if (cell->variant_count == 0)
		return;
	say("{");
	for (uint32_t i = 0; i < cell->variant_count; i++) {
		say(i == 0 ? "" : "|");
		say_value(&cell->variants[i].value);
	}
	say("}");
}

static void say_row(const struct bsync_schema *schema, const struct bsync_pulled_row *row)
{
	static const char *const kinds[] = {"whole", "cells", "gone", "item"};

	dump_table = bsync_schema_table(schema, row->table_no);
	say("  %s %s ", kinds[row->kind], dump_table->name);
	for (uint32_t i = 0; i < row->key_count; i++) {
		say(i == 0 ? "" : ",");
		say_value(&row->key[i]);
	}
	for (uint32_t i = 0; i < row->cell_count; i++)
		say_cell(&row->cells[i]);
	for (uint32_t i = 0; i < row->past_count; i++) {
		say(" past:%s=", column_name(row->pasts[i].column_no));
		say_value(&row->pasts[i].variant.value);
	}
	if (row->item != NULL) {
		say(" %.*s %s", (int)row->item->kind.size, (const char *)row->item->kind.data,
		    row->item->is_open ? "open" : "closed");
		for (uint32_t i = 0; i < row->item->cell_count; i++) {
			say(" %s=", column_name(row->item->cells[i].column_no));
			say_value(&row->item->cells[i].variant.value);
		}
	}
	say("\n");
}

static const char *circle_name(const struct bsync_schema *schema, uint32_t no)
{
	for (uint32_t i = 0; i < schema->circle_count; i++) {
		if (schema->circles[i].no == no)
			return schema->circles[i].name;
	}
	return "?";
}

static void say_frame(const struct bsync_schema *schema, const struct bsync_frame *frame, struct bsync_pull_end *end)
{
	struct bsync_arena arena;
	struct bsync_scopes scopes;
	struct bsync_rows rows;
	struct bsync_receipts receipts;

	bsync_arena_init(&arena, 64 << 20);
	switch (frame->kind) {
	case BSYNC_MESSAGE_RECEIPTS:
		MUST(bsync_receipts_decode(frame->payload, &arena, &receipts));
		for (uint32_t i = 0; i < receipts.count; i++)
			say("receipt %llu verdict %d\n", (unsigned long long)receipts.first_seq + i,
			    (int)receipts.receipts[i].verdict);
		break;
	case BSYNC_MESSAGE_SCOPES:
		MUST(bsync_scopes_decode(frame->payload, &arena, &scopes));
		for (uint32_t i = 0; i < scopes.count; i++) {
			const struct bsync_scope_change *change = &scopes.changes[i];
			static const char *const acts[] = {"add", "drop", "move"};

			say("%s %s ", acts[change->act], circle_name(schema, change->scope.circle_no));
			say_value(&change->scope.value);
			if (change->until_ms != 0)
				say(" until %lld", (long long)change->until_ms);
			say("\n");
		}
		break;
	case BSYNC_MESSAGE_ROWS:
		MUST(bsync_rows_decode(frame->payload, &arena, &rows));
		say("rows %s ", circle_name(schema, rows.scope.circle_no));
		say_value(&rows.scope.value);
		say("\n");
		for (uint32_t i = 0; i < rows.count; i++)
			say_row(schema, &rows.rows[i]);
		break;
	case BSYNC_MESSAGE_PULL_END:
		MUST(bsync_pull_end_decode(frame->payload, &arena, end));
		break;
	case BSYNC_MESSAGE_SCHEMA:
		say("schema\n");
		break;
	default:
		say("frame %u?\n", frame->kind);
	}
	bsync_arena_clear(&arena);
}

static struct bsync_pull_end pull_run(struct scene *scene, const struct bsync_pull_request *request)
{
	struct bsync_pull *pull = NULL;
	struct bsync_buffer frames;
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_pull_end end = {0};
	bool is_done = false;

	text_size = 0;
	text[0] = '\0';
	wire_size = 0;
	bsync_frame_reader_init(&reader);
	bsync_buffer_init(&frames, 64 << 20);
	MUST(bsync_view_pull_begin(scene->view, request, &pull));
	while (!is_done) {
		frames.size = 0;
		MUST(bsync_pull_next(pull, 100, &frames, &is_done));
		wire_size += frames.size;
		MUST(bsync_frame_reader_feed(&reader, bsync_buffer_bytes(&frames)));
		while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK)
			say_frame(bsync_store_schema(scene->store), &frame, &end);
	}
	bsync_pull_free(pull);
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&frames);
	return end;
}

const char *scene_pull(struct scene *scene, struct scene_device *device)
{
	struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.cursor = device->cursor,
		.line = device->line,
		.own_seq = device->seq,
		.schema_version = bsync_store_schema(scene->store)->version,
		.now_ms = scene->now_ms,
	};
	struct bsync_pull_end end = pull_run(scene, &request);

	device->cursor = end.position;
	device->seen_ms = end.seen_ms;
	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_confirm(scene->store, &device->id, end.position, scene->now_ms));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
	return text;
}

const char *scene_view_of(struct scene *scene, const struct scene_device *device)
{
	struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.schema_version = bsync_store_schema(scene->store)->version,
		.now_ms = scene->now_ms,
	};

	pull_run(scene, &request);
	return text;
}

size_t scene_pull_size(void)
{
	return wire_size;
}

static sqlite3 *file_open(struct scene *scene)
{
	sqlite3 *handle = NULL;

	if (sqlite3_open(scene->path, &handle) != SQLITE_OK)
		abort();
	return handle;
}

const char *scene_sql(struct scene *scene, const char *sql)
{
	static char value[1000];
	sqlite3 *handle = file_open(scene);
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(handle));
		abort();
	}
	snprintf(value, sizeof(value), "(none)");
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *column = sqlite3_column_text(statement, 0);

		snprintf(value, sizeof(value), "%s", column != NULL ? (const char *)column : "(null)");
	}
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return value;
}

int64_t scene_count(struct scene *scene, const char *sql)
{
	return strtoll(scene_sql(scene, sql), NULL, 10);
}

void scene_damage(struct scene *scene, const char *sql)
{
	sqlite3 *handle = file_open(scene);
	char *error = NULL;

	if (sqlite3_exec(handle, sql, NULL, NULL, &error) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, error);
		abort();
	}
	sqlite3_close(handle);
}

static void finding_note(void *context, const char *finding)
{
	(void)context;
	say("%s\n", finding);
}

const char *scene_check(struct scene *scene)
{
	uint32_t count = 0;

	text_size = 0;
	text[0] = '\0';
	MUST(bsync_view_check(scene->view, finding_note, NULL, &count));
	return text;
}
