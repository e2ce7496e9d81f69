/* oracle.h: what a row must say in the end, worked out naively from the rules (PROTOCOL 7.2, 7.3) and from who had
 * seen what. */
#ifndef BSYNC_TESTS_SCOPES_ORACLE_H
#define BSYNC_TESTS_SCOPES_ORACLE_H

#include "tests/scopes/look.h"

/* For each act the acts that its author had been shown by a pull: a bit each. */
struct sight {
	uint8_t pulled[ACTS_MAX];
};

/* True with the text that row must show; false where the oracle has no opinion (whether rows are there at all is
 * not its business). */
bool oracle_row(const struct small_case *c, const struct sight *sight, uint32_t row, char out[ROW_TEXT_SIZE]);

#endif
