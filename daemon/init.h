/* init.h: `buurtsyncd init`: a folder with a store, its keys, the organisation's CA and a config file, or nothing. */
#ifndef BSYNC_DAEMON_INIT_H
#define BSYNC_DAEMON_INIT_H

#include "daemon/config.h"
#include "daemon/keyring.h"

struct bsync_init_request {
	const char *folder;
	const char *schema;
	const char *name; /* of the organisation */
	struct bsync_config config;
	struct bsync_keyring_source source;
};

struct bsync_init_outcome {
	struct bsync_organisation_id organisation;
	enum bsync_keyring_kind kind;
	char error[BSYNC_KEYRING_ERROR_SIZE]; /* what, why, what to do; on failure */
};

/* All or nothing.  BSYNC_EXISTS when the folder holds anything already; BSYNC_SCHEMA (problems go to stderr). */
BSYNC_CHECKED enum bsync_result bsync_init(const struct bsync_init_request *request,
					   struct bsync_init_outcome *outcome);

#endif
