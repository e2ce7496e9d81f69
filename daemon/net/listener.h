/* listener.h: accepts TCP connections on one address. */
#ifndef BSYNC_DAEMON_NET_LISTENER_H
#define BSYNC_DAEMON_NET_LISTENER_H

#include <uv.h>

#include "core/result.h"

enum { BSYNC_LISTENER_ADDRESS_SIZE = 64 };

struct bsync_listener {
	uv_tcp_t tcp;
	void (*arrived)(void *context); /* a connection waits: take it with bsync_stream_accept */
	void *context;
	char address[BSYNC_LISTENER_ADDRESS_SIZE]; /* HOST:PORT it serves, the port as the system gave it */
	char error[128];                           /* why bsync_listener_start failed */
};

/* Listens on `host` (a name or address) and `port`; 0 picks one.  BSYNC_BUSY when the address is taken, BSYNC_IO.  On
 * failure nothing is open.  Where systemd hands a listening socket over (sd_listen_fds(3)) that one is used. */
BSYNC_CHECKED enum bsync_result bsync_listener_start(struct bsync_listener *listener, uv_loop_t *loop, const char *host,
						     uint16_t port, void (*arrived)(void *context), void *context);

/* Accepts no more; the loop must run once more before the memory goes. */
void bsync_listener_stop(struct bsync_listener *listener);

#endif
