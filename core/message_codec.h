/* message_codec.h: how every codec of core/message.h starts and ends; only the message*.c files use it. */
#ifndef BSYNC_CORE_MESSAGE_CODEC_H
#define BSYNC_CORE_MESSAGE_CODEC_H

#include "core/message.h"
#include "core/parts.h"

/* Starts a payload behind what `out` holds; the place where it starts. */
size_t bsync_payload_begin(struct bsync_writer *writer, struct bsync_buffer *out);

/* Ends it: BSYNC_TOO_LARGE when it is over the cap of `kind`.  After any failure `out` is as it was. */
BSYNC_CHECKED enum bsync_result bsync_payload_end(struct bsync_writer *writer, size_t start,
						  enum bsync_message_kind kind);

/* Checks a received payload with the guard, at the cap of `kind`, and starts reading it. */
void bsync_payload_open(struct bsync_reader *reader, struct bsync_bytes payload, enum bsync_message_kind kind);

/* A scope's two fields, without an array around them. */
void bsync_write_scope(struct bsync_writer *writer, const struct bsync_scope_ref *scope);
void bsync_read_scope(struct bsync_reader *reader, struct bsync_scope_ref *scope);

/* A raw ECDSA signature: a blob of exactly 64 bytes, borrowed. */
void bsync_write_signature(struct bsync_writer *writer, struct bsync_bytes signature);
struct bsync_bytes bsync_read_signature(struct bsync_reader *reader);

#endif
