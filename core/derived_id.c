#include "core/derived_id.h"

#include <assert.h>
#include <string.h>

#include "core/keys.h"

const char bsync_item_label[] = "bsync/item/v1";
const char bsync_fork_label[] = "bsync/fork/v1";

void bsync_derived_id_begin(struct bsync_derived_id *derived, const char *label, size_t size_max)
{
	enum bsync_result result;

	assert(derived != NULL);
	assert(label != NULL);
	bsync_buffer_init(&derived->input, size_max);
	result = bsync_buffer_append(&derived->input, label, strlen(label));
	bsync_writer_init(&derived->writer, &derived->input);
	derived->writer.result = result;
}

void bsync_derived_id_dot(struct bsync_derived_id *derived, const struct bsync_dot *dot)
{
	assert(derived != NULL);
	assert(dot != NULL);
	bsync_write_blob(&derived->writer, (struct bsync_bytes){dot->device.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&derived->writer, (struct bsync_bytes){dot->line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(&derived->writer, dot->seq);
}

enum bsync_result bsync_derived_id_end(struct bsync_derived_id *derived, uint8_t id[BSYNC_ID_SIZE])
{
	const enum bsync_result result = derived->writer.result;
	struct bsync_digest digest;

	assert(id != NULL);
	if (result == BSYNC_OK) {
		bsync_sha256(bsync_buffer_bytes(&derived->input), &digest);
		memcpy(id, digest.bytes, BSYNC_ID_SIZE);
	}
	bsync_buffer_clear(&derived->input);
	return result;
}
