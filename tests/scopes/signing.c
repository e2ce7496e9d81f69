#include "tests/scopes/signing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A signature looks through its scope: few cases are in one. */
enum { KEY_SIZE = 48, SCOPE_SIZE = 8, SCOPES = 40 };

const char signing_source[] =
	"(SELECT nr + NOT is_signed AS nr, 'S1' AS kring, group_concat(line, ' ' ORDER BY line) AS a, NULL AS b, NULL AS _bsync"
	" FROM (SELECT nr, stand = 'getekend' AS is_signed, 'plan ' || coalesce(a, '-') || ',' || coalesce(b, '-') AS line"
	" FROM r_plan UNION ALL SELECT d.nr, coalesce(p.stand = 'getekend', 0), 'doel ' || coalesce(d.a, '-') ||"
	" iif(p.stand = 'getekend', '', ' of ' || coalesce(p.a, '-')) FROM r_doel d LEFT JOIN r_plan p ON p.id = d.plan)"
	" GROUP BY 1)";

/* Keys of 16 bytes: 'p' the plan, 'q' the other, 'd' the goal, 'n' one that an act makes. */
static void key(const struct small_case *c, char kind, uint32_t act, char out[KEY_SIZE])
{
	snprintf(out, KEY_SIZE, "CAST('%c%u%014u' AS BLOB)", kind, act, case_key(c, 0));
}

static void scope_of(const struct small_case *c, char out[SCOPE_SIZE])
{
	snprintf(out, SCOPE_SIZE, "F%u", c->number % SCOPES);
}

void signing_start_sql(const struct small_case *c, char out[SQL_MAX])
{
	char plan[KEY_SIZE], other[KEY_SIZE], goal[KEY_SIZE], scope[SCOPE_SIZE];
	uint32_t nr = case_key(c, 0);

	scope_of(c, scope);
	key(c, 'p', 0, plan);
	key(c, 'q', 0, other);
	key(c, 'd', 0, goal);
	snprintf(out, SQL_MAX,
		 "INSERT INTO kring VALUES ('%s') ON CONFLICT DO NOTHING;"
		 "INSERT INTO r_plan (id, nr, kring, a, stand) VALUES (%s, %u, '%s', 'w%07uq', 'concept');"
		 "INSERT INTO r_plan (id, nr, kring, a, stand) VALUES (%s, %u, '%s', 'ander', 'concept');"
		 "INSERT INTO r_doel (id, nr, kring, plan, a) VALUES (%s, %u, '%s', %s, 'w%07uq');",
		 scope, plan, nr, scope, case_word(c, STARTED, 0, 0), other, nr, scope, goal, nr, scope, plan,
		 case_word(c, STARTED, 1, 0));
}

void signing_sql(const struct small_case *c, uint32_t act, char out[SQL_MAX])
{
	char plan[KEY_SIZE], other[KEY_SIZE], goal[KEY_SIZE], made[KEY_SIZE], scope[SCOPE_SIZE];
	enum act what = c->acts[act];

	scope_of(c, scope);
	key(c, 'p', 0, plan);
	key(c, 'q', 0, other);
	key(c, 'd', 0, goal);
	key(c, 'n', act, made);
	if (what == SET_A || what == SET_B)
		snprintf(out, SQL_MAX, "UPDATE r_plan SET %c = 'w%07uq' WHERE id = %s;", what == SET_A ? 'a' : 'b',
			 case_word(c, act, 0, what == SET_B), plan);
	else if (what == SIGN)
		snprintf(out, SQL_MAX, "UPDATE r_plan SET stand = 'getekend' WHERE id = %s;", plan);
	else if (what == DELETE)
		snprintf(out, SQL_MAX, "DELETE FROM r_plan WHERE id = %s;", plan);
	else if (what == GOAL_NEW)
		snprintf(out, SQL_MAX,
			 "INSERT INTO r_doel (id, nr, kring, plan, a) VALUES (%s, %u, '%s', %s, 'w%07uq');", made,
			 case_key(c, 0), scope, plan, case_word(c, act, 1, 1));
	else if (what == GOAL_SET)
		snprintf(out, SQL_MAX, "UPDATE r_doel SET a = 'w%07uq' WHERE id = %s;", case_word(c, act, 1, 0), goal);
	else if (what == GOAL_MOVE)
		snprintf(out, SQL_MAX, "UPDATE r_doel SET plan = %s WHERE id = %s;", other, goal);
	else
		snprintf(out, SQL_MAX, "DELETE FROM r_doel WHERE id = %s;", goal);
}

static bool has(const struct small_case *c, enum act act)
{
	for (uint32_t k = 0; k < c->count; k++)
		if (c->acts[k] == act)
			return true;
	return false;
}

bool signing_is_twice(const struct small_case *c)
{
	int signer = -1;

	for (uint32_t k = 0; k < c->count; k++) {
		if (c->acts[k] != SIGN)
			continue;
		if (signer >= 0 && signer != c->devices[k])
			return true;
		signer = c->devices[k];
	}
	return false;
}

/* The last act of that kind among those; -1: none.  Later acts have higher stamps. */
static int last(const struct small_case *c, uint8_t known, enum act act)
{
	int found = -1;

	for (uint32_t k = 0; k < c->count; k++)
		if ((known >> k & 1) != 0 && c->acts[k] == act)
			found = (int)k;
	return found;
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool signing_oracle(const struct small_case *c, const struct sight *sight, char out[ROW_TEXT_SIZE])
{
	char lines[ACTS_MAX + 1][16];
	char b[12] = "-";
	uint32_t count = 0, signer = 0;
	uint8_t known = 0;

	out[0] = '\0';
	/* A plan that somebody deleted and others sign is there or not as its deletes and edits have it. */
	if (has(c, DELETE) || signing_is_twice(c))
		return false;
	if (!has(c, SIGN))
		return true;
	while (c->acts[signer] != SIGN)
		signer++;
	known = sight->pulled[signer];
	for (uint32_t k = 0; k < signer; k++)
		if (c->devices[k] == c->devices[signer])
			known |= (uint8_t)(1u << k);
	int word = last(c, known, SET_A), goal = last(c, known, GOAL_SET);
	int note = last(c, UINT8_MAX, SET_B);
	/* Of a goal that was deleted and edited the documents say much. */
	if (last(c, known, GOAL_DELETE) >= 0 && (goal >= 0 || last(c, known, GOAL_MOVE) >= 0))
		return false;
	if (note >= 0)
		snprintf(b, sizeof b, "w%07uq", case_word(c, (uint32_t)note, 0, 1));
	if (last(c, known, GOAL_DELETE) < 0 && last(c, known, GOAL_MOVE) < 0)
		snprintf(lines[count++], sizeof lines[0], "doel w%07uq",
			 case_word(c, goal < 0 ? STARTED : (uint32_t)goal, 1, 0));
	for (uint32_t k = 0; k < c->count; k++)
		if ((known >> k & 1) != 0 && c->acts[k] == GOAL_NEW)
			snprintf(lines[count++], sizeof lines[0], "doel w%07uq", case_word(c, k, 1, 1));
	qsort(lines, count, sizeof lines[0], line_compare);
	size_t at = (size_t)snprintf(out, ROW_TEXT_SIZE, "S1|");
	for (uint32_t i = 0; i < count; i++)
		at += (size_t)snprintf(out + at, ROW_TEXT_SIZE - at, "%s ", lines[i]);
	snprintf(out + at, ROW_TEXT_SIZE - at, "plan w%07uq,%s|NULL",
		 case_word(c, word < 0 ? STARTED : (uint32_t)word, 0, 0), b);
	return true;
}
