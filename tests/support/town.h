/* town.h: a store of the Utrecht schema in a file, as large as one likes: teams, workers, devices and dossiers.
 *
 * Filled by changesets of the workers' own devices.  All teams are as large, and so is what a worker of a team holds, but for
 * the first worker, who has TOWN_HELD dossiers.  In texts of changesets (store_scene.h) dossier N is #dN, its plan #oN, its goals
 * #gN.0 and #gN.1. */
#ifndef BSYNC_TESTS_SUPPORT_TOWN_H
#define BSYNC_TESTS_SUPPORT_TOWN_H

#include "tests/support/store_scene.h"

enum {
	TOWN_TEAM = 20, /* workers */
	TOWN_HELD = 60,
	TOWN_ROWS = 11, /* of a dossier */
	TOWN_HEX_SIZE = 33,
};

struct town {
	struct scene scene;
	uint32_t dossiers, workers, device_count;
	char (*teams)[TOWN_HEX_SIZE];
	struct bsync_worker_id *people;
	struct scene_device *devices; /* one a worker first, then second ones */
	uint64_t random;
};

/* Fills a new store; ends the program when something fails, as all of these do. */
void town_open(struct town *town, uint32_t dossiers, uint32_t workers, uint32_t devices);
void town_close(struct town *town);

/* One more dossier, of that worker, made on the worker's first device. */
struct scene_set town_dossier(struct town *town, uint32_t number, uint32_t worker);
/* Takes the changeset in, inside a group; it must be applied. */
void town_take_in(struct town *town, const struct scene_device *device, const struct scene_set *set);

#endif
