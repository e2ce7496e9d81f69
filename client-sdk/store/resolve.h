/* resolve.h: a conflict being resolved, and the standing versions a device knows of a cell. */
#ifndef BSYNC_CLIENT_STORE_RESOLVE_H
#define BSYNC_CLIENT_STORE_RESOLVE_H

#include "client-sdk/store/file.h"

/* The cell, and the versions that the write of the running transaction names. */
struct bsync_resolve {
	uint32_t table_no;
	struct bsync_bytes key; /* packed */
	uint32_t column_no;
	uint32_t dot_count;
	struct bsync_dot *dots;
};

bool bsync_resolve_is(const struct bsync_resolve *resolve, uint32_t table_no, struct bsync_bytes key,
		      uint32_t column_no);
/* Takes the versions out of the inbox until a pull or a refusal says otherwise. */
BSYNC_CHECKED enum bsync_result bsync_resolve_mark(struct bsync_file *file, const struct bsync_resolve *resolve);
/* Reads a dot from three columns of the standing row; false when they hold none. */
bool bsync_variant_dot(struct sqlite3_stmt *statement, int column, struct bsync_dot *dot);

#endif
