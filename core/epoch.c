/* epoch.c: the record that opens a key epoch, and the signature over a batch (core/seal.h; PROTOCOL 8.2, 8.4). */
#include "core/seal.h"

#include <assert.h>
#include <string.h>

#include "core/hpke.h"
#include "core/pack.h"

enum { AAD_SIZE_MAX = 160 };

_Static_assert(sizeof(((struct bsync_epoch_open *)0)->sealed_secret) == BSYNC_KEY_SIZE + BSYNC_HPKE_TAG_SIZE,
	       "a sealed secret is the secret and a tag");

static const char label[] = "bsync/epoch/v1";

struct epoch_aad {
	uint8_t bytes[AAD_SIZE_MAX];
	size_t size;
};

/* PROTOCOL 8.2: "aad the canonical array `[organisation, device, line, epoch, suite, first_seq, parent]`" */
static void aad_make(const struct bsync_seal_context *context, uint64_t first_seq, const struct bsync_digest *parent,
		     struct epoch_aad *aad)
{
	/* Every field has a largest size, so the bytes always fit and nothing is allocated. */
	struct bsync_buffer buffer = {.data = aad->bytes, .capacity = AAD_SIZE_MAX, .size_max = AAD_SIZE_MAX};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &buffer);
	bsync_write_array(&writer, 7);
	bsync_write_blob(&writer, (struct bsync_bytes){context->organisation.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){context->device.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){context->line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(&writer, context->epoch);
	bsync_write_unsigned(&writer, context->suite);
	bsync_write_unsigned(&writer, first_seq);
	bsync_write_blob(&writer, (struct bsync_bytes){parent->bytes, BSYNC_DIGEST_SIZE});
	assert(writer.result == BSYNC_OK);
	aad->size = buffer.size;
}

static void signed_make(const struct epoch_aad *aad, const struct bsync_epoch_open *open, struct bsync_labelled *out)
{
	bsync_labelled_begin(out, label);
	bsync_labelled_add(out, aad->bytes, aad->size);
	bsync_labelled_add(out, open->encapsulated, sizeof(open->encapsulated));
	bsync_labelled_add(out, open->sealed_secret, sizeof(open->sealed_secret));
}

enum bsync_result bsync_epoch_seal(const struct bsync_seal_context *context, const uint8_t seal_key[32],
				   uint64_t first_seq, const struct bsync_digest *parent,
				   const struct bsync_signing_key *key, const uint8_t random32[32],
				   uint8_t signature[BSYNC_SIGNATURE_SIZE], struct bsync_epoch_open *out)
{
	struct epoch_aad aad;
	struct bsync_labelled message;
	struct bsync_epoch_open open = {
		.epoch = context->epoch,
		.suite = context->suite,
		.line = context->line,
		.first_seq = first_seq,
		.parent = *parent,
		.signature = {signature, BSYNC_SIGNATURE_SIZE},
	};

	assert(first_seq != 0 && out != NULL);
	aad_make(context, first_seq, parent, &aad);
	enum bsync_result result = bsync_hpke_seal(
		seal_key, random32, bsync_bytes_of_string(label), (struct bsync_bytes){aad.bytes, aad.size},
		(struct bsync_bytes){context->secret.bytes, BSYNC_KEY_SIZE}, open.encapsulated, open.sealed_secret);
	if (result != BSYNC_OK)
		return result;
	signed_make(&aad, &open, &message);
	result = bsync_sign(key, bsync_labelled_bytes(&message), signature);
	if (result == BSYNC_OK)
		*out = open;
	return result;
}

enum bsync_result bsync_epoch_unseal(struct bsync_seal_context *context, const uint8_t seal_private[32],
				     const struct bsync_epoch_open *open, const struct bsync_verify_key *key)
{
	struct epoch_aad aad;
	struct bsync_labelled message;
	struct bsync_key secret = {{0}};

	assert(context != NULL && open != NULL);
	if (open->suite != BSYNC_SUITE_AES_256_GCM && open->suite != BSYNC_SUITE_CHACHA20_POLY1305)
		return BSYNC_MALFORMED;
	if (open->epoch != context->epoch || open->suite != context->suite || open->first_seq == 0 ||
	    memcmp(open->line.bytes, context->line.bytes, BSYNC_ID_SIZE) != 0)
		return BSYNC_MALFORMED;
	aad_make(context, open->first_seq, &open->parent, &aad);
	signed_make(&aad, open, &message);
	enum bsync_result result = bsync_verify(key, bsync_labelled_bytes(&message), open->signature);
	if (result == BSYNC_OK)
		result = bsync_hpke_open(seal_private, open->encapsulated, bsync_bytes_of_string(label),
					 (struct bsync_bytes){aad.bytes, aad.size},
					 (struct bsync_bytes){open->sealed_secret, sizeof(open->sealed_secret)},
					 secret.bytes);
	if (result == BSYNC_OK)
		context->secret = secret;
	bsync_key_wipe(&secret);
	return result;
}

/* PROTOCOL 8.4: "label "bsync/batch/v1", organisation, device, line, u32 epoch," and what follows it. */
static void batch_make(const struct bsync_seal_context *context, uint64_t first_seq, uint64_t last_seq,
		       const struct bsync_digest *last, struct bsync_labelled *out)
{
	bsync_labelled_begin(out, "bsync/batch/v1");
	bsync_labelled_add(out, context->organisation.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add(out, context->device.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add(out, context->line.bytes, BSYNC_ID_SIZE);
	bsync_labelled_add_u32(out, context->epoch);
	bsync_labelled_add_u64(out, first_seq);
	bsync_labelled_add_u64(out, last_seq);
	bsync_labelled_add(out, last->bytes, BSYNC_DIGEST_SIZE);
}

enum bsync_result bsync_batch_sign(const struct bsync_seal_context *context, const struct bsync_signing_key *key,
				   uint64_t first_seq, uint64_t last_seq, const struct bsync_digest *last,
				   uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	struct bsync_labelled message;

	assert(first_seq != 0 && last_seq >= first_seq);
	batch_make(context, first_seq, last_seq, last, &message);
	return bsync_sign(key, bsync_labelled_bytes(&message), signature);
}

enum bsync_result bsync_batch_verify(const struct bsync_seal_context *context, const struct bsync_verify_key *key,
				     uint64_t first_seq, uint64_t last_seq, const struct bsync_digest *last,
				     struct bsync_bytes signature)
{
	struct bsync_labelled message;

	assert(key != NULL && last != NULL);
	batch_make(context, first_seq, last_seq, last, &message);
	return bsync_verify(key, bsync_labelled_bytes(&message), signature);
}
