/* set_aside.h: changesets that could not be applied: quarantined, or waiting for a scope or for one before them. */
#ifndef BSYNC_DAEMON_STORE_SET_ASIDE_H
#define BSYNC_DAEMON_STORE_SET_ASIDE_H

#include "daemon/store/writer.h"

/* A changeset with what is needed to try it, now or later. */
struct bsync_attempt {
	uint32_t line;
	uint64_t seq;
	int64_t stamp_ms;
	struct bsync_position confirmed; /* the device's cursor: cuts its bases */
	int64_t now_ms;
	struct bsync_changeset *set; /* NULL when it does not decode */
	struct bsync_bytes plain;
	enum bsync_verdict verdict;     /* out */
	uint64_t counter;               /* out: its position; 0 when set aside */
	uint64_t behind;                /* out: the seq it waits behind, 0 none */
	char reason[BSYNC_REASON_SIZE]; /* out */
};

/* apply.c: tries one changeset as an act of its own.  QUARANTINED and UNPLACED leave only set-aside rows behind. */
BSYNC_CHECKED enum bsync_result bsync_apply_attempt(struct bsync_store *store, struct bsync_attempt *attempt,
						    bool is_retry);

/* The newest earlier set-aside changeset of the line that touches a row of this one; `*seq` 0: none. */
BSYNC_CHECKED enum bsync_result bsync_aside_before(struct bsync_store *store, const struct bsync_attempt *attempt,
						   uint64_t *seq, enum bsync_verdict *kind);

/* Keeps it, with the rows it touches and the scopes it waits for. */
BSYNC_CHECKED enum bsync_result bsync_aside_keep(struct bsync_store *store, const struct bsync_attempt *attempt,
						 struct bsync_scope *const *unknown, uint32_t unknown_count,
						 bool is_retry);

/* Tries one again, and when it is applied those that wait behind it; its receipt follows. */
BSYNC_CHECKED enum bsync_result bsync_aside_retry(struct bsync_store *store, uint32_t line, uint64_t seq,
						  int64_t now_ms, enum bsync_verdict *verdict);

/* Leaves it set aside, with `attempt->reason`, so that nothing waits behind it and it waits for nothing. */
BSYNC_CHECKED enum bsync_result bsync_aside_give_up(struct bsync_store *store, const struct bsync_attempt *attempt,
						    int64_t now_ms);

/* Tries those that wait for the scopes in the store's retry list, until none is left in it. */
BSYNC_CHECKED enum bsync_result bsync_aside_retry_scopes(struct bsync_store *store, int64_t now_ms);

#endif
