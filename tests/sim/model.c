#include "tests/sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"

enum { ARENA_MAX = 1 << 30, KEY_MAX = 4096, SQL_SIZE = 400 };

struct model model;

/* What the operator looks at: the item, and the writes that each number would be. */
static struct {
	bool is_conflict;
	uint8_t id[16];
	uint32_t row, cell_count;
	struct bsync_inbox_cell *cells;
	uint32_t columns[BSYNC_COLUMNS_MAX];
} looked;

static void *take(size_t count, size_t size)
{
	void *out = bsync_arena_take(&model.arena, count * size + 1);
	if (out == NULL)
		abort();
	return out;
}

void model_begin(struct world *world)
{
	bsync_arena_clear(&model.arena);
	bsync_arena_init(&model.arena, ARENA_MAX);
	model.world = world;
	model.counter = model.comparisons = model.store_seq = 0;
	memset(model.confirmed, 0, sizeof model.confirmed);
	model.set_count = model.write_count = model.row_count = model.item_count = 0;
	model.scope_count = model.move_count = 0;
}

const struct bsync_table *model_table(uint32_t row)
{
	const struct bsync_table *table = bsync_schema_table(bsync_store_schema(model.world->store),
							     model.rows[row].table_no);
	if (table == NULL)
		abort();
	return table;
}

uint32_t model_row(uint32_t table_no, const struct bsync_value *key, uint32_t key_count)
{
	struct bsync_buffer packed;
	struct bsync_writer writer;
	bsync_buffer_init(&packed, KEY_MAX);
	bsync_writer_init(&writer, &packed);
	bsync_write_array(&writer, key_count);
	for (uint32_t i = 0; i < key_count; i++)
		bsync_write_value(&writer, &key[i]);
	struct bsync_bytes bytes = bsync_buffer_bytes(&packed);
	uint32_t row = 0;
	while (row < model.row_count &&
	       (model.rows[row].table_no != table_no || !bsync_bytes_equal(model.rows[row].key, bytes)))
		row++;
	if (row == model.row_count) {
		struct bsync_value *values = take(key_count, sizeof *values);
		if (writer.result != BSYNC_OK || model.row_count == MODEL_ROWS_MAX)
			abort();
		for (uint32_t i = 0; i < key_count; i++)
			if (!bsync_value_copy(&model.arena, &key[i], &values[i]))
				abort();
		model.rows[model.row_count++] = (struct model_row){
			.table_no = table_no, .key = bsync_arena_copy(&model.arena, bytes), .values = values};
	}
	bsync_buffer_clear(&packed);
	return row;
}

struct model_set *model_find(const struct bsync_device_id *device, const struct bsync_line_id *line, uint64_t seq)
{
	for (uint32_t i = 0; i < model.set_count; i++) {
		struct model_set *set = &model.sets[i];
		if (!set->is_store && set->seq == seq && memcmp(&set->line, line, sizeof *line) == 0 &&
		    memcmp(&set->device, device, sizeof *device) == 0)
			return set;
	}
	return NULL;
}

static struct model_set *set_new(void)
{
	if (model.set_count == MODEL_SETS_MAX)
		abort();
	model.sets[model.set_count] = (struct model_set){0};
	return &model.sets[model.set_count++];
}

void model_confirm(const struct world_device *device, struct bsync_position position)
{
	model.confirmed[device->number] = position.counter;
}

void model_offer(const struct world_device *device, const struct bsync_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct bsync_opened *opened = &batch->changesets[i];
		struct model_set *set = model_find(&batch->device, &batch->line, opened->seq);
		if (opened->decoded != BSYNC_OK) {
			world_fail(device->world, "device %u hands in what does not decode", device->number);
			return;
		}
		if (set != NULL && set->state != MODEL_OFFERED) {
			probe(PROBE_RESEND);
			continue;
		}
		if (set == NULL)
			set = set_new();
		*set = (struct model_set){
			.device = batch->device,
			.author = batch->worker,
			.line = batch->line,
			.seq = opened->seq,
			.corrected_ms = opened->stamp_ms,
			.confirmed = model.confirmed[device->number],
		};
		struct bsync_bytes plain = bsync_arena_copy(&model.arena, opened->plain);
		if (bsync_changeset_decode(plain, &model.arena, &set->changeset) != BSYNC_OK)
			abort();
	}
}

/* PROTOCOL 5.2: never below what the author had seen, nor below what came before on its line. */
static void check_stamp(const struct model_set *set)
{
	int64_t least = set->corrected_ms, seen = set->changeset.seen_ms;
	if (set->corrected_ms != set->changeset.evidence.clock.wall_ms)
		probe(PROBE_CLOCK_CORRECTED);
	if (least <= seen)
		least = seen + 1;
	for (uint32_t i = 0; i < model.set_count; i++) {
		const struct model_set *other = &model.sets[i];
		if (!other->is_store && other->has_stamp && other->seq < set->seq &&
		    memcmp(&other->line, &set->line, sizeof set->line) == 0 && other->stamp_ms > least)
			least = other->stamp_ms;
	}
	if (set->stamp_ms != least)
		world_fail(model.world, "model: changeset %llu has stamp %lld instead of %lld",
			   (unsigned long long)set->seq, (long long)set->stamp_ms, (long long)least);
}

static void check_verdict(const struct model_set *set, struct bsync_bytes reason)
{
	bool is_allowed = set->verdict == BSYNC_VERDICT_MERGED && set->expected == BSYNC_VERDICT_APPLIED;
	if (set->verdict != set->expected && !(is_allowed && set->may_be_merged))
		world_fail(model.world, "model: changeset %llu at %llu has verdict %s instead of %s: %.*s",
			   (unsigned long long)set->seq, (unsigned long long)set->counter,
			   bsync_verdict_name(set->verdict), bsync_verdict_name(set->expected), (int)reason.size,
			   (const char *)reason.data);
}

/* The changeset of a receipt of the store: device, line, seq, counter, stamp, verdict, reason. */
static struct model_set *set_of_receipt(const struct bsync_value *values)
{
	struct bsync_device_id device;
	struct bsync_line_id line;
	memcpy(&device, values[0].as.bytes.data, sizeof device);
	memcpy(&line, values[1].as.bytes.data, sizeof line);
	return model_find(&device, &line, (uint64_t)values[2].as.integer);
}

/* The stamp of a receipt, which the changesets after it on its line must not go below, also when it waits. */
static bool receipt_stamp(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct model_set *set = set_of_receipt(values);
	(void)context;
	(void)count;
	(void)names;
	if (set == NULL || set->has_stamp)
		return true;
	set->stamp_ms = values[4].as.integer;
	set->has_stamp = true;
	check_stamp(set);
	return true;
}

static bool receipt(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct world *world = context;
	(void)count;
	(void)names;
	uint64_t seq = (uint64_t)values[2].as.integer, counter = (uint64_t)values[3].as.integer;
	enum bsync_verdict verdict = (enum bsync_verdict)values[5].as.integer;
	struct model_set *set = set_of_receipt(values);
	if (set == NULL || set->state == MODEL_APPLIED) {
		world_fail(world, "model: the store has changeset %llu %s", (unsigned long long)seq,
			   set == NULL ? "that nobody handed in" : "twice");
		return false;
	}
	bool was_waiting = set->state == MODEL_WAITS;
	if (set->stamp_ms != values[4].as.integer)
		world_fail(world, "model: changeset %llu comes to another stamp", (unsigned long long)seq);
	set->verdict = verdict;
	set->counter = counter;
	if (counter == 0) {
		if (verdict != BSYNC_VERDICT_UNPLACED)
			world_fail(world, "model: changeset %llu is set aside as %s", (unsigned long long)seq,
				   bsync_verdict_name(verdict));
		if (!was_waiting)
			probe(PROBE_UNPLACED);
		set->state = MODEL_WAITS;
		return true;
	}
	if (was_waiting)
		probe(PROBE_PLACED);
	if (counter <= model.counter)
		world_fail(world, "model: counter %llu comes back", (unsigned long long)counter);
	if (model_must_wait(set))
		world_fail(world, "model: changeset %llu at %llu knows no scope", (unsigned long long)seq,
			   (unsigned long long)counter);
	model.counter = counter;
	model_apply((uint32_t)(set - model.sets));
	set->state = MODEL_APPLIED;
	check_verdict(set, values[6].as.bytes);
	return true;
}

static bool store_line(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	(void)names;
	model.store_seq = (uint64_t)values[0].as.integer;
	return true;
}

static void receipts_read(struct world *world, const char *order,
			  bool (*each)(void *, int, const char *const *, const struct bsync_value *))
{
	char sql[SQL_SIZE], error[300] = "";
	if (world->failure[0] != '\0')
		return;
	snprintf(sql, sizeof sql,
		 "SELECT d.id, l.line, r.seq, r.counter, r.stamp_ms, r.verdict, r.reason FROM bsync_receipt r"
		 " JOIN bsync_line l ON l.no = r.line_no JOIN bsync_device d ON d.no = l.device_no"
		 " WHERE r.counter > %llu OR r.counter = 0 ORDER BY %s",
		 (unsigned long long)model.counter, order);
	if (bsync_view_sql(server_view(world), sql, each, world, error) != BSYNC_OK)
		world_fail(world, "the store's receipts cannot be read: %s", error);
}

void model_settle(struct world *world)
{
	receipts_read(world, "r.line_no, r.seq", receipt_stamp);
	/* Those that are set aside come last, so that one that was placed is not met as waiting. */
	receipts_read(world, "r.counter = 0, r.counter, r.line_no, r.seq", receipt);
	if (world->failure[0] != '\0')
		return;
	for (uint32_t i = 0; i < model.set_count; i++)
		if (model.sets[i].state == MODEL_WAITS && !model_must_wait(&model.sets[i]))
			world_fail(world, "model: changeset %llu waits for nothing",
				   (unsigned long long)model.sets[i].seq);
}

void model_receipts(struct world_device *device, const struct bsync_receipts *receipts)
{
	for (uint32_t i = 0; i < receipts->count; i++) {
		const struct bsync_receipt *said = &receipts->receipts[i];
		const struct model_set *set = model_find(&device->id, &receipts->line, receipts->first_seq + i);
		if (set == NULL || set->state == MODEL_OFFERED || set->counter != said->counter ||
		    set->verdict != said->verdict || set->stamp_ms != said->stamp_ms)
			world_fail(device->world, "model: device %u is told of changeset %llu what is not so",
				   device->number, (unsigned long long)receipts->first_seq + i);
	}
}

/* --- The operator --- */

void model_look(const struct bsync_inbox_item *item)
{
	looked.is_conflict = strcmp(item->kind, "conflict") == 0;
	memcpy(looked.id, item->id, sizeof looked.id);
	looked.row = model_row(item->table_no, item->key, item->key_count);
	looked.cell_count = item->cell_count;
	looked.cells = take(item->cell_count, sizeof *looked.cells);
	for (uint32_t c = 0; c < item->cell_count; c++) {
		uint32_t count = item->cells[c].variant_count;
		looked.columns[c] = (uint32_t)bsync_table_column_named(model_table(looked.row), item->cells[c].column);
		looked.cells[c] = item->cells[c];
		looked.cells[c].variants = take(count, sizeof *item->cells[c].variants);
		for (uint32_t i = 0; i < count; i++) {
			looked.cells[c].variants[i] = item->cells[c].variants[i];
			if (!bsync_value_copy(&model.arena, &item->cells[c].variants[i].value,
					      &looked.cells[c].variants[i].value))
				abort();
		}
	}
}

/* An item is known by whose changeset made it, and its row. */
static bool close_item(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)count;
	(void)names;
	struct bsync_device_id device;
	struct bsync_line_id line;
	memcpy(&device, values[0].as.bytes.data, sizeof device);
	memcpy(&line, values[1].as.bytes.data, sizeof line);
	const struct model_set *set = model_find(&device, &line, (uint64_t)values[2].as.integer);
	bool is_found = false;
	for (uint32_t i = 0; i < model.item_count; i++) {
		struct model_item *item = &model.items[i];
		if (item->row != looked.row || &model.sets[item->set] != set)
			continue;
		is_found = item->is_open;
		item->is_open = false;
	}
	if (!is_found)
		world_fail(context, "model: the operator closes an item that is not open");
	return true;
}

static void close_looked(struct world *world)
{
	char sql[SQL_SIZE], id[BSYNC_ID_TEXT_SIZE], error[300] = "";
	bsync_id_text(looked.id, id);
	snprintf(sql, sizeof sql,
		 "SELECT d.id, l.line, i.seq FROM bsync_item i JOIN bsync_line l ON l.no = i.line_no"
		 " JOIN bsync_device d ON d.no = l.device_no WHERE i.id = x'%s'",
		 id);
	if (bsync_view_sql(server_view(world), sql, close_item, world, error) != BSYNC_OK)
		world_fail(world, "the item cannot be read: %s", error);
}

/* What stands stays; anything else is a write of the store, by name in a conflict. */
static uint32_t decided_writes(uint32_t number, struct bsync_cell_write *writes)
{
	uint32_t count = 0;
	for (uint32_t c = 0; c < looked.cell_count; c++) {
		const struct bsync_inbox_cell *cell = &looked.cells[c];
		const struct bsync_variant *chosen = &cell->variants[number - 1];
		if (number > cell->variant_count ||
		    (!looked.is_conflict && (chosen->counter > 0 || chosen->dot.seq == 0)))
			continue;
		struct bsync_cell_write *write = &writes[count++];
		*write = (struct bsync_cell_write){.value = chosen->value};
		write->column_no = model_table(looked.row)->columns[looked.columns[c]].no;
		if (!looked.is_conflict)
			continue;
		write->base_kind = BSYNC_BASE_NAMES;
		write->name_count = cell->variant_count;
		write->names = take(cell->variant_count, sizeof *write->names);
		for (uint32_t i = 0; i < cell->variant_count; i++)
			write->names[i] = cell->variants[i].dot;
	}
	return count;
}

static bool store_stamp(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct model_set *set = context;
	(void)count;
	(void)names;
	set->stamp_ms = values[0].as.integer;
	return true;
}

/* Above every write that the store has, as of anybody who has seen everything. */
static void check_store_stamp(struct world *world, const struct model_set *set)
{
	for (uint32_t i = 0; i < model.write_count; i++)
		if (model.sets[model.writes[i].set].stamp_ms >= set->stamp_ms)
			world_fail(world, "model: the stamp of a decision is not above that of changeset %llu",
				   (unsigned long long)model.sets[model.writes[i].set].seq);
}

void model_decided(struct world *world, uint32_t number, uint64_t counter)
{
	struct bsync_cell_write *writes = take(looked.cell_count, sizeof *writes);
	struct bsync_change *change = take(1, sizeof *change);
	char error[300] = "";
	model.counter = counter;
	if (bsync_view_sql(server_view(world), "SELECT last_seq FROM bsync_line WHERE no = 0", store_line, NULL,
			   error) != BSYNC_OK)
		world_fail(world, "the store's own line cannot be read: %s", error);
	if (!looked.is_conflict)
		close_looked(world);
	*change = (struct bsync_change){
		.table_no = model.rows[looked.row].table_no,
		.kind = model.rows[looked.row].state == MODEL_LIVE ? BSYNC_CHANGE_UPDATE : BSYNC_CHANGE_INSERT,
		.key_count = model_table(looked.row)->key_count,
		.key = (struct bsync_value *)(uintptr_t)model.rows[looked.row].values,
		.cell_count = decided_writes(number, writes),
		.cells = writes,
	};
	if (change->cell_count == 0)
		return;
	/* PROTOCOL 4: an insert names no column that is NULL. */
	uint32_t named = 0;
	for (uint32_t i = 0; i < change->cell_count; i++)
		if (change->kind == BSYNC_CHANGE_UPDATE || writes[i].kind != BSYNC_WRITE_VALUE ||
		    writes[i].value.kind != BSYNC_NULL)
			writes[named++] = writes[i];
	change->cell_count = named;
	struct model_set *set = set_new();
	set->is_store = true;
	set->seq = model.store_seq;
	set->state = MODEL_APPLIED;
	set->changeset.change_count = 1;
	set->changeset.changes = change;
	set->changeset.base.counter = counter;
	set->counter = counter;
	/* Moves of workers, which the model does not know as writes, also raise it. */
	if (bsync_view_sql(server_view(world), "SELECT value FROM bsync_meta WHERE name = 'stamp'", store_stamp, set,
			   error) != BSYNC_OK)
		world_fail(world, "the store's stamp cannot be read: %s", error);
	check_store_stamp(world, set);
	model_apply((uint32_t)(set - model.sets));
}

void model_moved(const struct bsync_worker_id *worker, bool is_outside, uint64_t counter)
{
	if (model.move_count == MODEL_SETS_MAX)
		abort();
	model.moves[model.move_count++] = (struct model_move){*worker, is_outside, counter};
	model.counter = counter;
}

bool model_is_outside(const struct bsync_worker_id *worker, uint64_t counter)
{
	bool is_outside = false;
	for (uint32_t i = 0; i < model.move_count && model.moves[i].counter <= counter; i++)
		if (memcmp(&model.moves[i].worker, worker, sizeof *worker) == 0)
			is_outside = model.moves[i].is_outside;
	return is_outside;
}
