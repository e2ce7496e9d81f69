#include "core/session_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/session_parts.h"

enum { FLIGHTS_MAX = 256, FRAMES_MAX = 512 << 10, DECODE_MAX = 16 << 20, ERROR_TEXT_MAX = 300, WELCOME_MS = 20000 };

/* NEW → GREETING (HELLO is out) → WELCOMED → CLOSED; CLOSED can be reached from each. */
enum state { NEW, GREETING, WELCOMED, CLOSED };

/* Pushes up to `last_seq` that have not been answered. */
struct flight {
	uint64_t last_seq;
	size_t size;
};

struct bsync_session_client {
	enum state state;
	int64_t began_ms;
	int64_t heard_ms;
	int64_t pinged_ms;
	bool is_suspended, is_recovering;
	bool only_asks;       /* hands in nothing and asks for no rows */
	uint64_t durable_seq; /* as HELLO said */
	uint64_t sent_seq;
	uint32_t known_epoch;
	struct flight flights[FLIGHTS_MAX]; /* a ring */
	uint32_t flight_first, flight_count;
	size_t flight_bytes;
	bool is_reading; /* OUTGOING is not answered yet */
	bool has_more;   /* the outbox may hold more than was sent */
	uint64_t token;  /* of the newest SYNC wanted */
	uint64_t token_sent;
	struct bsync_buffer frames;
	char error_text[ERROR_TEXT_MAX];
};

enum bsync_result bsync_session_client_new(struct bsync_session_client **out)
{
	assert(out != NULL);
	struct bsync_session_client *session = calloc(1, sizeof *session);
	if (session == NULL)
		return BSYNC_NO_MEMORY;
	bsync_buffer_init(&session->frames, FRAMES_MAX);
	*out = session;
	return BSYNC_OK;
}

void bsync_session_client_free(struct bsync_session_client *session)
{
	if (session == NULL)
		return;
	bsync_buffer_clear(&session->frames);
	free(session);
}

static void begin_step(struct bsync_session_client *session, struct bsync_effects *effects)
{
	assert(session != NULL);
	assert(effects != NULL);
	effects->count = 0;
	bsync_buffer_clear(&session->frames);
}

static void close_with(struct bsync_session_client *session, enum bsync_result result, uint64_t advice_ms,
		       struct bsync_effects *effects)
{
	if (session->state == CLOSED)
		return;
	session->state = CLOSED;
	struct bsync_effect *effect = bsync_effects_add(effects, BSYNC_EFFECT_CLOSE);
	effect->result = result;
	effect->number = advice_ms;
}

/* Sends what the step has put into `frames`; a step does so at most once, and keeps nothing else there. */
static void send_frames(struct bsync_session_client *session, struct bsync_effects *effects)
{
	assert(session->frames.size > 0);
	bsync_effects_add(effects, BSYNC_EFFECT_SEND)->bytes = bsync_buffer_bytes(&session->frames);
}

/* Appends a SYNC frame when one is wanted and everything before it has been sent. */
static enum bsync_result append_sync(struct bsync_session_client *session)
{
	if (session->only_asks || session->token_sent == session->token || session->is_reading || session->has_more)
		return BSYNC_OK;
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_SYNC));
	struct bsync_sync sync = {.token = session->token};
	enum bsync_result result = bsync_sync_encode(&sync, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_SYNC, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	if (result == BSYNC_OK)
		session->token_sent = session->token;
	return result;
}

/* Asks for more of the outbox when there may be more and the window is open. */
static void read_outbox(struct bsync_session_client *session, struct bsync_effects *effects)
{
	if (session->only_asks || session->is_reading || !session->has_more || session->state == NEW ||
	    session->state == CLOSED)
		return;
	if (session->flight_bytes >= BSYNC_SESSION_WINDOW || session->flight_count == FLIGHTS_MAX)
		return;
	session->is_reading = true;
	struct bsync_effect *effect = bsync_effects_add(effects, BSYNC_EFFECT_OUTGOING);
	effect->number = session->sent_seq;
	effect->epoch = session->known_epoch;
}

/* Sends the SYNC that is due, if one is. */
static void sync_when_due(struct bsync_session_client *session, struct bsync_effects *effects)
{
	if (session->state != GREETING && session->state != WELCOMED)
		return;
	size_t before = session->frames.size;
	enum bsync_result result = append_sync(session);
	if (result != BSYNC_OK)
		close_with(session, result, 0, effects);
	else if (session->frames.size > before)
		send_frames(session, effects);
}

void bsync_session_client_only_ask(struct bsync_session_client *session)
{
	assert(session != NULL);
	assert(session->state == NEW);
	session->only_asks = true;
}

void bsync_session_client_connected(struct bsync_session_client *session, const struct bsync_hello *hello,
				    uint32_t known_epoch, int64_t now_ms, struct bsync_effects *effects)
{
	begin_step(session, effects);
	assert(session->state == NEW);
	assert(hello->last_seq >= hello->durable_seq);
	session->began_ms = now_ms;
	session->heard_ms = now_ms;
	session->durable_seq = hello->durable_seq;
	session->sent_seq = hello->durable_seq;
	session->known_epoch = known_epoch;
	/* A line that is new to the store is opened before anything is written to it. */
	session->has_more = hello->last_seq > hello->durable_seq || known_epoch == 0;
	if (session->token == 0 && !session->only_asks)
		session->token = 1; /* every other contact brings the device up to date */
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_HELLO));
	enum bsync_result result = bsync_hello_encode(hello, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_HELLO, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	if (result == BSYNC_OK)
		result = append_sync(session);
	if (result != BSYNC_OK) {
		close_with(session, result, 0, effects);
		return;
	}
	session->state = GREETING;
	send_frames(session, effects);
	read_outbox(session, effects);
}

/* Notes the key epochs among whole frames: sent once in a connection, before all that they seal. */
static void note_epochs(struct bsync_session_client *session, struct bsync_bytes frames)
{
	while (frames.size >= BSYNC_FRAME_HEADER_SIZE) {
		const uint8_t *head = frames.data;
		size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
		struct bsync_bytes payload = {head + BSYNC_FRAME_HEADER_SIZE, size};
		struct bsync_arena arena;
		struct bsync_epoch_open open;
		assert(size <= frames.size - BSYNC_FRAME_HEADER_SIZE);
		bsync_arena_init(&arena, 1 << 16);
		if (head[4] == BSYNC_MESSAGE_EPOCH && bsync_epoch_decode(payload, &arena, &open) == BSYNC_OK &&
		    open.epoch > session->known_epoch)
			session->known_epoch = open.epoch;
		bsync_arena_clear(&arena);
		frames.data += BSYNC_FRAME_HEADER_SIZE + size;
		frames.size -= BSYNC_FRAME_HEADER_SIZE + size;
	}
}

void bsync_session_client_outgoing(struct bsync_session_client *session, struct bsync_bytes frames, uint64_t last_seq,
				   bool has_more, struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	assert(session->is_reading);
	assert(last_seq >= session->sent_seq);
	session->is_reading = false;
	session->has_more = has_more;
	if (frames.size > 0) {
		assert(session->flight_count < FLIGHTS_MAX);
		uint32_t at = (session->flight_first + session->flight_count) % FLIGHTS_MAX;
		session->flights[at] = (struct flight){.last_seq = last_seq, .size = frames.size};
		session->flight_count++;
		session->flight_bytes += frames.size;
		session->sent_seq = last_seq;
		note_epochs(session, frames);
		bsync_effects_add(effects, BSYNC_EFFECT_SEND)->bytes = frames;
	}
	sync_when_due(session, effects);
	read_outbox(session, effects);
}

static void store(uint8_t message, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_effect *effect = bsync_effects_add(effects, BSYNC_EFFECT_STORE);
	effect->message = message;
	effect->bytes = payload;
}

static enum bsync_result on_welcome(struct bsync_session_client *session, struct bsync_bytes payload,
				    struct bsync_effects *effects)
{
	struct bsync_arena arena;
	bsync_arena_init(&arena, 1 << 16);
	struct bsync_welcome welcome;
	enum bsync_result result = bsync_welcome_decode(payload, &arena, &welcome);
	bsync_arena_clear(&arena);
	if (result != BSYNC_OK)
		return result;
	session->state = WELCOMED;
	session->is_suspended = welcome.state == BSYNC_WELCOME_SUSPENDED;
	session->is_recovering = welcome.state == BSYNC_WELCOME_RECOVERING;
	store(BSYNC_MESSAGE_WELCOME, payload, effects);
	if (welcome.durable_seq < session->durable_seq) {
		/* The store has lost what it once had: everything behind its last seq is sent again, and then SYNC. */
		session->sent_seq = welcome.durable_seq;
		session->known_epoch = welcome.known_epoch;
		session->durable_seq = welcome.durable_seq;
		session->flight_first = 0;
		session->flight_count = 0;
		session->flight_bytes = 0;
		session->has_more = true;
		session->token++;
		read_outbox(session, effects);
	}
	return BSYNC_OK;
}

static enum bsync_result on_receipts(struct bsync_session_client *session, struct bsync_bytes payload,
				     struct bsync_effects *effects)
{
	struct bsync_arena arena;
	bsync_arena_init(&arena, DECODE_MAX);
	struct bsync_receipts receipts;
	enum bsync_result result = bsync_receipts_decode(payload, &arena, &receipts);
	bsync_arena_clear(&arena);
	if (result != BSYNC_OK)
		return result;
	if (receipts.count == 0)
		return BSYNC_MALFORMED;
	uint64_t last_seq = receipts.first_seq + receipts.count - 1;
	store(BSYNC_MESSAGE_RECEIPTS, payload, effects);
	while (session->flight_count > 0 && session->flights[session->flight_first].last_seq <= last_seq) {
		session->flight_bytes -= session->flights[session->flight_first].size;
		session->flight_first = (session->flight_first + 1) % FLIGHTS_MAX;
		session->flight_count--;
	}
	read_outbox(session, effects);
	return BSYNC_OK;
}

static enum bsync_result append_confirm(struct bsync_session_client *session, struct bsync_position position)
{
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_CONFIRM));
	struct bsync_confirm confirm = {.cursor = position};
	enum bsync_result result = bsync_confirm_encode(&confirm, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(&session->frames, BSYNC_MESSAGE_CONFIRM, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

static enum bsync_result on_pull_end(struct bsync_session_client *session, struct bsync_bytes payload,
				     struct bsync_effects *effects)
{
	struct bsync_arena arena;
	bsync_arena_init(&arena, 1 << 16);
	struct bsync_pull_end end;
	enum bsync_result result = bsync_pull_end_decode(payload, &arena, &end);
	bsync_arena_clear(&arena);
	if (result != BSYNC_OK)
		return result;
	if (end.token > session->token_sent)
		return BSYNC_UNEXPECTED;
	if (session->is_suspended) {
		close_with(session, BSYNC_SUSPENDED, 0, effects);
		return BSYNC_OK;
	}
	/* What the store had is being gathered: all is handed in, and what is on the screen stays. */
	if (session->is_recovering) {
		if (end.token != 0)
			bsync_effects_add(effects, BSYNC_EFFECT_SYNCED)->number = end.token;
		return BSYNC_OK;
	}
	store(BSYNC_MESSAGE_PULL_END, payload, effects);
	result = append_confirm(session, end.position);
	if (result != BSYNC_OK)
		return result;
	send_frames(session, effects);
	if (end.token != 0)
		bsync_effects_add(effects, BSYNC_EFFECT_SYNCED)->number = end.token;
	return BSYNC_OK;
}

static void on_error(struct bsync_session_client *session, struct bsync_bytes payload, struct bsync_effects *effects)
{
	struct bsync_arena arena;
	bsync_arena_init(&arena, 1 << 16);
	struct bsync_error_message message;
	enum bsync_result result = bsync_error_decode(payload, &arena, &message);
	uint64_t advice_ms = 0;
	if (result == BSYNC_OK) {
		size_t size = message.text.size < ERROR_TEXT_MAX - 1 ? message.text.size : ERROR_TEXT_MAX - 1;
		memcpy(session->error_text, message.text.data, size);
		session->error_text[size] = '\0';
		advice_ms = message.retry_after_ms;
		result = message.code > 100 && message.code < 200 ? (enum bsync_result)message.code : BSYNC_MALFORMED;
	}
	bsync_arena_clear(&arena);
	close_with(session, result, advice_ms, effects);
}

static enum bsync_result on_welcomed(struct bsync_session_client *session, const struct bsync_frame *frame,
				     struct bsync_effects *effects)
{
	switch (frame->kind) {
	case BSYNC_MESSAGE_RECEIPTS:
		return on_receipts(session, frame->payload, effects);
	case BSYNC_MESSAGE_SCHEMA:
	case BSYNC_MESSAGE_SCOPES:
	case BSYNC_MESSAGE_ROWS:
		store(frame->kind, frame->payload, effects);
		return BSYNC_OK;
	case BSYNC_MESSAGE_PULL_END:
		return on_pull_end(session, frame->payload, effects);
	case BSYNC_MESSAGE_HISTORY:
		bsync_effects_add(effects, BSYNC_EFFECT_HISTORY_GOT)->bytes = frame->payload;
		return BSYNC_OK;
	case BSYNC_MESSAGE_PONG:
		return BSYNC_OK;
	default:
		return BSYNC_UNEXPECTED;
	}
}

void bsync_session_client_frame(struct bsync_session_client *session, const struct bsync_frame *frame, int64_t now_ms,
				struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == CLOSED)
		return;
	session->heard_ms = now_ms;
	enum bsync_result result = BSYNC_OK;
	if (!bsync_frame_allowed(frame, false, &result)) {
		close_with(session, result, 0, effects);
		return;
	}
	if (frame->kind == BSYNC_MESSAGE_ERROR) {
		on_error(session, frame->payload, effects);
		return;
	}
	if (session->state == WELCOMED)
		result = on_welcomed(session, frame, effects);
	else if (session->state == GREETING && frame->kind == BSYNC_MESSAGE_WELCOME)
		result = on_welcome(session, frame->payload, effects);
	else
		result = BSYNC_UNEXPECTED;
	if (result != BSYNC_OK)
		close_with(session, result, 0, effects);
}

void bsync_session_client_failed(struct bsync_session_client *session, enum bsync_result result,
				 struct bsync_effects *effects)
{
	begin_step(session, effects);
	close_with(session, result, 0, effects);
}

void bsync_session_client_committed(struct bsync_session_client *session, struct bsync_effects *effects)
{
	begin_step(session, effects);
	session->has_more = true;
	read_outbox(session, effects);
}

void bsync_session_client_sync(struct bsync_session_client *session, uint64_t *token, struct bsync_effects *effects)
{
	begin_step(session, effects);
	assert(token != NULL);
	*token = ++session->token;
	if (session->state != GREETING && session->state != WELCOMED)
		return;
	/* The outbox is read once more before the SYNC goes out: a barrier covers every commit before it. */
	session->has_more = true;
	read_outbox(session, effects);
}

bool bsync_session_client_can_ask(const struct bsync_session_client *session)
{
	assert(session != NULL);
	return session->state == WELCOMED && !session->is_suspended && !session->is_recovering;
}

void bsync_session_client_ask(struct bsync_session_client *session, struct bsync_bytes frames,
			      struct bsync_effects *effects)
{
	begin_step(session, effects);
	assert(frames.size > 0);
	if (bsync_session_client_can_ask(session))
		bsync_effects_add(effects, BSYNC_EFFECT_SEND)->bytes = frames;
}

void bsync_session_client_tick(struct bsync_session_client *session, int64_t now_ms, struct bsync_effects *effects)
{
	begin_step(session, effects);
	if (session->state == GREETING && now_ms - session->began_ms > WELCOME_MS) {
		close_with(session, BSYNC_TIMEOUT, 0, effects);
	} else if (session->state == GREETING || session->state == WELCOMED) {
		int64_t silent_ms = now_ms - session->heard_ms;
		if (silent_ms > BSYNC_SESSION_IDLE_MS) {
			close_with(session, BSYNC_IDLE, 0, effects);
		} else if (silent_ms > BSYNC_SESSION_PING_MS && now_ms - session->pinged_ms > BSYNC_SESSION_PING_MS) {
			static const uint8_t empty_array[] = {0x90};
			session->pinged_ms = now_ms;
			struct bsync_bytes payload = {empty_array, sizeof empty_array};
			if (bsync_frame_write(&session->frames, BSYNC_MESSAGE_PING, payload) == BSYNC_OK)
				send_frames(session, effects);
		}
	}
}

bool bsync_session_client_is_welcome(const struct bsync_session_client *session)
{
	assert(session != NULL);
	return session->state == WELCOMED;
}

const char *bsync_session_client_error_text(const struct bsync_session_client *session)
{
	assert(session != NULL);
	return session->error_text;
}
