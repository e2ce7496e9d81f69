/* Lists for people and scripts: inbox, history, pending and quarantine as JSON lines; and how an item is resolved. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/client.h"
#include "core/schema/item_json.h"
#include "core/schema/row_text.h"

enum { LIST_SIZE_MAX = 64 << 20, ARENA_MAX = 1 << 20 };

/* A text in the making: the first failure sticks. */
struct listing {
	struct bsync_json json;
	struct bsync_buffer out;
	enum bsync_result result;
};

static void begin(struct listing *listing)
{
	bsync_buffer_init(&listing->out, LIST_SIZE_MAX);
	bsync_json_init(&listing->json, &listing->out);
	listing->result = BSYNC_OK;
}

static bool end_line(struct listing *listing)
{
	bsync_json_object_end(&listing->json);
	listing->result = bsync_json_end(&listing->json);
	return listing->result == BSYNC_OK;
}

/* Hands the text out, NUL-terminated. */
static enum bsync_result end(struct listing *listing, enum bsync_result result, char **text)
{
	if (result == BSYNC_OK)
		result = listing->result;
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&listing->out, "", 1);
	if (result == BSYNC_OK) {
		*text = (char *)listing->out.data;
		return BSYNC_OK;
	}
	bsync_buffer_clear(&listing->out);
	return result;
}

/* The whole of a list that `list` writes, with the mutex held; `failure` says what did not succeed where it fails. */
static int list_json(struct bsync_client *client, const char *name,
		     enum bsync_result (*list)(struct bsync_file *file, struct listing *listing), const char *failure,
		     char **text, struct bsync_error *error)
{
	if (text == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "no %s: the argument for the text is NULL", name);
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct listing listing;
	begin(&listing);
	enum bsync_result result = end(&listing, list(client->file, &listing), text);
	if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, failure, error);
	bsync_client_leave(client);
	return code;
}

/* --- Inbox --- */

static bool write_item(void *context, const struct bsync_inbox_item *item)
{
	struct listing *listing = context;
	bsync_item_json(&listing->json, item);
	listing->result = bsync_json_end(&listing->json);
	return listing->result == BSYNC_OK;
}

static enum bsync_result list_inbox(struct bsync_file *file, struct listing *listing)
{
	return bsync_file_inbox(file, write_item, listing);
}

int bsync_inbox_json(struct bsync_client *client, char **text, struct bsync_error *error)
{
	return list_json(client, "inbox", list_inbox, "the inbox cannot be read", text, error);
}

/* --- Pending and quarantine --- */

struct pending_listing {
	struct listing listing;
	bool is_quarantine;
	bool is_open;  /* the last object is left open, for more */
	uint64_t only; /* 0: all */
	bool is_found;
};

static const char *state_word(uint32_t state)
{
	switch (state) {
	case BSYNC_OUTBOX_WAITING:
		return "waiting";
	case BSYNC_OUTBOX_QUARANTINED:
		return "quarantined";
	case BSYNC_OUTBOX_UNPLACED:
		return "unplaced";
	case BSYNC_OUTBOX_GIVEN_UP:
		return "given-up";
	default:
		return "durable";
	}
}

static bool write_pending(void *context, const struct bsync_pending_row *row)
{
	struct pending_listing *pending = context;
	struct bsync_json *json = &pending->listing.json;
	if (pending->is_quarantine != (row->state == BSYNC_OUTBOX_QUARANTINED || row->state == BSYNC_OUTBOX_UNPLACED))
		return true;
	if (pending->only != 0 && row->seq != pending->only)
		return true;
	pending->is_found = true;
	bsync_json_object(json);
	bsync_json_name(json, "seq");
	bsync_json_unsigned(json, row->seq);
	bsync_json_time(json, "made_at", row->made_ms);
	bsync_json_name(json, "size");
	bsync_json_unsigned(json, row->size);
	bsync_json_named(json, "state", state_word(row->state));
	bsync_json_named(json, "tables", row->tables);
	bsync_json_named(json, "reason", row->reason);
	return pending->is_open ? false : end_line(&pending->listing);
}

static int pending_json(struct bsync_client *client, bool is_quarantine, char **text, struct bsync_error *error)
{
	if (text == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "no list: the argument for the text is NULL");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct pending_listing pending = {.is_quarantine = is_quarantine};
	begin(&pending.listing);
	enum bsync_result result = bsync_file_pending(client->file, write_pending, &pending);
	result = end(&pending.listing, result, text);
	if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, "the outbox cannot be read", error);
	bsync_client_leave(client);
	return code;
}

int bsync_pending_json(struct bsync_client *client, char **text, struct bsync_error *error)
{
	return pending_json(client, false, text, error);
}

int bsync_quarantine_json(struct bsync_client *client, char **text, struct bsync_error *error)
{
	return pending_json(client, true, text, error);
}

static enum bsync_result export_write(struct bsync_client *client, uint64_t seq, struct pending_listing *pending)
{
	struct bsync_json *json = &pending->listing.json;
	enum bsync_result result = bsync_file_pending(client->file, write_pending, pending);
	if (result != BSYNC_OK || !pending->is_found)
		return result;
	bsync_json_name(json, "changeset");
	result = bsync_file_changeset_json(client->file, seq, json);
	return result == BSYNC_OK && !end_line(&pending->listing) ? pending->listing.result : result;
}

int bsync_quarantine_export_json(struct bsync_client *client, int64_t seq, char **text, struct bsync_error *error)
{
	if (text == NULL || seq < 1)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "nothing to export: an argument is NULL or below 1");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct pending_listing pending = {.is_quarantine = true, .is_open = true, .only = (uint64_t)seq};
	begin(&pending.listing);
	enum bsync_result result = export_write(client, (uint64_t)seq, &pending);
	if (result == BSYNC_OK && !pending.is_found) {
		bsync_buffer_clear(&pending.listing.out);
		code = bsync_problem(error, BSYNC_E_NOT_FOUND, 0,
				     "nothing is set aside under number %lld; the list of the quarantine shows what is",
				     (long long)seq);
	} else {
		result = end(&pending.listing, result, text);
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, "the transaction cannot be written out",
							 error);
	}
	bsync_client_leave(client);
	return code;
}

/* --- Edits --- */

int bsync_edit_begin(struct bsync_client *client, const char *table, const char *row, struct bsync_error *error)
{
	if (table == NULL || row == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "no edit can begin: an argument is NULL");
	return bsync_client_on_row(client, table, row, bsync_file_edit_begin, "the edit cannot be remembered", error);
}

void bsync_edit_end(struct bsync_client *client, const char *table, const char *row)
{
	if (table == NULL || row == NULL || bsync_client_enter(client, NULL) != BSYNC_DONE)
		return;
	struct bsync_arena arena;
	const struct bsync_table *found = NULL;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	bsync_arena_init(&arena, ARENA_MAX);
	if (bsync_client_row(client, table, row, &arena, &found, key, NULL) == BSYNC_DONE)
		bsync_file_edit_end(client->file, table, key, found->key_count);
	bsync_arena_clear(&arena);
	bsync_client_leave(client);
}

int bsync_set_base(struct bsync_client *client, const char *position, struct bsync_error *error)
{
	struct bsync_position base = {0, 0};
	if (position != NULL && !bsync_position_parse(position, &base))
		return bsync_problem(
			error, BSYNC_E_MISUSE, 0,
			"%.40s is not a position: it has the form INCARNATION.COUNTER, as the cursor in the status",
			position);
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	bsync_file_set_base(client->file, base);
	bsync_client_leave(client);
	return BSYNC_DONE;
}

/* --- History --- */

static bool write_past(void *context, const struct bsync_past_row *row)
{
	struct listing *listing = context;
	struct bsync_json *json = &listing->json;
	const struct bsync_past *past = row->past;
	bsync_json_object(json);
	bsync_json_named(json, "column", row->column);
	bsync_variant_json(json, &past->variant, row->author_name);
	bsync_json_name(json, "position");
	bsync_json_unsigned(json, past->variant.counter);
	bsync_json_name(json, "stands");
	bsync_json_bool(json, row->stands);
	bsync_json_name(json, "replaced_at_position");
	if (row->stands)
		bsync_json_null(json);
	else
		bsync_json_unsigned(json, past->replaced_counter);
	if (row->stands) {
		bsync_json_name(json, "replaced_by");
		bsync_json_null(json);
	} else {
		bsync_json_id(json, "replaced_by", past->replaced_by.bytes);
	}
	return end_line(listing);
}

static void write_holders(struct bsync_json *json, const struct bsync_own_row *row)
{
	bsync_json_name(json, "devices_of");
	if (row->asked_ms == 0) {
		bsync_json_null(json);
	} else {
		bsync_json_array(json);
		for (uint32_t i = 0; i < row->holder_count; i++) {
			bsync_json_object(json);
			bsync_json_id(json, "worker", row->holders[i].worker.bytes);
			bsync_json_named(json, "name", row->holders[i].name);
			bsync_json_object_end(json);
		}
		bsync_json_array_end(json);
	}
	bsync_json_time(json, "as_of", row->asked_ms);
}

static bool write_own(void *context, const struct bsync_own_row *row)
{
	struct listing *listing = context;
	struct bsync_json *json = &listing->json;
	static const char *const words[] = {"on-device", "on-server", "quarantined", "unplaced", "given-up"};
	bsync_json_object(json);
	bsync_json_name(json, "seq");
	bsync_json_unsigned(json, row->seq);
	bsync_json_time(json, "made_at", row->made_ms);
	bsync_json_named(json, "state",
			 row->is_sent                                  ? "sent"
			 : row->state < sizeof words / sizeof words[0] ? words[row->state]
								       : NULL);
	bsync_json_name(json, "position");
	if (row->counter != 0)
		bsync_json_unsigned(json, row->counter);
	else
		bsync_json_null(json);
	bsync_json_time(json, "server_time", row->stamp_ms);
	bsync_json_named(json, "verdict", row->state == BSYNC_OUTBOX_WAITING ? NULL : bsync_verdict_name(row->verdict));
	bsync_json_named(json, "reason", row->reason);
	write_holders(json, row);
	return end_line(listing);
}

/* What is told of one row of a table. */
enum row_listing { ROW_HISTORY, ROW_RECEIPTS };

static int row_json(struct bsync_client *client, enum row_listing what, const char *table, const char *row, char **text,
		    struct bsync_error *error)
{
	const char *name = what == ROW_HISTORY ? "history" : "receipts";
	if (table == NULL || row == NULL || text == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "no %s: an argument is NULL", name);
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct bsync_arena arena;
	const struct bsync_table *found = NULL;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	bsync_arena_init(&arena, ARENA_MAX);
	code = bsync_client_row(client, table, row, &arena, &found, key, error);
	if (code == BSYNC_DONE) {
		struct listing listing;
		begin(&listing);
		enum bsync_result result =
			what == ROW_HISTORY
				? bsync_file_history(client->file, table, key, found->key_count, write_past, &listing)
				: bsync_file_own(client->file, table, key, found->key_count, write_own, &listing);
		result = end(&listing, result, text);
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result,
							 what == ROW_HISTORY ? "the history cannot be read"
									     : "the receipts cannot be read",
							 error);
	}
	bsync_arena_clear(&arena);
	bsync_client_leave(client);
	return code;
}

int bsync_history_json(struct bsync_client *client, const char *table, const char *row, char **text,
		       struct bsync_error *error)
{
	return row_json(client, ROW_HISTORY, table, row, text, error);
}

int bsync_receipts_json(struct bsync_client *client, const char *table, const char *row, char **text,
			struct bsync_error *error)
{
	return row_json(client, ROW_RECEIPTS, table, row, text, error);
}

/* --- What others chose --- */

static bool write_chosen(void *context, const struct bsync_chosen *chosen)
{
	struct listing *listing = context;
	struct bsync_json *json = &listing->json;
	bsync_json_object(json);
	bsync_json_named(json, "table", chosen->table->name);
	bsync_json_name(json, "row");
	bsync_json_row(json, chosen->key, chosen->key_count);
	bsync_json_named(json, "column", chosen->table->columns[chosen->column].name);
	bsync_variant_json(json, &chosen->past.variant, NULL);
	bsync_json_id(json, "chosen_by", chosen->past.replaced_by.bytes);
	bsync_json_named(json, "chosen_by_name", chosen->chooser_name);
	bsync_json_name(json, "shown");
	if (chosen->shown != NULL)
		bsync_json_value(json, chosen->shown);
	else
		bsync_json_null(json);
	bsync_json_name(json, "position");
	bsync_json_unsigned(json, chosen->past.replaced_counter);
	return end_line(listing);
}

static enum bsync_result list_chosen(struct bsync_file *file, struct listing *listing)
{
	return bsync_file_chosen(file, write_chosen, listing);
}

int bsync_chosen_json(struct bsync_client *client, char **text, struct bsync_error *error)
{
	return list_json(client, "list", list_chosen, "what others chose cannot be read", text, error);
}

/* `keep` writes down that the user has been told, up to a number as listed. */
static int tell_up_to(struct bsync_client *client, int64_t number,
		      enum bsync_result (*keep)(struct bsync_file *file, uint64_t number), struct bsync_error *error)
{
	if (number < 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "nothing is told: a position or seq is not below 0");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	enum bsync_result result = keep(client->file, (uint64_t)number);
	if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, "that the user was told cannot be kept", error);
	bsync_client_leave(client);
	return code;
}

int bsync_chosen_told(struct bsync_client *client, int64_t position, struct bsync_error *error)
{
	return tell_up_to(client, position, bsync_file_chosen_told, error);
}

/* --- What was not taken and waits where the user does not see it --- */

static bool write_unseen(void *context, const struct bsync_pending_row *row)
{
	struct listing *listing = context;
	struct bsync_json *json = &listing->json;
	bsync_json_object(json);
	bsync_json_name(json, "seq");
	bsync_json_unsigned(json, row->seq);
	bsync_json_time(json, "made_at", row->made_ms);
	bsync_json_named(json, "tables", row->tables);
	bsync_json_named(json, "kind", row->is_late ? "late" : "refused");
	bsync_json_named(json, "reason", row->reason);
	return end_line(listing);
}

static enum bsync_result list_unseen(struct bsync_file *file, struct listing *listing)
{
	return bsync_file_unseen(file, write_unseen, listing);
}

int bsync_unseen_json(struct bsync_client *client, char **text, struct bsync_error *error)
{
	return list_json(client, "list", list_unseen, "what was not taken cannot be read", text, error);
}

int bsync_unseen_told(struct bsync_client *client, int64_t seq, struct bsync_error *error)
{
	return tell_up_to(client, seq, bsync_file_unseen_told, error);
}

/* --- Resolving --- */

struct wanted_item {
	uint8_t id[16];
	bool is_found;
	enum bsync_affinity affinity;
	const struct bsync_schema *schema;
};

static bool look_for_item(void *context, const struct bsync_inbox_item *item)
{
	struct wanted_item *wanted = context;
	if (memcmp(item->id, wanted->id, sizeof wanted->id) != 0)
		return true;
	wanted->is_found = true;
	wanted->affinity = BSYNC_AFFINITY_TEXT;
	const struct bsync_table *table = bsync_schema_table(wanted->schema, item->table_no);
	int column = table != NULL && item->cell_count > 0 ? bsync_table_column_named(table, item->cells[0].column)
							   : -1;
	if (column >= 0)
		wanted->affinity = table->columns[column].affinity;
	return false;
}

/* What `take` and `value` ask for; false when it is nothing we know. */
static bool read_choice(const char *take, const char *value, enum bsync_take *how, uint32_t *number)
{
	*number = 0;
	*how = BSYNC_TAKE_VALUE;
	if (take == NULL)
		return value != NULL;
	if (value != NULL)
		return false;
	if (strcmp(take, "mine") == 0) {
		*how = BSYNC_TAKE_MINE;
		return true;
	}
	if (strcmp(take, "theirs") == 0) {
		*how = BSYNC_TAKE_THEIRS;
		return true;
	}
	if (strcmp(take, "none") == 0) {
		*how = BSYNC_TAKE_NONE;
		return true;
	}
	*how = BSYNC_TAKE_NUMBER;
	size_t size = strlen(take);
	if (size == 0 || size > 6 || strspn(take, "0123456789") != size)
		return false;
	*number = (uint32_t)strtoul(take, NULL, 10);
	return *number > 0;
}

static int resolve_found(struct bsync_client *client, const struct wanted_item *wanted, enum bsync_take how,
			 uint32_t number, const char *value, struct bsync_error *error)
{
	struct bsync_arena arena;
	struct bsync_value given = bsync_value_null();
	int code = BSYNC_DONE;
	bsync_arena_init(&arena, LIST_SIZE_MAX);
	if (how == BSYNC_TAKE_VALUE &&
	    bsync_row_text_value(wanted->affinity, bsync_bytes_of_string(value), &arena, &given) != BSYNC_OK) {
		code = bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "%.80s is not a value of this column: write digits for a number, hex for a blob",
				     value);
	} else {
		enum bsync_result result = bsync_file_resolve(client->file, wanted->id, how, number, &given);
		if (result == BSYNC_INVALID)
			code = bsync_problem(error, BSYNC_E_MISUSE, 0,
					     "that choice is not clear here: %s; look at what the "
					     "item shows",
					     bsync_file_error_text(client->file));
		else if (result == BSYNC_MISUSE)
			code = bsync_problem(error, BSYNC_E_RULE, 0,
					     "that choice cannot stand, and the item stays open: %s",
					     bsync_file_error_text(client->file));
		else if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, "the item cannot be resolved", error);
	}
	bsync_arena_clear(&arena);
	return code;
}

int bsync_resolve(struct bsync_client *client, const char *id, const char *take, const char *value,
		  struct bsync_error *error)
{
	struct wanted_item wanted = {.is_found = false};
	enum bsync_take how;
	uint32_t number;
	if (id == NULL || !bsync_id_parse(id, wanted.id))
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "an item's id is 32 hex digits; the list of the inbox shows it");
	if (!read_choice(take, value, &how, &number))
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "no choice: take a number from 1 on, mine, theirs or none, or give a value");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	wanted.schema = bsync_file_schema(client->file);
	enum bsync_result result = bsync_file_inbox(client->file, look_for_item, &wanted);
	if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, "the inbox cannot be read", error);
	else if (!wanted.is_found)
		code = bsync_problem(
			error, BSYNC_E_CHANGED, 0,
			"changed, look again: no open item has the id %s; it was resolved, or its versions "
			"have changed and it has another id now",
			id);
	else
		code = resolve_found(client, &wanted, how, number, value, error);
	bsync_client_leave(client);
	return code;
}
