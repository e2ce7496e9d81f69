#include "client-sdk/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int bsync_cli_fail(int status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fflush(stdout);
	fputs("buurtsync: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	return status;
}

int bsync_cli_error(const struct bsync_error *error)
{
	int status = BSYNC_EXIT_FAILED;
	switch (error->code) {
	case BSYNC_E_MISUSE:
		status = BSYNC_EXIT_USAGE;
		break;
	case BSYNC_E_STORAGE:
	case BSYNC_E_FULL:
		status = BSYNC_EXIT_STORAGE;
		break;
	case BSYNC_E_KEY:
		status = BSYNC_EXIT_KEY;
		break;
	case BSYNC_E_NEWER:
		status = BSYNC_EXIT_NEWER;
		break;
	default:
		break;
	}
	return bsync_cli_fail(status, "%s", error->text);
}

/* "--word" is an option; "-- a comment" and "-1" are words. */
static bool looks_like_option(const char *argument)
{
	return strncmp(argument, "--", 2) == 0 && argument[2] >= 'a' && argument[2] <= 'z' &&
	       strspn(argument + 2, "abcdefghijklmnopqrstuvwxyz-") == strcspn(argument + 2, "=");
}

/* Takes the option at `*at`; false after an error. */
static bool take_option(struct bsync_cli *cli, const struct bsync_cli_option *options, int *at)
{
	char *argument = cli->arguments[*at];
	size_t size = strcspn(argument, "=");
	for (; options->name != NULL; options++) {
		if (strlen(options->name) != size || strncmp(options->name, argument, size) != 0)
			continue;
		if (options->is_set != NULL && argument[size] == '\0') {
			*options->is_set = true;
			return true;
		}
		if (options->value != NULL && argument[size] == '=') {
			*options->value = argument + size + 1;
			return true;
		}
		if (options->value != NULL && *at + 1 < cli->count) {
			*options->value = cli->arguments[++*at];
			return true;
		}
		bsync_cli_fail(BSYNC_EXIT_USAGE, "%s: a value is %s; see buurtsync --help", argument,
			       options->value != NULL ? "missing" : "not taken");
		return false;
	}
	bsync_cli_fail(BSYNC_EXIT_USAGE, "%s is not an option of this verb; see buurtsync --help", argument);
	return false;
}

bool bsync_cli_parse(struct bsync_cli *cli, const struct bsync_cli_option *options, int words_min, int words_max)
{
	int words = 0;
	for (int i = 0; i < cli->count; i++) {
		if (looks_like_option(cli->arguments[i])) {
			if (!take_option(cli, options, &i))
				return false;
		} else if (words < words_max && words < BSYNC_CLI_WORDS_MAX) {
			cli->words[words++] = cli->arguments[i];
		} else {
			bsync_cli_fail(BSYNC_EXIT_USAGE, "%.80s is one argument too many; see buurtsync --help",
				       cli->arguments[i]);
			return false;
		}
	}
	if (words < words_min)
		bsync_cli_fail(BSYNC_EXIT_USAGE, "an argument is missing; see buurtsync --help");
	return words >= words_min;
}

int bsync_cli_timeout(const char *text, int seconds_default)
{
	enum { SECONDS_MAX = 86400 };
	char *end = NULL;
	if (text == NULL)
		return seconds_default * 1000;
	errno = 0;
	double seconds = strtod(text, &end);
	if (errno == 0 && end != text && *end == '\0' && seconds >= 0 && seconds <= SECONDS_MAX)
		return (int)(seconds * 1000);
	bsync_cli_fail(BSYNC_EXIT_USAGE, "--timeout %.40s is not a number of seconds up to %d", text, SECONDS_MAX);
	return -1;
}

struct bsync_client *bsync_cli_open(const struct bsync_cli *cli, int *status)
{
	struct bsync_client *client = NULL;
	struct bsync_error error;
	if (cli->directory == NULL) {
		*status = bsync_cli_fail(
			BSYNC_EXIT_USAGE,
			"no directory: give --dir C, or set BUURTSYNC_DIR, to say which device this is");
		return NULL;
	}
	int code = bsync_open(cli->directory, &client, &error);
	if (code != BSYNC_DONE)
		*status = bsync_cli_error(&error);
	if (code == BSYNC_E_NOT_FOUND)
		*status = BSYNC_EXIT_CONFIG;
	return client;
}

const char *bsync_cli_time(long long ms, char text[BSYNC_CLI_TIME_SIZE])
{
	struct tm parts;
	time_t seconds = (time_t)(ms / 1000);
	if (ms == 0 || localtime_r(&seconds, &parts) == NULL ||
	    strftime(text, BSYNC_CLI_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		snprintf(text, BSYNC_CLI_TIME_SIZE, "never");
	return text;
}
