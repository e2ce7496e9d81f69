/* main.c: the command line of a device: finds the verb and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/cli/cli.h"

static const char help[] =
	"usage: buurtsync --dir C VERB [ARGUMENTS]\n"
	"\n"
	"  enroll CODE [--server HOST:PORT]   make C this device's directory, with a one-time code of the operator\n"
	"  sync [--timeout S]                 hand in everything and fetch everything; 0 only when both are done (30 s)\n"
	"  agent                              keep in step until SIGTERM or SIGINT; prints `ready` once it runs\n"
	"  status [--json]                    what is handed in, what waits, how the last contact went\n"
	"  sql 'SQL' [--base POSITION]        ordinary SQL, several statements with ; between them; rows as JSON lines;\n"
	"                                     functions uuid() and me(); POSITION: the cursor that was on screen\n"
	"  pending list [--json]              what is not handed in yet\n"
	"  inbox list [--all] [--json]        what waits for you, with --all or --json for colleagues too; in words, Dutch where\n"
	"                                     LANG or BUURTSYNC_LANG is nl\n"
	"  inbox show ID [--json]             one item of it: who wrote what and when, and what one can do\n"
	"  inbox resolve ID --take N|mine|theirs   choose one of the values that an item shows\n"
	"  inbox resolve ID --take none       leave aside what was handed in (of another item than a conflict)\n"
	"  inbox resolve ID --value V         give another value\n"
	"  history TABLE ID [--timeout S]     the values of a row, replaced and standing: a line of JSON a value\n"
	"  receipts TABLE ID [--timeout S]    how far this device's own writes to a row have come, and on whose devices they\n"
	"                                     are: a line of JSON each; both ask the server (5 s), and else tell what is here\n"
	"  quarantine list [--json]           what the server has set aside, and why, in words as the inbox\n"
	"  quarantine export SEQ FILE         one of those in full, as JSON, into a new file (mode 0600)\n"
	"  quarantine retry SEQ [--timeout S] has the server try it again (30 s)\n"
	"  quarantine drop SEQ                gives it up, to write it anew: nothing waits behind it any more\n"
	"\n"
	"  --dir C       the device's directory; BUURTSYNC_DIR when it is not given\n"
	"  --help, --version\n"
	"\n"
	"ID of a row: the columns of its key with / between them: a blob as hex digits, an integer in digits, text as it\n"
	"is with /, % and control characters written as %XX.  `inbox list` shows it as `row`.  Blobs are lower-case hex,\n"
	"times in JSON are milliseconds since 1970 (UTC).\n"
	"\n"
	"exit status: 0 done, 1 failed, 2 usage, 3 configuration, 4 storage, 5 key, 6 written by a newer version\n";

static const struct {
	const char *name;
	int (*run)(struct bsync_cli *cli);
} verbs[] = {
	{"enroll", bsync_cli_enroll},         {"sync", bsync_cli_sync},       {"agent", bsync_cli_agent},
	{"status", bsync_cli_status},         {"sql", bsync_cli_sql},         {"pending", bsync_cli_pending},
	{"inbox", bsync_cli_inbox},           {"history", bsync_cli_history}, {"receipts", bsync_cli_receipts},
	{"quarantine", bsync_cli_quarantine},
};

/* What was asked for has to arrive: a full disk or a closed pipe is a failure. */
static int finish(int status)
{
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && status == BSYNC_EXIT_DONE)
		return bsync_cli_fail(BSYNC_EXIT_FAILED, "the output cannot be written; is its disk full?");
	return status;
}

/* Reads the options before the verb: the index of the verb, or minus the exit status minus 1. */
static int read_options(struct bsync_cli *cli, int count, char **arguments)
{
	int at = 1;
	for (; at < count && arguments[at][0] == '-'; at++) {
		if (strcmp(arguments[at], "--help") == 0 || strcmp(arguments[at], "-h") == 0) {
			fputs(help, stdout);
			return -1 - finish(BSYNC_EXIT_DONE);
		}
		if (strcmp(arguments[at], "--version") == 0) {
			printf("buurtsync %s\n", bsync_version_text());
			return -1 - finish(BSYNC_EXIT_DONE);
		}
		if (strncmp(arguments[at], "--dir=", 6) == 0)
			cli->directory = arguments[at] + 6;
		else if (strcmp(arguments[at], "--dir") == 0 && at + 1 < count)
			cli->directory = arguments[++at];
		else
			return -1 - bsync_cli_fail(BSYNC_EXIT_USAGE,
						   "%s: not an option, or its value is missing; see "
						   "buurtsync --help",
						   arguments[at]);
	}
	if (at >= count)
		return -1 - bsync_cli_fail(BSYNC_EXIT_USAGE, "what to do is missing; see buurtsync --help");
	return at;
}

int main(int count, char **arguments)
{
	struct bsync_cli cli = {.directory = getenv("BUURTSYNC_DIR")};
	int at = read_options(&cli, count, arguments);
	if (at < 0)
		return -at - 1;
	cli.count = count - at - 1;
	cli.arguments = arguments + at + 1;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, arguments[at]) == 0)
			return finish(verbs[i].run(&cli));
	return bsync_cli_fail(BSYNC_EXIT_USAGE, "this version has no verb %.40s; see buurtsync --help", arguments[at]);
}
