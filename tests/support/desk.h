/* desk.h: takes in what devices hand in, with daemon/opening.c but without the loop, the pool and the writer's thread.
 *
 * A desk is what the openers read of a daemon, a guest what they read of a connection; nothing else of them is filled.
 * The caller makes the transactions and decides what a failure means. */
#ifndef BSYNC_TESTS_SUPPORT_DESK_H
#define BSYNC_TESTS_SUPPORT_DESK_H

#include "daemon/connection.h"
#include "daemon/opening.h"

enum { DESK_SCHEMA_FILES_MAX = 64 };

struct desk {
	struct bsync_daemon daemon;
	struct bsync_schema_text texts[DESK_SCHEMA_FILES_MAX];
};

/* A device in a conversation. */
struct desk_guest {
	struct bsync_connection connection;
	struct bsync_opener opener;
	bool has_pulled; /* the caller sets it when a pull has come to its end */
};

/* One EPOCH or PUSH on its way in. */
struct desk_task {
	struct desk_guest *guest;
	struct bsync_opening opening;
	struct bsync_arena arena; /* of the receipts */
	struct bsync_receipts receipts;
	struct bsync_buffer answer; /* they, encoded */
};

/* Learns what the store tells once and for all; `view` answers questions about lines, epochs and hashes. */
void desk_open(struct desk *desk, struct bsync_store *store, struct bsync_view *view);
void desk_close(struct desk *desk);

/* The device has said HELLO.  Borrows `public_key`. */
void desk_greet(struct desk *desk, struct desk_guest *guest, const struct bsync_device_id *id,
		const struct bsync_worker_id *worker, struct bsync_bytes public_key, const struct bsync_hello *hello,
		int64_t now_ms);
/* The conversation is over; one that was never greeted is zeroed. */
void desk_part(struct desk_guest *guest);
/* What a pull of the guest asks for: `effect` is the session's BSYNC_EFFECT_PULL. */
struct bsync_pull_request desk_pull_request(const struct desk_guest *guest, const struct bsync_hello *hello,
					    const struct bsync_effect *effect, int64_t now_ms);

/* Each opens a payload, which must stay until the task is cleared; task->opening.result is the verdict. */
void desk_open_epoch(struct desk_task *task, struct desk_guest *guest, struct bsync_bytes payload);
void desk_open_push(struct desk_task *task, struct desk_guest *guest, struct bsync_bytes payload, int64_t now_ms);
/* Each gives the verdict of the opening, or does within a transaction what was opened. */
BSYNC_CHECKED enum bsync_result desk_put_epoch(struct desk_task *task, struct bsync_store *store);
BSYNC_CHECKED enum bsync_result desk_apply_push(struct desk_task *task, struct bsync_store *store);
/* Encodes the receipts, once the transaction is safe. */
BSYNC_CHECKED enum bsync_result desk_answer_push(struct desk_task *task);
void desk_task_clear(struct desk_task *task);

#endif
