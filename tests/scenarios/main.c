/* scenarios FILE…: plays each story in every order of arrival, on the shipped code, and compares what it says comes of it.
 *
 * One world an order: a store, a device a worker, real files, both sessions.  Exits 0 when every expectation holds. */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/concern.h"
#include "core/sqlite/db.h"
#include "tests/scenarios/story.h"
#include "tests/scopes/world.h"

enum { OUT_SIZE = 16000, ORDERS_MAX = 24, MINUTE_MS = 60000, ITEMS_MAX = 100 };

/* One play of a story. */
struct play {
	const struct story *story;
	const struct story_line *line;
	struct world world;
	uint32_t order; /* which of the orders of arrival */
	char order_text[600];
	uint64_t failures;
};

struct out {
	char text[OUT_SIZE];
	size_t used;
};
__attribute__((format(printf, 2, 3))) static void put(struct out *out, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(out->text + out->used, sizeof out->text - out->used, format, arguments);
	va_end(arguments);
	if (size > 0)
		out->used += (size_t)size;
	if (out->used >= sizeof out->text)
		out->used = sizeof out->text - 1;
}

static void put_value(struct out *out, const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_NULL:
		put(out, "null");
		break;
	case BSYNC_INTEGER:
		put(out, "%lld", (long long)value->as.integer);
		break;
	case BSYNC_REAL:
		put(out, "%g", value->as.real);
		break;
	case BSYNC_TEXT:
		put(out, "%.*s", (int)value->as.bytes.size, (const char *)value->as.bytes.data);
		break;
	case BSYNC_BLOB:
		for (size_t i = 0; i < value->as.bytes.size; i++)
			put(out, "%02x", value->as.bytes.data[i]);
		break;
	}
}

/* --- What is said of a play --- */

static void expect(struct play *play, const char *where, const char *found)
{
	const struct story_line *line = play->line;

	if (strcmp(found, line->expected) == 0)
		return;
	play->failures++;
	printf("%s:%u: %s%s%s:\n  expected %s\n  found    %s\n", play->story->path, line->number, where,
	       play->order_text[0] != '\0' ? ", arriving as " : "", play->order_text, line->expected, found);
}

static struct world_device *device_of(struct play *play, const char *name)
{
	uint32_t number = story_worker(play->story, name);

	if (number == play->story->worker_count)
		story_wrong(play->story, play->line->number, "nobody is called '%s'", name);
	return &play->world.devices[number];
}

/* The SQL with @NAME as that worker's id. */
static const char *sql_of(struct play *play, const char *text)
{
	static struct out out;

	out.used = 0;
	out.text[0] = '\0';
	while (*text != '\0') {
		size_t size = *text == '@' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
		char name[60];

		if (size == 0 || size >= sizeof name) {
			put(&out, "%c", *text++);
			continue;
		}
		snprintf(name, sizeof name, "%.*s", (int)size, text + 1);
		put(&out, "x'");
		for (int i = 0; i < BSYNC_ID_SIZE; i++)
			put(&out, "%02x", device_of(play, name)->worker.bytes[i]);
		put(&out, "'");
		text += size + 1;
	}
	return out.text;
}

/* --- Queries --- */

static bool put_row(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	struct out *out = context;

	(void)names;
	put(out, "%s", out->used > 0 ? " / " : "");
	for (int i = 0; i < count; i++) {
		put(out, "%s", i > 0 ? " " : "");
		put_value(out, &values[i]);
	}
	return true;
}

static const char *ask_store(struct play *play, const char *sql)
{
	static struct out out;
	char error[300];

	out = (struct out){.used = 0};
	if (bsync_view_sql(play->world.view, sql, put_row, &out, error) != BSYNC_OK)
		story_wrong(play->story, play->line->number, "%s", error);
	return out.text;
}

static const char *ask_device(struct play *play, struct world_device *device, const char *sql)
{
	static struct out out;
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	out = (struct out){.used = 0};
	if (bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail) != BSYNC_OK)
		story_wrong(play->story, play->line->number, "%s", bsync_file_error_text(device->file));
	while ((result = bsync_file_step(device->file, statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_value values[100];
		int count = sqlite3_column_count(statement);

		for (int i = 0; i < count && i < 100; i++)
			values[i] = bsync_db_value(statement, i);
		put_row(&out, count, NULL, values);
	}
	put(&out, "%s", result == BSYNC_OK ? "" : bsync_file_error_text(device->file));
	must(bsync_file_finalize(device->file, statement), "finalize");
	return out.text;
}

static void expect_rows(struct play *play)
{
	const struct story_line *line = play->line;
	const char *sql = sql_of(play, line->text);
	const bool everywhere = strcmp(line->who, "everywhere") == 0, in_store = strcmp(line->who, "store") == 0;

	if (everywhere || in_store)
		expect(play, "the store", ask_store(play, sql));
	for (uint32_t i = 0; !in_store && i < play->story->worker_count; i++) {
		if (everywhere || strcmp(line->who, play->story->names[i]) == 0)
			expect(play, play->story->names[i], ask_device(play, &play->world.devices[i], sql));
	}
	if (!everywhere && !in_store)
		device_of(play, line->who);
}

/* --- The inbox --- */

struct inbox {
	uint32_t count;
	char *items[ITEMS_MAX];
	/* For a choice. */
	const char *wanted;
	uint8_t id[BSYNC_ID_SIZE];
	uint32_t number;
	bool is_found;
	bool is_whole; /* also what concerns others only */
};

/* "KIND TABLE COLUMN: VALUE | VALUE", the versions of a conflict in the order of their text. */
static bool note_item(void *context, const struct bsync_inbox_item *item)
{
	struct inbox *inbox = context;
	struct out out = {.used = 0};

	if (!inbox->is_whole && !item->is_yours)
		return true;
	put(&out, "%s %s", item->kind, item->table);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		const struct bsync_inbox_cell *cell = &item->cells[i];
		struct out values[20] = {{.used = 0}};
		uint32_t count = cell->variant_count < 20 ? cell->variant_count : 20;

		put(&out, "%s %s:", i > 0 ? "," : "", cell->column);
		for (uint32_t n = 0; n < count; n++) {
			put_value(&values[n], &cell->variants[n].value);
			if (inbox->wanted != NULL && strcmp(values[n].text, inbox->wanted) == 0) {
				inbox->is_found = true;
				inbox->number = n + 1;
				memcpy(inbox->id, item->id, BSYNC_ID_SIZE);
			}
		}
		if (strcmp(item->kind, "conflict") == 0)
			qsort(values, count, sizeof values[0], (int (*)(const void *, const void *))strcmp);
		for (uint32_t n = 0; n < count; n++)
			put(&out, "%s %s", n > 0 ? " |" : "", values[n].text);
	}
	if (inbox->wanted != NULL && strcmp(inbox->wanted, "none") == 0 && !inbox->is_found) {
		inbox->is_found = true;
		memcpy(inbox->id, item->id, BSYNC_ID_SIZE);
	}
	if (inbox->count < ITEMS_MAX)
		inbox->items[inbox->count++] = strdup(out.text);
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void inbox_read(struct play *play, const char *who, struct inbox *inbox)
{
	inbox->is_whole = inbox->wanted != NULL || strcmp(who, "operator") == 0;
	if (strcmp(who, "operator") == 0)
		must(bsync_view_inbox(play->world.view, note_item, inbox), "inbox");
	else
		must(bsync_file_inbox(device_of(play, who)->file, note_item, inbox), "inbox");
}

static void expect_inbox(struct play *play)
{
	struct inbox inbox = {0};
	struct out out = {.used = 0};

	inbox_read(play, play->line->who, &inbox);
	qsort(inbox.items, inbox.count, sizeof inbox.items[0], by_text);
	for (uint32_t i = 0; i < inbox.count; i++) {
		put(&out, "%s%s", i > 0 ? " / " : "", inbox.items[i]);
		free(inbox.items[i]);
	}
	expect(play, play->line->who, inbox.count == 0 ? "nothing" : out.text);
}

/* What a replica says of whom the items concern. */
struct concerned {
	const struct play *play;
	uint32_t count;
	uint8_t ids[ITEMS_MAX][BSYNC_ID_SIZE];
	char *items[ITEMS_MAX];     /* "KIND TABLE: NAME, NAME", the names in the order of the workers */
	uint64_t people[ITEMS_MAX]; /* a bit for each worker who is named; of everybody all */
	bool is_yours[ITEMS_MAX];
};

static bool note_concern(void *context, const struct bsync_inbox_item *item)
{
	struct concerned *concerned = context;
	const struct play *play = concerned->play;
	const struct bsync_people *people = &item->concern.people;
	const uint32_t at = concerned->count < ITEMS_MAX ? concerned->count++ : ITEMS_MAX - 1;
	uint64_t named = item->concern.is_everybody ? UINT64_MAX : 0;
	struct out out = {.used = 0};

	put(&out, "%s %s: ", item->kind, item->table);
	if (item->concern.is_everybody || people->count == 0)
		put(&out, item->concern.is_everybody ? "everybody" : "nobody");
	for (uint32_t w = 0; w < play->story->worker_count; w++) {
		if (!bsync_people_has(people, &play->world.devices[w].worker))
			continue;
		put(&out, "%s%s", named != 0 ? ", " : "", play->story->names[w]);
		named |= UINT64_C(1) << w;
	}
	memcpy(concerned->ids[at], item->id, BSYNC_ID_SIZE);
	concerned->items[at] = strdup(out.text);
	concerned->people[at] = named;
	concerned->is_yours[at] = item->is_yours;
	return true;
}

/* Of an item that both have, a device names nobody else than the store does, and its user where the store does. */
static void compare_concern(struct play *play, uint32_t worker, const struct concerned *store,
			    const struct concerned *device)
{
	for (uint32_t i = 0; i < device->count; i++) {
		for (uint32_t k = 0; k < store->count; k++) {
			const bool is_known = device->people[i] == UINT64_MAX ||
					      (device->people[i] & ~store->people[k]) == 0;

			if (memcmp(device->ids[i], store->ids[k], BSYNC_ID_SIZE) != 0 ||
			    (is_known && device->is_yours[i] == ((store->people[k] >> worker & 1) != 0)))
				continue;
			play->failures++;
			printf("%s:%u: the store says %s\n  %s%s says %s\n", play->story->path, play->line->number,
			       store->items[k], play->story->names[worker],
			       device->is_yours[i] ? ", who is meant," : "", device->items[i]);
		}
	}
}

static void expect_concern(struct play *play)
{
	struct concerned store = {.play = play};
	struct out out = {.used = 0};

	must(bsync_view_inbox(play->world.view, note_concern, &store), "inbox");
	for (uint32_t w = 0; w < play->story->worker_count; w++) {
		struct concerned device = {.play = play};

		must(bsync_file_inbox(play->world.devices[w].file, note_concern, &device), "inbox");
		compare_concern(play, w, &store, &device);
		for (uint32_t i = 0; i < device.count; i++)
			free(device.items[i]);
	}
	qsort(store.items, store.count, sizeof store.items[0], by_text);
	for (uint32_t i = 0; i < store.count; i++) {
		put(&out, "%s%s", i > 0 ? " / " : "", store.items[i]);
		free(store.items[i]);
	}
	expect(play, "the store", store.count == 0 ? "nothing" : out.text);
}

static void operator_choose(struct play *play, const struct inbox *inbox, bool is_none)
{
	struct world *world = &play->world;
	struct bsync_touched touched;

	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_inbox_resolve(world->store, inbox->id, is_none ? 0 : inbox->number, NULL, world->now_ms),
	     "resolve");
	must(bsync_store_group_commit(world->store, &touched), "commit");
}

static void choose(struct play *play)
{
	const struct story_line *line = play->line;
	struct inbox inbox = {.wanted = line->text};
	bool is_none = strcmp(line->text, "none") == 0;
	struct world_device *device;
	enum bsync_result result;

	inbox_read(play, line->who, &inbox);
	for (uint32_t i = 0; i < inbox.count; i++)
		free(inbox.items[i]);
	if (!inbox.is_found) {
		play->failures++;
		printf("%s:%u: %s has no item with '%s', arriving as %s\n", play->story->path, line->number, line->who,
		       line->text, play->order_text);
		return;
	}
	if (strcmp(line->who, "operator") == 0) {
		operator_choose(play, &inbox, is_none);
		return;
	}
	device = device_of(play, line->who);
	result = bsync_file_resolve(device->file, inbox.id, is_none ? BSYNC_TAKE_NONE : BSYNC_TAKE_NUMBER, inbox.number,
				    NULL);
	if (result != BSYNC_OK)
		story_wrong(play->story, line->number, "%s", bsync_file_error_text(device->file));
}

/* --- Acts --- */

/* Every device, until nothing is new to any of them. */
static void sync_all(struct play *play, const uint32_t *numbers, uint32_t count)
{
	for (uint32_t i = 0; i < 2 * count; i++)
		device_sync(&play->world.devices[numbers[i % count]]);
}

/* The `order`-th arrangement of `count` things. */
static void arrange(uint32_t *numbers, uint32_t count, uint32_t order)
{
	for (uint32_t left = count; left > 1; left--) {
		uint32_t at = count - left, pick = at + order % left;
		uint32_t held = numbers[pick];

		order /= left;
		for (; pick > at; pick--)
			numbers[pick] = numbers[pick - 1];
		numbers[at] = held;
	}
}

static void sync_in_order(struct play *play)
{
	uint32_t numbers[NURSERY_DEVICES_MAX];
	uint32_t count = story_workers(play->story, play->line, numbers);
	struct out out = {.used = 0};

	arrange(numbers, count, play->order);
	for (uint32_t i = 0; i < count; i++)
		put(&out, "%s%s", i > 0 ? ", " : "", play->story->names[numbers[i]]);
	snprintf(play->order_text, sizeof play->order_text, "%.500s", out.text);
	sync_all(play, numbers, count);
}

static void form(struct play *play, bool is_open)
{
	struct world_device *device = device_of(play, play->line->who);
	char table[100] = "";
	uint8_t key[16];
	size_t size = strcspn(play->line->text, " ");
	const char *hex = play->line->text + size + (play->line->text[size] != '\0');
	struct bsync_value value;

	snprintf(table, sizeof table, "%.*s", (int)size, play->line->text);
	size = strlen(hex) / 2;
	for (size_t i = 0; i < size && i < sizeof key; i++)
		key[i] = (uint8_t)strtoul((char[]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
	value = bsync_value_blob((struct bsync_bytes){key, size});
	if (is_open)
		must(bsync_file_edit_begin(device->file, table, &value, 1), "open a form");
	else
		bsync_file_edit_end(device->file, table, &value, 1);
}

/* "+3 days" in milliseconds. */
static int64_t span_ms(const char *text)
{
	char *unit = NULL;
	long long number = strtoll(text, &unit, 10);
	int64_t each = strcmp(unit, " years") == 0  ? INT64_C(31557600000)
		       : strcmp(unit, " days") == 0 ? INT64_C(86400000)
						    : INT64_C(3600000);

	return number * each;
}

static void time_passes(struct play *play, int64_t span)
{
	struct bsync_store *store = play->world.store;
	struct bsync_touched touched;
	int64_t next_ms = 0;

	play->world.now_ms += span;
	must(bsync_store_group_begin(store), "begin");
	must(bsync_store_due(store, play->world.now_ms, &next_ms), "due");
	must(bsync_store_group_commit(store, &touched), "commit");
}

static void start_again(struct play *play)
{
	struct world_device *device = device_of(play, play->line->who);

	bsync_file_close(device->file);
	device->boot++;
	must(bsync_file_open(device->path, &device->surroundings, &device->file), "open");
}

static bool note_set_aside(void *context, const struct bsync_quarantine_row *row)
{
	struct out *out = context;

	put(out, "%s%s: %s", out->used > 0 ? " / " : "", row->is_unplaced ? "waits" : "set aside", row->reason);
	return true;
}

static bool note_unseen(void *context, const struct bsync_pending_row *row)
{
	struct out *out = context;

	put(out, "%s%s %s", out->used > 0 ? " / " : "", row->is_late ? "late" : "refused", row->tables);
	return true;
}

static void expect_list(struct play *play, const char *who)
{
	struct out out = {.used = 0};

	must(who == NULL ? bsync_view_quarantine(play->world.view, note_set_aside, &out)
			 : bsync_file_unseen(device_of(play, who)->file, note_unseen, &out),
	     "list");
	expect(play, who == NULL ? "the store" : who, out.used == 0 ? "nothing" : out.text);
}

static void act(struct play *play)
{
	const struct story_line *line = play->line;
	uint32_t numbers[NURSERY_DEVICES_MAX];

	play->world.now_ms += MINUTE_MS;
	switch (line->kind) {
	case STORY_SQL:
		device_run(device_of(play, line->who), sql_of(play, line->text));
		break;
	case STORY_EXPECT:
		expect_rows(play);
		break;
	case STORY_INBOX:
		expect_inbox(play);
		break;
	case STORY_CONCERN:
		expect_concern(play);
		break;
	case STORY_SYNC:
		sync_all(play, numbers, story_workers(play->story, line, numbers));
		break;
	case STORY_EVERY:
		sync_in_order(play);
		break;
	case STORY_CHOOSE:
		choose(play);
		break;
	case STORY_OPEN:
	case STORY_CLOSE:
		form(play, line->kind == STORY_OPEN);
		break;
	case STORY_CLOCK:
		device_of(play, line->who)->skew_ms = span_ms(line->text);
		break;
	case STORY_LATER:
		time_passes(play, span_ms(line->text));
		break;
	case STORY_START:
		start_again(play);
		break;
	case STORY_UNSEEN:
	case STORY_QUARANTINE:
		expect_list(play, line->who);
		break;
	}
}

/* --- Plays --- */

/* How many orders the first "sync in every order" has; 1 without one. */
static uint32_t orders_of(const struct story *story)
{
	for (uint32_t i = 0; i < story->line_count; i++) {
		uint32_t numbers[NURSERY_DEVICES_MAX], orders = 1;

		if (story->lines[i].kind != STORY_EVERY)
			continue;
		for (uint32_t n = story_workers(story, &story->lines[i], numbers); n > 1 && orders < ORDERS_MAX; n--)
			orders *= n;
		return orders < ORDERS_MAX ? orders : ORDERS_MAX;
	}
	return 1;
}

static uint64_t play_once(const struct story *story, uint32_t order)
{
	static struct play play;

	play = (struct play){.story = story, .order = order};
	world_open(&play.world);
	for (uint32_t i = 0; i < story->line_count; i++) {
		play.line = &story->lines[i];
		act(&play);
		if (play.world.failure[0] != '\0') {
			printf("%s:%u: %s\n", story->path, play.line->number, play.world.failure);
			play.failures++;
			break;
		}
	}
	world_close(&play.world);
	return play.failures;
}

int main(int count, char **paths)
{
	uint64_t failures = 0, plays = 0;

	if (count < 2) {
		fprintf(stderr, "usage: scenarios FILE…\n");
		return 2;
	}
	for (int i = 1; i < count; i++) {
		static struct story story;

		story_read(&story, paths[i]);
		world_prepare(&(struct nursery_plan){.name = "scenarios",
						     .schema = "schema/utrecht",
						     .random = 7,
						     .now_ms = WORLD_START_MS,
						     .device_count = story.worker_count,
						     .workers = (const char *const *)story.names,
						     .roles = (const char *const *)story.roles,
						     .teams = (const char *const *)story.teams});
		for (uint32_t order = 0; order < orders_of(&story); order++, plays++)
			failures += play_once(&story, order);
		story_clear(&story);
	}
	printf("%d stories, %llu plays, %llu expectations failed\n", count - 1, (unsigned long long)plays,
	       (unsigned long long)failures);
	return failures == 0 ? 0 : 1;
}
