/* nursery.h: a store and devices just enrolled in it, made once and kept in memory, to be copied into each world.
 *
 * Every device has a worker of its own, all of one team where the plan names no other.  The same plan gives the same bytes: time and chance are the
 * plan's. */
#ifndef BSYNC_TESTS_SUPPORT_NURSERY_H
#define BSYNC_TESTS_SUPPORT_NURSERY_H

#include "core/bytes.h"
#include "core/ids.h"
#include "daemon/store/store.h"

enum { NURSERY_DEVICES_MAX = 12 };

struct nursery_plan {
	const char *name;   /* of the organisation, and the host of its address */
	const char *schema; /* a folder from the root of the repository */
	uint64_t random;    /* where chance begins */
	int64_t now_ms;
	uint32_t device_count;
	bool has_old_device;        /* the last one knows only the first file of the schema */
	const char *const *workers; /* their names; NULL: "worker 0" and on */
	const char *const *roles;   /* one a worker, each may be NULL; or NULL */
	const char *const *teams;   /* the same */
};

/* A device as it left its enrolment. */
struct seedling {
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_buffer file, public_key;
};

struct nursery {
	struct bsync_key store_key;
	struct bsync_buffer store; /* the file */
	struct seedling devices[NURSERY_DEVICES_MAX];
};

/* Fills `nursery`; ends the program when that fails. */
void nursery_make(struct nursery *nursery, const struct nursery_plan *plan);
void nursery_clear(struct nursery *nursery);

#endif
