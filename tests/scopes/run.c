#include "tests/scopes/run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOUR_MS = 3600000,
	QUIET_ROUNDS = 3,
	SQL_SIZE = BATCH_MAX * SQL_MAX + 100,
	DESCRIPTION_SIZE = 8000,
	LINES_MAX = 40,
	TORN_AT = 300000
};

const char *const schedules[] = {
	/* All six orders in which work done offline can come in. */
	"||012",
	"||021",
	"||102",
	"||120",
	"||201",
	"||210",
	/* Syncs between. */
	"0||012",
	"10||210",
	"|012|210",
	"012|012|012",
	/* The same, but a letter's sync is cut in the middle of its pull (a is device 0); these take many cases to bite. */
	"||0b1a2bc",
	"0b||a0cb12",
	"012|1b|cba",
};
enum { TORN_SCHEDULES = 3 };
const uint32_t schedule_count = sizeof schedules / sizeof schedules[0] - TORN_SCHEDULES;
const uint32_t schedule_count_torn = sizeof schedules / sizeof schedules[0];

/* The syncs after act `k`; after the last all that follow. */
static void schedule_part(uint32_t schedule, uint32_t k, char out[16])
{
	const char *at = schedules[schedule];

	for (uint32_t i = 0; i < k; i++)
		at = strchr(at, '|') + 1;
	size_t size = strcspn(at, "|");
	assert(size < 16);
	memcpy(out, at, size);
	out[size] = '\0';
}

/* Who had pulled what when each act was done. */
static struct sight sight_of(const struct small_case *c, uint32_t schedule)
{
	struct sight sight = {{0}};
	uint8_t store = 0, pulled[WORLD_DEVICES] = {0}, own[WORLD_DEVICES] = {0};
	char syncs[16];

	for (uint32_t k = 0; k < c->count; k++) {
		sight.pulled[k] = pulled[c->devices[k]];
		own[c->devices[k]] |= (uint8_t)(1u << k);
		schedule_part(schedule, k, syncs);
		for (const char *d = syncs; *d != '\0'; d++) {
			/* What a cut sync has shown is not known here: such schedules have a sight of their own. */
			if (*d < '0' || *d >= '0' + WORLD_DEVICES)
				continue;
			store |= own[*d - '0'];
			pulled[*d - '0'] = store;
		}
	}
	return sight;
}

/* --- Acting --- */

/* Transactions of up to `batch` cases. */
struct batch {
	struct world_device *device;
	uint32_t max, count;
	size_t at;
	char sql[SQL_SIZE];
};

static void batch_end(struct batch *batch)
{
	if (batch->count == 0)
		return;
	snprintf(batch->sql + batch->at, sizeof batch->sql - batch->at, "COMMIT");
	device_run(batch->device, batch->sql);
	batch->count = 0;
}

static void batch_add(struct batch *batch, const char *sql)
{
	if (sql[0] == '\0')
		return;
	if (batch->count == 0)
		batch->at = (size_t)snprintf(batch->sql, sizeof batch->sql, "BEGIN;");
	batch->at += (size_t)snprintf(batch->sql + batch->at, sizeof batch->sql - batch->at, "%s", sql);
	if (++batch->count == batch->max)
		batch_end(batch);
}

static void sync_all(struct world *world)
{
	for (uint32_t i = 0; i < WORLD_DEVICES; i++)
		device_sync(&world->devices[i]);
}

static void start(struct world *world, const struct small_case *cases, uint32_t count)
{
	static struct batch batch;
	char sql[SQL_MAX];

	batch = (struct batch){.device = &world->devices[0], .max = BATCH_MAX};
	device_run(&world->devices[0], "INSERT INTO kring VALUES ('S1'), ('S2')");
	for (uint32_t i = 0; i < count; i++) {
		case_start_sql(&cases[i], sql);
		batch_add(&batch, sql);
	}
	batch_end(&batch);
	sync_all(world);
	sync_all(world);
}

static void act(struct world *world, const struct small_case *cases, uint32_t count, uint32_t k, uint32_t batch_max,
		struct look *look)
{
	static struct batch batch;
	char sql[SQL_MAX];

	for (uint32_t d = 0; d < WORLD_DEVICES; d++) {
		for (uint32_t step = 0; step < STEPS_MAX; step++) {
			batch = (struct batch){.device = &world->devices[d], .max = batch_max};
			for (uint32_t i = 0; i < count; i++) {
				if (k < cases[i].count && cases[i].devices[k] == d && case_sql(&cases[i], k, step, sql))
					batch_add(&batch, sql);
			}
			batch_end(&batch);
			look_written(look, &world->devices[d]);
		}
	}
}

/* All of a schedule after the start, until everybody is quiet. */
static void play(struct world *world, const struct small_case *cases, uint32_t count, uint32_t schedule, uint32_t batch,
		 struct look *look)
{
	char syncs[16];

	look_written(look, &world->devices[0]);
	for (uint32_t k = 0; k < ACTS_MAX; k++) {
		world->now_ms += HOUR_MS;
		act(world, cases, count, k, batch, look);
		world->now_ms += HOUR_MS;
		schedule_part(schedule, k, syncs);
		for (const char *d = syncs; *d != '\0'; d++) {
			if (*d >= 'a')
				device_sync_cut(&world->devices[*d - 'a'], (struct wire_limit){SIZE_MAX, TORN_AT});
			else if (*d >= '0' && *d < '0' + WORLD_DEVICES)
				device_sync(&world->devices[*d - '0']);
		}
	}
	for (int i = 0; i < QUIET_ROUNDS; i++)
		sync_all(world);
	look_all(look, world);
}

/* --- Judging --- */

static bool rows_agree(const struct look *look, uint32_t index)
{
	for (int i = 0; i < WORLD_DEVICES; i++)
		if (strcmp(look->rows[i][index].text, look->rows[STORE][index].text) != 0)
			return false;
	return true;
}

static bool items_agree(const struct look *look, uint32_t index)
{
	const struct seen_row *store = &look->rows[STORE][index];

	for (int i = 0; i < WORLD_DEVICES; i++) {
		const struct seen_row *row = &look->rows[i][index];

		if (row->items != store->items || row->ids_sum != store->ids_sum)
			return false;
	}
	return true;
}

static bool nothing_lost(const struct look *look, const struct small_case *c)
{
	const size_t first = (size_t)c->number * WORDS_PER_CASE;

	for (size_t i = 0; i < WORDS_PER_CASE; i++)
		if (c->rule != COUNTER && look->written[first + i] != 0 && look->found[first + i] == 0)
			return false;
	return true;
}

/* What is wrong with a case; NULL: nothing. */
static const char *judge(const struct look *look, const struct small_case *c, uint32_t schedule,
			 char wanted[ROW_TEXT_SIZE])
{
	struct sight sight = sight_of(c, schedule);

	for (uint32_t row = 0; row < 2; row++) {
		uint32_t index = c->number * 2 + row;

		if (!rows_agree(look, index))
			return "the replicas show different rows";
		if (!items_agree(look, index))
			return "the inboxes differ";
		if (schedule < schedule_count && oracle_row(c, &sight, row, wanted) &&
		    strcmp(wanted, look->rows[STORE][index].text) != 0)
			return row == 0 ? "row A is not what the rules say" : "row B is not what the rules say";
	}
	return nothing_lost(look, c) ? NULL : "what was saved is neither current nor in history nor in an inbox";
}

static uint64_t text_hash(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = (sum ^ (uint8_t)*text) * 1099511628211u;
	return (sum ^ '\n') * 1099511628211u;
}

static struct outcome outcome_of(const struct look *look, const struct small_case *c, uint32_t schedule)
{
	const struct seen_row *rows = &look->rows[STORE][c->number * 2];
	struct sight sight = sight_of(c, schedule);
	struct outcome outcome = {.rows = 1469598103934665603u};

	for (int row = 0; row < 2; row++) {
		outcome.rows = text_hash(outcome.rows, rows[row].text);
		outcome.items = outcome.items * 31 + rows[row].items_sum + rows[row].items;
	}
	for (int k = 0; k < ACTS_MAX; k++)
		outcome.sight |= (uint32_t)sight.pulled[k] << (8 * k);
	return outcome;
}

static void say_act(const struct small_case *c, uint32_t k)
{
	char sql[SQL_MAX];

	for (uint32_t step = 0; case_sql(c, k, step, sql); step++)
		printf("  device %u: BEGIN; %s COMMIT;\n", c->devices[k], sql);
}

void run_print(const struct small_case *c, uint32_t schedule)
{
	char sql[SQL_MAX], syncs[16];

	printf("case %u, table %s, %u acts:", c->number, rule_tables[c->rule], c->count);
	for (uint32_t k = 0; k < c->count; k++)
		printf(" %s by %u%s", act_names[c->acts[k]], c->devices[k], k + 1 < c->count ? "," : "");
	case_start_sql(c, sql);
	printf("; schedule %u: %s\n  device 0: %s\n  all sync\n", schedule, schedules[schedule], sql);
	for (uint32_t k = 0; k < ACTS_MAX; k++) {
		if (k < c->count)
			say_act(c, k);
		schedule_part(schedule, k, syncs);
		for (const char *d = syncs; *d != '\0'; d++)
			printf("  device %c syncs%s\n", *d >= 'a' ? *d - 'a' + '0' : *d,
			       *d >= 'a' ? ", but is cut off" : "");
	}
	printf("  all sync until quiet\n");
}

static void say_replicas(const struct look *look, const struct small_case *c)
{
	for (int i = 0; i < REPLICAS; i++)
		printf("  %s %d: A %s, B %s\n", i == STORE ? "store" : "device", i, look->rows[i][c->number * 2].text,
		       look->rows[i][c->number * 2 + 1].text);
}

void run_begin(const struct small_case *cases, uint32_t count)
{
	struct world world;

	world_open(&world);
	start(&world, cases, count);
	world_keep(&world);
}

uint32_t run_schedule(const struct small_case *cases, uint32_t count, uint32_t schedule, uint32_t batch,
		      struct outcome *outcomes)
{
	struct world world;
	struct look look;
	uint32_t failed = 0;

	world_open(&world);
	look_init(&look, count);
	play(&world, cases, count, schedule, batch, &look);
	for (uint32_t i = 0; i < count; i++) {
		char wanted[ROW_TEXT_SIZE] = "";
		const char *wrong = judge(&look, &cases[i], schedule, wanted);

		outcomes[i] = outcome_of(&look, &cases[i], schedule);
		if (wrong != NULL && failed++ < LINES_MAX)
			printf("case %u schedule %u: %s (%s: %s %u, %s %u, %s %u)\n", cases[i].number, schedule, wrong,
			       rule_tables[cases[i].rule], act_names[cases[i].acts[0]], cases[i].devices[0],
			       act_names[cases[i].acts[1]], cases[i].devices[1],
			       cases[i].count > 2 ? act_names[cases[i].acts[2]] : "-", cases[i].devices[2]);
		if (wrong != NULL && failed < LINES_MAX)
			say_replicas(&look, &cases[i]);
	}
	if (world.failure[0] != '\0') {
		printf("schedule %u: %s\n", schedule, world.failure);
		failed++;
	}
	look_clear(&look);
	world_close(&world);
	return failed;
}

bool run_few(const struct small_case cases[], uint32_t count, uint32_t target, uint32_t schedule, bool is_told)
{
	static char text[DESCRIPTION_SIZE];
	struct world world;
	struct look look;
	uint32_t last = 0;
	bool is_good = true;

	for (uint32_t i = 0; i < count; i++)
		last = cases[i].number > last ? cases[i].number : last;
	world_open(&world);
	look_init(&look, last + 1);
	start(&world, cases, count);
	play(&world, cases, count, schedule, BATCH, &look);
	for (uint32_t i = 0; i < count; i++) {
		char wanted[ROW_TEXT_SIZE] = "";
		const char *wrong = judge(&look, &cases[i], schedule, wanted);

		is_good = is_good && (wrong == NULL || cases[i].number != target);
		if (!is_told)
			continue;
		run_print(&cases[i], schedule);
		text[0] = '\0';
		look_describe(&world, &cases[i], text, sizeof text);
		printf("%s", text);
		for (uint32_t k = 0; k < WORDS_PER_CASE; k++) {
			size_t word = (size_t)cases[i].number * WORDS_PER_CASE + k;

			if (look.written[word] != 0 && look.found[word] == 0)
				printf("  lost: word %zu\n", word);
		}
		printf("  %s%s%s\n", wrong == NULL ? "as it must be" : wrong,
		       wanted[0] != '\0' ? "; the rules say " : "", wanted);
	}
	if (is_told && world.failure[0] != '\0')
		printf("  %s\n", world.failure);
	is_good = is_good && world.failure[0] == '\0';
	look_clear(&look);
	world_close(&world);
	return is_good;
}
