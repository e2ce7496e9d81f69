#include "core/lattice.h"

#include <assert.h>
#include <string.h>

void bsync_lattice_chain(struct bsync_lattice *lattice)
{
	assert(lattice->count <= BSYNC_STATES_MAX);
	for (uint32_t i = 0; i < lattice->count; i++) {
		for (uint32_t j = 0; j < lattice->count; j++)
			lattice->join[i][j] = (uint8_t)(i > j ? i : j);
	}
}

int bsync_lattice_find(const struct bsync_lattice *lattice, const char *name)
{
	assert(lattice != NULL);
	for (uint32_t i = 0; name != NULL && i < lattice->count; i++) {
		if (strcmp(lattice->names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

const char *bsync_lattice_flaw(const struct bsync_lattice *lattice, uint32_t *a, uint32_t *b, uint32_t *c)
{
	const uint32_t count = lattice->count;

	assert(count <= BSYNC_STATES_MAX);
	for (*a = 0; *a < count; ++*a) {
		*b = *c = *a;
		if (lattice->join[*a][*a] != *a)
			return "idempotent";
		for (*b = 0; *b < count; ++*b) {
			*c = *b;
			if (lattice->join[*a][*b] != lattice->join[*b][*a])
				return "commutative";
			for (*c = 0; *c < count; ++*c) {
				if (lattice->join[lattice->join[*a][*b]][*c] !=
				    lattice->join[*a][lattice->join[*b][*c]])
					return "associative";
			}
		}
	}
	return NULL;
}

/* The digits of a round, which has no leading zero and is not 0; false for anything else. */
static bool round_read(struct bsync_bytes digits, uint32_t *round)
{
	*round = 0;
	if (digits.size == 0 || digits.size > 6 || digits.data[0] == '0')
		return false;
	for (size_t i = 0; i < digits.size; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		*round = *round * 10 + (uint32_t)(digits.data[i] - '0');
	}
	assert(*round <= BSYNC_ROUND_MAX);
	return true;
}

bool bsync_lattice_read(const struct bsync_lattice *lattice, const struct bsync_value *value, struct bsync_state *state)
{
	struct bsync_bytes name = {NULL, 0};
	const uint8_t *slash = NULL;

	assert(lattice != NULL && value != NULL);
	*state = (struct bsync_state){.is_none = value->kind == BSYNC_NULL};
	if (state->is_none)
		return true;
	if (value->kind != BSYNC_TEXT || value->as.bytes.size == 0)
		return false;
	name = value->as.bytes;
	slash = memchr(name.data, '/', name.size);
	if (slash != NULL) {
		const size_t size = (size_t)(slash - name.data);

		if (!lattice->has_rounds ||
		    !round_read((struct bsync_bytes){slash + 1, name.size - size - 1}, &state->round))
			return false;
		name.size = size;
	}
	for (state->state = 0; state->state < lattice->count; state->state++) {
		if (bsync_bytes_equal(name, bsync_bytes_of_string(lattice->names[state->state])))
			return true;
	}
	return false;
}

struct bsync_state bsync_lattice_join(const struct bsync_lattice *lattice, struct bsync_state a, struct bsync_state b)
{
	assert(a.is_none || a.state < lattice->count);
	assert(b.is_none || b.state < lattice->count);
	if (a.is_none || b.is_none)
		return a.is_none ? b : a;
	if (a.round != b.round)
		return a.round > b.round ? a : b;
	a.state = lattice->join[a.state][b.state];
	return a;
}

bool bsync_state_equal(struct bsync_state a, struct bsync_state b)
{
	return a.is_none == b.is_none && a.round == b.round && a.state == b.state;
}

enum bsync_result bsync_lattice_write(const struct bsync_lattice *lattice, struct bsync_state state,
				      struct bsync_arena *arena, struct bsync_value *value)
{
	const char *name = lattice->names[state.state];
	const size_t size = strlen(name);
	uint8_t digits[8];
	size_t count = 0;
	uint8_t *text = NULL;

	*value = bsync_value_null();
	if (state.is_none)
		return BSYNC_OK;
	assert(state.state < lattice->count && state.round <= BSYNC_ROUND_MAX);
	for (uint32_t round = state.round; round != 0; round /= 10)
		digits[count++] = (uint8_t)('0' + round % 10);
	text = bsync_arena_take(arena, size + count + 1);
	if (text == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(text, name, size + 1);
	*value = bsync_value_text((struct bsync_bytes){text, size});
	if (count == 0)
		return BSYNC_OK;
	text[size] = '/';
	for (size_t i = 0; i < count; i++)
		text[size + 1 + i] = digits[count - 1 - i];
	value->as.bytes.size = size + 1 + count;
	return BSYNC_OK;
}
