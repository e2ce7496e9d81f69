#include "core/parts.h"

#include <assert.h>

#include "core/record_type.h"

struct bsync_guard_limits bsync_parts_limits(size_t size_max)
{
	assert(size_max <= INT32_MAX);
	return (struct bsync_guard_limits){BSYNC_DEPTH_MAX, (uint32_t)size_max, size_max};
}

void bsync_write_fixed(struct bsync_writer *writer, const void *bytes, size_t size)
{
	assert(bytes != NULL);
	assert(size > 0);
	bsync_write_blob(writer, (struct bsync_bytes){bytes, size});
}

void bsync_write_counter(struct bsync_writer *writer, uint64_t counter)
{
	assert(counter <= BSYNC_COUNTER_MAX);
	bsync_write_unsigned(writer, counter);
}

uint64_t bsync_read_counter(struct bsync_reader *reader)
{
	return bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
}

void bsync_write_position(struct bsync_writer *writer, const struct bsync_position *position)
{
	assert(position != NULL);
	bsync_write_array(writer, 2);
	bsync_write_unsigned(writer, position->incarnation);
	bsync_write_counter(writer, position->counter);
}

struct bsync_position bsync_read_position(struct bsync_reader *reader)
{
	struct bsync_position position = {0, 0};

	(void)bsync_read_array(reader, 2, 2);
	position.incarnation = bsync_read_u32(reader);
	position.counter = bsync_read_counter(reader);
	return position;
}

void bsync_write_dot(struct bsync_writer *writer, const struct bsync_dot *dot)
{
	assert(dot != NULL);
	bsync_write_array(writer, 3);
	bsync_write_fixed(writer, dot->device.bytes, sizeof(dot->device.bytes));
	bsync_write_fixed(writer, dot->line.bytes, sizeof(dot->line.bytes));
	bsync_write_counter(writer, dot->seq);
}

void bsync_read_dot(struct bsync_reader *reader, struct bsync_dot *dot)
{
	assert(dot != NULL);
	(void)bsync_read_array(reader, 3, 3);
	bsync_read_fixed(reader, dot->device.bytes, sizeof(dot->device.bytes));
	bsync_read_fixed(reader, dot->line.bytes, sizeof(dot->line.bytes));
	dot->seq = bsync_read_counter(reader);
}

void bsync_write_clock(struct bsync_writer *writer, const struct bsync_clock_reading *clock)
{
	assert(clock != NULL);
	bsync_write_integer(writer, clock->wall_ms);
	bsync_write_integer(writer, clock->uptime_ms);
	bsync_write_unsigned(writer, clock->boot);
}

void bsync_read_clock(struct bsync_reader *reader, struct bsync_clock_reading *clock)
{
	assert(clock != NULL);
	clock->wall_ms = bsync_read_integer(reader);
	clock->uptime_ms = bsync_read_integer(reader);
	clock->boot = bsync_read_unsigned(reader, UINT64_MAX);
}

uint32_t bsync_read_elements(struct bsync_reader *reader, struct bsync_arena *arena, uint32_t max, size_t size,
			     void *out)
{
	uint32_t count = bsync_read_list(reader, 0, max);
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	/* Each element takes a byte at least, so memory follows the bytes that are there, not the count. */
	if (count > reader->rest.size)
		result = BSYNC_MALFORMED;
	else
		result = bsync_arena_array(arena, count, size, out);
	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return 0;
	}
	return count;
}

void bsync_write_values(struct bsync_writer *writer, uint32_t count, const struct bsync_value *values)
{
	assert(values != NULL || count == 0);
	bsync_write_array(writer, count);
	for (uint32_t i = 0; i < count; i++)
		bsync_write_value(writer, &values[i]);
}

uint32_t bsync_read_values(struct bsync_reader *reader, struct bsync_arena *arena, uint32_t max,
			   struct bsync_value **values)
{
	uint32_t count = bsync_read_elements(reader, arena, max, sizeof(**values), values);

	assert(values != NULL);
	for (uint32_t i = 0; i < count; i++)
		bsync_read_value_into(reader, &(*values)[i]);
	return count;
}

void bsync_write_key(struct bsync_writer *writer, uint32_t count, const struct bsync_value *key)
{
	assert(count >= 1);
	assert(count <= BSYNC_KEY_COLUMNS_MAX);
	bsync_write_values(writer, count, key);
}

uint32_t bsync_read_key(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_value **key)
{
	uint32_t count = bsync_read_values(reader, arena, BSYNC_KEY_COLUMNS_MAX, key);

	if (count == 0)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	return count;
}
