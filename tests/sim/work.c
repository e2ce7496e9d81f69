/* work.c: what users and fate do: local transactions, conflicts resolved, connections made, cut and delivered in pieces,
 * processes that start again, time that passes. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

enum { SQL_SIZE = 600 };

/* The first column of the query's first row as text; false when there is none. */
static bool ask(struct world_device *device, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = false;
	enum bsync_result result = bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail);
	if (result == BSYNC_OK)
		result = bsync_file_step(device->file, statement, &has_row);
	if (result == BSYNC_OK && has_row)
		snprintf(out, size, "%s", (const char *)sqlite3_column_text(statement, 0));
	if (statement != NULL)
		(void)!bsync_file_finalize(device->file, statement);
	if (result != BSYNC_OK)
		world_fail(device->world, "device %u cannot ask %s: %s", device->number, sql,
			   bsync_file_error_text(device->file));
	return result == BSYNC_OK && has_row;
}

static bool run(struct world_device *device, const char *sql)
{
	world_trace(device->world, "device %u: %s", device->number, sql);
	enum bsync_result result = bsync_file_exec(device->file, sql);
	if (result != BSYNC_OK)
		world_fail(device->world, "device %u cannot run %s: %s", device->number, sql,
			   bsync_file_error_text(device->file));
	return result == BSYNC_OK;
}

/* A random row's condition ("lijst = 'L0' AND nr = 3"); false when the table is empty. */
static bool some_row(struct world_device *device, const char *table, const char *condition, char *out, size_t size)
{
	char sql[SQL_SIZE], count[24];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	if (!ask(device, sql, count, sizeof count) || count[0] == '0')
		return false;
	uint32_t rows = (uint32_t)strtoul(count, NULL, 10);
	snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY 1 LIMIT 1 OFFSET %u", condition, table,
		 world_below(device->world, rows));
	return ask(device, sql, out, size);
}

static void write_point(struct world_device *device, struct ledger_entry *entry)
{
	struct world *world = device->world;
	char row[200], sql[SQL_SIZE];
	if (!some_row(device, "punt", "printf('lijst = ''%s'' AND nr = %d', lijst, nr)", row, sizeof row))
		return;
	uint32_t number = world_below(world, 1000);
	switch (world_below(world, 6)) {
	case 0:
		snprintf(sql, sizeof sql, "UPDATE punt SET titel = 'titel %u van %u' WHERE %s", number, device->number,
			 row);
		break;
	case 1:
		ledger_word(world, entry, 'k');
		snprintf(sql, sizeof sql, "UPDATE punt SET tekst = '%s' WHERE %s", entry->word, row);
		break;
	case 2:
		snprintf(
			sql, sizeof sql,
			"UPDATE punt SET hoogste = max(coalesce(hoogste, 0), %u), laagste = min(coalesce(laagste, 9999), %u) WHERE %s",
			number, number, row);
		break;
	case 3:
		entry->delta += number;
		snprintf(sql, sizeof sql, "UPDATE punt SET aantal = coalesce(aantal, 0) + %u WHERE %s", number, row);
		break;
	case 4:
		snprintf(sql, sizeof sql, "UPDATE punt SET labels = '[\"a%u\",\"b%u\"]' WHERE %s", number % 3,
			 number % 5, row);
		break;
	default:
		snprintf(sql, sizeof sql,
			 "UPDATE punt SET eerste = coalesce(eerste, 'eerste %u'), maat = %u.5 WHERE %s", number, number,
			 row);
		break;
	}
	run(device, sql);
}

static void write_one(struct world_device *device, struct ledger_entry *entry)
{
	struct world *world = device->world;
	char list[40], row[200], sql[SQL_SIZE];
	if (!some_row(device, "lijst", "naam", list, sizeof list) || world_below(world, 40) == 0) {
		snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO lijst (naam, titel) VALUES ('L%u', 'lijst van %u')",
			 world_below(world, 3), device->number);
		run(device, sql);
		return;
	}
	switch (world_below(world, 10)) {
	case 0:
		ledger_word(world, entry, 'k');
		snprintf(
			sql, sizeof sql,
			"INSERT INTO punt (lijst, nr, titel, tekst) SELECT '%s', n, 'nieuw', '%s' FROM (SELECT %u AS n) "
			"WHERE NOT EXISTS (SELECT 1 FROM punt WHERE lijst = '%s' AND nr = n) "
			"ON CONFLICT DO NOTHING",
			list, entry->word, world_below(world, 6), list);
		run(device, sql);
		if (!ask(device, "SELECT changes()", row, sizeof row) || row[0] == '0')
			entry->word[0] = '\0';
		break;
	case 1:
	case 2:
		ledger_word(world, entry, 'n');
		snprintf(sql, sizeof sql,
			 "INSERT INTO logboek (id, lijst, op, tekst) VALUES (uuid(), '%s', '2026', '%s')", list,
			 entry->word);
		run(device, sql);
		break;
	case 3:
		snprintf(sql, sizeof sql,
			 "INSERT OR REPLACE INTO kenmerk (lijst, taal, waarde) VALUES ('%s', 't%u', 'w%u')", list,
			 world_below(world, 4), world_below(world, 1000));
		run(device, sql);
		break;
	case 4:
		if (some_row(device, "kenmerk", "printf('lijst = ''%s'' AND taal = ''%s''', lijst, taal)", row,
			     sizeof row)) {
			snprintf(sql, sizeof sql, "DELETE FROM kenmerk WHERE %s", row);
			run(device, sql);
		}
		break;
	case 5:
		snprintf(
			sql, sizeof sql,
			"INSERT INTO regel (nr, lijst, tekst) VALUES (%u, '%s', 'r%u') ON CONFLICT DO UPDATE SET tekst = excluded.tekst",
			world_below(world, 8), list, world_below(world, 1000));
		run(device, sql);
		break;
	default:
		write_point(device, entry);
		break;
	}
}

/* What a later statement of the same transaction overwrote was never saved. */
static void forget_overwritten(struct world_device *device, struct ledger_entry *entry)
{
	char sql[SQL_SIZE], found[8];
	snprintf(
		sql, sizeof sql,
		"SELECT count(*) FROM (SELECT 1 FROM punt WHERE tekst = '%s' UNION ALL SELECT 1 FROM logboek WHERE tekst = '%s')",
		entry->word, entry->word);
	if (entry->word[0] != '\0' && ask(device, sql, found, sizeof found) && found[0] == '0')
		entry->word[0] = '\0';
}

static void local_transaction(struct world_device *device)
{
	struct world *world = device->world;
	struct ledger_entry entries[4] = {0};
	uint32_t count = 1 + world_below(world, 4);
	bool rolls_back = world_below(world, 12) == 0;
	if (!run(device, "BEGIN"))
		return;
	for (uint32_t i = 0; i < count && world->failure[0] == '\0'; i++)
		write_one(device, &entries[i]);
	for (uint32_t i = 0; i < count; i++)
		forget_overwritten(device, &entries[i]);
	if (!run(device, rolls_back ? "ROLLBACK" : "COMMIT") || rolls_back)
		return;
	for (uint32_t i = 0; i < count; i++)
		ledger_commit(world, &entries[i]);
	world_trace(world, "device %u commits %u statements", device->number, count);
	if (device->client != NULL && !device->is_broken)
		device_committed(device);
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
	uint32_t number = 1 + world_below(world, found.variants);
	enum bsync_result result = bsync_file_resolve(device->file, found.id, BSYNC_TAKE_NUMBER, number, NULL);
	if (result != BSYNC_OK)
		world_fail(world, "device %u cannot resolve: %s", device->number, bsync_result_name(result));
	world->conflicts_seen++;
	world_trace(world, "device %u chooses version %u", device->number, number);
	if (device->client != NULL && !device->is_broken)
		device_committed(device);
}

void world_step(struct world *world)
{
	struct world_device *device = &world->devices[world_below(world, world->device_count)];
	uint32_t choice = world_below(world, 100);
	world->now_ms += world_below(world, 60000);
	world->steps++;
	if (device->is_broken)
		device_cut(device);
	if (choice < 35)
		local_transaction(device);
	else if (choice < 50)
		device_connect(device);
	else if (choice < 80)
		device_deliver(device, world_below(world, 2) == 0, 1 + world_below(world, 3000));
	else if (choice < 88)
		device_settle(device);
	else if (choice < 93)
		device_cut(device);
	else if (choice < 96)
		resolve_one(device);
	else if (choice < 98)
		device_restart(device);
	else if (choice < 99)
		server_restart(world);
	else
		device->skew_ms += (int64_t)world_below(world, 7200000) - 3600000;
}
