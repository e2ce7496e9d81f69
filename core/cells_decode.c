#include "core/cells.h"

#include <assert.h>
#include <string.h>

#include "core/cells_format.h"
#include "core/merge.h"

/* Layout: schema/STORAGE.md section 3.  Encoding is in core/cells.c. */
enum { STANDING_SIZE_MIN = 5, REAL_SIZE = 8 };

#define REAL_EXPONENT UINT64_C(0x7ff0000000000000)
#define REAL_SIGN UINT64_C(0x8000000000000000)

/* A place in the bytes.  The first error sticks and makes everything read afterwards zero. */
struct source {
	const uint8_t *at;
	const uint8_t *end;
	enum bsync_result result;
	uint32_t standing_left; /* of BSYNC_STANDING_MAX for the whole row */
	const struct bsync_version *born;
	struct bsync_arena *arena;
};

static void fail(struct source *source, enum bsync_result result)
{
	if (source->result == BSYNC_OK)
		source->result = result;
	source->at = source->end;
}

static uint64_t number_get(struct source *source, uint64_t max)
{
	uint64_t number = 0;

	if (!bsync_varint_get(&source->at, source->end, &number) || number > max) {
		fail(source, BSYNC_STORAGE_CORRUPT);
		return 0;
	}
	return number;
}

static void version_get(struct source *source, uint64_t counter_origin, uint64_t stamp_origin,
			struct bsync_version *version)
{
	version->line = (uint32_t)number_get(source, UINT32_MAX);
	version->seq = number_get(source, UINT64_MAX);
	version->counter = bsync_varint_sum(counter_origin, number_get(source, UINT64_MAX));
	version->stamp_ms = (int64_t)bsync_varint_sum(stamp_origin, number_get(source, UINT64_MAX));
}

static void later_version_get(struct source *source, struct bsync_version *version)
{
	version_get(source, source->born->counter, (uint64_t)source->born->stamp_ms, version);
}

static void real_get(struct source *source, struct bsync_value *value)
{
	uint64_t bits = 0;

	if (source->end - source->at < REAL_SIZE) {
		fail(source, BSYNC_STORAGE_CORRUPT);
		return;
	}
	for (int i = 0; i < REAL_SIZE; i++)
		bits = bits << 8 | *source->at++;
	/* A NaN or -0.0 never gets into a value, so it is damage. */
	if ((bits & ~REAL_SIGN) > REAL_EXPONENT || bits == REAL_SIGN)
		fail(source, BSYNC_STORAGE_CORRUPT);
	memcpy(&value->as.real, &bits, sizeof(bits));
}

static void value_get(struct source *source, struct bsync_value *value)
{
	uint64_t kind = number_get(source, BSYNC_BLOB);

	value->kind = (enum bsync_value_kind)kind;
	switch (value->kind) {
	case BSYNC_NULL:
		break;
	case BSYNC_INTEGER:
		value->as.integer = (int64_t)bsync_varint_sum(0, number_get(source, UINT64_MAX));
		break;
	case BSYNC_REAL:
		real_get(source, value);
		break;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		value->as.bytes.size = (size_t)number_get(source, UINT64_MAX);
		if (value->as.bytes.size > (size_t)(source->end - source->at)) {
			value->as.bytes.size = 0;
			fail(source, BSYNC_STORAGE_CORRUPT);
		}
		value->as.bytes.data = source->at;
		source->at += value->as.bytes.size;
		break;
	}
}

/* Counts versions of a cell; an error when the row has too many. */
static void standing_count(struct source *source, uint64_t count)
{
	if (count > source->standing_left)
		fail(source, BSYNC_STORAGE_CORRUPT);
	else
		source->standing_left -= (uint32_t)count;
}

static struct bsync_standing *standing_take(struct source *source, uint32_t count)
{
	struct bsync_standing *standing = NULL;

	standing_count(source, count);
	if (source->result != BSYNC_OK)
		return NULL;
	standing = bsync_arena_take(source->arena, (size_t)count * sizeof(*standing));
	if (standing == NULL)
		fail(source, BSYNC_NO_MEMORY);
	return standing;
}

/* The elements of a set whose adds are all by one version are those of the text in the row. */
static void set_from_row(struct source *source, const struct bsync_version *version, const struct bsync_value *row,
			 struct bsync_cell *cell)
{
	struct bsync_value *elements = NULL;
	uint32_t count = 0;
	enum bsync_result result = BSYNC_STORAGE_CORRUPT;

	if (row->kind == BSYNC_TEXT)
		result = bsync_set_parse(row->as.bytes, source->arena, &elements, &count);
	if (result != BSYNC_OK) {
		fail(source, result == BSYNC_NO_MEMORY ? result : BSYNC_STORAGE_CORRUPT);
		return;
	}
	cell->standing = count != 0 ? standing_take(source, count) : NULL;
	if (source->result != BSYNC_OK)
		return;
	cell->count = count;
	for (uint32_t i = 0; i < count; i++)
		cell->standing[i] = (struct bsync_standing){*version, elements[i], false, NULL};
}

/* One version stands, and says what the row says.  `only` is the caller's room for it. */
static void cell_from_row(struct source *source, const struct bsync_column *column, const struct bsync_version *version,
			  const struct bsync_value *row, struct bsync_standing *only, struct bsync_cell *cell)
{
	if (column->rule == BSYNC_RULE_SET) {
		set_from_row(source, version, row, cell);
		return;
	}
	if (column->rule == BSYNC_RULE_COUNTER && row->kind != BSYNC_INTEGER) {
		fail(source, BSYNC_STORAGE_CORRUPT);
		return;
	}
	standing_count(source, 1);
	*only = (struct bsync_standing){*version, *row, false, NULL};
	cell->standing = only;
	cell->count = 1;
}

/* What the insert wrote still stands, or nobody has written the cell at all. */
static void cell_folded(struct source *source, const struct bsync_column *column, const struct bsync_value *row,
			struct bsync_standing *only, struct bsync_cell *cell)
{
	cell->changed = source->born->counter;
	if (row->kind != BSYNC_NULL) {
		cell_from_row(source, column, source->born, row, only, cell);
		return;
	}
	standing_count(source, 1);
	*only = (struct bsync_standing){*source->born, *row, true, NULL};
	cell->standing = only;
	cell->count = 1;
}

static bool is_ordered(enum bsync_rule rule, const struct bsync_standing *a, const struct bsync_standing *b)
{
	if (a->version.line != b->version.line)
		return a->version.line < b->version.line;
	if (rule == BSYNC_RULE_COUNTER)
		return false;
	if (a->version.seq != b->version.seq)
		return a->version.seq < b->version.seq;
	return bsync_value_compare(&a->value, &b->value) < 0;
}

static bool is_allowed(enum bsync_rule rule, const struct bsync_standing *standing)
{
	if (rule == BSYNC_RULE_COUNTER)
		return standing->value.kind == BSYNC_INTEGER;
	return rule != BSYNC_RULE_SET || bsync_set_holds(&standing->value);
}

/* What the cell showed where the author had seen all. */
static void base_get(struct source *source, struct bsync_standing *standing)
{
	struct bsync_text_base *base = bsync_arena_take(source->arena, sizeof(*base));

	if (base == NULL) {
		fail(source, BSYNC_NO_MEMORY);
		return;
	}
	base->counter = bsync_varint_sum(source->born->counter, number_get(source, UINT64_MAX));
	value_get(source, &base->value);
	if (base->value.kind != BSYNC_TEXT && base->value.kind != BSYNC_NULL)
		fail(source, BSYNC_STORAGE_CORRUPT);
	standing->base = base;
}

/* One version of a text, which says what the row says, with its base. */
static void cell_alone(struct source *source, const struct bsync_value *row, struct bsync_standing *only,
		       struct bsync_cell *cell)
{
	struct bsync_version version = {0};

	later_version_get(source, &version);
	standing_count(source, 1);
	*only = (struct bsync_standing){version, *row, false, NULL};
	base_get(source, only);
	cell->standing = only;
	cell->count = 1;
}

/* Several versions, each with its value; none for a set that lost its elements. */
static void cell_listed(struct source *source, const struct bsync_column *column, uint64_t count,
			struct bsync_cell *cell)
{
	bool is_sorted = column->rule == BSYNC_RULE_COUNTER || column->rule == BSYNC_RULE_SET;

	if (count == 1 || (count == 0 && column->rule != BSYNC_RULE_SET) ||
	    count > (size_t)(source->end - source->at) / STANDING_SIZE_MIN) {
		fail(source, BSYNC_STORAGE_CORRUPT);
		return;
	}
	cell->standing = count != 0 ? standing_take(source, (uint32_t)count) : NULL;
	if (source->result != BSYNC_OK)
		return;
	cell->count = (uint32_t)count;
	for (uint32_t i = 0; i < cell->count; i++) {
		struct bsync_standing *standing = &cell->standing[i];

		later_version_get(source, &standing->version);
		value_get(source, &standing->value);
		if (column->rule == BSYNC_RULE_TEXT && number_get(source, 1) != 0)
			base_get(source, standing);
		if (source->result != BSYNC_OK)
			return;
		if (!is_allowed(column->rule, standing) ||
		    (is_sorted && i != 0 && !is_ordered(column->rule, standing - 1, standing)))
			fail(source, BSYNC_STORAGE_CORRUPT);
	}
	if (count != 0 && cells_stand_by(cell, &cell->standing[0].version))
		fail(source, BSYNC_STORAGE_CORRUPT);
}

/* Reads what follows the column number of a cell that is not folded. */
static void cell_get(struct source *source, const struct bsync_column *column, const struct bsync_value *row,
		     struct bsync_standing *only, struct bsync_cell *cell)
{
	uint64_t head = number_get(source, UINT64_MAX);
	uint64_t changed = 0;
	bool has_changed = (head & 1) != 0;

	if (has_changed)
		changed = bsync_varint_sum(source->born->counter, number_get(source, UINT64_MAX));
	if (head >> 1 == 0) {
		struct bsync_version version = {0};

		later_version_get(source, &version);
		if (source->result == BSYNC_OK)
			cell_from_row(source, column, &version, row, only, cell);
		if (cell->count == 0)
			fail(source, BSYNC_STORAGE_CORRUPT);
	} else if (head >> 1 == 2 && column->rule == BSYNC_RULE_TEXT) {
		cell_alone(source, row, only, cell);
	} else {
		cell_listed(source, column, (head >> 1) - 1, cell);
	}
	if (source->result != BSYNC_OK)
		return;
	cell->changed = cells_changed_default(cell, source->born->counter);
	if (has_changed && changed == cell->changed)
		fail(source, BSYNC_STORAGE_CORRUPT);
	if (has_changed)
		cell->changed = changed;
	if (cells_fold(cell, source->born))
		fail(source, BSYNC_STORAGE_CORRUPT);
}

static void entries_get(struct source *source, const struct bsync_table *table, uint64_t count,
			struct bsync_cells *cells)
{
	if (count == CELLS_ENTRIES_MANY)
		count += number_get(source, BSYNC_ENTRIES_MAX - CELLS_ENTRIES_MANY);
	if (count == 0)
		return;
	cells->entries = bsync_arena_take(source->arena, (size_t)count * sizeof(*cells->entries));
	if (cells->entries == NULL) {
		fail(source, BSYNC_NO_MEMORY);
		return;
	}
	cells->entry_count = (uint32_t)count;
	for (uint32_t i = 0; i < cells->entry_count; i++) {
		struct bsync_entry *entry = &cells->entries[i];
		uint64_t head = number_get(source, UINT32_MAX);

		entry->face = (uint32_t)(head >> 1);
		entry->scope = number_get(source, UINT64_MAX);
		entry->counter = cells->born.counter;
		if ((head & 1) != 0)
			entry->counter = bsync_varint_sum(entry->counter, number_get(source, UINT64_MAX));
		if (entry->face >= table->face_count || ((head & 1) != 0 && entry->counter == cells->born.counter))
			fail(source, BSYNC_STORAGE_CORRUPT);
	}
}

static void head_get(struct source *source, const struct bsync_table *table, struct bsync_cells *cells)
{
	uint8_t flags = source->at < source->end ? *source->at++ : CELLS_FLAGS_ZERO;

	if ((flags & CELLS_FLAGS_ZERO) != 0)
		fail(source, BSYNC_STORAGE_CORRUPT);
	version_get(source, 0, CELLS_STAMP_ORIGIN_MS, &cells->born);
	cells->changed = cells->born.counter;
	if ((flags & CELLS_FLAG_CHANGED) != 0) {
		cells->changed = bsync_varint_sum(cells->born.counter, number_get(source, UINT64_MAX));
		if (cells->changed == cells->born.counter)
			fail(source, BSYNC_STORAGE_CORRUPT);
	}
	cells->is_deleted = (flags & CELLS_FLAG_DELETED) != 0;
	if (cells->is_deleted)
		later_version_get(source, &cells->deleted);
	cells->has_history = (flags & CELLS_FLAG_HISTORY) != 0;
	cells->is_copy = (flags & CELLS_FLAG_COPY) != 0;
	entries_get(source, table, flags & CELLS_ENTRIES_MASK, cells);
}

static bool is_cell(const struct bsync_column *column)
{
	return column->travels && !column->is_key;
}

/* Walks the columns and, beside them, the exceptions. */
static void cells_get(struct source *source, const struct bsync_table *table, const struct bsync_value *row,
		      struct bsync_standing *only, struct bsync_cells *cells)
{
	bool has_next = source->at < source->end;
	uint64_t next = has_next ? number_get(source, UINT32_MAX) : 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < table->column_count && source->result == BSYNC_OK; i++) {
		const struct bsync_column *column = &table->columns[i];
		struct bsync_cell *cell = &cells->cells[count];

		if (!is_cell(column))
			continue;
		cell->column = i;
		if (has_next && next == column->no) {
			cell_get(source, column, &row[i], &only[count], cell);
			has_next = source->at < source->end;
			next = has_next ? number_get(source, UINT32_MAX) : 0;
		} else {
			cell_folded(source, column, &row[i], &only[count], cell);
		}
		count++;
	}
	if (has_next)
		fail(source, BSYNC_STORAGE_CORRUPT);
	cells->cell_count = count;
}

enum bsync_result bsync_cells_decode(const struct bsync_table *table, struct bsync_bytes bytes,
				     const struct bsync_value *row, struct bsync_arena *arena,
				     struct bsync_cells *cells)
{
	struct source source = {.result = BSYNC_OK, .standing_left = BSYNC_STANDING_MAX, .arena = arena};
	struct bsync_standing *only = NULL;
	uint32_t count = 0;

	assert(table != NULL);
	assert(row != NULL || table->column_count == 0);
	assert(arena != NULL);
	assert(cells != NULL);
	*cells = (struct bsync_cells){0};
	if (bytes.size == 0)
		return BSYNC_STORAGE_CORRUPT;
	source.at = bytes.data;
	source.end = bytes.data + bytes.size;
	source.born = &cells->born;
	for (uint32_t i = 0; i < table->column_count; i++)
		count += is_cell(&table->columns[i]);
	cells->cells = bsync_arena_take(arena, (count + 1) * sizeof(*cells->cells));
	only = bsync_arena_take(arena, (count + 1) * sizeof(*only));
	if (cells->cells == NULL || only == NULL)
		return BSYNC_NO_MEMORY;
	head_get(&source, table, cells);
	cells_get(&source, table, row, only, cells);
	return source.result;
}

bool bsync_cells_decode_new(struct bsync_bytes bytes, struct bsync_version *version, uint32_t *entry_count,
			    struct bsync_entry *entries)
{
	struct source source = {.at = bytes.data, .end = bytes.data + bytes.size};
	uint32_t count = 0;

	assert(version != NULL);
	assert(entry_count != NULL && entries != NULL);
	/* No flag is set, and the number of entries is the byte itself. */
	if (bytes.size == 0 || bytes.data[0] > BSYNC_CELLS_NEW_ENTRIES_MAX)
		return false;
	count = *source.at++;
	version_get(&source, 0, CELLS_STAMP_ORIGIN_MS, version);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t face = number_get(&source, 2 * (uint64_t)BSYNC_FACES_MAX);

		/* The lowest bit: it entered later. */
		if ((face & 1) != 0)
			return false;
		entries[i] = (struct bsync_entry){
			.face = (uint32_t)(face >> 1),
			.scope = number_get(&source, UINT64_MAX),
			.counter = version->counter,
		};
	}
	*entry_count = count;
	return source.result == BSYNC_OK && source.at == source.end;
}
