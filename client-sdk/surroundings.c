#include "client-sdk/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { BOOT_ID_SIZE = 64 };

static pthread_once_t boot_once = PTHREAD_ONCE_INIT;
static uint64_t boot_number;

static int64_t milliseconds(clockid_t clock)
{
	struct timespec now;
	if (clock_gettime(clock, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	while (size > 0) {
		ssize_t got = getrandom(out, size, 0);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0) {
			out += got;
			size -= (size_t)got;
		}
	}
	return 0;
}

/* Tells one boot from another.  Where the system does not say, each process counts as a boot of its own: then
 * readings of two processes are never taken for one uptime. */
static void boot_read(void)
{
	uint8_t text[BOOT_ID_SIZE];
	ssize_t size = -1;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		size = read(fd, text, sizeof text);
		close(fd);
	}
	struct bsync_digest digest = {{0}};
	if (size > 0)
		bsync_sha256((struct bsync_bytes){text, (size_t)size}, &digest);
	else
		(void)fill(NULL, digest.bytes, sizeof digest.bytes);
	memcpy(&boot_number, digest.bytes, sizeof boot_number);
	boot_number &= INT64_MAX; /* it is kept as a signed integer */
}

static void read_clocks(void *context, struct bsync_clock_reading *reading)
{
	(void)context;
	pthread_once(&boot_once, boot_read);
	reading->wall_ms = milliseconds(CLOCK_REALTIME);
	reading->uptime_ms = milliseconds(CLOCK_BOOTTIME);
	reading->boot = boot_number;
}

struct bsync_surroundings bsync_surroundings_of_system(void)
{
	return (struct bsync_surroundings){.random = {.fill = fill}, .clock = read_clocks};
}

int64_t bsync_steady_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}
