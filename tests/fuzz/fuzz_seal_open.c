/* fuzz_seal_open.c: what a hostile device can put into a changeset, behind the seal and inside it.
 *
 * Input: a byte (bit 0: with a dictionary, bit 1: as the body of a sealed changeset instead of as its content), then
 * the bytes.  Content that reads must read the same after it is made again. */
#include <assert.h>
#include <string.h>

#include "core/changeset.h"
#include "core/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char words[] = "betrokkenheid ondersteuning doelbinding medewerker huishouden afspraak huisbezoek";

/* Nobody can make a body that opens without the secret. */
static void open_body(struct bsync_seal_context *context, struct bsync_bytes body, struct bsync_buffer *plain)
{
	static const struct bsync_digest zeros;
	struct bsync_sealed sealed = {.salt = {1}, .body = body};
	enum bsync_result result = BSYNC_OK;

	for (context->suite = 1; context->suite <= 2; context->suite++) {
		result = bsync_unseal(context, 1, &zeros, &sealed, plain);
		assert(result == BSYNC_BAD_SEAL || result == BSYNC_TOO_LARGE);
	}
}

/* Makes content of `plain` again and reads it back. */
static void read_again(struct bsync_seal_scratch *scratch, const struct bsync_buffer *plain)
{
	struct bsync_buffer padded;
	struct bsync_buffer again;
	uint8_t *room = NULL;
	size_t made = 0;
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(&padded, (size_t)16 << 20);
	bsync_buffer_init(&again, BSYNC_CHANGESET_SIZE_MAX);
	result = bsync_buffer_reserve(&padded, bsync_content_size_max(plain->size), &room);
	assert(result == BSYNC_OK);
	result = bsync_content_make(scratch, bsync_buffer_bytes(plain), room, &made);
	assert(result == BSYNC_OK && made <= bsync_content_size_max(plain->size));
	result = bsync_content_read(scratch, (struct bsync_bytes){room, made}, &again);
	assert(result == BSYNC_OK);
	assert(bsync_bytes_equal(bsync_buffer_bytes(plain), bsync_buffer_bytes(&again)));
	bsync_buffer_clear(&again);
	bsync_buffer_clear(&padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_seal_context context = {.epoch = 1, .suite = 1};
	struct bsync_buffer plain;
	enum bsync_result result = BSYNC_OK;

	if (size < 2)
		return 0;
	const struct bsync_bytes input = {data + 1, size - 1};
	if ((data[0] & 1) != 0)
		context.dictionary = bsync_bytes_of_string(words);
	result = bsync_seal_scratch_new(context.dictionary, &context.scratch);
	assert(result == BSYNC_OK);
	bsync_buffer_init(&plain, BSYNC_CHANGESET_SIZE_MAX);
	if ((data[0] & 2) != 0) {
		open_body(&context, input, &plain);
	} else {
		result = bsync_content_read(context.scratch, input, &plain);
		if (result == BSYNC_OK)
			read_again(context.scratch, &plain);
		else
			assert(plain.size == 0);
	}
	bsync_buffer_clear(&plain);
	bsync_seal_scratch_free(context.scratch);
	return 0;
}
