#include "core/lattice.h"
#include "core/merge.h"

#include <stdio.h>

#include "tests/support/harness.h"

static const struct bsync_value *text(const char *string)
{
	static struct bsync_value values[8];
	static unsigned next;
	struct bsync_value *value = &values[next++ % 8];

	*value = string == NULL ? bsync_value_null() : bsync_value_text(bsync_bytes_of_string(string));
	return value;
}

static bool takes(enum bsync_rule rule, const struct bsync_value *shown, const char *value)
{
	const struct bsync_column column = {.rule = rule};

	return bsync_merge_takes(&column, shown, text(value));
}

TEST(a_first_value_holds_against_any_other)
{
	CHECK(takes(BSYNC_RULE_FIRST, NULL, "b"));
	CHECK(takes(BSYNC_RULE_FIRST, text("b"), "b"));
	CHECK(!takes(BSYNC_RULE_FIRST, text("b"), "a"));
	CHECK(!takes(BSYNC_RULE_FIRST, text(NULL), "a"));
}

TEST(an_extreme_holds_against_less)
{
	CHECK(takes(BSYNC_RULE_MAX, NULL, "a"));
	CHECK(takes(BSYNC_RULE_MAX, text("b"), "b"));
	CHECK(takes(BSYNC_RULE_MAX, text("b"), "c"));
	CHECK(!takes(BSYNC_RULE_MAX, text("b"), "a"));
	CHECK(!takes(BSYNC_RULE_MAX, text("b"), NULL));
	CHECK(takes(BSYNC_RULE_MIN, NULL, "c"));
	CHECK(takes(BSYNC_RULE_MIN, text("b"), "a"));
	CHECK(takes(BSYNC_RULE_MIN, text("b"), "b"));
	CHECK(takes(BSYNC_RULE_MIN, text(NULL), "c"));
	CHECK(!takes(BSYNC_RULE_MIN, text("b"), "c"));
	CHECK(!takes(BSYNC_RULE_MIN, text("b"), NULL));
}

TEST(a_state_that_has_gone_further_holds)
{
	struct bsync_lattice lattice = {.count = 2, .names = {"open", "klaar"}, .has_rounds = true};
	const struct bsync_column column = {.rule = BSYNC_RULE_ORDER, .lattice = &lattice};

	bsync_lattice_chain(&lattice);
	CHECK(bsync_merge_takes(&column, NULL, text("open")));
	CHECK(bsync_merge_takes(&column, text("open"), text("klaar")));
	CHECK(bsync_merge_takes(&column, text("klaar"), text("klaar")));
	CHECK(!bsync_merge_takes(&column, text("klaar"), text("open")));
	CHECK(bsync_merge_takes(&column, text("klaar"), text("open/1")));
	CHECK(!bsync_merge_takes(&column, text("open"), text("weg")));
	/* What stands and is no state holds nothing back. */
	CHECK(bsync_merge_takes(&column, text("weg"), text("open")));
}

TEST(the_other_rules_let_a_write_that_saw_all_stand)
{
	static const enum bsync_rule rules[] = {BSYNC_RULE_LWW, BSYNC_RULE_KEEP, BSYNC_RULE_SERVER, BSYNC_RULE_COUNTER,
						BSYNC_RULE_SET};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		CHECK(takes(rules[i], text("b"), "a"));
}
