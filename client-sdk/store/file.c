#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/form.h"
#include "client-sdk/store/line.h"
#include "client-sdk/store/record.h"

enum {
	OWNED_MAX = 1 << 20,
	PLAIN_MAX = BSYNC_CHANGESET_SIZE_MAX,
	BODY_MAX = 9 << 20,
	CACHE_KIB = 16384,
	CHECKPOINT_PAGES = 2000
};

enum bsync_result bsync_file_fail(struct bsync_file *file, enum bsync_result result, const char *format, ...)
{
	va_list arguments;

	assert(result != BSYNC_OK);
	va_start(arguments, format);
	vsnprintf(file->error, sizeof(file->error), format, arguments);
	va_end(arguments);
	return result;
}

enum bsync_result bsync_file_fail_sqlite(struct bsync_file *file, enum bsync_result result)
{
	if (result != BSYNC_OK)
		snprintf(file->error, sizeof(file->error), "%s", bsync_db_error(&file->db));
	return result;
}

const char *bsync_file_error_text(const struct bsync_file *file)
{
	return file->error;
}

const struct bsync_file_identity *bsync_file_identity(const struct bsync_file *file)
{
	return &file->identity;
}

const struct bsync_schema *bsync_file_schema(const struct bsync_file *file)
{
	return file->schema;
}

struct bsync_position bsync_file_cursor(const struct bsync_file *file)
{
	return (struct bsync_position){.incarnation = (uint32_t)file->state.cursor_incarnation,
				       .counter = (uint64_t)file->state.cursor_counter};
}

bool bsync_file_take_restored(struct bsync_file *file)
{
	bool has_begun_line = file->has_begun_line;

	file->has_begun_line = false;
	return has_begun_line;
}

bool bsync_file_take_clock(struct bsync_file *file)
{
	bool has_clock_news = file->has_clock_news;

	file->has_clock_news = false;
	return has_clock_news;
}

bool bsync_file_take_committed(struct bsync_file *file)
{
	bool has_committed = file->has_committed;

	file->has_committed = false;
	return has_committed;
}

enum bsync_result bsync_file_meta_set(struct bsync_file *file, const char *name, const struct bsync_value *value)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_META_SET, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_string(statement, 1, name);
	bsync_db_bind_value(statement, 2, value);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_file_meta_get(struct bsync_file *file, const char *name, struct bsync_arena *arena,
				      struct bsync_value *value)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_META_GET, &statement);

	if (result != BSYNC_OK)
		return result;
	*value = bsync_value_null();
	bsync_db_bind_string(statement, 1, name);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		struct bsync_value borrowed = bsync_db_value(statement, 0);

		if (!bsync_value_copy(arena, &borrowed, value))
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_file_state_set(struct bsync_file *file, const char *name, int64_t *field, int64_t value)
{
	struct bsync_value stored = bsync_value_integer(value);
	enum bsync_result result = bsync_file_meta_set(file, name, &stored);

	if (result == BSYNC_OK)
		*field = value;
	return result;
}

static int64_t *state_field(struct bsync_file_state *state, const char *name)
{
#define X(field)                               \
	if (strcmp(name, "sync." #field) == 0) \
		return &state->field;
	BSYNC_FILE_STATE(X)
#undef X
	return NULL;
}

static enum bsync_result state_load(struct bsync_file *file)
{
	struct bsync_file_state state = {0};
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_STATE_ALL, &statement);

	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		int64_t *field = state_field(&state, bsync_db_string(statement, 0));

		if (field != NULL)
			*field = bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		file->state = state;
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_file_refresh(struct bsync_file *file)
{
	sqlite3_stmt *statement = NULL;
	int64_t version = 0;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_DATA_VERSION, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	version = bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	if (file->is_known && file->data_version == version)
		return BSYNC_OK;
	result = state_load(file);
	/* The last two are missing where the last load ran out of memory. */
	if (result == BSYNC_OK && (file->schema == NULL || file->schema->version != file->state.schema_version ||
				   file->records == NULL || file->sealing.scratch == NULL))
		result = bsync_file_schema_load(file);
	if (result == BSYNC_OK)
		result = bsync_line_load(file);
	if (result != BSYNC_OK)
		return result;
	file->data_version = version;
	file->is_known = true;
	return BSYNC_OK;
}

void bsync_file_forget(struct bsync_file *file)
{
	file->is_known = false;
	file->has_sealed = false;
	bsync_file_edits_settle(file, false);
	file->owner = NULL;
	file->savepoint_count = 0;
	file->is_opened_by_savepoint = false;
}

enum bsync_result bsync_file_begin(struct bsync_file *file)
{
	enum bsync_result result = bsync_db_settle(&file->db);

	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	if (bsync_db_in_transaction(&file->db))
		return bsync_file_fail(file, BSYNC_MISUSE, "a transaction is open on this connection; end it first");
	result = bsync_db_begin(&file->db);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	result = bsync_file_refresh(file);
	return result == BSYNC_OK ? BSYNC_OK : bsync_file_end(file, result);
}

enum bsync_result bsync_file_end(struct bsync_file *file, enum bsync_result result)
{
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(file, bsync_db_commit(&file->db));
	if (result == BSYNC_OK)
		return BSYNC_OK;
	bsync_db_rollback(&file->db);
	bsync_file_forget(file);
	return result;
}

/* Copies a text of bsync_meta to `out`, cut to its room. */
static enum bsync_result text_load(struct bsync_file *file, const char *name, char *out, size_t size)
{
	struct bsync_value value;
	enum bsync_result result = bsync_file_meta_get(file, name, &file->owned, &value);

	if (result != BSYNC_OK)
		return result;
	if (value.kind != BSYNC_TEXT)
		return bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "the file has no %s", name);
	snprintf(out, size, "%.*s", (int)value.as.bytes.size, (const char *)value.as.bytes.data);
	return BSYNC_OK;
}

static enum bsync_result blob_load(struct bsync_file *file, const char *name, struct bsync_bytes *out)
{
	struct bsync_value value;
	enum bsync_result result = bsync_file_meta_get(file, name, &file->owned, &value);

	if (result != BSYNC_OK)
		return result;
	if (value.kind != BSYNC_BLOB)
		return bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "the file has no %s", name);
	*out = value.as.bytes;
	return BSYNC_OK;
}

static enum bsync_result fixed_load(struct bsync_file *file, const char *name, uint8_t *out, size_t size)
{
	struct bsync_bytes blob = {NULL, 0};
	enum bsync_result result = blob_load(file, name, &blob);

	if (result != BSYNC_OK)
		return result;
	if (blob.size != size)
		return bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "%s in the file has the wrong size", name);
	memcpy(out, blob.data, size);
	return BSYNC_OK;
}

static enum bsync_result identity_load(struct bsync_file *file)
{
	struct bsync_file_identity *identity = &file->identity;
	const struct {
		const char *name;
		uint8_t *out;
		size_t size;
	} fixed[] = {
		{"device", identity->device.bytes, BSYNC_ID_SIZE},
		{"worker", identity->worker.bytes, BSYNC_ID_SIZE},
		{"organisation", identity->organisation.bytes, BSYNC_ID_SIZE},
		{"seal_key", identity->seal_key, sizeof(identity->seal_key)},
	};
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; result == BSYNC_OK && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		result = fixed_load(file, fixed[i].name, fixed[i].out, fixed[i].size);
	if (result == BSYNC_OK)
		result = text_load(file, "organisation_name", identity->organisation_name,
				   sizeof(identity->organisation_name));
	if (result == BSYNC_OK)
		result = text_load(file, "worker_name", identity->worker_name, sizeof(identity->worker_name));
	if (result == BSYNC_OK)
		result = text_load(file, "address", identity->address, sizeof(identity->address));
	if (result == BSYNC_OK)
		result = blob_load(file, "certificate", &identity->certificate);
	if (result == BSYNC_OK)
		result = blob_load(file, "ca", &identity->ca);
	if (result == BSYNC_OK)
		result = blob_load(file, "private_key", &identity->private_key);
	if (result == BSYNC_OK)
		result = bsync_signing_key_parse(identity->private_key, &file->signing_key);
	return result;
}

/* An empty connection object. */
static struct bsync_file *file_new(const char *path, const struct bsync_surroundings *surroundings)
{
	struct bsync_file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return NULL;
	file->surroundings = *surroundings;
	file->gate.is_open = true;
	bsync_arena_init(&file->owned, OWNED_MAX);
	bsync_arena_init(&file->scratch, BSYNC_FILE_SCRATCH_MAX);
	bsync_buffer_init(&file->plain, PLAIN_MAX);
	bsync_buffer_init(&file->body, BODY_MAX);
	bsync_buffer_init(&file->encoded, BSYNC_DB_VALUE_SIZE_MAX);
	bsync_buffer_init(&file->dictionary, BSYNC_SCHEMA_DICTIONARY_MAX);
	bsync_buffer_init(&file->pulled, BSYNC_FILE_PULL_KEPT_MAX + BSYNC_FRAME_PAYLOAD_MAX);
	file->stage_from = BSYNC_FILE_STAGE_WORTH;
	file->path = strdup(path);
	if (file->path == NULL) {
		free(file);
		return NULL;
	}
	return file;
}

/* A full disk leaves the file to be read. */
static enum bsync_result log_move(struct bsync_db *db)
{
	enum bsync_result result = bsync_db_found_log_move(db);

	return result == BSYNC_STORAGE_FULL ? BSYNC_OK : result;
}

enum bsync_result bsync_file_open(const char *path, const struct bsync_surroundings *surroundings,
				  struct bsync_file **out)
{
	const struct bsync_db_options options = {
		.mode = BSYNC_DB_READ_WRITE,
		.cache_kib = CACHE_KIB,
		.autocheckpoint_pages = CHECKPOINT_PAGES,
		.busy_timeout_ms = BSYNC_FILE_BUSY_MS,
	};
	struct bsync_file *file = NULL;
	bool has_dropped = false;
	enum bsync_result result = BSYNC_OK;

	assert(path != NULL);
	assert(surroundings != NULL);
	file = file_new(path, surroundings);
	if (file == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_db_open(&file->db, path, &options);
	if (result == BSYNC_OK)
		result = log_move(&file->db);
	if (result == BSYNC_OK)
		result = bsync_functions_register(file);
	if (result == BSYNC_OK)
		result = bsync_migrate(&file->db, "client", bsync_embedded_client, bsync_embedded_client_count);
	if (result == BSYNC_OK)
		result = identity_load(file);
	if (result == BSYNC_OK)
		result = bsync_file_refresh(file);
	if (result != BSYNC_OK) {
		bsync_file_close(file);
		return result;
	}
	/* What cannot be dropped now is dropped by the next who looks; the file is there to be worked in. */
	(void)!bsync_file_drop_ended(file, &has_dropped);
	file->known_voids = file->state.voids;
	/* A process that was killed may have left either owed. */
	bsync_forms_sweep(file);
	bsync_file_erase(file);
	*out = file;
	return BSYNC_OK;
}

void bsync_file_erase(struct bsync_file *file)
{
	enum bsync_result result = bsync_file_refresh(file);
	const int64_t removals = file->state.removals;

	if (result != BSYNC_OK || removals == file->state.erased || bsync_db_in_transaction(&file->db))
		return;
	result = bsync_db_rewrite(&file->db);
	if (result == BSYNC_OK)
		result = bsync_file_begin(file);
	/* Another connection may have removed more meanwhile. */
	if (result == BSYNC_OK)
		result = bsync_file_end(file, BSYNC_FILE_SET(file, erased, removals));
	/* The rows are gone for whoever asks; what is left of their bytes stays owed. */
	(void)result;
}

void bsync_file_close(struct bsync_file *file)
{
	if (file == NULL)
		return;
	bsync_statement_clear(file);
	if (file->db.handle != NULL)
		bsync_db_rollback(&file->db);
	bsync_file_edits_clear(file);
	if (file->is_known)
		bsync_file_erase(file);
	bsync_queries_clear(file);
	bsync_records_clear(file);
	bsync_db_close(&file->db);
	bsync_seal_scratch_free(file->sealing.scratch);
	bsync_schema_free(file->schema);
	bsync_signing_key_free(file->signing_key);
	bsync_key_wipe(&file->sealing.secret);
	bsync_wipe((void *)(uintptr_t)file->identity.private_key.data, file->identity.private_key.size);
	bsync_buffer_clear(&file->plain);
	bsync_buffer_clear(&file->body);
	bsync_buffer_clear(&file->encoded);
	bsync_buffer_clear(&file->dictionary);
	bsync_buffer_clear(&file->pulled);
	bsync_arena_clear(&file->scratch);
	bsync_arena_clear(&file->owned);
	free(file->path);
	free(file);
}

enum bsync_result bsync_file_set_address(struct bsync_file *file, const char *address)
{
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string(address));
	enum bsync_result result = BSYNC_OK;

	assert(address != NULL);
	if (value.as.bytes.size == 0 || value.as.bytes.size >= sizeof(file->identity.address))
		return bsync_file_fail(file, BSYNC_INVALID, "the address must have 1 to %zu characters",
				       sizeof(file->identity.address) - 1);
	result = bsync_file_begin(file);
	if (result != BSYNC_OK)
		return result;
	result = bsync_file_end(file, bsync_file_meta_set(file, "address", &value));
	if (result == BSYNC_OK)
		snprintf(file->identity.address, sizeof(file->identity.address), "%s", address);
	return result;
}
