#include "core/schema/item_json.h"

#include <assert.h>
#include <string.h>

#include "core/schema/row_text.h"

enum { ROW_SIZE_MAX = 1 << 20 };

/* null for the store, and where the author is not known. */
static void put_author(struct bsync_json *json, const struct bsync_worker_id *author, const char *name)
{
	static const struct bsync_worker_id nobody = {{0}};

	if (memcmp(author->bytes, nobody.bytes, BSYNC_ID_SIZE) == 0) {
		bsync_json_name(json, "author");
		bsync_json_null(json);
	} else {
		bsync_json_id(json, "author", author->bytes);
	}
	bsync_json_named(json, "author_name", name != NULL && name[0] != '\0' ? name : NULL);
}

void bsync_variant_json(struct bsync_json *json, const struct bsync_variant *variant, const char *author_name)
{
	assert(variant != NULL);
	bsync_json_name(json, "value");
	bsync_json_value(json, &variant->value);
	put_author(json, &variant->author, author_name);
	bsync_json_time(json, "device_time", variant->device_ms);
	bsync_json_time(json, "server_time", variant->stamp_ms);
}

void bsync_json_row(struct bsync_json *json, const struct bsync_value *key, uint32_t key_count)
{
	struct bsync_buffer word;

	bsync_buffer_init(&word, ROW_SIZE_MAX);
	if (bsync_row_text_write(key, key_count, &word) != BSYNC_OK)
		bsync_buffer_clear(&word);
	bsync_json_text(json, bsync_buffer_bytes(&word));
	bsync_buffer_clear(&word);
}

static void put_rows(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	bsync_json_name(json, "rows");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->row_count; i++)
		bsync_json_row(json, item->rows[i].key, item->key_count);
	bsync_json_array_end(json);
}

static void put_cells(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	bsync_json_name(json, "cells");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++)
		bsync_json_string(json, item->cells[i].column);
	bsync_json_array_end(json);
	bsync_json_name(json, "rules");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		if (item->cells[i].rule != NULL)
			bsync_json_string(json, item->cells[i].rule);
		else
			bsync_json_null(json);
	}
	bsync_json_array_end(json);
}

/* null where it concerns everybody who has it. */
static void put_concern(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	const struct bsync_people *people = &item->concern.people;

	bsync_json_name(json, "concerns");
	if (item->concern.is_everybody) {
		bsync_json_null(json);
	} else {
		bsync_json_array(json);
		for (uint32_t i = 0; i < people->count; i++) {
			const char *name = item->concern.names[i];

			bsync_json_object(json);
			bsync_json_id(json, "worker", people->list[i].bytes);
			bsync_json_named(json, "name", name != NULL && name[0] != '\0' ? name : NULL);
			bsync_json_object_end(json);
		}
		bsync_json_array_end(json);
	}
	bsync_json_name(json, "is_yours");
	bsync_json_bool(json, item->is_yours);
}

static void put_base(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	char base[BSYNC_POSITION_TEXT_SIZE];

	bsync_position_text(item->base, base);
	bsync_json_named(json, "base", base);
	bsync_json_name(json, "base_value");
	if (item->cell_count > 0 && item->cells[0].has_base)
		bsync_json_value(json, &item->cells[0].base);
	else
		bsync_json_null(json);
}

/* `n` is the number that resolves: a conflict has one cell, and of other items all cells are taken together. */
static void put_variants(struct bsync_json *json, const struct bsync_inbox_cell *cell)
{
	for (uint32_t n = 0; n < cell->variant_count; n++) {
		bsync_json_object(json);
		bsync_json_name(json, "n");
		bsync_json_unsigned(json, n + 1);
		bsync_json_named(json, "cell", cell->column);
		bsync_variant_json(json, &cell->variants[n], cell->author_names != NULL ? cell->author_names[n] : NULL);
		bsync_json_object_end(json);
	}
}

void bsync_item_json(struct bsync_json *json, const struct bsync_inbox_item *item)
{
	assert(json != NULL && item != NULL);
	bsync_json_object(json);
	bsync_json_id(json, "id", item->id);
	bsync_json_named(json, "kind", item->kind);
	bsync_json_named(json, "table", item->table);
	bsync_json_name(json, "row");
	bsync_json_row(json, item->key, item->key_count);
	if (item->row_count != 0)
		put_rows(json, item);
	put_cells(json, item);
	put_base(json, item);
	bsync_json_named(json, "reason", item->reason);
	put_author(json, &item->author, item->author_name);
	bsync_json_name(json, "row_exists");
	bsync_json_bool(json, item->is_row_here);
	bsync_json_name(json, "shown");
	if (item->shown != NULL)
		bsync_json_value(json, item->shown);
	else
		bsync_json_null(json);
	put_concern(json, item);
	bsync_json_name(json, "variants");
	bsync_json_array(json);
	for (uint32_t i = 0; i < item->cell_count; i++)
		put_variants(json, &item->cells[i]);
	bsync_json_array_end(json);
	bsync_json_object_end(json);
}
