/* run.h: run the files of a schema, statement by statement, under the authorizer.
 *
 * Allowed are statements that make or extend tables, indexes and views, and rows of the registry's tables;
 * refused are transactions, ATTACH, PRAGMA, triggers, virtual and temporary tables, removal of tables, rows
 * of other tables, and functions whose answer differs between two runs. */
#ifndef BSYNC_CORE_SCHEMA_RUN_H
#define BSYNC_CORE_SCHEMA_RUN_H

#include "core/schema/compile.h"
#include "core/sqlite/db.h"

/* The registry's tables. */
enum bsync_registry {
	BSYNC_REGISTRY_SCHEMA,
	BSYNC_REGISTRY_TABLE,
	BSYNC_REGISTRY_COLUMN,
	BSYNC_REGISTRY_CIRCLE,
	BSYNC_REGISTRY_DEP,
	BSYNC_REGISTRY_FACE,
	BSYNC_REGISTRY_DIRECTORY,
	BSYNC_REGISTRY_FREEZE,
	BSYNC_REGISTRY_FREEZE_CHILD,
	BSYNC_REGISTRY_UNIQUE,
	BSYNC_REGISTRY_REFERENCE,
	BSYNC_REGISTRY_HANDOVER,
	BSYNC_REGISTRY_COUNT,
};

/* Borrows the name of a registry table. */
const char *bsync_registry_name(enum bsync_registry registry);

/* True for the registry's tables ("sync_column"). */
bool bsync_registry_has(const char *table);

/* Runs the registry's own files that `db` has not had; works inside the caller's transaction. */
BSYNC_CHECKED enum bsync_result bsync_registry_install(struct bsync_db *db);

/* What stopped a run: the file, the offset in it and why. */
struct bsync_schema_stop {
	size_t file;
	size_t offset;
	char text[512];
};

/* Called after each statement with its text, which borrows from the source. */
typedef enum bsync_result bsync_schema_ran(void *context, size_t file, struct bsync_bytes statement);

/* Runs the files numbered above `from_version`.  Takes over the authorizer and progress handler of the
 * connection and leaves it without.  BSYNC_SCHEMA with `stop` filled when a file is at fault; `ran` may be NULL. */
BSYNC_CHECKED enum bsync_result bsync_schema_run(struct bsync_db *db, const struct bsync_schema_source *source,
						 uint32_t from_version, bsync_schema_ran *ran, void *context,
						 struct bsync_schema_stop *stop);

#endif
