/* directory.h: rows that the operator's acts write in the tables the schema's directory names. */
#ifndef BSYNC_DAEMON_STORE_DIRECTORY_H
#define BSYNC_DAEMON_STORE_DIRECTORY_H

#include "daemon/store/writer.h"

/* An organisation, team or worker. */
struct bsync_person {
	uint8_t id[16];
	const char *name;
	bool has_team;
	uint8_t team[16];
	const char *role; /* may be NULL */
};

/* Inserts the row, as an act of the store; nothing where the schema has no such table.  Inside a group. */
BSYNC_CHECKED enum bsync_result bsync_directory_add(struct bsync_store *store, const char *what,
						    const struct bsync_person *person, int64_t now_ms);
/* Changes the team in the worker's row. */
BSYNC_CHECKED enum bsync_result bsync_directory_move(struct bsync_store *store, const uint8_t worker[16],
						     const uint8_t team[16], int64_t now_ms);

/* Runs one change as the store itself inside an act that is begun. */
BSYNC_CHECKED enum bsync_result bsync_directory_change(struct bsync_act *act, const struct bsync_change *change);

#endif
