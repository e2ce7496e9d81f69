/* agent.h: the ear of the process that syncs, for the other processes of the same device.
 *
 * A unix socket in the device's directory (mode 0600, in a directory of mode 0700).  Lines of text, each ending in a
 * newline; the other side is client-sdk/ask.h:
 *
 *   commit            something was committed to the outbox                        no answer
 *   sync              call when in step with the server    `synced RESULT TEXT`, RESULT a number of core/result.h
 *   hurry             the same, or when a contact fails
 *   ask               call when the server has answered what it was asked, or when a contact fails
 *   status            how the contact stands               `status CONNECTED BLOCKED NEXT`, NEXT in ms from now, -1 none
 *
 * A line that is none of these, or too long, ends the connection.  All calls happen on the loop's thread. */
#ifndef BSYNC_CLIENT_AGENT_H
#define BSYNC_CLIENT_AGENT_H

#include <uv.h>

#include "client-sdk/place.h"
#include "client-sdk/syncer.h"

enum { BSYNC_AGENT_LINE_MAX = 512, BSYNC_AGENT_CONNECTIONS_MAX = 64 };

struct bsync_agent;

/* The words for barriers, by enum bsync_wait. */
extern const char *const bsync_agent_words[];

/* Listens; the caller holds the sync lock.  `place` and `syncer` are borrowed until the agent is closed. */
BSYNC_CHECKED enum bsync_result bsync_agent_open(uv_loop_t *loop, const struct bsync_place *place,
						 struct bsync_syncer *syncer, struct bsync_agent **out);
/* Removes the socket and ends every connection, before the syncer is closed.  The agent frees itself when the loop has closed
 * its handles. */
void bsync_agent_close(struct bsync_agent *agent);

#endif
