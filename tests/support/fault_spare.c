#include <stdlib.h>
#include <string.h>

/* Volatile: compilers take it for granted that malloc looks at no variable. */
volatile int fault_spare_depth;

void *fault_spare_malloc(size_t size);
void *fault_spare_calloc(size_t count, size_t size);
void *fault_spare_realloc(void *old, size_t size);
char *fault_spare_strdup(const char *text);
void fault_spare_free(void *old);

void *fault_spare_malloc(size_t size)
{
	fault_spare_depth++;
	void *memory = malloc(size);
	fault_spare_depth--;
	return memory;
}

void *fault_spare_calloc(size_t count, size_t size)
{
	fault_spare_depth++;
	void *memory = calloc(count, size);
	fault_spare_depth--;
	return memory;
}

void *fault_spare_realloc(void *old, size_t size)
{
	fault_spare_depth++;
	void *memory = realloc(old, size);
	fault_spare_depth--;
	return memory;
}

char *fault_spare_strdup(const char *text)
{
	fault_spare_depth++;
	char *copy = strdup(text);
	fault_spare_depth--;
	return copy;
}

void fault_spare_free(void *old)
{
	fault_spare_depth++;
	free(old);
	fault_spare_depth--;
}
