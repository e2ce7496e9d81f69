/* inbox_item.h: what waits for a person, as a device and the store's operator list it. */
#ifndef BSYNC_CORE_INBOX_ITEM_H
#define BSYNC_CORE_INBOX_ITEM_H

#include "core/message.h"
#include "core/people.h"

/* One cell of an item.  All that is pointed to is borrowed until the listing's next item. */
struct bsync_inbox_cell {
	const char *column; /* "": one that the schema does not have */
	const char *rule;   /* how concurrent writes of it are merged, as the schema says; NULL: it does not */
	uint32_t variant_count;
	/* Of a conflict what stands, the shown one first.  Else what stands, where the row is there (its author and times
	 * may not be known: zeros), and then what was handed in. */
	struct bsync_variant *variants;
	const char **author_names; /* one a variant; NULL or "": not known, or the store; or NULL */
	bool has_base;
	struct bsync_value base; /* what stood before, when it is known */
};

/* A row of those that clash: as many key values as the item's key has. */
struct bsync_inbox_row {
	const struct bsync_value *key;
};

/* Whom an item concerns, of those who have it (PROTOCOL 7.13); nobody: the operator. */
struct bsync_concern {
	bool is_everybody;          /* all who have it: then `people` is empty */
	struct bsync_people people; /* ascending, none twice */
	const char **names;         /* one a person; NULL or "": not known */
};

struct bsync_inbox_item {
	uint8_t id[BSYNC_ID_SIZE];
	const char *kind;  /* conflict, late, deleted, refused, duplicate */
	const char *table; /* "": one that the schema does not have */
	uint32_t table_no;
	uint32_t key_count;
	const struct bsync_value *key;
	const char *reason;
	struct bsync_position base;
	bool is_row_here;
	const struct bsync_value *shown; /* of the first cell; NULL when the row is not there or it has no cells */
	/* Who wrote what was not taken, or deleted; of a conflict and a duplicate zeros.  Times in ms since 1970, 0: not known. */
	struct bsync_worker_id author;
	const char *author_name; /* NULL or "": not known */
	int64_t device_ms, stamp_ms;
	uint32_t cell_count;
	struct bsync_inbox_cell *cells; /* of a duplicate: one variant each, what all its rows say */
	struct bsync_concern concern;
	bool is_yours;      /* it concerns the reader: of the store's, nobody but the operator */
	uint32_t row_count; /* of a duplicate all its rows, `key` the first; of others 0 */
	const struct bsync_inbox_row *rows;
};

#endif
