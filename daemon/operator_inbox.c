#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/item_words.h"
#include "core/schema/row_text.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { NAME_SIZE = 200, ROW_SIZE_MAX = 1 << 20, REFUSAL_SIZE = 300 };

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

/* null for the store, and for a cell that nobody wrote. */
static void json_author(struct bsync_json *json, const struct bsync_worker_id *author, const char *name)
{
	static const struct bsync_worker_id nobody = {{0}};

	bsync_json_name(json, "author");
	if (memcmp(author->bytes, nobody.bytes, BSYNC_ID_SIZE) == 0)
		bsync_json_null(json);
	else
		bsync_json_blob(json, (struct bsync_bytes){author->bytes, BSYNC_ID_SIZE});
	bsync_json_name(json, "author_name");
	bsync_json_string(json, name != NULL && name[0] != '\0' ? name : NULL);
}

static void json_time(struct bsync_json *json, const char *name, int64_t ms)
{
	bsync_json_name(json, name);
	if (ms == 0)
		bsync_json_null(json);
	else
		bsync_json_integer(json, ms);
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
	json_author(json, &variant->author, cell->author_names != NULL ? cell->author_names[index] : NULL);
	json_time(json, "device_time", variant->device_ms);
	json_time(json, "server_time", variant->stamp_ms);
	bsync_json_object_end(json);
}

/* `n` is the number that resolves: a conflict has one cell, and of other items all cells are taken together. */
static void json_item(struct bsync_json *json, const struct bsync_inbox_item *item)
{
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
	json_author(json, &item->author, item->author_name);
	bsync_json_name(json, "row_exists");
	bsync_json_bool(json, item->is_row_here);
	bsync_json_name(json, "shown");
	if (item->shown != NULL)
		bsync_json_value(json, item->shown);
	else
		bsync_json_null(json);
	bsync_json_name(json, "variants");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		for (uint32_t n = 0; n < item->cells[i].variant_count; n++)
			json_variant(json, n + 1, &item->cells[i], n);
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

/* --- In words --- */

/* Room for a cell in words: what an item has at most. */
struct item_cells {
	struct bsync_item_words_cell list[BSYNC_COLUMNS_MAX];
};

static void words_fill(const struct bsync_inbox_item *item, struct item_cells *cells, struct bsync_item_words *words)
{
	*words = (struct bsync_item_words){
		.program = "buurtsyncctl",
		.kind = item->kind,
		.table = item->table,
		.reason = item->reason,
		.key_count = item->key_count,
		.key = item->key,
		.is_row_here = item->is_row_here,
		.shown = item->shown,
		.author = item->author,
		.author_name = item->author_name,
		.device_ms = item->device_ms,
		.stamp_ms = item->stamp_ms,
		.cell_count = item->cell_count < BSYNC_COLUMNS_MAX ? item->cell_count : BSYNC_COLUMNS_MAX,
		.cells = cells->list,
	};
	memcpy(words->id, item->id, sizeof words->id);
	for (uint32_t i = 0; i < words->cell_count; i++) {
		const struct bsync_inbox_cell *cell = &item->cells[i];

		cells->list[i] = (struct bsync_item_words_cell){.column = cell->column,
								.variant_count = cell->variant_count,
								.variants = cell->variants,
								.author_names = cell->author_names,
								.base = cell->has_base ? &cell->base : NULL};
	}
}

/* A line, or all of it; false when that was too much. */
static bool print_words(struct bsync_operator_command *command, const struct bsync_inbox_item *item, bool is_all)
{
	struct item_cells cells;
	struct bsync_item_words words;
	enum bsync_result result;

	words_fill(item, &cells, &words);
	command->text.size = 0;
	result = is_all ? bsync_item_words_all(&words, command->language, &command->text)
			: bsync_item_words_line(&words, command->language, &command->text);
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
	struct resolve_act *act = argument;
	struct bsync_value value;
	enum bsync_result result;

	if (act->text != NULL)
		value = value_of(bsync_store_schema(store), &act->search, act->text);
	result = bsync_store_inbox_resolve(store, act->search.id, act->take, act->text != NULL ? &value : NULL,
					   bsync_machine_now_ms());
	snprintf(act->refusal, sizeof act->refusal, "%s", bsync_store_refusal(store));
	return result;
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
	if (result == BSYNC_OK)
		result = command->operator->act(command->operator->context, resolve, &act);
	if (result == BSYNC_INVALID && act.refusal[0] != '\0')
		return bsync_operator_refused(command, "cannot resolve the item, which stays open", act.refusal);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot resolve the item", result,
					     "`inbox show` tells what stands now");
	return BSYNC_EXIT_DONE;
}
