#include "core/content.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "core/aead.h"
#include "core/changeset.h"

enum {
	FORM_PLAIN = 0,
	FORM_ZSTD = 1,
	FORM_ZSTD_DICTIONARY = 2,
	HEAD_SIZE = 5, /* form and length */
	/* A short changeset, most of what people save, gains a tenth for some microseconds. */
	LEVEL = 1,
	LEVEL_SHORT = 6,
	SHORT_MAX = 2048,
	ROOM_KEPT_MAX = 64 << 10,
	/* Below these sizes compression gains less than it costs. */
	COMPRESS_MIN = 1024,
	COMPRESS_DICTIONARY_MIN = 64,
};

/* The contexts are made at first use: a device never opens, a store never seals. */
struct bsync_seal_scratch {
	struct bsync_bytes dictionary;
	ZSTD_CCtx *compressor;
	ZSTD_CDict *compressor_dictionary, *compressor_dictionary_short;
	ZSTD_DCtx *decompressor;
	ZSTD_DDict *decompressor_dictionary;
	struct bsync_buffer room;
};

enum bsync_result bsync_seal_scratch_new(struct bsync_bytes dictionary, struct bsync_seal_scratch **out)
{
	assert(out != NULL && (dictionary.size == 0 || dictionary.data != NULL));
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return BSYNC_NO_MEMORY;
	(*out)->dictionary = dictionary;
	bsync_buffer_init(&(*out)->room, BSYNC_AEAD_SIZE_MAX);
	return BSYNC_OK;
}

void bsync_seal_scratch_free(struct bsync_seal_scratch *scratch)
{
	if (scratch == NULL)
		return;
	ZSTD_freeCCtx(scratch->compressor);
	ZSTD_freeCDict(scratch->compressor_dictionary);
	ZSTD_freeCDict(scratch->compressor_dictionary_short);
	ZSTD_freeDCtx(scratch->decompressor);
	ZSTD_freeDDict(scratch->decompressor_dictionary);
	bsync_buffer_wipe(&scratch->room);
	free(scratch);
}

bool bsync_content_fits(const struct bsync_seal_scratch *scratch, struct bsync_bytes dictionary)
{
	return scratch->dictionary.size == dictionary.size &&
	       (dictionary.size == 0 || scratch->dictionary.data == dictionary.data);
}

enum bsync_result bsync_content_room(struct bsync_seal_scratch *scratch, size_t size, uint8_t **room)
{
	assert(scratch->room.size == 0);
	enum bsync_result result = bsync_buffer_reserve(&scratch->room, size, room);
	if (result == BSYNC_OK)
		bsync_buffer_commit(&scratch->room, size);
	return result;
}

void bsync_content_done(struct bsync_seal_scratch *scratch)
{
	if (scratch->room.capacity > ROOM_KEPT_MAX) {
		bsync_buffer_wipe(&scratch->room);
	} else if (scratch->room.size != 0) {
		bsync_wipe(scratch->room.data, scratch->room.size);
		bsync_buffer_consume(&scratch->room, scratch->room.size);
	}
}

/* The sizes that a content is padded to (PROTOCOL 8.3). */
static size_t bucket(size_t size)
{
	size_t step = size <= 1024 ? 32 : size <= 8192 ? 128 : 1024;

	return (size + step - 1) / step * step;
}

size_t bsync_content_size_max(size_t plain_size)
{
	assert(plain_size <= BSYNC_CHANGESET_SIZE_MAX);
	return bucket(HEAD_SIZE + plain_size);
}

/* Readies the compressor for a plaintext of this size. */
static enum bsync_result compressor_ready(struct bsync_seal_scratch *scratch, size_t plain_size)
{
	const bool is_short = plain_size <= SHORT_MAX;
	const int level = is_short ? LEVEL_SHORT : LEVEL;
	ZSTD_CDict **dictionary = is_short ? &scratch->compressor_dictionary_short : &scratch->compressor_dictionary;

	if (scratch->compressor == NULL)
		scratch->compressor = ZSTD_createCCtx();
	if (scratch->compressor == NULL)
		return BSYNC_NO_MEMORY;
	/* What did not fit its room left the compressor in the middle of a frame, where it takes no settings. */
	if (ZSTD_isError(ZSTD_CCtx_reset(scratch->compressor, ZSTD_reset_session_only)))
		return BSYNC_CRYPTO;
	if (scratch->dictionary.size == 0)
		return ZSTD_isError(ZSTD_CCtx_setParameter(scratch->compressor, ZSTD_c_compressionLevel, level))
			       ? BSYNC_CRYPTO
			       : BSYNC_OK;
	if (*dictionary == NULL)
		*dictionary = ZSTD_createCDict(scratch->dictionary.data, scratch->dictionary.size, level);
	if (*dictionary == NULL)
		return BSYNC_SCHEMA;
	/* A reader with another dictionary would otherwise decode to something else without noticing. */
	if (ZSTD_isError(ZSTD_CCtx_setParameter(scratch->compressor, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_refCDict(scratch->compressor, *dictionary)))
		return BSYNC_CRYPTO;
	return BSYNC_OK;
}

static enum bsync_result decompressor_ready(struct bsync_seal_scratch *scratch)
{
	if (scratch->decompressor == NULL)
		scratch->decompressor = ZSTD_createDCtx();
	if (scratch->decompressor == NULL)
		return BSYNC_NO_MEMORY;
	if (scratch->decompressor_dictionary == NULL && scratch->dictionary.size != 0) {
		scratch->decompressor_dictionary = ZSTD_createDDict(scratch->dictionary.data, scratch->dictionary.size);
		if (scratch->decompressor_dictionary == NULL)
			return BSYNC_SCHEMA;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_content_make(struct bsync_seal_scratch *scratch, struct bsync_bytes plain, uint8_t *room,
				     size_t *size)
{
	const size_t plain_bucket = bsync_content_size_max(plain.size);
	const bool has_dictionary = scratch->dictionary.size != 0;
	uint8_t form = FORM_PLAIN;
	size_t length = 0;

	if (plain.size >= (has_dictionary ? COMPRESS_DICTIONARY_MIN : COMPRESS_MIN)) {
		enum bsync_result result = compressor_ready(scratch, plain.size);
		if (result != BSYNC_OK)
			return result;
		length = ZSTD_compress2(scratch->compressor, room + HEAD_SIZE, plain_bucket - HEAD_SIZE, plain.data,
					plain.size);
		/* Compression that does not reach a smaller bucket would only cost the reader time. */
		if (!ZSTD_isError(length) && bucket(HEAD_SIZE + length) < plain_bucket)
			form = has_dictionary ? FORM_ZSTD_DICTIONARY : FORM_ZSTD;
	}
	if (form == FORM_PLAIN) {
		length = plain.size;
		if (length != 0)
			memcpy(room + HEAD_SIZE, plain.data, length);
	}
	room[0] = form;
	for (size_t i = 0; i < 4; i++)
		room[1 + i] = (uint8_t)(length >> (24 - 8 * i));
	*size = bucket(HEAD_SIZE + length);
	memset(room + HEAD_SIZE + length, 0, *size - HEAD_SIZE - length);
	return BSYNC_OK;
}

static enum bsync_result decompress(struct bsync_seal_scratch *scratch, uint8_t form, struct bsync_bytes content,
				    struct bsync_buffer *plain)
{
	unsigned long long size = ZSTD_getFrameContentSize(content.data, content.size);
	unsigned dictionary_id = ZSTD_getDictID_fromFrame(content.data, content.size);
	uint8_t *room = NULL;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR)
		return BSYNC_MALFORMED;
	if (size > BSYNC_CHANGESET_SIZE_MAX)
		return BSYNC_TOO_LARGE;
	if (ZSTD_findFrameCompressedSize(content.data, content.size) != content.size)
		return BSYNC_MALFORMED;
	if (form == FORM_ZSTD ? dictionary_id != 0 : scratch->dictionary.size == 0)
		return form == FORM_ZSTD ? BSYNC_MALFORMED : BSYNC_NOT_FOUND;
	enum bsync_result result = decompressor_ready(scratch);
	if (result == BSYNC_OK && form == FORM_ZSTD_DICTIONARY &&
	    dictionary_id != ZSTD_getDictID_fromDDict(scratch->decompressor_dictionary))
		return BSYNC_NOT_FOUND;
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(plain, (size_t)size, &room);
	if (result != BSYNC_OK)
		return result;
	size_t status = ZSTD_decompress_usingDDict(
		scratch->decompressor, room, (size_t)size, content.data, content.size,
		form == FORM_ZSTD_DICTIONARY ? scratch->decompressor_dictionary : NULL);
	if (ZSTD_isError(status) || status != size)
		return BSYNC_MALFORMED;
	bsync_buffer_commit(plain, (size_t)size);
	return BSYNC_OK;
}

enum bsync_result bsync_content_read(struct bsync_seal_scratch *scratch, struct bsync_bytes padded,
				     struct bsync_buffer *plain)
{
	assert(padded.data != NULL && plain != NULL);
	if (padded.size < HEAD_SIZE)
		return BSYNC_MALFORMED;
	const uint8_t form = padded.data[0];
	const size_t length = (size_t)padded.data[1] << 24 | (size_t)padded.data[2] << 16 |
			      (size_t)padded.data[3] << 8 | (size_t)padded.data[4];
	const struct bsync_bytes content = {padded.data + HEAD_SIZE, length};

	if (length > padded.size - HEAD_SIZE || bucket(HEAD_SIZE + length) != padded.size)
		return BSYNC_MALFORMED;
	for (size_t i = HEAD_SIZE + length; i < padded.size; i++) {
		if (padded.data[i] != 0)
			return BSYNC_MALFORMED;
	}
	switch (form) {
	case FORM_PLAIN:
		return length > BSYNC_CHANGESET_SIZE_MAX ? BSYNC_TOO_LARGE
							 : bsync_buffer_append(plain, content.data, content.size);
	case FORM_ZSTD:
	case FORM_ZSTD_DICTIONARY:
		return decompress(scratch, form, content, plain);
	default:
		return BSYNC_MALFORMED;
	}
}
