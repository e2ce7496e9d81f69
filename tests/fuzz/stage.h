/* stage.h: a store and two devices on disks in memory, with some content, the same at the beginning of every input.
 *
 * The schema is tests/schemas/lijst.  The store has the lists L1 and L2 with points, handed in by device 0; device 0 has
 * pulled them and has edits of its own that wait; device 1, of another worker, is new. */
#ifndef BSYNC_TESTS_FUZZ_STAGE_H
#define BSYNC_TESTS_FUZZ_STAGE_H

#include "client-sdk/store/device.h"
#include "core/session_client.h"
#include "core/session_server.h"
#include "daemon/store/store.h"
#include "tests/support/fault_vfs.h"

enum { STAGE_DEVICES = 2, STAGE_VIEWS = 2, STAGE_PATH_SIZE = 200 };

struct stage_device {
	uint32_t number;
	char path[STAGE_PATH_SIZE];
	struct fault_disk *disk;
	struct bsync_surroundings surroundings;
	struct bsync_file *file; /* NULL: closed */
	struct bsync_device_id id;
	struct bsync_worker_id worker;
};

struct stage {
	uint64_t random;
	int64_t now_ms;
	char store_path[STAGE_PATH_SIZE];
	struct fault_disk *disk; /* of the store */
	struct bsync_key store_key;
	struct bsync_random chance;
	struct bsync_store *store; /* NULL: closed */
	uint32_t view_count;
	struct bsync_view *views[STAGE_VIEWS];
	struct stage_device devices[STAGE_DEVICES];
};

/* Puts everything back as it was; nothing is open.  The first call makes it. */
struct stage *stage_begin(void);
/* What a session is told of the store as it was. */
const struct bsync_session_store_facts *stage_facts(void);
/* Opens the store, where it is not, or a device's file, or closes what is open. */
void stage_open_store(struct stage *stage);
void stage_open_device(struct stage *stage, uint32_t number);
void stage_end(struct stage *stage);

/* The views beside an open store: to look something up, and one that a pull takes meanwhile. */
struct bsync_view *stage_view(struct stage *stage);
struct bsync_view *stage_pull_view(struct stage *stage);

/* Hands changesets in as they are, unsealed: decodes and applies them in a group of their own. */
enum bsync_result stage_apply(struct stage *stage, struct bsync_batch *batch, struct bsync_arena *arena,
			      struct bsync_receipts *receipts, struct bsync_touched *touched);

/* Whatever a server says, it is the message that is refused: the file itself does not fail by it. */
void stage_check_refusal(const struct bsync_file *file, uint8_t message, enum bsync_result result);
/* Pulls everything the store has for `device` from its cursor into its file, which must take it. */
void stage_pull(struct stage *stage, uint32_t number);
/* The file reads and writes as ever: status, inbox, what waits, SQLite's own check, and a new edit that is undone. */
void stage_check_device(struct stage *stage, uint32_t number);
/* The store keeps its invariants, and a device that is new takes all it gives. */
void stage_check_store(struct stage *stage);

#endif
