#include "core/merge.h"

#include <assert.h>
#include <string.h>

#include <msgpack/pack.h>

#include "core/derived_id.h"
#include "core/sha256.h"

/* msgpack-c hands over every piece of its output here, so that nothing needs memory. */
static int piece_add(void *data, const char *piece, size_t size)
{
	bsync_sha256_add(data, (struct bsync_bytes){(const uint8_t *)piece, size});
	return 0;
}

static void add_blob(msgpack_packer *packer, const void *bytes, size_t size)
{
	msgpack_pack_bin(packer, size);
	if (size != 0)
		msgpack_pack_bin_body(packer, bytes, size);
}

/* PROTOCOL 3.1: "A cell value is nil (NULL), int in the signed 64-bit range (INTEGER), float64 (REAL), str (TEXT) or bin (BLOB).
 * Text that is not UTF-8 travels as bin" */
static void add_value(msgpack_packer *packer, const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_NULL:
		msgpack_pack_nil(packer);
		break;
	case BSYNC_INTEGER:
		msgpack_pack_int64(packer, value->as.integer);
		break;
	case BSYNC_REAL:
		msgpack_pack_double(packer, value->as.real);
		break;
	case BSYNC_TEXT:
		if (bsync_utf8_valid(value->as.bytes)) {
			msgpack_pack_str(packer, value->as.bytes.size);
			if (value->as.bytes.size != 0)
				msgpack_pack_str_body(packer, value->as.bytes.data, value->as.bytes.size);
			break;
		}
		add_blob(packer, value->as.bytes.data, value->as.bytes.size);
		break;
	case BSYNC_BLOB:
		add_blob(packer, value->as.bytes.data, value->as.bytes.size);
		break;
	}
}

static int compare_dots(const struct bsync_dot *a, const struct bsync_dot *b)
{
	int order = memcmp(a->device.bytes, b->device.bytes, BSYNC_ID_SIZE);

	if (order == 0)
		order = memcmp(a->line.bytes, b->line.bytes, BSYNC_ID_SIZE);
	return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool are_ascending(const struct bsync_dot *dots, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		if (compare_dots(&dots[i - 1], &dots[i]) >= 0)
			return false;
	}
	return true;
}

/* The least dot above `last`, or the least of all when that is NULL: sorting without memory, for a handful. */
static const struct bsync_dot *next_dot(const struct bsync_dot *dots, uint32_t count, const struct bsync_dot *last)
{
	const struct bsync_dot *next = NULL;

	for (uint32_t i = 0; i < count; i++) {
		if ((last == NULL || compare_dots(&dots[i], last) > 0) &&
		    (next == NULL || compare_dots(&dots[i], next) < 0))
			next = &dots[i];
	}
	assert(next != NULL);
	return next;
}

/* PROTOCOL 7.5: "The id of a conflict is the first 16 bytes of SHA-256 over "bsync/item/v1" and the canonical array `[table_no, key, column_no, [dot, …]]`
 * with the dots ascending." */
void bsync_conflict_id(uint32_t table_no, const struct bsync_value *key, uint32_t key_count, uint32_t column_no,
		       uint32_t dot_count, const struct bsync_dot *dots, uint8_t id[16])
{
	const bool is_ascending = are_ascending(dots, dot_count);
	const struct bsync_dot *dot = NULL;
	struct bsync_sha256_state state;
	uint8_t digest[BSYNC_DIGEST_SIZE];
	msgpack_packer packer;

	assert(key != NULL || key_count == 0);
	assert(dots != NULL || dot_count == 0);
	assert(id != NULL);
	bsync_sha256_begin(&state);
	bsync_sha256_add(&state, bsync_bytes_of_string(bsync_item_label));
	msgpack_packer_init(&packer, &state, piece_add);
	msgpack_pack_array(&packer, 4);
	msgpack_pack_uint32(&packer, table_no);
	msgpack_pack_array(&packer, key_count);
	for (uint32_t i = 0; i < key_count; i++)
		add_value(&packer, &key[i]);
	msgpack_pack_uint32(&packer, column_no);
	msgpack_pack_array(&packer, dot_count);
	for (uint32_t i = 0; i < dot_count; i++) {
		dot = is_ascending ? &dots[i] : next_dot(dots, dot_count, dot);
		msgpack_pack_array(&packer, 3);
		add_blob(&packer, dot->device.bytes, BSYNC_ID_SIZE);
		add_blob(&packer, dot->line.bytes, BSYNC_ID_SIZE);
		msgpack_pack_uint64(&packer, dot->seq);
	}
	bsync_sha256_end(&state, digest);
	memcpy(id, digest, 16);
}
