/* cases.h: every small history: two or three acts on two rows of two cells, by rule, by who does which, and what each
 * is in SQL. */
#ifndef BSYNC_TESTS_SCOPES_CASES_H
#define BSYNC_TESTS_SCOPES_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule { LWW, KEEP, FIRST, SERVER, MAX, MIN, COUNTER, SET, LOG, TEXT, WIN, ROLE, ORDER, FREEZE, RULES };

enum act {
	/* On rows that everybody has, or has not any more. */
	SET_A,
	SET_B,
	NULL_A,
	DELETE,
	ANEW,    /* delete and insert, one transaction */
	ANEW_2,  /* the same, two transactions */
	REPLACE, /* INSERT OR REPLACE */
	MOVE,    /* to the other scope */
	RENAME,  /* the first row gets the key of the second */
	BOTH,    /* cell a of both rows, one transaction */
	SET_OTHER,
	DELETE_OTHER,
	/* On rows that nobody has. */
	INSERT,
	INSERT_A,     /* cell b stays unwritten */
	INSERT_THERE, /* in the other scope */
	/* On a plan with goals, beside SET_A, SET_B and DELETE of the plan (signing.h). */
	SIGN,
	GOAL_NEW,
	GOAL_SET,
	GOAL_DELETE,
	GOAL_MOVE, /* to another plan */
	ACTS
};

enum { ACTS_MAX = 3, STEPS_MAX = 2, WORDS_PER_CASE = 16, STARTED = 3, SQL_MAX = 900, CASES_MAX = 60000 };

struct small_case {
	uint32_t number;
	enum rule rule;
	bool has_rows; /* everybody has both rows, with cell a filled */
	uint8_t count;
	uint8_t devices[ACTS_MAX]; /* who does each */
	enum act acts[ACTS_MAX];
};

/* All of them, the same in every run; `is_wide`: with more acts in the triples. */
const struct small_case *cases_all(bool is_wide, uint32_t *count);

extern const char *const rule_tables[RULES];
extern const char *const act_names[ACTS];

/* What tells one write from all others; `act` STARTED: what the rows held at first. */
uint32_t case_word(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell);
/* The word that `text` starts with, in any of its shapes; false when it is none. */
bool word_of_text(const char *text, size_t size, uint32_t *word);
bool word_of_integer(int64_t value, uint32_t *word);
/* How high the write of an act is beside the others, for `max` and `min`: 0 to 3, by case. */
uint32_t case_rank(const struct small_case *c, uint32_t act);
/* The value that an insert or update gives to `max` and `min`, and what it adds to a counter. */
int64_t case_integer(const struct small_case *c, uint32_t act, uint32_t row, uint32_t cell);

/* The state that an act writes in a column of rule `order`. */
const char *case_state(const struct small_case *c, uint32_t act);

/* The key column of a row. */
uint32_t case_key(const struct small_case *c, uint32_t row);
/* The statements that make the rows at first. */
void case_start_sql(const struct small_case *c, char out[SQL_MAX]);
/* The statements of a step of an act, each step a transaction; false when there is no such step. */
bool case_sql(const struct small_case *c, uint32_t act, uint32_t step, char out[SQL_MAX]);

#endif
