#include "tests/sim/causal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"

enum { PROMISES_MAX = 1000, SHOWN_MAX = 200, ARENA_MAX = 1 << 20 };

/* A word that the user of a device wrote into `tekst` of a point and is shown until the store has said otherwise. */
struct promise {
	bool is_kept_up;
	bool may_go; /* its scope is dropped by a pull, and may have come again since */
	uint32_t device;
	char row[LEDGER_ROW_SIZE], word[LEDGER_WORD_SIZE];
	const struct model_set *set; /* that carried it, once the store has it */
	bool is_answered;            /* a receipt for it may have come */
	uint64_t cursor;             /* of the device when it was written */
};

/* A point as a device shows it. */
struct shown {
	char row[LEDGER_ROW_SIZE], word[LEDGER_WORD_SIZE];
};

static struct {
	uint32_t promise_count, shown_count;
	bool has_scope; /* the device that was read holds 'L2' */
	uint64_t cursors[WORLD_DEVICES_MAX];
	struct promise promises[PROMISES_MAX];
	struct shown shown[SHOWN_MAX];
} causal;

void causal_begin(void)
{
	memset(&causal, 0, sizeof causal);
}

static void text_copy(const struct bsync_value *value, char *out, size_t size)
{
	struct bsync_bytes text = value->kind == BSYNC_TEXT ? value->as.bytes : (struct bsync_bytes){NULL, 0};
	snprintf(out, size, "%.*s", (int)text.size, text.size == 0 ? "" : (const char *)text.data);
}

static void point_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct shown *shown = &causal.shown[causal.shown_count];
	(void)context;
	(void)count;
	if (causal.shown_count == SHOWN_MAX)
		return;
	text_copy(&values[0], shown->row, sizeof shown->row);
	text_copy(&values[1], shown->word, sizeof shown->word);
	if (strcmp(shown->row, "L2") == 0)
		causal.has_scope = true;
	else
		causal.shown_count++;
}

/* A bare key that a form waits with shows nothing. */
static void points_read(struct world_device *device)
{
	causal.shown_count = 0;
	causal.has_scope = false;
	(void)!ask_file(
		device->file,
		"SELECT lijst || '/' || nr, tekst FROM punt WHERE tekst IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bsync_form"
		" WHERE is_bare > 0) UNION ALL SELECT value, '' FROM bsync_scope WHERE value = 'L2'"
		" AND NOT is_over",
		0, point_row, NULL);
}

static const struct shown *point_find(const char *row)
{
	for (uint32_t i = 0; i < causal.shown_count; i++)
		if (strcmp(causal.shown[i].row, row) == 0)
			return &causal.shown[i];
	return NULL;
}

static bool holds(const struct promise *promise)
{
	const struct shown *shown = point_find(promise->row);
	return shown != NULL && strcmp(shown->word, promise->word) == 0;
}

/* --- What the store has of a word --- */

static bool is_word(const struct bsync_value *value, const char *word)
{
	return value->kind == BSYNC_TEXT && value->as.bytes.size == strlen(word) &&
	       memcmp(value->as.bytes.data, word, value->as.bytes.size) == 0;
}

/* The changeset of the device that carried its word into the row; NULL when the store has not got it. */
static const struct model_set *set_with(const struct world_device *device, const char *word)
{
	for (uint32_t i = 0; i < model.set_count; i++) {
		const struct model_set *set = &model.sets[i];
		if (set->state == MODEL_OFFERED || memcmp(&set->dot.device, &device->id, sizeof device->id) != 0)
			continue;
		for (uint32_t k = 0; k < set->changeset.change_count; k++)
			for (uint32_t c = 0; c < set->changeset.changes[k].cell_count; c++)
				if (is_word(&set->changeset.changes[k].cells[c].value, word))
					return set;
	}
	return NULL;
}

/* --- Read your writes --- */

/* Until the store has taken it and a pull has shown that, or a verdict takes it back (STORAGE 6). */
static bool is_due(struct world_device *device, struct promise *promise)
{
	if (promise->set == NULL)
		promise->set = set_with(device, promise->word);
	if (promise->set == NULL || !promise->is_answered)
		return true;
	/* What a copy wrote was taken back, also where the operator has released it since. */
	bool is_taken = !promise->set->is_fork && (promise->set->verdict == BSYNC_VERDICT_APPLIED ||
						   promise->set->verdict == BSYNC_VERDICT_MERGED);
	return is_taken && causal.cursors[device->number] < promise->set->counter;
}

/* A pull came, and what its user wrote before it is still there. */
static void promise_held(const struct world_device *device, struct promise *promise)
{
	if (causal.cursors[device->number] > promise->cursor)
		probe(PROBE_OWN_WORD_HELD);
	promise->cursor = causal.cursors[device->number];
}

static void promises_check(struct world_device *device)
{
	for (uint32_t i = 0; i < causal.promise_count; i++) {
		struct promise *promise = &causal.promises[i];
		if (!promise->is_kept_up || promise->device != device->number)
			continue;
		/* A scope that is dropped goes whole. */
		bool may_be_dropped = (!causal.has_scope || promise->may_go) && strncmp(promise->row, "L2/", 3) == 0;
		if (!is_due(device, promise) || (may_be_dropped && !holds(promise)))
			promise->is_kept_up = false;
		else if (holds(promise))
			promise_held(device, promise);
		else
			world_fail(device->world, "device %u does not show %s in %s, which its user wrote",
				   device->number, promise->word, promise->row);
	}
}

void causal_let_go(const struct world_device *device)
{
	for (uint32_t i = 0; i < causal.promise_count; i++)
		causal.promises[i].may_go = causal.promises[i].may_go || causal.promises[i].device == device->number;
}

void causal_scopes(struct world_device *device, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_scopes scopes;
	bsync_arena_init(&arena, ARENA_MAX);
	if (bsync_scopes_decode(payload, &arena, &scopes) != BSYNC_OK)
		scopes.count = 0;
	for (uint32_t i = 0; i < scopes.count; i++) {
		if (scopes.changes[i].act == BSYNC_SCOPE_DROP)
			causal_let_go(device);
	}
	bsync_arena_clear(&arena);
}

void causal_receipts(struct world_device *device)
{
	for (uint32_t i = 0; i < causal.promise_count; i++) {
		struct promise *promise = &causal.promises[i];
		if (promise->device != device->number || !promise->is_kept_up)
			continue;
		if (promise->set == NULL)
			promise->set = set_with(device, promise->word);
		promise->is_answered = promise->set != NULL;
	}
}

static void state_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)count;
	*(int64_t *)context = values[0].as.integer;
}

void causal_received(struct world_device *device, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_receipts receipts;
	bsync_arena_init(&arena, ARENA_MAX);
	if (bsync_receipts_decode(payload, &arena, &receipts) != BSYNC_OK)
		receipts.count = 0;
	for (uint32_t i = 0; i < receipts.count; i++) {
		uint64_t seq = receipts.first_seq + i;
		int64_t state = BSYNC_OUTBOX_UNPLACED;
		if (receipts.receipts[i].verdict == BSYNC_VERDICT_UNPLACED)
			(void)!ask_file(device->file, "SELECT state FROM bsync_outbox WHERE seq = ?1", seq, state_row,
					&state);
		if (state != BSYNC_OUTBOX_UNPLACED)
			world_fail(device->world, "device %u does not know that its changeset %llu waits for a scope",
				   device->number, (unsigned long long)seq);
	}
	bsync_arena_clear(&arena);
}

void causal_committed(struct world_device *device, const struct ledger_entry *entries, uint32_t count)
{
	points_read(device);
	for (uint32_t i = 0; i < causal.promise_count; i++) {
		struct promise *promise = &causal.promises[i];
		if (promise->device == device->number && promise->is_kept_up && !holds(promise))
			promise->is_kept_up = false;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct promise promise = {.is_kept_up = true, .device = device->number};
		promise.cursor = causal.cursors[device->number];
		memcpy(promise.row, entries[i].row, sizeof promise.row);
		memcpy(promise.word, entries[i].word, sizeof promise.word);
		/* A later statement of the transaction may have moved or removed the point. */
		if (promise.word[0] == 'k' && holds(&promise) && causal.promise_count < PROMISES_MAX)
			causal.promises[causal.promise_count++] = promise;
	}
}

/* --- Never older --- */

static const struct model_row *row_of(const char *name)
{
	for (uint32_t i = 0; i < model.row_count; i++) {
		char key[LEDGER_ROW_SIZE];
		const struct bsync_value *values = model.rows[i].key;
		if (strcmp(model.rows[i].table->name, "punt") != 0)
			continue;
		snprintf(key, sizeof key, "%.*s/%lld", (int)values[0].as.bytes.size,
			 (const char *)values[0].as.bytes.data, (long long)values[1].as.integer);
		if (strcmp(key, name) == 0)
			return &model.rows[i];
	}
	return NULL;
}

/* A row that was gone at `cursor` is shown as the device last knew it, while an own edit that brought it back since waits
 * for the pull that gives it whole. */
static bool comes_back(const struct world_device *device, const struct model_row *row, uint64_t cursor)
{
	bool is_own = false;
	if (row->deleted == NULL || row->deleted->counter > cursor)
		return false;
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++) {
		uint64_t counter = write->set->counter;
		if (write->row == row && write->place != MODEL_ITEM && counter > row->deleted->counter &&
		    counter <= cursor)
			return false;
		is_own = is_own || (write->row == row && counter > cursor &&
				    memcmp(&write->set->dot.device, &device->id, sizeof device->id) == 0);
	}
	return is_own;
}

/* The device has been shown everything up to `cursor`: a word that was replaced before that is gone for good. */
static void point_check(struct world_device *device, const struct shown *shown, uint64_t cursor)
{
	const struct model_row *row = row_of(shown->row);
	uint64_t last = 0;
	if (row == NULL) {
		world_fail(device->world, "device %u shows %s, which nobody handed in", device->number, shown->row);
		return;
	}
	/* An own insert that was not taken goes with the pull that includes its changeset. */
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_write *write = &model.writes[i];
		if (write->row == row && write->place == MODEL_ITEM && write->set->counter > cursor &&
		    is_word(&write->value, shown->word))
			return;
	}
	if (comes_back(device, row, cursor))
		return;
	if (row->state == MODEL_DEAD && row->deleted->counter <= cursor)
		world_fail(device->world, "device %u shows %s, which was deleted before it looked", device->number,
			   shown->row);
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_write *write = &model.writes[i];
		if (write->row != row || !is_word(&write->value, shown->word))
			continue;
		if (write->place != MODEL_HISTORY)
			return;
		if (write->replaced->counter > last)
			last = write->replaced->counter;
	}
	if (last != 0 && last <= cursor)
		world_fail(device->world, "device %u shows %s in %s, which was replaced at %llu, after %llu",
			   device->number, shown->word, shown->row, (unsigned long long)last,
			   (unsigned long long)cursor);
}

void causal_restored(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct bsync_file_status status;
		if (world->devices[i].file != NULL && bsync_file_status(world->devices[i].file, &status) == BSYNC_OK)
			causal.cursors[i] = status.cursor.counter;
	}
	for (uint32_t i = 0; i < causal.promise_count; i++) {
		struct promise *promise = &causal.promises[i];
		struct world_device *device = &world->devices[promise->device];
		/* What was settled before is shown as it was settled, until the device hears of the loss. */
		if (!is_due(device, promise))
			promise->is_kept_up = false;
		promise->set = NULL;
		promise->is_answered = false;
	}
}

void causal_look(struct world_device *device)
{
	struct bsync_file_status status;
	if (device->file == NULL || device->world->failure[0] != '\0' ||
	    bsync_file_status(device->file, &status) != BSYNC_OK)
		return;
	if (status.cursor.counter < causal.cursors[device->number])
		world_fail(device->world, "device %u goes back from %llu to %llu", device->number,
			   (unsigned long long)causal.cursors[device->number],
			   (unsigned long long)status.cursor.counter);
	causal.cursors[device->number] = status.cursor.counter;
	points_read(device);
	promises_check(device);
	/* What it shows of a life that is lost comes back later. */
	if (!restore_is_known(device->world, &status))
		return;
	for (uint32_t i = 0; i < causal.shown_count && status.pending + status.unplaced == 0; i++)
		point_check(device, &causal.shown[i], status.cursor.counter);
}

void causal_rewound(struct world_device *device)
{
	struct bsync_file_status status;
	for (uint32_t i = 0; i < causal.promise_count; i++)
		if (causal.promises[i].device == device->number)
			causal.promises[i].is_kept_up = false;
	if (device->file != NULL && bsync_file_status(device->file, &status) == BSYNC_OK)
		causal.cursors[device->number] = status.cursor.counter;
	else
		causal.cursors[device->number] = 0;
}
