/* The verbs that talk to the server: enroll, sync, agent. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client-sdk/cli/cli.h"
#include "client-sdk/clock_text.h"

enum { ENROLL_MS = 60000, SYNC_SECONDS = 30, EVENTS_SECONDS = 1 };

int bsync_cli_enroll(struct bsync_cli *cli)
{
	const char *server = NULL;
	const struct bsync_cli_option options[] = {{"--server", &server, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 1))
		return BSYNC_EXIT_USAGE;
	if (cli->directory == NULL)
		return bsync_cli_fail(BSYNC_EXIT_USAGE,
				      "no directory: give --dir C, the directory this device will live in");
	struct bsync_error error;
	if (bsync_enrol(cli->directory, cli->words[0], server, ENROLL_MS, &error) != BSYNC_DONE)
		return bsync_cli_error(&error);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_status now = BSYNC_STATUS_INIT;
	if (bsync_status(client, &now, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	else
		printf("enrolled device %s for %s at %s\n", now.device, now.worker_name, now.organisation_name);
	bsync_close(client);
	return status;
}

/* Takes the events; of a clock that is far off it tells on stderr, of the rest the other verbs do. */
static void warn_of_clock(struct bsync_client *client)
{
	struct bsync_event event = BSYNC_EVENT_INIT;
	while (bsync_event_next(client, &event) == 1) {
		struct bsync_status now = BSYNC_STATUS_INIT;
		char text[BSYNC_CLOCK_TEXT_SIZE];
		if (event.kind != BSYNC_EVENT_CLOCK || bsync_status(client, &now, NULL) != BSYNC_DONE)
			continue;
		fprintf(stderr, "buurtsync: %s\n", bsync_clock_text(now.clock_drift_ms, bsync_language_here(), text));
	}
}

int bsync_cli_sync(struct bsync_cli *cli)
{
	const char *timeout = NULL;
	const struct bsync_cli_option options[] = {{"--timeout", &timeout, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 0, 0))
		return BSYNC_EXIT_USAGE;
	int timeout_ms = bsync_cli_timeout(timeout, SYNC_SECONDS);
	if (timeout_ms < 0)
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	if (bsync_sync(client, timeout_ms, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	warn_of_clock(client);
	bsync_close(client);
	return status;
}

int bsync_cli_agent(struct bsync_cli *cli)
{
	const struct bsync_cli_option options[] = {{NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 0, 0))
		return BSYNC_EXIT_USAGE;
	/* Blocked before any thread begins: the wait below is the only taker. */
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	if (bsync_start(client, &error) != BSYNC_DONE) {
		status = bsync_cli_error(&error);
	} else {
		const struct timespec look = {.tv_sec = EVENTS_SECONDS};
		printf("ready\n");
		fflush(stdout);
		while (sigtimedwait(&ends, NULL, &look) < 0)
			warn_of_clock(client);
	}
	bsync_close(client);
	return status;
}
