/* fuzz_cells.c: bytes beside a row.  What is decoded encodes to the same bytes, shows something, and takes a write.
 *
 * Input: a byte that chooses the row's values, then the bytes of core/cells. */
#include <assert.h>
#include <string.h>

#include "core/merge.h"

enum { COLUMNS = 11, ROWS = 4, SIZE_MAX_ALL = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bsync_value text(const char *string)
{
	return bsync_value_text(bsync_bytes_of_string(string));
}

/* One column a rule, behind a key and a column that stays home. */
static void fill_columns(struct bsync_column *columns)
{
	static char name[] = "c";

	for (uint32_t i = 0; i < COLUMNS; i++) {
		columns[i] = (struct bsync_column){.no = i + 1, .name = name, .travels = i != 1, .is_key = i == 0};
		columns[i].rule = (enum bsync_rule)(i < 2 ? 0 : i - 2);
		/* Rule `order` would need a lattice. */
		if (columns[i].rule == BSYNC_RULE_ORDER)
			columns[i].rule = BSYNC_RULE_TEXT;
	}
}

static void fill_row(struct bsync_value *row, uint8_t choice)
{
	static const char *const sets[ROWS] = {"[]", "[1,2,\"a\"]", "[\"b\"]", "no set"};

	for (uint32_t i = 0; i < COLUMNS; i++)
		row[i] = (choice >> (i % 4) & 1) != 0 ? text("value") : bsync_value_null();
	if ((choice & 16) != 0)
		row[8] = bsync_value_integer(choice);
	if ((choice & 32) != 0)
		row[9] = text(sets[choice >> 6]);
	else
		row[9] = bsync_value_null();
}

/* Every cell can be shown and written, if its lines are known. */
static void use_cells(const struct bsync_column *columns, struct bsync_arena *arena, struct bsync_cells *cells)
{
	static const struct bsync_device_id devices[256];
	const struct bsync_lines lines = {256, devices, NULL};
	struct bsync_value value = text("[3]");

	for (uint32_t i = 0; i < cells->cell_count; i++) {
		struct bsync_cell *cell = &cells->cells[i];
		const struct bsync_column *column = &columns[cell->column];
		struct bsync_cell_edit edit = {.value = &value, .base = 9, .version = {1, 7, 9, 9}};
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;
		struct bsync_shown shown;
		bool is_known = true;
		enum bsync_result result = BSYNC_OK;

		for (uint32_t j = 0; j < cell->count; j++)
			is_known = is_known && cell->standing[j].version.line < lines.count;
		if (!is_known)
			continue;
		result = bsync_merge_cell(column, &lines, arena, cell, &edit, &outcome, &replaced);
		assert(result == BSYNC_OK);
		result = bsync_merge_shown(column, &lines, arena, cell, &shown);
		assert(result == BSYNC_OK);
		(void)result;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_column columns[COLUMNS];
	struct bsync_face faces[2];
	struct bsync_table table = {.column_count = COLUMNS, .columns = columns, .face_count = 2, .faces = faces};
	struct bsync_value row[COLUMNS];
	struct bsync_cells cells;
	struct bsync_arena arena;
	struct bsync_buffer again;
	struct bsync_bytes bytes = {data + 1, size - 1};
	enum bsync_result result = BSYNC_OK;

	if (size == 0)
		return 0;
	memset(faces, 0, sizeof(faces));
	fill_columns(columns);
	fill_row(row, data[0]);
	bsync_arena_init(&arena, SIZE_MAX_ALL);
	bsync_buffer_init(&again, SIZE_MAX_ALL);
	result = bsync_cells_decode(&table, bytes, row, &arena, &cells);
	assert(result == BSYNC_OK || result == BSYNC_STORAGE_CORRUPT);
	if (result == BSYNC_OK) {
		result = bsync_cells_encode(&table, &cells, &again);
		assert(result == BSYNC_OK);
		assert(bsync_bytes_equal(bytes, bsync_buffer_bytes(&again)));
		use_cells(columns, &arena, &cells);
	}
	bsync_buffer_clear(&again);
	bsync_arena_clear(&arena);
	return 0;
}
