/* operator_recovery.c: backups, and the recovery that a restore of one opens. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/identity.h"
#include "daemon/disk.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { STEP = 200 /* changesets in one transaction */ };

/* --- backup --- */

enum bsync_exit bsync_operator_backup(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 1);
	struct bsync_copy_facts facts;
	char making[BSYNC_PATH_SIZE];
	char folder[BSYNC_PATH_SIZE];
	char position[BSYNC_POSITION_TEXT_SIZE];
	const char *file = NULL;
	char *slash = NULL;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	file = command->words[0];
	if (strlen(file) + sizeof ".tmp" > sizeof making)
		return bsync_operator_usage(command, "the name of the file is too long");
	if (bsync_disk_exists(file))
		return bsync_operator_refused(command, "the file is there already",
					      "name a new one, or remove it first");
	snprintf(making, sizeof making, "%s.tmp", file);
	snprintf(folder, sizeof folder, "%s", file);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	(void)!unlink(making);
	result = bsync_store_copy(command->operator->store_path, making, bsync_machine_now_ms(), &facts);
	if (result == BSYNC_OK && rename(making, file) != 0)
		result = BSYNC_IO;
	if (result == BSYNC_OK)
		result = bsync_disk_sync_folder(slash != NULL ? folder : ".");
	if (result != BSYNC_OK) {
		(void)!unlink(making);
		return bsync_operator_failed(command, "cannot make the backup", result,
					     "name a file in a folder with room that the daemon may write");
	}
	bsync_position_text(facts.position, position);
	bsync_operator_print(command, "position %s\n", position);
	return BSYNC_EXIT_DONE;
}

/* --- recovery status --- */

struct status {
	struct bsync_operator_command *command;
	struct bsync_json *json;
};

static bool device_row(void *context, const struct bsync_recovery_device *device)
{
	struct status *status = context;
	struct bsync_operator_command *command = status->command;
	char id[BSYNC_ID_TEXT_SIZE];
	const char *name = device->worker_name != NULL ? device->worker_name : "";

	bsync_id_text(device->id.bytes, id);
	if (status->json != NULL) {
		bsync_json_object(status->json);
		bsync_json_named(status->json, "id", id);
		bsync_json_named(status->json, "worker", name);
		bsync_json_name(status->json, "heard");
		bsync_json_bool(status->json, device->is_heard);
		bsync_json_name(status->json, "awaited");
		bsync_json_bool(status->json, device->is_awaited);
		bsync_json_name(status->json, "kept");
		bsync_json_unsigned(status->json, device->kept);
		bsync_json_object_end(status->json);
		return true;
	}
	bsync_operator_print(command, "%s\t", id);
	bsync_operator_plain(command, name);
	bsync_operator_print(command, "\t%s\t%llu\n",
			     device->is_heard     ? "heard"
			     : device->is_awaited ? "awaited"
						  : "not heard",
			     (unsigned long long)device->kept);
	return true;
}

static void json_head(struct bsync_json *json, const struct bsync_recovery_status *facts)
{
	bsync_json_object(json);
	bsync_json_named(json, "state", facts->is_closing ? "closing" : facts->is_open ? "open" : "none");
	bsync_json_name(json, "opened_ms");
	bsync_json_integer(json, facts->opened_ms);
	bsync_json_name(json, "until_ms");
	bsync_json_integer(json, facts->until_ms);
	bsync_json_name(json, "point");
	bsync_json_unsigned(json, facts->point);
	bsync_json_name(json, "kept");
	bsync_json_unsigned(json, facts->kept);
	bsync_json_name(json, "devices");
	bsync_json_array(json);
}

static void print_head(struct bsync_operator_command *command, const struct bsync_recovery_status *facts)
{
	int64_t now_ms = bsync_machine_now_ms();

	bsync_operator_print(command,
			     "recovery %s\nopen for %lld minutes\ncloses by itself in %lld minutes, or when all "
			     "that are awaited are heard\nrestore point %llu\nkept %llu changesets\n",
			     facts->is_closing ? "closing" : "open", (long long)((now_ms - facts->opened_ms) / 60000),
			     (long long)((facts->until_ms - now_ms) / 60000), (unsigned long long)facts->point,
			     (unsigned long long)facts->kept);
}

enum bsync_exit bsync_operator_recovery_status(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 0);
	struct bsync_view *view = command->operator->view;
	struct bsync_recovery_status facts;
	struct bsync_json json;
	struct status status = {.command = command};
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_recovery(view, &facts);
	if (result == BSYNC_OK && command->is_json) {
		status.json = &json;
		bsync_json_init(&json, &command->text);
		json_head(&json, &facts);
		result = bsync_view_recovery_devices(view, device_row, &status);
		bsync_json_array_end(&json);
		bsync_json_object_end(&json);
		if (result == BSYNC_OK && !bsync_operator_json(command, &json))
			result = BSYNC_TOO_LARGE;
	} else if (result == BSYNC_OK && facts.is_open) {
		print_head(command, &facts);
		result = bsync_view_recovery_devices(view, device_row, &status);
	} else if (result == BSYNC_OK) {
		bsync_operator_print(command, "no recovery is open\n");
	}
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the recovery", result, "`fsck` tells more");
	return BSYNC_EXIT_DONE;
}

/* --- recovery close --- */

static enum bsync_result begin_close(void *argument, struct bsync_store *store)
{
	(void)argument;
	return bsync_store_recovery_close(store);
}

static enum bsync_result step(void *argument, struct bsync_store *store)
{
	return bsync_store_recovery_step(store, STEP, bsync_machine_now_ms(), argument);
}

enum bsync_exit bsync_operator_recovery_close(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 0);
	const struct bsync_operator *operator= command->operator;
	bool is_over = false;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = operator->act(operator->context, begin_close, NULL);
	if (result == BSYNC_NOT_FOUND)
		return bsync_operator_refused(command, "nothing is done", "no recovery is open");
	while (result == BSYNC_OK && !is_over)
		result = operator->act(operator->context, step, &is_over);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot close the recovery", result,
					     "what was not applied is kept: run it again");
	bsync_operator_print(command, "closed\n");
	return BSYNC_EXIT_DONE;
}
