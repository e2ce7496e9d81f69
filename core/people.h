/* people.h: a list of workers, in an arena. */
#ifndef BSYNC_CORE_PEOPLE_H
#define BSYNC_CORE_PEOPLE_H

#include "core/bytes.h"
#include "core/ids.h"

struct bsync_people {
	uint32_t count, capacity;
	struct bsync_worker_id *list;
};

/* Appends one, whoever is in it. */
BSYNC_CHECKED enum bsync_result bsync_people_add(struct bsync_arena *arena, struct bsync_people *people,
						 const struct bsync_worker_id *worker);
bool bsync_people_has(const struct bsync_people *people, const struct bsync_worker_id *worker);

#endif
