/* check.h: the parts of bsync_view_check. */
#ifndef BSYNC_DAEMON_STORE_CHECK_H
#define BSYNC_DAEMON_STORE_CHECK_H

#include "daemon/store/row.h"
#include "daemon/store/view_internal.h"

struct bsync_check {
	struct bsync_view *view;
	void (*finding)(void *context, const char *text);
	void *context;
	uint32_t count;
	uint64_t counter;         /* of the store */
	uint64_t feed_rows;       /* places in the feed that rows, graves and items account for */
	uint64_t conflicts;       /* cells in conflict that were found */
	struct bsync_arena arena; /* one row */
	sqlite3_stmt *feed_has, *conflict_has;
};

/* Reports one finding. */
void bsync_check_say(struct bsync_check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* STORAGE 4, points 1, 2, 6 and 7: rows, graves and items with their places. */
BSYNC_CHECKED enum bsync_result bsync_check_rows(struct bsync_check *check);
/* Points 3, 4 and 5: scopes, lines and receipts. */
BSYNC_CHECKED enum bsync_result bsync_check_books(struct bsync_check *check);
/* Point 8: members. */
BSYNC_CHECKED enum bsync_result bsync_check_members(struct bsync_check *check);

#endif
