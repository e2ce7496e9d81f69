/* fuzz_set_text.c: what a set column's text is read as, written again, is read as the same. */
#include <assert.h>

#include "core/merge.h"

enum { SIZE_MAX_ALL = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_arena arena;
	struct bsync_buffer text;
	struct bsync_value *elements = NULL;
	struct bsync_value *again = NULL;
	uint32_t count = 0;
	uint32_t again_count = 0;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, SIZE_MAX_ALL);
	bsync_buffer_init(&text, SIZE_MAX_ALL);
	result = bsync_set_parse((struct bsync_bytes){data, size}, &arena, &elements, &count);
	assert(result == BSYNC_OK || result == BSYNC_MALFORMED || result == BSYNC_TOO_LARGE);
	if (result == BSYNC_OK) {
		result = bsync_set_text(elements, count, &text);
		assert(result == BSYNC_OK);
		result = bsync_set_parse(bsync_buffer_bytes(&text), &arena, &again, &again_count);
		assert(result == BSYNC_OK);
		assert(again_count == count);
		for (uint32_t i = 0; i < count; i++) {
			assert(bsync_set_holds(&elements[i]));
			assert(bsync_value_equal(&elements[i], &again[i]));
			assert(i == 0 || bsync_value_compare(&elements[i - 1], &elements[i]) < 0);
		}
	}
	bsync_buffer_clear(&text);
	bsync_arena_clear(&arena);
	return 0;
}
