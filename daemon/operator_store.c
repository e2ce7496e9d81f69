#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/folder.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

/* --- Quarantine --- */

struct quarantine {
	struct bsync_operator_command *command;
	struct bsync_device_id device;
	uint64_t seq; /* 0: all of the device */
	bool is_one;  /* only `device` and `seq` */
	uint32_t found;
	uint64_t *seqs; /* where they are collected; ascending as they come */
	uint32_t capacity;
	bool is_short_of_memory;
};

static bool print_quarantined(struct bsync_operator_command *command, const struct bsync_quarantine_row *row)
{
	char id[BSYNC_ID_TEXT_SIZE];
	struct bsync_json json;

	bsync_id_text(row->device.bytes, id);
	if (!command->is_json) {
		bsync_operator_print(command, "%s\t%llu\t%s\t%zu bytes\t", id, (unsigned long long)row->seq,
				     row->is_unplaced ? "unplaced" : "quarantined", row->size);
		bsync_operator_plain(command, row->reason != NULL ? row->reason : "");
		bsync_operator_print(command, "\n");
		return true;
	}
	bsync_json_init(&json, &command->text);
	bsync_json_object(&json);
	bsync_json_name(&json, "device");
	bsync_json_string(&json, id);
	bsync_json_name(&json, "seq");
	bsync_json_unsigned(&json, row->seq);
	bsync_json_name(&json, "state");
	bsync_json_string(&json, row->is_unplaced ? "unplaced" : "quarantined");
	bsync_json_name(&json, "reason");
	bsync_json_string(&json, row->reason);
	bsync_json_name(&json, "since");
	bsync_json_integer(&json, row->since_ms);
	bsync_json_name(&json, "size");
	bsync_json_unsigned(&json, row->size);
	bsync_json_object_end(&json);
	return bsync_operator_json(command, &json);
}

static bool is_wanted(const struct quarantine *quarantine, const struct bsync_quarantine_row *row)
{
	return memcmp(row->device.bytes, quarantine->device.bytes, BSYNC_ID_SIZE) == 0 &&
	       (quarantine->seq == 0 || row->seq == quarantine->seq);
}

static bool list_row(void *context, const struct bsync_quarantine_row *row)
{
	struct quarantine *quarantine = context;

	if (quarantine->is_one && !is_wanted(quarantine, row))
		return true;
	quarantine->found++;
	return print_quarantined(quarantine->command, row);
}

static bool collect_row(void *context, const struct bsync_quarantine_row *row)
{
	struct quarantine *quarantine = context;

	if (!is_wanted(quarantine, row))
		return true;
	if (quarantine->found == quarantine->capacity) {
		uint32_t capacity = quarantine->capacity == 0 ? 64 : quarantine->capacity * 2;
		uint64_t *larger = realloc(quarantine->seqs, capacity * sizeof *larger);

		if (larger == NULL) {
			quarantine->is_short_of_memory = true;
			return false;
		}
		quarantine->seqs = larger;
		quarantine->capacity = capacity;
	}
	quarantine->seqs[quarantine->found++] = row->seq;
	return true;
}

/* Reads DEV, and SEQ where `has_seq`. */
static enum bsync_exit read_target(struct bsync_operator_command *command, bool has_seq, struct quarantine *quarantine)
{
	enum bsync_result result;
	char *end;

	if (has_seq) {
		quarantine->seq = strtoull(command->words[1], &end, 10);
		if (command->words[1][0] < '0' || command->words[1][0] > '9' || *end != '\0' || quarantine->seq == 0)
			return bsync_operator_usage(command, "SEQ is a number from 1");
	}
	quarantine->is_one = true;
	result = bsync_view_device_find(command->operator->view, command->words[0], &quarantine->device);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot find the device", result, "`device list` shows them");
	return BSYNC_EXIT_DONE;
}

enum bsync_exit bsync_operator_quarantine_list(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 0);
	struct quarantine quarantine = {.command = command};
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_quarantine(command->operator->view, list_row, &quarantine);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot list the quarantine", result, "`fsck` tells more");
	return BSYNC_EXIT_DONE;
}

static enum bsync_exit not_set_aside(const struct bsync_operator_command *command)
{
	return bsync_operator_failed(command, "nothing like that is set aside", BSYNC_NOT_FOUND,
				     "`quarantine list` shows what is");
}

enum bsync_exit bsync_operator_quarantine_show(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 2);
	struct quarantine quarantine = {.command = command};
	enum bsync_result result;

	if (code == BSYNC_EXIT_DONE)
		code = read_target(command, true, &quarantine);
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_quarantine(command->operator->view, list_row, &quarantine);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the quarantine", result, "`fsck` tells more");
	return quarantine.found > 0 ? BSYNC_EXIT_DONE : not_set_aside(command);
}

struct retry_act {
	struct bsync_device_id device;
	uint64_t seq;
	enum bsync_verdict verdict;
};

static enum bsync_result retry(void *argument, struct bsync_store *store)
{
	struct retry_act *act = argument;

	return bsync_store_quarantine_retry(store, &act->device, act->seq, bsync_machine_now_ms(), &act->verdict);
}

/* Tries what is named again, each in a transaction of its own, and prints `SEQ VERDICT` for each. */
static enum bsync_exit retry_all(struct bsync_operator_command *command, bool has_seq)
{
	struct quarantine quarantine = {.command = command};
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, has_seq ? 2 : 1);
	enum bsync_result result = BSYNC_OK;

	if (code == BSYNC_EXIT_DONE)
		code = read_target(command, has_seq, &quarantine);
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_quarantine(command->operator->view, collect_row, &quarantine);
	if (quarantine.is_short_of_memory)
		result = BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < quarantine.found && result == BSYNC_OK; i++) {
		struct retry_act act = {.device = quarantine.device, .seq = quarantine.seqs[i]};

		result = command->operator->act(command->operator->context, retry, &act);
		/* An earlier one may have taken it along. */
		if (result == BSYNC_NOT_FOUND && i > 0)
			result = BSYNC_OK;
		else if (result == BSYNC_OK)
			bsync_operator_print(command, "%llu %s\n", (unsigned long long)act.seq,
					     bsync_verdict_name(act.verdict));
	}
	free(quarantine.seqs);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot try it again", result,
					     "`quarantine list` shows what is set aside");
	return quarantine.found > 0 ? BSYNC_EXIT_DONE : not_set_aside(command);
}

enum bsync_exit bsync_operator_quarantine_retry(struct bsync_operator_command *command)
{
	return retry_all(command, true);
}

enum bsync_exit bsync_operator_quarantine_release(struct bsync_operator_command *command)
{
	return retry_all(command, false);
}

/* --- Schema --- */

enum bsync_exit bsync_operator_schema_check(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 1);
	struct bsync_schema_report report = {0};
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_schema_check(command->words[0], &report);
	for (size_t i = 0; i < report.count; i++) {
		const struct bsync_schema_problem *problem = &report.problems[i];
		char line[2000];

		snprintf(line, sizeof line, "%s/%s:%u: %s: %s\n", command->words[0],
			 problem->file != NULL ? problem->file : "", (unsigned)problem->line,
			 problem->is_error ? "error" : "note", problem->text);
		command->operator->write(command->operator->context, BSYNC_OPERATOR_STDERR,
					 bsync_bytes_of_string(line));
	}
	if (result == BSYNC_OK)
		bsync_operator_print(command, "ok\n");
	else if (report.error_count == 0)
		(void)bsync_operator_failed(command, "cannot check the schema", result,
					    "name a folder of NNNN_name.sql files");
	bsync_schema_report_clear(&report);
	return result == BSYNC_OK ? BSYNC_EXIT_DONE : BSYNC_EXIT_FAILED;
}

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
	bsync_json_name(json, "position");
	bsync_json_string(json, position);
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
