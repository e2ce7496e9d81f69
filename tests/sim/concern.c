#include "tests/sim/concern.h"

#include <string.h>

#include "core/schema/concern.h"
#include "tests/sim/images.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"

enum { ITEMS_MAX = 4000, PEOPLE_MAX = 64 };

/* What the store says. */
struct said {
	uint8_t id[BSYNC_ID_SIZE];
	uint32_t count;
	struct bsync_worker_id people[PEOPLE_MAX];
};

static struct said items[ITEMS_MAX];

/* One listing held against it. */
struct look {
	struct world *world;
	const struct world_device *device; /* NULL: of the store */
	uint32_t count;
};

static bool note(void *context, const struct bsync_inbox_item *item)
{
	struct look *look = context;
	struct said *said = &items[look->count];
	const struct bsync_people *people = &item->concern.people;

	/* Those of a duplicate are whoever has it. */
	if (item->concern.is_everybody)
		return true;
	if (look->count == ITEMS_MAX || people->count > PEOPLE_MAX) {
		world_fail(look->world, "there are more inbox items or people than are looked at");
		return false;
	}
	memcpy(said->id, item->id, BSYNC_ID_SIZE);
	said->count = people->count;
	if (people->count != 0)
		memcpy(said->people, people->list, people->count * sizeof *people->list);
	if (item->is_yours != (people->count == 0))
		world_fail(look->world, "the operator does not have exactly what concerns nobody");
	look->count++;
	return true;
}

static const struct said *said_of(const struct look *look, const uint8_t id[BSYNC_ID_SIZE])
{
	for (uint32_t i = 0; i < look->count; i++) {
		if (memcmp(items[i].id, id, BSYNC_ID_SIZE) == 0)
			return &items[i];
	}
	return NULL;
}

/* PROTOCOL 7.13: "every replica finds it from the schema, the item's authors, who is in the scope, and the rows." */
static bool compare(void *context, const struct bsync_inbox_item *item)
{
	const struct look *look = context;
	const struct bsync_people *people = &item->concern.people;
	const struct said *said = said_of(look, item->id);

	if (said == NULL)
		return true;
	if (item->concern.is_everybody)
		world_fail(look->world, "device %u cannot say whom an inbox item of table %s concerns, the store can",
			   look->device->number, item->table);
	else if (said->count == 0)
		world_fail(look->world, "an inbox item that device %u has concerns nobody", look->device->number);
	else if (said->count != people->count ||
		 memcmp(said->people, people->list, people->count * sizeof *people->list) != 0)
		world_fail(look->world, "device %u says that an inbox item concerns %u people, the store %u, or others",
			   look->device->number, people->count, said->count);
	if (item->is_yours != bsync_people_has(people, &look->device->worker))
		world_fail(look->world, "device %u does not know that an inbox item is its user's",
			   look->device->number);
	probe_if(!item->is_yours, PROBE_CONCERNS_OTHERS);
	return true;
}

void same_concern(struct world *world)
{
	struct look look = {.world = world};

	if (bsync_view_inbox(server_view(world), note, &look) != BSYNC_OK)
		world_fail(world, "the inbox of the store cannot be read");
	for (uint32_t i = 0; i < world->device_count; i++) {
		look.device = &world->devices[i];
		if (!images_is_stray(&world->devices[i]) &&
		    bsync_file_inbox(world->devices[i].file, compare, &look) != BSYNC_OK)
			world_fail(world, "the inbox of device %u cannot be read", i);
	}
}
