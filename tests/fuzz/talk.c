#include "tests/fuzz/talk.h"

enum { PAYLOAD_MAX = 1 << 20, ARENA_MAX = 256 << 20 };

void talk_wire_init(struct talk_wire *wire)
{
	bsync_frame_reader_init(&wire->in);
	bsync_frame_reader_init(&wire->out);
	wire->is_closed = false;
}

void talk_wire_clear(struct talk_wire *wire)
{
	bsync_frame_reader_clear(&wire->in);
	bsync_frame_reader_clear(&wire->out);
}

void talk_check_sent(struct talk_wire *wire, struct bsync_bytes bytes, uint64_t *sync_token)
{
	struct bsync_frame frame;

	check(bsync_frame_reader_feed(&wire->out, bytes) == BSYNC_OK);
	while (bsync_frame_reader_next(&wire->out, &frame) == BSYNC_OK) {
		union message_any message;
		struct bsync_arena arena;

		bsync_arena_init(&arena, ARENA_MAX);
		check(message_any_decode((enum bsync_message_kind)frame.kind, frame.payload, &arena, &message) ==
		      BSYNC_OK);
		if (frame.kind == BSYNC_MESSAGE_SYNC && sync_token != NULL)
			*sync_token = message.sync.token;
		bsync_arena_clear(&arena);
	}
	check(wire->out.pending.size == wire->out.taken);
}

void talk_give_message(talk_give *give, void *talk, enum bsync_message_kind kind, const union message_any *message)
{
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, PAYLOAD_MAX);
	if (message_any_encode(kind, message, &payload) == BSYNC_OK)
		give(talk, &(struct bsync_frame){.kind = (uint8_t)kind, .payload = bsync_buffer_bytes(&payload)});
	bsync_buffer_clear(&payload);
}

enum bsync_result talk_give_raw(struct talk_wire *wire, struct bsync_bytes bytes, talk_give *give, void *talk)
{
	struct bsync_frame frame;
	enum bsync_result result = BSYNC_AGAIN;

	if (wire->is_closed || bytes.size == 0)
		return result;
	check(bsync_frame_reader_feed(&wire->in, bytes) == BSYNC_OK);
	while (!wire->is_closed && (result = bsync_frame_reader_next(&wire->in, &frame)) == BSYNC_OK)
		give(talk, &frame);
	return wire->is_closed ? BSYNC_AGAIN : result;
}
