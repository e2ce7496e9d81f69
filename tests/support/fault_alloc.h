/* fault_alloc.h: an allocator that counts, and fails where it is told to.
 *
 * Stands in front of malloc, calloc, realloc, strdup and free of everything that is linked into the program as object
 * files or static libraries: our code, the test itself, mbedtls and SQLite (whose default allocator is malloc; what it
 * takes from a connection's lookaside memory is no allocation).  Not of shared libraries: libc, msgpack, zstd, sodium, uv;
 * what those take and give back by themselves is neither counted nor failed.  A program that includes this links with
 * `buurtsync_fault_alloc`, which renames the calls at link time, so it works under the sanitizers too.
 *
 * One thread at a time. */
#ifndef BSYNC_TESTS_SUPPORT_FAULT_ALLOC_H
#define BSYNC_TESTS_SUPPORT_FAULT_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

/* Counts from 0 again and lets `skip` allocations pass; then one fails, or all that come. */
void fault_alloc_plan(uint64_t skip, bool is_forever);
/* Asks `watcher` before each allocation, numbered as by the plan: whether it passes, fails, or fails as all that follow
 * will.  What fails once is the plan from then on, and nobody is asked any more.  NULL ends it. */
enum fault_alloc_fate { FAULT_ALLOC_PASSES, FAULT_ALLOC_FAILS, FAULT_ALLOC_FAILS_FOR_EVER };
typedef enum fault_alloc_fate fault_alloc_watcher(void *context, uint64_t number);
void fault_alloc_watch(fault_alloc_watcher *watcher, void *context);
/* No allocation fails any more; what has been counted stays. */
void fault_alloc_stop(void);
/* Allocations since the plan, and how many of them failed. */
uint64_t fault_alloc_count(void);
uint64_t fault_alloc_hits(void);
/* Allocations that have not been freed, since the program began. */
int64_t fault_alloc_live(void);

/* Writes down, of each allocation to come, in which call of SQLite or mbedtls it is made: a number for each such call, 0
 * where our own code takes it.  At most `max` of them; NULL ends it.  SQLite's calls here are open, prepare, step and
 * exec; mbedtls' are making, reading and using a key, and issuing a certificate. */
void fault_alloc_record(uint32_t *calls, uint64_t max);
/* To be called before SQLite is first used: tells its own allocations from those of functions that it calls. */
void fault_alloc_register(void);

#endif
