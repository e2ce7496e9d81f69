#include "tests/sim/asking.h"

#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "tests/sim/disk.h"
#include "tests/sim/facts.h"
#include "tests/sim/model.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"
#include "tests/sim/watch.h"

/* What does not fit in a message is left out: an answer so large is not held against all there is. */
enum { ARENA_MAX = 64 << 20, FRAMES_MAX = 1 << 20, WHOLE_SIZE = 900000 };

static struct facts expected, told;

/* --- A device asks --- */

static void number_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)count;
	*(uint64_t *)context = (uint64_t)values[0].as.integer;
}

/* False when nothing is set aside. */
static bool retry_ask(struct world_device *device)
{
	struct world *world = device->world;
	uint64_t seq = 0;
	bool gives_up = world_below(world, 2) == 0;
	enum bsync_result result = ask_file(device->file,
					    "SELECT seq FROM bsync_outbox WHERE state IN (2, 3) LIMIT 1 OFFSET ?1",
					    world_below(world, 3), number_row, &seq);
	if (result == BSYNC_OK && seq != 0)
		result = bsync_file_retry(device->file, seq, gives_up);
	if (result != BSYNC_OK)
		device_excuses(device, result, "ask of what was set aside");
	else if (seq != 0)
		world_trace(world, "device %u asks to %s changeset %llu", device->number,
			    gives_up ? "give up" : "try again", (unsigned long long)seq);
	return seq != 0;
}

/* Of any row that there ever was, also one that the device has not: who knows its key can ask. */
static void row_ask(struct world_device *device)
{
	struct world *world = device->world;
	if (model.row_count == 0)
		return;
	const struct model_row *row = &model.rows[world_below(world, model.row_count)];
	enum bsync_result result = bsync_file_ask(device->file, row->table->name, row->key, row->table->key_count);
	if (result != BSYNC_OK)
		device_excuses(device, result, "ask of a row");
	world_trace(world, "device %u asks of a row of %s", device->number, row->table->name);
}

void asking_act(struct world_device *device)
{
	if (device->failures > 0 || device_is_down(device))
		return;
	if (!retry_ask(device))
		row_ask(device);
	device->must_ask = true;
	asking_send(device);
}

void asking_send(struct world_device *device)
{
	struct bsync_buffer frames;
	struct bsync_effects effects;
	bool is_waiting = false;
	if (!device->must_ask || device->client == NULL || device->is_broken || device_is_down(device) ||
	    !bsync_session_client_can_ask(device->client))
		return;
	device->must_ask = false;
	bsync_buffer_init(&frames, FRAMES_MAX);
	enum bsync_result result = bsync_file_questions(device->file, &device->asked_id, &frames, &is_waiting);
	if (result != BSYNC_OK) {
		device_excuses(device, result, "put questions");
		bsync_session_client_failed(device->client, result, &effects);
		device_carry(device, &effects);
	} else if (frames.size > 0) {
		bsync_session_client_ask(device->client, bsync_buffer_bytes(&frames), &effects);
		device_carry(device, &effects);
	}
	bsync_buffer_clear(&frames);
}

/* --- Try again, or give up --- */

void asking_retry(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_buffer answer;
	struct bsync_retry retry = {0};
	struct bsync_receipts receipts = {0};
	struct bsync_touched touched = {0};
	struct bsync_effects effects;
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&answer, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
	if (bsync_retry_decode(payload, &arena, &retry) != BSYNC_OK)
		abort();
	struct model_set *set = model_find_hash(&device->id, &retry.hash);
	if (set != NULL)
		set->was_asked |= retry.is_given_up;
	enum bsync_result result = BSYNC_STORAGE;
	if (server_group_begin(world))
		result = server_group_end(
			world,
			bsync_store_author_retry(world->store, &device->id, &retry, world->now_ms, &arena, &receipts),
			&touched);
	if (result == BSYNC_OK) {
		probe(PROBE_RETRIED);
		server_settle(world);
		watch_receipts(device, &receipts);
		if (retry.is_given_up && set != NULL && set->state == MODEL_WAITS && !set->is_given_up && !set->is_fork)
			world_fail(world, "device %u gives up changeset %llu, which waits still", device->number,
				   (unsigned long long)retry.seq);
		if (bsync_receipts_encode(&receipts, &answer) != BSYNC_OK)
			abort();
	}
	bsync_session_server_applied(device->server, result, bsync_buffer_bytes(&answer), false, &effects);
	server_carry(device, &effects);
	bsync_buffer_clear(&answer);
	bsync_arena_clear(&arena);
	server_tell(world, &touched);
}

/* --- All about a row --- */

static void say_past(struct facts *facts, const struct model_row *row, const struct bsync_past *past)
{
	struct bsync_variant variant = past->variant;
	FACT(facts, past->replaced_counter == 0 ? "stands" : "history", row, facts_number(past->column_no),
	     bsync_value_blob((struct bsync_bytes){(const uint8_t *)&variant.dot, 2 * BSYNC_ID_SIZE}),
	     facts_number(variant.dot.seq), bsync_value_blob((struct bsync_bytes){variant.author.bytes, BSYNC_ID_SIZE}),
	     variant.value, facts_number(variant.counter), bsync_value_integer(variant.stamp_ms),
	     facts_number(past->replaced_counter),
	     bsync_value_blob((struct bsync_bytes){past->replaced_by.bytes, BSYNC_ID_SIZE}));
}

/* All values that the row has and had. */
static void say_row(struct facts *facts, const struct model_row *row)
{
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++) {
		const struct model_set *set = write->set;
		if (write->row != row || (write->place != MODEL_STANDS && write->place != MODEL_HISTORY))
			continue;
		struct bsync_past past = {.column_no = row->table->columns[write->column].no,
					  .variant = {.dot = set->dot,
						      .author = set->author,
						      .stamp_ms = set->stamp_ms,
						      .counter = set->counter,
						      .value = write->value}};
		if (write->place == MODEL_HISTORY) {
			past.replaced_counter = write->replaced->counter;
			past.replaced_by = write->replaced->author;
		}
		say_past(facts, row, &past);
	}
}

/* PROTOCOL 6.15: "oldest first, the standing ones last with replaced_counter 0" */
static bool is_in_order(const struct bsync_history *history)
{
	for (uint32_t i = 1; i < history->count; i++) {
		uint64_t before = history->entries[i - 1].replaced_counter,
			 after = history->entries[i].replaced_counter;
		if (after != 0 && (before == 0 || before > after))
			return false;
	}
	return true;
}

/* PROTOCOL 6.15: "a device of that worker, not the asking one, has confirmed all that this face gives of the row up to counter,
 * which is at most the row's last change; only of scopes that the asking worker is in too." */
static bool is_holder(struct world_device *device, const struct bsync_holder *holder, const struct bsync_value *list)
{
	struct world *world = device->world;
	for (uint32_t i = 0; i < world->device_count; i++) {
		const struct world_device *other = &world->devices[i];
		if (memcmp(&other->worker, &holder->worker, sizeof other->worker) == 0 &&
		    memcmp(&other->id, &device->id, sizeof device->id) != 0 &&
		    restore_position(world, model.confirmed[other->identity]) >= holder->counter)
			return holder->counter <= model.counter && model_holds(&holder->worker, list, model.counter);
	}
	return false;
}

static void history_judge(struct world_device *device, const struct bsync_history_get *request,
			  struct bsync_bytes payload, struct bsync_arena *arena)
{
	struct world *world = device->world;
	struct bsync_history history = {0};
	char words[500];
	const struct model_row *row = model_row(request->table_no, request->key);
	struct bsync_value list = model_list(row, NULL);
	bool is_held = row->state != MODEL_NEVER && model_holds(&device->worker, &list, model.counter);
	if (bsync_history_decode(payload, arena, &history) != BSYNC_OK || history.token != request->token)
		world_fail(world, "device %u gets an answer that is none", device->number);
	if (signed_has(row->table))
		return;
	probe(is_held ? PROBE_HISTORY_TOLD : PROBE_HISTORY_KEPT_BACK);
	probe_if(history.holder_count > 0, PROBE_HOLDERS_TOLD);
	if (!is_held && history.count + history.holder_count > 0)
		world_fail(world, "device %u is told of a row of %s that it does not hold", device->number,
			   row->table->name);
	for (uint32_t i = 0; i < history.holder_count; i++)
		if (!is_holder(device, &history.holders[i], &list))
			world_fail(world, "device %u is told of a holder who has not got a row of %s", device->number,
				   row->table->name);
	if (!is_held || payload.size > WHOLE_SIZE || world->failure[0] != '\0')
		return;
	facts_begin(&expected);
	facts_begin(&told);
	say_row(&expected, row);
	for (uint32_t i = 0; i < history.count; i++)
		say_past(&told, row, &history.entries[i]);
	if (!is_in_order(&history))
		world_fail(world, "device %u is told the values of a row of %s out of order", device->number,
			   row->table->name);
	if (!facts_agree(&expected, &told, "model", "answer", words, sizeof words))
		world_fail(world, "a row of %s, told to device %u: %s", row->table->name, device->number, words);
	facts_end(&expected);
	facts_end(&told);
}

void asking_history(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_buffer answer;
	struct bsync_history_get request;
	struct bsync_effects effects;
	enum bsync_result result = BSYNC_STORAGE;
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&answer, bsync_message_cap(BSYNC_MESSAGE_HISTORY));
	if (bsync_history_get_decode(payload, &arena, &request) != BSYNC_OK)
		abort();
	struct bsync_view *view = server_view(world);
	if (view != NULL)
		result = bsync_view_history(view, &device->id, &device->worker, world->now_ms, &request, &answer);
	if (result == BSYNC_NOT_FOUND) {
		struct bsync_history none = {.token = request.token};
		result = bsync_history_encode(&none, &answer);
	}
	if (view != NULL && server_is_well(world, result, "tell of a row")) {
		fault_disk_set_paused(world->disk, true);
		history_judge(device, &request, bsync_buffer_bytes(&answer), &arena);
		fault_disk_set_paused(world->disk, false);
		bsync_session_server_send(device->server, BSYNC_MESSAGE_HISTORY, bsync_buffer_bytes(&answer), &effects);
	} else {
		bsync_session_server_end(device->server, result, 0, &effects);
	}
	server_carry(device, &effects);
	bsync_buffer_clear(&answer);
	bsync_arena_clear(&arena);
}

/* --- What a device keeps of it --- */

enum { LOOKED_MAX = 1000 };

/* Of which rows the device that is looked at has an answer, and which lists it holds. */
static struct {
	struct bsync_arena arena;
	uint32_t row_count, list_count;
	struct looked {
		const struct model_row *row;
		bool is_pending; /* no pull has shown it as it is: it is in no list yet */
	} rows[LOOKED_MAX];
	struct bsync_value lists[MODEL_SCOPES_MAX];
} looked;

/* tno and key of a row, and whether own edits of it wait; or nothing and a list */
static void looked_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_reader reader = {.rest = values[1].as.bytes};
	(void)context;
	(void)count;
	if (values[0].kind == BSYNC_NULL) {
		uint32_t at = model_next(&looked.list_count, MODEL_SCOPES_MAX);
		if (!bsync_value_copy(&looked.arena, &values[1], &looked.lists[at]))
			abort();
		return;
	}
	uint32_t key_count = bsync_read_array(&reader, 0, BSYNC_KEY_COLUMNS_MAX);
	for (uint32_t k = 0; k < key_count; k++)
		key[k] = bsync_read_value(&reader);
	looked.rows[model_next(&looked.row_count, LOOKED_MAX)] = (struct looked){
		model_row((uint32_t)values[0].as.integer, key), values[2].as.integer != 0};
}

/* An answer can overtake the pull that gives the list. */
static bool may_have(const struct world_device *device, const struct model_row *row)
{
	struct bsync_value list = model_list(row, NULL);
	if (model_holds(&device->worker, &list, model.counter))
		return true;
	for (uint32_t i = 0; i < looked.list_count; i++)
		if (bsync_value_equal(&looked.lists[i], &list))
			return true;
	return false;
}

/* A value that a device tells: it was written there, by that author. */
struct telling {
	const struct world_device *device;
	const struct model_row *row;
};

/* PROTOCOL 6.9: "line is the name that the device knows, also of what is on a fork." */
static bool is_by(const struct model_set *set, const struct bsync_variant *variant)
{
	return memcmp(&set->dot.device, &variant->dot.device, sizeof set->dot.device) == 0 &&
	       (set->is_fork || memcmp(&set->dot.line, &variant->dot.line, sizeof set->dot.line) == 0) &&
	       set->dot.seq == variant->dot.seq && memcmp(&set->author, &variant->author, sizeof set->author) == 0;
}

static bool past_row(void *context, const struct bsync_past_row *told_row)
{
	const struct telling *telling = context;
	const struct bsync_past *past = told_row->past;
	/* A counter of 0: the device does not know whose it was, or has not handed it in.  An insert names no NULL. */
	if (past->variant.counter == 0 || past->variant.value.kind == BSYNC_NULL)
		return true;
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++)
		if (write->row == telling->row && is_by(write->set, &past->variant) &&
		    write->row->table->columns[write->column].no == past->column_no)
			return true;
	world_fail(telling->device->world,
		   "device %u says that changeset %llu at %llu wrote %s of a row of %s, which it did not",
		   telling->device->number, (unsigned long long)past->variant.dot.seq,
		   (unsigned long long)past->variant.counter, told_row->column, telling->row->table->name);
	return false;
}

void asking_look(struct world_device *device)
{
	/* An answer of so few bytes says that there is nothing to say. */
	static const char sql[] =
		"SELECT tno, key, (tno, key) IN (SELECT tno, key FROM bsync_pending) FROM (SELECT tno, key FROM bsync_asked"
		" WHERE length(answer) > 12 UNION SELECT tno, key FROM bsync_past) UNION ALL SELECT NULL, value, 0 FROM"
		" bsync_scope WHERE circle_no = 2 AND NOT is_over";
	struct bsync_file_status status;
	if (device->file == NULL || device->world->failure[0] != '\0' || device->world->store == NULL ||
	    bsync_file_status(device->file, &status) != BSYNC_OK || !restore_is_known(device->world, &status))
		return;
	bsync_arena_init(&looked.arena, ARENA_MAX);
	looked.row_count = 0;
	looked.list_count = 0;
	(void)!ask_file(device->file, sql, 0, looked_row, NULL);
	for (uint32_t i = 0; i < looked.row_count; i++) {
		const struct model_row *row = looked.rows[i].row;
		if (signed_has(row->table))
			continue;
		struct telling telling = {device, row};
		/* A line that went to another list stays in its old one until a pull says so. */
		if (!looked.rows[i].is_pending && strcmp(row->table->name, "regel") != 0 && !may_have(device, row))
			world_fail(device->world,
				   "device %u keeps values of a row of %s in a list that it does not hold",
				   device->number, row->table->name);
		(void)!bsync_file_history(device->file, row->table->name, row->key, row->table->key_count, past_row,
					  &telling);
	}
	bsync_arena_clear(&looked.arena);
}
