/* own_loop.c: syncing driven by an application's own loop, here poll(2): no thread of the library.
 *
 * own_loop DIRECTORY SECONDS     prints each event, and the state at the end */
#include <buurtsync.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const names[] = {"none", "status", "rows", "inbox", "scope-left", "error"};

static void print_events(struct bsync_client *client)
{
	struct bsync_event event = BSYNC_EVENT_INIT;
	while (bsync_event_next(client, &event) == 1)
		if (event.kind >= 0 && event.kind <= BSYNC_EVENT_ERROR)
			printf("event %s %s\n", names[event.kind], event.text);
	fflush(stdout);
}

static int run(struct bsync_client *client, time_t end)
{
	struct bsync_error error;
	/* A real application watches its own descriptors in the same call. */
	struct pollfd watched = {bsync_fd(client), POLLIN, 0};
	while (watched.fd >= 0 && time(NULL) < end) {
		int timeout = bsync_timeout(client);
		if (timeout < 0 || timeout > 1000)
			timeout = 1000; /* to look at the clock */
		if (poll(&watched, 1, timeout) < 0 && errno != EINTR)
			return 1;
		if (bsync_dispatch(client, &error) != BSYNC_DONE) {
			fprintf(stderr, "own_loop: %s\n", error.text);
			return 1;
		}
		print_events(client);
	}
	print_events(client);
	return watched.fd < 0;
}

int main(int count, char **arguments)
{
	struct bsync_client *client = NULL;
	struct bsync_error error;
	struct bsync_status now = BSYNC_STATUS_INIT;
	if (count != 3) {
		fputs("usage: own_loop DIRECTORY SECONDS\n", stderr);
		return 2;
	}
	if (bsync_open(arguments[1], &client, &error) != BSYNC_DONE) {
		fprintf(stderr, "own_loop: %s\n", error.text);
		return 1;
	}
	int status = run(client, time(NULL) + strtol(arguments[2], NULL, 10));
	if (bsync_status(client, &now, &error) == BSYNC_DONE)
		printf("state %s cursor %s\n", now.state, now.cursor);
	bsync_close(client);
	return status;
}
