#include <string.h>

#include "daemon/machine.h"
#include "daemon/operator.h"
#include "daemon/options.h"

/* What the acts of this file take and give. */
struct act {
	const char *name, *team, *role;
	struct bsync_worker_id worker;
	uint8_t id[16];
};

static void print_id(const struct bsync_operator_command *command, const uint8_t id[16])
{
	char text[BSYNC_ID_TEXT_SIZE];

	bsync_id_text(id, text);
	bsync_operator_print(command, "%s\n", text);
}

static enum bsync_result team_add(void *argument, struct bsync_store *store)
{
	struct act *act = argument;

	return bsync_store_team_add(store, act->name, bsync_machine_now_ms(), act->id);
}

enum bsync_exit bsync_operator_team_add(struct bsync_operator_command *command)
{
	struct act act = {0};
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 1);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	act.name = command->words[0];
	result = command->operator->act(command->operator->context, team_add, &act);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot add the team", result,
					     "check the name, and that the schema has a table for teams");
	print_id(command, act.id);
	return BSYNC_EXIT_DONE;
}

static enum bsync_result worker_add(void *argument, struct bsync_store *store)
{
	struct act *act = argument;

	return bsync_store_worker_add(store, act->name, act->team, act->role, bsync_machine_now_ms(), &act->worker);
}

enum bsync_exit bsync_operator_worker_add(struct bsync_operator_command *command)
{
	struct act act = {0};
	const struct bsync_option options[] = {{"team", &act.team, NULL}, {"role", &act.role, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if (act.team == NULL)
		return bsync_operator_usage(command, "--team is missing");
	act.name = command->words[0];
	result = command->operator->act(command->operator->context, worker_add, &act);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot add the worker", result,
					     "check that the team exists and that its name is unique, or give its id");
	print_id(command, act.worker.bytes);
	return BSYNC_EXIT_DONE;
}

static bool print_worker(void *context, const struct bsync_worker_row *row)
{
	struct bsync_operator_command *command = context;
	char id[BSYNC_ID_TEXT_SIZE];
	struct bsync_json json;

	bsync_id_text(row->id.bytes, id);
	if (!command->is_json) {
		const char *const fields[] = {id, row->name, row->team, row->role};

		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
			bsync_operator_plain(command, fields[i] != NULL ? fields[i] : "-");
			bsync_operator_print(command, i + 1 < sizeof fields / sizeof fields[0] ? "\t" : "\n");
		}
		return true;
	}
	bsync_json_init(&json, &command->text);
	bsync_json_object(&json);
	bsync_json_named(&json, "id", id);
	bsync_json_named(&json, "name", row->name);
	bsync_json_named(&json, "team", row->team);
	bsync_json_named(&json, "role", row->role);
	bsync_json_object_end(&json);
	return bsync_operator_json(command, &json);
}

enum bsync_exit bsync_operator_worker_list(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 0);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_workers(command->operator->view, print_worker, command);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot list the workers", result, "`fsck` tells more");
	return BSYNC_EXIT_DONE;
}
