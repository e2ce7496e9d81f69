#include "client-sdk/net/turn.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

void bsync_turn_hold(struct bsync_turn_held *held)
{
	assert(held != NULL);
	sigset_t broken, pending;
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	held->is_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &broken, &held->before);
}

void bsync_turn_release(const struct bsync_turn_held *held)
{
	assert(held != NULL);
	/* One that came meanwhile is taken; one that waited before stays the application's. */
	if (!held->is_pending) {
		const struct timespec at_once = {0, 0};
		sigset_t broken;
		sigemptyset(&broken);
		sigaddset(&broken, SIGPIPE);
		while (sigtimedwait(&broken, NULL, &at_once) == SIGPIPE)
			continue;
	}
	pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}

int bsync_turn(uv_loop_t *loop, uv_run_mode mode)
{
	assert(loop != NULL);
	struct bsync_turn_held held;
	bsync_turn_hold(&held);
	int left = uv_run(loop, mode);
	bsync_turn_release(&held);
	return left;
}
