/* ledger.h: what users were told is saved, kept outside the system under test. */
#ifndef BSYNC_TESTS_SIM_LEDGER_H
#define BSYNC_TESTS_SIM_LEDGER_H

#include "tests/sim/world.h"

enum { LEDGER_WORD_SIZE = 24 };

/* What one statement wrote that must be found again: a word of its own, an amount added to a counter. */
struct ledger_entry {
	char word[LEDGER_WORD_SIZE];
	int64_t delta;
};

/* Makes a word that occurs nowhere else; `kind` is its first letter. */
void ledger_word(struct world *world, struct ledger_entry *entry, char kind);
/* The transaction has been committed. */
void ledger_commit(struct world *world, const struct ledger_entry *entry);

#endif
