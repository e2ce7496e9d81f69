/* Rule `order`: the laws of its join, what a value says, and that no order of arrival changes what stands or is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lattice.h"
#include "core/merge.h"
#include "tests/support/harness.h"

enum { OPEN, BUSY, WAITING, DONE, STATES, WRITES_MAX = 5 };

/* open, then bezig or wacht, which together are klaar. */
static void diamond(struct bsync_lattice *lattice)
{
	static const char *const names[STATES] = {"open", "bezig", "wacht", "klaar"};

	*lattice = (struct bsync_lattice){.count = STATES, .has_rounds = true};
	for (int i = 0; i < STATES; i++)
		snprintf(lattice->names[i], sizeof(lattice->names[i]), "%s", names[i]);
	bsync_lattice_chain(lattice);
	lattice->join[BUSY][WAITING] = lattice->join[WAITING][BUSY] = DONE;
}

static struct bsync_value text(const char *string)
{
	return string == NULL ? bsync_value_null() : bsync_value_text(bsync_bytes_of_string(string));
}

struct ending {
	char shown[40];
	uint32_t standing, replaced;
	bool is_refused;
};

/* Applies the writes, each of a line of its own, in the order given; write i has stamp 100 - i. */
static struct ending apply(const struct bsync_lattice *lattice, const char *const writes[], uint32_t count,
			   const uint32_t order[])
{
	static const struct bsync_device_id devices[WRITES_MAX + 1] = {{{0}}, {{1}}, {{2}}, {{3}}, {{4}}, {{5}}};
	const struct bsync_lines lines = {WRITES_MAX + 1, devices, NULL};
	struct bsync_lattice copy = *lattice;
	const struct bsync_column column = {.rule = BSYNC_RULE_ORDER, .lattice = &copy};
	struct bsync_standing first = {.is_unwritten = true};
	struct bsync_cell cell = {.count = 1, .standing = &first};
	struct ending ending = {{0}, 0, 0, false};
	struct bsync_value values[WRITES_MAX];
	struct bsync_shown shown;
	struct bsync_arena arena;

	bsync_arena_init(&arena, 1 << 20);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t write = order[i];
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;

		values[write] = text(writes[write]);
		const struct bsync_cell_edit edit = {
			.kind = BSYNC_WRITE_VALUE,
			.value = &values[write],
			.version = {.line = write + 1, .seq = 1, .counter = 10 + i, .stamp_ms = 100 - write}};
		if (bsync_merge_cell(&column, &lines, &arena, &cell, &edit, &outcome, &replaced) != BSYNC_OK)
			abort();
		ending.is_refused = ending.is_refused || outcome == BSYNC_MERGE_REFUSED;
		ending.replaced += replaced.count;
	}
	if (bsync_merge_shown(&column, &lines, &arena, &cell, &shown) != BSYNC_OK)
		abort();
	if (shown.value.kind == BSYNC_TEXT)
		snprintf(ending.shown, sizeof(ending.shown), "%.*s", (int)shown.value.as.bytes.size,
			 (const char *)shown.value.as.bytes.data);
	ending.standing = cell.count;
	bsync_arena_clear(&arena);
	return ending;
}

static bool next_order(uint32_t *order, uint32_t count)
{
	uint32_t i = count - 1, j = count - 1;

	while (i > 0 && order[i - 1] >= order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] <= order[i - 1])
		j--;
	uint32_t kept = order[i - 1];
	order[i - 1] = order[j];
	order[j] = kept;
	for (j = count - 1; i < j; i++, j--) {
		kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
	return true;
}

/* True when every order ends the same, with each write either standing or replaced. */
static bool everywhere(const char *const writes[], uint32_t count, const char *shown, uint32_t standing)
{
	struct bsync_lattice lattice;
	uint32_t order[WRITES_MAX] = {0, 1, 2, 3, 4};
	bool is_good = true;

	diamond(&lattice);
	do {
		struct ending ending = apply(&lattice, writes, count, order);

		is_good = is_good && strcmp(ending.shown, shown) == 0 && ending.standing == standing &&
			  ending.standing + ending.replaced == count && !ending.is_refused;
	} while (next_order(order, count));
	return is_good;
}

TEST(states_join_alike_in_every_order_of_arrival)
{
	CHECK(everywhere((const char *const[]){"open", "bezig", "wacht"}, 3, "klaar", 2));
	CHECK(everywhere((const char *const[]){"wacht", "bezig", "wacht", "open", "bezig"}, 5, "klaar", 2));
	CHECK(everywhere((const char *const[]){"klaar", "bezig", "wacht"}, 3, "klaar", 1));
	CHECK(everywhere((const char *const[]){NULL, "open", NULL}, 3, "open", 1));
	CHECK(everywhere((const char *const[]){"open", "open", "open"}, 3, "open", 1));
}

TEST(higher_round_begins_again)
{
	CHECK(everywhere((const char *const[]){"klaar", "open/1", "bezig"}, 3, "open/1", 1));
	CHECK(everywhere((const char *const[]){"wacht/2", "klaar/1", "bezig/2", "klaar"}, 4, "klaar/2", 2));
	CHECK(everywhere((const char *const[]){"open/12", "klaar/9"}, 2, "open/12", 1));
}

TEST(what_is_no_state_is_refused_and_leaves_the_cell)
{
	static const char *const bad[] = {"dicht",        "",       "open/", "open/0",  "open/01",
					  "open/1000000", "open/x", "/1",    "open/1/2"};
	struct bsync_lattice lattice;
	const uint32_t order[] = {0, 1};

	diamond(&lattice);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const writes[] = {"bezig", bad[i]};
		struct ending ending = apply(&lattice, writes, 2, order);

		CHECK(ending.is_refused);
		CHECK_STR(ending.shown, "bezig");
	}
	lattice.has_rounds = false;
	CHECK(apply(&lattice, (const char *const[]){"bezig", "open/1"}, 2, order).is_refused);
}

TEST(joins_that_hang_on_order_are_found)
{
	struct bsync_lattice lattice;
	uint32_t a, b, c;

	diamond(&lattice);
	CHECK(bsync_lattice_flaw(&lattice, &a, &b, &c) == NULL);
	lattice.join[BUSY][WAITING] = BUSY;
	CHECK_STR(bsync_lattice_flaw(&lattice, &a, &b, &c), "commutative");
	diamond(&lattice);
	lattice.join[DONE][DONE] = OPEN;
	CHECK(bsync_lattice_flaw(&lattice, &a, &b, &c) != NULL);
	/* Scissors, stone, paper. */
	lattice.count = 3;
	bsync_lattice_chain(&lattice);
	lattice.join[0][2] = lattice.join[2][0] = 0;
	CHECK_STR(bsync_lattice_flaw(&lattice, &a, &b, &c), "associative");
}

/* The outcome of `bezig`, line 1's second write, made on `base`, where `wacht` of `line` stands at position 10. */
static enum bsync_merge_outcome beside(uint32_t line, uint64_t base)
{
	static const struct bsync_device_id devices[3] = {{{0}}, {{1}}, {{2}}};
	const struct bsync_lines lines = {3, devices, NULL};
	struct bsync_lattice lattice;
	const struct bsync_column column = {.rule = BSYNC_RULE_ORDER, .lattice = &lattice};
	struct bsync_standing first = {.version = {line, 1, 10, 5}, .value = text("wacht")};
	struct bsync_cell cell = {.count = 1, .standing = &first};
	const struct bsync_value value = text("bezig");
	const struct bsync_cell_edit edit = {
		.kind = BSYNC_WRITE_VALUE, .value = &value, .base = base, .version = {1, 2, 20, 6}};
	enum bsync_merge_outcome outcome = BSYNC_MERGE_REFUSED;
	struct bsync_replaced replaced;
	struct bsync_arena arena;

	diamond(&lattice);
	bsync_arena_init(&arena, 1 << 16);
	if (bsync_merge_cell(&column, &lines, &arena, &cell, &edit, &outcome, &replaced) != BSYNC_OK || cell.count != 2)
		abort();
	bsync_arena_clear(&arena);
	return outcome;
}

TEST(a_state_is_merged_with_what_its_author_had_not_seen)
{
	CHECK_EQ(beside(2, 9), BSYNC_MERGE_BESIDE);
	CHECK_EQ(beside(2, 10), BSYNC_MERGE_APPLIED);
	CHECK_EQ(beside(1, 0), BSYNC_MERGE_APPLIED);
}
