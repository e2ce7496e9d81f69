#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/item_json.h"
#include "core/schema/item_words.h"
#include "core/schema/row_text.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { NAME_SIZE = 200, REFUSAL_SIZE = 300, VALUE_SIZE_MAX = 16 << 20 };

/* --- Printing an item --- */

static bool print_json(struct bsync_operator_command *command, const struct bsync_inbox_item *item)
{
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	bsync_item_json(&json, item);
	return bsync_operator_json(command, &json);
}

/* A line, or all of it; false when that was too much. */
static bool print_words(struct bsync_operator_command *command, const struct bsync_inbox_item *item, bool is_all)
{
	const struct bsync_item_reader reader = {.program = "buurtsyncctl", .language = command->language};
	enum bsync_result result;

	command->text.size = 0;
	result = is_all ? bsync_item_words_all(item, &reader, &command->text)
			: bsync_item_words_line(item, &reader, &command->text);
	if (result == BSYNC_OK)
		bsync_operator_flush(command);
	command->text.size = 0;
	return result == BSYNC_OK;
}

/* --- list and show --- */

struct search {
	struct bsync_operator_command *command;
	uint8_t id[16];
	bool is_found;
	char column[NAME_SIZE]; /* of the item's first cell */
	uint32_t table_no;
	uint32_t variant_count;
};

static bool list_item(void *context, const struct bsync_inbox_item *item)
{
	struct bsync_operator_command *command = context;

	if (command->is_json)
		return print_json(command, item);
	return print_words(command, item, false);
}

enum bsync_exit bsync_operator_inbox_list(struct bsync_operator_command *command)
{
	const char *language = NULL;
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}, {"lang", &language, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 0);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	command->language = bsync_language_of(&language, 1);
	result = bsync_view_inbox(command->operator->view, list_item, command);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot list the inbox", result, "`fsck` tells more");
	return BSYNC_EXIT_DONE;
}

static bool show_item(void *context, const struct bsync_inbox_item *item)
{
	struct search *search = context;

	if (memcmp(item->id, search->id, sizeof item->id) != 0)
		return true;
	search->is_found = true;
	if (search->command->is_json)
		print_json(search->command, item);
	else
		print_words(search->command, item, true);
	return false;
}

static enum bsync_exit not_open(const struct bsync_operator_command *command)
{
	return bsync_operator_failed(command, "no open item has this id", BSYNC_CHANGED,
				     "`inbox list` shows what is open");
}

enum bsync_exit bsync_operator_inbox_show(struct bsync_operator_command *command)
{
	const char *language = NULL;
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}, {"lang", &language, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	struct search search = {.command = command};
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if (!bsync_id_parse(command->words[0], search.id))
		return bsync_operator_usage(command, "ID is 32 hex digits");
	command->language = bsync_language_of(&language, 1);
	result = bsync_view_inbox(command->operator->view, show_item, &search);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the inbox", result, "`fsck` tells more");
	return search.is_found ? BSYNC_EXIT_DONE : not_open(command);
}

/* --- resolve --- */

struct resolve_act {
	struct search search;
	uint32_t take;    /* 0: none */
	const char *text; /* of --value, NULL with --take */
	struct bsync_value value;
	char refusal[REFUSAL_SIZE];
};

static bool find_item(void *context, const struct bsync_inbox_item *item)
{
	struct search *search = context;

	if (memcmp(item->id, search->id, sizeof item->id) != 0)
		return true;
	search->is_found = true;
	search->table_no = item->table_no;
	if (item->cell_count > 0) {
		strncpy(search->column, item->cells[0].column, sizeof search->column - 1);
		search->variant_count = item->cells[0].variant_count;
	}
	return false;
}

/* What was typed, as a value of the item's column. */
static enum bsync_result value_read(const struct bsync_schema *schema, const struct search *search, const char *text,
				    struct bsync_arena *arena, struct bsync_value *value)
{
	const struct bsync_table *table = bsync_schema_table(schema, search->table_no);
	int column = table == NULL ? -1 : bsync_table_column_named(table, search->column);
	enum bsync_affinity affinity = column < 0 ? BSYNC_AFFINITY_TEXT : table->columns[column].affinity;

	return bsync_row_text_value(affinity, bsync_bytes_of_string(text), arena, value);
}

static enum bsync_result resolve(void *argument, struct bsync_store *store)
{
	struct resolve_act *act = argument;
	enum bsync_result result = bsync_store_inbox_resolve(
		store, act->search.id, act->take, act->text != NULL ? &act->value : NULL, bsync_machine_now_ms());

	snprintf(act->refusal, sizeof act->refusal, "%s", bsync_store_refusal(store));
	return result;
}

enum bsync_exit bsync_operator_inbox_resolve(struct bsync_operator_command *command)
{
	struct resolve_act act = {.search = {.command = command}};
	const char *take = NULL;
	const struct bsync_option options[] = {{"take", &take, NULL}, {"value", &act.text, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	struct bsync_arena arena;
	bool is_value = true;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if ((take == NULL) == (act.text == NULL))
		return bsync_operator_usage(command, "give one of --take N|none and --value V");
	if (!bsync_id_parse(command->words[0], act.search.id))
		return bsync_operator_usage(command, "ID is 32 hex digits");
	if (take != NULL && strcmp(take, "none") != 0) {
		char *end;
		long number = strtol(take, &end, 10);

		if (end == take || *end != '\0' || number < 1 || number > 10000)
			return bsync_operator_usage(command, "N is the number of a variant, from 1, or none");
		act.take = (uint32_t)number;
	}
	result = bsync_view_inbox(command->operator->view, find_item, &act.search);
	if (result == BSYNC_OK && !act.search.is_found)
		return not_open(command);
	bsync_arena_init(&arena, VALUE_SIZE_MAX);
	if (result == BSYNC_OK && act.text != NULL)
		is_value = value_read(bsync_view_schema(command->operator->view), &act.search, act.text, &arena,
				      &act.value) == BSYNC_OK;
	if (result == BSYNC_OK && is_value)
		result = command->operator->act(command->operator->context, resolve, &act);
	bsync_arena_clear(&arena);
	if (!is_value)
		return bsync_operator_usage(command, "V is not a value of this column: write digits for a number, hex "
						     "for a blob");
	if (result == BSYNC_INVALID && act.refusal[0] != '\0')
		return bsync_operator_refused(command, "cannot resolve the item, which stays open", act.refusal);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot resolve the item", result,
					     "`inbox show` tells what stands now");
	return BSYNC_EXIT_DONE;
}
