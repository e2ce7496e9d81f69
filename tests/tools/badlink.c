/* badlink: a bad network of packets in user space, between network namespaces: it loses, delays and reorders them.
 *
 *   badlink [--loss PERCENT] [--delay MS] [--jitter MS] PROCESS=ADDRESS…
 *
 * Makes an interface `bad0` in the network namespace of each process, for the caller to give its IPv4 address to and to
 * bring up, and then prints `ready`.  A packet for one of the addresses comes out there after the delay, more or less the
 * jitter, or is lost.  While SIGUSR1 was the last signal every packet is lost, until SIGUSR2.  Needs root and
 * /dev/net/tun, no queueing discipline of the kernel; exit status 77 where these are not there.  Stops on SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_MAX = 8, PACKETS_MAX = 4096, PACKET_SIZE = 2048, DESTINATION_AT = 16, HEADER_SIZE = 20, SKIP = 77 };

struct port {
	int fd;
	struct in_addr address;
};

struct packet {
	int64_t due_ms;
	int port;
	size_t size;
	uint8_t bytes[PACKET_SIZE];
};

static struct port ports[PORTS_MAX];
static struct pollfd polls[PORTS_MAX];
static int port_count;
static struct packet *packets[PACKETS_MAX];
static int packet_count;
static int64_t loss, delay_ms, jitter_ms;
static uint64_t chance = 1;
static volatile sig_atomic_t is_down, is_over;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The same seed each time: what is lost differs only by when packets come. */
static int64_t below(int64_t bound)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((chance >> 33) % (uint64_t)bound);
}

static void on_signal(int number)
{
	if (number == SIGTERM)
		is_over = 1;
	else
		is_down = number == SIGUSR1;
}

static void skip(const char *what)
{
	fprintf(stderr, "badlink: %s: %s\n", what, strerror(errno));
	exit(SKIP);
}

/* The interface belongs to the namespace in which it is made. */
static void port_open(const char *process, const char *address)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	char path[64];
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int other;

	snprintf(path, sizeof path, "/proc/%.20s/ns/net", process);
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (port_count == PORTS_MAX || inet_pton(AF_INET, address, &ports[port_count].address) != 1) {
		fprintf(stderr, "badlink: %s is not an address, or one too many\n", address);
		exit(2);
	}
	if (own < 0 || other < 0 || setns(other, CLONE_NEWNET) != 0)
		skip(path);
	snprintf(request.ifr_name, sizeof request.ifr_name, "bad0");
	ports[port_count].fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (ports[port_count].fd < 0 || ioctl(ports[port_count].fd, TUNSETIFF, &request) != 0 ||
	    setns(own, CLONE_NEWNET) != 0)
		skip("/dev/net/tun");
	polls[port_count] = (struct pollfd){.fd = ports[port_count].fd, .events = POLLIN};
	port_count++;
	close(own);
	close(other);
}

static int port_of(const uint8_t *packet, size_t size)
{
	for (int i = 0; i < port_count; i++)
		if (size >= HEADER_SIZE && memcmp(packet + DESTINATION_AT, &ports[i].address, 4) == 0)
			return i;
	return -1;
}

static void take(int port)
{
	uint8_t bytes[PACKET_SIZE];
	ssize_t size;

	while ((size = read(ports[port].fd, bytes, sizeof bytes)) > 0) {
		struct packet *packet;
		int to = port_of(bytes, (size_t)size);

		if (to < 0 || is_down || below(1000) < loss * 10 || packet_count == PACKETS_MAX)
			continue;
		packet = malloc(sizeof *packet);
		if (packet == NULL)
			continue;
		packet->due_ms = now_ms() + delay_ms + (jitter_ms > 0 ? below(2 * jitter_ms) - jitter_ms : 0);
		packet->port = to;
		packet->size = (size_t)size;
		memcpy(packet->bytes, bytes, (size_t)size);
		packets[packet_count++] = packet;
	}
}

/* Gives what is due; how long to wait for the next. */
static int give(void)
{
	int64_t now = now_ms();
	int64_t next = now + 1000;

	for (int i = 0; i < packet_count;) {
		struct packet *packet = packets[i];

		if (packet->due_ms > now) {
			next = packet->due_ms < next ? packet->due_ms : next;
			i++;
			continue;
		}
		/* What is on its way when the link goes is lost with it. */
		if (!is_down)
			(void)!write(ports[packet->port].fd, packet->bytes, packet->size);
		free(packet);
		packets[i] = packets[--packet_count];
	}
	return (int)(next - now);
}

static void read_words(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		char *value = strchr(words[i], '=');

		if (strcmp(words[i], "--loss") == 0 && i + 1 < count) {
			loss = strtol(words[++i], NULL, 10);
		} else if (strcmp(words[i], "--delay") == 0 && i + 1 < count) {
			delay_ms = strtol(words[++i], NULL, 10);
		} else if (strcmp(words[i], "--jitter") == 0 && i + 1 < count) {
			jitter_ms = strtol(words[++i], NULL, 10);
		} else if (value != NULL) {
			*value = '\0';
			port_open(words[i], value + 1);
		} else {
			fprintf(stderr, "badlink: what is %s\n", words[i]);
			exit(2);
		}
	}
}

int main(int count, char **words)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	read_words(count, words);
	printf("ready\n");
	fflush(stdout);
	while (!is_over) {
		if (poll(polls, (nfds_t)port_count, give()) <= 0)
			continue;
		for (int i = 0; i < port_count; i++)
			if ((polls[i].revents & POLLIN) != 0)
				take(i);
	}
	return 0;
}
