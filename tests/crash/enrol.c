/* enrol.c: both halves of an enrolment, without the wire: daemon/connection_enrol.c and client-sdk/enrol.c. */
#include <string.h>
#include <unistd.h>

#include "core/session_enrol.h"
#include "tests/crash/scenario.h"

enum { ARENA_MAX = 1 << 16, FRAMES_MAX = 2 << 20, CERTIFICATE_MAX = 8192 };

#define DAY_MS INT64_C(86400000)

struct enrolling {
	struct crash_world *world;
	struct crash_device *device;
	struct bsync_enrol_code code;
	struct bsync_enrol request;
	struct bsync_device record;
	uint8_t nonce[32], exporter[32], share[32];
};

void crash_enrol_prepare(struct crash_world *world)
{
	struct crash_device *device = &world->devices[1];
	struct bsync_certificate_request request = {.kind = BSYNC_CERTIFICATE_CA,
						    .not_before_ms = CRASH_NOW_MS,
						    .not_after_ms = CRASH_NOW_MS + 900 * DAY_MS};
	struct bsync_buffer spki;

	crash_device_close(device);
	unlink(device->path);
	bsync_buffer_init(&spki, 1000);
	bsync_buffer_init(&world->ca, CERTIFICATE_MAX);
	crash_must(bsync_signing_key_make(&world->chance, &world->ca_key), "key");
	crash_must(bsync_signing_key_public(world->ca_key, &spki), "public key");
	memcpy(request.id, world->desk.daemon.facts.organisation.bytes, sizeof request.id);
	request.serial[0] = 1;
	request.public_key = bsync_buffer_bytes(&spki);
	crash_must(bsync_certificate_issue(&request, world->ca_key, (struct bsync_bytes){0}, &world->ca),
		   "certificate");
	bsync_buffer_clear(&spki);
}

static enum bsync_result run_code(struct crash_world *world, void *context)
{
	struct enrolling *enrolling = context;

	return bsync_store_code_create(world->store, &enrolling->device->worker, CRASH_NOW_MS, CRASH_NOW_MS + DAY_MS,
				       enrolling->code.secret);
}

static enum bsync_result run_check(struct crash_world *world, void *context)
{
	struct enrolling *enrolling = context;

	return bsync_store_code_check(world->store, enrolling->request.secret, CRASH_NOW_MS, &enrolling->record.worker,
				      enrolling->record.worker_name);
}

static enum bsync_result run_add(struct crash_world *world, void *context)
{
	struct enrolling *enrolling = context;

	return bsync_store_device_add(world->store, enrolling->request.secret, &enrolling->record, enrolling->share,
				      CRASH_NOW_MS);
}

static enum bsync_result make_record(struct enrolling *enrolling, struct bsync_buffer *certificate)
{
	struct crash_world *world = enrolling->world;
	struct bsync_device *record = &enrolling->record;
	struct bsync_certificate_request request = {.kind = BSYNC_CERTIFICATE_DEVICE,
						    .not_before_ms = CRASH_NOW_MS,
						    .not_after_ms = CRASH_NOW_MS + 90 * DAY_MS};
	enum bsync_result result;

	world->chance.fill(world->chance.context, record->id.bytes, BSYNC_ID_SIZE);
	memcpy(record->public_key, enrolling->request.public_key.data, enrolling->request.public_key.size);
	record->public_key_size = enrolling->request.public_key.size;
	record->heartbeat.storage_free = -1;
	memcpy(request.id, record->id.bytes, sizeof request.id);
	request.serial[0] = 2;
	request.public_key = enrolling->request.public_key;
	result = bsync_certificate_issue(&request, world->ca_key, bsync_buffer_bytes(&world->ca), certificate);
	if (result == BSYNC_OK)
		bsync_certificate_hash(bsync_buffer_bytes(certificate), &record->certificate);
	return result;
}

/* The daemon's answer to an ENROL frame. */
static enum bsync_result answer(struct enrolling *enrolling, const struct bsync_frame *frame, struct bsync_arena *arena,
				struct bsync_buffer *frames)
{
	struct crash_world *world = enrolling->world;
	struct bsync_buffer certificate;
	struct bsync_enrolled enrolled = {
		.organisation = world->desk.daemon.facts.organisation,
		.organisation_name = bsync_bytes_of_string("crash"),
		.ca = bsync_buffer_bytes(&world->ca),
		.incarnation = world->desk.daemon.facts.incarnation,
		.server_ms = CRASH_NOW_MS,
		.schema_version = world->desk.daemon.schema.files.version,
	};
	enum bsync_result result = bsync_enrol_decode(frame->payload, arena, &enrolling->request);

	bsync_buffer_init(&certificate, CERTIFICATE_MAX);
	if (result == BSYNC_OK)
		result = crash_server_write(world, run_check, enrolling);
	if (result == BSYNC_OK)
		result = bsync_enrol_request(frame, enrolling->nonce, enrolling->exporter, arena, &enrolling->request);
	if (result == BSYNC_OK)
		result = make_record(enrolling, &certificate);
	if (result == BSYNC_OK)
		result = crash_server_write(world, run_add, enrolling);
	enrolled.device = enrolling->record.id;
	enrolled.worker = enrolling->record.worker;
	enrolled.worker_name = bsync_bytes_of_string(enrolling->record.worker_name);
	enrolled.certificate = bsync_buffer_bytes(&certificate);
	memcpy(enrolled.seal_key, world->desk.daemon.facts.seal_public, sizeof enrolled.seal_key);
	if (result == BSYNC_OK)
		result = bsync_enrol_answer(&enrolled, &world->desk.daemon.schema.files, frames);
	bsync_buffer_clear(&certificate);
	return result;
}

/* Both sides take turns over `frames` until the device is done. */
static enum bsync_result converse(struct enrolling *enrolling, struct bsync_enrol_client *client,
				  struct bsync_arena *arena)
{
	struct bsync_buffer up, down;
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	enum bsync_result result;

	bsync_buffer_init(&up, FRAMES_MAX);
	bsync_buffer_init(&down, FRAMES_MAX);
	bsync_frame_reader_init(&reader);
	result = bsync_enrol_challenge(&enrolling->world->desk.daemon.facts.organisation, enrolling->nonce, &down);
	while (result == BSYNC_OK && client->state != BSYNC_ENROL_DONE && client->state != BSYNC_ENROL_FAILED) {
		bool is_up = up.size > 0;
		struct bsync_buffer *wire = is_up ? &up : &down;

		result = bsync_frame_reader_feed(&reader, bsync_buffer_bytes(wire));
		bsync_buffer_clear(wire);
		while (result == BSYNC_OK && (result = bsync_frame_reader_next(&reader, &frame)) == BSYNC_OK) {
			if (is_up)
				result = answer(enrolling, &frame, arena, &down);
			else
				bsync_enrol_client_frame(client, &frame, enrolling->exporter, &up);
		}
		if (result == BSYNC_AGAIN)
			result = up.size + down.size > 0 || client->state == BSYNC_ENROL_DONE ? BSYNC_OK
											      : client->result;
	}
	if (result == BSYNC_OK && client->state == BSYNC_ENROL_FAILED)
		result = client->result;
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&up);
	bsync_buffer_clear(&down);
	return result;
}

static enum bsync_result keep(struct enrolling *enrolling, const struct bsync_enrol_client *client,
			      const struct bsync_signing_key *key)
{
	struct crash_device *device = enrolling->device;
	struct bsync_file_birth birth = {
		.enrolled = &client->enrolled, .schema = &client->schema, .address = "crash:1"};
	struct bsync_buffer private_key;
	enum bsync_result result;

	bsync_buffer_init(&private_key, CRASH_KEY_MAX);
	bsync_buffer_clear(&device->public_key);
	device->id = client->enrolled.device;
	result = bsync_signing_key_export(key, &private_key);
	birth.private_key = bsync_buffer_bytes(&private_key);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&device->public_key, enrolling->record.public_key,
					     enrolling->record.public_key_size);
	if (result == BSYNC_OK)
		result = bsync_file_create(device->path, &birth, &device->surroundings);
	bsync_buffer_clear(&private_key);
	return result;
}

/* What was used up by an enrolment that failed takes a new code. */
static enum bsync_result enrol(struct crash_world *world, struct crash_device *device)
{
	struct enrolling enrolling = {.world = world, .device = device};
	struct bsync_enrol_client client;
	struct bsync_signing_key *key = NULL;
	struct bsync_arena arena;
	enum bsync_result result = bsync_signing_key_make(&world->chance, &key);

	bsync_arena_init(&arena, ARENA_MAX);
	memcpy(enrolling.code.organisation.bytes, world->desk.daemon.facts.organisation.bytes, BSYNC_ID_SIZE);
	bsync_enrol_client_init(&client, &enrolling.code, key, "crash");
	if (result == BSYNC_OK)
		result = crash_server_write(world, run_code, &enrolling);
	if (result == BSYNC_OK)
		result = converse(&enrolling, &client, &arena);
	if (result == BSYNC_OK)
		result = keep(&enrolling, &client, key);
	bsync_enrol_client_clear(&client);
	bsync_signing_key_free(key);
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result crash_enrol(struct crash_world *world)
{
	struct crash_device *device = &world->devices[1];
	enum bsync_result result = BSYNC_OK;

	if (device->file == NULL && access(device->path, F_OK) != 0)
		result = enrol(world, device);
	if (result == BSYNC_OK && device->file == NULL)
		result = crash_device_open(device);
	return result;
}
