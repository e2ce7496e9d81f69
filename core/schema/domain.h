/* domain.h: make the tables of a schema in a store's real database.
 *
 * Runs the same files as the compiler under the same authorizer, registry included. */
#ifndef BSYNC_CORE_SCHEMA_DOMAIN_H
#define BSYNC_CORE_SCHEMA_DOMAIN_H

#include "core/schema/compile.h"
#include "core/sqlite/db.h"

/* The column that the server's tables have beside those of the schema (STORAGE section 3). */
#define BSYNC_META_COLUMN "_bsync"

/* Runs the registry's files that `db` has not had, then the files of `source` numbered above
 * `from_version`; `with_meta_column` then gives each synced table the BLOB column "_bsync".  A table may
 * have its columns in another order than the compiled schema (a column added later stands behind "_bsync"):
 * name columns, never count them.
 *
 * All or nothing: works in a savepoint, inside the caller's transaction if there is one (where others write,
 * the caller begins one, so that the write lock is taken first).  Leaves the connection without authorizer.  The source must
 * have been compiled without errors; it is refused with BSYNC_SCHEMA where it does what a schema may not. */
BSYNC_CHECKED enum bsync_result bsync_schema_install(struct bsync_db *db, const struct bsync_schema_source *source,
						     uint32_t from_version, bool with_meta_column);

#endif
