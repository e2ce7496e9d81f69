#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/identity.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { CODE_TEXT_MAX = 1024 };
#define HOUR_MS ((int64_t)3600 * 1000)
#define STALE_DEFAULT_MS (72 * HOUR_MS)

static const char *state_word(enum bsync_device_state state)
{
	switch (state) {
	case BSYNC_DEVICE_ACTIVE:
		return "active";
	case BSYNC_DEVICE_SUSPENDED:
		return "suspended";
	case BSYNC_DEVICE_REVOKED:
		return "revoked";
	}
	return "unknown";
}

/* --- enroll --- */

struct code_act {
	struct bsync_worker_id worker;
	int64_t life_ms;
	uint8_t secret[16];
};

static enum bsync_result create_code(void *argument, struct bsync_store *store)
{
	struct code_act *act = argument;
	int64_t now_ms = bsync_machine_now_ms();

	return bsync_store_code_create(store, &act->worker, now_ms, now_ms + act->life_ms, act->secret);
}

/* The code's text; the address is where devices find this daemon. */
static enum bsync_result write_code(struct bsync_operator_command *command, const struct code_act *act)
{
	const struct bsync_operator *operator= command->operator;
	const struct bsync_config *config = operator->config;
	const char *address = config->public_address[0] != '\0' ? config->public_address : config->listen;
	struct bsync_enrol_code code = {.organisation = operator->organisation };
	enum bsync_result result = bsync_certificate_pin(operator->ca, &code.pin);

	snprintf(code.address, sizeof code.address, "%s", address);
	memcpy(code.secret, act->secret, sizeof code.secret);
	if (result == BSYNC_OK)
		result = bsync_enrol_code_text(&code, &command->text);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&command->text, "\n", 1);
	bsync_wipe(&code, sizeof code);
	return result;
}

enum bsync_exit bsync_operator_device_enroll(struct bsync_operator_command *command)
{
	const char *worker = NULL;
	const struct bsync_option options[] = {{"worker", &worker, NULL}};
	enum bsync_exit exit_code = bsync_operator_take(command, options, 1, 0);
	struct code_act act = {.life_ms = (int64_t)command->operator->config->code_hours * HOUR_MS };
	enum bsync_result result;

	if (exit_code != BSYNC_EXIT_DONE)
		return exit_code;
	if (worker == NULL)
		return bsync_operator_usage(command, "--worker is missing");
	result = bsync_view_worker_find(command->operator->view, worker, &act.worker);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot find the worker", result,
					     "`worker list` shows them; where a name is not unique give the id");
	result = command->operator->act(command->operator->context, create_code, &act);
	if (result == BSYNC_OK)
		result = write_code(command, &act);
	bsync_wipe(&act, sizeof act);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot make a code", result, "try again");
	return BSYNC_EXIT_DONE;
}

/* --- list --- */

struct listing {
	struct bsync_operator_command *command;
	int64_t now_ms, stale_ms;
	bool only_stale, only_pending;
};

static bool is_stale(const struct listing *listing, const struct bsync_device *device)
{
	return device->state == BSYNC_DEVICE_ACTIVE && listing->now_ms - device->last_seen_ms > listing->stale_ms;
}

/* As the device is told. */
static bool is_clock_off(const struct bsync_device *device)
{
	return bsync_clock_is_off(device->clock_drift_ms, false);
}

static void json_time(struct bsync_json *json, const char *name, int64_t time_ms)
{
	bsync_json_name(json, name);
	if (time_ms > 0)
		bsync_json_integer(json, time_ms);
	else
		bsync_json_null(json);
}

static bool print_json(const struct listing *listing, const struct bsync_device *device)
{
	const struct bsync_heartbeat *heartbeat = &device->heartbeat;
	char position[BSYNC_POSITION_TEXT_SIZE];
	struct bsync_json json;

	bsync_position_text(device->confirmed, position);
	bsync_json_init(&json, &listing->command->text);
	bsync_json_object(&json);
	bsync_json_name(&json, "id");
	bsync_json_blob(&json, (struct bsync_bytes){device->id.bytes, BSYNC_ID_SIZE});
	bsync_json_name(&json, "worker");
	bsync_json_blob(&json, (struct bsync_bytes){device->worker.bytes, BSYNC_ID_SIZE});
	bsync_json_named(&json, "worker_name", device->worker_name);
	bsync_json_named(&json, "state", state_word(device->state));
	json_time(&json, "last_seen", device->last_seen_ms);
	bsync_json_name(&json, "pending");
	bsync_json_unsigned(&json, heartbeat->pending);
	bsync_json_name(&json, "alerts");
	bsync_json_array(&json);
	if (is_stale(listing, device))
		bsync_json_string(&json, "stale");
	if (device->restored_ms != 0)
		bsync_json_string(&json, "restored");
	if (device->cloned_ms != 0)
		bsync_json_string(&json, "clone");
	if (is_clock_off(device))
		bsync_json_string(&json, "clock");
	bsync_json_array_end(&json);
	json_time(&json, "enrolled", device->enrolled_ms);
	json_time(&json, "restored", device->restored_ms);
	json_time(&json, "cloned", device->cloned_ms);
	json_time(&json, "oldest_pending", heartbeat->oldest_pending_ms);
	json_time(&json, "last_full_sync", heartbeat->last_full_sync_ms);
	bsync_json_name(&json, "quarantined");
	bsync_json_unsigned(&json, heartbeat->quarantined);
	bsync_json_name(&json, "conflicts");
	bsync_json_unsigned(&json, heartbeat->inbox);
	bsync_json_name(&json, "storage_free");
	if (heartbeat->storage_free >= 0)
		bsync_json_integer(&json, heartbeat->storage_free);
	else
		bsync_json_null(&json);
	bsync_json_name(&json, "clock_drift_ms");
	bsync_json_integer(&json, device->clock_drift_ms);
	bsync_json_named(&json, "software", device->software);
	bsync_json_named(&json, "cursor", position);
	bsync_json_object_end(&json);
	return bsync_operator_json(listing->command, &json);
}

static void print_age(const struct bsync_operator_command *command, int64_t age_ms)
{
	if (age_ms < HOUR_MS)
		bsync_operator_print(command, "%lldm", (long long)(age_ms / (HOUR_MS / 60)));
	else if (age_ms < 48 * HOUR_MS)
		bsync_operator_print(command, "%lldh", (long long)(age_ms / HOUR_MS));
	else
		bsync_operator_print(command, "%lldd", (long long)(age_ms / (24 * HOUR_MS)));
}

static bool print_device(void *context, const struct bsync_device *device)
{
	const struct listing *listing = context;
	char id[BSYNC_ID_TEXT_SIZE];

	if ((listing->only_stale && !is_stale(listing, device)) ||
	    (listing->only_pending && device->heartbeat.pending == 0))
		return true;
	if (listing->command->is_json)
		return print_json(listing, device);
	bsync_id_text(device->id.bytes, id);
	bsync_operator_print(listing->command, "%s\t", id);
	bsync_operator_plain(listing->command, device->worker_name);
	bsync_operator_print(listing->command, "\t%s\tseen ", state_word(device->state));
	print_age(listing->command, listing->now_ms - device->last_seen_ms);
	bsync_operator_print(listing->command, " ago\tpending %llu%s%s%s%s\n",
			     (unsigned long long)device->heartbeat.pending, is_stale(listing, device) ? "\tstale" : "",
			     device->restored_ms != 0 ? "\trestored" : "", device->cloned_ms != 0 ? "\tclone" : "",
			     is_clock_off(device) ? "\tclock" : "");
	return true;
}

enum bsync_exit bsync_operator_device_list(struct bsync_operator_command *command)
{
	struct listing listing = {
		.command = command,
		.now_ms = bsync_machine_now_ms(),
		.stale_ms = STALE_DEFAULT_MS,
	};
	const char *stale = NULL;
	const struct bsync_option options[] = {
		{"json", NULL, &command->is_json},
		{"pending", NULL, &listing.only_pending},
		{"stale", &stale, NULL},
	};
	enum bsync_exit code = bsync_operator_take(command, options, 3, 0);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	listing.only_stale = stale != NULL;
	if (stale != NULL && !bsync_options_age(stale, &listing.stale_ms))
		return bsync_operator_usage(command, "--stale wants an age such as 3d or 12h");
	result = bsync_view_devices(command->operator->view, print_device, &listing);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot list the devices", result, "`fsck` tells more");
	return BSYNC_EXIT_DONE;
}

/* --- suspend, resume, revoke --- */

struct state_act {
	struct bsync_device_id device;
	enum bsync_device_state state;
};

static enum bsync_result set_state(void *argument, struct bsync_store *store)
{
	const struct state_act *act = argument;

	return bsync_store_device_set_state(store, &act->device, act->state, bsync_machine_now_ms());
}

static enum bsync_exit change_state(struct bsync_operator_command *command, enum bsync_device_state state)
{
	struct state_act act = {.state = state};
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 1);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_device_find(command->operator->view, command->words[0], &act.device);
	if (result == BSYNC_OK)
		result = command->operator->act(command->operator->context, set_state, &act);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot change the device", result,
					     "`device list` shows them; a revoked device is enrolled again instead");
	return BSYNC_EXIT_DONE;
}

enum bsync_exit bsync_operator_device_suspend(struct bsync_operator_command *command)
{
	return change_state(command, BSYNC_DEVICE_SUSPENDED);
}

enum bsync_exit bsync_operator_device_resume(struct bsync_operator_command *command)
{
	return change_state(command, BSYNC_DEVICE_ACTIVE);
}

enum bsync_exit bsync_operator_device_revoke(struct bsync_operator_command *command)
{
	return change_state(command, BSYNC_DEVICE_REVOKED);
}
