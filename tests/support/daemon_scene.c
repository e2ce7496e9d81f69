#include "tests/support/daemon_scene.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/message.h"

enum { PATIENCE_MS = 5000, WORDS_MAX = 8 };

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "daemon scene: %s\n", what);
	exit(2);
}

void daemon_scene_init(struct daemon_scene *scene, const char *config)
{
	const char *const arguments[] = {"buurtsyncd",  "init",     "--dir",
					 scene->folder, "--schema", BSYNC_SOURCE_DIR "/tests/schemas/lijst",
					 "--name",      "Proef",    NULL};
	char path[200];
	FILE *file;

	memset(scene, 0, sizeof *scene);
	snprintf(scene->root, sizeof scene->root, "/tmp/buurtsync-daemon.XXXXXX");
	must(mkdtemp(scene->root) != NULL, "no folder");
	snprintf(scene->folder, sizeof scene->folder, "%s/store", scene->root);
	must(process_run(arguments, NULL) == 0, "init failed");
	snprintf(path, sizeof path, "%s/buurtsyncd.conf", scene->folder);
	file = fopen(path, "w");
	must(file != NULL, "no config file");
	fprintf(file, "listen = 127.0.0.1:0\nlog_level = error\n%s", config);
	must(fclose(file) == 0, "no config file");
}

/* The scene that a failed check leaves behind. */
static struct daemon_scene *left;

static void clear_left(void)
{
	if (left != NULL)
		daemon_scene_clear(left);
}

void daemon_scene_start(struct daemon_scene *scene)
{
	const char *const arguments[] = {"buurtsyncd", "run", "--dir", scene->folder, NULL};

	if (left == NULL)
		atexit(clear_left);
	left = scene;
	must(process_start(&scene->daemon, arguments), "the daemon does not start");
	scene->is_running = true;
}

int daemon_scene_stop(struct daemon_scene *scene, int signal)
{
	scene->is_running = false;
	return process_stop(&scene->daemon, signal);
}

void daemon_scene_clear(struct daemon_scene *scene)
{
	const char *const arguments[] = {"rm", "-rf", scene->root, NULL};

	if (scene->is_running)
		daemon_scene_stop(scene, SIGKILL);
	if (scene->root[0] == '\0')
		return;
	(void)!process_run(arguments, NULL);
	scene->root[0] = '\0';
}

int daemon_scene_ctl(const struct daemon_scene *scene, char output[PROCESS_OUTPUT_MAX], const char *const *words)
{
	const char *arguments[WORDS_MAX + 4] = {"buurtsyncctl", "--dir", scene->folder};

	for (int i = 0; i < WORDS_MAX && words[i] != NULL; i++)
		arguments[i + 3] = words[i];
	return process_run(arguments, output);
}

int64_t daemon_scene_figure(const struct daemon_scene *scene, const char *name)
{
	static char output[PROCESS_OUTPUT_MAX];
	const char *const words[] = {"stats", "--json", NULL};
	char wanted[100];
	const char *at;

	must(daemon_scene_ctl(scene, output, words) == 0, "stats failed");
	snprintf(wanted, sizeof wanted, "\"%s\":", name);
	at = strstr(output, wanted);
	must(at != NULL, name);
	return strtoll(at + strlen(wanted), NULL, 10);
}

void daemon_scene_code(struct daemon_scene *scene, const char *worker, char code[600])
{
	static char output[PROCESS_OUTPUT_MAX];
	const char *const team[] = {"team", "add", "Zuilen", NULL};
	char id[40];
	const char *const add[] = {"worker", "add", worker, "--team", scene->team, NULL};
	const char *const enroll[] = {"device", "enroll", "--worker", id, NULL};

	if (scene->team[0] == '\0') {
		must(daemon_scene_ctl(scene, output, team) == 0, "team add failed");
		snprintf(scene->team, sizeof scene->team, "%s", process_last_line(output));
	}
	must(daemon_scene_ctl(scene, output, add) == 0, "worker add failed");
	snprintf(id, sizeof id, "%s", process_last_line(output));
	must(daemon_scene_ctl(scene, output, enroll) == 0, "device enroll failed");
	snprintf(code, 600, "%s", process_last_line(output));
}

void daemon_scene_enrol(struct daemon_scene *scene, const char *worker, struct peer *peer)
{
	char code[600];

	daemon_scene_code(scene, worker, code);
	peer_enrol(peer, code, scene->daemon.ready);
}

void daemon_scene_hello(struct peer *peer)
{
	struct bsync_frame frame;

	peer_connect(peer, false);
	peer_send_hello(peer);
	peer_send_epoch(peer, &peer->epoch);
	must(daemon_scene_expect(peer, BSYNC_MESSAGE_WELCOME, &frame), "no WELCOME");
}

bool daemon_scene_expect(struct peer *peer, uint8_t kind, struct bsync_frame *frame)
{
	while (peer_receive(peer, PATIENCE_MS, frame) == BSYNC_OK) {
		if (frame->kind == kind)
			return true;
		if (frame->kind == BSYNC_MESSAGE_ERROR)
			return false;
	}
	return false;
}

int daemon_scene_error(struct peer *peer)
{
	struct bsync_error_message message = {0};
	struct bsync_arena arena;
	struct bsync_frame frame;
	enum bsync_result result;

	while ((result = peer_receive(peer, PATIENCE_MS, &frame)) == BSYNC_OK) {
		if (frame.kind != BSYNC_MESSAGE_ERROR)
			continue;
		bsync_arena_init(&arena, 1 << 16);
		peer_must(bsync_error_decode(frame.payload, &arena, &message), "ERROR");
		bsync_arena_clear(&arena);
		return (int)message.code;
	}
	return result == BSYNC_TIMEOUT ? -1 : 0;
}

uint32_t daemon_scene_receipts(struct peer *peer)
{
	struct bsync_receipts receipts = {0};
	struct bsync_arena arena;
	struct bsync_frame frame;

	if (!daemon_scene_expect(peer, BSYNC_MESSAGE_RECEIPTS, &frame))
		return 0;
	bsync_arena_init(&arena, 1 << 20);
	peer_must(bsync_receipts_decode(frame.payload, &arena, &receipts), "RECEIPTS");
	bsync_arena_clear(&arena);
	return receipts.count;
}

int daemon_scene_dial(const struct daemon_scene *scene)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *colon = strrchr(scene->daemon.ready, ':');
	int endpoint = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(colon != NULL && endpoint >= 0, "no socket");
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (connect(endpoint, (const struct sockaddr *)&address, sizeof address) != 0) {
		close(endpoint);
		return -1;
	}
	return endpoint;
}

bool daemon_scene_is_cut(int socket, int timeout_ms)
{
	int64_t until = clock_us() + (int64_t)timeout_ms * 1000;

	for (;;) {
		struct pollfd wait = {.fd = socket, .events = POLLIN};
		int64_t left_us = until - clock_us();
		char bytes[4096];

		if (left_us <= 0 || poll(&wait, 1, (int)(left_us / 1000) + 1) <= 0)
			return false;
		if (recv(socket, bytes, sizeof bytes, 0) <= 0)
			return true;
	}
}

void daemon_scene_sleep_ms(int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}
