#include "daemon/store/directory.h"

#include <assert.h>
#include <string.h>

#include "daemon/store/freeze.h"
#include "daemon/store/set_aside.h"

enum { CELLS_MAX = 4 };

static const struct bsync_directory *directory_find(const struct bsync_schema *schema, const char *what)
{
	for (uint32_t i = 0; i < schema->directory_count; i++) {
		if (strcmp(schema->directory[i].what, what) == 0)
			return &schema->directory[i];
	}
	return NULL;
}

enum bsync_result bsync_directory_change(struct bsync_act *act, const struct bsync_change *change)
{
	struct bsync_plan *plan = bsync_arena_take(&act->store->work, sizeof(*plan));
	enum bsync_result result = plan != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	assert(act->is_store);
	act->is_careful = true;
	if (result == BSYNC_OK)
		result = bsync_judge(act, change, plan);
	if (result == BSYNC_OK)
		result = bsync_change_apply(act, plan);
	if (result == BSYNC_OK)
		result = bsync_freeze_late(act, plan);
	return result == BSYNC_OK ? bsync_freeze_sign(act, plan, 1) : result;
}

/* Ids go into whatever the column is made for: bytes or text. */
static struct bsync_value id_value(const struct bsync_column *column, const uint8_t id[16],
				   char text[BSYNC_ID_TEXT_SIZE])
{
	if (column->affinity != BSYNC_AFFINITY_TEXT)
		return bsync_value_blob((struct bsync_bytes){id, BSYNC_ID_SIZE});
	bsync_id_text(id, text);
	return bsync_value_text(bsync_bytes_of_string(text));
}

static void cell_add(struct bsync_change *change, const struct bsync_table *table, int column, struct bsync_value value)
{
	uint32_t at = change->cell_count;
	struct bsync_cell_write *cells = change->cells;

	if (column < 0 || table->columns[column].is_key)
		return;
	/* Ascending by number, as a changeset has them. */
	while (at > 0 && cells[at - 1].column_no > table->columns[column].no) {
		cells[at] = cells[at - 1];
		at--;
	}
	cells[at] = (struct bsync_cell_write){
		.column_no = table->columns[column].no,
		.kind = BSYNC_WRITE_VALUE,
		.base_kind = BSYNC_BASE_DEFAULT,
		.value = value,
	};
	change->cell_count++;
}

/* Runs one change as an act of the store, with what waits for the scopes it touches. */
static enum bsync_result change_run(struct bsync_store *store, const struct bsync_change *change, const char *what,
				    int64_t now_ms)
{
	struct bsync_act act;
	enum bsync_result result = bsync_act_store_begin(&act, store, now_ms);

	if (result == BSYNC_OK)
		result = bsync_directory_change(&act, change);
	if (result == BSYNC_OK)
		result = bsync_act_store_end(&act, what);
	if (result == BSYNC_INVALID) {
		enum bsync_result undone = bsync_act_undo(&act);

		return undone == BSYNC_OK ? BSYNC_INVALID : undone;
	}
	return result == BSYNC_OK ? bsync_aside_retry_scopes(store, now_ms) : result;
}

enum bsync_result bsync_directory_add(struct bsync_store *store, const char *what, const struct bsync_person *person,
				      int64_t now_ms)
{
	const struct bsync_schema *schema = store->base.schema;
	const struct bsync_directory *directory = directory_find(schema, what);
	const struct bsync_table *table = NULL;
	struct bsync_cell_write cells[CELLS_MAX];
	struct bsync_value key;
	char texts[3][BSYNC_ID_TEXT_SIZE];
	struct bsync_change change = {.kind = BSYNC_CHANGE_INSERT, .key_count = 1, .key = &key, .cells = cells};

	if (directory == NULL)
		return BSYNC_OK;
	table = &schema->tables[directory->table];
	if (table->key_count != 1 || directory->id < 0)
		return BSYNC_SCHEMA;
	change.table_no = table->no;
	key = id_value(&table->columns[directory->id], person->id, texts[0]);
	cell_add(&change, table, directory->name, bsync_value_text(bsync_bytes_of_string(person->name)));
	if (person->has_team && directory->team >= 0)
		cell_add(&change, table, directory->team,
			 id_value(&table->columns[directory->team], person->team, texts[1]));
	if (person->role != NULL)
		cell_add(&change, table, directory->role, bsync_value_text(bsync_bytes_of_string(person->role)));
	if (directory->organisation >= 0)
		cell_add(&change, table, directory->organisation,
			 id_value(&table->columns[directory->organisation], store->facts.organisation.bytes, texts[2]));
	return change_run(store, &change, what, now_ms);
}

enum bsync_result bsync_directory_move(struct bsync_store *store, const uint8_t worker[16], const uint8_t team[16],
				       int64_t now_ms)
{
	const struct bsync_schema *schema = store->base.schema;
	const struct bsync_directory *directory = directory_find(schema, "worker");
	const struct bsync_table *table = NULL;
	struct bsync_cell_write cells[CELLS_MAX];
	struct bsync_value key;
	char texts[2][BSYNC_ID_TEXT_SIZE];
	struct bsync_change change = {.kind = BSYNC_CHANGE_UPDATE, .key_count = 1, .key = &key, .cells = cells};

	if (directory == NULL || directory->team < 0)
		return BSYNC_OK;
	table = &schema->tables[directory->table];
	change.table_no = table->no;
	key = id_value(&table->columns[directory->id], worker, texts[0]);
	cell_add(&change, table, directory->team, id_value(&table->columns[directory->team], team, texts[1]));
	return change_run(store, &change, "worker", now_ms);
}
