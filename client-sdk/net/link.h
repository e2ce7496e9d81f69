/* link.h: the device's end of the wire: one TLS connection on a libuv loop, frames in and out.
 *
 * Knows nothing of the conversation; core/session_client.h does.  All calls and callbacks happen on the loop's thread. */
#ifndef BSYNC_CLIENT_NET_LINK_H
#define BSYNC_CLIENT_NET_LINK_H

#include <uv.h>

#include "core/frame.h"
#include "core/tls.h"

enum { BSYNC_LINK_CONNECT_MS = 15000, BSYNC_LINK_ADDRESS_MAX = 262 };

struct bsync_link;

struct bsync_link_events {
	/* TLS stands. */
	void (*established)(void *context, struct bsync_link *link);
	/* A whole frame, borrowed during the call. */
	void (*frame)(void *context, struct bsync_link *link, const struct bsync_frame *frame);
	/* The last call: the link frees itself after it.  `result` is BSYNC_CLOSED when the peer or we closed in order. */
	void (*closed)(void *context, struct bsync_link *link, enum bsync_result result, const char *text);
	void *context;
};

/* Starts to connect to `address` ("HOST:PORT", "[IPV6]:PORT").  `settings` is borrowed until closed.
 * BSYNC_INVALID when the address is none. */
BSYNC_CHECKED enum bsync_result bsync_link_open(uv_loop_t *loop, const char *address,
						const struct bsync_tls_settings *settings,
						const struct bsync_link_events *events, struct bsync_link **out);
/* Encrypts and sends whole frames; they are copied. */
void bsync_link_send(struct bsync_link *link, struct bsync_bytes frames);
/* Sends what is unsent, then closes; `closed` follows with `result`.  May be called from any callback, more than once. */
void bsync_link_close(struct bsync_link *link, enum bsync_result result);
/* The TLS object, once established; for the exporter. */
struct bsync_tls *bsync_link_tls(struct bsync_link *link);
/* Bytes on the wire so far, TLS included. */
void bsync_link_traffic(const struct bsync_link *link, uint64_t *sent, uint64_t *received);

#endif
