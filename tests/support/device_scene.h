/* device_scene.h: a device's file in a folder of its own, and the store's half of the keys to look into its outbox. */
#ifndef BSYNC_TESTS_SUPPORT_DEVICE_SCENE_H
#define BSYNC_TESTS_SUPPORT_DEVICE_SCENE_H

#include "client-sdk/store/device.h"

enum { DEVICE_SCENE_PATH_SIZE = 120 };

/* Tables of the test schema: medewerker (1, the directory of workers), dossier (2), notitie (3), stand (4, two key columns, WITHOUT
 * ROWID), melding (6, append-only).  Columns of dossier: id, naam (lww), status (keep), teller (counter), labels (set), eerst (first), lokaal (in no face); eerst is to be unique.
 * Circles: kring (1, the scope is the dossier's id; who is called "baas …" leads) and team (2, the scope is the text 'team').  Faces: dossier heel (kring, all
 * but lokaal), dossier kort (team: naam), notitie, stand (kring), medewerker (team). */
extern const char device_scene_schema[];
/* A second file for it: table extra (5) and the column notitie.kleur. */
extern const char device_scene_schema_more[];

struct device_scene {
	char dir[DEVICE_SCENE_PATH_SIZE];
	char path[DEVICE_SCENE_PATH_SIZE];
	struct bsync_clock_reading clock; /* what the device reads; the test sets it */
	struct bsync_surroundings surroundings;
	struct bsync_enrolled enrolled;
	struct bsync_buffer private_key, spki;
	uint8_t seal_private[32];
	struct bsync_file *file;
	struct bsync_arena arena; /* of what the store's half has opened */
	const char *reason;       /* of receipts for what is set aside; NULL: some word */
};

/* Makes the folder and the file and opens it; false with a line on stdout when that fails. */
bool device_scene_make(struct device_scene *scene);
/* Only the folder, the keys and the enrolment. */
bool device_scene_prepare(struct device_scene *scene);
enum bsync_result device_scene_create(struct device_scene *scene, const char *path);
/* Closes the file and removes the folder. */
void device_scene_clear(struct device_scene *scene);
/* Opens a second connection. */
struct bsync_file *device_scene_open(struct device_scene *scene);

/* Runs SQL on `file`; true when it succeeds, else prints why. */
bool device_scene_run(struct bsync_file *file, const char *sql);
/* The first column of the first row as an integer; INT64_MIN when it fails or is NULL. */
int64_t device_scene_integer(struct bsync_file *file, const char *sql);
/* The same as text; "(null)" for NULL, "(none)" without a row; static, until the next call. */
const char *device_scene_text(struct bsync_file *file, const char *sql);

/* What the store makes of everything in the outbox behind the first `after_seq` changesets: checks epoch, signatures, chain and seals, and decodes.
 * Returns the changesets in order; false with a line on stdout when anything does not fit. */
bool device_scene_outbox(struct device_scene *scene, uint64_t after_seq, struct bsync_changeset **sets,
			 uint32_t *count);

/* Hands the file a receipt for `count` changesets from `first_seq`, each with `verdict` at positions from `counter` on. */
enum bsync_result device_scene_receipt(struct device_scene *scene, uint64_t first_seq, uint32_t count, uint64_t counter,
				       enum bsync_verdict verdict);
/* The same from that life of the store. */
enum bsync_result device_scene_receipt_of(struct device_scene *scene, uint32_t incarnation, uint64_t first_seq,
					  uint32_t count, uint64_t counter, enum bsync_verdict verdict);
/* Hands in a PULL_END for position {1, counter}. */
enum bsync_result device_scene_pull_end(struct device_scene *scene, uint64_t counter);

#endif
