/* device_pull.h: ROWS and SCOPES made by hand, as a store would send them to a device's file. */
#ifndef BSYNC_TESTS_SUPPORT_DEVICE_PULL_H
#define BSYNC_TESTS_SUPPORT_DEVICE_PULL_H

#include "tests/support/device_scene.h"

enum { PULL_CELLS_MAX = 8, PULL_VARIANTS_MAX = 4 };

/* One row under construction; its key is one blob of one byte. */
struct pull_row {
	uint8_t key_byte;
	struct bsync_value key;
	struct bsync_pulled_row row;
	struct bsync_pulled_cell cells[PULL_CELLS_MAX];
	struct bsync_variant variants[PULL_VARIANTS_MAX];
	struct bsync_past past;
};

/* Starts a row of dossier (2) or notitie (3) ... in the first face of the test schema for it. */
void pull_row_init(struct pull_row *row, enum bsync_pulled_kind kind, uint32_t table_no, uint32_t face_no, uint8_t key,
		   uint64_t counter);
void pull_row_value(struct pull_row *row, uint32_t column_no, struct bsync_value value);
void pull_row_text(struct pull_row *row, uint32_t column_no, const char *text);
/* Two standing versions of a cell: `shown` by worker 0x22, `other` by worker `other_author`. */
void pull_row_conflict(struct pull_row *row, uint32_t column_no, const char *shown, const char *other,
		       uint8_t other_author);
/* A replaced value by worker 0x22. */
void pull_row_past(struct pull_row *row, uint32_t column_no, const char *text, uint64_t counter,
		   uint64_t replaced_counter);

/* The scope of one dossier: circle 1, a blob of one byte; and circle 2, 'team'. */
struct bsync_scope_ref pull_scope_dossier(const uint8_t *key);
struct bsync_scope_ref pull_scope_team(void);

/* Hands one row in, and a scope change. */
enum bsync_result pull_send(struct device_scene *scene, struct bsync_scope_ref scope, const struct pull_row *row);
enum bsync_result pull_scope(struct device_scene *scene, enum bsync_scope_act act, struct bsync_scope_ref scope);
/* The same of a scope whose access ends then. */
enum bsync_result pull_scope_until(struct device_scene *scene, enum bsync_scope_act act, struct bsync_scope_ref scope,
				   int64_t until_ms);

/* A scene with dossier 1 as the server has it at position 10, in a scope that the device holds. */
bool pull_scene_make(struct device_scene *scene);
/* Hands in one changed cell of dossier 1 at `counter`. */
enum bsync_result pull_send_text(struct device_scene *scene, uint32_t column_no, const char *text, uint64_t counter);
enum bsync_result pull_send_integer(struct device_scene *scene, uint32_t column_no, int64_t value, uint64_t counter);
/* Hands in the note 8 of dossier 1, whole with `text` or, with NULL, gone, and the PULL_END of `counter`. */
enum bsync_result pull_send_note(struct device_scene *scene, const char *text, uint64_t counter);

#endif
