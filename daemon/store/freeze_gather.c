/* freeze_gather.c: the rows of one freeze, with all they have been, and the hash of what is signed of them.
 *
 * They are looked for in the scopes of the root: what is signed together travels together. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "core/sha256.h"
#include "daemon/store/freeze.h"

static const char label[] = "bsync/signed/v1";

static enum bsync_result base_read(sqlite3_stmt *row, struct bsync_arena *arena, struct bsync_standing *standing)
{
	struct bsync_text_base *base = bsync_arena_take(arena, sizeof(*base));
	struct bsync_value value = bsync_db_value(row, 10);

	if (base == NULL || !bsync_value_copy(arena, &value, &base->value))
		return BSYNC_NO_MEMORY;
	base->counter = (uint64_t)bsync_db_int64(row, 9);
	standing->base = base;
	return BSYNC_OK;
}

static enum bsync_result replacement_read(sqlite3_stmt *row, const struct bsync_row *of, struct bsync_arena *arena,
					  struct bsync_replacement *out)
{
	struct bsync_value value = bsync_db_value(row, 6);

	out->id = bsync_db_int64(row, 0);
	out->column = (uint32_t)bsync_table_sql_column(of->sql, (uint32_t)bsync_db_int64(row, 1));
	out->standing.version = (struct bsync_version){
		.line = (uint32_t)bsync_db_int64(row, 2),
		.seq = (uint64_t)bsync_db_int64(row, 3),
		.counter = (uint64_t)bsync_db_int64(row, 4),
		.stamp_ms = bsync_db_int64(row, 5),
	};
	out->counter = (uint64_t)bsync_db_int64(row, 7);
	if (!bsync_db_copy(row, 8, out->by.bytes, BSYNC_ID_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	if (!bsync_value_copy(arena, &value, &out->standing.value))
		return BSYNC_NO_MEMORY;
	return bsync_db_is_null(row, 9) ? BSYNC_OK : base_read(row, arena, &out->standing);
}

static enum bsync_result past_read(struct bsync_act *act, struct bsync_witness *witness)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, HISTORY_ALL);
	uint32_t capacity = 0;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (!witness->row.cells.has_history)
		return BSYNC_OK;
	bsync_db_bind_int64(statement, 1, witness->row.sql->table->no);
	bsync_db_bind_blob(statement, 2, witness->row.key_bytes);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		if (!bsync_act_grow(act, &witness->past, witness->past_count, &capacity, sizeof(*witness->past)))
			result = BSYNC_NO_MEMORY;
		else
			result = replacement_read(statement, &witness->row, &act->store->work,
						  &witness->past[witness->past_count++]);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result witness_add(struct bsync_act *act, struct bsync_witnesses *out,
				     const struct bsync_freeze_part *part, const struct bsync_row *row)
{
	struct bsync_witness *witness = NULL;

	if (!bsync_act_grow(act, &out->list, out->count, &out->capacity, sizeof(*out->list)))
		return BSYNC_NO_MEMORY;
	witness = &out->list[out->count++];
	*witness = (struct bsync_witness){.part = part, .row = *row};
	return past_read(act, witness);
}

/* The row that a feed entry speaks of, wherever it is now. */
static enum bsync_result entry_take(struct bsync_act *act, const struct bsync_freeze *freeze,
				    struct bsync_witnesses *out, sqlite3_stmt *entry)
{
	struct bsync_base *base = &act->store->base;
	struct bsync_arena *arena = &act->store->work;
	struct bsync_table_sql *sql = bsync_tables_find(&base->tables, (uint32_t)bsync_db_int64(entry, 0));
	const struct bsync_schema *schema = base->schema;
	const struct bsync_freeze *other = NULL;
	const struct bsync_freeze_part *part = NULL;
	struct bsync_value ref = bsync_db_value(entry, 2);
	struct bsync_value *key = NULL;
	uint32_t count = 0;
	struct bsync_row row = {.sql = sql};
	enum bsync_result result = BSYNC_OK;

	if (sql != NULL)
		part = bsync_schema_freeze(schema, (uint32_t)(sql->table - schema->tables), &other);
	if (part == NULL || other != freeze || part->parent < 0)
		return BSYNC_OK;
	if (bsync_db_int64(entry, 1) == BSYNC_FEED_ROW) {
		result = bsync_row_by_ref(base, sql, &ref, arena, &row);
	} else if (ref.kind != BSYNC_BLOB) {
		return BSYNC_STORAGE_CORRUPT;
	} else {
		result = bsync_values_copy(ref.as.bytes, arena, BSYNC_KEY_COLUMNS_MAX, &key, &count);
		if (result == BSYNC_OK && count != sql->table->key_count)
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = bsync_row_by_key(base, sql, key, true, arena, &row);
	}
	if (result != BSYNC_OK || (!row.is_live && !row.is_grave))
		return result;
	return witness_add(act, out, part, &row);
}

static enum bsync_result scope_take(struct bsync_act *act, const struct bsync_freeze *freeze,
				    struct bsync_witnesses *out, uint64_t scope_no)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FREEZE_ROWS);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = entry_take(act, freeze, out, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static int compare(const void *a, const void *b)
{
	const struct bsync_witness *one = a;
	const struct bsync_witness *other = b;
	const struct bsync_bytes *key = &one->row.key_bytes;
	const size_t size = key->size < other->row.key_bytes.size ? key->size : other->row.key_bytes.size;
	const uint32_t no = one->row.sql->table->no;
	int order = 0;

	if (no != other->row.sql->table->no)
		return no < other->row.sql->table->no ? -1 : 1;
	order = memcmp(key->data, other->row.key_bytes.data, size);
	if (order != 0)
		return order;
	return (key->size > other->row.key_bytes.size) - (key->size < other->row.key_bytes.size);
}

/* By table and key, each row once. */
static void children_sort(struct bsync_witnesses *out)
{
	uint32_t kept = 1;

	assert(out->count != 0);
	qsort(out->list + 1, out->count - 1, sizeof(*out->list), compare);
	for (uint32_t i = 1; i < out->count; i++) {
		if (kept == 1 || compare(&out->list[kept - 1], &out->list[i]) != 0)
			out->list[kept++] = out->list[i];
	}
	out->count = kept;
}

/* Finds the copy of each row; the list stays as it is from here on. */
static enum bsync_result copies_find(struct bsync_act *act, const struct bsync_signing *signing,
				     struct bsync_witnesses *out)
{
	for (uint32_t i = 0; i < out->count; i++) {
		struct bsync_witness *witness = &out->list[i];
		struct bsync_witness wanted = {.row = {.sql = witness->row.sql}};
		struct bsync_value key;
		enum bsync_result result = bsync_freeze_key(act, &signing->version, &witness->row.key[0], &key);

		if (result == BSYNC_OK)
			result = bsync_key_copy(&key, 1, &act->store->work, &wanted.row.key_bytes);
		if (result != BSYNC_OK)
			return result;
		if (i != 0)
			witness->copy = bsearch(&wanted, out->list + 1, out->count - 1, sizeof(wanted), compare);
		if (witness->copy != NULL)
			witness->copy->is_copy = true;
	}
	return BSYNC_OK;
}

/* True when the signer saw the row there and hanging on the root, or on what later became the fork. */
static enum bsync_result signed_find(struct bsync_act *act, const struct bsync_signing *signing,
				     const struct bsync_sight *sight, struct bsync_witness *witness)
{
	struct bsync_cell parent;
	struct bsync_value shown;
	bool is_alive = false;
	enum bsync_result result = bsync_sight_alive(act, sight, witness, &is_alive);

	if (result == BSYNC_OK && is_alive && witness->copy != NULL)
		result = bsync_sight_alive(act, sight, witness->copy, &is_alive);
	if (result != BSYNC_OK || !is_alive)
		return result;
	result = bsync_sight_cell(act, sight, witness, (uint32_t)witness->part->parent, &parent, &shown);
	witness->is_signed = result == BSYNC_OK &&
			     (bsync_value_equal(&shown, &signing->root) || bsync_value_equal(&shown, &signing->fork));
	return result;
}

enum bsync_result bsync_freeze_gather(struct bsync_act *act, const struct bsync_signing *signing,
				      const struct bsync_sight *sight, struct bsync_witnesses *out)
{
	struct bsync_base *base = &act->store->base;
	struct bsync_row root;
	enum bsync_result result = bsync_row_by_key(base, signing->sql, &signing->root, false, &act->store->work,
						    &root);

	*out = (struct bsync_witnesses){0};
	if (result == BSYNC_OK && !root.is_live)
		return BSYNC_OK;
	if (result == BSYNC_OK)
		result = witness_add(act, out, &signing->freeze->parts[0], &root);
	for (uint32_t i = 0; i < root.cells.entry_count && result == BSYNC_OK; i++)
		result = scope_take(act, signing->freeze, out, root.cells.entries[i].scope);
	if (result != BSYNC_OK)
		return result;
	children_sort(out);
	out->list[0].is_signed = true;
	/* The copy of the root is no child; who compares what two have signed needs it too. */
	if (signing->has_fork) {
		struct bsync_witness *copy = bsync_arena_take(&act->store->work, sizeof(*copy));

		if (copy == NULL)
			return BSYNC_NO_MEMORY;
		copy->part = out->list[0].part;
		result = bsync_row_by_key(base, signing->sql, &signing->fork, true, &act->store->work, &copy->row);
		if (result == BSYNC_OK && (copy->row.is_live || copy->row.is_grave)) {
			result = past_read(act, copy);
			out->list[0].copy = copy;
		}
		if (result == BSYNC_OK)
			result = copies_find(act, signing, out);
	}
	for (uint32_t i = 1; i < out->count && result == BSYNC_OK; i++) {
		if (!out->list[i].is_copy)
			result = signed_find(act, signing, sight, &out->list[i]);
	}
	return result;
}

static void cell_write(struct bsync_writer *writer, const struct bsync_signing *signing,
		       const struct bsync_witness *witness, uint32_t column, const struct bsync_value *value)
{
	bsync_write_unsigned(writer, witness->row.sql->table->columns[column].no);
	if ((int)column == witness->part->parent && bsync_value_equal(value, &signing->fork))
		value = &signing->root;
	bsync_write_value(writer, value);
}

static enum bsync_result witness_hash(struct bsync_act *act, const struct bsync_signing *signing,
				      const struct bsync_sight *sight, const struct bsync_witness *witness,
				      struct bsync_sha256_state *hash)
{
	const struct bsync_table *table = witness->row.sql->table;
	struct bsync_buffer buffer;
	struct bsync_writer writer;
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(&buffer, BSYNC_WORK_SIZE_MAX);
	bsync_writer_init(&writer, &buffer);
	bsync_write_unsigned(&writer, table->no);
	bsync_write_blob(&writer, witness->row.key_bytes);
	for (uint32_t i = 0; i < table->column_count && result == BSYNC_OK; i++) {
		struct bsync_cell cell;
		struct bsync_value shown;

		if (!witness->part->has_column[i] || !table->columns[i].travels)
			continue;
		result = bsync_sight_cell(act, sight, witness, i, &cell, &shown);
		if (result == BSYNC_OK)
			cell_write(&writer, signing, witness, i, &shown);
	}
	if (result == BSYNC_OK)
		result = writer.result;
	if (result == BSYNC_OK)
		bsync_sha256_add(hash, bsync_buffer_bytes(&buffer));
	bsync_buffer_clear(&buffer);
	return result;
}

enum bsync_result bsync_freeze_content(struct bsync_act *act, const struct bsync_signing *signing,
				       const struct bsync_sight *sight, const struct bsync_witnesses *witnesses,
				       struct bsync_digest *content)
{
	struct bsync_sha256_state hash;
	enum bsync_result result = BSYNC_OK;

	bsync_sha256_begin(&hash);
	bsync_sha256_add(&hash, bsync_bytes_of_string(label));
	for (uint32_t i = 0; i < witnesses->count && result == BSYNC_OK; i++) {
		if (witnesses->list[i].is_signed)
			result = witness_hash(act, signing, sight, &witnesses->list[i], &hash);
	}
	bsync_sha256_end(&hash, content->bytes);
	return result;
}
