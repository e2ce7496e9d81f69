#include "core/schema/folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

#define DICTIONARY_NAME "dictionary.txt"

/* Reads a whole file; at most `size_max` bytes. */
static enum bsync_result file_read(const char *folder, const char *name, size_t size_max, struct bsync_buffer *out)
{
	assert(folder != NULL);
	assert(name != NULL);
	char path[PATH_SIZE];
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(out, size_max);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return BSYNC_TOO_LARGE;
	FILE *stream = fopen(path, "rb");
	if (stream == NULL)
		return errno == ENOENT ? BSYNC_NOT_FOUND : BSYNC_IO;
	for (;;) {
		uint8_t chunk[PATH_SIZE];
		size_t size = fread(chunk, 1, sizeof(chunk), stream);
		if (size == 0)
			break;
		result = bsync_buffer_append(out, chunk, size);
		if (result != BSYNC_OK)
			break;
	}
	if (result == BSYNC_OK && ferror(stream))
		result = BSYNC_IO;
	fclose(stream);
	if (result != BSYNC_OK)
		bsync_buffer_clear(out);
	return result;
}

static int compare_names(const void *a, const void *b)
{
	assert(a != NULL);
	assert(b != NULL);
	const struct bsync_schema_file *first = a;
	const struct bsync_schema_file *second = b;

	return strcmp(first->name, second->name);
}

/* Every *.sql: one whose name is not right is a finding of the compiler, not a file passed over. */
static bool is_sql(const char *name)
{
	assert(name != NULL);
	size_t size = strlen(name);

	return size > 4 && name[0] != '.' && strcmp(name + size - 4, ".sql") == 0;
}

/* Reads one file into the next place of the list. */
static enum bsync_result file_add(const char *path, const char *name, struct bsync_schema_folder *folder)
{
	assert(path != NULL);
	assert(name != NULL);
	struct bsync_buffer sql;
	enum bsync_result result;
	char *copy;

	if (folder->source.file_count == BSYNC_SCHEMA_FILES_MAX)
		return BSYNC_TOO_LARGE;
	result = file_read(path, name, BSYNC_SCHEMA_SIZE_MAX, &sql);
	if (result != BSYNC_OK)
		return result;
	copy = strdup(name);
	if (copy == NULL) {
		bsync_buffer_clear(&sql);
		return BSYNC_NO_MEMORY;
	}
	/* The list owns the buffer's bytes from here. */
	folder->files[folder->source.file_count].name = copy;
	folder->files[folder->source.file_count].sql = bsync_buffer_bytes(&sql);
	folder->source.file_count++;
	return BSYNC_OK;
}

static enum bsync_result files_read(const char *path, struct bsync_schema_folder *folder)
{
	assert(path != NULL);
	assert(folder != NULL);
	DIR *directory = opendir(path);
	enum bsync_result result = BSYNC_OK;
	const struct dirent *entry;

	if (directory == NULL)
		return errno == ENOENT || errno == ENOTDIR ? BSYNC_NOT_FOUND : BSYNC_IO;
	while (result == BSYNC_OK && (entry = readdir(directory)) != NULL) {
		if (is_sql(entry->d_name))
			result = file_add(path, entry->d_name, folder);
	}
	closedir(directory);
	if (result == BSYNC_OK && folder->source.file_count == 0)
		result = BSYNC_NOT_FOUND;
	return result;
}

enum bsync_result bsync_schema_folder_read(const char *path, struct bsync_schema_folder *folder)
{
	assert(path != NULL);
	assert(folder != NULL);
	enum bsync_result result;

	memset(folder, 0, sizeof(*folder));
	folder->files = calloc(BSYNC_SCHEMA_FILES_MAX, sizeof(*folder->files));
	if (folder->files == NULL)
		return BSYNC_NO_MEMORY;
	folder->source.files = folder->files;
	result = files_read(path, folder);
	if (result != BSYNC_OK)
		goto fail;
	qsort(folder->files, folder->source.file_count, sizeof(*folder->files), compare_names);
	result = file_read(path, DICTIONARY_NAME, BSYNC_SCHEMA_DICTIONARY_MAX, &folder->dictionary);
	if (result != BSYNC_OK && result != BSYNC_NOT_FOUND)
		goto fail;
	folder->source.dictionary = bsync_buffer_bytes(&folder->dictionary);
	return BSYNC_OK;
fail:
	bsync_schema_folder_clear(folder);
	return result;
}

void bsync_schema_folder_clear(struct bsync_schema_folder *folder)
{
	assert(folder != NULL);
	for (size_t i = 0; i < folder->source.file_count; i++) {
		free((void *)(uintptr_t)folder->files[i].name);
		free((void *)(uintptr_t)folder->files[i].sql.data);
	}
	free(folder->files);
	bsync_buffer_clear(&folder->dictionary);
	memset(folder, 0, sizeof(*folder));
}

enum bsync_result bsync_schema_load(const char *path, struct bsync_schema_folder *folder, struct bsync_schema **out,
				    struct bsync_schema_report *report)
{
	assert(out != NULL);
	if (report != NULL)
		memset(report, 0, sizeof(*report));
	enum bsync_result result = bsync_schema_folder_read(path, folder);

	if (result != BSYNC_OK)
		return result;
	result = bsync_schema_compile(&folder->source, out, report);
	if (result != BSYNC_OK)
		bsync_schema_folder_clear(folder);
	return result;
}

enum bsync_result bsync_schema_check(const char *path, struct bsync_schema_report *report)
{
	assert(report != NULL);
	struct bsync_schema_folder folder;
	struct bsync_schema *schema = NULL;
	enum bsync_result result = bsync_schema_load(path, &folder, &schema, report);

	if (result != BSYNC_OK)
		return result;
	bsync_schema_free(schema);
	bsync_schema_folder_clear(&folder);
	return BSYNC_OK;
}

void bsync_schema_report_print(const struct bsync_schema_report *report, const char *path, FILE *stream)
{
	assert(report != NULL);
	assert(path != NULL);
	assert(stream != NULL);
	for (size_t i = 0; i < report->count; i++) {
		const struct bsync_schema_problem *problem = &report->problems[i];
		bool has_file = problem->file[0] != '\0';
		fprintf(stream, "%s%s%s:%u: %s: %s\n", path, has_file ? "/" : "", problem->file,
			problem->line != 0 ? problem->line : 1, problem->is_error ? "error" : "note", problem->text);
	}
	if (report->error_count > report->count)
		fprintf(stream, "%s: error: there are %zu errors in all\n", path, report->error_count);
}
