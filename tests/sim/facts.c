#include "tests/sim/facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/pack.h"
#include "tests/sim/trace.h"

enum { ARENA_MAX = 256 << 20, PACKED_MAX = 16 << 20 };

void facts_begin(struct facts *facts)
{
	bsync_arena_init(&facts->arena, ARENA_MAX);
	facts->count = 0;
}

void facts_end(struct facts *facts)
{
	bsync_arena_clear(&facts->arena);
}

struct bsync_value facts_pack(struct bsync_arena *arena, uint32_t count, const struct bsync_value *values)
{
	struct bsync_buffer packed;
	struct bsync_writer writer;
	bsync_buffer_init(&packed, PACKED_MAX);
	bsync_writer_init(&writer, &packed);
	bsync_write_array(&writer, count);
	for (uint32_t i = 0; i < count; i++)
		bsync_write_value(&writer, &values[i]);
	struct bsync_value out = bsync_value_blob(bsync_arena_copy(arena, bsync_buffer_bytes(&packed)));
	if (writer.result != BSYNC_OK || out.as.bytes.data == NULL)
		abort();
	bsync_buffer_clear(&packed);
	return out;
}

struct bsync_value facts_number(uint64_t number)
{
	return bsync_value_integer((int64_t)number);
}

struct bsync_value facts_text(const char *text)
{
	return bsync_value_text(bsync_bytes_of_string(text));
}

void facts_say(struct facts *facts, uint32_t count, const struct bsync_value *values)
{
	if (facts->count == FACTS_MAX)
		abort();
	facts->list[facts->count++] = facts_pack(&facts->arena, count, values);
}

static int fact_compare(const void *a, const void *b)
{
	return bsync_value_compare(a, b);
}

bool facts_agree(struct facts *a, struct facts *b, const char *a_name, const char *b_name, char *words, size_t size)
{
	uint32_t i = 0;
	qsort(a->list, a->count, sizeof a->list[0], fact_compare);
	qsort(b->list, b->count, sizeof b->list[0], fact_compare);
	while (i < a->count && i < b->count && fact_compare(&a->list[i], &b->list[i]) == 0)
		i++;
	if (i == a->count && i == b->count)
		return true;
	bool is_of_a = i < a->count && (i == b->count || fact_compare(&a->list[i], &b->list[i]) < 0);
	char fact[400];
	trace_packed((is_of_a ? a : b)->list[i].as.bytes, fact, sizeof fact);
	snprintf(words, size, "only the %s has: %s", is_of_a ? a_name : b_name, fact);
	return false;
}
