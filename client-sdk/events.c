#include "client-sdk/events.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void bsync_events_init(struct bsync_events *events)
{
	assert(events != NULL);
	memset(events, 0, sizeof *events);
	pthread_mutex_init(&events->mutex, NULL);
}

void bsync_events_clear(struct bsync_events *events)
{
	assert(events != NULL);
	pthread_mutex_destroy(&events->mutex);
}

/* The waiting event that the new one adds nothing to; NULL when there is none. */
static struct bsync_event *same(struct bsync_events *events, enum bsync_event_kind kind, const char *text)
{
	for (uint32_t i = 0; i < events->count; i++) {
		struct bsync_event *waiting = &events->list[(events->first + i) % BSYNC_EVENTS_MAX];
		if (waiting->kind == (int)kind && (kind != BSYNC_EVENT_SCOPE_LEFT || strcmp(waiting->text, text) == 0))
			return waiting;
	}
	return NULL;
}

void bsync_events_add(struct bsync_events *events, enum bsync_event_kind kind, const char *text)
{
	assert(events != NULL && text != NULL);
	pthread_mutex_lock(&events->mutex);
	struct bsync_event *event = same(events, kind, text);
	if (event == NULL) {
		if (events->count == BSYNC_EVENTS_MAX) {
			events->first = (events->first + 1) % BSYNC_EVENTS_MAX;
			events->count--;
		}
		event = &events->list[(events->first + events->count) % BSYNC_EVENTS_MAX];
		events->count++;
	}
	event->struct_size = sizeof *event;
	event->kind = (int)kind;
	snprintf(event->text, sizeof event->text, "%s", text);
	pthread_mutex_unlock(&events->mutex);
}

bool bsync_events_take(struct bsync_events *events, struct bsync_event *event)
{
	assert(events != NULL && event != NULL);
	pthread_mutex_lock(&events->mutex);
	bool is_there = events->count > 0;
	if (is_there) {
		*event = events->list[events->first];
		events->first = (events->first + 1) % BSYNC_EVENTS_MAX;
		events->count--;
	}
	pthread_mutex_unlock(&events->mutex);
	return is_there;
}
