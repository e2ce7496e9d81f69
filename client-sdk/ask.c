#include "client-sdk/ask.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client-sdk/agent.h"
#include "client-sdk/surroundings.h"

void bsync_ask_init(struct bsync_ask *ask, const struct bsync_place *place)
{
	assert(ask != NULL && place != NULL);
	*ask = (struct bsync_ask){.place = place, .fd = -1};
}

void bsync_ask_clear(struct bsync_ask *ask)
{
	assert(ask != NULL);
	if (ask->fd >= 0)
		close(ask->fd);
	ask->fd = -1;
}

static bool is_connected(struct bsync_ask *ask)
{
	if (ask->fd >= 0)
		return true;
	struct sockaddr_un address;
	int directory_fd = -1;
	if (bsync_place_address(ask->place, &address, &directory_fd) != BSYNC_OK)
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		fd = -1;
	}
	if (directory_fd >= 0)
		close(directory_fd);
	ask->fd = fd;
	return fd >= 0;
}

static bool say(struct bsync_ask *ask, const char *line)
{
	size_t size = strlen(line);
	if (ask->fd >= 0 && send(ask->fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
		return true;
	/* The process that listened may have ended since, and another have taken its place. */
	bsync_ask_clear(ask);
	if (is_connected(ask) && send(ask->fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
		return true;
	bsync_ask_clear(ask);
	return false;
}

void bsync_ask_committed(struct bsync_ask *ask)
{
	assert(ask != NULL);
	if (ask->fd < 0) {
		int64_t now_ms = bsync_steady_ms();
		if (now_ms < ask->not_before_ms)
			return;
		ask->not_before_ms = now_ms + BSYNC_ASK_AGAIN_MS;
	}
	(void)say(ask, "commit\n");
}

/* Reads the answer, one line without its newline. */
static enum bsync_result hear(struct bsync_ask *ask, int64_t deadline_ms, char line[BSYNC_AGENT_LINE_MAX])
{
	size_t size = 0;
	for (;;) {
		int64_t left_ms = deadline_ms - bsync_steady_ms();
		if (left_ms <= 0)
			return BSYNC_TIMEOUT;
		struct pollfd wanted = {.fd = ask->fd, .events = POLLIN};
		int ready = poll(&wanted, 1, left_ms > 60000 ? 60000 : (int)left_ms);
		if (ready < 0 && errno != EINTR)
			return BSYNC_CLOSED;
		if (ready <= 0)
			continue;
		ssize_t got = recv(ask->fd, line + size, BSYNC_AGENT_LINE_MAX - 1 - size, 0);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return BSYNC_CLOSED;
		size += (size_t)got;
		line[size] = '\0';
		char *end = strchr(line, '\n');
		if (end != NULL) {
			*end = '\0';
			return BSYNC_OK;
		}
		if (size == BSYNC_AGENT_LINE_MAX - 1)
			return BSYNC_CLOSED;
	}
}

enum bsync_result bsync_ask_sync(struct bsync_ask *ask, enum bsync_wait wait, int64_t deadline_ms,
				 char text[BSYNC_ASK_TEXT_MAX])
{
	assert(ask != NULL && text != NULL);
	char line[BSYNC_AGENT_LINE_MAX];
	text[0] = '\0';
	snprintf(line, sizeof line, "%s\n", bsync_agent_words[wait]);
	if (!say(ask, line))
		return BSYNC_CLOSED;
	enum bsync_result result = hear(ask, deadline_ms, line);
	char *rest = NULL;
	if (result == BSYNC_OK && strncmp(line, "synced ", 7) == 0) {
		result = (enum bsync_result)strtol(line + 7, &rest, 10);
		rest += *rest == ' ';
		size_t size = strlen(rest) < BSYNC_ASK_TEXT_MAX ? strlen(rest) : BSYNC_ASK_TEXT_MAX - 1;
		memcpy(text, rest, size);
		text[size] = '\0';
		return result;
	}
	/* A late answer must not be taken for that of the next question. */
	bsync_ask_clear(ask);
	return result == BSYNC_OK ? BSYNC_CLOSED : result;
}

bool bsync_ask_contact(struct bsync_ask *ask, int64_t deadline_ms, struct bsync_contact *contact)
{
	assert(ask != NULL && contact != NULL);
	char line[BSYNC_AGENT_LINE_MAX];
	if (!say(ask, "status\n"))
		return false;
	if (hear(ask, deadline_ms, line) != BSYNC_OK || strncmp(line, "status ", 7) != 0) {
		bsync_ask_clear(ask);
		return false;
	}
	char *at = line + 7;
	contact->is_connected = strtol(at, &at, 10) != 0;
	contact->is_blocked = strtol(at, &at, 10) != 0;
	contact->next_attempt_ms = strtoll(at, &at, 10);
	return true;
}
