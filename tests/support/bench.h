/* bench.h: what the benchmarks share: a daemon with the bench schema, rows, raw SQLite beside it, and the output line. */
#ifndef BSYNC_TESTS_SUPPORT_BENCH_H
#define BSYNC_TESTS_SUPPORT_BENCH_H

#include "tests/support/process.h"
#include "tests/support/swarm.h"

enum { BENCH_TEXT_SIZE = 700, BENCH_PATH_SIZE = 200 };

/* A store in a folder of its own, with its daemon running. */
struct bench_world {
	char dir[BENCH_PATH_SIZE];   /* for whatever the benchmark makes */
	char store[BENCH_PATH_SIZE]; /* of the daemon */
	struct process daemon;
	char team[40];
	uint32_t worker_count;
};

/* Makes the folder, initialises the store with a schema (a folder below the source tree), starts the daemon, adds a team. */
void bench_world_start(struct bench_world *world, const char *schema);
/* Stops the daemon and removes the folder. */
void bench_world_stop(struct bench_world *world);
/* Adds a worker and gives its id and a one-time code for a device. */
void bench_world_worker(struct bench_world *world, char id[40], char code[600]);
/* A second code for a worker. */
void bench_world_code(struct bench_world *world, const char *worker, char code[600]);

/* Prints `bench NAME VALUE UNIT`. */
void bench_print(const char *name, double value, const char *unit);
/* The median of `count` values; sorts them. */
double bench_median(double *values, int count);

/* A row of the table notitie: about 400 bytes of text and six small columns. */
struct bench_row {
	uint8_t id[16], house[16];
	char day[11];
	const char *kind, *status;
	int64_t weight, version;
	char text[BENCH_TEXT_SIZE];
};
/* Fills a row; its id is time-ordered. */
void bench_row_make(struct bench_row *row, const uint8_t house[16], uint64_t *random);

/* Seals into the device's outbox: the house itself; then `count` changes, `per_changeset` a changeset: of five, four new rows of
 * that house and one update of a row made before (text and version).  `raw`, when given, gets the same rows for the baseline. */
struct bench_raw;
void bench_add_house(struct swarm_device *device, const uint8_t house[16], const char *worker, const char *guest);
void bench_add_changes(struct swarm_device *device, const uint8_t house[16], uint32_t count, uint32_t per_changeset,
		       uint64_t *random, struct bench_raw *raw);

/* The same rows into plain SQLite: WAL, synchronous FULL, one commit per 500 rows, no index beyond the key. */
struct bench_raw *bench_raw_new(const char *path);
/* Writes everything collected and says how long it took, microseconds. */
int64_t bench_raw_write(struct bench_raw *raw);
uint64_t bench_raw_rows(const struct bench_raw *raw);
/* Bytes of the database after a checkpoint. */
int64_t bench_raw_bytes(struct bench_raw *raw);
void bench_raw_free(struct bench_raw *raw);

#endif
