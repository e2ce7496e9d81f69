/* test_merge_any.c: writes as nobody sane makes them, to cells of every rule, each history made from a number.
 *
 * Values of the wrong kind, states of another schema, seqs that go back, names of what is not there, sets that are none, and
 * memory that ends anywhere.  Whatever comes: a merge that fails leaves the cell as it was, one that refuses too, a value stands
 * or goes to history, and what is shown is the same each time. */
#include <inttypes.h>
#include <string.h>

#include "core/lattice.h"
#include "core/merge.h"
#include "core/text_merge.h"
#include "tests/support/count_alloc.h"
#include "tests/support/dutch.h"
#include "tests/support/harness.h"

enum {
	RULES = BSYNC_RULE_ROLE + 1,
	LINES = 24,
	HONEST_LINES = 5,
	WRITES_MAX = 24,
	ELEMENTS_MAX = 3,
	MEMORY = 64 << 20
};

struct world {
	struct bsync_arena arena;
	struct bsync_lattice lattice;
	struct bsync_roles order;
	struct bsync_role roles[LINES];
	struct bsync_device_id devices[LINES];
	struct bsync_lines lines;
	struct bsync_column column;
	struct bsync_standing first;
	struct bsync_cell cell;
	uint64_t counter;
	uint64_t random;
	const char *flaw; /* the first thing that does not hold */
};

static void hold(struct world *world, bool holds, const char *what)
{
	if (!holds && world->flaw == NULL)
		world->flaw = what;
}

static uint32_t below(struct world *world, uint32_t limit)
{
	return dutch_below(&world->random, limit);
}

static struct bsync_value text(const char *string)
{
	return bsync_value_text(bsync_bytes_of_string(string));
}

static struct bsync_value value_any(struct world *world)
{
	static const char *const texts[] = {"",
					    "a",
					    "b",
					    "Zij \"komt.\" (Hij gaat!) Klaar.",
					    "Zij \"komt.\" (Hij gaat!) Wij niet. Klaar.",
					    "Zij \"komt.\" (Hij blijft!) Klaar.",
					    "Zij 'belt.' (Hij gaat!) Klaar.",
					    "(Hij gaat!) Klaar.",
					    "Zij \"komt.\" ",
					    "\xff niet te lezen",
					    "open",
					    "hulp",
					    "bezig",
					    "wacht",
					    "klaar/2",
					    "klaar/0",
					    "weg",
					    "[\"a\",3]",
					    "[1.5]"};
	const uint32_t kinds = sizeof(texts) / sizeof(texts[0]);
	const uint32_t kind = below(world, kinds + 6);

	if (kind < kinds)
		return text(texts[kind]);
	switch (kind - kinds) {
	case 0:
		return bsync_value_integer(below(world, 3));
	case 1:
		return bsync_value_real(1.5);
	case 2:
		return bsync_value_blob(bsync_bytes_of_string("bytes"));
	case 3:
		return bsync_value_blob((struct bsync_bytes){NULL, 0});
	default:
		return bsync_value_null();
	}
}

/* What any cell can hold: one text of many, so that more than can be merged stand. */
static struct bsync_value value_of_many(struct world *world)
{
	char *name = bsync_arena_take(&world->arena, 8);

	snprintf(name, 8, "w%u", below(world, 40));
	return text(name);
}

/* What its rule is made for. */
static struct bsync_value value_of_rule(struct world *world)
{
	static const char *const states[] = {"open", "bezig", "wacht", "hulp", "klaar"};
	static const char *const prose[] = {"Zij \"komt.\" (Hij gaat!) Klaar.", "(Hij gaat!) Klaar.", "Zij \"komt.\" ",
					    "Zij \"komt.\" (Hij gaat!) Wij niet. Klaar."};

	if (world->column.rule == BSYNC_RULE_ORDER)
		return text(states[below(world, 5)]);
	if (world->column.rule == BSYNC_RULE_TEXT)
		return text(prose[below(world, 4)]);
	return bsync_value_integer(below(world, 3));
}

/* Some of these in their order: an integer, texts, and seldom bytes, which no set holds. */
static const struct bsync_value *elements_any(struct world *world, uint32_t *count)
{
	struct bsync_value *elements = bsync_arena_take(&world->arena, ELEMENTS_MAX * sizeof(*elements));

	*count = 0;
	if (below(world, 2) == 0)
		elements[(*count)++] = bsync_value_integer(below(world, 2));
	if (below(world, 2) == 0)
		elements[(*count)++] = text(below(world, 2) == 0 ? "a" : "b");
	if (below(world, 8) == 0)
		elements[(*count)++] = bsync_value_blob(bsync_bytes_of_string("z"));
	return elements;
}

static void begin(struct world *world, enum bsync_rule rule, uint64_t number)
{
	static char name[] = "c";
	static const char *const states[] = {"open", "bezig", "wacht", "hulp", "klaar"};

	*world = (struct world){.random = number, .counter = 1};
	bsync_arena_init(&world->arena, MEMORY);
	world->lattice = (struct bsync_lattice){.count = 5, .has_rounds = below(world, 4) != 0};
	for (uint32_t i = 0; i < 5; i++)
		snprintf(world->lattice.names[i], sizeof(world->lattice.names[i]), "%s", states[i]);
	bsync_lattice_chain(&world->lattice);
	for (uint32_t i = 0; i < 9; i++) /* of bezig, wacht and hulp any two are klaar */
		world->lattice.join[1 + i / 3][1 + i % 3] = (uint8_t)(i / 3 == i % 3 ? 1 + i / 3 : 4);
	world->order = (struct bsync_roles){.count = 1, .list = {{"baas"}}};
	for (uint32_t i = 0; i < LINES; i++)
		world->devices[i].bytes[0] = (uint8_t)(i < 4 ? i : i - 1); /* lines 3 and 4 are of one device */
	snprintf(world->roles[2].name, sizeof(world->roles[2].name), "baas");
	world->lines = (struct bsync_lines){LINES, world->devices, below(world, 4) == 0 ? NULL : world->roles};
	world->column = (struct bsync_column){.no = 7,
					      .name = name,
					      .rule = rule,
					      .travels = true,
					      .roles = &world->order,
					      .lattice = &world->lattice};
	world->first = (struct bsync_standing){.version = {1, 1, 1, 1}, .is_unwritten = true};
	world->cell = (struct bsync_cell){.changed = 1, .count = 1, .standing = &world->first};
}

/* A cell as history gives it back, in the order of arrival, and with states that the schema before this one had. */
static void begin_with_past(struct world *world)
{
	struct bsync_standing *standing = bsync_arena_take(&world->arena, 2 * sizeof(*standing));

	standing[0] = (struct bsync_standing){{1, 1, 1, 1}, text("weg"), false, NULL};
	standing[1] = (struct bsync_standing){
		{2, 1, 1, 2}, text(below(world, 2) == 0 ? "nog weg" : "open"), false, NULL};
	world->cell = (struct bsync_cell){.changed = 1, .count = 1 + below(world, 2), .standing = standing};
}

static struct bsync_cell_edit edit_any(struct world *world, bool has_many)
{
	struct bsync_value *value = bsync_arena_take(&world->arena, sizeof(*value));
	struct bsync_version_name *names = bsync_arena_take(&world->arena, 2 * sizeof(*names));
	struct bsync_cell_edit edit = {.kind = BSYNC_WRITE_VALUE, .value = value, .names = names};

	*value = has_many ? value_of_many(world) : below(world, 2) == 0 ? value_of_rule(world) : value_any(world);
	edit.version = (struct bsync_version){below(world, has_many ? LINES : HONEST_LINES), 1 + below(world, 6),
					      ++world->counter, below(world, 4)};
	edit.base = has_many ? 0 : below(world, (uint32_t)world->counter);
	edit.base_value = below(world, 2) == 0 ? value_any(world) : text("Zij \"komt.\" (Hij gaat!) Klaar.");
	if (has_many)
		edit.version.seq = world->counter;
	if (below(world, 3) == 0) {
		edit.by_name = true;
		edit.name_count = below(world, 3);
		for (uint32_t i = 0; i < edit.name_count; i++)
			names[i] = (struct bsync_version_name){below(world, HONEST_LINES), 1 + below(world, 6)};
	}
	if (below(world, 3) == 0 && world->column.rule != BSYNC_RULE_TEXT) {
		edit.kind = below(world, 2) == 0 ? BSYNC_WRITE_DELTA : BSYNC_WRITE_SET;
		edit.delta = (int64_t)below(world, 5) - 2;
		edit.adds = elements_any(world, &edit.add_count);
		edit.removes = elements_any(world, &edit.remove_count);
	}
	return edit;
}

static bool same_cell(const struct bsync_cell *a, const struct bsync_cell *b)
{
	return a->changed == b->changed && a->count == b->count && a->standing == b->standing;
}

static bool has_version(const struct bsync_standing *standing, uint32_t count, const struct bsync_cell_edit *edit)
{
	for (uint32_t i = 0; i < count; i++) {
		if (standing[i].version.line == edit->version.line && standing[i].version.seq == edit->version.seq &&
		    !standing[i].is_unwritten)
			return true;
	}
	return false;
}

static bool is_value_rule(enum bsync_rule rule)
{
	return rule != BSYNC_RULE_COUNTER && rule != BSYNC_RULE_SET;
}

/* In an arena of each small size and of some larger ones: it fails and changes nothing, or does what it does in a large one. */
static void merge_with_little(struct world *world, const struct bsync_cell_edit *edit)
{
	for (size_t size = 0; size < 2048; size += size < 512 ? 16 : 240) {
		struct bsync_cell cell = world->cell;
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;
		struct bsync_arena little;
		enum bsync_result result = BSYNC_OK;

		bsync_arena_init(&little, size);
		result = bsync_merge_cell(&world->column, &world->lines, &little, &cell, edit, &outcome, &replaced);
		hold(world, result == BSYNC_OK || result == BSYNC_NO_MEMORY || result == BSYNC_TOO_LARGE,
		     "a merge fails by what is no lack of memory");
		hold(world, result == BSYNC_OK || same_cell(&cell, &world->cell),
		     "a merge that fails changes the cell");
		bsync_arena_clear(&little);
	}
}

static void merge(struct world *world, const struct bsync_cell_edit *edit)
{
	const struct bsync_cell before = world->cell;
	const bool is_repeat = has_version(before.standing, before.count, edit);
	enum bsync_merge_outcome outcome;
	struct bsync_replaced replaced;

	merge_with_little(world, edit);
	hold(world,
	     bsync_merge_cell(&world->column, &world->lines, &world->arena, &world->cell, edit, &outcome, &replaced) ==
		     BSYNC_OK,
	     "a merge fails");
	hold(world, outcome != BSYNC_MERGE_REFUSED || (same_cell(&world->cell, &before) && replaced.count == 0),
	     "a write that is refused changes the cell");
	hold(world,
	     outcome == BSYNC_MERGE_REFUSED || is_repeat || !is_value_rule(world->column.rule) ||
		     has_version(world->cell.standing, world->cell.count, edit) ||
		     has_version(replaced.standing, replaced.count, edit),
	     "a write is lost");
}

static void look_with_little(struct world *world)
{
	struct bsync_shown shown;

	for (size_t size = 0; size < 512; size += 16) {
		struct bsync_arena little;
		enum bsync_result result = BSYNC_OK;

		bsync_arena_init(&little, size);
		result = bsync_merge_shown(&world->column, &world->lines, &little, &world->cell, &shown);
		hold(world, result == BSYNC_OK || result == BSYNC_NO_MEMORY || result == BSYNC_TOO_LARGE,
		     "a look fails by what is no lack of memory");
		bsync_arena_clear(&little);
	}
	for (size_t ahead = 1; COUNT_ALLOC && ahead < 12; ahead++) {
		struct bsync_arena arena;
		enum bsync_result result = BSYNC_OK;

		bsync_arena_init(&arena, MEMORY);
		allocation_fail(ahead);
		result = bsync_merge_shown(&world->column, &world->lines, &arena, &world->cell, &shown);
		allocation_fail(0);
		hold(world, result == BSYNC_OK || result == BSYNC_NO_MEMORY,
		     "a look fails by what is no lack of memory");
		bsync_arena_clear(&arena);
	}
}

static struct bsync_shown look(struct world *world)
{
	struct bsync_shown one = {.is_conflict = false}, two = {.is_conflict = true};

	look_with_little(world);
	hold(world,
	     bsync_merge_shown(&world->column, &world->lines, &world->arena, &world->cell, &one) == BSYNC_OK &&
		     bsync_merge_shown(&world->column, &world->lines, &world->arena, &world->cell, &two) == BSYNC_OK,
	     "a cell cannot be shown");
	hold(world, bsync_value_equal(&one.value, &two.value) && one.is_conflict == two.is_conflict,
	     "a cell shows two things");
	return one;
}

/* True when a write of `edit`'s value that saw all that stands is what is shown; the cell stays as it is. */
static bool is_taken(struct world *world, const struct bsync_value *value)
{
	const struct bsync_cell_edit edit = {.kind = BSYNC_WRITE_VALUE,
					     .value = value,
					     .base = world->counter,
					     .base_value = bsync_value_null(),
					     .version = {1, 100, world->counter + 1, 100}};
	struct bsync_cell cell = world->cell;
	enum bsync_merge_outcome outcome;
	struct bsync_replaced replaced;
	struct bsync_shown shown;

	hold(world,
	     bsync_merge_cell(&world->column, &world->lines, &world->arena, &cell, &edit, &outcome, &replaced) ==
			     BSYNC_OK &&
		     bsync_merge_shown(&world->column, &world->lines, &world->arena, &cell, &shown) == BSYNC_OK,
	     "a write that saw all fails");
	return outcome != BSYNC_MERGE_REFUSED && bsync_value_equal(&shown.value, value);
}

/* The writer knows before it writes what the cell will show. */
static void ask(struct world *world)
{
	const struct bsync_value value = below(world, 2) == 0 ? value_of_rule(world) : value_any(world);
	const bool is_unwritten = world->cell.count == 1 && world->cell.standing[0].is_unwritten;
	const struct bsync_shown shown = look(world);

	hold(world,
	     is_taken(world, &value) == bsync_merge_takes(&world->column, is_unwritten ? NULL : &shown.value, &value),
	     "the writer is told something else than comes true");
}

static bool asks_what_it_takes(enum bsync_rule rule)
{
	return is_value_rule(rule) && rule != BSYNC_RULE_SERVER;
}

TEST(any_writes_leave_a_cell_whole)
{
	for (int rule = 0; rule < RULES; rule++) {
		for (uint64_t number = 0; number < 150; number++) {
			struct world world;
			const bool has_many = number % 10 == 9;

			begin(&world, (enum bsync_rule)rule, number * RULES + (uint64_t)rule);
			if (is_value_rule((enum bsync_rule)rule) && number % 10 == 8)
				begin_with_past(&world);
			for (uint32_t i = 0, count = 1 + below(&world, has_many ? 3 * WRITES_MAX : WRITES_MAX);
			     i < count; i++) {
				const struct bsync_cell_edit edit = edit_any(
					&world, has_many && is_value_rule((enum bsync_rule)rule));

				if (asks_what_it_takes((enum bsync_rule)rule))
					ask(&world);
				look(&world);
				merge(&world, &edit);
				if (world.flaw != NULL)
					FAIL("rule %d, history %" PRIu64 ": %s", rule, number, world.flaw);
			}
			bsync_arena_clear(&world.arena);
		}
	}
}

/* As many versions stand as a row can hold: of lines that never saw each other, which no honest fleet has. */
static void fill(struct world *world)
{
	struct bsync_standing *standing = bsync_arena_take(&world->arena, BSYNC_STANDING_MAX * sizeof(*standing));

	for (uint32_t i = 0; i < BSYNC_STANDING_MAX; i++)
		standing[i] = (struct bsync_standing){{2, i + 1, 5, 1}, bsync_value_integer(i), false, NULL};
	if (world->column.rule == BSYNC_RULE_ORDER) {
		for (uint32_t i = 0; i < BSYNC_STANDING_MAX; i++)
			standing[i].value = text("open");
	}
	world->cell = (struct bsync_cell){.changed = 5, .count = BSYNC_STANDING_MAX, .standing = standing};
	world->counter = 5;
}

TEST(a_cell_that_is_full_takes_no_more_and_stays)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_LWW, BSYNC_RULE_KEEP,    BSYNC_RULE_TEXT, BSYNC_RULE_ROLE,
						BSYNC_RULE_SET, BSYNC_RULE_COUNTER, BSYNC_RULE_ORDER};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct bsync_value value = text("bezig");
		struct bsync_cell_edit edit = {.kind = BSYNC_WRITE_VALUE, .value = &value, .version = {1, 1, 6, 9}};
		enum bsync_merge_outcome outcome;
		struct bsync_replaced replaced;
		struct bsync_cell before;
		struct world world;

		begin(&world, rules[i], 1);
		fill(&world);
		before = world.cell;
		if (rules[i] == BSYNC_RULE_COUNTER)
			edit.kind = BSYNC_WRITE_DELTA;
		if (rules[i] == BSYNC_RULE_SET) {
			edit.kind = BSYNC_WRITE_SET;
			edit.adds = &value;
			edit.add_count = 1;
		}
		CHECK_EQ(bsync_merge_cell(&world.column, &world.lines, &world.arena, &world.cell, &edit, &outcome,
					  &replaced),
			 BSYNC_TOO_LARGE);
		CHECK(same_cell(&world.cell, &before));
		CHECK_EQ(replaced.count, 0);
		bsync_arena_clear(&world.arena);
	}
}

static struct bsync_dot dot_any(struct world *world)
{
	struct bsync_dot dot = {.seq = 1 + below(world, 1000)};

	dot.device.bytes[0] = (uint8_t)below(world, 3);
	dot.line.bytes[0] = (uint8_t)below(world, 3);
	return dot;
}

TEST(an_item_has_one_id_whatever_the_order_and_another_for_another_row)
{
	struct world world;

	begin(&world, BSYNC_RULE_KEEP, 5);
	for (uint32_t i = 0; i < 2000; i++) {
		const struct bsync_value key[] = {value_any(&world), bsync_value_integer(i)};
		const struct bsync_value other[] = {key[0], bsync_value_integer(i + 1)};
		struct bsync_dot dots[] = {dot_any(&world), dot_any(&world), dot_any(&world)};
		uint8_t one[16], two[16], three[16];

		dots[1].seq += 1000;
		dots[2].seq += 2000;
		bsync_conflict_id(3, key, 2, 7, 3, dots, one);
		bsync_conflict_id(3, other, 2, 7, 3, dots, three);
		CHECK(memcmp(one, three, sizeof(one)) != 0);
		bsync_conflict_id(3, key, 2, 7, 3, (struct bsync_dot[]){dots[2], dots[0], dots[1]}, two);
		CHECK_BYTES(one, sizeof(one), two, sizeof(two));
		dots[0].seq += 3000;
		bsync_conflict_id(3, key, 2, 7, 3, dots, three);
		CHECK(memcmp(one, three, sizeof(one)) != 0);
	}
	bsync_arena_clear(&world.arena);
}

/* Prose of a few sentences, some in quotes or brackets, some that end a line. */
static struct bsync_bytes prose_any(struct world *world)
{
	static const char *const parts[] = {
		"Zij komt. ", "\"Hij gaat.\" ", "'Nee!' ", "(Wij ook.) ", "en dan\n", "morgen ", ". ", "\" ", "- ",
		"\xff"};
	char *out = bsync_arena_take(&world->arena, 128);
	size_t size = 0;

	for (uint32_t i = 0, count = below(world, 8); i < count; i++)
		size += (size_t)snprintf(out + size, 128 - size, "%s",
					 parts[below(world, below(world, 20) == 0 ? 10 : 9)]);
	return (struct bsync_bytes){(const uint8_t *)out, size};
}

TEST(prose_merges_alike_from_both_sides_in_any_memory)
{
	for (uint64_t number = 0; number < 20000; number++) {
		struct bsync_bytes base, x, y, one, two;
		bool is_clean = false, is_clean_turned = false;
		struct bsync_arena little;
		enum bsync_result result = BSYNC_OK;
		struct world world;

		begin(&world, BSYNC_RULE_TEXT, number);
		base = prose_any(&world);
		x = prose_any(&world);
		y = prose_any(&world);
		CHECK_EQ(bsync_text_merge(base, x, y, &world.arena, &one, &is_clean), BSYNC_OK);
		CHECK_EQ(bsync_text_merge(base, y, x, &world.arena, &two, &is_clean_turned), BSYNC_OK);
		CHECK_EQ(is_clean, is_clean_turned);
		CHECK(bsync_bytes_equal(one, two));
		bsync_arena_init(&little, 16 * (size_t)below(&world, 600));
		result = bsync_text_merge(base, x, y, &little, &two, &is_clean_turned);
		CHECK(result == BSYNC_NO_MEMORY || result == BSYNC_TOO_LARGE ||
		      (result == BSYNC_OK && bsync_bytes_equal(one, two)));
		bsync_arena_clear(&little);
		bsync_arena_clear(&world.arena);
	}
}

/* Joins of three states, all there are. */
TEST(a_join_is_told_to_be_flawed_when_a_law_is_broken)
{
	for (uint32_t number = 0; number < 19683; number++) { /* 3 to the 9th */
		struct bsync_lattice lattice = {.count = 3, .names = {"a", "b", "c"}};
		uint32_t a, b, c;
		const char *flaw = NULL;
		bool is_idempotent = true, is_commutative = true, is_associative = true;

		for (uint32_t i = 0, digits = number; i < 9; i++, digits /= 3)
			lattice.join[i / 3][i % 3] = (uint8_t)(digits % 3);
		for (uint32_t i = 0; i < 27; i++) {
			const uint32_t x = i / 9, y = i / 3 % 3, z = i % 3;

			is_idempotent = is_idempotent && lattice.join[x][x] == x;
			is_commutative = is_commutative && lattice.join[x][y] == lattice.join[y][x];
			is_associative = is_associative &&
					 lattice.join[lattice.join[x][y]][z] == lattice.join[x][lattice.join[y][z]];
		}
		flaw = bsync_lattice_flaw(&lattice, &a, &b, &c);
		CHECK_EQ(flaw == NULL, is_idempotent && is_commutative && is_associative);
		if (flaw != NULL && strcmp(flaw, "idempotent") == 0)
			CHECK(!is_idempotent);
		if (flaw != NULL && strcmp(flaw, "commutative") == 0)
			CHECK(!is_commutative);
		if (flaw != NULL && strcmp(flaw, "associative") == 0)
			CHECK(!is_associative);
		CHECK_EQ(bsync_lattice_find(&lattice, "c"), 2);
		CHECK_EQ(bsync_lattice_find(&lattice, number % 2 == 0 ? "d" : NULL), -1);
	}
}
