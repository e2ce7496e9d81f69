#include <stdio.h>

#include "daemon/operator.h"

/* --- SQL --- */

static bool print_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct bsync_operator_command *command = context;
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	bsync_json_object(&json);
	for (int i = 0; i < count; i++) {
		bsync_json_name(&json, names[i]);
		bsync_json_value(&json, &values[i]);
	}
	bsync_json_object_end(&json);
	return bsync_operator_json(command, &json);
}

enum bsync_exit bsync_operator_sql(struct bsync_operator_command *command)
{
	char error[300] = "";
	char line[500];
	enum bsync_result result;

	if (command->count != 1)
		return bsync_operator_usage(command, "give one statement, in quotes");
	result = bsync_view_sql(command->operator->view, command->words[0], print_row, command, error);
	if (result == BSYNC_OK)
		return BSYNC_EXIT_DONE;
	snprintf(line, sizeof line, "%s: the statement failed: %s; only one SELECT is taken\n",
		 command->operator->program, error[0] != '\0' ? error : bsync_result_text(result));
	command->operator->write(command->operator->context, BSYNC_OPERATOR_STDERR, bsync_bytes_of_string(line));
	return bsync_exit_code(result);
}

/* --- Stats and fsck --- */

static void json_count(struct bsync_json *json, const char *name, uint64_t number)
{
	bsync_json_name(json, name);
	bsync_json_unsigned(json, number);
}

static void json_stats(const struct bsync_operator *operator, const struct bsync_store_stats * stats,
		       struct bsync_json *json)
{
	char position[BSYNC_POSITION_TEXT_SIZE];

	bsync_position_text(stats->position, position);
	bsync_json_object(json);
	bsync_json_named(json, "position", position);
	json_count(json, "rows", stats->rows);
	json_count(json, "deleted_rows", stats->deleted_rows);
	json_count(json, "scopes", stats->scopes);
	json_count(json, "members", stats->members);
	json_count(json, "devices", stats->devices);
	json_count(json, "changesets", stats->changesets);
	json_count(json, "history", stats->history);
	json_count(json, "open_items", stats->open_items);
	json_count(json, "quarantined", stats->quarantined);
	json_count(json, "unplaced", stats->unplaced);
	json_count(json, "database_bytes", stats->database_bytes);
	json_count(json, "wal_bytes", stats->wal_bytes);
	bsync_json_named(json, "alert", stats->is_put_back ? "put-back" : "");
	bsync_json_name(json, "recovery");
	bsync_json_bool(json, stats->is_recovering);
	bsync_json_name(json, "running");
	bsync_json_bool(json, operator->stats != NULL);
	if (operator->stats != NULL)
		operator->stats(operator->context, json);
	bsync_json_object_end(json);
}

/* The JSON object as lines `name value`, for people. */
static void unfold(struct bsync_buffer *text)
{
	size_t out = 0;

	for (size_t i = 0; i < text->size; i++) {
		uint8_t byte = text->data[i];

		if (byte == '{' || byte == '}' || byte == '"')
			continue;
		text->data[out++] = byte == ',' ? '\n' : byte == ':' ? ' ' : byte;
	}
	text->size = out;
}

enum bsync_exit bsync_operator_stats(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 0);
	struct bsync_store_stats stats = {0};
	struct bsync_json json;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_stats(command->operator->view, &stats);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the figures", result, "`fsck` tells more");
	bsync_json_init(&json, &command->text);
	json_stats(command->operator, & stats, &json);
	if (bsync_json_end(&json) != BSYNC_OK)
		return BSYNC_EXIT_FAILED;
	if (!command->is_json)
		unfold(&command->text);
	bsync_operator_flush(command);
	return BSYNC_EXIT_DONE;
}

static void print_finding(void *context, const char *text)
{
	struct bsync_operator_command *command = context;

	bsync_operator_plain(command, text);
	bsync_operator_print(command, "\n");
}

enum bsync_exit bsync_operator_fsck(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 0);
	uint32_t findings = 0;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_check(command->operator->view, print_finding, command, &findings);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot check the store", result, "restore it from a backup");
	if (findings > 0)
		return bsync_operator_failed(command, "the store breaks its rules", BSYNC_STORAGE_CORRUPT,
					     "keep a copy of the folder and restore a backup");
	bsync_operator_print(command, "ok\n");
	return BSYNC_EXIT_DONE;
}
