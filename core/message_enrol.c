/* The messages of buurtsync-enrol/1: CHALLENGE, ENROL and ENROLLED (PROTOCOL 6.16 to 6.18). */
#include "core/message.h"

#include <assert.h>

#include "core/message_codec.h"

enum bsync_result bsync_challenge_encode(const struct bsync_challenge *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 3);
	bsync_write_unsigned(&writer, message->protocol);
	bsync_write_fixed(&writer, message->nonce, sizeof(message->nonce));
	bsync_write_fixed(&writer, message->organisation.bytes, sizeof(message->organisation.bytes));
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_CHALLENGE);
}

enum bsync_result bsync_challenge_decode(struct bsync_bytes payload, struct bsync_arena *arena,
					 struct bsync_challenge *message)
{
	struct bsync_challenge read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_CHALLENGE);
	(void)bsync_read_array(&reader, 3, 3);
	read.protocol = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.nonce, sizeof(read.nonce));
	bsync_read_fixed(&reader, read.organisation.bytes, sizeof(read.organisation.bytes));
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_enrol_encode(const struct bsync_enrol *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 4);
	bsync_write_fixed(&writer, message->secret, sizeof(message->secret));
	bsync_write_blob(&writer, message->public_key);
	bsync_write_signature(&writer, message->proof);
	bsync_write_text(&writer, message->software);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ENROL);
}

enum bsync_result bsync_enrol_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_enrol *message)
{
	struct bsync_enrol read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_ENROL);
	(void)bsync_read_array(&reader, 4, 4);
	bsync_read_fixed(&reader, read.secret, sizeof(read.secret));
	read.public_key = bsync_read_blob(&reader);
	read.proof = bsync_read_signature(&reader);
	read.software = bsync_read_text(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_enrolled_encode(const struct bsync_enrolled *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 12);
	bsync_write_fixed(&writer, message->device.bytes, sizeof(message->device.bytes));
	bsync_write_fixed(&writer, message->worker.bytes, sizeof(message->worker.bytes));
	bsync_write_fixed(&writer, message->organisation.bytes, sizeof(message->organisation.bytes));
	bsync_write_text(&writer, message->organisation_name);
	bsync_write_text(&writer, message->worker_name);
	bsync_write_blob(&writer, message->certificate);
	bsync_write_blob(&writer, message->ca);
	bsync_write_fixed(&writer, message->seal_key, sizeof(message->seal_key));
	bsync_write_fixed(&writer, message->server_share, sizeof(message->server_share));
	bsync_write_unsigned(&writer, message->incarnation);
	bsync_write_integer(&writer, message->server_ms);
	bsync_write_unsigned(&writer, message->schema_version);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ENROLLED);
}

enum bsync_result bsync_enrolled_decode(struct bsync_bytes payload, struct bsync_arena *arena,
					struct bsync_enrolled *message)
{
	struct bsync_enrolled read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_ENROLLED);
	(void)bsync_read_array(&reader, 12, 12);
	bsync_read_fixed(&reader, read.device.bytes, sizeof(read.device.bytes));
	bsync_read_fixed(&reader, read.worker.bytes, sizeof(read.worker.bytes));
	bsync_read_fixed(&reader, read.organisation.bytes, sizeof(read.organisation.bytes));
	read.organisation_name = bsync_read_text(&reader);
	read.worker_name = bsync_read_text(&reader);
	read.certificate = bsync_read_blob(&reader);
	read.ca = bsync_read_blob(&reader);
	bsync_read_fixed(&reader, read.seal_key, sizeof(read.seal_key));
	bsync_read_fixed(&reader, read.server_share, sizeof(read.server_share));
	read.incarnation = bsync_read_u32(&reader);
	read.server_ms = bsync_read_integer(&reader);
	read.schema_version = bsync_read_u32(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}
