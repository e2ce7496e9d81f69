/* pull_row.h: one entry of a feed as the row that travels. */
#ifndef BSYNC_DAEMON_STORE_PULL_ROW_H
#define BSYNC_DAEMON_STORE_PULL_ROW_H

#include "daemon/store/row.h"
#include "daemon/store/view_internal.h"

/* The changeset of the requester's line that was asked for last: rows of one follow each other in the feed. */
struct bsync_pull_own {
	uint64_t seq;  /* 0 none */
	bool is_shown; /* it stands on the requester's screen as it stands here */
};

/* For whom, and from where. */
struct bsync_pull_aim {
	struct bsync_view *view;
	uint64_t scope_no;
	uint64_t start;    /* the device shows the scope as it was here */
	uint32_t own_line; /* the requester's line; UINT32_MAX none */
	uint64_t own_seq;  /* it has its own writes up to here */
	bool has_own_rows; /* it was never told to drop the scope: rows it made itself are still there */
	struct bsync_pull_own *own;
};

/* A feed entry; `ref` borrowed. */
struct bsync_feed_entry {
	uint64_t counter;
	uint32_t table_no, face_no;
	struct bsync_value ref;
	int64_t kind;
};

/* Fills `row` from `arena`; `*is_sent` is false when the device has all of it. */
BSYNC_CHECKED enum bsync_result bsync_pull_row(const struct bsync_pull_aim *aim, const struct bsync_feed_entry *entry,
					       struct bsync_arena *arena, struct bsync_pulled_row *row, bool *is_sent);

#endif
