/* member_evaluate.c: what the members query of a scope gives now against what is materialised. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/membership.h"
#include "daemon/store/member.h"

enum { MEMBERS_MAX = 1 << 20 };

/* bsync_member_log, column act. */
enum log_act { LOG_ADDED = 0, LOG_REMOVED = 1, LOG_TIMES = 2 };

/* A worker who is a member now; bounds INT64_MIN and INT64_MAX mean none. */
struct member {
	struct bsync_worker_id worker;
	int64_t from_ms, until_ms;
	bool has_ended; /* of those that are materialised */
};

struct members {
	uint32_t count, capacity;
	struct member *list;
};

static enum bsync_result append(struct bsync_act *act, struct members *members, const struct member *member)
{
	if (members->count >= MEMBERS_MAX ||
	    !bsync_act_grow(act, &members->list, members->count, &members->capacity, sizeof(*member)))
		return BSYNC_NO_MEMORY;
	members->list[members->count++] = *member;
	return BSYNC_OK;
}

static enum bsync_result due_add(struct bsync_act *act, const struct bsync_scope *scope, int64_t at_ms)
{
	struct bsync_store *store = act->store;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DUE_ADD);

	if (store->due_next == 0 || at_ms < store->due_next)
		store->due_next = at_ms;
	bsync_db_bind_int64(statement, 1, at_ms);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	return bsync_db_run(statement);
}

static bool member_read(sqlite3_stmt *query, struct member *member)
{
	struct bsync_membership membership;

	if (!bsync_membership_read(query, &membership))
		return false;
	*member = (struct member){membership.worker, membership.from_ms, membership.until_ms, false};
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct member *left = a;
	const struct member *right = b;

	return memcmp(left->worker.bytes, right->worker.bytes, BSYNC_ID_SIZE);
}

/* Sorts, and joins several periods of one worker that all hold now. */
static void members_sort(struct members *members)
{
	uint32_t kept = 0;

	if (members->count == 0)
		return;
	qsort(members->list, members->count, sizeof(*members->list), compare);
	for (uint32_t i = 1; i < members->count; i++) {
		struct member *last = &members->list[kept];
		const struct member *next = &members->list[i];

		if (compare(last, next) != 0) {
			members->list[++kept] = *next;
			continue;
		}
		if (next->from_ms < last->from_ms)
			last->from_ms = next->from_ms;
		if (next->until_ms > last->until_ms)
			last->until_ms = next->until_ms;
	}
	members->count = kept + 1;
}

/* Who is a member now by the query; `later` gets the times at which that changes. */
static enum bsync_result query_run(struct bsync_act *act, struct bsync_scope *scope, struct members *now,
				   struct members *later, bool *has_rows)
{
	sqlite3_stmt *query = act->store->base.tables.circles[scope->circle].members;
	bool has_row = false;
	enum bsync_result result;

	*has_rows = false;
	bsync_membership_bind(query, &scope->value);
	result = bsync_db_step(query, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct member member;

		if (member_read(query, &member)) {
			*has_rows = true;
			if (member.from_ms <= act->now_ms && act->now_ms < member.until_ms)
				result = append(act, now, &member);
			if (result == BSYNC_OK && (member.from_ms > act->now_ms ||
						   (member.until_ms > act->now_ms && member.until_ms != INT64_MAX)))
				result = append(act, later, &member);
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(query, &has_row);
	}
	bsync_db_reset(query);
	return result;
}

static enum bsync_result stored_read(struct bsync_act *act, const struct bsync_scope *scope, struct members *stored)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBERS_OF);
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (scope->no == 0)
		return BSYNC_OK;
	bsync_db_bind_int64(statement, 1, (int64_t)scope->no);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct member member = {.from_ms = INT64_MIN, .until_ms = INT64_MAX};

		if (!bsync_db_copy(statement, 0, member.worker.bytes, BSYNC_ID_SIZE)) {
			result = BSYNC_STORAGE_CORRUPT;
			break;
		}
		if (!bsync_db_is_null(statement, 1))
			member.from_ms = bsync_db_int64(statement, 1);
		if (!bsync_db_is_null(statement, 2))
			member.until_ms = bsync_db_int64(statement, 2);
		member.has_ended = !bsync_db_is_null(statement, 3);
		result = append(act, stored, &member);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static void bounds_bind(sqlite3_stmt *statement, int index, const struct member *member)
{
	if (member->from_ms != INT64_MIN)
		bsync_db_bind_int64(statement, index, member->from_ms);
	if (member->until_ms != INT64_MAX)
		bsync_db_bind_int64(statement, index + 1, member->until_ms);
}

static enum bsync_result log_add(struct bsync_act *act, struct bsync_scope *scope, const struct member *member,
				 enum log_act what)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBER_LOG);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)act->version.counter);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	bsync_db_bind_data(statement, 3, member->worker.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 4, what);
	bounds_bind(statement, 5, member);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK)
		result = bsync_writer_touch_worker(act->store, &member->worker);
	if (result == BSYNC_OK)
		result = bsync_writer_retry_note(act->store, scope);
	return result == BSYNC_OK ? bsync_act_touch(act, scope) : result;
}

static enum bsync_result member_add(struct bsync_act *act, struct bsync_scope *scope, const struct member *member)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBER_ADD);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, member->worker.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	bounds_bind(statement, 3, member);
	bsync_db_bind_int64(statement, 5, (int64_t)act->version.counter);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? log_add(act, scope, member, LOG_ADDED) : result;
}

static enum bsync_result member_end(struct bsync_act *act, struct bsync_scope *scope, const struct member *member)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBER_END);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, member->worker.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	bsync_db_bind_int64(statement, 3, (int64_t)act->version.counter);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? log_add(act, scope, member, LOG_REMOVED) : result;
}

static enum bsync_result member_change(struct bsync_act *act, struct bsync_scope *scope, const struct member *member)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBER_CHANGE);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, member->worker.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	bounds_bind(statement, 3, member);
	bsync_db_bind_int64(statement, 5, (int64_t)act->version.counter);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? log_add(act, scope, member, LOG_TIMES) : result;
}

/* Both lists ascend by worker. */
static enum bsync_result difference_write(struct bsync_act *act, struct bsync_scope *scope, const struct members *now,
					  const struct members *stored)
{
	uint32_t i = 0;
	uint32_t k = 0;
	enum bsync_result result = BSYNC_OK;

	while (result == BSYNC_OK && (i < now->count || k < stored->count)) {
		int order = i == now->count ? 1 : k == stored->count ? -1 : compare(&now->list[i], &stored->list[k]);

		if (order < 0) {
			result = member_add(act, scope, &now->list[i++]);
		} else if (order > 0) {
			if (!stored->list[k].has_ended)
				result = member_end(act, scope, &stored->list[k]);
			k++;
		} else {
			const struct member *was = &stored->list[k++];
			const struct member *is = &now->list[i++];

			/* One whose time was over had been given nothing more: it begins anew. */
			if (was->has_ended || was->until_ms <= act->now_ms)
				result = member_add(act, scope, is);
			else if (was->from_ms != is->from_ms || was->until_ms != is->until_ms)
				result = member_change(act, scope, is);
		}
	}
	return result;
}

static bool is_among(const struct members *members, const struct bsync_worker_id *worker)
{
	for (uint32_t i = 0; i < members->count; i++) {
		if (memcmp(members->list[i].worker.bytes, worker->bytes, BSYNC_ID_SIZE) == 0)
			return true;
	}
	return false;
}

/* A founder whose first membership rows are those of others was a member for the length of its own changeset: the rows are on
 * its device, so it must be told that the scope is not its to hold. */
static enum bsync_result founder_end(struct bsync_act *act, struct bsync_scope *scope, const struct members *now,
				     const struct members *stored)
{
	struct member founder = {.worker = scope->founder, .from_ms = INT64_MIN, .until_ms = INT64_MAX};
	enum bsync_result result = BSYNC_OK;

	/* One that has been written down ends like any other. */
	if (is_among(now, &scope->founder) || is_among(stored, &scope->founder))
		return BSYNC_OK;
	result = member_add(act, scope, &founder);
	return result == BSYNC_OK ? member_end(act, scope, &founder) : result;
}

enum bsync_result bsync_member_evaluate(struct bsync_act *act, struct bsync_scope *scope)
{
	struct members now = {0};
	struct members later = {0};
	struct members stored = {0};
	bool has_rows = false;
	bool was_provisional = !scope->has_members;
	enum bsync_result result = query_run(act, scope, &now, &later, &has_rows);

	if (result == BSYNC_OK)
		result = stored_read(act, scope, &stored);
	if (result != BSYNC_OK)
		return result;
	if (scope->no == 0) {
		if (!has_rows)
			return BSYNC_OK;
		result = bsync_member_create(act, scope, NULL);
	}
	if (has_rows && !scope->has_members) {
		scope->has_members = true;
		if (result == BSYNC_OK)
			result = bsync_scopes_mark(&act->store->scopes, scope);
	}
	if (result == BSYNC_OK && scope->last_counter == 0 && scope->begin_serial != act->serial &&
	    scope->touch_serial != act->serial)
		return BSYNC_OK;
	/* PROTOCOL 7.6: "inserting the circle's root row into a scope the store has never seen makes the author a
	 * member until the scope has its first membership row" */
	if (!scope->has_members && scope->has_founder && result == BSYNC_OK) {
		struct member founder = {.worker = scope->founder, .from_ms = INT64_MIN, .until_ms = INT64_MAX};

		result = append(act, &now, &founder);
	}
	members_sort(&now);
	for (uint32_t i = 0; i < later.count && result == BSYNC_OK; i++) {
		const struct member *member = &later.list[i];

		if (member->from_ms > act->now_ms)
			result = due_add(act, scope, member->from_ms);
		if (result == BSYNC_OK && member->until_ms > act->now_ms && member->until_ms != INT64_MAX)
			result = due_add(act, scope, member->until_ms);
	}
	if (result == BSYNC_OK)
		result = difference_write(act, scope, &now, &stored);
	if (result == BSYNC_OK && was_provisional && scope->has_members && scope->has_founder)
		result = founder_end(act, scope, &now, &stored);
	scope->has_memo = false;
	return result;
}
