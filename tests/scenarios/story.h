/* story.h: a scenario file, read into its lines.
 *
 * A line is an act or an expectation, a comment after "#", or, when it begins with white space, more of the line
 * before it.  Words are said in tests/README.md. */
#ifndef BSYNC_TESTS_SCENARIOS_STORY_H
#define BSYNC_TESTS_SCENARIOS_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/nursery.h"

enum { STORY_LINES_MAX = 200, STORY_TEXT_MAX = 4000 };

enum story_kind {
	STORY_SQL,        /* WHO: SQL */
	STORY_EXPECT,     /* WHO: SELECT … => TEXT; WHO may be "store" or "everywhere" */
	STORY_INBOX,      /* inbox of WHO => TEXT; WHO may be "operator" */
	STORY_UNSEEN,     /* not shown to WHO => TEXT: own work that was not taken, of which WHO is told */
	STORY_CONCERN,    /* concerned => TEXT */
	STORY_SYNC,       /* sync WHO, WHO … or "everybody" */
	STORY_EVERY,      /* sync in every order: WHO, WHO … */
	STORY_CHOOSE,     /* WHO chooses TEXT (a value, or "none") */
	STORY_OPEN,       /* WHO opens TABLE ROW: a form */
	STORY_CLOSE,      /* WHO closes TABLE ROW */
	STORY_CLOCK,      /* clock of WHO: +31 years (days, hours) */
	STORY_LATER,      /* later: 3 days (hours) */
	STORY_START,      /* WHO starts again: the device was off, and is on */
	STORY_QUARANTINE, /* quarantine => TEXT */
};

struct story_line {
	enum story_kind kind;
	uint32_t number; /* in the file */
	char *who;       /* as written; NULL where there is none */
	char *text, *expected;
};

struct story {
	const char *path;
	char *bytes; /* which the lines borrow from */
	char *names[NURSERY_DEVICES_MAX], *roles[NURSERY_DEVICES_MAX], *teams[NURSERY_DEVICES_MAX];
	uint32_t worker_count;
	uint32_t line_count;
	struct story_line lines[STORY_LINES_MAX];
};

/* Reads the file; ends the program, naming file and line, when it says something that is none of these. */
void story_read(struct story *story, const char *path);
void story_clear(struct story *story);
/* The number of a worker, or worker_count. */
uint32_t story_worker(const struct story *story, const char *name);
/* Reads "a, b, c" or "everybody" into numbers; returns how many. */
uint32_t story_workers(const struct story *story, const struct story_line *line, uint32_t numbers[NURSERY_DEVICES_MAX]);
/* Ends the program. */
__attribute__((noreturn, format(printf, 3, 4))) void story_wrong(const struct story *story, uint32_t number,
								 const char *format, ...);

#endif
