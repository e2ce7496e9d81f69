/* fuzz_session_client.c: the device's half of a conversation and its file, with a server that lies.
 *
 * Input: a script of frames, raw bytes, the application's own work, and events.  At the end the file is whole: it opens
 * again, lists what it has, and takes a new edit. */
#include <string.h>

#include "client-sdk/store/file.h"
#include "tests/fuzz/invent.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/talk.h"
#include "tests/support/device_store.h"

enum { STEPS_MAX = 200, PAYLOAD_MAX = 1 << 20, ARENA_MAX = 256 << 20, BUDGET = 4000 };

enum {
	OP_RAW,
	OP_FRAME,
	OP_WELCOME,
	OP_RECEIPTS,
	OP_SCOPES,
	OP_ROWS,
	OP_PULL_END,
	OP_ERROR,
	OP_PONG,
	OP_WORK,
	OP_SYNC,
	OP_HISTORY,
	OP_TICK,
	OP_RESOLVE,
	OP_CUT,
	OP_REOPEN,
	OP_COUNT
};

struct talk {
	struct stage *stage;
	struct stage_device *device;
	struct bsync_session_client *session;
	struct talk_wire wire;
	uint64_t token;    /* of the last SYNC that was sent */
	uint64_t asked_id; /* questions up to it were put */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void carry(struct talk *talk, const struct bsync_effects *effects);

static void begin_talk(struct talk *talk)
{
	struct bsync_arena arena;
	struct bsync_hello hello;
	struct bsync_effects effects;
	uint32_t epoch = 0;

	bsync_arena_init(&arena, ARENA_MAX);
	check(bsync_session_client_new(&talk->session) == BSYNC_OK);
	talk_wire_init(&talk->wire);
	talk->token = 0;
	talk->asked_id = 0;
	check(bsync_file_hello(talk->device->file, &arena, &hello, &epoch) == BSYNC_OK);
	bsync_session_client_connected(talk->session, &hello, epoch, talk->stage->now_ms, &effects);
	carry(talk, &effects);
	bsync_arena_clear(&arena);
}

static void end_talk(struct talk *talk)
{
	bsync_session_client_free(talk->session);
	talk_wire_clear(&talk->wire);
	bsync_file_pull_cut(talk->device->file);
}

/* --- What the session wants of the file --- */

static void on_outgoing(struct talk *talk, const struct bsync_effect *effect)
{
	struct bsync_buffer frames;
	struct bsync_effects next;

	check(device_outgoing(talk->device->file, talk->session, effect, BUDGET, &frames, &next) == BSYNC_OK);
	carry(talk, &next);
	bsync_buffer_clear(&frames);
}

static void carry(struct talk *talk, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && !talk->wire.is_closed; i++) {
		const struct bsync_effect effect = effects->list[i];
		enum bsync_result result = BSYNC_OK;
		uint8_t message = 0;
		struct bsync_effects next;

		switch (effect.kind) {
		case BSYNC_EFFECT_SEND:
			talk_check_sent(&talk->wire, effect.bytes, &talk->token);
			break;
		case BSYNC_EFFECT_OUTGOING:
			check(i + 1 == effects->count);
			on_outgoing(talk, &effect);
			break;
		case BSYNC_EFFECT_STORE:
		case BSYNC_EFFECT_HISTORY_GOT:
			message = effect.kind == BSYNC_EFFECT_STORE ? effect.message : BSYNC_MESSAGE_HISTORY;
			result = device_store(talk->device->file, message, effect.bytes);
			if (result == BSYNC_OK)
				break;
			stage_check_refusal(talk->device->file, message, result);
			bsync_session_client_failed(talk->session, result, &next);
			carry(talk, &next);
			return;
		case BSYNC_EFFECT_CLOSE:
			talk->wire.is_closed = true;
			break;
		case BSYNC_EFFECT_SYNCED:
			break;
		default:
			check(false);
		}
	}
}

/* --- What the server does --- */

static void give_frame(void *context, const struct bsync_frame *frame)
{
	struct talk *talk = context;
	struct bsync_effects effects;

	if (talk->wire.is_closed)
		return;
	bsync_session_client_frame(talk->session, frame, talk->stage->now_ms, &effects);
	carry(talk, &effects);
}

static void give(struct talk *talk, enum bsync_message_kind kind, const union message_any *message)
{
	talk_give_message(give_frame, talk, kind, message);
}

static void give_welcome(struct talk *talk, struct script *script)
{
	const struct bsync_session_store_facts *facts = stage_facts();
	union message_any message = {.welcome = {.protocol = 1,
						 .organisation = facts->organisation,
						 .incarnation = facts->incarnation,
						 .schema_version = 1}};
	uint8_t choice = script_byte(script);

	message.welcome.state = choice >= 0xf0;
	if (choice % 16 == 15) {
		message.welcome.incarnation += choice / 16 - 2u;
		message.welcome.incarnation_id[0] = choice;
		message.welcome.schema_version += choice;
	}
	message.welcome.durable_seq = script_number(script);
	message.welcome.known_epoch = script_byte(script) % 4;
	message.welcome.server_ms = script_time(script, talk->stage->now_ms);
	give(talk, BSYNC_MESSAGE_WELCOME, &message);
}

/* Receipts for own changesets, mostly in order and of the right chain. */
static void give_receipts(struct talk *talk, struct script *script)
{
	struct bsync_file *file = talk->device->file;
	struct bsync_receipt list[4];
	struct bsync_receipts receipts = {.line = file->sealing.line, .incarnation = 1, .receipts = list};
	uint8_t choice = script_byte(script);
	union message_any message;

	receipts.count = 1 + choice % 4;
	receipts.first_seq = choice >= 0xf0 ? script_number(script)
					    : (uint64_t)file->state.durable_seq + 1 - choice / 4 % 2u;
	for (uint32_t i = 0; i < receipts.count; i++) {
		uint8_t verdict = script_byte(script);

		list[i] = (struct bsync_receipt){.verdict = (enum bsync_verdict)(verdict % 5),
						 .counter = script_number(script),
						 .stamp_ms = talk->stage->now_ms,
						 .reason = bsync_bytes_of_string(verdict % 5 < 2  ? ""
										 : verdict < 0x80 ? "reden"
												  : BSYNC_GIVEN_UP)};
	}
	if (bsync_outbox_hash(file, receipts.first_seq + receipts.count - 1, &receipts.last_hash) != BSYNC_OK)
		receipts.last_hash.bytes[0] = 1;
	message.receipts = receipts;
	give(talk, BSYNC_MESSAGE_RECEIPTS, &message);
}

static void give_pull_end(struct talk *talk, struct script *script)
{
	union message_any message = {0};
	uint8_t choice = script_byte(script);

	message.pull_end.token = choice % 4 == 0 ? 0 : talk->token;
	if (choice >= 0xf8)
		message.pull_end.token = script_number(script);
	message.pull_end.position = (struct bsync_position){1 + (choice >= 0xf0), script_number(script)};
	message.pull_end.seen_ms = script_time(script, talk->stage->now_ms);
	message.pull_end.server_ms = talk->stage->now_ms;
	give(talk, BSYNC_MESSAGE_PULL_END, &message);
}

static void give_content(struct talk *talk, struct script *script, enum bsync_message_kind kind)
{
	union message_any message = {0};
	struct bsync_arena arena;

	bsync_arena_init(&arena, ARENA_MAX);
	if (kind == BSYNC_MESSAGE_ROWS)
		invent_rows(script, &arena, &message.rows);
	else
		invent_scopes(script, &arena, &message.scopes);
	give(talk, kind, &message);
	bsync_arena_clear(&arena);
}

static void give_error(struct talk *talk, struct script *script)
{
	union message_any message = {0};

	message.error.code = 100 + script_byte(script);
	message.error.text = bsync_bytes_of_string("waarom");
	message.error.retry_after_ms = (uint32_t)script_number(script);
	give(talk, BSYNC_MESSAGE_ERROR, &message);
}

/* --- What the application does --- */

static void work(struct talk *talk, struct script *script)
{
	static const char *const lines[] = {
		"INSERT INTO punt(lijst, nr, tekst, aantal) VALUES('L1', 3, 'eigen', 5)",
		"UPDATE punt SET tekst = tekst || '!', aantal = aantal + 1 WHERE typeof(aantal) = 'integer' AND aantal < 1000",
		"UPDATE punt SET tekst = 'van mij', labels = '[2,3]' WHERE nr = 1",
		"DELETE FROM punt WHERE nr = 2",
		"DELETE FROM punt",
		"INSERT OR REPLACE INTO regel(nr, lijst, tekst) VALUES(1, 'L1', 'weer')",
		"DELETE FROM lijst WHERE naam = 'L2'",
		"INSERT OR IGNORE INTO lijst(naam, titel) VALUES('L3', 'drie')",
		"UPDATE kenmerk SET waarde = NULL",
		"UPDATE punt SET nr = nr + 4 WHERE nr = 1",
	};
	struct bsync_effects effects;
	enum bsync_result result = bsync_file_exec(talk->device->file,
						   lines[script_below(script, sizeof lines / sizeof lines[0])]);

	/* A key that is taken is refused, as anywhere. */
	check(result == BSYNC_OK || result == BSYNC_INVALID || result == BSYNC_EXISTS);
	bsync_session_client_committed(talk->session, &effects);
	carry(talk, &effects);
}

struct choice {
	uint32_t skip;
	bool is_found;
	uint8_t id[16];
};

static bool choose(void *context, const struct bsync_inbox_item *item)
{
	struct choice *choice = context;

	choice->is_found = true;
	memcpy(choice->id, item->id, sizeof choice->id);
	return choice->skip-- > 0;
}

static void resolve(struct talk *talk, struct script *script)
{
	struct choice choice = {.skip = script_below(script, 4)};
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string("zo"));
	uint8_t how = script_byte(script);
	enum bsync_result result;

	check(bsync_file_inbox(talk->device->file, choose, &choice) == BSYNC_OK);
	if (!choice.is_found)
		return;
	result = bsync_file_resolve(talk->device->file, choice.id, (enum bsync_take)(how % 4), how / 4 % 4, &value);
	check(result == BSYNC_OK || result == BSYNC_CHANGED || result == BSYNC_INVALID || result == BSYNC_NOT_FOUND ||
	      result == BSYNC_MISUSE || result == BSYNC_EXISTS);
}

/* Puts the questions that wait to the server, as client-sdk/syncer.c does. */
static void ask(struct talk *talk)
{
	struct bsync_effects effects = {0};
	struct bsync_buffer frames;
	bool is_waiting = false;

	if (talk->wire.is_closed || !bsync_session_client_can_ask(talk->session))
		return;
	bsync_buffer_init(&frames, PAYLOAD_MAX);
	check(bsync_file_questions(talk->device->file, &talk->asked_id, &frames, &is_waiting) == BSYNC_OK);
	if (frames.size > 0) {
		bsync_session_client_ask(talk->session, bsync_buffer_bytes(&frames), &effects);
		carry(talk, &effects);
	}
	bsync_buffer_clear(&frames);
}

static bool look(void *context, const struct bsync_past_row *row)
{
	(void)context;
	check(row->column != NULL && row->past != NULL);
	return true;
}

/* The application asks of a row, or of what was set aside; then it looks at what it knows. */
static void question(struct talk *talk, struct script *script, bool is_of_row)
{
	struct bsync_file *file = talk->device->file;
	const struct bsync_table *table = NULL;
	struct bsync_history_get request = {0};
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_NOT_FOUND;

	bsync_arena_init(&arena, ARENA_MAX);
	if (is_of_row) {
		invent_history_get(script, &arena, &request);
		table = bsync_schema_table(file->schema, request.table_no);
	}
	if (table != NULL) {
		result = bsync_file_ask(file, table->name, request.key, request.key_count);
		if (result == BSYNC_OK)
			check(bsync_file_history(file, table->name, request.key, request.key_count, look, NULL) ==
			      BSYNC_OK);
	} else if (!is_of_row) {
		const uint8_t choice = script_byte(script);

		result = bsync_file_retry(file, 1 + choice / 2, choice % 2 != 0);
	}
	check(result == BSYNC_OK || result == BSYNC_NOT_FOUND);
	bsync_arena_clear(&arena);
	ask(talk);
}

static void give_history(struct talk *talk, struct script *script)
{
	union message_any message = {0};
	struct bsync_arena arena;

	bsync_arena_init(&arena, ARENA_MAX);
	/* An answer to the newest question, or to none. */
	message.history.token = talk->asked_id + 1 - script_below(script, 2);
	invent_history(script, &arena, &message.history);
	give(talk, BSYNC_MESSAGE_HISTORY, &message);
	bsync_arena_clear(&arena);
}

static void event(struct talk *talk, struct script *script, uint8_t op)
{
	struct bsync_effects effects = {0};
	uint64_t token;

	if (op == OP_SYNC) {
		bsync_session_client_sync(talk->session, &token, &effects);
	} else {
		talk->stage->now_ms += (int64_t)script_byte(script) * 1000;
		bsync_session_client_tick(talk->session, talk->stage->now_ms, &effects);
	}
	carry(talk, &effects);
}

static void come_back(struct talk *talk, bool is_reopened)
{
	end_talk(talk);
	if (is_reopened) {
		bsync_file_close(talk->device->file);
		talk->device->file = NULL;
		stage_open_device(talk->stage, talk->device->number);
	}
	begin_talk(talk);
}

static void step(struct talk *talk, struct script *script)
{
	const uint8_t byte = script_byte(script);
	uint8_t op = byte % OP_COUNT;
	static const uint8_t empty[] = {0x90};

	switch (op) {
	case OP_RAW:
		(void)talk_give_raw(&talk->wire, script_sized(script), give_frame, talk);
		break;
	case OP_FRAME:
		op = script_byte(script);
		give_frame(talk, &(struct bsync_frame){.kind = op, .payload = script_sized(script)});
		break;
	case OP_WELCOME:
		give_welcome(talk, script);
		break;
	case OP_RECEIPTS:
		give_receipts(talk, script);
		break;
	case OP_SCOPES:
	case OP_ROWS:
		give_content(talk, script, op == OP_ROWS ? BSYNC_MESSAGE_ROWS : BSYNC_MESSAGE_SCOPES);
		break;
	case OP_PULL_END:
		give_pull_end(talk, script);
		break;
	case OP_ERROR:
		give_error(talk, script);
		break;
	case OP_PONG:
		give_frame(talk, &(struct bsync_frame){BSYNC_MESSAGE_PONG, {empty, sizeof empty}});
		break;
	case OP_WORK:
		work(talk, script);
		break;
	case OP_HISTORY:
		if (byte >= 0x80)
			give_history(talk, script);
		else
			question(talk, script, byte < 0x40);
		break;
	case OP_RESOLVE:
		resolve(talk, script);
		break;
	case OP_CUT:
	case OP_REOPEN:
		come_back(talk, op == OP_REOPEN);
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

	talk.device = &talk.stage->devices[0];
	stage_open_device(talk.stage, 0);
	begin_talk(&talk);
	for (uint32_t i = 0; i < STEPS_MAX && !script_is_over(&script); i++)
		step(&talk, &script);
	end_talk(&talk);
	bsync_file_close(talk.device->file);
	talk.device->file = NULL;
	stage_open_device(talk.stage, 0);
	stage_check_device(talk.stage, 0);
	stage_end(talk.stage);
	return 0;
}
