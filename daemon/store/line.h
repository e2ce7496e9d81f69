/* line.h: the lines of a device: which of them a push goes on with, their forks, and copies of a device that show.
 *
 * Rules: schema/PROTOCOL.md 8.7 and 8.8.  A line that is no fork is called a root here; the newest root of a device is
 * the one it goes on with, the others have been left. */
#ifndef BSYNC_DAEMON_STORE_LINE_H
#define BSYNC_DAEMON_STORE_LINE_H

#include "daemon/store/writer.h"

/* The root of a line; itself where it is no fork. */
uint32_t bsync_line_root(const struct bsync_base *base, uint32_t no);
/* The line of which the device had changeset `seq` when it worked on `no`: that, or the one that a fork left, or that it was on
 * before it was put back. */
uint32_t bsync_line_at(const struct bsync_base *base, uint32_t no, uint64_t seq);
/* The line that the device of `no` had been on when it began it; 0: none.  It had what is below `*end` of that. */
uint32_t bsync_line_before(const struct bsync_base *base, uint32_t no, uint64_t *end);
/* The hash of changeset `seq` of a line, which a fork shares with the line it leaves; zeros for the one before the
 * first of a root.  BSYNC_NOT_FOUND where the store has none. */
BSYNC_CHECKED enum bsync_result bsync_line_hash(struct bsync_base *base, uint32_t no, uint64_t seq,
						struct bsync_digest *hash);
/* Which of a root and its forks has `hash` as its changeset `seq`; `*no` 0: none. */
BSYNC_CHECKED enum bsync_result bsync_line_holding(struct bsync_base *base, uint32_t root, uint64_t seq,
						   const struct bsync_digest *hash, uint32_t *no);
/* A root by its name; all zeros when the store does not know it. */
BSYNC_CHECKED enum bsync_result bsync_line_read(struct bsync_base *base, const struct bsync_device_id *device,
						const struct bsync_line_id *line, struct bsync_line_state *state);
/* What the store has of the line that a HELLO names, or of the fork of it on which the HELLO's chain is. */
BSYNC_CHECKED enum bsync_result bsync_line_meet(struct bsync_base *base, const struct bsync_device_id *device,
						const struct bsync_hello *hello, struct bsync_line_state *state);

/* Finds among `root` and its forks the one that holds what the batch follows from; BSYNC_OUT_OF_ORDER: none does. */
BSYNC_CHECKED enum bsync_result bsync_line_find(struct bsync_store *store, const struct bsync_batch *batch,
						uint32_t root, uint32_t *no);
/* Where changeset `seq` belongs, which follows from the one before it on line `*no`: there, on a fork that the store
 * knows, or on a new one.  `*is_known`: the store has it. */
BSYNC_CHECKED enum bsync_result bsync_line_follow(struct bsync_store *store, uint64_t seq,
						  const struct bsync_digest *hash, int64_t now_ms, uint32_t *no,
						  bool *is_known);

/* Tells the operator where a HELLO shows that a copy of the device goes on with a line that was left. */
BSYNC_CHECKED enum bsync_result bsync_line_notice(struct bsync_store *store, struct bsync_writer_device *device,
						  const struct bsync_hello *hello, int64_t now_ms);
/* A root was added: where the device had one before, it was put back from an image. */
BSYNC_CHECKED enum bsync_result bsync_line_restored(struct bsync_store *store, const struct bsync_writer_device *device,
						    uint32_t no, int64_t now_ms);

#endif
