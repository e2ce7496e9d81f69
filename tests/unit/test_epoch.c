#include "core/hpke.h"
#include "core/seal.h"

#include "tests/support/harness.h"

static int counting_fill(void *context, uint8_t *out, size_t size)
{
	uint8_t *next = context;

	for (size_t i = 0; i < size; i++)
		out[i] = (*next)++;
	return 0;
}

/* A device with its key, a store with its key pair, and the record of one epoch between them. */
struct scene {
	struct bsync_seal_context context;
	struct bsync_signing_key *key;
	struct bsync_verify_key *verify;
	uint8_t seal_private[32], seal_public[32];
	struct bsync_digest parent;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	struct bsync_epoch_open open;
};

static struct bsync_verify_key *verify_of(const struct bsync_signing_key *key)
{
	struct bsync_verify_key *verify = NULL;
	struct bsync_buffer spki;

	bsync_buffer_init(&spki, 200);
	if (bsync_signing_key_public(key, &spki) != BSYNC_OK ||
	    bsync_verify_key_parse(bsync_buffer_bytes(&spki), &verify) != BSYNC_OK)
		verify = NULL;
	bsync_buffer_clear(&spki);
	return verify;
}

static int scene_make(struct scene *s)
{
	uint8_t next = 1;
	uint8_t fresh[32];
	const struct bsync_random random = {counting_fill, &next};

	memset(s, 0, sizeof(*s));
	s->context.epoch = 2;
	s->context.suite = BSYNC_SUITE_AES_256_GCM;
	memset(s->context.organisation.bytes, 1, BSYNC_ID_SIZE);
	memset(s->context.device.bytes, 2, BSYNC_ID_SIZE);
	memset(s->context.line.bytes, 3, BSYNC_ID_SIZE);
	memset(s->context.secret.bytes, 4, BSYNC_KEY_SIZE);
	memset(s->parent.bytes, 5, BSYNC_DIGEST_SIZE);
	if (bsync_signing_key_make(&random, &s->key) != BSYNC_OK)
		return 0;
	s->verify = verify_of(s->key);
	counting_fill(&next, fresh, 32);
	if (s->verify == NULL || bsync_hpke_keypair(fresh, s->seal_private, s->seal_public) != BSYNC_OK)
		return 0;
	counting_fill(&next, fresh, 32);
	return bsync_epoch_seal(&s->context, s->seal_public, 7, &s->parent, s->key, fresh, s->signature, &s->open) ==
	       BSYNC_OK;
}

static void scene_free(struct scene *s)
{
	bsync_signing_key_free(s->key);
	bsync_verify_key_free(s->verify);
}

/* The store's context: everything but the secret. */
static struct bsync_seal_context known(const struct scene *s)
{
	struct bsync_seal_context context = s->context;

	memset(&context.secret, 0, sizeof(context.secret));
	return context;
}

TEST(epoch_secret_reaches_the_store)
{
	struct scene s;

	CHECK(scene_make(&s));
	struct bsync_seal_context context = known(&s);
	CHECK_EQ(s.open.first_seq, 7);
	CHECK_EQ(bsync_epoch_unseal(&context, s.seal_private, &s.open, s.verify), BSYNC_OK);
	CHECK_BYTES(context.secret.bytes, 32, s.context.secret.bytes, 32);
	scene_free(&s);
}

TEST(changed_epoch_record_is_refused)
{
	struct scene s;
	static const struct bsync_key no_secret;

	CHECK(scene_make(&s));
	struct bsync_seal_context context = known(&s);
#define CHECK_REFUSED(change, undo, expected)                                                        \
	do {                                                                                         \
		change;                                                                              \
		CHECK_EQ(bsync_epoch_unseal(&context, s.seal_private, &s.open, s.verify), expected); \
		CHECK_BYTES(context.secret.bytes, 32, no_secret.bytes, 32);                          \
		undo;                                                                                \
	} while (0)
	CHECK_REFUSED(s.open.epoch++, s.open.epoch--, BSYNC_MALFORMED);
	CHECK_REFUSED(s.open.suite = 2, s.open.suite = 1, BSYNC_MALFORMED);
	CHECK_REFUSED(s.open.suite = 3, s.open.suite = 1, BSYNC_MALFORMED);
	CHECK_REFUSED(s.open.line.bytes[0]++, s.open.line.bytes[0]--, BSYNC_MALFORMED);
	CHECK_REFUSED(s.open.first_seq = 0, s.open.first_seq = 7, BSYNC_MALFORMED);
	CHECK_REFUSED(s.open.first_seq = 8, s.open.first_seq = 7, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.open.parent.bytes[0]++, s.open.parent.bytes[0]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.open.encapsulated[5]++, s.open.encapsulated[5]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.open.sealed_secret[47]++, s.open.sealed_secret[47]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.signature[0]++, s.signature[0]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.open.signature.size--, s.open.signature.size++, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(context.device.bytes[0]++, context.device.bytes[0]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(context.organisation.bytes[0]++, context.organisation.bytes[0]--, BSYNC_BAD_SIGNATURE);
	CHECK_REFUSED(s.seal_private[3]++, s.seal_private[3]--, BSYNC_BAD_SEAL);
#undef CHECK_REFUSED
	CHECK_EQ(bsync_epoch_unseal(&context, s.seal_private, &s.open, s.verify), BSYNC_OK);
	scene_free(&s);
}

TEST(epoch_record_of_another_device_is_refused)
{
	struct scene s;
	uint8_t next = 99;
	const struct bsync_random random = {counting_fill, &next};
	struct bsync_signing_key *other = NULL;

	CHECK(scene_make(&s));
	CHECK_EQ(bsync_signing_key_make(&random, &other), BSYNC_OK);
	struct bsync_verify_key *verify = verify_of(other);
	struct bsync_seal_context context = known(&s);
	CHECK_EQ(bsync_epoch_unseal(&context, s.seal_private, &s.open, verify), BSYNC_BAD_SIGNATURE);
	bsync_verify_key_free(verify);
	bsync_signing_key_free(other);
	scene_free(&s);
}

TEST(batch_signature_fits_its_range_and_no_other)
{
	struct scene s;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	const struct bsync_bytes bytes = {signature, sizeof(signature)};
	const struct bsync_digest last = {{9}};
	const struct bsync_digest other = {{8}};

	CHECK(scene_make(&s));
	CHECK_EQ(bsync_batch_sign(&s.context, s.key, 7, 9, &last, signature), BSYNC_OK);
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 9, &last, bytes), BSYNC_OK);
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 6, 9, &last, bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 10, &last, bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 9, &other, bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 9, &last, (struct bsync_bytes){signature, 63}),
		 BSYNC_BAD_SIGNATURE);
	s.context.epoch++;
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 9, &last, bytes), BSYNC_BAD_SIGNATURE);
	s.context.epoch--;
	s.context.line.bytes[0]++;
	CHECK_EQ(bsync_batch_verify(&s.context, s.verify, 7, 9, &last, bytes), BSYNC_BAD_SIGNATURE);
	scene_free(&s);
}
