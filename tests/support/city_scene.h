/* city_scene.h: a store with the shipped schema and two teams. */
#ifndef BSYNC_TESTS_SUPPORT_CITY_SCENE_H
#define BSYNC_TESTS_SUPPORT_CITY_SCENE_H

#include "tests/support/store_scene.h"

/* Anna and Bram are in team Zuid, Cees is in Noord. */
struct city {
	struct scene scene;
	struct scene_device anna, bram, cees;
};

void city_open(struct city *city);
/* Hands in a changeset; text with %Z and %N for the ids of the two teams. */
enum bsync_verdict city_do(struct city *city, struct scene_device *device, const char *text);

#endif
