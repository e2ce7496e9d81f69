#include "tests/support/fault_alloc.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "core/identity.h"

static uint64_t counted, hits, passing = UINT64_MAX;
static bool is_lasting;
static fault_alloc_watcher *watching;
static void *watching_context;
static int64_t live;
extern volatile int fault_spare_depth; /* fault_spare.h */

/* The call of a library that runs now, and whether it is SQLite's. */
struct call {
	uint32_t number;
	bool is_sqlite;
};
static struct call call;
static uint32_t call_count, *record;
static uint64_t record_max;
static int sqlite_depth; /* above 0: SQLite itself allocates */
static sqlite3_mem_methods plain;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *old);

void fault_alloc_plan(uint64_t skip, bool is_forever)
{
	counted = 0;
	hits = 0;
	passing = skip;
	is_lasting = is_forever;
}

void fault_alloc_stop(void)
{
	passing = UINT64_MAX;
}

void fault_alloc_watch(fault_alloc_watcher *watcher, void *context)
{
	watching = watcher;
	watching_context = context;
}

uint64_t fault_alloc_count(void)
{
	return counted;
}

uint64_t fault_alloc_hits(void)
{
	return hits;
}

int64_t fault_alloc_live(void)
{
	return live;
}

static void ask(uint64_t number)
{
	enum fault_alloc_fate fate = watching(watching_context, number);

	if (fate == FAULT_ALLOC_PASSES)
		return;
	passing = number;
	is_lasting = fate == FAULT_ALLOC_FAILS_FOR_EVER;
	watching = NULL;
}

static bool fails(void)
{
	if (fault_spare_depth > 0)
		return false;
	uint64_t number = counted++;

	if (record != NULL && number < record_max)
		record[number] = call.is_sqlite && sqlite_depth == 0 ? 0 : call.number;
	if (watching != NULL)
		ask(number);
	bool is_hit = is_lasting ? number >= passing : number == passing;

	hits += is_hit;
	return is_hit;
}

static void *taken(void *memory)
{
	live += memory != NULL && fault_spare_depth == 0;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	if (fails())
		return NULL;
	return old == NULL ? taken(__real_realloc(old, size)) : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = __wrap_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void __wrap_free(void *old)
{
	live -= old != NULL && fault_spare_depth == 0;
	__real_free(old);
}

/* --- Which call it is in --- */

void fault_alloc_record(uint32_t *calls, uint64_t max)
{
	record = calls;
	record_max = max;
}

static void *sqlite_malloc(int size)
{
	sqlite_depth++;
	void *memory = plain.xMalloc(size);
	sqlite_depth--;
	return memory;
}

static void *sqlite_realloc(void *old, int size)
{
	sqlite_depth++;
	void *memory = plain.xRealloc(old, size);
	sqlite_depth--;
	return memory;
}

void fault_alloc_register(void)
{
	sqlite3_mem_methods methods;

	if (plain.xMalloc != NULL)
		return;
	int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain);
	assert(code == SQLITE_OK);
	methods = plain;
	methods.xMalloc = sqlite_malloc;
	methods.xRealloc = sqlite_realloc;
	code = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
	assert(code == SQLITE_OK);
	(void)code;
}

static struct call enter(bool is_sqlite)
{
	struct call outer = call;

	call = (struct call){++call_count, is_sqlite};
	return outer;
}

/* WRAPPED(is_sqlite, type, name, parameters, arguments): a call that is entered and left. */
#define WRAPPED(is_sqlite, type, name, parameters, arguments) \
	type __real_##name parameters;                        \
	type __wrap_##name parameters;                        \
	type __wrap_##name parameters                         \
	{                                                     \
		struct call outer = enter(is_sqlite);         \
		type result = __real_##name arguments;        \
		call = outer;                                 \
		return result;                                \
	}

WRAPPED(true, int, sqlite3_open_v2, (const char *path, sqlite3 **db, int flags, const char *vfs),
	(path, db, flags, vfs))
WRAPPED(true, int, sqlite3_prepare_v2,
	(sqlite3 * db, const char *sql, int size, sqlite3_stmt **statement, const char **tail),
	(db, sql, size, statement, tail))
WRAPPED(true, int, sqlite3_prepare_v3,
	(sqlite3 * db, const char *sql, int size, unsigned flags, sqlite3_stmt **statement, const char **tail),
	(db, sql, size, flags, statement, tail))
WRAPPED(true, int, sqlite3_step, (sqlite3_stmt * statement), (statement))
WRAPPED(true, int, sqlite3_exec,
	(sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *context, char **error),
	(db, sql, row, context, error))

#define OURS enum bsync_result
WRAPPED(false, OURS, bsync_signing_key_make, (const struct bsync_random *random, struct bsync_signing_key **out),
	(random, out))
WRAPPED(false, OURS, bsync_signing_key_parse, (struct bsync_bytes der, struct bsync_signing_key **out), (der, out))
WRAPPED(false, OURS, bsync_sign,
	(const struct bsync_signing_key *key, struct bsync_bytes message, uint8_t signature[BSYNC_SIGNATURE_SIZE]),
	(key, message, signature))
WRAPPED(false, OURS, bsync_verify_key_parse, (struct bsync_bytes der, struct bsync_verify_key **out), (der, out))
WRAPPED(false, OURS, bsync_verify,
	(const struct bsync_verify_key *key, struct bsync_bytes message, struct bsync_bytes signature),
	(key, message, signature))
WRAPPED(false, OURS, bsync_certificate_issue,
	(const struct bsync_certificate_request *request, const struct bsync_signing_key *ca_key,
	 struct bsync_bytes ca_certificate, struct bsync_buffer *der),
	(request, ca_key, ca_certificate, der))
