/* writer_thread.h: the one thread that writes the store, and the queue in front of it.
 *
 * It takes everything that waits into one store transaction, commits, and only then answers.  When the store fails,
 * each job of the transaction is tried again alone, so that one of them cannot stop the others.  Answers come on the
 * loop's thread, in the order of the jobs, with what the transactions touched behind them. */
#ifndef BSYNC_DAEMON_WRITER_THREAD_H
#define BSYNC_DAEMON_WRITER_THREAD_H

#include <uv.h>

#include "daemon/store/store.h"

struct bsync_writer_job;
typedef enum bsync_result bsync_writer_work(struct bsync_writer_job *job, struct bsync_store *store);

struct bsync_writer_job {
	/* Does the work inside a transaction; again, from the start, when the first transaction failed.  A result that
	 * says that the store itself failed undoes the transaction; any other is the job's own affair. */
	bsync_writer_work *run;
	/* Called on the loop's thread once all is durable or has failed; the job is the owner's again. */
	void (*done)(struct bsync_writer_job *job);
	bool is_alone; /* in a transaction of its own, which any result but BSYNC_OK undoes */
	bool is_lazy;  /* may wait a little for company: nobody waits for the answer */
	enum bsync_result result;

	struct bsync_writer_job *next; /* the writer's */
	bool is_awaited, is_finished;  /* the writer's */
};

struct bsync_writer_thread;

struct bsync_writer_settings {
	struct bsync_store *store; /* borrowed; only the writer's from now on */
	uv_loop_t *loop;
	uint32_t wal_pages_max;
	/* What committed transactions touched, on the loop's thread, after the answers. */
	void (*touched)(void *context, const struct bsync_touched *touched);
	void *context;
};

/* What the writer has done so far. */
struct bsync_writer_stats {
	uint64_t groups, jobs, retries, failures;
};

BSYNC_CHECKED enum bsync_result bsync_writer_thread_start(const struct bsync_writer_settings *settings,
							  struct bsync_writer_thread **out);
/* Queues a job; from any thread. */
void bsync_writer_thread_submit(struct bsync_writer_thread *writer, struct bsync_writer_job *job);
/* Queues a job and waits until it is durable or has failed; from any thread but the loop's and the writer's.
 * `done` is not called. */
BSYNC_CHECKED enum bsync_result bsync_writer_thread_run(struct bsync_writer_thread *writer,
							struct bsync_writer_job *job);
struct bsync_writer_stats bsync_writer_thread_stats(struct bsync_writer_thread *writer);

/* Does all that waits, then ends the thread and gives the answers; on the loop's thread.  The loop must run once more
 * before bsync_writer_thread_free. */
void bsync_writer_thread_stop(struct bsync_writer_thread *writer);
void bsync_writer_thread_free(struct bsync_writer_thread *writer);

#endif
