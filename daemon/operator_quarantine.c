/* The operator's verbs for what was set aside: list, show, export, retry, release. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/changeset_json.h"
#include "core/schema/row_text.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { ROW_SIZE_MAX = 1 << 20, OPENED_MAX = 64 << 20, LINE_TEXT_SIZE = 2 * BSYNC_ID_SIZE + 1, LINE_SHOWN = 8 };

/* A changeset that is set aside, as it is named to the store. */
struct named {
	struct bsync_line_id line;
	uint64_t seq;
};

struct quarantine {
	struct bsync_operator_command *command;
	struct bsync_device_id device;
	uint64_t seq;              /* 0: all of the device */
	const char *prefix;        /* of the line's hexadecimal digits */
	struct bsync_line_id line; /* of the one that was found */
	bool is_one;               /* only `device`, `seq` and `prefix` */
	uint32_t found;
	struct named *list; /* where they are collected; ascending as they come */
	uint32_t capacity;
	bool is_short_of_memory;
};

static void line_text(const struct bsync_line_id *line, char text[LINE_TEXT_SIZE])
{
	for (size_t i = 0; i < BSYNC_ID_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", line->bytes[i]);
}

/* Numbers of the oldest line stand alone; those of others name their line, as they can be the same. */
static void print_number(struct bsync_operator_command *command, const struct bsync_quarantine_row *row)
{
	char line[LINE_TEXT_SIZE];

	line_text(&row->line, line);
	bsync_operator_print(command, "%llu", (unsigned long long)row->seq);
	if (!row->is_first_line)
		bsync_operator_print(command, "@%.*s", (int)LINE_SHOWN, line);
}

static const char *state_word(const struct bsync_quarantine_row *row)
{
	return row->is_unplaced ? "unplaced" : "quarantined";
}

/* Begins the object of a row, which is left open for more. */
static void json_begin(struct bsync_operator_command *command, const struct bsync_quarantine_row *row,
		       struct bsync_json *json)
{
	char line[LINE_TEXT_SIZE];

	line_text(&row->line, line);
	bsync_json_init(json, &command->text);
	bsync_json_object(json);
	bsync_json_id(json, "device", row->device.bytes);
	bsync_json_name(json, "seq");
	bsync_json_unsigned(json, row->seq);
	bsync_json_named(json, "state", state_word(row));
	bsync_json_named(json, "reason", row->reason);
	bsync_json_name(json, "since");
	bsync_json_integer(json, row->since_ms);
	bsync_json_name(json, "size");
	bsync_json_unsigned(json, row->size);
	bsync_json_name(json, "behind");
	if (row->behind != 0)
		bsync_json_unsigned(json, row->behind);
	else
		bsync_json_null(json);
	bsync_json_named(json, "line", line);
	bsync_json_name(json, "copy");
	bsync_json_bool(json, row->is_fork);
}

static bool print_quarantined(struct bsync_operator_command *command, const struct bsync_quarantine_row *row)
{
	char id[BSYNC_ID_TEXT_SIZE];
	struct bsync_json json;

	if (command->is_json) {
		json_begin(command, row, &json);
		bsync_json_object_end(&json);
		return bsync_operator_json(command, &json);
	}
	bsync_id_text(row->device.bytes, id);
	bsync_operator_print(command, "%s\t", id);
	print_number(command, row);
	bsync_operator_print(command, "\t%s\t%zu bytes\t", state_word(row), row->size);
	bsync_operator_plain(command, row->reason != NULL ? row->reason : "");
	bsync_operator_print(command, "\n");
	return true;
}

static bool is_wanted(const struct quarantine *quarantine, const struct bsync_quarantine_row *row)
{
	char line[LINE_TEXT_SIZE];

	line_text(&row->line, line);
	return memcmp(row->device.bytes, quarantine->device.bytes, BSYNC_ID_SIZE) == 0 &&
	       (quarantine->seq == 0 || row->seq == quarantine->seq) &&
	       (quarantine->prefix == NULL || strncmp(line, quarantine->prefix, strlen(quarantine->prefix)) == 0);
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
		struct named *larger = realloc(quarantine->list, capacity * sizeof *larger);

		if (larger == NULL) {
			quarantine->is_short_of_memory = true;
			return false;
		}
		quarantine->list = larger;
		quarantine->capacity = capacity;
	}
	quarantine->list[quarantine->found++] = (struct named){row->line, row->seq};
	return true;
}

static enum bsync_exit not_set_aside(const struct bsync_operator_command *command)
{
	return bsync_operator_failed(command, "nothing like that is set aside", BSYNC_NOT_FOUND,
				     "`quarantine list` shows what is");
}

static bool note_line(void *context, const struct bsync_quarantine_row *row)
{
	struct quarantine *quarantine = context;

	if (is_wanted(quarantine, row)) {
		quarantine->line = row->line;
		quarantine->found++;
	}
	return true;
}

/* Which line SEQ is of. */
static enum bsync_exit find_line(struct bsync_operator_command *command, struct quarantine *quarantine)
{
	enum bsync_result result = bsync_view_quarantine(command->operator->view, note_line, quarantine);
	uint32_t found = quarantine->found;

	quarantine->found = 0;
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the quarantine", result, "`fsck` tells more");
	if (found == 0)
		return not_set_aside(command);
	if (found > 1)
		return bsync_operator_failed(command, "more than one line of the device has that number set aside",
					     BSYNC_INVALID,
					     "name one as SEQ@LINE: `quarantine list --json` shows them");
	return BSYNC_EXIT_DONE;
}

/* Reads DEV, and SEQ or SEQ@LINE where `has_seq`. */
static enum bsync_exit read_target(struct bsync_operator_command *command, bool has_seq, struct quarantine *quarantine)
{
	enum bsync_result result;
	char *end = NULL;

	if (has_seq) {
		quarantine->seq = strtoull(command->words[1], &end, 10);
		if (command->words[1][0] < '0' || command->words[1][0] > '9' || quarantine->seq == 0 ||
		    (*end != '\0' && *end != '@'))
			return bsync_operator_usage(command,
						    "SEQ is a number from 1, or one with its line: 7@1f2e3d4c");
		quarantine->prefix = *end == '@' ? end + 1 : NULL;
	}
	quarantine->is_one = true;
	result = bsync_view_device_find(command->operator->view, command->words[0], &quarantine->device);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot find the device", result, "`device list` shows them");
	return has_seq ? find_line(command, quarantine) : BSYNC_EXIT_DONE;
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

/* A set-aside changeset, opened; `decoded` says whether it could be read. */
struct opened {
	struct bsync_buffer plain;
	struct bsync_arena arena;
	struct bsync_changeset set;
	enum bsync_result decoded;
};

static enum bsync_result opened_read(const struct quarantine *quarantine, struct opened *opened)
{
	enum bsync_result result;

	bsync_buffer_init(&opened->plain, BSYNC_CHANGESET_SIZE_MAX);
	bsync_arena_init(&opened->arena, OPENED_MAX);
	result = bsync_view_quarantine_plain(quarantine->command->operator->view, &quarantine->device,
					     &quarantine->line, quarantine->seq, &opened->plain);
	if (result == BSYNC_OK)
		opened->decoded = bsync_changeset_decode(bsync_buffer_bytes(&opened->plain), &opened->arena,
							 &opened->set);
	return result;
}

static void opened_clear(struct opened *opened)
{
	bsync_arena_clear(&opened->arena);
	bsync_buffer_wipe(&opened->plain);
}

/* What it would do, without what anybody wrote: `kind table row: columns`. */
static void print_changes(struct bsync_operator_command *command, const struct bsync_changeset *set)
{
	const struct bsync_schema *schema = bsync_view_schema(command->operator->view);

	for (uint32_t i = 0; i < set->change_count; i++) {
		const struct bsync_change *change = &set->changes[i];
		const struct bsync_table *table = bsync_schema_table(schema, change->table_no);
		struct bsync_buffer word;

		bsync_buffer_init(&word, ROW_SIZE_MAX);
		if (bsync_row_text_write(change->key, change->key_count, &word) != BSYNC_OK)
			bsync_buffer_clear(&word);
		bsync_operator_print(command, "  %s ", bsync_change_kind_name(change->kind));
		if (table != NULL)
			bsync_operator_print(command, "%s", table->name);
		else if (change->table_no == BSYNC_ITEMS_TABLE_NO)
			bsync_operator_print(command, "inbox item");
		else
			bsync_operator_print(command, "table %u, which the schema does not have",
					     (unsigned)change->table_no);
		bsync_operator_print(command, " %.*s", (int)word.size, (const char *)word.data);
		for (uint32_t k = 0; k < change->cell_count; k++) {
			int column = table == NULL ? -1 : bsync_table_column(table, change->cells[k].column_no);

			if (column >= 0)
				bsync_operator_print(command, "%s%s", k == 0 ? ": " : ", ",
						     table->columns[column].name);
			else
				bsync_operator_print(command, "%scolumn %u", k == 0 ? ": " : ", ",
						     (unsigned)change->cells[k].column_no);
		}
		bsync_operator_print(command, "\n");
		bsync_buffer_clear(&word);
	}
}

/* Those that wait behind the one that is shown. */
static bool print_behind(void *context, const struct bsync_quarantine_row *row)
{
	struct quarantine *quarantine = context;

	if (memcmp(row->device.bytes, quarantine->device.bytes, BSYNC_ID_SIZE) == 0 &&
	    memcmp(row->line.bytes, quarantine->line.bytes, BSYNC_ID_SIZE) == 0 && row->behind == quarantine->seq)
		bsync_operator_print(quarantine->command, "  behind it waits %llu\n", (unsigned long long)row->seq);
	return true;
}

enum bsync_exit bsync_operator_quarantine_show(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 2);
	struct quarantine quarantine = {.command = command};
	struct opened opened;
	enum bsync_result result;

	if (code == BSYNC_EXIT_DONE)
		code = read_target(command, true, &quarantine);
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_quarantine(command->operator->view, list_row, &quarantine);
	if (result == BSYNC_OK && quarantine.found > 0 && !command->is_json) {
		result = opened_read(&quarantine, &opened);
		if (result == BSYNC_OK && opened.decoded == BSYNC_OK)
			print_changes(command, &opened.set);
		opened_clear(&opened);
		if (result == BSYNC_OK)
			result = bsync_view_quarantine(command->operator->view, print_behind, &quarantine);
	}
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the quarantine", result, "`fsck` tells more");
	return quarantine.found > 0 ? BSYNC_EXIT_DONE : not_set_aside(command);
}

/* --- export --- */

/* Writes the fields of the row, and the whole changeset, into `command->text`. */
static bool export_row(void *context, const struct bsync_quarantine_row *row)
{
	struct quarantine *quarantine = context;
	struct bsync_operator_command *command = quarantine->command;
	struct bsync_json json;
	struct opened opened;

	if (!is_wanted(quarantine, row))
		return true;
	if (opened_read(quarantine, &opened) != BSYNC_OK) {
		opened_clear(&opened);
		return false;
	}
	json_begin(command, row, &json);
	if (opened.decoded == BSYNC_OK) {
		bsync_json_name(&json, "changeset");
		bsync_changeset_json(&json, bsync_view_schema(command->operator->view), &opened.set);
	} else {
		bsync_json_name(&json, "bytes");
		bsync_json_blob(&json, bsync_buffer_bytes(&opened.plain));
	}
	bsync_json_object_end(&json);
	quarantine->found += bsync_operator_json(command, &json);
	opened_clear(&opened);
	return false;
}

/* The program that asks has opened the file that this goes to (daemon/ctl). */
enum bsync_exit bsync_operator_quarantine_export(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 2);
	struct quarantine quarantine = {.command = command};
	enum bsync_result result;

	if (code == BSYNC_EXIT_DONE)
		code = read_target(command, true, &quarantine);
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_view_quarantine(command->operator->view, export_row, &quarantine);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the quarantine", result, "`fsck` tells more");
	return quarantine.found > 0 ? BSYNC_EXIT_DONE : not_set_aside(command);
}

/* --- retry and release --- */

struct retry_act {
	struct bsync_device_id device;
	struct named named;
	enum bsync_verdict verdict;
};

static enum bsync_result retry(void *argument, struct bsync_store *store)
{
	struct retry_act *act = argument;

	return bsync_store_quarantine_retry(store, &act->device, &act->named.line, act->named.seq,
					    bsync_machine_now_ms(), &act->verdict);
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
		struct retry_act act = {.device = quarantine.device, .named = quarantine.list[i]};

		result = command->operator->act(command->operator->context, retry, &act);
		/* An earlier one may have taken it along. */
		if (result == BSYNC_NOT_FOUND && i > 0)
			result = BSYNC_OK;
		else if (result == BSYNC_OK)
			bsync_operator_print(command, "%llu %s\n", (unsigned long long)act.named.seq,
					     bsync_verdict_name(act.verdict));
	}
	free(quarantine.list);
	if (result == BSYNC_MISUSE)
		return bsync_operator_refused(command, "nothing is tried",
					      "a recovery is open: what waits is tried when it "
					      "is closed; `recovery status` tells more");
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
