#include "tests/sim/seeds.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A seed takes a tenth of a second; one that takes this long goes round for ever. */
enum { SEED_SECONDS_MAX = 120, TOLD_EVERY = 500 };

struct worker {
	pid_t pid;
	uint64_t seed; /* that it runs */
	bool has_failed;
	char failure[600];
	struct seeds_sum sum;
};

/* What the processes share. */
struct shared {
	_Atomic uint64_t next;  /* to be taken */
	_Atomic uint64_t least; /* that failed; above it none is begun */
	_Atomic uint64_t done;
	struct worker workers[SEEDS_JOBS_MAX];
};

uint32_t seeds_jobs(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online < 1 ? 1 : online > SEEDS_JOBS_MAX ? SEEDS_JOBS_MAX : (uint32_t)online;
}

static void fail(struct shared *shared, struct worker *worker)
{
	uint64_t least = atomic_load(&shared->least);
	worker->has_failed = true;
	while (worker->seed < least && !atomic_compare_exchange_weak(&shared->least, &least, worker->seed))
		;
}

static void add(struct seeds_sum *sum, const struct world *world)
{
	sum->changesets += world->changesets;
	sum->cuts += world->cuts;
	sum->restarts += world->restarts;
	sum->devices += world->device_count;
	sum->days += (uint64_t)((world->now_ms - WORLD_START_MS) * world->device_count / 86400000);
}

/* Seeds are taken in their order, and what is taken is ended: so the least that fails is found, whoever runs it. */
static void work(const struct seeds *seeds, struct shared *shared, struct worker *worker)
{
	static struct world world;
	for (;;) {
		uint64_t seed = atomic_fetch_add(&shared->next, 1);
		if (seed >= seeds->from + seeds->count || seed > atomic_load(&shared->least))
			break;
		worker->seed = seed;
		alarm(SEED_SECONDS_MAX);
		seeds->run(seed, &world);
		add(&worker->sum, &world);
		if (world.failure[0] != '\0') {
			memcpy(worker->failure, world.failure, sizeof worker->failure);
			fail(shared, worker);
			break;
		}
		uint64_t done = atomic_fetch_add(&shared->done, 1) + 1;
		if (done % TOLD_EVERY == 0)
			fprintf(stderr, "sim: %llu seeds\n", (unsigned long long)done);
	}
	alarm(0);
	memcpy(worker->sum.probes, probes_met(), sizeof worker->sum.probes);
}

static void start(const struct seeds *seeds, struct shared *shared, struct worker *worker)
{
	pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		work(seeds, shared, worker);
		exit(0);
	}
	worker->pid = pid;
}

/* A process that ends by itself has run what it took. */
static void wait_for(struct shared *shared, struct worker *worker)
{
	int status = 0;
	if (waitpid(worker->pid, &status, 0) != worker->pid)
		abort();
	if (status == 0)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(worker->failure, sizeof worker->failure, "it does not end");
	else if (WIFSIGNALED(status))
		snprintf(worker->failure, sizeof worker->failure, "it crashes: %s", strsignal(WTERMSIG(status)));
	else
		snprintf(worker->failure, sizeof worker->failure, "it ends with status %d", WEXITSTATUS(status));
	fail(shared, worker);
}

static void sum_up(struct seeds_sum *sum, const struct seeds_sum *part)
{
	sum->changesets += part->changesets;
	sum->cuts += part->cuts;
	sum->restarts += part->restarts;
	sum->devices += part->devices;
	sum->days += part->days;
	for (int i = 0; i < PROBE_COUNT; i++)
		sum->probes[i] += part->probes[i];
}

uint64_t seeds_run(const struct seeds *seeds, struct seeds_sum *sum, char failure[600])
{
	assert(seeds->from > 0 && seeds->jobs > 0 && seeds->jobs <= SEEDS_JOBS_MAX);
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	atomic_init(&shared->next, seeds->from);
	atomic_init(&shared->least, UINT64_MAX);
	*sum = (struct seeds_sum){0};
	fflush(NULL);
	for (uint32_t i = 0; i < seeds->jobs; i++)
		start(seeds, shared, &shared->workers[i]);
	for (uint32_t i = 0; i < seeds->jobs; i++)
		wait_for(shared, &shared->workers[i]);
	uint64_t least = atomic_load(&shared->least);
	for (uint32_t i = 0; i < seeds->jobs; i++) {
		const struct worker *worker = &shared->workers[i];
		sum_up(sum, &worker->sum);
		if (worker->has_failed && worker->seed == least)
			memcpy(failure, worker->failure, sizeof worker->failure);
	}
	munmap(shared, sizeof *shared);
	return least == UINT64_MAX ? 0 : least;
}
