/* world.h: a daemon's store and two devices in one process, where any call may fail and says so.
 *
 * Runs the shipped sessions, stores and opening of pushes; this executor does with a failure what daemon/ and client-sdk/
 * do: the transaction is rolled back, the conversation ends, and a later one finishes the work.  Files are on
 * disks in memory (tests/support/fault_vfs.h), one for the daemon and one for each device; time stands still and chance
 * comes from a seed, so a run can be repeated exactly. */
#ifndef BSYNC_TESTS_CRASH_WORLD_H
#define BSYNC_TESTS_CRASH_WORLD_H

#include "client-sdk/store/device.h"
#include "core/session_client.h"
#include "core/session_server.h"
#include "daemon/store/store.h"
#include "tests/support/desk.h"
#include "tests/support/fault_vfs.h"

#define CRASH_NOW_MS INT64_C(1790000000000)

enum {
	CRASH_DEVICES = 2,
	CRASH_DISKS = CRASH_DEVICES + 1,
	CRASH_PATH_SIZE = 200,
	CRASH_STEPS_MAX = 12,
	CRASH_KEY_MAX = 1000,
};

struct crash_world;

struct crash_device {
	struct crash_world *world;
	char folder[CRASH_PATH_SIZE], path[CRASH_PATH_SIZE];
	struct fault_disk *disk;
	struct bsync_surroundings surroundings;
	struct bsync_file *file; /* NULL: closed */
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_buffer public_key;
	/* While connected. */
	struct bsync_session_client *client;
	struct bsync_buffer up, down; /* bytes on the wire */
	struct bsync_frame_reader up_reader, down_reader;
	bool is_over; /* the conversation has ended */
	enum bsync_result why;
	uint32_t synced; /* SYNCs answered */
	/* The daemon's part of it. */
	struct bsync_session_server *server;
	struct desk_guest guest;
	struct bsync_position confirm_wanted;
	bool is_silent; /* it sends what is unsent and hears nothing */
	struct bsync_pull *pull;
};

struct crash_world {
	uint64_t random;
	struct bsync_random chance;
	char folder[CRASH_PATH_SIZE], store_folder[CRASH_PATH_SIZE], store_path[CRASH_PATH_SIZE];
	struct fault_disk *disk; /* the daemon's */
	struct bsync_key store_key;
	struct bsync_store *store; /* NULL: the daemon is down */
	struct bsync_view *view;
	struct desk desk;
	struct crash_device devices[CRASH_DEVICES];
	const char *trouble;      /* what must never happen, happened: a static text */
	bool is_repeated;         /* a step runs again after a fault: what it did may be there */
	bool is_strict;           /* a step that fails has done nothing: no fault of a disk was about */
	struct bsync_buffer seen; /* what reading steps found */
	/* The organisation's, for enrolments. */
	struct bsync_signing_key *ca_key;
	struct bsync_buffer ca;
};

/* --- world.c --- */

/* Makes the folder, the disks and the images: a store with two workers, and a device each, not yet connected; all open.
 * `has_old_device`: device 1 knows only the first file of the schema. */
void crash_world_make(struct crash_world *world, bool has_old_device);
void crash_world_free(struct crash_world *world);
/* Ends the program when a preparation fails. */
void crash_must(enum bsync_result result, const char *what);

BSYNC_CHECKED enum bsync_result crash_device_open(struct crash_device *device);
void crash_device_close(struct crash_device *device);
/* Closes everything, as processes that end, and starts nothing. */
void crash_world_close(struct crash_world *world);
/* Runs SQL in one transaction of the application; rolls back when that fails. */
BSYNC_CHECKED enum bsync_result crash_edit(struct crash_device *device, const char *sql);
/* The first column of the first row; BSYNC_NOT_FOUND without one. */
BSYNC_CHECKED enum bsync_result crash_ask(struct crash_device *device, const char *sql, int64_t *out);
/* Connects and syncs until nothing waits; BSYNC_OK when all was handed in and a SYNC answered. */
BSYNC_CHECKED enum bsync_result crash_sync(struct crash_device *device);

/* --- server.c: the daemon's half --- */

BSYNC_CHECKED enum bsync_result crash_server_open(struct crash_world *world);
void crash_server_close(struct crash_world *world);
BSYNC_CHECKED enum bsync_result crash_server_accept(struct crash_device *device);
void crash_server_drop(struct crash_device *device);
void crash_server_frame(struct crash_device *device, const struct bsync_frame *frame);
/* One transaction of the writer thread. */
typedef enum bsync_result crash_job(struct crash_world *world, void *context);
BSYNC_CHECKED enum bsync_result crash_server_write(struct crash_world *world, crash_job *job, void *context);

/* --- dump.c --- */

/* Everything that users can see on the store and the devices, and what the store says of its own soundness. */
void crash_dump(struct crash_world *world, struct bsync_buffer *out);

#endif
