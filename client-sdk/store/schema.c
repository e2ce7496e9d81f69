#include "client-sdk/store/schema.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/pull.h"
#include "client-sdk/store/record.h"
#include "core/schema/domain.h"

enum { FILES_ARENA_MAX = 8 << 20 };

enum bsync_result bsync_schema_source_of(const struct bsync_schema_files *files, struct bsync_arena *arena,
					 struct bsync_schema_source *source)
{
	struct bsync_schema_file *list = NULL;
	enum bsync_result result = bsync_arena_array(arena, files->count, sizeof(*list), &list);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < files->count; i++) {
		struct bsync_bytes name = files->files[i].name;
		char *copy = bsync_arena_take(arena, name.size + 1);

		if (copy == NULL)
			return BSYNC_NO_MEMORY;
		if (name.size != 0)
			memcpy(copy, name.data, name.size);
		list[i].name = copy;
		list[i].sql = files->files[i].sql;
	}
	*source = (struct bsync_schema_source){
		.files = list, .file_count = files->count, .dictionary = files->dictionary};
	return BSYNC_OK;
}

static enum bsync_result files_keep(struct bsync_file *file, const struct bsync_schema_source *source)
{
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; result == BSYNC_OK && i < source->file_count; i++) {
		sqlite3_stmt *statement = NULL;

		result = bsync_query(file, BSYNC_QUERY_SCHEMA_FILE_PUT, &statement);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, bsync_schema_file_number(source->files[i].name));
		bsync_db_bind_string(statement, 2, source->files[i].name);
		bsync_db_bind_text(statement, 3, source->files[i].sql);
		result = bsync_db_run(statement);
	}
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result dictionary_keep(struct bsync_file *file, uint32_t version, struct bsync_bytes dictionary)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_DICTIONARY_PUT, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, version);
	bsync_db_bind_blob(statement, 2, dictionary);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_schema_adopt(struct bsync_file *file, const struct bsync_schema_source *source,
				     const struct bsync_schema *schema, uint32_t from_version)
{
	struct bsync_value version = bsync_value_integer(schema->version);
	enum bsync_result result = bsync_schema_install(&file->db, source, from_version, false);

	if (result == BSYNC_OK)
		result = bsync_capture_install(&file->db, schema);
	bsync_authorizer_install(file);
	/* It has compiled, so what stands in its way is not of Buurtsync. */
	if (result == BSYNC_SCHEMA)
		bsync_file_fail(
			file, result,
			"schema %u has a table, view or index with the name of one that the application made itself: "
			"rename that",
			schema->version);
	else
		bsync_file_fail_sqlite(file, result);
	if (result == BSYNC_OK)
		result = files_keep(file, source);
	if (result == BSYNC_OK)
		result = dictionary_keep(file, schema->version, source->dictionary);
	if (result == BSYNC_OK)
		result = bsync_file_meta_set(file, "sync.schema_version", &version);
	return result;
}

/* Copies the files of the file into `arena`. */
static enum bsync_result files_read(struct bsync_file *file, struct bsync_arena *arena,
				    struct bsync_schema_source *source)
{
	struct bsync_schema_file *list = NULL;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	size_t count = 0;
	enum bsync_result result = bsync_arena_array(arena, BSYNC_SCHEMA_FILES_MAX, sizeof(*list), &list);

	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_SCHEMA_FILES, &statement);
	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row && count < BSYNC_SCHEMA_FILES_MAX) {
		struct bsync_bytes name = bsync_db_bytes(statement, 0);
		char *copy = bsync_arena_take(arena, name.size + 1);

		list[count].sql = bsync_arena_copy(arena, bsync_db_bytes(statement, 1));
		if (copy == NULL || list[count].sql.data == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		if (name.size != 0)
			memcpy(copy, name.data, name.size);
		list[count++].name = copy;
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	*source = (struct bsync_schema_source){.files = list, .file_count = count};
	return BSYNC_OK;
}

static enum bsync_result dictionary_read(struct bsync_file *file, struct bsync_arena *arena,
					 struct bsync_bytes *dictionary)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_DICTIONARY_GET, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, file->state.schema_version);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		struct bsync_bytes stored = bsync_db_bytes(statement, 0);

		*dictionary = bsync_arena_copy(arena, stored);
		if (dictionary->size != stored.size)
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_file_schema_load(struct bsync_file *file)
{
	struct bsync_schema_source source = {0};
	struct bsync_schema *schema = NULL;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, FILES_ARENA_MAX);
	result = files_read(file, &arena, &source);
	if (result == BSYNC_OK)
		result = dictionary_read(file, &arena, &source.dictionary);
	if (result == BSYNC_OK) {
		result = bsync_schema_compile(&source, &schema, NULL);
		if (result != BSYNC_OK)
			bsync_file_fail(file, result, "the schema in the file does not compile");
	}
	bsync_arena_clear(&arena);
	if (result != BSYNC_OK)
		return result;
	bsync_records_clear(file);
	bsync_seal_scratch_free(file->sealing.scratch);
	file->sealing.scratch = NULL;
	bsync_schema_free(file->schema);
	file->schema = schema;
	file->sealing.dictionary = schema->dictionary;
	result = bsync_records_make(file);
	if (result == BSYNC_OK)
		result = bsync_seal_scratch_new(schema->dictionary, &file->sealing.scratch);
	assert(file->schema != NULL);
	return result;
}

/* PROTOCOL 10: "it begins anew" */
static enum bsync_result anew_when_passed_over(struct bsync_file *file, bool *begins_anew)
{
	enum bsync_result result = BSYNC_OK;

	if (file->state.has_passed_over == 0)
		return BSYNC_OK;
	*begins_anew = true;
	result = BSYNC_FILE_SET(file, begins_anew, 1);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, has_passed_over, 0);
	/* What is staged goes on from a cursor that counts no more. */
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(
			file, bsync_db_exec(&file->db, "DELETE FROM bsync_stage; DELETE FROM bsync_ahead"));
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	return result == BSYNC_OK ? bsync_pull_void(file) : result;
}

enum bsync_result bsync_file_schema_files(struct bsync_file *file, struct bsync_bytes payload)
{
	struct bsync_schema_source source = {0};
	struct bsync_schema_files files;
	struct bsync_schema *schema = NULL;
	struct bsync_arena arena;
	bool begins_anew = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, FILES_ARENA_MAX);
	result = bsync_schema_decode(payload, &arena, &files);
	if (result == BSYNC_OK)
		result = bsync_schema_source_of(&files, &arena, &source);
	if (result == BSYNC_OK)
		result = bsync_file_refresh(file);
	if (result != BSYNC_OK || files.version <= file->schema->version)
		goto done;
	result = bsync_schema_compile(&source, &schema, NULL);
	if (result == BSYNC_SCHEMA || (result == BSYNC_OK && schema->version != files.version)) {
		result = bsync_file_fail(
			file, BSYNC_SCHEMA,
			"the server's schema %u does not compile here: update the app; what it adds is not shown until then",
			files.version);
		goto done;
	}
	if (result != BSYNC_OK) {
		result = bsync_file_fail(file, result, "the server's schema %u cannot be compiled now", files.version);
		goto done;
	}
	result = bsync_file_begin(file);
	if (result != BSYNC_OK)
		goto done;
	/* Another process may have been faster. */
	if (file->schema->version < files.version)
		result = bsync_schema_adopt(file, &source, schema, file->schema->version);
	if (result == BSYNC_OK)
		result = anew_when_passed_over(file, &begins_anew);
	result = bsync_file_end(file, result);
	if (result == BSYNC_OK) {
		file->is_known = false;
		result = bsync_file_refresh(file);
	}
	if (result == BSYNC_OK && begins_anew) {
		bsync_pull_clear(file);
		result = BSYNC_CHANGED;
	}
done:
	bsync_schema_free(schema);
	bsync_arena_clear(&arena);
	return result;
}
