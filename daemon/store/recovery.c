#include "daemon/store/recovery.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/device.h"
#include "daemon/store/lives.h"
#include "daemon/store/receipt.h"
#include "daemon/store/view_internal.h"

const char bsync_recovery_refusal[] = "a recovery is open, and what devices still hold comes first; "
				      "`recovery status` tells, `recovery close` ends it";

static enum bsync_result meta_set(struct bsync_store *store, const char *name, int64_t integer)
{
	struct bsync_value value = bsync_value_integer(integer);

	return bsync_meta_put(&store->base, name, &value);
}

/* Prepares a statement of this file; they are too rare to be kept. */
static enum bsync_result prepare(struct bsync_base *base, const char *sql, sqlite3_stmt **statement)
{
	*statement = NULL;
	return bsync_db_prepare(&base->db, sql, statement);
}

static enum bsync_result run_line_seq(struct bsync_store *store, const char *sql, uint32_t line, uint64_t seq)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = prepare(&store->base, sql, &statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, line);
		bsync_db_bind_int64(statement, 2, (int64_t)seq);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* --- Receipts that devices show --- */

static bool is_ours(const struct bsync_store *store, const struct bsync_device_id *device,
		    const struct bsync_receipts *receipts, enum bsync_result *result)
{
	struct bsync_receipts copy = *receipts;
	uint8_t difference = 0;

	*result = bsync_receipts_authenticate(&store->receipt_key, device, &copy);
	for (size_t i = 0; i < sizeof(copy.mac); i++)
		difference = (uint8_t)(difference | (copy.mac[i] ^ receipts->mac[i]));
	return *result == BSYNC_OK && difference == 0;
}

static enum bsync_result shown_add(struct bsync_store *store, sqlite3_stmt *statement, uint32_t line,
				   const struct bsync_receipts *receipts)
{
	const uint64_t last_seq = receipts->first_seq + receipts->count - 1;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < receipts->count && result == BSYNC_OK; i++) {
		const struct bsync_receipt *receipt = &receipts->receipts[i];
		const struct bsync_position place = {receipts->incarnation, receipt->counter};

		if (receipts->first_seq + i <= store->lines[line].last_seq ||
		    (receipt->counter != 0 && bsync_lives_have(store, place)))
			continue;
		bsync_db_bind_int64(statement, 1, line);
		bsync_db_bind_int64(statement, 2, (int64_t)(receipts->first_seq + i));
		bsync_db_bind_int64(statement, 3, receipts->incarnation);
		bsync_db_bind_int64(statement, 4, (int64_t)receipt->counter);
		bsync_db_bind_int64(statement, 5, receipt->stamp_ms);
		bsync_db_bind_int64(statement, 6, (int64_t)last_seq);
		bsync_db_bind_data(statement, 7, receipts->last_hash.bytes, BSYNC_DIGEST_SIZE);
		result = bsync_db_run(statement);
	}
	return result;
}

enum bsync_result bsync_store_shown(struct bsync_store *store, const struct bsync_device_id *device,
				    const struct bsync_receipts *receipts)
{
	struct bsync_writer_device *found = NULL;
	sqlite3_stmt *statement = NULL;
	uint32_t line = 0;
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && store->in_group);
	assert(device != NULL && receipts != NULL);
	found = bsync_writer_device(store, device);
	if (found == NULL)
		return BSYNC_NOT_ENROLLED;
	/* PROTOCOL 7.9: "one that the store did not write counts for nothing" */
	if (store->life_count == 1 || !is_ours(store, device, receipts, &result))
		return result;
	line = bsync_writer_line(store, found, &receipts->line);
	/* Where the line begins its EPOCH says, which comes first. */
	if (line == 0)
		return BSYNC_OK;
	/* Of several the one of the newest life and place counts: what was seen with it was seen then. */
	if (result == BSYNC_OK)
		result = prepare(
			&store->base,
			"INSERT INTO bsync_shown(line_no, seq, incarnation, counter, stamp_ms, last_seq, last_hash) "
			"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(line_no, seq) DO UPDATE SET "
			"incarnation = excluded.incarnation, counter = excluded.counter, "
			"stamp_ms = excluded.stamp_ms, last_seq = excluded.last_seq, "
			"last_hash = excluded.last_hash WHERE excluded.counter > counter",
			&statement);
	if (result == BSYNC_OK)
		result = shown_add(store, statement, line, receipts);
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_recovery_stamp(struct bsync_store *store, struct bsync_attempt *attempt)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (store->life_count == 1)
		return BSYNC_OK;
	result = prepare(&store->base, "SELECT stamp_ms FROM bsync_shown WHERE line_no = ?1 AND seq = ?2", &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, attempt->line);
	bsync_db_bind_int64(statement, 2, (int64_t)attempt->seq);
	result = bsync_db_step(statement, &has_row);
	/* PROTOCOL 5.2: "along a line it never goes down" */
	if (result == BSYNC_OK && has_row) {
		int64_t stamp_ms = bsync_db_int64(statement, 0);

		attempt->stamp_ms = stamp_ms > store->lines[attempt->line].last_stamp
					    ? stamp_ms
					    : store->lines[attempt->line].last_stamp;
	}
	bsync_db_finalize(&statement);
	return result;
}

/* --- Keeping --- */

enum bsync_result bsync_recovery_keep(struct bsync_store *store, struct bsync_attempt *attempt)
{
	enum bsync_result result;

	assert(store->recovery != BSYNC_RECOVERY_NONE);
	assert(attempt->set != NULL);
	attempt->verdict = BSYNC_VERDICT_UNPLACED;
	attempt->counter = 0;
	attempt->behind = 0;
	snprintf(attempt->reason, sizeof(attempt->reason),
		 "the server was restored from a backup: this waits until what other devices hold is in too");
	result = bsync_aside_keep(store, attempt, NULL, 0, false);
	if (result == BSYNC_OK)
		result = run_line_seq(store,
				      "INSERT INTO bsync_kept(line_no, seq, place) "
				      "SELECT ?1, ?2, coalesce(max(place), 0) + 1 FROM bsync_kept",
				      attempt->line, attempt->seq);
	return result;
}

/* --- Closing --- */

/* A receipt counts when the store has the changeset that it ends with. */
#define SHOWN_TRUE                                                                             \
	"s.counter > 0 AND EXISTS (SELECT 1 FROM bsync_receipt r WHERE r.line_no = s.line_no " \
	"AND r.seq = s.last_seq AND r.hash = s.last_hash)"

/* The newest position that is kept from before the present life. */
static enum bsync_result kept_end(struct bsync_store *store, int64_t *end)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = prepare(
		&store->base, "SELECT coalesce(max(counter), 0) FROM bsync_receipt WHERE counter < ?1", &statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, (int64_t)bsync_lives_begin(store));
		result = bsync_db_row(statement);
	}
	if (result == BSYNC_OK)
		*end = bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	return result;
}

/* Of the lives in whose lost end all had been seen that is kept from before, the one that most of what came back has
 * its place in.  0: none. */
static enum bsync_result life_choose(struct bsync_store *store, int64_t *incarnation)
{
	sqlite3_stmt *statement = NULL;
	int64_t end = 0;
	bool has_row = false;
	enum bsync_result result = kept_end(store, &end);

	*incarnation = 0;
	if (result == BSYNC_OK)
		result = prepare(&store->base,
				 "SELECT s.incarnation FROM bsync_kept k JOIN bsync_shown s ON s.line_no = k.line_no "
				 "AND s.seq = k.seq AND " SHOWN_TRUE " JOIN bsync_incarnation i ON "
				 "i.incarnation = s.incarnation AND i.last_counter >= ?1 GROUP BY s.incarnation "
				 "ORDER BY count(*) DESC, s.incarnation DESC LIMIT 1",
				 &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, end);
		result = bsync_db_step(statement, &has_row);
	}
	if (result == BSYNC_OK && has_row)
		*incarnation = bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_store_recovery_close(struct bsync_store *store)
{
	sqlite3_stmt *statement = NULL;
	int64_t incarnation = 0;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	if (store->recovery != BSYNC_RECOVERY_OPEN)
		return store->recovery == BSYNC_RECOVERY_NONE ? BSYNC_NOT_FOUND : BSYNC_OK;
	result = life_choose(store, &incarnation);
	if (result == BSYNC_OK)
		result = meta_set(store, "recovery_life", incarnation);
	/* The order of that life, then those of others, then without a place as they came. */
	if (result == BSYNC_OK)
		result = prepare(
			&store->base,
			"UPDATE bsync_kept SET place = o.place FROM (SELECT k.line_no, k.seq, row_number() OVER "
			"(ORDER BY s.counter IS NULL, s.incarnation <> ?1, s.incarnation, s.counter, k.place) AS place "
			"FROM bsync_kept k LEFT JOIN bsync_shown s ON s.line_no = k.line_no AND s.seq = k.seq "
			"AND " SHOWN_TRUE ") AS o WHERE o.line_no = bsync_kept.line_no AND o.seq = bsync_kept.seq",
			&statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, incarnation);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	if (result == BSYNC_OK)
		result = meta_set(store, "recovery", BSYNC_RECOVERY_CLOSING);
	if (result == BSYNC_OK)
		store->recovery = BSYNC_RECOVERY_CLOSING;
	return result;
}

/* What is next, with its place in the lost life (0: none). */
struct kept {
	uint32_t line, incarnation;
	uint64_t seq, counter;
};

static enum bsync_result kept_next(struct bsync_store *store, struct kept *kept, bool *found)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = prepare(
		&store->base,
		"SELECT k.line_no, k.seq, s.incarnation, s.counter FROM bsync_kept k LEFT JOIN bsync_shown s "
		"ON s.line_no = k.line_no AND s.seq = k.seq AND " SHOWN_TRUE " ORDER BY k.place LIMIT 1",
		&statement);

	*found = false;
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, found);
	if (result == BSYNC_OK && *found)
		*kept = (struct kept){
			.line = (uint32_t)bsync_db_int64(statement, 0),
			.seq = (uint64_t)bsync_db_int64(statement, 1),
			.incarnation = (uint32_t)bsync_db_int64(statement, 2),
			.counter = (uint64_t)bsync_db_int64(statement, 3),
		};
	bsync_db_finalize(&statement);
	return result;
}

/* PROTOCOL 7.9: "and before which nothing else had been applied".  What comes late, or comes along with another, is not in
 * the lost order: who had seen that place had not seen what was applied before it here. */
static enum bsync_result moved_add(struct bsync_store *store, const struct kept *kept)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = prepare(
		&store->base,
		"INSERT INTO bsync_moved(incarnation, lost_counter, counter) SELECT ?1, ?2, r.counter "
		"FROM bsync_receipt r WHERE r.line_no = ?3 AND r.seq = ?4 AND r.counter > 0 AND NOT EXISTS "
		"(SELECT 1 FROM bsync_moved m WHERE m.incarnation = ?1 AND (m.lost_counter >= ?2 OR "
		"m.counter >= r.counter)) AND NOT EXISTS "
		"(SELECT 1 FROM bsync_placed p LEFT JOIN bsync_shown s ON s.line_no = p.line_no AND s.seq = p.seq "
		"AND s.incarnation = ?1 AND s.counter <= ?2 AND " SHOWN_TRUE " WHERE p.counter <= r.counter "
		"AND p.counter > (SELECT coalesce(max(m.counter), ?5) FROM bsync_moved m WHERE m.incarnation = ?1 "
		"AND m.counter > ?5) AND s.counter IS NULL)",
		&statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, kept->incarnation);
		bsync_db_bind_int64(statement, 2, (int64_t)kept->counter);
		bsync_db_bind_int64(statement, 3, kept->line);
		bsync_db_bind_int64(statement, 4, (int64_t)kept->seq);
		bsync_db_bind_int64(statement, 5, (int64_t)bsync_lives_begin(store));
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

static enum bsync_result kept_apply(struct bsync_store *store, const struct kept *kept, int64_t now_ms)
{
	enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;
	int64_t incarnation = 0;
	enum bsync_result result = bsync_aside_retry(store, kept->line, kept->seq, now_ms, &verdict);

	/* It was applied with one that it waited behind. */
	if (result == BSYNC_NOT_FOUND)
		result = BSYNC_OK;
	if (result == BSYNC_OK && store->retry_count != 0)
		result = bsync_aside_retry_scopes(store, now_ms);
	if (result == BSYNC_OK)
		result = run_line_seq(store, "DELETE FROM bsync_kept WHERE line_no = ?1 AND seq = ?2", kept->line,
				      kept->seq);
	if (result == BSYNC_OK)
		result = bsync_meta_integer(&store->base, "recovery_life", &incarnation);
	if (result == BSYNC_OK && kept->counter != 0 && kept->incarnation == incarnation)
		result = moved_add(store, kept);
	return result;
}

static enum bsync_result close_end(struct bsync_store *store)
{
	enum bsync_result result = meta_set(store, "recovery", BSYNC_RECOVERY_NONE);

	if (result == BSYNC_OK)
		result = bsync_db_exec(&store->base.db, "UPDATE bsync_device SET is_awaited = 0");
	store->recovery = BSYNC_RECOVERY_NONE;
	/* Every session was told that nothing comes back. */
	for (uint32_t i = 0; i < store->device_count && result == BSYNC_OK; i++)
		result = bsync_writer_touch_device(store, &store->devices[i].id);
	return result;
}

enum bsync_result bsync_store_recovery_step(struct bsync_store *store, uint32_t count_max, int64_t now_ms,
					    bool *is_over)
{
	enum bsync_result result = BSYNC_OK;
	struct kept kept = {0};

	assert(store != NULL && store->in_group);
	assert(count_max > 0 && is_over != NULL);
	*is_over = store->recovery == BSYNC_RECOVERY_NONE;
	for (uint32_t i = 0; i < count_max && result == BSYNC_OK && store->recovery == BSYNC_RECOVERY_CLOSING; i++) {
		bool found = false;

		result = kept_next(store, &kept, &found);
		if (result == BSYNC_OK && found)
			result = kept_apply(store, &kept, now_ms);
		else if (result == BSYNC_OK)
			result = close_end(store);
	}
	*is_over = store->recovery == BSYNC_RECOVERY_NONE;
	return result;
}

/* --- What is known of it --- */

#define HEARD                                                                                                                  \
	"(d.pending = 0 AND d.told_incarnation = (SELECT value FROM bsync_meta WHERE name = 'incarnation') AND d.told_seq <= " \
	"coalesce((SELECT max(l.last_seq) FROM bsync_line l WHERE l.device_no = d.no), 0))"

static enum bsync_result status_read(struct bsync_base *base, struct bsync_recovery_status *status)
{
	static const struct {
		const char *name;
		size_t at;
	} facts[] = {
		{"recovery_opened_ms", offsetof(struct bsync_recovery_status, opened_ms)},
		{"recovery_until_ms", offsetof(struct bsync_recovery_status, until_ms)},
		{"recovery_point", offsetof(struct bsync_recovery_status, point)},
	};
	int64_t state = 0;
	int64_t number = 0;
	enum bsync_result result = bsync_meta_integer(base, "recovery", &state);

	memset(status, 0, sizeof(*status));
	status->is_open = state != BSYNC_RECOVERY_NONE;
	status->is_closing = state == BSYNC_RECOVERY_CLOSING;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]) && result == BSYNC_OK; i++) {
		result = bsync_meta_integer(base, facts[i].name, &number);
		if (result == BSYNC_OK)
			memcpy((char *)status + facts[i].at, &number, sizeof(number));
		else if (result == BSYNC_NOT_FOUND)
			result = BSYNC_OK;
	}
	if (result == BSYNC_OK)
		result = bsync_db_query_int64(&base->db, "SELECT count(*) FROM bsync_kept", &number);
	status->kept = (uint64_t)number;
	if (result == BSYNC_OK)
		result = bsync_db_query_int64(
			&base->db, "SELECT count(*) FROM bsync_device d WHERE d.is_awaited AND NOT " HEARD, &number);
	status->awaited = (uint64_t)number;
	return result;
}

enum bsync_result bsync_store_recovery_turn(struct bsync_store *store, uint32_t count_max, int64_t now_ms,
					    bool *is_over)
{
	struct bsync_recovery_status status;
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && store->in_group);
	if (store->recovery == BSYNC_RECOVERY_OPEN) {
		result = status_read(&store->base, &status);
		if (result == BSYNC_OK && (status.awaited == 0 || now_ms >= status.until_ms))
			result = bsync_store_recovery_close(store);
	}
	return result == BSYNC_OK ? bsync_store_recovery_step(store, count_max, now_ms, is_over) : result;
}

bool bsync_store_is_recovering(const struct bsync_store *store)
{
	assert(store != NULL);
	return store->recovery != BSYNC_RECOVERY_NONE;
}

enum bsync_result bsync_view_recovery(struct bsync_view *view, struct bsync_recovery_status *status)
{
	assert(view != NULL && status != NULL);
	return status_read(&view->base, status);
}

enum bsync_result bsync_view_recovery_devices(struct bsync_view *view,
					      bool (*row)(void *context, const struct bsync_recovery_device *device),
					      void *context)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result;

	assert(view != NULL && row != NULL);
	result = prepare(
		&view->base,
		"SELECT d.id, w.name, d.last_seen_ms, d.is_awaited, " HEARD ", (SELECT count(*) FROM "
		"bsync_kept k JOIN bsync_line l ON l.no = k.line_no WHERE l.device_no = d.no) FROM bsync_device d "
		"LEFT JOIN bsync_worker w ON w.id = d.worker WHERE d.state <> 2 ORDER BY d.no",
		&statement);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_recovery_device device = {
			.worker_name = bsync_db_string(statement, 1),
			.last_seen_ms = bsync_db_int64(statement, 2),
			.is_awaited = bsync_db_int64(statement, 3) != 0,
			.is_heard = bsync_db_int64(statement, 4) != 0,
			.kept = (uint64_t)bsync_db_int64(statement, 5),
		};

		if (!bsync_db_copy(statement, 0, device.id.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		else if (!row(context, &device))
			break;
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* --- A store that was put back without a restore --- */

enum bsync_result bsync_store_put_back_note(struct bsync_store *store, int64_t now_ms)
{
	assert(store != NULL && store->in_group);
	return meta_set(store, "put_back_ms", now_ms);
}
