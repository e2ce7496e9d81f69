/* log.h: one line an event on stderr: `level event key=value …`.
 *
 * Only files directly in daemon/ log.  Never row data, keys, codes or names of persons.  What came from outside goes
 * through bsync_log_quote; control characters never reach the line in any case. */
#ifndef BSYNC_DAEMON_LOG_H
#define BSYNC_DAEMON_LOG_H

#include "core/bytes.h"

enum bsync_log_level { BSYNC_LOG_ERROR, BSYNC_LOG_WARNING, BSYNC_LOG_INFO, BSYNC_LOG_DEBUG };

/* Lines above `level` are not written; INFO until this is called.  Once, before threads start. */
void bsync_log_set_level(enum bsync_log_level level);
/* "error", "warning", "info", "debug"; false for another word. */
bool bsync_log_level_parse(const char *word, enum bsync_log_level *level);

/* Writes one line, at most BSYNC_LOG_LINE_MAX bytes, in one write; from any thread. */
enum { BSYNC_LOG_LINE_MAX = 1000, BSYNC_LOG_QUOTED_SIZE = 160 };
void bsync_log(enum bsync_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes `text` in double quotes with everything that is not plain ASCII escaped, cut where it is too long. */
const char *bsync_log_quote(struct bsync_bytes text, char quoted[BSYNC_LOG_QUOTED_SIZE]);

#endif
