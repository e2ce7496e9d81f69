/* purposes.h: what a privacy officer asks of a schema: of each column what it is for, on which ground it is kept, who holds it
 * and how long. */
#ifndef BSYNC_CORE_SCHEMA_PURPOSES_H
#define BSYNC_CORE_SCHEMA_PURPOSES_H

#include "core/schema/compile.h"

/* One column; all of it is borrowed for the call. */
struct bsync_purpose {
	const char *table, *column;
	const char *rule;    /* "key", or how concurrent writes are merged */
	const char *nature;  /* "identificerend", "verhalend" or NULL */
	const char *purpose; /* doelbinding */
	const char *ground;  /* grondslag, of the table */
	const char *life;    /* levensloop, of the table */
	uint32_t circle_count;
	const char *circles[BSYNC_FACES_MAX]; /* names, each once; none: the store alone holds it */
};

/* Called for each column, table by table in the order of their numbers; anything but BSYNC_OK ends it. */
typedef enum bsync_result bsync_purpose_take(void *context, const struct bsync_purpose *purpose);

/* Tells all columns of `schema`, which was compiled from `source`.  BSYNC_NO_MEMORY, BSYNC_STORAGE, or what `take` gave. */
BSYNC_CHECKED enum bsync_result bsync_schema_purposes(const struct bsync_schema_source *source,
						      const struct bsync_schema *schema, bsync_purpose_take *take,
						      void *context);

#endif
