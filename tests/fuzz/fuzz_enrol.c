/* fuzz_enrol.c: both halves of an enrolment, each with another side that lies.
 *
 * Input: frames as a kind, a size of two bytes and the payload, behind a byte: bit 0: to the daemon's half, else to the
 * device's, which then gets them one after another.  A payload of one zero byte stands for a good one of its kind. */
#include <string.h>

#include "core/session_enrol.h"
#include "tests/fuzz/script.h"

enum { FRAMES_MAX = 8, SIZE_MAX_ALL = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t exporter[32] = {2};
static const struct bsync_organisation_id organisation = {{3}};

static int fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	memset(out, 5, size);
	return 0;
}

static const struct bsync_signing_key *own_key(void)
{
	static const struct bsync_random random = {fill, NULL};
	static struct bsync_signing_key *key;

	if (key == NULL)
		check(bsync_signing_key_make(&random, &key) == BSYNC_OK);
	return key;
}

/* Good answers, so that a script comes to what follows them. */
static void good(uint8_t kind, struct bsync_buffer *out)
{
	static const uint8_t nonce[32] = {1};
	struct bsync_enrolled enrolled = {.organisation = organisation,
					  .organisation_name = bsync_bytes_of_string("Proef"),
					  .worker_name = bsync_bytes_of_string("Anna"),
					  .certificate = bsync_bytes_of_string("certificate"),
					  .ca = bsync_bytes_of_string("ca"),
					  .schema_version = 1};
	struct bsync_schema_text text = {bsync_bytes_of_string("0001_a.sql"), bsync_bytes_of_string("SELECT 1")};
	struct bsync_schema_files files = {.version = 1, .count = 1, .files = &text};
	struct bsync_challenge challenge = {.protocol = 1, .organisation = organisation};

	memcpy(challenge.nonce, nonce, sizeof nonce);
	if (kind == BSYNC_MESSAGE_CHALLENGE)
		check(bsync_challenge_encode(&challenge, out) == BSYNC_OK);
	else if (kind == BSYNC_MESSAGE_ENROLLED)
		check(bsync_enrolled_encode(&enrolled, out) == BSYNC_OK);
	else if (kind == BSYNC_MESSAGE_SCHEMA)
		check(bsync_schema_encode(&files, out) == BSYNC_OK);
}

static void to_device(struct script *script)
{
	static const struct bsync_enrol_code code = {.organisation = {{3}}};
	struct bsync_enrol_client client;

	bsync_enrol_client_init(&client, &code, own_key(), "fuzz");
	for (int i = 0; i < FRAMES_MAX && !script_is_over(script); i++) {
		enum bsync_enrol_state before = client.state;
		struct bsync_frame frame = {.kind = script_byte(script), .payload = script_sized(script)};
		struct bsync_buffer frames, payload;

		bsync_buffer_init(&frames, SIZE_MAX_ALL);
		bsync_buffer_init(&payload, SIZE_MAX_ALL);
		if (frame.payload.size == 1 && frame.payload.data[0] == 0) {
			good(frame.kind, &payload);
			frame.payload = bsync_buffer_bytes(&payload);
		}
		bsync_enrol_client_frame(&client, &frame, exporter, &frames);
		check(client.state >= before);
		check((client.state == BSYNC_ENROL_FAILED) == (client.result != BSYNC_OK));
		check(strlen(client.text) < sizeof client.text);
		bsync_buffer_clear(&frames);
		bsync_buffer_clear(&payload);
	}
	if (client.state == BSYNC_ENROL_DONE)
		check(client.schema.count <= BSYNC_FRAME_PAYLOAD_MAX && client.enrolled.certificate.size > 0);
	bsync_enrol_client_clear(&client);
}

static void to_daemon(struct script *script)
{
	static const uint8_t nonce[32] = {1};
	struct bsync_frame frame = {.kind = script_byte(script), .payload = script_sized(script)};
	struct bsync_arena arena;
	struct bsync_enrol enrol;
	enum bsync_result result;

	bsync_arena_init(&arena, SIZE_MAX_ALL);
	result = bsync_enrol_request(&frame, nonce, exporter, &arena, &enrol);
	/* A proof is a signature over this connection. */
	check(result > 100);
	bsync_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = {{data, size}};

	if ((script_byte(&script) & 1) != 0)
		to_daemon(&script);
	else
		to_device(&script);
	return 0;
}
