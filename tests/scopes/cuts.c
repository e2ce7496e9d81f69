#include "tests/scopes/cuts.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scopes/world.h"

enum { ROUNDS_A_WORLD = 60, TEXT_SIZE = 100, SQL_SIZE = 600, OFFSETS_MAX = 100000 };

/* Where the next cut falls. */
struct cutting {
	bool is_up;
	size_t offset;
	uint32_t round; /* in this world, from 1: the key of its rows */
};

static void begin(struct world *world)
{
	world_open(world);
	device_run(&world->devices[0], "INSERT INTO kring VALUES ('S1')");
	for (int i = 0; i < 2 * WORLD_DEVICES; i++)
		device_sync(&world->devices[i % WORLD_DEVICES]);
}

static void append(char *text, const char *more)
{
	size_t size = strlen(text);

	snprintf(text + size, TEXT_SIZE - size, "%s|", more);
}

static void device_text(struct world_device *device, const char *sql, char text[TEXT_SIZE])
{
	sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = false;

	must(bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail), sql);
	must(bsync_file_step(device->file, statement, &has_row), sql);
	append(text, has_row && sqlite3_column_type(statement, 0) != SQLITE_NULL
			     ? (const char *)sqlite3_column_text(statement, 0)
			     : "none");
	must(bsync_file_finalize(device->file, statement), sql);
}

static bool store_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	char value[TEXT_SIZE];

	(void)count;
	(void)names;
	if (values[0].kind != BSYNC_TEXT)
		return false;
	snprintf(value, sizeof value, "%.*s", (int)values[0].as.bytes.size, (const char *)values[0].as.bytes.data);
	append(context, value);
	return false;
}

static bool count_item(void *context, const struct bsync_inbox_item *item)
{
	uint32_t *count = context;

	*count += strcmp(item->kind, "conflict") == 0;
	return true;
}

/* What one replica shows of a round. */
static void show(struct world *world, struct world_device *device, uint32_t round, char text[TEXT_SIZE])
{
	static const char *const queries[] = {
		"SELECT 'keep ' || a || b FROM r_keep WHERE soort = 7 AND nr = %u",
		"SELECT 'count ' || a FROM r_counter WHERE nr = %u",
		"SELECT 'made ' || a FROM r_lww WHERE nr = %u",
	};
	char sql[SQL_SIZE], error[300];

	text[0] = '\0';
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof sql, queries[i], round);
#pragma GCC diagnostic pop
		if (device != NULL)
			device_text(device, sql, text);
		else
			must(bsync_view_sql(world->view, sql, store_row, text, error), sql);
	}
}

/* The two changesets of device 0, and what device 1 did meanwhile. */
static void prepare(struct world *world, uint32_t round)
{
	char sql[SQL_SIZE];

	snprintf(sql, sizeof sql,
		 "BEGIN; INSERT INTO r_keep (nr, kring, a, b) VALUES (%u, 'S1', 'first', '-');"
		 "INSERT INTO r_counter (nr, kring, a) VALUES (%u, 'S1', 1); COMMIT",
		 round, round);
	device_run(&world->devices[1], sql);
	device_sync(&world->devices[1]);
	device_sync(&world->devices[0]);
	snprintf(
		sql, sizeof sql,
		"BEGIN; UPDATE r_keep SET a = 'one' WHERE soort = 7 AND nr = %u; UPDATE r_counter SET a = a + 10 WHERE nr = %u;"
		"COMMIT",
		round, round);
	device_run(&world->devices[1], sql);
	device_sync(&world->devices[1]);
	world->now_ms += 60000;
	snprintf(sql, sizeof sql,
		 "BEGIN; UPDATE r_keep SET a = 'nought' WHERE soort = 7 AND nr = %u;"
		 "UPDATE r_counter SET a = a + 100 WHERE nr = %u; COMMIT",
		 round, round);
	device_run(&world->devices[0], sql);
	snprintf(sql, sizeof sql, "INSERT INTO r_lww (nr, kring, a) VALUES (%u, 'S1', 'new')", round);
	device_run(&world->devices[0], sql);
}

static bool check(struct world *world, const struct cutting *cutting)
{
	static const char wanted[] = "keep nought-|count 111|made new|";
	char text[TEXT_SIZE];
	uint32_t conflicts = 0;

	for (uint32_t i = 0; i < WORLD_DEVICES; i++) {
		show(world, i == 2 ? NULL : &world->devices[i], cutting->round, text);
		if (strcmp(text, wanted) != 0)
			world_fail(world, "%s shows %s", i == 2 ? "the store" : i == 0 ? "device 0" : "device 1", text);
	}
	must(bsync_file_inbox(world->devices[0].file, count_item, &conflicts), "inbox");
	if (conflicts != cutting->round)
		world_fail(world, "the inbox has %u conflicts instead of %u", conflicts, cutting->round);
	if (world->devices[0].resent > 0)
		world_fail(world, "a changeset was sent again though its receipt had come");
	if (world->failure[0] == '\0')
		return true;
	printf("%s cut at byte %zu: %s\n", cutting->is_up ? "the way up" : "the way down", cutting->offset,
	       world->failure);
	return false;
}

static void finding_say(void *context, const char *text)
{
	(void)context;
	printf("  the store: %s\n", text);
}

/* The end of a world: a device that was never cut has it all, the store is sound, nothing came in twice. */
static bool finish(struct world *world, const struct cutting *cutting)
{
	char cut[TEXT_SIZE], whole[TEXT_SIZE];
	uint32_t findings = 0;
	bool is_good = true;

	device_sync(&world->devices[2]);
	for (uint32_t round = 1; is_good && round <= cutting->round; round++) {
		show(world, &world->devices[0], round, cut);
		show(world, &world->devices[2], round, whole);
		is_good = strcmp(cut, whole) == 0;
		if (!is_good)
			printf("round %u: device 0 shows %s, device 2 %s\n", round, cut, whole);
	}
	must(bsync_view_check(world->view, finding_say, NULL, &findings), "check");
	world_close(world);
	return is_good && findings == 0;
}

/* Every offset in one direction, until a sync ends before it. */
static bool cut_all(bool is_up, size_t *offsets)
{
	static struct world world;
	struct cutting cutting = {.is_up = is_up};
	bool is_good = true, was_cut = true;

	begin(&world);
	for (; is_good && was_cut && cutting.offset < OFFSETS_MAX; cutting.offset++) {
		struct world_device *device = &world.devices[0];

		if (cutting.round == ROUNDS_A_WORLD) {
			is_good = finish(&world, &cutting);
			begin(&world);
			cutting.round = 0;
		}
		cutting.round++;
		prepare(&world, cutting.round);
		was_cut = device_sync_cut(device, (struct wire_limit){is_up ? cutting.offset : SIZE_MAX,
								      is_up ? SIZE_MAX : cutting.offset});
		device_sync(device);
		device_sync(&world.devices[1]);
		is_good = is_good && check(&world, &cutting);
	}
	*offsets = cutting.offset;
	return finish(&world, &cutting) && is_good && !was_cut;
}

bool cuts_run(void)
{
	size_t up = 0, down = 0;
	bool is_good = cut_all(true, &up);

	is_good = cut_all(false, &down) && is_good;
	printf("cut at %zu places up and %zu down: %s\n", up, down, is_good ? "as if nothing had happened" : "FAILED");
	return is_good;
}
