#include "client-sdk/agent.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 32 };

const char *const bsync_agent_words[] = {
	[BSYNC_WAIT_SYNC] = "sync", [BSYNC_WAIT_HASTY] = "hurry", [BSYNC_WAIT_ANSWERS] = "ask"};

struct connection {
	struct bsync_agent *agent;
	uv_pipe_t pipe;
	uint64_t barrier; /* 0: none is asked for */
	size_t size;      /* of what is in `line` */
	char line[BSYNC_AGENT_LINE_MAX];
	char read_space[BSYNC_AGENT_LINE_MAX];
};

struct bsync_agent {
	const struct bsync_place *place;
	struct bsync_syncer *syncer;
	uv_pipe_t ear;
	bool is_closing;
	int handles; /* that are open and point here */
	struct connection *connections[BSYNC_AGENT_CONNECTIONS_MAX];
};

static void release(struct bsync_agent *agent)
{
	assert(agent->handles > 0);
	if (--agent->handles == 0)
		free(agent);
}

static void on_connection_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;
	release(connection->agent);
	free(connection);
}

static void hang_up(struct connection *connection)
{
	struct bsync_agent *agent = connection->agent;
	if (uv_is_closing((uv_handle_t *)&connection->pipe))
		return;
	if (connection->barrier != 0)
		bsync_syncer_forget(agent->syncer, connection->barrier);
	connection->barrier = 0;
	for (size_t i = 0; i < BSYNC_AGENT_CONNECTIONS_MAX; i++)
		if (agent->connections[i] == connection)
			agent->connections[i] = NULL;
	uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
}

/* A side that does not read its few bytes is not waited for. */
static void answer(struct connection *connection, const char *line)
{
	size_t size = strlen(line);
	uv_buf_t buffer = {.base = (char *)(uintptr_t)line, .len = size};
	if (uv_try_write((uv_stream_t *)&connection->pipe, &buffer, 1) != (int)size)
		hang_up(connection);
}

static void on_synced(void *context, enum bsync_result result, const char *text)
{
	struct connection *connection = context;
	char line[BSYNC_AGENT_LINE_MAX];
	connection->barrier = 0;
	snprintf(line, sizeof line, "synced %d %.400s", (int)result, text);
	for (char *at = line; *at != '\0'; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	snprintf(line + strlen(line), sizeof line - strlen(line), "\n");
	answer(connection, line);
}

static bool wait_of(const char *line, enum bsync_wait *wait)
{
	for (*wait = BSYNC_WAIT_SYNC; *wait <= BSYNC_WAIT_ANSWERS; (*wait)++)
		if (strcmp(bsync_agent_words[*wait], line) == 0)
			return true;
	return false;
}

static void obey(struct connection *connection, const char *line)
{
	struct bsync_agent *agent = connection->agent;
	enum bsync_wait wait;
	if (strcmp(line, "commit") == 0) {
		bsync_syncer_committed(agent->syncer);
	} else if (wait_of(line, &wait) && connection->barrier == 0) {
		uint64_t id = bsync_syncer_barrier(agent->syncer, wait, on_synced, connection);
		if (id == 0)
			hang_up(connection);
		else
			connection->barrier = id;
	} else if (strcmp(line, "status") == 0) {
		struct bsync_contact contact;
		char text[BSYNC_AGENT_LINE_MAX];
		bsync_syncer_contact(agent->syncer, &contact);
		snprintf(text, sizeof text, "status %d %d %" PRId64 "\n", contact.is_connected, contact.is_blocked,
			 contact.next_attempt_ms);
		answer(connection, text);
	} else {
		hang_up(connection);
	}
}

static void lend_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	struct connection *connection = handle->data;
	*buffer = uv_buf_init(connection->read_space, sizeof connection->read_space);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct connection *connection = stream->data;
	if (size < 0)
		hang_up(connection);
	for (ssize_t i = 0; i < size && !uv_is_closing((uv_handle_t *)stream); i++) {
		char byte = buffer->base[i];
		if (byte == '\n') {
			connection->line[connection->size] = '\0';
			connection->size = 0;
			obey(connection, connection->line);
		} else if (connection->size < sizeof connection->line - 1) {
			connection->line[connection->size++] = byte;
		} else {
			hang_up(connection);
		}
	}
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct bsync_agent *agent = stream->data;
	struct connection **slot = NULL;
	for (size_t i = 0; i < BSYNC_AGENT_CONNECTIONS_MAX && slot == NULL; i++)
		if (agent->connections[i] == NULL)
			slot = &agent->connections[i];
	if (status < 0 || agent->is_closing)
		return;
	struct connection *connection = calloc(1, sizeof *connection);
	if (connection == NULL || uv_pipe_init(stream->loop, &connection->pipe, 0) < 0) {
		free(connection);
		return;
	}
	connection->agent = agent;
	connection->pipe.data = connection;
	agent->handles++;
	if (uv_accept(stream, (uv_stream_t *)&connection->pipe) < 0 || slot == NULL ||
	    uv_read_start((uv_stream_t *)&connection->pipe, lend_space, on_read) < 0)
		hang_up(connection);
	else
		*slot = connection;
}

/* Binds the socket of `place`; -1 when that fails.  What a process that died left there is removed: its lock is ours. */
static int bound_socket(const struct bsync_place *place)
{
	struct sockaddr_un address;
	int directory_fd = -1;
	if (bsync_place_address(place, &address, &directory_fd) != BSYNC_OK)
		return -1;
	(void)unlink(place->socket);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of the descriptor becomes that of the file: it is never open to others, not even for a moment. */
	if (fd >= 0 &&
	    (fchmod(fd, S_IRUSR | S_IWUSR) != 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)) {
		close(fd);
		fd = -1;
	}
	if (directory_fd >= 0)
		close(directory_fd);
	return fd;
}

static void on_ear_closed(uv_handle_t *handle)
{
	release(handle->data);
}

enum bsync_result bsync_agent_open(uv_loop_t *loop, const struct bsync_place *place, struct bsync_syncer *syncer,
				   struct bsync_agent **out)
{
	assert(loop != NULL && place != NULL && syncer != NULL && out != NULL);
	int fd = bound_socket(place);
	if (fd < 0)
		return BSYNC_IO;
	struct bsync_agent *agent = calloc(1, sizeof *agent);
	if (agent == NULL || uv_pipe_init(loop, &agent->ear, 0) < 0) {
		free(agent);
		close(fd);
		return BSYNC_NO_MEMORY;
	}
	agent->place = place;
	agent->syncer = syncer;
	agent->ear.data = agent;
	agent->handles = 1;
	int status = uv_pipe_open(&agent->ear, fd);
	if (status < 0)
		close(fd);
	else
		status = uv_listen((uv_stream_t *)&agent->ear, BACKLOG, on_connection);
	if (status < 0) {
		bsync_agent_close(agent);
		return BSYNC_IO;
	}
	*out = agent;
	return BSYNC_OK;
}

void bsync_agent_close(struct bsync_agent *agent)
{
	assert(agent != NULL && !agent->is_closing);
	agent->is_closing = true;
	(void)unlink(agent->place->socket);
	for (size_t i = 0; i < BSYNC_AGENT_CONNECTIONS_MAX; i++)
		if (agent->connections[i] != NULL)
			hang_up(agent->connections[i]);
	uv_close((uv_handle_t *)&agent->ear, on_ear_closed);
}
