#include "core/session_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/session_parts.h"

enum { PUSHES_WAITING_MAX = 64, FRAMES_MAX = 64 << 10, HELLO_ARENA_MAX = 1 << 20 };

/* WAIT_HELLO → WAIT_LINE → RUNNING → CLOSED; CLOSED can be reached from each. */
enum state { WAIT_HELLO, WAIT_LINE, RUNNING, CLOSED };

struct bsync_session_server {
	enum state state;
	struct bsync_session_store_facts facts;
	bool is_suspended; /* for one of two reasons: the state of the device, or its line */
	bool is_hand_in;
	bool is_recovering; /* as is_suspended: may hand in, receives no rows */
	int64_t began_ms;
	int64_t heard_ms;
	struct bsync_buffer hello_payload; /* what `hello` borrows from */
	struct bsync_arena arena;          /* of `hello` */
	struct bsync_hello hello;
	bool is_put_back;
	bool is_rewinding; /* pushes of the first flight lie behind a gap; the device will come back */

	size_t push_sizes[PUSHES_WAITING_MAX]; /* pushes not yet answered, a ring */
	uint32_t push_first, push_count;
	size_t push_bytes;

	struct bsync_position cursor; /* what the device has been sent */
	uint64_t sync_token;          /* of the SYNC not yet answered, 0 none */
	bool has_synced;              /* a first SYNC has come: live pushes may go out */
	bool is_touched;
	bool is_pulling;
	bool is_paused;
	size_t unsent;
	struct bsync_buffer frames; /* what this step sends */
};

enum bsync_result bsync_session_server_new(const struct bsync_session_store_facts *facts, bool is_suspended,
					   int64_t now_ms, struct bsync_session_server **out)
{
	assert(facts != NULL);
	assert(out != NULL);
	struct bsync_session_server *session = calloc(1, sizeof *session);
	if (session == NULL)
		return BSYNC_NO_MEMORY;
	session->facts = *facts;
	session->is_suspended = is_suspended;
	session->began_ms = now_ms;
	session->heard_ms = now_ms;
	bsync_buffer_init(&session->hello_payload, bsync_message_cap(BSYNC_MESSAGE_HELLO));
	bsync_buffer_init(&session->frames, FRAMES_MAX);
	bsync_arena_init(&session->arena, HELLO_ARENA_MAX);
	*out = session;
	return BSYNC_OK;
}

void bsync_session_server_free(struct bsync_session_server *session)
{
	if (session == NULL)
		return;
	bsync_buffer_clear(&session->hello_payload);
	bsync_buffer_clear(&session->frames);
	bsync_arena_clear(&session->arena);
	free(session);
}

static void begin_step(struct bsync_session_server *session, struct bsync_effects *effects)
{
	assert(session != NULL);
	assert(effects != NULL);
	effects->count = 0;
	bsync_buffer_clear(&session->frames);
}

/* Sends what the step has put into `frames` so far; a step does so at most once. */
static void send_frames(struct bsync_session_server *session, struct bsync_effects *effects)
{
	assert(session->frames.size > 0);
	struct bsync_effect *effect = bsync_effects_add(effects, BSYNC_EFFECT_SEND);
	effect->bytes = bsync_buffer_bytes(&session->frames);
	session->unsent += effect->bytes.size;
}

/* Sends an ERROR behind what the step has put into `frames`, and closes. */
static void end_after(struct bsync_session_server *session, enum bsync_result result, const char *text,
		      uint32_t retry_after_ms, struct bsync_effects *effects)
{
	assert(result != BSYNC_OK);
	assert(session->state != CLOSED);
	/* Words of codes below 100 are the daemon's own affair: the device hears that the server is overloaded. */
	enum bsync_result wire = result > 100 ? result : BSYNC_OVERLOADED;
	if (bsync_session_error_frame(wire, text, retry_after_ms, &session->frames) == BSYNC_OK)
		send_frames(session, effects);
	struct bsync_effect *close = bsync_effects_add(effects, BSYNC_EFFECT_CLOSE);
	close->result = result;
	close->number = retry_after_ms;
	session->state = CLOSED;
}

static void end_with(struct bsync_session_server *session, enum bsync_result result, const char *text,
		     uint32_t retry_after_ms, struct bsync_effects *effects)
{
	if (session->state == CLOSED)
		return;
	bsync_buffer_clear(&session->frames);
	end_after(session, result, text, retry_after_ms, effects);
}

/* WELCOME said otherwise: the device comes back at once and is told anew. */
static void end_changed(struct bsync_session_server *session, struct bsync_effects *effects)
{
	end_after(session, BSYNC_SHUTTING_DOWN, "the state of this device has changed: it connects again by itself", 0,
		  effects);
}

static const char *text_for(enum bsync_result result)
{
	switch ((int)result) {
	case BSYNC_VERSION:
		return "no common protocol version: update this device";
	case BSYNC_ORGANISATION:
		return "this server keeps another organisation's store: enrol the device here, or give it the right address";
	case BSYNC_REVOKED:
		return "this device has been revoked: ask the operator to enrol it again";
	case BSYNC_PUT_BACK:
		return "the server's store is an older copy that was put back without a restore: nothing is taken or given "
		       "until the operator runs `buurtsyncctl restore FILE --accept`";
	case BSYNC_OLD_SCHEMA:
		return "the app on this device is too old for what the server has now: update it; its work is handed in";
	case BSYNC_SHUTTING_DOWN:
		return "the server is going away: the device tries again by itself";
	case BSYNC_STORAGE_FULL:
		return "the server's disk is full: nothing is lost, the device tries again by itself";
	default:
		return bsync_result_text(result);
	}
}

static uint32_t retry_for(enum bsync_result result)
{
	return result < 100 ? 5000 : 0;
}

static void refuse(struct bsync_session_server *session, enum bsync_result result, struct bsync_effects *effects)
{
	end_with(session, result, text_for(result), retry_for(result), effects);
}

static bool hands_in_only(const struct bsync_session_server *session)
{
	return session->is_suspended || session->is_recovering;
}

/* The device receives no rows: its SYNC is answered where it stands. */
static void answer_here(struct bsync_session_server *session, struct bsync_effects *effects)
{
	struct bsync_pull_end end = {.token = session->sync_token, .position = session->cursor};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_PULL_END));
	enum bsync_result result = bsync_pull_end_encode(&end, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_PULL_END, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	session->sync_token = 0;
	if (result == BSYNC_OK)
		send_frames(session, effects);
	else
		refuse(session, result, effects);
}

/* Starts a pull when one is due: a SYNC waits for the pushes before it, a live change only for a first SYNC. */
static void pull_when_due(struct bsync_session_server *session, struct bsync_effects *effects)
{
	if (session->state != RUNNING || session->is_pulling)
		return;
	bool is_sync_due = session->sync_token != 0 && session->push_count == 0;
	bool is_live_due = session->sync_token == 0 && session->is_touched && session->has_synced;
	if (hands_in_only(session)) {
		if (is_sync_due)
			answer_here(session, effects);
		return;
	}
	if (!is_sync_due && !is_live_due)
		return;
	session->is_pulling = true;
	session->is_paused = false;
	session->is_touched = false;
	struct bsync_effect *pull = bsync_effects_add(effects, BSYNC_EFFECT_PULL);
	pull->position = session->cursor;
	pull->number = session->sync_token;
	session->sync_token = 0;
}

static void on_hello(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	enum bsync_result result = bsync_buffer_append(&session->hello_payload, payload.data, payload.size);
	if (result == BSYNC_OK)
		result = bsync_hello_decode(bsync_buffer_bytes(&session->hello_payload), &session->arena,
					    &session->hello);
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	const struct bsync_hello *hello = &session->hello;
	if (hello->protocol_min > BSYNC_PROTOCOL_VERSION || hello->protocol_max < BSYNC_PROTOCOL_VERSION_MIN) {
		refuse(session, BSYNC_VERSION, effects);
		return;
	}
	if (memcmp(hello->organisation.bytes, session->facts.organisation.bytes, BSYNC_ID_SIZE) != 0) {
		refuse(session, BSYNC_ORGANISATION, effects);
		return;
	}
	session->cursor = hello->cursor;
	if (session->cursor.counter > session->facts.counter)
		session->cursor.counter = session->facts.counter;
	session->state = WAIT_LINE;
	struct bsync_effect *effect = bsync_effects_add(effects, BSYNC_EFFECT_HELLO);
	effect->hello = hello;
}

/* Asks for what is answered with RECEIPTS, in order. */
static void apply(struct bsync_session_server *session, enum bsync_effect_kind kind, struct bsync_bytes payload,
		  struct bsync_effects *effects)
{
	assert(session->push_count < PUSHES_WAITING_MAX);
	session->push_sizes[(session->push_first + session->push_count) % PUSHES_WAITING_MAX] = payload.size;
	session->push_count++;
	session->push_bytes += payload.size;
	bsync_effects_add(effects, kind)->bytes = payload;
}

static void on_push(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	if (session->is_rewinding) {
		struct bsync_arena arena;
		bsync_arena_init(&arena, 1 << 20);
		struct bsync_push push;
		enum bsync_result result = bsync_push_decode(payload, &arena, &push);
		uint64_t first_seq = result == BSYNC_OK ? push.first_seq : 0;
		bsync_arena_clear(&arena);
		if (result != BSYNC_OK) {
			refuse(session, result, effects);
			return;
		}
		if (first_seq > session->hello.durable_seq)
			return; /* sent before WELCOME said how far this store is */
		session->is_rewinding = false;
	}
	apply(session, BSYNC_EFFECT_APPLY, payload, effects);
}

/* PROTOCOL 6.6: "It and RETRY are sent only where WELCOME said state 0." */
static bool may_ask(struct bsync_session_server *session, enum bsync_result decoded, struct bsync_effects *effects)
{
	if (decoded == BSYNC_OK && hands_in_only(session))
		decoded = BSYNC_UNEXPECTED;
	if (decoded != BSYNC_OK)
		refuse(session, decoded, effects);
	return decoded == BSYNC_OK;
}

static void on_retry(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_retry retry;
	if (may_ask(session, bsync_retry_decode(payload, &session->arena, &retry), effects))
		apply(session, BSYNC_EFFECT_RETRY, payload, effects);
}

static void on_history(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_history_get request;
	if (may_ask(session, bsync_history_get_decode(payload, &session->arena, &request), effects))
		bsync_effects_add(effects, BSYNC_EFFECT_HISTORY)->bytes = payload;
}

static void on_sync(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_sync sync;
	enum bsync_result result = bsync_sync_decode(payload, &session->arena, &sync);
	if (result == BSYNC_OK && sync.token == 0)
		result = BSYNC_MALFORMED;
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	/* The one that counts comes behind what is sent again. */
	if (session->is_rewinding)
		return;
	session->sync_token = sync.token;
	session->has_synced = true;
	pull_when_due(session, effects);
}

static void on_confirm(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_confirm confirm;
	enum bsync_result result = bsync_confirm_decode(payload, &session->arena, &confirm);
	/* A device can only confirm what it was sent. */
	if (result == BSYNC_OK && confirm.cursor.counter > session->cursor.counter)
		result = BSYNC_UNEXPECTED;
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	bsync_effects_add(effects, BSYNC_EFFECT_CONFIRM)->position = confirm.cursor;
}

static void on_ping(struct bsync_session_server *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	enum bsync_result result = bsync_empty_decode(BSYNC_MESSAGE_PING, payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_PONG, payload);
	if (result == BSYNC_OK)
		send_frames(session, effects);
	else
		refuse(session, result, effects);
}

static void on_running(struct bsync_session_server *session, const struct bsync_frame *frame,
		       struct bsync_effects *effects)
{
	switch (frame->kind) {
	case BSYNC_MESSAGE_EPOCH:
		bsync_effects_add(effects, BSYNC_EFFECT_EPOCH)->bytes = frame->payload;
		break;
	case BSYNC_MESSAGE_SHOWN:
		bsync_effects_add(effects, BSYNC_EFFECT_SHOWN)->bytes = frame->payload;
		break;
	case BSYNC_MESSAGE_PUSH:
		on_push(session, frame->payload, effects);
		break;
	case BSYNC_MESSAGE_SYNC:
		on_sync(session, frame->payload, effects);
		break;
	case BSYNC_MESSAGE_CONFIRM:
		on_confirm(session, frame->payload, effects);
		break;
	case BSYNC_MESSAGE_RETRY:
		on_retry(session, frame->payload, effects);
		break;
	case BSYNC_MESSAGE_HISTORY_GET:
		on_history(session, frame->payload, effects);
		break;
	case BSYNC_MESSAGE_PING:
		on_ping(session, frame->payload, effects);
		break;
	default:
		refuse(session, BSYNC_UNEXPECTED, effects);
		break;
	}
}

void bsync_session_server_frame(struct bsync_session_server *session, const struct bsync_frame *frame, int64_t now_ms,
				struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	session->heard_ms = now_ms;
	enum bsync_result result = BSYNC_OK;
	if (!bsync_frame_allowed(frame, true, &result)) {
		refuse(session, result, effects);
		return;
	}
	assert(!bsync_session_server_is_full(session));
	if (session->state == WAIT_HELLO && frame->kind == BSYNC_MESSAGE_HELLO)
		on_hello(session, frame->payload, effects);
	else if (session->state == RUNNING)
		on_running(session, frame, effects);
	else
		refuse(session, BSYNC_UNEXPECTED, effects);
}

/* True when the device has heard of the life that the store is in. */
static bool is_same_life(const struct bsync_session_server *session)
{
	const struct bsync_session_store_facts *facts = &session->facts;
	const struct bsync_hello *hello = &session->hello;

	return hello->incarnation == facts->incarnation &&
	       memcmp(hello->incarnation_id, facts->incarnation_id, sizeof facts->incarnation_id) == 0;
}

/* In one life a store only ever has more than it told of. */
static bool has_more_than(const struct bsync_session_server *session, uint64_t durable_seq)
{
	const struct bsync_session_store_facts *facts = &session->facts;
	const struct bsync_hello *hello = &session->hello;

	return hello->durable_seq > durable_seq ||
	       (hello->cursor.incarnation == facts->incarnation && hello->cursor.counter > facts->counter);
}

static enum bsync_result append_welcome(struct bsync_session_server *session, const struct bsync_session_line *line,
					int64_t now_ms)
{
	struct bsync_life ancestors[BSYNC_ANCESTORS_MAX];
	struct bsync_welcome welcome = {
		.protocol = BSYNC_PROTOCOL_VERSION,
		.organisation = session->facts.organisation,
		.incarnation = session->facts.incarnation,
		.server_ms = now_ms,
		.schema_version = session->facts.schema_version,
		.durable_seq = line->durable_seq,
		.known_epoch = line->known_epoch,
		.state = session->is_suspended    ? BSYNC_WELCOME_SUSPENDED
			 : session->is_recovering ? BSYNC_WELCOME_RECOVERING
						  : BSYNC_WELCOME_ACTIVE,
	};
	memcpy(welcome.incarnation_id, session->facts.incarnation_id, sizeof welcome.incarnation_id);
	if (line->lives != NULL) {
		memcpy(ancestors, line->lives->ancestors, sizeof ancestors);
		welcome.is_cut = line->lives->is_cut;
		welcome.ancestor_count = line->lives->ancestor_count;
		welcome.ancestors = ancestors;
	}
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_WELCOME));
	enum bsync_result result = bsync_welcome_encode(&welcome, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_WELCOME, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

void bsync_session_server_line(struct bsync_session_server *session, enum bsync_result result,
			       const struct bsync_session_line *line, int64_t now_ms, struct bsync_effects *effects)
{
	begin_step(session, effects);
	assert(line != NULL);
	if (session->state == CLOSED)
		return;
	assert(session->state == WAIT_LINE);
	session->is_rewinding = session->hello.durable_seq > line->durable_seq;
	session->is_hand_in = line->is_hand_in;
	session->is_suspended = session->is_suspended || line->is_hand_in;
	session->is_recovering = line->lives != NULL && line->lives->is_recovering;
	if (line->lives != NULL && line->lives->is_cut)
		session->cursor = (struct bsync_position){0};
	session->is_put_back = result == BSYNC_OK && is_same_life(session) && has_more_than(session, line->durable_seq);
	if (!is_same_life(session))
		bsync_session_forget_staged(&session->hello);
	if (session->is_put_back)
		result = BSYNC_PUT_BACK;
	if (result == BSYNC_OK)
		result = append_welcome(session, line, now_ms);
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	session->state = RUNNING;
	send_frames(session, effects);
}

void bsync_session_server_applied(struct bsync_session_server *session, enum bsync_result result,
				  struct bsync_bytes receipts, bool is_forked, struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	assert(session->push_count > 0);
	session->push_bytes -= session->push_sizes[session->push_first];
	session->push_first = (session->push_first + 1) % PUSHES_WAITING_MAX;
	session->push_count--;
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	session->frames.size_max = receipts.size + BSYNC_FRAME_HEADER_SIZE + FRAMES_MAX;
	result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_RECEIPTS, receipts);
	if (result != BSYNC_OK) {
		refuse(session, result, effects);
		return;
	}
	/* Where no pull follows, the pending SYNC is answered in the same send. */
	if (hands_in_only(session) && session->sync_token != 0 && session->push_count == 0) {
		answer_here(session, effects);
		return;
	}
	if (is_forked && !session->is_suspended) {
		end_changed(session, effects);
		return;
	}
	send_frames(session, effects);
	pull_when_due(session, effects);
}

void bsync_session_server_pulled(struct bsync_session_server *session, enum bsync_result result,
				 struct bsync_bytes frames, bool is_done, struct bsync_position position,
				 struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	assert(session->is_pulling);
	/* A device that takes the schema comes again with it. */
	if (frames.size > 0 && (result == BSYNC_OK || result == BSYNC_OLD_SCHEMA)) {
		bsync_effects_add(effects, BSYNC_EFFECT_SEND)->bytes = frames;
		session->unsent += frames.size;
	}
	if (result != BSYNC_OK) {
		session->is_pulling = false;
		refuse(session, result, effects);
		return;
	}
	if (is_done) {
		session->is_pulling = false;
		session->cursor = position;
		pull_when_due(session, effects);
	} else if (session->unsent < BSYNC_SESSION_UNSENT_MAX) {
		bsync_effects_add(effects, BSYNC_EFFECT_PULL_MORE);
	} else {
		session->is_paused = true;
	}
}

void bsync_session_server_touched(struct bsync_session_server *session, struct bsync_effects *effects)
{
	begin_step(session, effects);
	session->is_touched = true;
	pull_when_due(session, effects);
}

void bsync_session_server_state(struct bsync_session_server *session, bool is_revoked, bool is_suspended,
				bool is_recovering, struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	if (is_revoked)
		refuse(session, BSYNC_REVOKED, effects);
	else if ((is_suspended || session->is_hand_in) != session->is_suspended ||
		 (session->state == RUNNING && is_recovering != session->is_recovering))
		end_changed(session, effects);
}

void bsync_session_server_drained(struct bsync_session_server *session, size_t unsent, struct bsync_effects *effects)
{
	begin_step(session, effects);
	session->unsent = unsent;
	if (session->state == RUNNING && session->is_paused && unsent < BSYNC_SESSION_UNSENT_MAX / 2) {
		session->is_paused = false;
		bsync_effects_add(effects, BSYNC_EFFECT_PULL_MORE);
	}
}

void bsync_session_server_send(struct bsync_session_server *session, uint8_t kind, struct bsync_bytes payload,
			       struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state != RUNNING)
		return;
	session->frames.size_max = payload.size + FRAMES_MAX;
	enum bsync_result result = bsync_frame_write(&session->frames, kind, payload);
	if (result == BSYNC_OK)
		send_frames(session, effects);
	else
		refuse(session, result, effects);
}

void bsync_session_server_tick(struct bsync_session_server *session, int64_t now_ms, struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	bool is_hello_late = session->state == WAIT_HELLO && now_ms - session->began_ms > BSYNC_SESSION_HELLO_MS;
	if (is_hello_late || now_ms - session->heard_ms > BSYNC_SESSION_IDLE_MS)
		refuse(session, BSYNC_IDLE, effects);
}

void bsync_session_server_end(struct bsync_session_server *session, enum bsync_result result, uint32_t retry_after_ms,
			      struct bsync_effects *effects)
{
	begin_step(session, effects);
	end_with(session, result, text_for(result), retry_after_ms, effects);
}

bool bsync_session_server_is_full(const struct bsync_session_server *session)
{
	assert(session != NULL);
	return session->state == WAIT_LINE || session->push_count == PUSHES_WAITING_MAX ||
	       session->push_bytes >= BSYNC_SESSION_PUSH_WAITING_MAX;
}

bool bsync_session_server_is_put_back(const struct bsync_session_server *session)
{
	assert(session != NULL);
	return session->is_put_back;
}

const struct bsync_hello *bsync_session_server_hello(const struct bsync_session_server *session)
{
	assert(session != NULL);
	return session->state == WAIT_HELLO ? NULL : &session->hello;
}
