/* operator_scope.c: who holds what, and why. */
#include <stdio.h>
#include <string.h>

#include "core/schema/row_text.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

struct answer {
	struct bsync_operator_command *command;
	bool is_given, is_whole;
};

static bool put(struct bsync_operator_command *command, const char *text)
{
	return bsync_buffer_append(&command->text, text, strlen(text)) == BSYNC_OK;
}

/* "betrokkenheid 0190…: dossier_id 0190…, status actief". */
static bool print_row(struct bsync_operator_command *command, const struct bsync_why_row *row)
{
	bool is_whole = put(command, row->table) && put(command, " ") &&
			bsync_row_text_write(row->key, row->key_count, &command->text) == BSYNC_OK;

	for (uint32_t i = 0; i < row->cell_count && is_whole; i++)
		is_whole = put(command, i == 0 ? ": " : ", ") && put(command, row->cells[i].column) &&
			   put(command, " ") &&
			   bsync_row_text_write(&row->cells[i].value, 1, &command->text) == BSYNC_OK;
	return is_whole;
}

static bool print_reasons(struct bsync_operator_command *command, const struct bsync_why *why)
{
	bool is_whole = put(command, why->circle) && put(command, "\n");

	if (why->is_founder)
		is_whole = is_whole && put(command, "  began it, and nobody is a member by a row yet\n");
	for (uint32_t i = 0; i < why->reason_count && is_whole; i++) {
		const struct bsync_why_reason *reason = &why->reasons[i];

		for (uint32_t k = 0; k < reason->row_count && is_whole; k++)
			is_whole = put(command, k > 0   ? "  and "
						: i > 0 ? "  or "
							: "  ") &&
				   print_row(command, &reason->rows[k]) && put(command, "\n");
	}
	if (why->has_more)
		is_whole = is_whole && put(command, "  or in more ways\n");
	bsync_operator_flush(command);
	return is_whole;
}

static void json_row(struct bsync_json *json, const struct bsync_why_row *row)
{
	bsync_json_object(json);
	bsync_json_named(json, "table", row->table);
	bsync_json_name(json, "key");
	bsync_json_array(json);
	for (uint32_t i = 0; i < row->key_count; i++)
		bsync_json_value(json, &row->key[i]);
	bsync_json_array_end(json);
	bsync_json_name(json, "cells");
	bsync_json_object(json);
	for (uint32_t i = 0; i < row->cell_count; i++) {
		bsync_json_name(json, row->cells[i].column);
		bsync_json_value(json, &row->cells[i].value);
	}
	bsync_json_object_end(json);
	bsync_json_object_end(json);
}

static bool json_reasons(struct bsync_operator_command *command, const struct bsync_why *why)
{
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	bsync_json_object(&json);
	bsync_json_named(&json, "circle", why->circle);
	bsync_json_name(&json, "scope");
	bsync_json_value(&json, &why->scope);
	bsync_json_time(&json, "from", why->from_ms);
	bsync_json_time(&json, "until", why->until_ms);
	bsync_json_name(&json, "founder");
	bsync_json_bool(&json, why->is_founder);
	bsync_json_name(&json, "more");
	bsync_json_bool(&json, why->has_more);
	bsync_json_name(&json, "reasons");
	bsync_json_array(&json);
	for (uint32_t i = 0; i < why->reason_count; i++) {
		bsync_json_array(&json);
		for (uint32_t k = 0; k < why->reasons[i].row_count; k++)
			json_row(&json, &why->reasons[i].rows[k]);
		bsync_json_array_end(&json);
	}
	bsync_json_array_end(&json);
	bsync_json_object_end(&json);
	return bsync_operator_json(command, &json);
}

static void tell(void *context, const struct bsync_why *why)
{
	struct answer *answer = context;
	bool is_whole = answer->command->is_json ? json_reasons(answer->command, why)
						 : print_reasons(answer->command, why);

	answer->is_given = true;
	answer->is_whole = answer->is_whole && is_whole;
}

enum bsync_exit bsync_operator_scope_why(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	struct answer answer = {.command = command, .is_whole = true};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 2);
	struct bsync_worker_id worker;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_worker_find(command->operator->view, command->words[0], &worker);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot find the worker", result,
					     "`worker list` shows who there is");
	result = bsync_view_why(command->operator->view, &worker, command->words[1], bsync_machine_now_ms(), tell,
				&answer);
	if (result == BSYNC_OK && !answer.is_whole)
		result = BSYNC_NO_MEMORY;
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot look that up", result, "`fsck` tells more");
	if (!answer.is_given && !command->is_json)
		bsync_operator_print(command, "no circle gives this worker anything of it\n");
	return BSYNC_EXIT_DONE;
}

/* --- preview --- */

struct preview {
	struct bsync_operator_command *command;
	const char *sql; /* NULL: a worker moves */
	struct bsync_operator_move move;
	uint64_t gained, lost;
	enum bsync_result result;
	char error[BSYNC_SQL_ERROR_SIZE];
};

static bool put_count(struct bsync_operator_command *command, uint64_t number, const char *of_what)
{
	char text[80];

	snprintf(text, sizeof text, "\t%llu %s", (unsigned long long)number, of_what);
	return put(command, text);
}

static bool print_change(struct bsync_operator_command *command, const struct bsync_member_change *change)
{
	struct bsync_value name = bsync_value_text(
		bsync_bytes_of_string(change->worker_name != NULL ? change->worker_name : "-"));
	bool is_whole = put(command, change->is_gained ? "gains\t" : "loses\t") &&
			bsync_row_text_write(&name, 1, &command->text) == BSYNC_OK && put(command, "\t") &&
			put(command, change->circle) && put(command, "\t") &&
			bsync_row_text_write(&change->scope, 1, &command->text) == BSYNC_OK &&
			put_count(command, change->rows, "rows");

	if (is_whole && !change->is_gained && change->pending > 0)
		is_whole = put_count(command, change->pending, "changesets not handed in");
	return is_whole && put(command, "\n");
}

static bool json_change(struct bsync_operator_command *command, const struct bsync_member_change *change)
{
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	bsync_json_object(&json);
	bsync_json_named(&json, "change", change->is_gained ? "gains" : "loses");
	bsync_json_id(&json, "worker", change->worker.bytes);
	bsync_json_named(&json, "worker_name", change->worker_name);
	bsync_json_named(&json, "circle", change->circle);
	bsync_json_name(&json, "scope");
	bsync_json_value(&json, &change->scope);
	bsync_json_name(&json, "rows");
	bsync_json_unsigned(&json, change->rows);
	bsync_json_name(&json, "devices");
	bsync_json_unsigned(&json, change->devices);
	bsync_json_name(&json, "pending");
	bsync_json_unsigned(&json, change->pending);
	bsync_json_object_end(&json);
	return bsync_json_end(&json) == BSYNC_OK;
}

/* Keeps the line: the store's writer waits meanwhile. */
static enum bsync_result note_change(void *context, const struct bsync_member_change *change)
{
	struct preview *preview = context;

	preview->gained += change->is_gained;
	preview->lost += !change->is_gained;
	if (preview->command->is_json ? json_change(preview->command, change) : print_change(preview->command, change))
		return BSYNC_OK;
	return BSYNC_TOO_LARGE;
}

/* Does it, notes what came of it, and has it undone. */
static enum bsync_result preview_run(void *argument, struct bsync_store *store)
{
	struct preview *preview = argument;
	const int64_t now_ms = bsync_machine_now_ms();
	int64_t next_ms = 0;
	uint64_t counter = 0;

	/* What ends by its time is not for this act to answer for. */
	preview->result = bsync_store_due(store, now_ms, &next_ms);
	counter = bsync_store_position(store).counter;
	if (preview->result == BSYNC_OK)
		preview->result = preview->sql != NULL
					  ? bsync_store_suppose(store, preview->sql, now_ms, preview->error)
					  : bsync_operator_move_run(&preview->move, store, now_ms);
	if (preview->result == BSYNC_OK)
		preview->result = bsync_store_member_changes(store, counter, note_change, preview);
	return preview->result != BSYNC_OK ? preview->result : BSYNC_CHANGED;
}

enum bsync_exit bsync_operator_scope_preview(struct bsync_operator_command *command)
{
	struct preview preview = {.command = command};
	const struct bsync_option options[] = {{"team", &preview.move.team, NULL},
					       {"to", &preview.move.successor, NULL},
					       {"json", NULL, &command->is_json}};
	const bool is_move = command->count > 0 && strcmp(command->words[0], "worker") == 0;
	enum bsync_exit code = bsync_operator_take(command, options, 3, is_move ? 3 : 1);
	enum bsync_result result = BSYNC_OK;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if (is_move)
		code = bsync_operator_move_read(command, &command->words[1], &preview.move);
	else
		preview.sql = command->words[0];
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = command->operator->act(command->operator->context, preview_run, &preview);
	/* It was undone, as it should. */
	if (result == BSYNC_CHANGED && preview.result == BSYNC_OK)
		result = BSYNC_OK;
	if (result != BSYNC_OK && is_move)
		return bsync_operator_move_failed(command, "cannot preview that", &preview.move, result);
	if (result == BSYNC_INVALID && preview.error[0] != '\0')
		return bsync_operator_refused(command, "cannot preview that", preview.error);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot preview that", result, "`fsck` tells more");
	bsync_operator_flush(command);
	if (!command->is_json)
		bsync_operator_print(command, "%llu gain, %llu lose; nothing was changed\n",
				     (unsigned long long)preview.gained, (unsigned long long)preview.lost);
	return BSYNC_EXIT_DONE;
}
