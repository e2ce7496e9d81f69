/* The device's end of the wire against a TLS server on loopback that behaves, and ones that do not.
 * labels: threads */
#include "client-sdk/net/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/harness.h"
#include "tests/support/tls_scene.h"

enum { FRAME_SIZE = 100000, PLAIN_MAX = 8 << 20, TEXT_SIZE = 200 };

enum manner {
	ECHOES,             /* sends back what it gets */
	CLOSES_AT_ONCE,     /* before any handshake */
	CLOSES_IN_ORDER,    /* after the handshake */
	SPEAKS_GARBAGE,     /* instead of TLS */
	SENDS_BAD_FRAME,    /* a kind that does not exist */
	SENDS_BYTE_BY_BYTE, /* echoes, each byte of cipher in a segment of its own */
};

struct server {
	struct scene scene;
	enum manner manner;
	int listener;
	char address[40];
	pthread_t thread;
};

static bool send_output(int fd, struct bsync_tls *tls, size_t step)
{
	struct bsync_bytes output = bsync_tls_output(tls);
	while (output.size > 0) {
		size_t size = output.size < step ? output.size : step;
		ssize_t sent = send(fd, output.data, size, MSG_NOSIGNAL);
		if (sent < 0)
			return false;
		bsync_tls_output_sent(tls, (size_t)sent);
		output = bsync_tls_output(tls);
	}
	return true;
}

/* One step after the handshake; false when the connection is to be closed. */
static bool answer(struct server *server, struct bsync_tls *tls)
{
	static const uint8_t bad_frame[] = {0, 0, 0, 0, 255, 0, 0, 0};
	struct bsync_buffer *plain = &server->scene.server_plain;
	enum bsync_result result = BSYNC_OK;
	if (server->manner == CLOSES_IN_ORDER)
		return false;
	if (server->manner == SENDS_BAD_FRAME) {
		server->manner = ECHOES;
		return bsync_tls_write(tls, (struct bsync_bytes){bad_frame, sizeof bad_frame}) == BSYNC_OK;
	}
	result = bsync_tls_read(tls, plain);
	if (plain->size > 0 && bsync_tls_write(tls, bsync_buffer_bytes(plain)) != BSYNC_OK)
		return false;
	bsync_buffer_clear(plain);
	return result == BSYNC_OK || result == BSYNC_AGAIN;
}

static void converse(struct server *server, int fd)
{
	struct bsync_tls *tls = server->scene.server;
	uint8_t space[16384];
	bool goes_on = true;
	size_t step = server->manner == SENDS_BYTE_BY_BYTE ? 1 : sizeof space;
	while (goes_on) {
		ssize_t size = recv(fd, space, sizeof space, 0);
		if (size <= 0)
			return;
		if (bsync_tls_receive(tls, (struct bsync_bytes){space, (size_t)size}) != BSYNC_OK)
			return;
		enum bsync_result result = BSYNC_OK;
		if (!bsync_tls_is_established(tls))
			result = bsync_tls_handshake(tls);
		if (result == BSYNC_OK)
			goes_on = answer(server, tls);
		else if (result != BSYNC_AGAIN)
			goes_on = false;
		if (!goes_on)
			bsync_tls_close(tls);
		goes_on = send_output(fd, tls, step) && goes_on;
	}
}

static void *serve(void *context)
{
	struct server *server = context;
	int fd = accept(server->listener, NULL, NULL);
	if (fd < 0)
		return NULL;
	if (server->manner == SPEAKS_GARBAGE)
		(void)!write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	if (server->manner != CLOSES_AT_ONCE)
		converse(server, fd);
	shutdown(fd, SHUT_WR);
	uint8_t rest[4096];
	while (recv(fd, rest, sizeof rest, 0) > 0)
		;
	close(fd);
	return NULL;
}

static bool server_begin(struct server *server, enum manner manner)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof address;
	if (scene_begin(&server->scene) != BSYNC_OK || scene_device(&server->scene) != BSYNC_OK)
		return false;
	server->manner = manner;
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(server->listener, 4) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
		return false;
	snprintf(server->address, sizeof server->address, "127.0.0.1:%d", ntohs(address.sin_port));
	return pthread_create(&server->thread, NULL, serve, server) == 0;
}

static void server_end(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	scene_end(&server->scene);
}

/* --- What the link tells --- */

struct told {
	bool is_established, is_closed;
	int frames, frames_wanted;
	size_t bytes;
	bool is_same; /* as what was sent */
	enum bsync_result result;
	char text[TEXT_SIZE];
	struct bsync_buffer sent;
};

static void on_established(void *context, struct bsync_link *link)
{
	struct told *told = context;
	told->is_established = true;
	if (told->sent.size > 0)
		bsync_link_send(link, bsync_buffer_bytes(&told->sent));
}

static void on_frame(void *context, struct bsync_link *link, const struct bsync_frame *frame)
{
	struct told *told = context;
	told->frames++;
	told->bytes += frame->payload.size;
	for (size_t i = 0; i < frame->payload.size; i++)
		told->is_same = told->is_same && frame->payload.data[i] == (uint8_t)(i * 7);
	if (told->frames == told->frames_wanted)
		bsync_link_close(link, BSYNC_OK);
}

static void on_closed(void *context, struct bsync_link *link, enum bsync_result result, const char *text)
{
	(void)link;
	struct told *told = context;
	told->is_closed = true;
	told->result = result;
	snprintf(told->text, sizeof told->text, "%s", text);
}

/* Connects, sends `frames` frames and runs until the link is closed; false when it cannot even begin. */
static bool run(struct told *told, const struct bsync_tls_settings *settings, const char *address, int frames)
{
	uv_loop_t loop;
	struct bsync_link *link = NULL;
	struct bsync_link_events events = {on_established, on_frame, on_closed, told};
	static uint8_t payload[FRAME_SIZE];
	memset(told, 0, sizeof *told);
	told->is_same = true;
	told->frames_wanted = frames;
	bsync_buffer_init(&told->sent, PLAIN_MAX);
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)(i * 7);
	for (int i = 0; i < frames; i++)
		if (bsync_frame_write(&told->sent, BSYNC_MESSAGE_ROWS, (struct bsync_bytes){payload, sizeof payload}) !=
		    BSYNC_OK)
			return false;
	uv_loop_init(&loop);
	enum bsync_result result = bsync_link_open(&loop, address, settings, &events, &link);
	uv_run(&loop, UV_RUN_DEFAULT);
	bsync_buffer_clear(&told->sent);
	told->result = result == BSYNC_OK ? told->result : result;
	return uv_loop_close(&loop) == 0 && result == BSYNC_OK;
}

TEST(frames_come_back_whole_and_in_order)
{
	struct server server;
	struct told told;
	CHECK(server_begin(&server, ECHOES));
	CHECK(run(&told, server.scene.client_settings, server.address, 20));
	CHECK(told.is_established);
	CHECK(told.is_closed);
	CHECK_EQ(told.result, BSYNC_CLOSED);
	CHECK_EQ(told.frames, 20);
	CHECK_EQ(told.bytes, 20 * FRAME_SIZE);
	CHECK(told.is_same);
	server_end(&server);
}

TEST(frames_in_the_smallest_pieces_are_put_together)
{
	struct server server;
	struct told told;
	CHECK(server_begin(&server, SENDS_BYTE_BY_BYTE));
	CHECK(run(&told, server.scene.client_settings, server.address, 1));
	CHECK_EQ(told.frames, 1);
	CHECK(told.is_same);
	server_end(&server);
}

TEST(a_server_that_closes_is_told_apart_from_one_that_speaks_nonsense)
{
	struct server server;
	struct told told;
	CHECK(server_begin(&server, CLOSES_AT_ONCE));
	CHECK(run(&told, server.scene.client_settings, server.address, 1));
	CHECK(!told.is_established);
	CHECK_EQ(told.result, BSYNC_CLOSED);
	server_end(&server);

	CHECK(server_begin(&server, CLOSES_IN_ORDER));
	CHECK(run(&told, server.scene.client_settings, server.address, 1));
	CHECK(told.is_established);
	CHECK_EQ(told.result, BSYNC_CLOSED);
	server_end(&server);

	CHECK(server_begin(&server, SPEAKS_GARBAGE));
	CHECK(run(&told, server.scene.client_settings, server.address, 1));
	CHECK(!told.is_established);
	CHECK_EQ(told.result, BSYNC_TLS);
	CHECK(told.text[0] != '\0');
	server_end(&server);
}

TEST(a_frame_that_is_none_ends_the_connection)
{
	struct server server;
	struct told told;
	CHECK(server_begin(&server, SENDS_BAD_FRAME));
	CHECK(run(&told, server.scene.client_settings, server.address, 1));
	CHECK_EQ(told.frames, 0);
	CHECK_EQ(told.result, BSYNC_UNKNOWN_KIND);
	server_end(&server);
}

TEST(a_server_of_another_organisation_is_refused)
{
	struct server server;
	struct told told;
	struct organisation other;
	struct organisation_member member;
	struct bsync_tls_settings *settings = NULL;
	CHECK(server_begin(&server, ECHOES));
	CHECK_EQ(organisation_make(9, &other), BSYNC_OK);
	CHECK_EQ(organisation_device(&other, device_id, &member), BSYNC_OK);
	CHECK_EQ(bsync_tls_settings_device(bytes_of(&member.certificate), member.key, bytes_of(&other.ca.certificate),
					   &other.id, &other.random, &settings),
		 BSYNC_OK);
	CHECK(run(&told, settings, server.address, 1));
	CHECK(!told.is_established);
	CHECK_EQ(told.result, BSYNC_TLS);
	CHECK_EQ(told.frames, 0);
	bsync_tls_settings_free(settings);
	organisation_member_free(&member);
	organisation_member_free(&other.ca);
	server_end(&server);
}

TEST(addresses_that_are_none_and_servers_that_are_none)
{
	struct scene scene;
	struct told told;
	static const char *const none[] = {"", "host", "host:", ":1", "host:http", "host:123456789", "[]:1"};
	CHECK_EQ(scene_begin(&scene), BSYNC_OK);
	CHECK_EQ(scene_device(&scene), BSYNC_OK);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		CHECK(!run(&told, scene.client_settings, none[i], 1));
		CHECK_EQ(told.result, BSYNC_INVALID);
		CHECK(!told.is_closed);
	}
	CHECK(run(&told, scene.client_settings, "127.0.0.1:1", 1));
	CHECK_EQ(told.result, BSYNC_IO);
	CHECK(strstr(told.text, "refused") != NULL);
	CHECK(run(&told, scene.client_settings, "geen-naam.invalid:1", 1));
	CHECK_EQ(told.result, BSYNC_IO);
	scene_end(&scene);
}

TEST(the_second_address_of_a_name_is_tried)
{
	struct server server;
	struct told told;
	char address[40];
	CHECK(server_begin(&server, ECHOES)); /* on 127.0.0.1 only; localhost may be ::1 as well */
	snprintf(address, sizeof address, "localhost%s", strchr(server.address, ':'));
	CHECK(run(&told, server.scene.client_settings, address, 2));
	CHECK_EQ(told.frames, 2);
	server_end(&server);
}
