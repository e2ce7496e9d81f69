#include "daemon/store/concern.h"

#include <assert.h>

/* The members query has been asked at the last change, and that is who is given the scope. */
static enum bsync_result members_read(struct bsync_base *base, uint64_t scope_no, struct bsync_arena *arena,
				      struct bsync_people *members)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, MEMBERS_OF);
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_worker_id worker;

		if (!bsync_db_is_null(statement, 3))
			continue;
		if (!bsync_db_copy(statement, 0, worker.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = bsync_people_add(arena, members, &worker);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result scope_read(struct bsync_base *base, uint64_t scope_no, struct bsync_arena *arena,
				    struct bsync_concern_scope *scope)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_BY_NO);
	const struct bsync_schema *schema = base->schema;
	enum bsync_result result = BSYNC_OK;

	*scope = (struct bsync_concern_scope){.circle = 0};
	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		const struct bsync_value value = bsync_db_value(statement, 1);
		const int circle = bsync_schema_circle(schema, (uint32_t)bsync_db_int64(statement, 0));

		scope->circle = (uint32_t)circle;
		if (circle < 0)
			result = BSYNC_STORAGE_CORRUPT;
		else if (!bsync_value_copy(arena, &value, &scope->value))
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

enum bsync_result bsync_concern_in(struct bsync_base *base, struct bsync_concerns *concerns, uint64_t scope_no,
				   const struct bsync_people *authors, struct bsync_concern *concern)
{
	struct bsync_concern_scope scope;
	struct bsync_people members = {0};
	enum bsync_result result = BSYNC_OK;

	assert(base != NULL && concerns != NULL && authors != NULL && concern != NULL);
	if (scope_no == 0)
		return BSYNC_OK;
	result = scope_read(base, scope_no, concerns->arena, &scope);
	if (result == BSYNC_OK)
		result = members_read(base, scope_no, concerns->arena, &members);
	return result == BSYNC_OK ? bsync_concerns_scope(concerns, &scope, &members, authors, concern) : result;
}
