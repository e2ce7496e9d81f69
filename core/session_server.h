/* session_server.h: the daemon's half of a conversation with one device. */
#ifndef BSYNC_CORE_SESSION_SERVER_H
#define BSYNC_CORE_SESSION_SERVER_H

#include "core/session.h"

/* Facts of the store that a session tells the device. */
struct bsync_session_store_facts {
	struct bsync_organisation_id organisation;
	uint32_t incarnation;
	uint8_t incarnation_id[16];
	uint32_t schema_version;
	uint64_t counter; /* the store's position when the session began */
};

struct bsync_session_server;

/* Starts the half of a device whose certificate was found; `is_suspended`: may hand in, receives no rows. */
BSYNC_CHECKED enum bsync_result bsync_session_server_new(const struct bsync_session_store_facts *facts,
							 bool is_suspended, int64_t now_ms,
							 struct bsync_session_server **out);
void bsync_session_server_free(struct bsync_session_server *session);

/* Each step clears `effects` and fills it. After a CLOSE effect every further step yields none. */

/* A whole frame has arrived.  A frame that breaks the protocol yields an ERROR and a CLOSE. */
void bsync_session_server_frame(struct bsync_session_server *session, const struct bsync_frame *frame, int64_t now_ms,
				struct bsync_effects *effects);
/* What the store has of the line that HELLO names. */
struct bsync_session_line {
	uint64_t durable_seq; /* its last seq */
	uint32_t known_epoch; /* the last key epoch of it */
	bool is_hand_in;      /* of a copy of the device, which receives no rows whatever the device's state is */
	const struct bsync_lives *lives; /* NULL: the store is in its first life */
};
/* Answers HELLO.  `result` not BSYNC_OK: the session is refused with it.  A device that has more than the store of this
 * same life ever gave is refused with BSYNC_PUT_BACK. */
void bsync_session_server_line(struct bsync_session_server *session, enum bsync_result result,
			       const struct bsync_session_line *line, int64_t now_ms, struct bsync_effects *effects);
/* Answers APPLY and RETRY, in order: the RECEIPTS payload (after the commit) or why the batch was not taken.  `is_forked`: it
 * showed that the device is a copy; where WELCOME said otherwise, it comes back and is told. */
void bsync_session_server_applied(struct bsync_session_server *session, enum bsync_result result,
				  struct bsync_bytes receipts, bool is_forked, struct bsync_effects *effects);
/* Answers PULL and PULL_MORE: whole frames, and whether the PULL_END is among them, at `position`. */
void bsync_session_server_pulled(struct bsync_session_server *session, enum bsync_result result,
				 struct bsync_bytes frames, bool is_done, struct bsync_position position,
				 struct bsync_effects *effects);
/* Something due to this device has changed in the store. */
void bsync_session_server_touched(struct bsync_session_server *session, struct bsync_effects *effects);
/* The device's state changed: revoked (closes), suspended, or active again; or a recovery was closed. */
void bsync_session_server_state(struct bsync_session_server *session, bool is_revoked, bool is_suspended,
				bool is_recovering, struct bsync_effects *effects);
/* `unsent` bytes wait in the executor's output; call when it falls (a paused pull goes on). */
void bsync_session_server_drained(struct bsync_session_server *session, size_t unsent, struct bsync_effects *effects);
/* Sends frames the executor made (HISTORY). */
void bsync_session_server_send(struct bsync_session_server *session, uint8_t kind, struct bsync_bytes payload,
			       struct bsync_effects *effects);
/* Time passes: call at least every second or so while connected. */
void bsync_session_server_tick(struct bsync_session_server *session, int64_t now_ms, struct bsync_effects *effects);
/* The daemon goes away (or refuses with `result`): ERROR and CLOSE. */
void bsync_session_server_end(struct bsync_session_server *session, enum bsync_result result, uint32_t retry_after_ms,
			      struct bsync_effects *effects);

/* True while the executor must feed no more frames (and stop reading the socket): HELLO is not answered yet, or too
 * much waits for the writer. */
bool bsync_session_server_is_full(const struct bsync_session_server *session);
/* True when it was refused with BSYNC_PUT_BACK. */
bool bsync_session_server_is_put_back(const struct bsync_session_server *session);
/* The hello, once it has come; NULL before. */
const struct bsync_hello *bsync_session_server_hello(const struct bsync_session_server *session);

#endif
