/* embedded.h: the SQL files of schema/, as they were when the program was built.
 *
 * The build copies this header to generated/embedded.h and makes the arrays from
 * schema/server/?*.sql, schema/client/?*.sql and schema/registry/?*.sql, in the order of their names. */
#ifndef BSYNC_GENERATED_EMBEDDED_H
#define BSYNC_GENERATED_EMBEDDED_H

#include <stddef.h>

/* One file: its name without folder, its text ended by a NUL, and its size without that NUL. */
struct bsync_embedded_sql {
	const char *name;
	const char *sql;
	size_t size;
};

/* The migrations of the server's store. */
extern const struct bsync_embedded_sql bsync_embedded_server[];
/* How many entries bsync_embedded_server has. */
extern const size_t bsync_embedded_server_count;

/* The migrations of a device's store. */
extern const struct bsync_embedded_sql bsync_embedded_client[];
/* How many entries bsync_embedded_client has. */
extern const size_t bsync_embedded_client_count;

/* The tables of the schema registry. */
extern const struct bsync_embedded_sql bsync_embedded_registry[];
/* How many entries bsync_embedded_registry has. */
extern const size_t bsync_embedded_registry_count;

#endif
