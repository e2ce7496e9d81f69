#include "core/frame.h"

#include "core/message.h"
#include "tests/support/harness.h"

static struct bsync_bytes bytes_of(const struct bsync_buffer *buffer)
{
	return bsync_buffer_bytes(buffer);
}

/* Appends a frame of `kind` whose payload is `size` bytes counting up from `first`. */
static enum bsync_result frame_add(struct bsync_buffer *out, uint8_t kind, size_t size, uint8_t first)
{
	static uint8_t payload[BSYNC_FRAME_PAYLOAD_MAX + 1];

	for (size_t i = 0; i < size; i++)
		payload[i] = (uint8_t)(first + i);
	return bsync_frame_write(out, kind, (struct bsync_bytes){payload, size});
}

static bool counts_up(struct bsync_bytes payload, uint8_t first)
{
	for (size_t i = 0; i < payload.size; i++) {
		if (payload.data[i] != (uint8_t)(first + i))
			return false;
	}
	return true;
}

/* What a reader says to these header bytes. */
static enum bsync_result header_result(const uint8_t header[BSYNC_FRAME_HEADER_SIZE])
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	enum bsync_result result = BSYNC_OK;

	bsync_frame_reader_init(&reader);
	result = bsync_frame_reader_feed(&reader, (struct bsync_bytes){header, BSYNC_FRAME_HEADER_SIZE});
	if (result == BSYNC_OK)
		result = bsync_frame_reader_next(&reader, &frame);
	/* The same again: a broken stream stays broken. */
	if (result != BSYNC_OK && bsync_frame_reader_next(&reader, &frame) != result)
		result = BSYNC_MISUSE;
	bsync_frame_reader_clear(&reader);
	return result;
}

TEST(a_frame_is_a_big_endian_size_a_kind_and_three_zeros)
{
	static const uint8_t expected[] = {0, 0, 0, 3, 4, 0, 0, 0, 7, 8, 9};
	struct bsync_buffer out = {.size_max = 100};

	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_SYNC, 3, 7), BSYNC_OK);
	CHECK_BYTES(out.data, out.size, expected, sizeof(expected));
	bsync_buffer_clear(&out);
	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_PING, 0, 0), BSYNC_OK);
	CHECK_BYTES(out.data, out.size, "\0\0\0\0\7\0\0\0", 8);
	bsync_buffer_clear(&out);
}

TEST(a_payload_over_the_cap_of_its_kind_is_not_written)
{
	struct bsync_buffer out = {.size_max = 4 << 20};

	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_SYNC, 64, 0), BSYNC_OK);
	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_SYNC, 65, 0), BSYNC_TOO_LARGE);
	CHECK_EQ(out.size, 72);
	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_PUSH, 1 << 20, 0), BSYNC_OK);
	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_PUSH, (1 << 20) + 1, 0), BSYNC_TOO_LARGE);
	bsync_buffer_clear(&out);
	out.size_max = 71;
	CHECK_EQ(frame_add(&out, BSYNC_MESSAGE_SYNC, 64, 0), BSYNC_TOO_LARGE);
	CHECK_EQ(out.size, 0);
	bsync_buffer_clear(&out);
}

TEST(frames_come_out_whole_when_fed_byte_by_byte)
{
	static const size_t sizes[] = {0, 1, 64, 0, 300};
	static const uint8_t kinds[] = {BSYNC_MESSAGE_PING, BSYNC_MESSAGE_SYNC, BSYNC_MESSAGE_CONFIRM,
					BSYNC_MESSAGE_PONG, BSYNC_MESSAGE_PUSH};
	struct bsync_buffer stream = {.size_max = 1000};
	struct bsync_frame_reader reader;
	size_t got = 0;

	for (size_t i = 0; i < 5; i++)
		CHECK_EQ(frame_add(&stream, kinds[i], sizes[i], (uint8_t)i), BSYNC_OK);
	bsync_frame_reader_init(&reader);
	for (size_t at = 0; at < stream.size; at++) {
		struct bsync_frame frame;
		enum bsync_result result = bsync_frame_reader_feed(&reader, (struct bsync_bytes){stream.data + at, 1});

		CHECK_EQ(result, BSYNC_OK);
		result = bsync_frame_reader_next(&reader, &frame);
		if (result == BSYNC_AGAIN)
			continue;
		CHECK_EQ(result, BSYNC_OK);
		CHECK_EQ(frame.kind, kinds[got]);
		CHECK_EQ(frame.payload.size, sizes[got]);
		CHECK(counts_up(frame.payload, (uint8_t)got));
		CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
		got++;
	}
	CHECK_EQ(got, 5);
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&stream);
}

TEST(a_stream_cut_at_any_offset_gives_the_same_frames)
{
	struct bsync_buffer stream = {.size_max = 1000};

	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(frame_add(&stream, BSYNC_MESSAGE_PUSH, 20 * i, (uint8_t)i), BSYNC_OK);
	for (size_t cut = 0; cut <= stream.size; cut++) {
		struct bsync_bytes parts[] = {{stream.data, cut}, {stream.data + cut, stream.size - cut}};
		struct bsync_frame_reader reader;
		struct bsync_frame frame;
		size_t got = 0;

		bsync_frame_reader_init(&reader);
		for (size_t part = 0; part < 2; part++) {
			enum bsync_result result = bsync_frame_reader_feed(&reader, parts[part]);

			CHECK_EQ(result, BSYNC_OK);
			while ((result = bsync_frame_reader_next(&reader, &frame)) == BSYNC_OK) {
				CHECK_EQ(frame.payload.size, 20 * got);
				CHECK(counts_up(frame.payload, (uint8_t)got));
				got++;
			}
			CHECK_EQ(result, BSYNC_AGAIN);
		}
		CHECK_EQ(got, 3);
		bsync_frame_reader_clear(&reader);
	}
	bsync_buffer_clear(&stream);
}

TEST(a_truncated_stream_gives_no_frame)
{
	struct bsync_buffer stream = {.size_max = 1000};

	CHECK_EQ(frame_add(&stream, BSYNC_MESSAGE_PUSH, 30, 0), BSYNC_OK);
	for (size_t cut = 0; cut < stream.size; cut++) {
		struct bsync_frame_reader reader;
		struct bsync_frame frame = {.kind = 99};

		bsync_frame_reader_init(&reader);
		CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){stream.data, cut}), BSYNC_OK);
		CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
		CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
		CHECK_EQ(frame.kind, 99);
		bsync_frame_reader_clear(&reader);
	}
	bsync_buffer_clear(&stream);
}

TEST(a_size_over_the_cap_is_refused_by_the_header_alone)
{
	static const uint8_t sync_64[] = {0, 0, 0, 64, 4, 0, 0, 0};
	static const uint8_t sync_65[] = {0, 0, 0, 65, 4, 0, 0, 0};
	static const uint8_t push_max[] = {0, 0x10, 0, 0, 3, 0, 0, 0};
	static const uint8_t push_over[] = {0, 0x10, 0, 1, 3, 0, 0, 0};
	static const uint8_t four_gib[] = {0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0};

	CHECK_EQ(header_result(sync_64), BSYNC_AGAIN);
	CHECK_EQ(header_result(sync_65), BSYNC_TOO_LARGE);
	CHECK_EQ(header_result(push_max), BSYNC_AGAIN);
	CHECK_EQ(header_result(push_over), BSYNC_TOO_LARGE);
	CHECK_EQ(header_result(four_gib), BSYNC_TOO_LARGE);
}

TEST(flags_and_reserved_bits_must_be_zero)
{
	for (int bit = 0; bit < 24; bit++) {
		uint8_t header[] = {0, 0, 0, 1, 7, 0, 0, 0};

		header[5 + bit / 8] = (uint8_t)(1 << bit % 8);
		CHECK_EQ(header_result(header), BSYNC_MALFORMED);
	}
}

TEST(exactly_the_listed_kinds_are_known)
{
	for (int kind = 0; kind <= UINT8_MAX; kind++) {
		uint8_t header[] = {0, 0, 0, 1, (uint8_t)kind, 0, 0, 0};
		bool is_known = bsync_message_name((uint8_t)kind) != NULL;

		CHECK_EQ(header_result(header), is_known ? BSYNC_AGAIN : BSYNC_UNKNOWN_KIND);
	}
}

TEST(memory_follows_the_bytes_that_arrive_not_the_declared_size)
{
	static const uint8_t header[] = {0, 0x10, 0, 0, 3, 0, 0, 0};
	struct bsync_frame_reader reader;
	struct bsync_frame frame;

	bsync_frame_reader_init(&reader);
	CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){header, sizeof(header)}), BSYNC_OK);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
	CHECK(reader.pending.capacity < 1024);
	bsync_frame_reader_clear(&reader);
}

TEST(an_idle_reader_gives_back_what_a_large_frame_took)
{
	struct bsync_buffer stream = {.size_max = 2 << 20};
	struct bsync_frame_reader reader;
	struct bsync_frame frame;

	CHECK_EQ(frame_add(&stream, BSYNC_MESSAGE_ROWS, 1 << 20, 5), BSYNC_OK);
	bsync_frame_reader_init(&reader);
	/* The rest of a frame and a whole feed always fit together. */
	CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){stream.data, stream.size - 1}), BSYNC_OK);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
	CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){stream.data + stream.size - 1, 1}), BSYNC_OK);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_OK);
	CHECK(counts_up(frame.payload, 5));
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
	CHECK(reader.pending.capacity <= 1024);
	/* And goes on. */
	CHECK_EQ(bsync_frame_reader_feed(&reader, bytes_of(&stream)), BSYNC_OK);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_OK);
	CHECK_EQ(frame.payload.size, 1 << 20);
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&stream);
}

TEST(what_is_fed_without_taking_frames_is_bounded)
{
	static uint8_t chunk[BSYNC_FRAME_FEED_MAX];
	struct bsync_frame_reader reader;
	enum bsync_result result = BSYNC_OK;
	size_t fed = 0;

	bsync_frame_reader_init(&reader);
	while (result == BSYNC_OK && fed < 10) {
		result = bsync_frame_reader_feed(&reader, (struct bsync_bytes){chunk, sizeof(chunk)});
		fed += result == BSYNC_OK;
	}
	CHECK_EQ(result, BSYNC_TOO_LARGE);
	CHECK_EQ(fed, 2);
	bsync_frame_reader_clear(&reader);
}
