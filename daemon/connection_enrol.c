#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/machine.h"

enum { ARENA_MAX = 16384, CERTIFICATE_MAX = 8192, ANSWER_MAX = 2 << 20, RETRY_MS = 5000 };

/* One enrolment: a nonce out, one ENROL in, one piece of work on the pool, one answer. */
struct bsync_enrolling {
	uv_work_t work;
	struct bsync_connection *connection;
	uint8_t nonce[32];
	uint8_t exporter[32];
	bool is_working;
	struct bsync_buffer payload; /* of the ENROL */
	struct bsync_buffer answer;
	enum bsync_result result;
	struct bsync_device device;
	uint8_t server_share[32];
};

/* The writer's two pieces: who the code is for, and the device. */
struct enrol_job {
	struct bsync_writer_job job;
	struct bsync_enrolling *enrolling;
	const struct bsync_enrol *enrol;
	enum bsync_result verdict;
};

/* --- The pool's and the writer's part --- */

static enum bsync_result run_check(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct enrol_job *work = (struct enrol_job *)job;
	struct bsync_device *device = &work->enrolling->device;

	work->verdict = bsync_store_code_check(store, work->enrol->secret, bsync_machine_now_ms(), &device->worker,
					       device->worker_name);
	/* A wrong code is counted all the same: the transaction stands. */
	return work->verdict == BSYNC_BAD_CODE ? BSYNC_OK : work->verdict;
}

static enum bsync_result run_add(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct enrol_job *work = (struct enrol_job *)job;
	const struct bsync_enrolling *enrolling = work->enrolling;

	work->verdict = bsync_store_device_add(store, work->enrol->secret, &enrolling->device, enrolling->server_share,
					       enrolling->device.enrolled_ms);
	return work->verdict;
}

static enum bsync_result write_and_wait(struct bsync_enrolling *enrolling, const struct bsync_enrol *enrol,
					enum bsync_result (*run)(struct bsync_writer_job *, struct bsync_store *))
{
	struct enrol_job work = {
		.job = {.run = run, .is_alone = true},
		.enrolling = enrolling,
		.enrol = enrol,
	};
	enum bsync_result result = bsync_writer_thread_run(enrolling->connection->daemon->writer, &work.job);

	return result == BSYNC_OK ? work.verdict : result;
}

/* Fills the device's row, with a certificate from the signer. */
static enum bsync_result make_device(struct bsync_enrolling *enrolling, const struct bsync_enrol *enrol,
				     struct bsync_buffer *certificate)
{
	const struct bsync_random *random = bsync_machine_random();
	struct bsync_device *device = &enrolling->device;
	uint8_t tail[10];
	enum bsync_result result;

	if (enrol->public_key.size > sizeof device->public_key)
		return BSYNC_TOO_LARGE;
	if (random->fill(random->context, tail, sizeof tail) != 0 ||
	    random->fill(random->context, enrolling->server_share, sizeof enrolling->server_share) != 0)
		return BSYNC_RANDOM;
	device->enrolled_ms = bsync_machine_now_ms();
	device->last_seen_ms = device->enrolled_ms;
	device->state = BSYNC_DEVICE_ACTIVE;
	device->heartbeat.storage_free = -1;
	bsync_uuid7(device->enrolled_ms, tail, device->id.bytes);
	memcpy(device->public_key, enrol->public_key.data, enrol->public_key.size);
	device->public_key_size = enrol->public_key.size;
	if (enrol->software.size < sizeof device->software) {
		memcpy(device->software, enrol->software.data, enrol->software.size);
		device->heartbeat.software = (struct bsync_bytes){(const uint8_t *)device->software,
								  enrol->software.size};
	}
	result = bsync_signer_issue(&enrolling->connection->daemon->signer, BSYNC_CERTIFICATE_DEVICE, device->id.bytes,
				    enrol->public_key, certificate);
	if (result == BSYNC_OK)
		bsync_certificate_hash(bsync_buffer_bytes(certificate), &device->certificate);
	return result;
}

static enum bsync_result write_answer(struct bsync_enrolling *enrolling, const struct bsync_buffer *certificate)
{
	struct bsync_daemon *daemon = enrolling->connection->daemon;
	const struct bsync_device *device = &enrolling->device;
	struct bsync_enrolled enrolled = {
		.device = device->id,
		.worker = device->worker,
		.organisation = daemon->facts.organisation,
		.organisation_name = bsync_bytes_of_string(daemon->facts.name),
		.worker_name = bsync_bytes_of_string(device->worker_name),
		.certificate = bsync_buffer_bytes(certificate),
		.ca = bsync_buffer_bytes(&daemon->ca),
		.incarnation = daemon->facts.incarnation,
		.server_ms = bsync_machine_now_ms(),
	};
	enum bsync_result result;

	memcpy(enrolled.seal_key, daemon->facts.seal_public, sizeof enrolled.seal_key);
	memcpy(enrolled.server_share, enrolling->server_share, sizeof enrolled.server_share);
	pthread_mutex_lock(&daemon->schema.lock);
	enrolled.schema_version = daemon->schema.files.version;
	result = bsync_enrol_answer(&enrolled, &daemon->schema.files, &enrolling->answer);
	pthread_mutex_unlock(&daemon->schema.lock);
	return result;
}

/* PROTOCOL 9.1: "The secret works once, for at most 24 hours, and survives at most five wrong proofs."  So the attempt
 * is counted before the proof is judged. */
static enum bsync_result enrol(struct bsync_enrolling *enrolling, struct bsync_arena *arena,
			       struct bsync_buffer *certificate)
{
	const struct bsync_frame frame = {BSYNC_MESSAGE_ENROL, bsync_buffer_bytes(&enrolling->payload)};
	struct bsync_enrol request;
	enum bsync_result result = bsync_enrol_decode(frame.payload, arena, &request);

	if (result == BSYNC_OK)
		result = write_and_wait(enrolling, &request, run_check);
	if (result == BSYNC_OK)
		result = bsync_enrol_request(&frame, enrolling->nonce, enrolling->exporter, arena, &request);
	if (result == BSYNC_OK)
		result = make_device(enrolling, &request, certificate);
	if (result == BSYNC_OK)
		result = write_and_wait(enrolling, &request, run_add);
	if (result == BSYNC_OK)
		result = write_answer(enrolling, certificate);
	return result;
}

static void enrol_work(uv_work_t *work)
{
	struct bsync_enrolling *enrolling = work->data;
	struct bsync_buffer certificate;
	struct bsync_arena arena;

	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&certificate, CERTIFICATE_MAX);
	enrolling->result = enrol(enrolling, &arena, &certificate);
	bsync_buffer_clear(&certificate);
	bsync_arena_clear(&arena);
}

/* --- The loop's part --- */

static const char *refusal_text(enum bsync_result result)
{
	if (result == BSYNC_BAD_CODE)
		return "this code is wrong, used or expired";
	if (result == BSYNC_BAD_SIGNATURE)
		return "the proof does not fit this connection: try again";
	return bsync_result_text(result);
}

static void enrol_worked(uv_work_t *work, int status)
{
	struct bsync_enrolling *enrolling = work->data;
	struct bsync_connection *connection = enrolling->connection;
	char id[BSYNC_ID_TEXT_SIZE];

	(void)status;
	if (enrolling->result == BSYNC_OK) {
		bsync_id_text(enrolling->device.id.bytes, id);
		bsync_log(BSYNC_LOG_INFO, "device id=%s event=enrolled", id);
		atomic_fetch_add(&connection->daemon->counts.enrolled, 1);
		/* The device closes when it has read everything; the tick ends a silent one. */
		if (!bsync_connection_is_over(connection))
			bsync_connection_send(connection, bsync_buffer_bytes(&enrolling->answer));
	} else {
		bsync_connection_refuse(connection, enrolling->result, refusal_text(enrolling->result),
					enrolling->result < 100 ? RETRY_MS : 0);
	}
	bsync_connection_unbusy(connection);
}

void bsync_enrolling_begin(struct bsync_connection *connection)
{
	const struct bsync_random *random = bsync_machine_random();
	struct bsync_enrolling *enrolling = calloc(1, sizeof *enrolling);
	struct bsync_buffer frames;
	enum bsync_result result = enrolling == NULL ? BSYNC_NO_MEMORY : BSYNC_OK;

	bsync_buffer_init(&frames, CERTIFICATE_MAX);
	if (result == BSYNC_OK) {
		connection->enrolling = enrolling;
		enrolling->connection = connection;
		enrolling->work.data = enrolling;
		bsync_buffer_init(&enrolling->payload, bsync_message_cap(BSYNC_MESSAGE_ENROL));
		bsync_buffer_init(&enrolling->answer, ANSWER_MAX);
		if (random->fill(random->context, enrolling->nonce, sizeof enrolling->nonce) != 0)
			result = BSYNC_RANDOM;
	}
	if (result == BSYNC_OK)
		result = bsync_tls_exporter(connection->tls, enrolling->exporter);
	if (result == BSYNC_OK)
		result = bsync_enrol_challenge(&connection->daemon->facts.organisation, enrolling->nonce, &frames);
	if (result == BSYNC_OK)
		bsync_connection_send(connection, bsync_buffer_bytes(&frames));
	else
		bsync_connection_refuse(connection, result, bsync_result_text(result), RETRY_MS);
	bsync_buffer_clear(&frames);
}

void bsync_enrolling_frame(struct bsync_connection *connection, const struct bsync_frame *frame)
{
	struct bsync_enrolling *enrolling = connection->enrolling;
	enum bsync_result result = BSYNC_OK;

	assert(enrolling != NULL);
	if (frame->kind != BSYNC_MESSAGE_ENROL || enrolling->is_working)
		result = BSYNC_UNEXPECTED;
	else
		result = bsync_buffer_append(&enrolling->payload, frame->payload.data, frame->payload.size);
	if (result != BSYNC_OK) {
		bsync_connection_refuse(connection, result, bsync_result_text(result), 0);
		return;
	}
	enrolling->is_working = true;
	connection->busy++;
	if (uv_queue_work(&connection->daemon->loop, &enrolling->work, enrol_work, enrol_worked) != 0) {
		bsync_connection_refuse(connection, BSYNC_OVERLOADED, bsync_result_text(BSYNC_OVERLOADED), RETRY_MS);
		bsync_connection_unbusy(connection);
	}
}

void bsync_enrolling_free(struct bsync_connection *connection)
{
	struct bsync_enrolling *enrolling = connection->enrolling;

	if (enrolling == NULL)
		return;
	bsync_buffer_wipe(&enrolling->payload);
	bsync_buffer_wipe(&enrolling->answer);
	bsync_wipe(enrolling->server_share, sizeof enrolling->server_share);
	free(enrolling);
	connection->enrolling = NULL;
}
