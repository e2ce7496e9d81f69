#include "tests/sim/trace.h"

#include <stdio.h>
#include <string.h>

#include "core/pack.h"

enum { LINE_SIZE = 4000, DECODE_MAX = 64 << 20 };

/* A line being written; what does not fit is left out. */
struct line {
	size_t size;
	char text[LINE_SIZE];
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(line->text + line->size, LINE_SIZE - line->size, format, arguments);
	va_end(arguments);
	if (size > 0)
		line->size += (size_t)size < LINE_SIZE - line->size ? (size_t)size : LINE_SIZE - line->size - 1;
}

static void put_value(struct line *line, const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_NULL:
		put(line, "NULL");
		break;
	case BSYNC_INTEGER:
		put(line, "%lld", (long long)value->as.integer);
		break;
	case BSYNC_REAL:
		put(line, "%g", value->as.real);
		break;
	case BSYNC_TEXT:
		put(line, "'%.*s'", (int)value->as.bytes.size, (const char *)value->as.bytes.data);
		break;
	case BSYNC_BLOB:
		put(line, "x'");
		for (size_t i = 0; i < value->as.bytes.size && i < 16; i++)
			put(line, "%02x", value->as.bytes.data[i]);
		put(line, "'");
		break;
	}
}

/* A packed key within is told as its values. */
static void put_packed(struct line *line, struct bsync_bytes packed)
{
	struct bsync_reader reader = {.rest = packed};
	uint32_t count = bsync_read_array(&reader, 0, UINT32_MAX);
	for (uint32_t i = 0; i < count && reader.result == BSYNC_OK; i++) {
		struct bsync_value value = bsync_read_value(&reader);
		put(line, i == 0 ? "" : " ");
		if (value.kind == BSYNC_BLOB && value.as.bytes.size > 0 && (value.as.bytes.data[0] & 0xf0) == 0x90)
			put_packed(line, value.as.bytes);
		else
			put_value(line, &value);
	}
}

void trace_packed(struct bsync_bytes packed, char *out, size_t size)
{
	static struct line line;
	line.size = 0;
	put_packed(&line, packed);
	snprintf(out, size, "%.*s", (int)line.size, line.text);
}

static const struct bsync_table *put_row(struct line *line, struct world *world, uint32_t table_no,
					 const struct bsync_value *key, uint32_t key_count)
{
	const struct bsync_table *table = bsync_schema_table(bsync_store_schema(world->store), table_no);
	put(line, " %s", table != NULL ? table->name : "?");
	for (uint32_t i = 0; i < key_count; i++) {
		put(line, i == 0 ? "(" : ",");
		put_value(line, &key[i]);
	}
	put(line, ")");
	return table;
}

static const char *column_name(const struct bsync_table *table, uint32_t no)
{
	int column = table != NULL ? bsync_table_column(table, no) : -1;
	return column >= 0 ? table->columns[column].name : "?";
}

static void trace_rows(struct world_device *device, const struct bsync_rows *rows)
{
	static const char *const kinds[] = {"whole", "cells", "gone", "item"};
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct bsync_pulled_row *row = &rows->rows[i];
		struct line line = {0};
		const struct bsync_table *table = put_row(&line, device->world, row->table_no, row->key,
							  row->key_count);
		put(&line, " at %llu", (unsigned long long)row->counter);
		for (uint32_t k = 0; k < row->cell_count; k++) {
			const struct bsync_pulled_cell *cell = &row->cells[k];
			put(&line, " %s=", column_name(table, cell->column_no));
			put_value(&line, &cell->value);
			for (uint32_t v = 0; v < cell->variant_count; v++) {
				put(&line, v == 0 ? "{" : " ");
				put_value(&line, &cell->variants[v].value);
			}
			put(&line, cell->variant_count > 0 ? "}" : "");
		}
		for (uint32_t k = 0; k < row->past_count; k++) {
			put(&line, " was %s=", column_name(table, row->pasts[k].column_no));
			put_value(&line, &row->pasts[k].variant.value);
		}
		if (row->item != NULL)
			put(&line, " %.*s: %.*s", (int)row->item->kind.size, (const char *)row->item->kind.data,
			    (int)row->item->reason.size, (const char *)row->item->reason.data);
		world_trace(device->world, "    %s%s", kinds[row->kind], line.text);
	}
}

static void trace_receipts(struct world_device *device, const struct bsync_receipts *receipts)
{
	static const char *const verdicts[] = {"applied", "merged", "inbox", "quarantined", "unplaced"};
	for (uint32_t i = 0; i < receipts->count; i++) {
		const struct bsync_receipt *receipt = &receipts->receipts[i];
		world_trace(device->world, "    changeset %llu %s at %llu %.*s",
			    (unsigned long long)receipts->first_seq + i, verdicts[receipt->verdict],
			    (unsigned long long)receipt->counter, (int)receipt->reason.size,
			    (const char *)receipt->reason.data);
	}
}

static void trace_scopes(struct world_device *device, const struct bsync_scopes *scopes)
{
	for (uint32_t i = 0; i < scopes->count; i++) {
		struct line line = {0};
		put_value(&line, &scopes->changes[i].scope.value);
		world_trace(device->world, "    %s scope %s of circle %u",
			    scopes->changes[i].act == BSYNC_SCOPE_DROP  ? "drops"
			    : scopes->changes[i].act == BSYNC_SCOPE_ADD ? "holds"
									: "has another end of",
			    line.text, scopes->changes[i].scope.circle_no);
	}
}

void trace_down(struct world_device *device, const struct bsync_frame *frame)
{
	struct bsync_arena arena;
	struct bsync_rows rows;
	struct bsync_receipts receipts;
	struct bsync_scopes scopes;
	struct bsync_pull_end end;
	bsync_arena_init(&arena, DECODE_MAX);
	if (frame->kind == BSYNC_MESSAGE_ROWS && bsync_rows_decode(frame->payload, &arena, &rows) == BSYNC_OK)
		trace_rows(device, &rows);
	else if (frame->kind == BSYNC_MESSAGE_RECEIPTS &&
		 bsync_receipts_decode(frame->payload, &arena, &receipts) == BSYNC_OK)
		trace_receipts(device, &receipts);
	else if (frame->kind == BSYNC_MESSAGE_SCOPES &&
		 bsync_scopes_decode(frame->payload, &arena, &scopes) == BSYNC_OK)
		trace_scopes(device, &scopes);
	else if (frame->kind == BSYNC_MESSAGE_PULL_END &&
		 bsync_pull_end_decode(frame->payload, &arena, &end) == BSYNC_OK)
		world_trace(device->world, "    token %llu, position %llu", (unsigned long long)end.token,
			    (unsigned long long)end.position.counter);
	bsync_arena_clear(&arena);
}

static void put_write(struct line *line, const struct bsync_cell_write *write)
{
	switch (write->kind) {
	case BSYNC_WRITE_VALUE:
		put(line, "=");
		put_value(line, &write->value);
		break;
	case BSYNC_WRITE_DELTA:
		put(line, "+=%lld", (long long)write->delta);
		break;
	case BSYNC_WRITE_SET:
		for (uint32_t i = 0; i < write->remove_count; i++) {
			put(line, "-");
			put_value(line, &write->removes[i]);
		}
		for (uint32_t i = 0; i < write->add_count; i++) {
			put(line, "+");
			put_value(line, &write->adds[i]);
		}
		break;
	}
	if (write->base_kind == BSYNC_BASE_OWN)
		put(line, " (base %llu)", (unsigned long long)write->base.counter);
	else if (write->base_kind == BSYNC_BASE_NAMES || write->base_kind == BSYNC_BASE_NAMES_OWN)
		put(line, " (names %u)", write->name_count);
}

void trace_changeset(struct world_device *device, uint64_t seq, int64_t stamp_ms, const struct bsync_changeset *set)
{
	static const char *const kinds[] = {"insert", "update", "delete"};
	struct world *world = device->world;
	if (!world->is_traced)
		return;
	world_trace(world, "    changeset %llu of device %u on base %llu, stamp %lld", (unsigned long long)seq,
		    device->number, (unsigned long long)set->base.counter, (long long)stamp_ms);
	for (uint32_t i = 0; i < set->change_count; i++) {
		const struct bsync_change *change = &set->changes[i];
		struct line line = {0};
		const struct bsync_table *table = put_row(&line, world, change->table_no, change->key,
							  change->key_count);
		for (uint32_t k = 0; k < change->cell_count; k++) {
			put(&line, " %s", column_name(table, change->cells[k].column_no));
			put_write(&line, &change->cells[k]);
		}
		if (change->has_base)
			put(&line, " (base %llu)", (unsigned long long)change->base.counter);
		world_trace(world, "      %s%s", kinds[change->kind], line.text);
	}
}

/* --- The sum --- */

static uint64_t sum;

void trace_sum_begin(void)
{
	sum = UINT64_C(14695981039346656037);
}

void trace_sum_add(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
}

uint64_t trace_sum(void)
{
	return sum;
}
