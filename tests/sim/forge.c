#include "tests/sim/forge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"

enum { TRY_ONE_OF = 12, PLAIN_MAX = 1 << 20 };

enum forgery { AGAIN, GAP, OTHER_HASH, OTHER_PREVIOUS, FORGERIES };

/* Makes of the last changeset of the batch what a device should not hand in. */
static void forge(enum forgery forgery, const struct bsync_batch *batch, struct bsync_opened *opened,
		  struct bsync_batch *out)
{
	const struct bsync_opened *last = &batch->changesets[batch->count - 1];
	*out = *batch;
	*opened = *last;
	if (forgery == AGAIN)
		return;
	out->count = 1;
	out->changesets = opened;
	out->previous = batch->count > 1 ? last[-1].hash : batch->previous;
	if (forgery == GAP || forgery == OTHER_PREVIOUS) {
		out->previous = last->hash;
		opened->seq += forgery == GAP ? 2 : 1;
	}
	if (forgery == OTHER_PREVIOUS)
		out->previous.bytes[0] ^= 1;
	opened->hash.bytes[0] ^= 2;
	out->first_seq = opened->seq;
}

static bool is_same(const struct bsync_receipts *a, const struct bsync_receipts *b)
{
	if (a->count != b->count || a->first_seq != b->first_seq)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (a->receipts[i].counter != b->receipts[i].counter ||
		    a->receipts[i].stamp_ms != b->receipts[i].stamp_ms ||
		    a->receipts[i].verdict != b->receipts[i].verdict)
			return false;
	return true;
}

static void hand_in(struct world_device *device, enum forgery forgery, const struct bsync_batch *batch,
		    const struct bsync_receipts *receipts, struct bsync_arena *arena)
{
	static const char *const words[] = {"what it has already", "a gap",
					    "another changeset under a number that is taken",
					    "a changeset that follows on another"};
	static const enum bsync_result expected[] = {BSYNC_OK, BSYNC_OUT_OF_ORDER, BSYNC_OK, BSYNC_OUT_OF_ORDER};
	struct world *world = device->world;
	struct bsync_opened opened;
	struct bsync_batch forged;
	struct bsync_receipts again;
	forge(forgery, batch, &opened, &forged);
	if (bsync_store_group_begin(world->store) != BSYNC_OK) {
		world_fail(world, "the store cannot begin");
		return;
	}
	enum bsync_result result = bsync_store_apply(world->store, &forged, arena, &again);
	bsync_store_group_rollback(world->store);
	/* PROTOCOL 8.8: what a copy of the device would hand in is kept, and waits. */
	bool is_fork = forgery == OTHER_HASH;
	if (result != expected[forgery])
		world_fail(world, "the store, given %s by device %u, says %s", words[forgery], device->number,
			   bsync_result_name(result));
	else if (is_fork && (again.receipts[0].verdict != BSYNC_VERDICT_QUARANTINED || !forged.is_forked))
		world_fail(world, "the store does not set aside what a copy of device %u handed in", device->number);
	else if (result == BSYNC_OK && !is_fork && !is_same(receipts, &again))
		world_fail(world, "the store answers device %u otherwise when it hands the same in again",
			   device->number);
	else
		probe(PROBE_FORGED);
}

/* A text that another wrote, that still stands and of which the device has not confirmed to have it; NULL: there is none. */
static const struct model_write *unconfirmed_text(const struct world_device *device, uint32_t line_no)
{
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++)
		if (write->place == MODEL_STANDS && write->row->state == MODEL_LIVE && write->set->line_no != line_no &&
		    write->set->counter > model.confirmed[device->identity].counter &&
		    write->row->table->columns[write->column].rule == BSYNC_RULE_KEEP)
			return write;
	return NULL;
}

/* An edit whose base claims everything: what the device has not confirmed stays beside it, for a person. */
static void claim_all(struct world_device *device, const struct bsync_batch *batch, const struct model_set *set,
		      struct bsync_arena *arena)
{
	struct world *world = device->world;
	const struct model_write *write = unconfirmed_text(device, set->line_no);
	const struct bsync_opened *last = &batch->changesets[batch->count - 1];
	if (write == NULL)
		return;
	struct bsync_cell_write cell = {.column_no = write->row->table->columns[write->column].no,
					.value = bsync_value_text(bsync_bytes_of_string("vervalst"))};
	struct bsync_change change = {
		.table_no = write->row->table->no,
		.kind = BSYNC_CHANGE_UPDATE,
		.key_count = write->row->table->key_count,
		.key = write->row->key,
		.cell_count = 1,
		.cells = &cell,
	};
	struct bsync_opened opened = *last;
	struct bsync_buffer plain;
	bsync_buffer_init(&plain, PLAIN_MAX);
	opened.seq++;
	opened.hash.bytes[0] ^= 2;
	opened.changeset.base = bsync_store_position(world->store);
	/* Or the write's own base does. */
	if (opened.seq % 2 == 0) {
		cell.base_kind = BSYNC_BASE_OWN;
		cell.base = opened.changeset.base;
		opened.changeset.base = (struct bsync_position){0};
	}
	opened.changeset.change_count = 1;
	opened.changeset.changes = &change;
	if (bsync_changeset_encode(&opened.changeset, &plain) != BSYNC_OK)
		abort();
	opened.plain = bsync_buffer_bytes(&plain);
	struct bsync_batch forged = *batch;
	struct bsync_receipts receipts;
	forged.first_seq = opened.seq;
	forged.previous = last->hash;
	forged.count = 1;
	forged.changesets = &opened;
	if (bsync_store_group_begin(world->store) != BSYNC_OK)
		abort();
	enum bsync_result result = bsync_store_apply(world->store, &forged, arena, &receipts);
	bsync_store_group_rollback(world->store);
	bsync_buffer_clear(&plain);
	/* Where the store has more of the line than this batch, it is the work of a copy. */
	probe_if(!forged.is_forked, PROBE_FORGED_BASE);
	if (result != BSYNC_OK || receipts.receipts[0].verdict < BSYNC_VERDICT_INBOX)
		world_fail(world, "device %u claims to have seen everything, and the store believes it",
			   device->number);
}

void forge_try(struct world_device *device, const struct bsync_batch *batch, const struct bsync_receipts *receipts,
	       struct bsync_arena *arena)
{
	struct world *world = device->world;
	/* A choice of its own: what else happens does not depend on it. */
	uint64_t chance = (world->seed * 31 + device->number) * 31 + batch->first_seq;
	assert(batch->count > 0);
	if (chance % TRY_ONE_OF != 0 || daemon_is_down(world) || world->failure[0] != '\0')
		return;
	fault_disk_set_paused(world->disk, true);
	hand_in(device, (enum forgery)(chance / TRY_ONE_OF % FORGERIES), batch, receipts, arena);
	if (world->failure[0] == '\0')
		claim_all(device, batch, model_find_hash(&device->id, &batch->changesets[0].hash), arena);
	fault_disk_set_paused(world->disk, false);
}
