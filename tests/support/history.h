/* history.h: a history of writes to one cell, and what must come of it by the rules on paper.
 *
 * PROTOCOL 7.2 and 7.3 as claims about sets of writes, worked out without any order of arrival and without core/merge:
 * what tests/unit/test_merge_order.c compares the real thing with. */
#ifndef BSYNC_TESTS_SUPPORT_HISTORY_H
#define BSYNC_TESTS_SUPPORT_HISTORY_H

#include "core/text_merge.h"
#include "tests/support/cell_scene.h"

enum { WRITES_MAX = 10, LINES = 3, FOUND_MAX = 64, LETTERS = 3 };

/* One write.  Its seq is 2 more than how many writes of its line come before it; seq 1 of line 3 was the birth. */
struct step {
	struct scene_write write;
	uint32_t segment;
	uint32_t seen; /* how many segments its author had pulled */
	/* Rule text: what that showed, or from what the versions of a conflict there went apart, and where that was. */
	uint32_t base_seen;
	char base_text[SCENE_TEXT_SIZE];
	char text[SCENE_TEXT_SIZE]; /* room for write.value */
};

struct history {
	enum bsync_rule rule;
	bool one_device; /* lines 1 and 2 are of the same device */
	uint32_t count;
	struct step steps[WRITES_MAX];
};

/* What a history ends in, in an order of its own. */
struct found {
	uint32_t line;
	uint64_t seq;
	char value[24];
};

struct ending {
	uint32_t count;
	struct found found[FOUND_MAX];
	char shown[SCENE_TEXT_SIZE];
	bool is_conflict;
	/* Rule text: the base that lies furthest back. */
	uint32_t base_seen;
	char base_text[SCENE_TEXT_SIZE];
};

static inline int compare_found(const void *a, const void *b)
{
	const struct found *left = a;
	const struct found *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return strcmp(left->value, right->value);
}

static inline void add_found(struct ending *ending, uint32_t line, uint64_t seq, const struct bsync_value *value)
{
	struct found *found = &ending->found[ending->count++];

	scene_must(ending->count <= FOUND_MAX, "a history has too many versions");
	found->line = line;
	found->seq = seq;
	memset(found->value, 0, sizeof(found->value));
	scene_print_value(found->value, sizeof(found->value), value);
}

static inline bool same_ending(const struct ending *a, const struct ending *b)
{
	return a->count == b->count && a->is_conflict == b->is_conflict && strcmp(a->shown, b->shown) == 0 &&
	       memcmp(a->found, b->found, a->count * sizeof(a->found[0])) == 0;
}

/* The rules on paper: PROTOCOL 7.2 and 7.3 as claims about sets of writes. */

static inline bool is_named(const struct step *later, const struct step *earlier)
{
	for (uint32_t i = 0; i < later->write.name_count; i++) {
		if (later->write.names[i].line == earlier->write.line &&
		    later->write.names[i].seq == earlier->write.seq)
			return true;
	}
	return false;
}

/* True when `later` replaces `earlier`, if the rule lets it. */
static inline bool replaces(const struct step *later, const struct step *earlier)
{
	if (later->write.line == earlier->write.line)
		return later->write.seq > earlier->write.seq;
	return later->write.name_count != 0 ? is_named(later, earlier) : earlier->segment < later->seen;
}

static inline int compare_scalar(const struct history *history, const struct step *a, const struct step *b)
{
	uint32_t left = history->one_device && a->write.line == 2 ? 1 : a->write.line;
	uint32_t right = history->one_device && b->write.line == 2 ? 1 : b->write.line;

	if (a->write.stamp != b->write.stamp)
		return a->write.stamp < b->write.stamp ? -1 : 1;
	if (left != right)
		return left < right ? -1 : 1;
	if (a->write.seq != b->write.seq)
		return a->write.seq < b->write.seq ? -1 : 1;
	return 0;
}

static inline int compare_values(const struct step *a, const struct step *b)
{
	struct bsync_value left = scene_value(a->write.value);
	struct bsync_value right = scene_value(b->write.value);

	return bsync_value_compare(&left, &right);
}

/* Above 0 when `a` is shown, or wins, rather than `b`; 0 when all that travels is equal. */
static inline int prefer_by_rule(const struct history *history, const struct step *a, const struct step *b)
{
	int scalar = compare_scalar(history, a, b);
	int value = compare_values(a, b);

	switch (history->rule) {
	case BSYNC_RULE_ROLE:
		/* The worker of line 3 has the highest role. */
		if ((a->write.line == 3) != (b->write.line == 3))
			return a->write.line == 3 ? 1 : -1;
		break;
	case BSYNC_RULE_FIRST:
		return scalar != 0 ? -scalar : -value;
	case BSYNC_RULE_MAX:
		return value != 0 ? value : -scalar;
	case BSYNC_RULE_MIN:
		if ((a->write.value == NULL) != (b->write.value == NULL))
			return a->write.value == NULL ? -1 : 1;
		return value != 0 ? -value : -scalar;
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_COUNTER:
	case BSYNC_RULE_SET:
	case BSYNC_RULE_ORDER:
		break;
	}
	return scalar != 0 ? scalar : value;
}

static inline int prefer(const struct history *history, const struct step *a, const struct step *b)
{
	int order = prefer_by_rule(history, a, b);

	return order != 0 ? order : a->write.line < b->write.line ? 1 : -1;
}

static inline void expect_values(const struct history *history, struct ending *ending)
{
	bool is_fold = history->rule == BSYNC_RULE_FIRST || history->rule == BSYNC_RULE_MAX ||
		       history->rule == BSYNC_RULE_MIN;
	const struct step *best = NULL;
	const struct step *other = NULL;

	for (uint32_t i = 0; i < history->count; i++) {
		const struct step *step = &history->steps[i];
		bool stands = true;
		struct bsync_value value = scene_value(step->write.value);

		for (uint32_t j = 0; j < history->count && !is_fold; j++)
			stands = stands && !replaces(&history->steps[j], step);
		if (!stands)
			continue;
		if (other != NULL && compare_values(other, step) != 0 && history->rule == BSYNC_RULE_KEEP)
			ending->is_conflict = true;
		other = step;
		if (!is_fold)
			add_found(ending, step->write.line, step->write.seq, &value);
		if (best == NULL || prefer(history, step, best) > 0)
			best = step;
	}
	if (best != NULL) {
		struct bsync_value value = scene_value(best->write.value);

		if (is_fold)
			add_found(ending, best->write.line, best->write.seq, &value);
		scene_print_value(ending->shown, sizeof(ending->shown), &value);
	}
}

static inline bool stands_in(const struct history *history, const struct step *step)
{
	for (uint32_t i = 0; i < history->count; i++) {
		if (replaces(&history->steps[i], step))
			return false;
	}
	return true;
}

static inline struct bsync_bytes text_of(const char *text)
{
	return text == NULL ? (struct bsync_bytes){NULL, 0} : bsync_bytes_of_string(text);
}

/* What all texts of `list` make of `base`, one after the other; false when they meet.  NULL stands for the empty text. */
static inline bool texts_merge(const char *base, const struct step *const *list, uint32_t count, char *out)
{
	struct bsync_arena arena;
	struct bsync_bytes now = text_of(list[0]->write.value);
	bool is_clean = true;

	bsync_arena_init(&arena, 1 << 20);
	for (uint32_t i = 1; i < count && is_clean; i++)
		scene_must(bsync_text_merge(text_of(base), now, text_of(list[i]->write.value), &arena, &now,
					    &is_clean) == BSYNC_OK,
			   "a merge of texts fails");
	snprintf(out, SCENE_TEXT_SIZE, "%.*s", (int)now.size, now.size != 0 ? (const char *)now.data : "");
	bsync_arena_clear(&arena);
	return is_clean;
}

/* The versions that stand, the winner first. */
static inline uint32_t texts_list(const struct history *history, const struct step **list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < history->count; i++) {
		const struct step *step = &history->steps[i];
		uint32_t at = count;

		if (!stands_in(history, step))
			continue;
		for (; at > 0 && prefer(history, step, list[at - 1]) > 0; at--)
			list[at] = list[at - 1];
		list[at] = step;
		count++;
	}
	return count;
}

static inline void expect_text(const struct history *history, struct ending *ending)
{
	const struct step *list[WRITES_MAX];
	const uint32_t count = texts_list(history, list);
	const struct step *first = count != 0 ? list[0] : NULL;
	bool are_equal = true;

	for (uint32_t i = 0; i < count; i++) {
		struct bsync_value value = scene_value(list[i]->write.value);

		add_found(ending, list[i]->write.line, list[i]->write.seq, &value);
		if (list[i]->base_seen < first->base_seen)
			first = list[i];
		are_equal = are_equal && compare_values(list[0], list[i]) == 0;
	}
	if (count == 0)
		return;
	ending->base_seen = first->base_seen;
	snprintf(ending->base_text, sizeof(ending->base_text), "%s", first->base_text);
	if (!are_equal)
		ending->is_conflict = !texts_merge(first->base_text, list, count, ending->shown);
	if (are_equal || ending->is_conflict || ending->shown[0] == '\0') {
		const char *text = list[0]->write.value;
		struct bsync_value value;

		/* What is empty is so as the first of them says it. */
		for (uint32_t i = 1; i < count && !ending->is_conflict && text_of(text).size != 0; i++)
			text = list[i]->write.value;
		value = scene_value(text);
		scene_print_value(ending->shown, sizeof(ending->shown), &value);
	}
}

static inline void expect_counter(const struct history *history, struct ending *ending)
{
	int64_t total = 0;

	for (uint32_t line = 1; line <= LINES; line++) {
		struct bsync_value sum = bsync_value_integer(0);
		uint64_t seq = 0;

		for (uint32_t i = 0; i < history->count; i++) {
			if (history->steps[i].write.line != line)
				continue;
			sum.as.integer += history->steps[i].write.delta;
			if (history->steps[i].write.seq > seq)
				seq = history->steps[i].write.seq;
		}
		total += sum.as.integer;
		if (seq != 0)
			add_found(ending, line, seq, &sum);
	}
	if (ending->count != 0)
		snprintf(ending->shown, sizeof(ending->shown), "%" PRId64, total);
}

static inline bool mentions(const char *characters, char letter)
{
	return characters != NULL && strchr(characters, letter) != NULL;
}

/* True when the add of `letter` by `step` stands: nobody who saw it removed it, nor did its line write it again. */
static inline bool add_stands(const struct history *history, const struct step *step, char letter)
{
	for (uint32_t i = 0; i < history->count; i++) {
		const struct step *later = &history->steps[i];

		if (later == step || !replaces(later, step))
			continue;
		if (mentions(later->write.removes, letter))
			return false;
		if (later->write.line == step->write.line && mentions(later->write.adds, letter))
			return false;
	}
	return true;
}

static inline void expect_set(const struct history *history, struct ending *ending)
{
	size_t used = 1;

	for (uint32_t i = 0; i < history->count; i++) {
		const struct step *step = &history->steps[i];

		for (char letter = 'a'; letter < 'a' + LETTERS; letter++) {
			struct bsync_value value = bsync_value_text((struct bsync_bytes){(uint8_t *)&letter, 1});

			if (mentions(step->write.adds, letter) && add_stands(history, step, letter))
				add_found(ending, step->write.line, step->write.seq, &value);
		}
	}
	ending->shown[0] = '[';
	ending->shown[1] = '\0';
	for (char letter = 'a'; letter < 'a' + LETTERS; letter++) {
		bool is_in = false;

		for (uint32_t i = 0; i < ending->count; i++)
			is_in = is_in || ending->found[i].value[0] == letter;
		if (is_in)
			used += (size_t)snprintf(ending->shown + used, 8, "%s\"%c\"", used > 1 ? "," : "", letter);
	}
	snprintf(ending->shown + used, sizeof(ending->shown) - used, "]");
}

/* Fills `ending` with what `history` must end in. */
static inline void history_expect(const struct history *history, struct ending *ending)
{
	memset(ending, 0, sizeof(*ending));
	snprintf(ending->shown, sizeof(ending->shown), "NULL");
	if (history->rule == BSYNC_RULE_COUNTER)
		expect_counter(history, ending);
	else if (history->rule == BSYNC_RULE_SET)
		expect_set(history, ending);
	else if (history->rule == BSYNC_RULE_TEXT)
		expect_text(history, ending);
	else
		expect_values(history, ending);
	qsort(ending->found, ending->count, sizeof(ending->found[0]), compare_found);
}

#endif
