/* ROWS and HISTORY: what the store tells a device about rows (PROTOCOL 6.12 and 6.15). */
#include "core/message.h"

#include <assert.h>

#include "core/message_codec.h"
#include "core/record_type.h"

enum {
	/* What the byte cap allows: a variant alone takes 60 bytes. */
	VARIANTS_MAX = (1 << 20) / 60,
	PASTS_MAX = VARIANTS_MAX,
};

static void variant_write(struct bsync_writer *writer, const struct bsync_variant *variant)
{
	bsync_write_array(writer, 8);
	bsync_write_fixed(writer, variant->dot.device.bytes, sizeof(variant->dot.device.bytes));
	bsync_write_fixed(writer, variant->dot.line.bytes, sizeof(variant->dot.line.bytes));
	bsync_write_counter(writer, variant->dot.seq);
	bsync_write_fixed(writer, variant->author.bytes, sizeof(variant->author.bytes));
	bsync_write_integer(writer, variant->device_ms);
	bsync_write_integer(writer, variant->stamp_ms);
	bsync_write_counter(writer, variant->counter);
	bsync_write_value(writer, &variant->value);
}

static void variant_read(struct bsync_reader *reader, struct bsync_variant *variant)
{
	(void)bsync_read_array(reader, 8, 8);
	bsync_read_fixed(reader, variant->dot.device.bytes, sizeof(variant->dot.device.bytes));
	bsync_read_fixed(reader, variant->dot.line.bytes, sizeof(variant->dot.line.bytes));
	variant->dot.seq = bsync_read_counter(reader);
	bsync_read_fixed(reader, variant->author.bytes, sizeof(variant->author.bytes));
	variant->device_ms = bsync_read_integer(reader);
	variant->stamp_ms = bsync_read_integer(reader);
	variant->counter = bsync_read_counter(reader);
	bsync_read_value_into(reader, &variant->value);
}

static void pasts_write(struct bsync_writer *writer, uint32_t count, const struct bsync_past *pasts)
{
	assert(pasts != NULL || count == 0);
	bsync_write_array(writer, count);
	for (uint32_t i = 0; i < count && writer->result == BSYNC_OK; i++) {
		bsync_write_array(writer, 5);
		bsync_write_unsigned(writer, pasts[i].column_no);
		variant_write(writer, &pasts[i].variant);
		bsync_write_counter(writer, pasts[i].replaced_counter);
		bsync_write_fixed(writer, pasts[i].replaced_by.bytes, sizeof(pasts[i].replaced_by.bytes));
		bsync_write_bool(writer, pasts[i].is_chosen_against);
	}
}

static uint32_t pasts_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_past **pasts)
{
	uint32_t count = bsync_read_elements(reader, arena, PASTS_MAX, sizeof(**pasts), pasts);

	for (uint32_t i = 0; i < count && reader->result == BSYNC_OK; i++) {
		struct bsync_past *past = &(*pasts)[i];

		(void)bsync_read_array(reader, 5, 5);
		past->column_no = bsync_read_u32(reader);
		variant_read(reader, &past->variant);
		past->replaced_counter = bsync_read_counter(reader);
		bsync_read_fixed(reader, past->replaced_by.bytes, sizeof(past->replaced_by.bytes));
		past->is_chosen_against = bsync_read_bool(reader);
	}
	return count;
}

static void cell_write(struct bsync_writer *writer, const struct bsync_pulled_cell *cell)
{
	assert(cell->variant_count != 1);
	bsync_write_unsigned(writer, cell->column_no);
	if (cell->variant_count == 0) {
		bsync_write_value(writer, &cell->value);
		return;
	}
	bsync_write_array(writer, cell->base != NULL ? 3 : 2);
	bsync_write_value(writer, &cell->value);
	bsync_write_array(writer, cell->variant_count);
	for (uint32_t i = 0; i < cell->variant_count && writer->result == BSYNC_OK; i++)
		variant_write(writer, &cell->variants[i]);
	if (cell->base == NULL)
		return;
	bsync_write_array(writer, 2);
	bsync_write_counter(writer, cell->base->counter);
	bsync_write_value(writer, &cell->base->value);
}

static void base_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_pulled_cell *cell)
{
	enum bsync_result result = bsync_arena_array(arena, 1, sizeof(*cell->base), &cell->base);

	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return;
	}
	(void)bsync_read_array(reader, 2, 2);
	cell->base->counter = bsync_read_counter(reader);
	bsync_read_value_into(reader, &cell->base->value);
}

static void cell_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_pulled_cell *cell)
{
	uint32_t count = 0;

	cell->column_no = bsync_read_u32(reader);
	if (!bsync_read_is_array(reader)) {
		bsync_read_value_into(reader, &cell->value);
		return;
	}
	count = bsync_read_array(reader, 2, 3);
	bsync_read_value_into(reader, &cell->value);
	cell->variant_count = bsync_read_elements(reader, arena, VARIANTS_MAX, sizeof(*cell->variants),
						  &cell->variants);
	/* One standing version is the bare value. */
	if (cell->variant_count < 2)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	for (uint32_t i = 0; i < cell->variant_count && reader->result == BSYNC_OK; i++)
		variant_read(reader, &cell->variants[i]);
	if (count == 3 && reader->result == BSYNC_OK)
		base_read(reader, arena, cell);
}

static void cells_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_pulled_row *row)
{
	uint32_t count = bsync_read_list(reader, 0, 2 * BSYNC_COLUMNS_MAX);
	enum bsync_result result = BSYNC_OK;

	if (count % 2 != 0)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	if (reader->result != BSYNC_OK)
		return;
	result = bsync_arena_array(arena, count / 2, sizeof(*row->cells), &row->cells);
	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return;
	}
	row->cell_count = count / 2;
	for (uint32_t i = 0; i < row->cell_count && reader->result == BSYNC_OK; i++)
		cell_read(reader, arena, &row->cells[i]);
}

static void item_write(struct bsync_writer *writer, const struct bsync_pulled_item *item)
{
	if (item == NULL) {
		bsync_write_nil(writer);
		return;
	}
	bsync_write_array(writer, 8);
	bsync_write_fixed(writer, item->id, sizeof(item->id));
	bsync_write_text(writer, item->kind);
	bsync_write_bool(writer, item->is_open);
	bsync_write_fixed(writer, item->author.bytes, sizeof(item->author.bytes));
	bsync_write_text(writer, item->reason);
	bsync_write_integer(writer, item->device_ms);
	bsync_write_integer(writer, item->stamp_ms);
	pasts_write(writer, item->cell_count, item->cells);
}

static struct bsync_pulled_item *item_read(struct bsync_reader *reader, struct bsync_arena *arena)
{
	struct bsync_pulled_item *item = NULL;
	enum bsync_result result = BSYNC_OK;

	if (bsync_read_is_nil(reader)) {
		bsync_read_nil(reader);
		return NULL;
	}
	(void)bsync_read_array(reader, 8, 8);
	result = bsync_arena_array(arena, 1, sizeof(*item), &item);
	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return NULL;
	}
	bsync_read_fixed(reader, item->id, sizeof(item->id));
	item->kind = bsync_read_text(reader);
	item->is_open = bsync_read_bool(reader);
	bsync_read_fixed(reader, item->author.bytes, sizeof(item->author.bytes));
	item->reason = bsync_read_text(reader);
	item->device_ms = bsync_read_integer(reader);
	item->stamp_ms = bsync_read_integer(reader);
	item->cell_count = pasts_read(reader, arena, &item->cells);
	return item;
}

static void row_write(struct bsync_writer *writer, const struct bsync_pulled_row *row)
{
	assert(row->kind <= BSYNC_PULLED_ITEM);
	assert((row->kind == BSYNC_PULLED_ITEM) == (row->item != NULL));
	assert(row->cell_count <= BSYNC_COLUMNS_MAX);
	assert(row->kind != BSYNC_PULLED_GONE || row->cell_count == 0);
	bsync_write_array(writer, 8);
	bsync_write_unsigned(writer, row->kind);
	bsync_write_unsigned(writer, row->table_no);
	bsync_write_unsigned(writer, row->face_no);
	bsync_write_key(writer, row->key_count, row->key);
	bsync_write_counter(writer, row->counter);
	bsync_write_array(writer, 2 * row->cell_count);
	for (uint32_t i = 0; i < row->cell_count && writer->result == BSYNC_OK; i++)
		cell_write(writer, &row->cells[i]);
	pasts_write(writer, row->past_count, row->pasts);
	item_write(writer, row->item);
}

static void row_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_pulled_row *row)
{
	(void)bsync_read_array(reader, 8, 8);
	row->kind = (enum bsync_pulled_kind)bsync_read_unsigned(reader, BSYNC_PULLED_ITEM);
	row->table_no = bsync_read_u32(reader);
	row->face_no = bsync_read_u32(reader);
	row->key_count = bsync_read_key(reader, arena, &row->key);
	row->counter = bsync_read_counter(reader);
	cells_read(reader, arena, row);
	row->past_count = pasts_read(reader, arena, &row->pasts);
	row->item = item_read(reader, arena);
	if ((row->kind == BSYNC_PULLED_ITEM) != (row->item != NULL) ||
	    (row->kind == BSYNC_PULLED_GONE && row->cell_count != 0))
		bsync_reader_fail(reader, BSYNC_MALFORMED);
}

/* Everything before the rows. */
static void rows_head_write(struct bsync_writer *writer, const struct bsync_scope_ref *scope, uint64_t upto,
			    uint32_t count)
{
	assert(count <= BSYNC_ROWS_MAX);
	bsync_write_array(writer, 4);
	bsync_write_scope(writer, scope);
	bsync_write_counter(writer, upto);
	bsync_write_array(writer, count);
}

enum bsync_result bsync_pulled_row_encode(const struct bsync_pulled_row *row, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(row != NULL);
	row_write(&writer, row);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ROWS);
}

enum bsync_result bsync_rows_wrap(const struct bsync_scope_ref *scope, uint64_t upto, uint32_t count,
				  struct bsync_bytes rows, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert((count == 0) == (rows.size == 0));
	rows_head_write(&writer, scope, upto, count);
	if (writer.result == BSYNC_OK)
		writer.result = bsync_buffer_append(out, rows.data, rows.size);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ROWS);
}

enum bsync_result bsync_rows_encode(const struct bsync_rows *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	rows_head_write(&writer, &message->scope, message->upto, message->count);
	for (uint32_t i = 0; i < message->count && writer.result == BSYNC_OK; i++)
		row_write(&writer, &message->rows[i]);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ROWS);
}

enum bsync_result bsync_rows_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_rows *message)
{
	struct bsync_rows read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_ROWS);
	(void)bsync_read_array(&reader, 4, 4);
	bsync_read_scope(&reader, &read.scope);
	read.upto = bsync_read_counter(&reader);
	read.count = bsync_read_elements(&reader, arena, BSYNC_ROWS_MAX, sizeof(*read.rows), &read.rows);
	for (uint32_t i = 0; i < read.count && reader.result == BSYNC_OK; i++)
		row_read(&reader, arena, &read.rows[i]);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

static void holders_write(struct bsync_writer *writer, uint32_t count, const struct bsync_holder *holders)
{
	assert(holders != NULL || count == 0);
	bsync_write_array(writer, count);
	for (uint32_t i = 0; i < count && writer->result == BSYNC_OK; i++) {
		bsync_write_array(writer, 3);
		bsync_write_fixed(writer, holders[i].worker.bytes, sizeof(holders[i].worker.bytes));
		bsync_write_unsigned(writer, holders[i].face_no);
		bsync_write_counter(writer, holders[i].counter);
	}
}

static uint32_t holders_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_holder **holders)
{
	uint32_t count = bsync_read_elements(reader, arena, BSYNC_HOLDERS_MAX, sizeof(**holders), holders);

	for (uint32_t i = 0; i < count && reader->result == BSYNC_OK; i++) {
		struct bsync_holder *holder = &(*holders)[i];

		(void)bsync_read_array(reader, 3, 3);
		bsync_read_fixed(reader, holder->worker.bytes, sizeof(holder->worker.bytes));
		holder->face_no = bsync_read_u32(reader);
		holder->counter = bsync_read_counter(reader);
	}
	return count;
}

enum bsync_result bsync_history_encode(const struct bsync_history *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 3);
	bsync_write_counter(&writer, message->token);
	pasts_write(&writer, message->count, message->entries);
	holders_write(&writer, message->holder_count, message->holders);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_HISTORY);
}

enum bsync_result bsync_history_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				       struct bsync_history *message)
{
	struct bsync_history read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_HISTORY);
	(void)bsync_read_array(&reader, 3, 3);
	read.token = bsync_read_counter(&reader);
	read.count = pasts_read(&reader, arena, &read.entries);
	read.holder_count = holders_read(&reader, arena, &read.holders);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}
