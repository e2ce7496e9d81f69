/* bench_merge.c: what one write costs in the pure part: merging it, and the bytes beside its row. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/merge.h"

enum { COLUMNS = 11, ROUNDS = 1000000, ARENA_MAX = 1 << 20 };

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(enum bsync_result result)
{
	if (result != BSYNC_OK) {
		fprintf(stderr, "bench_merge: %s\n", bsync_result_text(result));
		exit(1);
	}
}

/* A `keep` cell that is overwritten again and again by a device that has seen it. */
static void measure_overwrite(void)
{
	static const struct bsync_device_id devices[3] = {{{0}}, {{1}}, {{2}}};
	const struct bsync_lines lines = {3, devices, NULL};
	const struct bsync_column column = {.rule = BSYNC_RULE_KEEP, .travels = true};
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string("a short text"));
	struct bsync_standing born = {{1, 1, 1, 1}, value, false, NULL};
	struct bsync_cell cell = {.count = 1, .standing = &born};
	struct bsync_arena arena;
	double begin = 0;

	bsync_arena_init(&arena, ARENA_MAX);
	begin = now_us();
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		struct bsync_cell_edit edit = {
			.value = &value, .base = i, .version = {1 + i % 2, i + 1, i + 1, (int64_t)i}};
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;

		must(bsync_merge_cell(&column, &lines, &arena, &cell, &edit, &outcome, &replaced));
		if (i % 64 == 0) {
			born = cell.standing[0];
			cell.standing = &born;
			bsync_arena_reset(&arena);
		}
	}
	printf("bench merge_overwrite %.3f us\n", (now_us() - begin) / ROUNDS);
	bsync_arena_clear(&arena);
}

/* A row of ten cells of which three were edited since its birth. */
static void measure_row(void)
{
	static char name[] = "c";
	struct bsync_column columns[COLUMNS];
	struct bsync_face face = {.no = 1, .name = name};
	struct bsync_table table = {.column_count = COLUMNS, .columns = columns, .face_count = 1, .faces = &face};
	struct bsync_value row[COLUMNS];
	struct bsync_version version = {12, 345, 123456, INT64_C(1767225600000)};
	struct bsync_entry entry = {0, 4321, 123456};
	struct bsync_cells cells;
	struct bsync_arena arena;
	struct bsync_buffer bytes;
	double begin = 0;

	for (uint32_t i = 0; i < COLUMNS; i++) {
		columns[i] = (struct bsync_column){.no = i, .name = name, .is_key = i == 0, .travels = true};
		row[i] = bsync_value_text(bsync_bytes_of_string("a short text"));
	}
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&bytes, ARENA_MAX);
	must(bsync_cells_encode_new(&version, 1, &entry, &bytes));
	printf("bench cells_fresh_size %zu bytes\n", bytes.size);
	must(bsync_cells_decode(&table, bsync_buffer_bytes(&bytes), row, &arena, &cells));
	for (uint32_t i = 2; i < 8; i += 2) {
		struct bsync_version edit = {20 + i, 1000 + i, 200000 + i, INT64_C(1767300000000) + i};

		cells.cells[i].standing[0].version = edit;
		cells.cells[i].changed = edit.counter;
	}
	cells.changed = cells.cells[6].changed;
	bytes.size = 0;
	must(bsync_cells_encode(&table, &cells, &bytes));
	printf("bench cells_edited_size %zu bytes\n", bytes.size);
	begin = now_us();
	for (uint64_t i = 0; i < ROUNDS; i++) {
		bsync_arena_reset(&arena);
		must(bsync_cells_decode(&table, bsync_buffer_bytes(&bytes), row, &arena, &cells));
		bytes.size = 0;
		must(bsync_cells_encode(&table, &cells, &bytes));
	}
	printf("bench cells_decode_encode %.3f us\n", (now_us() - begin) / ROUNDS);
	bsync_buffer_clear(&bytes);
	bsync_arena_clear(&arena);
}

int main(void)
{
	measure_overwrite();
	measure_row();
	return 0;
}
