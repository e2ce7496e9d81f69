/* bench_merge.c: what one write costs in the pure part: merging it, and the bytes beside its row. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/lattice.h"
#include "core/merge.h"

enum { COLUMNS = 11, ROUNDS = 1000000, RULE_ROUNDS = 200000, TEXT_ROUNDS = 200, ARENA_MAX = 64 << 20 };

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

/* Writes of two devices to one cell, each of which has seen all but the newest of the other. */
static void measure_rule(enum bsync_rule rule, struct bsync_lattice *lattice)
{
	static const struct bsync_device_id devices[3] = {{{0}}, {{1}}, {{2}}};
	const struct bsync_lines lines = {3, devices, NULL};
	struct bsync_roles roles = {0};
	const struct bsync_column column = {.rule = rule, .travels = true, .lattice = lattice, .roles = &roles};
	struct bsync_value values[2] = {bsync_value_text(bsync_bytes_of_string("slaapt goed. mama is moe.")),
					bsync_value_text(bsync_bytes_of_string("slaapt slecht. mama werkt."))};
	const struct bsync_value before = bsync_value_text(bsync_bytes_of_string("slaapt slecht. mama is moe."));
	struct bsync_standing born = {{1, 1, 1, 1}, values[0], true, NULL};
	struct bsync_cell cell = {.count = 1, .standing = &born};
	struct bsync_arena arena;
	double begin = 0;

	if (rule == BSYNC_RULE_ORDER) {
		values[0] = bsync_value_text(bsync_bytes_of_string("open"));
		values[1] = bsync_value_text(bsync_bytes_of_string("gedaan"));
	}
	bsync_arena_init(&arena, ARENA_MAX);
	begin = now_us();
	for (uint64_t i = 1; i <= RULE_ROUNDS; i++) {
		const uint32_t line = rule == BSYNC_RULE_SERVER ? 0 : 1 + (uint32_t)(i % 2);
		struct bsync_cell_edit edit = {.value = &values[i % 2],
					       .base = i > 2 ? i - 2 : 0,
					       .base_value = before,
					       .version = {line, i + 1, i + 1, (int64_t)i}};
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;
		struct bsync_shown shown;

		if (rule == BSYNC_RULE_COUNTER) {
			edit.kind = BSYNC_WRITE_DELTA;
			edit.delta = 1;
		} else if (rule == BSYNC_RULE_SET) {
			edit.kind = BSYNC_WRITE_SET;
			edit.adds = &values[i % 2];
			edit.removes = &values[(i + 1) % 2];
			edit.add_count = edit.remove_count = 1;
		}
		if (i % 64 == 0) {
			bsync_arena_reset(&arena);
			cell = (struct bsync_cell){.count = 1, .standing = &born};
		}
		must(bsync_merge_cell(&column, &lines, &arena, &cell, &edit, &outcome, &replaced));
		must(bsync_merge_shown(&column, &lines, &arena, &cell, &shown));
	}
	printf("bench merge_%s %.3f us\n", bsync_rule_name(rule), (now_us() - begin) / RULE_ROUNDS);
	bsync_arena_clear(&arena);
}

static void measure_rules(void)
{
	struct bsync_lattice lattice = {.count = 2, .names = {"open", "gedaan"}};

	bsync_lattice_chain(&lattice);
#define X(name, word) measure_rule(BSYNC_RULE_##name, &lattice);
	BSYNC_RULE_LIST(X)
#undef X
}

/* A plan of 20 kB, in sentences of ten words; every `stride`th from `first` on is another. */
static struct bsync_value plan(struct bsync_arena *arena, uint32_t first, uint32_t stride)
{
	enum { SENTENCES = 350, SENTENCE = 64 };
	char *text = bsync_arena_take(arena, SENTENCES * SENTENCE + 1);
	size_t size = 0;

	if (text == NULL)
		exit(1);
	for (uint32_t i = 0; i < SENTENCES; i++)
		size += (size_t)snprintf(
			text + size, SENTENCE + 1, "in week %03u werkt %s aan doel %03u en dat gaat zo goed. ",
			(unsigned)(i % 1000), i % stride == first ? "mama mee" : "Mila", (unsigned)(i * 7 % 1000));
	return bsync_value_text((struct bsync_bytes){(const uint8_t *)text, size});
}

/* Two edits of one plan, each of `count` sentences that the other leaves alone. */
static void measure_plan(const char *name, uint32_t stride)
{
	static const struct bsync_device_id devices[3] = {{{0}}, {{1}}, {{2}}};
	const struct bsync_lines lines = {3, devices, NULL};
	const struct bsync_column column = {.rule = BSYNC_RULE_TEXT, .travels = true};
	struct bsync_standing standing[2];
	const struct bsync_cell cell = {.count = 2, .standing = standing};
	struct bsync_text_base base = {1, {0}};
	struct bsync_shown shown;
	struct bsync_arena texts, arena;
	double begin = 0;

	bsync_arena_init(&texts, ARENA_MAX);
	bsync_arena_init(&arena, ARENA_MAX);
	base.value = plan(&texts, UINT32_MAX, stride);
	standing[0] = (struct bsync_standing){{1, 2, 2, 2}, plan(&texts, 0, stride), false, &base};
	standing[1] = (struct bsync_standing){{2, 2, 3, 3}, plan(&texts, stride / 2, stride), false, &base};
	begin = now_us();
	for (int i = 0; i < TEXT_ROUNDS; i++) {
		bsync_arena_reset(&arena);
		must(bsync_merge_shown(&column, &lines, &arena, &cell, &shown));
	}
	if (shown.is_conflict || shown.value.as.bytes.size <= base.value.as.bytes.size)
		exit(1);
	printf("bench %s %.3f ms\n", name, (now_us() - begin) / TEXT_ROUNDS / 1e3);
	bsync_arena_clear(&arena);
	bsync_arena_clear(&texts);
}

int main(void)
{
	measure_overwrite();
	measure_rules();
	measure_plan("text_merge_20kb_few_edits", 100);
	measure_plan("text_merge_20kb_many_edits", 4);
	measure_row();
	return 0;
}
