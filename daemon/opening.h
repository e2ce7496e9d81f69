/* opening.h: verifies and opens what a device hands in: EPOCH, SHOWN and PUSH payloads.
 *
 * Costs milliseconds, so it runs on the pool; one at a time for each opener.  Rules: schema/PROTOCOL.md 8.2 to 8.7. */
#ifndef BSYNC_DAEMON_OPENING_H
#define BSYNC_DAEMON_OPENING_H

#include "core/message.h"
#include "core/seal.h"
#include "daemon/store/store.h"

enum { BSYNC_OPENING_PLAIN_MAX = 128 << 20 }; /* bytes the changesets of one PUSH may open to */

struct bsync_connection;

/* What follows from one payload to the next. */
struct bsync_opener {
	struct bsync_connection *connection; /* who and where: its constant parts alone are read */
	struct bsync_line_id line;
	struct bsync_clock_anchor session; /* server time and the device's clocks at HELLO */
	struct bsync_verify_key *verify_key;
	bool has_epoch;
	uint64_t durable_seq; /* as HELLO said, with its hash */
	struct bsync_digest chain;
	uint64_t last_seq; /* opened so far, 0 none */
	struct bsync_digest last_hash;
	struct bsync_seal_context context;
};

/* One payload, opened; everything lives here. */
struct bsync_opening {
	enum bsync_result result;
	struct bsync_arena arena;
	struct bsync_buffer plain;
	struct bsync_batch batch;      /* of a PUSH */
	struct bsync_epoch_open epoch; /* of an EPOCH */
	struct bsync_key secret;
	uint32_t receipts_count; /* of a SHOWN */
	struct bsync_receipts *receipts;
};

void bsync_opener_init(struct bsync_opener *opener, struct bsync_connection *connection,
		       const struct bsync_hello *hello);
void bsync_opener_clear(struct bsync_opener *opener);

void bsync_opening_init(struct bsync_opening *opening, size_t arena_max);
void bsync_opening_clear(struct bsync_opening *opening);

/* Each borrows `payload`, which must stay until the opening is cleared, and leaves its verdict in opening->result:
 * BSYNC_MALFORMED, BSYNC_TOO_LARGE, BSYNC_UNKNOWN_EPOCH, BSYNC_OUT_OF_ORDER, BSYNC_BAD_SIGNATURE, BSYNC_UNEXPECTED,
 * or a failure of the store.  A changeset that cannot be decoded or opened is no failure: its `decoded` says so. */
void bsync_opening_push(struct bsync_opening *opening, struct bsync_opener *opener, struct bsync_bytes payload);
void bsync_opening_epoch(struct bsync_opening *opening, struct bsync_opener *opener, struct bsync_bytes payload);
void bsync_opening_shown(struct bsync_opening *opening, struct bsync_bytes payload);

/* Row changes in all its changesets. */
uint64_t bsync_opening_change_count(const struct bsync_opening *opening);

#endif
