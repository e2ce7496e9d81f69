/* revive.c: a new life in a copy of the store.
 *
 * Rules: PROTOCOL 3.2 and 7.9. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sqlite/migrate.h"
#include "daemon/store/copy.h"
#include "daemon/store/receipt.h"
#include "daemon/store/view_internal.h"

enum { BUSY_MS = 5000, LEAP_SHIFT = 32, LEAPS_MAX = 4096 };
#define ACTIVE_MS ((int64_t)30 * 24 * 3600 * 1000)

static const struct bsync_db_options reading = {.mode = BSYNC_DB_READ_ONLY, .busy_timeout_ms = BUSY_MS};
static const struct bsync_db_options writing = {.mode = BSYNC_DB_READ_WRITE, .busy_timeout_ms = BUSY_MS};

/* --- A new life --- */

static enum bsync_result lives_read(struct bsync_db *db, struct bsync_life_span *lives, uint8_t (*ids)[BSYNC_ID_SIZE],
				    uint32_t count_max, uint32_t *count)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(
		db,
		"SELECT incarnation, id, first_counter, last_counter, is_lost FROM bsync_incarnation "
		"ORDER BY incarnation",
		&statement);

	*count = 0;
	while (result == BSYNC_OK && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		if (*count == count_max) {
			result = BSYNC_TOO_LARGE;
			break;
		}
		lives[*count] = (struct bsync_life_span){
			.incarnation = (uint32_t)bsync_db_int64(statement, 0),
			.first_counter = (uint64_t)bsync_db_int64(statement, 2),
			.last_counter = bsync_db_is_null(statement, 3) ? UINT64_MAX
								       : (uint64_t)bsync_db_int64(statement, 3),
			.is_lost = bsync_db_int64(statement, 4) != 0,
		};
		if (!bsync_db_copy(statement, 1, ids[*count], BSYNC_ID_SIZE)) {
			result = BSYNC_STORAGE_CORRUPT;
			break;
		}
		++*count;
	}
	bsync_db_finalize(&statement);
	return result;
}

enum { LIVES_MAX = 4096 };

/* The lives of two stores, and the last position that both have. */
struct descent {
	struct bsync_life_span ours[LIVES_MAX], theirs[LIVES_MAX];
	uint8_t our_ids[LIVES_MAX][BSYNC_ID_SIZE], their_ids[LIVES_MAX][BSYNC_ID_SIZE];
	uint32_t our_count, their_count;
	uint64_t shared; /* 0: they have nothing in common */
	uint64_t their_counter;
	uint32_t number_max;
};

static const struct bsync_life_span *ours_of(const struct descent *descent, uint32_t their)
{
	for (uint32_t i = 0; i < descent->our_count; i++) {
		if (memcmp(descent->our_ids[i], descent->their_ids[their], BSYNC_ID_SIZE) == 0)
			return &descent->ours[i];
	}
	return NULL;
}

static void descent_compare(struct descent *descent, uint64_t our_counter)
{
	for (uint32_t i = 0; i < descent->our_count; i++) {
		if (descent->ours[i].incarnation > descent->number_max)
			descent->number_max = descent->ours[i].incarnation;
	}
	for (uint32_t i = 0; i < descent->their_count; i++) {
		const struct bsync_life_span *theirs = &descent->theirs[i];
		const struct bsync_life_span *ours = ours_of(descent, i);
		uint64_t end = theirs->last_counter < descent->their_counter ? theirs->last_counter
									     : descent->their_counter;

		if (theirs->incarnation > descent->number_max)
			descent->number_max = theirs->incarnation;
		if (ours == NULL || ours->is_lost || theirs->is_lost)
			continue;
		if (end > ours->last_counter)
			end = ours->last_counter;
		if (end > our_counter)
			end = our_counter;
		if (end > descent->shared)
			descent->shared = end;
	}
}

static enum bsync_result life_add(struct bsync_db *db, const struct bsync_life_span *span,
				  const uint8_t id[BSYNC_ID_SIZE])
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(
		db,
		"INSERT INTO bsync_incarnation(incarnation, id, first_counter, last_counter, is_lost) "
		"VALUES(?1, ?2, ?3, ?4, ?5)",
		&statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, span->incarnation);
		bsync_db_bind_data(statement, 2, id, BSYNC_ID_SIZE);
		bsync_db_bind_int64(statement, 3, (int64_t)span->first_counter);
		if (span->last_counter != UINT64_MAX)
			bsync_db_bind_int64(statement, 4, (int64_t)span->last_counter);
		bsync_db_bind_int64(statement, 5, span->is_lost);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* What the replaced store lived through and the copy did not is remembered as lost, from where they part. */
static enum bsync_result lost_add(struct bsync_db *db, const struct descent *descent)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < descent->their_count && result == BSYNC_OK; i++) {
		struct bsync_life_span span = descent->theirs[i];
		bool is_taken = false;

		for (uint32_t k = 0; k < descent->our_count; k++)
			is_taken = is_taken || descent->ours[k].incarnation == span.incarnation;
		if (is_taken)
			continue;
		if (!span.is_lost || span.last_counter > descent->shared)
			span.last_counter = descent->shared;
		span.is_lost = true;
		result = life_add(db, &span, descent->their_ids[i]);
	}
	return result;
}

/* A replaced store that can not be read is none. */
static void theirs_read(const char *path, const struct bsync_organisation_id *organisation, struct descent *descent)
{
	struct bsync_db db = {0};
	struct bsync_copy_facts facts = {.made_ms = 0};
	enum bsync_result result = path != NULL ? bsync_db_open(&db, path, &reading) : BSYNC_NOT_FOUND;

	if (result == BSYNC_OK)
		result = bsync_copy_facts_read(&db, &facts);
	if (result == BSYNC_OK && memcmp(&facts.organisation, organisation, sizeof(*organisation)) != 0)
		result = BSYNC_ORGANISATION;
	if (result == BSYNC_OK)
		result = lives_read(&db, descent->theirs, descent->their_ids, LIVES_MAX, &descent->their_count);
	if (result != BSYNC_OK)
		descent->their_count = 0;
	else
		descent->their_counter = facts.position.counter;
	bsync_db_close(&db);
}

static enum bsync_result meta_put(struct bsync_db *db, const char *name, const struct bsync_value *value)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(
		db,
		"INSERT INTO bsync_meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
		&statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(statement, 1, name);
		bsync_db_bind_value(statement, 2, value);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* PROTOCOL 3.2: "A restore begins a life far behind every counter it can know of." */
static enum bsync_result counter_leap(const struct bsync_random *random, uint64_t counter, uint64_t *first)
{
	uint16_t word = 0;

	if (random->fill(random->context, (uint8_t *)&word, sizeof(word)) != 0)
		return BSYNC_RANDOM;
	/* Lives that a dead disk hides began at other multiples, but for one chance in thousands. */
	*first = ((counter >> LEAP_SHIFT) + 1 + word % LEAPS_MAX) << LEAP_SHIFT;
	return *first < (uint64_t)INT64_MAX >> 1 ? BSYNC_OK : BSYNC_TOO_LARGE;
}

static enum bsync_result present_end(struct bsync_db *db, uint64_t counter)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		 "UPDATE bsync_incarnation SET last_counter = %llu WHERE last_counter IS NULL AND is_lost = 0",
		 (unsigned long long)counter);
	return bsync_db_exec(db, sql);
}

/* Whoever worked in the month before the copy was made is waited for. */
static enum bsync_result recovery_open(struct bsync_db *db, const struct bsync_revival *revival, uint64_t point)
{
	const struct {
		const char *name;
		int64_t value;
	} facts[] = {
		{"recovery", BSYNC_RECOVERY_OPEN},
		{"recovery_opened_ms", revival->now_ms},
		{"recovery_until_ms", revival->now_ms + revival->wait_ms},
		{"recovery_point", (int64_t)point},
		{"put_back_ms", 0},
	};
	char sql[300];
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]) && result == BSYNC_OK; i++) {
		struct bsync_value value = bsync_value_integer(facts[i].value);

		result = meta_put(db, facts[i].name, &value);
	}
	snprintf(sql, sizeof(sql),
		 "UPDATE bsync_device SET is_awaited = state <> 2 AND last_seen_ms > "
		 "(SELECT max(last_seen_ms) FROM bsync_device) - %lld",
		 (long long)ACTIVE_MS);
	return result == BSYNC_OK ? bsync_db_exec(db, sql) : result;
}

/* In the transaction. */
static enum bsync_result life_begin(struct bsync_db *db, const struct bsync_random *random,
				    const struct bsync_revival *revival, struct descent *descent,
				    struct bsync_position *position)
{
	struct bsync_copy_facts facts = {.made_ms = 0};
	struct bsync_life_span span = {.last_counter = UINT64_MAX};
	struct bsync_value value;
	uint8_t id[BSYNC_ID_SIZE];
	enum bsync_result result = bsync_copy_facts_read(db, &facts);

	if (result == BSYNC_OK)
		result = lives_read(db, descent->ours, descent->our_ids, LIVES_MAX - 1, &descent->our_count);
	if (result != BSYNC_OK)
		return result;
	theirs_read(revival->replaced, &facts.organisation, descent);
	descent_compare(descent, facts.position.counter);
	if (random->fill(random->context, id, sizeof(id)) != 0)
		return BSYNC_RANDOM;
	result = counter_leap(random,
			      descent->their_counter > facts.position.counter ? descent->their_counter
									      : facts.position.counter,
			      &span.first_counter);
	span.incarnation = descent->number_max + 1;
	if (result == BSYNC_OK)
		result = present_end(db, facts.position.counter);
	if (result == BSYNC_OK)
		result = lost_add(db, descent);
	if (result == BSYNC_OK)
		result = life_add(db, &span, id);
	value = bsync_value_integer(span.incarnation);
	if (result == BSYNC_OK)
		result = meta_put(db, "incarnation", &value);
	value = bsync_value_blob((struct bsync_bytes){id, sizeof(id)});
	if (result == BSYNC_OK)
		result = meta_put(db, "incarnation_id", &value);
	value = bsync_value_integer((int64_t)span.first_counter);
	if (result == BSYNC_OK)
		result = meta_put(db, "counter", &value);
	*position = (struct bsync_position){span.incarnation, span.first_counter};
	return result == BSYNC_OK ? recovery_open(db, revival, facts.position.counter) : result;
}

/* The secrets in it open: else a daemon could do nothing with it. */
static enum bsync_result key_check(const char *path, const struct bsync_key *store_key)
{
	struct bsync_view *view = NULL;
	struct bsync_key key = {{0}};
	enum bsync_result result = bsync_view_open(path, store_key, &view);

	if (result == BSYNC_OK)
		result = bsync_receipt_key(&view->base, &key);
	bsync_view_close(view);
	bsync_key_wipe(&key);
	return result;
}

enum bsync_result bsync_store_revive(const char *path, const struct bsync_key *store_key,
				     const struct bsync_random *random, const struct bsync_revival *revival,
				     struct bsync_position *position)
{
	struct bsync_db db = {0};
	struct descent *descent = NULL;
	enum bsync_result result;

	assert(path != NULL && store_key != NULL && random != NULL);
	assert(revival != NULL && position != NULL);
	result = key_check(path, store_key);
	if (result != BSYNC_OK)
		return result;
	descent = calloc(1, sizeof(*descent));
	if (descent == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_db_open(&db, path, &writing);
	if (result == BSYNC_OK)
		result = bsync_migrate(&db, "server", bsync_embedded_server, bsync_embedded_server_count);
	if (result == BSYNC_OK)
		result = bsync_db_begin(&db);
	if (result == BSYNC_OK)
		result = life_begin(&db, random, revival, descent, position);
	if (result == BSYNC_OK)
		result = bsync_db_commit(&db);
	if (result == BSYNC_OK)
		result = bsync_db_checkpoint(&db, true);
	bsync_db_rollback(&db);
	bsync_db_close(&db);
	free(descent);
	return result;
}
