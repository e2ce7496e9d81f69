/* schemas.c: compiles a schema once, however often stores are opened.
 *
 * The linker gives the simulator these in place of the two functions of core/schema.  A compiled schema is never written
 * to, so that all stores of a process can have the same one; compiling it was a third of a world's time. */
#include <string.h>

#include "core/schema/compile.h"
#include "core/sha256.h"

enum { COMPILED_MAX = 8 };

enum bsync_result __real_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report);
void __real_bsync_schema_free(struct bsync_schema *schema);
enum bsync_result __wrap_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report);
void __wrap_bsync_schema_free(struct bsync_schema *schema);

static struct {
	uint32_t count;
	struct {
		struct bsync_digest source;
		struct bsync_schema *schema;
	} list[COMPILED_MAX];
} compiled;

static void source_hash(const struct bsync_schema_source *source, struct bsync_digest *out)
{
	struct bsync_sha256_state hash;
	bsync_sha256_begin(&hash);
	for (size_t i = 0; i < source->file_count; i++) {
		struct bsync_bytes name = bsync_bytes_of_string(source->files[i].name);
		bsync_sha256_add(&hash, (struct bsync_bytes){name.data, name.size + 1});
		bsync_sha256_add(&hash, source->files[i].sql);
	}
	bsync_sha256_add(&hash, source->dictionary);
	bsync_sha256_end(&hash, out->bytes);
}

/* A schema that has an error is compiled each time, so that it is reported each time. */
enum bsync_result __wrap_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report)
{
	struct bsync_digest digest;
	source_hash(source, &digest);
	for (uint32_t i = 0; i < compiled.count; i++) {
		if (memcmp(&compiled.list[i].source, &digest, sizeof digest) == 0) {
			*out = compiled.list[i].schema;
			return BSYNC_OK;
		}
	}
	enum bsync_result result = __real_bsync_schema_compile(source, out, report);
	if (result == BSYNC_OK && compiled.count < COMPILED_MAX) {
		compiled.list[compiled.count].source = digest;
		compiled.list[compiled.count++].schema = *out;
	}
	return result;
}

void __wrap_bsync_schema_free(struct bsync_schema *schema)
{
	for (uint32_t i = 0; i < compiled.count; i++)
		if (compiled.list[i].schema == schema)
			return;
	__real_bsync_schema_free(schema);
}
