#include "tests/sim/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/orphans.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"
#include "tests/sim/watch.h"

enum { MOVES_MAX = 1000, VARIANTS_MAX = 200 };

/* A worker goes to the team 'buiten', which does not hold 'L2', or comes back. */
struct move {
	struct bsync_worker_id worker;
	bool is_outside;
	uint64_t counter;
};

static struct {
	uint32_t count;
	struct move list[MOVES_MAX];
	bool has_been; /* also where a restore took them back: devices may have seen it */
} moves;

/* An item that the operator has closed. */
static struct {
	uint32_t count;
	struct closing {
		const struct model_row *row;
		const struct model_set *set;
		uint64_t counter;
	} list[MOVES_MAX];
} closings;

/* The item that the operator looks at, and the change that a decision makes. */
static struct {
	uint32_t skip;
	bool is_found, is_conflict;
	uint8_t id[16];
	uint32_t variants;
	struct model_row *row;
	uint32_t column;
	struct bsync_dot dots[VARIANTS_MAX]; /* of a conflict: its versions, as numbered */
	uint32_t take;
	const struct model_set *handed_in; /* of another item: the changeset it came of */
	struct bsync_change *change;
	uint64_t seq;
	int64_t stamp_ms;
} looked;

static void must(struct world *world, enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: seed %llu: the operator: %s: %s (%s)\n", (unsigned long long)world->seed, what,
		bsync_result_text(result), bsync_store_error_text(world->store));
	abort();
}

/* --- Moves --- */

void operator_begin(void)
{
	moves.count = 0;
	moves.has_been = false;
	closings.count = 0;
}

void operator_restored(uint64_t point)
{
	while (moves.count > 0 && moves.list[moves.count - 1].counter > point)
		moves.count--;
	while (closings.count > 0 && closings.list[closings.count - 1].counter > point)
		closings.count--;
}

void operator_close_again(void)
{
	for (uint32_t i = 0; i < closings.count; i++)
		for (struct model_item *item = model.items; item < model.items + model.item_count; item++)
			if (item->row == closings.list[i].row && item->set == closings.list[i].set)
				item->is_open = item->is_over = false;
}

bool operator_has_moved(void)
{
	return moves.has_been;
}

bool operator_is_outside(const struct bsync_worker_id *worker, uint64_t counter)
{
	bool is_outside = false;
	for (uint32_t i = 0; i < moves.count && moves.list[i].counter <= counter; i++)
		if (memcmp(&moves.list[i].worker, worker, sizeof *worker) == 0)
			is_outside = moves.list[i].is_outside;
	return is_outside;
}

uint64_t operator_next_move(uint64_t counter)
{
	for (uint32_t i = 0; i < moves.count; i++)
		if (moves.list[i].counter > counter)
			return moves.list[i].counter;
	return UINT64_MAX;
}

static void move(struct world *world, const struct world_device *device, bool is_outside)
{
	struct bsync_touched touched = {0};
	uint8_t id[16];
	if (moves.count == MOVES_MAX)
		abort();
	must(world, bsync_store_group_begin(world->store), "begin");
	if (moves.count == 0)
		must(world, bsync_store_team_add(world->store, "buiten", world->now_ms, id), "team");
	must(world,
	     bsync_store_worker_move(world->store, &device->worker, is_outside ? "buiten" : "team", world->now_ms),
	     "move");
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	model.counter = touched.position.counter;
	moves.has_been = true;
	moves.list[moves.count++] = (struct move){device->worker, is_outside, model.counter};
	world_trace(world, "the worker of device %u goes %s", device->number, is_outside ? "outside" : "back");
	server_tell(world, &touched);
}

void operator_gather(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		if (operator_is_outside(&world->devices[i].worker, model.counter))
			move(world, &world->devices[i], false);
}

/* The first worker always stays, so that a list has members. */
static bool moves_somebody(struct world *world)
{
	uint32_t number = world_below(world, 3 * world->device_count);
	if (number >= world->device_count || world->devices[number].identity == 0)
		return false;
	const struct world_device *device = &world->devices[number];
	move(world, device, !operator_is_outside(&device->worker, model.counter));
	return true;
}

/* --- What is set aside --- */

/* A changeset that is set aside, of which `skip` come before; not what copies of devices handed in. */
struct aside {
	uint32_t skip;
	bool is_found;
	struct bsync_dot dot;
};

static bool aside_row(void *context, const struct bsync_quarantine_row *row)
{
	struct aside *aside = context;
	if (row->is_fork)
		return true;
	aside->is_found = true;
	aside->dot = (struct bsync_dot){row->device, row->line, row->seq};
	return aside->skip-- > 0;
}

static bool tries_again(struct world *world)
{
	struct aside aside = {.skip = world_below(world, 4)};
	struct bsync_touched touched = {0};
	enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;
	if (world_below(world, 2) == 0)
		return false;
	must(world, bsync_view_quarantine(server_view(world), aside_row, &aside), "quarantine");
	if (!aside.is_found)
		return false;
	must(world, bsync_store_group_begin(world->store), "begin");
	must(world,
	     bsync_store_quarantine_retry(world->store, &aside.dot.device, &aside.dot.line, aside.dot.seq,
					  world->now_ms, &verdict),
	     "retry");
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	probe(PROBE_OPERATOR_RETRIED);
	world_trace(world, "the operator tries changeset %llu again: %s", (unsigned long long)aside.dot.seq,
		    bsync_verdict_name(verdict));
	watch_settle();
	server_tell(world, &touched);
	return true;
}

/* --- Decisions --- */

static bool choose(void *context, const struct bsync_inbox_item *item)
{
	(void)context;
	/* Which of these there are is asked of the rows, whoever closed one (orphans.h); others the model does not know. */
	if (strcmp(item->reason, ORPHAN_REASON) == 0 || signed_has(model_row(item->table_no, item->key)->table))
		return true;
	memcpy(looked.id, item->id, sizeof looked.id);
	looked.is_found = true;
	looked.is_conflict = strcmp(item->kind, "conflict") == 0;
	looked.variants = item->cell_count > 0 ? item->cells[0].variant_count : 0;
	looked.row = model_row(item->table_no, item->key);
	if (looked.variants > VARIANTS_MAX)
		abort();
	for (uint32_t i = 0; i < looked.variants; i++) {
		looked.column = (uint32_t)bsync_table_column_named(looked.row->table, item->cells[0].column);
		looked.dots[i] = item->cells[0].variants[i].dot;
	}
	return looked.skip-- > 0;
}

/* What was written is written again, by the store. */
static struct bsync_cell_write *write_again(const struct model_write *write)
{
	struct bsync_cell_write *cell = &looked.change->cells[looked.change->cell_count++];
	*cell = (struct bsync_cell_write){.column_no = write->row->table->columns[write->column].no,
					  .value = write->value};
	return cell;
}

/* PROTOCOL 7.5: "A resolve is an ordinary write that names every dot." */
static void take_version(void)
{
	const struct bsync_dot *taken = &looked.dots[looked.take - 1];
	struct bsync_dot *names = bsync_arena_take(&model.arena, sizeof looked.dots);
	if (names == NULL)
		abort();
	memcpy(names, looked.dots, sizeof looked.dots);
	for (struct model_write *write = NULL; (write = model_standing(looked.row, looked.column, write)) != NULL;) {
		if (memcmp(&write->set->dot, taken, sizeof *taken) != 0)
			continue;
		struct bsync_cell_write *cell = write_again(write);
		cell->base_kind = BSYNC_BASE_NAMES;
		cell->name_count = looked.variants;
		cell->names = names;
	}
}

/* id, device, line, seq of an item */
static void item_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct bsync_dot dot = {.seq = (uint64_t)values[3].as.integer};
	(void)context;
	(void)count;
	if (memcmp(values[0].as.bytes.data, looked.id, sizeof looked.id) != 0)
		return;
	memcpy(&dot.device, values[1].as.bytes.data, sizeof dot.device);
	memcpy(&dot.line, values[2].as.bytes.data, sizeof dot.line);
	looked.handed_in = model_find(&dot);
}

/* The item is closed.  PROTOCOL 7.7: number 1 is what stands, where the row is there; the next is what was handed in. */
static void take_item(struct world *world)
{
	bool was_open = false;
	server_ask(world,
		   "SELECT i.id, d.id, l.line, i.seq FROM bsync_item i JOIN bsync_line l ON l.no = i.line_no"
		   " JOIN bsync_device d ON d.no = l.device_no",
		   0, item_row, NULL);
	for (struct model_item *item = model.items; item < model.items + model.item_count; item++) {
		if (item->row != looked.row || item->set != looked.handed_in)
			continue;
		was_open = item->is_open;
		item->is_open = false;
	}
	closings.list[model_next(&closings.count, MOVES_MAX)] = (struct closing){looked.row, looked.handed_in,
										 model.counter};
	if (!was_open)
		world_fail(world, "the operator closes an item that is not open");
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++)
		if (write->row == looked.row && write->set == looked.handed_in && write->place == MODEL_ITEM &&
		    looked.take == (looked.row->state == MODEL_LIVE ? 2 : 1))
			write_again(write);
}

/* PROTOCOL 4: "An insert names every column that is not NULL, and no other." */
static void drop_nulls(struct bsync_change *change)
{
	uint32_t count = change->cell_count;
	change->cell_count = 0;
	for (uint32_t i = 0; i < count; i++)
		if (change->kind == BSYNC_CHANGE_UPDATE || change->cells[i].value.kind != BSYNC_NULL)
			change->cells[change->cell_count++] = change->cells[i];
}

/* seq and stamp of the store's last decision */
static void store_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	looked.seq = (uint64_t)values[0].as.integer;
	looked.stamp_ms = values[1].as.integer;
}

/* The store has done as it was told: so does the model. */
static void decided(struct world *world, uint64_t counter)
{
	struct bsync_change *change = bsync_arena_take(&model.arena, sizeof *change);
	struct bsync_cell_write *cells = bsync_arena_take(&model.arena, BSYNC_COLUMNS_MAX * sizeof *cells);
	if (change == NULL || cells == NULL)
		abort();
	*change = (struct bsync_change){
		.table_no = looked.row->table->no,
		.kind = looked.row->state == MODEL_LIVE ? BSYNC_CHANGE_UPDATE : BSYNC_CHANGE_INSERT,
		.key_count = looked.row->table->key_count,
		.key = looked.row->key,
		.cells = cells,
	};
	looked.change = change;
	model.counter = counter;
	if (looked.is_conflict)
		take_version();
	else
		take_item(world);
	if (change->cell_count == 0)
		return;
	drop_nulls(change);
	server_ask(world,
		   "SELECT last_seq, (SELECT value FROM bsync_meta WHERE name = 'stamp') FROM bsync_line WHERE no = 0",
		   0, store_row, NULL);
	model_decided(change, looked.seq, looked.stamp_ms, counter);
}

/* The disk does not fail meanwhile: the model must know whether the decision stands. */
static void decide(struct world *world)
{
	if (moves_somebody(world) || tries_again(world))
		return;
	struct bsync_touched touched = {0};
	looked.skip = world_below(world, 4);
	looked.is_found = false;
	must(world, bsync_view_inbox(server_view(world), choose, NULL), "inbox");
	if (!looked.is_found)
		return;
	looked.take = 1 + world_below(world, looked.variants > 1 ? looked.variants : 1);
	must(world, bsync_store_group_begin(world->store), "begin");
	enum bsync_result result = bsync_store_inbox_resolve(world->store, looked.id, looked.take, NULL, world->now_ms);
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	world_trace(world, "the operator takes number %u of an item: %s", looked.take, bsync_result_name(result));
	if (result == BSYNC_OK)
		decided(world, touched.position.counter);
	/* An edit of a row that is not there cannot be taken alone. */
	else if (result != BSYNC_INVALID || looked.is_conflict)
		world_fail(world, "the operator cannot resolve: %s", bsync_result_name(result));
	server_tell(world, &touched);
}

/* A disk without power in this step gives nothing to look at.  Who handed in what is kept had not seen the choice: the operator
 * waits. */
static bool can_act(const struct world *world)
{
	return !daemon_is_down(world) && !restore_is_open();
}

void operator_act(struct world *world)
{
	if (!can_act(world))
		return;
	fault_disk_set_paused(world->disk, true);
	decide(world);
	fault_disk_set_paused(world->disk, false);
}

void operator_move(struct world *world)
{
	if (!can_act(world))
		return;
	fault_disk_set_paused(world->disk, true);
	(void)moves_somebody(world);
	fault_disk_set_paused(world->disk, false);
}
