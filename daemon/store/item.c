#include "daemon/store/item.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/derived_id.h"
#include "daemon/store/change.h"
#include "daemon/store/member.h"

static const char orphan_reason[] = "the row that this one names was deleted meanwhile";
static const char stays_reason[] = "somebody deleted this row while another changed it: it stays";

/* What an item is made of. */
struct draft {
	const char *kind;
	const char *reason;
	const struct bsync_plan *plan;
	const struct bsync_version *version; /* of the change it is about */
	struct bsync_scope *scope;           /* NULL: only the operator sees it */
	uint32_t face;
	bool is_of_author; /* one item for all that its author did there */
	bool is_orphan;    /* another question than that of the same delete about the row itself */
	struct bsync_bytes key;
	struct bsync_bytes cells;
};

/* The id is a hash of what the item is about, so the same trouble found twice is one item. */
static enum bsync_result id_make(struct bsync_act *act, const struct draft *draft, uint8_t id[BSYNC_ID_SIZE])
{
	struct bsync_dot dot = bsync_base_dot(&act->store->base, draft->version->line, draft->version->seq);
	const struct bsync_worker_id author = bsync_base_author(&act->store->base, draft->version->line);
	struct bsync_derived_id derived;

	if (draft->is_of_author) {
		dot = (struct bsync_dot){.seq = 0};
		memcpy(dot.device.bytes, author.bytes, BSYNC_ID_SIZE);
	}
	bsync_derived_id_begin(&derived, bsync_item_label, BSYNC_KEY_BYTES_MAX);
	bsync_write_array(&derived.writer, 6);
	bsync_write_string(&derived.writer, draft->is_orphan ? "orphan" : draft->kind);
	bsync_write_unsigned(&derived.writer, draft->plan->sql->table->no);
	bsync_write_blob(&derived.writer, draft->key);
	bsync_derived_id_dot(&derived, &dot);
	return bsync_derived_id_end(&derived, id);
}

static enum bsync_result row_add(struct bsync_act *act, const struct draft *draft, const uint8_t id[BSYNC_ID_SIZE])
{
	struct bsync_base *base = &act->store->base;
	const struct bsync_table *table = draft->plan->sql->table;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, ITEM_ADD);
	struct bsync_worker_id author = bsync_base_author(base, draft->version->line);

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, draft->scope != NULL ? (int64_t)draft->scope->no : 0);
	bsync_db_bind_int64(statement, 3, draft->scope != NULL ? table->faces[draft->face].no : 0);
	bsync_db_bind_string(statement, 4, draft->kind);
	bsync_db_bind_int64(statement, 5, table->no);
	bsync_db_bind_blob(statement, 6, draft->key);
	bsync_db_bind_data(statement, 7, author.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 8, draft->version->line);
	bsync_db_bind_int64(statement, 9, (int64_t)draft->version->seq);
	bsync_db_bind_int64(statement, 10, draft->version->stamp_ms);
	bsync_db_bind_string(statement, 11, draft->reason);
	bsync_db_bind_blob(statement, 12, draft->cells);
	bsync_db_bind_int64(statement, 13, draft->plan->change->kind);
	bsync_db_bind_int64(statement, 14, (int64_t)act->base);
	bsync_db_bind_int64(statement, 15, (int64_t)act->version.counter);
	return bsync_db_run(statement);
}

/* The item's entry in the feed of its scope: from where it was to the present. */
static enum bsync_result item_move(struct bsync_act *act, const struct bsync_item_place *item)
{
	struct bsync_value ref = bsync_value_blob((struct bsync_bytes){item->id, BSYNC_ID_SIZE});
	struct bsync_scope *scope = NULL;
	enum bsync_result result = BSYNC_OK;

	if (item->scope_no == 0)
		return BSYNC_OK;
	result = bsync_feed_remove(act, item->scope_no, item->counter, item->table_no, item->face_no, &ref);
	if (result == BSYNC_OK)
		result = bsync_feed_add(act, item->scope_no, item->table_no, item->face_no, &ref, BSYNC_FEED_ITEM);
	if (result == BSYNC_OK)
		result = bsync_scopes_by_no(&act->store->scopes, &act->store->base, item->scope_no, &scope);
	return result == BSYNC_OK ? bsync_act_touch(act, scope) : result;
}

/* There has been such an item.  What a person closed stays closed, and one is of one scope for ever, wherever its row stands
 * now. */
static enum bsync_result item_return(struct bsync_act *act, const uint8_t id[BSYNC_ID_SIZE])
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_GET);
	struct bsync_item_place place = {.scope_no = 0};
	bool is_over = false;
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		bsync_item_place_read(statement, id, &place);
		is_over = bsync_db_int64(statement, 16) != 0;
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK || !is_over)
		return result;
	statement = BSYNC_STATEMENT(&act->store->base, ITEM_RETURN);
	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)act->version.counter);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? item_move(act, &place) : result;
}

static enum bsync_result item_add(struct bsync_act *act, const struct draft *draft)
{
	const struct bsync_table *table = draft->plan->sql->table;
	struct bsync_value ref;
	uint8_t id[BSYNC_ID_SIZE];
	enum bsync_result result = id_make(act, draft, id);

	if (result == BSYNC_OK)
		result = row_add(act, draft, id);
	if (result != BSYNC_OK)
		return result;
	if (act->item_count++ == 0)
		snprintf(act->item_reason, sizeof(act->item_reason), "%s: %s (table %s)", draft->kind, draft->reason,
			 table->name);
	if (sqlite3_changes(act->store->base.db.handle) == 0)
		return item_return(act, id);
	if (draft->scope == NULL)
		return BSYNC_OK;
	ref = bsync_value_blob((struct bsync_bytes){id, sizeof(id)});
	result = bsync_feed_add(act, draft->scope->no, table->no, table->faces[draft->face].no, &ref, BSYNC_FEED_ITEM);
	return result == BSYNC_OK ? bsync_act_touch(act, draft->scope) : result;
}

static void write_put(struct bsync_writer *writer, const struct bsync_cell_write *write,
		      const struct bsync_value *stored)
{
	struct bsync_buffer text;
	enum bsync_result result;

	bsync_write_unsigned(writer, write->column_no);
	if (write->kind != BSYNC_WRITE_SET) {
		bsync_write_value(writer, stored);
		return;
	}
	/* Of a set, what it adds; elements that no set can hold stay in the bytes they came in. */
	bsync_buffer_init(&text, BSYNC_WORK_SIZE_MAX);
	result = bsync_set_text(write->adds, write->add_count, &text);
	if (result == BSYNC_OK) {
		bsync_write_text(writer, bsync_buffer_bytes(&text));
	} else if (result == BSYNC_NO_MEMORY) {
		writer->result = result;
	} else {
		text.size = 0;
		writer->result = bsync_key_bytes(write->adds, write->add_count, &text);
		bsync_write_blob(writer, bsync_buffer_bytes(&text));
	}
	bsync_buffer_clear(&text);
}

/* The array [column_no, value, …] of the writes to `columns`; NULL: of all. */
static enum bsync_result cells_make(struct bsync_act *act, const struct bsync_plan *plan,
				    const struct bsync_mask *columns, struct bsync_bytes *out)
{
	const struct bsync_change *change = plan->change;
	struct bsync_buffer buffer;
	struct bsync_writer writer;
	uint32_t count = 0;
	enum bsync_result result;

	bsync_buffer_init(&buffer, BSYNC_WORK_SIZE_MAX);
	bsync_writer_init(&writer, &buffer);
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			bsync_write_array(&writer, count * 2);
		for (uint32_t i = 0; i < change->cell_count; i++) {
			int column = bsync_table_sql_column(plan->sql, change->cells[i].column_no);

			if (columns != NULL && !bsync_mask_has(columns, (uint32_t)column))
				continue;
			if (pass == 0)
				count++;
			else
				write_put(&writer, &change->cells[i], &plan->writes[i]);
		}
	}
	result = writer.result;
	if (result == BSYNC_OK) {
		*out = bsync_arena_copy(&act->store->work, bsync_buffer_bytes(&buffer));
		if (out->data == NULL)
			result = BSYNC_NO_MEMORY;
	}
	bsync_buffer_clear(&buffer);
	return result;
}

/* An item on work that was not taken. */
static enum bsync_result untaken_add(struct bsync_act *act, const struct draft *draft)
{
	const struct bsync_untaken untaken = {draft->kind, draft->reason, draft->plan->sql->table, draft->scope};

	if (!bsync_act_grow(act, &act->untaken, act->untaken_count, &act->untaken_capacity, sizeof(untaken)))
		return BSYNC_NO_MEMORY;
	act->untaken[act->untaken_count++] = untaken;
	return item_add(act, draft);
}

/* An insert that was not taken has not been looked up: whether its row is there decides what its author gets. */
static enum bsync_result row_ensure(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_arena *arena = &act->store->work;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];

	if (plan->row != NULL)
		return BSYNC_OK;
	plan->row = bsync_arena_take(arena, sizeof(*plan->row));
	if (plan->row == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < plan->sql->table->key_count; i++)
		key[i] = plan->values[plan->sql->table->key[i]];
	return bsync_row_by_key(&act->store->base, plan->sql, key, false, arena, plan->row);
}

enum bsync_result bsync_item_row(struct bsync_act *act, struct bsync_plan *plan)
{
	struct draft draft = {
		.kind = plan->judgement == BSYNC_LATE ? "late" : "refused",
		.reason = plan->reason,
		.plan = plan,
		.version = &act->version,
		.face = plan->concern_face,
	};
	enum bsync_result result = row_ensure(act, plan);

	assert(plan->judgement != BSYNC_ALLOWED);
	if (result != BSYNC_OK)
		return result;
	draft.key = plan->row->key_bytes;
	if (plan->concern != NULL && plan->concern->no != 0)
		draft.scope = plan->concern;
	result = cells_make(act, plan, NULL, &draft.cells);
	if (result == BSYNC_OK)
		result = untaken_add(act, &draft);
	if (result != BSYNC_OK)
		return result;
	/* PROTOCOL 6.9: "every row that it could not delete comes whole", and so does one of which it shows what was not taken; or
	 * word that there is none. */
	if (plan->row->is_live)
		return bsync_change_stays(act, plan->row);
	if (draft.scope != NULL && plan->judgement == BSYNC_REFUSED && plan->change->kind == BSYNC_CHANGE_INSERT)
		return bsync_feed_gone(act, draft.scope, plan->sql->table, draft.face, draft.key);
	return BSYNC_OK;
}

static bool has_server_column(const struct bsync_plan *plan)
{
	const struct bsync_table *table = plan->sql->table;

	for (uint32_t i = 0; i < table->column_count; i++) {
		if (bsync_mask_has(&plan->refused, i) && table->columns[i].rule == BSYNC_RULE_SERVER)
			return true;
	}
	return false;
}

enum bsync_result bsync_item_cells(struct bsync_act *act, struct bsync_plan *plan)
{
	struct draft draft = {
		.kind = "refused",
		.reason = plan->reason != NULL      ? plan->reason
			  : has_server_column(plan) ? "only the store writes this column"
						    : "the rule of this column does not take what was written",
		.plan = plan,
		.version = &act->version,
	};
	struct bsync_row *row = bsync_arena_take(&act->store->work, sizeof(*row));
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	enum bsync_result result = BSYNC_OK;

	if (row == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < plan->sql->table->key_count; i++)
		key[i] = plan->values[plan->sql->table->key[i]];
	/* The rest of the row has just been written: read what stands. */
	result = bsync_row_by_key(&act->store->base, plan->sql, key, false, &act->store->work, row);
	if (result != BSYNC_OK)
		return result;
	draft.key = row->key_bytes;
	result = bsync_judge_concern(act, plan, &plan->refused);
	if (plan->concern != NULL && plan->concern->no != 0)
		draft.scope = plan->concern;
	draft.face = plan->concern_face;
	if (result == BSYNC_OK)
		result = cells_make(act, plan, &plan->refused, &draft.cells);
	if (result == BSYNC_OK)
		result = untaken_add(act, &draft);
	return result == BSYNC_OK && row->is_live ? bsync_change_stays(act, row) : result;
}

enum bsync_result bsync_item_deleted(struct bsync_act *act, struct bsync_plan *plan,
				     const struct bsync_version *deleted)
{
	struct draft draft = {
		.kind = "deleted",
		.reason = plan->sql->table->deletes_win
				  ? "somebody deleted this row while another changed it: it is gone"
				  : stays_reason,
		.plan = plan,
		.version = deleted,
		.key = plan->row->key_bytes,
	};
	enum bsync_result result = BSYNC_OK;

	if (plan->row->cells.entry_count != 0) {
		const struct bsync_entry *entry = &plan->row->cells.entries[0];

		draft.face = entry->face;
		result = bsync_scopes_by_no(&act->store->scopes, &act->store->base, entry->scope, &draft.scope);
	}
	/* An item of no cells: the empty array. */
	if (result == BSYNC_OK)
		result = bsync_key_copy(NULL, 0, &act->store->work, &draft.cells);
	return result == BSYNC_OK ? item_add(act, &draft) : result;
}

enum bsync_result bsync_item_forked(struct bsync_act *act, const struct bsync_row *root, struct bsync_scope *scope,
				    uint32_t face, const struct bsync_version *version)
{
	const struct bsync_change change = {.kind = BSYNC_CHANGE_UPDATE};
	const struct bsync_plan plan = {.change = &change, .sql = root->sql};
	struct draft draft = {
		.kind = "late",
		.reason = "signed without having seen this",
		.plan = &plan,
		.version = version,
		.scope = scope,
		.face = face,
		.is_of_author = true,
		.key = root->key_bytes,
	};
	enum bsync_result result = bsync_key_copy(NULL, 0, &act->store->work, &draft.cells);

	return result == BSYNC_OK ? item_add(act, &draft) : result;
}

enum bsync_result bsync_item_close(struct bsync_act *act, const struct bsync_item_place *item)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_CLOSE);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, item->id, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)act->version.counter);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? item_move(act, item) : result;
}

enum bsync_result bsync_item_orphan(struct bsync_act *act, const struct bsync_row *row, struct bsync_scope *scope,
				    uint32_t face, const struct bsync_version *deleted)
{
	const struct bsync_change change = {.kind = BSYNC_CHANGE_DELETE};
	const struct bsync_plan plan = {.change = &change, .sql = row->sql};
	struct draft draft = {
		.kind = "deleted",
		.reason = orphan_reason,
		.is_orphan = true,
		.plan = &plan,
		.version = deleted,
		.scope = scope,
		.face = face,
		.key = row->key_bytes,
	};
	const uint32_t count = act->item_count;
	enum bsync_result result = bsync_key_copy(NULL, 0, &act->store->work, &draft.cells);

	/* All that was written is taken: no part of the changeset waits for a person. */
	if (result == BSYNC_OK)
		result = item_add(act, &draft);
	act->item_count = count;
	return result;
}

static bool is_one_of(const struct bsync_version *deletes, uint32_t count, sqlite3_stmt *item)
{
	for (uint32_t i = 0; i < count; i++) {
		if (deletes[i].line == (uint32_t)bsync_db_int64(item, 1) &&
		    deletes[i].seq == (uint64_t)bsync_db_int64(item, 2))
			return true;
	}
	return false;
}

enum bsync_result bsync_item_close_by_id(struct bsync_act *act, const uint8_t id[16])
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_GET);
	struct bsync_item_place place;
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		bsync_item_place_read(statement, id, &place);
	bsync_db_reset(statement);
	return result == BSYNC_OK ? bsync_item_close(act, &place) : result;
}

/* Closes the items of the row with that reason that are of none of `deletes`.  They open again where that comes undone. */
static enum bsync_result deleted_close(struct bsync_act *act, const struct bsync_row *row, const char *reason,
				       const struct bsync_version *deletes, uint32_t count)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_DELETES);
	uint8_t(*ids)[BSYNC_ID_SIZE] = NULL;
	uint32_t closed = 0, capacity = 0;
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_string(statement, 3, reason);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		if (!is_one_of(deletes, count, statement)) {
			if (!bsync_act_grow(act, &ids, closed, &capacity, sizeof(*ids)))
				result = BSYNC_NO_MEMORY;
			else if (!bsync_db_copy(statement, 0, ids[closed++], BSYNC_ID_SIZE))
				result = BSYNC_STORAGE_CORRUPT;
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	for (uint32_t i = 0; i < closed && result == BSYNC_OK; i++) {
		result = bsync_item_close_by_id(act, ids[i]);
		if (result != BSYNC_OK)
			break;
		statement = BSYNC_STATEMENT(&act->store->base, ITEM_OVER);
		bsync_db_bind_data(statement, 1, ids[i], BSYNC_ID_SIZE);
		result = bsync_db_run(statement);
	}
	return result;
}

enum bsync_result bsync_item_stays_over(struct bsync_act *act, const struct bsync_row *row,
					const struct bsync_version *deleted)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_GET);
	const struct bsync_plan plan = {.sql = row->sql};
	const struct draft draft = {.kind = "deleted", .plan = &plan, .version = deleted, .key = row->key_bytes};
	uint8_t id[BSYNC_ID_SIZE];
	bool is_open = false;
	enum bsync_result result = id_make(act, &draft, id);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	is_open = result == BSYNC_OK && bsync_db_is_null(statement, 15);
	bsync_db_reset(statement);
	if (!is_open)
		return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
	return bsync_item_close_by_id(act, id);
}

enum bsync_result bsync_item_orphans_close(struct bsync_act *act, const struct bsync_row *row,
					   const struct bsync_version *deletes, uint32_t count)
{
	return deleted_close(act, row, orphan_reason, deletes, count);
}

enum bsync_result bsync_item_stays_close(struct bsync_act *act, const struct bsync_row *row)
{
	return deleted_close(act, row, stays_reason, NULL, 0);
}

void bsync_item_place_read(struct sqlite3_stmt *row, const uint8_t id[16], struct bsync_item_place *place)
{
	assert(row != NULL && place != NULL);
	memcpy(place->id, id, BSYNC_ID_SIZE);
	place->scope_no = (uint64_t)bsync_db_int64(row, 1);
	place->face_no = (uint32_t)bsync_db_int64(row, 2);
	place->table_no = (uint32_t)bsync_db_int64(row, 4);
	place->counter = (uint64_t)bsync_db_int64(row, 14);
}

enum bsync_result bsync_item_closing_check(struct bsync_act *act, const struct bsync_change *change)
{
	const struct bsync_value *key = change->key;

	assert(change->table_no == BSYNC_ITEMS_TABLE_NO);
	if (change->kind != BSYNC_CHANGE_DELETE || change->key_count != 1 || key->kind != BSYNC_BLOB ||
	    key->as.bytes.size != BSYNC_ID_SIZE)
		return bsync_act_refuse(act, "a change in table 0 is the delete of an inbox item by its id");
	return BSYNC_OK;
}

enum bsync_result bsync_item_closing(struct bsync_act *act, const struct bsync_change *change)
{
	struct bsync_store *store = act->store;
	const uint8_t *id = change->key->as.bytes.data;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ITEM_GET);
	enum bsync_right right = BSYNC_RIGHT_NEVER;
	struct bsync_scope *scope = NULL;
	struct bsync_item_place place;
	bool is_open = false;
	bool is_over = false;
	enum bsync_result result = BSYNC_OK;

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		is_open = bsync_db_is_null(statement, 15);
		is_over = bsync_db_int64(statement, 16) != 0;
		bsync_item_place_read(statement, id, &place);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_NOT_FOUND || (result == BSYNC_OK && ((!is_open && !is_over) || place.scope_no == 0)))
		return BSYNC_OK;
	if (result == BSYNC_OK)
		result = bsync_scopes_by_no(&store->scopes, &store->base, place.scope_no, &scope);
	if (result == BSYNC_OK)
		result = bsync_member_right(act, scope, &right);
	if (result != BSYNC_OK || (right != BSYNC_RIGHT_READ && right != BSYNC_RIGHT_WRITE))
		return result;
	if (is_open)
		return bsync_item_close(act, &place);
	/* PROTOCOL 7.7: "a closing of one that the store had closed by itself (7.4, 7.12) is a person's from then on" */
	statement = BSYNC_STATEMENT(&store->base, ITEM_OVER_CLOSED);
	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	return bsync_db_run(statement);
}
