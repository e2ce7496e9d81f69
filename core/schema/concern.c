#include "core/schema/concern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/membership.h"

enum bsync_result bsync_concerns_begin(struct bsync_concerns *concerns, struct bsync_db *db,
				       const struct bsync_schema *schema, struct bsync_arena *arena)
{
	assert(concerns != NULL);
	assert(db != NULL && schema != NULL && arena != NULL);
	const size_t count = (size_t)schema->circle_count + 1;

	*concerns = (struct bsync_concerns){.db = db, .schema = schema, .arena = arena};
	concerns->leads = calloc(count, sizeof(sqlite3_stmt *));
	concerns->members = calloc(count, sizeof(sqlite3_stmt *));
	return concerns->leads != NULL && concerns->members != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
}

void bsync_concerns_end(struct bsync_concerns *concerns)
{
	assert(concerns != NULL);
	for (uint32_t i = 0; concerns->schema != NULL && i < concerns->schema->circle_count; i++) {
		if (concerns->leads != NULL)
			bsync_db_finalize(&concerns->leads[i]);
		if (concerns->members != NULL)
			bsync_db_finalize(&concerns->members[i]);
	}
	free(concerns->leads);
	free(concerns->members);
	*concerns = (struct bsync_concerns){0};
}

/* Appends those of `some` that are among `others`; NULL: all. */
static enum bsync_result people_add_all(struct bsync_arena *arena, const struct bsync_people *some,
					const struct bsync_people *others, struct bsync_people *people)
{
	assert(some != NULL);
	assert(people != NULL);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < some->count; i++) {
		if (others == NULL || bsync_people_has(others, &some->list[i]))
			result = bsync_people_add(arena, people, &some->list[i]);
	}
	return result;
}

/* A query of the circle, with the scope bound where it asks for it. */
static enum bsync_result query_begin(struct bsync_concerns *concerns, sqlite3_stmt **statement, const char *sql,
				     const struct bsync_value *scope)
{
	assert(sql != NULL);
	assert(scope != NULL);
	enum bsync_result result = *statement != NULL ? BSYNC_OK : bsync_db_prepare(concerns->db, sql, statement);

	if (result == BSYNC_OK)
		bsync_membership_bind(*statement, scope);
	return result;
}

enum bsync_result bsync_concerns_members(struct bsync_concerns *concerns, const struct bsync_concern_scope *scope,
					 int64_t now_ms, struct bsync_people *members)
{
	assert(concerns != NULL && scope != NULL);
	assert(members != NULL);
	sqlite3_stmt **query = &concerns->members[scope->circle];
	bool has_row = false;
	enum bsync_result result = query_begin(concerns, query, concerns->schema->circles[scope->circle].members_sql,
					       &scope->value);

	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(*query, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_membership membership;

		if (bsync_membership_read(*query, &membership) && bsync_membership_holds(&membership, now_ms))
			result = bsync_people_add(concerns->arena, members, &membership.worker);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(*query);
	return result;
}

/* Appends the members that lead; whoever else the query gives holds nothing of the scope. */
static enum bsync_result leads_add(struct bsync_concerns *concerns, const struct bsync_concern_scope *scope,
				   const struct bsync_people *members, struct bsync_people *leads)
{
	assert(members != NULL);
	assert(leads != NULL);
	const struct bsync_circle *circle = &concerns->schema->circles[scope->circle];
	sqlite3_stmt **query = &concerns->leads[scope->circle];
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (circle->lead_sql == NULL)
		return BSYNC_OK;
	result = query_begin(concerns, query, circle->lead_sql, &scope->value);
	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(*query, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_worker_id worker;

		if (bsync_db_copy(*query, 0, worker.bytes, BSYNC_ID_SIZE) && bsync_people_has(members, &worker))
			result = bsync_people_add(concerns->arena, leads, &worker);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(*query);
	return result;
}

enum bsync_result bsync_concerns_scope(struct bsync_concerns *concerns, const struct bsync_concern_scope *scope,
				       const struct bsync_people *members, const struct bsync_people *authors,
				       struct bsync_concern *concern)
{
	assert(concerns != NULL && scope != NULL && scope->circle < concerns->schema->circle_count);
	assert(members != NULL && authors != NULL && concern != NULL);
	const struct bsync_circle *circle = &concerns->schema->circles[scope->circle];
	const bool is_writable = circle->writers_sql == NULL || circle->writers_sql[0] != '\0';
	struct bsync_people *people = &concern->people;
	const uint32_t before = people->count;
	enum bsync_result result = leads_add(concerns, scope, members, people);

	/* PROTOCOL 7.13: "Where nobody leads it concerns all members; but where nobody may write, only the authors." */
	if (result == BSYNC_OK && people->count == before && (is_writable || !circle->knows_members))
		return people_add_all(concerns->arena, members, NULL, people);
	return result == BSYNC_OK ? people_add_all(concerns->arena, authors, members, people) : result;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bsync_worker_id));
}

void bsync_concern_settle(struct bsync_concern *concern)
{
	assert(concern != NULL);
	struct bsync_people *people = &concern->people;
	uint32_t kept = 0;

	if (concern->is_everybody)
		people->count = 0;
	if (people->count == 0)
		return;
	qsort(people->list, people->count, sizeof(*people->list), compare);
	for (uint32_t i = 1; i < people->count; i++) {
		if (compare(&people->list[kept], &people->list[i]) != 0)
			people->list[++kept] = people->list[i];
	}
	people->count = kept + 1;
}
