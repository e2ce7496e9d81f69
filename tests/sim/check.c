/* check.c: the promises, checked once everybody is quiet: nothing lost, once, the same everywhere, and a sound store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/asking.h"
#include "tests/sim/causal.h"
#include "tests/sim/compare.h"
#include "tests/sim/concern.h"
#include "tests/sim/confine.h"
#include "tests/sim/images.h"
#include "tests/sim/ledger.h"
#include "tests/sim/model.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"

/* In some worlds the store is held against the model, and checks itself, midway too. */
enum { DUMP_MAX = 64 << 20, MIDWAY_ONE_OF = 4, MIDWAY_STEPS = 5 };

/* --- Dumps --- */

static const char *const tables[][2] = {
	{"lijst", "SELECT naam, titel FROM lijst ORDER BY naam"},
	{"punt",
	 "SELECT lijst, nr, titel, tekst, eerste, nummer, hoogste, laagste, aantal, labels, maat, typeof(vrij), vrij, length(bijlage), verslag FROM punt ORDER BY lijst, nr"},
	{"kenmerk", "SELECT lijst, taal, waarde FROM kenmerk ORDER BY lijst, taal"},
	{"regel", "SELECT nr, lijst, tekst, naar FROM regel ORDER BY nr"},
	{"taak", "SELECT lijst, nr, naam, stand, oordeel FROM taak ORDER BY lijst, nr"},
	{"briefje", "SELECT lijst, nr, titel, tekst, hoogste FROM briefje ORDER BY lijst, nr"},
	{"logboek", "SELECT hex(id), lijst, op, tekst FROM logboek ORDER BY id"},
	{"besluit",
	 "SELECT hex(id), lijst, titel, tekst, verslag, laagste, notitie, labels, aantal, stand, handtekening FROM besluit ORDER BY id"},
	{"artikel", "SELECT hex(id), lijst, hex(besluit), tekst, volgorde FROM artikel ORDER BY id"},
	{"lid", "SELECT hex(id), naam FROM lid ORDER BY id"},
};
enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

static void put_value(struct bsync_buffer *out, const struct bsync_value *value)
{
	char text[64];
	enum bsync_result result = BSYNC_OK;
	switch (value->kind) {
	case BSYNC_NULL:
		result = bsync_buffer_append(out, "NULL", 4);
		break;
	case BSYNC_INTEGER:
		snprintf(text, sizeof text, "%lld", (long long)value->as.integer);
		result = bsync_buffer_append(out, text, strlen(text));
		break;
	case BSYNC_REAL:
		snprintf(text, sizeof text, "%.17g", value->as.real);
		result = bsync_buffer_append(out, text, strlen(text));
		break;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		result = bsync_buffer_append(out, value->as.bytes.data, value->as.bytes.size);
		break;
	}
	if (result != BSYNC_OK || bsync_buffer_append(out, "|", 1) != BSYNC_OK)
		abort();
}

static void put_row(void *context, uint32_t count, const struct bsync_value *values)
{
	for (uint32_t i = 0; i < count; i++)
		put_value(context, &values[i]);
	if (bsync_buffer_append(context, "\n", 1) != BSYNC_OK)
		abort();
}

static void dump_store(struct world *world, const char *sql, struct bsync_buffer *out)
{
	server_ask(world, sql, 0, put_row, out);
}

/* Where its disk fails there is less to see. */
static void dump_device(struct world_device *device, const char *sql, struct bsync_buffer *out)
{
	(void)!ask_file(device->file, sql, 0, put_row, out);
}

/* The line of `dump` that begins at `at`. */
static int line_size(struct bsync_bytes dump, size_t at)
{
	const uint8_t *end = at < dump.size ? memchr(dump.data + at, '\n', dump.size - at) : NULL;
	return end == NULL ? 0 : (int)(end - dump.data - (ptrdiff_t)at);
}

/* Names the first line in which two dumps differ. */
static void first_difference(struct bsync_bytes a, struct bsync_bytes b, char out[300])
{
	size_t at = 0, line = 0;
	while (at < a.size && at < b.size && a.data[at] == b.data[at]) {
		at++;
		if (a.data[at - 1] == '\n')
			line = at;
	}
	snprintf(out, 300, "store %.*s device %.*s", line_size(a, line), (const char *)a.data + line,
		 line_size(b, line), (const char *)b.data + line);
}

static void same_everywhere(struct world *world)
{
	for (int t = 0; t < TABLE_COUNT; t++) {
		struct bsync_buffer store, device;
		bsync_buffer_init(&store, DUMP_MAX);
		bsync_buffer_init(&device, DUMP_MAX);
		dump_store(world, tables[t][1], &store);
		trace_sum_add(store.data, store.size);
		for (uint32_t i = 0; i < world->device_count; i++) {
			bsync_buffer_clear(&device);
			if (images_is_stray(&world->devices[i]))
				continue;
			dump_device(&world->devices[i], tables[t][1], &device);
			if (!bsync_bytes_equal(bsync_buffer_bytes(&store), bsync_buffer_bytes(&device))) {
				char text[300];
				first_difference(bsync_buffer_bytes(&store), bsync_buffer_bytes(&device), text);
				world_fail(world, "device %u differs in %s: %s", i, tables[t][0], text);
			}
		}
		bsync_buffer_clear(&store);
		bsync_buffer_clear(&device);
	}
}

/* --- Inboxes --- */

/* The open items of one inbox: how many, and a sum of their ids that no order changes. */
struct items {
	uint64_t count, sum;
};

static void items_add(struct items *items, const uint8_t id[16])
{
	uint64_t mixed = 1469598103934665603u;
	for (int i = 0; i < 16; i++)
		mixed = (mixed ^ id[i]) * 1099511628211u;
	items->count++;
	items->sum += mixed;
}

static bool is_duplicate(const struct bsync_inbox_item *item)
{
	return strcmp(item->kind, "duplicate") == 0;
}

static bool add_device_item(void *context, const struct bsync_inbox_item *item)
{
	if (!is_duplicate(item))
		items_add(context, item->id);
	return true;
}

static bool add_duplicate(void *context, const struct bsync_inbox_item *item)
{
	if (is_duplicate(item))
		items_add(context, item->id);
	return true;
}

static void count_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)count;
	*(uint64_t *)context = (uint64_t)values[0].as.integer;
}

/* PROTOCOL 7.11: "Who holds rows that clash, with these columns, has an inbox item `duplicate` of all that he holds of them." */
static const char clashes[] = "SELECT count(*) FROM (SELECT 1 FROM taak WHERE naam IS NOT NULL GROUP BY naam HAVING"
			      " count(*) > 1)";

static struct items device_duplicates(struct world_device *device)
{
	struct items found = {0};
	uint64_t expected = 0;
	if (bsync_file_inbox(device->file, add_duplicate, &found) == BSYNC_OK &&
	    ask_file(device->file, clashes, 0, count_row, &expected) == BSYNC_OK && found.count != expected)
		world_fail(device->world, "device %u has %llu clashes of names, and tells of %llu", device->number,
			   (unsigned long long)expected, (unsigned long long)found.count);
	probe_if(found.count > 0, PROBE_DUPLICATE);
	return found;
}

static void same_duplicates(struct world *world)
{
	struct items store = {0};
	uint64_t expected = 0;
	server_ask(world, clashes, 0, count_row, &expected);
	if (bsync_view_inbox(server_view(world), add_duplicate, &store) != BSYNC_OK || store.count != expected)
		world_fail(world, "the store has %llu clashes of names, and tells of %llu",
			   (unsigned long long)expected, (unsigned long long)store.count);
	for (uint32_t i = 0; i < world->device_count; i++)
		if (!images_is_stray(&world->devices[i]) && device_duplicates(&world->devices[i]).sum != store.sum)
			world_fail(world, "device %u tells of other clashes than the store", i);
}

static void add_store_item(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)count;
	items_add(context, values[0].as.bytes.data);
}

static void same_inbox(struct world *world)
{
	struct items store = {0};
	/* What is in no scope only the operator sees. */
	static const char open_items[] = "SELECT id FROM bsync_item WHERE resolved_counter IS NULL AND scope_no <> 0"
					 " UNION ALL SELECT id FROM bsync_conflict";
	server_ask(world, open_items, 0, add_store_item, &store);
	world->items = store.count;
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct items device = {0};
		if (images_is_stray(&world->devices[i]))
			continue;
		if (bsync_file_inbox(world->devices[i].file, add_device_item, &device) != BSYNC_OK)
			world_fail(world, "the inbox of device %u cannot be read", i);
		if (device.count != store.count)
			world_fail(world, "device %u has %llu inbox items, the store %llu", i,
				   (unsigned long long)device.count, (unsigned long long)store.count);
		if (device.sum != store.sum)
			world_fail(world, "device %u has other inbox items than the store", i);
	}
}

/* --- Nothing lost --- */

struct search {
	struct world *world;
	struct bsync_buffer all;
};

static void word_find(void *context, const char *word)
{
	const struct search *search = context;
	if (search->all.size == 0 || memmem(search->all.data, search->all.size, word, strlen(word)) == NULL)
		world_fail(search->world, "what a user saved is nowhere in the store: %s", word);
}

static void nothing_lost(struct world *world)
{
	static const char *const places[] = {
		"SELECT tekst, verslag, _bsync FROM punt",
		"SELECT tekst FROM logboek",
		"SELECT tekst, _bsync FROM briefje",
		"SELECT titel, tekst, verslag, notitie, handtekening, _bsync FROM besluit",
		"SELECT tekst, _bsync FROM artikel",
		"SELECT value FROM bsync_history",
		"SELECT cells FROM bsync_item",
		"SELECT row, cells FROM bsync_grave",
		"SELECT plain FROM bsync_set_aside",
	};
	struct search search = {.world = world};
	bsync_buffer_init(&search.all, DUMP_MAX);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		dump_store(world, places[i], &search.all);
	ledger_words(word_find, &search);
	bsync_buffer_clear(&search.all);
	dump_store(world, "SELECT count(*) - count(DISTINCT tekst) FROM logboek", &search.all);
	if (search.all.size != 3 || search.all.data[0] != '0')
		world_fail(world, "a note stands twice");
	bsync_buffer_clear(&search.all);
}

/* --- Folds --- */

static void point_check(void *context, uint32_t count, const struct bsync_value *values)
{
	struct world *world = context;
	char row[LEDGER_ROW_SIZE], first[LEDGER_WORD_SIZE];
	(void)count;
	snprintf(row, sizeof row, "%.*s", (int)values[0].as.bytes.size, (const char *)values[0].as.bytes.data);
	const struct ledger_point *point = ledger_point(row);
	if (point == NULL) {
		world_fail(world, "nobody wrote point %s", row);
		return;
	}
	/* Who moved or replaced a point took its values along, or away. */
	if (point->is_removed)
		return;
	if (values[4].kind == BSYNC_TEXT) {
		snprintf(first, sizeof first, "%.*s", (int)values[4].as.bytes.size,
			 (const char *)values[4].as.bytes.data);
		if (!ledger_offered(row, first))
			world_fail(world, "nobody wrote '%s' into point %s", first, row);
	}
	int64_t sum = values[1].kind == BSYNC_INTEGER ? values[1].as.integer : 0;
	if (sum != point->sum)
		world_fail(world, "point %s counts %lld instead of %lld", row, (long long)sum, (long long)point->sum);
	if (point->has_bound && (values[2].kind != BSYNC_INTEGER || values[2].as.integer != point->highest ||
				 values[3].kind != BSYNC_INTEGER || values[3].as.integer != point->lowest))
		world_fail(world, "point %s does not range from %lld to %lld", row, (long long)point->lowest,
			   (long long)point->highest);
}

/* What was written into the row is not all in it. */
static void spoil(const struct model_row *row)
{
	char name[LEDGER_ROW_SIZE];
	const struct bsync_value *key = row->key;
	if (strcmp(row->table->name, "punt") != 0)
		return;
	snprintf(name, sizeof name, "%.*s/%lld", (int)key[0].as.bytes.size, (const char *)key[0].as.bytes.data,
		 (long long)key[1].as.integer);
	ledger_spoil(name);
}

/* What counts, and what keeps the most, the least or the first, against the ledger. */
static void folds_right(struct world *world)
{
	for (uint32_t i = 0; i < model.item_count; i++)
		spoil(model.items[i].row);
	for (const struct model_set *set = model.sets; set < model.sets + model.set_count; set++)
		for (uint32_t k = 0; set->is_given_up && k < set->changeset.change_count; k++)
			spoil(model_row(set->changeset.changes[k].table_no, set->changeset.changes[k].key));
	server_ask(world, "SELECT lijst || '/' || nr, aantal, hoogste, laagste, eerste FROM punt", 0, point_check,
		   world);
}

/* --- At any moment --- */

static void finding(void *context, const char *text)
{
	world_fail(context, "the store does not check: %s", text);
}

static void store_check(struct world *world)
{
	uint32_t findings = 0;
	if (world->failure[0] == '\0' && bsync_view_check(server_view(world), finding, world, &findings) != BSYNC_OK)
		world_fail(world, "the store cannot be checked");
}

void world_look(struct world *world, struct world_device *device)
{
	struct bsync_buffer halves;
	bsync_buffer_init(&halves, DUMP_MAX);
	dump_device(
		device,
		"SELECT substr(tekst, 1, 9) FROM logboek WHERE tekst LIKE 'p%' AND NOT EXISTS (SELECT 1 FROM bsync_scope"
		" WHERE is_over) GROUP BY 1 HAVING count(*) <> 2",
		&halves);
	/* Who does not hold one of two lists has half of what was written in both. */
	if (halves.size != 0 && !operator_has_moved())
		world_fail(world, "device %u shows half a transaction: %.9s", device->number,
			   (const char *)halves.data);
	bsync_buffer_clear(&halves);
	causal_look(device);
	confine_look(device);
	asking_look(device);
	signed_look(world);
	if (world->seed % MIDWAY_ONE_OF == 0 && world->steps % MIDWAY_STEPS == 0) {
		compare_store(world);
		store_check(world);
		(void)device_duplicates(device);
	}
}

/* True when a changeset waits for a list that nobody who may still hand in has founded. */
static bool store_waits(struct world *world)
{
	struct bsync_buffer waiting;
	bsync_buffer_init(&waiting, DUMP_MAX);
	dump_store(world, "SELECT 1 FROM bsync_set_aside WHERE kind = 4 LIMIT 1", &waiting);
	bool waits = waiting.size != 0;
	bsync_buffer_clear(&waiting);
	return waits;
}

void world_check(struct world *world)
{
	bool waits = false;
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct bsync_file_status status;
		if (bsync_file_status(world->devices[i].file, &status) != BSYNC_OK)
			world_fail(world, "the status of device %u cannot be read", i);
		else if (status.pending != 0)
			world_fail(world, "device %u still has %llu changes to hand in", i,
				   (unsigned long long)status.pending);
		else if (images_is_stray(&world->devices[i]))
			continue;
		else if (status.quarantined != 0)
			world_fail(world, "device %u has work that was set aside", i);
		else if (status.unplaced != 0)
			waits = true;
	}
	/* Two changesets can wait for each other, each with the list of the other: the model says that they must. */
	if (waits)
		world_trace(world, "some changesets wait for ever");
	if (world->failure[0] == '\0' && !waits)
		same_everywhere(world);
	if (world->failure[0] == '\0' && !waits)
		same_inbox(world);
	if (world->failure[0] == '\0' && !waits)
		same_duplicates(world);
	if (world->failure[0] == '\0' && !waits)
		same_concern(world);
	compare_store(world);
	signed_check(world);
	if (world->failure[0] == '\0')
		nothing_lost(world);
	if (world->failure[0] == '\0' && !waits && !store_waits(world))
		folds_right(world);
	store_check(world);
}
