/* signing.h: small histories of a plan with goals that a signature freezes (PROTOCOL 7.10): what each act is in SQL, how a
 * replica shows a case of them, and what must stand signed.
 *
 * A case begins with an open plan that has one goal, and another plan.  All rows of a case, copies too, have its number. */
#ifndef BSYNC_TESTS_SCOPES_SIGNING_H
#define BSYNC_TESTS_SCOPES_SIGNING_H

#include "tests/scopes/oracle.h"

/* nr, kring, a, b of each case: as row A all that is signed, as row B the rest, each on one line. */
extern const char signing_source[];

void signing_start_sql(const struct small_case *c, char out[SQL_MAX]);
void signing_sql(const struct small_case *c, uint32_t act, char out[SQL_MAX]);

/* As oracle_row, of row A: what the one signature was over, as its signer saw it. */
bool signing_oracle(const struct small_case *c, const struct sight *sight, char out[ROW_TEXT_SIZE]);

/* True when two devices sign, or the plan is deleted: which signature stands is a matter of the order of arrival. */
bool signing_is_twice(const struct small_case *c);

#endif
