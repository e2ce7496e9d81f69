#include "daemon/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum bsync_log_level level_max = BSYNC_LOG_INFO;

static const char *const words[] = {
	[BSYNC_LOG_ERROR] = "error",
	[BSYNC_LOG_WARNING] = "warning",
	[BSYNC_LOG_INFO] = "info",
	[BSYNC_LOG_DEBUG] = "debug",
};

/* sd-daemon(3): a number in angle brackets at the start of a line on stderr is its priority in the journal. */
static const char *const prefixes[] = {
	[BSYNC_LOG_ERROR] = "<3>",
	[BSYNC_LOG_WARNING] = "<4>",
	[BSYNC_LOG_INFO] = "<6>",
	[BSYNC_LOG_DEBUG] = "<7>",
};

void bsync_log_set_level(enum bsync_log_level level)
{
	level_max = level;
}

bool bsync_log_level_parse(const char *word, enum bsync_log_level *level)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(word, words[i]) == 0) {
			*level = (enum bsync_log_level)i;
			return true;
		}
	}
	return false;
}

/* systemd names the device and inode of the journal's stream in JOURNAL_STREAM; stderr may since be another. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device = 0;
	struct stat facts;
	char *end = NULL;

	if (stream == NULL || fstat(STDERR_FILENO, &facts) != 0)
		return false;
	device = strtoul(stream, &end, 10);
	return end != stream && *end == ':' && facts.st_dev == device && facts.st_ino == strtoul(end + 1, NULL, 10);
}

void bsync_log(enum bsync_log_level level, const char *format, ...)
{
	char line[BSYNC_LOG_LINE_MAX];
	const char *prefix = "";
	va_list arguments;
	size_t size;
	int wanted;

	if (level > level_max)
		return;
	if (is_journal())
		prefix = prefixes[level];
	size = (size_t)snprintf(line, sizeof line, "%s%s ", prefix, words[level]);
	va_start(arguments, format);
	wanted = vsnprintf(line + size, sizeof line - size - 1, format, arguments);
	va_end(arguments);
	if (wanted < 0)
		return;
	size += strlen(line + size);
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)line[i] < 0x20 || (unsigned char)line[i] >= 0x7f)
			line[i] = '?';
	}
	line[size++] = '\n';
	if (write(STDERR_FILENO, line, size) < 0)
		return; /* There is nobody left to tell. */
}

const char *bsync_log_quote(struct bsync_bytes text, char quoted[BSYNC_LOG_QUOTED_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	assert(text.data != NULL || text.size == 0);
	quoted[at++] = '"';
	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		if (at + sizeof "\\x00\"" > BSYNC_LOG_QUOTED_SIZE)
			break;
		if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
			quoted[at++] = (char)byte;
			continue;
		}
		quoted[at++] = '\\';
		quoted[at++] = 'x';
		quoted[at++] = digits[byte >> 4];
		quoted[at++] = digits[byte & 15];
	}
	quoted[at++] = '"';
	quoted[at] = '\0';
	return quoted;
}
