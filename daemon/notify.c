#include "daemon/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void bsync_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size;
	int endpoint;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	size = strlen(path);
	if (size >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, size);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	endpoint = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (endpoint < 0)
		return;
	/* Nobody may be listening any more; the daemon goes on. */
	(void)!sendto(endpoint, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	close(endpoint);
}

uint64_t bsync_notify_watchdog_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	const char *process = getenv("WATCHDOG_PID");

	if (text == NULL || (process != NULL && strtol(process, NULL, 10) != (long)getpid()))
		return 0;
	return strtoull(text, NULL, 10) / 1000 / 2;
}
