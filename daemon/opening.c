#include "daemon/opening.h"

#include <assert.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/machine.h"

enum { PLAIN_LEFT_MIN = BSYNC_OPENING_PLAIN_MAX - BSYNC_CHANGESET_SIZE_MAX };

void bsync_opener_init(struct bsync_opener *opener, struct bsync_connection *connection,
		       const struct bsync_hello *hello)
{
	memset(opener, 0, sizeof *opener);
	opener->connection = connection;
	opener->line = hello->line;
	opener->durable_seq = hello->durable_seq;
	opener->chain = hello->chain;
	opener->session = (struct bsync_clock_anchor){.server_ms = connection->hello_ms, .clock = hello->clock};
}

void bsync_opener_clear(struct bsync_opener *opener)
{
	bsync_verify_key_free(opener->verify_key);
	bsync_wipe(&opener->context, sizeof opener->context);
	memset(opener, 0, sizeof *opener);
}

void bsync_opening_init(struct bsync_opening *opening, size_t arena_max)
{
	memset(opening, 0, sizeof *opening);
	bsync_arena_init(&opening->arena, arena_max);
	bsync_buffer_init(&opening->plain, BSYNC_OPENING_PLAIN_MAX);
}

void bsync_opening_clear(struct bsync_opening *opening)
{
	bsync_arena_clear(&opening->arena);
	bsync_buffer_wipe(&opening->plain);
	bsync_key_wipe(&opening->secret);
}

/* --- What the opener must know --- */

static enum bsync_result know_key(struct bsync_opener *opener)
{
	if (opener->verify_key != NULL)
		return BSYNC_OK;
	return bsync_verify_key_parse(opener->connection->public_key, &opener->verify_key);
}

/* Everything of a context but its suite and secret. */
static struct bsync_seal_context new_context(const struct bsync_opener *opener, uint32_t epoch)
{
	const struct bsync_daemon *daemon = opener->connection->daemon;

	return (struct bsync_seal_context){
		.organisation = daemon->facts.organisation,
		.device = opener->connection->device,
		.author = opener->connection->worker,
		.line = opener->line,
		.epoch = epoch,
		.dictionary = daemon->schema.files.dictionary,
	};
}

static enum bsync_result know_epoch(struct bsync_opener *opener, uint32_t epoch)
{
	struct bsync_lookup *lookup = &opener->connection->daemon->lookup;
	struct bsync_seal_context context;
	enum bsync_result result;

	if (opener->has_epoch && opener->context.epoch == epoch)
		return BSYNC_OK;
	context = new_context(opener, epoch);
	pthread_mutex_lock(&lookup->lock);
	result = bsync_view_epoch(lookup->view, &opener->connection->device, &opener->line, epoch, &context);
	pthread_mutex_unlock(&lookup->lock);
	if (result == BSYNC_OK) {
		opener->context = context;
		opener->has_epoch = true;
	}
	bsync_wipe(&context, sizeof context);
	return result;
}

/* The hash of changeset `seq`, which the store has of the line, or of the fork of it that the HELLO was met on. */
static enum bsync_result stored_hash(struct bsync_opener *opener, uint64_t seq, struct bsync_digest *hash)
{
	struct bsync_lookup *lookup = &opener->connection->daemon->lookup;
	const struct bsync_hello hello = {
		.line = opener->line, .durable_seq = opener->durable_seq, .chain = opener->chain};
	struct bsync_line_state line = {0};
	enum bsync_result result;

	pthread_mutex_lock(&lookup->lock);
	result = bsync_view_meet(lookup->view, &opener->connection->device, &hello, &line);
	if (result == BSYNC_OK && line.no == 0)
		result = BSYNC_NOT_FOUND;
	if (result == BSYNC_OK)
		result = bsync_view_hash(lookup->view, line.no, seq, hash);
	pthread_mutex_unlock(&lookup->lock);
	return result == BSYNC_NOT_FOUND ? BSYNC_OUT_OF_ORDER : result;
}

/* The hash that number `first_seq` follows from.  Where the device alone says so, its signature covers it, and the
 * store looks whether it has it. */
static enum bsync_result previous_hash(struct bsync_opener *opener, uint64_t first_seq, struct bsync_digest *previous)
{
	if (first_seq == 0)
		return BSYNC_MALFORMED;
	if (opener->last_seq != 0 && first_seq == opener->last_seq + 1)
		*previous = opener->last_hash;
	else if (first_seq == opener->durable_seq + 1)
		*previous = opener->chain;
	else
		return stored_hash(opener, first_seq - 1, previous);
	return BSYNC_OK;
}

/* --- A push --- */

/* PROTOCOL 8.7: "The store takes a changeset when the batch signature fits the device of the TLS certificate" */
static enum bsync_result verify(struct bsync_opening *opening, struct bsync_opener *opener,
				const struct bsync_push *push)
{
	struct bsync_batch *batch = &opening->batch;
	struct bsync_digest previous = batch->previous;
	enum bsync_result result;

	for (uint32_t i = 0; i < push->count; i++) {
		bsync_seal_hash(&opener->context, push->first_seq + i, &previous, &push->changesets[i],
				&batch->changesets[i].hash);
		previous = batch->changesets[i].hash;
	}
	result = know_key(opener);
	if (result == BSYNC_OK)
		result = bsync_batch_verify(&opener->context, opener->verify_key, push->first_seq,
					    push->first_seq + push->count - 1, &previous, push->signature);
	return result;
}

/* Unseals all; a body that does not open stays as it came, to be set aside. */
static enum bsync_result unseal(struct bsync_opening *opening, struct bsync_opener *opener,
				const struct bsync_push *push, size_t *offsets)
{
	struct bsync_batch *batch = &opening->batch;
	const struct bsync_digest *previous = &batch->previous;

	for (uint32_t i = 0; i < push->count; i++) {
		struct bsync_opened *opened = &batch->changesets[i];

		offsets[i] = opening->plain.size;
		opened->seq = push->first_seq + i;
		opened->decoded = bsync_unseal(&opener->context, opened->seq, previous, &push->changesets[i],
					       &opening->plain);
		if (opened->decoded == BSYNC_NO_MEMORY)
			return BSYNC_NO_MEMORY;
		/* Too large for what is left of the push, not by itself. */
		if (opened->decoded == BSYNC_TOO_LARGE && opening->plain.size > PLAIN_LEFT_MIN)
			return BSYNC_TOO_LARGE;
		if (opened->decoded != BSYNC_OK) {
			opening->plain.size = offsets[i];
			opened->plain = push->changesets[i].body;
		}
		previous = &opened->hash;
	}
	offsets[push->count] = opening->plain.size;
	return BSYNC_OK;
}

static enum bsync_result decode(struct bsync_opening *opening, const struct bsync_opener *opener, const size_t *offsets)
{
	struct bsync_batch *batch = &opening->batch;

	for (uint32_t i = 0; i < batch->count; i++) {
		struct bsync_opened *opened = &batch->changesets[i];

		/* Nothing says when it was made: now is the latest it can have been. */
		opened->stamp_ms = opener->session.server_ms;
		if (opened->decoded != BSYNC_OK)
			continue;
		opened->plain = (struct bsync_bytes){opening->plain.data + offsets[i], offsets[i + 1] - offsets[i]};
		opened->decoded = bsync_changeset_decode(opened->plain, &opening->arena, &opened->changeset);
		if (opened->decoded == BSYNC_NO_MEMORY)
			return BSYNC_NO_MEMORY;
		if (opened->decoded == BSYNC_OK)
			opened->stamp_ms = bsync_stamp_correct(&opened->changeset.evidence, &opener->session);
	}
	return BSYNC_OK;
}

static enum bsync_result open_push(struct bsync_opening *opening, struct bsync_opener *opener,
				   struct bsync_bytes payload)
{
	struct bsync_batch *batch = &opening->batch;
	struct bsync_push push;
	size_t *offsets = NULL;
	enum bsync_result result = bsync_push_decode(payload, &opening->arena, &push);

	if (result == BSYNC_OK && push.count == 0)
		result = BSYNC_MALFORMED;
	if (result == BSYNC_OK)
		result = know_epoch(opener, push.epoch);
	if (result == BSYNC_OK)
		result = previous_hash(opener, push.first_seq, &batch->previous);
	if (result == BSYNC_OK)
		result = bsync_arena_array(&opening->arena, push.count, sizeof *batch->changesets, &batch->changesets);
	if (result == BSYNC_OK)
		result = bsync_arena_array(&opening->arena, (size_t)push.count + 1, sizeof *offsets, &offsets);
	if (result != BSYNC_OK)
		return result;
	batch->device = opener->connection->device;
	batch->worker = opener->connection->worker;
	batch->line = opener->line;
	batch->epoch = push.epoch;
	batch->first_seq = push.first_seq;
	batch->count = push.count;
	batch->now_ms = bsync_machine_now_ms();
	result = verify(opening, opener, &push);
	if (result == BSYNC_OK)
		result = bsync_scratches_take(&opener->connection->daemon->scratches, &opener->context.scratch);
	if (result == BSYNC_OK)
		result = unseal(opening, opener, &push, offsets);
	bsync_scratches_give(&opener->connection->daemon->scratches, opener->context.scratch);
	opener->context.scratch = NULL;
	if (result == BSYNC_OK)
		result = decode(opening, opener, offsets);
	return result;
}

void bsync_opening_push(struct bsync_opening *opening, struct bsync_opener *opener, struct bsync_bytes payload)
{
	const struct bsync_batch *batch = &opening->batch;

	opening->result = open_push(opening, opener, payload);
	if (opening->result != BSYNC_OK)
		return;
	opener->last_seq = batch->first_seq + batch->count - 1;
	opener->last_hash = batch->changesets[batch->count - 1].hash;
}

uint64_t bsync_opening_change_count(const struct bsync_opening *opening)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < opening->batch.count; i++) {
		if (opening->batch.changesets[i].decoded == BSYNC_OK)
			count += opening->batch.changesets[i].changeset.change_count;
	}
	return count;
}

/* --- An epoch --- */

void bsync_opening_epoch(struct bsync_opening *opening, struct bsync_opener *opener, struct bsync_bytes payload)
{
	struct bsync_seal_context context;
	enum bsync_result result = bsync_epoch_decode(payload, &opening->arena, &opening->epoch);

	if (result == BSYNC_OK && memcmp(opening->epoch.line.bytes, opener->line.bytes, BSYNC_ID_SIZE) != 0)
		result = BSYNC_UNEXPECTED;
	if (result == BSYNC_OK)
		result = know_key(opener);
	if (result == BSYNC_OK) {
		context = new_context(opener, opening->epoch.epoch);
		context.suite = opening->epoch.suite;
		result = bsync_epoch_unseal(&context, opener->connection->daemon->facts.seal_private, &opening->epoch,
					    opener->verify_key);
		if (result == BSYNC_OK) {
			opening->secret = context.secret;
			opener->context = context;
			opener->has_epoch = true;
		}
		bsync_wipe(&context, sizeof context);
	}
	opening->result = result;
}

/* --- Receipts of a lost life --- */

static enum bsync_result open_shown(struct bsync_opening *opening, struct bsync_bytes payload)
{
	struct bsync_shown_receipts shown;
	enum bsync_result result = bsync_shown_decode(payload, &opening->arena, &shown);

	if (result == BSYNC_OK)
		result = bsync_arena_array(&opening->arena, shown.count, sizeof *opening->receipts, &opening->receipts);
	for (uint32_t i = 0; i < shown.count && result == BSYNC_OK; i++) {
		result = bsync_receipts_decode(shown.receipts[i], &opening->arena, &opening->receipts[i]);
		opening->receipts_count += result == BSYNC_OK;
	}
	return result;
}

void bsync_opening_shown(struct bsync_opening *opening, struct bsync_bytes payload)
{
	opening->result = open_shown(opening, payload);
}
