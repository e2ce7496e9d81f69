/* writer.h: the inside of struct bsync_store, and one act: a changeset while it is applied.
 *
 * How the parts follow each other is in apply.c.  Three results have a meaning between these files:
 * BSYNC_INVALID: the changeset cannot be taken, act->reason says why; BSYNC_CHANGED: a row taken to be new is there
 * already, begin again with is_careful; BSYNC_AGAIN: the changeset waits for a scope.  Any other ends the group. */
#ifndef BSYNC_DAEMON_STORE_WRITER_H
#define BSYNC_DAEMON_STORE_WRITER_H

#include "daemon/store/base.h"
#include "daemon/store/scope.h"

enum {
	BSYNC_REASON_SIZE = 300,
	BSYNC_GRAVE_BITS = 1 << 20,
	BSYNC_VALUE_TRAVEL_MAX = 900000, /* a value must fit in one ROWS message */
	BSYNC_WAL_PAGES_HARD = 64000,    /* a commit that leaves more makes its own checkpoint */
};

/* A line as the group leaves it; index is its number. */
struct bsync_line {
	uint32_t device; /* index into devices; UINT32_MAX for line 0 */
	uint64_t last_seq;
	struct bsync_digest last_hash;
	int64_t last_stamp;
	uint32_t last_epoch;
	bool has_waiting; /* changesets of it are set aside */
	bool is_noticed;  /* the operator has been told that a copy of the device goes on with it */
	uint32_t next;    /* another line of the device, 0: none */
};

/* A row of bsync_incarnation; last_counter of the present life is UINT64_MAX. */
struct bsync_life_span {
	uint32_t incarnation;
	bool is_lost;
	uint64_t first_counter, last_counter;
};

enum bsync_recovery { BSYNC_RECOVERY_NONE, BSYNC_RECOVERY_OPEN, BSYNC_RECOVERY_CLOSING };

struct bsync_writer_device {
	uint32_t no;
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	enum bsync_device_state state;
	struct bsync_position confirmed;
	uint32_t first_line; /* 0: none */
	uint32_t chain;      /* next device + 1 in the same bucket */
};

enum { BSYNC_DEVICE_BUCKETS = 4096 };

struct bsync_store {
	struct bsync_base base;
	struct bsync_store_facts facts;
	char *name;
	struct bsync_key receipt_key;
	struct bsync_random random;
	int lock_fd;
	uint32_t life_count;
	struct bsync_life_span *lives;

	/* As the present group leaves them; bsync_writer_reload brings back what the database has. */
	bool in_group;
	bool is_broken; /* a rollback could not bring the caches back */
	bool is_marked; /* counter or stamp differ from the database */
	enum bsync_recovery recovery;
	uint64_t counter;
	int64_t stamp_high;
	int64_t due_next; /* 0: nothing waits */
	uint32_t line_capacity;
	struct bsync_line *lines; /* beside base.lines */
	uint32_t device_count, device_capacity;
	struct bsync_writer_device *devices;
	uint32_t device_buckets[BSYNC_DEVICE_BUCKETS]; /* index + 1 */
	struct bsync_scope_cache scopes;
	uint64_t serial; /* of the act */
	uint8_t *graves; /* BSYNC_GRAVE_BITS bits: a key whose bit is clear has no grave */
	bool has_graves;

	struct bsync_arena work;  /* of the act that runs */
	struct bsync_buffer meta; /* scratch for _bsync */
	struct bsync_buffer key;  /* scratch for a key */
	int wal_pages;

	/* What the group touched. */
	struct bsync_touched touched;
	uint32_t scope_capacity, worker_capacity, device_touch_capacity;
	/* Scopes that became known or changed members: changesets that wait for them are tried again. */
	uint32_t retry_count, retry_capacity;
	struct bsync_scope **retry;
	char error[BSYNC_REASON_SIZE];
	char refusal[BSYNC_REASON_SIZE]; /* bsync_store_refusal */
};

/* What a change did to a row of a table on which memberships depend; images by column index, NULL: no row. */
struct bsync_effect {
	struct bsync_table_sql *sql;
	const struct bsync_value *before, *after;
};

/* Work that was not taken, and the scope that shows it. */
struct bsync_untaken {
	const char *kind, *reason; /* static */
	const struct bsync_table *table;
	struct bsync_scope *scope; /* NULL: none */
};

struct bsync_named;

struct bsync_act {
	struct bsync_store *store;
	const struct bsync_changeset *set; /* NULL when the store itself acts */
	struct bsync_version version;
	struct bsync_worker_id author;
	uint64_t confirmed; /* the device's cursor: cuts bases */
	uint64_t base;      /* of the changeset, cut */
	int64_t now_ms;
	uint64_t serial;
	bool is_store;      /* the store's own act: nobody judges it */
	bool is_careful;    /* rows of inserts are looked up first */
	bool is_protected;  /* a savepoint stands */
	bool has_foundings; /* the scopes its root rows found are marked */
	bool is_merged;
	bool has_conflict;
	uint32_t item_count;
	char reason[BSYNC_REASON_SIZE];      /* BSYNC_INVALID, BSYNC_AGAIN */
	char item_reason[BSYNC_REASON_SIZE]; /* of the first item */
	uint32_t untaken_count, untaken_capacity;
	struct bsync_untaken *untaken;
	uint32_t unknown_count, unknown_capacity;
	struct bsync_scope **unknown; /* BSYNC_AGAIN: what it waits for; in the arena */
	uint32_t effect_count, effect_capacity;
	struct bsync_effect *effects;
	uint32_t named_count, named_capacity;
	struct bsync_named *named; /* rows whose references are looked at when all is done (reference.h) */
	uint32_t touch_count, touch_capacity;
	struct bsync_scope **touches; /* scopes whose last_counter becomes this act's */
	uint32_t created_count, created_capacity;
	struct bsync_scope **created; /* scopes that got their number in this act */
};

/* Makes an array in the arena one longer; false when memory ran out.  `array` points to the pointer. */
bool bsync_act_grow(struct bsync_act *act, void *array, uint32_t count, uint32_t *capacity, size_t size);

/* Says why a changeset cannot be taken; returns BSYNC_INVALID. */
enum bsync_result bsync_act_refuse(struct bsync_act *act, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Starts an act at the next position; the arena is emptied. */
void bsync_act_begin(struct bsync_act *act, struct bsync_store *store, uint32_t line, uint64_t seq, int64_t stamp_ms,
		     int64_t now_ms);
/* Sets the act's savepoint, once; nothing may be written before, unless the writer knows how to take it back. */
BSYNC_CHECKED enum bsync_result bsync_act_protect(struct bsync_act *act);
/* Keeps what it did: memberships that follow, scopes, position. */
BSYNC_CHECKED enum bsync_result bsync_act_end(struct bsync_act *act);
/* Undoes all since the savepoint, caches included. */
BSYNC_CHECKED enum bsync_result bsync_act_undo(struct bsync_act *act);

/* An act of the store itself: begun on line 0.  bsync_act_store_end writes its receipt too. */
BSYNC_CHECKED enum bsync_result bsync_act_store_begin(struct bsync_act *act, struct bsync_store *store, int64_t now_ms);
BSYNC_CHECKED enum bsync_result bsync_act_store_end(struct bsync_act *act, const char *what);

/* Notes what must be done at the end. */
BSYNC_CHECKED enum bsync_result bsync_act_touch(struct bsync_act *act, struct bsync_scope *scope);
BSYNC_CHECKED enum bsync_result bsync_act_effect(struct bsync_act *act, struct bsync_table_sql *sql,
						 const struct bsync_value *before, const struct bsync_value *after);

/* The device, or NULL. */
struct bsync_writer_device *bsync_writer_device(struct bsync_store *store, const struct bsync_device_id *id);
/* The number of a device's line; 0: the store does not know it. */
uint32_t bsync_writer_line(struct bsync_store *store, const struct bsync_writer_device *device,
			   const struct bsync_line_id *line);
BSYNC_CHECKED enum bsync_result bsync_writer_line_add(struct bsync_store *store, struct bsync_writer_device *device,
						      const struct bsync_line_info *line, uint32_t *no);
BSYNC_CHECKED enum bsync_result bsync_writer_line_save(struct bsync_store *store, uint32_t no);
/* Brings counters, lines, devices and the filter of graves to what the database has, and empties the caches. */
BSYNC_CHECKED enum bsync_result bsync_writer_reload(struct bsync_store *store);
/* Learns of devices and lines added since. */
BSYNC_CHECKED enum bsync_result bsync_writer_extend(struct bsync_store *store);

/* False: there is no grave with this key. */
bool bsync_writer_grave_possible(const struct bsync_store *store, uint32_t table_no, struct bsync_bytes key);
void bsync_writer_grave_note(struct bsync_store *store, uint32_t table_no, struct bsync_bytes key);

/* For bsync_touched. */
BSYNC_CHECKED enum bsync_result bsync_writer_touch_worker(struct bsync_store *store,
							  const struct bsync_worker_id *worker);
BSYNC_CHECKED enum bsync_result bsync_writer_touch_device(struct bsync_store *store,
							  const struct bsync_device_id *device);
/* For another try of the changesets that wait for `scope`. */
BSYNC_CHECKED enum bsync_result bsync_writer_retry_note(struct bsync_store *store, struct bsync_scope *scope);

#endif
