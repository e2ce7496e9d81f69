#include "daemon/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/pack.h"
#include "daemon/log.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

enum { REQUESTS_MAX = 8, BACKLOG = 16, PATIENCE_SECONDS = 30, STOP_SECONDS = 3, PIECE_MAX = 1 << 20 };

struct bsync_control {
	struct bsync_daemon *daemon;
	char path[BSYNC_PATH_SIZE];
	int socket;
	int stop[2]; /* a pipe: its other end is closed to end the thread */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t quiet;
	unsigned running;
	struct bsync_view *spare; /* of the last request, for the next */
};

struct request {
	struct bsync_control *control;
	int socket;
	bool is_broken;
};

/* --- Bytes --- */

static bool receive_all(int socket, void *room, size_t size)
{
	uint8_t *at = room;

	while (size > 0) {
		ssize_t got = recv(socket, at, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

static bool send_all(int socket, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t put = send(socket, at, size, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}

static void send_piece(struct request *request, enum bsync_control_piece kind, struct bsync_bytes bytes)
{
	uint8_t header[BSYNC_CONTROL_HEADER_SIZE] = {
		(uint8_t)(bytes.size >> 24),
		(uint8_t)(bytes.size >> 16),
		(uint8_t)(bytes.size >> 8),
		(uint8_t)bytes.size,
		(uint8_t)kind,
	};

	if (!request->is_broken)
		request->is_broken = !send_all(request->socket, header, sizeof header) ||
				     !send_all(request->socket, bytes.data, bytes.size);
}

/* --- What a verb asks of the daemon --- */

struct act_job {
	struct bsync_writer_job job;
	bsync_operator_work *work;
	void *argument;
};

static enum bsync_result run_act(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct act_job *act = (struct act_job *)job;

	return act->work(act->argument, store);
}

static enum bsync_result act(void *context, bsync_operator_work *work, void *argument)
{
	struct request *request = context;
	struct act_job job = {.job = {.run = run_act, .is_alone = true}, .work = work, .argument = argument};

	return bsync_writer_thread_run(request->control->daemon->writer, &job.job);
}

static void write_output(void *context, enum bsync_operator_stream stream, struct bsync_bytes bytes)
{
	while (bytes.size > 0) {
		struct bsync_bytes piece = {bytes.data, bytes.size < PIECE_MAX ? bytes.size : PIECE_MAX};

		send_piece(context, stream == BSYNC_OPERATOR_STDOUT ? BSYNC_CONTROL_STDOUT : BSYNC_CONTROL_STDERR,
			   piece);
		bytes.data += piece.size;
		bytes.size -= piece.size;
	}
}

static void add_stats(void *context, struct bsync_json *json)
{
	const struct request *request = context;
	struct bsync_daemon *daemon = request->control->daemon;
	const struct bsync_daemon_counts *counts = &daemon->counts;
	struct bsync_writer_stats writer = bsync_writer_thread_stats(daemon->writer);
	const struct {
		const char *name;
		uint64_t number;
	} figures[] = {
		{"connections", atomic_load(&counts->connections)},
		{"sessions", atomic_load(&counts->sessions)},
		{"handshakes", atomic_load(&counts->handshakes)},
		{"handshakes_failed", atomic_load(&counts->handshakes_failed)},
		{"refused", atomic_load(&counts->refused)},
		{"enrolled", atomic_load(&counts->enrolled)},
		{"changesets_applied", atomic_load(&counts->changesets)},
		{"changes_applied", atomic_load(&counts->changes)},
		{"pushes_refused", atomic_load(&counts->pushes_refused)},
		{"pulls", atomic_load(&counts->pulls)},
		{"bytes_in", atomic_load(&counts->bytes_in)},
		{"bytes_out", atomic_load(&counts->bytes_out)},
		{"transactions", writer.groups},
		{"writer_jobs", writer.jobs},
		{"writer_failures", writer.failures},
		{"memory_bytes", bsync_machine_memory()},
	};

	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		bsync_json_name(json, figures[i].name);
		bsync_json_unsigned(json, figures[i].number);
	}
}

/* --- One request --- */

static bool is_allowed(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

int bsync_control_words(struct bsync_bytes request, struct bsync_buffer *text, const char **words)
{
	const struct bsync_guard_limits limits = {2, BSYNC_CONTROL_WORDS_MAX + 1, BSYNC_CONTROL_REQUEST_MAX};
	struct bsync_reader reader;
	uint32_t count;
	size_t at = 0;

	bsync_reader_init(&reader, request, &limits);
	count = bsync_read_array(&reader, 0, BSYNC_CONTROL_WORDS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct bsync_bytes word = bsync_read_text(&reader);

		if (bsync_buffer_append(text, word.data, word.size) != BSYNC_OK ||
		    bsync_buffer_append(text, "", 1) != BSYNC_OK)
			return -1;
	}
	if (bsync_reader_end(&reader) != BSYNC_OK)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		words[i] = (const char *)text->data + at;
		at += strlen(words[i]) + 1;
	}
	return at == text->size ? (int)count : -1;
}

/* Reads the words; they point into `text`, which has a NUL behind each. */
static int read_words(int socket, struct bsync_buffer *request, struct bsync_buffer *text, const char **words)
{
	uint8_t header[4];
	uint8_t *room;
	uint32_t size;

	if (!receive_all(socket, header, sizeof header))
		return -1;
	size = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
	if (size > BSYNC_CONTROL_REQUEST_MAX || bsync_buffer_reserve(request, size, &room) != BSYNC_OK ||
	    !receive_all(socket, room, size))
		return -1;
	bsync_buffer_commit(request, size);
	return bsync_control_words(bsync_buffer_bytes(request), text, words);
}

static struct bsync_view *take_view(struct bsync_control *control)
{
	struct bsync_view *view;

	pthread_mutex_lock(&control->lock);
	view = control->spare;
	control->spare = NULL;
	pthread_mutex_unlock(&control->lock);
	if (view == NULL &&
	    bsync_view_open(control->daemon->store_path, &control->daemon->store_key, &view) != BSYNC_OK)
		return NULL;
	if (bsync_view_refresh(view) != BSYNC_OK) {
		bsync_view_close(view);
		return NULL;
	}
	return view;
}

static void give_view(struct bsync_control *control, struct bsync_view *view)
{
	struct bsync_view *old;

	pthread_mutex_lock(&control->lock);
	old = control->spare;
	control->spare = view;
	pthread_mutex_unlock(&control->lock);
	if (old != NULL)
		bsync_view_close(old);
}

static void run_words(struct request *request, int count, const char **words)
{
	struct bsync_daemon *daemon = request->control->daemon;
	struct bsync_operator operator= {
		.program = "buurtsyncctl",
		.view = take_view(request->control),
		.config = &daemon->config,
		.ca = bsync_buffer_bytes(&daemon->ca),
		.organisation = daemon->facts.organisation,
		.store_path = daemon->store_path,
		.act = act,
		.write = write_output,
		.stats = add_stats,
		.context = request,
	};
	uint8_t code = BSYNC_EXIT_STORAGE;

	if (operator.view != NULL) {
		code = (uint8_t)bsync_operator_run(&operator, count, words);
		give_view(request->control, operator.view);
	} else {
		write_output(
			request, BSYNC_OPERATOR_STDERR,
			bsync_bytes_of_string("buurtsyncctl: the store cannot be read now; see the daemon's log\n"));
	}
	send_piece(request, BSYNC_CONTROL_EXIT, (struct bsync_bytes){&code, 1});
}

static void *request_main(void *argument)
{
	struct request *request = argument;
	struct bsync_control *control = request->control;
	const char *words[BSYNC_CONTROL_WORDS_MAX] = {NULL};
	struct bsync_buffer bytes;
	struct bsync_buffer text;
	char quoted[BSYNC_LOG_QUOTED_SIZE];
	int count;

	bsync_buffer_init(&bytes, BSYNC_CONTROL_REQUEST_MAX);
	bsync_buffer_init(&text, BSYNC_CONTROL_REQUEST_MAX + BSYNC_CONTROL_WORDS_MAX);
	count = is_allowed(request->socket) ? read_words(request->socket, &bytes, &text, words) : -1;
	if (count > 0) {
		/* The verb, not its words: they may hold names. */
		bsync_log(BSYNC_LOG_INFO, "control verb=%s", bsync_log_quote(bsync_bytes_of_string(words[0]), quoted));
		run_words(request, count, words);
	}
	close(request->socket);
	free(request);
	bsync_buffer_clear(&bytes);
	bsync_buffer_clear(&text);
	pthread_mutex_lock(&control->lock);
	control->running--;
	pthread_cond_broadcast(&control->quiet);
	pthread_mutex_unlock(&control->lock);
	return NULL;
}

/* --- The socket --- */

static bool begin_request(struct bsync_control *control, int socket)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	struct request *request = calloc(1, sizeof *request);
	pthread_attr_t detached;
	pthread_t thread;
	bool is_begun;

	if (request == NULL)
		return false;
	request->control = control;
	request->socket = socket;
	(void)!setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)!setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	pthread_mutex_lock(&control->lock);
	is_begun = control->running < REQUESTS_MAX;
	if (is_begun)
		control->running++;
	pthread_mutex_unlock(&control->lock);
	if (is_begun) {
		pthread_attr_init(&detached);
		pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
		if (pthread_create(&thread, &detached, request_main, request) != 0) {
			pthread_mutex_lock(&control->lock);
			control->running--;
			pthread_mutex_unlock(&control->lock);
			is_begun = false;
		}
		pthread_attr_destroy(&detached);
	}
	if (!is_begun)
		free(request);
	return is_begun;
}

static void *control_main(void *argument)
{
	struct bsync_control *control = argument;

	for (;;) {
		struct pollfd waits[] = {{.fd = control->socket, .events = POLLIN},
					 {.fd = control->stop[0], .events = POLLIN}};
		int socket;

		if (poll(waits, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (waits[1].revents != 0)
			return NULL;
		if (waits[0].revents == 0)
			continue;
		socket = accept4(control->socket, NULL, NULL, SOCK_CLOEXEC);
		if (socket >= 0 && !begin_request(control, socket))
			close(socket);
	}
}

static enum bsync_result open_socket(struct bsync_control *control)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t before;
	bool is_bound;

	if (bsync_disk_path(control->path, control->daemon->folder, BSYNC_CONTROL_SOCKET) != BSYNC_OK ||
	    strlen(control->path) >= sizeof address.sun_path)
		return BSYNC_TOO_LARGE;
	memcpy(address.sun_path, control->path, strlen(control->path) + 1);
	control->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control->socket < 0)
		return BSYNC_IO;
	/* This process has the store's lock, so what lies there belongs to one that is gone. */
	unlink(control->path);
	before = umask(0177);
	is_bound = bind(control->socket, (const struct sockaddr *)&address, sizeof address) == 0;
	umask(before);
	if (is_bound && listen(control->socket, BACKLOG) == 0 && pipe2(control->stop, O_CLOEXEC) == 0)
		return BSYNC_OK;
	close(control->socket);
	return BSYNC_IO;
}

enum bsync_result bsync_control_start(struct bsync_daemon *daemon, struct bsync_control **out)
{
	struct bsync_control *control = calloc(1, sizeof *control);
	enum bsync_result result;
	sigset_t before;
	sigset_t all;
	int status;

	if (control == NULL)
		return BSYNC_NO_MEMORY;
	control->daemon = daemon;
	result = open_socket(control);
	if (result != BSYNC_OK) {
		free(control);
		return result;
	}
	pthread_mutex_init(&control->lock, NULL);
	pthread_cond_init(&control->quiet, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	status = pthread_create(&control->thread, NULL, control_main, control);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status != 0) {
		close(control->socket);
		free(control);
		return BSYNC_NO_MEMORY;
	}
	*out = control;
	return BSYNC_OK;
}

bool bsync_control_stop(struct bsync_control *control)
{
	struct timespec until;
	bool is_quiet;

	close(control->stop[1]);
	pthread_join(control->thread, NULL);
	close(control->socket);
	unlink(control->path);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	pthread_mutex_lock(&control->lock);
	while (control->running > 0 && pthread_cond_timedwait(&control->quiet, &control->lock, &until) == 0)
		continue;
	is_quiet = control->running == 0;
	pthread_mutex_unlock(&control->lock);
	if (!is_quiet)
		return false;
	close(control->stop[0]);
	if (control->spare != NULL)
		bsync_view_close(control->spare);
	free(control);
	return true;
}
