/* frame.h: length-prefixed frames: an incremental reader and a writer, with caps.
 *
 * Layout: schema/PROTOCOL.md section 2 (8-byte header: u32 size | u8 kind | u8 flags 0 | u16 zero). */
#ifndef BSYNC_CORE_FRAME_H
#define BSYNC_CORE_FRAME_H

#include "core/bytes.h"

enum {
	BSYNC_FRAME_HEADER_SIZE = 8,
	BSYNC_FRAME_PAYLOAD_MAX = 1 << 20,
	BSYNC_FRAME_FEED_MAX = 1 << 20, /* bytes that one feed takes for sure */
};

struct bsync_frame {
	uint8_t kind;
	struct bsync_bytes payload; /* borrowed */
};

/* Writes the header of a frame whose payload has `size` bytes; `kind` must be in schema/messages.def.  BSYNC_TOO_LARGE
 * when the size is over the cap of its kind. */
BSYNC_CHECKED enum bsync_result bsync_frame_header(uint8_t kind, size_t size, uint8_t header[BSYNC_FRAME_HEADER_SIZE]);

/* Appends header and payload; `kind` must be in schema/messages.def.  BSYNC_TOO_LARGE when the payload is over the cap
 * of its kind, or what bsync_buffer_append says; then nothing is appended. */
BSYNC_CHECKED enum bsync_result bsync_frame_write(struct bsync_buffer *out, uint8_t kind, struct bsync_bytes payload);

/* Collects bytes and hands out whole frames.  Memory is taken as bytes arrive, never from a declared size. */
struct bsync_frame_reader {
	struct bsync_buffer pending;
	size_t taken; /* bytes at the front already handed out */
};

/* Starts a reader that holds nothing; clear frees what it has taken, after which it can be used again. */
void bsync_frame_reader_init(struct bsync_frame_reader *reader);
void bsync_frame_reader_clear(struct bsync_frame_reader *reader);

/* Adds bytes from the peer.  The caller takes all whole frames before it feeds more; then up to BSYNC_FRAME_FEED_MAX
 * bytes always fit.  BSYNC_TOO_LARGE or BSYNC_NO_MEMORY: nothing was added. */
BSYNC_CHECKED enum bsync_result bsync_frame_reader_feed(struct bsync_frame_reader *reader, struct bsync_bytes bytes);

/* The next whole frame, borrowed until the next call on the reader; BSYNC_AGAIN when more bytes are needed.
 * BSYNC_TOO_LARGE, BSYNC_MALFORMED and BSYNC_UNKNOWN_KIND, by the header alone, end the connection: every further
 * call gives the same. */
BSYNC_CHECKED enum bsync_result bsync_frame_reader_next(struct bsync_frame_reader *reader, struct bsync_frame *frame);

#endif
