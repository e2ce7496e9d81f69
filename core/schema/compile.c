#include "core/schema/compile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/keys.h"
#include "core/schema/build.h"

enum { STATEMENTS_MAX = 20000 };

uint32_t bsync_schema_file_number(const char *name)
{
	assert(name != NULL);
	uint32_t number = 0;
	size_t digits = strspn(name, "0123456789");
	size_t size = strlen(name);

	if (digits != 4 || name[4] != '_' || size < 10 || strcmp(name + size - 4, ".sql") != 0)
		return 0;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (uint32_t)(name[i] - '0');
	return number;
}

static enum bsync_result sized_append(struct bsync_buffer *buffer, struct bsync_bytes part)
{
	assert(buffer != NULL);
	uint8_t size[4] = {(uint8_t)(part.size >> 24), (uint8_t)(part.size >> 16), (uint8_t)(part.size >> 8),
			   (uint8_t)part.size};
	enum bsync_result result = bsync_buffer_append(buffer, size, sizeof(size));

	return result == BSYNC_OK ? bsync_buffer_append(buffer, part.data, part.size) : result;
}

enum bsync_result bsync_schema_hash(const struct bsync_schema_source *source, struct bsync_digest *out)
{
	assert(source != NULL);
	assert(out != NULL);
	struct bsync_buffer buffer;
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(&buffer, 2 * (size_t)BSYNC_SCHEMA_SIZE_MAX);
	for (size_t i = 0; result == BSYNC_OK && i < source->file_count; i++) {
		result = sized_append(&buffer, bsync_bytes_of_string(source->files[i].name));
		if (result == BSYNC_OK)
			result = sized_append(&buffer, source->files[i].sql);
	}
	if (result == BSYNC_OK)
		result = sized_append(&buffer, source->dictionary);
	if (result == BSYNC_OK)
		bsync_sha256(bsync_buffer_bytes(&buffer), out);
	bsync_buffer_clear(&buffer);
	return result;
}

static void file_check(const struct bsync_schema_source *source, size_t i, struct bsync_schema_report *report)
{
	assert(source != NULL);
	assert(report != NULL);
	const struct bsync_schema_file *file = &source->files[i];
	struct bsync_schema_place place = {file->name, 0};
	uint32_t number = bsync_schema_file_number(file->name);

	if (number == 0)
		bsync_schema_report_error(report, place,
					  "the file name has not the form NNNN_name.sql, from 0001 on; rename it");
	else if (i > 0 && number <= bsync_schema_file_number(source->files[i - 1].name))
		bsync_schema_report_error(report, place,
					  "its number does not come after that of %s; give it the next number",
					  source->files[i - 1].name);
	if (file->sql.size != 0 && memchr(file->sql.data, 0, file->sql.size) != NULL)
		bsync_schema_report_error(report, place, "the file has a NUL byte; save it as plain UTF-8 text");
	else if (!bsync_utf8_valid(file->sql))
		bsync_schema_report_error(report, place, "the file is not UTF-8; save it as plain UTF-8 text");
}

/* Sizes and names; true when the files can be run. */
static bool source_check(const struct bsync_schema_source *source, struct bsync_schema_report *report)
{
	assert(source != NULL);
	assert(report != NULL);
	struct bsync_schema_place nowhere = {NULL, 0};
	size_t size = source->dictionary.size;

	if (source->file_count == 0)
		bsync_schema_report_error(report, nowhere, "the schema has no file NNNN_name.sql");
	if (source->file_count > BSYNC_SCHEMA_FILES_MAX)
		bsync_schema_report_error(report, nowhere, "the schema has more than %d files", BSYNC_SCHEMA_FILES_MAX);
	if (source->dictionary.size > BSYNC_SCHEMA_DICTIONARY_MAX)
		bsync_schema_report_error(report, nowhere, "the dictionary is larger than %d bytes; 4 KB is enough",
					  BSYNC_SCHEMA_DICTIONARY_MAX);
	if (report->error_count != 0)
		return false;
	for (size_t i = 0; i < source->file_count; i++) {
		size += source->files[i].sql.size + strlen(source->files[i].name);
		file_check(source, i, report);
	}
	if (size > BSYNC_SCHEMA_SIZE_MAX)
		bsync_schema_report_error(report, nowhere,
					  "the files are larger than %d bytes together, and travel in one message",
					  BSYNC_SCHEMA_SIZE_MAX);
	return report->error_count == 0;
}

static bool is_growth(const struct bsync_schema_build *build, size_t file)
{
	assert(build != NULL);
	return build->kept_count != 0 && file >= build->kept_count;
}

/* Records a statement that ran, for place.c. */
static enum bsync_result ran(void *context, size_t file, struct bsync_bytes text)
{
	assert(context != NULL);
	struct bsync_schema_build *build = context;
	struct bsync_schema_statement *statement;
	enum bsync_result result;

	if (build->statement_count == STATEMENTS_MAX)
		return BSYNC_TOO_LARGE;
	if (build->statement_count == build->statement_capacity) {
		size_t capacity = build->statement_capacity == 0 ? 64 : 2 * build->statement_capacity;
		void *grown = realloc(build->statements, capacity * sizeof(*build->statements));
		if (grown == NULL)
			return BSYNC_NO_MEMORY;
		build->statements = grown;
		build->statement_capacity = capacity;
	}
	statement = &build->statements[build->statement_count];
	statement->file = file;
	statement->text = text;
	result = bsync_db_row(build->last_rows);
	for (int i = 0; result == BSYNC_OK && i < BSYNC_REGISTRY_COUNT; i++)
		statement->last_row[i] = bsync_db_int64(build->last_rows, i);
	bsync_db_reset(build->last_rows);
	build->statement_count += result == BSYNC_OK;
	return result == BSYNC_OK && is_growth(build, file) ? bsync_schema_kept_check(build) : result;
}

/* Runs the files: those that are in use first, so that what they made can be remembered. */
static enum bsync_result source_run(struct bsync_schema_build *build, struct bsync_schema_stop *stop)
{
	assert(build != NULL);
	struct bsync_schema_source kept = *build->source;
	uint32_t version = 0;
	enum bsync_result result = BSYNC_OK;

	if (build->kept_count != 0) {
		kept.file_count = build->kept_count;
		version = bsync_schema_file_number(kept.files[kept.file_count - 1].name);
		result = bsync_schema_run(&build->db, &kept, 0, ran, build, stop);
		if (result == BSYNC_OK)
			result = bsync_schema_keep(build);
	}
	return result == BSYNC_OK ? bsync_schema_run(&build->db, build->source, version, ran, build, stop) : result;
}

static enum bsync_result files_run(struct bsync_schema_build *build)
{
	assert(build != NULL);
	static const char last_rows[] =
		"SELECT (SELECT max(rowid) FROM sync_schema), (SELECT max(rowid) FROM sync_table),"
		" (SELECT max(rowid) FROM sync_column), (SELECT max(rowid) FROM sync_circle),"
		" (SELECT max(rowid) FROM sync_circle_dep), (SELECT max(rowid) FROM sync_face),"
		" (SELECT max(rowid) FROM sync_directory), (SELECT max(rowid) FROM sync_freeze),"
		" (SELECT max(rowid) FROM sync_freeze_child), (SELECT max(rowid) FROM sync_unique),"
		" (SELECT max(rowid) FROM sync_reference), (SELECT max(rowid) FROM sync_handover)";
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct bsync_schema_stop stop = {0};
	enum bsync_result result = bsync_db_open(&build->db, NULL, &options);

	if (result == BSYNC_OK)
		result = bsync_db_begin(&build->db);
	if (result == BSYNC_OK)
		result = bsync_registry_install(&build->db);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(&build->db, last_rows, &build->last_rows);
	if (result != BSYNC_OK)
		return result;
	result = source_run(build, &stop);
	if (result == BSYNC_SCHEMA && stop.text[0] != '\0')
		bsync_schema_report_error(build->report,
					  bsync_schema_place_offset(build->source, stop.file, stop.offset), "%s",
					  stop.text);
	else if (result == BSYNC_OK)
		result = bsync_db_commit(&build->db);
	return result;
}

/* What is not in the registry's rows: version, hash, dictionary and name. */
static enum bsync_result frame_load(struct bsync_schema_build *build)
{
	assert(build != NULL);
	const struct bsync_schema_source *source = build->source;
	struct bsync_schema *schema = build->schema;
	struct bsync_schema_place last = {source->files[source->file_count - 1].name, 0};
	enum bsync_result result = bsync_schema_hash(source, &schema->hash);

	schema->version = bsync_schema_file_number(last.file);
	if (result != BSYNC_OK)
		return result;
	if (source->dictionary.size != 0) {
		uint8_t *copy = malloc(source->dictionary.size);
		if (copy == NULL)
			return BSYNC_NO_MEMORY;
		memcpy(copy, source->dictionary.data, source->dictionary.size);
		schema->dictionary.data = copy;
		schema->dictionary.size = source->dictionary.size;
	}
	result = bsync_db_query_string(&build->db, "SELECT name FROM sync_schema", &schema->name);
	if (result != BSYNC_NOT_FOUND)
		return result;
	bsync_schema_report_error(build->report, last,
				  "the schema has no name; add INSERT INTO sync_schema (name) VALUES ('…')");
	return BSYNC_OK;
}

static enum bsync_result parts_build(struct bsync_schema_build *build)
{
	assert(build != NULL);
	typedef enum bsync_result part(struct bsync_schema_build * build);
	/* Faces name circles, and circles name tables.  A part that follows a faulty one would report echoes. */
	static part *const parts[] = {
		frame_load,
		bsync_schema_load_tables,
		bsync_schema_check_tables,
		bsync_schema_check_columns,
		bsync_schema_load_circles,
		bsync_schema_load_faces,
		bsync_schema_load_directory,
		bsync_schema_check_circles,
		bsync_schema_check_faces,
		bsync_schema_load_freezes,
		bsync_schema_load_uniques,
		bsync_schema_load_references,
		bsync_schema_load_handovers,
		bsync_schema_check_growth,
	};
	enum bsync_result result = BSYNC_OK;

	build->schema = calloc(1, sizeof(*build->schema));
	if (build->schema == NULL)
		return BSYNC_NO_MEMORY;
	for (size_t i = 0; result == BSYNC_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
		result = parts[i](build);
	return result;
}

enum bsync_result bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
				       struct bsync_schema_report *report)
{
	assert(source != NULL);
	return bsync_schema_compile_growth(source, 0, out, report);
}

enum bsync_result bsync_schema_compile_growth(const struct bsync_schema_source *source, size_t kept_count,
					      struct bsync_schema **out, struct bsync_schema_report *report)
{
	assert(kept_count <= source->file_count);
	assert(out != NULL);
	struct bsync_schema_report own = {0};
	struct bsync_schema_build build = {
		.source = source, .kept_count = kept_count, .report = report != NULL ? report : &own};
	enum bsync_result result = BSYNC_SCHEMA;

	memset(build.report, 0, sizeof(*build.report));
	if (source_check(source, build.report))
		result = files_run(&build);
	if (result == BSYNC_OK)
		result = parts_build(&build);
	if (result == BSYNC_OK && build.report->error_count != 0)
		result = BSYNC_SCHEMA;
	if (result == BSYNC_OK)
		*out = build.schema;
	else
		bsync_schema_free(build.schema);
	bsync_schema_report_sort(build.report);
	bsync_schema_report_clear(&own);
	bsync_db_finalize(&build.last_rows);
	if (build.db.handle != NULL)
		bsync_db_close(&build.db);
	free(build.statements);
	return result;
}
