/* Golden bytes of the cryptographic steps: schema/vectors/seal.hex, box.hex and enrolment.hex. */
#include "core/hpke.h"
#include "core/identity.h"

#include <sodium.h>

#include "tests/support/harness.h"
#include "tests/support/vectors.h"

enum { VALUE_MAX = 2048 };

/* One value of a vector file. */
struct value {
	uint8_t bytes[VALUE_MAX];
	size_t size;
};

static struct bsync_bytes bytes_of(const struct value *value)
{
	return (struct bsync_bytes){value->bytes, value->size};
}

#define READ(file, variable)                                                     \
	struct value variable;                                                   \
	variable.size = vector_read(file, #variable, variable.bytes, VALUE_MAX); \
	CHECK(variable.size != 0)

static int read_fixed(const char *name, void *out, size_t size)
{
	return vector_read("seal.hex", name, out, size) == size;
}

static int read_context(struct bsync_seal_context *context, uint8_t suite)
{
	memset(context, 0, sizeof(*context));
	context->epoch = 3;
	context->suite = suite;
	return read_fixed("organisation", context->organisation.bytes, 16) &&
	       read_fixed("device", context->device.bytes, 16) && read_fixed("author", context->author.bytes, 16) &&
	       read_fixed("line", context->line.bytes, 16) && read_fixed("secret", context->secret.bytes, 32);
}

/* Sources of randomness for boxes: 01, 02, 03, … */
static int counting_fill(void *context, uint8_t *out, size_t size)
{
	uint8_t *next = context;

	for (size_t i = 0; i < size; i++)
		out[i] = (*next)++;
	return 0;
}

TEST(changesets_seal_to_the_golden_bytes)
{
	struct bsync_seal_context context;
	struct bsync_digest previous = {{0}};
	READ("seal.hex", random32);
	READ("seal.hex", plain);
	READ("seal.hex", chacha_salt);
	READ("seal.hex", chacha_body);
	READ("seal.hex", chacha_hash);
	READ("seal.hex", gcm_salt);
	READ("seal.hex", gcm_body);
	READ("seal.hex", gcm_hash);
	const struct value *const salts[] = {&chacha_salt, &gcm_salt};
	const struct value *const bodies[] = {&chacha_body, &gcm_body};
	const struct value *const hashes[] = {&chacha_hash, &gcm_hash};

	CHECK(sodium_init() >= 0);
	for (size_t i = 0; i < 2; i++) {
		uint8_t salt[BSYNC_SEAL_SALT_SIZE];
		struct bsync_buffer body;
		struct bsync_digest hash;

		CHECK(read_context(&context, (uint8_t)(2 - i)));
		bsync_buffer_init(&body, VALUE_MAX);
		CHECK_EQ(bsync_seal(&context, i + 1, &previous, random32.bytes, bytes_of(&plain), salt, &body, &hash),
			 BSYNC_OK);
		CHECK_BYTES(salt, sizeof(salt), salts[i]->bytes, salts[i]->size);
		CHECK_BYTES(body.data, body.size, bodies[i]->bytes, bodies[i]->size);
		CHECK_BYTES(hash.bytes, sizeof(hash.bytes), hashes[i]->bytes, hashes[i]->size);
		previous = hash;
		bsync_buffer_clear(&body);
	}
}

TEST(golden_compressed_changesets_open)
{
	struct bsync_seal_context context;
	struct bsync_digest previous;
	struct bsync_digest hash;
	struct bsync_sealed sealed;
	struct bsync_buffer plain;
	READ("seal.hex", gcm_hash);
	READ("seal.hex", zstd_salt);
	READ("seal.hex", zstd_body);
	READ("seal.hex", zstd_hash);
	READ("seal.hex", dictionary);
	READ("seal.hex", dictionary_plain);
	READ("seal.hex", dictionary_salt);
	READ("seal.hex", dictionary_body);
	READ("seal.hex", dictionary_hash);

	bsync_buffer_init(&plain, VALUE_MAX);
	CHECK(read_context(&context, 2));
	memcpy(previous.bytes, gcm_hash.bytes, 32);
	memcpy(sealed.salt, zstd_salt.bytes, sizeof(sealed.salt));
	sealed.body = bytes_of(&zstd_body);
	CHECK_EQ(bsync_unseal(&context, 3, &previous, &sealed, &plain), BSYNC_OK);
	CHECK_EQ(plain.size, 1500);
	for (size_t i = 0; i < plain.size; i++)
		CHECK_EQ(plain.data[i], "het huisbezoek "[i % 15]);
	bsync_seal_hash(&context, 3, &previous, &sealed, &hash);
	CHECK_BYTES(hash.bytes, 32, zstd_hash.bytes, zstd_hash.size);

	bsync_buffer_clear(&plain);
	previous = hash;
	context.dictionary = bytes_of(&dictionary);
	memcpy(sealed.salt, dictionary_salt.bytes, sizeof(sealed.salt));
	sealed.body = bytes_of(&dictionary_body);
	CHECK_EQ(bsync_unseal(&context, 4, &previous, &sealed, &plain), BSYNC_OK);
	CHECK_BYTES(plain.data, plain.size, dictionary_plain.bytes, dictionary_plain.size);
	bsync_seal_hash(&context, 4, &previous, &sealed, &hash);
	CHECK_BYTES(hash.bytes, 32, dictionary_hash.bytes, dictionary_hash.size);
	bsync_buffer_clear(&plain);
}

TEST(batch_and_epoch_give_the_golden_bytes)
{
	struct bsync_seal_context context;
	struct bsync_signing_key *key = NULL;
	struct bsync_digest last;
	struct bsync_epoch_open open;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	uint8_t private_key[32], public_key[32];
	static const struct bsync_digest zeros;
	READ("seal.hex", dictionary_hash);
	READ("seal.hex", device_key);
	READ("seal.hex", batch_signature);
	READ("seal.hex", seal_private);
	READ("seal.hex", seal_public);
	READ("seal.hex", ephemeral);
	READ("seal.hex", encapsulated);
	READ("seal.hex", sealed_secret);
	READ("seal.hex", epoch_signature);

	CHECK(read_context(&context, 2));
	CHECK_EQ(bsync_signing_key_parse(bytes_of(&device_key), &key), BSYNC_OK);
	memcpy(last.bytes, dictionary_hash.bytes, 32);
	CHECK_EQ(bsync_batch_sign(&context, key, 1, 4, &last, signature), BSYNC_OK);
	CHECK_BYTES(signature, 64, batch_signature.bytes, batch_signature.size);
	CHECK_EQ(bsync_hpke_keypair(seal_private.bytes, private_key, public_key), BSYNC_OK);
	CHECK_BYTES(public_key, 32, seal_public.bytes, seal_public.size);
	CHECK_EQ(bsync_epoch_seal(&context, public_key, 1, &zeros, key, ephemeral.bytes, signature, &open), BSYNC_OK);
	CHECK_BYTES(open.encapsulated, 32, encapsulated.bytes, encapsulated.size);
	CHECK_BYTES(open.sealed_secret, 48, sealed_secret.bytes, sealed_secret.size);
	CHECK_BYTES(signature, 64, epoch_signature.bytes, epoch_signature.size);
	bsync_signing_key_free(key);
}

TEST(boxes_are_the_golden_bytes)
{
	struct bsync_buffer out;
	struct bsync_key secret;
	uint8_t next = 1;
	const struct bsync_random random = {counting_fill, &next};
	READ("box.hex", plain);
	READ("box.hex", aad);
	READ("box.hex", passphrase);
	READ("box.hex", passphrase_box);
	READ("box.hex", key);
	READ("box.hex", key_box);

	bsync_buffer_init(&out, VALUE_MAX);
	CHECK_EQ(bsync_box_with_passphrase(bytes_of(&passphrase), bytes_of(&aad), bytes_of(&plain), &random, &out),
		 BSYNC_OK);
	CHECK_BYTES(out.data, out.size, passphrase_box.bytes, passphrase_box.size);
	bsync_buffer_clear(&out);
	next = 1;
	memcpy(secret.bytes, key.bytes, sizeof(secret.bytes));
	CHECK_EQ(bsync_box_with_key(&secret, bytes_of(&aad), bytes_of(&plain), &random, &out), BSYNC_OK);
	CHECK_BYTES(out.data, out.size, key_box.bytes, key_box.size);
	bsync_buffer_clear(&out);
}

TEST(enrolment_gives_the_golden_bytes)
{
	struct bsync_enrol_code enrol = {.address = ""};
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer text;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	READ("enrolment.hex", address);
	READ("enrolment.hex", organisation);
	READ("enrolment.hex", pin);
	READ("enrolment.hex", secret);
	READ("enrolment.hex", code);
	READ("enrolment.hex", device_key);
	READ("enrolment.hex", device_public);
	READ("enrolment.hex", nonce);
	READ("enrolment.hex", exporter);
	READ("enrolment.hex", proof);

	memcpy(enrol.address, address.bytes, address.size);
	memcpy(enrol.organisation.bytes, organisation.bytes, 16);
	memcpy(enrol.pin.bytes, pin.bytes, 32);
	memcpy(enrol.secret, secret.bytes, 16);
	bsync_buffer_init(&text, VALUE_MAX);
	CHECK_EQ(bsync_enrol_code_text(&enrol, &text), BSYNC_OK);
	CHECK_BYTES(text.data, text.size, code.bytes, code.size);
	bsync_buffer_clear(&text);
	CHECK_EQ(bsync_signing_key_parse(bytes_of(&device_key), &key), BSYNC_OK);
	CHECK_EQ(bsync_enrol_prove(key, nonce.bytes, exporter.bytes, secret.bytes, signature), BSYNC_OK);
	CHECK_BYTES(signature, 64, proof.bytes, proof.size);
	CHECK_EQ(bsync_enrol_check(bytes_of(&device_public), nonce.bytes, exporter.bytes, secret.bytes,
				   bytes_of(&proof)),
		 BSYNC_OK);
	bsync_signing_key_free(key);
}
