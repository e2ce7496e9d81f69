/* A message that decodes re-encodes to the same bytes.  The first byte is its kind. */
#include <stdlib.h>

#include "tests/support/message_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* ROWS built row by row is the same as ROWS built at once. */
static void rows_check(const struct bsync_rows *message, struct bsync_bytes payload)
{
	struct bsync_buffer rows = {.size_max = 2 << 20};
	struct bsync_buffer out = {.size_max = 2 << 20};

	for (uint32_t i = 0; i < message->count; i++)
		check(bsync_pulled_row_encode(&message->rows[i], &rows) == BSYNC_OK);
	check(bsync_rows_wrap(&message->scope, message->upto, message->count, bsync_buffer_bytes(&rows), &out) ==
	      BSYNC_OK);
	check(bsync_bytes_equal(bsync_buffer_bytes(&out), payload));
	bsync_buffer_clear(&rows);
	bsync_buffer_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_buffer out = {.size_max = 2 << 20};
	union message_any message;
	struct bsync_bytes payload;
	struct bsync_arena arena;
	enum bsync_message_kind kind;
	enum bsync_result result = BSYNC_OK;

	if (size < 1 || bsync_message_name(data[0]) == NULL)
		return 0;
	kind = (enum bsync_message_kind)data[0];
	payload = (struct bsync_bytes){data + 1, size - 1};
	bsync_arena_init(&arena, 256 << 20);
	result = message_any_decode(kind, payload, &arena, &message);
	if (result == BSYNC_OK) {
		check(message_any_encode(kind, &message, &out) == BSYNC_OK);
		check(bsync_bytes_equal(bsync_buffer_bytes(&out), payload));
		if (kind == BSYNC_MESSAGE_ROWS)
			rows_check(&message.rows, payload);
	} else {
		check(result == BSYNC_MALFORMED || result == BSYNC_TOO_DEEP || result == BSYNC_TOO_LARGE);
	}
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
	return 0;
}
