/* exit.h: the exit codes of the daemon's and the operator's program; documented, so they never change. */
#ifndef BSYNC_DAEMON_EXIT_H
#define BSYNC_DAEMON_EXIT_H

#include "core/result.h"

enum bsync_exit {
	BSYNC_EXIT_DONE = 0,
	BSYNC_EXIT_FAILED = 1,
	BSYNC_EXIT_USAGE = 2,
	BSYNC_EXIT_CONFIG = 3,
	BSYNC_EXIT_STORAGE = 4,
	BSYNC_EXIT_KEY = 5,
	BSYNC_EXIT_NEWER_SCHEMA = 6,
};

/* What a failure means for the exit code. */
enum bsync_exit bsync_exit_code(enum bsync_result result);

#endif
