#include "tests/support/message_any.h"

#include <stdlib.h>

/* X(NAME, name) of the messages that have fields. */
#define WITH_FIELDS(X)              \
	X(HELLO, hello)             \
	X(EPOCH, epoch)             \
	X(PUSH, push)               \
	X(SHOWN, shown)             \
	X(SYNC, sync)               \
	X(CONFIRM, confirm)         \
	X(HISTORY_GET, history_get) \
	X(RETRY, retry)             \
	X(WELCOME, welcome)         \
	X(RECEIPTS, receipts)       \
	X(SCHEMA, schema)           \
	X(SCOPES, scopes)           \
	X(ROWS, rows)               \
	X(PULL_END, pull_end)       \
	X(HISTORY, history)         \
	X(ERROR, error)             \
	X(CHALLENGE, challenge)     \
	X(ENROL, enrol)             \
	X(ENROLLED, enrolled)

enum bsync_result message_any_decode(enum bsync_message_kind kind, struct bsync_bytes payload,
				     struct bsync_arena *arena, union message_any *message)
{
	switch (kind) {
	case BSYNC_MESSAGE_PING:
	case BSYNC_MESSAGE_PONG:
		return bsync_empty_decode(kind, payload);
#define X(NAME, name)              \
	case BSYNC_MESSAGE_##NAME: \
		return bsync_##name##_decode(payload, arena, &message->name);
		WITH_FIELDS(X)
#undef X
	}
	abort();
}

enum bsync_result message_any_encode(enum bsync_message_kind kind, const union message_any *message,
				     struct bsync_buffer *out)
{
	switch (kind) {
	case BSYNC_MESSAGE_PING:
	case BSYNC_MESSAGE_PONG:
		return bsync_empty_encode(kind, out);
#define X(NAME, name)              \
	case BSYNC_MESSAGE_##NAME: \
		return bsync_##name##_encode(&message->name, out);
		WITH_FIELDS(X)
#undef X
	}
	abort();
}
