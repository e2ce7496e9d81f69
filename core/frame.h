/* frame.h: length-prefixed frames: an incremental reader and a writer, with caps.
 *
 * Layout: schema/PROTOCOL.md section 2 (8-byte header: u32 size | u8 kind | u8 flags 0 | u16 zero). */
#ifndef BSYNC_CORE_FRAME_H
#define BSYNC_CORE_FRAME_H

#include "core/bytes.h"

enum { BSYNC_FRAME_HEADER_SIZE = 8, BSYNC_FRAME_PAYLOAD_MAX = 1 << 20 };

struct bsync_frame {
	uint8_t kind;
	struct bsync_bytes payload; /* borrowed */
};

/* Appends header and payload.  BSYNC_TOO_LARGE when the payload is over BSYNC_FRAME_PAYLOAD_MAX. */
BSYNC_CHECKED enum bsync_result bsync_frame_write(struct bsync_buffer *out, uint8_t kind, struct bsync_bytes payload);

/* Collects bytes and hands out whole frames.  Memory is taken as bytes arrive, never from a declared size. */
struct bsync_frame_reader {
	struct bsync_buffer pending;
	size_t taken; /* bytes at the front already handed out */
};

void bsync_frame_reader_init(struct bsync_frame_reader *reader);
void bsync_frame_reader_clear(struct bsync_frame_reader *reader);
BSYNC_CHECKED enum bsync_result bsync_frame_reader_feed(struct bsync_frame_reader *reader, struct bsync_bytes bytes);
/* The next whole frame, borrowed until the next call on the reader; BSYNC_AGAIN when more bytes are
 * needed, BSYNC_TOO_LARGE or BSYNC_MALFORMED (by the header alone) end the connection. */
BSYNC_CHECKED enum bsync_result bsync_frame_reader_next(struct bsync_frame_reader *reader, struct bsync_frame *frame);

#endif
