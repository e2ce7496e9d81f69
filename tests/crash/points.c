#include "tests/crash/points.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/run.h"
#include "tests/support/fault_alloc.h"

enum { SEEN_MAX = 1 << 18 };

double crash_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned long environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? strtoul(text, NULL, 10) : otherwise;
}

/* --- Copies --- */

/* False when the copy failed, with the reason in shared->failure. */
static bool wait_for(struct crash_runs *runs, pid_t copy)
{
	struct crash_shared *shared = runs->shared;
	int status = 0;

	if (copy < 0 || waitpid(copy, &status, 0) != copy)
		abort();
	if (WIFSIGNALED(status))
		snprintf(shared->failure, sizeof shared->failure, "%.120s died by signal %d", shared->step,
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0 && shared->failure[0] == '\0')
		snprintf(shared->failure, sizeof shared->failure, "ended with status %d", WEXITSTATUS(status));
	return shared->failure[0] == '\0';
}

static pid_t copy_begin(struct crash_runs *runs)
{
	pid_t copy;

	runs->shared->failure[0] = '\0';
	fflush(stdout);
	copy = fork();
	if (copy == 0)
		alarm(CRASH_COPY_SECONDS);
	return copy;
}

static void copy_end(const struct crash_runs *runs)
{
	fflush(stdout);
	_exit(runs->shared->failure[0] != '\0');
}

bool crash_run_clean(struct crash_runs *runs, void (*clean)(struct crash_runs *runs))
{
	pid_t copy = copy_begin(runs);

	if (copy == 0) {
		clean(runs);
		copy_end(runs);
	}
	if (wait_for(runs, copy))
		return true;
	printf("# %s: %s\n", runs->scenario->name, runs->shared->failure);
	runs->failures = 1;
	return false;
}

bool crash_point(struct crash_runs *runs, const struct crash_fault *fault)
{
	pid_t copy = copy_begin(runs);

	if (copy == 0) {
		runs->is_copy = true;
		runs->fault = *fault;
		return true;
	}
	runs->points++;
	if (!wait_for(runs, copy) && ++runs->failures <= runs->failures_shown)
		printf("# %s: %s%s %llu %s: %s\n", runs->scenario->name, fault->disk_name, fault->what,
		       (unsigned long long)fault->number, fault->how, runs->shared->failure);
	return false;
}

void crash_run_ahead(struct crash_runs *runs,
		     void (*after)(struct crash_runs *runs, int done, enum bsync_result result))
{
	int done = 0;
	enum bsync_result result = crash_run_steps(runs, &done);

	if (runs->is_copy) {
		after(runs, done, result);
		copy_end(runs);
	}
	crash_must(result, "run ahead");
}

void crash_fail(struct crash_runs *runs, const char *format, ...)
{
	va_list arguments;

	if (runs->shared->failure[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(runs->shared->failure, sizeof runs->shared->failure, format, arguments);
	va_end(arguments);
}

/* --- Steps and ends --- */

enum bsync_result crash_run_steps(struct crash_runs *runs, int *done)
{
	const struct crash_scenario *scenario = runs->scenario;

	while (*done < CRASH_STEPS_MAX && scenario->steps[*done] != NULL) {
		enum bsync_result result;

		snprintf(runs->shared->step, sizeof runs->shared->step, "step %d", *done);
		result = scenario->steps[*done](&runs->world);
		if (result != BSYNC_OK)
			return result;
		runs->world.is_repeated = false;
		++*done;
	}
	return BSYNC_OK;
}

/* Names the first line in which two ends differ. */
static void difference(struct crash_runs *runs, const struct bsync_buffer *end)
{
	const char *clean = runs->shared->end;
	size_t at = 0, line = 0;

	while (at < end->size && at < runs->shared->end_size && (char)end->data[at] == clean[at]) {
		at++;
		if (clean[at - 1] == '\n')
			line = at;
	}
	crash_fail(runs, "the end differs: '%.*s' instead of '%.*s'",
		   (int)strcspn((const char *)end->data + line, "\n"), (const char *)end->data + line,
		   (int)strcspn(clean + line, "\n"), clean + line);
}

void crash_run_end(struct crash_runs *runs, bool is_clean)
{
	struct crash_shared *shared = runs->shared;
	struct bsync_buffer end;

	snprintf(shared->step, sizeof shared->step, "the end");
	bsync_buffer_init(&end, CRASH_END_MAX);
	crash_dump(&runs->world, &end);
	crash_must(bsync_buffer_append(&end, runs->world.seen.data, runs->world.seen.size), "end");
	crash_must(bsync_buffer_append(&end, "", 1), "end");
	if (is_clean) {
		memcpy(shared->end, end.data, end.size);
		shared->end_size = end.size;
	} else if (end.size != shared->end_size || memcmp(end.data, shared->end, end.size) != 0) {
		difference(runs, &end);
	}
	bsync_buffer_clear(&end);
	if (runs->world.trouble != NULL)
		crash_fail(runs, "%s", runs->world.trouble);
	crash_world_close(&runs->world);
	if (is_clean)
		shared->live = fault_alloc_live();
	else if (fault_alloc_live() != shared->live)
		crash_fail(runs, "%lld allocations are not freed", (long long)(fault_alloc_live() - shared->live));
}

/* --- All of a scenario --- */

int crash_runs(const char *name, void (*all)(struct crash_runs *runs))
{
	static struct crash_runs runs;
	pid_t child;
	int status = 0;

	runs = (struct crash_runs){.scenario = crash_scenario(name)};
	if (runs.scenario == NULL)
		abort();
	runs.stride = environment("BUURTSYNC_CRASH_STRIDE", 1);
	runs.first = environment("BUURTSYNC_CRASH_FIRST", 0);
	runs.failures_shown = environment("BUURTSYNC_CRASH_SHOWN", 10);
	runs.shared = mmap(NULL, sizeof *runs.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runs.shared == MAP_FAILED)
		abort();
	/* A process of its own, so that no scenario meets what another left. */
	fflush(stdout);
	child = fork();
	if (child == 0) {
		uint8_t *room;

		crash_world_make(&runs.world, runs.scenario->has_old_device);
		bsync_buffer_init(&runs.world.seen, SEEN_MAX);
		crash_must(bsync_buffer_reserve(&runs.world.seen, SEEN_MAX, &room), "room");
		runs.scenario->prepare(&runs.world);
		all(&runs);
		crash_world_free(&runs.world);
		fflush(stdout);
		_exit(runs.failures < 255 ? (int)runs.failures : 255);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	munmap(runs.shared, sizeof *runs.shared);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
