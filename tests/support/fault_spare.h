/* fault_spare.h: memory of the test's own machinery, which fault_alloc.h neither counts nor fails.
 *
 * To be included last, by code that stands in for the machine below the code under test. */
#ifndef BSYNC_TESTS_SUPPORT_FAULT_SPARE_H
#define BSYNC_TESTS_SUPPORT_FAULT_SPARE_H

#include <stdlib.h>
#include <string.h>

void *fault_spare_malloc(size_t size);
void *fault_spare_calloc(size_t count, size_t size);
void *fault_spare_realloc(void *old, size_t size);
char *fault_spare_strdup(const char *text);
void fault_spare_free(void *old);

/* Above 0 while such a call runs. */
extern volatile int fault_spare_depth;

#define malloc fault_spare_malloc
#define calloc fault_spare_calloc
#define realloc fault_spare_realloc
#undef strdup
#define strdup fault_spare_strdup
#define free fault_spare_free

#endif
