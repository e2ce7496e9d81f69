/* schema.h: the schema inside the device's file: its files, its dictionary, its tables and capture triggers.
 *
 * How a schema is compiled and installed: core/schema/. */
#ifndef BSYNC_CLIENT_STORE_SCHEMA_H
#define BSYNC_CLIENT_STORE_SCHEMA_H

#include "client-sdk/store/file.h"

/* Turns the files of a SCHEMA message into what core/schema compiles; arrays and names live in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_schema_source_of(const struct bsync_schema_files *files,
						       struct bsync_arena *arena, struct bsync_schema_source *source);

/* Makes or extends the tables, makes the capture triggers anew and keeps the files, in the caller's transaction.
 * `schema` is what `source` compiles to. */
BSYNC_CHECKED enum bsync_result bsync_schema_adopt(struct bsync_file *file, const struct bsync_schema_source *source,
						   const struct bsync_schema *schema, uint32_t from_version);

#endif
