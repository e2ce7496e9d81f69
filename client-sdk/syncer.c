#include "client-sdk/syncer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/net/link.h"
#include "core/backoff.h"
#include "core/session_client.h"

enum {
	TICK_MS = 2000, /* also: how late a commit of another process is seen that nobody told of */
	BACKOFF_CAP_MS = 60000,
	WAITED_FOR_MS = 1000, /* at most between two attempts while somebody waits for a barrier */
	BLOCKED_MS = 60000,   /* between attempts while a person must act first */
	OUTGOING_BUDGET = 256 << 10,
	OUTGOING_MAX = 10 << 20,
	QUESTIONS_MAX = 64 << 10,
	TEXT_MAX = 300,
};

static const char ended_text[] = "the rights to it have ended";

struct bsync_syncer {
	uv_loop_t *loop;
	struct bsync_file *file;
	const struct bsync_surroundings *surroundings;
	struct bsync_syncer_events events;
	struct bsync_signing_key *key;
	struct bsync_tls_settings *settings;
	uv_timer_t tick, retry;
	int handles;
	bool is_closing;
	struct bsync_link *link;              /* NULL between two contacts */
	struct bsync_session_client *session; /* from established to closed */
	uint32_t attempt;
	uint64_t advice_ms;
	enum bsync_result ended; /* why the session closed, when it did itself */
	bool has_file_failed;    /* that is why it closes: the file has the words */
	bool is_blocked;
	uint32_t said_version; /* of the schema, in the last HELLO */
	bool only_asks;        /* bsync_syncer_start */
	uint64_t sent_seq;     /* the last changeset given to this connection, 0 none */
	uint64_t asked_id;     /* questions up to it were put in this conversation */
	bool must_ask;         /* an answer has come, or there may be more to ask */
	char left[TEXT_MAX];   /* why a scope goes when the present pull is shown; "" none does */
	char error[TEXT_MAX];
	struct bsync_barriers barriers;
};

static void carry_out(struct bsync_syncer *syncer, const struct bsync_effects *effects);
static void on_retry(uv_timer_t *timer);
static void on_tick(uv_timer_t *timer);

static void tell(struct bsync_syncer *syncer, enum bsync_syncer_news news, const char *text)
{
	syncer->events.news(syncer->events.context, news, text);
}

static int64_t loop_ms(const struct bsync_syncer *syncer)
{
	return (int64_t)uv_now(syncer->loop);
}

/* --- Barriers --- */

static void ask_sync(struct bsync_syncer *syncer, struct bsync_barrier *barrier)
{
	struct bsync_effects effects;
	bsync_session_client_sync(syncer->session, &barrier->token, &effects);
	carry_out(syncer, &effects);
}

/* A SYNC is answered: barriers whose changesets are durable are done, the others ask again. */
static void synced(struct bsync_syncer *syncer, uint64_t token)
{
	struct bsync_file_status status;
	if (bsync_file_status(syncer->file, &status) != BSYNC_OK)
		return;
	for (struct bsync_barrier *barrier = NULL;
	     (barrier = bsync_barriers_next(&syncer->barriers, barrier)) != NULL;) {
		if (barrier->token == 0 || barrier->token > token)
			continue;
		barrier->is_answered = status.durable_seq >= barrier->last_seq;
		if (barrier->is_answered)
			syncer->must_ask = true;
		else if (syncer->session != NULL)
			ask_sync(syncer, barrier);
	}
	tell(syncer, BSYNC_NEWS_STATUS, "");
}

/* What is tried again changes rows: who waits for a barrier waits for those too. */
static void sync_again(struct bsync_syncer *syncer)
{
	struct bsync_barrier *barrier = NULL;
	while (syncer->session != NULL && (barrier = bsync_barriers_next(&syncer->barriers, barrier)) != NULL) {
		barrier->is_answered = false;
		ask_sync(syncer, barrier);
	}
}

/* Puts the questions that wait to the server, a few at a time; where none is left, ends the barriers that wait for that alone.
 * Called where no step of the session is being carried out. */
static void ask_server(struct bsync_syncer *syncer)
{
	struct bsync_buffer frames;
	struct bsync_effects effects;
	bool is_waiting = false;
	enum bsync_result result = BSYNC_OK;
	if (!syncer->must_ask || syncer->session == NULL || !bsync_session_client_is_welcome(syncer->session))
		return;
	syncer->must_ask = false;
	bsync_buffer_init(&frames, QUESTIONS_MAX);
	const bool can_ask = bsync_session_client_can_ask(syncer->session);
	if (can_ask)
		result = bsync_file_questions(syncer->file, &syncer->asked_id, &frames, &is_waiting);
	if (result != BSYNC_OK) {
		syncer->has_file_failed = true;
		bsync_session_client_failed(syncer->session, result, &effects);
		carry_out(syncer, &effects);
	} else if (frames.size > 0) {
		bsync_session_client_ask(syncer->session, bsync_buffer_bytes(&frames), &effects);
		carry_out(syncer, &effects);
		sync_again(syncer);
	} else if (!is_waiting) {
		bsync_barriers_answered(&syncer->barriers, can_ask);
	}
	bsync_buffer_clear(&frames);
}

uint64_t bsync_syncer_barrier(struct bsync_syncer *syncer, enum bsync_wait wait, bsync_barrier_done *done,
			      void *context)
{
	assert(syncer != NULL && done != NULL);
	struct bsync_file_status status;
	if (syncer->is_closing || bsync_file_status(syncer->file, &status) != BSYNC_OK)
		return 0;
	struct bsync_barrier *barrier = bsync_barriers_add(&syncer->barriers, wait, status.last_seq, done, context);
	if (barrier == NULL)
		return 0;
	const uint64_t id = barrier->id;
	syncer->must_ask = true;
	if (syncer->session == NULL)
		bsync_syncer_hurry(syncer);
	else if (wait == BSYNC_WAIT_ANSWERS) /* soon, as nothing ends within this call */
		uv_timer_start(&syncer->tick, on_tick, 0, TICK_MS);
	else
		ask_sync(syncer, barrier);
	return id;
}

void bsync_syncer_forget(struct bsync_syncer *syncer, uint64_t id)
{
	assert(syncer != NULL && id != 0);
	bsync_barriers_forget(&syncer->barriers, id);
}

/* --- Effects --- */

static enum bsync_result store_welcome(struct bsync_syncer *syncer, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_welcome welcome;
	bsync_arena_init(&arena, 1 << 16);
	enum bsync_result result = bsync_welcome_decode(payload, &arena, &welcome);
	if (result == BSYNC_OK)
		result = bsync_file_welcome(syncer->file, &welcome);
	bsync_arena_clear(&arena);
	if (bsync_file_take_restored(syncer->file))
		tell(syncer, BSYNC_NEWS_RESTORED, "");
	if (bsync_file_take_clock(syncer->file))
		tell(syncer, BSYNC_NEWS_CLOCK, "");
	if (result == BSYNC_OK) {
		syncer->attempt = 0;
		syncer->error[0] = '\0';
		syncer->is_blocked = false;
		syncer->must_ask = true;
		tell(syncer, BSYNC_NEWS_STATUS, "");
	}
	return result;
}

static enum bsync_result store_scopes(struct bsync_syncer *syncer, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_scopes scopes;
	bsync_arena_init(&arena, 16 << 20);
	enum bsync_result result = bsync_scopes_decode(payload, &arena, &scopes);
	for (uint32_t i = 0; result == BSYNC_OK && i < scopes.count; i++)
		if (scopes.changes[i].act == BSYNC_SCOPE_DROP)
			snprintf(syncer->left, sizeof syncer->left, "%.*s",
				 (int)(scopes.changes[i].reason.size < TEXT_MAX ? scopes.changes[i].reason.size
										: TEXT_MAX),
				 scopes.changes[i].reason.size > 0 ? (const char *)scopes.changes[i].reason.data
								   : ended_text);
	bsync_arena_clear(&arena);
	return result == BSYNC_OK ? bsync_file_scopes(syncer->file, payload) : result;
}

/* PROTOCOL 10: "goes on with its own" */
static enum bsync_result store_schema(struct bsync_syncer *syncer, struct bsync_bytes payload)
{
	enum bsync_result result = bsync_file_schema_files(syncer->file, payload);
	if (result != BSYNC_SCHEMA)
		return result;
	const char *text = bsync_file_error_text(syncer->file);
	snprintf(syncer->error, sizeof syncer->error, "%s", text);
	tell(syncer, BSYNC_NEWS_ERROR, syncer->error);
	return bsync_file_record_error(syncer->file, syncer->error);
}

static enum bsync_result store_pull_end(struct bsync_syncer *syncer, struct bsync_bytes payload)
{
	bool has_shown = false;
	enum bsync_result result = bsync_file_pull_end(syncer->file, payload, &has_shown);
	/* BSYNC_CHANGED: it is shown, and more is to be asked for. */
	if (result != BSYNC_OK && result != BSYNC_CHANGED)
		return result;
	if (has_shown)
		tell(syncer, BSYNC_NEWS_ROWS, "");
	if (syncer->left[0] != '\0')
		tell(syncer, BSYNC_NEWS_SCOPE_LEFT, syncer->left);
	syncer->left[0] = '\0';
	return result;
}

static enum bsync_result store_message(struct bsync_syncer *syncer, uint8_t message, struct bsync_bytes payload)
{
	enum bsync_result result = BSYNC_UNEXPECTED;
	switch (message) {
	case BSYNC_MESSAGE_WELCOME:
		return store_welcome(syncer, payload);
	case BSYNC_MESSAGE_RECEIPTS:
		result = bsync_file_receipts(syncer->file, payload);
		syncer->must_ask = true;
		if (result == BSYNC_OK)
			tell(syncer, BSYNC_NEWS_STATUS, "");
		return result;
	case BSYNC_MESSAGE_SCHEMA:
		return store_schema(syncer, payload);
	case BSYNC_MESSAGE_SCOPES:
		return store_scopes(syncer, payload);
	case BSYNC_MESSAGE_ROWS:
		return bsync_file_rows(syncer->file, payload);
	case BSYNC_MESSAGE_PULL_END:
		return store_pull_end(syncer, payload);
	case BSYNC_MESSAGE_HISTORY:
		syncer->must_ask = true;
		return bsync_file_answer(syncer->file, payload);
	default:
		return result;
	}
}

static void read_outbox(struct bsync_syncer *syncer, const struct bsync_effect *effect)
{
	struct bsync_buffer frames;
	bsync_buffer_init(&frames, OUTGOING_MAX);
	uint64_t last_seq = effect->number;
	bool has_more = false;
	struct bsync_effects effects;
	enum bsync_result result = bsync_file_outgoing(syncer->file, effect->number, effect->epoch, OUTGOING_BUDGET,
						       &frames, &last_seq, &has_more);
	if (result == BSYNC_OK)
		bsync_session_client_outgoing(syncer->session, bsync_buffer_bytes(&frames), last_seq, has_more,
					      &effects);
	else
		bsync_session_client_failed(syncer->session, result, &effects);
	syncer->has_file_failed = result != BSYNC_OK;
	if (result == BSYNC_OK && last_seq > syncer->sent_seq)
		syncer->sent_seq = last_seq;
	carry_out(syncer, &effects);
	bsync_buffer_clear(&frames);
}

static void close_session(struct bsync_syncer *syncer, const struct bsync_effect *effect)
{
	syncer->ended = effect->result;
	syncer->advice_ms = effect->number;
	const char *words = bsync_session_client_error_text(syncer->session);
	const char *text = words[0] != '\0' ? words : bsync_result_text(effect->result);
	if (words[0] == '\0' && effect->result == BSYNC_SUSPENDED)
		text = "this device is suspended: its work is handed in, and nothing comes back until the operator "
		       "resumes it";
	if (syncer->has_file_failed && bsync_file_error_text(syncer->file)[0] != '\0')
		text = bsync_file_error_text(syncer->file);
	snprintf(syncer->error, sizeof syncer->error, "%s", text);
	bsync_link_close(syncer->link, effect->result);
}

/* Carries out one step's effects in order.  What an answered effect leads to is carried out within it, as such an
 * effect is the last of its step. */
static void carry_out(struct bsync_syncer *syncer, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && syncer->session != NULL; i++) {
		const struct bsync_effect *effect = &effects->list[i];
		if (effect->kind == BSYNC_EFFECT_SEND) {
			bsync_link_send(syncer->link, effect->bytes);
		} else if (effect->kind == BSYNC_EFFECT_OUTGOING) {
			read_outbox(syncer, effect);
			return;
		} else if (effect->kind == BSYNC_EFFECT_STORE || effect->kind == BSYNC_EFFECT_HISTORY_GOT) {
			const uint8_t message = effect->kind == BSYNC_EFFECT_STORE ? effect->message
										   : BSYNC_MESSAGE_HISTORY;
			enum bsync_result result = store_message(syncer, message, effect->bytes);
			if (result != BSYNC_OK) {
				struct bsync_effects next;
				syncer->has_file_failed = result != BSYNC_CHANGED;
				bsync_session_client_failed(syncer->session, result, &next);
				carry_out(syncer, &next);
				return;
			}
		} else if (effect->kind == BSYNC_EFFECT_SYNCED) {
			synced(syncer, effect->number);
		} else if (effect->kind == BSYNC_EFFECT_CLOSE) {
			close_session(syncer, effect);
			return;
		}
	}
}

/* --- The link --- */

static void on_established(void *context, struct bsync_link *link)
{
	struct bsync_syncer *syncer = context;
	struct bsync_arena arena;
	bsync_arena_init(&arena, 4 << 20);
	struct bsync_hello hello;
	uint32_t known_epoch = 0;
	enum bsync_result result = bsync_session_client_new(&syncer->session);
	if (result == BSYNC_OK)
		result = bsync_file_hello(syncer->file, &arena, &hello, &known_epoch);
	if (result == BSYNC_OK && syncer->only_asks) {
		bsync_session_client_only_ask(syncer->session);
		hello.push_count = 0;
	}
	if (result == BSYNC_OK) {
		bsync_barriers_begin(&syncer->barriers);
		syncer->asked_id = 0;
		syncer->said_version = hello.schema_version;
		struct bsync_effects effects;
		bsync_session_client_connected(syncer->session, &hello, known_epoch, loop_ms(syncer), &effects);
		carry_out(syncer, &effects);
	} else {
		snprintf(syncer->error, sizeof syncer->error, "%s", bsync_file_error_text(syncer->file));
		syncer->ended = result;
		bsync_link_close(link, result);
	}
	bsync_arena_clear(&arena);
}

static void on_frame(void *context, struct bsync_link *link, const struct bsync_frame *frame)
{
	(void)link;
	struct bsync_syncer *syncer = context;
	if (syncer->session == NULL)
		return;
	struct bsync_effects effects;
	bsync_session_client_frame(syncer->session, frame, loop_ms(syncer), &effects);
	carry_out(syncer, &effects);
	ask_server(syncer);
}

/* True when trying again helps nobody until a person has acted. */
static bool is_blocked(enum bsync_result result)
{
	return result == BSYNC_REVOKED || result == BSYNC_SUSPENDED || result == BSYNC_ORGANISATION ||
	       result == BSYNC_NOT_ENROLLED || result == BSYNC_VERSION || result == BSYNC_PUT_BACK ||
	       result == BSYNC_INCARNATION || result == BSYNC_OLD_SCHEMA;
}

static void release(struct bsync_syncer *syncer)
{
	assert(syncer->handles > 0);
	if (--syncer->handles > 0)
		return;
	bsync_tls_settings_free(syncer->settings);
	bsync_signing_key_free(syncer->key);
	free(syncer);
}

/* Decides when to try again, and which barriers no further attempt can help. */
static void try_later(struct bsync_syncer *syncer, enum bsync_result why)
{
	uint32_t word = 0;
	(void)syncer->surroundings->random.fill(syncer->surroundings->random.context, (uint8_t *)&word, sizeof word);
	uint64_t delay = bsync_backoff_delay(syncer->attempt, word, BACKOFF_CAP_MS, (uint32_t)syncer->advice_ms);
	/* The session came to its own end, and the next is of another line. */
	if (why == BSYNC_CHANGED && syncer->attempt == 0)
		delay = 0;
	syncer->attempt++;
	syncer->advice_ms = 0;
	syncer->is_blocked = is_blocked(why);
	bsync_barriers_cut(&syncer->barriers, why, is_blocked(why) || why == BSYNC_TLS, syncer->error);
	if (is_blocked(why) && delay < BLOCKED_MS)
		delay = BLOCKED_MS;
	if (bsync_barriers_any(&syncer->barriers) && delay > WAITED_FOR_MS)
		delay = WAITED_FOR_MS;
	uv_timer_start(&syncer->retry, on_retry, delay, 0);
}

static void on_closed(void *context, struct bsync_link *link, enum bsync_result result, const char *text)
{
	(void)link;
	struct bsync_syncer *syncer = context;
	enum bsync_result why = syncer->ended != BSYNC_OK ? syncer->ended : result;
	/* It came with the refusal, and has been taken. */
	if (why == BSYNC_OLD_SCHEMA && bsync_file_schema(syncer->file)->version > syncer->said_version)
		why = BSYNC_CHANGED;
	if (syncer->ended == BSYNC_OK)
		snprintf(syncer->error, sizeof syncer->error, "%s", text);
	bsync_session_client_free(syncer->session);
	syncer->session = NULL;
	syncer->link = NULL;
	syncer->ended = BSYNC_OK;
	syncer->has_file_failed = false;
	syncer->left[0] = '\0';
	bsync_file_pull_cut(syncer->file);
	(void)!bsync_file_record_sent(syncer->file, syncer->sent_seq);
	syncer->sent_seq = 0;
	if (!syncer->is_closing && why == BSYNC_CHANGED) {
		syncer->error[0] = '\0';
		try_later(syncer, why);
	} else if (!syncer->is_closing) {
		(void)!bsync_file_record_error(syncer->file, syncer->error);
		try_later(syncer, why);
		tell(syncer, BSYNC_NEWS_ERROR, syncer->error);
	}
	release(syncer);
}

static void connect_now(struct bsync_syncer *syncer)
{
	if (syncer->link != NULL || syncer->is_closing)
		return;
	uv_timer_stop(&syncer->retry);
	struct bsync_link_events events = {
		.established = on_established,
		.frame = on_frame,
		.closed = on_closed,
		.context = syncer,
	};
	const char *address = bsync_file_identity(syncer->file)->address;
	syncer->handles++;
	enum bsync_result result = bsync_link_open(syncer->loop, address, syncer->settings, &events, &syncer->link);
	if (result != BSYNC_OK)
		on_closed(syncer, NULL, result, "the server's address is not of the form HOST:PORT");
}

static void on_retry(uv_timer_t *timer)
{
	connect_now(timer->data);
}

/* Access can end while nobody is there to say so. */
static void drop_ended(struct bsync_syncer *syncer)
{
	bool has_dropped = false;
	/* What cannot be dropped now is tried again at the next tick. */
	if (bsync_file_drop_ended(syncer->file, &has_dropped) != BSYNC_OK || !has_dropped)
		return;
	tell(syncer, BSYNC_NEWS_ROWS, "");
	tell(syncer, BSYNC_NEWS_SCOPE_LEFT, ended_text);
}

static void on_tick(uv_timer_t *timer)
{
	struct bsync_syncer *syncer = timer->data;
	drop_ended(syncer);
	if (syncer->session == NULL)
		return;
	struct bsync_effects effects;
	bsync_session_client_tick(syncer->session, loop_ms(syncer), &effects);
	carry_out(syncer, &effects);
	bsync_syncer_committed(syncer);
}

/* --- Life --- */

enum bsync_result bsync_syncer_new(uv_loop_t *loop, struct bsync_file *file,
				   const struct bsync_surroundings *surroundings,
				   const struct bsync_syncer_events *events, struct bsync_syncer **out)
{
	assert(loop != NULL && file != NULL && surroundings != NULL && events != NULL && out != NULL);
	struct bsync_syncer *syncer = calloc(1, sizeof *syncer);
	if (syncer == NULL)
		return BSYNC_NO_MEMORY;
	syncer->loop = loop;
	syncer->file = file;
	syncer->surroundings = surroundings;
	syncer->events = *events;
	const struct bsync_file_identity *identity = bsync_file_identity(file);
	enum bsync_result result = bsync_signing_key_parse(identity->private_key, &syncer->key);
	if (result == BSYNC_OK)
		result = bsync_tls_settings_device(identity->certificate, syncer->key, identity->ca,
						   &identity->organisation, &surroundings->random, &syncer->settings);
	if (result == BSYNC_OK && uv_timer_init(loop, &syncer->tick) < 0)
		result = BSYNC_IO;
	if (result != BSYNC_OK) {
		bsync_tls_settings_free(syncer->settings);
		bsync_signing_key_free(syncer->key);
		free(syncer);
		return result;
	}
	int status = uv_timer_init(loop, &syncer->retry);
	assert(status == 0); /* a second timer on a loop that took the first cannot fail */
	(void)status;
	syncer->handles = 2;
	syncer->tick.data = syncer;
	syncer->retry.data = syncer;
	uv_timer_start(&syncer->tick, on_tick, TICK_MS, TICK_MS);
	*out = syncer;
	return BSYNC_OK;
}

void bsync_syncer_start(struct bsync_syncer *syncer, bool only_asks)
{
	assert(syncer != NULL);
	syncer->only_asks = only_asks;
	connect_now(syncer);
}

static void on_timer_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void bsync_syncer_close(struct bsync_syncer *syncer)
{
	assert(syncer != NULL && !syncer->is_closing);
	syncer->is_closing = true;
	bsync_barriers_end(&syncer->barriers, BSYNC_CLOSED, "syncing has been stopped");
	if (syncer->link != NULL)
		bsync_link_close(syncer->link, BSYNC_CLOSED);
	uv_close((uv_handle_t *)&syncer->tick, on_timer_closed);
	uv_close((uv_handle_t *)&syncer->retry, on_timer_closed);
}

void bsync_syncer_committed(struct bsync_syncer *syncer)
{
	assert(syncer != NULL);
	if (syncer->session == NULL)
		return;
	struct bsync_effects effects;
	bsync_session_client_committed(syncer->session, &effects);
	carry_out(syncer, &effects);
	syncer->must_ask = true;
	ask_server(syncer);
}

void bsync_syncer_hurry(struct bsync_syncer *syncer)
{
	assert(syncer != NULL);
	if (syncer->link == NULL && !syncer->is_closing)
		uv_timer_start(&syncer->retry, on_retry, 0, 0);
}

void bsync_syncer_contact(const struct bsync_syncer *syncer, struct bsync_contact *contact)
{
	assert(syncer != NULL && contact != NULL);
	contact->is_connected = syncer->session != NULL && bsync_session_client_is_welcome(syncer->session);
	contact->is_blocked = syncer->is_blocked;
	contact->next_attempt_ms = -1;
	if (syncer->link == NULL && uv_is_active((const uv_handle_t *)&syncer->retry))
		contact->next_attempt_ms = (int64_t)uv_timer_get_due_in(&syncer->retry);
}

const char *bsync_syncer_last_error(const struct bsync_syncer *syncer)
{
	assert(syncer != NULL);
	return syncer->error;
}
