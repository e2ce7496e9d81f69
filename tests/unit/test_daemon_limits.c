/* What the daemon refuses or cuts off, each limit by name.  labels: threads */
#include "tests/support/harness.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/result.h"
#include "tests/support/daemon_scene.h"

static struct daemon_scene scene;

static void begin(const char *config)
{
	daemon_scene_init(&scene, config);
	daemon_scene_start(&scene);
}

/* The daemon must still be well. */
static int end(void)
{
	int status = daemon_scene_stop(&scene, SIGTERM);

	daemon_scene_clear(&scene);
	return status;
}

/* Sends a frame header that promises `size` bytes. */
static void send_header(struct peer *peer, uint8_t kind, uint32_t size, uint8_t flags)
{
	const uint8_t header[8] = {
		(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, kind, flags, 0, 0,
	};

	peer_send(peer, (struct bsync_bytes){header, sizeof header});
}

TEST(the_connection_past_connections_max_is_cut)
{
	int sockets[3];

	begin("connections_max = 2\n");
	for (int i = 0; i < 3; i++)
		sockets[i] = daemon_scene_dial(&scene);
	CHECK(daemon_scene_is_cut(sockets[2], 2000));
	CHECK(!daemon_scene_is_cut(sockets[0], 200));
	/* Room comes back. */
	close(sockets[0]);
	daemon_scene_sleep_ms(100);
	sockets[2] = daemon_scene_dial(&scene);
	CHECK(!daemon_scene_is_cut(sockets[2], 200));
	CHECK_EQ(end(), 0);
}

TEST(the_connection_past_handshakes_max_is_cut)
{
	int sockets[3];

	begin("handshakes_max = 2\n");
	for (int i = 0; i < 3; i++)
		sockets[i] = daemon_scene_dial(&scene);
	CHECK(daemon_scene_is_cut(sockets[2], 2000));
	CHECK(!daemon_scene_is_cut(sockets[1], 200));
	CHECK_EQ(end(), 0);
}

TEST(a_handshake_that_does_not_come_is_cut)
{
	int silent;
	int slow;

	begin("handshake_seconds = 1\n");
	silent = daemon_scene_dial(&scene);
	slow = daemon_scene_dial(&scene);
	/* The first bytes of a handshake, and no more. */
	CHECK_EQ(send(slow, "\x16\x03\x01\x02", 4, 0), 4);
	CHECK(!daemon_scene_is_cut(silent, 500));
	CHECK(daemon_scene_is_cut(silent, 2000));
	CHECK(daemon_scene_is_cut(slow, 1000));
	CHECK_EQ(end(), 0);
}

TEST(bytes_that_are_no_tls_are_cut)
{
	/* A ClientHello of TLS 1.2 with one suite. */
	static const uint8_t old[] = {
		0x16, 0x03, 0x01, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x2b, 0x03, 0x03, 1,    2,    3,    4,    5,    6,  7,
		8,    9,    10,   11,   12,   13,   14,   15,   16,   17,   18,   19,   20,   21,   22,   23,   24, 25,
		26,   27,   28,   29,   30,   31,   32,   0x00, 0x00, 0x04, 0xc0, 0x2b, 0x00, 0xff, 0x01, 0x00,
	};
	int http;
	int tls12;

	begin("");
	http = daemon_scene_dial(&scene);
	tls12 = daemon_scene_dial(&scene);
	CHECK(send(http, "GET / HTTP/1.1\r\n\r\n", 18, 0) == 18);
	CHECK(send(tls12, old, sizeof old, 0) == (ssize_t)sizeof old);
	CHECK(daemon_scene_is_cut(http, 4000));
	CHECK(daemon_scene_is_cut(tls12, 4000));
	CHECK_EQ(end(), 0);
}

TEST(silence_after_tls_is_ended)
{
	struct peer peer;

	begin("hello_seconds = 1\n");
	daemon_scene_enrol(&scene, "Anna", &peer);
	peer_connect(&peer, false);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_IDLE);
	peer_connect(&peer, true);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_IDLE);
	peer_free(&peer);
	CHECK_EQ(end(), 0);
}

TEST(a_session_that_falls_silent_is_ended)
{
	struct peer peer;
	int64_t from;

	begin("idle_seconds = 2\n");
	daemon_scene_enrol(&scene, "Anna", &peer);
	daemon_scene_hello(&peer);
	from = clock_us();
	daemon_scene_sleep_ms(1200);
	send_header(&peer, BSYNC_MESSAGE_PING, 1, 0);
	peer_send(&peer, (struct bsync_bytes){(const uint8_t *)"\x90", 1});
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_IDLE);
	/* The PING counted. */
	CHECK(clock_us() - from > 2500000);
	peer_free(&peer);
	CHECK_EQ(end(), 0);
}

TEST(a_frame_is_refused_by_its_header)
{
	static const struct {
		uint8_t kind;
		uint32_t size;
		uint8_t flags;
		int code;
	} cases[] = {
		{BSYNC_MESSAGE_HELLO, 262145, 0, BSYNC_TOO_LARGE},
		{BSYNC_MESSAGE_PING, 65, 0, BSYNC_TOO_LARGE},
		{BSYNC_MESSAGE_PUSH, 1048577, 0, BSYNC_TOO_LARGE},
		{BSYNC_MESSAGE_PUSH, UINT32_MAX, 0, BSYNC_TOO_LARGE},
		{99, 1, 0, BSYNC_UNKNOWN_KIND},
		{BSYNC_MESSAGE_HELLO, 10, 1, BSYNC_MALFORMED},
	};
	struct peer peer;

	begin("");
	daemon_scene_enrol(&scene, "Anna", &peer);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		peer_connect(&peer, false);
		send_header(&peer, cases[i].kind, cases[i].size, cases[i].flags);
		CHECK_EQ(daemon_scene_error(&peer), cases[i].code);
	}
	/* Enrolment takes only an ENROL. */
	peer_connect(&peer, true);
	send_header(&peer, BSYNC_MESSAGE_HELLO, 1, 0);
	peer_send(&peer, (struct bsync_bytes){(const uint8_t *)"\x90", 1});
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_UNEXPECTED);
	peer_free(&peer);
	CHECK_EQ(end(), 0);
}

TEST(a_device_that_does_not_read_is_cut_off)
{
	enum { PINGS = 4096 };
	static uint8_t pings[PINGS * 9];
	const int small = 4096;
	struct peer peer;
	bool is_cut = false;

	begin("write_queue_max = 65536\n");
	daemon_scene_enrol(&scene, "Anna", &peer);
	daemon_scene_hello(&peer);
	setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (size_t i = 0; i < PINGS; i++)
		memcpy(pings + i * 9, "\x00\x00\x00\x01\x07\x00\x00\x00\x90", 9);
	for (int i = 0; i < 400 && !is_cut; i++) {
		peer_send(&peer, (struct bsync_bytes){pings, sizeof pings});
		is_cut = i % 20 == 19 && daemon_scene_figure(&scene, "sessions") == 0;
	}
	CHECK(is_cut);
	peer_free(&peer);
	CHECK_EQ(end(), 0);
}

TEST(more_pushes_than_may_wait_are_all_answered)
{
	struct peer peer;
	uint32_t answered = 0;

	/* The least there can be, so that opening has to wait for the writer too. */
	begin("opened_max = 1048576\nthreads = 2\n");
	daemon_scene_enrol(&scene, "Anna", &peer);
	daemon_scene_hello(&peer);
	for (uint64_t seq = 1; seq <= PEER_ENTRIES_MAX; seq++) {
		char name[20];

		snprintf(name, sizeof name, "lijst %u", (unsigned)seq);
		peer_seal(&peer, name, seq);
		peer_send_push(&peer, seq, 1, NULL);
	}
	/* The same again: each is answered by its first receipt. */
	for (uint64_t seq = 1; seq <= PEER_ENTRIES_MAX; seq++)
		peer_send_push(&peer, seq, 1, NULL);
	for (int i = 0; i < 2 * PEER_ENTRIES_MAX; i++)
		answered += daemon_scene_receipts(&peer);
	CHECK_EQ(answered, 2 * PEER_ENTRIES_MAX);
	CHECK_EQ(daemon_scene_figure(&scene, "changesets"), PEER_ENTRIES_MAX);
	peer_free(&peer);
	CHECK_EQ(end(), 0);
}
