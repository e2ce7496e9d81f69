/* period.h: the times that members queries give, as milliseconds since 1970 UTC.
 *
 * A query may give an integer (milliseconds), a text 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS' (UTC; a T between
 * the two and a Z behind are allowed), or NULL for no bound. */
#ifndef BSYNC_CORE_SCHEMA_PERIOD_H
#define BSYNC_CORE_SCHEMA_PERIOD_H

#include "core/value.h"

/* The first millisecond of membership: a date means its first moment, NULL means INT64_MIN.  False when the
 * value is none of the forms: then there is no membership. */
bool bsync_period_from(const struct bsync_value *value, int64_t *from_ms);

/* The first millisecond after membership: a date means the end of that day, NULL means INT64_MAX. */
bool bsync_period_until(const struct bsync_value *value, int64_t *until_ms);

#endif
