/* fault_vfs.h: disks in memory for SQLite that lose, tear, refuse and forget as real ones do.
 *
 * A VFS that becomes SQLite's default.  Paths below the folder of a `struct fault_disk` are files on that disk; all other
 * paths go to the VFS that was the default before, so code that opens databases by path needs no change.  What
 * code does to files by itself (a lock file, link, unlink, stat) does not come here: a disk's folder must be a real
 * one where that is needed, and files made outside are brought in with fault_disk_put.
 *
 * One disk is one machine with one power supply, and all that is open on it is one process.  A file has two contents: what
 * programs see, and what is on the medium.  Between them stand the operations since the file's last sync; a power
 * cut decides which of those reached the medium, in sectors of 512 bytes.  Making and deleting a file is such an
 * operation of the disk: it is safe with the first sync of a journal that was made, as SQLite's own VFS for Unix syncs
 * the folder there, or with a delete that syncs the folder.
 *
 * Deterministic: no clock, no threads, chance only from the seeds given.  Locks between connections and WAL's shared
 * memory work within the process.  A sleep of a busy handler takes no time. */
#ifndef BSYNC_TESTS_SUPPORT_FAULT_VFS_H
#define BSYNC_TESTS_SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAULT_SECTOR_SIZE = 512 };

struct fault_disk;
struct fault_image;

/* --- The VFS --- */

/* Makes the VFS SQLite's default; a second call does nothing. */
void fault_vfs_register(void);
/* Makes the former one the default again; no disk and no file may be left. */
void fault_vfs_unregister(void);
/* Begins SQLite's own randomness anew (salts of the WAL), so that one seed gives one run; and sets what SQL's 'now' is. */
void fault_vfs_seed(uint64_t seed, int64_t now_ms);

/* --- Disks --- */

/* A disk without files for all paths that begin with `folder` and a slash. */
struct fault_disk *fault_disk_new(const char *folder);
/* Frees a disk on which nothing is open; NULL is allowed. */
void fault_disk_free(struct fault_disk *disk);

/* Puts a file on the disk, safely stored; replaces one of that name.  `path` is the full path, here and below. */
void fault_disk_put(struct fault_disk *disk, const char *path, const void *data, size_t size);
/* What programs see of a file, or what is on the medium; NULL when it is not there.  Borrowed until the file changes; a
 * caller may change bytes in place, to model rot. */
uint8_t *fault_disk_file(struct fault_disk *disk, const char *path, size_t *size);
uint8_t *fault_disk_medium(struct fault_disk *disk, const char *path, size_t *size);
/* Takes a file away, safely. */
void fault_disk_remove(struct fault_disk *disk, const char *path);

/* All files of a disk as programs see them now, for a restore or for a clone on another disk (names are taken without
 * their folder).  The caller frees it. */
struct fault_image *fault_disk_image(const struct fault_disk *disk);
/* Replaces all files by those of the image, safely stored; nothing may be open. */
void fault_disk_restore(struct fault_disk *disk, const struct fault_image *image);
void fault_image_free(struct fault_image *image);

/* --- Counting --- */

enum fault_op {
	FAULT_OP_OPEN,     /* of a file on the disk */
	FAULT_OP_READ,     /* of content; the size is not counted */
	FAULT_OP_WRITE,    /* of content */
	FAULT_OP_SYNC,     /* of one file */
	FAULT_OP_TRUNCATE, /* also to the size it has */
	FAULT_OP_DELETE,   /* of a file that is there */
	FAULT_OP_COUNT,
};

#define FAULT_OPS(op) (1u << (op))
enum {
	FAULT_OPS_CHANGES = 1u << FAULT_OP_WRITE | 1u << FAULT_OP_SYNC | 1u << FAULT_OP_TRUNCATE |
			    1u << FAULT_OP_DELETE,
	FAULT_OPS_ALL = (1u << FAULT_OP_COUNT) - 1,
};

/* How many operations of the kinds in `ops` came since fault_disk_new or fault_disk_count_reset. */
uint64_t fault_disk_count(const struct fault_disk *disk, uint32_t ops);
void fault_disk_count_reset(struct fault_disk *disk);

/* Tells `watcher` of each operation before it is counted and done, on whichever disk; a plan that it makes for that disk
 * meets this operation first.  NULL ends it. */
typedef void fault_watcher(void *context, struct fault_disk *disk, enum fault_op op);
void fault_vfs_watch(fault_watcher *watcher, void *context);

/* --- Faults that wait for an operation --- */

enum fault_kind {
	FAULT_ERROR, /* EIO; nothing of the operation is done */
	FAULT_FULL,  /* ENOSPC; of a write up to half is done, at a sector */
	FAULT_SHORT, /* of a read half the bytes come, then zeros, as of a file cut off; of a write half is done, then EIO */
	FAULT_POWER, /* the power goes, at this operation, see fault_disk_cut; everything fails until fault_disk_boot */
	FAULT_KILL,  /* the process dies at this operation, which is not done; everything fails until fault_disk_boot */
};

/* What a sync that fails does to what it was to make safe. */
enum fault_unsynced {
	FAULT_UNSYNCED_STAYS,   /* still unsynced: a later sync makes it safe */
	FAULT_UNSYNCED_FORGOT,  /* programs still see it, but no later sync brings it to the medium */
	FAULT_UNSYNCED_REVERTS, /* gone at once, for programs too */
};

/* Which of the operations since the last syncs are on the medium after a power cut. */
enum fault_cut_kind {
	FAULT_CUT_DROP_ALL,
	FAULT_CUT_KEEP_ALL,
	FAULT_CUT_SUBSET,    /* any, by `seed`; whole operations */
	FAULT_CUT_TORN,      /* any, by `seed`; of each write any of its sectors */
	FAULT_CUT_PREFIX,    /* the first `keep`, in the order in which they came */
	FAULT_CUT_TORN_LAST, /* all, but of the last write only the first `keep` sectors */
};

struct fault_cut {
	enum fault_cut_kind kind;
	uint64_t seed;
	uint64_t keep;
};

struct fault_plan {
	enum fault_kind kind;
	uint32_t ops;                 /* counts only operations of these kinds: FAULT_OPS(…) | … */
	uint64_t skip;                /* so many pass, counted from now; the next one is hit */
	bool is_forever;              /* and all after it */
	const char *suffix;           /* only of files whose name ends so ("-wal"); NULL: all; a literal */
	enum fault_unsynced unsynced; /* for a sync that fails */
	struct fault_cut cut;         /* for FAULT_POWER */
};

/* Sets the disk's plan in place of an earlier one; `plan` NULL: no fault. */
void fault_disk_plan(struct fault_disk *disk, const struct fault_plan *plan);
/* How many operations the present plan has hit. */
uint64_t fault_disk_hits(const struct fault_disk *disk);

/* Beside a plan: so many bytes may files still grow, then writes fail with ENOSPC after what fits; UINT64_MAX: no limit.
 * A file that shrinks or goes gives room back. */
void fault_disk_set_room(struct fault_disk *disk, uint64_t bytes);
/* While paused nothing is counted, no plan hits and there is room, so that a check can look at a database. */
void fault_disk_set_paused(struct fault_disk *disk, bool is_paused);
/* Beside a plan: syncs say yes and do nothing. */
void fault_disk_set_lying(struct fault_disk *disk, bool is_lying);

/* --- Crashes --- */

/* How many operations wait for a sync. */
uint64_t fault_disk_unsynced(const struct fault_disk *disk);
/* The power goes now: all that is open is dead (each call on it fails and changes nothing; the caller closes it, before or
 * after the boot), and the medium is what `cut` says.  Everything fails until fault_disk_boot. */
void fault_disk_cut(struct fault_disk *disk, const struct fault_cut *cut);
/* The process dies now: all that is open is dead, what was written stays, synced or not. */
void fault_disk_kill(struct fault_disk *disk);
/* The machine or the process starts again: files can be opened; the plan is taken away, room and lying stay. */
void fault_disk_boot(struct fault_disk *disk);
/* True between a cut or kill, planned ones too, and the boot. */
bool fault_disk_is_down(const struct fault_disk *disk);
/* Files that are open and not dead. */
uint32_t fault_disk_open_count(const struct fault_disk *disk);

#endif
