#include "core/seal.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "core/aead.h"
#include "core/changeset.h"
#include "core/content.h"
#include "core/pack.h"
#include "core/sha256.h"

enum { HEADER_SIZE_MAX = 192 };

_Static_assert((int)BSYNC_SEAL_TAG_SIZE == (int)BSYNC_AEAD_TAG_SIZE, "one tag size");

/* What the tag and the chain cover besides the body: header || salt. */
struct envelope {
	uint8_t bytes[HEADER_SIZE_MAX + BSYNC_SEAL_SALT_SIZE];
	size_t header_size;
};

static struct bsync_bytes envelope_header(const struct envelope *envelope)
{
	return (struct bsync_bytes){envelope->bytes, envelope->header_size};
}

static struct bsync_bytes envelope_bytes(const struct envelope *envelope)
{
	return (struct bsync_bytes){envelope->bytes, envelope->header_size + BSYNC_SEAL_SALT_SIZE};
}

static void envelope_set_salt(struct envelope *envelope, const uint8_t salt[BSYNC_SEAL_SALT_SIZE])
{
	memcpy(envelope->bytes + envelope->header_size, salt, BSYNC_SEAL_SALT_SIZE);
}

uint8_t bsync_seal_suite_preferred(void)
{
	return crypto_aead_aes256gcm_is_available() ? BSYNC_SUITE_AES_256_GCM : BSYNC_SUITE_CHACHA20_POLY1305;
}

static bool suite_is_known(uint8_t suite)
{
	return suite == BSYNC_SUITE_AES_256_GCM || suite == BSYNC_SUITE_CHACHA20_POLY1305;
}

/* What identifies a changeset: its place on the line and everything constant in the epoch (PROTOCOL 8.3). */
static void header_make(const struct bsync_seal_context *context, uint64_t seq, const struct bsync_digest *previous,
			size_t body_size, struct envelope *envelope)
{
	/* Every field has a largest size, so the bytes always fit and nothing is allocated. */
	struct bsync_buffer buffer = {
		.data = envelope->bytes, .capacity = HEADER_SIZE_MAX, .size_max = HEADER_SIZE_MAX};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &buffer);
	bsync_write_array(&writer, 11);
	bsync_write_string(&writer, "BSCS");
	bsync_write_unsigned(&writer, 1);
	bsync_write_unsigned(&writer, context->suite);
	bsync_write_blob(&writer, (struct bsync_bytes){context->organisation.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){context->device.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){context->author.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){context->line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(&writer, context->epoch);
	bsync_write_unsigned(&writer, seq);
	bsync_write_blob(&writer, (struct bsync_bytes){previous->bytes, BSYNC_DIGEST_SIZE});
	bsync_write_unsigned(&writer, body_size);
	assert(writer.result == BSYNC_OK);
	envelope->header_size = buffer.size;
}

/* PROTOCOL 8.3: "hash = SHA-256("bsync/chain/v1", header || salt || body)" */
static void chain_hash(const struct envelope *envelope, struct bsync_bytes body, struct bsync_digest *hash)
{
	struct bsync_sha256_state state;

	bsync_sha256_begin(&state);
	bsync_sha256_add(&state, bsync_bytes_of_string("bsync/chain/v1"));
	bsync_sha256_add(&state, envelope_bytes(envelope));
	bsync_sha256_add(&state, body);
	bsync_sha256_end(&state, hash->bytes);
}

/* The salt hangs on fresh randomness and on everything that is sealed: two different contents never share a key. */
static enum bsync_result salt_make(const struct bsync_key *secret, const uint8_t random32[32], uint64_t seq,
				   struct bsync_bytes header, struct bsync_bytes padded,
				   uint8_t salt[BSYNC_SEAL_SALT_SIZE])
{
	struct bsync_sha256_state state;
	struct bsync_key hedge = {{0}};
	uint8_t input[32 + 8 + BSYNC_DIGEST_SIZE];
	uint8_t code[BSYNC_DIGEST_SIZE];

	enum bsync_result result = bsync_hkdf(
		(struct bsync_bytes){NULL, 0}, (struct bsync_bytes){secret->bytes, sizeof(secret->bytes)},
		bsync_bytes_of_string("bsync/hedge/v1"), hedge.bytes, sizeof(hedge.bytes));
	if (result != BSYNC_OK)
		return result;
	memcpy(input, random32, 32);
	for (size_t i = 0; i < 8; i++)
		input[32 + i] = (uint8_t)(seq >> (56 - 8 * i));
	bsync_sha256_begin(&state);
	bsync_sha256_add(&state, header);
	bsync_sha256_add(&state, padded);
	bsync_sha256_end(&state, input + 40);
	result = bsync_hmac((struct bsync_bytes){hedge.bytes, sizeof(hedge.bytes)},
			    (struct bsync_bytes){input, sizeof(input)}, code);
	memcpy(salt, code, BSYNC_SEAL_SALT_SIZE);
	bsync_key_wipe(&hedge);
	bsync_wipe(input, sizeof(input));
	return result;
}

static enum bsync_result message_key(const struct bsync_seal_context *context, uint64_t seq,
				     const uint8_t salt[BSYNC_SEAL_SALT_SIZE], struct bsync_key *key,
				     uint8_t nonce[BSYNC_AEAD_NONCE_SIZE])
{
	struct bsync_labelled info;
	uint8_t out[BSYNC_KEY_SIZE + BSYNC_AEAD_NONCE_SIZE];

	bsync_labelled_begin(&info, "bsync/cs/v1");
	bsync_labelled_add(&info, context->organisation.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add(&info, context->device.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add(&info, context->line.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add_u32(&info, context->epoch);
	bsync_labelled_add_u64(&info, seq);
	enum bsync_result result = bsync_hkdf((struct bsync_bytes){salt, BSYNC_SEAL_SALT_SIZE},
					      (struct bsync_bytes){context->secret.bytes, BSYNC_KEY_SIZE},
					      bsync_labelled_bytes(&info), out, sizeof(out));
	memcpy(key->bytes, out, BSYNC_KEY_SIZE);
	memcpy(nonce, out + BSYNC_KEY_SIZE, BSYNC_AEAD_NONCE_SIZE);
	bsync_wipe(out, sizeof(out));
	return result;
}

/* Borrows the context's scratch, or makes one in `*own` that the caller frees. */
static enum bsync_result scratch_of(const struct bsync_seal_context *context, struct bsync_seal_scratch **own,
				    struct bsync_seal_scratch **scratch)
{
	enum bsync_result result = BSYNC_OK;

	*own = NULL;
	*scratch = context->scratch;
	if (context->scratch == NULL) {
		result = bsync_seal_scratch_new(context->dictionary, own);
		*scratch = *own;
	} else {
		assert(bsync_content_fits(context->scratch, context->dictionary));
	}
	return result;
}

enum bsync_result bsync_seal(const struct bsync_seal_context *context, uint64_t seq,
			     const struct bsync_digest *previous, const uint8_t random32[32], struct bsync_bytes plain,
			     uint8_t salt[BSYNC_SEAL_SALT_SIZE], struct bsync_buffer *body, struct bsync_digest *hash)
{
	struct bsync_seal_scratch *own = NULL;
	struct bsync_seal_scratch *scratch = NULL;
	struct envelope envelope;
	struct bsync_key key = {{0}};
	uint8_t nonce[BSYNC_AEAD_NONCE_SIZE];
	uint8_t *room = NULL;
	size_t size = 0;

	assert(seq != 0);
	if (!suite_is_known(context->suite))
		return BSYNC_INVALID;
	if (plain.size > BSYNC_CHANGESET_SIZE_MAX)
		return BSYNC_TOO_LARGE;
	enum bsync_result result = scratch_of(context, &own, &scratch);
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(body, bsync_content_size_max(plain.size) + BSYNC_SEAL_TAG_SIZE, &room);
	if (result == BSYNC_OK)
		result = bsync_content_make(scratch, plain, room, &size);
	if (result != BSYNC_OK)
		goto done;
	header_make(context, seq, previous, size + BSYNC_SEAL_TAG_SIZE, &envelope);
	result = salt_make(&context->secret, random32, seq, envelope_header(&envelope),
			   (struct bsync_bytes){room, size}, salt);
	if (result == BSYNC_OK)
		result = message_key(context, seq, salt, &key, nonce);
	if (result != BSYNC_OK)
		goto done;
	envelope_set_salt(&envelope, salt);
	result = bsync_aead_seal(context->suite, &key, nonce, envelope_bytes(&envelope), room, size);
	if (result != BSYNC_OK)
		goto done;
	size += BSYNC_SEAL_TAG_SIZE;
	bsync_buffer_commit(body, size);
	chain_hash(&envelope, (struct bsync_bytes){room, size}, hash);
done:
	bsync_key_wipe(&key);
	bsync_seal_scratch_free(own);
	return result;
}

void bsync_seal_hash(const struct bsync_seal_context *context, uint64_t seq, const struct bsync_digest *previous,
		     const struct bsync_sealed *sealed, struct bsync_digest *hash)
{
	struct envelope envelope;

	assert(sealed->body.size == 0 || sealed->body.data != NULL);
	header_make(context, seq, previous, sealed->body.size, &envelope);
	envelope_set_salt(&envelope, sealed->salt);
	chain_hash(&envelope, sealed->body, hash);
}

enum bsync_result bsync_unseal(const struct bsync_seal_context *context, uint64_t seq,
			       const struct bsync_digest *previous, const struct bsync_sealed *sealed,
			       struct bsync_buffer *plain)
{
	struct bsync_seal_scratch *own = NULL;
	struct bsync_seal_scratch *scratch = NULL;
	struct envelope envelope;
	struct bsync_key key = {{0}};
	uint8_t nonce[BSYNC_AEAD_NONCE_SIZE];
	uint8_t *room = NULL;

	assert(plain != NULL && (sealed->body.size == 0 || sealed->body.data != NULL));
	if (!suite_is_known(context->suite))
		return BSYNC_INVALID;
	/* One byte for sure, so that there is room to point at. */
	if (sealed->body.size <= BSYNC_SEAL_TAG_SIZE)
		return BSYNC_BAD_SEAL;
	const size_t size = sealed->body.size - BSYNC_SEAL_TAG_SIZE;
	if (size > BSYNC_AEAD_SIZE_MAX)
		return BSYNC_TOO_LARGE;
	header_make(context, seq, previous, sealed->body.size, &envelope);
	envelope_set_salt(&envelope, sealed->salt);
	enum bsync_result result = scratch_of(context, &own, &scratch);
	if (result != BSYNC_OK)
		return result;
	result = bsync_content_room(scratch, size, &room);
	if (result == BSYNC_OK)
		result = message_key(context, seq, sealed->salt, &key, nonce);
	if (result == BSYNC_OK)
		result = bsync_aead_open(context->suite, &key, nonce, envelope_bytes(&envelope), sealed->body, room);
	if (result == BSYNC_OK)
		result = bsync_content_read(scratch, (struct bsync_bytes){room, size}, plain);
	bsync_key_wipe(&key);
	bsync_content_done(scratch);
	bsync_seal_scratch_free(own);
	return result;
}
