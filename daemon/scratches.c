#include "daemon/scratches.h"

#include <assert.h>
#include <string.h>

void bsync_scratches_init(struct bsync_scratches *scratches, struct bsync_bytes dictionary)
{
	assert(scratches != NULL);
	memset(scratches, 0, sizeof *scratches);
	pthread_mutex_init(&scratches->lock, NULL);
	scratches->dictionary = dictionary;
}

void bsync_scratches_clear(struct bsync_scratches *scratches)
{
	assert(scratches != NULL);
	while (scratches->count > 0)
		bsync_seal_scratch_free(scratches->kept[--scratches->count]);
	pthread_mutex_destroy(&scratches->lock);
}

enum bsync_result bsync_scratches_take(struct bsync_scratches *scratches, struct bsync_seal_scratch **out)
{
	assert(scratches != NULL && out != NULL);
	*out = NULL;
	pthread_mutex_lock(&scratches->lock);
	if (scratches->count > 0)
		*out = scratches->kept[--scratches->count];
	pthread_mutex_unlock(&scratches->lock);
	return *out != NULL ? BSYNC_OK : bsync_seal_scratch_new(scratches->dictionary, out);
}

void bsync_scratches_give(struct bsync_scratches *scratches, struct bsync_seal_scratch *scratch)
{
	bool is_kept;

	assert(scratches != NULL);
	if (scratch == NULL)
		return;
	pthread_mutex_lock(&scratches->lock);
	is_kept = scratches->count < BSYNC_SCRATCHES_KEPT_MAX;
	if (is_kept)
		scratches->kept[scratches->count++] = scratch;
	pthread_mutex_unlock(&scratches->lock);
	if (!is_kept)
		bsync_seal_scratch_free(scratch);
}
