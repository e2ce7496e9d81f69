/* migrate.h: bring a database of ours to the version of the program, forward only.
 *
 * What ran is recorded in the table bsync_migration(series, name) of the database itself. */
#ifndef BSYNC_CORE_SQLITE_MIGRATE_H
#define BSYNC_CORE_SQLITE_MIGRATE_H

#include "core/sqlite/db.h"
#include "generated/embedded.h"

/* Runs those of the `count` files (ascending names such as "0001_initial.sql") that `db` has not had, each
 * in a transaction of its own with its record; `series` names the list, so that one database can have
 * several ("server", "registry").
 *
 * Fails with BSYNC_NEWER_SCHEMA when the database had a file that is not in the list, and then changes
 * nothing; else with the result of the statement that failed (bsync_db_error has its text). */
BSYNC_CHECKED enum bsync_result bsync_migrate(struct bsync_db *db, const char *series,
					      const struct bsync_embedded_sql *files, size_t count);

/* The same inside the caller's transaction, which holds the write lock: all of it is undone with that. */
BSYNC_CHECKED enum bsync_result bsync_migrate_within(struct bsync_db *db, const char *series,
						     const struct bsync_embedded_sql *files, size_t count);

#endif
