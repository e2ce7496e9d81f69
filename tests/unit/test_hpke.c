#include "core/hpke.h"

#include "tests/support/harness.h"
#include "tests/support/hex.h"

/* RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode, message 0. */
static const char rfc_info[] = "4f6465206f6e2061204772656369616e2055726e";
static const char rfc_ephemeral[] = "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600";
static const char rfc_public[] = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
static const char rfc_private[] = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
static const char rfc_encapsulated[] = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
static const char rfc_plain[] = "4265617574792069732074727574682c20747275746820626561757479";
static const char rfc_aad[] = "436f756e742d30";
static const char rfc_sealed[] = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db"
				 "21993c62ce81883d2dd1b51a28";

struct vector {
	uint8_t ephemeral[32], public_key[32], private_key[32], encapsulated[32], sealed[64];
	uint8_t info_bytes[32], plain_bytes[64], aad_bytes[32];
	struct bsync_bytes info, plain, aad;
	size_t sealed_size;
};

static void vector_read(struct vector *v)
{
	hex_decode(rfc_ephemeral, v->ephemeral, 32);
	hex_decode(rfc_public, v->public_key, 32);
	hex_decode(rfc_private, v->private_key, 32);
	hex_decode(rfc_encapsulated, v->encapsulated, 32);
	v->sealed_size = hex_decode(rfc_sealed, v->sealed, sizeof(v->sealed));
	v->info = (struct bsync_bytes){v->info_bytes, hex_decode(rfc_info, v->info_bytes, sizeof(v->info_bytes))};
	v->plain = (struct bsync_bytes){v->plain_bytes, hex_decode(rfc_plain, v->plain_bytes, sizeof(v->plain_bytes))};
	v->aad = (struct bsync_bytes){v->aad_bytes, hex_decode(rfc_aad, v->aad_bytes, sizeof(v->aad_bytes))};
}

TEST(seal_gives_the_bytes_of_rfc_9180)
{
	struct vector v;
	uint8_t encapsulated[32];
	uint8_t out[64];

	vector_read(&v);
	CHECK_EQ(bsync_hpke_seal(v.public_key, v.ephemeral, v.info, v.aad, v.plain, encapsulated, out), BSYNC_OK);
	CHECK_BYTES(encapsulated, 32, v.encapsulated, 32);
	CHECK_BYTES(out, v.plain.size + BSYNC_HPKE_TAG_SIZE, v.sealed, v.sealed_size);
}

TEST(open_takes_the_bytes_of_rfc_9180)
{
	struct vector v;
	uint8_t out[64];

	vector_read(&v);
	CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.info, v.aad,
				 (struct bsync_bytes){v.sealed, v.sealed_size}, out),
		 BSYNC_OK);
	CHECK_BYTES(out, v.sealed_size - BSYNC_HPKE_TAG_SIZE, v.plain.data, v.plain.size);
}

TEST(open_refuses_every_changed_byte)
{
	struct vector v;
	uint8_t out[64];

	vector_read(&v);
	const struct bsync_bytes sealed = {v.sealed, v.sealed_size};
	for (size_t i = 0; i < v.sealed_size; i++) {
		v.sealed[i] ^= 0x40;
		CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.info, v.aad, sealed, out), BSYNC_BAD_SEAL);
		v.sealed[i] ^= 0x40;
	}
	for (size_t i = 0; i < 32; i++) {
		v.encapsulated[i] ^= 0x40;
		CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.info, v.aad, sealed, out), BSYNC_BAD_SEAL);
		v.encapsulated[i] ^= 0x40;
	}
	CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.aad, v.aad, sealed, out), BSYNC_BAD_SEAL);
	CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.info, v.info, sealed, out), BSYNC_BAD_SEAL);
	CHECK_EQ(bsync_hpke_open(v.ephemeral, v.encapsulated, v.info, v.aad, sealed, out), BSYNC_BAD_SEAL);
}

TEST(open_refuses_what_is_shorter_than_a_tag)
{
	struct vector v;
	uint8_t out[64];

	vector_read(&v);
	for (size_t size = 0; size < BSYNC_HPKE_TAG_SIZE; size++)
		CHECK_EQ(bsync_hpke_open(v.private_key, v.encapsulated, v.info, v.aad,
					 (struct bsync_bytes){v.sealed, size}, out),
			 BSYNC_BAD_SEAL);
}

/* Points of small order make every shared secret zero: sealing to one would seal to everybody. */
TEST(points_of_small_order_are_refused)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct vector v;
	uint8_t point[32];
	uint8_t encapsulated[32];
	uint8_t out[64];

	vector_read(&v);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		hex_decode(points[i], point, 32);
		CHECK_EQ(bsync_hpke_seal(point, v.ephemeral, v.info, v.aad, v.plain, encapsulated, out), BSYNC_CRYPTO);
		CHECK_EQ(bsync_hpke_open(v.private_key, point, v.info, v.aad,
					 (struct bsync_bytes){v.sealed, v.sealed_size}, out),
			 BSYNC_BAD_SEAL);
	}
}

TEST(keypair_opens_what_was_sealed_to_it)
{
	static const uint8_t random[32] = {9, 8, 7};
	static const uint8_t ephemeral[32] = {1, 2, 3};
	const struct bsync_bytes none = {NULL, 0};
	uint8_t private_key[32];
	uint8_t public_key[32];
	uint8_t encapsulated[32];
	uint8_t sealed[5 + BSYNC_HPKE_TAG_SIZE];
	uint8_t out[5];

	CHECK_EQ(bsync_hpke_keypair(random, private_key, public_key), BSYNC_OK);
	CHECK_EQ(bsync_hpke_seal(public_key, ephemeral, none, none, bsync_bytes_of_string("hello"), encapsulated,
				 sealed),
		 BSYNC_OK);
	CHECK_EQ(bsync_hpke_open(private_key, encapsulated, none, none, (struct bsync_bytes){sealed, sizeof(sealed)},
				 out),
		 BSYNC_OK);
	CHECK_BYTES(out, 5, "hello", 5);
}
