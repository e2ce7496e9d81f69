/* pipe_guard.h: no SIGPIPE from our sockets for the application.
 *
 * libuv writes to sockets with write(2), and a peer that has gone makes that a signal whose default is to end the process.  The
 * library installs no handlers; instead the calling thread does not take the signal while the loop runs, and one that came
 * meanwhile is taken away again. */
#ifndef BSYNC_CLIENT_PIPE_GUARD_H
#define BSYNC_CLIENT_PIPE_GUARD_H

#include <signal.h>
#include <stdbool.h>

struct bsync_pipe_guard {
	sigset_t before;
	bool was_pending;
};

/* For the calling thread; the same thread ends it. */
void bsync_pipe_guard_begin(struct bsync_pipe_guard *guard);
void bsync_pipe_guard_end(const struct bsync_pipe_guard *guard);

#endif
