/* problem.h: failures as the application sees them: from a result inside to a code and one sentence.
 *
 * A text says what failed, why, and what to do. */
#ifndef BSYNC_CLIENT_PROBLEM_H
#define BSYNC_CLIENT_PROBLEM_H

#include "client-sdk/include/buurtsync.h"
#include "core/result.h"

/* Fills `error`, which may be NULL, and returns `code`. */
int bsync_problem(struct bsync_error *error, int code, int system_code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The code of a result; 0 for BSYNC_OK. */
int bsync_problem_code(enum bsync_result result);

/* Fills `error` with "what: why; what to do" and returns the code of `result`, which is not BSYNC_OK.  `why` may be
 * NULL or empty: then the text of the result stands there. */
int bsync_problem_of(struct bsync_error *error, enum bsync_result result, const char *what, const char *why);

/* What a person can do about `code`; static. */
const char *bsync_problem_advice(int code);

#endif
