/* report.h: write the findings of the compiler into its report. */
#ifndef BSYNC_CORE_SCHEMA_REPORT_H
#define BSYNC_CORE_SCHEMA_REPORT_H

#include "core/schema/compile.h"

/* Where a finding is; `file` is borrowed and may be NULL for the folder as a whole. */
struct bsync_schema_place {
	const char *file;
	uint32_t line;
};

/* Adds an error or a note.  Past the maximum, or without memory, an error is counted only. */
void bsync_schema_report_error(struct bsync_schema_report *report, struct bsync_schema_place place, const char *format,
			       ...) __attribute__((format(printf, 3, 4)));
void bsync_schema_report_note(struct bsync_schema_report *report, struct bsync_schema_place place, const char *format,
			      ...) __attribute__((format(printf, 3, 4)));

/* Puts the findings in the order of files and lines. */
void bsync_schema_report_sort(struct bsync_schema_report *report);

#endif
