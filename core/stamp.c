#include "core/stamp.h"

#include <assert.h>

/* The readings come from a device, so sums saturate. */
static int64_t add_saturated(int64_t a, int64_t b)
{
	if (b > 0 && a > INT64_MAX - b)
		return INT64_MAX;
	if (b < 0 && a < INT64_MIN - b)
		return INT64_MIN;
	return a + b;
}

static int64_t subtract_saturated(int64_t a, int64_t b)
{
	if (b < 0 && a > INT64_MAX + b)
		return INT64_MAX;
	if (b > 0 && a < INT64_MIN + b)
		return INT64_MIN;
	return a - b;
}

int64_t bsync_stamp_correct(const struct bsync_clock_evidence *evidence, const struct bsync_clock_anchor *session)
{
	const struct bsync_clock_reading *clock = NULL;
	const struct bsync_clock_anchor *anchor = NULL;
	bool has_anchor = false;
	int64_t stamp = 0;

	assert(evidence != NULL);
	assert(session != NULL);
	clock = &evidence->clock;
	anchor = &evidence->anchor;
	has_anchor = anchor->server_ms != 0;
	/* PROTOCOL 5.2: "same boot as the session: `server - (uptime_hello - uptime)`" */
	if (clock->boot == session->clock.boot)
		stamp = subtract_saturated(session->server_ms,
					   subtract_saturated(session->clock.uptime_ms, clock->uptime_ms));
	else if (has_anchor && clock->boot == anchor->clock.boot)
		stamp = add_saturated(anchor->server_ms, subtract_saturated(clock->uptime_ms, anchor->clock.uptime_ms));
	else
		stamp = add_saturated(clock->wall_ms, subtract_saturated(session->server_ms, session->clock.wall_ms));
	if (has_anchor && stamp < anchor->server_ms)
		stamp = anchor->server_ms;
	/* Last, because an anchor may claim a future; only the session's time is known to be true. */
	if (stamp > session->server_ms)
		stamp = session->server_ms;
	return stamp;
}

int64_t bsync_stamp_raise(int64_t corrected_ms, int64_t seen_ms)
{
	if (corrected_ms > seen_ms)
		return corrected_ms;
	return add_saturated(seen_ms, 1);
}

int64_t bsync_clock_known(int64_t known_ms, const struct bsync_clock_anchor *anchor,
			  const struct bsync_clock_reading *now)
{
	int64_t time_ms = 0;

	assert(anchor != NULL);
	assert(now != NULL);
	if (anchor->server_ms == 0)
		return 0;
	/* PROTOCOL 5.3: "in the boot of that contact also what its uptime says has passed since, and its clock
	 * counts for nothing" */
	if (now->boot == anchor->clock.boot) {
		time_ms = add_saturated(anchor->server_ms, subtract_saturated(now->uptime_ms, anchor->clock.uptime_ms));
	} else {
		time_ms = subtract_saturated(now->wall_ms, bsync_clock_drift(anchor->clock.wall_ms, anchor->server_ms));
		if (time_ms > add_saturated(anchor->server_ms, BSYNC_CLOCK_AWAY_MS))
			time_ms = anchor->server_ms;
	}
	if (time_ms < anchor->server_ms)
		time_ms = anchor->server_ms;
	return time_ms > known_ms ? time_ms : known_ms;
}

int64_t bsync_clock_drift(int64_t wall_ms, int64_t server_ms)
{
	return subtract_saturated(wall_ms, server_ms);
}

bool bsync_clock_is_off(int64_t drift_ms, bool was_off)
{
	const int64_t limit_ms = was_off ? BSYNC_CLOCK_RIGHT_MS : BSYNC_CLOCK_OFF_MS;

	return drift_ms >= limit_ms || drift_ms <= -limit_ms;
}
