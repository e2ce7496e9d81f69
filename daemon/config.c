#include "daemon/config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/disk.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_LEVEL };
enum { FILE_SIZE_MAX = 65536, LINE_SIZE_MAX = 1024 };

struct option {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *initial;
	uint64_t least, most;
	const char *help;
};

#define INITIAL_TEXT(initial) initial
#define INITIAL_NUMBER(initial) #initial
#define INITIAL_LEVEL(initial) initial
static const struct option options[] = {
#define X(name, kind, initial, least, most, help) \
	{#name, KIND_##kind, offsetof(struct bsync_config, name), INITIAL_##kind(initial), least, most, help},
	BSYNC_CONFIG_OPTIONS(X)
#undef X
};
enum { OPTION_COUNT = sizeof options / sizeof options[0] };

static void *place(struct bsync_config *config, const struct option *option)
{
	return (char *)config + option->offset;
}

static bool is_address(const char *name)
{
	return strcmp(name, "listen") == 0 || strcmp(name, "public_address") == 0;
}

static enum bsync_result set_text(char *out, const struct option *option, const char *value, char *error)
{
	char host[BSYNC_CONFIG_TEXT_SIZE];
	uint16_t port;

	if (strlen(value) >= BSYNC_CONFIG_TEXT_SIZE) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "the value of %s is too long: at most %d characters",
			 option->name, BSYNC_CONFIG_TEXT_SIZE - 1);
		return BSYNC_INVALID;
	}
	if (is_address(option->name) && (value[0] != '\0' || option->initial[0] != '\0') &&
	    !bsync_config_address(value, host, &port)) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "%s is not HOST:PORT: %.100s", option->name, value);
		return BSYNC_INVALID;
	}
	memcpy(out, value, strlen(value) + 1);
	return BSYNC_OK;
}

static enum bsync_result set_number(uint64_t *out, const struct option *option, const char *value, char *error)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < option->least ||
	    number > option->most) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE,
			 "%s must be a number from %" PRIu64 " to %" PRIu64 ", not %.60s", option->name, option->least,
			 option->most, value);
		return BSYNC_INVALID;
	}
	*out = number;
	return BSYNC_OK;
}

static enum bsync_result set(struct bsync_config *config, const struct option *option, const char *value, char *error)
{
	switch (option->kind) {
	case KIND_TEXT:
		return set_text(place(config, option), option, value, error);
	case KIND_NUMBER:
		return set_number(place(config, option), option, value, error);
	case KIND_LEVEL:
		if (bsync_log_level_parse(value, place(config, option)))
			return BSYNC_OK;
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "%s must be error, warning, info or debug, not %.60s",
			 option->name, value);
		return BSYNC_INVALID;
	}
	return BSYNC_INVALID;
}

static int find(const char *name)
{
	for (int i = 0; i < (int)OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) == 0)
			return i;
	}
	return -1;
}

void bsync_config_init(struct bsync_config *config)
{
	char error[BSYNC_CONFIG_ERROR_SIZE];

	memset(config, 0, sizeof *config);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		enum bsync_result result = set(config, &options[i], options[i].initial, error);

		assert(result == BSYNC_OK);
	}
}

enum bsync_result bsync_config_set(struct bsync_config *config, const char *name, const char *value,
				   char error[BSYNC_CONFIG_ERROR_SIZE])
{
	int index = find(name);

	if (index < 0) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "there is no option %.60s", name);
		return BSYNC_INVALID;
	}
	return set(config, &options[index], value, error);
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && strchr(" \t\r", end[-1]) != NULL)
		*--end = '\0';
	return text + strspn(text, " \t\r");
}

/* Sets what one line says; `seen` has a flag for each option. */
static enum bsync_result parse_line(struct bsync_config *config, char *line, bool *seen, char *error)
{
	char *comment = strchr(line, '#');
	char *equals;
	char *name;
	int index;

	if (comment != NULL)
		*comment = '\0';
	line = trim(line);
	if (*line == '\0')
		return BSYNC_OK;
	equals = strchr(line, '=');
	if (equals == NULL) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "this is no `key = value`: %.60s", line);
		return BSYNC_INVALID;
	}
	*equals = '\0';
	name = trim(line);
	index = find(name);
	if (index >= 0 && seen[index]) {
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "%s is set twice: remove one of the lines", name);
		return BSYNC_INVALID;
	}
	if (index >= 0)
		seen[index] = true;
	return bsync_config_set(config, name, trim(equals + 1), error);
}

enum bsync_result bsync_config_parse(struct bsync_config *config, struct bsync_bytes text, const char *path,
				     char error[BSYNC_CONFIG_ERROR_SIZE])
{
	bool seen[OPTION_COUNT] = {false};
	unsigned number = 0;

	while (text.size > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
		char why[BSYNC_CONFIG_ERROR_SIZE] = "the line is too long or holds a NUL";
		char line[LINE_SIZE_MAX];
		enum bsync_result result = BSYNC_INVALID;

		number++;
		if (size < sizeof line && memchr(text.data, '\0', size) == NULL) {
			memcpy(line, text.data, size);
			line[size] = '\0';
			result = parse_line(config, line, seen, why);
		}
		if (result != BSYNC_OK) {
			snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "%.100s:%u: %.180s", path, number, why);
			return result;
		}
		if (end == NULL)
			break;
		text.data += size + 1;
		text.size -= size + 1;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_config_load(struct bsync_config *config, const char *folder,
				    char error[BSYNC_CONFIG_ERROR_SIZE])
{
	char path[BSYNC_PATH_SIZE];
	struct bsync_buffer text;
	enum bsync_result result;

	bsync_config_init(config);
	bsync_buffer_init(&text, FILE_SIZE_MAX);
	result = bsync_disk_path(path, folder, BSYNC_CONFIG_FILE);
	if (result == BSYNC_OK)
		result = bsync_disk_read(path, &text);
	if (result == BSYNC_OK)
		result = bsync_config_parse(config, bsync_buffer_bytes(&text), path, error);
	else
		snprintf(error, BSYNC_CONFIG_ERROR_SIZE, "cannot read %.150s: %s; `buurtsyncd init` makes it", path,
			 bsync_result_text(result));
	bsync_buffer_clear(&text);
	return result;
}

static void print_value(const struct bsync_config *config, const struct option *option, char *value, size_t size)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	const void *at = (const char *)config + option->offset;

	switch (option->kind) {
	case KIND_TEXT:
		snprintf(value, size, "%s", (const char *)at);
		return;
	case KIND_NUMBER:
		snprintf(value, size, "%" PRIu64, *(const uint64_t *)at);
		return;
	case KIND_LEVEL:
		snprintf(value, size, "%s", levels[*(const enum bsync_log_level *)at]);
		return;
	}
}

enum bsync_result bsync_config_print(const struct bsync_config *config, struct bsync_buffer *out)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char line[LINE_SIZE_MAX];
		char value[BSYNC_CONFIG_TEXT_SIZE];
		enum bsync_result result;
		bool is_initial;
		int size;

		print_value(config, &options[i], value, sizeof value);
		is_initial = strcmp(value, options[i].initial) == 0;
		size = snprintf(line, sizeof line, "# %s\n%s%s = %s\n", options[i].help, is_initial ? "#" : "",
				options[i].name, value);
		assert(size > 0 && (size_t)size < sizeof line);
		result = bsync_buffer_append(out, line, (size_t)size);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

bool bsync_config_address(const char *address, char host[BSYNC_CONFIG_TEXT_SIZE], uint16_t *port)
{
	const char *colon = strrchr(address, ':');
	size_t size = colon != NULL ? (size_t)(colon - address) : 0;
	unsigned long number;
	char *end;

	if (size == 0 || size >= BSYNC_CONFIG_TEXT_SIZE || colon[1] < '0' || colon[1] > '9')
		return false;
	number = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || number > UINT16_MAX)
		return false;
	if (address[0] == '[') {
		if (size < 3 || address[size - 1] != ']')
			return false;
		address++;
		size -= 2;
	} else if (memchr(address, ':', size) != NULL) {
		return false;
	}
	memcpy(host, address, size);
	host[size] = '\0';
	*port = (uint16_t)number;
	return true;
}
