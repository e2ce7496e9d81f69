/* world.h: one store and devices with real files, between whose sessions a wire can be cut at a given byte.
 *
 * The shipped code whole: SQL with capture, sealed changesets, both sessions, the store. No chance but that of the
 * keys, from a fixed seed; time is the world's own. A world begins as a copy of one that was made once. */
#ifndef BSYNC_TESTS_SCOPES_WORLD_H
#define BSYNC_TESTS_SCOPES_WORLD_H

#include "client-sdk/store/device.h"
#include "core/frame.h"
#include "core/session_client.h"
#include "core/session_server.h"
#include "daemon/store/store.h"
#include "tests/support/desk.h"
#include "tests/support/nursery.h"

#define WORLD_START_MS INT64_C(1790000000000)

/* The worker of device WORLD_BOSS has the role "baas". */
enum { WORLD_DEVICES = 3, WORLD_BOSS = 1, WORLD_DEVICES_MAX = NURSERY_DEVICES_MAX, WORLD_PATH_SIZE = 200 };

struct world_device {
	struct world *world;
	uint32_t number;
	char path[WORLD_PATH_SIZE];
	struct bsync_surroundings surroundings;
	int64_t skew_ms; /* of its wall clock */
	uint64_t boot;   /* how often it was off and on again */
	struct bsync_file *file;
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_bytes public_key; /* borrowed from the nursery */
	uint64_t handed_in, resent;    /* changesets that came in with a PUSH; those among them whose receipt it had */
	uint64_t answered;             /* the last seq whose receipt it has */
	/* While connected. */
	struct bsync_session_client *client;
	struct bsync_session_server *server;
	struct desk_guest guest;
	struct bsync_buffer up, down; /* bytes on the wire */
	struct bsync_frame_reader up_reader, down_reader;
	struct bsync_pull *pull;
	bool is_over; /* a session closed by itself */
};

struct world {
	uint64_t random;
	int64_t now_ms;
	char dir[WORLD_PATH_SIZE], store_path[WORLD_PATH_SIZE];
	struct bsync_key store_key;
	struct bsync_random chance;
	struct bsync_store *store;
	struct bsync_view *view;
	struct desk desk;
	uint32_t device_count;
	struct world_device devices[WORLD_DEVICES_MAX];
	size_t budget;      /* bytes of changesets that a device puts on the wire at a time */
	char failure[2000]; /* empty: none */
};

/* Ends the program, saying what failed, unless `result` is BSYNC_OK. */
void must(enum bsync_result result, const char *what);
/* Notes the first failure. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes a store with enrolled devices and keeps copies of their files in memory, in place of those before. */
void world_prepare(const struct nursery_plan *plan);
/* The same with three devices and the schema of the scopes. */
void world_prepare_scopes(void);
/* Opens a copy of what was prepared. */
void world_open(struct world *world);
void world_close(struct world *world);
/* The same, but keeps copies of its files in place of what was prepared: worlds begin there from now on. */
void world_keep(struct world *world);

/* Runs SQL on a device's file, ending the program when it fails. */
void device_run(struct world_device *device, const char *sql);
/* Connects the device and delivers everything both ways until it is quiet, then disconnects. */
void device_sync(struct world_device *device);

/* How many bytes pass in each direction before the connection is cut. */
struct wire_limit {
	size_t up, down;
};
/* The same with a cut: what is on the wire behind the limit is lost.  True when it was cut. */
bool device_sync_cut(struct world_device *device, struct wire_limit limit);

/* server.c: the daemon's half. */
void server_accept(struct world_device *device);
void server_drop(struct world_device *device);
/* Tells the session how much waits on the wire: a pull that paused goes on. */
void server_drained(struct world_device *device);
void server_frame(struct world_device *device, const struct bsync_frame *frame);

#endif
