#include "tests/support/schemas.h"

#include <string.h>

#include "core/schema/compile.h"
#include "core/sha256.h"

enum { COMPILED_MAX = 8 };

enum bsync_result __real_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report);
void __real_bsync_schema_free(struct bsync_schema *schema);
enum bsync_result __wrap_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report);
enum bsync_result __real_bsync_schema_compile_growth(const struct bsync_schema_source *source, size_t kept_count,
						     struct bsync_schema **out, struct bsync_schema_report *report);
enum bsync_result __wrap_bsync_schema_compile_growth(const struct bsync_schema_source *source, size_t kept_count,
						     struct bsync_schema **out, struct bsync_schema_report *report);
void __wrap_bsync_schema_free(struct bsync_schema *schema);

static struct {
	uint32_t count;
	struct {
		struct bsync_digest source;
		struct bsync_schema *schema;
	} list[COMPILED_MAX];
} compiled;
static bool is_anew;
extern volatile int fault_spare_depth; /* fault_spare.h: what is kept is nobody's leak */

void schemas_compile_anew(bool shall_be)
{
	is_anew = shall_be;
}

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

/* NULL: it has an error, which is to be reported each time, or there are too many. */
static struct bsync_schema *kept(const struct bsync_schema_source *source)
{
	struct bsync_digest digest;
	struct bsync_schema *schema = NULL;
	source_hash(source, &digest);
	for (uint32_t i = 0; i < compiled.count; i++)
		if (memcmp(&compiled.list[i].source, &digest, sizeof digest) == 0)
			return compiled.list[i].schema;
	if (compiled.count == COMPILED_MAX)
		return NULL;
	fault_spare_depth++;
	enum bsync_result result = __real_bsync_schema_compile(source, &schema, NULL);
	fault_spare_depth--;
	if (result != BSYNC_OK)
		return NULL;
	compiled.list[compiled.count].source = digest;
	compiled.list[compiled.count++].schema = schema;
	return schema;
}

enum bsync_result __wrap_bsync_schema_compile(const struct bsync_schema_source *source, struct bsync_schema **out,
					      struct bsync_schema_report *report)
{
	struct bsync_schema *schema = is_anew ? NULL : kept(source);
	if (schema == NULL)
		return __real_bsync_schema_compile(source, out, report);
	*out = schema;
	return BSYNC_OK;
}

enum bsync_result __wrap_bsync_schema_compile_growth(const struct bsync_schema_source *source, size_t kept_count,
						     struct bsync_schema **out, struct bsync_schema_report *report)
{
	struct bsync_schema *schema = is_anew ? NULL : kept(source);
	if (schema == NULL)
		return __real_bsync_schema_compile_growth(source, kept_count, out, report);
	*out = schema;
	return BSYNC_OK;
}

void __wrap_bsync_schema_free(struct bsync_schema *schema)
{
	for (uint32_t i = 0; i < compiled.count; i++)
		if (compiled.list[i].schema == schema)
			return;
	__real_bsync_schema_free(schema);
}
