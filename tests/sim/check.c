/* check.c: the promises, checked once everybody is quiet: nothing lost, once, the same everywhere, and a sound store. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

enum { DUMP_MAX = 64 << 20 };

/* The ledger of the present world. */
static char words[WORLD_NOTES_MAX][LEDGER_WORD_SIZE];
static uint32_t word_count, words_made;
static int64_t deltas;
static uint64_t ledger_seed;

static void of_world(const struct world *world)
{
	if (ledger_seed == world->seed)
		return;
	ledger_seed = world->seed;
	word_count = 0;
	words_made = 0;
	deltas = 0;
}

void ledger_word(struct world *world, struct ledger_entry *entry, char kind)
{
	of_world(world);
	snprintf(entry->word, sizeof entry->word, "%cq%06uq", kind, words_made++);
}

void ledger_commit(struct world *world, const struct ledger_entry *entry)
{
	of_world(world);
	deltas += entry->delta;
	if (entry->word[0] == '\0')
		return;
	if (word_count == WORLD_NOTES_MAX)
		world_fail(world, "more words than the ledger holds");
	else
		memcpy(words[word_count++], entry->word, LEDGER_WORD_SIZE);
}

/* --- Dumps --- */

static const char *const tables[][2] = {
	{"lijst", "SELECT naam, titel FROM lijst ORDER BY naam"},
	{"punt",
	 "SELECT lijst, nr, titel, tekst, eerste, hoogste, laagste, aantal, labels, maat, vrij FROM punt ORDER BY lijst, nr"},
	{"kenmerk", "SELECT lijst, taal, waarde FROM kenmerk ORDER BY lijst, taal"},
	{"regel", "SELECT nr, lijst, tekst FROM regel ORDER BY nr"},
	{"logboek", "SELECT hex(id), lijst, op, tekst FROM logboek ORDER BY id"},
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

static bool put_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	(void)names;
	for (int i = 0; i < count; i++)
		put_value(context, &values[i]);
	return bsync_buffer_append(context, "\n", 1) == BSYNC_OK;
}

static void dump_store(struct world *world, const char *sql, struct bsync_buffer *out)
{
	char error[300] = "";
	if (bsync_view_sql(world->view, sql, put_row, out, error) != BSYNC_OK)
		world_fail(world, "the store cannot run %s: %s", sql, error);
}

static void dump_device(struct world_device *device, const char *sql, struct bsync_buffer *out)
{
	sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = true;
	if (bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail) != BSYNC_OK) {
		world_fail(device->world, "device %u cannot run %s: %s", device->number, sql,
			   bsync_file_error_text(device->file));
		return;
	}
	while (bsync_file_step(device->file, statement, &has_row) == BSYNC_OK && has_row) {
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			struct bsync_value value = bsync_value_null();
			struct bsync_bytes bytes = {sqlite3_column_blob(statement, i),
						    (size_t)sqlite3_column_bytes(statement, i)};
			int type = sqlite3_column_type(statement, i);
			if (type == SQLITE_INTEGER)
				value = bsync_value_integer(sqlite3_column_int64(statement, i));
			else if (type == SQLITE_FLOAT)
				value = bsync_value_real(sqlite3_column_double(statement, i));
			else if (type == SQLITE_TEXT)
				value = bsync_value_text(bytes);
			else if (type == SQLITE_BLOB)
				value = bsync_value_blob(bytes);
			put_value(out, &value);
		}
		if (bsync_buffer_append(out, "\n", 1) != BSYNC_OK)
			abort();
	}
	(void)!bsync_file_finalize(device->file, statement);
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
		for (uint32_t i = 0; i < world->device_count; i++) {
			bsync_buffer_clear(&device);
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

static bool count_conflict(void *context, const struct bsync_file_item *item)
{
	uint64_t *sum = context;
	if (strcmp(item->kind, "conflict") == 0)
		for (int i = 0; i < 16; i++)
			*sum = *sum * 31 + item->id[i];
	return true;
}

static bool count_store_conflict(void *context, const struct bsync_inbox_item *item)
{
	uint64_t *ids = context;
	if (strcmp(item->kind, "conflict") == 0)
		ids[0]++;
	return true;
}

static bool count_device_conflict(void *context, const struct bsync_file_item *item)
{
	uint64_t *count = context;
	*count += strcmp(item->kind, "conflict") == 0;
	return true;
}

static void same_inbox(struct world *world)
{
	uint64_t in_store = 0, first = 0;
	if (bsync_view_inbox(world->view, count_store_conflict, &in_store) != BSYNC_OK)
		world_fail(world, "the store's inbox cannot be read");
	for (uint32_t i = 0; i < world->device_count; i++) {
		uint64_t count = 0, sum = 0;
		if (bsync_file_inbox(world->devices[i].file, count_device_conflict, &count) != BSYNC_OK ||
		    bsync_file_inbox(world->devices[i].file, count_conflict, &sum) != BSYNC_OK)
			world_fail(world, "the inbox of device %u cannot be read", i);
		if (count != in_store)
			world_fail(world, "device %u has %llu conflicts, the store %llu", i, (unsigned long long)count,
				   (unsigned long long)in_store);
		if (i > 0 && sum != first)
			world_fail(world, "devices 0 and %u have other conflicts", i);
		first = sum;
	}
}

/* --- Nothing lost --- */

static void nothing_lost(struct world *world)
{
	struct bsync_buffer all;
	bsync_buffer_init(&all, DUMP_MAX);
	dump_store(world, "SELECT tekst, _bsync FROM punt", &all);
	dump_store(world, "SELECT tekst FROM logboek", &all);
	dump_store(world, "SELECT value FROM bsync_history", &all);
	dump_store(world, "SELECT cells FROM bsync_item", &all);
	dump_store(world, "SELECT row FROM bsync_grave", &all);
	dump_store(world, "SELECT plain FROM bsync_set_aside", &all);
	for (uint32_t i = 0; i < word_count; i++)
		if (all.size == 0 || memmem(all.data, all.size, words[i], strlen(words[i])) == NULL)
			world_fail(world, "what a user saved is nowhere in the store: %s", words[i]);
	bsync_buffer_clear(&all);
	dump_store(world, "SELECT count(*) - count(DISTINCT tekst) FROM logboek", &all);
	if (all.size != 3 || all.data[0] != '0')
		world_fail(world, "a note stands twice");
	bsync_buffer_clear(&all);
	dump_store(world, "SELECT coalesce(sum(aantal), 0) FROM punt", &all);
	char expected[40];
	snprintf(expected, sizeof expected, "%lld|\n", (long long)deltas);
	if (!bsync_bytes_equal(bsync_buffer_bytes(&all), bsync_bytes_of_string(expected)))
		world_fail(world, "the counters add up to %.*s instead of %s", (int)all.size, (const char *)all.data,
			   expected);
	bsync_buffer_clear(&all);
}

static void finding(void *context, const char *text)
{
	world_fail(context, "the store does not check: %s", text);
}

void world_check(struct world *world)
{
	of_world(world);
	uint32_t findings = 0;
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct bsync_file_status status;
		if (bsync_file_status(world->devices[i].file, &status) != BSYNC_OK)
			world_fail(world, "the status of device %u cannot be read", i);
		else if (status.pending != 0)
			world_fail(world, "device %u still has %llu changes to hand in", i,
				   (unsigned long long)status.pending);
		else if (status.quarantined != 0 || status.unplaced != 0)
			world_fail(world, "device %u has work that was set aside", i);
	}
	if (world->failure[0] == '\0')
		same_everywhere(world);
	if (world->failure[0] == '\0')
		same_inbox(world);
	if (world->failure[0] == '\0')
		nothing_lost(world);
	if (bsync_view_check(world->view, finding, world, &findings) != BSYNC_OK)
		world_fail(world, "the store cannot be checked");
}
