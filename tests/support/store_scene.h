/* store_scene.h: a central store in a temporary folder, with workers and devices that are only names and numbers.
 *
 * What a device does is written as text, so that a test reads like its story:
 *
 *   insert TABLE KEY[,KEY] COLUMN=VALUE …; update …; delete TABLE KEY [@COUNTER]
 *
 * VALUE is an integer, a real with a point, null, #NAME (16 bytes made of a name), @NAME (a worker's id), x'hex', or
 * text without spaces.  TABLE `item` is that of inbox items.  COLUMN+=N adds to a counter, COLUMN+{a,b} and COLUMN-{a} change a set, COLUMN=VALUE@N has its own
 * base.  COLUMN!=VALUE names every version that the device's last pull showed in that cell.
 * Time moves a second with each changeset made; the scene ends the program when a call fails that should not. */
#ifndef BSYNC_TESTS_SUPPORT_STORE_SCENE_H
#define BSYNC_TESTS_SUPPORT_STORE_SCENE_H

#include "daemon/store/store.h"

#define SCENE_NOW_MS INT64_C(1767225600000)

enum { SCENE_DEVICES_MAX = 16, SCENE_DUMP_SIZE = 1 << 20 };

struct scene_device {
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_line_id line;
	uint64_t seq;                 /* the last made */
	struct bsync_digest hash;     /* of it */
	struct bsync_position cursor; /* what it has confirmed */
	struct bsync_position said;   /* what its connection knows of that, whatever became of it; else nothing */
	int64_t seen_ms;
	int64_t clock_ms; /* added to the scene's time: the device's stamp */
};

struct scene {
	char folder[64];
	char path[80];
	struct bsync_key key;
	uint64_t chance;
	struct bsync_random random;
	int64_t now_ms;
	struct bsync_store *store;
	struct bsync_view *view;
	uint32_t device_count;
	char reason[300];             /* of the last receipt */
	struct bsync_receipt receipt; /* the last; its reason borrows from `reason` */
	struct bsync_touched touched; /* of the last group */
};

/* Two workers of one team, Zuid, with a device each. */
struct scene_pair {
	struct scene scene;
	struct scene_device anna, bram;
};

/* A sealed changeset, kept to be handed in later or again. */
struct scene_set {
	struct bsync_buffer plain;
	struct bsync_digest hash, previous;
	uint64_t seq;
	int64_t stamp_ms;
};

/* `schema` is a folder from the root of the repository. */
void scene_open(struct scene *scene, const char *schema);
void scene_close(struct scene *scene);
/* The chance of a scene, which is the same each time. */
struct bsync_random scene_random(struct scene *scene);
/* Closes the store and opens it again. */
void scene_reopen(struct scene *scene);

void scene_team(struct scene *scene, const char *name);
struct bsync_worker_id scene_worker(struct scene *scene, const char *name, const char *team);
struct scene_device scene_device(struct scene *scene, const char *worker);

/* Begins the next line of a device as an EPOCH does, behind all that `device` has made. */
void scene_line(struct scene *scene, struct scene_device *device, const char *name, uint64_t first_seq);
/* Makes the next changeset of a device, without handing it in. */
struct scene_set scene_make(struct scene *scene, struct scene_device *device, const char *text);
void scene_set_free(struct scene_set *set);
/* Hands it in, in a group of its own. */
enum bsync_result scene_hand_in(struct scene *scene, const struct scene_device *device, const struct scene_set *set);
/* Both; gives the verdict. */
enum bsync_verdict scene_do(struct scene *scene, struct scene_device *device, const char *text);
/* The same for bytes that are no changeset. */
enum bsync_verdict scene_do_bytes(struct scene *scene, struct scene_device *device, const char *bytes);

/* Pulls from the device's cursor and confirms; the text has a line for each scope act and row.  Static until the
 * next call.  Counters are left out, so that two stores can be compared. */
const char *scene_pull(struct scene *scene, struct scene_device *device);
/* The same from the beginning, as a new line of nobody, confirming nothing. */
const char *scene_view_of(struct scene *scene, const struct scene_device *device);
/* Opens a store in which Anna and Bram have pulled and nothing is written yet; scene_close closes it. */
void scene_pair_open(struct scene_pair *pair, const char *schema);
/* Anna does it, and both pull. */
void scene_pair_share(struct scene_pair *pair, const char *text);
/* The bytes that the last pull took. */
size_t scene_pull_size(void);

/* One value of one query; text static until the next call; "(none)" without a row, "(null)" for NULL. */
const char *scene_sql(struct scene *scene, const char *sql);
int64_t scene_count(struct scene *scene, const char *sql);
/* Runs SQL on the file behind the store's back. */
void scene_damage(struct scene *scene, const char *sql);
/* The findings of a check, a line each. */
const char *scene_check(struct scene *scene);

/* The 16 bytes of #NAME. */
void scene_id(const char *name, uint8_t id[16]);

#endif
