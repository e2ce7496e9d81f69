/* connect: what a contact costs: waits on the wire over a 100 ms link, bytes with nothing to do, handshakes a second, and
 * memory of a connection that idles. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/bench.h"

enum { ROUNDS = 5, IDLE_DEVICES = 200, DELAY_MS = 50 };

struct fleet {
	struct swarm *swarm;
	struct swarm_device *devices[IDLE_DEVICES];
	int count;
};

static bool all_synced(void *context)
{
	const struct fleet *fleet = context;
	for (int i = 0; i < fleet->count; i++)
		if (swarm_device_counts(fleet->devices[i])->syncs == 0)
			return false;
	return true;
}

static void must_sync(struct fleet *fleet)
{
	if (swarm_run(fleet->swarm, all_synced, fleet, 120000))
		return;
	fprintf(stderr, "connect: not everybody came in\n");
	exit(1);
}

/* One device, connecting anew over a link with `DELAY_MS` each way. */
static void over_a_long_link(struct bench_world *world)
{
	struct process link;
	char delay[8], worker[40], other_worker[40], code[600];
	snprintf(delay, sizeof delay, "%d", DELAY_MS);
	if (!process_start(&link,
			   (const char *const[]){"faultproxy", "--to", world->daemon.ready, "--delay-ms", delay, NULL}))
		abort();
	struct swarm *swarm = swarm_new();
	bench_world_worker(world, worker, code);
	struct fleet near = {.swarm = swarm, .count = 1}, far = {.swarm = swarm, .count = 1};
	bench_world_worker(world, other_worker, code);
	near.devices[0] = swarm_enrol(swarm, code, NULL);
	bench_world_code(world, worker, code);
	far.devices[0] = swarm_enrol(swarm, code, link.ready);
	uint8_t house[16];
	uint64_t random = 3;
	if (swarm_random()->fill(NULL, house, sizeof house) != 0)
		abort();
	bench_add_house(near.devices[0], house, other_worker, worker);
	swarm_device_connect(near.devices[0]);
	must_sync(&near);
	swarm_device_connect(far.devices[0]);
	must_sync(&far);
	double idle[ROUNDS], both[ROUNDS], waits[ROUNDS], bytes = 0;
	for (int round = 0; round < ROUNDS; round++) {
		swarm_device_disconnect(far.devices[0]);
		int64_t began = clock_us();
		swarm_device_connect(far.devices[0]);
		must_sync(&far);
		idle[round] = (double)(clock_us() - began) / 1000;
		const struct swarm_counts *counts = swarm_device_counts(far.devices[0]);
		waits[round] = (double)(clock_us() - counts->established_us) / (2000.0 * DELAY_MS);
		bytes = (double)(counts->sent + counts->received - counts->sent_at_established -
				 counts->received_at_established);
	}
	for (int round = 0; round < ROUNDS; round++) {
		swarm_device_disconnect(far.devices[0]);
		swarm_device_disconnect(near.devices[0]);
		bench_add_changes(near.devices[0], house, 1, 1, &random, NULL);
		swarm_device_connect(near.devices[0]);
		must_sync(&near);
		bench_add_changes(far.devices[0], house, 1, 1, &random, NULL);
		int64_t began = clock_us();
		swarm_device_connect(far.devices[0]);
		must_sync(&far);
		both[round] = (double)(clock_us() - began) / 1000;
		if (swarm_device_durable_seq(far.devices[0]) != swarm_device_last_seq(far.devices[0]) ||
		    swarm_device_counts(far.devices[0])->rows == 0) {
			fprintf(stderr, "connect: one change each way did not go both ways\n");
			exit(1);
		}
	}
	bench_print("reconnect_idle_100ms_rtt", bench_median(idle, ROUNDS), "ms");
	bench_print("reconnect_waits_after_tls", bench_median(waits, ROUNDS), "round_trips");
	bench_print("reconnect_idle_bytes_after_tls", bytes, "bytes");
	bench_print("one_change_each_way_100ms_rtt", bench_median(both, ROUNDS), "ms");
	swarm_free(swarm);
	process_stop(&link, SIGTERM);
}

static void many_at_once(struct bench_world *world)
{
	static struct fleet fleet;
	char worker[40], code[600];
	fleet.swarm = swarm_new();
	bench_world_worker(world, worker, code);
	fprintf(stderr, "connect: enrolling %d devices\n", IDLE_DEVICES);
	for (int i = 0; i < IDLE_DEVICES; i++) {
		if (i > 0)
			bench_world_code(world, worker, code);
		fleet.devices[i] = swarm_enrol(fleet.swarm, code, NULL);
	}
	fleet.count = IDLE_DEVICES;
	int64_t before = process_memory(world->daemon.pid);
	int64_t cpu = process_cpu_us(world->daemon.pid), began = clock_us();
	for (int i = 0; i < IDLE_DEVICES; i++)
		swarm_device_connect(fleet.devices[i]);
	must_sync(&fleet);
	double took = (double)(clock_us() - began), used = (double)(process_cpu_us(world->daemon.pid) - cpu);
	bench_print("connect_all_at_once", IDLE_DEVICES * 1e6 / took, "devices/s");
	bench_print("connect_server_cpu", used / IDLE_DEVICES / 1000, "ms/device");
	bench_print("connect_per_core", IDLE_DEVICES * 1e6 / used, "devices/s");
	bench_print("idle_memory", (double)(process_memory(world->daemon.pid) - before) / IDLE_DEVICES / 1024,
		    "KiB/device");
	swarm_free(fleet.swarm);
}

int main(void)
{
	static struct bench_world world;
	bench_world_start(&world, "tests/schemas/bench");
	fprintf(stderr, "connect: over a link of %d ms each way\n", DELAY_MS);
	over_a_long_link(&world);
	many_at_once(&world);
	bench_world_stop(&world);
	return 0;
}
