/* daemon_scene.h: a real daemon in a folder of its own, with the schema tests/schemas/lijst, for one test. */
#ifndef BSYNC_TESTS_SUPPORT_DAEMON_SCENE_H
#define BSYNC_TESTS_SUPPORT_DAEMON_SCENE_H

#include "tests/support/peer.h"
#include "tests/support/process.h"

struct daemon_scene {
	char root[100];   /* removed at the end */
	char folder[120]; /* the daemon's */
	struct process daemon;
	bool is_running;
	char team[40];
};

/* Makes the store; `config` replaces the config file ("" for all defaults; port 0 is set in any case).  Where
 * something fails that the test is not about, the program ends with a message. */
void daemon_scene_init(struct daemon_scene *scene, const char *config);
void daemon_scene_start(struct daemon_scene *scene);
/* Sends `signal`; the exit status, or 128 + signal. */
int daemon_scene_stop(struct daemon_scene *scene, int signal);
/* Stops what runs and removes the folder. */
void daemon_scene_clear(struct daemon_scene *scene);

/* Runs buurtsyncctl with up to 8 words (the last is NULL); its exit status, and its output when `output` is given. */
int daemon_scene_ctl(const struct daemon_scene *scene, char output[PROCESS_OUTPUT_MAX], const char *const *words);
/* The number of that name in `stats --json`. */
int64_t daemon_scene_figure(const struct daemon_scene *scene, const char *name);
/* Adds a worker (and a team with the first) and makes a code for a device. */
void daemon_scene_code(struct daemon_scene *scene, const char *worker, char code[600]);
/* Adds a worker and enrols a device for it. */
void daemon_scene_enrol(struct daemon_scene *scene, const char *worker, struct peer *peer);

/* Connects, says hello with the epoch, and takes the WELCOME. */
void daemon_scene_hello(struct peer *peer);
/* Receives until a frame of `kind` comes, passing others over; false when the connection ends first or 5 s go by. */
bool daemon_scene_expect(struct peer *peer, uint8_t kind, struct bsync_frame *frame);
/* Receives until an ERROR comes; its code, or 0 when the connection ends without one, -1 when 5 s go by. */
int daemon_scene_error(struct peer *peer);
/* Receives the RECEIPTS of a push; the number of changesets in it, 0 when none came. */
uint32_t daemon_scene_receipts(struct peer *peer);

/* A TCP connection to the daemon without TLS; -1 when it is refused. */
int daemon_scene_dial(const struct daemon_scene *scene);
/* True when the other side ends the connection within `timeout_ms`. */
bool daemon_scene_is_cut(int socket, int timeout_ms);
void daemon_scene_sleep_ms(int ms);

#endif
