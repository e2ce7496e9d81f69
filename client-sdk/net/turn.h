/* turn.h: run a libuv loop on a thread that may be the application's. */
#ifndef BSYNC_CLIENT_NET_TURN_H
#define BSYNC_CLIENT_NET_TURN_H

#include <signal.h>
#include <stdbool.h>
#include <uv.h>

/* uv_run, with SIGPIPE held off: a connection that breaks during a write is an error of the loop, and never a signal to
 * the application, whose handlers are its own. */
int bsync_turn(uv_loop_t *loop, uv_run_mode mode);

/* The same for what writes outside the loop, between the two; they may be nested. */
struct bsync_turn_held {
	sigset_t before;
	bool is_pending;
};
void bsync_turn_hold(struct bsync_turn_held *held);
void bsync_turn_release(const struct bsync_turn_held *held);

#endif
