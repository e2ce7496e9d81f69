/* json.h: writes JSON into a buffer, for what people and scripts read.
 *
 * Writer only: nothing here reads JSON, and JSON never travels between device and daemon.  The first error sticks
 * in the writer, so a caller checks once, with bsync_json_end. */
#ifndef BSYNC_CORE_JSON_H
#define BSYNC_CORE_JSON_H

#include "core/ids.h"
#include "core/value.h"

struct bsync_json {
	struct bsync_buffer *out; /* borrowed */
	enum bsync_result result;
	uint32_t depth; /* objects and arrays that are open */
	bool needs_comma;
};

/* Starts a writer that appends to `out`. */
void bsync_json_init(struct bsync_json *json, struct bsync_buffer *out);

/* An object; inside, each value is preceded by its name. */
void bsync_json_object(struct bsync_json *json);
void bsync_json_object_end(struct bsync_json *json);
void bsync_json_array(struct bsync_json *json);
void bsync_json_array_end(struct bsync_json *json);
void bsync_json_name(struct bsync_json *json, const char *name);

void bsync_json_null(struct bsync_json *json);
void bsync_json_bool(struct bsync_json *json, bool flag);
void bsync_json_unsigned(struct bsync_json *json, uint64_t number);
void bsync_json_integer(struct bsync_json *json, int64_t number);
/* The shortest digits that read back as the same number; infinity is 9e999, as in SQLite, NaN is null. */
void bsync_json_real(struct bsync_json *json, double number);
/* Escaped; bytes that are not UTF-8 become U+FFFD each. */
void bsync_json_text(struct bsync_json *json, struct bsync_bytes text);
void bsync_json_string(struct bsync_json *json, const char *text); /* NULL writes null */
/* A string of lower-case hex digits. */
void bsync_json_blob(struct bsync_json *json, struct bsync_bytes blob);
/* A name and its text; NULL writes null. */
void bsync_json_named(struct bsync_json *json, const char *name, const char *text);
/* A name and its 16-byte id. */
void bsync_json_id(struct bsync_json *json, const char *name, const uint8_t id[BSYNC_ID_SIZE]);
/* A name and its time, in ms since 1970; 0, not known, writes null. */
void bsync_json_time(struct bsync_json *json, const char *name, int64_t ms);
/* Any cell value. */
void bsync_json_value(struct bsync_json *json, const struct bsync_value *value);

/* Ends a top-level value with a newline; everything that was opened must be closed.  Another value may follow.
 * Returns the sticking result: BSYNC_TOO_LARGE or BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_json_end(struct bsync_json *json);

#endif
