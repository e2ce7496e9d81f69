#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hex.h"

enum { PATH_SIZE = 512, LINE_SIZE = 512 };

/* Appends the digits before a comment; false when there were none. */
static bool line_take(char *line, struct bsync_buffer *out)
{
	uint8_t bytes[LINE_SIZE / 2];
	char *comment = strchr(line, '#');
	size_t size = 0;

	if (comment != NULL)
		*comment = '\0';
	size = hex_decode(line, bytes, sizeof(bytes));
	if (out != NULL && bsync_buffer_append(out, bytes, size) != BSYNC_OK)
		abort();
	return size != 0;
}

bool golden_read(const char *file, unsigned index, struct bsync_buffer *out)
{
	char path[PATH_SIZE];
	char line[LINE_SIZE];
	unsigned at = 0;
	bool has_begun = false;
	FILE *stream = NULL;

	snprintf(path, sizeof(path), "%s/schema/vectors/%s", BSYNC_SOURCE_DIR, file);
	stream = fopen(path, "r");
	if (stream == NULL)
		return false;
	while (at <= index && fgets(line, sizeof(line), stream) != NULL) {
		/* A blank line ends a vector. */
		if (line[0] == '\n')
			at++;
		else if (line_take(line, at == index ? out : NULL))
			has_begun = has_begun || at == index;
	}
	fclose(stream);
	return has_begun;
}
