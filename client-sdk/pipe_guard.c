#include "client-sdk/pipe_guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

static bool is_pending(void)
{
	sigset_t pending;
	sigemptyset(&pending);
	sigpending(&pending);
	return sigismember(&pending, SIGPIPE) == 1;
}

static void pipe_only(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
}

void bsync_pipe_guard_begin(struct bsync_pipe_guard *guard)
{
	assert(guard != NULL);
	sigset_t pipe;
	pipe_only(&pipe);
	guard->was_pending = is_pending();
	pthread_sigmask(SIG_BLOCK, &pipe, &guard->before);
}

void bsync_pipe_guard_end(const struct bsync_pipe_guard *guard)
{
	assert(guard != NULL);
	sigset_t pipe;
	const struct timespec now = {0, 0};
	pipe_only(&pipe);
	/* One that waited before is the application's own. */
	if (!guard->was_pending && is_pending())
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
