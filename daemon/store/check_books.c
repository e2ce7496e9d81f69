/* check_books.c: scopes, lines, receipts and members against what they follow from. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "core/schema/period.h"
#include "daemon/store/check.h"

/* Reports each row of a query: `format` has two PRId64. */
struct rule {
	const char *sql;
	const char *what;
};

static const struct rule rules[] = {
	{"SELECT s.no, s.last_counter FROM bsync_scope s WHERE s.last_counter <> max("
	 "coalesce((SELECT max(f.counter) FROM bsync_feed f WHERE f.scope_no = s.no), 0), "
	 "coalesce((SELECT max(max(m.added_counter, coalesce(m.removed_counter, 0))) FROM bsync_member m "
	 "WHERE m.scope_no = s.no), 0), "
	 "coalesce((SELECT max(g.counter) FROM bsync_member_log g WHERE g.scope_no = s.no), 0))",
	 "scope has another newest counter than its feed and members"},
	{"SELECT l.no, l.last_seq FROM bsync_line l WHERE l.last_seq - l.first_seq + 1 <> (SELECT count(*) "
	 "FROM bsync_receipt r WHERE r.line_no = l.no) OR l.last_seq <> (SELECT coalesce(max(r.seq), l.first_seq - 1) "
	 "FROM bsync_receipt r WHERE r.line_no = l.no) OR l.first_seq > (SELECT coalesce(min(r.seq), l.first_seq) "
	 "FROM bsync_receipt r WHERE r.line_no = l.no)",
	 "line has a gap in its receipts"},
	{"SELECT l.no, l.last_seq FROM bsync_line l JOIN bsync_receipt r ON r.line_no = l.no AND r.seq = l.last_seq "
	 "WHERE r.hash <> l.last_hash",
	 "line ends in another hash than its last receipt"},
	{"SELECT l.no, l.first_seq FROM bsync_line l LEFT JOIN bsync_line f ON f.no = l.fork_of WHERE l.fork_of <> 0 "
	 "AND (f.no IS NULL OR f.device_no <> l.device_no OR l.first_seq < f.first_seq OR l.first_seq > f.last_seq + 1)",
	 "line is a fork of none of its device"},
	{"SELECT l.no, l.first_seq FROM bsync_line l LEFT JOIN bsync_line a ON a.no = l.after_no WHERE l.after_no <> 0 "
	 "AND (a.no IS NULL OR a.device_no <> l.device_no OR l.after_seq < a.first_seq OR l.after_seq > a.last_seq "
	 "OR l.after_seq >= l.first_seq)",
	 "line goes on after none of its device"},
	{"SELECT l.no, l.first_seq FROM bsync_line l JOIN bsync_receipt r ON r.line_no = l.no AND r.seq = l.first_seq "
	 "WHERE l.fork_of <> 0 AND l.line <> substr(r.hash, 1, 16)",
	 "line is a fork with another name than its first changeset gives it"},
	{"SELECT min(line_no), counter FROM bsync_receipt WHERE counter > 0 GROUP BY counter HAVING count(*) > 1",
	 "line has a receipt at a position that another has too"},
	{"SELECT line_no, counter FROM bsync_receipt WHERE counter > (SELECT value FROM bsync_meta "
	 "WHERE name = 'counter')",
	 "line has a receipt above the store's position"},
	{"SELECT line_no, seq FROM bsync_set_aside s WHERE NOT EXISTS (SELECT 1 FROM bsync_receipt r "
	 "WHERE r.line_no = s.line_no AND r.seq = s.seq AND r.counter = 0 AND r.verdict = s.kind)",
	 "line has a set-aside changeset whose receipt says otherwise"},
	{"SELECT line_no, seq FROM bsync_receipt r WHERE counter = 0 AND NOT EXISTS (SELECT 1 FROM bsync_set_aside s "
	 "WHERE r.line_no = s.line_no AND r.seq = s.seq)",
	 "line has a receipt without a position, and nothing set aside"},
	{"SELECT line_no, counter FROM bsync_receipt r WHERE counter > 0 AND NOT EXISTS (SELECT 1 FROM "
	 "bsync_incarnation i WHERE i.is_lost = 0 AND i.first_counter <= r.counter AND "
	 "(i.last_counter IS NULL OR r.counter <= i.last_counter))",
	 "line has a receipt at a position that no life of the store had"},
	{"SELECT line_no, seq FROM bsync_kept k WHERE NOT EXISTS (SELECT 1 FROM bsync_set_aside s "
	 "WHERE s.line_no = k.line_no AND s.seq = k.seq AND s.kind = 4) OR (SELECT value FROM bsync_meta "
	 "WHERE name = 'recovery') = 0",
	 "line has a changeset that waits for the end of a recovery, and nothing set aside or no recovery"},
	{"SELECT incarnation, first_counter FROM bsync_incarnation WHERE is_lost = 0 AND last_counter IS NULL AND "
	 "incarnation <> (SELECT value FROM bsync_meta WHERE name = 'incarnation')",
	 "life of the store has no end and is not the present one"},
	{"SELECT (SELECT value FROM bsync_meta WHERE name = 'incarnation'), value FROM bsync_meta "
	 "WHERE name = 'put_back_ms' AND value > 0",
	 "life of the store: a device has more than it ever gave; the store is an older copy that was put back without "
	 "buurtsyncctl restore"},
	{"SELECT f.scope_no, f.counter FROM bsync_feed f WHERE NOT EXISTS (SELECT 1 FROM bsync_scope s "
	 "WHERE s.no = f.scope_no)",
	 "scope has a feed but is not known"},
};

static enum bsync_result rule_check(struct bsync_check *check, const struct rule *rule)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&check->view->base.db, rule->sql, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		bsync_check_say(check, "%" PRId64 " (%" PRId64 "): %s", bsync_db_int64(statement, 0),
				bsync_db_int64(statement, 1), rule->what);
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_check_books(struct bsync_check *check)
{
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && result == BSYNC_OK; i++)
		result = rule_check(check, &rules[i]);
	return result;
}

/* A scope whose members are checked. */
struct scope {
	uint64_t no;
	struct bsync_value value;
	bool has_members;
	bool has_founder;
	struct bsync_worker_id founder;
};

/* What is materialised for one worker: 0 nothing, 1 an ended membership, 2 one that holds. */
static enum bsync_result stored_state(struct bsync_check *check, const struct scope *scope,
				      const struct bsync_worker_id *worker, int *state)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&check->view->base, MEMBER_GET);
	enum bsync_result result;

	*state = 0;
	bsync_db_bind_data(statement, 1, worker->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*state = bsync_db_is_null(statement, 2) ? 2 : 1;
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

/* Who the query names must be a member, unless the time for it may not have come or may be over; and how many of the
 * materialised ones it names. */
static enum bsync_result named_check(struct bsync_check *check, const struct scope *scope, sqlite3_stmt *members,
				     uint64_t *named)
{
	int parameter = sqlite3_bind_parameter_index(members, ":scope");
	struct bsync_worker_id last = {{0}};
	bool has_row = false;
	enum bsync_result result;

	if (parameter != 0)
		bsync_db_bind_value(members, parameter, &scope->value);
	result = bsync_db_step(members, &has_row);
	while (result == BSYNC_OK && has_row) {
		int columns = sqlite3_column_count(members);
		struct bsync_value from = columns > 1 ? bsync_db_value(members, 1) : bsync_value_null();
		struct bsync_value until = columns > 2 ? bsync_db_value(members, 2) : bsync_value_null();
		bool is_always = from.kind == BSYNC_NULL && until.kind == BSYNC_NULL;
		struct bsync_worker_id worker;
		int state = 0;

		if (bsync_db_copy(members, 0, worker.bytes, BSYNC_ID_SIZE)) {
			result = stored_state(check, scope, &worker, &state);
			if (result == BSYNC_OK && is_always && state != 2)
				bsync_check_say(check, "scope %" PRIu64 ": a member is not materialised", scope->no);
			/* Ascending by worker, so that several rows of one count once. */
			*named += state == 2 && memcmp(worker.bytes, last.bytes, BSYNC_ID_SIZE) != 0;
			last = worker;
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(members, &has_row);
	}
	bsync_db_reset(members);
	return result;
}

static enum bsync_result held_count(struct bsync_check *check, uint64_t scope_no, uint64_t *count)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&check->view->base, MEMBERS_OF);
	bool has_row = false;
	enum bsync_result result;

	*count = 0;
	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		*count += bsync_db_is_null(statement, 3);
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result scope_check(struct bsync_check *check, const struct scope *scope, sqlite3_stmt *members)
{
	uint64_t named = 0;
	uint64_t held = 0;
	int state = 0;
	enum bsync_result result = named_check(check, scope, members, &named);

	if (result == BSYNC_OK && !scope->has_members && scope->has_founder) {
		result = stored_state(check, scope, &scope->founder, &state);
		if (state != 2)
			bsync_check_say(check, "scope %" PRIu64 ": its founder is not a member", scope->no);
		named += state == 2;
	}
	if (result == BSYNC_OK)
		result = held_count(check, scope->no, &held);
	if (result == BSYNC_OK && held != named)
		bsync_check_say(check, "scope %" PRIu64 " has %" PRIu64 " members, the query gives %" PRIu64, scope->no,
				held, named);
	return result;
}

static enum bsync_result circle_check(struct bsync_check *check, const struct bsync_circle *circle,
				      sqlite3_stmt *scopes, sqlite3_stmt *members)
{
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(scopes, 1, circle->no);
	result = bsync_db_step(scopes, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct scope scope = {
			.no = (uint64_t)bsync_db_int64(scopes, 0),
			.value = bsync_db_value(scopes, 1),
			.has_members = bsync_db_int64(scopes, 2) != 0,
		};

		scope.has_founder = bsync_db_copy(scopes, 3, scope.founder.bytes, BSYNC_ID_SIZE);
		result = scope_check(check, &scope, members);
		if (result == BSYNC_OK)
			result = bsync_db_step(scopes, &has_row);
	}
	bsync_db_reset(scopes);
	return result;
}

enum bsync_result bsync_check_members(struct bsync_check *check)
{
	struct bsync_base *base = &check->view->base;
	sqlite3_stmt *scopes = NULL;
	enum bsync_result result = bsync_db_prepare(
		&base->db,
		"SELECT no, value, has_members, founder FROM bsync_scope WHERE circle_no = ?1 AND last_counter > 0",
		&scopes);

	for (uint32_t i = 0; i < base->schema->circle_count && result == BSYNC_OK; i++) {
		const struct bsync_circle *circle = &base->schema->circles[i];
		sqlite3_stmt *members = NULL;
		char *sql = sqlite3_mprintf("SELECT * FROM (%s) ORDER BY 1", circle->members_sql);

		if (sql == NULL)
			result = BSYNC_NO_MEMORY;
		if (result == BSYNC_OK)
			result = bsync_db_prepare(&base->db, sql, &members);
		sqlite3_free(sql);
		if (result == BSYNC_OK)
			result = circle_check(check, circle, scopes, members);
		bsync_db_finalize(&members);
	}
	bsync_db_finalize(&scopes);
	return result;
}
