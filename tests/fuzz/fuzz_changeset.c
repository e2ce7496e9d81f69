/* A changeset that decodes re-encodes to the same bytes. */
#include <stdlib.h>

#include "core/changeset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_bytes input = {data, size};
	struct bsync_buffer out = {.size_max = BSYNC_CHANGESET_SIZE_MAX + 1};
	struct bsync_changeset set;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, 256 << 20);
	result = bsync_changeset_decode(input, &arena, &set);
	if (result == BSYNC_OK) {
		check(bsync_changeset_encode(&set, &out) == BSYNC_OK);
		check(bsync_bytes_equal(bsync_buffer_bytes(&out), input));
	} else {
		check(result == BSYNC_MALFORMED || result == BSYNC_TOO_DEEP || result == BSYNC_TOO_LARGE);
	}
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
	return 0;
}
