#include "daemon/options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)

/* The option that `argument` names; `*value` gets what follows an equals sign, else NULL. */
static const struct bsync_option *match(const char *argument, const struct bsync_option *options, size_t count,
					const char **value)
{
	if (strncmp(argument, "--", 2) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(options[i].name);

		assert((options[i].value == NULL) != (options[i].flag == NULL));
		if (strncmp(argument + 2, options[i].name, size) != 0)
			continue;
		if (argument[2 + size] == '\0' || argument[2 + size] == '=') {
			*value = argument[2 + size] == '=' ? argument + 3 + size : NULL;
			return &options[i];
		}
	}
	return NULL;
}

enum bsync_result bsync_options_take(int *count, const char **arguments, const struct bsync_option *options,
				     size_t option_count, char error[BSYNC_OPTIONS_ERROR_SIZE])
{
	int kept = 0;

	for (int i = 0; i < *count; i++) {
		const char *value = NULL;
		const struct bsync_option *option = match(arguments[i], options, option_count, &value);

		if (option == NULL) {
			arguments[kept++] = arguments[i];
			continue;
		}
		assert(option->flag != NULL || option->value != NULL);
		if (option->flag != NULL && value == NULL) {
			*option->flag = true;
			continue;
		}
		if (option->value != NULL && value == NULL && i + 1 < *count)
			value = arguments[++i];
		if (option->flag != NULL || value == NULL) {
			snprintf(error, BSYNC_OPTIONS_ERROR_SIZE, "--%s %s", option->name,
				 option->flag != NULL ? "takes no value" : "needs a value");
			return BSYNC_INVALID;
		}
		*option->value = value;
	}
	*count = kept;
	return BSYNC_OK;
}

const char *bsync_options_left(int count, const char *const *arguments)
{
	for (int i = 0; i < count; i++) {
		if (arguments[i][0] == '-' && arguments[i][1] != '\0')
			return arguments[i];
	}
	return NULL;
}

bool bsync_options_age(const char *text, int64_t *age_ms)
{
	char *end;
	long number = strtol(text, &end, 10);
	int64_t unit_ms;

	if (end == text || number < 0 || number > 100000 || strlen(end) != 1)
		return false;
	switch (*end) {
	case 'd':
		unit_ms = 24 * HOUR_MS;
		break;
	case 'h':
		unit_ms = HOUR_MS;
		break;
	case 'm':
		unit_ms = HOUR_MS / 60;
		break;
	case 's':
		unit_ms = 1000;
		break;
	default:
		return false;
	}
	*age_ms = number * unit_ms;
	return true;
}
