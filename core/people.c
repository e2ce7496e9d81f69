#include "core/people.h"

#include <assert.h>
#include <string.h>

enum bsync_result bsync_people_add(struct bsync_arena *arena, struct bsync_people *people,
				   const struct bsync_worker_id *worker)
{
	assert(people != NULL);
	assert(worker != NULL);
	if (people->count == people->capacity) {
		struct bsync_worker_id *larger = NULL;
		const uint32_t capacity = people->capacity == 0 ? 4 : people->capacity * 2;
		enum bsync_result result = bsync_arena_array(arena, capacity, sizeof(*larger), &larger);

		if (result != BSYNC_OK)
			return result;
		if (people->count != 0)
			memcpy(larger, people->list, people->count * sizeof(*larger));
		people->list = larger;
		people->capacity = capacity;
	}
	people->list[people->count++] = *worker;
	return BSYNC_OK;
}

bool bsync_people_has(const struct bsync_people *people, const struct bsync_worker_id *worker)
{
	assert(people != NULL);
	assert(worker != NULL);
	for (uint32_t i = 0; i < people->count; i++) {
		if (memcmp(people->list[i].bytes, worker->bytes, BSYNC_ID_SIZE) == 0)
			return true;
	}
	return false;
}
