#include "core/cells.h"

#include <assert.h>
#include <string.h>

#include "core/cells_format.h"

/* Layout: schema/STORAGE.md section 3.  Decoding is in core/cells_decode.c. */
enum {
	VERSION_SIZE_MAX = 4 * BSYNC_VARINT_SIZE_MAX,
	ENTRY_SIZE_MAX = 3 * BSYNC_VARINT_SIZE_MAX,
	HEAD_SIZE_MAX = 1 + 2 * VERSION_SIZE_MAX + 2 * BSYNC_VARINT_SIZE_MAX,
	CELL_SIZE_MAX = 3 * BSYNC_VARINT_SIZE_MAX,
	VALUE_SIZE_MAX = 1 + BSYNC_VARINT_SIZE_MAX, /* without the bytes of text and blob */
};

static uint8_t *version_put(uint8_t *out, const struct bsync_version *version, uint64_t counter_origin,
			    uint64_t stamp_origin)
{
	out = bsync_varint_put(out, version->line);
	out = bsync_varint_put(out, version->seq);
	out = bsync_varint_put(out, bsync_varint_difference(version->counter, counter_origin));
	return bsync_varint_put(out, bsync_varint_difference((uint64_t)version->stamp_ms, stamp_origin));
}

/* True when the head and the row say all there is to say of a cell. */
static bool is_folded(const struct bsync_cell *cell, const struct bsync_version *born)
{
	if (cell->count == 1 && cell->standing[0].is_unwritten)
		return true;
	return cells_fold(cell, born);
}

static enum bsync_result value_append(struct bsync_buffer *out, const struct bsync_value *value)
{
	uint8_t *room = NULL;
	uint8_t *next = NULL;
	enum bsync_result result = bsync_buffer_reserve(out, VALUE_SIZE_MAX, &room);

	if (result != BSYNC_OK)
		return result;
	next = room;
	*next++ = (uint8_t)value->kind;
	switch (value->kind) {
	case BSYNC_NULL:
		break;
	case BSYNC_INTEGER:
		next = bsync_varint_put(next, bsync_varint_difference((uint64_t)value->as.integer, 0));
		break;
	case BSYNC_REAL: {
		uint64_t bits = 0;

		memcpy(&bits, &value->as.real, sizeof(bits));
		for (int shift = 56; shift >= 0; shift -= 8)
			*next++ = (uint8_t)(bits >> shift);
		break;
	}
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		next = bsync_varint_put(next, value->as.bytes.size);
		bsync_buffer_commit(out, (size_t)(next - room));
		return bsync_buffer_append(out, value->as.bytes.data, value->as.bytes.size);
	}
	bsync_buffer_commit(out, (size_t)(next - room));
	return BSYNC_OK;
}

/* A version with what it says, where the row does not say it, and its base. */
static enum bsync_result standing_append(const struct bsync_column *column, const struct bsync_standing *standing,
					 bool is_alone, const struct bsync_version *born, struct bsync_buffer *out)
{
	const struct bsync_text_base *base = standing->base;
	uint8_t *room = NULL;
	uint8_t *next = NULL;
	enum bsync_result result = bsync_buffer_reserve(out, VERSION_SIZE_MAX, &room);

	assert(!standing->is_unwritten);
	assert(base == NULL || column->rule == BSYNC_RULE_TEXT);
	if (result != BSYNC_OK)
		return result;
	next = version_put(room, &standing->version, born->counter, (uint64_t)born->stamp_ms);
	bsync_buffer_commit(out, (size_t)(next - room));
	if (!is_alone)
		result = value_append(out, &standing->value);
	if (result != BSYNC_OK || column->rule != BSYNC_RULE_TEXT)
		return result;
	result = bsync_buffer_reserve(out, 2 * BSYNC_VARINT_SIZE_MAX, &room);
	if (result != BSYNC_OK)
		return result;
	next = room;
	if (!is_alone)
		next = bsync_varint_put(next, base != NULL);
	if (base != NULL)
		next = bsync_varint_put(next, bsync_varint_difference(base->counter, born->counter));
	bsync_buffer_commit(out, (size_t)(next - room));
	return base != NULL ? value_append(out, &base->value) : BSYNC_OK;
}

static enum bsync_result cell_append(const struct bsync_column *column, const struct bsync_cell *cell,
				     const struct bsync_version *born, struct bsync_buffer *out)
{
	bool is_alone = cells_has_lone_base(cell);
	bool in_row = !is_alone && cell->count != 0 && cells_stand_by(cell, &cell->standing[0].version);
	bool has_changed = cell->changed != cells_changed_default(cell, born->counter);
	uint64_t shape = in_row ? 0 : (uint64_t)cell->count + 1;
	uint8_t *room = NULL;
	uint8_t *next = NULL;
	enum bsync_result result = bsync_buffer_reserve(out, CELL_SIZE_MAX + VERSION_SIZE_MAX, &room);

	assert(cell->count != 0 || column->rule == BSYNC_RULE_SET);
	assert(column->rule == BSYNC_RULE_SET || cell->count == 1 || !in_row);
	if (result != BSYNC_OK)
		return result;
	next = bsync_varint_put(room, column->no);
	next = bsync_varint_put(next, shape << 1 | has_changed);
	if (has_changed)
		next = bsync_varint_put(next, bsync_varint_difference(cell->changed, born->counter));
	if (in_row)
		next = version_put(next, &cell->standing[0].version, born->counter, (uint64_t)born->stamp_ms);
	bsync_buffer_commit(out, (size_t)(next - room));
	for (uint32_t i = 0; !in_row && result == BSYNC_OK && i < cell->count; i++)
		result = standing_append(column, &cell->standing[i], is_alone, born, out);
	return result;
}

/* What comes before the cells; `deleted` may be NULL, `flags` are those of nothing else that is given here. */
static enum bsync_result head_append(const struct bsync_version *born, const struct bsync_version *deleted,
				     uint8_t flags, uint64_t changed, uint32_t entry_count,
				     const struct bsync_entry *entries, struct bsync_buffer *out)
{
	uint32_t inline_count = entry_count < CELLS_ENTRIES_MANY ? entry_count : CELLS_ENTRIES_MANY;
	uint8_t *room = NULL;
	uint8_t *next = NULL;
	enum bsync_result result = BSYNC_OK;

	if (entry_count > BSYNC_ENTRIES_MAX)
		return BSYNC_TOO_LARGE;
	result = bsync_buffer_reserve(out, HEAD_SIZE_MAX + (size_t)entry_count * ENTRY_SIZE_MAX, &room);
	if (result != BSYNC_OK)
		return result;
	next = room;
	*next++ = (uint8_t)(inline_count | (deleted != NULL ? CELLS_FLAG_DELETED : 0) | flags |
			    (changed != born->counter ? CELLS_FLAG_CHANGED : 0));
	next = version_put(next, born, 0, CELLS_STAMP_ORIGIN_MS);
	if (changed != born->counter)
		next = bsync_varint_put(next, bsync_varint_difference(changed, born->counter));
	if (deleted != NULL)
		next = version_put(next, deleted, born->counter, (uint64_t)born->stamp_ms);
	if (inline_count == CELLS_ENTRIES_MANY)
		next = bsync_varint_put(next, entry_count - CELLS_ENTRIES_MANY);
	for (uint32_t i = 0; i < entry_count; i++) {
		bool is_later = entries[i].counter != born->counter;

		next = bsync_varint_put(next, (uint64_t)entries[i].face << 1 | is_later);
		next = bsync_varint_put(next, entries[i].scope);
		if (is_later)
			next = bsync_varint_put(next, bsync_varint_difference(entries[i].counter, born->counter));
	}
	bsync_buffer_commit(out, (size_t)(next - room));
	return BSYNC_OK;
}

enum bsync_result bsync_cells_encode(const struct bsync_table *table, const struct bsync_cells *cells,
				     struct bsync_buffer *out)
{
	size_t size_before = 0;
	uint64_t standing_count = 0;
	uint8_t flags = 0;
	enum bsync_result result = BSYNC_OK;

	assert(table != NULL);
	assert(cells != NULL);
	assert(out != NULL);
	size_before = out->size;
	flags = (uint8_t)((cells->has_history ? CELLS_FLAG_HISTORY : 0) | (cells->is_copy ? CELLS_FLAG_COPY : 0));
	result = head_append(&cells->born, cells->is_deleted ? &cells->deleted : NULL, flags, cells->changed,
			     cells->entry_count, cells->entries, out);
	for (uint32_t i = 0; result == BSYNC_OK && i < cells->cell_count; i++) {
		const struct bsync_cell *cell = &cells->cells[i];

		assert(cell->column < table->column_count);
		assert(i == 0 || cells->cells[i - 1].column < cell->column);
		standing_count += cell->count;
		if (standing_count > BSYNC_STANDING_MAX)
			result = BSYNC_TOO_LARGE;
		else if (!is_folded(cell, &cells->born))
			result = cell_append(&table->columns[cell->column], cell, &cells->born, out);
	}
	if (result != BSYNC_OK)
		out->size = size_before;
	return result;
}

enum bsync_result bsync_cells_encode_new(const struct bsync_version *version, uint32_t entry_count,
					 const struct bsync_entry *entries, struct bsync_buffer *out)
{
	assert(version != NULL);
	assert(entries != NULL || entry_count == 0);
	assert(out != NULL);
	return head_append(version, NULL, 0, version->counter, entry_count, entries, out);
}

struct bsync_cell *bsync_cells_find(struct bsync_cells *cells, uint32_t column)
{
	uint32_t at = 0;

	assert(cells != NULL);
	/* Cells ascend and skip only key columns and those that stay home, so the place is at or just before `column`. */
	at = column < cells->cell_count ? column + 1 : cells->cell_count;
	while (at > 0 && cells->cells[at - 1].column > column)
		at--;
	return at > 0 && cells->cells[at - 1].column == column ? &cells->cells[at - 1] : NULL;
}
