#include "daemon/writer_thread.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/log.h"
#include "daemon/machine.h"

enum {
	GROUP_MAX = 1000,        /* jobs in one transaction, so that no answer waits for ever */
	LAZY_MS = 200,           /* how long a lazy job waits for company */
	DUE_WAIT_MAX_MS = 60000, /* clocks are set: look again */
	FORCED_FACTOR = 4,       /* a log so many times over its maximum is moved even when the writer is busy */
};

/* What one transaction touched, on its way to the loop. */
struct news {
	struct news *next;
	struct bsync_touched touched; /* points into `data` */
	uint64_t data[];
};

struct bsync_writer_thread {
	struct bsync_writer_settings settings;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;     /* for the writer */
	pthread_cond_t finished; /* for those who wait in bsync_writer_thread_run */
	uv_async_t answers;

	/* Under the lock. */
	struct bsync_writer_job *first, **last;
	bool has_urgent;
	bool is_stopping;
	struct bsync_writer_job *done_first, **done_last;
	struct news *news_first, **news_last;
	struct bsync_writer_stats stats;

	/* The writer's own. */
	int64_t due_ms; /* when membership changes by time; 0 never */
};

static bool is_store_failure(enum bsync_result result)
{
	switch ((int)result) {
	case BSYNC_NO_MEMORY:
	case BSYNC_STORAGE:
	case BSYNC_STORAGE_FULL:
	case BSYNC_STORAGE_CORRUPT:
	case BSYNC_BUSY:
	case BSYNC_IO:
		return true;
	default:
		return false;
	}
}

/* --- Telling what was touched --- */

static size_t words(size_t count, size_t size)
{
	return (count * size + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

/* Copies what the store lends; NULL when memory ran out or there is nothing to tell. */
static struct news *copy_news(const struct bsync_touched *touched)
{
	size_t scopes = words(touched->scope_count, sizeof *touched->scopes);
	size_t workers = words(touched->worker_count, sizeof *touched->workers);
	size_t devices = words(touched->device_count, sizeof *touched->devices);
	struct news *news = malloc(sizeof *news + (scopes + workers + devices) * sizeof(uint64_t));

	if (news == NULL)
		return NULL;
	news->next = NULL;
	news->touched = *touched;
	news->touched.scopes = news->data;
	news->touched.workers = (struct bsync_worker_id *)(news->data + scopes);
	news->touched.devices = (struct bsync_device_id *)(news->data + scopes + workers);
	if (touched->scope_count > 0)
		memcpy(news->touched.scopes, touched->scopes, touched->scope_count * sizeof *touched->scopes);
	if (touched->worker_count > 0)
		memcpy(news->touched.workers, touched->workers, touched->worker_count * sizeof *touched->workers);
	if (touched->device_count > 0)
		memcpy(news->touched.devices, touched->devices, touched->device_count * sizeof *touched->devices);
	return news;
}

/* Hands finished jobs, a list ended by NULL, and news to those who wait for them. */
static void publish(struct bsync_writer_thread *writer, struct bsync_writer_job *jobs, struct news *news)
{
	pthread_mutex_lock(&writer->lock);
	while (jobs != NULL) {
		struct bsync_writer_job *job = jobs;

		jobs = job->next;
		job->next = NULL;
		if (job->is_awaited) {
			job->is_finished = true;
			pthread_cond_broadcast(&writer->finished);
			continue;
		}
		*writer->done_last = job;
		writer->done_last = &job->next;
	}
	if (news != NULL) {
		*writer->news_last = news;
		writer->news_last = &news->next;
	}
	pthread_mutex_unlock(&writer->lock);
	uv_async_send(&writer->answers);
}

/* Runs on the loop's thread.  Wake-ups coalesce, so everything that is there is taken. */
static void drain(uv_async_t *handle)
{
	struct bsync_writer_thread *writer = handle->data;
	struct bsync_writer_job *jobs;
	struct news *news;

	pthread_mutex_lock(&writer->lock);
	jobs = writer->done_first;
	news = writer->news_first;
	writer->done_first = NULL;
	writer->done_last = &writer->done_first;
	writer->news_first = NULL;
	writer->news_last = &writer->news_first;
	pthread_mutex_unlock(&writer->lock);
	while (jobs != NULL) {
		struct bsync_writer_job *job = jobs;

		jobs = job->next;
		job->next = NULL;
		job->done(job);
	}
	while (news != NULL) {
		struct news *next = news->next;

		writer->settings.touched(writer->settings.context, &news->touched);
		free(news);
		news = next;
	}
}

/* --- Transactions --- */

static enum bsync_result run_jobs(struct bsync_writer_thread *writer, struct bsync_writer_job *jobs)
{
	struct bsync_store *store = writer->settings.store;
	enum bsync_result result = BSYNC_OK;

	for (struct bsync_writer_job *job = jobs; job != NULL && result == BSYNC_OK; job = job->next) {
		job->result = job->run(job, store);
		if (is_store_failure(job->result) || (job->is_alone && job->result != BSYNC_OK))
			result = job->result;
	}
	if (result == BSYNC_OK)
		result = bsync_store_due(store, bsync_machine_now_ms(), &writer->due_ms);
	return result;
}

/* One transaction for all of `jobs`.  When it fails nothing of it stands. */
static enum bsync_result attempt(struct bsync_writer_thread *writer, struct bsync_writer_job *jobs, struct news **news)
{
	struct bsync_store *store = writer->settings.store;
	struct bsync_touched touched = {0};
	enum bsync_result result = bsync_store_group_begin(store);

	if (result != BSYNC_OK)
		return result;
	result = run_jobs(writer, jobs);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(store, &touched);
	if (result != BSYNC_OK) {
		if (is_store_failure(result))
			bsync_log(BSYNC_LOG_ERROR, "store event=transaction-failed reason=%s text=\"%s\"",
				  bsync_result_name(result), bsync_store_error_text(store));
		bsync_store_group_rollback(store);
		return result;
	}
	*news = copy_news(&touched);
	if (*news == NULL)
		bsync_log(BSYNC_LOG_ERROR, "writer event=news-lost reason=no-memory");
	return BSYNC_OK;
}

static void count_group(struct bsync_writer_thread *writer, uint64_t jobs, uint64_t retries, uint64_t failures)
{
	pthread_mutex_lock(&writer->lock);
	writer->stats.groups++;
	writer->stats.jobs += jobs;
	writer->stats.retries += retries;
	writer->stats.failures += failures;
	pthread_mutex_unlock(&writer->lock);
}

static void run_one(struct bsync_writer_thread *writer, struct bsync_writer_job *job, bool is_retry)
{
	struct news *news = NULL;
	enum bsync_result result;

	job->next = NULL;
	result = attempt(writer, job, &news);
	if (result != BSYNC_OK)
		job->result = result;
	count_group(writer, 1, is_retry, result != BSYNC_OK);
	publish(writer, job, news);
}

static void run_group(struct bsync_writer_thread *writer, struct bsync_writer_job *jobs, uint32_t count)
{
	struct news *news = NULL;

	if (count == 1) {
		run_one(writer, jobs, false);
		return;
	}
	if (attempt(writer, jobs, &news) == BSYNC_OK) {
		count_group(writer, count, 0, 0);
		publish(writer, jobs, news);
		return;
	}
	while (jobs != NULL) {
		struct bsync_writer_job *next = jobs->next;

		run_one(writer, jobs, true);
		jobs = next;
	}
}

/* Cuts the jobs that share the next transaction off the front of `*jobs`. */
static struct bsync_writer_job *cut_group(struct bsync_writer_job **jobs, uint32_t *count)
{
	struct bsync_writer_job *group = *jobs;
	struct bsync_writer_job *end = group;

	*count = 1;
	while (!end->is_alone && end->next != NULL && !end->next->is_alone && *count < GROUP_MAX) {
		end = end->next;
		(*count)++;
	}
	*jobs = end->next;
	end->next = NULL;
	return group;
}

/* --- The thread --- */

static void wait_until(struct bsync_writer_thread *writer, int64_t wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(wait_ms / 1000);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&writer->wake, &writer->lock, &until);
}

static bool is_due(const struct bsync_writer_thread *writer)
{
	return writer->due_ms != 0 && writer->due_ms <= bsync_machine_now_ms();
}

/* Waits until there is work, and takes all of it; false when the thread must end.  The lock is held. */
static bool take_work(struct bsync_writer_thread *writer, struct bsync_writer_job **jobs)
{
	int64_t lazy_until_ms = 0;

	while (!writer->has_urgent && !writer->is_stopping && !is_due(writer)) {
		int64_t now_ms = bsync_machine_uptime_ms();
		int64_t wait_ms = DUE_WAIT_MAX_MS;
		int64_t due_in_ms = writer->due_ms - bsync_machine_now_ms();

		if (writer->due_ms != 0 && due_in_ms < wait_ms)
			wait_ms = due_in_ms;
		if (writer->first != NULL) {
			if (lazy_until_ms == 0)
				lazy_until_ms = now_ms + LAZY_MS;
			if (now_ms >= lazy_until_ms)
				break;
			if (lazy_until_ms - now_ms < wait_ms)
				wait_ms = lazy_until_ms - now_ms;
		}
		wait_until(writer, wait_ms > 0 ? wait_ms : 1);
	}
	*jobs = writer->first;
	writer->first = NULL;
	writer->last = &writer->first;
	writer->has_urgent = false;
	return *jobs != NULL || !writer->is_stopping;
}

static void checkpoint(struct bsync_writer_thread *writer, uint32_t pages_max)
{
	enum bsync_result result = bsync_store_checkpoint(writer->settings.store, pages_max);

	if (result != BSYNC_OK && result != BSYNC_BUSY)
		bsync_log(BSYNC_LOG_WARNING, "store event=checkpoint-failed reason=%s text=\"%s\"",
			  bsync_result_name(result), bsync_store_error_text(writer->settings.store));
}

/* Membership that begins or ends by time, when nothing else runs. */
static void run_due(struct bsync_writer_thread *writer)
{
	struct news *news = NULL;

	if (attempt(writer, NULL, &news) != BSYNC_OK)
		writer->due_ms = bsync_machine_now_ms() + DUE_WAIT_MAX_MS;
	publish(writer, NULL, news);
}

static void *writer_main(void *argument)
{
	struct bsync_writer_thread *writer = argument;
	struct bsync_writer_job *jobs;

	run_due(writer);
	pthread_mutex_lock(&writer->lock);
	while (take_work(writer, &jobs)) {
		bool is_idle;

		pthread_mutex_unlock(&writer->lock);
		if (jobs == NULL)
			run_due(writer);
		while (jobs != NULL) {
			uint32_t count;
			struct bsync_writer_job *group = cut_group(&jobs, &count);

			run_group(writer, group, count);
		}
		pthread_mutex_lock(&writer->lock);
		is_idle = writer->first == NULL;
		pthread_mutex_unlock(&writer->lock);
		checkpoint(writer, writer->settings.wal_pages_max * (is_idle ? 1 : FORCED_FACTOR));
		pthread_mutex_lock(&writer->lock);
	}
	pthread_mutex_unlock(&writer->lock);
	checkpoint(writer, 0);
	return NULL;
}

/* --- What others call --- */

static int start_thread(struct bsync_writer_thread *writer)
{
	sigset_t all;
	sigset_t before;
	int status;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	status = pthread_create(&writer->thread, NULL, writer_main, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

enum bsync_result bsync_writer_thread_start(const struct bsync_writer_settings *settings,
					    struct bsync_writer_thread **out)
{
	struct bsync_writer_thread *writer = calloc(1, sizeof *writer);
	pthread_condattr_t monotonic;

	if (writer == NULL)
		return BSYNC_NO_MEMORY;
	writer->settings = *settings;
	writer->last = &writer->first;
	writer->done_last = &writer->done_first;
	writer->news_last = &writer->news_first;
	if (uv_async_init(settings->loop, &writer->answers, drain) != 0) {
		free(writer);
		return BSYNC_NO_MEMORY;
	}
	writer->answers.data = writer;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->wake, &monotonic);
	pthread_cond_init(&writer->finished, NULL);
	pthread_condattr_destroy(&monotonic);
	if (start_thread(writer) != 0) {
		uv_close((uv_handle_t *)&writer->answers, NULL);
		return BSYNC_NO_MEMORY;
	}
	*out = writer;
	return BSYNC_OK;
}

static void enqueue(struct bsync_writer_thread *writer, struct bsync_writer_job *job)
{
	assert(job->run != NULL);
	assert(!writer->is_stopping);
	job->next = NULL;
	*writer->last = job;
	writer->last = &job->next;
	if (!job->is_lazy)
		writer->has_urgent = true;
	pthread_cond_signal(&writer->wake);
}

void bsync_writer_thread_submit(struct bsync_writer_thread *writer, struct bsync_writer_job *job)
{
	assert(job->done != NULL);
	job->is_awaited = false;
	pthread_mutex_lock(&writer->lock);
	enqueue(writer, job);
	pthread_mutex_unlock(&writer->lock);
}

enum bsync_result bsync_writer_thread_run(struct bsync_writer_thread *writer, struct bsync_writer_job *job)
{
	job->is_awaited = true;
	job->is_finished = false;
	pthread_mutex_lock(&writer->lock);
	if (writer->is_stopping) {
		pthread_mutex_unlock(&writer->lock);
		return BSYNC_SHUTTING_DOWN;
	}
	enqueue(writer, job);
	while (!job->is_finished)
		pthread_cond_wait(&writer->finished, &writer->lock);
	pthread_mutex_unlock(&writer->lock);
	return job->result;
}

struct bsync_writer_stats bsync_writer_thread_stats(struct bsync_writer_thread *writer)
{
	struct bsync_writer_stats stats;

	pthread_mutex_lock(&writer->lock);
	stats = writer->stats;
	pthread_mutex_unlock(&writer->lock);
	return stats;
}

void bsync_writer_thread_stop(struct bsync_writer_thread *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->is_stopping = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	drain(&writer->answers);
	uv_close((uv_handle_t *)&writer->answers, NULL);
}

void bsync_writer_thread_free(struct bsync_writer_thread *writer)
{
	if (writer == NULL)
		return;
	assert(writer->first == NULL);
	pthread_cond_destroy(&writer->finished);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}
