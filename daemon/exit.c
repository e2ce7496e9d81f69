#include "daemon/exit.h"

enum bsync_exit bsync_exit_code(enum bsync_result result)
{
	switch ((int)result) {
	case BSYNC_OK:
		return BSYNC_EXIT_DONE;
	case BSYNC_STORAGE:
	case BSYNC_STORAGE_FULL:
	case BSYNC_STORAGE_CORRUPT:
	case BSYNC_BUSY:
		return BSYNC_EXIT_STORAGE;
	case BSYNC_KEY:
		return BSYNC_EXIT_KEY;
	case BSYNC_NEWER_SCHEMA:
		return BSYNC_EXIT_NEWER_SCHEMA;
	default:
		return BSYNC_EXIT_FAILED;
	}
}
