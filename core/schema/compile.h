/* compile.h: a folder of SQL files in, the compiled schema or a list of problems out.
 *
 * SQLite itself runs the files, on an empty database in memory that has the registry tables
 * (schema/registry/), under an authorizer that allows schema statements and registry rows only.  Reads no
 * file: core/schema/folder.h does.  What a schema is: schema/PROTOCOL.md section 7. */
#ifndef BSYNC_CORE_SCHEMA_COMPILE_H
#define BSYNC_CORE_SCHEMA_COMPILE_H

#include "core/record_type.h"

/* The files and the dictionary together travel in one SCHEMA message. */
enum {
	BSYNC_SCHEMA_FILES_MAX = 1000,
	BSYNC_SCHEMA_SIZE_MAX = 1000000,
	BSYNC_SCHEMA_DICTIONARY_MAX = 65536,
	BSYNC_SCHEMA_PROBLEMS_MAX = 200,
};

/* One file: its name without folder ("0001_dossier.sql") and its text; borrowed. */
struct bsync_schema_file {
	const char *name;
	struct bsync_bytes sql;
};

/* A whole schema as text: files by ascending number, and the zstd dictionary or empty bytes; borrowed. */
struct bsync_schema_source {
	const struct bsync_schema_file *files;
	size_t file_count;
	struct bsync_bytes dictionary;
};

/* One finding: an error stops the schema, a note does not.  `text` says what, why and what to do; `line`
 * counts from 1, 0 when the finding is about the file or folder as a whole. */
struct bsync_schema_problem {
	bool is_error;
	char *file;
	uint32_t line;
	char *text;
};

/* Findings in the order of files and lines; all zeros is an empty one.  At most BSYNC_SCHEMA_PROBLEMS_MAX
 * are kept; `error_count` counts all. */
struct bsync_schema_report {
	struct bsync_schema_problem *problems;
	size_t count;
	size_t error_count;
};

/* Compiles `source` into a new schema; the caller frees it with bsync_schema_free.
 *
 * `*out` is written only on BSYNC_OK.  `report` may be NULL; it is filled (notes too) and the caller clears
 * it.  BSYNC_SCHEMA when the report has an error, else BSYNC_NO_MEMORY or BSYNC_STORAGE.  Nothing points
 * into `source` afterwards. */
BSYNC_CHECKED enum bsync_result bsync_schema_compile(const struct bsync_schema_source *source,
						     struct bsync_schema **out, struct bsync_schema_report *report);

/* The same where the first `kept_count` files are in use: the others may only add to what those make. */
BSYNC_CHECKED enum bsync_result bsync_schema_compile_growth(const struct bsync_schema_source *source, size_t kept_count,
							    struct bsync_schema **out,
							    struct bsync_schema_report *report);

/* Frees what the report owns and empties it. */
void bsync_schema_report_clear(struct bsync_schema_report *report);

/* SHA-256 over, for each file, u32 size and name, u32 size and text, then u32 size and dictionary. */
BSYNC_CHECKED enum bsync_result bsync_schema_hash(const struct bsync_schema_source *source, struct bsync_digest *out);

/* The number a file name begins with; 0 when it has not the form NNNN_name.sql. */
uint32_t bsync_schema_file_number(const char *name);

#endif
