#include "core/frame.h"

#include <assert.h>
#include <string.h>

#include "core/message.h"

/* PROTOCOL section 2, big-endian:  0 u32 size | 4 u8 kind | 5 u8 flags | 6 u16 zero | 8 payload */
enum { SIZE_AT = 0, KIND_AT = 4, FLAGS_AT = 5, RESERVED_AT = 6, PAYLOAD_AT = BSYNC_FRAME_HEADER_SIZE };

static_assert(KIND_AT == SIZE_AT + sizeof(uint32_t), "kind follows size");
static_assert(PAYLOAD_AT == RESERVED_AT + sizeof(uint16_t), "the header has no tail padding");

enum {
	/* The rest of one frame, and the bytes fed behind it. */
	PENDING_MAX = BSYNC_FRAME_HEADER_SIZE + BSYNC_FRAME_PAYLOAD_MAX + BSYNC_FRAME_FEED_MAX,
	/* What an idle reader may keep. */
	IDLE_CAPACITY_MAX = 1024,
};

enum bsync_result bsync_frame_header(uint8_t kind, size_t size, uint8_t header[BSYNC_FRAME_HEADER_SIZE])
{
	assert(header != NULL);
	assert(bsync_message_cap(kind) != 0);
	if (size > bsync_message_cap(kind) || size > BSYNC_FRAME_PAYLOAD_MAX)
		return BSYNC_TOO_LARGE;
	memset(header, 0, BSYNC_FRAME_HEADER_SIZE);
	for (size_t i = 0; i < sizeof(uint32_t); i++)
		header[SIZE_AT + i] = (uint8_t)(size >> (24 - 8 * i));
	header[KIND_AT] = kind;
	return BSYNC_OK;
}

enum bsync_result bsync_frame_write(struct bsync_buffer *out, uint8_t kind, struct bsync_bytes payload)
{
	uint8_t header[BSYNC_FRAME_HEADER_SIZE];
	uint8_t *room = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(out != NULL);
	assert(payload.data != NULL || payload.size == 0);
	result = bsync_frame_header(kind, payload.size, header);
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(out, sizeof(header) + payload.size, &room);
	if (result != BSYNC_OK)
		return result;
	memcpy(room, header, sizeof(header));
	if (payload.size != 0)
		memcpy(room + PAYLOAD_AT, payload.data, payload.size);
	bsync_buffer_commit(out, sizeof(header) + payload.size);
	return BSYNC_OK;
}

void bsync_frame_reader_init(struct bsync_frame_reader *reader)
{
	assert(reader != NULL);
	bsync_buffer_init(&reader->pending, PENDING_MAX);
	reader->taken = 0;
}

void bsync_frame_reader_clear(struct bsync_frame_reader *reader)
{
	assert(reader != NULL);
	bsync_buffer_clear(&reader->pending);
	reader->taken = 0;
}

enum bsync_result bsync_frame_reader_feed(struct bsync_frame_reader *reader, struct bsync_bytes bytes)
{
	assert(reader != NULL);
	assert(reader->taken <= reader->pending.size);
	/* Here and not for each frame, so that a byte moves at most once while its frame is incomplete. */
	bsync_buffer_consume(&reader->pending, reader->taken);
	reader->taken = 0;
	return bsync_buffer_append(&reader->pending, bytes.data, bytes.size);
}

/* PROTOCOL 2: "A receiver must refuse a size over the cap of its kind" … "by the header alone". */
static enum bsync_result header_read(const uint8_t *header, uint8_t *kind, size_t *size)
{
	size_t declared = 0;
	size_t cap = 0;

	assert(header != NULL);
	if (header[FLAGS_AT] != 0 || header[RESERVED_AT] != 0 || header[RESERVED_AT + 1] != 0)
		return BSYNC_MALFORMED;
	cap = bsync_message_cap(header[KIND_AT]);
	if (cap == 0)
		return BSYNC_UNKNOWN_KIND;
	for (size_t i = 0; i < sizeof(uint32_t); i++)
		declared = declared << 8 | header[SIZE_AT + i];
	if (declared > cap || declared > BSYNC_FRAME_PAYLOAD_MAX)
		return BSYNC_TOO_LARGE;
	*kind = header[KIND_AT];
	*size = declared;
	return BSYNC_OK;
}

enum bsync_result bsync_frame_reader_next(struct bsync_frame_reader *reader, struct bsync_frame *frame)
{
	const uint8_t *at = NULL;
	size_t left = 0;
	size_t size = 0;
	uint8_t kind = 0;
	enum bsync_result result = BSYNC_OK;

	assert(reader != NULL);
	assert(frame != NULL);
	assert(reader->taken <= reader->pending.size);
	left = reader->pending.size - reader->taken;
	if (left == 0 && reader->pending.capacity > IDLE_CAPACITY_MAX)
		bsync_frame_reader_clear(reader);
	if (left < BSYNC_FRAME_HEADER_SIZE)
		return BSYNC_AGAIN;
	at = reader->pending.data + reader->taken;
	result = header_read(at, &kind, &size);
	if (result != BSYNC_OK)
		return result;
	if (left - BSYNC_FRAME_HEADER_SIZE < size)
		return BSYNC_AGAIN;
	*frame = (struct bsync_frame){kind, {at + PAYLOAD_AT, size}};
	reader->taken += BSYNC_FRAME_HEADER_SIZE + size;
	return BSYNC_OK;
}
