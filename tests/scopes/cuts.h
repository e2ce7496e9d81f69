/* cuts.h: a small sync, cut at every byte. */
#ifndef BSYNC_TESTS_SCOPES_CUTS_H
#define BSYNC_TESTS_SCOPES_CUTS_H

#include <stdbool.h>

/* A hand-in of two changesets and a pull of a few rows, one of them in conflict, cut at every byte in each
 * direction; then the device connects again and all must be as if nothing had happened. False, with a line on
 * stdout, when it is not. */
bool cuts_run(void);

#endif
