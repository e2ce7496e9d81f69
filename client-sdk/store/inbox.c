#include "client-sdk/store/inbox.h"

#include <assert.h>

#include "client-sdk/store/names.h"

enum { INBOX_MAX = 256 << 20 };

/* One listing: where its things live and who names the authors. */
struct listing {
	struct bsync_file *file;
	struct bsync_arena arena;
	struct bsync_names names;
	bool (*row)(void *context, const struct bsync_file_item *item);
	void *context;
};

static enum bsync_result names_fill(struct listing *listing, struct bsync_file_item_cell *cell)
{
	enum bsync_result result = bsync_arena_array(&listing->arena, cell->variant_count, sizeof(*cell->author_names),
						     &cell->author_names);

	for (uint32_t i = 0; result == BSYNC_OK && i < cell->variant_count; i++)
		result = bsync_names_of(&listing->names, &cell->variants[i].author, &listing->arena,
					&cell->author_names[i]);
	return result;
}

static enum bsync_result conflict_list(struct listing *listing, const struct bsync_conflict *conflict, bool *goes_on)
{
	struct bsync_file_item_cell cell = {.column = conflict->table->columns[conflict->column].name,
					    .variant_count = conflict->variant_count,
					    .variants = conflict->variants};
	struct bsync_file_item item = {.kind = "conflict",
				       .table = conflict->table->name,
				       .table_no = conflict->table->no,
				       .key_count = conflict->key_count,
				       .key = conflict->key,
				       .reason = "different values were written without seeing each other",
				       .base = bsync_file_cursor(listing->file),
				       .cell_count = 1,
				       .cells = &cell};
	enum bsync_result result = names_fill(listing, &cell);

	for (size_t i = 0; i < sizeof(item.id); i++)
		item.id[i] = conflict->id[i];
	if (result == BSYNC_OK)
		*goes_on = listing->row(listing->context, &item);
	return result;
}

/* Versions of one column that stand together in the list of an item become one cell. */
static enum bsync_result cells_group(struct listing *listing, const struct bsync_store_item *stored,
				     struct bsync_file_item *item)
{
	struct bsync_variant *variants = NULL;
	enum bsync_result result = bsync_arena_array(&listing->arena, stored->cell_count, sizeof(*item->cells),
						     &item->cells);

	if (result == BSYNC_OK)
		result = bsync_arena_array(&listing->arena, stored->cell_count, sizeof(*variants), &variants);
	for (uint32_t i = 0; result == BSYNC_OK && i < stored->cell_count; i++) {
		const int column = stored->table == NULL
					   ? -1
					   : bsync_table_column(stored->table, stored->cells[i].column_no);
		const bool is_new = i == 0 || stored->cells[i].column_no != stored->cells[i - 1].column_no;

		variants[i] = stored->cells[i].variant;
		if (is_new)
			item->cells[item->cell_count++] = (struct bsync_file_item_cell){
				.column = column < 0 ? "" : stored->table->columns[column].name,
				.variants = &variants[i]};
		item->cells[item->cell_count - 1].variant_count++;
	}
	for (uint32_t i = 0; result == BSYNC_OK && i < item->cell_count; i++)
		result = names_fill(listing, &item->cells[i]);
	return result;
}

static enum bsync_result item_list(struct listing *listing, const struct bsync_store_item *stored, bool *goes_on)
{
	struct bsync_file_item item = {.kind = stored->kind,
				       .table = stored->table != NULL ? stored->table->name : "",
				       .table_no = stored->table_no,
				       .key_count = stored->key_count,
				       .key = stored->key,
				       .reason = stored->reason,
				       .base = bsync_file_cursor(listing->file)};
	enum bsync_result result = cells_group(listing, stored, &item);

	for (size_t i = 0; i < sizeof(item.id); i++)
		item.id[i] = stored->id[i];
	if (result == BSYNC_OK)
		*goes_on = listing->row(listing->context, &item);
	return result;
}

static enum bsync_result inbox_list(struct listing *listing)
{
	struct bsync_conflict *conflict = NULL;
	struct bsync_store_item *item = NULL;
	bool goes_on = true;
	enum bsync_result result = bsync_conflicts_read(listing->file, &listing->arena, &conflict);

	if (result == BSYNC_OK)
		result = bsync_store_items_read(listing->file, &listing->arena, &item);
	for (; result == BSYNC_OK && goes_on && conflict != NULL; conflict = conflict->next)
		result = conflict_list(listing, conflict, &goes_on);
	for (; result == BSYNC_OK && goes_on && item != NULL; item = item->next)
		result = item_list(listing, item, &goes_on);
	return result;
}

enum bsync_result bsync_file_inbox(struct bsync_file *file,
				   bool (*row)(void *context, const struct bsync_file_item *item), void *context)
{
	struct listing listing = {.file = file, .row = row, .context = context};
	enum bsync_result result = bsync_file_refresh(file);

	assert(row != NULL);
	bsync_arena_init(&listing.arena, INBOX_MAX);
	if (result == BSYNC_OK)
		result = bsync_names_begin(file, &listing.names);
	if (result == BSYNC_OK)
		result = inbox_list(&listing);
	bsync_names_end(&listing.names);
	bsync_arena_clear(&listing.arena);
	return result;
}
