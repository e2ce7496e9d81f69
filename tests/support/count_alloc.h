/* count_alloc.h: counts the allocations of a test program and makes one of them fail.
 *
 * Stands in front of the C library's malloc; include it in the one file of a program.  The sanitizers bring an allocator
 * of their own, so there COUNT_ALLOC is 0 and nothing is counted. */
#ifndef BSYNC_TESTS_SUPPORT_COUNT_ALLOC_H
#define BSYNC_TESTS_SUPPORT_COUNT_ALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNT_ALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNT_ALLOC 0
#endif
#endif
#ifndef COUNT_ALLOC
#define COUNT_ALLOC 1
#endif

/* Allocations so far, and the one (counted the same way, from 1) that fails; 0: none does. */
static size_t allocations;
static size_t allocation_to_fail;

#if COUNT_ALLOC
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static inline int allocation_fails(void)
{
	allocations++;
	return allocations == allocation_to_fail;
}

void *malloc(size_t size)
{
	return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return allocation_fails() ? NULL : __libc_realloc(old, size);
}
#endif

/* Makes the allocation `ahead` from here (1 is the next) fail; 0: none. */
static inline void allocation_fail(size_t ahead)
{
	allocation_to_fail = ahead == 0 ? 0 : allocations + ahead;
}

#endif
