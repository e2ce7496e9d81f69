/* Both halves of the conversation, fed by hand: each test reads as a trace of who sent what. */
#include "core/session_client.h"
#include "core/session_server.h"
#include "tests/support/harness.h"

/* One conversation: frames written by one side are handed to the other; what the sides ask for is noted. */
struct pair {
	struct bsync_session_client *client;
	struct bsync_session_server *server;
	char trace[4000];
	int64_t now_ms;
	uint64_t outbox_last; /* seqs 1..outbox_last are in the device's outbox */
	uint64_t store_last;  /* of the device's line */
	uint64_t store_counter;
	uint64_t waiting_first, waiting_count; /* a push that waits for its answer */
	bool holds_answers;                    /* APPLY is answered only by answer_push */
	enum bsync_result client_end, server_end;
	uint64_t synced;
	uint32_t new_epoch; /* the device seals with it and the store may lack it; 0 none */
	struct bsync_lives lives;
	uint64_t pulled_from;
	struct bsync_position cursor; /* of HELLO */
	uint32_t known_incarnation;   /* of HELLO, 0 none heard of */
	struct bsync_buffer up, down; /* what is on the wire */
};

static void note(struct pair *pair, const char *text)
{
	size_t used = strlen(pair->trace);
	snprintf(pair->trace + used, sizeof pair->trace - used, "%s%s", used ? " " : "", text);
}

static void carry_client(struct pair *pair, const struct bsync_effects *effects);
static void carry_server(struct pair *pair, const struct bsync_effects *effects);

static struct bsync_hello hello_of(const struct pair *pair, uint64_t durable_seq)
{
	struct bsync_hello hello = {
		.protocol_min = 1,
		.protocol_max = 1,
		.last_seq = pair->outbox_last,
		.durable_seq = durable_seq,
		.push_count = pair->outbox_last - durable_seq,
		.schema_version = 1,
		.cursor = pair->cursor,
		.incarnation = pair->known_incarnation,
	};
	return hello;
}

static void epoch_frame(uint32_t epoch, struct bsync_buffer *frames)
{
	static const uint8_t signature[64];
	struct bsync_epoch_open open = {
		.epoch = epoch, .suite = 1, .first_seq = 1, .signature = {signature, sizeof signature}};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, 1 << 10);
	if (bsync_epoch_encode(&open, &payload) != BSYNC_OK ||
	    bsync_frame_write(frames, BSYNC_MESSAGE_EPOCH, bsync_buffer_bytes(&payload)) != BSYNC_OK)
		abort();
	bsync_buffer_clear(&payload);
}

static void push_frames(uint64_t after, uint64_t last, struct bsync_buffer *frames)
{
	static const uint8_t signature[64];
	static const uint8_t body[48];
	struct bsync_sealed sealed[16] = {0};
	for (int i = 0; i < 16; i++)
		sealed[i].body = (struct bsync_bytes){body, sizeof body};
	struct bsync_push push = {
		.epoch = 1,
		.first_seq = after + 1,
		.count = (uint32_t)(last - after),
		.changesets = sealed,
		.signature = {signature, sizeof signature},
	};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, 1 << 16);
	if (bsync_push_encode(&push, &payload) != BSYNC_OK ||
	    bsync_frame_write(frames, BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload)) != BSYNC_OK)
		abort();
	bsync_buffer_clear(&payload);
}

static void answer_push(struct pair *pair, enum bsync_result result)
{
	struct bsync_receipt receipts[16] = {0};
	for (uint64_t i = 0; i < pair->waiting_count; i++)
		receipts[i].counter = ++pair->store_counter;
	struct bsync_receipts message = {
		.first_seq = pair->waiting_first,
		.count = (uint32_t)pair->waiting_count,
		.receipts = receipts,
		.incarnation = 1,
	};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, 1 << 16);
	if (bsync_receipts_encode(&message, &payload) != BSYNC_OK)
		abort();
	pair->store_last = pair->waiting_first + pair->waiting_count - 1;
	struct bsync_effects effects;
	bsync_session_server_applied(pair->server, result, bsync_buffer_bytes(&payload), false, &effects);
	carry_server(pair, &effects);
	bsync_buffer_clear(&payload);
}

static void answer_pull(struct pair *pair, uint64_t token)
{
	struct bsync_buffer payload, frames;
	bsync_buffer_init(&payload, 1 << 10);
	bsync_buffer_init(&frames, 1 << 10);
	struct bsync_pull_end end = {.token = token, .position = {1, pair->store_counter}};
	if (bsync_pull_end_encode(&end, &payload) != BSYNC_OK ||
	    bsync_frame_write(&frames, BSYNC_MESSAGE_PULL_END, bsync_buffer_bytes(&payload)) != BSYNC_OK)
		abort();
	struct bsync_effects effects;
	bsync_session_server_pulled(pair->server, BSYNC_OK, bsync_buffer_bytes(&frames), true, end.position, &effects);
	carry_server(pair, &effects);
	bsync_buffer_clear(&payload);
	bsync_buffer_clear(&frames);
}

/* Hands every frame on one wire to its receiver and carries out what follows. */
static void deliver(struct pair *pair, struct bsync_buffer *wire, bool to_device)
{
	struct bsync_frame_reader reader;
	bsync_frame_reader_init(&reader);
	if (bsync_frame_reader_feed(&reader, bsync_buffer_bytes(wire)) != BSYNC_OK)
		abort();
	bsync_buffer_clear(wire);
	struct bsync_frame frame;
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK) {
		char text[40];
		const char *name = bsync_message_name(frame.kind);
		snprintf(text, sizeof text, "%s%s", to_device ? "<" : ">", name ? name : "?");
		note(pair, text);
		struct bsync_effects effects;
		if (to_device) {
			bsync_session_client_frame(pair->client, &frame, pair->now_ms, &effects);
			carry_client(pair, &effects);
		} else {
			bsync_session_server_frame(pair->server, &frame, pair->now_ms, &effects);
			carry_server(pair, &effects);
		}
	}
	bsync_frame_reader_clear(&reader);
}

/* Lets both sides talk until nothing is on the wire. */
static void pump(struct pair *pair)
{
	while (pair->up.size > 0 || pair->down.size > 0) {
		if (pair->up.size > 0)
			deliver(pair, &pair->up, false);
		if (pair->down.size > 0)
			deliver(pair, &pair->down, true);
	}
}

static void put(struct bsync_buffer *wire, struct bsync_bytes bytes)
{
	if (bsync_buffer_append(wire, bytes.data, bytes.size) != BSYNC_OK)
		abort();
}

static void carry_client(struct pair *pair, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count; i++) {
		const struct bsync_effect effect = effects->list[i];
		if (effect.kind == BSYNC_EFFECT_SEND) {
			put(&pair->up, effect.bytes);
		} else if (effect.kind == BSYNC_EFFECT_OUTGOING) {
			struct bsync_buffer frames;
			bsync_buffer_init(&frames, 1 << 16);
			uint64_t last = effect.number;
			if (pair->new_epoch > effect.epoch)
				epoch_frame(pair->new_epoch, &frames);
			if (pair->outbox_last > effect.number) {
				push_frames(effect.number, pair->outbox_last, &frames);
				last = pair->outbox_last;
			}
			struct bsync_effects next;
			bsync_session_client_outgoing(pair->client, bsync_buffer_bytes(&frames), last, false, &next);
			carry_client(pair, &next);
			bsync_buffer_clear(&frames);
		} else if (effect.kind == BSYNC_EFFECT_SYNCED) {
			pair->synced = effect.number;
			note(pair, "synced");
		} else if (effect.kind == BSYNC_EFFECT_CLOSE) {
			pair->client_end = effect.result;
		}
	}
}

static void carry_server(struct pair *pair, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count; i++) {
		const struct bsync_effect effect = effects->list[i];
		if (effect.kind == BSYNC_EFFECT_SEND) {
			put(&pair->down, effect.bytes);
		} else if (effect.kind == BSYNC_EFFECT_HELLO) {
			struct bsync_effects next;
			const struct bsync_session_line line = {
				.durable_seq = pair->store_last, .known_epoch = 1, .lives = &pair->lives};
			bsync_session_server_line(pair->server, BSYNC_OK, &line, pair->now_ms, &next);
			carry_server(pair, &next);
		} else if (effect.kind == BSYNC_EFFECT_APPLY) {
			struct bsync_arena arena;
			bsync_arena_init(&arena, 1 << 16);
			struct bsync_push push;
			if (bsync_push_decode(effect.bytes, &arena, &push) != BSYNC_OK)
				abort();
			pair->waiting_first = push.first_seq;
			pair->waiting_count = push.count;
			bsync_arena_clear(&arena);
			if (!pair->holds_answers)
				answer_push(pair, BSYNC_OK);
		} else if (effect.kind == BSYNC_EFFECT_PULL) {
			note(pair, "pull");
			pair->pulled_from = effect.position.counter;
			answer_pull(pair, effect.number);
		} else if (effect.kind == BSYNC_EFFECT_CLOSE) {
			pair->server_end = effect.result;
		}
	}
}

static void pair_start(struct pair *pair, bool is_suspended)
{
	bsync_buffer_init(&pair->up, 1 << 20);
	bsync_buffer_init(&pair->down, 1 << 20);
	struct bsync_session_store_facts facts = {
		.incarnation = 1, .schema_version = 1, .counter = pair->store_counter};
	if (bsync_session_client_new(&pair->client) != BSYNC_OK ||
	    bsync_session_server_new(&facts, is_suspended, pair->now_ms, &pair->server) != BSYNC_OK)
		abort();
}

static void pair_connect(struct pair *pair, uint64_t durable_seq)
{
	struct bsync_hello hello = hello_of(pair, durable_seq);
	struct bsync_effects effects;
	bsync_session_client_connected(pair->client, &hello, 1, pair->now_ms, &effects);
	carry_client(pair, &effects);
	pump(pair);
}

static void pair_end(struct pair *pair)
{
	bsync_session_client_free(pair->client);
	bsync_session_server_free(pair->server);
	bsync_buffer_clear(&pair->up);
	bsync_buffer_clear(&pair->down);
}

TEST(reconnect_with_nothing_to_do_takes_one_exchange)
{
	struct pair pair = {.store_last = 3, .outbox_last = 3};
	pair_start(&pair, false);
	pair_connect(&pair, 3);
	CHECK_STR(pair.trace, ">hello >sync pull <welcome <pull_end synced >confirm");
	pair_end(&pair);
}

TEST(first_flight_carries_every_waiting_change)
{
	struct pair pair = {.outbox_last = 4};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK_STR(pair.trace, ">hello >push >sync pull <welcome <receipts <pull_end synced >confirm");
	CHECK_EQ(pair.store_last, 4);
	pair_end(&pair);
}

TEST(sync_is_answered_only_after_the_pushes_before_it)
{
	struct pair pair = {.outbox_last = 2, .holds_answers = true};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK_STR(pair.trace, ">hello >push >sync <welcome");
	CHECK_EQ(pair.synced, 0);
	answer_push(&pair, BSYNC_OK);
	pump(&pair);
	CHECK_STR(pair.trace, ">hello >push >sync <welcome pull <receipts <pull_end synced >confirm");
	pair_end(&pair);
}

TEST(a_change_made_while_connected_goes_out_at_once)
{
	struct pair pair = {0};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	pair.trace[0] = '\0';
	pair.outbox_last = 1;
	struct bsync_effects effects;
	bsync_session_client_committed(pair.client, &effects);
	carry_client(&pair, &effects);
	pump(&pair);
	CHECK_STR(pair.trace, ">push <receipts");
	pair_end(&pair);
}

TEST(a_key_epoch_goes_out_once_a_connection)
{
	struct pair pair = {.outbox_last = 1, .new_epoch = 2};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK_STR(pair.trace, ">hello >epoch >push >sync pull <welcome <receipts <pull_end synced >confirm");
	pair.trace[0] = '\0';
	pair.outbox_last = 2;
	struct bsync_effects effects;
	bsync_session_client_committed(pair.client, &effects);
	carry_client(&pair, &effects);
	pump(&pair);
	CHECK_STR(pair.trace, ">push <receipts");
	pair_end(&pair);
}

TEST(a_touched_scope_is_pushed_to_the_device)
{
	struct pair pair = {0};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	pair.trace[0] = '\0';
	pair.store_counter = 9;
	struct bsync_effects effects;
	bsync_session_server_touched(pair.server, &effects);
	carry_server(&pair, &effects);
	pump(&pair);
	CHECK_STR(pair.trace, "pull <pull_end >confirm");
	pair_end(&pair);
}

TEST(a_store_that_lost_its_end_gets_it_again)
{
	struct pair pair = {.outbox_last = 5, .store_last = 2};
	pair_start(&pair, false);
	pair_connect(&pair, 5);
	CHECK_EQ(pair.store_last, 5);
	CHECK(pair.synced >= 2);
	CHECK_EQ(pair.server_end, BSYNC_OK);
	pair_end(&pair);
}

TEST(what_is_sent_again_comes_before_the_pull)
{
	struct pair pair = {.outbox_last = 7, .store_last = 2, .cursor = {1, 40}, .lives = {.is_cut = true}};
	pair_start(&pair, false);
	pair_connect(&pair, 5);
	/* The first SYNC and the first PUSH lie behind a gap. */
	CHECK_STR(pair.trace, ">hello >push >sync <welcome >push >sync pull <receipts <pull_end synced >confirm");
	CHECK_EQ(pair.store_last, 7);
	pair_end(&pair);
}

TEST(a_pull_begins_at_nothing_where_the_store_has_lost_the_cursor)
{
	struct pair pair = {.cursor = {1, 40}, .lives = {.is_cut = true}};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK_EQ(pair.pulled_from, 0);
	pair_end(&pair);
	struct pair kept = {.cursor = {1, 40}, .store_counter = 50};
	pair_start(&kept, false);
	pair_connect(&kept, 0);
	CHECK_EQ(kept.pulled_from, 40);
	pair_end(&kept);
}

TEST(what_is_staged_of_another_life_counts_for_nothing_and_what_is_dropped_stays_dropped)
{
	struct bsync_ahead ahead[] = {{{1, bsync_value_integer(1)}, 5}, {{1, bsync_value_integer(2)}, 0}};
	for (uint32_t life = 0; life < 3; life++) {
		struct pair pair = {.known_incarnation = life, .store_counter = 9};
		pair_start(&pair, false);
		struct bsync_hello hello = hello_of(&pair, 0);
		hello.ahead_count = 2;
		hello.ahead = ahead;
		struct bsync_effects effects;
		bsync_session_client_connected(pair.client, &hello, 1, 0, &effects);
		carry_client(&pair, &effects);
		pump(&pair);
		CHECK_EQ(bsync_session_server_hello(pair.server)->ahead_count, life == 1 ? 2 : 1);
		CHECK_EQ(bsync_session_server_hello(pair.server)->ahead[life == 1].counter, 0);
		pair_end(&pair);
	}
}

TEST(in_a_recovery_a_device_hands_in_and_keeps_its_screen)
{
	struct pair pair = {.outbox_last = 2, .lives = {.is_recovering = true}};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK_STR(pair.trace, ">hello >push >sync <welcome <receipts <pull_end synced");
	CHECK_EQ(pair.store_last, 2);
	CHECK_EQ(pair.client_end, BSYNC_OK);
	/* Its end is told by the end of the conversation. */
	struct bsync_effects effects;
	bsync_session_server_state(pair.server, false, false, true, &effects);
	CHECK_EQ(effects.count, 0);
	bsync_session_server_state(pair.server, false, false, false, &effects);
	carry_server(&pair, &effects);
	CHECK_EQ(pair.server_end, BSYNC_SHUTTING_DOWN);
	pair_end(&pair);
}

TEST(a_store_that_was_put_back_takes_and_gives_nothing)
{
	const struct pair scenes[] = {
		{.outbox_last = 5, .store_last = 4, .store_counter = 9, .known_incarnation = 1, .cursor = {1, 9}},
		{.outbox_last = 5, .store_last = 5, .store_counter = 9, .known_incarnation = 1, .cursor = {1, 10}},
	};
	for (size_t i = 0; i < 2; i++) {
		struct pair pair = scenes[i];
		pair_start(&pair, false);
		pair_connect(&pair, 5);
		CHECK_EQ(pair.client_end, BSYNC_PUT_BACK);
		CHECK(bsync_session_server_is_put_back(pair.server));
		CHECK(strstr(bsync_session_client_error_text(pair.client), "restore FILE --accept") != NULL);
		pair_end(&pair);
	}
	/* Of another life the device may have more. */
	struct pair other = scenes[0];
	other.known_incarnation = 7;
	pair_start(&other, false);
	pair_connect(&other, 5);
	CHECK_EQ(other.client_end, BSYNC_OK);
	CHECK_EQ(other.store_last, 5);
	pair_end(&other);
}

TEST(a_suspended_device_hands_in_and_receives_nothing)
{
	struct pair pair = {.outbox_last = 2};
	pair_start(&pair, true);
	pair_connect(&pair, 0);
	CHECK_EQ(pair.store_last, 2);
	CHECK_EQ(pair.synced, 0);
	CHECK_EQ(pair.client_end, BSYNC_SUSPENDED);
	CHECK(strstr(pair.trace, "pull ") == NULL);
	pair_end(&pair);
}

TEST(a_refused_batch_closes_only_this_conversation_with_its_reason)
{
	struct pair pair = {.outbox_last = 1, .holds_answers = true};
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	answer_push(&pair, BSYNC_BAD_SIGNATURE);
	pump(&pair);
	CHECK_EQ(pair.server_end, BSYNC_BAD_SIGNATURE);
	CHECK_EQ(pair.client_end, BSYNC_BAD_SIGNATURE);
	CHECK(strlen(bsync_session_client_error_text(pair.client)) > 0);
	pair_end(&pair);
}

static enum bsync_result server_answer_to(uint8_t kind, struct bsync_bytes payload, bool after_hello)
{
	struct pair pair = {0};
	pair_start(&pair, false);
	if (after_hello)
		pair_connect(&pair, 0);
	struct bsync_frame frame = {.kind = kind, .payload = payload};
	struct bsync_effects effects;
	bsync_session_server_frame(pair.server, &frame, 0, &effects);
	enum bsync_result result = BSYNC_OK;
	for (uint32_t i = 0; i < effects.count; i++)
		if (effects.list[i].kind == BSYNC_EFFECT_CLOSE)
			result = effects.list[i].result;
	pair_end(&pair);
	return result;
}

TEST(a_device_that_receives_no_rows_is_told_nothing_of_them_either)
{
	static const uint8_t get[] = {0x93, 0x01, 0x04, 0x91, 0xc0};
	struct pair pair = {0};
	struct bsync_frame frame = {.kind = BSYNC_MESSAGE_HISTORY_GET, .payload = {get, sizeof get}};
	struct bsync_effects effects;
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_HISTORY_GET, frame.payload, true), BSYNC_OK);
	pair.lives.is_recovering = true;
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK(!bsync_session_client_can_ask(pair.client));
	bsync_session_client_ask(pair.client, frame.payload, &effects);
	CHECK_EQ(effects.count, 0);
	bsync_session_server_frame(pair.server, &frame, 0, &effects);
	carry_server(&pair, &effects);
	CHECK_EQ(pair.server_end, BSYNC_UNEXPECTED);
	pair_end(&pair);
}

TEST(what_is_tried_again_is_answered_before_the_sync_behind_it)
{
	struct pair pair = {0};
	struct bsync_retry retry = {.seq = 1};
	struct bsync_buffer payload, frames;
	struct bsync_effects effects;
	uint64_t token = 0;
	bsync_buffer_init(&payload, 100);
	bsync_buffer_init(&frames, 100);
	pair.outbox_last = 1;
	pair_start(&pair, false);
	pair_connect(&pair, 0);
	CHECK(bsync_session_client_can_ask(pair.client));
	CHECK_EQ(bsync_retry_encode(&retry, &payload), BSYNC_OK);
	CHECK_EQ(bsync_frame_write(&frames, BSYNC_MESSAGE_RETRY, bsync_buffer_bytes(&payload)), BSYNC_OK);
	bsync_session_client_ask(pair.client, bsync_buffer_bytes(&frames), &effects);
	carry_client(&pair, &effects);
	bsync_session_client_sync(pair.client, &token, &effects);
	carry_client(&pair, &effects);
	pair.trace[0] = '\0';
	pump(&pair);
	CHECK_STR(pair.trace, ">retry >sync");
	pair.waiting_first = 1;
	pair.waiting_count = 1;
	answer_push(&pair, BSYNC_OK);
	pump(&pair);
	CHECK_STR(pair.trace, ">retry >sync pull <receipts <pull_end synced >confirm");
	CHECK_EQ(pair.synced, token);
	pair_end(&pair);
	bsync_buffer_clear(&payload);
	bsync_buffer_clear(&frames);
}

TEST(messages_out_of_place_get_a_named_error)
{
	static const uint8_t nil[] = {0xc0};
	static const uint8_t empty[] = {0x90};
	static uint8_t large[2000];
	struct bsync_bytes nil_bytes = {nil, 1}, empty_bytes = {empty, 1}, large_bytes = {large, sizeof large};
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_PING, empty_bytes, false), BSYNC_UNEXPECTED);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_WELCOME, empty_bytes, true), BSYNC_UNEXPECTED);
	CHECK_EQ(server_answer_to(99, empty_bytes, true), BSYNC_UNKNOWN_KIND);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_SYNC, nil_bytes, true), BSYNC_MALFORMED);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_SYNC, large_bytes, true), BSYNC_TOO_LARGE);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_HELLO, empty_bytes, false), BSYNC_MALFORMED);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_HELLO, empty_bytes, true), BSYNC_UNEXPECTED);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_PING, empty_bytes, true), BSYNC_OK);
}

TEST(a_confirmation_of_what_was_never_sent_is_refused)
{
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, 100);
	struct bsync_confirm confirm = {.cursor = {1, 50}};
	CHECK_EQ(bsync_confirm_encode(&confirm, &payload), BSYNC_OK);
	CHECK_EQ(server_answer_to(BSYNC_MESSAGE_CONFIRM, bsync_buffer_bytes(&payload), true), BSYNC_UNEXPECTED);
	bsync_buffer_clear(&payload);
}

TEST(another_organisation_and_another_version_are_refused)
{
	struct pair pair = {0};
	pair_start(&pair, false);
	struct bsync_hello hello = hello_of(&pair, 0);
	hello.organisation.bytes[0] = 1;
	struct bsync_effects effects;
	bsync_session_client_connected(pair.client, &hello, 1, 0, &effects);
	carry_client(&pair, &effects);
	pump(&pair);
	CHECK_EQ(pair.client_end, BSYNC_ORGANISATION);
	pair_end(&pair);

	struct pair newer = {0};
	pair_start(&newer, false);
	hello = hello_of(&newer, 0);
	hello.protocol_min = 7;
	hello.protocol_max = 9;
	bsync_session_client_connected(newer.client, &hello, 1, 0, &effects);
	carry_client(&newer, &effects);
	pump(&newer);
	CHECK_EQ(newer.client_end, BSYNC_VERSION);
	pair_end(&newer);
}

TEST(silence_ends_the_conversation)
{
	struct pair pair = {0};
	pair_start(&pair, false);
	struct bsync_effects effects;
	bsync_session_server_tick(pair.server, BSYNC_SESSION_HELLO_MS + 1, &effects);
	CHECK(effects.count > 0);
	CHECK_EQ(effects.list[effects.count - 1].result, BSYNC_IDLE);
	pair_end(&pair);

	struct pair quiet = {0};
	pair_start(&quiet, false);
	pair_connect(&quiet, 0);
	bsync_session_client_tick(quiet.client, BSYNC_SESSION_PING_MS + 1, &effects);
	quiet.trace[0] = '\0';
	quiet.now_ms = BSYNC_SESSION_PING_MS + 1;
	carry_client(&quiet, &effects);
	pump(&quiet);
	CHECK_STR(quiet.trace, ">ping <pong");
	bsync_session_client_tick(quiet.client, quiet.now_ms + BSYNC_SESSION_IDLE_MS + 1, &effects);
	CHECK_EQ(effects.list[0].result, BSYNC_IDLE);
	pair_end(&quiet);
}
