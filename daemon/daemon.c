#include "daemon/daemon.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/connection.h"
#include "daemon/control.h"
#include "daemon/exit.h"
#include "daemon/log.h"
#include "daemon/machine.h"
#include "daemon/notify.h"

#define TLS_LIFE_MS ((int64_t)30 * 24 * 3600 * 1000)
enum {
	TICK_MS = 250,
	PLAIN_MAX = 256 << 10,
	CERTIFICATE_MAX = 8192,
	THREADS_DEFAULT_MIN = 4,
	INLINE_PULLS_MAX = 8,
	PULLED_MAX = 4 << 20,
	SCHEMA_TEXTS_MAX = 4 << 20,
	RECOVERY_TURN_MS = 1000,
	RECOVERY_STEP = 200, /* changesets in one transaction */
};

/* --- The schema --- */

/* Copies the files: those of the store and of its views change under them. */
static enum bsync_result learn_schema(struct bsync_daemon *daemon, uint32_t version,
				      const struct bsync_schema_source *source)
{
	struct bsync_daemon_schema *schema = &daemon->schema;
	struct bsync_schema_files files = {
		.version = version, .dictionary = schema->files.dictionary, .count = (uint32_t)source->file_count};
	enum bsync_result result;

	pthread_mutex_lock(&schema->lock);
	bsync_arena_reset(&schema->texts);
	result = bsync_arena_array(&schema->texts, source->file_count, sizeof *files.files, &files.files);
	for (size_t i = 0; result == BSYNC_OK && i < source->file_count; i++) {
		const struct bsync_bytes name = bsync_bytes_of_string(source->files[i].name);

		files.files[i].name = bsync_arena_copy(&schema->texts, name);
		files.files[i].sql = bsync_arena_copy(&schema->texts, source->files[i].sql);
		if (files.files[i].name.size != name.size || files.files[i].sql.size != source->files[i].sql.size)
			result = BSYNC_NO_MEMORY;
	}
	if (result != BSYNC_OK)
		files = (struct bsync_schema_files){.dictionary = files.dictionary};
	schema->files = files;
	pthread_mutex_unlock(&schema->lock);
	return result;
}

/* --- What is told after commits --- */

/* Those to be woken: first who waits for news of others, then who wrote it and has its receipt. */
struct wake_list {
	struct bsync_connection *readers, *authors;
};

static void mark(struct wake_list *list, struct bsync_connection *connection)
{
	struct bsync_connection **first = connection->is_author ? &list->authors : &list->readers;

	if (connection->is_marked)
		return;
	connection->is_marked = true;
	connection->next_marked = *first;
	*first = connection;
}

static void mark_member(void *context, struct bsync_fanout_member *member)
{
	char *base = (char *)member - offsetof(struct bsync_connection, member);

	mark(context, (struct bsync_connection *)(void *)base);
}

static void mark_worker(struct bsync_daemon *daemon, struct wake_list *list, const struct bsync_worker_id *worker)
{
	for (struct bsync_connection *at = daemon->connections; at != NULL; at = at->next) {
		if (at->session != NULL && memcmp(at->worker.bytes, worker->bytes, BSYNC_ID_SIZE) == 0)
			mark(list, at);
	}
}

static void wake(struct bsync_connection *first)
{
	while (first != NULL) {
		struct bsync_connection *connection = first;

		first = connection->next_marked;
		connection->is_marked = false;
		connection->is_author = false;
		bsync_connection_touched(connection);
	}
}

/* Everybody gets the new schema with the next pull; who enrols gets it at once. */
static void on_schema(struct bsync_daemon *daemon, struct wake_list *list)
{
	const uint32_t before = daemon->schema.files.version;
	enum bsync_result result;

	pthread_mutex_lock(&daemon->lookup.lock);
	result = bsync_view_refresh(daemon->lookup.view);
	if (result == BSYNC_OK)
		result = learn_schema(daemon, bsync_view_schema(daemon->lookup.view)->version,
				      bsync_view_schema_source(daemon->lookup.view));
	pthread_mutex_unlock(&daemon->lookup.lock);
	if (result == BSYNC_OK)
		bsync_log(BSYNC_LOG_INFO, "schema event=applied from=%u to=%u", (unsigned)before,
			  (unsigned)daemon->schema.files.version);
	else
		bsync_log(BSYNC_LOG_ERROR, "schema event=not-learned reason=%s advice=\"restart the daemon\"",
			  bsync_result_name(result));
	for (struct bsync_connection *at = daemon->connections; at != NULL; at = at->next) {
		if (at->session != NULL)
			mark(list, at);
	}
}

static void on_touched(void *context, const struct bsync_touched *touched)
{
	struct bsync_daemon *daemon = context;
	struct wake_list list = {NULL, NULL};

	daemon->inline_pulls_left = INLINE_PULLS_MAX;
	if (touched->position.counter > daemon->position.counter)
		daemon->position = touched->position;
	for (uint32_t i = 0; i < touched->scope_count; i++)
		bsync_fanout_each(&daemon->fanout, touched->scopes[i], mark_member, &list);
	for (uint32_t i = 0; i < touched->worker_count; i++)
		mark_worker(daemon, &list, &touched->workers[i]);
	if (touched->has_schema)
		on_schema(daemon, &list);
	wake(list.readers);
	wake(list.authors);
	for (uint32_t i = 0; i < touched->device_count; i++) {
		struct bsync_connection *connection = bsync_number_table_get(
			&daemon->devices, bsync_connection_device_number(&touched->devices[i]));

		if (connection != NULL)
			bsync_connection_device_changed(connection);
	}
}

/* --- The recovery after a restore --- */

struct turn {
	struct bsync_writer_job job;
	struct bsync_daemon *daemon;
	bool is_over;
};

static enum bsync_result run_turn(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct turn *turn = (struct turn *)job;

	return bsync_store_recovery_turn(store, RECOVERY_STEP, bsync_machine_now_ms(), &turn->is_over);
}

static void turn_done(struct bsync_writer_job *job)
{
	struct turn *turn = (struct turn *)job;
	struct bsync_daemon *daemon = turn->daemon;

	if (job->result != BSYNC_OK)
		bsync_log(BSYNC_LOG_ERROR, "recovery event=step-failed reason=%s", bsync_result_name(job->result));
	else if (turn->is_over)
		bsync_log(BSYNC_LOG_INFO, "recovery event=closed");
	daemon->is_recovering = job->result != BSYNC_OK || !turn->is_over;
	daemon->turn = NULL;
	free(turn);
}

/* A recovery is closed by itself once all have been heard, and goes on where the last process left it. */
static void recover_when_due(struct bsync_daemon *daemon, int64_t uptime_ms)
{
	struct turn *turn = NULL;

	if (!daemon->is_recovering || daemon->turn != NULL || daemon->is_stopping ||
	    uptime_ms - daemon->turned_ms < RECOVERY_TURN_MS)
		return;
	turn = calloc(1, sizeof *turn);
	if (turn == NULL)
		return;
	turn->daemon = daemon;
	turn->job.run = run_turn;
	turn->job.done = turn_done;
	turn->job.is_alone = true;
	daemon->turned_ms = uptime_ms;
	daemon->turn = &turn->job;
	bsync_writer_thread_submit(daemon->writer, &turn->job);
}

/* --- The server's certificate --- */

/* The settings in use make room for new ones.  What falls off the end is left alone: a connection may still use it. */
static void keep_tls(struct bsync_daemon *daemon)
{
	size_t last = BSYNC_DAEMON_TLS_KEPT - 1;

	memmove(daemon->tls_before + 1, daemon->tls_before, last * sizeof(struct bsync_tls_settings *));
	daemon->tls_before[0] = daemon->tls;
}

/* A key of this run alone, which is never on disk, with a certificate of the signer. */
static enum bsync_result make_tls(struct bsync_daemon *daemon)
{
	struct bsync_tls_settings *settings = NULL;
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer public_key;
	struct bsync_buffer certificate;
	enum bsync_result result = bsync_signing_key_make(bsync_machine_random(), &key);

	bsync_buffer_init(&public_key, CERTIFICATE_MAX);
	bsync_buffer_init(&certificate, CERTIFICATE_MAX);
	if (result == BSYNC_OK)
		result = bsync_signing_key_public(key, &public_key);
	if (result == BSYNC_OK)
		result = bsync_signer_issue(&daemon->signer, BSYNC_CERTIFICATE_SERVER, daemon->facts.organisation.bytes,
					    bsync_buffer_bytes(&public_key), &certificate);
	if (result == BSYNC_OK)
		result = bsync_tls_settings_server(bsync_buffer_bytes(&certificate), key,
						   bsync_buffer_bytes(&daemon->ca), bsync_machine_random(), &settings);
	bsync_buffer_clear(&certificate);
	bsync_buffer_clear(&public_key);
	bsync_signing_key_free(key);
	if (result == BSYNC_OK) {
		keep_tls(daemon);
		daemon->tls = settings;
		daemon->tls_made_ms = bsync_machine_now_ms();
	}
	return result;
}

static void renew_tls(struct bsync_daemon *daemon)
{
	enum bsync_result result = make_tls(daemon);

	if (result == BSYNC_OK)
		bsync_log(BSYNC_LOG_INFO, "daemon event=certificate-renewed");
	else
		bsync_log(BSYNC_LOG_ERROR, "daemon event=certificate-not-renewed reason=%s", bsync_result_name(result));
}

static void renew_tls_when_due(struct bsync_daemon *daemon)
{
	int64_t age_ms = bsync_machine_now_ms() - daemon->tls_made_ms;

	/* A clock that was set back counts as well. */
	if (age_ms < TLS_LIFE_MS && age_ms > -TLS_LIFE_MS)
		return;
	renew_tls(daemon);
	/* When the signer does not answer, not every tick asks it. */
	daemon->tls_made_ms = bsync_machine_now_ms();
}

/* --- The orderly stop --- */

/* Connections whose pushes are answered are told; true when none is left, or the time is up. */
static bool wind_down(struct bsync_daemon *daemon)
{
	int64_t waited_ms = (int64_t)uv_now(&daemon->loop) - daemon->stop_ms;
	int64_t patience_ms = (int64_t)daemon->config.stop_seconds * 1000;
	struct bsync_connection *next;

	for (struct bsync_connection *at = daemon->connections; at != NULL; at = next) {
		next = at->next;
		if (!bsync_connection_is_over(at) &&
		    (!bsync_connection_is_handing_in(at) || waited_ms > patience_ms / 2))
			bsync_connection_shut_down(at);
	}
	return daemon->connections == NULL || waited_ms > patience_ms;
}

static void on_tick(uv_timer_t *timer)
{
	struct bsync_daemon *daemon = timer->data;
	int64_t uptime_ms = (int64_t)uv_now(&daemon->loop);
	struct bsync_connection *next;

	for (struct bsync_connection *at = daemon->connections; at != NULL; at = next) {
		next = at->next;
		bsync_connection_tick(at, uptime_ms);
	}
	renew_tls_when_due(daemon);
	recover_when_due(daemon, uptime_ms);
	if (daemon->watchdog_ms != 0 && uptime_ms % (int64_t)daemon->watchdog_ms < TICK_MS)
		bsync_notify("WATCHDOG=1");
	if (daemon->is_stopping && wind_down(daemon))
		uv_stop(&daemon->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct bsync_daemon *daemon = handle->data;

	if (number == SIGHUP) {
		renew_tls(daemon);
		return;
	}
	if (daemon->is_stopping)
		_exit(BSYNC_EXIT_FAILED);
	bsync_log(BSYNC_LOG_INFO, "daemon event=stopping signal=%d", number);
	bsync_notify("STOPPING=1");
	daemon->is_stopping = true;
	daemon->stop_ms = (int64_t)uv_now(&daemon->loop);
	bsync_listener_stop(&daemon->listener);
	wind_down(daemon);
}

static void on_arrival(void *context)
{
	bsync_connection_accept(context);
}

/* --- Start --- */

/* Says why the daemon does not start, and gives the exit code. */
static int failed(const char *what, enum bsync_result result, const char *advice)
{
	fprintf(stderr, "buurtsyncd: %s: %s; %s\n", what, bsync_result_text(result), advice);
	return (int)bsync_exit_code(result);
}

static void raise_limits(void)
{
	const struct rlimit none = {0, 0};
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	/* A core would hold keys and dossiers. */
	(void)!setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)!setrlimit(RLIMIT_NOFILE, &files);
	}
}

static void set_threads(struct bsync_daemon *daemon)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t threads = daemon->config.threads;
	char text[24];

	if (threads == 0)
		threads = cores > 0 ? (uint64_t)cores * 2 : 0;
	if (threads < THREADS_DEFAULT_MIN && daemon->config.threads == 0)
		threads = THREADS_DEFAULT_MIN;
	/* Half of them at most are in handshakes, so that what enrolled devices hand in finds a thread. */
	daemon->handshakes_parallel_max = threads > 3 ? (uint32_t)threads / 2 : 1;
	daemon->pull_steps_parallel_max = daemon->handshakes_parallel_max;
	snprintf(text, sizeof text, "%llu", (unsigned long long)threads);
	setenv("UV_THREADPOOL_SIZE", text, 1);
}

/* Files: config, keys, the signer process, the store.  No socket and no thread yet. */
static int open_files(struct bsync_daemon *daemon, const struct bsync_keyring_source *source)
{
	char error[BSYNC_KEYRING_ERROR_SIZE];
	enum bsync_result result = bsync_keyring_open(daemon->folder, source, &daemon->store_key, error);

	if (result != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: %s\n", error);
		return (int)bsync_exit_code(result);
	}
	bsync_buffer_init(&daemon->ca, CERTIFICATE_MAX);
	result = bsync_keyring_ca_certificate(daemon->folder, &daemon->ca);
	if (result != BSYNC_OK)
		return failed("cannot read ca.crt", result, "restore it from a backup");
	result = bsync_signer_start(daemon->folder, &daemon->store_key, &daemon->signer);
	if (result != BSYNC_OK)
		return failed("cannot open the CA key", result,
			      "check that the store key belongs to this folder, and that keys/ca.key is there");
	result = bsync_store_open(daemon->store_path, &daemon->store_key, bsync_machine_random(), &daemon->store);
	if (result == BSYNC_BUSY)
		return failed("the store is in use", result, "stop the other buurtsyncd or buurtsyncctl first");
	if (result != BSYNC_OK)
		return failed("cannot open the store", result, "`buurtsyncd check` tells more");
	return BSYNC_EXIT_DONE;
}

/* What the store tells as it begins; the schema alone changes later. */
static enum bsync_result learn_facts(struct bsync_daemon *daemon)
{
	const struct bsync_schema_source *source = bsync_store_schema_source(daemon->store);

	daemon->facts = *bsync_store_facts(daemon->store);
	daemon->position = bsync_store_position(daemon->store);
	daemon->is_recovering = bsync_store_is_recovering(daemon->store);
	if (daemon->is_recovering)
		bsync_log(BSYNC_LOG_WARNING,
			  "recovery event=open advice=\"devices hand in and receive nothing; buurtsyncctl "
			  "recovery status tells more\"");
	daemon->schema.files.dictionary = source->dictionary;
	return learn_schema(daemon, bsync_store_schema(daemon->store)->version, source);
}

static enum bsync_result start_writer(struct bsync_daemon *daemon)
{
	const struct bsync_writer_settings settings = {
		.store = daemon->store,
		.loop = &daemon->loop,
		.wal_pages_max = (uint32_t)daemon->config.wal_pages_max,
		.touched = on_touched,
		.context = daemon,
	};

	return bsync_writer_thread_start(&settings, &daemon->writer);
}

static int start_loop(struct bsync_daemon *daemon)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	if (uv_loop_init(&daemon->loop) != 0 || uv_timer_init(&daemon->loop, &daemon->tick) != 0)
		return failed("cannot start", BSYNC_NO_MEMORY, "free some memory");
	daemon->tick.data = daemon;
	uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		uv_signal_init(&daemon->loop, &daemon->signals[i]);
		daemon->signals[i].data = daemon;
		uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
	}
	return BSYNC_EXIT_DONE;
}

/* Enrolment codes carry the port that the system gave. */
static void learn_port(struct bsync_daemon *daemon, const char *host)
{
	const char *port = strrchr(daemon->listener.address, ':');
	bool is_six = strchr(host, ':') != NULL;
	char address[BSYNC_CONFIG_TEXT_SIZE];
	int size = snprintf(address, sizeof address, "%s%s%s%s", is_six ? "[" : "", host, is_six ? "]" : "", port);

	if (size > 0 && (size_t)size < sizeof address)
		memcpy(daemon->config.listen, address, (size_t)size + 1);
}

static int start_service(struct bsync_daemon *daemon)
{
	char host[BSYNC_CONFIG_TEXT_SIZE];
	uint16_t port = 0;
	enum bsync_result result = BSYNC_OK;

	pthread_mutex_init(&daemon->schema.lock, NULL);
	bsync_arena_init(&daemon->schema.texts, SCHEMA_TEXTS_MAX);
	result = learn_facts(daemon);
	bsync_buffer_init(&daemon->plain, PLAIN_MAX);
	bsync_buffer_init(&daemon->pulled, PULLED_MAX);
	bsync_views_init(&daemon->views, daemon->store_path, &daemon->store_key, (uint32_t)daemon->config.views_max);
	pthread_mutex_init(&daemon->lookup.lock, NULL);
	bsync_scratches_init(&daemon->scratches, daemon->schema.files.dictionary);
	if (result == BSYNC_OK)
		result = make_tls(daemon);
	if (result == BSYNC_OK)
		result = bsync_view_open(daemon->store_path, &daemon->store_key, &daemon->lookup.view);
	if (result == BSYNC_OK)
		result = start_writer(daemon);
	if (result != BSYNC_OK)
		return failed("cannot start", result, "`buurtsyncd check` tells more");
	if (!bsync_config_address(daemon->config.listen, host, &port))
		return failed("cannot listen", BSYNC_INVALID, "listen must be HOST:PORT");
	result = bsync_listener_start(&daemon->listener, &daemon->loop, host, port, on_arrival, daemon);
	if (result != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: cannot listen on %s: %s; name another with --listen HOST:PORT\n",
			daemon->config.listen, daemon->listener.error);
		return BSYNC_EXIT_FAILED;
	}
	if (port == 0)
		learn_port(daemon, host);
	result = bsync_control_start(daemon, &daemon->control);
	if (result != BSYNC_OK)
		return failed("cannot open control.sock", result, "check the rights of the folder");
	return BSYNC_EXIT_DONE;
}

/* --- Stop --- */

static void stop_service(struct bsync_daemon *daemon)
{
	bool is_clean = daemon->connections == NULL;

	if (daemon->control != NULL && !bsync_control_stop(daemon->control))
		is_clean = false;
	bsync_listener_stop(&daemon->listener);
	if (daemon->writer != NULL)
		bsync_writer_thread_stop(daemon->writer);
	uv_close((uv_handle_t *)&daemon->tick, NULL);
	for (size_t i = 0; i < sizeof daemon->signals / sizeof daemon->signals[0]; i++)
		uv_close((uv_handle_t *)&daemon->signals[i], NULL);
	uv_run(&daemon->loop, is_clean ? UV_RUN_DEFAULT : UV_RUN_NOWAIT);
	bsync_store_close(daemon->store);
	bsync_signer_stop(&daemon->signer);
	if (!is_clean)
		return; /* Something still uses the rest; the process ends now. */
	bsync_writer_thread_free(daemon->writer);
	bsync_views_clear(&daemon->views);
	bsync_scratches_clear(&daemon->scratches);
	if (daemon->lookup.view != NULL)
		bsync_view_close(daemon->lookup.view);
	bsync_tls_settings_free(daemon->tls);
	for (size_t i = 0; i < BSYNC_DAEMON_TLS_KEPT; i++)
		bsync_tls_settings_free(daemon->tls_before[i]);
	bsync_fanout_clear(&daemon->fanout);
	bsync_number_table_clear(&daemon->devices);
	bsync_buffer_clear(&daemon->plain);
	bsync_buffer_clear(&daemon->pulled);
	bsync_buffer_clear(&daemon->ca);
	bsync_arena_clear(&daemon->schema.texts);
	bsync_key_wipe(&daemon->store_key);
	uv_loop_close(&daemon->loop);
}

static int serve(struct bsync_daemon *daemon)
{
	char ready[128];

	daemon->watchdog_ms = bsync_notify_watchdog_ms();
	printf("ready %s\n", daemon->listener.address);
	fflush(stdout);
	snprintf(ready, sizeof ready, "READY=1\nSTATUS=serving %s", daemon->listener.address);
	bsync_notify(ready);
	bsync_log(BSYNC_LOG_INFO, "daemon event=ready address=%s schema=%u position=%u.%llu", daemon->listener.address,
		  (unsigned)daemon->schema.files.version, (unsigned)daemon->position.incarnation,
		  (unsigned long long)daemon->position.counter);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	return BSYNC_EXIT_DONE;
}

int bsync_daemon_run(const char *folder, const struct bsync_keyring_source *source, const char *listen)
{
	static struct bsync_daemon daemon;
	char error[BSYNC_CONFIG_ERROR_SIZE];
	int code;

	if (bsync_config_load(&daemon.config, folder, error) != BSYNC_OK ||
	    (listen != NULL && bsync_config_set(&daemon.config, "listen", listen, error) != BSYNC_OK)) {
		fprintf(stderr, "buurtsyncd: %s\n", error);
		return BSYNC_EXIT_CONFIG;
	}
	bsync_log_set_level(daemon.config.log_level);
	if (bsync_disk_path(daemon.folder, folder, ".") != BSYNC_OK ||
	    bsync_disk_path(daemon.store_path, folder, "store.db") != BSYNC_OK)
		return failed("the folder's name is too long", BSYNC_TOO_LARGE, "name a shorter one");
	raise_limits();
	code = open_files(&daemon, source);
	if (code != BSYNC_EXIT_DONE)
		return code;
	set_threads(&daemon);
	code = start_loop(&daemon);
	if (code == BSYNC_EXIT_DONE)
		code = start_service(&daemon);
	if (code == BSYNC_EXIT_DONE)
		code = serve(&daemon);
	stop_service(&daemon);
	bsync_log(BSYNC_LOG_INFO, "daemon event=stopped");
	return code;
}
