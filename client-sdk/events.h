/* events.h: what happened, until the application asks: a short queue that any thread may fill and empty.
 *
 * Bounded: an event that says the same as one that waits is not added, and when the queue is full the
 * oldest gives way. */
#ifndef BSYNC_CLIENT_EVENTS_H
#define BSYNC_CLIENT_EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client-sdk/include/buurtsync.h"

enum { BSYNC_EVENTS_MAX = 64 };

struct bsync_events {
	pthread_mutex_t mutex;
	uint32_t first, count;
	struct bsync_event list[BSYNC_EVENTS_MAX];
};

void bsync_events_init(struct bsync_events *events);
void bsync_events_clear(struct bsync_events *events);
/* Adds one; a waiting event of the same kind stands for status, rows and inbox, and gets the newer text of an error. */
void bsync_events_add(struct bsync_events *events, enum bsync_event_kind kind, const char *text);
/* Takes the oldest; false when none waits. */
bool bsync_events_take(struct bsync_events *events, struct bsync_event *event);

#endif
