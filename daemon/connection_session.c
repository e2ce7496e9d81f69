#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/machine.h"

enum { REPLACED_RETRY_MS = 30000, LOOKUP_RETRY_MS = 2000 };

/* --- Effects --- */

/* Carries out one step's effects.  True when one was answered at once: `effects` then holds the next step's. */
static bool apply_step(struct bsync_connection *connection, struct bsync_effects *effects)
{
	const struct bsync_effect *answered = NULL;

	for (uint32_t i = 0; i < effects->count; i++) {
		const struct bsync_effect *effect = &effects->list[i];

		switch (effect->kind) {
		case BSYNC_EFFECT_SEND:
			if (!bsync_wire_queue(connection, effect->bytes))
				return false;
			break;
		case BSYNC_EFFECT_CLOSE:
			bsync_log(BSYNC_LOG_INFO, "session number=%llu event=end reason=%s",
				  (unsigned long long)connection->number, bsync_result_name(effect->result));
			bsync_connection_leave(connection);
			bsync_connection_set_phase(connection, BSYNC_CONNECTION_LAST_WORDS);
			break;
		case BSYNC_EFFECT_HELLO:
		case BSYNC_EFFECT_PULL:
			/* A step gives one of them, as its last word. */
			assert(answered == NULL);
			answered = effect;
			break;
		case BSYNC_EFFECT_EPOCH:
			bsync_inbound_epoch(connection, effect->bytes);
			break;
		case BSYNC_EFFECT_SHOWN:
			bsync_inbound_shown(connection, effect->bytes);
			break;
		case BSYNC_EFFECT_APPLY:
			bsync_inbound_push(connection, effect->bytes);
			break;
		case BSYNC_EFFECT_RETRY:
			bsync_inbound_retry(connection, effect->bytes);
			break;
		case BSYNC_EFFECT_CONFIRM:
			bsync_inbound_confirm(connection, effect->position);
			break;
		case BSYNC_EFFECT_PULL_MORE:
			bsync_pulling_more(connection);
			break;
		case BSYNC_EFFECT_HISTORY:
			bsync_pulling_history(connection, effect->bytes);
			break;
		case BSYNC_EFFECT_OUTGOING:
		case BSYNC_EFFECT_STORE:
		case BSYNC_EFFECT_SYNCED:
		case BSYNC_EFFECT_HISTORY_GOT:
			assert(false); /* effects of the device's half */
			break;
		}
	}
	if (answered == NULL || connection->phase != BSYNC_CONNECTION_SESSION)
		return false;
	if (answered->kind == BSYNC_EFFECT_HELLO)
		return bsync_inbound_hello(connection, answered->hello, effects);
	return bsync_pulling_start(connection, answered->position, answered->number, effects);
}

void bsync_connection_apply(struct bsync_connection *connection, struct bsync_effects *effects)
{
	while (connection->phase == BSYNC_CONNECTION_SESSION && apply_step(connection, effects))
		continue;
}

/* PROTOCOL 2: "A receiver must refuse a size over the cap of its kind (`messages.def`), flags or reserved bits that are
 * not zero, and a kind it does not know, by the header alone" */
static enum bsync_result judge_header(const struct bsync_frame_reader *reader)
{
	const uint8_t *header = reader->pending.data + reader->taken;
	uint32_t size;

	if (reader->pending.size - reader->taken < BSYNC_FRAME_HEADER_SIZE)
		return BSYNC_OK;
	size = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
	if (bsync_message_name(header[4]) == NULL)
		return BSYNC_UNKNOWN_KIND;
	return size > bsync_message_cap(header[4]) ? BSYNC_TOO_LARGE : BSYNC_OK;
}

/* Takes whole frames while the session takes them. */
void bsync_connection_process(struct bsync_connection *connection)
{
	while (connection->phase == BSYNC_CONNECTION_SESSION || connection->phase == BSYNC_CONNECTION_ENROLMENT) {
		struct bsync_effects effects;
		struct bsync_frame frame;
		enum bsync_result result;

		if (connection->session != NULL && bsync_session_server_is_full(connection->session))
			break;
		result = bsync_frame_reader_next(&connection->reader, &frame);
		if (result == BSYNC_AGAIN)
			result = judge_header(&connection->reader);
		else if (result == BSYNC_OK) {
			if (connection->session == NULL) {
				bsync_enrolling_frame(connection, &frame);
				continue;
			}
			bsync_session_server_frame(connection->session, &frame, bsync_machine_now_ms(), &effects);
			bsync_connection_apply(connection, &effects);
			continue;
		}
		if (result == BSYNC_OK)
			break;
		bsync_daemon_count(&connection->daemon->counts.refused, 1);
		bsync_connection_end(connection, result, 0);
	}
	if (connection->reader.pending.size == connection->reader.taken)
		bsync_frame_reader_clear(&connection->reader);
}

/* Sends and reads on, after anything has happened. */
void bsync_connection_execute(struct bsync_connection *connection, struct bsync_effects *effects)
{
	bsync_connection_apply(connection, effects);
	if (connection->reader.pending.size > connection->reader.taken)
		bsync_connection_process(connection);
	bsync_wire_settle(connection);
}

void bsync_connection_send(struct bsync_connection *connection, struct bsync_bytes frames)
{
	if (bsync_wire_queue(connection, frames))
		bsync_wire_settle(connection);
}

void bsync_connection_refuse(struct bsync_connection *connection, enum bsync_result result, const char *text,
			     uint32_t retry_after_ms)
{
	enum bsync_result word = result > 100 ? result : BSYNC_OVERLOADED;

	if (bsync_connection_is_over(connection))
		return;
	bsync_daemon_count(&connection->daemon->counts.refused, 1);
	bsync_log(BSYNC_LOG_INFO, "connection number=%llu event=refused reason=%s",
		  (unsigned long long)connection->number, bsync_result_name(result));
	if (bsync_session_error_frame(word, text, retry_after_ms, &connection->outgoing) != BSYNC_OK) {
		bsync_connection_close(connection);
		return;
	}
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_LAST_WORDS);
	bsync_wire_settle(connection);
}

void bsync_connection_end(struct bsync_connection *connection, enum bsync_result result, uint32_t retry_after_ms)
{
	struct bsync_effects effects;

	if (bsync_connection_is_over(connection))
		return;
	if (connection->session == NULL) {
		bsync_connection_refuse(connection, result, bsync_result_text(result), retry_after_ms);
		return;
	}
	bsync_session_server_end(connection->session, result, retry_after_ms, &effects);
	bsync_connection_apply(connection, &effects);
	bsync_wire_settle(connection);
}

/* --- The session begins --- */

static void replace_older(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;
	struct bsync_connection *older = bsync_number_table_get(&daemon->devices,
								bsync_connection_device_number(&connection->device));

	if (older == NULL)
		return;
	bsync_log(BSYNC_LOG_INFO, "session number=%llu event=replaced by=%llu", (unsigned long long)older->number,
		  (unsigned long long)connection->number);
	bsync_connection_end(older, BSYNC_OVERLOADED, REPLACED_RETRY_MS);
}

static enum bsync_result look_up(struct bsync_connection *connection, struct bsync_device *device)
{
	struct bsync_lookup *lookup = &connection->daemon->lookup;
	struct bsync_digest hash;
	enum bsync_result result;
	uint8_t *key;

	if (!bsync_tls_peer_hash(connection->tls, &hash))
		return BSYNC_NOT_ENROLLED;
	pthread_mutex_lock(&lookup->lock);
	result = bsync_view_device_by_certificate(lookup->view, &hash, device);
	pthread_mutex_unlock(&lookup->lock);
	if (result == BSYNC_NOT_FOUND)
		return BSYNC_NOT_ENROLLED;
	if (result == BSYNC_OK && device->state == BSYNC_DEVICE_REVOKED)
		return BSYNC_REVOKED;
	if (result != BSYNC_OK)
		return result;
	key = malloc(device->public_key_size + 1);
	if (key == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(key, device->public_key, device->public_key_size);
	connection->public_key = (struct bsync_bytes){key, device->public_key_size};
	connection->device = device->id;
	connection->worker = device->worker;
	return BSYNC_OK;
}

static const char *refusal_text(enum bsync_result result)
{
	if (result == BSYNC_NOT_ENROLLED)
		return "this device is not enrolled here: enrol it with a new code";
	if (result == BSYNC_REVOKED)
		return "this device has been revoked: ask the operator to enrol it again";
	return "the server cannot look this device up now: it tries again by itself";
}

void bsync_connection_begin_session(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;
	struct bsync_session_store_facts facts = {
		.organisation = daemon->facts.organisation,
		.incarnation = daemon->facts.incarnation,
		.schema_version = daemon->schema.files.version,
		.counter = daemon->position.counter,
	};
	struct bsync_device device;
	enum bsync_result result = look_up(connection, &device);

	memcpy(facts.incarnation_id, daemon->facts.incarnation_id, sizeof facts.incarnation_id);
	if (result == BSYNC_OK)
		result = bsync_session_server_new(&facts, device.state == BSYNC_DEVICE_SUSPENDED,
						  bsync_machine_now_ms(), &connection->session);
	if (result == BSYNC_OK) {
		bsync_daemon_count(&daemon->counts.sessions, 1);
		connection->is_session = true;
		replace_older(connection);
		result = bsync_number_table_put(&daemon->devices, bsync_connection_device_number(&connection->device),
						connection);
	}
	if (result != BSYNC_OK) {
		bsync_connection_refuse(connection, result, refusal_text(result), result < 100 ? LOOKUP_RETRY_MS : 0);
		return;
	}
	bsync_connection_set_phase(connection, BSYNC_CONNECTION_SESSION);
}

void bsync_connection_touched(struct bsync_connection *connection)
{
	struct bsync_effects effects;

	if (connection->phase != BSYNC_CONNECTION_SESSION)
		return;
	bsync_session_server_touched(connection->session, &effects);
	bsync_connection_execute(connection, &effects);
}

void bsync_connection_device_changed(struct bsync_connection *connection)
{
	struct bsync_lookup *lookup = &connection->daemon->lookup;
	struct bsync_effects effects;
	struct bsync_device device;
	struct bsync_recovery_status recovery;
	enum bsync_result result;

	if (connection->phase != BSYNC_CONNECTION_SESSION)
		return;
	pthread_mutex_lock(&lookup->lock);
	result = bsync_view_device(lookup->view, &connection->device, &device);
	if (result == BSYNC_OK)
		result = bsync_view_recovery(lookup->view, &recovery);
	pthread_mutex_unlock(&lookup->lock);
	if (result != BSYNC_OK) {
		bsync_connection_end(connection, BSYNC_OVERLOADED, LOOKUP_RETRY_MS);
		return;
	}
	bsync_session_server_state(connection->session, device.state == BSYNC_DEVICE_REVOKED,
				   device.state == BSYNC_DEVICE_SUSPENDED, recovery.is_open, &effects);
	bsync_connection_execute(connection, &effects);
}
