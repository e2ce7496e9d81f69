/* Two inserts of one key: what stands and shows does not depend on which came first. */
#include "core/cells.h"

#include "tests/support/cells_fixture.h"

/* One insert of the row: the values of the columns that it names. */
struct insert {
	struct bsync_version version;
	const char *values[COLUMNS];
};

/* Lets two inserts of one key arrive and writes what stands and shows, without who was born first. */
static void insert_both(const struct insert *first, const struct insert *second, char *text, size_t size)
{
	static const struct bsync_device_id devices[3] = {{{0}}, {{1}}, {{2}}};
	const struct bsync_lines lines = {3, devices, NULL};
	struct bsync_version version = first->version;
	struct fixture fixture;
	size_t used = 0;

	set_up(&fixture);
	for (uint32_t i = LWW; i < COLUMNS; i++)
		fixture.row[i] = scene_value(first->values[i]);
	version.counter = 10;
	scene_must(bsync_cells_encode_new(&version, 0, NULL, &fixture.bytes) == BSYNC_OK, "no bytes");
	scene_must(decode(&fixture, bsync_buffer_bytes(&fixture.bytes)) == BSYNC_OK, "no cells");
	for (uint32_t i = LWW; i < COLUMNS; i++) {
		struct bsync_value value = scene_value(second->values[i]);
		struct bsync_cell_edit edit = {.value = &value, .version = second->version};
		struct bsync_cell *cell = bsync_cells_find(&fixture.cells, i);
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;
		struct bsync_shown shown;

		edit.version.counter = 11;
		if (second->values[i] != NULL)
			scene_must(bsync_merge_cell(&fixture.columns[i], &lines, &fixture.arena, cell, &edit, &outcome,
						    &replaced) == BSYNC_OK,
				   "a merge fails");
		scene_must(bsync_merge_shown(&fixture.columns[i], &lines, &fixture.arena, cell, &shown) == BSYNC_OK,
			   "nothing can be shown");
		used += scene_print_value(text + used, size - used, &shown.value);
		text[used++] = ':';
		scene_print(text + used, size - used, cell->standing, cell->count);
		used += strlen(text + used);
		text[used++] = '|';
		text[used] = '\0';
	}
	tear_down(&fixture);
}

TEST(two_inserts_of_one_key_end_the_same_in_either_order)
{
	const struct insert one = {{1, 4, 0, STAMP},
				   {[LWW] = "a", [KEEP] = "b", [FIRST] = "c", [COUNTER] = "5", [SET] = "[1,2]"}};
	const struct insert two = {{2, 9, 0, STAMP + 1},
				   {[LWW] = "d", [FIRST] = "e", [MAX] = "4", [COUNTER] = "2", [SET] = "[2,3]"}};
	char text[1024];
	char turned[1024];

	insert_both(&one, &two, text, sizeof(text));
	insert_both(&two, &one, turned, sizeof(turned));
	CHECK_STR(text, turned);
	CHECK_STR(text, "d:2.9=d 1.4=a|b:1.4=b|c:1.4=c|NULL:-|4:2.9=4|NULL:-|7:1.4=5 2.9=2|"
			"[1,2,3]:1.4=1 1.4=2 2.9=2 2.9=3|");
}
