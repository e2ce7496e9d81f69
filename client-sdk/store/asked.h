/* asked.h: what this device has asked the server, of rows and of changesets that were set aside, and the answers. */
#ifndef BSYNC_CLIENT_STORE_ASKED_H
#define BSYNC_CLIENT_STORE_ASKED_H

#include "client-sdk/store/pull.h"

/* The newest answer about a row. */
struct bsync_answer {
	int64_t answered_ms; /* server time; 0: there is none */
	bool is_over;        /* a pull has changed the row since */
	struct bsync_history history;
};
/* Reads it into `arena`. */
BSYNC_CHECKED enum bsync_result bsync_asked_read(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						 struct bsync_arena *arena, struct bsync_answer *answer);

/* A pull changes the row. */
BSYNC_CHECKED enum bsync_result bsync_asked_over(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key);
/* A row or a scope leaves the device: every answer is forgotten. */
BSYNC_CHECKED enum bsync_result bsync_asked_forget(struct bsync_file *file);

/* The receipt of changeset `seq` is here: `*was_asked` when the server was asked of it.  The question is forgotten, one that
 * gives it up only when `is_settled`: it is applied or given up. */
BSYNC_CHECKED enum bsync_result bsync_retry_take(struct bsync_file *file, uint64_t seq, bool is_settled,
						 bool *was_asked);

#endif
