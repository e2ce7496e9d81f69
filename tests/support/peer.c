#include "tests/support/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/session_enrol.h"
#include "tests/support/process.h"

enum { WAIT_MS = 10000, READ_SIZE = 16 << 10, SEND_SIZE = 256 << 10, PLAIN_MAX = 4 << 20 };

static int fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

static const struct bsync_random system_random = {.fill = fill};

void peer_must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "peer: %s: %s\n", what, bsync_result_text(result));
	exit(2);
}

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- The wire --- */

static int dial(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[64];
	int one = 1;
	const char *colon = strrchr(text, ':');

	if (colon == NULL || (size_t)(colon - text) >= sizeof host)
		abort();
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		peer_must(BSYNC_IO, text);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void flush(struct peer *peer)
{
	for (;;) {
		struct bsync_bytes cipher = bsync_tls_output(peer->tls);
		if (cipher.size == 0)
			return;
		ssize_t sent = send(peer->fd, cipher.data, cipher.size, MSG_NOSIGNAL);
		/* Nobody takes it any more: what the other side said before is still to be read. */
		if (sent <= 0)
			sent = (ssize_t)cipher.size;
		bsync_tls_output_sent(peer->tls, (size_t)sent);
	}
}

/* Takes in what has come; BSYNC_TIMEOUT, or BSYNC_CLOSED at the end. */
static enum bsync_result take_in(struct peer *peer, int timeout_ms)
{
	uint8_t bytes[READ_SIZE];
	struct pollfd wait = {.fd = peer->fd, .events = POLLIN};

	if (poll(&wait, 1, timeout_ms) <= 0)
		return BSYNC_TIMEOUT;
	ssize_t got = recv(peer->fd, bytes, sizeof bytes, 0);
	if (got <= 0)
		return BSYNC_CLOSED;
	return bsync_tls_receive(peer->tls, (struct bsync_bytes){bytes, (size_t)got});
}

void peer_connect(struct peer *peer, bool for_enrolment)
{
	enum bsync_result result;

	peer_cut(peer);
	peer->fd = dial(peer->address);
	peer_must(bsync_tls_new(for_enrolment ? peer->enrol_settings : peer->settings, &peer->tls), "TLS");
	while ((result = bsync_tls_handshake(peer->tls)) == BSYNC_AGAIN) {
		flush(peer);
		peer_must(take_in(peer, WAIT_MS), "the handshake");
	}
	flush(peer);
	peer_must(result, bsync_tls_error_text(peer->tls));
}

void peer_cut(struct peer *peer)
{
	if (peer->fd < 0)
		return;
	close(peer->fd);
	peer->fd = -1;
	bsync_tls_free(peer->tls);
	peer->tls = NULL;
	bsync_frame_reader_clear(&peer->reader);
}

void peer_send(struct peer *peer, struct bsync_bytes bytes)
{
	while (bytes.size > 0) {
		size_t size = bytes.size < SEND_SIZE ? bytes.size : SEND_SIZE;

		if (bsync_tls_write(peer->tls, (struct bsync_bytes){bytes.data, size}) != BSYNC_OK)
			return;
		flush(peer);
		bytes.data += size;
		bytes.size -= size;
	}
}

enum bsync_result peer_receive(struct peer *peer, int timeout_ms, struct bsync_frame *frame)
{
	int64_t until = clock_us() + (int64_t)timeout_ms * 1000;
	bool is_closed = false;

	for (;;) {
		enum bsync_result result = bsync_frame_reader_next(&peer->reader, frame);
		struct bsync_buffer plain;

		if (result != BSYNC_AGAIN)
			return result;
		if (is_closed)
			return BSYNC_CLOSED;
		bsync_buffer_init(&plain, PLAIN_MAX);
		result = bsync_tls_read(peer->tls, &plain);
		if (plain.size > 0)
			peer_must(bsync_frame_reader_feed(&peer->reader, bsync_buffer_bytes(&plain)), "frames");
		is_closed = result != BSYNC_OK;
		bool is_empty = plain.size == 0;
		bsync_buffer_clear(&plain);
		if (!is_empty || is_closed)
			continue;
		int64_t left_us = until - clock_us();
		if (left_us <= 0)
			return BSYNC_TIMEOUT;
		result = take_in(peer, (int)(left_us / 1000) + 1);
		is_closed = result != BSYNC_OK && result != BSYNC_TIMEOUT;
	}
}

void peer_send_frame(struct peer *peer, uint8_t kind, struct bsync_bytes payload)
{
	struct bsync_buffer frame;

	bsync_buffer_init(&frame, BSYNC_FRAME_PAYLOAD_MAX + BSYNC_FRAME_HEADER_SIZE);
	peer_must(bsync_frame_write(&frame, kind, payload), "frame");
	peer_send(peer, bsync_buffer_bytes(&frame));
	bsync_buffer_clear(&frame);
}

/* --- Enrolment --- */

static void become(struct peer *peer, const struct bsync_enrolled *enrolled, const struct bsync_schema_files *schema)
{
	static const struct bsync_digest none;
	uint8_t random32[32];

	peer->context.organisation = enrolled->organisation;
	peer->context.device = enrolled->device;
	peer->context.author = enrolled->worker;
	peer->context.epoch = 1;
	peer->context.suite = bsync_seal_suite_preferred();
	peer->schema_version = schema->version;
	peer_must(fill(NULL, peer->context.line.bytes, BSYNC_ID_SIZE) == 0 ? BSYNC_OK : BSYNC_RANDOM, "line");
	peer_must(fill(NULL, peer->context.secret.bytes, BSYNC_KEY_SIZE) == 0 ? BSYNC_OK : BSYNC_RANDOM, "secret");
	peer_must(fill(NULL, random32, sizeof random32) == 0 ? BSYNC_OK : BSYNC_RANDOM, "random");
	if (schema->dictionary.size > 0) {
		uint8_t *copy = malloc(schema->dictionary.size);
		if (copy == NULL)
			abort();
		memcpy(copy, schema->dictionary.data, schema->dictionary.size);
		peer->context.dictionary = (struct bsync_bytes){copy, schema->dictionary.size};
	}
	peer_must(bsync_epoch_seal(&peer->context, enrolled->seal_key, 1, &none, peer->key, random32,
				   peer->epoch_signature, &peer->epoch),
		  "epoch");
	peer_must(bsync_tls_settings_device(enrolled->certificate, peer->key, enrolled->ca, &enrolled->organisation,
					    &system_random, &peer->settings),
		  "TLS settings");
}

void peer_enrol(struct peer *peer, const char *code, const char *address)
{
	struct bsync_enrol_client client;
	uint8_t exporter[32];

	memset(peer, 0, sizeof *peer);
	peer->fd = -1;
	bsync_frame_reader_init(&peer->reader);
	snprintf(peer->address, sizeof peer->address, "%s", address);
	peer_must(bsync_enrol_code_parse(bsync_bytes_of_string(code), &peer->code), "enrolment code");
	peer_must(bsync_signing_key_make(&system_random, &peer->key), "key");
	peer_must(bsync_tls_settings_enrol(&peer->code.pin, &peer->code.organisation, &system_random,
					   &peer->enrol_settings),
		  "enrolment settings");
	peer_connect(peer, true);
	peer_must(bsync_tls_exporter(peer->tls, exporter), "exporter");
	bsync_enrol_client_init(&client, &peer->code, peer->key, "peer");
	while (client.state != BSYNC_ENROL_DONE && client.state != BSYNC_ENROL_FAILED) {
		struct bsync_frame frame;
		struct bsync_buffer frames;

		peer_must(peer_receive(peer, WAIT_MS, &frame), "enrolment");
		bsync_buffer_init(&frames, 1 << 16);
		bsync_enrol_client_frame(&client, &frame, exporter, &frames);
		peer_send(peer, bsync_buffer_bytes(&frames));
		bsync_buffer_clear(&frames);
	}
	peer_must(client.state == BSYNC_ENROL_DONE ? BSYNC_OK : client.result, "enrolment");
	become(peer, &client.enrolled, &client.schema);
	bsync_enrol_client_clear(&client);
	peer_cut(peer);
}

void peer_free(struct peer *peer)
{
	peer_cut(peer);
	for (uint64_t i = 0; i < peer->entry_count; i++)
		bsync_buffer_clear(&peer->entries[i].body);
	bsync_tls_settings_free(peer->settings);
	bsync_tls_settings_free(peer->enrol_settings);
	bsync_signing_key_free(peer->key);
	free((void *)(uintptr_t)peer->context.dictionary.data);
}

/* --- What a device says --- */

void peer_seal(struct peer *peer, const char *key_text, uint64_t seq)
{
	struct bsync_value key = bsync_value_text(bsync_bytes_of_string(key_text));
	struct bsync_cell_write cell = {
		.column_no = 2,
		.kind = BSYNC_WRITE_VALUE,
		.value = bsync_value_text(bsync_bytes_of_string("van een vreemde")),
	};
	struct bsync_change change = {.table_no = 4,
				      .kind = BSYNC_CHANGE_INSERT,
				      .key_count = 1,
				      .key = &key,
				      .cell_count = 1,
				      .cells = &cell};
	struct bsync_changeset changeset = {
		.schema_version = peer->schema_version,
		.evidence.clock = {wall_ms(), clock_us() / 1000, 1},
		.change_count = 1,
		.changes = &change,
	};
	static const struct bsync_digest none;
	struct peer_entry *entry = &peer->entries[seq - 1];
	struct bsync_buffer plain;
	uint8_t random32[32];

	assert(seq >= 1 && seq <= peer->entry_count + 1 && seq <= PEER_ENTRIES_MAX);
	if (seq > peer->entry_count)
		peer->entry_count = seq;
	bsync_buffer_init(&plain, 1 << 16);
	bsync_buffer_clear(&entry->body);
	bsync_buffer_init(&entry->body, 1 << 16);
	peer_must(fill(NULL, random32, sizeof random32) == 0 ? BSYNC_OK : BSYNC_RANDOM, "random");
	peer_must(bsync_changeset_encode(&changeset, &plain), "changeset");
	peer_must(bsync_seal(&peer->context, seq, seq == 1 ? &none : &peer->entries[seq - 2].hash, random32,
			     bsync_buffer_bytes(&plain), entry->salt, &entry->body, &entry->hash),
		  "seal");
	bsync_buffer_clear(&plain);
}

void peer_send_hello(struct peer *peer)
{
	struct bsync_hello hello = {
		.protocol_min = 1,
		.protocol_max = 1,
		.organisation = peer->context.organisation,
		.schema_version = peer->schema_version,
		.line = peer->context.line,
		.last_seq = peer->entry_count,
		.clock = {wall_ms(), clock_us() / 1000, 1},
		.heartbeat = {.software = bsync_bytes_of_string("peer")},
	};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 16);
	peer_must(bsync_hello_encode(&hello, &payload), "hello");
	peer_send_frame(peer, BSYNC_MESSAGE_HELLO, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}

void peer_send_epoch(struct peer *peer, const struct bsync_epoch_open *epoch)
{
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 16);
	peer_must(bsync_epoch_encode(epoch, &payload), "epoch");
	peer_send_frame(peer, BSYNC_MESSAGE_EPOCH, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}

void peer_send_push(struct peer *peer, uint64_t first_seq, uint32_t count, void (*tamper)(struct bsync_push *push))
{
	struct bsync_sealed sealed[PEER_ENTRIES_MAX];
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	uint64_t last_seq = first_seq + count - 1;
	struct bsync_push push = {
		.epoch = 1,
		.first_seq = first_seq,
		.count = count,
		.changesets = sealed,
		.signature = {signature, sizeof signature},
	};
	struct bsync_buffer payload;

	assert(first_seq >= 1 && count >= 1 && last_seq <= peer->entry_count);
	for (uint32_t i = 0; i < count; i++) {
		const struct peer_entry *entry = &peer->entries[first_seq - 1 + i];
		memcpy(sealed[i].salt, entry->salt, sizeof entry->salt);
		sealed[i].body = bsync_buffer_bytes(&entry->body);
	}
	peer_must(bsync_batch_sign(&peer->context, peer->key, first_seq, last_seq, &peer->entries[last_seq - 1].hash,
				   signature),
		  "sign");
	if (tamper != NULL)
		tamper(&push);
	bsync_buffer_init(&payload, BSYNC_FRAME_PAYLOAD_MAX);
	peer_must(bsync_push_encode(&push, &payload), "push");
	peer_send_frame(peer, BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}
