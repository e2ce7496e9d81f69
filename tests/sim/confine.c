#include "tests/sim/confine.h"

#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/markers.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/signed.h"

enum { ARENA_MAX = 64 << 20, LARGE_SIZE = 9000 };

static const struct bsync_value *row_value(const struct bsync_pulled_row *row, const struct bsync_table *table,
					   uint32_t column)
{
	for (uint32_t k = 0; k < table->key_count; k++)
		if (table->key[k] == column)
			return &row->key[k];
	for (uint32_t i = 0; i < row->cell_count; i++)
		if (row->cells[i].column_no == table->columns[column].no)
			return &row->cells[i].value;
	return NULL;
}

/* The scope that the row stands in at that position, where a frame does not name it; NULL: the model cannot say. */
static const struct bsync_value *standing_scope(const struct bsync_pulled_row *row, const struct bsync_table *table,
						uint64_t counter)
{
	if (signed_has(table))
		return NULL;
	const struct model_write *write = model_standing(model_row(table->no, row->key),
							 (uint32_t)table->faces[0].scope_column, NULL);
	return write != NULL && write->set->counter <= counter ? &write->value : NULL;
}

static void rows_check(struct world_device *device, const struct bsync_rows *rows, struct bsync_position position)
{
	struct world *world = device->world;
	if (rows->scope.circle_no != 1 && !model_holds(&device->worker, &rows->scope.value, position.counter))
		world_fail(world, "device %u gets rows of a scope of circle %u that it does not hold at %llu",
			   device->number, rows->scope.circle_no, (unsigned long long)position.counter);
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct bsync_pulled_row *row = &rows->rows[i];
		const struct bsync_table *table = bsync_schema_table(bsync_store_schema(world->store), row->table_no);
		if (row->item != NULL && !row->item->is_open)
			probe(PROBE_ITEM_ELSEWHERE);
		if (table == NULL || row->kind > BSYNC_PULLED_CELLS || table->faces[0].scope_column < 0)
			continue;
		const struct bsync_value *scope = row_value(row, table, (uint32_t)table->faces[0].scope_column);
		if (scope == NULL)
			scope = standing_scope(row, table, position.counter);
		if (scope != NULL && !bsync_value_equal(scope, &rows->scope.value))
			world_fail(world, "device %u gets a row of %s in a scope that the row is not in",
				   device->number, table->name);
		if (row->counter > position.counter)
			world_fail(world, "device %u gets a row of %s from after its snapshot", device->number,
				   table->name);
	}
}

void confine_frames(struct world_device *device, struct bsync_bytes frames, struct bsync_position position)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows;
	struct bsync_scopes scopes;
	if (frames.size > LARGE_SIZE)
		probe(PROBE_LARGE_ROW);
	markers_send(device, frames, position.counter);
	bsync_frame_reader_init(&reader);
	bsync_arena_init(&arena, ARENA_MAX);
	if (bsync_frame_reader_feed(&reader, frames) != BSYNC_OK)
		world_fail(device->world, "a pull gives more than a reader takes");
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK) {
		if (frame.kind == BSYNC_MESSAGE_ROWS && bsync_rows_decode(frame.payload, &arena, &rows) == BSYNC_OK)
			rows_check(device, &rows, position);
		else if (frame.kind == BSYNC_MESSAGE_SCOPES &&
			 bsync_scopes_decode(frame.payload, &arena, &scopes) == BSYNC_OK)
			for (uint32_t i = 0; i < scopes.count; i++) {
				struct bsync_file_status status;
				if (scopes.changes[i].act != BSYNC_SCOPE_DROP)
					continue;
				probe(PROBE_SCOPE_DROPPED);
				if (bsync_file_status(device->file, &status) == BSYNC_OK && status.pending > 0)
					probe(PROBE_DROPPED_UNSENT);
			}
		bsync_arena_reset(&arena);
	}
	bsync_arena_clear(&arena);
	bsync_frame_reader_clear(&reader);
}

/* What a pull gives was looked at as of its snapshot. */
static bool is_of_pull(uint8_t kind)
{
	return kind == BSYNC_MESSAGE_ROWS || kind == BSYNC_MESSAGE_SCOPES || kind == BSYNC_MESSAGE_PULL_END;
}

void confine_send(struct world_device *device, struct bsync_bytes frames)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	bsync_frame_reader_init(&reader);
	if (bsync_frame_reader_feed(&reader, frames) != BSYNC_OK)
		world_fail(device->world, "the daemon sends more than a reader takes");
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK)
		if (!is_of_pull(frame.kind))
			markers_send(device, frame.payload, model.counter);
	bsync_frame_reader_clear(&reader);
}

void confine_cut(const struct world_device *device)
{
	if (device->pull != NULL)
		probe(PROBE_PULL_CUT);
}

void confine_restart(struct world_device *device)
{
	struct bsync_file_status status;
	if (bsync_file_status(device->file, &status) == BSYNC_OK && status.pending > 0)
		probe(PROBE_UNSENT_RESTART);
}

/* What a device was shown up to its cursor. */
struct shown {
	const struct world_device *device;
	uint64_t cursor;
};

/* nr, lijst: the list that the line stands in now must be the one that is shown, where it went there before the cursor. */
static void line_row(void *context, uint32_t count, const struct bsync_value *values)
{
	const struct shown *shown = context;
	const struct bsync_table *table = bsync_schema_table_named(bsync_store_schema(model.world->store), "regel");
	const struct model_row *row = model_row(table->no, values);
	struct model_write *write = model_standing(row, (uint32_t)table->faces[0].scope_column, NULL);
	(void)count;
	if (write != NULL && write->set->counter <= shown->cursor && row->state == MODEL_LIVE &&
	    !bsync_value_equal(&write->value, &values[1]))
		world_fail(model.world, "device %u shows line %lld in a list that it has left", shown->device->number,
			   (long long)values[0].as.integer);
}

static void lines_look(struct world_device *device)
{
	struct bsync_file_status status;
	if (bsync_file_status(device->file, &status) != BSYNC_OK || !restore_is_known(device->world, &status))
		return;
	struct shown shown = {device, status.cursor.counter};
	(void)!ask_file(device->file, "SELECT nr, lijst FROM regel WHERE NOT EXISTS (SELECT 1 FROM bsync_pending)", 0,
			line_row, &shown);
}

static void count_row(void *context, uint32_t count, const struct bsync_value *values)
{
	const struct world_device *device = context;
	(void)count;
	if (values[0].as.integer != 0)
		world_fail(device->world, "device %u has rows of a scope that it does not hold", device->number);
}

/* Without work of its own that waits, a device has rows only of scopes that it holds, but for a bare key that a form waits with; items
 * never of others. */
void confine_look(struct world_device *device)
{
	static const char items[] =
		"SELECT count(*) FROM bsync_item i WHERE NOT EXISTS (SELECT 1 FROM bsync_scope s WHERE"
		" s.circle_no = i.circle_no AND s.value = i.scope AND NOT s.is_over)";
	static const char sql[] =
		"SELECT count(*) FROM (SELECT naam AS lijst FROM lijst UNION ALL SELECT lijst FROM punt WHERE NOT EXISTS"
		" (SELECT 1 FROM bsync_form WHERE is_bare > 0) OR coalesce(titel, tekst, verslag, aantal, hoogste, laagste,"
		" eerste, labels, maat, vrij) IS NOT NULL UNION ALL SELECT lijst FROM taak UNION ALL SELECT lijst FROM besluit UNION ALL SELECT lijst FROM artikel UNION ALL SELECT lijst FROM briefje UNION ALL SELECT lijst FROM kenmerk UNION ALL SELECT lijst FROM regel UNION ALL SELECT lijst FROM logboek) WHERE lijst IS"
		" NOT NULL AND lijst NOT IN (SELECT value FROM bsync_scope WHERE circle_no = 2 AND NOT is_over) AND NOT EXISTS (SELECT 1"
		" FROM bsync_pending)";
	if (device->file != NULL)
		(void)!ask_file(device->file, sql, 0, count_row, device);
	if (device->file != NULL)
		(void)!ask_file(device->file, items, 0, count_row, device);
	if (device->file != NULL && device->world->failure[0] == '\0')
		lines_look(device);
}
