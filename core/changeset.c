#include "core/changeset.h"

#include <assert.h>

#include "core/parts.h"

/* The first element of a changeset, so that a later grammar is told apart. */
enum { CHANGESET_VERSION = 1 };

/* The first element of a write that is more than its value (PROTOCOL section 4). */
enum form {
	FORM_OWN_BASE = 0,
	FORM_NAMES = 1,
	FORM_DELTA = 2,
	FORM_SET = 3,
	FORM_TEXT = 4,
	FORM_TEXT_NAMES = 5,
};

static_assert((uint64_t)BSYNC_CHANGESET_SIZE_MAX <= UINT32_MAX, "a changeset's counts fit in 32 bits");

static void evidence_write(struct bsync_writer *writer, const struct bsync_clock_evidence *evidence)
{
	bsync_write_array(writer, 4);
	bsync_write_clock(writer, &evidence->clock);
	if (evidence->anchor.server_ms == 0) {
		bsync_write_nil(writer);
		return;
	}
	bsync_write_array(writer, 4);
	bsync_write_integer(writer, evidence->anchor.server_ms);
	bsync_write_clock(writer, &evidence->anchor.clock);
}

/* Makes `result` stick, unless another does. */
static void fail(struct bsync_writer *writer, enum bsync_result result)
{
	assert(result != BSYNC_OK);
	if (writer->result == BSYNC_OK)
		writer->result = result;
}

/* A value as its reader will see it: PROTOCOL 3.1: "Text that is not UTF-8 travels as bin" */
static struct bsync_value as_it_travels(const struct bsync_value *value)
{
	if (value->kind == BSYNC_TEXT && !bsync_utf8_valid(value->as.bytes))
		return bsync_value_blob(value->as.bytes);
	return *value;
}

static bool is_ascending(uint32_t count, const struct bsync_value *values)
{
	assert(values != NULL || count == 0);
	for (uint32_t i = 1; i < count; i++) {
		struct bsync_value lower = as_it_travels(&values[i - 1]);
		struct bsync_value upper = as_it_travels(&values[i]);

		if (bsync_value_compare(&lower, &upper) >= 0)
			return false;
	}
	return true;
}

static void set_write(struct bsync_writer *writer, const struct bsync_cell_write *cell)
{
	bool has_base = cell->base_kind == BSYNC_BASE_OWN;

	assert(cell->base_kind == BSYNC_BASE_DEFAULT || has_base);
	if (cell->remove_count > BSYNC_CHANGESET_ELEMENTS_MAX || cell->add_count > BSYNC_CHANGESET_ELEMENTS_MAX)
		fail(writer, BSYNC_TOO_LARGE);
	else if (!is_ascending(cell->remove_count, cell->removes) || !is_ascending(cell->add_count, cell->adds))
		fail(writer, BSYNC_INVALID);
	bsync_write_array(writer, has_base ? 4 : 3);
	bsync_write_unsigned(writer, FORM_SET);
	bsync_write_values(writer, cell->remove_count, cell->removes);
	bsync_write_values(writer, cell->add_count, cell->adds);
	if (has_base)
		bsync_write_position(writer, &cell->base);
}

static void names_write(struct bsync_writer *writer, const struct bsync_cell_write *cell)
{
	if (cell->name_count > BSYNC_CHANGESET_NAMES_MAX)
		fail(writer, BSYNC_TOO_LARGE);
	bsync_write_array(writer, cell->name_count);
	for (uint32_t i = 0; i < cell->name_count && writer->result == BSYNC_OK; i++)
		bsync_write_dot(writer, &cell->names[i]);
}

/* A text with what it was made from. */
static void text_write(struct bsync_writer *writer, const struct bsync_cell_write *cell)
{
	bool has_names = cell->base_kind == BSYNC_BASE_NAMES_OWN;
	bool has_base = has_names || cell->base_kind == BSYNC_BASE_OWN;

	assert(cell->base_kind != BSYNC_BASE_NAMES);
	bsync_write_array(writer, has_names ? 5 : has_base ? 4 : 3);
	bsync_write_unsigned(writer, has_names ? FORM_TEXT_NAMES : FORM_TEXT);
	bsync_write_value(writer, &cell->value);
	bsync_write_value(writer, &cell->base_value);
	if (has_base)
		bsync_write_position(writer, &cell->base);
	if (has_names)
		names_write(writer, cell);
}

static void value_write(struct bsync_writer *writer, const struct bsync_cell_write *cell)
{
	if (cell->base_kind == BSYNC_BASE_NAMES_OWN || cell->base_value.kind != BSYNC_NULL) {
		text_write(writer, cell);
		return;
	}
	switch (cell->base_kind) {
	case BSYNC_BASE_DEFAULT:
		bsync_write_value(writer, &cell->value);
		return;
	case BSYNC_BASE_OWN:
		bsync_write_array(writer, 3);
		bsync_write_unsigned(writer, FORM_OWN_BASE);
		bsync_write_value(writer, &cell->value);
		bsync_write_position(writer, &cell->base);
		return;
	case BSYNC_BASE_NAMES:
		bsync_write_array(writer, 3);
		bsync_write_unsigned(writer, FORM_NAMES);
		bsync_write_value(writer, &cell->value);
		names_write(writer, cell);
		return;
	case BSYNC_BASE_NAMES_OWN:
		break;
	}
	assert(false && "a kind of base");
}

static void cell_write(struct bsync_writer *writer, const struct bsync_cell_write *cell)
{
	bsync_write_unsigned(writer, cell->column_no);
	switch (cell->kind) {
	case BSYNC_WRITE_VALUE:
		value_write(writer, cell);
		return;
	case BSYNC_WRITE_DELTA:
		assert(cell->base_kind == BSYNC_BASE_DEFAULT);
		bsync_write_array(writer, 2);
		bsync_write_unsigned(writer, FORM_DELTA);
		bsync_write_integer(writer, cell->delta);
		return;
	case BSYNC_WRITE_SET:
		set_write(writer, cell);
		return;
	}
	assert(false && "a kind of write");
}

/* PROTOCOL 4: "An insert names every column that is not NULL, and no other." */
static bool is_idle(enum bsync_change_kind kind, const struct bsync_cell_write *cell)
{
	return kind == BSYNC_CHANGE_INSERT && cell->kind == BSYNC_WRITE_VALUE && cell->value.kind == BSYNC_NULL;
}

static void change_write(struct bsync_writer *writer, const struct bsync_change *change)
{
	assert(change->kind <= BSYNC_CHANGE_DELETE);
	assert(change->kind == BSYNC_CHANGE_DELETE || !change->has_base);
	assert(change->kind != BSYNC_CHANGE_DELETE || change->cell_count == 0);
	assert(change->cell_count <= BSYNC_COLUMNS_MAX);
	bsync_write_array(writer, change->has_base ? 5 : 4);
	bsync_write_unsigned(writer, change->table_no);
	bsync_write_unsigned(writer, change->kind);
	bsync_write_key(writer, change->key_count, change->key);
	bsync_write_array(writer, 2 * change->cell_count);
	for (uint32_t i = 0; i < change->cell_count; i++) {
		assert(i == 0 || change->cells[i].column_no > change->cells[i - 1].column_no);
		assert(!is_idle(change->kind, &change->cells[i]));
		cell_write(writer, &change->cells[i]);
	}
	if (change->has_base)
		bsync_write_position(writer, &change->base);
}

enum bsync_result bsync_changeset_encode(const struct bsync_changeset *set, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = 0;

	assert(set != NULL);
	assert(out != NULL);
	start = out->size;
	if (set->change_count > BSYNC_CHANGESET_ROWS_MAX)
		return BSYNC_TOO_LARGE;
	bsync_writer_init(&writer, out);
	bsync_write_array(&writer, 6);
	bsync_write_unsigned(&writer, CHANGESET_VERSION);
	bsync_write_unsigned(&writer, set->schema_version);
	evidence_write(&writer, &set->evidence);
	bsync_write_integer(&writer, set->seen_ms);
	bsync_write_position(&writer, &set->base);
	bsync_write_array(&writer, set->change_count);
	for (uint32_t i = 0; i < set->change_count && writer.result == BSYNC_OK; i++) {
		change_write(&writer, &set->changes[i]);
		if (out->size - start > BSYNC_CHANGESET_SIZE_MAX)
			fail(&writer, BSYNC_TOO_LARGE);
	}
	if (writer.result != BSYNC_OK)
		out->size = start;
	return writer.result;
}

static void evidence_read(struct bsync_reader *reader, struct bsync_clock_evidence *evidence)
{
	(void)bsync_read_array(reader, 4, 4);
	bsync_read_clock(reader, &evidence->clock);
	if (bsync_read_is_nil(reader)) {
		bsync_read_nil(reader);
		return;
	}
	(void)bsync_read_array(reader, 4, 4);
	evidence->anchor.server_ms = bsync_read_integer(reader);
	bsync_read_clock(reader, &evidence->anchor.clock);
	/* "Never" has one form, nil. */
	if (evidence->anchor.server_ms == 0)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
}

static uint32_t elements_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_value **elements)
{
	uint32_t count = bsync_read_values(reader, arena, BSYNC_CHANGESET_ELEMENTS_MAX, elements);

	if (reader->result == BSYNC_OK && !is_ascending(count, *elements))
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	return count;
}

static void set_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_cell_write *cell,
		     bool has_base)
{
	cell->kind = BSYNC_WRITE_SET;
	cell->remove_count = elements_read(reader, arena, &cell->removes);
	cell->add_count = elements_read(reader, arena, &cell->adds);
	if (has_base) {
		cell->base_kind = BSYNC_BASE_OWN;
		cell->base = bsync_read_position(reader);
	}
}

static void names_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_cell_write *cell)
{
	cell->name_count = bsync_read_elements(reader, arena, BSYNC_CHANGESET_NAMES_MAX, sizeof(*cell->names),
					       &cell->names);
	for (uint32_t i = 0; i < cell->name_count; i++)
		bsync_read_dot(reader, &cell->names[i]);
}

static void text_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_cell_write *cell,
		      enum form form, uint32_t count)
{
	bsync_read_value_into(reader, &cell->value);
	bsync_read_value_into(reader, &cell->base_value);
	/* Nothing before has one form, a write without it. */
	if (form == FORM_TEXT && cell->base_value.kind == BSYNC_NULL)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	if (count > 3) {
		cell->base_kind = BSYNC_BASE_OWN;
		cell->base = bsync_read_position(reader);
	}
	if (form == FORM_TEXT_NAMES) {
		cell->base_kind = BSYNC_BASE_NAMES_OWN;
		names_read(reader, arena, cell);
	}
}

/* A write that is an array: its count has been read, its form has not. */
static void form_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_cell_write *cell,
		      uint32_t count)
{
	enum form form = (enum form)bsync_read_unsigned(reader, FORM_TEXT_NAMES);
	bool fits = false;

	if (reader->result != BSYNC_OK)
		return;
	switch (form) {
	case FORM_OWN_BASE:
		fits = count == 3;
		bsync_read_value_into(reader, &cell->value);
		cell->base_kind = BSYNC_BASE_OWN;
		cell->base = bsync_read_position(reader);
		break;
	case FORM_NAMES:
		fits = count == 3;
		bsync_read_value_into(reader, &cell->value);
		cell->base_kind = BSYNC_BASE_NAMES;
		names_read(reader, arena, cell);
		break;
	case FORM_DELTA:
		fits = count == 2;
		cell->kind = BSYNC_WRITE_DELTA;
		cell->delta = bsync_read_integer(reader);
		break;
	case FORM_SET:
		fits = count == 3 || count == 4;
		set_read(reader, arena, cell, count == 4);
		break;
	case FORM_TEXT:
		fits = count == 3 || count == 4;
		text_read(reader, arena, cell, form, count);
		break;
	case FORM_TEXT_NAMES:
		fits = count == 5;
		text_read(reader, arena, cell, form, count);
		break;
	}
	if (!fits)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
}

static void cells_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_change *change)
{
	uint32_t count = bsync_read_list(reader, 0, 2 * BSYNC_COLUMNS_MAX);
	enum bsync_result result = BSYNC_OK;

	if (count % 2 != 0 || (count != 0 && change->kind == BSYNC_CHANGE_DELETE))
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	if (reader->result != BSYNC_OK)
		return;
	result = bsync_arena_array(arena, count / 2, sizeof(*change->cells), &change->cells);
	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return;
	}
	change->cell_count = count / 2;
	for (uint32_t i = 0; i < change->cell_count && reader->result == BSYNC_OK; i++) {
		struct bsync_cell_write *cell = &change->cells[i];

		cell->column_no = bsync_read_u32(reader);
		if (i > 0 && cell->column_no <= change->cells[i - 1].column_no)
			bsync_reader_fail(reader, BSYNC_MALFORMED);
		/* A cell value is never an array, so an array is one of the other forms. */
		if (bsync_read_is_array(reader))
			form_read(reader, arena, cell, bsync_read_array(reader, 2, 5));
		else
			bsync_read_value_into(reader, &cell->value);
		if (is_idle(change->kind, cell))
			bsync_reader_fail(reader, BSYNC_MALFORMED);
	}
}

static void change_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_change *change)
{
	uint32_t count = bsync_read_array(reader, 4, 5);

	change->table_no = bsync_read_u32(reader);
	change->kind = (enum bsync_change_kind)bsync_read_unsigned(reader, BSYNC_CHANGE_DELETE);
	change->key_count = bsync_read_key(reader, arena, &change->key);
	cells_read(reader, arena, change);
	if (count == 5) {
		/* PROTOCOL 4: "only a delete may have a base of its own in the change" */
		if (change->kind != BSYNC_CHANGE_DELETE)
			bsync_reader_fail(reader, BSYNC_MALFORMED);
		change->has_base = true;
		change->base = bsync_read_position(reader);
	}
}

bool bsync_cell_write_puts(const struct bsync_cell_write *write)
{
	assert(write != NULL);
	return write->kind != BSYNC_WRITE_SET || write->add_count != 0;
}

bool bsync_change_puts(const struct bsync_change *change)
{
	bool puts = false;

	assert(change != NULL);
	puts = change->kind != BSYNC_CHANGE_UPDATE || change->cell_count == 0;
	for (uint32_t i = 0; i < change->cell_count && !puts; i++)
		puts = bsync_cell_write_puts(&change->cells[i]);
	return puts;
}

enum bsync_result bsync_changeset_schema(struct bsync_bytes plain, uint32_t *version)
{
	struct bsync_guard_limits limits = bsync_parts_limits(BSYNC_CHANGESET_SIZE_MAX);
	struct bsync_reader reader;

	assert(version != NULL);
	bsync_reader_init(&reader, plain, &limits);
	(void)bsync_read_array(&reader, 6, 6);
	(void)bsync_read_unsigned(&reader, UINT32_MAX);
	*version = bsync_read_u32(&reader);
	return reader.result;
}

enum bsync_result bsync_changeset_decode(struct bsync_bytes plain, struct bsync_arena *arena,
					 struct bsync_changeset *set)
{
	struct bsync_guard_limits limits = bsync_parts_limits(BSYNC_CHANGESET_SIZE_MAX);
	struct bsync_changeset read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(set != NULL);
	bsync_reader_init(&reader, plain, &limits);
	(void)bsync_read_array(&reader, 6, 6);
	if (bsync_read_unsigned(&reader, UINT32_MAX) != CHANGESET_VERSION)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	read.schema_version = bsync_read_u32(&reader);
	evidence_read(&reader, &read.evidence);
	read.seen_ms = bsync_read_integer(&reader);
	read.base = bsync_read_position(&reader);
	read.change_count = bsync_read_elements(&reader, arena, BSYNC_CHANGESET_ROWS_MAX, sizeof(*read.changes),
						&read.changes);
	for (uint32_t i = 0; i < read.change_count && reader.result == BSYNC_OK; i++)
		change_read(&reader, arena, &read.changes[i]);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*set = read;
	return result;
}
