/* world.h: a whole world in one process from one seed: one daemon's store, several devices, and what is on the wire.
 *
 * Runs the shipped sessions, stores and merge: the simulator is only another executor of their effects.  Time, chance, the
 * wire and the disks are the world's own.  Connections stand still and are cut at any byte; each machine has a disk of its
 * own (tests/support/fault_vfs.h), whose power goes, which fails or fills up at any operation; processes are closed or
 * killed and start again at any step. */
#ifndef BSYNC_TESTS_SIM_WORLD_H
#define BSYNC_TESTS_SIM_WORLD_H

#include <stdarg.h>

#include "client-sdk/store/device.h"
#include "core/seal.h"
#include "core/session_client.h"
#include "core/session_server.h"
#include "daemon/store/store.h"
#include "tests/support/fault_vfs.h"

#define WORLD_START_MS INT64_C(1790000000000)

enum { WORLD_DEVICES_MAX = 8, WORLD_PATH_SIZE = 200, WORLD_NOTES_MAX = 20000, WORLD_LINES_MAX = 1000 };

/* A device: its file, its clocks, and its end of a connection. */
struct world_device {
	struct world *world;
	uint32_t number;
	char path[WORLD_PATH_SIZE];
	struct fault_disk *disk;
	struct bsync_surroundings surroundings;
	struct bsync_file *file;
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_verify_key *key;
	int64_t skew_ms, boot_ms; /* wall clock against the truth; when it booted */
	uint64_t boot;
	uint64_t failures;  /* calls on the file that a fault of the disk made fail */
	uint64_t saved_seq; /* of the last COMMIT that returned 0 */
	uint64_t told_seq;  /* the last seq that the daemon gave a receipt for, and its hash */
	struct bsync_digest told_hash;
	uint32_t identity;         /* the number of the device that it is, or is a copy of */
	bool is_put_back;          /* its disk was replaced by an older image since its last start */
	uint64_t away_until;       /* the step before which there is no network; bytes on the wire wait */
	uint64_t clogged_until[2]; /* the step before which nothing arrives: [0] at the device, [1] at the daemon */
	/* While connected. */
	struct bsync_session_client *client;
	struct bsync_session_server *server;
	struct bsync_clock_anchor anchor; /* of the session, as the daemon sees it */
	struct bsync_line_id line;
	uint64_t opened_seq; /* the last seq the daemon has opened */
	struct bsync_position confirmed;
	struct bsync_digest opened_hash;
	struct bsync_buffer up, down; /* bytes on the wire */
	struct bsync_frame_reader up_reader, down_reader;
	struct bsync_pull *pull;
	struct bsync_view *pull_view;
	bool waits;      /* the pull goes on at the daemon's next turn */
	uint64_t synced; /* SYNCs answered in this connection */
	bool is_broken;  /* a session closed by itself */
	enum bsync_result broken;
	uint64_t asked_id; /* questions up to it were put in this connection */
	bool must_ask;     /* an answer has come, or there may be more to ask */
	bool has_form;     /* a point is under edit_begin */
	char form[48];
};

struct world {
	uint64_t seed, random;
	int64_t now_ms;  /* the wall clock of the daemon's machine */
	int64_t skew_ms; /* of it, against the truth */
	bool is_traced;
	bool is_calm; /* faults have stopped */
	char store_path[WORLD_PATH_SIZE];
	struct fault_disk *disk; /* of the daemon */
	uint64_t failures;       /* calls on the store that a fault of the disk made fail */
	bool is_log_ahead;       /* a commit failed, and its pages may be in the log until the next */
	uint64_t full_until;     /* the step before which some disk is full */
	struct bsync_key store_key;
	struct bsync_random chance;
	struct bsync_store *store;
	uint32_t view_count;
	struct bsync_view *views[WORLD_DEVICES_MAX + 1]; /* not taken by a pull now */
	struct world_device devices[WORLD_DEVICES_MAX];
	uint32_t device_count;
	uint64_t steps, cuts, restarts, changesets, resolved, items;
	char failure[600]; /* empty: none */
};

/* A number below `bound`. */
uint32_t world_below(struct world *world, uint32_t bound);
/* The truth, which no clock shows. */
int64_t world_true_ms(const struct world *world);
/* Writes a line of the trace when the world is traced. */
void world_trace(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes the first failure. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

void world_start(struct world *world, uint64_t seed, bool is_traced);
void world_end(struct world *world);

/* Brings one more machine to life, whose disk is a copy of that of `device` as it is now.  NULL: there is no room. */
struct world_device *world_clone(struct world_device *device);

void device_connect(struct world_device *device);
void device_cut(struct world_device *device);
/* Delivers up to `size` bytes in one direction. */
void device_deliver(struct world_device *device, bool is_up, size_t size);
/* Everything on the wire is delivered, both ways, until it is quiet. */
void device_settle(struct world_device *device);
/* Its file has been opened: sets the world's limits. */
void device_opened(struct world_device *device);
/* Its forms, also those of processes that were killed, are over: no row is waited for with the key alone. */
void device_forms_end(struct world_device *device);
/* Carries out what a step of its conversation asks for. */
void device_carry(struct world_device *device, const struct bsync_effects *effects);
/* Tells the conversation that the outbox has grown. */
void device_committed(struct world_device *device);

/* Faults stop: no disk fails, is full or is down any more, the network is whole, everything has started again. */
void world_calm(struct world *world);

/* work.c: one random act of a user or of fate. */
void world_step(struct world *world);

/* check.c: what must hold of a device at any moment, and of all once everybody is quiet. */
void world_look(struct world *world, struct world_device *device);
void world_check(struct world *world);

#endif
