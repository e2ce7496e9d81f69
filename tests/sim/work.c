/* work.c: what users and fate do: local transactions, forms, conflicts resolved, connections made, cut and delivered in
 * pieces, processes that start again, time that passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/causal.h"
#include "tests/sim/server.h"
#include "tests/sim/writes.h"

enum { SQL_SIZE = 400, STATEMENTS_MAX = 4, DAY_MS = 86400000 };

/* What a later statement of the same transaction overwrote was never saved. */
static void forget_overwritten(struct world_device *device, struct ledger_entry *entry)
{
	char sql[SQL_SIZE], found[8];
	snprintf(
		sql, sizeof sql,
		"SELECT count(*) FROM (SELECT 1 FROM punt WHERE tekst = '%s' UNION ALL SELECT 1 FROM logboek WHERE tekst LIKE '%s%%')",
		entry->word, entry->word);
	if (entry->word[0] != '\0' && write_ask(device, sql, found, sizeof found) && found[0] == '0')
		entry->word[0] = '\0';
}

static void committed(struct world_device *device)
{
	if (device->client != NULL && !device->is_broken)
		device_committed(device);
}

static void local_transaction(struct world_device *device)
{
	struct world *world = device->world;
	struct ledger_entry entries[STATEMENTS_MAX] = {0};
	uint32_t count = 1 + world_below(world, STATEMENTS_MAX);
	bool rolls_back = world_below(world, 12) == 0;
	if (!write_run(device, "BEGIN"))
		return;
	for (uint32_t i = 0; i < count && world->failure[0] == '\0'; i++)
		write_one(device, &entries[i]);
	for (uint32_t i = 0; i < count; i++)
		forget_overwritten(device, &entries[i]);
	if (!write_run(device, rolls_back ? "ROLLBACK" : "COMMIT") || rolls_back)
		return;
	for (uint32_t i = 0; i < count; i++)
		ledger_commit(world, &entries[i]);
	causal_committed(device, entries, count);
	committed(device);
}

/* A form opens on a point, or closes: what is written in between is based on what it showed. */
static void form(struct world_device *device)
{
	char name[LEDGER_ROW_SIZE];
	enum bsync_result result = BSYNC_OK;
	if (device->form[0] == '\0') {
		if (!write_some_point(device, name, sizeof name))
			return;
		snprintf(device->form, sizeof device->form, "%s", name);
	}
	char *slash = strchr(device->form, '/');
	struct bsync_value key[2] = {
		bsync_value_text((struct bsync_bytes){(const uint8_t *)device->form, (size_t)(slash - device->form)}),
		bsync_value_integer(strtoll(slash + 1, NULL, 10)),
	};
	if (device->has_form) {
		bsync_file_edit_end(device->file, "punt", key, 2);
		device->form[0] = '\0';
	} else {
		result = bsync_file_edit_begin(device->file, "punt", key, 2);
	}
	world_trace(device->world, "device %u %s a form", device->number, device->has_form ? "closes" : "opens");
	device->has_form = !device->has_form;
	if (result != BSYNC_OK)
		world_fail(device->world, "device %u cannot open a form: %s", device->number,
			   bsync_result_name(result));
}

struct found_item {
	uint8_t id[16];
	uint32_t variants;
	bool is_found;
};

static bool take_item(void *context, const struct bsync_file_item *item)
{
	struct found_item *found = context;
	if (strcmp(item->kind, "conflict") != 0 || item->cell_count == 0)
		return true;
	memcpy(found->id, item->id, sizeof found->id);
	found->variants = item->cells[0].variant_count;
	found->is_found = true;
	return false;
}

static void resolve_one(struct world_device *device)
{
	struct world *world = device->world;
	struct found_item found = {0};
	if (bsync_file_inbox(device->file, take_item, &found) != BSYNC_OK || !found.is_found)
		return;
	static const enum bsync_take takes[] = {BSYNC_TAKE_NUMBER, BSYNC_TAKE_MINE, BSYNC_TAKE_THEIRS,
						BSYNC_TAKE_VALUE};
	enum bsync_take take = takes[world_below(world, 4)];
	uint32_t number = 1 + world_below(world, found.variants);
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string("samen"));
	enum bsync_result result = bsync_file_resolve(device->file, found.id, take, number, &value);
	/* "Mine" and "theirs" can be none or several. */
	bool may_refuse = take == BSYNC_TAKE_MINE || take == BSYNC_TAKE_THEIRS;
	if (result != BSYNC_OK && !(may_refuse && result == BSYNC_INVALID))
		world_fail(world, "device %u cannot resolve: %s", device->number, bsync_result_name(result));
	world->resolved++;
	causal_committed(device, NULL, 0);
	world_trace(world, "device %u resolves (%d): %s", device->number, (int)take, bsync_result_name(result));
	committed(device);
}

static void time_passes(struct world *world)
{
	world->now_ms += world_below(world, 60000);
	if (world_below(world, 30) == 0)
		world->now_ms += (int64_t)world_below(world, 40) * world_below(world, DAY_MS);
}

/* The rarer acts, by a number below 20. */
static void rare(struct world_device *device, uint32_t choice)
{
	struct world *world = device->world;
	if (choice < 3)
		resolve_one(device);
	else if (choice < 6)
		device_restart(device);
	else if (choice < 8)
		server_restart(world);
	else if (choice < 11)
		device->skew_ms += (int64_t)world_below(world, 7200000) - 3600000;
	else if (choice < 15)
		form(device);
	else if (choice < 18)
		server_operator(world);
	else
		server_checkpoint(world);
}

void world_step(struct world *world)
{
	struct world_device *device = &world->devices[world_below(world, world->device_count)];
	uint32_t choice = world_below(world, 100);
	time_passes(world);
	world->steps++;
	causal_look(device);
	if (device->is_broken)
		device_cut(device);
	if (choice < 35)
		local_transaction(device);
	else if (choice < 48)
		device_connect(device);
	else if (choice < 77)
		device_deliver(device, world_below(world, 2) == 0, 1 + world_below(world, 3000));
	else if (choice < 85)
		device_settle(device);
	else if (choice < 90)
		device_cut(device);
	else
		rare(device, world_below(world, 20));
	if (choice >= 77)
		world_look(world, device);
}
