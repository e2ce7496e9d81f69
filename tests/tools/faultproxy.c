/* faultproxy: a bad link in user space: a TCP proxy on loopback that delays, cuts and records.
 *
 *   faultproxy --to HOST:PORT [--listen HOST:PORT] [--delay-ms N] [--cut-every BYTES] [--cuts N] [--record FILE]
 *
 * Prints `ready HOST:PORT` once it listens.  Every byte arrives N ms after it was sent, so the round trip grows by
 * twice that.  With --cut-every a connection is reset once that many bytes have passed it, in either direction, until
 * N connections have been cut.  --record appends every byte that passes.  Only IPv4 addresses; stops on SIGTERM. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINKS_MAX = 256, CHUNK_SIZE = 16 << 10, QUEUE_MAX = 64 };

struct chunk {
	int64_t due_ms;
	size_t size, sent;
	uint8_t bytes[CHUNK_SIZE];
};

/* One direction of one connection. */
struct pipe {
	int from, to;
	bool is_ended; /* `from` has ended */
	bool is_shut;  /* and `to` has been told */
	uint32_t first, count;
	struct chunk *queue;
};

struct link {
	int client, server;
	uint64_t passed;
	struct pipe up, down;
};

static struct link links[LINKS_MAX];
static struct sockaddr_in target;
static int64_t delay_ms;
static uint64_t cut_every;
static uint64_t cuts_left;
static int record_fd = -1;
static volatile sig_atomic_t is_stopped;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	fprintf(stderr, "faultproxy: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in address_of(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[64];
	const char *colon = strrchr(text, ':');
	if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
		fprintf(stderr, "faultproxy: %s is not HOST:PORT\n", text);
		exit(2);
	}
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &address.sin_addr) != 1) {
		fprintf(stderr, "faultproxy: %s is not an IPv4 address\n", host);
		exit(2);
	}
	return address;
}

static void pipe_init(struct pipe *pipe, int from, int to)
{
	*pipe = (struct pipe){.from = from, .to = to, .queue = calloc(QUEUE_MAX, sizeof(struct chunk))};
	if (pipe->queue == NULL)
		fail("memory");
}

static void link_close(struct link *link, bool by_reset)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	if (by_reset) {
		setsockopt(link->client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
		setsockopt(link->server, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	}
	close(link->client);
	close(link->server);
	free(link->up.queue);
	free(link->down.queue);
	*link = (struct link){.client = -1, .server = -1};
}

static void socket_prepare(int fd)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void accept_link(int listener)
{
	int client = accept(listener, NULL, NULL);
	if (client < 0)
		return;
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0 || connect(server, (struct sockaddr *)&target, sizeof target) < 0) {
		close(client);
		close(server);
		return;
	}
	for (size_t i = 0; i < LINKS_MAX; i++) {
		if (links[i].client >= 0)
			continue;
		socket_prepare(client);
		socket_prepare(server);
		links[i].client = client;
		links[i].server = server;
		links[i].passed = 0;
		pipe_init(&links[i].up, client, server);
		pipe_init(&links[i].down, server, client);
		return;
	}
	close(client);
	close(server);
}

/* Reads what is there into the queue; false when the connection is broken. */
static bool pipe_fill(struct link *link, struct pipe *pipe)
{
	if (pipe->is_ended || pipe->count == QUEUE_MAX)
		return true;
	struct chunk *chunk = &pipe->queue[(pipe->first + pipe->count) % QUEUE_MAX];
	ssize_t size = read(pipe->from, chunk->bytes, CHUNK_SIZE);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	if (size == 0) {
		pipe->is_ended = true;
		return true;
	}
	chunk->size = (size_t)size;
	chunk->sent = 0;
	chunk->due_ms = now_ms() + delay_ms;
	pipe->count++;
	link->passed += (uint64_t)size;
	if (record_fd >= 0 && write(record_fd, chunk->bytes, chunk->size) != size)
		fail("record");
	return true;
}

/* Sends what is due; false when the connection is broken. */
static bool pipe_drain(struct pipe *pipe)
{
	while (pipe->count > 0 && pipe->queue[pipe->first].due_ms <= now_ms()) {
		struct chunk *chunk = &pipe->queue[pipe->first];
		ssize_t size = send(pipe->to, chunk->bytes + chunk->sent, chunk->size - chunk->sent, MSG_NOSIGNAL);
		if (size < 0)
			return errno == EAGAIN || errno == EINTR;
		chunk->sent += (size_t)size;
		if (chunk->sent < chunk->size)
			return true;
		pipe->first = (pipe->first + 1) % QUEUE_MAX;
		pipe->count--;
	}
	if (pipe->count == 0 && pipe->is_ended && !pipe->is_shut) {
		shutdown(pipe->to, SHUT_WR);
		pipe->is_shut = true;
	}
	return true;
}

static int pipe_wait_ms(const struct pipe *pipe, int wait_ms)
{
	if (pipe->count == 0)
		return wait_ms;
	int64_t left = pipe->queue[pipe->first].due_ms - now_ms();
	if (left < 1)
		left = 1; /* due, but the socket is full: look again soon */
	return left < wait_ms ? (int)left : wait_ms;
}

static void serve_link(struct link *link)
{
	bool is_alive = pipe_fill(link, &link->up) && pipe_fill(link, &link->down) && pipe_drain(&link->up) &&
			pipe_drain(&link->down);
	if (cut_every > 0 && cuts_left > 0 && link->passed >= cut_every) {
		cuts_left--;
		link_close(link, true);
	} else if (!is_alive || (link->up.is_shut && link->down.is_shut)) {
		link_close(link, !is_alive);
	}
}

static void serve(int listener)
{
	while (!is_stopped) {
		struct pollfd fds[1 + 2 * LINKS_MAX];
		nfds_t count = 0;
		int wait_ms = 1000;
		fds[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < LINKS_MAX; i++) {
			if (links[i].client < 0)
				continue;
			const struct pipe *up = &links[i].up, *down = &links[i].down;
			bool reads_up = !up->is_ended && up->count < QUEUE_MAX;
			bool reads_down = !down->is_ended && down->count < QUEUE_MAX;
			fds[count++] = (struct pollfd){.fd = reads_up ? links[i].client : -1, .events = POLLIN};
			fds[count++] = (struct pollfd){.fd = reads_down ? links[i].server : -1, .events = POLLIN};
			wait_ms = pipe_wait_ms(up, wait_ms);
			wait_ms = pipe_wait_ms(down, wait_ms);
		}
		if (poll(fds, count, wait_ms) < 0 && errno != EINTR)
			fail("poll");
		if (fds[0].revents & POLLIN)
			accept_link(listener);
		for (size_t i = 0; i < LINKS_MAX; i++)
			if (links[i].client >= 0)
				serve_link(&links[i]);
	}
}

static void stop(int number)
{
	(void)number;
	is_stopped = 1;
}

static int listen_on(const char *text)
{
	struct sockaddr_in address = address_of(text);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;
	if (listener < 0)
		fail("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0)
		fail(text);
	socklen_t size = sizeof address;
	getsockname(listener, (struct sockaddr *)&address, &size);
	char host[INET_ADDRSTRLEN];
	inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
	printf("ready %s:%u\n", host, ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}

int main(int argc, char **argv)
{
	const char *listen_text = "127.0.0.1:0";
	const char *to_text = NULL;
	cuts_left = UINT64_MAX;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--listen") == 0)
			listen_text = argv[i + 1];
		else if (strcmp(argv[i], "--to") == 0)
			to_text = argv[i + 1];
		else if (strcmp(argv[i], "--delay-ms") == 0)
			delay_ms = strtoll(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--cut-every") == 0)
			cut_every = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--cuts") == 0)
			cuts_left = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--record") == 0)
			record_fd = open(argv[i + 1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		else
			to_text = NULL;
	}
	if (to_text == NULL || argc % 2 == 0) {
		fprintf(stderr,
			"usage: faultproxy --to HOST:PORT [--listen HOST:PORT] [--delay-ms N] [--cut-every BYTES] "
			"[--cuts N] [--record FILE]\n");
		return 2;
	}
	target = address_of(to_text);
	struct sigaction action = {.sa_handler = stop};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (size_t i = 0; i < LINKS_MAX; i++)
		links[i].client = -1;
	serve(listen_on(listen_text));
	return 0;
}
