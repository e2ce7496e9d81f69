#include "tests/scopes/cases.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scopes/signing.h"

const char *const rule_tables[RULES] = {"r_lww", "r_keep", "r_first", "r_server", "r_max",  "r_min",   "r_counter",
					"r_set", "r_log",  "r_text",  "r_win",    "r_role", "r_order", "r_plan"};
const char *const act_names[ACTS] = {"set a",        "set b",        "clear a",  "delete",        "anew",
				     "delete, anew", "replace",      "move",     "rename",        "both rows",
				     "set other",    "delete other", "insert",   "insert a only", "insert elsewhere",
				     "sign",         "new goal",     "set goal", "delete goal",   "move goal"};

enum { RANK_STEP = 10000000, TRIPLE_ACTS = 8 };

/* --- Which there are --- */

static struct small_case all[CASES_MAX];
static uint32_t all_count;

static void add(enum rule rule, bool has_rows, uint32_t count, const enum act acts[], const char *devices)
{
	struct small_case *c = &all[all_count];

	assert(all_count < CASES_MAX);
	*c = (struct small_case){.number = all_count, .rule = rule, .has_rows = has_rows, .count = (uint8_t)count};
	for (uint32_t i = 0; i < count; i++) {
		c->acts[i] = acts[i];
		c->devices[i] = (uint8_t)(devices[i] - '0');
	}
	all_count++;
}

/* Every tuple of `count` acts out of the list, done by `devices`. */
static void add_tuples(enum rule rule, bool has_rows, const enum act list[], uint32_t size, const char *devices)
{
	uint32_t count = (uint32_t)strlen(devices);
	uint32_t tuples = 1;

	for (uint32_t i = 0; i < count; i++)
		tuples *= size;
	for (uint32_t n = 0; n < tuples; n++) {
		enum act acts[ACTS_MAX];
		uint32_t rest = n;

		for (uint32_t i = 0; i < count; i++, rest /= size)
			acts[i] = list[rest % size];
		add(rule, has_rows, count, acts, devices);
	}
}

const struct small_case *cases_all(bool is_wide, uint32_t *count)
{
	/* Those in which the triples do without the last stand first. */
	static const enum act on_rows[] = {SET_A,  NULL_A, DELETE, ANEW,      REPLACE,      MOVE,
					   RENAME, SET_B,  ANEW_2, SET_OTHER, DELETE_OTHER, BOTH};
	static const enum act on_none[] = {INSERT, INSERT_A, INSERT_THERE, SET_A, DELETE};
	/* A state does not go back, so nothing is cleared, or made anew in one transaction. */
	static const enum act on_states[] = {SET_A, DELETE, MOVE, SET_B, ANEW_2, SET_OTHER, DELETE_OTHER, BOTH};
	static const enum act on_signed[] = {SIGN, SET_A, GOAL_SET, GOAL_DELETE, GOAL_NEW, GOAL_MOVE, SET_B, DELETE};
	static const char *const pairs[] = {"00", "01"};
	/* Which device is which does not matter but for ties, so these are all. */
	static const char *const mixed[] = {"000", "001", "010", "011"};

	for (int r = 0; r < RULES; r++) {
		enum rule rule = (enum rule)r;
		const enum act *acts = rule == ORDER ? on_states : rule == FREEZE ? on_signed : on_rows;
		const uint32_t row_acts = rule == ORDER    ? sizeof on_states / sizeof on_states[0]
					  : rule == FREEZE ? sizeof on_signed / sizeof on_signed[0]
							   : sizeof on_rows / sizeof on_rows[0];
		const uint32_t none_acts = rule == FREEZE ? 0 : sizeof on_none / sizeof on_none[0];

		for (int i = 0; i < 2; i++) {
			add_tuples(rule, true, acts, row_acts, pairs[i]);
			add_tuples(rule, false, on_none, none_acts, pairs[i]);
		}
		add_tuples(rule, true, acts, is_wide ? row_acts : TRIPLE_ACTS, "012");
		add_tuples(rule, false, on_none, none_acts, "012");
		for (int i = 0; i < 4; i++)
			add_tuples(rule, true, acts, is_wide ? 6 : 4, mixed[i]);
	}
	*count = all_count;
	return all;
}

/* --- Values --- */

uint32_t case_word(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell)
{
	assert(act <= STARTED && row < 2 && cell < 2);
	return c->number * WORDS_PER_CASE + act * 4 + row * 2 + cell;
}

bool word_of_text(const char *text, size_t size, uint32_t *word)
{
	uint32_t value = 0;

	if (size < 9 || text[0] != 'w' || text[8] != 'q')
		return false;
	for (int i = 1; i < 8; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	*word = value;
	return value < CASES_MAX * WORDS_PER_CASE;
}

bool word_of_integer(int64_t value, uint32_t *word)
{
	if (value < RANK_STEP || value >= 5 * (int64_t)RANK_STEP)
		return false;
	*word = (uint32_t)(value % RANK_STEP);
	return *word < CASES_MAX * WORDS_PER_CASE;
}

uint32_t case_rank(const struct small_case *c, uint32_t act)
{
	static const uint8_t orders[6][ACTS_MAX] = {{0, 2, 3}, {0, 3, 2}, {2, 0, 3}, {2, 3, 0}, {3, 0, 2}, {3, 2, 0}};

	return act == STARTED ? 1 : orders[c->number / 7 % 6][act];
}

int64_t case_integer(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell)
{
	static const int64_t deltas[] = {3, 50, -700, 10000};

	if (c->rule == COUNTER)
		return deltas[act] * (cell == 0 ? 1 : 2);
	return (int64_t)(case_rank(c, act) + 1) * RANK_STEP + case_word(c, act, row, cell);
}

const char *case_state(const struct small_case *c, uint32_t act)
{
	static const char *const states[] = {"bezig", "open", "wacht", "klaar"};

	return states[case_rank(c, act)];
}

/* A value as an insert gives it. */
static void literal(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell, char out[40])
{
	if (c->rule == MAX || c->rule == MIN || c->rule == COUNTER)
		snprintf(out, 40, "%lld", (long long)case_integer(c, act, row, cell));
	else if (c->rule == ORDER)
		snprintf(out, 40, "'%s'", case_state(c, act));
	else
		snprintf(out, 40, c->rule == SET ? "'[\"w%07uq\"]'" : "'w%07uq'", case_word(c, act, row, cell));
}

/* --- SQL --- */

uint32_t case_key(const struct small_case *c, uint32_t row)
{
	return 1 + c->number * 2 + row;
}

static void is_row(const struct small_case *c, uint32_t row, char out[40])
{
	snprintf(out, 40, c->rule == KEEP ? "soort = 7 AND nr = %u" : "nr = %u", case_key(c, row));
}

static size_t put_update(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell, char *out, size_t size)
{
	char key[40], value[40];
	char name = cell == 0 ? 'a' : 'b';
	int n;

	is_row(c, row, key);
	literal(c, act, row, cell, value);
	if (c->rule == COUNTER)
		n = snprintf(out, size, "UPDATE r_counter SET %c = coalesce(%c, 0) + %s WHERE %s;", name, name, value,
			     key);
	else if (c->rule == SET)
		/* Its own word, and one that all have in common. */
		n = snprintf(
			out, size,
			"UPDATE r_set SET %c = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(coalesce(%c, '[]'))"
			" UNION SELECT 'w%07uq' UNION SELECT 'x')) WHERE %s;",
			name, name, case_word(c, act, row, cell), key);
	else if (c->rule == ORDER)
		/* As far as it goes from what is on the screen. */
		n = snprintf(out, size,
			     "UPDATE r_order SET %c = iif(coalesce(%c, 'open') IN ('open', %s), %s, 'klaar') WHERE %s;",
			     name, name, value, value, key);
	else
		n = snprintf(out, size, "UPDATE %s SET %c = %s WHERE %s;", rule_tables[c->rule], name, value, key);
	return (size_t)n;
}

static size_t put_insert(const struct small_case *c, const char *verb, uint32_t act, const char *scope, bool has_b,
			 char *out, size_t size)
{
	char a[40], b[40] = "NULL";

	literal(c, act, 0, 0, a);
	if (has_b)
		literal(c, act, 0, 1, b);
	return (size_t)snprintf(out, size, "%s INTO %s (nr, kring, a, b) VALUES (%u, '%s', %s, %s)%s;", verb,
				rule_tables[c->rule], case_key(c, 0), scope, a, b,
				strcmp(verb, "INSERT") == 0 ? " ON CONFLICT DO NOTHING" : "");
}

static size_t put_delete(const struct small_case *c, uint32_t row, char *out, size_t size)
{
	char key[40];

	is_row(c, row, key);
	return (size_t)snprintf(out, size, "DELETE FROM %s WHERE %s;", rule_tables[c->rule], key);
}

void case_start_sql(const struct small_case *c, char out[SQL_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	if (!c->has_rows)
		return;
	if (c->rule == FREEZE) {
		signing_start_sql(c, out);
		return;
	}
	for (uint32_t row = 0; row < 2; row++) {
		char a[40];

		literal(c, STARTED, row, 0, a);
		at += (size_t)snprintf(out + at, SQL_MAX - at, "INSERT INTO %s (nr, kring, a) VALUES (%u, 'S1', %s);",
				       rule_tables[c->rule], case_key(c, row), a);
	}
}

bool case_sql(const struct small_case *c, uint32_t act, uint32_t step, char out[SQL_MAX])
{
	const char *table = rule_tables[c->rule];
	char key[40];
	size_t at = 0;

	if (act >= c->count || step > (c->acts[act] == ANEW_2))
		return false;
	if (c->rule == FREEZE) {
		signing_sql(c, act, out);
		return true;
	}
	is_row(c, 0, key);
	switch (c->acts[act]) {
	case SET_A:
	case SET_B:
		put_update(c, act, 0, c->acts[act] == SET_B, out, SQL_MAX);
		break;
	case NULL_A:
		snprintf(out, SQL_MAX, "UPDATE %s SET a = NULL WHERE %s;", table, key);
		break;
	case DELETE:
	case DELETE_OTHER:
		put_delete(c, c->acts[act] == DELETE_OTHER, out, SQL_MAX);
		break;
	case ANEW:
		at = put_delete(c, 0, out, SQL_MAX);
		put_insert(c, "INSERT", act, "S1", false, out + at, SQL_MAX - at);
		break;
	case ANEW_2:
		if (step == 0)
			put_delete(c, 0, out, SQL_MAX);
		else
			put_insert(c, "INSERT", act, "S1", false, out, SQL_MAX);
		break;
	case REPLACE:
		put_insert(c, "INSERT OR REPLACE", act, "S1", true, out, SQL_MAX);
		break;
	case MOVE:
		snprintf(out, SQL_MAX, "UPDATE %s SET kring = iif(kring = 'S1', 'S2', 'S1') WHERE %s;", table, key);
		break;
	case RENAME:
		at = put_delete(c, 1, out, SQL_MAX);
		snprintf(out + at, SQL_MAX - at, "UPDATE %s SET nr = %u WHERE %s;", table, case_key(c, 1), key);
		break;
	case BOTH:
		at = put_update(c, act, 0, 0, out, SQL_MAX);
		put_update(c, act, 1, 0, out + at, SQL_MAX - at);
		break;
	case SET_OTHER:
		put_update(c, act, 1, 0, out, SQL_MAX);
		break;
	case INSERT:
		put_insert(c, "INSERT", act, "S1", true, out, SQL_MAX);
		break;
	case INSERT_A:
		put_insert(c, "INSERT", act, "S1", false, out, SQL_MAX);
		break;
	case INSERT_THERE:
		put_insert(c, "INSERT", act, "S2", false, out, SQL_MAX);
		break;
	case SIGN:
	case GOAL_NEW:
	case GOAL_SET:
	case GOAL_DELETE:
	case GOAL_MOVE:
	case ACTS:
		abort();
	}
	return true;
}
