#include "core/tls.h"

#include "tests/support/harness.h"
#include "tests/support/tls_scene.h"

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
