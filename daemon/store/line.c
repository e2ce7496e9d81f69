#include "daemon/store/line.h"

#include <assert.h>
#include <string.h>

static bool is_same(const struct bsync_digest *a, const struct bsync_digest *b)
{
	return memcmp(a->bytes, b->bytes, BSYNC_DIGEST_SIZE) == 0;
}

uint32_t bsync_line_root(const struct bsync_base *base, uint32_t no)
{
	assert(no < base->line_count);
	while (base->lines[no].fork_of != 0)
		no = base->lines[no].fork_of;
	return no;
}

uint32_t bsync_line_at(const struct bsync_base *base, uint32_t no, uint64_t seq)
{
	assert(no < base->line_count);
	while (no != 0 && seq < base->lines[no].first_seq) {
		uint64_t end = 0;

		no = bsync_line_before(base, no, &end);
		if (seq >= end)
			return 0;
	}
	return no;
}

uint32_t bsync_line_before(const struct bsync_base *base, uint32_t no, uint64_t *end)
{
	const struct bsync_line_info *line = &base->lines[no];

	assert(no != 0 && no < base->line_count);
	*end = line->fork_of != 0 ? line->first_seq : line->after_seq + 1;
	return line->fork_of != 0 ? line->fork_of : line->after_no;
}

enum bsync_result bsync_line_hash(struct bsync_base *base, uint32_t no, uint64_t seq, struct bsync_digest *hash)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, RECEIPT_GET);
	enum bsync_result result;

	while (seq < base->lines[no].first_seq && base->lines[no].fork_of != 0)
		no = base->lines[no].fork_of;
	*hash = (struct bsync_digest){{0}};
	if (seq + 1 == base->lines[no].first_seq)
		return BSYNC_OK;
	bsync_db_bind_int64(statement, 1, no);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_copy(statement, 0, hash->bytes, BSYNC_DIGEST_SIZE))
		result = BSYNC_STORAGE_CORRUPT;
	bsync_db_reset(statement);
	return result;
}

/* --- HELLO --- */

enum bsync_result bsync_line_read(struct bsync_base *base, const struct bsync_device_id *device,
				  const struct bsync_line_id *line, struct bsync_line_state *state)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, LINE_FIND);
	enum bsync_result result;

	assert(device != NULL && line != NULL && state != NULL);
	*state = (struct bsync_line_state){0};
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_data(statement, 2, line->bytes, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		state->no = (uint32_t)bsync_db_int64(statement, 0);
		state->last_seq = (uint64_t)bsync_db_int64(statement, 1);
		state->last_epoch = (uint32_t)bsync_db_int64(statement, 3);
		if (!bsync_db_copy(statement, 2, state->last_hash.bytes, BSYNC_DIGEST_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

/* Looks among the forks of `no`, and theirs, for the one that has `hash` as its changeset `seq`; `*found` 0: none. */
static enum bsync_result fork_find(struct bsync_base *base, uint32_t root, uint64_t seq,
				   const struct bsync_digest *hash, uint32_t *found)
{
	enum bsync_result result = BSYNC_OK;

	*found = 0;
	for (uint32_t no = root + 1; no < base->line_count && result == BSYNC_OK && *found == 0; no++) {
		struct bsync_digest known;

		if (base->lines[no].fork_of == 0 || base->lines[no].first_seq > seq ||
		    memcmp(&base->line_devices[no], &base->line_devices[root], sizeof(struct bsync_device_id)) != 0 ||
		    bsync_line_root(base, no) != root)
			continue;
		result = bsync_line_hash(base, no, seq, &known);
		if (result == BSYNC_OK && is_same(&known, hash))
			*found = no;
		else if (result == BSYNC_NOT_FOUND)
			result = BSYNC_OK;
	}
	return result;
}

enum bsync_result bsync_line_holding(struct bsync_base *base, uint32_t root, uint64_t seq,
				     const struct bsync_digest *hash, uint32_t *no)
{
	struct bsync_digest known;
	enum bsync_result result = bsync_line_hash(base, root, seq, &known);

	if (result == BSYNC_OK && is_same(&known, hash)) {
		*no = root;
		return BSYNC_OK;
	}
	return result == BSYNC_OK || result == BSYNC_NOT_FOUND ? fork_find(base, root, seq, hash, no) : result;
}

static enum bsync_result has_later(struct bsync_base *base, uint32_t root, bool *out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, LINE_LATER);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, root);
	result = bsync_db_step(statement, out);
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result last_seq_of(struct bsync_base *base, uint32_t no, uint64_t *last_seq)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, LINE_LAST);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, no);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*last_seq = (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	return result;
}

/* Which of the line and its forks the device is on, by the last changeset for which it has a receipt. */
static enum bsync_result chain_find(struct bsync_base *base, const struct bsync_hello *hello,
				    struct bsync_line_state *state)
{
	uint32_t found = 0;
	enum bsync_result result = bsync_line_holding(base, state->no, hello->durable_seq, &hello->chain, &found);

	if (result != BSYNC_OK || found == state->no)
		return result;
	if (found != 0) {
		state->no = found;
		state->is_hand_in = true;
		return last_seq_of(base, found, &state->last_seq);
	}
	/* The store had another history when it gave that receipt: all of the line is offered again. */
	if (hello->durable_seq <= state->last_seq)
		state->last_seq = base->lines[state->no].first_seq - 1;
	return BSYNC_OK;
}

enum bsync_result bsync_line_meet(struct bsync_base *base, const struct bsync_device_id *device,
				  const struct bsync_hello *hello, struct bsync_line_state *state)
{
	static const struct bsync_digest zeros = {{0}};
	enum bsync_result result = bsync_line_read(base, device, &hello->line, state);

	if (result != BSYNC_OK)
		return result;
	if (state->no == 0) {
		/* Nothing of it has been taken: what is before its first changeset is no loss. */
		if (is_same(&hello->chain, &zeros))
			state->last_seq = hello->durable_seq;
		return BSYNC_OK;
	}
	result = bsync_base_lines(base);
	if (result == BSYNC_OK)
		result = has_later(base, state->no, &state->is_left);
	state->is_hand_in = state->is_left && hello->last_seq >= state->last_seq;
	return result == BSYNC_OK ? chain_find(base, hello, state) : result;
}

/* --- Pushes --- */

/* True when `no` is a root and the device has begun a later one. */
static bool is_left(const struct bsync_store *store, uint32_t no)
{
	uint32_t newest = store->devices[store->lines[no].device].first_line;

	while (newest != 0 && store->base.lines[newest].fork_of != 0)
		newest = store->lines[newest].next;
	return store->base.lines[no].fork_of == 0 && newest != no;
}

/* True when `previous` is what changeset `first_seq` follows from on line `no` itself. */
static enum bsync_result holds(struct bsync_store *store, uint32_t no, uint64_t first_seq,
			       const struct bsync_digest *previous, bool *out)
{
	const struct bsync_line_info *info = &store->base.lines[no];
	uint64_t lowest = info->fork_of == 0 ? info->first_seq : info->first_seq + 1;
	struct bsync_digest known;
	enum bsync_result result = BSYNC_OK;

	*out = false;
	if (first_seq < lowest || first_seq > store->lines[no].last_seq + 1)
		return BSYNC_OK;
	if (first_seq == store->lines[no].last_seq + 1)
		known = store->lines[no].last_hash;
	else
		result = bsync_line_hash(&store->base, no, first_seq - 1, &known);
	*out = result == BSYNC_OK && is_same(&known, previous);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

enum bsync_result bsync_line_find(struct bsync_store *store, const struct bsync_batch *batch, uint32_t root,
				  uint32_t *no)
{
	bool is_here = false;
	enum bsync_result result = holds(store, root, batch->first_seq, &batch->previous, &is_here);

	assert(store->base.lines[root].fork_of == 0);
	*no = root;
	/* Forks are younger than what they leave, and the list begins with the youngest. */
	for (uint32_t at = store->devices[store->lines[root].device].first_line;
	     result == BSYNC_OK && !is_here && at != root; at = store->lines[at].next) {
		if (bsync_line_root(&store->base, at) != root)
			continue;
		result = holds(store, at, batch->first_seq, &batch->previous, &is_here);
		*no = at;
	}
	return result == BSYNC_OK && !is_here ? BSYNC_OUT_OF_ORDER : result;
}

/* A copy of the device has shown.  It and the other may hand in, and receive nothing until the operator has looked. */
static enum bsync_result copy_seen(struct bsync_store *store, struct bsync_writer_device *device, int64_t now_ms)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DEVICE_CLONED);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, device->id.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, now_ms);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK)
		result = bsync_writer_touch_device(store, &device->id);
	if (result == BSYNC_OK && device->state == BSYNC_DEVICE_ACTIVE)
		device->state = BSYNC_DEVICE_SUSPENDED;
	return result;
}

/* PROTOCOL 8.8: "the id of a fork is the first 16 bytes of the hash of its first changeset" */
static enum bsync_result fork_begin(struct bsync_store *store, uint64_t seq, const struct bsync_digest *hash,
				    int64_t now_ms, uint32_t *no)
{
	uint32_t device = store->lines[*no].device;
	uint32_t from = *no;
	bool is_noticed = store->lines[from].is_noticed;
	struct bsync_line_info info = {.first_seq = seq, .fork_of = from};
	enum bsync_result result;

	memcpy(info.line.bytes, hash->bytes, BSYNC_ID_SIZE);
	result = bsync_writer_line_add(store, &store->devices[device], &info, no);
	if (result == BSYNC_OK && !is_noticed)
		result = copy_seen(store, &store->devices[device], now_ms);
	if (result != BSYNC_OK)
		return result;
	/* Whoever is on a line that was left or on a fork is a known copy from now on. */
	store->lines[*no].is_noticed = true;
	if (is_noticed || !is_left(store, from))
		return BSYNC_OK;
	store->lines[from].is_noticed = true;
	return bsync_writer_line_save(store, from);
}

enum bsync_result bsync_line_follow(struct bsync_store *store, uint64_t seq, const struct bsync_digest *hash,
				    int64_t now_ms, uint32_t *no, bool *is_known)
{
	uint32_t from = *no;

	assert(seq >= store->base.lines[from].first_seq && seq <= store->lines[from].last_seq + 1);
	*is_known = false;
	if (seq <= store->lines[from].last_seq) {
		struct bsync_digest known;
		enum bsync_result result = bsync_line_hash(&store->base, from, seq, &known);

		if (result != BSYNC_OK)
			return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
		*is_known = is_same(&known, hash);
		if (*is_known)
			return BSYNC_OK;
	} else if (!is_left(store, from)) {
		return BSYNC_OK;
	}
	for (uint32_t at = store->devices[store->lines[from].device].first_line; at != from;
	     at = store->lines[at].next) {
		const struct bsync_line_info *info = &store->base.lines[at];

		if (info->fork_of == from && info->first_seq == seq &&
		    memcmp(info->line.bytes, hash->bytes, BSYNC_ID_SIZE) == 0) {
			*no = at;
			*is_known = true;
			return BSYNC_OK;
		}
	}
	return fork_begin(store, seq, hash, now_ms, no);
}

/* --- What the operator hears --- */

enum bsync_result bsync_line_notice(struct bsync_store *store, struct bsync_writer_device *device,
				    const struct bsync_hello *hello, int64_t now_ms)
{
	struct bsync_line_state state;
	enum bsync_result result = bsync_line_meet(&store->base, &device->id, hello, &state);
	uint32_t root;

	if (result != BSYNC_OK || state.no == 0 || !state.is_left || !state.is_hand_in)
		return result;
	root = bsync_line_root(&store->base, state.no);
	if (store->lines[root].is_noticed)
		return BSYNC_OK;
	store->lines[root].is_noticed = true;
	result = copy_seen(store, device, now_ms);
	return result == BSYNC_OK ? bsync_writer_line_save(store, root) : result;
}

enum bsync_result bsync_line_restored(struct bsync_store *store, const struct bsync_writer_device *device, uint32_t no,
				      int64_t now_ms)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DEVICE_RESTORED);

	/* The list ends with the oldest, which is a root. */
	if (store->lines[no].next == 0)
		return BSYNC_OK;
	bsync_db_bind_data(statement, 1, device->id.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, now_ms);
	return bsync_db_run(statement);
}
