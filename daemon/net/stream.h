/* stream.h: one accepted TCP connection: bytes in, bytes out, closed once.
 *
 * All callbacks come on the loop's thread.  What is read lies in a buffer that all streams of a loop share, so an idle
 * stream holds no buffer. */
#ifndef BSYNC_DAEMON_NET_STREAM_H
#define BSYNC_DAEMON_NET_STREAM_H

#include <uv.h>

#include "core/bytes.h"
#include "daemon/net/listener.h"

enum { BSYNC_STREAM_READ_SIZE = 64 << 10 };

/* The read buffer of a loop. */
struct bsync_stream_shared {
	char room[BSYNC_STREAM_READ_SIZE];
};

struct bsync_stream_events {
	void (*received)(void *context, struct bsync_bytes bytes); /* borrowed during the call */
	void (*ended)(void *context);    /* the peer is gone; nothing more is received: close it */
	void (*writable)(void *context); /* what bsync_stream_write took has left: it takes more */
	void (*closed)(void *context);   /* the last call of all; the memory may go */
};

struct bsync_stream {
	uv_tcp_t tcp;
	struct bsync_stream_shared *shared;
	const struct bsync_stream_events *events;
	void *context;
	void *writing; /* a write under way; NULL when it takes more */
	uv_shutdown_t finishing;
	bool is_reading;
	bool is_finishing;
	bool is_closing;
};

/* Takes the connection that waits at `listener`.  With `stream` NULL the connection is taken and dropped, and the
 * result is BSYNC_OVERLOADED.  BSYNC_NO_MEMORY: nothing is open and no callback comes; BSYNC_IO: `closed` will come. */
BSYNC_CHECKED enum bsync_result bsync_stream_accept(struct bsync_stream *stream, struct bsync_listener *listener,
						    struct bsync_stream_shared *shared,
						    const struct bsync_stream_events *events, void *context);

/* Starts or stops reading; calling it again changes nothing. */
void bsync_stream_read(struct bsync_stream *stream, bool is_on);

/* True while bsync_stream_write may be called. */
bool bsync_stream_is_writable(const struct bsync_stream *stream);
/* Sends all of `bytes`: at once what the socket takes, the rest from a copy; `writable` comes when a rest was left.
 * BSYNC_CLOSED when the peer is gone, BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_stream_write(struct bsync_stream *stream, struct bsync_bytes bytes);

/* Sends no more once all that was taken has left; what the peer still sends arrives, so that it reads our last words. */
void bsync_stream_finish(struct bsync_stream *stream);

/* Closes now; `closed` comes later.  Calling it again changes nothing. */
void bsync_stream_close(struct bsync_stream *stream);

/* The peer's address as text. */
void bsync_stream_peer(const struct bsync_stream *stream, char text[64]);

#endif
