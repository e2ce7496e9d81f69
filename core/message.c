#include "core/message.h"

#include <assert.h>
#include <string.h>

#include "core/frame.h"
#include "core/message_codec.h"

enum { SIGNATURE_SIZE = 64 };

struct kind_entry {
	const char *name;
	size_t cap;
};

static const struct kind_entry KINDS[UINT8_MAX + 1] = {
#define X(NAME, name, kind, direction, since, cap) [kind] = {#name, cap},
#include "schema/messages.def"
#undef X
};

#define X(NAME, name, kind, direction, since, cap) \
	static_assert((cap) > 0 && (cap) <= BSYNC_FRAME_PAYLOAD_MAX, #name " fits in a frame");
#include "schema/messages.def"
#undef X

const char *bsync_message_name(uint8_t kind)
{
	return KINDS[kind].name;
}

size_t bsync_message_cap(uint8_t kind)
{
	return KINDS[kind].cap;
}

const char *bsync_verdict_name(enum bsync_verdict verdict)
{
	switch (verdict) {
#define X(name, number, word)      \
	case BSYNC_VERDICT_##name: \
		return word;
		BSYNC_VERDICT_LIST(X)
#undef X
	}
	assert(false && "a verdict");
	return "";
}

static bool begins_with(struct bsync_bytes reason, const char *words)
{
	const size_t size = strlen(words);

	assert(size > 0);
	return reason.size >= size && memcmp(reason.data, words, size) == 0;
}

/* PROTOCOL 6.20: "A receipt of one that was given up has verdict 3 and a reason that begins with `given up`." */
bool bsync_receipt_is_given_up(const struct bsync_receipt *receipt)
{
	assert(receipt != NULL);
	return receipt->verdict == BSYNC_VERDICT_QUARANTINED && begins_with(receipt->reason, BSYNC_GIVEN_UP);
}

/* PROTOCOL 6.9: "Where part of it waits in no scope that its author holds by then, the reason is that of the first such
 * part: it begins with `late: access to this had ended`, else with `waits where its author does not see it`" */
enum bsync_unseen bsync_receipt_unseen(const struct bsync_receipt *receipt)
{
	assert(receipt != NULL);
	if (receipt->verdict != BSYNC_VERDICT_INBOX)
		return BSYNC_UNSEEN_NOTHING;
	if (begins_with(receipt->reason, "late: " BSYNC_ACCESS_ENDED))
		return BSYNC_UNSEEN_LATE;
	return begins_with(receipt->reason, BSYNC_UNSEEN) ? BSYNC_UNSEEN_REFUSED : BSYNC_UNSEEN_NOTHING;
}

size_t bsync_payload_begin(struct bsync_writer *writer, struct bsync_buffer *out)
{
	bsync_writer_init(writer, out);
	return out->size;
}

enum bsync_result bsync_payload_end(struct bsync_writer *writer, size_t start, enum bsync_message_kind kind)
{
	struct bsync_buffer *out = writer->out;

	assert(start <= out->size);
	assert(bsync_message_cap((uint8_t)kind) != 0);
	if (writer->result == BSYNC_OK && out->size - start > bsync_message_cap((uint8_t)kind))
		writer->result = BSYNC_TOO_LARGE;
	if (writer->result != BSYNC_OK)
		out->size = start;
	return writer->result;
}

void bsync_payload_open(struct bsync_reader *reader, struct bsync_bytes payload, enum bsync_message_kind kind)
{
	struct bsync_guard_limits limits = bsync_parts_limits(bsync_message_cap((uint8_t)kind));

	assert(limits.size_max != 0);
	bsync_reader_init(reader, payload, &limits);
}

void bsync_write_scope(struct bsync_writer *writer, const struct bsync_scope_ref *scope)
{
	assert(scope != NULL);
	bsync_write_unsigned(writer, scope->circle_no);
	bsync_write_value(writer, &scope->value);
}

void bsync_read_scope(struct bsync_reader *reader, struct bsync_scope_ref *scope)
{
	assert(scope != NULL);
	scope->circle_no = bsync_read_u32(reader);
	bsync_read_value_into(reader, &scope->value);
}

void bsync_write_signature(struct bsync_writer *writer, struct bsync_bytes signature)
{
	assert(signature.size == SIGNATURE_SIZE);
	bsync_write_blob(writer, signature);
}

struct bsync_bytes bsync_read_signature(struct bsync_reader *reader)
{
	struct bsync_bytes signature = bsync_read_blob(reader);

	if (signature.size != SIGNATURE_SIZE)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	return signature;
}

enum bsync_result bsync_empty_encode(enum bsync_message_kind kind, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(kind == BSYNC_MESSAGE_PING || kind == BSYNC_MESSAGE_PONG);
	bsync_write_array(&writer, 0);
	return bsync_payload_end(&writer, start, kind);
}

enum bsync_result bsync_empty_decode(enum bsync_message_kind kind, struct bsync_bytes payload)
{
	struct bsync_reader reader;

	assert(kind == BSYNC_MESSAGE_PING || kind == BSYNC_MESSAGE_PONG);
	bsync_payload_open(&reader, payload, kind);
	(void)bsync_read_array(&reader, 0, 0);
	return bsync_reader_end(&reader);
}
