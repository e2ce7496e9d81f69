/* stamp.h: when something was written, corrected for a wrong clock.
 *
 * Pure: the clock readings are arguments.  Rules: schema/PROTOCOL.md section 5. */
#ifndef BSYNC_CORE_STAMP_H
#define BSYNC_CORE_STAMP_H

#include <stdbool.h>

#include "core/ids.h"

/* From how much on a clock is far off, and below how much it is right again.  Clocks of this kind lose or win up to five
 * minutes in the 180 days that a device may be away: ten were set so.  Between the two nothing changes, so that a clock at the
 * edge is told of once. */
enum { BSYNC_CLOCK_OFF_MS = 600000, BSYNC_CLOCK_RIGHT_MS = 300000 };

/* So long a device may be away: a clock that says more is not believed. */
#define BSYNC_CLOCK_AWAY_MS INT64_C(15552000000)

/* One reading of a device's clocks.  All milliseconds; `wall_ms` since 1970 as the device believes
 * it; `uptime_ms` since boot, counting sleep; `boot` tells one boot from another. */
struct bsync_clock_reading {
	int64_t wall_ms;
	int64_t uptime_ms;
	uint64_t boot;
};

/* The last authenticated contact a device remembers: the server's time and its own clocks then.
 * `server_ms` 0: never. */
struct bsync_clock_anchor {
	int64_t server_ms;
	struct bsync_clock_reading clock;
};

/* What travels with each changeset. */
struct bsync_clock_evidence {
	struct bsync_clock_reading clock; /* at commit */
	struct bsync_clock_anchor anchor; /* the last contact before it */
};

/* Corrects one changeset's time.  `session` is the contact during which it is handed in: the server's
 * time and the device's clocks at hello.  The same boot gives an exact answer by uptime, from the
 * session or from the anchor; otherwise the session's wall offset is assumed.  The result is never
 * after the session's server time and never before the anchor's. */
int64_t bsync_stamp_correct(const struct bsync_clock_evidence *evidence, const struct bsync_clock_anchor *session);

/* A stamp that is not below `corrected_ms` and is above `seen_ms`, the highest stamp its author had
 * been shown, so that an edit never loses to what it replaced. */
int64_t bsync_stamp_raise(int64_t corrected_ms, int64_t seen_ms);

/* The time that a device knows of, by which it judges that access has ended (PROTOCOL 5.3); `known_ms` is the highest that
 * it knew of since the contact of `anchor`.  0: it knows none. */
int64_t bsync_clock_known(int64_t known_ms, const struct bsync_clock_anchor *anchor,
			  const struct bsync_clock_reading *now);

/* How far a device's clock is ahead of the server's; negative: behind.  Saturates. */
int64_t bsync_clock_drift(int64_t wall_ms, int64_t server_ms);
/* True when a clock with that drift is far off; `was_off` is what this said before. */
bool bsync_clock_is_off(int64_t drift_ms, bool was_off);

#endif
