/* vectors.h: reads the golden bytes of schema/vectors/.
 *
 * A file has one value a line, `name: hex digits`; lines that begin with # explain. */
#ifndef BSYNC_TESTS_SUPPORT_VECTORS_H
#define BSYNC_TESTS_SUPPORT_VECTORS_H

#include <stdio.h>
#include <string.h>

#include "tests/support/hex.h"

/* Reads the value `name` of schema/vectors/`file` into `out`; returns its size, 0 when it is not there. */
static inline size_t vector_read(const char *file, const char *name, uint8_t *out, size_t max)
{
	char path[512];
	static char line[65536];
	size_t size = 0;
	const size_t name_size = strlen(name);

	snprintf(path, sizeof(path), "%s/schema/vectors/%s", BSYNC_SOURCE_DIR, file);
	FILE *stream = fopen(path, "r");
	if (stream == NULL)
		return 0;
	while (size == 0 && fgets(line, sizeof(line), stream) != NULL) {
		if (strncmp(line, name, name_size) == 0 && line[name_size] == ':')
			size = hex_decode(line + name_size + 1, out, max);
	}
	fclose(stream);
	return size;
}

#endif
