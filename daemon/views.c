#include "daemon/views.h"

#include <assert.h>
#include <string.h>

void bsync_views_init(struct bsync_views *views, const char *path, const struct bsync_key *key, uint32_t count_max)
{
	assert(count_max > 0 && count_max <= BSYNC_VIEWS_MAX);
	memset(views, 0, sizeof *views);
	views->path = path;
	views->key = *key;
	views->count_max = count_max;
}

void bsync_views_clear(struct bsync_views *views)
{
	for (uint32_t i = 0; i < views->count_max; i++) {
		if (views->slots[i].view != NULL)
			bsync_view_close(views->slots[i].view);
		views->slots[i].view = NULL;
	}
	bsync_key_wipe(&views->key);
}

struct bsync_view_slot *bsync_views_claim(struct bsync_views *views, bool may_open)
{
	struct bsync_view_slot *found = NULL;

	for (uint32_t i = 0; i < views->count_max; i++) {
		struct bsync_view_slot *slot = &views->slots[i];

		if (slot->is_taken || (slot->view == NULL && !may_open))
			continue;
		if (found == NULL || (found->view == NULL && slot->view != NULL))
			found = slot;
	}
	if (found != NULL)
		found->is_taken = true;
	return found;
}

void bsync_views_release(struct bsync_view_slot *slot)
{
	assert(slot->is_taken);
	slot->is_taken = false;
}

enum bsync_result bsync_views_open(const struct bsync_views *views, struct bsync_view_slot *slot)
{
	assert(slot->is_taken);
	return slot->view != NULL ? BSYNC_OK : bsync_view_open(views->path, &views->key, &slot->view);
}
