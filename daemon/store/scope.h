/* scope.h: the scopes that the writer has met, found by circle and value without a query.
 *
 * A cache over bsync_scope.  Entries stay where they are until bsync_scopes_clear, which the writer calls between
 * groups only. */
#ifndef BSYNC_DAEMON_STORE_SCOPE_H
#define BSYNC_DAEMON_STORE_SCOPE_H

#include "daemon/store/base.h"

/* What a worker may do in a scope. */
enum bsync_right {
	BSYNC_RIGHT_NEVER, /* never was a member */
	BSYNC_RIGHT_ENDED, /* was one */
	BSYNC_RIGHT_READ,  /* is one, and no writer */
	BSYNC_RIGHT_WRITE,
};

struct bsync_scope {
	struct bsync_scope *next; /* same bucket */
	uint64_t no;              /* 0: the store does not know it */
	uint32_t circle;          /* index */
	struct bsync_value value;
	uint64_t last_counter; /* 0: nothing has been in it */
	bool has_members;      /* it has had a membership row */
	bool has_founder;
	struct bsync_worker_id founder;
	bool is_dirty;            /* differs from bsync_scope; listed in `dirty` */
	bool is_retried;          /* in the store's retry list */
	uint64_t touch_serial;    /* the act that touched it last */
	uint64_t founding_serial; /* the act whose changeset has a root row for it */
	uint64_t begin_serial;    /* the act that has a first row for it */
	uint64_t evaluate_serial; /* the act at whose end its members are looked up */
	bool has_memo;            /* the right of one worker, as it stood when last asked */
	enum bsync_right right;
	struct bsync_worker_id worker;
	int64_t until_ms;
	uint64_t added_counter;   /* of any but NEVER */
	uint64_t removed_counter; /* ENDED */
};

enum { BSYNC_SCOPE_BUCKETS = 1 << 16, BSYNC_SCOPES_CACHED_MAX = 1 << 17, BSYNC_SCOPE_VALUE_MAX = 1000 };

struct bsync_scope_cache {
	struct bsync_scope **buckets;
	struct bsync_arena arena;
	uint32_t count;
	uint32_t dirty_count, dirty_capacity;
	struct bsync_scope **dirty;
};

BSYNC_CHECKED enum bsync_result bsync_scopes_init(struct bsync_scope_cache *scopes);
void bsync_scopes_clear(struct bsync_scope_cache *scopes);
/* Forgets all entries. */
void bsync_scopes_forget(struct bsync_scope_cache *scopes);

/* The scope of a value that is not NULL, known to the store or not.  BSYNC_TOO_LARGE past BSYNC_SCOPE_VALUE_MAX. */
BSYNC_CHECKED enum bsync_result bsync_scopes_get(struct bsync_scope_cache *scopes, struct bsync_base *base,
						 uint32_t circle, const struct bsync_value *value,
						 struct bsync_scope **out);
/* The scope of that number. */
BSYNC_CHECKED enum bsync_result bsync_scopes_by_no(struct bsync_scope_cache *scopes, struct bsync_base *base,
						   uint64_t no, struct bsync_scope **out);
/* Puts it on the list of what bsync_scopes_flush writes. */
BSYNC_CHECKED enum bsync_result bsync_scopes_mark(struct bsync_scope_cache *scopes, struct bsync_scope *scope);
/* Writes what is marked; the list stays for the caller until bsync_scopes_unmark. */
BSYNC_CHECKED enum bsync_result bsync_scopes_flush(struct bsync_scope_cache *scopes, struct bsync_base *base);
void bsync_scopes_unmark(struct bsync_scope_cache *scopes);

#endif
