/* test_merge_order.c: the result does not depend on the order of arrival.
 *
 * A history is a list of writes in segments.  Between two segments some authors pull: a base is a boundary between
 * segments, so it names the same set of writes in whatever order those arrived.  All orders that respect that, and the
 * order of seq within a line, must end in the same set, the same value on screen, the same verdict, and lose nothing; and
 * the set must be the one that the rules on paper give, worked out here without any order at all. */
#include "core/merge.h"

#include "tests/support/dutch.h"
#include "tests/support/harness.h"
#include "tests/support/history.h"

enum { RULES = BSYNC_RULE_ROLE + 1, ORDERS_MAX = 120 };

/* Rule `order` has states of its own: test_merge_states.c. */
static bool is_played(enum bsync_rule rule)
{
	return rule != BSYNC_RULE_SERVER && rule != BSYNC_RULE_ORDER;
}

static void print_history(const struct history *history)
{
	printf("# rule %d, one device %d\n", history->rule, history->one_device);
	for (uint32_t i = 0; i < history->count; i++) {
		const struct step *step = &history->steps[i];

		printf("#  %" PRIu32 ".%" PRIu64 " segment %" PRIu32 " seen %" PRIu32 " stamp %" PRId64
		       " value %s delta %" PRId64 " adds %s removes %s names",
		       step->write.line, step->write.seq, step->segment, step->seen, step->write.stamp,
		       step->write.value == NULL ? "NULL" : step->write.value, step->write.delta,
		       step->write.adds == NULL ? "-" : step->write.adds,
		       step->write.removes == NULL ? "-" : step->write.removes);
		for (uint32_t j = 0; j < step->write.name_count; j++)
			printf(" %" PRIu32 ".%" PRIu64, step->write.names[j].line, step->write.names[j].seq);
		printf("\n");
	}
}

static void print_ending(const char *label, const struct ending *ending)
{
	printf("# %s: shows %s, conflict %d:", label, ending->shown, ending->is_conflict);
	for (uint32_t i = 0; i < ending->count; i++)
		printf(" %" PRIu32 ".%" PRIu64 "=%s", ending->found[i].line, ending->found[i].seq,
		       ending->found[i].value);
	printf("\n");
}

static void begin(struct scene *scene, const struct history *history)
{
	scene_begin(scene, history->rule);
	if (history->one_device)
		scene->devices[2] = scene->devices[1];
}

static bool is_value_rule(enum bsync_rule rule)
{
	return rule != BSYNC_RULE_COUNTER && rule != BSYNC_RULE_SET;
}

/* The position up to which an author had seen everything: the birth is at 1, the writes follow it. */
static uint64_t base_of(const struct history *history, const struct step *step)
{
	const uint32_t seen = history->rule == BSYNC_RULE_TEXT ? step->base_seen : step->seen;
	uint64_t base = 1;

	if (seen == 0)
		return 0;
	for (uint32_t i = 0; i < history->count; i++)
		base += history->steps[i].segment < seen;
	return base;
}

/* Lets the steps arrive in `order`; `lost` counts writes that neither stand nor went to history. */
static void play(const struct history *history, const uint32_t *order, struct ending *ending, uint32_t *lost)
{
	struct scene scene;
	struct bsync_shown shown;
	uint32_t kept = 0;

	begin(&scene, history);
	memset(ending, 0, sizeof(*ending));
	for (uint32_t i = 0; i < history->count; i++) {
		struct scene_write write = history->steps[order[i]].write;

		write.base = base_of(history, &history->steps[order[i]]);
		scene_write(&scene, write);
		kept += scene.replaced.count;
	}
	for (uint32_t i = 0; i < scene.cell.count; i++) {
		if (!scene.cell.standing[i].is_unwritten)
			add_found(ending, scene.cell.standing[i].version.line, scene.cell.standing[i].version.seq,
				  &scene.cell.standing[i].value);
	}
	qsort(ending->found, ending->count, sizeof(ending->found[0]), compare_found);
	shown = scene_look(&scene);
	scene_print_value(ending->shown, sizeof(ending->shown), &shown.value);
	ending->is_conflict = shown.is_conflict;
	*lost = is_value_rule(history->rule) ? history->count - kept - ending->count : 0;
	scene_end(&scene);
}

/* Walks the orders of arrival that a history allows. */
struct walk {
	const struct history *history;
	const struct ending *expected;
	uint32_t order[WRITES_MAX];
	bool has_arrived[WRITES_MAX];
	uint32_t orders_left;
	uint64_t orders; /* played so far, over all histories */
	bool is_wrong;
};

/* True when `step` may arrive next: earlier segments and earlier writes of its line are there. */
static bool may_arrive(const struct walk *walk, uint32_t step)
{
	const struct history *history = walk->history;

	if (walk->has_arrived[step])
		return false;
	for (uint32_t i = 0; i < history->count; i++) {
		if (walk->has_arrived[i] || i == step)
			continue;
		if (history->steps[i].segment < history->steps[step].segment)
			return false;
		if (history->steps[i].write.line == history->steps[step].write.line &&
		    history->steps[i].write.seq < history->steps[step].write.seq)
			return false;
	}
	return true;
}

static void judge(struct walk *walk)
{
	struct ending ending;
	uint32_t lost = 0;

	walk->orders++;
	walk->orders_left--;
	play(walk->history, walk->order, &ending, &lost);
	if (lost == 0 && same_ending(&ending, walk->expected))
		return;
	walk->is_wrong = true;
	print_history(walk->history);
	printf("# lost %" PRIu32 ", in the order", lost);
	for (uint32_t i = 0; i < walk->history->count; i++)
		printf(" %" PRIu32, walk->order[i]);
	printf("\n");
	print_ending("expected", walk->expected);
	print_ending("found", &ending);
}

static void walk_from(struct walk *walk, uint32_t depth)
{
	if (walk->is_wrong || walk->orders_left == 0)
		return;
	if (depth == walk->history->count) {
		judge(walk);
		return;
	}
	for (uint32_t i = 0; i < walk->history->count; i++) {
		if (!may_arrive(walk, i))
			continue;
		walk->has_arrived[i] = true;
		walk->order[depth] = i;
		walk_from(walk, depth + 1);
		walk->has_arrived[i] = false;
	}
}

/* As walk_from, for histories with too many orders: one order at random. */
static void walk_random(struct walk *walk, uint64_t *random)
{
	memset(walk->has_arrived, 0, sizeof(walk->has_arrived));
	for (uint32_t depth = 0; depth < walk->history->count; depth++) {
		uint32_t step = dutch_below(random, walk->history->count);

		while (!may_arrive(walk, step))
			step = (step + 1) % walk->history->count;
		walk->has_arrived[step] = true;
		walk->order[depth] = step;
	}
	judge(walk);
}

/* What a write can say, by rule: an index below VALUES. */
enum { VALUES = 4 };

static void say(struct scene_write *write, enum bsync_rule rule, uint32_t index)
{
	static const char *const values[VALUES] = {"1", "2", NULL, "b"};
	static const int64_t deltas[VALUES] = {1, -3, 10, 0};
	static const char *const adds[VALUES] = {"a", "", "ab", "c"};
	static const char *const removes[VALUES] = {"", "a", "c", "ab"};

	if (rule == BSYNC_RULE_COUNTER) {
		write->is_delta = true;
		write->delta = deltas[index];
	} else if (rule == BSYNC_RULE_SET) {
		write->adds = adds[index];
		write->removes = removes[index];
	} else {
		write->value = values[index];
	}
}

static void number_lines(struct history *history)
{
	uint64_t seqs[LINES + 1] = {0};

	for (uint32_t i = 0; i < history->count; i++)
		history->steps[i].write.seq = 2 + seqs[history->steps[i].write.line]++;
}

/* The sentences of a text; the number of them, at most 3. */
static uint32_t sentences_read(const char *text, char parts[3][100])
{
	uint32_t count = 0;

	for (; count < 3 && strstr(text, ".") != NULL; count++) {
		const size_t size = strcspn(text, ".");

		if (size == 0 || size >= 100)
			return 0;
		snprintf(parts[count], 100, "%.*s", (int)size, text);
		text += size + 1;
		text += *text == ' ';
	}
	return *text == '\0' ? count : 0;
}

/* An edit of a text of three sentences: one of them changes, or it is cleared. */
static void text_edit(struct step *step, const char *text, uint32_t index)
{
	const uint32_t line = step->write.line;
	char parts[3][100] = {"a", "b", "c"};

	if (sentences_read(text, parts) != 3)
		memcpy(parts, (char[3][100]){"a", "b", "c"}, sizeof(parts));
	if (index == 0)
		snprintf(parts[0], sizeof(parts[0]), "p%" PRIu32, line % 2);
	if (index == 1)
		snprintf(parts[1], sizeof(parts[1]), "q%" PRIu32 "x%" PRIu64, line, step->write.seq);
	if (index == 3)
		snprintf(parts[2], sizeof(parts[2]), "r");
	snprintf(step->text, sizeof(step->text), "%s. %s. %s.", parts[0], parts[1], parts[2]);
	step->write.value = index == 2 ? NULL : step->text;
}

/* What the author had on screen where nothing of its own was unsent, and from what a conflict there went apart. */
static void text_see(const struct history *history, struct step *step, bool names_all, char *screen)
{
	struct history before = *history;
	struct ending ending;
	const struct step *list[WRITES_MAX];
	uint32_t count = 0;

	before.count = 0;
	for (uint32_t i = 0; i < history->count; i++) {
		if (history->steps[i].segment < step->seen)
			before.steps[before.count++] = history->steps[i];
	}
	history_expect(&before, &ending);
	snprintf(screen, SCENE_TEXT_SIZE, "%s", strcmp(ending.shown, "NULL") == 0 ? "" : ending.shown);
	step->base_seen = ending.is_conflict ? ending.base_seen : step->seen;
	snprintf(step->base_text, sizeof(step->base_text), "%s", ending.is_conflict ? ending.base_text : screen);
	step->write.base_text = step->base_text;
	if (!ending.is_conflict)
		return;
	count = texts_list(&before, list);
	for (uint32_t i = 0; i < count && i < SCENE_NAMES_MAX && (i == 0 || names_all); i++)
		step->write.names[step->write.name_count++] = (struct bsync_version_name){list[i]->write.line,
											  list[i]->write.seq};
}

/* Gives each write its text, made from what its author saw, which `said` tells how. */
static void texts_make(struct history *history, const uint32_t *said, bool names_all)
{
	for (uint32_t i = 0; history->rule == BSYNC_RULE_TEXT && i < history->count; i++) {
		struct step *step = &history->steps[i];
		char screen[SCENE_TEXT_SIZE];

		text_see(history, step, names_all, screen);
		/* An own write that no pull has shown is on the screen too. */
		for (uint32_t j = 0; j < i; j++) {
			const struct step *own = &history->steps[j];

			if (own->write.line == step->write.line && own->segment >= step->seen)
				snprintf(screen, sizeof(screen), "%s",
					 own->write.value != NULL ? own->write.value : "");
		}
		text_edit(step, screen, said[i]);
	}
}

/* Histories as the digits of a number: line, said, stamp, segment, seen of each write in turn. */
enum { CHOICES = LINES * VALUES * 2 * 3 };

/* Makes the history of `number`; false when it is not one: segments must ascend, and so must what a line has seen. */
static bool history_of(uint64_t number, uint32_t count, enum bsync_rule rule, struct history *history)
{
	uint32_t segment = 0;
	uint32_t said[WRITES_MAX] = {0};
	const bool names_all = number % 7 < 3;

	*history = (struct history){.rule = rule, .count = count, .one_device = number % 2 == 1};
	for (uint32_t i = 0; i < count; i++) {
		struct step *step = &history->steps[i];
		uint32_t place = (uint32_t)(number % 3);

		number /= 3;
		/* Segment 0, or 1 having seen segment 0, or 1 without. */
		step->segment = place == 0 ? 0 : 1;
		step->seen = place == 1;
		step->write.line = 1 + (uint32_t)(number % LINES);
		number /= LINES;
		step->write.stamp = 5 + (int64_t)(number % 2);
		number /= 2;
		said[i] = (uint32_t)(number % VALUES);
		say(&step->write, rule, said[i]);
		number /= VALUES;
		if (step->segment < segment)
			return false;
		segment = step->segment;
	}
	number_lines(history);
	texts_make(history, said, names_all);
	return true;
}

TEST(every_small_history_ends_the_same_in_every_order)
{
	struct walk walk = {0};
	uint64_t histories = 0;

	for (int rule = 0; rule < RULES; rule++) {
		if (!is_played((enum bsync_rule)rule))
			continue;
		for (uint32_t count = 1; count <= 3; count++) {
			uint64_t total = 1;
			/* Three writes have many histories: every fifth, which shares no factor with the choices. */
			uint64_t stride = count == 3 ? 5 : 1;

			for (uint32_t i = 0; i < count; i++)
				total *= CHOICES;
			for (uint64_t number = 0; number < total; number += stride) {
				struct history history;
				struct ending expected;

				if (!history_of(number, count, (enum bsync_rule)rule, &history))
					continue;
				history_expect(&history, &expected);
				walk.history = &history;
				walk.expected = &expected;
				walk.orders_left = ORDERS_MAX;
				walk_from(&walk, 0);
				CHECK(!walk.is_wrong);
				histories++;
			}
		}
	}
	printf("# %" PRIu64 " histories in %" PRIu64 " orders\n", histories, walk.orders);
	CHECK(histories >= 5000);
}

/* Names some of what the author had seen of other lines. */
static void name_some(struct history *history, struct step *step, uint64_t *random)
{
	for (uint32_t i = 0; i < history->count && step->write.name_count < SCENE_NAMES_MAX; i++) {
		const struct step *other = &history->steps[i];

		if (other->segment >= step->seen || other->write.line == step->write.line ||
		    dutch_below(random, 2) == 0)
			continue;
		step->write.names[step->write.name_count++] = (struct bsync_version_name){other->write.line,
											  other->write.seq};
	}
}

static void random_history(struct history *history, uint64_t *random)
{
	uint32_t seen[LINES + 1] = {0};
	uint32_t segment = 0;
	uint32_t said[WRITES_MAX] = {0};

	do {
		history->rule = (enum bsync_rule)dutch_below(random, RULES);
	} while (!is_played(history->rule));
	history->one_device = dutch_below(random, 2) == 1;
	history->count = 4 + dutch_below(random, WRITES_MAX - 3);
	memset(history->steps, 0, sizeof(history->steps));
	for (uint32_t i = 0; i < history->count; i++) {
		struct step *step = &history->steps[i];

		segment += dutch_below(random, 4) == 0;
		step->segment = segment;
		step->write.line = 1 + dutch_below(random, LINES);
		/* A line never sees less than before. */
		seen[step->write.line] += dutch_below(random, segment + 1 - seen[step->write.line]);
		step->seen = seen[step->write.line];
		step->write.stamp = dutch_below(random, 4);
		said[i] = dutch_below(random, VALUES);
		say(&step->write, history->rule, said[i]);
	}
	number_lines(history);
	texts_make(history, said, dutch_below(random, 2) == 0);
	for (uint32_t i = 0; i < history->count; i++) {
		if (history->rule != BSYNC_RULE_COUNTER && history->rule != BSYNC_RULE_TEXT &&
		    dutch_below(random, 4) == 0)
			name_some(history, &history->steps[i], random);
	}
}

TEST(larger_histories_end_the_same_in_every_order)
{
	const uint64_t seed = 20240229;
	uint64_t random = seed;
	struct walk walk = {0};

	for (uint32_t i = 0; i < 4000; i++) {
		struct history history;
		struct ending expected;

		random_history(&history, &random);
		history_expect(&history, &expected);
		walk.history = &history;
		walk.expected = &expected;
		walk.orders_left = 30;
		while (walk.orders_left != 0 && !walk.is_wrong)
			walk_random(&walk, &random);
		if (walk.is_wrong)
			FAIL("seed %" PRIu64 ", history %" PRIu32, seed, i);
	}
	printf("# seed %" PRIu64 ", %" PRIu64 " orders\n", seed, walk.orders);
}

/* Everything again, after some of it has arrived. */
TEST(repeats_of_what_stands_change_nothing)
{
	uint64_t random = 7;

	for (uint32_t i = 0; i < 2000; i++) {
		struct history history;
		struct scene scene;

		random_history(&history, &random);
		begin(&scene, &history);
		for (uint32_t j = 0; j < history.count; j++) {
			struct scene_write write = history.steps[j].write;
			struct bsync_cell before;

			write.base = base_of(&history, &history.steps[j]);
			scene_write(&scene, write);
			before = scene.cell;
			for (uint32_t k = 0; k < before.count; k++) {
				if (before.standing[k].version.line != write.line)
					continue;
				scene_write(&scene, write);
				CHECK_EQ(scene.outcome, BSYNC_MERGE_COVERED);
				CHECK_BYTES(&scene.cell, sizeof(scene.cell), &before, sizeof(before));
			}
			scene.counter = j + 2;
		}
		scene_end(&scene);
	}
}
