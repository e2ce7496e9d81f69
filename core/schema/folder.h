/* folder.h: read a schema folder from disk, and check one for the operator.
 *
 * A schema folder has files NNNN_name.sql and, if it likes, dictionary.txt; other files are ignored. */
#ifndef BSYNC_CORE_SCHEMA_FOLDER_H
#define BSYNC_CORE_SCHEMA_FOLDER_H

#include <stdio.h>

#include "core/schema/compile.h"

/* An owned copy of a folder; `source` borrows from it. */
struct bsync_schema_folder {
	struct bsync_schema_source source;
	struct bsync_schema_file *files;
	struct bsync_buffer dictionary;
};

/* Reads the folder; the caller clears it.  BSYNC_NOT_FOUND when there is no such folder or no SQL file in
 * it, BSYNC_TOO_LARGE over the limits of compile.h, BSYNC_IO or BSYNC_NO_MEMORY; then it is left empty. */
BSYNC_CHECKED enum bsync_result bsync_schema_folder_read(const char *path, struct bsync_schema_folder *folder);
void bsync_schema_folder_clear(struct bsync_schema_folder *folder);

/* Reads and compiles, and forgets the schema: BSYNC_OK when it is good.  The caller clears `report`. */
BSYNC_CHECKED enum bsync_result bsync_schema_check(const char *path, struct bsync_schema_report *report);

/* Reads and compiles.  On BSYNC_OK the caller frees `*out` and clears `folder`. */
BSYNC_CHECKED enum bsync_result bsync_schema_load(const char *path, struct bsync_schema_folder *folder,
						  struct bsync_schema **out, struct bsync_schema_report *report);

/* Prints a line `FOLDER/FILE:LINE: error: …` or `…: note: …` a finding. */
void bsync_schema_report_print(const struct bsync_schema_report *report, const char *path, FILE *stream);

#endif
