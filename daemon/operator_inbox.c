#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/row_text.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { NAME_SIZE = 200, ROW_SIZE_MAX = 1 << 20 };

/* --- Printing an item --- */

/* The row as the devices' programs name it; empty when its key is too large for a line. */
static void row_word(const struct bsync_inbox_item *item, struct bsync_buffer *word)
{
	bsync_buffer_init(word, ROW_SIZE_MAX);
	if (bsync_row_text_write(item->key, item->key_count, word) != BSYNC_OK)
		bsync_buffer_clear(word);
}

static void json_row(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	struct bsync_buffer word;

	row_word(item, &word);
	bsync_json_name(json, "row");
	bsync_json_text(json, bsync_buffer_bytes(&word));
	bsync_buffer_clear(&word);
}

static void json_base(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	char base[BSYNC_POSITION_TEXT_SIZE];

	bsync_position_text(item->base, base);
	bsync_json_name(json, "base");
	bsync_json_string(json, base);
	bsync_json_name(json, "base_value");
	if (item->cell_count > 0 && item->cells[0].has_base)
		bsync_json_value(json, &item->cells[0].base);
	else
		bsync_json_null(json);
}

static void json_variant(struct bsync_json *json, uint32_t number, const struct bsync_inbox_cell *cell, uint32_t index)
{
	const struct bsync_variant *variant = &cell->variants[index];

	bsync_json_object(json);
	bsync_json_name(json, "n");
	bsync_json_unsigned(json, number);
	bsync_json_name(json, "cell");
	bsync_json_string(json, cell->column);
	bsync_json_name(json, "value");
	bsync_json_value(json, &variant->value);
	bsync_json_name(json, "author");
	bsync_json_blob(json, (struct bsync_bytes){variant->author.bytes, BSYNC_ID_SIZE});
	bsync_json_name(json, "author_name");
	bsync_json_string(json, cell->author_names != NULL ? cell->author_names[index] : NULL);
	bsync_json_name(json, "device_time");
	bsync_json_integer(json, variant->device_ms);
	bsync_json_name(json, "server_time");
	bsync_json_integer(json, variant->stamp_ms);
	bsync_json_object_end(json);
}

static void json_item(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	uint32_t number = 0;

	bsync_json_object(json);
	bsync_json_name(json, "id");
	bsync_json_blob(json, (struct bsync_bytes){item->id, sizeof item->id});
	bsync_json_name(json, "kind");
	bsync_json_string(json, item->kind);
	bsync_json_name(json, "table");
	bsync_json_string(json, item->table);
	json_row(json, item);
	bsync_json_name(json, "cells");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++)
		bsync_json_string(json, item->cells[i].column);
	bsync_json_array_end(json);
	json_base(json, item);
	bsync_json_name(json, "variants");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		for (uint32_t n = 0; n < item->cells[i].variant_count; n++)
			json_variant(json, ++number, &item->cells[i], n);
	}
	bsync_json_array_end(json);
	bsync_json_name(json, "reason");
	bsync_json_string(json, item->reason);
	bsync_json_object_end(json);
}

static bool print_json(struct bsync_operator_command *command, const struct bsync_inbox_item *item)
{
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	json_item(&json, item);
	return bsync_operator_json(command, &json);
}

/* A value as JSON, on a line of its own. */
static void print_value(struct bsync_operator_command *command, const struct bsync_value *value)
{
	struct bsync_json json;

	bsync_json_init(&json, &command->text);
	bsync_json_value(&json, value);
	(void)!bsync_operator_json(command, &json);
}

static void print_text(struct bsync_operator_command *command, const struct bsync_inbox_item *item)
{
	char id[BSYNC_ID_TEXT_SIZE];
	struct bsync_buffer word;

	bsync_id_text(item->id, id);
	row_word(item, &word);
	bsync_operator_print(command, "%s\t%s\t%s %.*s", id, item->kind, item->table, (int)word.size,
			     (const char *)word.data);
	bsync_buffer_clear(&word);
	for (uint32_t i = 0; i < item->cell_count; i++)
		bsync_operator_print(command, "%s%s", i == 0 ? "\t" : ",", item->cells[i].column);
	if (item->reason != NULL && item->reason[0] != '\0') {
		bsync_operator_print(command, "\t");
		bsync_operator_plain(command, item->reason);
	}
	bsync_operator_print(command, "\n");
}

static void print_details(struct bsync_operator_command *command, const struct bsync_inbox_item *item)
{
	print_text(command, item);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		const struct bsync_inbox_cell *cell = &item->cells[i];

		if (cell->has_base) {
			bsync_operator_print(command, "  %s before: ", cell->column);
			print_value(command, &cell->base);
		}
		for (uint32_t n = 0; n < cell->variant_count; n++) {
			bsync_operator_print(command, "  %s %u, ", cell->column, (unsigned)n + 1);
			bsync_operator_plain(command, cell->author_names != NULL && cell->author_names[n] != NULL
							      ? cell->author_names[n]
							      : "?");
			bsync_operator_print(command, ": ");
			print_value(command, &cell->variants[n].value);
		}
	}
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
	print_text(command, item);
	return true;
}

enum bsync_exit bsync_operator_inbox_list(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 0);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
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
		print_details(search->command, item);
	return false;
}

static enum bsync_exit not_open(const struct bsync_operator_command *command)
{
	return bsync_operator_failed(command, "no open item has this id", BSYNC_CHANGED,
				     "`inbox list` shows what is open");
}

enum bsync_exit bsync_operator_inbox_show(struct bsync_operator_command *command)
{
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 1);
	struct search search = {.command = command};
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if (!bsync_id_parse(command->words[0], search.id))
		return bsync_operator_usage(command, "ID is 32 hex digits");
	result = bsync_view_inbox(command->operator->view, show_item, &search);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the inbox", result, "`fsck` tells more");
	return search.is_found ? BSYNC_EXIT_DONE : not_open(command);
}

/* --- resolve --- */

struct resolve_act {
	struct search search;
	uint32_t take;
	const char *text; /* of --value, NULL with --take */
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

/* The text as the column would store it: a number where it has a number's type and the text is one. */
static struct bsync_value value_of(const struct bsync_schema *schema, const struct search *search, const char *text)
{
	const struct bsync_table *table = bsync_schema_table(schema, search->table_no);
	int column = table == NULL ? -1 : bsync_table_column_named(table, search->column);
	enum bsync_affinity affinity = column < 0 ? BSYNC_AFFINITY_TEXT : table->columns[column].affinity;
	char *end;

	if (affinity == BSYNC_AFFINITY_INTEGER || affinity == BSYNC_AFFINITY_ANY) {
		long long number;

		errno = 0;
		number = strtoll(text, &end, 10);
		if (errno == 0 && end != text && *end == '\0')
			return bsync_value_integer(number);
	}
	if (affinity == BSYNC_AFFINITY_REAL || affinity == BSYNC_AFFINITY_ANY) {
		double number = strtod(text, &end);

		if (end != text && *end == '\0')
			return bsync_value_real(number);
	}
	return bsync_value_text(bsync_bytes_of_string(text));
}

static enum bsync_result resolve(void *argument, struct bsync_store *store)
{
	const struct resolve_act *act = argument;
	struct bsync_value value;

	if (act->text == NULL)
		return bsync_store_inbox_resolve(store, act->search.id, act->take, NULL, bsync_machine_now_ms());
	value = value_of(bsync_store_schema(store), &act->search, act->text);
	return bsync_store_inbox_resolve(store, act->search.id, 0, &value, bsync_machine_now_ms());
}

enum bsync_exit bsync_operator_inbox_resolve(struct bsync_operator_command *command)
{
	struct resolve_act act = {.search = {.command = command}};
	const char *take = NULL;
	const struct bsync_option options[] = {{"take", &take, NULL}, {"value", &act.text, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	if ((take == NULL) == (act.text == NULL))
		return bsync_operator_usage(command, "give one of --take N and --value V");
	if (!bsync_id_parse(command->words[0], act.search.id))
		return bsync_operator_usage(command, "ID is 32 hex digits");
	if (take != NULL) {
		char *end;
		long number = strtol(take, &end, 10);

		if (end == take || *end != '\0' || number < 1 || number > 10000)
			return bsync_operator_usage(command, "N is the number of a variant, from 1");
		act.take = (uint32_t)number;
	}
	result = bsync_view_inbox(command->operator->view, find_item, &act.search);
	if (result == BSYNC_OK && !act.search.is_found)
		return not_open(command);
	if (result == BSYNC_OK)
		result = command->operator->act(command->operator->context, resolve, &act);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot resolve the item", result,
					     "`inbox show` tells what stands now");
	return BSYNC_EXIT_DONE;
}
