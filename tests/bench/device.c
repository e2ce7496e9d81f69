/* device: what the library costs: local writes beside raw SQLite, a fresh pull beside raw inserts, and the time from one
 * device's commit to another's screen.  Arguments name the parts to run (local live pull); without, all run. */
#include <buurtsync.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/bench.h"
#include "tests/support/dutch.h"

enum { ROUNDS = 5, TRANSACTIONS = 300, PER_TRANSACTION = 10, PULL_ROWS = 100000, LIVE_CHANGES = 200 };

static void fail(const char *what, const struct bsync_error *error)
{
	fprintf(stderr, "device: %s: %s\n", what, error->text);
	exit(1);
}

static void run(struct bsync_client *client, const char *sql)
{
	struct bsync_error error;
	if (bsync_exec(client, sql, &error) != BSYNC_DONE)
		fail(sql, &error);
}

static struct bsync_client *enrol(struct bench_world *world, const char *worker, const char *name)
{
	struct bsync_client *client = NULL;
	struct bsync_error error;
	char dir[BENCH_PATH_SIZE + 40], code[600];
	snprintf(dir, sizeof dir, "%s/%s", world->dir, name);
	bench_world_code(world, worker, code);
	if (bsync_enrol(dir, code, NULL, 20000, &error) != BSYNC_DONE || bsync_open(dir, &client, &error) != BSYNC_DONE)
		fail(name, &error);
	return client;
}

static void sync_now(struct bsync_client *client)
{
	struct bsync_error error;
	if (bsync_sync(client, 120000, &error) != BSYNC_DONE)
		fail("sync", &error);
}

static void must(int code)
{
	if (code != BSYNC_DONE)
		abort();
}

static void insert(struct bsync_statement *statement, const struct bench_row *row)
{
	struct bsync_error error;
	must(bsync_bind_blob(statement, 1, row->id, 16));
	must(bsync_bind_blob(statement, 2, row->house, 16));
	must(bsync_bind_text(statement, 3, row->day, strlen(row->day)));
	must(bsync_bind_text(statement, 4, row->kind, strlen(row->kind)));
	must(bsync_bind_text(statement, 5, row->status, strlen(row->status)));
	must(bsync_bind_integer(statement, 6, row->weight));
	must(bsync_bind_integer(statement, 7, row->version));
	must(bsync_bind_text(statement, 8, row->text, strlen(row->text)));
	if (bsync_step(statement, &error) != BSYNC_DONE)
		fail("insert", &error);
	(void)bsync_reset(statement, NULL);
}

/* Transactions of ten rows through the library, and the same rows through SQLite, by turns. */
static void local_writes(struct bench_world *world, const char *worker)
{
	struct bsync_client *client = enrol(world, worker, "writer");
	struct bsync_statement *statement;
	struct bsync_error error;
	sqlite3 *raw;
	sqlite3_stmt *raw_insert;
	char path[BENCH_PATH_SIZE + 20];
	snprintf(path, sizeof path, "%s/local.db", world->dir);
	if (sqlite3_open(path, &raw) != SQLITE_OK ||
	    sqlite3_exec(
		    raw,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "CREATE TABLE notitie (id BLOB PRIMARY KEY, huis_id BLOB, op TEXT, soort TEXT, status TEXT, gewicht INTEGER, "
		    "versie INTEGER, tekst TEXT) STRICT",
		    NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(raw, "INSERT INTO notitie VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", -1, &raw_insert,
			       NULL) != SQLITE_OK)
		abort();
	if (bsync_prepare(
		    client,
		    "INSERT INTO notitie (id, huis_id, op, soort, status, gewicht, versie, tekst) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		    (size_t)-1, &statement, NULL, &error) != BSYNC_DONE)
		fail("prepare", &error);
	uint8_t house[16] = {1};
	uint64_t random = 5;
	double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS];
	for (int round = 0; round < ROUNDS; round++) {
		static struct bench_row rows[TRANSACTIONS * PER_TRANSACTION];
		for (int i = 0; i < TRANSACTIONS * PER_TRANSACTION; i++)
			bench_row_make(&rows[i], house, &random);
		int64_t began = clock_us();
		for (int i = 0; i < TRANSACTIONS; i++) {
			run(client, "BEGIN");
			for (int k = 0; k < PER_TRANSACTION; k++)
				insert(statement, &rows[i * PER_TRANSACTION + k]);
			run(client, "COMMIT");
		}
		ours[round] = (double)(clock_us() - began) / (TRANSACTIONS * PER_TRANSACTION);
		began = clock_us();
		for (int i = 0; i < TRANSACTIONS; i++) {
			sqlite3_exec(raw, "BEGIN IMMEDIATE", NULL, NULL, NULL);
			for (int k = 0; k < PER_TRANSACTION; k++) {
				const struct bench_row *row = &rows[i * PER_TRANSACTION + k];
				sqlite3_bind_blob(raw_insert, 1, row->id, 16, SQLITE_STATIC);
				sqlite3_bind_blob(raw_insert, 2, row->house, 16, SQLITE_STATIC);
				sqlite3_bind_text(raw_insert, 3, row->day, -1, SQLITE_STATIC);
				sqlite3_bind_text(raw_insert, 4, row->kind, -1, SQLITE_STATIC);
				sqlite3_bind_text(raw_insert, 5, row->status, -1, SQLITE_STATIC);
				sqlite3_bind_int64(raw_insert, 6, row->weight);
				sqlite3_bind_int64(raw_insert, 7, row->version);
				sqlite3_bind_text(raw_insert, 8, row->text, -1, SQLITE_STATIC);
				if (sqlite3_step(raw_insert) != SQLITE_DONE)
					abort();
				sqlite3_reset(raw_insert);
			}
			sqlite3_exec(raw, "COMMIT", NULL, NULL, NULL);
		}
		theirs[round] = (double)(clock_us() - began) / (TRANSACTIONS * PER_TRANSACTION);
		ratio[round] = ours[round] / theirs[round];
	}
	bench_print("local_write_10", bench_median(ours, ROUNDS), "us/row");
	bench_print("local_write_10_raw_sqlite", bench_median(theirs, ROUNDS), "us/row");
	bench_print("local_write_10_against_raw", bench_median(ratio, ROUNDS), "ratio");
	bsync_finalize(statement);
	bsync_close(client);
	sqlite3_finalize(raw_insert);
	sqlite3_close(raw);
}

struct filling {
	struct swarm_device *device;
};

static bool is_filled(void *context)
{
	const struct filling *filling = context;
	return swarm_device_durable_seq(filling->device) == swarm_device_last_seq(filling->device) &&
	       swarm_device_counts(filling->device)->syncs > 0;
}

/* A new device of a worker who holds PULL_ROWS rows; raw SQLite inserts the same rows at one commit per 500. */
static void fresh_pull(struct bench_world *world, const char *worker)
{
	char code[600], path[BENCH_PATH_SIZE + 20];
	uint64_t random = 9;
	uint8_t house[16];
	struct swarm *swarm = swarm_new();
	bench_world_code(world, worker, code);
	struct filling filling = {.device = swarm_enrol(swarm, code, NULL)};
	snprintf(path, sizeof path, "%s/pull.db", world->dir);
	struct bench_raw *raw = bench_raw_new(path);
	for (int i = 0; i < PULL_ROWS / 1000; i++) {
		if (swarm_random()->fill(NULL, house, sizeof house) != 0)
			abort();
		bench_add_house(filling.device, house, worker, NULL);
		bench_add_changes(filling.device, house, 1250, 100, &random, raw); /* a fifth are updates */
	}
	swarm_device_connect(filling.device);
	if (!swarm_run(swarm, is_filled, &filling, 120000)) {
		fprintf(stderr, "device: the store was not filled\n");
		exit(1);
	}
	swarm_free(swarm);
	double raw_speed = (double)bench_raw_rows(raw) * 1e6 / (double)bench_raw_write(raw);
	bench_raw_free(raw);
	double speed[3];
	for (int round = 0; round < 3; round++) {
		char name[20];
		snprintf(name, sizeof name, "fresh%d", round);
		struct bsync_client *client = enrol(world, worker, name);
		int64_t began = clock_us();
		sync_now(client);
		double took = (double)(clock_us() - began);
		struct bsync_statement *statement;
		struct bsync_error error;
		if (bsync_prepare(client, "SELECT count(*) FROM notitie", (size_t)-1, &statement, NULL, &error) !=
			    BSYNC_DONE ||
		    bsync_step(statement, &error) != BSYNC_ROW)
			fail("count", &error);
		int64_t rows = bsync_column_integer(statement, 0);
		bsync_finalize(statement);
		if (rows < PULL_ROWS) {
			fprintf(stderr, "device: %lld rows of %d came\n", (long long)rows, PULL_ROWS);
			exit(1);
		}
		speed[round] = (double)rows * 1e6 / took;
		bsync_close(client);
	}
	bench_print("fresh_pull", bench_median(speed, 3), "rows/s");
	bench_print("fresh_pull_raw_sqlite", raw_speed, "rows/s");
}

static int64_t version_of(struct bsync_statement *statement)
{
	struct bsync_error error;
	int64_t version = -1;
	if (bsync_step(statement, &error) == BSYNC_ROW)
		version = bsync_column_integer(statement, 0);
	(void)bsync_reset(statement, NULL);
	return version;
}

static void rest_us(long us)
{
	const struct timespec rest = {.tv_nsec = us * 1000};
	nanosleep(&rest, NULL);
}

/* Two connected devices: from the return of one's commit to the value standing in the other's file. */
static void live(struct bench_world *world, const char *worker)
{
	struct bsync_client *writer = enrol(world, worker, "live1"), *reader = enrol(world, worker, "live2");
	struct bsync_error error;
	run(writer,
	    "BEGIN; INSERT INTO huis (id, lid_id, naam) VALUES (x'00000000000000000000000000000077', me(), 'live');"
	    "INSERT INTO notitie (id, huis_id, versie) VALUES (x'00000000000000000000000000000078', "
	    "x'00000000000000000000000000000077', 0); COMMIT");
	if (bsync_start(writer, &error) != BSYNC_DONE || bsync_start(reader, &error) != BSYNC_DONE)
		fail("start", &error);
	sync_now(writer);
	sync_now(reader);
	struct bsync_statement *statement;
	if (bsync_prepare(reader, "SELECT versie FROM notitie WHERE id = x'00000000000000000000000000000078'",
			  (size_t)-1, &statement, NULL, &error) != BSYNC_DONE)
		fail("prepare", &error);
	static double took[LIVE_CHANGES];
	for (int i = 0; i < LIVE_CHANGES; i++) {
		run(writer, "UPDATE notitie SET versie = versie + 1 WHERE id = x'00000000000000000000000000000078'");
		int64_t began = clock_us();
		while (version_of(statement) != i + 1) {
			if (clock_us() - began > 10000000) {
				fprintf(stderr, "device: a live change did not arrive\n");
				exit(1);
			}
			rest_us(50);
		}
		took[i] = (double)(clock_us() - began) / 1000;
		rest_us(2000);
	}
	double median = bench_median(took, LIVE_CHANGES);
	bench_print("live_p50", median, "ms");
	bench_print("live_p99", took[LIVE_CHANGES * 99 / 100], "ms");
	bsync_finalize(statement);
	bsync_close(writer);
	bsync_close(reader);
}

static bool is_wanted(int count, char **arguments, const char *part)
{
	for (int i = 1; i < count; i++) {
		if (strcmp(arguments[i], part) == 0)
			return true;
	}
	return count < 2;
}

int main(int count, char **arguments)
{
	static const struct {
		const char *name;
		void (*run)(struct bench_world *world, const char *worker);
	} parts[] = {{"local", local_writes}, {"live", live}, {"pull", fresh_pull}};
	static struct bench_world world;
	char worker[40], code[600];
	bench_world_start(&world, "tests/schemas/bench");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!is_wanted(count, arguments, parts[i].name))
			continue;
		fprintf(stderr, "device: %s\n", parts[i].name);
		bench_world_worker(&world, worker, code);
		parts[i].run(&world, worker);
	}
	bench_world_stop(&world);
	return 0;
}
