#include "tests/support/swarm.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "client-sdk/net/link.h"
#include "core/session_client.h"
#include "core/session_enrol.h"
#include "tests/support/process.h"

enum { OUTBOX_MAX = 1 << 20, FRAMES_MAX = 4 << 20, PUSH_BYTES = 200 << 10, PUSH_COUNT_MAX = 1000 };

/* One sealed changeset: where its body lies in the outbox. */
struct entry {
	uint8_t salt[BSYNC_SEAL_SALT_SIZE];
	size_t at, size;
	struct bsync_digest hash;
};

struct swarm_device {
	struct swarm *swarm;
	struct swarm_device *next;
	char address[BSYNC_LINK_ADDRESS_MAX];
	struct bsync_signing_key *key;
	struct bsync_tls_settings *settings;
	struct bsync_seal_context context;
	struct bsync_epoch_open epoch;
	uint8_t epoch_signature[BSYNC_SIGNATURE_SIZE];
	uint32_t schema_version;
	struct entry *entries; /* seq 1 first */
	size_t entry_count, entry_capacity;
	struct bsync_buffer bodies;
	uint64_t durable_seq;
	struct bsync_position cursor;
	int64_t seen_ms;
	struct bsync_link *link;
	struct bsync_session_client *session;
	bool is_epoch_known;
	struct swarm_counts counts;
	uint64_t traffic_up, traffic_down; /* of closed links */
};

struct swarm {
	uv_loop_t loop;
	uv_timer_t timer;
	struct swarm_device *devices;
};

static int fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

static const struct bsync_random system_random = {.fill = fill};

const struct bsync_random *swarm_random(void)
{
	return &system_random;
}

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "swarm: %s: %s\n", what, bsync_result_text(result));
	abort();
}

static void random_bytes(void *out, size_t size)
{
	if (fill(NULL, out, size) != 0)
		abort();
}

static int64_t wall_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct swarm *swarm_new(void)
{
	struct swarm *swarm = calloc(1, sizeof *swarm);
	if (swarm == NULL || uv_loop_init(&swarm->loop) != 0 || uv_timer_init(&swarm->loop, &swarm->timer) != 0)
		abort();
	must(bsync_tls_library_init(), "TLS");
	return swarm;
}

static void on_timer(uv_timer_t *timer)
{
	(void)timer;
}

bool swarm_run(struct swarm *swarm, bool (*done)(void *context), void *context, int timeout_ms)
{
	int64_t until = clock_us() + (int64_t)timeout_ms * 1000;
	uv_timer_start(&swarm->timer, on_timer, 100, 100);
	while (!done(context) && clock_us() < until)
		uv_run(&swarm->loop, UV_RUN_ONCE);
	uv_timer_stop(&swarm->timer);
	return done(context);
}

/* --- Enrolment --- */

struct enrolment {
	struct bsync_enrol_client client;
	bool is_closed;
	enum bsync_result closed;
	char text[200];
};

static void enrol_established(void *context, struct bsync_link *link)
{
	(void)context;
	(void)link;
}

static void enrol_frame(void *context, struct bsync_link *link, const struct bsync_frame *frame)
{
	struct enrolment *enrolment = context;
	uint8_t exporter[32];
	must(bsync_tls_exporter(bsync_link_tls(link), exporter), "exporter");
	struct bsync_buffer frames;
	bsync_buffer_init(&frames, 1 << 16);
	bsync_enrol_client_frame(&enrolment->client, frame, exporter, &frames);
	if (frames.size > 0)
		bsync_link_send(link, bsync_buffer_bytes(&frames));
	bsync_buffer_clear(&frames);
	if (enrolment->client.state == BSYNC_ENROL_DONE || enrolment->client.state == BSYNC_ENROL_FAILED)
		bsync_link_close(link, BSYNC_OK);
}

static void enrol_closed(void *context, struct bsync_link *link, enum bsync_result result, const char *text)
{
	(void)link;
	struct enrolment *enrolment = context;
	enrolment->is_closed = true;
	enrolment->closed = result;
	snprintf(enrolment->text, sizeof enrolment->text, "%s", text);
}

static bool is_enrolled(void *context)
{
	return ((struct enrolment *)context)->is_closed;
}

/* What the device keeps of its enrolment. */
static void take_identity(struct swarm_device *device, const struct bsync_enrolled *enrolled,
			  const struct bsync_schema_files *schema)
{
	device->context.organisation = enrolled->organisation;
	device->context.device = enrolled->device;
	device->context.author = enrolled->worker;
	device->context.epoch = 1;
	device->context.suite = bsync_seal_suite_preferred();
	device->schema_version = schema->version;
	random_bytes(device->context.line.bytes, BSYNC_ID_SIZE);
	random_bytes(device->context.secret.bytes, BSYNC_KEY_SIZE);
	if (schema->dictionary.size > 0) {
		uint8_t *copy = malloc(schema->dictionary.size);
		if (copy == NULL)
			abort();
		memcpy(copy, schema->dictionary.data, schema->dictionary.size);
		device->context.dictionary = (struct bsync_bytes){copy, schema->dictionary.size};
	}
	must(bsync_seal_scratch_new(device->context.dictionary, &device->context.scratch), "scratch");
	struct bsync_digest parent = {{0}};
	uint8_t random32[32];
	random_bytes(random32, sizeof random32);
	must(bsync_epoch_seal(&device->context, enrolled->seal_key, 1, &parent, device->key, random32,
			      device->epoch_signature, &device->epoch),
	     "epoch");
	must(bsync_tls_settings_device(enrolled->certificate, device->key, enrolled->ca, &enrolled->organisation,
				       &system_random, &device->settings),
	     "TLS settings");
}

struct swarm_device *swarm_enrol(struct swarm *swarm, const char *code_text, const char *address)
{
	struct bsync_enrol_code code;
	must(bsync_enrol_code_parse(bsync_bytes_of_string(code_text), &code), "enrolment code");
	struct swarm_device *device = calloc(1, sizeof *device);
	if (device == NULL)
		abort();
	device->swarm = swarm;
	snprintf(device->address, sizeof device->address, "%s", address != NULL ? address : code.address);
	bsync_buffer_init(&device->bodies, (size_t)2 << 30);
	must(bsync_signing_key_make(&system_random, &device->key), "key");
	struct bsync_tls_settings *settings;
	must(bsync_tls_settings_enrol(&code.pin, &code.organisation, &system_random, &settings), "enrolment settings");
	struct enrolment enrolment = {0};
	bsync_enrol_client_init(&enrolment.client, &code, device->key, "swarm");
	struct bsync_link_events events = {enrol_established, enrol_frame, enrol_closed, &enrolment};
	struct bsync_link *link;
	must(bsync_link_open(&swarm->loop, device->address, settings, &events, &link), "connect");
	if (!swarm_run(swarm, is_enrolled, &enrolment, 20000) || enrolment.client.state != BSYNC_ENROL_DONE) {
		fprintf(stderr, "swarm: not enrolled: %s %s\n", enrolment.text, enrolment.client.text);
		exit(1);
	}
	take_identity(device, &enrolment.client.enrolled, &enrolment.client.schema);
	bsync_enrol_client_clear(&enrolment.client);
	bsync_tls_settings_free(settings);
	device->next = swarm->devices;
	swarm->devices = device;
	return device;
}

/* --- The outbox --- */

void swarm_device_add(struct swarm_device *device, struct bsync_changeset *changeset)
{
	if (device->entry_count == device->entry_capacity) {
		device->entry_capacity = device->entry_capacity == 0 ? 256 : device->entry_capacity * 2;
		device->entries = realloc(device->entries, device->entry_capacity * sizeof *device->entries);
		if (device->entries == NULL)
			abort();
	}
	struct entry *entry = &device->entries[device->entry_count];
	static const struct bsync_digest none;
	const struct bsync_digest *previous = device->entry_count == 0 ? &none
								       : &device->entries[device->entry_count - 1].hash;
	changeset->schema_version = device->schema_version;
	changeset->base = device->cursor;
	changeset->seen_ms = device->seen_ms;
	changeset->evidence.clock = (struct bsync_clock_reading){wall_ms(), clock_us() / 1000, 1};
	struct bsync_buffer plain;
	bsync_buffer_init(&plain, BSYNC_CHANGESET_SIZE_MAX);
	must(bsync_changeset_encode(changeset, &plain), "encode");
	uint8_t random32[32];
	random_bytes(random32, sizeof random32);
	entry->at = device->bodies.size;
	must(bsync_seal(&device->context, device->entry_count + 1, previous, random32, bsync_buffer_bytes(&plain),
			entry->salt, &device->bodies, &entry->hash),
	     "seal");
	entry->size = device->bodies.size - entry->at;
	device->entry_count++;
	bsync_buffer_clear(&plain);
}

static void append_push(struct swarm_device *device, uint64_t first_seq, uint64_t last_seq, struct bsync_buffer *frames)
{
	struct bsync_sealed *sealed = calloc(last_seq - first_seq + 1, sizeof *sealed);
	if (sealed == NULL)
		abort();
	for (uint64_t seq = first_seq; seq <= last_seq; seq++) {
		const struct entry *entry = &device->entries[seq - 1];
		memcpy(sealed[seq - first_seq].salt, entry->salt, sizeof entry->salt);
		sealed[seq - first_seq].body = (struct bsync_bytes){device->bodies.data + entry->at, entry->size};
	}
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	must(bsync_batch_sign(&device->context, device->key, first_seq, last_seq, &device->entries[last_seq - 1].hash,
			      signature),
	     "sign");
	struct bsync_push push = {
		.epoch = 1,
		.first_seq = first_seq,
		.count = (uint32_t)(last_seq - first_seq + 1),
		.changesets = sealed,
		.signature = {signature, sizeof signature},
	};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, BSYNC_FRAME_PAYLOAD_MAX);
	must(bsync_push_encode(&push, &payload), "push");
	must(bsync_frame_write(frames, BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload)), "frame");
	bsync_buffer_clear(&payload);
	free(sealed);
}

/* --- The conversation --- */

static void carry_out(struct swarm_device *device, const struct bsync_effects *effects);

static void outgoing(struct swarm_device *device, const struct bsync_effect *effect)
{
	struct bsync_buffer frames, payload;
	bsync_buffer_init(&frames, FRAMES_MAX);
	bsync_buffer_init(&payload, 4096);
	uint64_t first = effect->number + 1, last = effect->number;
	size_t size = 0;
	while (last < device->entry_count && size < PUSH_BYTES && last - effect->number < PUSH_COUNT_MAX)
		size += device->entries[last++].size + 32;
	if (last >= first && !device->is_epoch_known) {
		must(bsync_epoch_encode(&device->epoch, &payload), "epoch");
		must(bsync_frame_write(&frames, BSYNC_MESSAGE_EPOCH, bsync_buffer_bytes(&payload)), "frame");
		device->is_epoch_known = true;
	}
	if (last >= first)
		append_push(device, first, last, &frames);
	struct bsync_effects next;
	bsync_session_client_outgoing(device->session, bsync_buffer_bytes(&frames), last, last < device->entry_count,
				      &next);
	carry_out(device, &next);
	bsync_buffer_clear(&payload);
	bsync_buffer_clear(&frames);
}

static void store(struct swarm_device *device, const struct bsync_effect *effect)
{
	struct bsync_arena arena;
	bsync_arena_init(&arena, 64 << 20);
	struct bsync_receipts receipts;
	struct bsync_rows rows;
	struct bsync_pull_end end;
	if (effect->message == BSYNC_MESSAGE_RECEIPTS) {
		must(bsync_receipts_decode(effect->bytes, &arena, &receipts), "receipts");
		uint64_t last = receipts.first_seq + receipts.count - 1;
		if (last > device->durable_seq)
			device->durable_seq = last;
		device->counts.receipts += receipts.count;
		for (uint32_t i = 0; i < receipts.count; i++)
			device->counts.not_applied += receipts.receipts[i].verdict != BSYNC_VERDICT_APPLIED;
	} else if (effect->message == BSYNC_MESSAGE_ROWS) {
		must(bsync_rows_decode(effect->bytes, &arena, &rows), "rows");
		device->counts.rows += rows.count;
	} else if (effect->message == BSYNC_MESSAGE_PULL_END) {
		must(bsync_pull_end_decode(effect->bytes, &arena, &end), "pull_end");
		device->cursor = end.position;
		device->seen_ms = end.seen_ms;
	}
	bsync_arena_clear(&arena);
}

static void carry_out(struct swarm_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && device->session != NULL; i++) {
		const struct bsync_effect *effect = &effects->list[i];
		if (effect->kind == BSYNC_EFFECT_SEND) {
			bsync_link_send(device->link, effect->bytes);
		} else if (effect->kind == BSYNC_EFFECT_OUTGOING) {
			outgoing(device, effect);
			return;
		} else if (effect->kind == BSYNC_EFFECT_STORE) {
			store(device, effect);
		} else if (effect->kind == BSYNC_EFFECT_SYNCED) {
			device->counts.syncs++;
		} else if (effect->kind == BSYNC_EFFECT_CLOSE) {
			bsync_link_close(device->link, effect->result);
			return;
		}
	}
}

static void on_established(void *context, struct bsync_link *link)
{
	struct swarm_device *device = context;
	device->counts.established_us = clock_us();
	bsync_link_traffic(link, &device->counts.sent_at_established, &device->counts.received_at_established);
	/* The end of the handshake has been made but not sent yet. */
	device->counts.sent_at_established += bsync_tls_output(bsync_link_tls(link)).size;
	struct bsync_hello hello = {
		.protocol_min = 1,
		.protocol_max = 1,
		.organisation = device->context.organisation,
		.cursor = device->cursor,
		.schema_version = device->schema_version,
		.line = device->context.line,
		.last_seq = device->entry_count,
		.durable_seq = device->durable_seq,
		.push_count = device->entry_count - device->durable_seq,
		.clock = {wall_ms(), clock_us() / 1000, 1},
		.heartbeat = {.software = bsync_bytes_of_string("swarm")},
	};
	if (device->durable_seq > 0)
		hello.chain = device->entries[device->durable_seq - 1].hash;
	must(bsync_session_client_new(&device->session), "session");
	struct bsync_effects effects;
	bsync_session_client_connected(device->session, &hello, device->is_epoch_known ? 1 : 0, clock_us() / 1000,
				       &effects);
	carry_out(device, &effects);
}

static void on_frame(void *context, struct bsync_link *link, const struct bsync_frame *frame)
{
	(void)link;
	struct swarm_device *device = context;
	if (device->session == NULL)
		return;
	struct bsync_effects effects;
	bsync_session_client_frame(device->session, frame, clock_us() / 1000, &effects);
	carry_out(device, &effects);
}

static void on_closed(void *context, struct bsync_link *link, enum bsync_result result, const char *text)
{
	(void)text;
	struct swarm_device *device = context;
	bsync_link_traffic(link, &device->counts.sent, &device->counts.received);
	bsync_session_client_free(device->session);
	device->session = NULL;
	device->link = NULL;
	device->counts.is_closed = true;
	device->counts.closed = result;
}

void swarm_device_connect(struct swarm_device *device)
{
	assert(device->link == NULL);
	memset(&device->counts, 0, sizeof device->counts);
	struct bsync_link_events events = {on_established, on_frame, on_closed, device};
	must(bsync_link_open(&device->swarm->loop, device->address, device->settings, &events, &device->link),
	     "connect");
}

static bool is_unlinked(void *context)
{
	return ((struct swarm_device *)context)->link == NULL;
}

void swarm_device_disconnect(struct swarm_device *device)
{
	if (device->link == NULL)
		return;
	bsync_link_close(device->link, BSYNC_OK);
	(void)swarm_run(device->swarm, is_unlinked, device, 5000);
}

void swarm_device_committed(struct swarm_device *device)
{
	assert(device->session != NULL);
	struct bsync_effects effects;
	bsync_session_client_committed(device->session, &effects);
	carry_out(device, &effects);
}

void swarm_device_forget(struct swarm_device *device)
{
	device->cursor = (struct bsync_position){0, 0};
}

const struct swarm_counts *swarm_device_counts(struct swarm_device *device)
{
	struct swarm_counts *counts = &device->counts;
	if (device->link != NULL)
		bsync_link_traffic(device->link, &counts->sent, &counts->received);
	return counts;
}

uint64_t swarm_device_last_seq(const struct swarm_device *device)
{
	return device->entry_count;
}

uint64_t swarm_device_durable_seq(const struct swarm_device *device)
{
	return device->durable_seq;
}

uint64_t swarm_device_sealed_bytes(const struct swarm_device *device)
{
	return device->bodies.size;
}

static void on_timer_closed(uv_handle_t *handle)
{
	(void)handle;
}

void swarm_free(struct swarm *swarm)
{
	while (swarm->devices != NULL) {
		struct swarm_device *device = swarm->devices;
		swarm_device_disconnect(device);
		swarm->devices = device->next;
		bsync_tls_settings_free(device->settings);
		bsync_signing_key_free(device->key);
		bsync_seal_scratch_free(device->context.scratch);
		bsync_buffer_clear(&device->bodies);
		free((void *)(uintptr_t)device->context.dictionary.data);
		free(device->entries);
		free(device);
	}
	uv_close((uv_handle_t *)&swarm->timer, on_timer_closed);
	uv_run(&swarm->loop, UV_RUN_DEFAULT);
	uv_loop_close(&swarm->loop);
	free(swarm);
}
