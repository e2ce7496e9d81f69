/* work.c: what users and fate do: local transactions, forms, conflicts resolved, connections made, cut and delivered in
 * pieces, processes that start again, time that passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/asking.h"
#include "tests/sim/causal.h"
#include "tests/sim/disk.h"
#include "tests/sim/ends.h"
#include "tests/sim/images.h"
#include "tests/sim/markers.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/seen.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"
#include "tests/sim/writes.h"

/* In some worlds the operator is busy; in some, workers move to and fro; in others users ask much. */
enum {
	SQL_SIZE = 700,
	STATEMENTS_MAX = 4,
	DAY_MS = 86400000,
	RESTLESS_ONE_OF = 8,
	CURIOUS_ONE_OF = 8,
	MOVING_ONE_OF = 8
};

/* What a later statement of the same transaction overwrote was never saved. */
static void forget_overwritten(struct world_device *device, struct ledger_entry *entry)
{
	char sql[SQL_SIZE], found[80] = "";
	if (entry->word[0] == '\0')
		return;
	snprintf(
		sql, sizeof sql,
		"SELECT coalesce(group_concat(lijst), '') FROM (SELECT lijst FROM punt WHERE tekst = '%s' OR verslag LIKE '%%%s%%' UNION ALL SELECT lijst FROM briefje WHERE tekst = '%s' UNION ALL SELECT lijst FROM logboek WHERE tekst LIKE '%s%%' UNION ALL SELECT lijst FROM besluit WHERE '%s' IN (titel, tekst, notitie, handtekening) OR verslag LIKE '%%%s%%' UNION ALL SELECT lijst FROM artikel WHERE tekst = '%s')",
		entry->word, entry->word, entry->word, entry->word, entry->word, entry->word, entry->word);
	bool is_known = write_ask(device, sql, found, sizeof found);
	markers_write(device, entry->word, found);
	if (is_known && found[0] == '\0')
		entry->word[0] = '\0';
}

static void committed(struct world_device *device)
{
	if (device->client != NULL && !device->is_broken)
		device_committed(device);
}

/* After a failure SQLite may have ended the transaction by itself. */
static void give_up(struct world_device *device)
{
	world_trace(device->world, "device %u: ROLLBACK", device->number);
	enum bsync_result result = bsync_file_exec(device->file, "ROLLBACK");
	if (result != BSYNC_OK && device->failures == 0)
		world_fail(device->world, "device %u cannot roll back: %s", device->number,
			   bsync_file_error_text(device->file));
}

static void local_transaction(struct world_device *device)
{
	struct world *world = device->world;
	struct ledger_entry entries[STATEMENTS_MAX] = {0};
	uint32_t count = 1 + world_below(world, STATEMENTS_MAX);
	bool rolls_back = world_below(world, 12) == 0;
	if (!write_run(device, "BEGIN"))
		return;
	for (uint32_t i = 0; i < count && world->failure[0] == '\0' && device->failures == 0; i++)
		write_one(device, &entries[i]);
	for (uint32_t i = 0; i < count; i++)
		forget_overwritten(device, &entries[i]);
	if (device->failures > 0 || rolls_back) {
		give_up(device);
		return;
	}
	signed_saves(device, entries, count);
	if (!write_run(device, "COMMIT")) {
		disk_unsure(device, entries, count);
		give_up(device);
		return;
	}
	disk_saved(device);
	images_committed(device, entries, count, device->saved_seq + device_is_down(device));
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
	device->has_form = !device->has_form && result == BSYNC_OK;
	if (!device->has_form)
		device->form[0] = '\0';
	if (result != BSYNC_OK)
		device_excuses(device, result, "open a form");
}

struct found_item {
	uint8_t id[16];
	uint32_t variants;
	bool is_found;
};

static bool take_item(void *context, const struct bsync_inbox_item *item)
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
	enum bsync_result result = bsync_file_inbox(device->file, take_item, &found);
	if (result != BSYNC_OK)
		device_excuses(device, result, "show the inbox");
	if (result != BSYNC_OK || !found.is_found)
		return;
	static const enum bsync_take takes[] = {BSYNC_TAKE_NUMBER, BSYNC_TAKE_MINE, BSYNC_TAKE_THEIRS,
						BSYNC_TAKE_VALUE};
	enum bsync_take take = takes[world_below(world, 4)];
	uint32_t number = 1 + world_below(world, found.variants);
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string("samen"));
	result = bsync_file_resolve(device->file, found.id, take, number, &value);
	/* "Mine" and "theirs" can be none or several. */
	bool may_refuse = take == BSYNC_TAKE_MINE || take == BSYNC_TAKE_THEIRS;
	if (result != BSYNC_OK && !(may_refuse && result == BSYNC_INVALID)) {
		if (device_excuses(device, result, "resolve"))
			disk_unsure(device, NULL, 0);
		return;
	}
	if (result == BSYNC_OK)
		disk_saved(device);
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

/* The clock of a device or of the daemon's machine is set. */
static void clock_jumps(struct world_device *device)
{
	struct world *world = device->world;
	int64_t jump_ms = (int64_t)world_below(world, 7200000) - 3600000;
	if (world_below(world, 4) > 0) {
		device->skew_ms += jump_ms;
		return;
	}
	/* Before its birth the store has no time. */
	if (world->now_ms + jump_ms < WORLD_START_MS + 60000)
		jump_ms = -jump_ms;
	world_trace(world, "the clock of the daemon jumps by %lld ms", (long long)jump_ms);
	probe(PROBE_DAEMON_CLOCK);
	world->skew_ms += jump_ms;
	world->now_ms += jump_ms;
}

/* The network of a device fails for a while, both ways or one; what is on the wire waits. */
static void network_trouble(struct world_device *device)
{
	struct world *world = device->world;
	uint64_t until = world->steps + 1 + world_below(world, 30);
	uint32_t choice = world_below(world, 3);
	if (choice == 2)
		device->away_until = until;
	else
		device->clogged_until[choice] = until;
	probe(PROBE_NETWORK_STOOD);
	world_trace(world, "device %u has no network %s", device->number,
		    choice == 0   ? "to it"
		    : choice == 1 ? "from it"
				  : "");
}

/* The rarer acts, by a number below 34. */
static void rare(struct world_device *device, uint32_t choice)
{
	struct world *world = device->world;
	if (choice < 4)
		resolve_one(device);
	else if (choice < 6)
		device_restart(device);
	else if (choice < 7)
		server_restart(world);
	else if (choice < 13)
		disk_trouble(world, device);
	else if (choice < 17)
		network_trouble(device);
	else if (choice < 20)
		clock_jumps(device);
	else if (choice < 24)
		form(device);
	else if (choice < 28)
		operator_act(world);
	else if (choice < 32)
		asking_act(device);
	else
		server_checkpoint(world);
}

static void act(struct world_device *device)
{
	struct world *world = device->world;
	uint32_t choice = world_below(world, 100);
	if (choice < 35)
		local_transaction(device);
	else if (choice < 48)
		device_connect(device);
	else if (choice < 75)
		device_deliver(device, world_below(world, 2) == 0, 1 + world_below(world, 3000));
	else if (choice < 83)
		device_settle(device);
	else if (choice < 87)
		device_cut(device);
	else
		rare(device, world_below(world, 34));
}

void world_step(struct world *world)
{
	struct world_device *device = &world->devices[world_below(world, world->device_count)];
	time_passes(world);
	world->steps++;
	if ((world->seed % RESTLESS_ONE_OF == 3 || restores_are_made(world)) && world_below(world, 12) == 0)
		operator_act(world);
	if (world->seed % MOVING_ONE_OF == 7 && world_below(world, 8) == 0)
		operator_move(world);
	if (world->seed % CURIOUS_ONE_OF == 2 && world_below(world, 6) == 0)
		asking_act(device);
	if (images_are_made(world) && world_below(world, 15) == 0)
		images_act(device);
	if (restores_are_made(world) && world_below(world, 10) == 0)
		restore_act(world);
	if (device->is_broken)
		device_cut(device);
	/* With the end of a conversation a pull can still come. */
	ends_come(device);
	if (world->failure[0] != '\0')
		return;
	disks_pause(world, true);
	/* Who met a fault ends before it shows anything more. */
	if (device->failures == 0 && !device_is_down(device))
		seen_look(device);
	disks_pause(world, false);
	act(device);
	disks_settle(world);
	if (world->failure[0] != '\0')
		return;
	/* Who looks is not the one whom the disk fails. */
	disks_pause(world, true);
	if (world_below(world, 4) == 0)
		world_look(world, device);
	else
		causal_look(device);
	markers_look(device);
	disks_pause(world, false);
}
