#include "daemon/fanout.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The members of one scope. */
struct crowd {
	uint32_t count, capacity;
	struct bsync_fanout_member *members[];
};

static enum bsync_result join(struct bsync_fanout *fanout, struct bsync_fanout_member *member, uint64_t scope)
{
	struct crowd *crowd = bsync_number_table_get(&fanout->scopes, scope);

	if (crowd == NULL || crowd->count == crowd->capacity) {
		uint32_t capacity = crowd == NULL ? 2 : crowd->capacity * 2;
		struct crowd *larger = malloc(sizeof *larger + capacity * sizeof(struct bsync_fanout_member *));
		enum bsync_result result;

		if (larger == NULL)
			return BSYNC_NO_MEMORY;
		larger->count = 0;
		larger->capacity = capacity;
		if (crowd != NULL) {
			larger->count = crowd->count;
			memcpy(larger->members, crowd->members, crowd->count * sizeof(struct bsync_fanout_member *));
		}
		result = bsync_number_table_put(&fanout->scopes, scope, larger);
		if (result != BSYNC_OK) {
			free(larger);
			return result;
		}
		free(crowd);
		crowd = larger;
	}
	crowd->members[crowd->count++] = member;
	return BSYNC_OK;
}

static void leave(struct bsync_fanout *fanout, const struct bsync_fanout_member *member, uint64_t scope)
{
	struct crowd *crowd = bsync_number_table_get(&fanout->scopes, scope);

	if (crowd == NULL)
		return;
	for (uint32_t i = 0; i < crowd->count; i++) {
		if (crowd->members[i] == member) {
			crowd->members[i] = crowd->members[--crowd->count];
			break;
		}
	}
	if (crowd->count == 0) {
		bsync_number_table_remove(&fanout->scopes, scope);
		free(crowd);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Leaves and joins what differs between two ascending lists. */
static enum bsync_result move(struct bsync_fanout *fanout, struct bsync_fanout_member *member, const uint64_t *scopes,
			      uint32_t count)
{
	enum bsync_result result = BSYNC_OK;
	uint32_t old = 0;
	uint32_t next = 0;

	while (old < member->count || next < count) {
		if (next == count || (old < member->count && member->scopes[old] < scopes[next])) {
			leave(fanout, member, member->scopes[old++]);
		} else if (old == member->count || scopes[next] < member->scopes[old]) {
			if (result == BSYNC_OK)
				result = join(fanout, member, scopes[next]);
			next++;
		} else {
			old++;
			next++;
		}
	}
	return result;
}

static void take(struct bsync_fanout_member *member, uint64_t *scopes, uint32_t count)
{
	free(member->scopes);
	member->scopes = scopes;
	member->count = count;
}

enum bsync_result bsync_fanout_set(struct bsync_fanout *fanout, struct bsync_fanout_member *member,
				   const uint64_t *scopes, uint32_t count, bool *is_changed)
{
	enum bsync_result result;
	uint64_t *sorted = NULL;

	assert(scopes != NULL || count == 0);
	if (count > 0) {
		sorted = malloc(count * sizeof *sorted);
		if (sorted == NULL) {
			bsync_fanout_remove(fanout, member);
			*is_changed = true;
			return BSYNC_NO_MEMORY;
		}
		memcpy(sorted, scopes, count * sizeof *sorted);
		qsort(sorted, count, sizeof *sorted, compare);
	}
	*is_changed = count != member->count ||
		      (count > 0 && memcmp(sorted, member->scopes, count * sizeof *sorted) != 0);
	if (!*is_changed) {
		free(sorted);
		return BSYNC_OK;
	}
	result = move(fanout, member, sorted, count);
	take(member, sorted, count);
	if (result != BSYNC_OK)
		bsync_fanout_remove(fanout, member);
	return result;
}

void bsync_fanout_remove(struct bsync_fanout *fanout, struct bsync_fanout_member *member)
{
	for (uint32_t i = 0; i < member->count; i++)
		leave(fanout, member, member->scopes[i]);
	take(member, NULL, 0);
}

void bsync_fanout_each(const struct bsync_fanout *fanout, uint64_t scope,
		       void (*each)(void *context, struct bsync_fanout_member *member), void *context)
{
	const struct crowd *crowd = bsync_number_table_get(&fanout->scopes, scope);

	for (uint32_t i = 0; crowd != NULL && i < crowd->count; i++)
		each(context, crowd->members[i]);
}

static void free_crowd(void *context, void *value)
{
	(void)context;
	free(value);
}

void bsync_fanout_clear(struct bsync_fanout *fanout)
{
	bsync_number_table_each(&fanout->scopes, free_crowd, NULL);
	bsync_number_table_clear(&fanout->scopes);
}
