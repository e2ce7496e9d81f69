#include "daemon/machine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now = {0};

	if (clock_gettime(clock, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t bsync_machine_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t bsync_machine_uptime_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

static int fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	while (size > 0) {
		ssize_t got = getrandom(out, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		out += got;
		size -= (size_t)got;
	}
	return 0;
}

const struct bsync_random *bsync_machine_random(void)
{
	static const struct bsync_random random = {.fill = fill, .context = NULL};

	return &random;
}

uint64_t bsync_machine_memory(void)
{
	unsigned long total = 0;
	unsigned long resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(file);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}
