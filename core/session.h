/* session.h: what both halves of the conversation share: events in, an ordered list of effects out.
 *
 * A session is a step function (PROTOCOL section 6): it never blocks, reads no clock and owns no socket or store.  An
 * executor (daemon/connection.c, client-sdk/syncer.c, the simulator) feeds it events and carries out its effects in
 * order; an effect that asks for something is answered later by an event, and is always the last of its step.  One
 * session is used by one thread at a time. */
#ifndef BSYNC_CORE_SESSION_H
#define BSYNC_CORE_SESSION_H

#include "core/frame.h"
#include "core/message.h"

enum {
	BSYNC_SESSION_EFFECTS_MAX = 32,
	BSYNC_SESSION_HELLO_MS = 10000, /* PROTOCOL 1.3 */
	BSYNC_SESSION_PING_MS = 60000,
	BSYNC_SESSION_IDLE_MS = 150000,
	BSYNC_SESSION_PUSH_WAITING_MAX = 16 << 20, /* bytes of pushes waiting for the writer, one connection */
	BSYNC_SESSION_PULL_BUDGET = 256 << 10,     /* bytes asked of the store at a time */
	BSYNC_SESSION_UNSENT_MAX = 4 << 20,        /* unsent bytes at which a pull pauses */
	BSYNC_SESSION_WINDOW = 4 << 20,            /* bytes of pushes a device sends ahead of their receipts */
};

enum bsync_effect_kind {
	BSYNC_EFFECT_SEND,  /* send `bytes`: whole frames */
	BSYNC_EFFECT_CLOSE, /* send what is unsent, then close; `result` says why, `number` advises ms to wait */

	/* The daemon's half. */
	BSYNC_EFFECT_HELLO, /* `hello`: look the line up, record the heartbeat; answer: bsync_session_server_line */
	BSYNC_EFFECT_EPOCH, /* `bytes`: EPOCH payload to verify and keep, before any later APPLY */
	BSYNC_EFFECT_APPLY, /* `bytes`: PUSH payload to verify, open and apply; answer: bsync_session_server_applied */
	BSYNC_EFFECT_RETRY, /* `bytes`: RETRY payload to carry out, in the order of APPLY; answer: bsync_session_server_applied */
	BSYNC_EFFECT_SHOWN,   /* `bytes`: SHOWN payload to verify and keep, before any later APPLY */
	BSYNC_EFFECT_CONFIRM, /* `position`: the device stands there */
	BSYNC_EFFECT_PULL,    /* start a pull from `position` for token `number`; answer: bsync_session_server_pulled */
	BSYNC_EFFECT_PULL_MORE, /* go on with the pull; answer: bsync_session_server_pulled */
	BSYNC_EFFECT_HISTORY,   /* `bytes`: HISTORY_GET payload; answer with bsync_session_server_send */

	/* The device's half. */
	BSYNC_EFFECT_OUTGOING, /* read the outbox behind seq `number`, epochs above `epoch`; answer: bsync_session_client_outgoing */
	BSYNC_EFFECT_STORE,  /* keep the message `message` with payload `bytes`, in order; a failure is reported with
	                          bsync_session_client_failed; PULL_END and RECEIPTS must be durable before the next effect */
	BSYNC_EFFECT_SYNCED, /* the SYNC with token `number` is answered and everything before it is stored */
	BSYNC_EFFECT_HISTORY_GOT, /* `bytes`: HISTORY payload */
};

struct bsync_effect {
	enum bsync_effect_kind kind;
	enum bsync_result result;
	uint8_t message; /* enum bsync_message_kind */
	uint32_t epoch;
	uint64_t number;
	struct bsync_position position;
	struct bsync_bytes bytes;        /* borrowed until the next step of the session */
	const struct bsync_hello *hello; /* borrowed until the next step */
};

/* Filled anew by each step. */
struct bsync_effects {
	uint32_t count;
	struct bsync_effect list[BSYNC_SESSION_EFFECTS_MAX];
};

/* Appends the frame of an ERROR with `code` and the text "what, why, what to do". */
BSYNC_CHECKED enum bsync_result bsync_session_error_frame(enum bsync_result code, const char *text,
							  uint32_t retry_after_ms, struct bsync_buffer *out);

#endif
