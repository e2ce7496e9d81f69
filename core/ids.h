/* ids.h: identifiers and positions, wrapped so that they cannot be mixed up.
 *
 * Formats: schema/PROTOCOL.md section 3.2. */
#ifndef BSYNC_CORE_IDS_H
#define BSYNC_CORE_IDS_H

#include "core/bytes.h"

enum { BSYNC_ID_SIZE = 16, BSYNC_DIGEST_SIZE = 32, BSYNC_ID_TEXT_SIZE = 33, BSYNC_POSITION_TEXT_SIZE = 32 };

/* The greatest seq and counter there can be, so that each fits SQLite's signed integer. */
#define BSYNC_COUNTER_MAX ((uint64_t)INT64_MAX)

struct bsync_device_id {
	uint8_t bytes[BSYNC_ID_SIZE];
};
struct bsync_worker_id {
	uint8_t bytes[BSYNC_ID_SIZE];
};
struct bsync_organisation_id {
	uint8_t bytes[BSYNC_ID_SIZE];
};
/* One unbroken hash chain of a device; renewed after a restore or fork. */
struct bsync_line_id {
	uint8_t bytes[BSYNC_ID_SIZE];
};
struct bsync_digest {
	uint8_t bytes[BSYNC_DIGEST_SIZE];
};

/* Names one changeset for ever: device, its line, its number on that line (from 1). */
struct bsync_dot {
	struct bsync_device_id device;
	struct bsync_line_id line;
	uint64_t seq;
};

/* A place in the store's order.  `incarnation` counts the lives of the store from 1; {0, 0} is
 * "nothing seen".  Ordered by counter: lives of one store never reuse a counter. */
struct bsync_position {
	uint32_t incarnation;
	uint64_t counter;
};

/* Writes 32 lower-case hex digits and a NUL. */
void bsync_id_text(const uint8_t id[BSYNC_ID_SIZE], char text[BSYNC_ID_TEXT_SIZE]);
/* Parses 32 hex digits (either case), dashes of a UUID allowed; false when it is anything else. */
bool bsync_id_parse(const char *text, uint8_t id[BSYNC_ID_SIZE]);

/* Writes "INCARNATION.COUNTER". */
void bsync_position_text(struct bsync_position position, char text[BSYNC_POSITION_TEXT_SIZE]);
/* Parses that form, without signs, spaces or leading zeros; false when it is anything else. */
bool bsync_position_parse(const char *text, struct bsync_position *position);

/* Makes a UUIDv7 (RFC 9562 section 5.7) of `unix_ms` and 10 random bytes: time-ordered. */
void bsync_uuid7(int64_t unix_ms, const uint8_t random[10], uint8_t id[BSYNC_ID_SIZE]);

#endif
