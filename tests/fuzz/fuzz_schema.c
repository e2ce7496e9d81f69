/* fuzz_schema.c: the files of a schema, as a server that lies sends them to a device.
 *
 * Input: files with 0xff between them; a first byte of 0: the bytes of a SCHEMA payload instead.  Files that compile do
 * so twice to the same, install, and install again beside what is there; whatever does not compile has a reason. */
#include <string.h>

#include "client-sdk/store/schema.h"
#include "core/schema/capture.h"
#include "core/schema/domain.h"
#include "tests/fuzz/script.h"

enum { FILES_MAX = 8, ARENA_MAX = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The registry's own row first, so that an input need not find it. */
static const char head[] = "INSERT INTO sync_schema(id, name) VALUES(1, 'x');\n";

static uint32_t files_of(struct bsync_bytes rest, struct bsync_arena *arena, struct bsync_schema_file *files)
{
	static const char *const names[FILES_MAX] = {"0001_a.sql", "0002_b.sql", "0003_c.sql", "0004_d.sql",
						     "0005_e.sql", "0006_f.sql", "0007_g.sql", "0008_h.sql"};
	uint32_t count = 0;

	while (count < FILES_MAX) {
		const uint8_t *end = rest.size != 0 ? memchr(rest.data, 0xff, rest.size) : NULL;
		size_t size = end != NULL ? (size_t)(end - rest.data) : rest.size;
		size_t before = count == 0 ? sizeof head - 1 : 0;
		uint8_t *text = bsync_arena_take(arena, before + size + 1);

		check(text != NULL);
		memcpy(text, head, before);
		if (size != 0)
			memcpy(text + before, rest.data, size);
		files[count].name = names[count];
		files[count++].sql = (struct bsync_bytes){text, before + size};
		if (end == NULL)
			break;
		rest.data += size + 1;
		rest.size -= size + 1;
	}
	return count;
}

/* As a device does when it is enrolled, and when a newer schema comes. */
static void install(const struct bsync_schema_source *source, const struct bsync_schema *schema)
{
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct bsync_capture_gate gate = {false};
	struct bsync_capture_log *captured = NULL;
	struct bsync_db db;

	check(bsync_db_open(&db, NULL, &options) == BSYNC_OK);
	check(bsync_capture_register(&db, &gate, &captured) == BSYNC_OK);
	check(bsync_db_begin(&db) == BSYNC_OK);
	check(bsync_schema_install(&db, source, 0, false) == BSYNC_OK);
	check(bsync_capture_install(&db, schema) == BSYNC_OK);
	check(bsync_schema_install(&db, source, schema->version, false) == BSYNC_OK);
	check(bsync_capture_install(&db, schema) == BSYNC_OK);
	check(bsync_db_commit(&db) == BSYNC_OK);
	bsync_db_close(&db);
}

static void compile(const struct bsync_schema_source *source)
{
	struct bsync_schema *schema = NULL;
	struct bsync_schema *again = NULL;
	struct bsync_schema_report report = {0};
	enum bsync_result result = bsync_schema_compile(source, &schema, &report);

	check(result == BSYNC_OK || result == BSYNC_SCHEMA || result == BSYNC_TOO_LARGE);
	check((result == BSYNC_SCHEMA) == (report.error_count != 0) || result == BSYNC_TOO_LARGE);
	bsync_schema_report_clear(&report);
	if (result != BSYNC_OK)
		return;
	check(bsync_schema_compile(source, &again, NULL) == BSYNC_OK);
	check(schema->version == again->version && schema->table_count == again->table_count &&
	      schema->circle_count == again->circle_count);
	install(source, schema);
	bsync_schema_free(again);
	bsync_schema_free(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_schema_file list[FILES_MAX];
	struct bsync_schema_source source = {.files = list};
	struct bsync_schema_files files;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, ARENA_MAX);
	if (size != 0 && data[0] == 0) {
		result = bsync_schema_decode((struct bsync_bytes){data + 1, size - 1}, &arena, &files);
		if (result == BSYNC_OK)
			result = bsync_schema_source_of(&files, &arena, &source);
	} else {
		source.file_count = files_of((struct bsync_bytes){data, size}, &arena, list);
	}
	if (result == BSYNC_OK)
		compile(&source);
	bsync_arena_clear(&arena);
	return 0;
}
