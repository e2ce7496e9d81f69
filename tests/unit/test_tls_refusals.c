#include "core/tls_internal.h"

#include "tests/support/harness.h"
#include "tests/support/tls_scene.h"

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

static int failing_fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	(void)out;
	(void)size;
	return -1;
}

TEST(handshake_without_randomness_fails)
{
	struct scene s;

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	s.client_settings->random.fill = failing_fill;
	CHECK_EQ(bsync_tls_handshake(s.client), BSYNC_TLS);
	CHECK_STR(bsync_tls_error_text(s.client), "the source of randomness failed");
	scene_end(&s);
}
