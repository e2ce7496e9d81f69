#include "client-sdk/barriers.h"

#include <assert.h>
#include <stddef.h>

static void end(struct bsync_barrier *barrier, enum bsync_result result, const char *text)
{
	bsync_barrier_done *done = barrier->done;
	void *context = barrier->context;
	barrier->id = 0;
	done(context, result, text);
}

struct bsync_barrier *bsync_barriers_add(struct bsync_barriers *barriers, enum bsync_wait wait, uint64_t last_seq,
					 bsync_barrier_done *done, void *context)
{
	assert(barriers != NULL && done != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++) {
		struct bsync_barrier *barrier = &barriers->list[i];
		if (barrier->id != 0)
			continue;
		*barrier = (struct bsync_barrier){.id = ++barriers->next_id,
						  .last_seq = last_seq,
						  .wait = wait,
						  .done = done,
						  .context = context};
		return barrier;
	}
	return NULL;
}

void bsync_barriers_forget(struct bsync_barriers *barriers, uint64_t id)
{
	assert(barriers != NULL && id != 0);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++)
		if (barriers->list[i].id == id)
			barriers->list[i].id = 0;
}

bool bsync_barriers_any(const struct bsync_barriers *barriers)
{
	assert(barriers != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++)
		if (barriers->list[i].id != 0)
			return true;
	return false;
}

struct bsync_barrier *bsync_barriers_next(struct bsync_barriers *barriers, struct bsync_barrier *after)
{
	assert(barriers != NULL);
	struct bsync_barrier *barrier = after == NULL ? barriers->list : after + 1;
	for (; barrier < barriers->list + BSYNC_SYNCER_BARRIERS_MAX; barrier++)
		if (barrier->id != 0 && barrier->wait != BSYNC_WAIT_ANSWERS)
			return barrier;
	return NULL;
}

void bsync_barriers_begin(struct bsync_barriers *barriers)
{
	assert(barriers != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++)
		barriers->list[i].token = 1;
}

void bsync_barriers_answered(struct bsync_barriers *barriers, bool can_ask)
{
	assert(barriers != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++) {
		struct bsync_barrier *barrier = &barriers->list[i];
		if (barrier->id == 0)
			continue;
		if (barrier->wait == BSYNC_WAIT_ANSWERS && !can_ask)
			end(barrier, BSYNC_SUSPENDED, "the server answers no questions of this device now");
		else if (barrier->is_answered || barrier->wait == BSYNC_WAIT_ANSWERS)
			end(barrier, BSYNC_OK, "");
	}
}

void bsync_barriers_cut(struct bsync_barriers *barriers, enum bsync_result why, bool is_final, const char *text)
{
	assert(barriers != NULL && text != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++) {
		struct bsync_barrier *barrier = &barriers->list[i];
		barrier->token = 0;
		barrier->is_answered = false;
		if (barrier->id == 0)
			continue;
		/* BSYNC_CHANGED: the next conversation follows at once.  BSYNC_CLOSED would say that this process ends. */
		if (is_final)
			end(barrier, why, text);
		else if (barrier->wait != BSYNC_WAIT_SYNC && why != BSYNC_CHANGED)
			end(barrier, why == BSYNC_CLOSED ? BSYNC_IO : why, text);
	}
}

void bsync_barriers_end(struct bsync_barriers *barriers, enum bsync_result result, const char *text)
{
	assert(barriers != NULL && text != NULL);
	for (size_t i = 0; i < BSYNC_SYNCER_BARRIERS_MAX; i++)
		if (barriers->list[i].id != 0)
			end(&barriers->list[i], result, text);
}
