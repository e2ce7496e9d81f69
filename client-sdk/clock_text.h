/* clock_text.h: what a person is told of a clock that is far off.
 *
 * When it is, core/stamp.h says; nothing is lost or won by it, but what people read as the time of an edit is wrong. */
#ifndef BSYNC_CLIENT_CLOCK_TEXT_H
#define BSYNC_CLIENT_CLOCK_TEXT_H

#include "core/schema/words.h"

enum { BSYNC_CLOCK_TEXT_SIZE = 200 };

/* Writes the sentence for that drift (device minus server) into `text` and returns it. */
const char *bsync_clock_text(int64_t drift_ms, enum bsync_language language, char text[BSYNC_CLOCK_TEXT_SIZE]);

#endif
