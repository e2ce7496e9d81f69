/* scopes: every small history, by every schedule.  `scopes --all` runs them; `scopes --case N [--schedule S]` runs one
 * alone and tells it in SQL; `scopes --cuts` cuts a small sync at every byte.  Exit status 0 only if all is well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/tls.h"
#include "tests/scopes/run.h"
#include "tests/support/process.h"

enum { PROCESSES = 2, LINES_MAX = 40, BATCH = 40 };

/* What the processes share. */
struct shared {
	uint32_t failed[PROCESSES];
	struct outcome outcomes[];
};

static void child(struct shared *shared, uint32_t number, const struct small_case *cases, uint32_t count)
{
	for (uint32_t s = number; s < schedule_count; s += PROCESSES) {
		int64_t began = clock_us();
		shared->failed[number] += run_schedule(cases, count, s, BATCH, &shared->outcomes[(size_t)s * count]);
		if (getenv("SCOPES_VERBOSE") != NULL)
			printf("schedule %u: %.1f s\n", s, (double)(clock_us() - began) / 1e6);
		fflush(stdout);
	}
	fflush(stdout);
	_exit(0);
}

/* Where everybody had seen the same, the outcome must be the same, whatever the order of arrival. */
static uint32_t compare(const struct shared *shared, const struct small_case *cases, uint32_t count)
{
	uint32_t differing = 0;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t s = 1; s < schedule_count; s++) {
			const struct outcome *outcome = &shared->outcomes[(size_t)s * count + i];
			uint32_t t = 0;

			while (shared->outcomes[(size_t)t * count + i].sight != outcome->sight)
				t++;
			const struct outcome *first = &shared->outcomes[(size_t)t * count + i];
			if (first->rows == outcome->rows && first->items == outcome->items)
				continue;
			if (differing++ < LINES_MAX)
				printf("case %u: %s differ by the order of arrival, schedules %u and %u (%s: %s %u, %s %u, %s %u)\n",
				       i, first->rows != outcome->rows ? "rows" : "items", t, s,
				       rule_tables[cases[i].rule], act_names[cases[i].acts[0]], cases[i].devices[0],
				       act_names[cases[i].acts[1]], cases[i].devices[1],
				       cases[i].count > 2 ? act_names[cases[i].acts[2]] : "-", cases[i].devices[2]);
			break;
		}
	}
	return differing;
}

static int all(void)
{
	uint32_t count = 0, failed = 0;
	const struct small_case *cases = cases_all(&count);
	size_t size = sizeof(struct shared) + (size_t)count * schedule_count * sizeof(struct outcome);
	struct shared *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t began = clock_us();
	pid_t pids[PROCESSES];

	if (shared == MAP_FAILED)
		return 1;
	for (uint32_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			child(shared, i, cases, count);
	}
	for (uint32_t i = 0; i < PROCESSES; i++) {
		int status = 0;

		if (waitpid(pids[i], &status, 0) < 0 || status != 0)
			failed++;
		failed += shared->failed[i];
	}
	uint32_t differing = compare(shared, cases, count);
	printf("%u cases by %u schedules, %u failed, %u differ by order, %.1f s\n", count, schedule_count, failed,
	       differing, (double)(clock_us() - began) / 1e6);
	return failed + differing > 0;
}

static int one(uint32_t number, int schedule)
{
	uint32_t count = 0, failed = 0;
	const struct small_case *cases = cases_all(&count);

	if (number >= count)
		return 2;
	for (uint32_t s = 0; s < schedule_count; s++)
		if (schedule < 0 || s == (uint32_t)schedule)
			failed += run_alone(&cases[number], s);
	return failed > 0;
}

int main(int argc, char **argv)
{
	if (bsync_tls_library_init() != BSYNC_OK)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	world_prepare();
	if (argc == 2 && strcmp(argv[1], "--all") == 0)
		return all();
	if (argc == 3 && strcmp(argv[1], "--case") == 0)
		return one((uint32_t)strtoul(argv[2], NULL, 10), -1);
	if (argc == 5 && strcmp(argv[1], "--case") == 0 && strcmp(argv[3], "--schedule") == 0)
		return one((uint32_t)strtoul(argv[2], NULL, 10), (int)strtol(argv[4], NULL, 10));
	fprintf(stderr, "usage: scopes --all | --case N [--schedule S]\n");
	return 2;
}
