/* scopes: every small history, by every schedule. `scopes --all` runs them, `--wide` more of them; `scopes --case
 * N [--schedule S]` (of --wide: `--wide-case N`) runs one and tells it in SQL; `scopes --cuts` cuts a small sync
 * at every byte. Exit status 0 only if all is well. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/tls.h"
#include "tests/scopes/cuts.h"
#include "tests/scopes/run.h"
#include "tests/scopes/signing.h"
#include "tests/support/process.h"

enum { PROCESSES = 2, LINES_MAX = 40 };

/* What the processes share. */
struct shared {
	atomic_uint begun; /* schedules */
	uint32_t failed[PROCESSES];
	struct outcome outcomes[];
};

static void child(struct shared *shared, uint32_t number, const struct small_case *cases, uint32_t count,
		  uint32_t schedules_to_run)
{
	/* The last first: those with many syncs take longest. */
	for (uint32_t done; (done = atomic_fetch_add(&shared->begun, 1)) < schedules_to_run;) {
		uint32_t s = schedules_to_run - 1 - done;

		shared->failed[number] += run_schedule(cases, count, s, BATCH, &shared->outcomes[(size_t)s * count]);
	}
	fflush(stdout);
	_exit(0);
}

static bool has_act(const struct small_case *c, enum act act)
{
	for (uint32_t k = 0; k < c->count; k++)
		if (c->acts[k] == act)
			return true;
	return false;
}

/* Whether the order of arrival may show. core/MERGE.md has every cell and row free of it, and with them the items. But
 * what is deleted and made anew begins a new life or, where somebody edited it unseen, joins the old one (PROTOCOL 7.4):
 * what `lww` and `keep` show is the same even then. Of two inserts of one key into an append-only table the first to
 * come stays and the other is an item. Where deletes win nothing hangs on the order. */
static bool is_order_free(const struct small_case *c, bool *rows_are)
{
	bool has_delete = has_act(c, DELETE) || has_act(c, DELETE_OTHER) || has_act(c, RENAME) || has_act(c, ANEW_2);
	bool makes_anew = has_act(c, RENAME) || has_act(c, ANEW_2) || has_act(c, ANEW);

	if (c->rule == FREEZE) {
		*rows_are = !signing_is_twice(c);
		return *rows_are && !has_delete && !has_act(c, GOAL_DELETE);
	}
	*rows_are = c->rule == LOG ? c->has_rows
				   : !makes_anew || !has_delete || c->rule == LWW || c->rule == KEEP ||
					     c->rule == SERVER || c->rule == WIN;
	return *rows_are && (!makes_anew || !has_delete || c->rule == WIN);
}

/* Where everybody had seen the same, the outcome must be the same, whatever the order of arrival. */
static uint32_t compare(const struct shared *shared, const struct small_case *cases, uint32_t count)
{
	uint32_t differing = 0;

	for (uint32_t i = 0; i < count; i++) {
		bool rows_are = false;
		bool items_are = is_order_free(&cases[i], &rows_are);

		for (uint32_t s = 1; s < schedule_count; s++) {
			const struct outcome *outcome = &shared->outcomes[(size_t)s * count + i];
			uint32_t t = 0;

			while (shared->outcomes[(size_t)t * count + i].sight != outcome->sight)
				t++;
			const struct outcome *first = &shared->outcomes[(size_t)t * count + i];
			if ((!rows_are || first->rows == outcome->rows) &&
			    (!items_are || first->items == outcome->items))
				continue;
			if (differing++ < LINES_MAX)
				printf("case %u: the order of arrival shows, schedules %u and %u\n", i, t, s);
			break;
		}
	}
	return differing;
}

static int all(bool is_wide, uint32_t schedules_to_run)
{
	uint32_t count = 0, failed = 0;
	const struct small_case *cases = cases_all(is_wide, &count);
	size_t size = sizeof(struct shared) + (size_t)count * schedules_to_run * sizeof(struct outcome);
	struct shared *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t began = clock_us();
	pid_t pids[PROCESSES];

	if (shared == MAP_FAILED)
		return 1;
	run_begin(cases, count);
	for (uint32_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			child(shared, i, cases, count, schedules_to_run);
	}
	for (uint32_t i = 0; i < PROCESSES; i++) {
		int status = 0;

		if (waitpid(pids[i], &status, 0) < 0 || status != 0)
			failed++;
		failed += shared->failed[i];
	}
	uint32_t differing = compare(shared, cases, count);
	printf("%u cases by %u schedules: %u failed, in %u the order of arrival shows, %.1f s\n", count,
	       schedules_to_run, failed, differing, (double)(clock_us() - began) / 1e6);
	return failed + differing > 0;
}

/* One that fails only in company, by what else is in its transactions: leaves out of `few` all that is not needed. */
static uint32_t shrink(struct small_case *few, uint32_t count, uint32_t number, uint32_t schedule)
{
	static struct small_case less[CASES_MAX];

	for (uint32_t piece = count / 2; piece > 0; piece /= 2) {
		for (uint32_t at = 0; at < count;) {
			uint32_t size = at + piece < count ? piece : count - at;
			bool has_it = false;

			for (uint32_t i = at; i < at + size; i++)
				has_it = has_it || few[i].number == number;
			memcpy(less, few, at * sizeof *few);
			memcpy(less + at, few + at + size, (count - at - size) * sizeof *few);
			if (!has_it && !run_few(less, count - size, number, schedule, false)) {
				memcpy(few, less, (count - size) * sizeof *few);
				count -= size;
			} else {
				at += size;
			}
		}
	}
	return count;
}

/* Tells a case that fails only in company with as little company of its rule as will do. */
static bool in_company(const struct small_case *cases, uint32_t count, uint32_t number, uint32_t schedule)
{
	static struct small_case few[CASES_MAX];
	uint32_t few_count = 0;

	for (uint32_t i = 0; i < count; i++)
		if (cases[i].rule == cases[number].rule)
			few[few_count++] = cases[i];
	if (run_few(few, few_count, number, schedule, false))
		return true;
	few_count = shrink(few, few_count, number, schedule);
	printf("\n%u cases whose acts share transactions:\n", few_count);
	return run_few(few, few_count, number, schedule, true);
}

static int one(bool is_wide, uint32_t number, int schedule)
{
	uint32_t count = 0;
	const struct small_case *cases = cases_all(is_wide, &count);
	bool is_good = true;

	if (number >= count)
		return 2;
	for (uint32_t s = 0; s < schedule_count_torn; s++)
		if (schedule < 0 ? s < schedule_count : s == (uint32_t)schedule)
			is_good = run_few(&cases[number], 1, number, s, true) && is_good;
	if (is_good && schedule >= 0)
		is_good = in_company(cases, count, number, (uint32_t)schedule);
	return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool is_wide = argc > 1 && strncmp(argv[1], "--wide", 6) == 0;

	if (bsync_tls_library_init() != BSYNC_OK)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	world_prepare_scopes();
	if (argc == 2 && (strcmp(argv[1], "--all") == 0 || strcmp(argv[1], "--wide") == 0))
		return all(is_wide, schedule_count_torn);
	if (argc == 2 && strcmp(argv[1], "--cuts") == 0)
		return cuts_run() ? 0 : 1;
	if ((argc == 3 || (argc == 5 && strcmp(argv[3], "--schedule") == 0)) &&
	    (strcmp(argv[1], "--case") == 0 || strcmp(argv[1], "--wide-case") == 0))
		return one(is_wide, (uint32_t)strtoul(argv[2], NULL, 10),
			   argc == 5 ? (int)strtol(argv[4], NULL, 10) : -1);
	fprintf(stderr,
		"usage: scopes --all | --wide | --cuts | --case N [--schedule S] | --wide-case N [--schedule S]\n");
	return 2;
}
