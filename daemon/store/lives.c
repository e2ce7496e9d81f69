#include "daemon/store/lives.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/view_internal.h"

enum { LIVES_MAX = 1 << 16 };

static struct bsync_life_span span_of(sqlite3_stmt *row)
{
	return (struct bsync_life_span){
		.incarnation = (uint32_t)bsync_db_int64(row, 0),
		.first_counter = (uint64_t)bsync_db_int64(row, 2),
		.last_counter = bsync_db_is_null(row, 3) ? UINT64_MAX : (uint64_t)bsync_db_int64(row, 3),
		.is_lost = bsync_db_int64(row, 4) != 0,
	};
}

enum bsync_result bsync_lives_load(struct bsync_store *store)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, LIVES);
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	assert(store->lives == NULL);
	while (result == BSYNC_OK && has_row) {
		struct bsync_life_span *lives = NULL;

		if (store->life_count < LIVES_MAX)
			lives = realloc(store->lives, (store->life_count + 1) * sizeof(*lives));
		if (lives == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		store->lives = lives;
		lives[store->life_count++] = span_of(statement);
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result == BSYNC_OK && store->life_count == 0 ? BSYNC_STORAGE_CORRUPT : result;
}

/* The life of those kept, none newer than `incarnation`, that has the counter; NULL: none has. */
static const struct bsync_life_span *span_with(const struct bsync_store *store, uint32_t incarnation, uint64_t counter)
{
	for (uint32_t i = 0; i < store->life_count; i++) {
		const struct bsync_life_span *span = &store->lives[i];

		if (!span->is_lost && span->incarnation <= incarnation && span->first_counter <= counter &&
		    counter <= span->last_counter)
			return span;
	}
	return NULL;
}

static const struct bsync_life_span *span_named(const struct bsync_store *store, uint32_t incarnation)
{
	for (uint32_t i = 0; i < store->life_count; i++) {
		if (store->lives[i].incarnation == incarnation)
			return &store->lives[i];
	}
	return NULL;
}

uint64_t bsync_lives_begin(const struct bsync_store *store)
{
	const struct bsync_life_span *span = span_named(store, store->facts.incarnation);

	return span != NULL ? span->first_counter : 0;
}

bool bsync_lives_have(const struct bsync_store *store, struct bsync_position position)
{
	return store->life_count == 1 || span_with(store, position.incarnation, position.counter) != NULL;
}

/* Of a lost part, what its end is known to have had at `counter`. */
static enum bsync_result moved_find(struct bsync_store *store, struct bsync_position lost, uint64_t floor,
				    uint64_t *out)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(
		&store->base.db,
		"SELECT counter FROM bsync_moved WHERE incarnation = ?1 AND lost_counter <= ?2 "
		"AND lost_counter > ?3 ORDER BY lost_counter DESC LIMIT 1",
		&statement);

	*out = floor;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, lost.incarnation);
	bsync_db_bind_int64(statement, 2, (int64_t)lost.counter);
	bsync_db_bind_int64(statement, 3, (int64_t)floor);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row)
		*out = (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_lives_translate(struct bsync_store *store, struct bsync_position *position)
{
	const struct bsync_life_span *own = NULL;
	uint64_t counter = 0;
	enum bsync_result result = BSYNC_OK;

	if (position->counter == 0 || bsync_lives_have(store, *position))
		return BSYNC_OK;
	own = span_named(store, position->incarnation);
	/* Of a life that nobody here knows nothing can be said. */
	if (own == NULL || position->counter <= own->last_counter)
		*position = (struct bsync_position){0};
	else
		result = moved_find(store, *position, own->last_counter, &counter);
	if (result != BSYNC_OK || counter == 0)
		return result;
	own = span_with(store, store->facts.incarnation, counter);
	*position = (struct bsync_position){own != NULL ? own->incarnation : 0, own != NULL ? counter : 0};
	return BSYNC_OK;
}

enum bsync_result bsync_lives_translate_set(struct bsync_store *store, struct bsync_changeset *set)
{
	enum bsync_result result = BSYNC_OK;

	if (store->life_count == 1)
		return BSYNC_OK;
	result = bsync_lives_translate(store, &set->base);
	for (uint32_t i = 0; i < set->change_count && result == BSYNC_OK; i++) {
		struct bsync_change *change = &set->changes[i];

		if (change->has_base)
			result = bsync_lives_translate(store, &change->base);
		for (uint32_t k = 0; k < change->cell_count && result == BSYNC_OK; k++) {
			if (change->cells[k].base_kind == BSYNC_BASE_OWN ||
			    change->cells[k].base_kind == BSYNC_BASE_NAMES_OWN)
				result = bsync_lives_translate(store, &change->cells[k].base);
		}
	}
	return result;
}

/* --- For a session --- */

static bool is_id(sqlite3_stmt *row, const uint8_t id[BSYNC_ID_SIZE])
{
	static const uint8_t none[BSYNC_ID_SIZE];
	struct bsync_bytes bytes = bsync_db_bytes(row, 1);

	return memcmp(id, none, BSYNC_ID_SIZE) == 0 ||
	       bsync_bytes_equal(bytes, (struct bsync_bytes){id, BSYNC_ID_SIZE});
}

/* Takes one row of LIVES in: newer ancestors push out the oldest. */
static bool ancestor_add(struct bsync_lives *lives, sqlite3_stmt *row, const struct bsync_life_span *span)
{
	struct bsync_life *life = NULL;

	if (lives->ancestor_count == BSYNC_ANCESTORS_MAX)
		memmove(lives->ancestors, lives->ancestors + 1, --lives->ancestor_count * sizeof(lives->ancestors[0]));
	life = &lives->ancestors[lives->ancestor_count++];
	life->incarnation = span->incarnation;
	life->last_counter = span->last_counter;
	return bsync_db_copy(row, 1, life->id, BSYNC_ID_SIZE);
}

enum bsync_result bsync_view_lives(struct bsync_view *view, const struct bsync_hello *hello, struct bsync_lives *lives)
{
	sqlite3_stmt *statement = NULL;
	int64_t recovery = 0;
	bool has_cursor = false;
	bool has_row = false;
	enum bsync_result result;

	assert(view != NULL && hello != NULL && lives != NULL);
	memset(lives, 0, sizeof(*lives));
	statement = BSYNC_STATEMENT(&view->base, LIVES);
	result = bsync_meta_integer(&view->base, "recovery", &recovery);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_life_span span = span_of(statement);

		if (!span.is_lost && span.last_counter != UINT64_MAX && !ancestor_add(lives, statement, &span))
			result = BSYNC_STORAGE_CORRUPT;
		if (!span.is_lost && span.incarnation == hello->cursor.incarnation &&
		    span.first_counter <= hello->cursor.counter && hello->cursor.counter <= span.last_counter &&
		    (hello->incarnation != span.incarnation || is_id(statement, hello->incarnation_id)))
			has_cursor = true;
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	lives->is_recovering = recovery != BSYNC_RECOVERY_NONE;
	lives->is_cut = lives->ancestor_count != 0 && hello->cursor.counter != 0 && !has_cursor;
	return result;
}
