#include "tests/scopes/oracle.h"

#include <stdio.h>
#include <string.h>

#include "tests/scopes/signing.h"

enum { WRITES_MAX = ACTS_MAX + 1, ELEMENT_X = 4, ELEMENTS = 5, SCOPE_CELL = 2, VALUE_SIZE = 16 };

/* One write of a cell.  `act` STARTED: the insert that everybody had. */
struct write {
	uint32_t act;
	uint8_t device, knows; /* the acts its author had pulled or done before: a bit each */
	bool is_null, is_named;
	uint8_t removes; /* writes it removes when it names them: a bit for each place in the list */
	uint8_t adds_set, removes_set;
	int64_t integer;       /* max, min: the value; counter: the delta */
	char text[VALUE_SIZE]; /* lww, keep, first */
};

struct cell {
	enum rule rule;
	uint32_t count;
	struct write writes[WRITES_MAX];
};

static bool knows(const struct write *write, const struct write *other)
{
	return other->act == STARTED || (write->act != STARTED && (write->knows >> other->act & 1) != 0);
}

/* Whether write `i` is among those that `mask` shows, and no other among them removes it. */
static bool stands(const struct cell *cell, uint8_t mask, uint32_t i)
{
	const struct write *w = &cell->writes[i];

	if (w->act != STARTED && (mask >> w->act & 1) == 0)
		return false;
	for (uint32_t k = i + 1; k < cell->count; k++) {
		const struct write *v = &cell->writes[k];
		bool is_own = w->act != STARTED && v->device == w->device;

		if ((mask >> v->act & 1) == 0)
			continue;
		if (is_own || (v->is_named ? (v->removes >> i & 1) != 0 : knows(v, w)))
			return false;
	}
	return true;
}

/* The role of device 1's worker is above that of the others. */
static bool has_higher_role(const struct write *write)
{
	return write->act != STARTED && write->device == WORLD_BOSS;
}

/* The place of the write that a cell of `lww`, `keep` or `role` shows; -1: nobody has written. */
static int shown(const struct cell *cell, uint8_t mask)
{
	int best = -1;

	/* Later acts have higher stamps. */
	for (uint32_t i = 0; i < cell->count; i++) {
		if (!stands(cell, mask, i))
			continue;
		if (best >= 0 && cell->rule == ROLE && has_higher_role(&cell->writes[best]) &&
		    !has_higher_role(&cell->writes[i]))
			continue;
		best = (int)i;
	}
	return best;
}

static bool is_same(const struct write *a, const struct write *b)
{
	return a->is_null == b->is_null && (a->is_null || strcmp(a->text, b->text) == 0);
}

static bool is_conflict(const struct cell *cell, uint8_t mask)
{
	int best = shown(cell, mask);

	for (uint32_t i = 0; best >= 0 && i < cell->count; i++)
		if (stands(cell, mask, i) && !is_same(&cell->writes[i], &cell->writes[best]))
			return true;
	return false;
}

/* The elements of a set among the writes that `mask` shows. */
static uint8_t elements(const struct cell *cell, uint8_t mask)
{
	uint8_t all = 0;

	for (uint32_t i = 0; i < cell->count; i++) {
		const struct write *w = &cell->writes[i];
		uint8_t left = w->adds_set;

		if (w->act != STARTED && (mask >> w->act & 1) == 0)
			continue;
		for (uint32_t k = i + 1; k < cell->count; k++) {
			const struct write *v = &cell->writes[k];

			if ((mask >> v->act & 1) != 0 && (knows(v, w) || v->device == w->device))
				left &= (uint8_t)~v->removes_set;
		}
		all |= left;
	}
	return all;
}

static int64_t sum(const struct cell *cell, uint8_t mask)
{
	int64_t total = 0;

	for (uint32_t i = 0; i < cell->count; i++)
		if (cell->writes[i].act == STARTED || (mask >> cell->writes[i].act & 1) != 0)
			total += cell->writes[i].integer;
	return total;
}

/* --- What each act writes --- */

static void value_make(const struct small_case *c, uint32_t row, uint32_t which, struct write *write)
{
	if (c->rule == SET)
		write->adds_set = (uint8_t)(1u << write->act);
	else if (c->rule == MAX || c->rule == MIN || c->rule == COUNTER)
		write->integer = case_integer(c, write->act, row, which);
	else if (c->rule == ORDER)
		snprintf(write->text, VALUE_SIZE, "%s", case_state(c, write->act));
	else
		snprintf(write->text, VALUE_SIZE, "w%07uq", case_word(c, write->act, row, which));
}

/* A person may have to choose.  Two texts of one word each never merge. */
static bool asks(enum rule rule)
{
	return rule == KEEP || rule == TEXT;
}

/* A write of NULL; false when there is nothing to clear. */
static bool null_make(const struct cell *cell, struct write *write)
{
	int before = shown(cell, write->knows);

	write->is_null = true;
	if (cell->rule == SET)
		write->removes_set = elements(cell, write->knows);
	else if (cell->rule == COUNTER)
		write->integer = -sum(cell, write->knows);
	else if (cell->rule == LWW || cell->rule == ROLE || asks(cell->rule))
		return before >= 0 && !cell->writes[before].is_null;
	return true;
}

/* What is pulled of a conflict an ordinary edit names only in part: what was shown. */
static void names_make(const struct cell *cell, uint8_t pulled, struct write *write)
{
	if (!asks(cell->rule) || !is_conflict(cell, pulled))
		return;
	write->is_named = true;
	write->removes = (uint8_t)(1u << shown(cell, pulled));
}

static bool touches(enum act act, uint32_t row, uint32_t which)
{
	switch (act) {
	case SET_A:
	case NULL_A:
	case INSERT_A:
	case INSERT_THERE:
		return row == 0 && (which == 0 || (act != SET_A && act != NULL_A && which == SCOPE_CELL));
	case SET_B:
		return row == 0 && which == 1;
	case INSERT:
		return row == 0;
	case MOVE:
		return row == 0 && which == SCOPE_CELL;
	case BOTH:
		return which == 0;
	case SET_OTHER:
		return row == 1 && which == 0;
	default:
		return false;
	}
}

static bool is_insert(enum act act)
{
	return act == INSERT || act == INSERT_A || act == INSERT_THERE;
}

/* Whether the row is there for the author of act `k`. */
static bool has_row(const struct small_case *c, uint8_t known, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if ((known >> i & 1) != 0 && is_insert(c->acts[i]))
			return true;
	return c->has_rows;
}

static bool write_make(const struct small_case *c, const struct cell *cell, uint32_t row, uint32_t which,
		       struct write *write)
{
	enum act act = c->acts[write->act];
	int before = shown(cell, write->knows);

	if (!touches(act, row, which) || has_row(c, write->knows, write->act) == is_insert(act))
		return false;
	if (which == SCOPE_CELL && act == MOVE)
		snprintf(write->text, VALUE_SIZE, "S%d",
			 before >= 0 && strcmp(cell->writes[before].text, "S1") == 0 ? 2 : 1);
	else if (which == SCOPE_CELL)
		snprintf(write->text, VALUE_SIZE, act == INSERT_THERE ? "S2" : "S1");
	else if (act == NULL_A)
		return null_make(cell, write);
	else
		value_make(c, row, which, write);
	if (cell->rule == SET && !is_insert(act))
		write->adds_set |= (uint8_t)(1u << ELEMENT_X & ~(uint32_t)elements(cell, write->knows));
	return true;
}

static void cell_make(const struct small_case *c, const struct sight *sight, uint32_t row, uint32_t which,
		      struct cell *cell)
{
	*cell = (struct cell){.rule = which == SCOPE_CELL ? (c->rule == LOG ? FIRST : LWW)
				      : c->rule == WIN    ? LWW
							  : c->rule};
	if (c->has_rows && which != 1 && cell->rule != SERVER) {
		struct write *write = &cell->writes[cell->count++];

		write->act = STARTED;
		if (which == SCOPE_CELL)
			snprintf(write->text, VALUE_SIZE, "S1");
		else
			value_make(c, row, which, write);
	}
	for (uint32_t k = 0; k < c->count; k++) {
		struct write write = {.act = k, .device = c->devices[k], .knows = sight->pulled[k]};

		for (uint32_t i = 0; i < k; i++)
			if (c->devices[i] == c->devices[k])
				write.knows |= (uint8_t)(1u << i);
		if (!write_make(c, cell, row, which, &write))
			continue;
		/* PROTOCOL 7.3: "Tables that are append-only take inserts; an update or delete of them is `refused`." */
		if (c->rule == LOG && !is_insert(c->acts[k]))
			continue;
		if (c->rule == SERVER && which != SCOPE_CELL)
			continue;
		names_make(cell, sight->pulled[k], &write);
		cell->writes[cell->count++] = write;
	}
}

/* --- What is shown --- */

static size_t put_set(const struct small_case *c, uint32_t row, uint32_t which, uint8_t set, char *out, size_t size)
{
	/* In the order of their words: the first act's is the least, what was there at first the greatest. */
	size_t at = (size_t)snprintf(out, size, "[");

	for (uint32_t i = 0; i < ELEMENTS; i++) {
		if ((set >> i & 1) == 0)
			continue;
		at += (size_t)snprintf(out + at, size - at, at > 1 ? "," : "");
		if (i == ELEMENT_X)
			at += (size_t)snprintf(out + at, size - at, "\"x\"");
		else
			at += (size_t)snprintf(out + at, size - at, "\"w%07uq\"", case_word(c, i, row, which));
	}
	return at + (size_t)snprintf(out + at, size - at, "]");
}

static size_t put_bound(const struct cell *cell, char *out, size_t size)
{
	const struct write *best = NULL;

	for (uint32_t i = 0; i < cell->count; i++) {
		const struct write *write = &cell->writes[i];

		if (write->is_null)
			continue;
		if (best == NULL ||
		    (cell->rule == MAX ? write->integer > best->integer : write->integer < best->integer))
			best = write;
	}
	return (size_t)(best == NULL ? snprintf(out, size, "NULL")
				     : snprintf(out, size, "%lld", (long long)best->integer));
}

/* Of `bezig` and `wacht` together comes `klaar`. */
static size_t put_state(const struct cell *cell, char *out, size_t size)
{
	const char *state = "open";

	for (uint32_t i = 0; i < cell->count; i++) {
		const char *next = cell->writes[i].text;

		if (strcmp(state, "open") == 0)
			state = next;
		else if (strcmp(next, "open") != 0 && strcmp(next, state) != 0)
			state = "klaar";
	}
	return (size_t)snprintf(out, size, "%s", state);
}

/* Somebody can make a row again that was deleted. */
static bool may_be_anew(const struct small_case *c)
{
	for (uint32_t k = 0; k < c->count; k++) {
		enum act act = c->acts[k];

		if (is_insert(act) || act == ANEW || act == ANEW_2 || act == REPLACE || act == RENAME)
			return true;
	}
	return false;
}

/* Whether a delete takes the row. */
static bool is_won(const struct small_case *c, const struct sight *sight, uint32_t row)
{
	for (uint32_t k = 0; k < c->count; k++) {
		uint8_t known = sight->pulled[k];

		for (uint32_t i = 0; i < k; i++)
			if (c->devices[i] == c->devices[k])
				known |= (uint8_t)(1u << i);
		if (c->rule == WIN && c->acts[k] == (row == 0 ? DELETE : DELETE_OTHER) && has_row(c, known, k))
			return true;
	}
	return false;
}

static size_t put_cell(const struct small_case *c, const struct cell *cell, uint32_t row, uint32_t which, char *out,
		       size_t size)
{
	const uint8_t everything = (1u << ACTS_MAX) - 1;
	int best = cell->rule == FIRST || cell->rule == LOG ? (cell->count > 0 ? 0 : -1) : shown(cell, everything);

	if (cell->count == 0)
		return (size_t)snprintf(out, size, "NULL");
	if (cell->rule == SET)
		return put_set(c, row, which, elements(cell, everything), out, size);
	if (cell->rule == COUNTER)
		return (size_t)snprintf(out, size, "%lld", (long long)sum(cell, everything));
	if (cell->rule == MAX || cell->rule == MIN)
		return put_bound(cell, out, size);
	if (cell->rule == ORDER)
		return put_state(cell, out, size);
	if (best < 0 || cell->writes[best].is_null)
		return (size_t)snprintf(out, size, "NULL");
	return (size_t)snprintf(out, size, "%s", cell->writes[best].text);
}

bool oracle_row(const struct small_case *c, const struct sight *sight, uint32_t row, char out[ROW_TEXT_SIZE])
{
	static const uint32_t columns[] = {SCOPE_CELL, 0, 1};
	size_t at = 0;
	bool is_there = c->has_rows;

	if (c->rule == FREEZE)
		return row == 0 && signing_oracle(c, sight, out);
	if (c->rule == WIN && is_won(c, sight, row)) {
		/* PROTOCOL 7.4: "a delete takes the row with every edit that had not seen it, whichever comes first" */
		out[0] = '\0';
		return !may_be_anew(c);
	}
	for (uint32_t k = 0; k < c->count; k++) {
		enum act act = c->acts[k];

		if (act == DELETE || act == ANEW || act == ANEW_2 || act == REPLACE || act == RENAME ||
		    act == DELETE_OTHER)
			return false;
		/* Of two inserts into an append-only table the first to come stays. */
		if (c->rule == LOG && row == 0 && is_insert(act) && is_there)
			return false;
		is_there = is_there || (row == 0 && is_insert(act));
	}
	out[0] = '\0';
	if (!is_there)
		return true;
	for (int i = 0; i < 3; i++) {
		struct cell cell;

		cell_make(c, sight, row, columns[i], &cell);
		at += put_cell(c, &cell, row, columns[i], out + at, ROW_TEXT_SIZE - at);
		at += (size_t)snprintf(out + at, ROW_TEXT_SIZE - at, i < 2 ? "|" : "");
	}
	return true;
}
