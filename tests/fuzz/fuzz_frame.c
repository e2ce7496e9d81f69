/* A stream of frames, fed in pieces: the same frames whatever the pieces, and written again they are the stream.
 *
 * The first byte is the size of a piece, 0 for all at once. */
#include <stdlib.h>

#include "core/frame.h"
#include "core/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Takes all whole frames and appends them to `out`; the result that is not BSYNC_OK. */
static enum bsync_result frames_take(struct bsync_frame_reader *reader, struct bsync_buffer *out)
{
	struct bsync_frame frame;
	enum bsync_result result = BSYNC_OK;

	while ((result = bsync_frame_reader_next(reader, &frame)) == BSYNC_OK) {
		check(frame.payload.size <= bsync_message_cap(frame.kind));
		check(bsync_frame_write(out, frame.kind, frame.payload) == BSYNC_OK);
	}
	return result;
}

/* Feeds `stream` in pieces of `piece` bytes; the frames go to `out`. */
static enum bsync_result stream_read(struct bsync_bytes stream, size_t piece, struct bsync_buffer *out)
{
	struct bsync_frame_reader reader;
	enum bsync_result result = BSYNC_AGAIN;

	bsync_frame_reader_init(&reader);
	for (size_t at = 0; at < stream.size && result == BSYNC_AGAIN; at += piece) {
		size_t left = stream.size - at;

		check(bsync_frame_reader_feed(&reader, (struct bsync_bytes){stream.data + at,
									    left < piece ? left : piece}) == BSYNC_OK);
		result = frames_take(&reader, out);
	}
	bsync_frame_reader_clear(&reader);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_buffer whole = {.size_max = 2 << 20};
	struct bsync_buffer pieces = {.size_max = 2 << 20};
	struct bsync_bytes stream;
	enum bsync_result result = BSYNC_OK;

	if (size < 2 || size > BSYNC_FRAME_FEED_MAX)
		return 0;
	stream = (struct bsync_bytes){data + 1, size - 1};
	result = stream_read(stream, stream.size, &whole);
	check(result == BSYNC_AGAIN || result == BSYNC_MALFORMED || result == BSYNC_TOO_LARGE ||
	      result == BSYNC_UNKNOWN_KIND);
	check(stream_read(stream, data[0] == 0 ? stream.size : data[0], &pieces) == result);
	check(bsync_bytes_equal(bsync_buffer_bytes(&whole), bsync_buffer_bytes(&pieces)));
	check(whole.size <= stream.size);
	check(bsync_bytes_equal(bsync_buffer_bytes(&whole), (struct bsync_bytes){stream.data, whole.size}));
	bsync_buffer_clear(&whole);
	bsync_buffer_clear(&pieces);
	return 0;
}
