#include "daemon/store/base.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"

static char *string_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

static enum bsync_result file_add(struct bsync_base *base, const char *name, struct bsync_bytes sql)
{
	struct bsync_schema_file *files = NULL;
	uint8_t *text = NULL;
	size_t count = base->source.file_count;

	if (count >= BSYNC_SCHEMA_FILES_MAX)
		return BSYNC_STORAGE_CORRUPT;
	files = realloc(base->files, (count + 1) * sizeof(*files));
	if (files == NULL)
		return BSYNC_NO_MEMORY;
	base->files = files;
	base->source.files = files;
	text = malloc(sql.size + 1);
	files[count].name = string_copy(name);
	files[count].sql = (struct bsync_bytes){text, sql.size};
	base->source.file_count = count + 1;
	if (text == NULL || files[count].name == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(text, sql.data != NULL ? sql.data : text, sql.size);
	text[sql.size] = 0;
	return BSYNC_OK;
}

/* The struct borrows in its type what this owns. */
static void discard(const void *owned)
{
	union {
		const void *in;
		void *out;
	} pointer = {owned};

	free(pointer.out);
}

static void files_clear(struct bsync_base *base)
{
	for (size_t i = 0; i < base->source.file_count; i++) {
		discard(base->files[i].name);
		discard(base->files[i].sql.data);
	}
	free(base->files);
	base->files = NULL;
	base->source.files = NULL;
	base->source.file_count = 0;
}

static enum bsync_result files_load(struct bsync_base *base)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCHEMA_FILES);
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	while (result == BSYNC_OK && has_row) {
		result = file_add(base, bsync_db_string(statement, 0), bsync_db_bytes(statement, 1));
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* It is the same as long as there is a store, and others borrow it. */
static enum bsync_result dictionary_load(struct bsync_base *base)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, DICTIONARY);
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	if (result == BSYNC_OK && has_row) {
		struct bsync_bytes data = bsync_db_bytes(statement, 0);
		uint8_t *copy = malloc(data.size + 1);

		if (copy == NULL)
			result = BSYNC_NO_MEMORY;
		else if (data.size != 0)
			memcpy(copy, data.data, data.size);
		base->source.dictionary = (struct bsync_bytes){copy, copy != NULL ? data.size : 0};
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result schema_load(struct bsync_base *base)
{
	enum bsync_result result = files_load(base);

	if (result == BSYNC_OK)
		result = bsync_schema_compile(&base->source, &base->schema, NULL);
	if (result == BSYNC_OK)
		result = bsync_tables_init(&base->tables, &base->db, base->schema, base->is_writer);
	return result;
}

static void schema_drop(struct bsync_base *base)
{
	bsync_tables_clear(&base->tables);
	bsync_schema_free(base->schema);
	base->schema = NULL;
	files_clear(base);
}

enum bsync_result bsync_base_schema(struct bsync_base *base)
{
	int64_t version = 0;
	enum bsync_result result = bsync_meta_integer(base, "schema_version", &version);

	if (result != BSYNC_OK || (base->tables.tables != NULL && base->schema->version == version))
		return result;
	schema_drop(base);
	result = schema_load(base);
	/* Half a schema is none: the next call tries again. */
	if (result != BSYNC_OK)
		schema_drop(base);
	return result;
}

enum bsync_result bsync_base_files_put(struct bsync_base *base, const struct bsync_schema_source *source, size_t first)
{
	struct bsync_value version = bsync_value_null();
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(
		&base->db, "INSERT INTO bsync_schema_file(version, name, sql) VALUES(?1, ?2, ?3)", &statement);

	assert(first < source->file_count);
	for (size_t i = first; i < source->file_count && result == BSYNC_OK; i++) {
		version = bsync_value_integer(bsync_schema_file_number(source->files[i].name));
		bsync_db_bind_value(statement, 1, &version);
		bsync_db_bind_string(statement, 2, source->files[i].name);
		bsync_db_bind_text(statement, 3, source->files[i].sql);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result == BSYNC_OK ? bsync_meta_put(base, "schema_version", &version) : result;
}

enum bsync_result bsync_base_begin_read(struct bsync_base *base)
{
	enum bsync_result result = bsync_db_begin_read(&base->db);

	return result == BSYNC_OK ? bsync_base_schema(base) : result;
}

enum bsync_result bsync_base_open(struct bsync_base *base, const char *path, const struct bsync_db_options *options,
				  const struct bsync_key *store_key, bool is_writer)
{
	enum bsync_result result = BSYNC_OK;

	assert(base != NULL && path != NULL && store_key != NULL);
	*base = (struct bsync_base){0};
	base->store_key = *store_key;
	base->is_writer = is_writer;
	result = bsync_db_open(&base->db, path, options);
	if (result == BSYNC_OK)
		result = bsync_statements_prepare(&base->db, &base->sql, is_writer);
	if (result == BSYNC_OK)
		result = dictionary_load(base);
	if (result == BSYNC_OK)
		result = schema_load(base);
	if (result == BSYNC_OK)
		result = bsync_base_lines(base);
	return result;
}

void bsync_base_close(struct bsync_base *base)
{
	assert(base != NULL);
	schema_drop(base);
	bsync_statements_clear(&base->sql);
	discard(base->source.dictionary.data);
	free(base->lines);
	free(base->line_devices);
	free(base->line_roles);
	bsync_key_wipe(&base->store_key);
	bsync_db_close(&base->db);
	*base = (struct bsync_base){0};
}

static enum bsync_result line_append(struct bsync_base *base, sqlite3_stmt *row)
{
	struct bsync_line_info info = {0};
	struct bsync_device_id device = {{0}};

	if (bsync_db_int64(row, 0) != (int64_t)base->line_count || base->line_count >= BSYNC_LINES_MAX)
		return BSYNC_STORAGE_CORRUPT;
	if (base->line_count == base->line_capacity) {
		uint32_t capacity = base->line_capacity == 0 ? 64 : base->line_capacity * 2;
		struct bsync_line_info *lines = realloc(base->lines, capacity * sizeof(*lines));
		struct bsync_device_id *devices = NULL;
		struct bsync_role *roles = NULL;

		if (lines == NULL)
			return BSYNC_NO_MEMORY;
		base->lines = lines;
		devices = realloc(base->line_devices, capacity * sizeof(*devices));
		if (devices == NULL)
			return BSYNC_NO_MEMORY;
		base->line_devices = devices;
		roles = realloc(base->line_roles, capacity * sizeof(*roles));
		if (roles == NULL)
			return BSYNC_NO_MEMORY;
		base->line_roles = roles;
		base->line_capacity = capacity;
	}
	if (base->line_count != 0 && (!bsync_db_copy(row, 1, info.line.bytes, BSYNC_ID_SIZE) ||
				      !bsync_db_copy(row, 2, device.bytes, BSYNC_ID_SIZE) ||
				      !bsync_db_copy(row, 3, info.worker.bytes, BSYNC_ID_SIZE)))
		return BSYNC_STORAGE_CORRUPT;
	info.first_seq = (uint64_t)bsync_db_int64(row, 4);
	info.fork_of = (uint32_t)bsync_db_int64(row, 5);
	info.after_no = (uint32_t)bsync_db_int64(row, 7);
	info.after_seq = (uint64_t)bsync_db_int64(row, 8);
	if (info.first_seq == 0 || (info.fork_of != 0 && info.fork_of >= base->line_count) ||
	    (info.after_no != 0 && info.after_no >= base->line_count))
		return BSYNC_STORAGE_CORRUPT;
	base->lines[base->line_count] = info;
	base->line_devices[base->line_count] = device;
	snprintf(base->line_roles[base->line_count].name, sizeof(base->line_roles->name), "%s",
		 bsync_db_is_null(row, 6) ? "" : bsync_db_string(row, 6));
	base->line_count++;
	return BSYNC_OK;
}

enum bsync_result bsync_base_lines(struct bsync_base *base)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, LINES_AFTER);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, base->line_count);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = line_append(base, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

struct bsync_lines bsync_base_merge_lines(const struct bsync_base *base)
{
	return (struct bsync_lines){base->line_count, base->line_devices, base->line_roles};
}

struct bsync_worker_id bsync_base_author(const struct bsync_base *base, uint32_t line)
{
	struct bsync_worker_id none = {{0}};

	return line < base->line_count ? base->lines[line].worker : none;
}

struct bsync_dot bsync_base_dot(const struct bsync_base *base, uint32_t line, uint64_t seq)
{
	struct bsync_dot dot = {.seq = seq};

	if (line < base->line_count) {
		dot.device = base->line_devices[line];
		dot.line = base->lines[line].line;
	}
	return dot;
}

static enum bsync_result meta_row(struct bsync_base *base, const char *name)
{
	bsync_db_bind_string(BSYNC_STATEMENT(base, META_GET), 1, name);
	return bsync_db_row(BSYNC_STATEMENT(base, META_GET));
}

enum bsync_result bsync_meta_integer(struct bsync_base *base, const char *name, int64_t *out)
{
	enum bsync_result result = meta_row(base, name);

	if (result == BSYNC_OK)
		*out = bsync_db_int64(BSYNC_STATEMENT(base, META_GET), 0);
	bsync_db_reset(BSYNC_STATEMENT(base, META_GET));
	return result;
}

enum bsync_result bsync_meta_data(struct bsync_base *base, const char *name, void *out, size_t size)
{
	enum bsync_result result = meta_row(base, name);

	if (result == BSYNC_OK && !bsync_db_copy(BSYNC_STATEMENT(base, META_GET), 0, out, size))
		result = BSYNC_STORAGE_CORRUPT;
	bsync_db_reset(BSYNC_STATEMENT(base, META_GET));
	return result;
}

enum bsync_result bsync_meta_bytes(struct bsync_base *base, const char *name, struct bsync_buffer *out)
{
	enum bsync_result result = meta_row(base, name);

	if (result == BSYNC_OK) {
		struct bsync_bytes bytes = bsync_db_bytes(BSYNC_STATEMENT(base, META_GET), 0);

		result = bsync_buffer_append(out, bytes.data, bytes.size);
	}
	bsync_db_reset(BSYNC_STATEMENT(base, META_GET));
	return result;
}

enum bsync_result bsync_meta_put(struct bsync_base *base, const char *name, const struct bsync_value *value)
{
	bsync_db_bind_string(BSYNC_STATEMENT(base, META_PUT), 1, name);
	bsync_db_bind_value(BSYNC_STATEMENT(base, META_PUT), 2, value);
	return bsync_db_run(BSYNC_STATEMENT(base, META_PUT));
}

enum bsync_result bsync_base_box(const struct bsync_base *base, const struct bsync_random *random, const char *aad,
				 const void *secret, size_t size, struct bsync_buffer *box)
{
	struct bsync_bytes plain = {secret, size};

	return bsync_box_with_key(&base->store_key, bsync_bytes_of_string(aad), plain, random, box);
}

enum bsync_result bsync_base_unbox(const struct bsync_base *base, const char *aad, struct bsync_bytes box, void *secret,
				   size_t size)
{
	struct bsync_buffer plain;
	enum bsync_result result;

	bsync_buffer_init(&plain, BSYNC_BOX_SIZE_MAX);
	result = bsync_box_open_key(&base->store_key, bsync_bytes_of_string(aad), box, &plain);
	if (result == BSYNC_OK && plain.size != size)
		result = BSYNC_STORAGE_CORRUPT;
	if (result == BSYNC_OK)
		memcpy(secret, plain.data, size);
	bsync_buffer_wipe(&plain);
	return result;
}

enum bsync_result bsync_key_bytes(const struct bsync_value *key, uint32_t count, struct bsync_buffer *out)
{
	struct bsync_writer writer;

	bsync_writer_init(&writer, out);
	bsync_write_array(&writer, count);
	for (uint32_t i = 0; i < count; i++)
		bsync_write_value(&writer, &key[i]);
	return writer.result;
}

enum bsync_result bsync_key_copy(const struct bsync_value *key, uint32_t count, struct bsync_arena *arena,
				 struct bsync_bytes *out)
{
	struct bsync_buffer buffer;
	enum bsync_result result;

	bsync_buffer_init(&buffer, BSYNC_WORK_SIZE_MAX);
	result = bsync_key_bytes(key, count, &buffer);
	if (result == BSYNC_OK) {
		*out = bsync_arena_copy(arena, bsync_buffer_bytes(&buffer));
		if (out->data == NULL)
			result = BSYNC_NO_MEMORY;
	}
	bsync_buffer_clear(&buffer);
	return result;
}

enum bsync_result bsync_values_read(struct bsync_bytes bytes, struct bsync_arena *arena, uint32_t count_max,
				    struct bsync_value **values, uint32_t *count)
{
	struct bsync_guard_limits limits = {.depth_max = 3, .objects_max = UINT32_MAX, .size_max = BSYNC_WORK_SIZE_MAX};
	struct bsync_reader reader;
	enum bsync_result result;

	bsync_reader_init(&reader, bytes, &limits);
	*count = bsync_read_array(&reader, 0, count_max);
	*values = bsync_arena_take(arena, (*count + 1) * sizeof(**values));
	if (*values == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < *count; i++)
		(*values)[i] = bsync_read_value(&reader);
	result = bsync_reader_end(&reader);
	return result == BSYNC_OK ? BSYNC_OK : BSYNC_STORAGE_CORRUPT;
}

enum bsync_result bsync_values_copy(struct bsync_bytes bytes, struct bsync_arena *arena, uint32_t count_max,
				    struct bsync_value **values, uint32_t *count)
{
	struct bsync_bytes copy = bsync_arena_copy(arena, bytes);

	assert(values != NULL && count != NULL);
	if (copy.size != bytes.size)
		return BSYNC_NO_MEMORY;
	return bsync_values_read(copy, arena, count_max, values, count);
}
