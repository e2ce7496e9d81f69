/* push: 20 devices hand in 500 changes each at once, over TLS, sealed, merged, durable; beside raw SQLite writing the same rows
 * with the same durability.  Then the same with 10 thousand, 100 thousand and a million rows in the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/bench.h"

enum { DEVICES = 20, CHANGES = 500, ROUNDS = 5 };

struct fleet {
	struct bench_world world;
	struct swarm *swarm;
	struct swarm_device *devices[DEVICES];
	uint8_t houses[DEVICES][16];
	char workers[DEVICES][40];
	uint64_t random;
	uint64_t rows; /* in the store */
};

static bool all_synced(void *context)
{
	const struct fleet *fleet = context;
	for (int i = 0; i < DEVICES; i++)
		if (swarm_device_counts(fleet->devices[i])->syncs == 0)
			return false;
	return true;
}

static bool all_durable(void *context)
{
	const struct fleet *fleet = context;
	for (int i = 0; i < DEVICES; i++)
		if (swarm_device_durable_seq(fleet->devices[i]) < swarm_device_last_seq(fleet->devices[i]))
			return false;
	return true;
}

static void must_run(struct fleet *fleet, bool (*done)(void *context), const char *what)
{
	if (swarm_run(fleet->swarm, done, fleet, 300000))
		return;
	fprintf(stderr, "push: %s did not happen\n", what);
	exit(1);
}

static void start(struct fleet *fleet)
{
	memset(fleet, 0, sizeof *fleet);
	fleet->random = 7;
	bench_world_start(&fleet->world, "tests/schemas/bench");
	fleet->swarm = swarm_new();
	for (int i = 0; i < DEVICES; i++) {
		char code[600];
		bench_world_worker(&fleet->world, fleet->workers[i], code);
		fleet->devices[i] = swarm_enrol(fleet->swarm, code, NULL);
		if (swarm_random()->fill(NULL, fleet->houses[i], 16) != 0)
			abort();
		bench_add_house(fleet->devices[i], fleet->houses[i], fleet->workers[i], NULL);
		swarm_device_connect(fleet->devices[i]);
	}
	must_run(fleet, all_synced, "the first sync");
	must_run(fleet, all_durable, "the first hand-in");
}

/* One round: everybody's changes are sealed beforehand, then handed in at once; returns microseconds, and the daemon's CPU. */
static int64_t push_round(struct fleet *fleet, uint32_t per_changeset, uint32_t count, struct bench_raw *raw,
			  int64_t *cpu_us)
{
	for (int i = 0; i < DEVICES; i++)
		bench_add_changes(fleet->devices[i], fleet->houses[i], count, per_changeset, &fleet->random, raw);
	int64_t cpu = process_cpu_us(fleet->world.daemon.pid);
	int64_t began = clock_us();
	for (int i = 0; i < DEVICES; i++)
		swarm_device_committed(fleet->devices[i]);
	must_run(fleet, all_durable, "the hand-in");
	int64_t took = clock_us() - began;
	*cpu_us = process_cpu_us(fleet->world.daemon.pid) - cpu;
	fleet->rows += (uint64_t)count * DEVICES;
	for (int i = 0; i < DEVICES; i++) {
		if (swarm_device_counts(fleet->devices[i])->not_applied == 0)
			continue;
		fprintf(stderr, "push: the store did not simply apply every changeset\n");
		exit(1);
	}
	return took;
}

/* What the devices have put on the wire, TLS included. */
static uint64_t bytes_up(struct fleet *fleet)
{
	uint64_t sum = 0;
	for (int i = 0; i < DEVICES; i++)
		sum += swarm_device_counts(fleet->devices[i])->sent;
	return sum;
}

static void measure(struct fleet *fleet, uint32_t per_changeset, const char *label)
{
	double speed[ROUNDS], ratio[ROUNDS], cpu[ROUNDS], baseline[ROUNDS];
	uint64_t sent = 0;
	for (int round = 0; round < ROUNDS; round++) {
		char path[BENCH_PATH_SIZE + 40];
		snprintf(path, sizeof path, "%s/raw-%s-%d.db", fleet->world.dir, label, round);
		struct bench_raw *raw = bench_raw_new(path);
		uint64_t before = bytes_up(fleet);
		int64_t cpu_us;
		int64_t took = push_round(fleet, per_changeset, CHANGES, raw, &cpu_us);
		sent += bytes_up(fleet) - before;
		int64_t raw_took = bench_raw_write(raw);
		speed[round] = DEVICES * CHANGES * 1e6 / (double)took;
		baseline[round] = DEVICES * CHANGES * 1e6 / (double)raw_took;
		ratio[round] = speed[round] / baseline[round];
		cpu[round] = (double)cpu_us / (DEVICES * CHANGES);
		bench_raw_free(raw);
		(void)unlink(path);
	}
	char name[80];
	snprintf(name, sizeof name, "push_%s", label);
	bench_print(name, bench_median(speed, ROUNDS), "changes/s");
	snprintf(name, sizeof name, "push_%s_raw_sqlite", label);
	bench_print(name, bench_median(baseline, ROUNDS), "changes/s");
	snprintf(name, sizeof name, "push_%s_against_raw", label);
	bench_print(name, bench_median(ratio, ROUNDS), "ratio");
	snprintf(name, sizeof name, "push_%s_server_cpu", label);
	bench_print(name, bench_median(cpu, ROUNDS), "us/change");
	snprintf(name, sizeof name, "push_%s_bytes_up", label);
	bench_print(name, (double)sent / (ROUNDS * DEVICES * CHANGES), "bytes/change");
}

static void store_size(struct fleet *fleet)
{
	char output[PROCESS_OUTPUT_MAX];
	if (process_run((const char *const[]){"buurtsyncctl", "--dir", fleet->world.store, "stats", "--json", NULL},
			output) == 0)
		fprintf(stderr, "  %s", output);
}

/* Fills the store to about `rows` rows, then measures one push and one reconnect with nothing to do. */
static void at_size(struct fleet *fleet, uint64_t rows, const char *label)
{
	int64_t cpu;
	while (fleet->rows < rows) {
		uint64_t left = (rows - fleet->rows) / DEVICES + 1;
		push_round(fleet, 100, left > 5000 ? 5000 : (uint32_t)left, NULL, &cpu);
	}
	double speed[ROUNDS], wait[ROUNDS], bytes = 0;
	for (int round = 0; round < ROUNDS; round++)
		speed[round] = DEVICES * CHANGES * 1e6 / (double)push_round(fleet, 10, CHANGES, NULL, &cpu);
	struct swarm_device *device = fleet->devices[0];
	for (int round = 0; round < ROUNDS; round++) {
		swarm_device_disconnect(device);
		swarm_device_connect(device);
		must_run(fleet, all_synced, "the reconnect");
		const struct swarm_counts *counts = swarm_device_counts(device);
		wait[round] = (double)(clock_us() - counts->established_us) / 1000;
		bytes = (double)(counts->sent + counts->received - counts->sent_at_established -
				 counts->received_at_established);
	}
	char name[80];
	snprintf(name, sizeof name, "push_10_at_%s_rows", label);
	bench_print(name, bench_median(speed, ROUNDS), "changes/s");
	snprintf(name, sizeof name, "reconnect_idle_at_%s_rows", label);
	bench_print(name, bench_median(wait, ROUNDS), "ms");
	snprintf(name, sizeof name, "reconnect_idle_bytes_at_%s_rows", label);
	bench_print(name, bytes, "bytes");
}

int main(void)
{
	static struct fleet fleet;
	fprintf(stderr, "push: enrolling %d devices\n", DEVICES);
	start(&fleet);
	fprintf(stderr, "push: handing in\n");
	measure(&fleet, 10, "10");
	measure(&fleet, 1, "1");
	store_size(&fleet);
	const char *sizes = getenv("BENCH_ROWS_MAX");
	uint64_t rows_max = sizes != NULL ? strtoull(sizes, NULL, 10) : 1000000;
	fprintf(stderr, "push: growing the store\n");
	at_size(&fleet, 110000, "100k");
	if (rows_max >= 1000000)
		at_size(&fleet, 1000000, "1M");
	store_size(&fleet);
	swarm_free(fleet.swarm);
	bench_world_stop(&fleet.world);
	return 0;
}
