#include "client-sdk/store/commit.h"

#include <assert.h>
#include <stdlib.h>

#include "client-sdk/store/form.h"
#include "client-sdk/store/origin.h"
#include "client-sdk/store/resolve.h"

static bool is_same(struct bsync_position a, struct bsync_position b)
{
	return a.incarnation == b.incarnation && a.counter == b.counter;
}

/* The base of a new edit where nothing is pending: what the form showed, or what everybody sees now. */
static struct bsync_position base_now(struct bsync_commit *commit, const struct bsync_fold_row *row)
{
	struct bsync_position base = commit->base;
	const uint32_t table_no = commit->file->schema->tables[row->table].no;

	if (bsync_file_edit_base(commit->file, table_no, row->key, &base))
		return base;
	return commit->is_bare ? commit->bare_base : commit->base;
}

/* While a thing has an edit that no pull has shown, later ones keep the base of the first. */
static struct bsync_position base_of(const struct bsync_pending_entry *entry, const struct bsync_pending_edit *edit,
				     struct bsync_position now)
{
	if (bsync_pending_is_edited(edit))
		return edit->base;
	return bsync_pending_is_edited(&entry->row) ? entry->row.base : now;
}

/* The oldest base of the pending edits of the row and its cells. */
static struct bsync_position oldest_base(const struct bsync_pending_entry *entry, struct bsync_position now)
{
	struct bsync_position base = base_of(entry, &entry->row, now);

	for (uint32_t i = 0; i < entry->cell_count; i++) {
		const struct bsync_pending_edit *edit = &entry->cells[i].edit;

		if (bsync_pending_is_edited(edit) && edit->base.counter < base.counter)
			base = edit->base;
	}
	return base;
}

static void base_write(const struct bsync_commit *commit, struct bsync_position base, struct bsync_cell_write *write)
{
	/* A counter has no base: a delta replaces nothing. */
	if (write->kind == BSYNC_WRITE_DELTA || is_same(base, commit->base))
		return;
	write->base_kind = BSYNC_BASE_OWN;
	write->base = base;
}

/* A resolve is a write even where it keeps the value that is shown. */
static bool is_resolved(const struct bsync_commit *commit, const struct bsync_fold_row *row,
			const struct bsync_cell_write *write)
{
	const struct bsync_resolve *resolve = commit->file->resolving;
	const uint32_t table_no = commit->file->schema->tables[row->table].no;

	return resolve != NULL && bsync_resolve_is(resolve, table_no, row->key, write->column_no);
}

/* Reads which version was shown where an author had seen all up to `counter`; `*count` is how many stood there. */
static enum bsync_result shown_read(sqlite3_stmt *statement, uint64_t counter, struct bsync_dot *dot, uint32_t *count)
{
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	for (*count = 0; result == BSYNC_OK && has_row; result = bsync_db_step(statement, &has_row)) {
		if ((uint64_t)bsync_db_int64(statement, 6) > counter)
			continue;
		if (*count == 0 && !bsync_variant_dot(statement, 0, dot))
			return BSYNC_STORAGE_CORRUPT;
		++*count;
	}
	return result;
}

/* An ordinary edit of a cell that showed a conflict replaces the shown version only, by name; a resolve all. */
static enum bsync_result names_write(struct bsync_commit *commit, const struct bsync_fold_row *row,
				     struct bsync_position base, struct bsync_cell_write *write)
{
	const uint32_t table_no = commit->file->schema->tables[row->table].no;
	const struct bsync_resolve *resolve = commit->file->resolving;
	sqlite3_stmt *statement = NULL;
	uint32_t count = 0;
	enum bsync_result result = BSYNC_OK;

	if (write->kind != BSYNC_WRITE_VALUE)
		return BSYNC_OK;
	if (is_resolved(commit, row, write)) {
		write->base_kind = BSYNC_BASE_NAMES;
		write->name_count = resolve->dot_count;
		write->names = resolve->dots;
		return BSYNC_OK;
	}
	if (!commit->has_variants)
		return BSYNC_OK;
	result = bsync_query(commit->file, BSYNC_QUERY_VARIANT_CELL, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, row->key);
	bsync_db_bind_int64(statement, 3, write->column_no);
	result = bsync_arena_array(commit->arena, 1, sizeof(*write->names), &write->names);
	if (result == BSYNC_OK)
		result = shown_read(statement, base.counter, &write->names[0], &count);
	bsync_db_reset(statement);
	if (result == BSYNC_OK && count > 1) {
		write->base_kind = BSYNC_BASE_NAMES;
		write->name_count = 1;
	}
	return result;
}

/* What a text was made from goes with it. */
static enum bsync_result origin_write(struct bsync_commit *commit, const struct bsync_origin_ask *ask,
				      struct bsync_pending_cell *cell, struct bsync_position base,
				      struct bsync_cell_write *write)
{
	const bool is_first = cell->edit.first_seq == commit->seq;
	const struct bsync_file_edit_cell *form = bsync_file_edit_cell(commit->file, ask->table_no, ask->key,
								       ask->column_no);
	struct bsync_text_base conflict;
	bool found = false;
	enum bsync_result result = BSYNC_OK;

	if (is_first) {
		/* The edit is counted in already: what was made from is asked as of before. */
		const struct bsync_pending_edit edit = cell->edit;

		cell->edit = (struct bsync_pending_edit){0};
		if (form != NULL)
			cell->origin = form->origin;
		else if (commit->file->base_override.counter != 0)
			result = bsync_origin_at(ask, base.counter, &cell->origin);
		else
			result = bsync_origin_now(ask, &cell->origin);
		cell->edit = edit;
	}
	write->base_value = cell->origin;
	if (result != BSYNC_OK || write->base_kind != BSYNC_BASE_NAMES)
		return result;
	result = bsync_origin_conflict(ask, &conflict, &found);
	write->base_kind = BSYNC_BASE_NAMES_OWN;
	write->base = base;
	if (result == BSYNC_OK && found) {
		write->base.counter = conflict.counter;
		write->base_value = is_first ? conflict.value : cell->origin;
		cell->origin = write->base_value;
	}
	return result;
}

static int write_order(const void *a, const void *b)
{
	const struct bsync_cell_write *first = a;
	const struct bsync_cell_write *second = b;

	return (first->column_no > second->column_no) - (first->column_no < second->column_no);
}

static enum bsync_result writes_take(struct bsync_commit *commit, const struct bsync_table *table,
				     struct bsync_change *change)
{
	return bsync_arena_array(commit->arena, table->column_count, sizeof(*change->cells), &change->cells);
}

static void writes_sort(struct bsync_change *change)
{
	if (change->cell_count > 1)
		qsort(change->cells, change->cell_count, sizeof(*change->cells), write_order);
}

/* What an own delete took away of a text, which nobody else has heard of yet. */
static struct bsync_value behind_delete(const struct bsync_pending_entry *entry, uint32_t column_no)
{
	const struct bsync_pending_cell *cell = bsync_pending_find(entry, column_no);

	return cell != NULL ? cell->origin : bsync_value_null();
}

/* PROTOCOL 4: "An insert names every column that is not NULL, and no other." */
static enum bsync_result insert_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
				     const struct bsync_value *values, bool is_found, struct bsync_commit_row *out)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	const struct bsync_value none = bsync_value_null();
	struct bsync_pending_entry *entry = &out->entry;
	struct bsync_position base;
	enum bsync_result result = writes_take(commit, table, &out->change);

	base = base_of(entry, &entry->row, base_now(commit, row));
	out->change.kind = BSYNC_CHANGE_INSERT;
	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		struct bsync_cell_write *write = &out->change.cells[out->change.cell_count];
		bool is_write = false;

		if (table->columns[i].is_key || !table->columns[i].travels || values[i].kind == BSYNC_NULL)
			continue;
		result = bsync_commit_cell_make(commit, row, i, &none, &values[i], write, &is_write);
		base_write(commit, base, write);
		if (table->columns[i].rule == BSYNC_RULE_TEXT && bsync_pending_is_edited(&entry->row))
			write->base_value = behind_delete(entry, table->columns[i].no);
		out->change.cell_count++;
	}
	writes_sort(&out->change);
	if (!is_found)
		entry->is_on_server = false;
	bsync_pending_count(&entry->row, commit->seq, base);
	return result == BSYNC_OK ? bsync_pending_list(entry, commit->arena, commit->seq) : result;
}

/* The whole row becomes shadow: a refused delete brings it back. */
static enum bsync_result row_shadow(struct bsync_commit *commit, const struct bsync_fold_row *row,
				    struct bsync_pending_entry *entry)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	struct bsync_origin_ask ask = {
		.file = commit->file, .arena = commit->arena, .table_no = table->no, .key = row->key, .entry = entry};
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		struct bsync_pending_cell *cell = NULL;

		if (table->columns[i].is_key || row->has_old == NULL || !row->has_old[i])
			continue;
		result = bsync_pending_take(entry, commit->arena, table->columns[i].no, &cell);
		if (result == BSYNC_OK && table->columns[i].rule == BSYNC_RULE_TEXT) {
			ask.column_no = table->columns[i].no;
			ask.shown = &row->old[i];
			result = bsync_origin_now(&ask, &cell->origin);
		}
		if (result != BSYNC_OK || cell->has_shadow)
			continue;
		cell->has_shadow = true;
		cell->shadow = row->old[i];
	}
	return result;
}

static enum bsync_result delete_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
				     struct bsync_commit_row *out)
{
	struct bsync_pending_entry *entry = &out->entry;
	/* A delete has seen of each cell what the oldest base of its pending edits has. */
	struct bsync_position base = oldest_base(entry, base_now(commit, row));
	enum bsync_result result = BSYNC_OK;

	out->change.kind = BSYNC_CHANGE_DELETE;
	if (!is_same(base, commit->base)) {
		out->change.has_base = true;
		out->change.base = base;
	}
	if (entry->is_on_server && !bsync_pending_is_edited(&entry->row))
		result = row_shadow(commit, row, entry);
	/* The edits of its cells went with the row: no later row under this key builds on them. */
	for (uint32_t i = 0; result == BSYNC_OK && i < entry->cell_count; i++)
		entry->cells[i].edit = (struct bsync_pending_edit){0};
	bsync_pending_count(&entry->row, commit->seq, base);
	return result == BSYNC_OK ? bsync_pending_list(entry, commit->arena, commit->seq) : result;
}

/* Counts the write in as an edit of its cell; `old` is what the cell showed before the transaction. */
static enum bsync_result cell_pend(struct bsync_commit *commit, struct bsync_pending_entry *entry,
				   const struct bsync_cell_write *write, enum bsync_rule rule,
				   const struct bsync_value *old, struct bsync_position now,
				   struct bsync_position *base)
{
	struct bsync_pending_cell *cell = NULL;
	enum bsync_result result = bsync_pending_take(entry, commit->arena, write->column_no, &cell);

	if (result != BSYNC_OK)
		return result;
	/* A set shows what is pulled at once, so its author has seen it under an unsent edit too.  A state says what its
	 * author saw of all that it holds, and is no less of a state for what stands beside it. */
	*base = write->kind == BSYNC_WRITE_SET || rule == BSYNC_RULE_ORDER ? now : base_of(entry, &cell->edit, now);
	/* A row that others deleted is shown, for the sake of the edits on their way, as it was when those were made. */
	if (!entry->is_on_server && !bsync_pending_is_edited(&entry->row))
		*base = oldest_base(entry, *base);
	/* Under an own insert or delete the shadow is whole already, or there is none. */
	if (!cell->has_shadow && !bsync_pending_is_edited(&entry->row)) {
		cell->has_shadow = true;
		cell->shadow = *old;
	}
	bsync_pending_count(&cell->edit, commit->seq, *base);
	return BSYNC_OK;
}

/* True where the transaction assigned another value to a column that moves together with this one. */
static bool is_moved(const struct bsync_table *table, const struct bsync_fold_row *row,
		     const struct bsync_value *values, uint32_t column)
{
	for (uint32_t i = 0; table->columns[column].group != NULL && i < table->column_count; i++) {
		if (row->has_old[i] && bsync_column_same_group(&table->columns[i], &table->columns[column]) &&
		    !bsync_value_equal(&row->old[i], &values[i]))
			return true;
	}
	return false;
}

/* One cell that changes: its write, and what becomes pending. */
static enum bsync_result cell_change(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				     const struct bsync_value *old, struct bsync_pending_entry *entry,
				     struct bsync_cell_write *write)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	const struct bsync_origin_ask ask = {.file = commit->file,
					     .arena = commit->arena,
					     .table_no = table->no,
					     .column_no = write->column_no,
					     .key = row->key,
					     .entry = entry,
					     .shown = old};
	const struct bsync_file_edit_cell *form = bsync_file_edit_cell(commit->file, table->no, row->key,
								       write->column_no);
	const struct bsync_position now = form != NULL ? form->base : base_now(commit, row);
	struct bsync_position base = now;
	enum bsync_result result = cell_pend(commit, entry, write, table->columns[column].rule, old, now, &base);

	if (result != BSYNC_OK)
		return result;
	base_write(commit, base, write);
	result = names_write(commit, row, base, write);
	if (result == BSYNC_OK && table->columns[column].rule == BSYNC_RULE_TEXT)
		result = origin_write(commit, &ask, bsync_pending_find(entry, write->column_no), base, write);
	return result;
}

static enum bsync_result update_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
				     const struct bsync_value *values, struct bsync_commit_row *out)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	enum bsync_result result = writes_take(commit, table, &out->change);

	out->change.kind = BSYNC_CHANGE_UPDATE;
	for (uint32_t i = 0; result == BSYNC_OK && row->has_old != NULL && i < table->column_count; i++) {
		struct bsync_cell_write *write = &out->change.cells[out->change.cell_count];
		const bool moves = is_moved(table, row, values, i);
		const struct bsync_value *old = row->has_old[i] ? &row->old[i] : &values[i];
		bool is_write = false;

		if ((!row->has_old[i] && !moves) || table->columns[i].is_key || !table->columns[i].travels)
			continue;
		result = bsync_commit_cell_make(commit, row, i, old, &values[i], write, &is_write);
		if (result != BSYNC_OK || (!is_write && !moves && !is_resolved(commit, row, write)))
			continue;
		result = cell_change(commit, row, i, old, &out->entry, write);
		out->change.cell_count++;
	}
	writes_sort(&out->change);
	if (result == BSYNC_OK && out->change.cell_count != 0)
		result = bsync_pending_list(&out->entry, commit->arena, commit->seq);
	return result;
}

/* What was changed in a bare row is told by what its form showed. */
static enum bsync_result shown_take(struct bsync_commit *commit, const struct bsync_fold_row **row,
				    struct bsync_value *values)
{
	const struct bsync_table *table = &commit->file->schema->tables[(*row)->table];
	struct bsync_fold_row *seen = bsync_arena_take(commit->arena, sizeof(*seen));
	enum bsync_result result = seen != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (result != BSYNC_OK)
		return result;
	*seen = **row;
	result = bsync_arena_array(commit->arena, table->column_count, sizeof(*seen->old), &seen->old);
	if (result == BSYNC_OK)
		result = bsync_arena_array(commit->arena, table->column_count, sizeof(*seen->has_old), &seen->has_old);
	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		const struct bsync_value *shown = bsync_file_edit_shown(commit->file, table->no, (*row)->key, i);
		const bool is_assigned = (*row)->has_old != NULL && (*row)->has_old[i];

		if (!is_assigned && shown != NULL)
			values[i] = *shown;
		seen->has_old[i] = is_assigned || shown != NULL;
		if (seen->has_old[i])
			seen->old[i] = shown != NULL ? *shown : (*row)->old[i];
	}
	*row = seen;
	return result;
}

/* Notes that the row is bare; `*row` is what to compare with. */
static enum bsync_result bare_take(struct bsync_commit *commit, const struct bsync_fold_row **row,
				   struct bsync_value *values, struct bsync_commit_row *out)
{
	struct bsync_commit_bare *bare = bsync_arena_take(commit->arena, sizeof(*bare));

	if (bare == NULL)
		return BSYNC_NO_MEMORY;
	*bare = (struct bsync_commit_bare){.next = commit->bares, .row = *row, .values = values};
	commit->bares = bare;
	out->entry.is_on_server = false;
	return values != NULL ? shown_take(commit, row, values) : BSYNC_OK;
}

/* Nothing is known of the row but which changesets touch it, until the store gives it again. */
static void bare_hide(struct bsync_commit *commit, struct bsync_pending_entry *entry)
{
	entry->hidden_seq = commit->seq;
	entry->row = (struct bsync_pending_edit){0};
	entry->cell_count = 0;
}

static enum bsync_result change_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
				     const struct bsync_value *values, bool is_found, struct bsync_commit_row *out,
				     bool *is_change)
{
	enum bsync_result result = BSYNC_OK;

	if (!row->exists)
		result = delete_make(commit, row, out);
	else if (!row->existed)
		result = insert_make(commit, row, values, is_found, out);
	else
		result = update_make(commit, row, values, out);
	*is_change = out->change.kind != BSYNC_CHANGE_UPDATE || out->change.cell_count != 0;
	if (commit->is_bare)
		bare_hide(commit, &out->entry);
	return result;
}

enum bsync_result bsync_commit_row_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
					struct bsync_commit_row *out, bool *is_change)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	const struct bsync_record_key key = {.table = row->table, .count = row->key_count, .values = row->key_values};
	struct bsync_value *values = NULL;
	bool is_found = false;
	enum bsync_result result = BSYNC_OK;

	*out = (struct bsync_commit_row){.row = row};
	out->entry.is_on_server = true;
	*is_change = row->existed || row->exists;
	if (!*is_change)
		return BSYNC_OK;
	if (commit->has_pending)
		result = bsync_pending_get(commit->file, table->no, row->key, commit->arena, &out->entry, &is_found);
	if (row->exists)
		values = row->values;
	if (result == BSYNC_OK && row->exists && values == NULL)
		result = bsync_record_read(commit->file, &key, commit->arena, &values);
	if (result != BSYNC_OK)
		return result;
	if (row->exists && values == NULL)
		return bsync_file_fail(commit->file, BSYNC_INVALID, "%s: a row has no key, or NULL in it", table->name);
	out->change.table_no = table->no;
	out->change.key_count = row->key_count;
	out->change.key = row->key_values;
	commit->is_bare = false;
	if (commit->has_bare)
		result = bsync_form_bare(commit->file, table->no, row->key, &commit->is_bare, &commit->bare_base);
	if (result == BSYNC_OK && commit->is_bare)
		result = bare_take(commit, &row, values, out);
	return result == BSYNC_OK ? change_make(commit, row, values, is_found, out, is_change) : result;
}
