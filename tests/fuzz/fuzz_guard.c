/* What the guard lets through is canonical: read as a tree and written again, it is the same bytes. */
#include <stdlib.h>

#include "core/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Copies one value, of an array the head. */
static void value_copy(struct bsync_reader *reader, struct bsync_writer *writer)
{
	uint8_t first = reader->rest.data[0];
	struct bsync_value value;

	if (bsync_read_is_array(reader)) {
		bsync_write_array(writer, bsync_read_list(reader, 0, UINT32_MAX));
		return;
	}
	if (first == 0xc2 || first == 0xc3) {
		bsync_write_bool(writer, bsync_read_bool(reader));
		return;
	}
	if (first == 0xcf) {
		bsync_write_unsigned(writer, bsync_read_unsigned(reader, UINT64_MAX));
		return;
	}
	value = bsync_read_value(reader);
	bsync_write_value(writer, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bsync_guard_limits limits = {16, 100000, 1 << 20};
	struct bsync_bytes input = {data, size};
	struct bsync_buffer out = {.size_max = 1 << 20};
	struct bsync_reader reader;
	struct bsync_reader skipper;
	struct bsync_writer writer;

	bsync_reader_init(&reader, input, &limits);
	if (reader.result != BSYNC_OK) {
		check(reader.result == BSYNC_MALFORMED || reader.result == BSYNC_TOO_DEEP ||
		      reader.result == BSYNC_TOO_LARGE);
		return 0;
	}
	skipper = reader;
	bsync_read_skip(&skipper);
	check(bsync_reader_end(&skipper) == BSYNC_OK);

	bsync_writer_init(&writer, &out);
	while (reader.rest.size > 0 && reader.result == BSYNC_OK)
		value_copy(&reader, &writer);
	check(bsync_reader_end(&reader) == BSYNC_OK);
	check(writer.result == BSYNC_OK);
	check(bsync_bytes_equal(bsync_buffer_bytes(&out), input));
	bsync_buffer_clear(&out);
	return 0;
}
