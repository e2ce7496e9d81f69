#include "core/pack.h"

#include <assert.h>
#include <msgpack/pack.h>

void bsync_writer_init(struct bsync_writer *writer, struct bsync_buffer *out)
{
	assert(writer != NULL);
	assert(out != NULL);
	*writer = (struct bsync_writer){out, BSYNC_OK};
}

/* msgpack-c hands over every piece of its output here. */
static int piece_append(void *data, const char *piece, size_t size)
{
	struct bsync_writer *writer = data;

	if (writer->result == BSYNC_OK)
		writer->result = bsync_buffer_append(writer->out, piece, size);
	return writer->result == BSYNC_OK ? 0 : -1;
}

static msgpack_packer packer_of(struct bsync_writer *writer)
{
	msgpack_packer packer;

	assert(writer != NULL);
	msgpack_packer_init(&packer, writer, piece_append);
	return packer;
}

/* The results of msgpack-c's functions are those of piece_append, which the writer has kept. */
static void packed(int status)
{
	(void)status;
}

void bsync_write_nil(struct bsync_writer *writer)
{
	msgpack_packer packer = packer_of(writer);

	packed(msgpack_pack_nil(&packer));
}

void bsync_write_bool(struct bsync_writer *writer, bool flag)
{
	msgpack_packer packer = packer_of(writer);

	packed(flag ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void bsync_write_unsigned(struct bsync_writer *writer, uint64_t number)
{
	msgpack_packer packer = packer_of(writer);

	packed(msgpack_pack_uint64(&packer, number));
}

void bsync_write_integer(struct bsync_writer *writer, int64_t number)
{
	msgpack_packer packer = packer_of(writer);

	/* From zero up msgpack-c picks the unsigned kinds, as PROTOCOL 3.1 wants. */
	packed(msgpack_pack_int64(&packer, number));
}

void bsync_write_blob(struct bsync_writer *writer, struct bsync_bytes blob)
{
	msgpack_packer packer = packer_of(writer);

	assert(blob.data != NULL || blob.size == 0);
	if (blob.size > UINT32_MAX) {
		writer->result = writer->result == BSYNC_OK ? BSYNC_TOO_LARGE : writer->result;
		return;
	}
	packed(msgpack_pack_bin(&packer, blob.size));
	packed(msgpack_pack_bin_body(&packer, blob.data, blob.size));
}

/* Writes text that is known to be UTF-8. */
static void utf8_write(struct bsync_writer *writer, struct bsync_bytes text)
{
	msgpack_packer packer = packer_of(writer);

	if (text.size > UINT32_MAX) {
		writer->result = writer->result == BSYNC_OK ? BSYNC_TOO_LARGE : writer->result;
		return;
	}
	packed(msgpack_pack_str(&packer, text.size));
	packed(msgpack_pack_str_body(&packer, text.data, text.size));
}

void bsync_write_text(struct bsync_writer *writer, struct bsync_bytes text)
{
	assert(writer != NULL);
	if (!bsync_utf8_valid(text)) {
		writer->result = writer->result == BSYNC_OK ? BSYNC_INVALID : writer->result;
		return;
	}
	utf8_write(writer, text);
}

void bsync_write_string(struct bsync_writer *writer, const char *text)
{
	bsync_write_text(writer, bsync_bytes_of_string(text));
}

void bsync_write_array(struct bsync_writer *writer, uint32_t count)
{
	msgpack_packer packer = packer_of(writer);

	packed(msgpack_pack_array(&packer, count));
}

static void real_write(struct bsync_writer *writer, double real)
{
	/* A value built by hand may hold what bsync_value_real turns away. */
	struct bsync_value value = bsync_value_real(real);
	msgpack_packer packer = packer_of(writer);

	if (value.kind == BSYNC_NULL)
		packed(msgpack_pack_nil(&packer));
	else
		packed(msgpack_pack_double(&packer, value.as.real));
}

void bsync_write_value(struct bsync_writer *writer, const struct bsync_value *value)
{
	assert(writer != NULL);
	assert(value != NULL);
	switch (value->kind) {
	case BSYNC_NULL:
		bsync_write_nil(writer);
		return;
	case BSYNC_INTEGER:
		bsync_write_integer(writer, value->as.integer);
		return;
	case BSYNC_REAL:
		real_write(writer, value->as.real);
		return;
	case BSYNC_TEXT:
		/* PROTOCOL 3.1: "Text that is not UTF-8 travels as bin" */
		if (bsync_utf8_valid(value->as.bytes))
			utf8_write(writer, value->as.bytes);
		else
			bsync_write_blob(writer, value->as.bytes);
		return;
	case BSYNC_BLOB:
		bsync_write_blob(writer, value->as.bytes);
		return;
	}
	assert(false && "a kind of value");
}
