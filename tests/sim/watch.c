#include "tests/sim/watch.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/model.h"
#include "tests/sim/nursery.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"

/* --- Lines --- */

struct opened_line {
	struct bsync_dot dot, after; /* that its device had last when it opened it; seq 0: none */
};

/* The lines that devices have opened, in the order in which they did. */
static struct {
	uint32_t count;
	struct opened_line list[WORLD_LINES_MAX];
} opened_lines;

#define LINES                                                                                                  \
	"SELECT d.id, l.line, a.line, l.after_seq FROM bsync_line l JOIN bsync_device d ON d.no = l.device_no" \
	" LEFT JOIN bsync_line a ON a.no = l.after_no WHERE l.fork_of = 0 ORDER BY l.no"

static void line_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct opened_line *line = &opened_lines.list[model_next(&opened_lines.count, WORLD_LINES_MAX)];
	(void)context;
	(void)count;
	*line = (struct opened_line){.after.seq = (uint64_t)values[3].as.integer};
	memcpy(&line->dot.device, values[0].as.bytes.data, sizeof line->dot.device);
	memcpy(&line->dot.line, values[1].as.bytes.data, sizeof line->dot.line);
	line->after.device = line->dot.device;
	if (line->after.seq != 0)
		memcpy(&line->after.line, values[2].as.bytes.data, sizeof line->after.line);
}

static const struct model_set *after_of(const struct bsync_batch *batch)
{
	for (const struct opened_line *line = opened_lines.list; line < opened_lines.list + opened_lines.count; line++)
		if (line->after.seq != 0 && memcmp(&line->dot.line, &batch->line, sizeof batch->line) == 0 &&
		    memcmp(&line->dot.device, &batch->device, sizeof batch->device) == 0)
			return model_find(&line->after);
	return NULL;
}

bool watch_had(const struct model_set *set, const struct model_set *other)
{
	for (const struct model_set *at = set->before != NULL ? set->before : set->after; at != NULL;
	     at = at->before != NULL ? at->before : at->after) {
		/* What a copy wrote is for the operator, and nobody else waits for that. */
		if (at->is_fork && !set->is_fork)
			return false;
		if (at == other)
			return true;
	}
	return false;
}

/* PROTOCOL 8.8: "A line is left when the device has opened a later one." */
static bool is_left(const struct bsync_dot *dot)
{
	bool is_met = false;
	for (const struct opened_line *line = opened_lines.list; line < opened_lines.list + opened_lines.count;
	     line++) {
		if (memcmp(&line->dot.device, &dot->device, sizeof dot->device) != 0)
			continue;
		if (is_met)
			return true;
		is_met = memcmp(&line->dot.line, &dot->line, sizeof dot->line) == 0;
	}
	return false;
}

/* PROTOCOL 8.8: "A changeset that has another hash than the store's of that seq, or is behind the last of a line that was
 * left, came from a copy of the device." */
static struct bsync_dot dot_of(const struct bsync_batch *batch, const struct bsync_opened *opened,
			       const struct model_set *before)
{
	struct bsync_dot dot = {batch->device, before != NULL ? before->dot.line : batch->line, opened->seq};
	const struct model_set *taken = model_find(&dot);
	if (is_left(&dot) || (taken != NULL && taken->state != MODEL_OFFERED))
		memcpy(dot.line.bytes, opened->hash.bytes, BSYNC_ID_SIZE);
	return dot;
}

/* A place for what is offered: of what was offered and not taken, else a new one. */
static struct model_set *set_take(const struct bsync_dot *dot)
{
	struct model_set *set = model_find(dot);
	if (set == NULL) {
		set = &model.sets[model_next(&model.set_count, MODEL_SETS_MAX)];
		*set = (struct model_set){0};
	}
	return set;
}

void watch_offer(const struct world_device *device, const struct bsync_batch *batch)
{
	const struct model_set *before = model_find_hash(&device->id, &batch->previous);
	opened_lines.count = 0;
	server_ask(model.world, LINES, 0, line_row, NULL);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct bsync_opened *opened = &batch->changesets[i];
		struct model_set *set = model_find_hash(&device->id, &opened->hash);
		if (set != NULL) {
			probe(PROBE_RESEND);
			before = set;
			continue;
		}
		struct bsync_dot dot = dot_of(batch, opened, before);
		set = set_take(&dot);
		probe_if(set->lost_stamp_ms != 0, PROBE_GIVEN_BACK);
		*set = (struct model_set){.dot = dot,
					  .hash = opened->hash,
					  .before = before,
					  .after = before == NULL ? after_of(batch) : NULL,
					  .is_fork = memcmp(&dot.line, &batch->line, sizeof dot.line) != 0,
					  .lost_stamp_ms = set->lost_stamp_ms,
					  .author = batch->worker,
					  .role = nursery_role(device->identity),
					  .corrected_ms = opened->stamp_ms,
					  .confirmed = model.confirmed[device->identity]};
		struct bsync_bytes plain = bsync_arena_copy(&model.arena, opened->plain);
		if (bsync_changeset_decode(plain, &model.arena, &set->changeset) != BSYNC_OK)
			world_fail(model.world, "device %u hands in what does not decode", device->number);
		before = set;
	}
}

/* --- Receipts --- */

#define RECEIPTS                                                                                            \
	"SELECT d.id, l.line, r.seq, l.no, r.counter, r.stamp_ms, r.verdict, r.reason FROM bsync_receipt r" \
	" JOIN bsync_line l ON l.no = r.line_no JOIN bsync_device d ON d.no = l.device_no"                  \
	" WHERE r.counter > ?1 OR r.counter = 0 ORDER BY "

static struct model_set *set_of(const struct bsync_value *values)
{
	struct bsync_dot dot = {.seq = (uint64_t)values[2].as.integer};
	memcpy(&dot.device, values[0].as.bytes.data, sizeof dot.device);
	memcpy(&dot.line, values[1].as.bytes.data, sizeof dot.line);
	return model_find(&dot);
}

/* PROTOCOL 6.20: "A receipt of one that was given up has verdict 3 and a reason that begins with `given up`." */
static void given_up_note(struct model_set *set, const struct bsync_value *values)
{
	struct bsync_receipt receipt = {.verdict = (enum bsync_verdict)values[6].as.integer,
					.reason = values[7].as.bytes};
	bool is_given_up = bsync_receipt_is_given_up(&receipt);
	/* PROTOCOL 6.20: "It is not tried again: its author may have written on in its place." */
	if (set->is_given_up && values[4].as.integer != 0)
		world_fail(model.world, "model: changeset %llu was given up, and is applied",
			   (unsigned long long)set->dot.seq);
	probe_if(!set->is_given_up && is_given_up, PROBE_GIVEN_UP);
	set->is_given_up = is_given_up;
	if (is_given_up && !set->was_asked)
		world_fail(model.world, "model: changeset %llu is given up, and nobody asked for it",
			   (unsigned long long)set->dot.seq);
}

/* PROTOCOL 5.2: never below what the author had seen, nor below what came before on its line. */
static void stamp_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct model_set *set = set_of(values);
	(void)context;
	(void)count;
	if (set == NULL)
		return;
	/* What waited behind it is applied at once. */
	given_up_note(set, values);
	if (set->has_stamp)
		return;
	set->has_stamp = true;
	set->line_no = (uint32_t)values[3].as.integer;
	set->stamp_ms = values[5].as.integer;
	int64_t least = set->corrected_ms, seen = set->changeset.seen_ms, lost = set->lost_stamp_ms;
	probe_if(least != set->changeset.evidence.clock.wall_ms, PROBE_CLOCK_CORRECTED);
	if (least <= seen)
		least = seen + 1;
	for (const struct model_set *other = model.sets; other < model.sets + model.set_count; other++)
		if (other->has_stamp && other->line_no == set->line_no && other->dot.seq < set->dot.seq &&
		    other->stamp_ms > least)
			least = other->stamp_ms;
	/* PROTOCOL 7.9: "keeps the stamp of its receipt", where its device had that. */
	for (const struct model_set *other = model.sets; other < model.sets + model.set_count; other++)
		if (lost != 0 && other->has_stamp && other->line_no == set->line_no && other->dot.seq < set->dot.seq &&
		    other->stamp_ms > lost)
			lost = other->stamp_ms;
	probe_if(lost != 0 && set->stamp_ms == lost && lost != least, PROBE_KEPT_STAMP);
	/* A store that was put back may never have given the stamp that was seen. */
	bool is_cut = restores_are_made(model.world) && set->stamp_ms >= set->corrected_ms && set->stamp_ms < least &&
		      least == seen + 1;
	if (set->stamp_ms != least && (lost == 0 || set->stamp_ms != lost) && !is_cut)
		world_fail(model.world, "model: changeset %llu has stamp %lld instead of %lld",
			   (unsigned long long)set->dot.seq, (long long)set->stamp_ms, (long long)least);
}

/* PROTOCOL 8.8: "quarantined whole", also one that was released and touches a row of one that was not. */
static bool waits_for_operator(const struct model_set *set, enum bsync_verdict verdict)
{
	return verdict == BSYNC_VERDICT_QUARANTINED && set->is_fork && (!set->is_released || model_must_wait(set));
}

static void receipt_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct model_set *set = set_of(values);
	unsigned long long seq = (uint64_t)values[2].as.integer, counter = (uint64_t)values[4].as.integer;
	enum bsync_verdict verdict = (enum bsync_verdict)values[6].as.integer;
	(void)context;
	(void)count;
	if (set == NULL || set->state == MODEL_APPLIED || set->stamp_ms != values[5].as.integer ||
	    (counter == 0) !=
		    (verdict == BSYNC_VERDICT_UNPLACED || set->is_given_up || waits_for_operator(set, verdict)) ||
	    (counter != 0 && counter <= model.counter)) {
		world_fail(model.world, "model: changeset %llu at %llu was not handed in, comes twice or elsewhere",
			   seq, counter);
		return;
	}
	probe_if(set->state == MODEL_OFFERED && counter == 0, PROBE_UNPLACED);
	probe_if(set->state == MODEL_WAITS && counter != 0, PROBE_PLACED);
	set->state = counter == 0 ? MODEL_WAITS : MODEL_APPLIED;
	set->verdict = verdict;
	set->counter = counter;
	if (counter == 0)
		return;
	if (model_must_wait(set))
		world_fail(model.world, "model: changeset %llu at %llu knows no scope", seq, counter);
	model.counter = counter;
	unsigned allowed = signed_verdicts(set, model_apply(set));
	if ((allowed >> verdict & 1) == 0)
		world_fail(model.world, "model: changeset %llu at %llu has verdict %s, none of the set %x: %.*s", seq,
			   counter, bsync_verdict_name(verdict), allowed, (int)values[7].as.bytes.size,
			   (const char *)values[7].as.bytes.data);
}

void watch_settle(void)
{
	/* The stamp also of one that waits: those after it on its line must not go below it. */
	server_ask(model.world, RECEIPTS "l.no, r.seq", model.counter, stamp_row, NULL);
	/* Those that are set aside come last, so that one that was placed is not met as waiting. */
	server_ask(model.world, RECEIPTS "r.counter = 0, r.counter, l.no, r.seq", model.counter, receipt_row, NULL);
	/* While a recovery is open, all that comes waits for its end. */
	for (uint32_t i = 0; i < model.set_count && model.world->failure[0] == '\0' && !restore_is_open(); i++)
		if (model.sets[i].state == MODEL_WAITS && !model.sets[i].is_given_up &&
		    !waits_for_operator(&model.sets[i], model.sets[i].verdict) && !model_must_wait(&model.sets[i]))
			world_fail(model.world, "model: changeset %llu waits for nothing",
				   (unsigned long long)model.sets[i].dot.seq);
}

void watch_receipts(struct world_device *device, const struct bsync_receipts *receipts)
{
	const struct model_set *set = model_find_hash(&device->id, &receipts->last_hash);
	for (uint32_t i = receipts->count; i-- > 0; set = set->before) {
		const struct bsync_receipt *said = &receipts->receipts[i];
		if (set != NULL && set->dot.seq == receipts->first_seq + i && set->counter == said->counter &&
		    set->verdict == said->verdict && set->stamp_ms == said->stamp_ms)
			continue;
		world_fail(device->world, "model: device %u is told of changeset %llu what is not so", device->number,
			   (unsigned long long)(receipts->first_seq + i));
		return;
	}
}

/* --- A store that was put back --- */

static void there_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct model_set *set = set_of(values);
	(void)context;
	(void)count;
	if (set == NULL) {
		world_fail(model.world, "model: the image has what was never handed in");
		return;
	}
	set->counter = (uint64_t)values[4].as.integer;
	set->state = set->counter == 0 ? MODEL_WAITS : MODEL_APPLIED;
	set->verdict = (enum bsync_verdict)values[6].as.integer;
	set->has_stamp = true;
	given_up_note(set, values);
	/* The store numbers its lines as they come, in each life anew. */
	set->line_no = (uint32_t)values[3].as.integer;
	set->stamp_ms = values[5].as.integer;
}

void watch_there(void)
{
	server_ask(model.world, RECEIPTS "l.no, r.seq", 0, there_row, NULL);
}
