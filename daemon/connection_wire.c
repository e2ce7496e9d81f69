#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/log.h"

enum {
	TLS_PIECE = 16 << 10,     /* bytes handed to TLS at a time */
	OUTGOING_SLACK = 2 << 20, /* room past the limit, so that the limit is judged in one place */
	COMPACT_SIZE = 256 << 10, /* sent bytes worth moving the rest for */
};

struct bsync_handshake {
	uv_work_t work;
	struct bsync_connection *connection;
	enum bsync_result result;
	bool is_queued, is_running;
};

size_t bsync_wire_unsent(const struct bsync_connection *connection)
{
	return connection->outgoing.size - connection->outgoing_sent;
}

/* --- Sending --- */

bool bsync_wire_begin(struct bsync_connection *connection)
{
	bsync_buffer_init(&connection->outgoing, connection->daemon->config.write_queue_max + OUTGOING_SLACK);
	connection->handshake = calloc(1, sizeof *connection->handshake);
	if (connection->handshake == NULL)
		return false;
	connection->handshake->connection = connection;
	return bsync_tls_new(connection->daemon->tls, &connection->tls) == BSYNC_OK;
}

void bsync_wire_free(struct bsync_connection *connection)
{
	bsync_tls_free(connection->tls);
	bsync_frame_reader_clear(&connection->reader);
	bsync_buffer_clear(&connection->outgoing);
	free(connection->handshake);
}

bool bsync_wire_queue(struct bsync_connection *connection, struct bsync_bytes bytes)
{
	if (bsync_buffer_append(&connection->outgoing, bytes.data, bytes.size) == BSYNC_OK)
		return true;
	bsync_log(BSYNC_LOG_WARNING, "connection number=%llu event=cut-off reason=unsent bytes=%zu",
		  (unsigned long long)connection->number, bsync_wire_unsent(connection));
	bsync_connection_close(connection);
	return false;
}

/* Gives room of sent bytes back. */
static void compact(struct bsync_connection *connection)
{
	if (bsync_wire_unsent(connection) == 0) {
		bsync_buffer_clear(&connection->outgoing);
		connection->outgoing_sent = 0;
	} else if (connection->outgoing_sent > COMPACT_SIZE &&
		   connection->outgoing_sent > bsync_wire_unsent(connection)) {
		bsync_buffer_consume(&connection->outgoing, connection->outgoing_sent);
		connection->outgoing_sent = 0;
	}
}

/* Encrypts and sends while the socket takes it; false when the connection is broken. */
static bool flush(struct bsync_connection *connection)
{
	if (connection->handshake != NULL && connection->handshake->is_running)
		return true;
	while (bsync_stream_is_writable(&connection->stream)) {
		struct bsync_bytes cipher = bsync_tls_output(connection->tls);
		struct bsync_bytes plain = {connection->outgoing.data + connection->outgoing_sent,
					    bsync_wire_unsent(connection)};

		if (cipher.size > 0) {
			if (bsync_stream_write(&connection->stream, cipher) != BSYNC_OK)
				return false;
			bsync_daemon_count(&connection->daemon->counts.bytes_out, cipher.size);
			bsync_tls_output_sent(connection->tls, cipher.size);
			continue;
		}
		if (plain.size == 0)
			break;
		if (plain.size > TLS_PIECE)
			plain.size = TLS_PIECE;
		if (bsync_tls_write(connection->tls, plain) != BSYNC_OK)
			return false;
		connection->outgoing_sent += plain.size;
	}
	compact(connection);
	return true;
}

static void update_reading(struct bsync_connection *connection)
{
	bool is_on = true;

	switch (connection->phase) {
	case BSYNC_CONNECTION_HANDSHAKE:
		is_on = !connection->handshake->is_queued && !connection->handshake->is_running;
		break;
	case BSYNC_CONNECTION_SESSION:
		is_on = !connection->daemon->is_stopping && !bsync_session_server_is_full(connection->session);
		break;
	case BSYNC_CONNECTION_ENROLMENT:
	case BSYNC_CONNECTION_LAST_WORDS:
	case BSYNC_CONNECTION_LINGERING:
	case BSYNC_CONNECTION_CLOSED:
		break;
	}
	bsync_stream_read(&connection->stream, is_on);
}

/* Says goodbye once everything is out. */
static void finish_when_sent(struct bsync_connection *connection)
{
	if (connection->phase != BSYNC_CONNECTION_LAST_WORDS || bsync_wire_unsent(connection) > 0 ||
	    !bsync_stream_is_writable(&connection->stream))
		return;
	if (bsync_tls_is_established(connection->tls)) {
		bsync_tls_close(connection->tls);
		if (!flush(connection)) {
			bsync_connection_close(connection);
			return;
		}
	}
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_LINGERING);
	bsync_stream_finish(&connection->stream);
}

void bsync_wire_settle(struct bsync_connection *connection)
{
	while (connection->phase != BSYNC_CONNECTION_CLOSED) {
		struct bsync_effects effects;
		size_t before = bsync_wire_unsent(connection);

		if (!flush(connection)) {
			bsync_connection_close(connection);
			return;
		}
		if (bsync_wire_unsent(connection) > connection->daemon->config.write_queue_max) {
			bsync_log(BSYNC_LOG_WARNING, "connection number=%llu event=cut-off reason=unsent bytes=%zu",
				  (unsigned long long)connection->number, bsync_wire_unsent(connection));
			bsync_connection_close(connection);
			return;
		}
		if (connection->phase != BSYNC_CONNECTION_SESSION || bsync_wire_unsent(connection) == before)
			break;
		bsync_session_server_drained(connection->session, bsync_wire_unsent(connection), &effects);
		bsync_connection_apply(connection, &effects);
	}
	if (connection->phase == BSYNC_CONNECTION_CLOSED)
		return;
	finish_when_sent(connection);
	if (connection->phase != BSYNC_CONNECTION_CLOSED)
		update_reading(connection);
}

/* --- Handshake and reading --- */

static void start_handshakes(struct bsync_daemon *daemon);

static void established(struct bsync_connection *connection)
{
	const char *alpn = bsync_tls_alpn(connection->tls);

	free(connection->handshake);
	connection->handshake = NULL;
	atomic_fetch_sub(&connection->daemon->counts.handshakes, 1);
	if (alpn != NULL && strcmp(alpn, BSYNC_ALPN_ENROL) == 0) {
		bsync_connection_set_phase(connection, BSYNC_CONNECTION_ENROLMENT);
		bsync_enrolling_begin(connection);
	} else {
		bsync_connection_set_phase(connection, BSYNC_CONNECTION_SESSION);
		bsync_connection_begin_session(connection);
	}
}

static void handshake_failed(struct bsync_connection *connection)
{
	char peer[64];

	bsync_stream_peer(&connection->stream, peer);
	bsync_daemon_count(&connection->daemon->counts.handshakes_failed, 1);
	bsync_log(BSYNC_LOG_INFO, "connection number=%llu event=handshake-failed peer=%s text=\"%s\"",
		  (unsigned long long)connection->number, peer, bsync_tls_error_text(connection->tls));
	atomic_fetch_sub(&connection->daemon->counts.handshakes, 1);
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_LAST_WORDS);
}

static void handshake_work(uv_work_t *work)
{
	struct bsync_handshake *handshake = work->data;

	handshake->result = bsync_tls_handshake(handshake->connection->tls);
}

static void read_plain(struct bsync_connection *connection, struct bsync_bytes cipher);

static void handshake_worked(uv_work_t *work, int status)
{
	struct bsync_handshake *handshake = work->data;
	struct bsync_connection *connection = handshake->connection;

	(void)status;
	handshake->is_running = false;
	connection->daemon->handshakes_running--;
	if (connection->phase == BSYNC_CONNECTION_HANDSHAKE) {
		if (handshake->result == BSYNC_OK) {
			established(connection);
			/* The first flight may have come with the last bytes of the handshake. */
			if (!bsync_connection_is_over(connection))
				read_plain(connection, (struct bsync_bytes){NULL, 0});
		} else if (handshake->result != BSYNC_AGAIN) {
			handshake_failed(connection);
		}
		bsync_wire_settle(connection);
	}
	start_handshakes(connection->daemon);
	bsync_connection_unbusy(connection);
}

/* Gives waiting handshakes to the pool, a few at a time, so that other work finds a thread. */
static void start_handshakes(struct bsync_daemon *daemon)
{
	while (daemon->handshake_first != NULL && daemon->handshakes_running < daemon->handshakes_parallel_max) {
		struct bsync_connection *connection = daemon->handshake_first;
		struct bsync_handshake *handshake = connection->handshake;

		daemon->handshake_first = connection->next_handshake;
		connection->next_handshake = NULL;
		handshake->is_queued = false;
		if (connection->phase != BSYNC_CONNECTION_HANDSHAKE) {
			bsync_connection_unbusy(connection);
			continue;
		}
		handshake->is_running = true;
		daemon->handshakes_running++;
		handshake->work.data = handshake;
		if (uv_queue_work(&daemon->loop, &handshake->work, handshake_work, handshake_worked) != 0) {
			handshake->is_running = false;
			daemon->handshakes_running--;
			bsync_connection_close(connection);
			bsync_connection_unbusy(connection);
		}
	}
}

static void step_handshake(struct bsync_connection *connection, struct bsync_bytes cipher)
{
	struct bsync_daemon *daemon = connection->daemon;

	if (bsync_tls_receive(connection->tls, cipher) != BSYNC_OK) {
		bsync_connection_close(connection);
		return;
	}
	connection->handshake->is_queued = true;
	connection->busy++;
	connection->next_handshake = NULL;
	if (daemon->handshake_first == NULL)
		daemon->handshake_first = connection;
	else
		daemon->handshake_last->next_handshake = connection;
	daemon->handshake_last = connection;
	update_reading(connection);
	start_handshakes(daemon);
}

/* Decrypts and takes what is whole. */
static void read_plain(struct bsync_connection *connection, struct bsync_bytes cipher)
{
	struct bsync_buffer *plain = &connection->daemon->plain;
	enum bsync_result result;

	do {
		struct bsync_bytes piece = {cipher.data, cipher.size < TLS_PIECE ? cipher.size : TLS_PIECE};

		cipher.data = cipher.size > piece.size ? cipher.data + piece.size : NULL;
		cipher.size -= piece.size;
		plain->size = 0;
		result = bsync_tls_receive(connection->tls, piece);
		if (result == BSYNC_OK)
			result = bsync_tls_read(connection->tls, plain);
		if (plain->size > 0 &&
		    bsync_frame_reader_feed(&connection->reader, bsync_buffer_bytes(plain)) != BSYNC_OK)
			result = BSYNC_TOO_LARGE;
		bsync_connection_process(connection);
	} while (result == BSYNC_OK && cipher.size > 0 && !bsync_connection_is_over(connection));
	if (result != BSYNC_OK && !bsync_connection_is_over(connection)) {
		if (result != BSYNC_CLOSED)
			bsync_log(BSYNC_LOG_INFO, "connection number=%llu event=broken reason=%s",
				  (unsigned long long)connection->number, bsync_result_name(result));
		bsync_connection_close(connection);
	}
}

static void on_received(void *context, struct bsync_bytes bytes)
{
	struct bsync_connection *connection = context;

	connection->heard_ms = (int64_t)uv_now(&connection->daemon->loop);
	bsync_daemon_count(&connection->daemon->counts.bytes_in, bytes.size);
	switch (connection->phase) {
	case BSYNC_CONNECTION_HANDSHAKE:
		step_handshake(connection, bytes);
		return;
	case BSYNC_CONNECTION_SESSION:
	case BSYNC_CONNECTION_ENROLMENT:
		read_plain(connection, bytes);
		bsync_wire_settle(connection);
		return;
	case BSYNC_CONNECTION_LAST_WORDS:
	case BSYNC_CONNECTION_LINGERING:
	case BSYNC_CONNECTION_CLOSED:
		return;
	}
}

static void on_writable(void *context)
{
	bsync_wire_settle(context);
}

static void on_ended(void *context)
{
	bsync_connection_close(context);
}

const struct bsync_stream_events *bsync_wire_events(void)
{
	static const struct bsync_stream_events events = {on_received, on_ended, on_writable, bsync_connection_closed};

	return &events;
}
