/* Syncing as the application sees it: the three ways to run, the barrier, the status. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "client-sdk/client.h"
#include "client-sdk/surroundings.h"

static int run_problem(struct bsync_error *error, enum bsync_result result, const char *text)
{
	if (result == BSYNC_MISUSE)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "another way of running is in use on this client; choose one of bsync_start and "
				     "bsync_fd");
	return bsync_problem_of(error, result, "syncing cannot be started", text);
}

int bsync_start(struct bsync_client *client, struct bsync_error *error)
{
	int code = bsync_client_enter_lightly(client, error);
	if (code != BSYNC_DONE)
		return code;
	pthread_mutex_unlock(&client->mutex);
	char text[BSYNC_ENGINE_TEXT_MAX];
	enum bsync_result result = bsync_runner_start(&client->runner, text);
	return result == BSYNC_OK ? BSYNC_DONE : run_problem(error, result, text);
}

/* For the calls that only the runner serves. */
static bool is_usable(struct bsync_client *client, struct bsync_error *error)
{
	if (bsync_client_enter_lightly(client, error) != BSYNC_DONE)
		return false;
	pthread_mutex_unlock(&client->mutex);
	return true;
}

void bsync_stop(struct bsync_client *client)
{
	if (is_usable(client, NULL))
		bsync_runner_stop(&client->runner);
}

int bsync_fd(struct bsync_client *client)
{
	char text[BSYNC_ENGINE_TEXT_MAX];
	if (!is_usable(client, NULL))
		return -1;
	int fd = bsync_runner_fd(&client->runner, text);
	if (fd < 0 && text[0] != '\0')
		bsync_events_add(&client->events, BSYNC_EVENT_ERROR, text);
	return fd;
}

int bsync_timeout(struct bsync_client *client)
{
	return is_usable(client, NULL) ? bsync_runner_timeout(&client->runner) : -1;
}

int bsync_dispatch(struct bsync_client *client, struct bsync_error *error)
{
	if (!is_usable(client, error))
		return BSYNC_E_MISUSE;
	if (bsync_runner_dispatch(&client->runner) == BSYNC_OK)
		return BSYNC_DONE;
	return bsync_problem(error, BSYNC_E_MISUSE, 0,
			     "there is no loop to dispatch: bsync_fd has not been called, or bsync_start has");
}

/* --- The barrier --- */

/* Why the barrier did not come about in time: what is not handed in, and how the last contact ended. */
static int late(struct bsync_client *client, int timeout_ms, struct bsync_error *error)
{
	struct bsync_file_status status = {.pending = 0};
	int code = bsync_client_enter_lightly(client, error);
	if (code != BSYNC_DONE)
		return code;
	bool is_known = bsync_file_status(client->file, &status) == BSYNC_OK;
	pthread_mutex_unlock(&client->mutex);
	const char *last = is_known && status.last_error[0] != '\0' ? status.last_error : "the server has not answered";
	if (is_known && status.pending > 0)
		return bsync_problem(error, BSYNC_E_TIMEOUT, 0,
				     "not in step with the server within %d ms: %" PRIu64
				     " changes are not handed in yet, last contact: %s; %s",
				     timeout_ms, status.pending, last, bsync_problem_advice(BSYNC_E_TIMEOUT));
	return bsync_problem(error, BSYNC_E_TIMEOUT, 0,
			     "not in step with the server within %d ms: what it has for this device is not all here, "
			     "last contact: %s; %s",
			     timeout_ms, last, bsync_problem_advice(BSYNC_E_TIMEOUT));
}

int bsync_client_barrier(struct bsync_client *client, enum bsync_wait wait, int timeout_ms, struct bsync_error *error)
{
	if (timeout_ms < 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "a timeout of less than nothing; give milliseconds");
	int code = bsync_client_enter_lightly(client, error);
	if (code != BSYNC_DONE)
		return code;
	bool is_open = client->is_owned && pthread_equal(client->owner, pthread_self());
	pthread_mutex_unlock(&client->mutex);
	if (is_open)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "this thread has a transaction open: what is not committed cannot be handed in; "
				     "commit first");
	char text[BSYNC_ENGINE_TEXT_MAX];
	enum bsync_result result = bsync_runner_sync(&client->runner, wait, bsync_steady_ms() + timeout_ms, text);
	if (result == BSYNC_OK)
		return BSYNC_DONE;
	if (result == BSYNC_TIMEOUT)
		return late(client, timeout_ms, error);
	if (result == BSYNC_CLOSED)
		return bsync_problem(error, BSYNC_E_LOCAL, 0, "syncing was stopped meanwhile; start it again");
	return bsync_problem_of(error, result, "not in step with the server", text);
}

int bsync_sync(struct bsync_client *client, int timeout_ms, struct bsync_error *error)
{
	return bsync_client_barrier(client, BSYNC_WAIT_SYNC, timeout_ms, error);
}

/* --- Status --- */

static void say_state(struct bsync_status *status, const char *state, const char *reason)
{
	snprintf(status->state, sizeof status->state, "%s", state);
	snprintf(status->reason, sizeof status->reason, "%s", reason);
}

/* STORAGE 6: "`synced` in the status is computed from the outbox, the cursor and the last PULL_END; never from how a
 * run ended." */
static void decide_state(struct bsync_status *status, bool is_blocked, bool is_recovering)
{
	char reason[sizeof status->reason];
	bool has_failed = status->connected == 0 && status->last_error[0] != '\0';
	snprintf(reason, sizeof reason, "%" PRId64 " changes are not on the server yet%s%.130s",
		 status->pending_changes, has_failed ? "; last contact: " : "", has_failed ? status->last_error : "");
	if (is_blocked)
		say_state(status, "blocked", status->last_error);
	else if (status->first_sync_done == 0)
		say_state(status, "never-synced", status->last_error);
	else if (status->pending_changes > 0)
		say_state(status, "pending", reason);
	else if (is_recovering)
		say_state(
			status, "recovering",
			"the server was restored from a backup: all is handed in, and comes back when the operator closes "
			"the recovery");
	else if (has_failed)
		say_state(status, "offline", status->last_error);
	else
		say_state(status, "up-to-date", "");
}

static void copy_numbers(struct bsync_status *out, const struct bsync_file_status *in)
{
	out->first_sync_done = in->first_sync_done;
	out->pending_changes = (int64_t)in->pending;
	out->pending_bytes = (int64_t)in->pending_bytes;
	out->oldest_pending_at = in->oldest_pending_ms;
	out->quarantined = (int64_t)in->quarantined;
	out->unplaced = (int64_t)in->unplaced;
	out->not_taken = (int64_t)in->not_taken;
	out->last_push_ok = in->last_push_ok_ms;
	out->last_pull_ok = in->last_pull_ok_ms;
	out->last_attempt = in->last_attempt_ms;
	out->clock_drift_ms = in->clock_drift_ms;
	out->restored_at = in->restored_ms;
	out->server_epoch = in->incarnation;
	out->schema_version = in->schema_version;
	snprintf(out->last_error, sizeof out->last_error, "%s", in->last_error);
	bsync_position_text(in->cursor, out->cursor);
}

static void copy_identity(struct bsync_status *out, const struct bsync_file_identity *identity)
{
	bsync_id_text(identity->device.bytes, out->device);
	bsync_id_text(identity->worker.bytes, out->worker);
	snprintf(out->worker_name, sizeof out->worker_name, "%s", identity->worker_name);
	snprintf(out->organisation_name, sizeof out->organisation_name, "%s", identity->organisation_name);
	snprintf(out->server, sizeof out->server, "%s", identity->address);
}

int bsync_status(struct bsync_client *client, struct bsync_status *status, struct bsync_error *error)
{
	if (status == NULL || status->struct_size == 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "the status is NULL or has no size; begin it with BSYNC_STATUS_INIT");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct bsync_file_status stored;
	struct bsync_status filled = BSYNC_STATUS_INIT;
	uint64_t items_open = 0;
	enum bsync_result result = bsync_file_status(client->file, &stored);
	if (result == BSYNC_OK)
		result = bsync_file_items_open(client->file, &items_open);
	if (result == BSYNC_OK) {
		copy_numbers(&filled, &stored);
		filled.conflicts_open = (int64_t)items_open;
		copy_identity(&filled, bsync_file_identity(client->file));
	} else {
		code = bsync_client_file_problem(client, result, "the status cannot be read", error);
	}
	struct statvfs disk;
	filled.storage_free = statvfs(client->place.directory, &disk) == 0
				      ? (int64_t)(disk.f_bavail * (uint64_t)disk.f_frsize)
				      : -1;
	bsync_client_leave(client);
	if (code != BSYNC_DONE)
		return code;
	struct bsync_contact contact = {.next_attempt_ms = -1};
	struct bsync_clock_reading now;
	filled.syncing = bsync_runner_contact(&client->runner, &contact);
	filled.connected = contact.is_connected;
	client->surroundings.clock(client->surroundings.clock_context, &now);
	if (filled.syncing && contact.next_attempt_ms >= 0)
		filled.next_attempt = now.wall_ms + contact.next_attempt_ms;
	decide_state(&filled, contact.is_blocked, stored.is_recovering);
	/* An application built against an older header has room for less. */
	filled.struct_size = status->struct_size;
	memcpy(status, &filled, status->struct_size < sizeof filled ? status->struct_size : sizeof filled);
	return BSYNC_DONE;
}
