/* options.h: takes `--name value`, `--name=value` and `--flag` out of a command line. */
#ifndef BSYNC_DAEMON_OPTIONS_H
#define BSYNC_DAEMON_OPTIONS_H

#include "core/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BSYNC_OPTIONS_ERROR_SIZE = 160 };

/* One option: exactly one of `value` and `flag` is set; what is not named on the command line stays as it was. */
struct bsync_option {
	const char *name; /* without dashes */
	const char **value;
	bool *flag;
};

/* Takes the options listed out of `arguments`; the others stay, in order, for a later call.
 * BSYNC_INVALID with a text when a value is missing, or one is given to a flag. */
BSYNC_CHECKED enum bsync_result bsync_options_take(int *count, const char **arguments,
						   const struct bsync_option *options, size_t option_count,
						   char error[BSYNC_OPTIONS_ERROR_SIZE]);

/* The first argument that looks like an option nobody took; NULL when there is none. */
const char *bsync_options_left(int count, const char *const *arguments);

/* "3d", "12h", "30m" or "45s"; false for anything else. */
bool bsync_options_age(const char *text, int64_t *out);

#endif
