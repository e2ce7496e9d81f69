#include "daemon/store/scope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SCOPES_SIZE_MAX = 256 << 20 };

enum bsync_result bsync_scopes_init(struct bsync_scope_cache *scopes)
{
	assert(scopes != NULL);
	*scopes = (struct bsync_scope_cache){0};
	bsync_arena_init(&scopes->arena, SCOPES_SIZE_MAX);
	scopes->buckets = calloc(BSYNC_SCOPE_BUCKETS, sizeof(struct bsync_scope *));
	return scopes->buckets != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
}

void bsync_scopes_clear(struct bsync_scope_cache *scopes)
{
	assert(scopes != NULL);
	free(scopes->buckets);
	free(scopes->dirty);
	bsync_arena_clear(&scopes->arena);
	*scopes = (struct bsync_scope_cache){0};
}

void bsync_scopes_forget(struct bsync_scope_cache *scopes)
{
	scopes->dirty_count = 0;
	if (scopes->count == 0)
		return;
	memset(scopes->buckets, 0, BSYNC_SCOPE_BUCKETS * sizeof(struct bsync_scope *));
	bsync_arena_reset(&scopes->arena);
	scopes->count = 0;
}

/* FNV-1a over eight bytes at a time: values are ids. */
static uint32_t hash_bytes(uint64_t hash, const uint8_t *data, size_t size)
{
	while (size >= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, data, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
		data += sizeof(word);
		size -= sizeof(word);
	}
	for (; size != 0; size--)
		hash = (hash ^ *data++) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t bucket_of(uint32_t circle, const struct bsync_value *value)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ circle ^ ((uint64_t)value->kind << 32);
	uint32_t mixed = 0;

	switch (value->kind) {
	case BSYNC_NULL:
		break;
	case BSYNC_INTEGER:
		mixed = hash_bytes(hash, (const uint8_t *)&value->as.integer, sizeof(value->as.integer));
		break;
	case BSYNC_REAL:
		mixed = hash_bytes(hash, (const uint8_t *)&value->as.real, sizeof(value->as.real));
		break;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		mixed = hash_bytes(hash, value->as.bytes.data, value->as.bytes.size);
		break;
	}
	return mixed % BSYNC_SCOPE_BUCKETS;
}

static enum bsync_result scope_load(struct bsync_base *base, struct bsync_scope *scope)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_FIND);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, base->schema->circles[scope->circle].no);
	bsync_db_bind_value(statement, 2, &scope->value);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		scope->no = (uint64_t)bsync_db_int64(statement, 0);
		scope->last_counter = (uint64_t)bsync_db_int64(statement, 1);
		scope->has_founder = bsync_db_copy(statement, 2, scope->founder.bytes, BSYNC_ID_SIZE);
		scope->has_members = bsync_db_int64(statement, 3) != 0;
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

enum bsync_result bsync_scopes_get(struct bsync_scope_cache *scopes, struct bsync_base *base, uint32_t circle,
				   const struct bsync_value *value, struct bsync_scope **out)
{
	uint32_t bucket = bucket_of(circle, value);
	struct bsync_scope *scope = scopes->buckets[bucket];
	enum bsync_result result;

	assert(value->kind != BSYNC_NULL);
	for (; scope != NULL; scope = scope->next) {
		if (scope->circle == circle && bsync_value_equal(&scope->value, value)) {
			*out = scope;
			return BSYNC_OK;
		}
	}
	if ((value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB) && value->as.bytes.size > BSYNC_SCOPE_VALUE_MAX)
		return BSYNC_TOO_LARGE;
	scope = bsync_arena_take(&scopes->arena, sizeof(*scope));
	if (scope == NULL || !bsync_value_copy(&scopes->arena, value, &scope->value))
		return BSYNC_NO_MEMORY;
	scope->circle = circle;
	result = scope_load(base, scope);
	if (result != BSYNC_OK)
		return result;
	scope->next = scopes->buckets[bucket];
	scopes->buckets[bucket] = scope;
	scopes->count++;
	*out = scope;
	return BSYNC_OK;
}

enum bsync_result bsync_scopes_by_no(struct bsync_scope_cache *scopes, struct bsync_base *base, uint64_t no,
				     struct bsync_scope **out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_BY_NO);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)no);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		struct bsync_value value = bsync_db_value(statement, 1);
		int circle = bsync_schema_circle(base->schema, (uint32_t)bsync_db_int64(statement, 0));

		result = circle < 0 || value.kind == BSYNC_NULL
				 ? BSYNC_STORAGE_CORRUPT
				 : bsync_scopes_get(scopes, base, (uint32_t)circle, &value, out);
	} else if (result == BSYNC_NOT_FOUND) {
		result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_scopes_mark(struct bsync_scope_cache *scopes, struct bsync_scope *scope)
{
	if (scope->is_dirty)
		return BSYNC_OK;
	if (scopes->dirty_count == scopes->dirty_capacity) {
		uint32_t capacity = scopes->dirty_capacity == 0 ? 256 : scopes->dirty_capacity * 2;
		struct bsync_scope **dirty = realloc(scopes->dirty, capacity * sizeof(struct bsync_scope *));

		if (dirty == NULL)
			return BSYNC_NO_MEMORY;
		scopes->dirty = dirty;
		scopes->dirty_capacity = capacity;
	}
	scope->is_dirty = true;
	scopes->dirty[scopes->dirty_count++] = scope;
	return BSYNC_OK;
}

enum bsync_result bsync_scopes_flush(struct bsync_scope_cache *scopes, struct bsync_base *base)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_TOUCH);

	for (uint32_t i = 0; i < scopes->dirty_count; i++) {
		const struct bsync_scope *scope = scopes->dirty[i];
		enum bsync_result result;

		/* One that an undone act had made known. */
		if (scope->no == 0)
			continue;
		bsync_db_bind_int64(statement, 1, (int64_t)scope->no);
		bsync_db_bind_int64(statement, 2, (int64_t)scope->last_counter);
		if (scope->has_founder)
			bsync_db_bind_data(statement, 3, scope->founder.bytes, BSYNC_ID_SIZE);
		bsync_db_bind_int64(statement, 4, scope->has_members);
		result = bsync_db_run(statement);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

void bsync_scopes_unmark(struct bsync_scope_cache *scopes)
{
	for (uint32_t i = 0; i < scopes->dirty_count; i++)
		scopes->dirty[i]->is_dirty = false;
	scopes->dirty_count = 0;
}
