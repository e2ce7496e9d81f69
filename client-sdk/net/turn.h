/* turn.h: run a libuv loop on a thread that may be the application's. */
#ifndef BSYNC_CLIENT_NET_TURN_H
#define BSYNC_CLIENT_NET_TURN_H

#include <uv.h>

/* uv_run, with SIGPIPE held off: a connection that breaks during a write is an error of the loop, and never a signal to
 * the application, whose handlers are its own. */
int bsync_turn(uv_loop_t *loop, uv_run_mode mode);

#endif
