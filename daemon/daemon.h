/* daemon.h: the composition root: owns the loop, the store, the signer and the connections; starts and stops them.
 *
 * Threads: the loop (sockets, sessions), the writer (writer_thread.h), libuv's pool (handshakes, opening of pushes,
 * pulls), and the operator's (control.h).  What has no note beside it belongs to the loop. */
#ifndef BSYNC_DAEMON_DAEMON_H
#define BSYNC_DAEMON_DAEMON_H

#include <stdatomic.h>
#include <uv.h>

#include "core/tls.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/fanout.h"
#include "daemon/keyring.h"
#include "daemon/net/listener.h"
#include "daemon/net/stream.h"
#include "daemon/scratches.h"
#include "daemon/signer.h"
#include "daemon/views.h"
#include "daemon/writer_thread.h"

/* A certificate lasts 90 days and is replaced after 30, so this many reach further than a process lives. */
enum { BSYNC_DAEMON_TLS_KEPT = 64 };

struct bsync_connection;
struct bsync_control;

/* What the operator asks for; the loop writes, any thread reads. */
struct bsync_daemon_counts {
	atomic_uint_fast64_t connections, sessions, handshakes, handshakes_failed, refused, enrolled;
	atomic_uint_fast64_t changesets, changes, bytes_in, bytes_out, pulls, pushes_refused;
};

/* Adds to one of the counts. */
static inline void bsync_daemon_count(atomic_uint_fast64_t *count, uint64_t more)
{
	atomic_fetch_add_explicit(count, more, memory_order_relaxed);
}

/* The view for short questions, from any thread, under its lock; never for a pull. */
struct bsync_lookup {
	pthread_mutex_t lock;
	struct bsync_view *view;
};

/* The schema that an enrolled device is given, from any thread, under its lock.  The dictionary never changes; the
 * loop alone changes the rest, and reads it without the lock. */
struct bsync_daemon_schema {
	pthread_mutex_t lock;
	struct bsync_schema_files files; /* texts in `texts` */
	struct bsync_arena texts;
};

struct bsync_daemon {
	/* Decided before the first thread, then constant: read by all. */
	char folder[BSYNC_PATH_SIZE];
	char store_path[BSYNC_PATH_SIZE];
	struct bsync_config config;
	struct bsync_store_facts facts;
	struct bsync_buffer ca;
	struct bsync_key store_key;

	/* Each safe from any thread. */
	struct bsync_signer signer;
	struct bsync_writer_thread *writer;
	struct bsync_lookup lookup;
	struct bsync_daemon_schema schema;
	struct bsync_scratches scratches;
	struct bsync_daemon_counts counts;

	struct bsync_store *store; /* the writer's while it runs */
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_timer_t tick;
	struct bsync_listener listener;
	struct bsync_stream_shared shared;
	struct bsync_buffer plain; /* scratch for what TLS gives */
	struct bsync_tls_settings *tls;
	struct bsync_tls_settings *tls_before[BSYNC_DAEMON_TLS_KEPT]; /* connections may still use them */
	int64_t tls_made_ms;
	struct bsync_control *control;

	struct bsync_connection *connections;
	struct bsync_number_table devices; /* last 8 bytes of the id to the device's live connection */
	struct bsync_fanout fanout;
	struct bsync_position position; /* of the last commit told */
	uint64_t opened_bytes;          /* of changesets that wait for the writer */
	uint32_t handshakes_running;
	uint32_t handshakes_parallel_max;
	uint32_t pull_steps_running; /* on the pool */
	uint32_t pull_steps_parallel_max;
	struct bsync_connection *handshake_first, *handshake_last; /* wait for a thread */
	struct bsync_connection *inbound_first, *inbound_last;     /* wait until opened_bytes falls */
	struct bsync_connection *pull_first, *pull_last;           /* wait for a view */
	struct bsync_views views;
	struct bsync_buffer pulled; /* scratch for pulls on the loop's thread */
	uint32_t inline_pulls_left; /* of this turn */

	bool is_recovering;            /* a recovery is open, or was when the daemon last looked */
	struct bsync_writer_job *turn; /* of the recovery, while the writer has it */
	int64_t turned_ms;

	bool is_stopping;
	bool is_ending; /* all connections have been told */
	int64_t stop_ms;
	uint64_t watchdog_ms;
};

/* Runs until a signal ends it; returns the exit code.  `listen` replaces the configured address, or is NULL. */
int bsync_daemon_run(const char *folder, const struct bsync_keyring_source *source, const char *listen);

#endif
