/* test_merge_text.c: rule text in a cell: what is merged from what, and when a person must choose.  The merge of two texts is
 * in test_text_merge.c, order of arrival in test_merge_order.c. */
#include "core/merge.h"

#include "tests/support/cell_scene.h"
#include "tests/support/harness.h"

TEST(text_is_merged_from_the_base_that_lies_furthest_back)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_TEXT);
	scene_write_value(&scene, 1, 2, 0, 10, "a. b. c.");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1,
							  .seq = 3,
							  .base = 2,
							  .stamp = 11,
							  .value = "A. b. c.",
							  .base_text = "a. b. c."}),
		 BSYNC_MERGE_APPLIED);
	CHECK(scene.cell.standing[0].base == NULL);
	/* Saw the first alone. */
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2,
							  .seq = 2,
							  .base = 2,
							  .stamp = 12,
							  .value = "a. b. C.",
							  .base_text = "a. b. c."}),
		 BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_shown(&scene), "A. b. C.");
	CHECK(!scene_is_conflict(&scene));
	/* Saw the second too: its base is later, what it saw is in its text. */
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 4,
							  .seq = 2,
							  .base = 3,
							  .stamp = 9,
							  .value = "A. B. c.",
							  .base_text = "A. b. c."}),
		 BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_shown(&scene), "A. B. C.");
	CHECK_STR(scene_standing(&scene), "2.2=a. b. C. 4.2=A. B. c.");
	scene_end(&scene);
}

TEST(text_that_meets_another_is_a_conflict_from_their_base)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_TEXT);
	scene_write_value(&scene, 1, 2, 0, 10, "een");
	scene_write(&scene, (struct scene_write){
				    .line = 1, .seq = 3, .base = 2, .stamp = 11, .value = "twee", .base_text = "een"});
	scene_write(&scene, (struct scene_write){
				    .line = 2, .seq = 2, .base = 2, .stamp = 12, .value = "drie", .base_text = "een"});
	CHECK(scene_is_conflict(&scene));
	CHECK_STR(scene_shown(&scene), "drie");
	CHECK_EQ(scene_look(&scene).base->counter, 2);
	/* The same edit again is none, whoever makes it. */
	scene_write(&scene, (struct scene_write){
				    .line = 2, .seq = 3, .base = 2, .stamp = 13, .value = "twee", .base_text = "een"});
	CHECK(!scene_is_conflict(&scene));
	/* It took away more than it had seen, and stands alone once the other has gone: it keeps its base. */
	scene_write(&scene, (struct scene_write){.line = 2,
						 .seq = 4,
						 .base = 2,
						 .stamp = 14,
						 .value = "vier",
						 .base_text = "een",
						 .name_count = 1,
						 .names = {{1, 3}}});
	CHECK_EQ(scene.cell.count, 1);
	CHECK(scene.cell.standing[0].base != NULL);
	scene_end(&scene);
}

TEST(text_that_is_cleared_shows_nothing)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_TEXT);
	scene_write_value(&scene, 1, 2, 0, 10, "a. b.");
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 3, .base = 2, .stamp = 11, .base_text = "a. b."});
	CHECK_STR(scene_shown(&scene), "NULL");
	/* Saved without a change: no edit that the clearing could meet. */
	scene_write(&scene,
		    (struct scene_write){
			    .line = 2, .seq = 2, .base = 2, .stamp = 12, .value = "a. b.", .base_text = "a. b."});
	CHECK_STR(scene_shown(&scene), "NULL");
	scene_write(&scene,
		    (struct scene_write){
			    .line = 2, .seq = 3, .base = 2, .stamp = 13, .value = "a. c.", .base_text = "a. b."});
	CHECK(scene_is_conflict(&scene));
	scene_end(&scene);
}

TEST(more_than_sixteen_texts_are_a_conflict)
{
	enum { TEXTS = 17 };
	const struct bsync_text_base base = {
		1, bsync_value_text(bsync_bytes_of_string("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q."))};
	char texts[TEXTS][2 * TEXTS + 1];
	struct bsync_standing standing[TEXTS];
	struct bsync_shown shown;
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_TEXT);
	for (uint32_t i = 0; i < TEXTS; i++) {
		/* Each changes a word of its own. */
		memcpy(texts[i], base.value.as.bytes.data, 2 * TEXTS);
		texts[i][2 * TEXTS] = '\0';
		texts[i][2 * i] = (char)('A' + i);
		standing[i] = (struct bsync_standing){{1, 2 + i, 2 + i, 100 - (int64_t)i},
						      bsync_value_text(bsync_bytes_of_string(texts[i])),
						      false,
						      &base};
	}
	scene.cell = (struct bsync_cell){.changed = 20, .count = TEXTS - 1, .standing = standing};
	shown = scene_look(&scene);
	CHECK(!shown.is_conflict);
	CHECK(bsync_bytes_equal(shown.value.as.bytes, bsync_bytes_of_string("A.B.C.D.E.F.G.H.I.J.K.L.M.N.O.P.q.")));
	scene.cell.count = TEXTS;
	shown = scene_look(&scene);
	CHECK(shown.is_conflict && shown.base == &base);
	CHECK(bsync_value_equal(&shown.value, &standing[0].value));
	/* Equal ones count as one. */
	standing[TEXTS - 1].value = standing[3].value;
	CHECK(!scene_is_conflict(&scene));
	scene_end(&scene);
}
