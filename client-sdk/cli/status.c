/* The verb status: the snapshot of bsync_status, for scripts and for people. */
#include <inttypes.h>
#include <stdio.h>

#include "client-sdk/cli/cli.h"
#include "core/json.h"

enum { STATUS_SIZE_MAX = 65536 };

static void number(struct bsync_json *json, const char *name, int64_t value)
{
	bsync_json_name(json, name);
	bsync_json_integer(json, value);
}

static void text(struct bsync_json *json, const char *name, const char *value)
{
	bsync_json_named(json, name, value);
}

static void flag(struct bsync_json *json, const char *name, int value)
{
	bsync_json_name(json, name);
	bsync_json_bool(json, value != 0);
}

static void when(struct bsync_json *json, const char *name, int64_t ms)
{
	bsync_json_name(json, name);
	if (ms == 0)
		bsync_json_null(json);
	else
		bsync_json_integer(json, ms);
}

static void write_fields(struct bsync_json *json, const struct bsync_status *now)
{
	text(json, "state", now->state);
	text(json, "reason", now->reason);
	flag(json, "first_sync_done", now->first_sync_done);
	number(json, "pending_changes", now->pending_changes);
	number(json, "pending_bytes", now->pending_bytes);
	when(json, "oldest_pending_at", now->oldest_pending_at);
	number(json, "quarantined", now->quarantined);
	number(json, "unplaced", now->unplaced);
	number(json, "not_taken", now->not_taken);
	number(json, "conflicts_open", now->conflicts_open);
	when(json, "last_push_ok", now->last_push_ok);
	when(json, "last_pull_ok", now->last_pull_ok);
	when(json, "last_attempt", now->last_attempt);
	when(json, "next_attempt", now->next_attempt);
	text(json, "last_error", now->last_error);
	flag(json, "connected", now->connected);
	flag(json, "syncing", now->syncing);
	number(json, "clock_drift_ms", now->clock_drift_ms);
	number(json, "storage_free", now->storage_free);
	number(json, "server_epoch", now->server_epoch);
	number(json, "schema_version", now->schema_version);
	text(json, "cursor", now->cursor);
	text(json, "device", now->device);
	text(json, "worker", now->worker);
	text(json, "worker_name", now->worker_name);
	text(json, "organisation_name", now->organisation_name);
	text(json, "server", now->server);
	when(json, "restored_at", now->restored_at);
}

static int print_json(const struct bsync_status *now)
{
	struct bsync_buffer out;
	struct bsync_json json;
	bsync_buffer_init(&out, STATUS_SIZE_MAX);
	bsync_json_init(&json, &out);
	bsync_json_object(&json);
	write_fields(&json, now);
	bsync_json_object_end(&json);
	int status = BSYNC_EXIT_DONE;
	if (bsync_json_end(&json) == BSYNC_OK)
		fwrite(out.data, 1, out.size, stdout);
	else
		status = bsync_cli_fail(BSYNC_EXIT_FAILED, "memory ran out; close other programs and try again");
	bsync_buffer_clear(&out);
	return status;
}

static void print_lines(const struct bsync_status *now)
{
	char time[BSYNC_CLI_TIME_SIZE];
	printf("%s%s%s\n", now->state, now->reason[0] != '\0' ? ": " : "", now->reason);
	printf("worker          %s at %s, device %s\n", now->worker_name, now->organisation_name, now->device);
	printf("server          %s, %s\n", now->server, now->connected ? "connected" : "not connected");
	printf("not handed in   %" PRId64 " changes, %" PRId64 " bytes", now->pending_changes, now->pending_bytes);
	if (now->oldest_pending_at != 0)
		printf(", the oldest of %s", bsync_cli_time(now->oldest_pending_at, time));
	printf("\nset aside       %" PRId64 " quarantined, %" PRId64 " waiting for their scope\n", now->quarantined,
	       now->unplaced);
	if (now->not_taken != 0)
		printf("not taken       %" PRId64 " changes wait where this device does not show them\n",
		       now->not_taken);
	printf("inbox           %" PRId64 " items\n", now->conflicts_open);
	printf("last handed in  %s\n", bsync_cli_time(now->last_push_ok, time));
	printf("last fetched    %s\n", bsync_cli_time(now->last_pull_ok, time));
	printf("last attempt    %s\n", bsync_cli_time(now->last_attempt, time));
	if (now->next_attempt != 0)
		printf("next attempt    %s\n", bsync_cli_time(now->next_attempt, time));
	if (now->restored_at != 0)
		printf("put back        %s: what this device had lost has come back from the server\n",
		       bsync_cli_time(now->restored_at, time));
	if (now->last_error[0] != '\0')
		printf("last error      %s\n", now->last_error);
	printf("clock           %" PRId64 " ms %s the server's\n",
	       now->clock_drift_ms < 0 ? -now->clock_drift_ms : now->clock_drift_ms,
	       now->clock_drift_ms < 0 ? "behind" : "ahead of");
	printf("cursor          %s, schema version %" PRId64 "\n", now->cursor, now->schema_version);
}

int bsync_cli_status(struct bsync_cli *cli)
{
	bool is_json = false;
	const struct bsync_cli_option options[] = {{"--json", NULL, &is_json}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 0, 0))
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_status now = BSYNC_STATUS_INIT;
	struct bsync_error error;
	if (bsync_status(client, &now, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	else if (is_json)
		status = print_json(&now);
	else
		print_lines(&now);
	bsync_close(client);
	return status;
}
