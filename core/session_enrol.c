#include "core/session_enrol.h"

#include <assert.h>
#include <string.h>

#include "core/session_parts.h"

enum { ARENA_MAX = 4 << 20 };

enum bsync_result bsync_enrol_challenge(const struct bsync_organisation_id *organisation, const uint8_t nonce[32],
					struct bsync_buffer *frames)
{
	assert(organisation != NULL);
	struct bsync_challenge challenge = {.protocol = BSYNC_PROTOCOL_VERSION, .organisation = *organisation};
	memcpy(challenge.nonce, nonce, sizeof challenge.nonce);
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_CHALLENGE));
	enum bsync_result result = bsync_challenge_encode(&challenge, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_CHALLENGE, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

enum bsync_result bsync_enrol_request(const struct bsync_frame *frame, const uint8_t nonce[32],
				      const uint8_t exporter[32], struct bsync_arena *arena, struct bsync_enrol *enrol)
{
	assert(frame != NULL);
	assert(enrol != NULL);
	enum bsync_result result = BSYNC_OK;
	if (!bsync_frame_allowed(frame, true, &result))
		return result;
	if (frame->kind != BSYNC_MESSAGE_ENROL)
		return BSYNC_UNEXPECTED;
	result = bsync_enrol_decode(frame->payload, arena, enrol);
	if (result != BSYNC_OK)
		return result;
	return bsync_enrol_check(enrol->public_key, nonce, exporter, enrol->secret, enrol->proof);
}

enum bsync_result bsync_enrol_answer(const struct bsync_enrolled *enrolled, const struct bsync_schema_files *schema,
				     struct bsync_buffer *frames)
{
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_SCHEMA));
	enum bsync_result result = bsync_enrolled_encode(enrolled, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_ENROLLED, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	if (result == BSYNC_OK)
		result = bsync_schema_encode(schema, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_SCHEMA, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

void bsync_enrol_client_init(struct bsync_enrol_client *client, const struct bsync_enrol_code *code,
			     const struct bsync_signing_key *key, const char *software)
{
	assert(client != NULL);
	memset(client, 0, sizeof *client);
	client->code = code;
	client->key = key;
	client->software = software;
	bsync_buffer_init(&client->enrolled_payload, bsync_message_cap(BSYNC_MESSAGE_ENROLLED));
	bsync_buffer_init(&client->schema_payload, bsync_message_cap(BSYNC_MESSAGE_SCHEMA));
	bsync_arena_init(&client->arena, ARENA_MAX);
}

void bsync_enrol_client_clear(struct bsync_enrol_client *client)
{
	assert(client != NULL);
	bsync_buffer_wipe(&client->enrolled_payload); /* holds the server's share of the device's keys */
	bsync_buffer_clear(&client->schema_payload);
	bsync_arena_clear(&client->arena);
}

static enum bsync_result prove(struct bsync_enrol_client *client, struct bsync_bytes payload,
			       const uint8_t exporter[32], struct bsync_buffer *frames)
{
	struct bsync_challenge challenge;
	enum bsync_result result = bsync_challenge_decode(payload, &client->arena, &challenge);
	if (result != BSYNC_OK)
		return result;
	if (memcmp(challenge.organisation.bytes, client->code->organisation.bytes, BSYNC_ID_SIZE) != 0)
		return BSYNC_ORGANISATION;
	struct bsync_buffer spki, message;
	bsync_buffer_init(&spki, 1024);
	bsync_buffer_init(&message, bsync_message_cap(BSYNC_MESSAGE_ENROL));
	uint8_t proof[BSYNC_SIGNATURE_SIZE];
	result = bsync_signing_key_public(client->key, &spki);
	if (result == BSYNC_OK)
		result = bsync_enrol_prove(client->key, challenge.nonce, exporter, client->code->secret, proof);
	if (result == BSYNC_OK) {
		struct bsync_enrol enrol = {
			.public_key = bsync_buffer_bytes(&spki),
			.proof = {proof, sizeof proof},
			.software = bsync_bytes_of_string(client->software),
		};
		memcpy(enrol.secret, client->code->secret, sizeof enrol.secret);
		result = bsync_enrol_encode(&enrol, &message);
		bsync_wipe(enrol.secret, sizeof enrol.secret);
	}
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_ENROL, bsync_buffer_bytes(&message));
	bsync_buffer_wipe(&message);
	bsync_buffer_clear(&spki);
	return result;
}

static enum bsync_result refused(struct bsync_enrol_client *client, struct bsync_bytes payload)
{
	struct bsync_error_message message;
	enum bsync_result result = bsync_error_decode(payload, &client->arena, &message);
	if (result != BSYNC_OK)
		return result;
	size_t size = message.text.size < sizeof client->text - 1 ? message.text.size : sizeof client->text - 1;
	memcpy(client->text, message.text.data, size);
	client->text[size] = '\0';
	return message.code > 100 && message.code < 200 ? (enum bsync_result)message.code : BSYNC_MALFORMED;
}

static enum bsync_result take(struct bsync_enrol_client *client, const struct bsync_frame *frame,
			      const uint8_t exporter[32], struct bsync_buffer *frames)
{
	enum bsync_result result = BSYNC_OK;
	if (!bsync_frame_allowed(frame, false, &result))
		return result;
	if (frame->kind == BSYNC_MESSAGE_ERROR)
		return refused(client, frame->payload);
	if (client->state == BSYNC_ENROL_CHALLENGE && frame->kind == BSYNC_MESSAGE_CHALLENGE) {
		result = prove(client, frame->payload, exporter, frames);
		if (result == BSYNC_OK)
			client->state = BSYNC_ENROL_ANSWER;
	} else if (client->state == BSYNC_ENROL_ANSWER && frame->kind == BSYNC_MESSAGE_ENROLLED) {
		result = bsync_buffer_append(&client->enrolled_payload, frame->payload.data, frame->payload.size);
		if (result == BSYNC_OK)
			result = bsync_enrolled_decode(bsync_buffer_bytes(&client->enrolled_payload), &client->arena,
						       &client->enrolled);
		if (result == BSYNC_OK)
			client->state = BSYNC_ENROL_SCHEMA;
	} else if (client->state == BSYNC_ENROL_SCHEMA && frame->kind == BSYNC_MESSAGE_SCHEMA) {
		result = bsync_buffer_append(&client->schema_payload, frame->payload.data, frame->payload.size);
		if (result == BSYNC_OK)
			result = bsync_schema_decode(bsync_buffer_bytes(&client->schema_payload), &client->arena,
						     &client->schema);
		if (result == BSYNC_OK)
			client->state = BSYNC_ENROL_DONE;
	} else {
		result = BSYNC_UNEXPECTED;
	}
	return result;
}

void bsync_enrol_client_frame(struct bsync_enrol_client *client, const struct bsync_frame *frame,
			      const uint8_t exporter[32], struct bsync_buffer *frames)
{
	assert(client != NULL);
	assert(frame != NULL);
	if (client->state == BSYNC_ENROL_DONE || client->state == BSYNC_ENROL_FAILED)
		return;
	enum bsync_result result = take(client, frame, exporter, frames);
	if (result != BSYNC_OK) {
		client->state = BSYNC_ENROL_FAILED;
		client->result = result;
	}
}
