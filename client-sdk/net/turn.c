#include "client-sdk/net/turn.h"

#include <assert.h>
#include <signal.h>
#include <time.h>

int bsync_turn(uv_loop_t *loop, uv_run_mode mode)
{
	assert(loop != NULL);
	sigset_t broken, before, pending;
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &broken, &before);
	int left = uv_run(loop, mode);
	/* One that the loop caused is taken; one that waited before stays the application's. */
	if (!sigismember(&pending, SIGPIPE)) {
		const struct timespec at_once = {0, 0};
		while (sigtimedwait(&broken, NULL, &at_once) == SIGPIPE)
			continue;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return left;
}
