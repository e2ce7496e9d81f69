/* reference.h: rows that name a row which somebody deleted without knowing of them.
 *
 * Such a row stands, and says so in an item.  Rules: PROTOCOL 7.12. */
#ifndef BSYNC_DAEMON_STORE_REFERENCE_H
#define BSYNC_DAEMON_STORE_REFERENCE_H

#include "daemon/store/change.h"

/* A row to look at when all changes of the act are done. */
struct bsync_named {
	struct bsync_table_sql *sql;
	struct bsync_value *key;
	bool came_or_went; /* rows that name it are looked at too */
};

/* Notes a row that came, live, or went. */
BSYNC_CHECKED enum bsync_result bsync_reference_note_row(struct bsync_act *act, const struct bsync_row *row);
/* Notes a row where the act wrote what it names. */
BSYNC_CHECKED enum bsync_result bsync_reference_note_change(struct bsync_act *act, const struct bsync_row *row);
/* Notes a row that nobody has had, where it may name one that was deleted. */
BSYNC_CHECKED enum bsync_result bsync_reference_note_new(struct bsync_act *act, const struct bsync_plan *plan);
/* Makes and closes the items of the rows that were noted. */
BSYNC_CHECKED enum bsync_result bsync_reference_settle(struct bsync_act *act);

#endif
