#include "daemon/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	/* Pages in all, then resident ones. */
	char line[200] = "";
	char *second = NULL;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof line, file) != NULL)
		second = strchr(line, ' ');
	fclose(file);
	return second != NULL ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
