/* test_merge.c: what each rule does, by the names of the promises.  Order of arrival: test_merge_order.c. */
#include "core/merge.h"

#include "tests/support/cell_scene.h"
#include "tests/support/harness.h"

TEST(first_write_takes_the_place_of_a_cell_nobody_wrote)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_LWW, BSYNC_RULE_KEEP, BSYNC_RULE_FIRST, BSYNC_RULE_MAX,
						BSYNC_RULE_MIN};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct scene scene;

		scene_begin(&scene, rules[i]);
		CHECK_STR(scene_standing(&scene), "-");
		CHECK_STR(scene_shown(&scene), "NULL");
		CHECK_EQ(scene_write_value(&scene, 1, 2, 0, 0, "a"), BSYNC_MERGE_APPLIED);
		CHECK_STR(scene_standing(&scene), "1.2=a");
		CHECK_EQ(scene.replaced.count, 0);
		CHECK_EQ(scene.cell.changed, 2);
		scene_end(&scene);
	}
}

TEST(lww_write_that_saw_the_value_replaces_it)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_LWW);
	scene_write_value(&scene, 1, 2, 1, 50, "old");
	/* Its clock is behind, but it saw what it replaces. */
	CHECK_EQ(scene_write_value(&scene, 2, 2, 2, 40, "new"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "2.2=new");
	CHECK_STR(scene_replaced(&scene), "1.2=old");
	CHECK_EQ(scene.cell.changed, 3);
	scene_end(&scene);
}

TEST(lww_concurrent_writes_show_the_later_stamp_and_lose_neither)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_LWW);
	scene_write_value(&scene, 1, 2, 1, 50, "later");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 40, "earlier"), BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_shown(&scene), "later");
	CHECK_STR(scene_standing(&scene), "1.2=later 2.2=earlier");
	CHECK(!scene_is_conflict(&scene));
	CHECK_EQ(scene.replaced.count, 0);
	scene_end(&scene);
}

TEST(equal_stamps_are_decided_by_device_id_not_by_line_number)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_LWW);
	scene.devices[1].bytes[0] = 9;
	scene_write_value(&scene, 1, 2, 1, 40, "high id");
	scene_write_value(&scene, 2, 2, 1, 40, "low id");
	CHECK_STR(scene_shown(&scene), "high id");
	scene_end(&scene);
}

TEST(two_lines_of_one_device_with_equal_stamp_and_seq_are_decided_by_value)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_LWW);
	scene.devices[1] = scene.devices[2];
	scene_write_value(&scene, 2, 2, 1, 40, "a");
	scene_write_value(&scene, 1, 2, 1, 40, "b");
	CHECK_STR(scene_standing(&scene), "1.2=b 2.2=a");
	scene_end(&scene);
}

TEST(same_dot_twice_changes_nothing)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_LWW, BSYNC_RULE_KEEP, BSYNC_RULE_FIRST, BSYNC_RULE_MAX,
						BSYNC_RULE_MIN};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct scene scene;

		scene_begin(&scene, rules[i]);
		scene_write_value(&scene, 1, 2, 1, 40, "a");
		CHECK_EQ(scene_write_value(&scene, 1, 2, 1, 40, "a"), BSYNC_MERGE_COVERED);
		CHECK_STR(scene_standing(&scene), "1.2=a");
		CHECK_EQ(scene.cell.changed, 2);
		CHECK_EQ(scene.replaced.count, 0);
		scene_end(&scene);
	}
}

TEST(same_dot_twice_counts_once)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_COUNTER);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true, .delta = 5});
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true, .delta = 5}),
		 BSYNC_MERGE_COVERED);
	CHECK_STR(scene_shown(&scene), "5");
	CHECK_EQ(scene.cell.changed, 2);
	scene_end(&scene);
}

TEST(same_dot_twice_adds_once)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "ab"});
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "ab"}), BSYNC_MERGE_COVERED);
	CHECK_STR(scene_standing(&scene), "1.2=a 1.2=b");
	CHECK_EQ(scene.cell.changed, 2);
	scene_end(&scene);
}

TEST(older_write_of_a_line_does_not_come_back_over_a_newer_one)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_LWW);
	scene_write_value(&scene, 1, 5, 1, 40, "newer");
	CHECK_EQ(scene_write_value(&scene, 1, 4, 1, 30, "older"), BSYNC_MERGE_COVERED);
	CHECK_STR(scene_standing(&scene), "1.5=newer");
	CHECK_STR(scene_replaced(&scene), "1.4=older");
	scene_end(&scene);
}

TEST(own_later_write_replaces_own_earlier_one_without_a_sync_between)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 40, "draft");
	CHECK_EQ(scene_write_value(&scene, 1, 3, 1, 41, "final"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "1.3=final");
	CHECK_STR(scene_replaced(&scene), "1.2=draft");
	scene_end(&scene);
}

TEST(keep_two_offline_wordings_conflict)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 40, "one wording");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 50, "another"), BSYNC_MERGE_BESIDE);
	CHECK(scene_is_conflict(&scene));
	CHECK_STR(scene_standing(&scene), "2.2=another 1.2=one wording");
	scene_end(&scene);
}

TEST(keep_equal_wordings_are_no_conflict_but_both_stand)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 40, "same");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 50, "same"), BSYNC_MERGE_APPLIED);
	CHECK(!scene_is_conflict(&scene));
	CHECK_STR(scene_standing(&scene), "2.2=same 1.2=same");
	/* A third wording that saw only the first still meets the second. */
	CHECK_EQ(scene_write_value(&scene, 4, 2, 2, 60, "other"), BSYNC_MERGE_BESIDE);
	CHECK(scene_is_conflict(&scene));
	CHECK_STR(scene_standing(&scene), "4.2=other 2.2=same");
	scene_end(&scene);
}

TEST(keep_clearing_a_field_conflicts_with_a_concurrent_wording)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 30, "text");
	scene_write_value(&scene, 1, 3, 2, 40, NULL);
	CHECK_EQ(scene_write_value(&scene, 2, 2, 2, 50, "better text"), BSYNC_MERGE_BESIDE);
	CHECK(scene_is_conflict(&scene));
	scene_end(&scene);
}

TEST(keep_filling_in_an_empty_field_is_no_conflict_with_its_emptiness)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	/* The author had not even seen the row's birth. */
	CHECK_EQ(scene_write_value(&scene, 1, 2, 0, 0, "text"), BSYNC_MERGE_APPLIED);
	CHECK(!scene_is_conflict(&scene));
	CHECK_STR(scene_standing(&scene), "1.2=text");
	scene_end(&scene);
}

TEST(resolve_by_name_leaves_unseen_third_version)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 40, "one");
	scene_write_value(&scene, 2, 2, 1, 50, "two");
	scene_write_value(&scene, 4, 2, 1, 45, "three");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1,
							  .seq = 3,
							  .base = 4,
							  .stamp = 60,
							  .value = "one and two",
							  .name_count = 2,
							  .names = {{2, 2}, {1, 2}}}),
		 BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_standing(&scene), "1.3=one and two 4.2=three");
	CHECK_STR(scene_replaced(&scene), "2.2=two 1.2=one");
	CHECK(scene_is_conflict(&scene));
	scene_end(&scene);
}

TEST(resolve_that_names_every_version_ends_the_conflict)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_KEEP);
	scene_write_value(&scene, 1, 2, 1, 40, "one");
	scene_write_value(&scene, 2, 2, 1, 50, "two");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 4,
							  .seq = 2,
							  .stamp = 60,
							  .value = "both",
							  .name_count = 2,
							  .names = {{2, 2}, {1, 2}}}),
		 BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "4.2=both");
	CHECK(!scene_is_conflict(&scene));
	scene_end(&scene);
}

TEST(first_keeps_the_least_stamp_and_sends_the_other_to_history)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_FIRST);
	scene_write_value(&scene, 1, 2, 1, 50, "second");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 40, "first"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "2.2=first");
	CHECK_STR(scene_replaced(&scene), "1.2=second");
	/* Also a write that saw it does not change it. */
	CHECK_EQ(scene_write_value(&scene, 4, 2, 3, 60, "third"), BSYNC_MERGE_COVERED);
	CHECK_STR(scene_standing(&scene), "2.2=first");
	CHECK_STR(scene_replaced(&scene), "4.2=third");
	CHECK_EQ(scene.cell.changed, 3);
	scene_end(&scene);
}

TEST(first_counts_a_written_null_as_a_write)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_FIRST);
	scene_write_value(&scene, 1, 2, 1, 40, NULL);
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 50, "late"), BSYNC_MERGE_COVERED);
	CHECK_STR(scene_standing(&scene), "1.2=NULL");
	scene_end(&scene);
}

TEST(max_and_min_keep_the_extreme_whatever_the_base)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_MAX);
	scene_write_value(&scene, 1, 2, 1, 40, "9");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 2, 50, "7"), BSYNC_MERGE_COVERED);
	CHECK_STR(scene_replaced(&scene), "2.2=7");
	CHECK_EQ(scene_write_value(&scene, 2, 3, 2, 50, "10"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "2.3=10");
	scene_end(&scene);
	scene_begin(&scene, BSYNC_RULE_MIN);
	scene_write_value(&scene, 1, 2, 1, 40, "9");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 2, 50, "10"), BSYNC_MERGE_COVERED);
	CHECK_EQ(scene_write_value(&scene, 2, 3, 2, 50, "-3"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_shown(&scene), "-3");
	scene_end(&scene);
}

TEST(null_never_beats_a_value_in_max_or_min)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_MAX, BSYNC_RULE_MIN};

	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		scene_begin(&scene, rules[i]);
		scene_write_value(&scene, 1, 2, 1, 40, NULL);
		CHECK_STR(scene_standing(&scene), "1.2=NULL");
		CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 50, "5"), BSYNC_MERGE_APPLIED);
		CHECK_EQ(scene_write_value(&scene, 1, 3, 3, 60, NULL), BSYNC_MERGE_COVERED);
		CHECK_STR(scene_standing(&scene), "2.2=5");
		scene_end(&scene);
	}
}

TEST(equal_maximum_is_credited_to_the_least_stamp)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_MAX);
	scene_write_value(&scene, 1, 2, 1, 50, "9");
	CHECK_EQ(scene_write_value(&scene, 2, 2, 1, 40, "9"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "2.2=9");
	CHECK_STR(scene_replaced(&scene), "1.2=9");
	scene_end(&scene);
}

TEST(counter_adds_what_every_line_added)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_COUNTER);
	CHECK_STR(scene_shown(&scene), "NULL");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .is_delta = true, .delta = 5}),
		 BSYNC_MERGE_APPLIED);
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true, .delta = -2}),
		 BSYNC_MERGE_BESIDE);
	CHECK_EQ(
		scene_write(&scene, (struct scene_write){.line = 2, .seq = 3, .base = 3, .is_delta = true, .delta = 1}),
		BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "1.2=-2 2.3=6");
	CHECK_STR(scene_shown(&scene), "4");
	scene_end(&scene);
}

TEST(counter_takes_an_inserted_value_as_its_delta)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_COUNTER);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .value = "10"});
	scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .value = "20"});
	CHECK_STR(scene_shown(&scene), "30");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2, .seq = 3, .value = "ten"}), BSYNC_MERGE_REFUSED);
	CHECK_STR(scene_shown(&scene), "30");
	scene_end(&scene);
}

TEST(counter_overflow_wraps_and_comes_back)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_COUNTER);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true, .delta = INT64_MAX});
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 3, .is_delta = true, .delta = 2});
	CHECK_STR(scene_shown(&scene), "-9223372036854775807");
	scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .is_delta = true, .delta = -3});
	CHECK_STR(scene_shown(&scene), "9223372036854775806");
	scene_end(&scene);
}

TEST(add_wins_over_concurrent_remove)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "a"});
	scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .base = 2, .adds = "a"});
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 4, .seq = 2, .base = 2, .removes = "a"}),
		 BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_standing(&scene), "2.2=a");
	CHECK_STR(scene_replaced(&scene), "1.2=a");
	CHECK_STR(scene_shown(&scene), "[\"a\"]");
	scene_end(&scene);
}

TEST(remove_that_saw_every_add_takes_the_element_away)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "ab"});
	scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .adds = "a"});
	CHECK_STR(scene_shown(&scene), "[\"a\",\"b\"]");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 4, .seq = 2, .base = 3, .removes = "a"}),
		 BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_shown(&scene), "[\"b\"]");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 4, .seq = 3, .base = 3, .removes = "b"}),
		 BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_shown(&scene), "[]");
	CHECK_EQ(scene.cell.count, 0);
	CHECK_EQ(scene.cell.changed, 5);
	scene_end(&scene);
}

TEST(remove_of_what_is_not_there_changes_nothing)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "b"});
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .base = 2, .removes = "a"}),
		 BSYNC_MERGE_COVERED);
	CHECK_STR(scene_shown(&scene), "[\"b\"]");
	CHECK_EQ(scene.cell.changed, 2);
	scene_end(&scene);
}

TEST(any_write_to_a_set_shows_that_it_was_written)
{
	static const struct scene_write writes[] = {{.line = 1, .seq = 2, .value = "[]"},
						    {.line = 1, .seq = 2, .adds = ""},
						    {.line = 1, .seq = 2, .removes = "a"}};

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		struct scene scene;

		scene_begin(&scene, BSYNC_RULE_SET);
		CHECK_EQ(scene_write(&scene, writes[i]), BSYNC_MERGE_APPLIED);
		CHECK_STR(scene_shown(&scene), "[]");
		CHECK_EQ(scene.cell.changed, 2);
		scene_end(&scene);
	}
}

TEST(own_unsynced_add_can_be_removed_again)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .base = 1, .adds = "a"});
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 3, .base = 1, .removes = "a"});
	CHECK_STR(scene_shown(&scene), "[]");
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 4, .base = 1, .adds = "a"});
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 5, .base = 1, .adds = "a"});
	CHECK_STR(scene_standing(&scene), "1.5=a");
	scene_end(&scene);
}

TEST(inserted_set_is_an_add_of_its_elements)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SET);
	scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "b"});
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2, .seq = 2, .value = "[\"c\", \"a\", \"c\"]"}),
		 BSYNC_MERGE_BESIDE);
	CHECK_STR(scene_standing(&scene), "1.2=b 2.2=a 2.2=c");
	CHECK_STR(scene_shown(&scene), "[\"a\",\"b\",\"c\"]");
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 2, .seq = 3, .value = "no set"}),
		 BSYNC_MERGE_REFUSED);
	scene_end(&scene);
}

TEST(server_column_takes_only_the_stores_writes)
{
	struct scene scene;

	scene_begin(&scene, BSYNC_RULE_SERVER);
	CHECK_EQ(scene_write_value(&scene, 1, 2, 1, 40, "mine"), BSYNC_MERGE_REFUSED);
	CHECK_STR(scene_standing(&scene), "-");
	CHECK_EQ(scene_write_value(&scene, 0, 2, 1, 40, "theirs"), BSYNC_MERGE_APPLIED);
	CHECK_EQ(scene_write_value(&scene, 0, 3, 1, 30, "again"), BSYNC_MERGE_APPLIED);
	CHECK_STR(scene_standing(&scene), "0.3=again");
	scene_end(&scene);
}

TEST(write_of_a_kind_the_rule_does_not_know_is_refused)
{
	static const enum bsync_rule values[] = {BSYNC_RULE_LWW, BSYNC_RULE_KEEP, BSYNC_RULE_FIRST, BSYNC_RULE_MAX,
						 BSYNC_RULE_MIN};
	struct scene scene;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		scene_begin(&scene, values[i]);
		CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true}),
			 BSYNC_MERGE_REFUSED);
		CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "a"}),
			 BSYNC_MERGE_REFUSED);
		scene_end(&scene);
	}
	scene_begin(&scene, BSYNC_RULE_COUNTER);
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .adds = "a"}), BSYNC_MERGE_REFUSED);
	scene_end(&scene);
	scene_begin(&scene, BSYNC_RULE_SET);
	CHECK_EQ(scene_write(&scene, (struct scene_write){.line = 1, .seq = 2, .is_delta = true}), BSYNC_MERGE_REFUSED);
	scene_end(&scene);
}

TEST(element_that_no_text_can_show_is_refused)
{
	struct scene scene;
	struct bsync_value element = bsync_value_real(1.5);
	struct bsync_value null = bsync_value_null();
	struct bsync_cell_edit edit = {
		.kind = BSYNC_WRITE_SET, .value = &null, .add_count = 1, .adds = &element, .version = {1, 2, 2, 40}};

	scene_begin(&scene, BSYNC_RULE_SET);
	CHECK_EQ(bsync_merge_cell(&scene.column, &scene.lines, &scene.arena, &scene.cell, &edit, &scene.outcome,
				  &scene.replaced),
		 BSYNC_OK);
	CHECK_EQ(scene.outcome, BSYNC_MERGE_REFUSED);
	element = bsync_value_text((struct bsync_bytes){(const uint8_t *)"\xff", 1});
	CHECK_EQ(bsync_merge_cell(&scene.column, &scene.lines, &scene.arena, &scene.cell, &edit, &scene.outcome,
				  &scene.replaced),
		 BSYNC_OK);
	CHECK_EQ(scene.outcome, BSYNC_MERGE_REFUSED);
	CHECK_STR(scene_standing(&scene), "-");
	scene_end(&scene);
}

TEST(full_arena_leaves_the_cell_as_it_was)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_LWW, BSYNC_RULE_FIRST, BSYNC_RULE_COUNTER, BSYNC_RULE_SET,
						BSYNC_RULE_TEXT};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct scene scene;
		struct bsync_arena none;
		struct bsync_value element = bsync_value_text(bsync_bytes_of_string("a"));
		struct bsync_value value = bsync_value_integer(4);
		struct bsync_cell_edit edit = {.value = &value, .version = {1, 2, 2, 40}};
		struct bsync_cell before;

		scene_begin(&scene, rules[i]);
		bsync_arena_init(&none, 0);
		before = scene.cell;
		if (rules[i] == BSYNC_RULE_SET) {
			edit.kind = BSYNC_WRITE_SET;
			edit.adds = &element;
			edit.add_count = 1;
		}
		CHECK_EQ(bsync_merge_cell(&scene.column, &scene.lines, &none, &scene.cell, &edit, &scene.outcome,
					  &scene.replaced),
			 BSYNC_NO_MEMORY);
		CHECK_BYTES(&scene.cell, sizeof(scene.cell), &before, sizeof(before));
		scene_end(&scene);
		bsync_arena_clear(&none);
	}
}

TEST(conflict_id_is_the_hash_of_row_cell_and_dots_in_any_order)
{
	/* Worked out apart from this code: SHA-256 over the label and the canonical array of PROTOCOL 7.5. */
	static const uint8_t expected[16] = {0xe2, 0x9d, 0xc4, 0x9e, 0x4e, 0x5a, 0x22, 0x3d,
					     0x8e, 0xe3, 0x58, 0x2c, 0x81, 0x5e, 0x10, 0x65};
	static const uint8_t blob[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	const struct bsync_value key[] = {bsync_value_blob((struct bsync_bytes){blob, sizeof(blob)}),
					  bsync_value_text(bsync_bytes_of_string("\xc3\xa9"
										 "1")),
					  bsync_value_integer(-128), bsync_value_text(bsync_bytes_of_string("\xff"))};
	struct bsync_dot dots[3] = {{{{1}}, {{9}}, 5}, {{{1}}, {{9}}, 70000}, {{{2}}, {{0}}, 1}};
	struct bsync_dot swapped[3] = {dots[1], dots[2], dots[0]};
	uint8_t id[16];

	bsync_conflict_id(300, key, 4, 7, 3, dots, id);
	CHECK_BYTES(id, sizeof(id), expected, sizeof(expected));
	bsync_conflict_id(300, key, 4, 7, 3, swapped, id);
	CHECK_BYTES(id, sizeof(id), expected, sizeof(expected));
	bsync_conflict_id(300, key, 4, 7, 2, dots, id);
	CHECK(memcmp(id, expected, sizeof(id)) != 0);
}
