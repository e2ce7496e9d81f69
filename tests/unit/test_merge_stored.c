/* test_merge_stored.c: a cell that goes through its bytes between writes is the same cell. */
#include "core/merge.h"

#include "tests/support/cell_scene.h"
#include "tests/support/harness.h"

enum { STEPS = 40 };

/* A random write of a rule's kind, whose author had seen what stood at `base`. */
static struct scene_write random_write(enum bsync_rule rule, uint64_t *random, uint64_t counter, uint64_t *seqs)
{
	static const char *const values[] = {"1", "22", NULL, "text", ""};
	static const char *const texts[] = {"a. b. c.", "a. b. C.", "A. b. c.", NULL, "a. B. c."};
	static const char *const elements[] = {"", "a", "b", "ab", "abc"};
	struct scene_write write = {0};
	uint64_t word = *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);

	word >>= 20;
	write.line = (uint32_t)(1 + word % 4);
	write.seq = ++seqs[write.line];
	write.base = (word >> 4) % (counter + 1);
	write.stamp = (int64_t)((word >> 12) % 1000) - 500;
	write.value = rule == BSYNC_RULE_TEXT ? texts[(word >> 22) % 5] : values[(word >> 22) % 5];
	write.base_text = texts[(word >> 34) % 5];
	write.is_delta = rule == BSYNC_RULE_COUNTER;
	write.delta = (int64_t)((word >> 25) % 9) - 4;
	if (rule == BSYNC_RULE_SET) {
		write.adds = elements[(word >> 28) % 5];
		write.removes = elements[(word >> 31) % 5];
	}
	return write;
}

/* Puts the scene's cell through its bytes and back. */
static bool store_and_load(struct scene *scene, struct bsync_buffer *bytes)
{
	struct bsync_table table = {.column_count = 1, .columns = &scene->column};
	struct bsync_cells cells = {
		.changed = scene->cell.changed, .born = {3, 1, 1, 1}, .cell_count = 1, .cells = &scene->cell};
	struct bsync_shown row = scene_look(scene);

	bytes->size = 0;
	if (bsync_cells_encode(&table, &cells, bytes) != BSYNC_OK ||
	    bsync_cells_decode(&table, bsync_buffer_bytes(bytes), &row.value, &scene->arena, &cells) != BSYNC_OK)
		return false;
	scene->cell = cells.cells[0];
	return cells.cell_count == 1;
}

TEST(a_cell_stored_after_every_write_is_the_cell_kept_in_memory)
{
	uint64_t random = 20240229;

	for (int rule = 0; rule <= BSYNC_RULE_TEXT; rule++) {
		struct bsync_buffer bytes[STEPS];
		struct scene kept;
		struct scene stored;
		uint64_t seqs[SCENE_LINES] = {0, 1, 1, 1, 1};

		/* Its values are states: test_merge_states.c. */
		if (rule == BSYNC_RULE_ORDER)
			continue;
		scene_begin(&kept, (enum bsync_rule)rule);
		scene_begin(&stored, (enum bsync_rule)rule);
		for (uint32_t i = 0; i < STEPS; i++) {
			struct scene_write write = random_write((enum bsync_rule)rule, &random, kept.counter, seqs);

			/* What is decoded borrows from the bytes, so each step keeps its own. */
			bsync_buffer_init(&bytes[i], 1 << 16);
			CHECK(store_and_load(&stored, &bytes[i]));
			CHECK_EQ(scene_write(&stored, write), scene_write(&kept, write));
			CHECK_STR(scene_standing(&stored), scene_standing(&kept));
			CHECK_STR(scene_shown(&stored), scene_shown(&kept));
			CHECK_STR(scene_replaced(&stored), scene_replaced(&kept));
			CHECK(stored.cell.changed == kept.cell.changed);
			CHECK(scene_is_conflict(&stored) == scene_is_conflict(&kept));
		}
		for (uint32_t i = 0; i < STEPS; i++)
			bsync_buffer_clear(&bytes[i]);
		scene_end(&kept);
		scene_end(&stored);
	}
}
