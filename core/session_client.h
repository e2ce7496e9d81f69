/* session_client.h: the device's half of a conversation. */
#ifndef BSYNC_CORE_SESSION_CLIENT_H
#define BSYNC_CORE_SESSION_CLIENT_H

#include "core/session.h"

struct bsync_session_client;

/* Starts the half of a device; nothing happens until bsync_session_client_connected. */
BSYNC_CHECKED enum bsync_result bsync_session_client_new(struct bsync_session_client **out);
void bsync_session_client_free(struct bsync_session_client *session);

/* Before it is connected: this conversation only asks (bsync_session_client_ask). */
void bsync_session_client_only_ask(struct bsync_session_client *session);
/* TLS stands: `hello` begins the first flight.  `known_epoch`: the last key epoch the device knows the store has. */
void bsync_session_client_connected(struct bsync_session_client *session, const struct bsync_hello *hello,
				    uint32_t known_epoch, int64_t now_ms, struct bsync_effects *effects);
/* Answers OUTGOING: whole frames up to `last_seq` (equal to the number asked: nothing), whether more wait. */
void bsync_session_client_outgoing(struct bsync_session_client *session, struct bsync_bytes frames, uint64_t last_seq,
				   bool has_more, struct bsync_effects *effects);
/* A whole frame has arrived. */
void bsync_session_client_frame(struct bsync_session_client *session, const struct bsync_frame *frame, int64_t now_ms,
				struct bsync_effects *effects);
/* A STORE could not be carried out: the conversation ends. */
void bsync_session_client_failed(struct bsync_session_client *session, enum bsync_result result,
				 struct bsync_effects *effects);
/* Something new is in the outbox. */
void bsync_session_client_committed(struct bsync_session_client *session, struct bsync_effects *effects);
/* Asks for a barrier; `*token` names the SYNCED effect that will answer it. */
void bsync_session_client_sync(struct bsync_session_client *session, uint64_t *token, struct bsync_effects *effects);
/* True while the store answers HISTORY_GET and RETRY: it has welcomed the device and gives it rows. */
bool bsync_session_client_can_ask(const struct bsync_session_client *session);
/* Sends frames of these two, when it can. */
void bsync_session_client_ask(struct bsync_session_client *session, struct bsync_bytes frames,
			      struct bsync_effects *effects);
void bsync_session_client_tick(struct bsync_session_client *session, int64_t now_ms, struct bsync_effects *effects);

/* True after a WELCOME: the contact is authenticated. */
bool bsync_session_client_is_welcome(const struct bsync_session_client *session);
/* The text of the ERROR the server closed with; "" when none came. */
const char *bsync_session_client_error_text(const struct bsync_session_client *session);

#endif
