/* cli.h: what the verbs of `buurtsync` share: arguments, the client, errors and exit statuses.
 *
 * The program is a thin twin of the public interface; a verb is a function that returns the exit status. */
#ifndef BSYNC_CLIENT_CLI_CLI_H
#define BSYNC_CLIENT_CLI_CLI_H

#include <stdbool.h>

#include "client-sdk/include/buurtsync.h"

/* Fixed: people script against them. */
enum bsync_cli_exit {
	BSYNC_EXIT_DONE = 0,
	BSYNC_EXIT_FAILED = 1,
	BSYNC_EXIT_USAGE = 2,
	BSYNC_EXIT_CONFIG = 3,
	BSYNC_EXIT_STORAGE = 4,
	BSYNC_EXIT_KEY = 5,
	BSYNC_EXIT_NEWER = 6,
};

enum { BSYNC_CLI_WORDS_MAX = 4 };

/* An option of a verb: `value` gets what follows it; with `is_set` it takes nothing. */
struct bsync_cli_option {
	const char *name; /* "--timeout"; NULL ends a list */
	const char **value;
	bool *is_set;
};

struct bsync_cli {
	const char *directory;
	int count; /* arguments behind the verb */
	char **arguments;
	const char *words[BSYNC_CLI_WORDS_MAX]; /* those that are no options; NULL where there is none */
};

/* Sorts the arguments into options and words; false, after an error on stderr, when one is unknown, lacks its value, or
 * there are fewer or more words. */
bool bsync_cli_parse(struct bsync_cli *cli, const struct bsync_cli_option *options, int words_min, int words_max);

/* The value of --timeout, seconds with a fraction where wanted, in milliseconds; NULL: the default.  -1, after an error on
 * stderr, when it is not a time. */
int bsync_cli_timeout(const char *text, int seconds_default);

/* Opens the client; NULL after an error, with the exit status in `*status`. */
struct bsync_client *bsync_cli_open(const struct bsync_cli *cli, int *status);

/* Prints "buurtsync: text" as one line and returns `status`. */
int bsync_cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the error and returns the exit status of its code. */
int bsync_cli_error(const struct bsync_error *error);

/* Prints what a call of the public interface gave, and frees it; else the error.  Returns the exit status. */
int bsync_cli_print(int code, char *text, const struct bsync_error *error);

/* `list` of pending or quarantine. */
int bsync_cli_list_pending(struct bsync_cli *cli, bool is_quarantine);

/* Milliseconds as a local time for people; "never" for 0.  Returns `text`. */
enum { BSYNC_CLI_TIME_SIZE = 32 };
const char *bsync_cli_time(long long ms, char text[BSYNC_CLI_TIME_SIZE]);

int bsync_cli_enroll(struct bsync_cli *cli);
int bsync_cli_sync(struct bsync_cli *cli);
int bsync_cli_agent(struct bsync_cli *cli);
int bsync_cli_status(struct bsync_cli *cli);
int bsync_cli_sql(struct bsync_cli *cli);
int bsync_cli_pending(struct bsync_cli *cli);
int bsync_cli_inbox(struct bsync_cli *cli);
int bsync_cli_history(struct bsync_cli *cli);
int bsync_cli_receipts(struct bsync_cli *cli);
int bsync_cli_quarantine(struct bsync_cli *cli);

#endif
