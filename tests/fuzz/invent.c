#include "tests/fuzz/invent.h"

#include <string.h>

enum { VALUE_SIZE_MAX = 40, ROWS_MAX = 6, CELLS_MAX = 8, VARIANTS_MAX = 3, CHANGES_MAX = 5, WILD = 0xfa };
enum { LIJST = 4, PUNT = 5, KENMERK = 6, REGEL = 7, LOGBOEK = 8, TABLES = 8, COLUMNS = 13 };

static void *take(struct bsync_arena *arena, size_t count, size_t size)
{
	void *room = bsync_arena_take(arena, (count + 1) * size);

	check(room != NULL);
	memset(room, 0, (count + 1) * size);
	return room;
}

/* Bytes of one to four characters, all of them ASCII. */
static struct bsync_value text(struct script *script, struct bsync_arena *arena)
{
	static const char *const sets[] = {"[]", "[1]", "[1,2]", "[\"a\"]", "[1,\"a\",\"b\"]", "{", "[1,1]", "L1"};
	uint8_t first = script_byte(script);
	struct bsync_bytes bytes;
	uint8_t *copy;

	if (first >= 0xf0)
		return bsync_value_text(bsync_bytes_of_string(sets[first & 7]));
	bytes = script_bytes(script, first % VALUE_SIZE_MAX);
	copy = take(arena, bytes.size, 1);
	for (size_t i = 0; i < bytes.size; i++)
		copy[i] = bytes.data[i] & 0x7f;
	return bsync_value_text((struct bsync_bytes){copy, bytes.size});
}

struct bsync_value invent_value(struct script *script, struct bsync_arena *arena)
{
	uint8_t kind = script_byte(script);
	int64_t number;

	switch (kind % 8) {
	case 0:
		return bsync_value_null();
	case 1:
		return bsync_value_integer((int64_t)script_below(script, 20));
	case 2:
		number = (int64_t)script_number(script);
		return bsync_value_integer((kind & 8) != 0 ? -number - 1 : number);
	case 3:
		return bsync_value_real((double)script_byte(script) / 4);
	case 4:
		return bsync_value_blob(
			bsync_arena_copy(arena, script_bytes(script, script_byte(script) % VALUE_SIZE_MAX)));
	default:
		return text(script, arena);
	}
}

static struct bsync_value list_name(struct script *script)
{
	static const char *const names[] = {"L1", "L2", "L3", "alle"};

	return bsync_value_text(bsync_bytes_of_string(names[script_below(script, 4)]));
}

struct bsync_scope_ref invent_scope(struct script *script, struct bsync_arena *arena)
{
	uint8_t choice = script_byte(script);

	if (choice >= WILD)
		return (struct bsync_scope_ref){script_byte(script), invent_value(script, arena)};
	if (choice % 8 == 0)
		return (struct bsync_scope_ref){1, bsync_value_text(bsync_bytes_of_string("alle"))};
	return (struct bsync_scope_ref){2, list_name(script)};
}

static uint32_t table_no(struct script *script)
{
	static const uint8_t often[] = {PUNT, PUNT, PUNT, PUNT, LIJST, KENMERK, REGEL, LOGBOEK, 1, 2, 3, PUNT};
	uint8_t choice = script_byte(script);

	return choice >= WILD ? (uint32_t)script_number(script) & UINT32_MAX : often[choice % sizeof often];
}

static uint32_t key(struct script *script, struct bsync_arena *arena, uint32_t table, struct bsync_value **out)
{
	uint8_t choice = script_byte(script);
	struct bsync_value *values = take(arena, 3, sizeof *values);
	uint32_t count = 1;

	*out = values;
	if (choice >= WILD) {
		count = 1 + choice % 3;
		for (uint32_t i = 0; i < count; i++)
			values[i] = invent_value(script, arena);
		return count;
	}
	if (table == REGEL) {
		values[0] = bsync_value_integer(choice % 4);
	} else if (table == LOGBOEK || table <= 3) {
		uint8_t *id = take(arena, BSYNC_ID_SIZE, 1);
		memset(id, choice % 4, BSYNC_ID_SIZE);
		values[0] = bsync_value_blob((struct bsync_bytes){id, BSYNC_ID_SIZE});
	} else {
		values[0] = list_name(script);
	}
	if (table == PUNT)
		values[count++] = bsync_value_integer(choice % 4);
	if (table == KENMERK)
		values[count++] = bsync_value_text(bsync_bytes_of_string(choice % 2 == 0 ? "nl" : "fy"));
	return count;
}

static struct bsync_dot dot(struct script *script)
{
	struct bsync_dot made;

	memset(made.device.bytes, (int)script_below(script, 3), BSYNC_ID_SIZE);
	memset(made.line.bytes, (int)script_below(script, 3), BSYNC_ID_SIZE);
	made.seq = script_number(script);
	return made;
}

static struct bsync_variant variant(struct script *script, struct bsync_arena *arena)
{
	struct bsync_variant made = {.dot = dot(script),
				     .device_ms = 1790000000000 + script_byte(script),
				     .stamp_ms = 1790000000000 + script_byte(script),
				     .counter = script_number(script)};

	memset(made.author.bytes, (int)script_below(script, 3), BSYNC_ID_SIZE);
	made.value = invent_value(script, arena);
	return made;
}

/* The next column number, above the one before. */
static uint32_t column_after(struct script *script, uint32_t before)
{
	uint8_t choice = script_byte(script);

	return before + 1 + (choice >= WILD ? (uint32_t)script_number(script) & 0xffff : choice % 4u);
}

static struct bsync_past past(struct script *script, struct bsync_arena *arena, uint32_t column)
{
	struct bsync_past made = {
		.column_no = column, .variant = variant(script, arena), .replaced_counter = script_number(script)};

	memset(made.replaced_by.bytes, (int)script_below(script, 3), BSYNC_ID_SIZE);
	made.is_chosen_against = made.replaced_counter % 2 == 1;
	return made;
}

static struct bsync_pulled_item *item(struct script *script, struct bsync_arena *arena)
{
	static const char *const kinds[] = {"late", "deleted", "refused", "duplicate", "conflict"};
	struct bsync_pulled_item *made = take(arena, 1, sizeof *made);

	memset(made->id, (int)script_below(script, 4), sizeof made->id);
	made->kind = bsync_bytes_of_string(kinds[script_below(script, 5)]);
	made->is_open = script_byte(script) % 2 == 0;
	made->reason = bsync_bytes_of_string("reden");
	made->device_ms = script_byte(script);
	made->stamp_ms = -made->device_ms;
	made->cell_count = script_below(script, 4);
	made->cells = take(arena, made->cell_count, sizeof *made->cells);
	for (uint32_t i = 0, column = 0; i < made->cell_count; i++) {
		column = column_after(script, column);
		made->cells[i] = past(script, arena, column);
	}
	return made;
}

static void row(struct script *script, struct bsync_arena *arena, struct bsync_pulled_row *made)
{
	uint8_t kind = script_byte(script);
	uint32_t column = 0;

	made->kind = (enum bsync_pulled_kind)(kind % 4);
	made->table_no = table_no(script);
	made->face_no = kind >= WILD ? script_byte(script) : made->table_no;
	made->key_count = key(script, arena, made->table_no, &made->key);
	made->counter = script_number(script);
	if (made->kind == BSYNC_PULLED_ITEM) {
		made->item = item(script, arena);
		return;
	}
	made->cell_count = made->kind == BSYNC_PULLED_GONE ? 0 : script_below(script, CELLS_MAX);
	made->cells = take(arena, made->cell_count, sizeof *made->cells);
	for (uint32_t i = 0; i < made->cell_count; i++) {
		struct bsync_pulled_cell *cell = &made->cells[i];

		cell->column_no = column = column_after(script, column);
		cell->value = invent_value(script, arena);
		cell->variant_count = script_byte(script) % 4 == 3 ? 2 + script_below(script, VARIANTS_MAX - 1) : 0;
		cell->variants = take(arena, cell->variant_count, sizeof *cell->variants);
		for (uint32_t j = 0; j < cell->variant_count; j++)
			cell->variants[j] = variant(script, arena);
	}
	made->past_count = script_byte(script) % 4 == 3 ? 1 + script_below(script, 2) : 0;
	made->pasts = take(arena, made->past_count, sizeof *made->pasts);
	for (uint32_t i = 0; i < made->past_count; i++)
		made->pasts[i] = past(script, arena, 1 + script_below(script, COLUMNS));
}

void invent_rows(struct script *script, struct bsync_arena *arena, struct bsync_rows *rows)
{
	*rows = (struct bsync_rows){.scope = invent_scope(script, arena), .upto = script_number(script)};
	rows->count = script_below(script, ROWS_MAX);
	rows->rows = take(arena, rows->count, sizeof *rows->rows);
	for (uint32_t i = 0; i < rows->count; i++)
		row(script, arena, &rows->rows[i]);
}

void invent_scopes(struct script *script, struct bsync_arena *arena, struct bsync_scopes *scopes)
{
	scopes->count = 1 + script_below(script, 3);
	scopes->changes = take(arena, scopes->count, sizeof *scopes->changes);
	for (uint32_t i = 0; i < scopes->count; i++) {
		scopes->changes[i].act = (enum bsync_scope_act)(script_byte(script) % 3);
		scopes->changes[i].scope = invent_scope(script, arena);
		scopes->changes[i].reason = bsync_bytes_of_string(
			scopes->changes[i].act == BSYNC_SCOPE_DROP ? "het werk is overgedragen" : "");
		if (scopes->changes[i].act != BSYNC_SCOPE_DROP && script_byte(script) >= WILD)
			scopes->changes[i].until_ms = (int64_t)script_number(script);
	}
}

static struct bsync_position position(struct script *script)
{
	return (struct bsync_position){1 + (script_byte(script) >= WILD), script_number(script)};
}

/* Elements of a set, ascending, no value twice. */
static uint32_t elements(struct script *script, struct bsync_arena *arena, struct bsync_value **out)
{
	uint32_t wanted = script_below(script, 4);
	uint32_t count = 0;

	*out = take(arena, wanted, sizeof **out);
	for (uint32_t i = 0; i < wanted; i++) {
		struct bsync_value value = invent_value(script, arena);

		if (count == 0 || bsync_value_compare(&(*out)[count - 1], &value) < 0)
			(*out)[count++] = value;
	}
	return count;
}

static void write_cell(struct script *script, struct bsync_arena *arena, struct bsync_cell_write *write)
{
	uint8_t kind = script_byte(script);

	/* One of six is a delta, one a set; one has a base of its own and one names versions. */
	write->kind = (enum bsync_write_kind)(kind % 6 < 4 ? 0 : kind % 6 - 3);
	write->base_kind = (enum bsync_base_kind)(kind / 6 % 6 < 4 ? 0 : kind / 6 % 6 - 3);
	if (write->kind == BSYNC_WRITE_DELTA ||
	    (write->kind == BSYNC_WRITE_SET && write->base_kind == BSYNC_BASE_NAMES))
		write->base_kind = BSYNC_BASE_DEFAULT;
	if (write->kind == BSYNC_WRITE_VALUE) {
		write->value = invent_value(script, arena);
	} else if (write->kind == BSYNC_WRITE_DELTA) {
		write->delta = (int64_t)script_number(script) - 100;
	} else {
		write->remove_count = elements(script, arena, &write->removes);
		write->add_count = elements(script, arena, &write->adds);
	}
	/* One in six of the plain values, and one in six that names versions, is a text with what it was made from. */
	if (write->kind == BSYNC_WRITE_VALUE && kind / 36 == 1 && write->base_kind != BSYNC_BASE_NAMES)
		write->base_value = invent_value(script, arena);
	if (write->kind == BSYNC_WRITE_VALUE && kind / 36 == 2 && write->base_kind == BSYNC_BASE_NAMES) {
		write->base_kind = BSYNC_BASE_NAMES_OWN;
		write->base_value = invent_value(script, arena);
	}
	if (write->base_kind == BSYNC_BASE_OWN || write->base_kind == BSYNC_BASE_NAMES_OWN)
		write->base = position(script);
	if (write->base_kind != BSYNC_BASE_NAMES && write->base_kind != BSYNC_BASE_NAMES_OWN)
		return;
	write->name_count = 1 + script_below(script, 3);
	write->names = take(arena, write->name_count, sizeof *write->names);
	for (uint32_t i = 0; i < write->name_count; i++)
		write->names[i] = dot(script);
}

void invent_changeset(struct script *script, struct bsync_arena *arena, struct bsync_changeset *set)
{
	*set = (struct bsync_changeset){.schema_version = script_byte(script) >= WILD ? 2 : 1,
					.base = position(script),
					.change_count = script_below(script, CHANGES_MAX)};
	set->evidence.clock.wall_ms = script_time(script, 1790000000000);
	set->evidence.clock.uptime_ms = script_time(script, 0);
	set->evidence.clock.boot = 1;
	set->seen_ms = script_byte(script) >= WILD ? INT64_MAX - script_byte(script) : 0;
	set->changes = take(arena, set->change_count, sizeof *set->changes);
	for (uint32_t i = 0; i < set->change_count; i++) {
		struct bsync_change *change = &set->changes[i];
		uint32_t column = 0;

		change->kind = (enum bsync_change_kind)script_below(script, 3);
		change->table_no = table_no(script);
		change->key_count = key(script, arena, change->table_no, &change->key);
		if (change->kind == BSYNC_CHANGE_DELETE) {
			change->has_base = script_byte(script) % 4 == 3;
			change->base = change->has_base ? position(script) : change->base;
			continue;
		}
		change->cell_count = script_below(script, CELLS_MAX);
		change->cells = take(arena, change->cell_count, sizeof *change->cells);
		for (uint32_t j = 0; j < change->cell_count; j++) {
			change->cells[j].column_no = column = column_after(script, column);
			write_cell(script, arena, &change->cells[j]);
			/* An insert names no NULL. */
			if (change->kind == BSYNC_CHANGE_INSERT && change->cells[j].kind == BSYNC_WRITE_VALUE &&
			    change->cells[j].value.kind == BSYNC_NULL)
				change->cells[j].value = bsync_value_integer(j);
		}
	}
}

void invent_history_get(struct script *script, struct bsync_arena *arena, struct bsync_history_get *request)
{
	request->token = script_number(script);
	request->table_no = table_no(script);
	request->key_count = key(script, arena, request->table_no, &request->key);
}

void invent_history(struct script *script, struct bsync_arena *arena, struct bsync_history *history)
{
	history->count = script_below(script, CELLS_MAX);
	history->entries = take(arena, history->count, sizeof *history->entries);
	for (uint32_t i = 0; i < history->count; i++)
		history->entries[i] = past(script, arena, 1 + script_below(script, COLUMNS));
	history->holder_count = script_below(script, 4);
	history->holders = take(arena, history->holder_count, sizeof *history->holders);
	for (uint32_t i = 0; i < history->holder_count; i++) {
		struct bsync_holder *holder = &history->holders[i];

		*holder = (struct bsync_holder){.face_no = script_below(script, 10), .counter = script_number(script)};
		memset(holder->worker.bytes, script_byte(script), BSYNC_ID_SIZE);
	}
}
