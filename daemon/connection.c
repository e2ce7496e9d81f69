#include "daemon/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/machine.h"

enum { LAST_WORDS_MS = 10000, LINGER_MS = 2000, STOP_RETRY_MS = 2000 };

void bsync_connection_set_phase(struct bsync_connection *connection, enum bsync_connection_phase phase)
{
	connection->phase = phase;
	connection->phase_ms = (int64_t)uv_now(&connection->daemon->loop);
}

bool bsync_connection_is_over(const struct bsync_connection *connection)
{
	return connection->phase >= BSYNC_CONNECTION_LAST_WORDS;
}

/* --- The end of a connection --- */

uint64_t bsync_connection_device_number(const struct bsync_device_id *id)
{
	uint64_t number;

	/* The last bytes of a UUIDv7 are its random ones. */
	memcpy(&number, id->bytes + sizeof id->bytes - sizeof number, sizeof number);
	return number;
}

/* It takes part in nothing any more. */
void bsync_connection_leave(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;
	uint64_t number = bsync_connection_device_number(&connection->device);

	if (connection->session != NULL && bsync_number_table_get(&daemon->devices, number) == connection)
		bsync_number_table_remove(&daemon->devices, number);
	if (connection->is_session)
		atomic_fetch_sub(&daemon->counts.sessions, 1);
	connection->is_session = false;
	bsync_fanout_remove(&daemon->fanout, &connection->member);
	bsync_pulling_leave(connection);
}

static void free_when_done(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;

	if (connection->phase != BSYNC_CONNECTION_CLOSED || connection->is_stream_open || connection->busy > 0)
		return;
	if (connection->previous != NULL)
		connection->previous->next = connection->next;
	else
		daemon->connections = connection->next;
	if (connection->next != NULL)
		connection->next->previous = connection->previous;
	atomic_fetch_sub(&daemon->counts.connections, 1);
	bsync_inbound_free(connection);
	assert(connection->pulling == NULL && connection->history == NULL);
	bsync_enrolling_free(connection);
	bsync_session_server_free(connection->session);
	bsync_wire_free(connection);
	free((void *)(uintptr_t)connection->public_key.data);
	free(connection);
}

void bsync_connection_unbusy(struct bsync_connection *connection)
{
	assert(connection->busy > 0);
	connection->busy--;
	free_when_done(connection);
}

void bsync_connection_close(struct bsync_connection *connection)
{
	if (connection->phase == BSYNC_CONNECTION_CLOSED)
		return;
	if (connection->phase == BSYNC_CONNECTION_HANDSHAKE)
		atomic_fetch_sub(&connection->daemon->counts.handshakes, 1);
	bsync_connection_leave(connection);
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_CLOSED);
	bsync_stream_close(&connection->stream);
}

void bsync_connection_closed(void *context)
{
	struct bsync_connection *connection = context;

	connection->is_stream_open = false;
	free_when_done(connection);
}

/* --- What the daemon calls --- */

static bool is_full(const struct bsync_daemon *daemon)
{
	return daemon->is_stopping || atomic_load(&daemon->counts.connections) >= daemon->config.connections_max ||
	       atomic_load(&daemon->counts.handshakes) >= daemon->config.handshakes_max;
}

/* Undoes an accept that came to nothing. */
static void give_up(struct bsync_connection *connection)
{
	if (connection->is_stream_open) {
		bsync_connection_close(connection);
		return;
	}
	atomic_fetch_sub(&connection->daemon->counts.handshakes, 1);
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_CLOSED);
	free_when_done(connection);
}

void bsync_connection_accept(struct bsync_daemon *daemon)
{
	static uint64_t number;
	struct bsync_connection *connection = is_full(daemon) ? NULL : calloc(1, sizeof *connection);
	enum bsync_result result;

	if (connection == NULL) {
		bsync_daemon_count(&daemon->counts.refused, 1);
		(void)!bsync_stream_accept(NULL, &daemon->listener, NULL, NULL, NULL);
		return;
	}
	connection->daemon = daemon;
	connection->number = ++number;
	bsync_frame_reader_init(&connection->reader);
	connection->next = daemon->connections;
	if (connection->next != NULL)
		connection->next->previous = connection;
	daemon->connections = connection;
	bsync_daemon_count(&daemon->counts.connections, 1);
	bsync_daemon_count(&daemon->counts.handshakes, 1);
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_HANDSHAKE);
	connection->heard_ms = connection->phase_ms;
	result = bsync_stream_accept(&connection->stream, &daemon->listener, &daemon->shared, bsync_wire_events(),
				     connection);
	connection->is_stream_open = result != BSYNC_NO_MEMORY;
	if (result == BSYNC_OK && bsync_wire_begin(connection))
		bsync_wire_settle(connection);
	else
		give_up(connection);
}

static void tick_session(struct bsync_connection *connection, int64_t uptime_ms)
{
	const struct bsync_config *config = &connection->daemon->config;
	struct bsync_effects effects;

	if (bsync_session_server_hello(connection->session) == NULL &&
	    uptime_ms - connection->phase_ms > (int64_t)config->hello_seconds * 1000) {
		bsync_connection_end(connection, BSYNC_IDLE, 0);
		return;
	}
	if (uptime_ms - connection->heard_ms > (int64_t)config->idle_seconds * 1000) {
		bsync_connection_end(connection, BSYNC_IDLE, 0);
		return;
	}
	bsync_inbound_rest(connection);
	bsync_session_server_tick(connection->session, bsync_machine_now_ms(), &effects);
	bsync_connection_execute(connection, &effects);
	if (connection->phase == BSYNC_CONNECTION_SESSION)
		bsync_pulling_tick(connection, uptime_ms);
}

void bsync_connection_tick(struct bsync_connection *connection, int64_t uptime_ms)
{
	const struct bsync_config *config = &connection->daemon->config;
	int64_t age_ms = uptime_ms - connection->phase_ms;

	switch (connection->phase) {
	case BSYNC_CONNECTION_HANDSHAKE:
		if (age_ms > (int64_t)config->handshake_seconds * 1000)
			bsync_connection_close(connection);
		return;
	case BSYNC_CONNECTION_SESSION:
		tick_session(connection, uptime_ms);
		return;
	case BSYNC_CONNECTION_ENROLMENT:
		if (age_ms > (int64_t)config->hello_seconds * 1000 && connection->busy == 0)
			bsync_connection_end(connection, BSYNC_IDLE, 0);
		return;
	case BSYNC_CONNECTION_LAST_WORDS:
		if (age_ms > LAST_WORDS_MS)
			bsync_connection_close(connection);
		return;
	case BSYNC_CONNECTION_LINGERING:
		if (age_ms > LINGER_MS)
			bsync_connection_close(connection);
		return;
	case BSYNC_CONNECTION_CLOSED:
		return;
	}
}

void bsync_connection_shut_down(struct bsync_connection *connection)
{
	if (connection->phase == BSYNC_CONNECTION_HANDSHAKE)
		bsync_connection_close(connection);
	else
		bsync_connection_end(connection, BSYNC_SHUTTING_DOWN, STOP_RETRY_MS);
}

bool bsync_connection_is_handing_in(const struct bsync_connection *connection)
{
	return connection->phase == BSYNC_CONNECTION_SESSION && bsync_inbound_is_waiting(connection);
}
