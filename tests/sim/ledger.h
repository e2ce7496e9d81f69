/* ledger.h: what users were told is saved, kept outside the system under test, and what must follow from it. */
#ifndef BSYNC_TESTS_SIM_LEDGER_H
#define BSYNC_TESTS_SIM_LEDGER_H

#include "tests/sim/world.h"

enum { LEDGER_WORD_SIZE = 24, LEDGER_ROW_SIZE = 48 };

/* What one statement did that must be found again. */
struct ledger_entry {
	char word[LEDGER_WORD_SIZE];  /* a text of its own that it saved; empty: none */
	char row[LEDGER_ROW_SIZE];    /* the point it wrote, "L0/3" */
	char first[LEDGER_WORD_SIZE]; /* what it wrote into `eerste` */
	int64_t delta;                /* what it added to `aantal` */
	bool has_bound;
	int64_t bound;               /* what it offered to `hoogste` and `laagste` */
	bool is_removed;             /* it took the point away */
	char moved[LEDGER_ROW_SIZE]; /* and put it here */
};

/* An empty ledger: a new world. */
void ledger_begin(void);
/* Makes a word that occurs nowhere else; `kind` is its first letter. */
void ledger_word(struct ledger_entry *entry, char kind);
/* The disk that it was on is gone, and nobody else had it. */
void ledger_forget(const struct ledger_entry *entry);
/* The transaction has been committed. */
void ledger_commit(struct world *world, const struct ledger_entry *entry);

/* Calls `each` with every word saved. */
void ledger_words(void (*each)(void *context, const char *word), void *context);

/* What the points that nobody ever took away must say, and whether a value of `eerste` was offered to one of them. */
struct ledger_point {
	char row[LEDGER_ROW_SIZE];
	int64_t sum, highest, lowest;
	bool has_bound, is_removed;
};
/* The point of that name; NULL when nobody wrote it. */
const struct ledger_point *ledger_point(const char *row);
bool ledger_offered(const char *row, const char *first);

/* Part of what was written into the point waits for a person: it no longer adds up. */
void ledger_spoil(const char *row);

#endif
