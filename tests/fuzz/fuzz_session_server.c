/* fuzz_session_server.c: the daemon's half of a conversation and its store, with an enrolled device that lies.
 *
 * Input: a script of frames, raw bytes and events.  The body of a changeset in a PUSH is its content, unsealed and
 * unsigned: whoever is enrolled can seal what it likes, and the seal has a target of its own.  What the session wants
 * of the store is answered when the script says so, as the daemon's threads do.  At the end the store keeps its
 * invariants, every frame it sent reads, and another device takes all it has. */
#include <string.h>

#include "tests/fuzz/invent.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/talk.h"

enum { STEPS_MAX = 200, WAITING_MAX = 64, PAYLOAD_MAX = 1 << 20, FRAMES_MAX = 64 << 20, ARENA_MAX = 256 << 20 };

enum {
	OP_RAW,
	OP_FRAME,
	OP_PUSH,
	OP_PUSH_BYTES,
	OP_HELLO,
	OP_SYNC,
	OP_CONFIRM,
	OP_HISTORY,
	OP_ANSWER,
	OP_PULL,
	OP_TOUCHED,
	OP_TICK,
	OP_DRAINED,
	OP_STATE,
	OP_CUT,
	OP_EPOCH,
	OP_COUNT
};

/* The connection, and what the session waits for. */
struct talk {
	struct stage *stage;
	struct bsync_session_server *session;
	struct talk_wire wire;
	struct bsync_line_id line;
	uint64_t opened_seq, known_seq;
	struct bsync_digest opened_hash;
	struct bsync_buffer waiting[WAITING_MAX]; /* pushes, a ring */
	uint32_t waiting_first, waiting_count;
	struct bsync_pull *pull;
	uint32_t applied;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void carry(struct talk *talk, const struct bsync_effects *effects);

static void begin_talk(struct talk *talk)
{
	struct bsync_session_store_facts session = *stage_facts();

	if (talk->stage->store != NULL)
		session.counter = bsync_store_position(talk->stage->store).counter;
	check(bsync_session_server_new(&session, false, talk->stage->now_ms, &talk->session) == BSYNC_OK);
	talk_wire_init(&talk->wire);
}

static void end_talk(struct talk *talk)
{
	bsync_session_server_free(talk->session);
	talk_wire_clear(&talk->wire);
	if (talk->pull != NULL)
		bsync_pull_free(talk->pull);
	talk->pull = NULL;
	for (uint32_t i = 0; i < talk->waiting_count; i++)
		bsync_buffer_clear(&talk->waiting[(talk->waiting_first + i) % WAITING_MAX]);
	talk->waiting_count = 0;
}

static void store_begin(struct talk *talk)
{
	check(bsync_store_group_begin(talk->stage->store) == BSYNC_OK);
}

static void store_end(struct talk *talk, enum bsync_result result)
{
	struct bsync_touched touched;

	if (result == BSYNC_OK)
		check(bsync_store_group_commit(talk->stage->store, &touched) == BSYNC_OK);
	else
		bsync_store_group_rollback(talk->stage->store);
}

/* --- What the session wants of the store --- */

static void on_hello(struct talk *talk, const struct bsync_hello *hello)
{
	struct bsync_line_state line;
	struct bsync_session_line told;
	struct bsync_effects effects;
	enum bsync_result result;

	stage_open_store(talk->stage);
	result = bsync_view_meet(stage_view(talk->stage), &talk->stage->devices[0].id, hello, &line);
	check(result == BSYNC_OK);
	talk->line = hello->line;
	talk->opened_seq = line.last_seq;
	talk->opened_hash = line.last_hash;
	talk->known_seq = hello->last_seq;
	store_begin(talk);
	result = bsync_store_heartbeat(talk->stage->store, &talk->stage->devices[0].id, hello, talk->stage->now_ms);
	check(result == BSYNC_OK);
	store_end(talk, result);
	told = (struct bsync_session_line){line.last_seq, line.last_epoch, line.is_hand_in, NULL};
	bsync_session_server_line(talk->session, BSYNC_OK, &told, talk->stage->now_ms, &effects);
	carry(talk, &effects);
}

static void on_shown(struct talk *talk, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_shown_receipts shown;
	struct bsync_receipts receipts;
	enum bsync_result result;

	bsync_arena_init(&arena, 1 << 24);
	result = bsync_shown_decode(payload, &arena, &shown);
	store_begin(talk);
	for (uint32_t i = 0; result == BSYNC_OK && i < shown.count; i++) {
		result = bsync_receipts_decode(shown.receipts[i], &arena, &receipts);
		if (result == BSYNC_OK)
			check(bsync_store_shown(talk->stage->store, &talk->stage->devices[0].id, &receipts) ==
			      BSYNC_OK);
	}
	store_end(talk, BSYNC_OK);
	bsync_arena_clear(&arena);
}

static void on_epoch(struct talk *talk, struct bsync_bytes payload)
{
	static const struct bsync_key secret = {{1}};
	struct bsync_epoch_open open;
	struct bsync_arena arena;
	struct bsync_effects effects;
	enum bsync_result result;

	bsync_arena_init(&arena, 1 << 16);
	result = bsync_epoch_decode(payload, &arena, &open);
	if (result == BSYNC_OK && memcmp(&open.line, &talk->line, sizeof open.line) != 0)
		result = BSYNC_UNEXPECTED;
	if (result == BSYNC_OK) {
		store_begin(talk);
		result = bsync_store_epoch_put(talk->stage->store, &talk->stage->devices[0].id, &open, &secret,
					       talk->stage->now_ms);
		check(result == BSYNC_OK || result > 100 || result == BSYNC_EXISTS);
		store_end(talk, result);
	}
	bsync_arena_clear(&arena);
	if (result == BSYNC_OK || result == BSYNC_EXISTS)
		return;
	bsync_session_server_end(talk->session, result, 0, &effects);
	carry(talk, &effects);
}

/* Fills the batch with what lies in the push as if it had been sealed. */
static enum bsync_result open_push(struct talk *talk, const struct bsync_push *push, struct bsync_arena *arena,
				   struct bsync_batch *batch)
{
	struct bsync_opened *opened = bsync_arena_take(arena, (push->count + 1) * sizeof *opened);
	struct bsync_digest hash = talk->opened_hash;

	check(opened != NULL);
	memset(opened, 0, push->count * sizeof *opened);
	if (push->count == 0 || push->first_seq == 0)
		return BSYNC_MALFORMED;
	if (push->first_seq != talk->opened_seq + 1)
		return BSYNC_OUT_OF_ORDER;
	*batch = (struct bsync_batch){.device = talk->stage->devices[0].id,
				      .worker = talk->stage->devices[0].worker,
				      .line = talk->line,
				      .epoch = push->epoch,
				      .first_seq = push->first_seq,
				      .previous = hash,
				      .count = push->count,
				      .changesets = opened,
				      .now_ms = talk->stage->now_ms};
	for (uint32_t i = 0; i < push->count; i++) {
		struct bsync_clock_anchor session = {.server_ms = talk->stage->now_ms};

		opened[i].seq = push->first_seq + i;
		opened[i].plain = push->changesets[i].body;
		opened[i].stamp_ms = talk->stage->now_ms;
		opened[i].decoded = bsync_changeset_decode(opened[i].plain, arena, &opened[i].changeset);
		if (opened[i].decoded == BSYNC_OK)
			opened[i].stamp_ms = bsync_stamp_correct(&opened[i].changeset.evidence, &session);
		hash.bytes[0]++;
		opened[i].hash = hash;
	}
	talk->opened_seq += push->count;
	talk->opened_hash = hash;
	return BSYNC_OK;
}

/* Answers the push that has waited longest. */
static void answer(struct talk *talk)
{
	struct bsync_buffer *payload = &talk->waiting[talk->waiting_first];
	struct bsync_arena arena;
	struct bsync_push push;
	struct bsync_batch batch;
	struct bsync_receipts receipts;
	struct bsync_touched touched;
	struct bsync_buffer text;
	struct bsync_effects effects;
	enum bsync_result result;

	if (talk->waiting_count == 0)
		return;
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&text, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
	result = bsync_push_decode(bsync_buffer_bytes(payload), &arena, &push);
	if (result == BSYNC_OK)
		result = open_push(talk, &push, &arena, &batch);
	if (result == BSYNC_OK)
		result = stage_apply(talk->stage, &batch, &arena, &receipts, &touched);
	if (result == BSYNC_OK) {
		check(receipts.count == push.count && receipts.first_seq == push.first_seq);
		talk->applied += receipts.count;
		check(bsync_receipts_encode(&receipts, &text) == BSYNC_OK);
	}
	talk->waiting_first = (talk->waiting_first + 1) % WAITING_MAX;
	talk->waiting_count--;
	bsync_buffer_clear(payload);
	bsync_session_server_applied(talk->session, result, bsync_buffer_bytes(&text),
				     result == BSYNC_OK && batch.is_forked, &effects);
	carry(talk, &effects);
	bsync_buffer_clear(&text);
	bsync_arena_clear(&arena);
}

static void on_push(struct talk *talk, struct bsync_bytes payload)
{
	struct bsync_buffer *copy = &talk->waiting[(talk->waiting_first + talk->waiting_count) % WAITING_MAX];

	check(talk->waiting_count < WAITING_MAX);
	bsync_buffer_init(copy, payload.size + 1);
	check(bsync_buffer_append(copy, payload.data, payload.size) == BSYNC_OK);
	talk->waiting_count++;
}

static void on_pull(struct talk *talk, const struct bsync_effect *effect)
{
	const struct bsync_hello *hello = bsync_session_server_hello(talk->session);
	const struct bsync_pull_request request = {
		.device = talk->stage->devices[0].id,
		.worker = talk->stage->devices[0].worker,
		.cursor = effect->position,
		.line = hello->line,
		.own_seq = talk->known_seq > talk->opened_seq ? talk->known_seq : talk->opened_seq,
		.schema_version = hello->schema_version,
		.ahead_count = hello->ahead_count,
		.ahead = hello->ahead,
		.token = effect->number,
		.now_ms = talk->stage->now_ms,
	};

	check(talk->pull == NULL);
	check(bsync_view_pull_begin(stage_pull_view(talk->stage), &request, &talk->pull) == BSYNC_OK);
}

static void pull_on(struct talk *talk, size_t budget)
{
	struct bsync_buffer frames;
	struct bsync_effects effects;
	struct bsync_position position;
	bool is_done = false;

	if (talk->pull == NULL)
		return;
	bsync_buffer_init(&frames, FRAMES_MAX);
	check(bsync_pull_next(talk->pull, budget, &frames, &is_done) == BSYNC_OK);
	position = bsync_pull_position(talk->pull);
	if (is_done) {
		bsync_pull_free(talk->pull);
		talk->pull = NULL;
	}
	bsync_session_server_pulled(talk->session, BSYNC_OK, bsync_buffer_bytes(&frames), is_done, position, &effects);
	carry(talk, &effects);
	bsync_buffer_clear(&frames);
}

static void on_retry(struct talk *talk, struct bsync_bytes payload)
{
	struct bsync_retry retry;
	struct bsync_receipts receipts;
	struct bsync_arena arena;
	struct bsync_buffer text;
	struct bsync_effects effects;
	enum bsync_result result;

	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&text, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
	store_begin(talk);
	result = bsync_retry_decode(payload, &arena, &retry);
	check(result == BSYNC_OK);
	result = bsync_store_author_retry(talk->stage->store, &talk->stage->devices[0].id, &retry, talk->stage->now_ms,
					  &arena, &receipts);
	check(result == BSYNC_OK || result > 100);
	store_end(talk, BSYNC_OK);
	if (result == BSYNC_OK)
		result = bsync_receipts_encode(&receipts, &text);
	bsync_session_server_applied(talk->session, result, bsync_buffer_bytes(&text), false, &effects);
	carry(talk, &effects);
	bsync_buffer_clear(&text);
	bsync_arena_clear(&arena);
}

static void on_history(struct talk *talk, struct bsync_bytes payload)
{
	struct bsync_history_get request;
	struct bsync_arena arena;
	struct bsync_buffer text;
	struct bsync_effects effects;
	enum bsync_result result;

	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&text, bsync_message_cap(BSYNC_MESSAGE_HISTORY));
	result = bsync_history_get_decode(payload, &arena, &request);
	if (result == BSYNC_OK) {
		result = bsync_view_history(stage_view(talk->stage), &talk->stage->devices[0].id,
					    &talk->stage->devices[0].worker, talk->stage->now_ms, &request, &text);
		check(result == BSYNC_OK || result == BSYNC_NOT_FOUND || result > 100);
	}
	/* A row that the device does not hold: the answer is empty, and tells nothing else. */
	if (result == BSYNC_NOT_FOUND)
		result = bsync_history_encode(&(struct bsync_history){.token = request.token}, &text);
	if (result == BSYNC_OK)
		bsync_session_server_send(talk->session, BSYNC_MESSAGE_HISTORY, bsync_buffer_bytes(&text), &effects);
	else
		bsync_session_server_end(talk->session, result, 0, &effects);
	carry(talk, &effects);
	bsync_buffer_clear(&text);
	bsync_arena_clear(&arena);
}

static void carry(struct talk *talk, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count; i++) {
		const struct bsync_effect effect = effects->list[i];

		check(!talk->wire.is_closed);
		switch (effect.kind) {
		case BSYNC_EFFECT_SEND:
			talk_check_sent(&talk->wire, effect.bytes, NULL);
			break;
		case BSYNC_EFFECT_CLOSE:
			talk->wire.is_closed = true;
			break;
		case BSYNC_EFFECT_HELLO:
			check(i + 1 == effects->count);
			on_hello(talk, effect.hello);
			break;
		case BSYNC_EFFECT_EPOCH:
			on_epoch(talk, effect.bytes);
			break;
		case BSYNC_EFFECT_APPLY:
			on_push(talk, effect.bytes);
			break;
		case BSYNC_EFFECT_RETRY:
			on_retry(talk, effect.bytes);
			break;
		case BSYNC_EFFECT_SHOWN:
			on_shown(talk, effect.bytes);
			break;
		case BSYNC_EFFECT_CONFIRM:
			store_begin(talk);
			check(bsync_store_confirm(talk->stage->store, &talk->stage->devices[0].id, effect.position,
						  talk->stage->now_ms) == BSYNC_OK);
			store_end(talk, BSYNC_OK);
			break;
		case BSYNC_EFFECT_PULL:
			on_pull(talk, &effect);
			break;
		case BSYNC_EFFECT_PULL_MORE:
			check(talk->pull != NULL);
			break;
		case BSYNC_EFFECT_HISTORY:
			on_history(talk, effect.bytes);
			break;
		default:
			check(false);
		}
	}
}

/* --- What the device does --- */

static void send_frame(void *context, const struct bsync_frame *frame)
{
	struct talk *talk = context;
	struct bsync_effects effects;

	if (talk->wire.is_closed)
		return;
	while (bsync_session_server_is_full(talk->session) && !talk->wire.is_closed)
		answer(talk);
	bsync_session_server_frame(talk->session, frame, talk->stage->now_ms, &effects);
	carry(talk, &effects);
}

static void send_payload(struct talk *talk, enum bsync_message_kind kind, const union message_any *message)
{
	talk_give_message(send_frame, talk, kind, message);
}

static void send_raw(struct talk *talk, struct bsync_bytes bytes)
{
	struct bsync_effects effects;
	enum bsync_result result = talk_give_raw(&talk->wire, bytes, send_frame, talk);

	if (result == BSYNC_AGAIN)
		return;
	bsync_session_server_end(talk->session, result, 0, &effects);
	carry(talk, &effects);
}

static void send_hello(struct talk *talk, struct script *script)
{
	union message_any message = {.hello = {.protocol_min = 1, .protocol_max = 1}};
	struct bsync_hello *hello = &message.hello;
	uint8_t choice = script_byte(script);
	struct bsync_ahead ahead = {.scope = {2, bsync_value_text(bsync_bytes_of_string("L1"))}};

	hello->organisation = stage_facts()->organisation;
	hello->cursor = (struct bsync_position){1, script_number(script)};
	hello->schema_version = (choice & 1) != 0 ? 0 : 1;
	memset(hello->line.bytes, (choice & 2) != 0 ? 7 : 8, BSYNC_ID_SIZE);
	hello->durable_seq = script_number(script);
	hello->last_seq = script_number(script);
	hello->clock.wall_ms = script_time(script, talk->stage->now_ms);
	hello->heartbeat.software = bsync_bytes_of_string("fuzz");
	if ((choice & 4) != 0) {
		ahead.counter = script_number(script);
		hello->ahead_count = 1;
		hello->ahead = &ahead;
	}
	send_payload(talk, BSYNC_MESSAGE_HELLO, &message);
}

/* A PUSH that follows from the last one, of changesets that are invented or are the bytes of the script. */
static void send_push(struct talk *talk, struct script *script, bool is_bytes)
{
	static const uint8_t signature[BSYNC_SIGNATURE_SIZE];
	struct bsync_sealed sealed[3] = {0};
	struct bsync_buffer plain[3];
	union message_any message = {.push = {.epoch = 1, .changesets = sealed}};
	uint8_t choice = script_byte(script);
	struct bsync_arena arena;

	bsync_arena_init(&arena, ARENA_MAX);
	message.push.signature = (struct bsync_bytes){signature, sizeof signature};
	message.push.count = 1 + choice % 3;
	message.push.first_seq = choice >= 0xf8 ? 1 + script_number(script) / 2
						: talk->opened_seq + talk->waiting_count + 1;
	/* Behind the last number there is none. */
	if (message.push.first_seq > BSYNC_COUNTER_MAX)
		message.push.first_seq = BSYNC_COUNTER_MAX;
	for (uint32_t i = 0; i < message.push.count; i++) {
		struct bsync_changeset set;

		bsync_buffer_init(&plain[i], PAYLOAD_MAX);
		if (is_bytes) {
			sealed[i].body = script_sized(script);
		} else {
			invent_changeset(script, &arena, &set);
			if (bsync_changeset_encode(&set, &plain[i]) == BSYNC_OK)
				sealed[i].body = bsync_buffer_bytes(&plain[i]);
		}
	}
	send_payload(talk, BSYNC_MESSAGE_PUSH, &message);
	for (uint32_t i = 0; i < message.push.count; i++)
		bsync_buffer_clear(&plain[i]);
	bsync_arena_clear(&arena);
}

static void send_epoch(struct talk *talk, struct script *script)
{
	static const uint8_t signature[BSYNC_SIGNATURE_SIZE];
	union message_any message = {.epoch = {.line = talk->line}};

	message.epoch.epoch = (uint32_t)script_number(script);
	message.epoch.suite = script_byte(script);
	message.epoch.first_seq = script_number(script);
	message.epoch.parent.bytes[0] = script_byte(script);
	message.epoch.signature = (struct bsync_bytes){signature, sizeof signature};
	send_payload(talk, BSYNC_MESSAGE_EPOCH, &message);
}

/* Of a row, or of a changeset: mostly one of its own. */
static void send_question(struct talk *talk, struct script *script, bool is_retry)
{
	union message_any message = {0};
	struct bsync_arena arena;

	bsync_arena_init(&arena, ARENA_MAX);
	if (is_retry) {
		const uint8_t choice = script_byte(script);

		message.retry = (struct bsync_retry){talk->line, talk->opened_seq, talk->opened_hash, choice % 2 != 0};
		message.retry.line.bytes[0] ^= choice >= 0xf0;
	} else {
		invent_history_get(script, &arena, &message.history_get);
	}
	send_payload(talk, is_retry ? BSYNC_MESSAGE_RETRY : BSYNC_MESSAGE_HISTORY_GET, &message);
	bsync_arena_clear(&arena);
}

static void event(struct talk *talk, struct script *script, uint8_t op)
{
	struct bsync_effects effects = {0};

	if (op == OP_TOUCHED) {
		bsync_session_server_touched(talk->session, &effects);
	} else if (op == OP_TICK) {
		talk->stage->now_ms += (int64_t)script_byte(script) * 1000;
		bsync_session_server_tick(talk->session, talk->stage->now_ms, &effects);
	} else if (op == OP_DRAINED) {
		bsync_session_server_drained(talk->session, (size_t)script_byte(script) << 16, &effects);
	} else if (op == OP_STATE) {
		uint8_t state = script_byte(script);
		bsync_session_server_state(talk->session, state >= 0xf0, state % 2 != 0, false, &effects);
	}
	carry(talk, &effects);
}

static void step(struct talk *talk, struct script *script)
{
	const uint8_t byte = script_byte(script);
	uint8_t op = byte % OP_COUNT;
	union message_any message = {0};

	switch (op) {
	case OP_RAW:
		send_raw(talk, script_sized(script));
		break;
	case OP_FRAME:
		op = script_byte(script);
		send_frame(talk, &(struct bsync_frame){.kind = op, .payload = script_sized(script)});
		break;
	case OP_PUSH:
	case OP_PUSH_BYTES:
		send_push(talk, script, op == OP_PUSH_BYTES);
		break;
	case OP_HELLO:
		send_hello(talk, script);
		break;
	case OP_SYNC:
		message.sync.token = 1 + script_number(script) / 2;
		send_payload(talk, BSYNC_MESSAGE_SYNC, &message);
		break;
	case OP_CONFIRM:
		message.confirm.cursor = (struct bsync_position){1, script_number(script)};
		send_payload(talk, BSYNC_MESSAGE_CONFIRM, &message);
		break;
	case OP_HISTORY:
		send_question(talk, script, byte >= 0x80);
		break;
	case OP_EPOCH:
		send_epoch(talk, script);
		break;
	case OP_ANSWER:
		answer(talk);
		break;
	case OP_PULL:
		pull_on(talk, (size_t)1 + script_byte(script) * 16u);
		break;
	case OP_CUT:
		end_talk(talk);
		begin_talk(talk);
		break;
	default:
		event(talk, script, op);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = {{data, size}};
	struct talk talk = {.stage = stage_begin()};

	begin_talk(&talk);
	for (uint32_t i = 0; i < STEPS_MAX && !script_is_over(&script); i++)
		step(&talk, &script);
	while (talk.waiting_count > 0)
		answer(&talk);
	while (talk.pull != NULL)
		pull_on(&talk, FRAMES_MAX / 2);
	end_talk(&talk);
	if (talk.applied > 0)
		stage_check_store(talk.stage);
	stage_end(talk.stage);
	return 0;
}
