#include "client-sdk/store/concern.h"

#include <assert.h>

#include "client-sdk/store/held.h"

enum bsync_result bsync_concern_reading_begin(struct bsync_file *file, struct bsync_arena *arena,
					      struct bsync_concern_reading *reading)
{
	assert(file != NULL && reading != NULL);
	reading->file = file;
	return bsync_concerns_begin(&reading->concerns, &file->db, file->schema, arena);
}

void bsync_concern_reading_end(struct bsync_concern_reading *reading)
{
	bsync_concerns_end(&reading->concerns);
}

/* Who holds a scope is in it.  Who else is, is judged by the rows that are here and at the time of the last pull: as the store
 * judged it then. */
static enum bsync_result scope_add(struct bsync_concern_reading *reading, const struct bsync_concern_scope *scope,
				   const struct bsync_people *authors, struct bsync_concern *concern)
{
	struct bsync_file *file = reading->file;
	struct bsync_people members = {0};
	enum bsync_result result = BSYNC_OK;

	/* PROTOCOL 7.13: "a device cannot tell who is in it: there it concerns all members" */
	if (!file->schema->circles[scope->circle].knows_members) {
		concern->is_everybody = true;
		return BSYNC_OK;
	}
	result = bsync_people_add(reading->concerns.arena, &members, &file->identity.worker);
	if (result == BSYNC_OK)
		result = bsync_concerns_members(&reading->concerns, scope, file->state.pull_ok_ms, &members);
	if (result == BSYNC_OK)
		result = bsync_concerns_scope(&reading->concerns, scope, &members, authors, concern);
	return bsync_file_fail_sqlite(file, result);
}

static void settle(const struct bsync_concern_reading *reading, struct bsync_concern *concern, bool *is_yours)
{
	bsync_concern_settle(concern);
	*is_yours = concern->is_everybody || bsync_people_has(&concern->people, &reading->file->identity.worker);
}

/* A face may have a column of the row that another has not.  The user can have moved the row out of all that is held. */
static enum bsync_result faces_add(struct bsync_concern_reading *reading, const struct bsync_conflict *conflict,
				   const struct bsync_people *authors, struct bsync_concern *concern)
{
	struct bsync_file *file = reading->file;
	const struct bsync_table *table = conflict->table;
	const struct bsync_record_key key = {.table = (uint32_t)(table - file->schema->tables),
					     .count = conflict->key_count,
					     .values = conflict->key};
	uint64_t left = 0;
	bool is_held = false;
	enum bsync_result result = bsync_held_left(file, table->no, conflict->packed, &left);

	for (uint32_t i = 0; result == BSYNC_OK && i < table->face_count; i++) {
		struct bsync_concern_scope scope = {.circle = table->faces[i].circle};

		if (!table->faces[i].has_column[conflict->column])
			continue;
		result = bsync_held_scope(file, &key, i, left, reading->concerns.arena, &scope.value);
		if (result != BSYNC_OK || scope.value.kind == BSYNC_NULL)
			continue;
		is_held = true;
		result = scope_add(reading, &scope, authors, concern);
	}
	if (!is_held)
		concern->is_everybody = true;
	return result;
}

enum bsync_result bsync_concern_of_conflict(struct bsync_concern_reading *reading,
					    const struct bsync_conflict *conflict, struct bsync_concern *concern,
					    bool *is_yours)
{
	struct bsync_people authors = {0};
	enum bsync_result result = BSYNC_OK;

	assert(conflict != NULL && concern != NULL);
	for (uint32_t i = 0; result == BSYNC_OK && i < conflict->variant_count; i++)
		result = bsync_people_add(reading->concerns.arena, &authors, &conflict->variants[i].author);
	*concern = (struct bsync_concern){.is_everybody = false};
	if (result == BSYNC_OK)
		result = faces_add(reading, conflict, &authors, concern);
	settle(reading, concern, is_yours);
	return result;
}

enum bsync_result bsync_concern_of_item(struct bsync_concern_reading *reading, const struct bsync_store_item *item,
					struct bsync_concern *concern, bool *is_yours)
{
	const struct bsync_schema *schema = reading->file->schema;
	struct bsync_people authors = {0};
	struct bsync_concern_scope scope = {.value = item->scope};
	enum bsync_result result = bsync_people_add(reading->concerns.arena, &authors, &item->author);

	assert(concern != NULL);
	*concern = (struct bsync_concern){.is_everybody = false};
	const int circle = bsync_schema_circle(schema, item->circle_no);

	scope.circle = (uint32_t)circle;
	/* A circle that a newer schema brings. */
	if (circle < 0)
		concern->is_everybody = true;
	else if (result == BSYNC_OK)
		result = scope_add(reading, &scope, &authors, concern);
	settle(reading, concern, is_yours);
	return result;
}
