#include "core/tls_internal.h"

#include "tests/support/harness.h"
#include "tests/support/organisation.h"

static const uint8_t device_id[16] = {0xde, 0x71, 0xce};

/* Two ends of a connection and everything they are made of. */
struct scene {
	struct organisation org;
	struct organisation_member server_member, device_member;
	struct bsync_tls_settings *server_settings, *client_settings;
	struct bsync_tls *server, *client;
	struct bsync_buffer server_plain, client_plain;
};

static struct bsync_bytes bytes_of(const struct bsync_buffer *buffer)
{
	return bsync_buffer_bytes(buffer);
}

static enum bsync_result scene_begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	bsync_buffer_init(&s->server_plain, 4 << 20);
	bsync_buffer_init(&s->client_plain, 4 << 20);
	enum bsync_result result = bsync_tls_library_init();
	if (result == BSYNC_OK)
		result = organisation_make(7, &s->org);
	if (result == BSYNC_OK)
		result = organisation_server(&s->org, &s->server_member);
	if (result == BSYNC_OK)
		result = organisation_device(&s->org, device_id, &s->device_member);
	if (result == BSYNC_OK)
		result = bsync_tls_settings_server(bytes_of(&s->server_member.certificate), s->server_member.key,
						   bytes_of(&s->org.ca.certificate), &s->org.random,
						   &s->server_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->server_settings, &s->server);
	return result;
}

/* A client that identifies itself as `member` of `org`, to the server of `s`. */
static enum bsync_result scene_client(struct scene *s, const struct organisation_member *member,
				      const struct bsync_buffer *ca, const struct bsync_organisation_id *id)
{
	enum bsync_result result = bsync_tls_settings_device(bytes_of(&member->certificate), member->key, bytes_of(ca),
							     id, &s->org.random, &s->client_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->client_settings, &s->client);
	return result;
}

static enum bsync_result scene_device(struct scene *s)
{
	return scene_client(s, &s->device_member, &s->org.ca.certificate, &s->org.id);
}

static enum bsync_result scene_enrol(struct scene *s, const struct bsync_digest *pin,
				     const struct bsync_organisation_id *id)
{
	enum bsync_result result = bsync_tls_settings_enrol(pin, id, &s->org.random, &s->client_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->client_settings, &s->client);
	return result;
}

static void scene_end(struct scene *s)
{
	bsync_tls_free(s->server);
	bsync_tls_free(s->client);
	bsync_tls_settings_free(s->server_settings);
	bsync_tls_settings_free(s->client_settings);
	bsync_buffer_clear(&s->server_plain);
	bsync_buffer_clear(&s->client_plain);
	organisation_member_free(&s->server_member);
	organisation_member_free(&s->device_member);
	organisation_member_free(&s->org.ca);
}

/* Carries what `from` has to say to `to`, `step` bytes at a time; returns how many bytes went. */
static size_t carry(struct bsync_tls *from, struct bsync_tls *to, size_t step)
{
	struct bsync_bytes output = bsync_tls_output(from);
	size_t size = output.size < step ? output.size : step;

	if (size != 0 && bsync_tls_receive(to, (struct bsync_bytes){output.data, size}) == BSYNC_OK)
		bsync_tls_output_sent(from, size);
	return size;
}

/* Steps both ends until neither has anything more to say. */
static void handshake(struct scene *s, size_t step, enum bsync_result *client, enum bsync_result *server)
{
	size_t moved = 1;

	while (moved != 0) {
		*client = bsync_tls_handshake(s->client);
		moved = carry(s->client, s->server, step);
		*server = bsync_tls_handshake(s->server);
		moved += carry(s->server, s->client, step);
	}
}

#define CHECK_HANDSHAKE(s, step)                                                                       \
	do {                                                                                           \
		enum bsync_result client_result = BSYNC_AGAIN;                                         \
		enum bsync_result server_result = BSYNC_AGAIN;                                         \
		handshake(s, step, &client_result, &server_result);                                    \
		CHECK_STR(bsync_tls_error_text((s)->server), "nothing has failed");                    \
		CHECK_STR(bsync_tls_error_text((s)->client), "nothing has failed");                    \
		CHECK_EQ(client_result, BSYNC_OK);                                                     \
		CHECK_EQ(server_result, BSYNC_OK);                                                     \
		CHECK(bsync_tls_is_established((s)->client) && bsync_tls_is_established((s)->server)); \
	} while (0)

TEST(device_and_server_know_each_other_after_the_handshake)
{
	struct scene s;
	struct bsync_digest hash, expected;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_EQ(bsync_tls_handshake(s.server), BSYNC_AGAIN);
	CHECK(!bsync_tls_is_established(s.server));
	CHECK(bsync_tls_alpn(s.server) == NULL);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_STR(bsync_tls_alpn(s.client), BSYNC_ALPN_SYNC);
	CHECK_STR(bsync_tls_alpn(s.server), BSYNC_ALPN_SYNC);
	CHECK(bsync_tls_peer_hash(s.server, &hash));
	bsync_certificate_hash(bytes_of(&s.device_member.certificate), &expected);
	CHECK_BYTES(hash.bytes, 32, expected.bytes, 32);
	CHECK(bsync_tls_peer_hash(s.client, &hash));
	bsync_certificate_hash(bytes_of(&s.server_member.certificate), &expected);
	CHECK_BYTES(hash.bytes, 32, expected.bytes, 32);
	CHECK_EQ(bsync_tls_peer_not_before_ms(s.server), ORGANISATION_NOW_MS - 3600000);
	CHECK_EQ(bsync_tls_peer_not_after_ms(s.server), ORGANISATION_NOW_MS + 90 * ORGANISATION_DAY_MS);
	CHECK_EQ(bsync_tls_peer_ca(s.client).size, 0);
	scene_end(&s);
}

TEST(enrolling_device_finds_the_ca_by_its_pin)
{
	struct scene s;
	struct bsync_digest pin, hash;
	uint8_t client_exporter[32], server_exporter[32];

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	CHECK_EQ(scene_enrol(&s, &pin, &s.org.id), BSYNC_OK);
	CHECK_EQ(bsync_tls_exporter(s.client, client_exporter), BSYNC_MISUSE);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_STR(bsync_tls_alpn(s.client), BSYNC_ALPN_ENROL);
	CHECK_STR(bsync_tls_alpn(s.server), BSYNC_ALPN_ENROL);
	CHECK(!bsync_tls_peer_hash(s.server, &hash));
	CHECK_EQ(bsync_tls_peer_not_after_ms(s.server), 0);
	CHECK_BYTES(bsync_tls_peer_ca(s.client).data, bsync_tls_peer_ca(s.client).size, s.org.ca.certificate.data,
		    s.org.ca.certificate.size);
	CHECK_EQ(bsync_tls_exporter(s.client, client_exporter), BSYNC_OK);
	CHECK_EQ(bsync_tls_exporter(s.server, server_exporter), BSYNC_OK);
	CHECK_BYTES(client_exporter, 32, server_exporter, 32);
	scene_end(&s);
}

TEST(each_connection_has_its_own_exporter)
{
	struct scene first, second;
	uint8_t a[32], b[32];

	CHECK_EQ(scene_begin(&first), BSYNC_OK);
	CHECK_EQ(scene_device(&first), BSYNC_OK);
	CHECK_HANDSHAKE(&first, 100000);
	CHECK_EQ(scene_begin(&second), BSYNC_OK);
	CHECK_EQ(scene_device(&second), BSYNC_OK);
	CHECK_HANDSHAKE(&second, 100000);
	CHECK_EQ(bsync_tls_exporter(first.client, a), BSYNC_OK);
	CHECK_EQ(bsync_tls_exporter(second.client, b), BSYNC_OK);
	CHECK(memcmp(a, b, 32) != 0);
	scene_end(&first);
	scene_end(&second);
}

/* Sends `size` bytes of a pattern from one end to the other, `step` bytes at a time on the wire. */
static int transfers(struct bsync_tls *from, struct bsync_tls *to, struct bsync_buffer *plain, size_t size, size_t step)
{
	uint8_t *sent = malloc(size + 1);
	int good = 0;

	for (size_t i = 0; i < size; i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
	bsync_buffer_clear(plain);
	if (bsync_tls_write(from, (struct bsync_bytes){sent, size}) == BSYNC_OK) {
		good = 1;
		while (good && carry(from, to, step) != 0)
			good = bsync_tls_read(to, plain) == BSYNC_OK;
		good = good && plain->size == size && (size == 0 || memcmp(plain->data, sent, size) == 0);
	}
	free(sent);
	return good;
}

TEST(data_goes_both_ways_in_any_pieces)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 10000};
	static const size_t steps[] = {1, 7, 100000};
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
			CHECK(transfers(s.client, s.server, &s.server_plain, sizes[i], steps[j]));
			CHECK(transfers(s.server, s.client, &s.client_plain, sizes[i], steps[j]));
		}
	}
	CHECK(transfers(s.client, s.server, &s.server_plain, 1 << 20, 60000));
	scene_end(&s);
}

TEST(reading_stops_when_the_reader_is_full_and_goes_on)
{
	struct scene s;
	struct bsync_buffer small;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 100000);
	bsync_buffer_init(&small, 3);
	CHECK_EQ(bsync_tls_write(s.client, bsync_bytes_of_string("abcdefg")), BSYNC_OK);
	carry(s.client, s.server, 1000);
	CHECK_EQ(bsync_tls_read(s.server, &small), BSYNC_TOO_LARGE);
	CHECK_BYTES(small.data, small.size, "abc", 3);
	bsync_buffer_clear(&small);
	CHECK_EQ(bsync_tls_read(s.server, &small), BSYNC_TOO_LARGE);
	CHECK_BYTES(small.data, small.size, "def", 3);
	bsync_buffer_clear(&small);
	CHECK_EQ(bsync_tls_read(s.server, &small), BSYNC_OK);
	CHECK_BYTES(small.data, small.size, "g", 1);
	bsync_buffer_clear(&small);
	scene_end(&s);
}

TEST(close_notify_ends_after_the_last_data)
{
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_EQ(bsync_tls_write(s.client, bsync_bytes_of_string("last")), BSYNC_OK);
	bsync_tls_close(s.client);
	carry(s.client, s.server, 1000);
	CHECK_EQ(bsync_tls_read(s.server, &s.server_plain), BSYNC_CLOSED);
	CHECK_BYTES(s.server_plain.data, s.server_plain.size, "last", 4);
	CHECK_EQ(bsync_tls_read(s.server, &s.server_plain), BSYNC_CLOSED);
	/* The other direction stays open until it is closed too. */
	CHECK_EQ(bsync_tls_write(s.server, bsync_bytes_of_string("bye")), BSYNC_OK);
	bsync_tls_close(s.server);
	carry(s.server, s.client, 1000);
	CHECK_EQ(bsync_tls_read(s.client, &s.client_plain), BSYNC_CLOSED);
	CHECK_BYTES(s.client_plain.data, s.client_plain.size, "bye", 3);
	scene_end(&s);
}

TEST(calls_before_the_handshake_are_misuse)
{
	struct scene s;
	struct bsync_digest hash;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_tls_read(s.server, &s.server_plain), BSYNC_MISUSE);
	CHECK_EQ(bsync_tls_write(s.server, bsync_bytes_of_string("x")), BSYNC_MISUSE);
	CHECK(!bsync_tls_peer_hash(s.server, &hash));
	bsync_tls_close(s.server);
	CHECK_EQ(bsync_tls_output(s.server).size, 0);
	scene_end(&s);
}

TEST(altered_record_ends_the_connection)
{
	struct scene s;
	uint8_t record[100];

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_EQ(bsync_tls_write(s.client, bsync_bytes_of_string("hello")), BSYNC_OK);
	struct bsync_bytes output = bsync_tls_output(s.client);
	CHECK(output.size <= sizeof(record));
	memcpy(record, output.data, output.size);
	record[output.size - 1] ^= 1;
	CHECK_EQ(bsync_tls_receive(s.server, (struct bsync_bytes){record, output.size}), BSYNC_OK);
	CHECK_EQ(bsync_tls_read(s.server, &s.server_plain), BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.server), "a record was altered on its way");
	CHECK_EQ(bsync_tls_read(s.server, &s.server_plain), BSYNC_TLS);
	CHECK_EQ(bsync_tls_write(s.server, bsync_bytes_of_string("x")), BSYNC_TLS);
	CHECK_EQ(s.server_plain.size, 0);
	/* The peer is told. */
	carry(s.server, s.client, 1000);
	CHECK_EQ(bsync_tls_read(s.client, &s.client_plain), BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.client), "the other side refused: bad_record_mac");
	scene_end(&s);
}

TEST(unread_input_and_unsent_output_are_bounded)
{
	static uint8_t much[BSYNC_TLS_OUTPUT_MAX];
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_EQ(bsync_tls_receive(s.server, (struct bsync_bytes){much, BSYNC_TLS_INPUT_MAX}), BSYNC_OK);
	CHECK_EQ(bsync_tls_receive(s.server, (struct bsync_bytes){much, 1}), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_tls_write(s.client, (struct bsync_bytes){much, sizeof(much)}), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_tls_output(s.client).size, 0);
	CHECK_EQ(bsync_tls_write(s.client, (struct bsync_bytes){much, sizeof(much) / 2}), BSYNC_OK);
	CHECK_EQ(bsync_tls_write(s.client, (struct bsync_bytes){much, sizeof(much) / 2}), BSYNC_TOO_LARGE);
	CHECK(bsync_tls_output(s.client).size > sizeof(much) / 2);
	scene_end(&s);
}

/* The client is refused by the server: it notices at its first read, with the alert that came. */
#define CHECK_CLIENT_REFUSED(s, why, alert)                                           \
	do {                                                                          \
		enum bsync_result client_result = BSYNC_AGAIN;                        \
		enum bsync_result server_result = BSYNC_AGAIN;                        \
		handshake(s, 100000, &client_result, &server_result);                 \
		CHECK_EQ(server_result, BSYNC_TLS);                                   \
		CHECK_STR(bsync_tls_error_text((s)->server), why);                    \
		CHECK(!bsync_tls_is_established((s)->server));                        \
		CHECK_EQ(client_result, BSYNC_OK);                                    \
		CHECK_EQ(bsync_tls_read((s)->client, &(s)->client_plain), BSYNC_TLS); \
		CHECK_STR(bsync_tls_error_text((s)->client), alert);                  \
	} while (0)

/* The server is refused by the client. */
#define CHECK_SERVER_REFUSED(s, why, alert)                                                              \
	do {                                                                                             \
		enum bsync_result client_result = BSYNC_AGAIN;                                           \
		enum bsync_result server_result = BSYNC_AGAIN;                                           \
		handshake(s, 100000, &client_result, &server_result);                                    \
		CHECK_EQ(client_result, BSYNC_TLS);                                                      \
		CHECK_STR(bsync_tls_error_text((s)->client), why);                                       \
		CHECK_EQ(server_result, BSYNC_TLS);                                                      \
		CHECK_STR(bsync_tls_error_text((s)->server), alert);                                     \
		CHECK(!bsync_tls_is_established((s)->client) && !bsync_tls_is_established((s)->server)); \
	} while (0)

TEST(device_of_another_organisation_is_refused)
{
	struct scene s;
	struct organisation other;
	struct organisation_member stranger;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_make(8, &other), BSYNC_OK);
	CHECK_EQ(organisation_device(&other, device_id, &stranger), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &stranger, &s.org.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_CLIENT_REFUSED(&s, "the other side's certificate is not of this organisation",
			     "the other side refused: unknown_ca (the certificate is not of its organisation)");
	organisation_member_free(&stranger);
	organisation_member_free(&other.ca);
	scene_end(&s);
}

/* The other CA has our CA's name, so only its signature gives it away. */
TEST(device_of_an_impostor_ca_is_refused)
{
	struct scene s;
	struct organisation other;
	struct organisation_member stranger;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_make(8, &other), BSYNC_OK);
	organisation_member_free(&other.ca);
	CHECK_EQ(organisation_issue(&other, NULL, BSYNC_CERTIFICATE_CA, s.org.id.bytes, ORGANISATION_NOW_MS, &other.ca),
		 BSYNC_OK);
	CHECK_EQ(organisation_device(&other, device_id, &stranger), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &stranger, &s.org.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_CLIENT_REFUSED(&s, "the other side's certificate is not of this organisation",
			     "the other side refused: unknown_ca (the certificate is not of its organisation)");
	organisation_member_free(&stranger);
	organisation_member_free(&other.ca);
	scene_end(&s);
}

TEST(server_certificate_does_not_make_a_device)
{
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &s.server_member, &s.org.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_CLIENT_REFUSED(&s, "the other side's certificate is for another purpose",
			     "the other side refused: unsupported_certificate");
	scene_end(&s);
}

TEST(device_certificate_does_not_make_a_server)
{
	struct scene s;
	struct organisation_member other;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	/* In the organisation's name, so that only the purpose is wrong. */
	CHECK_EQ(organisation_device(&s.org, s.org.id.bytes, &other), BSYNC_OK);
	bsync_tls_free(s.server);
	bsync_tls_settings_free(s.server_settings);
	CHECK_EQ(bsync_tls_settings_server(bytes_of(&other.certificate), other.key, bytes_of(&s.org.ca.certificate),
					   &s.org.random, &s.server_settings),
		 BSYNC_OK);
	CHECK_EQ(bsync_tls_new(s.server_settings, &s.server), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	enum bsync_result client = BSYNC_AGAIN;
	enum bsync_result server = BSYNC_AGAIN;
	handshake(&s, 100000, &client, &server);
	CHECK_EQ(client, BSYNC_TLS);
	CHECK_EQ(server, BSYNC_TLS);
	organisation_member_free(&other);
	scene_end(&s);
}

TEST(ca_certificate_does_not_make_a_device)
{
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &s.org.ca, &s.org.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_CLIENT_REFUSED(&s, "the other side's certificate is for another purpose",
			     "the other side refused: unsupported_certificate");
	scene_end(&s);
}

TEST(server_of_another_organisation_is_refused)
{
	struct scene s;
	struct organisation other;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_make(8, &other), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &s.device_member, &other.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_SERVER_REFUSED(&s, "the other side's certificate is not of this organisation",
			     "the other side refused: unknown_ca (the certificate is not of its organisation)");
	organisation_member_free(&other.ca);
	scene_end(&s);
}

TEST(server_in_another_name_is_refused)
{
	struct scene s;
	static const struct bsync_organisation_id other = {{1}};

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_client(&s, &s.device_member, &s.org.ca.certificate, &other), BSYNC_OK);
	CHECK_SERVER_REFUSED(&s, "the other side's certificate is in another name",
			     "the other side refused: bad_certificate");
	scene_end(&s);
}

TEST(dates_are_left_to_the_caller)
{
	struct scene s;
	struct organisation_member expired;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_issue(&s.org, &s.org.ca, BSYNC_CERTIFICATE_DEVICE, device_id, ORGANISATION_NOW_MS,
				    &expired),
		 BSYNC_OK);
	CHECK_EQ(scene_client(&s, &expired, &s.org.ca.certificate, &s.org.id), BSYNC_OK);
	CHECK_HANDSHAKE(&s, 100000);
	CHECK_EQ(bsync_tls_peer_not_after_ms(s.server), ORGANISATION_NOW_MS);
	organisation_member_free(&expired);
	scene_end(&s);
}

TEST(enrolling_device_refuses_another_pin)
{
	struct scene s;
	struct bsync_digest pin;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	pin.bytes[31] ^= 1;
	CHECK_EQ(scene_enrol(&s, &pin, &s.org.id), BSYNC_OK);
	CHECK_SERVER_REFUSED(&s, "the other side's certificate is not of this organisation",
			     "the other side refused: unknown_ca (the certificate is not of its organisation)");
	CHECK_EQ(bsync_tls_peer_ca(s.client).size, 0);
	scene_end(&s);
}

TEST(enrolling_device_refuses_another_name)
{
	struct scene s;
	struct bsync_digest pin;
	static const struct bsync_organisation_id other = {{1}};

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	CHECK_EQ(scene_enrol(&s, &pin, &other), BSYNC_OK);
	CHECK_SERVER_REFUSED(&s, "the other side's certificate is in another name",
			     "the other side refused: bad_certificate");
	scene_end(&s);
}

/* The attacker shows the pinned CA's certificate, which is public, behind one that it did not sign. */
TEST(enrolling_device_refuses_a_server_the_pinned_ca_did_not_sign)
{
	struct scene s;
	struct organisation attacker;
	struct organisation_member server;
	struct bsync_digest pin;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_make(9, &attacker), BSYNC_OK);
	organisation_member_free(&attacker.ca);
	CHECK_EQ(organisation_issue(&attacker, NULL, BSYNC_CERTIFICATE_CA, s.org.id.bytes, ORGANISATION_NOW_MS,
				    &attacker.ca),
		 BSYNC_OK);
	memcpy(attacker.id.bytes, s.org.id.bytes, 16);
	CHECK_EQ(organisation_server(&attacker, &server), BSYNC_OK);
	bsync_tls_free(s.server);
	bsync_tls_settings_free(s.server_settings);
	CHECK_EQ(bsync_tls_settings_server(bytes_of(&server.certificate), server.key, bytes_of(&s.org.ca.certificate),
					   &s.org.random, &s.server_settings),
		 BSYNC_OK);
	CHECK_EQ(bsync_tls_new(s.server_settings, &s.server), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	CHECK_EQ(scene_enrol(&s, &pin, &s.org.id), BSYNC_OK);
	CHECK_SERVER_REFUSED(&s, "the other side's certificate is not of this organisation",
			     "the other side refused: unknown_ca (the certificate is not of its organisation)");
	organisation_member_free(&server);
	organisation_member_free(&attacker.ca);
	scene_end(&s);
}

/* Somebody who was enrolled uses that certificate to stand in for the server. */
TEST(enrolling_device_refuses_a_device_as_server)
{
	struct scene s;
	struct organisation_member other;
	struct bsync_digest pin;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(organisation_device(&s.org, s.org.id.bytes, &other), BSYNC_OK);
	bsync_tls_free(s.server);
	bsync_tls_settings_free(s.server_settings);
	CHECK_EQ(bsync_tls_settings_server(bytes_of(&other.certificate), other.key, bytes_of(&s.org.ca.certificate),
					   &s.org.random, &s.server_settings),
		 BSYNC_OK);
	CHECK_EQ(bsync_tls_new(s.server_settings, &s.server), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	CHECK_EQ(scene_enrol(&s, &pin, &s.org.id), BSYNC_OK);
	enum bsync_result client = BSYNC_AGAIN;
	enum bsync_result server = BSYNC_AGAIN;
	handshake(&s, 100000, &client, &server);
	CHECK_EQ(client, BSYNC_TLS);
	CHECK_EQ(server, BSYNC_TLS);
	organisation_member_free(&other);
	scene_end(&s);
}

TEST(key_of_another_certificate_is_refused_at_once)
{
	struct scene s;
	struct bsync_tls_settings *settings = NULL;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_tls_settings_server(bytes_of(&s.server_member.certificate), s.device_member.key,
					   bytes_of(&s.org.ca.certificate), &s.org.random, &settings),
		 BSYNC_INVALID);
	CHECK_EQ(bsync_tls_settings_device(bsync_bytes_of_string("junk"), s.device_member.key,
					   bytes_of(&s.org.ca.certificate), &s.org.id, &s.org.random, &settings),
		 BSYNC_MALFORMED);
	CHECK(settings == NULL);
	scene_end(&s);
}

/* What a well-behaved client of ours never does: the settings are bent behind the module's back. */
TEST(device_without_a_certificate_is_refused)
{
	static const char *protocols[] = {BSYNC_ALPN_SYNC, NULL};
	struct scene s;
	struct bsync_digest pin;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&s.org.ca.certificate), &pin), BSYNC_OK);
	CHECK_EQ(scene_enrol(&s, &pin, &s.org.id), BSYNC_OK);
	CHECK_EQ(mbedtls_ssl_conf_alpn_protocols(&s.client_settings->config, protocols), 0);
	CHECK_CLIENT_REFUSED(&s, "the other side sent no certificate", "the other side refused: certificate_required");
	scene_end(&s);
}

TEST(client_of_another_protocol_is_refused)
{
	static const char *protocols[] = {"h2", "http/1.1", NULL};
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_EQ(mbedtls_ssl_conf_alpn_protocols(&s.client_settings->config, protocols), 0);
	CHECK_SERVER_REFUSED(&s, "the other side refused: no_application_protocol",
			     "the other side speaks none of our protocols (ALPN)");
	scene_end(&s);
}

TEST(client_that_names_no_protocol_is_refused)
{
	static const char *protocols[] = {NULL};
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_EQ(mbedtls_ssl_conf_alpn_protocols(&s.client_settings->config, protocols), 0);
	/* An empty list is not sent. */
	s.client_settings->config.MBEDTLS_PRIVATE(alpn_list) = NULL;
	CHECK_SERVER_REFUSED(&s, "the other side refused: no_application_protocol",
			     "the other side speaks none of our protocols (ALPN)");
	scene_end(&s);
}

TEST(server_that_chooses_no_protocol_is_refused)
{
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	s.server_settings->config.MBEDTLS_PRIVATE(alpn_list) = NULL;
	mbedtls_ssl_conf_cert_cb(&s.server_settings->config, NULL);
	enum bsync_result client = BSYNC_AGAIN;
	enum bsync_result server = BSYNC_AGAIN;
	handshake(&s, 100000, &client, &server);
	CHECK_EQ(client, BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.client), "the other side speaks none of our protocols (ALPN)");
	CHECK(!bsync_tls_is_established(s.client));
	scene_end(&s);
}

TEST(both_suites_work_and_no_other)
{
	static const int suites[] = {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
				     MBEDTLS_TLS1_3_AES_128_GCM_SHA256};

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		struct scene s;

		CHECK_EQ(scene_begin(&s), BSYNC_OK);
		CHECK_EQ(scene_device(&s), BSYNC_OK);
		s.client_settings->suites[0] = suites[i];
		s.client_settings->suites[1] = 0;
		if (i < 2) {
			CHECK_HANDSHAKE(&s, 100000);
			CHECK_EQ(mbedtls_ssl_get_ciphersuite_id_from_ssl(&s.server->ssl), suites[i]);
			CHECK(transfers(s.client, s.server, &s.server_plain, 5000, 999));
		} else {
			enum bsync_result client = BSYNC_AGAIN;
			enum bsync_result server = BSYNC_AGAIN;
			handshake(&s, 100000, &client, &server);
			CHECK_EQ(client, BSYNC_TLS);
			CHECK_EQ(server, BSYNC_TLS);
		}
		scene_end(&s);
	}
}

TEST(groups_other_than_p256_are_refused)
{
	static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, 0};
	struct scene s;
	enum bsync_result client = BSYNC_AGAIN;
	enum bsync_result server = BSYNC_AGAIN;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	mbedtls_ssl_conf_groups(&s.client_settings->config, groups);
	bsync_tls_free(s.client);
	CHECK_EQ(bsync_tls_new(s.client_settings, &s.client), BSYNC_OK);
	handshake(&s, 100000, &client, &server);
	CHECK_STR(bsync_tls_error_text(s.server), "there are no common TLS parameters");
	CHECK_EQ(server, BSYNC_TLS);
	CHECK_EQ(client, BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.client), "the other side refused: handshake_failure (no common parameters)");
	scene_end(&s);
}

/* A ClientHello of TLS 1.2 as OpenSSL sends it: no supported_versions, ECDHE-ECDSA with AES-128-GCM, P-256. */
TEST(tls_1_2_client_is_refused)
{
	static const uint8_t hello[] = {
		0x16, 0x03, 0x01, 0x00, 0x49, 0x01, 0x00, 0x00, 0x45, 0x03, 0x03, 1,    2,  3,    4,
		5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,   16,   17, 18,   19,
		20,   21,   22,   23,   24,   25,   26,   27,   28,   29,   30,   31,   32, 0x00, /* no session */
		0x00, 0x02, 0xc0, 0x2b,                                                           /* one suite */
		0x01, 0x00,                                                                       /* no compression */
		0x00, 0x1a,                                                                       /* extensions */
		0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17,                                   /* groups */
		0x00, 0x0b, 0x00, 0x02, 0x01, 0x00,                                               /* point formats */
		0x00, 0x0d, 0x00, 0x08, 0x00, 0x06, 0x04, 0x03, 0x05, 0x03, 0x06, 0x03, /* signature algorithms */
	};
	static const uint8_t alert[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70};
	struct scene s;

	CHECK_EQ(sizeof(hello), 5 + 0x49);
	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(bsync_tls_receive(s.server, (struct bsync_bytes){hello, sizeof(hello)}), BSYNC_OK);
	CHECK_EQ(bsync_tls_handshake(s.server), BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.server), "the other side does not speak TLS 1.3");
	CHECK_BYTES(bsync_tls_output(s.server).data, bsync_tls_output(s.server).size, alert, sizeof(alert));
	scene_end(&s);
}

TEST(what_is_not_tls_is_refused)
{
	static const char *const inputs[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\xff\xff",
					     "SSH-2.0-x\r\n"};

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct scene s;

		CHECK_EQ(scene_begin(&s), BSYNC_OK);
		CHECK_EQ(bsync_tls_receive(s.server, bsync_bytes_of_string(inputs[i])), BSYNC_OK);
		CHECK_EQ(bsync_tls_handshake(s.server), BSYNC_TLS);
		CHECK_EQ(bsync_tls_handshake(s.server), BSYNC_TLS);
		scene_end(&s);
	}
}
