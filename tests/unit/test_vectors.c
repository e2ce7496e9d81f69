/* schema/vectors: each vector decodes, re-encodes to itself, and is what the same structure built in C encodes to. */
#include "core/frame.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/message_any.h"

static const int64_t MS = INT64_C(1700000000000);

/* The structure of a vector, for comparison. */
typedef void fill_function(union message_any *message);

static void fill(void *out, int byte, size_t size)
{
	memset(out, byte, size);
}

static void count_up(uint8_t *out, uint8_t first, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(first + i);
}

/* Borrows `size` bytes of value `byte`. */
static struct bsync_bytes same(int byte, size_t size)
{
	static uint8_t table[256][300];

	memset(table[byte], byte, sizeof(table[byte]));
	return (struct bsync_bytes){table[byte], size};
}

static struct bsync_bytes signature(void)
{
	static uint8_t bytes[64];

	count_up(bytes, 64, sizeof(bytes));
	return (struct bsync_bytes){bytes, sizeof(bytes)};
}

static struct bsync_bytes text(const char *string)
{
	return bsync_bytes_of_string(string);
}

static struct bsync_scope_ref dossier(void)
{
	return (struct bsync_scope_ref){3, bsync_value_blob(same(0xcc, 16))};
}

/* Checks one vector of a message: bytes to structure to bytes, and `make`'s structure to bytes. */
static const char *message_check(enum bsync_message_kind kind, unsigned index, fill_function *make)
{
	char file[64];
	struct bsync_buffer golden = {.size_max = 1 << 20};
	struct bsync_buffer again = {.size_max = 1 << 20};
	struct bsync_buffer built = {.size_max = 1 << 20};
	union message_any message;
	struct bsync_arena arena;
	const char *what = NULL;

	bsync_arena_init(&arena, 1 << 20);
	snprintf(file, sizeof(file), "%s.hex", bsync_message_name((uint8_t)kind));
	if (!golden_read(file, index, &golden))
		what = "there is no such vector";
	else if (message_any_decode(kind, bsync_buffer_bytes(&golden), &arena, &message) != BSYNC_OK)
		what = "the vector does not decode";
	else if (message_any_encode(kind, &message, &again) != BSYNC_OK ||
		 !bsync_bytes_equal(bsync_buffer_bytes(&again), bsync_buffer_bytes(&golden)))
		what = "the vector does not re-encode to itself";
	memset(&message, 0, sizeof(message));
	if (make != NULL)
		make(&message);
	if (what == NULL && (message_any_encode(kind, &message, &built) != BSYNC_OK ||
			     !bsync_bytes_equal(bsync_buffer_bytes(&built), bsync_buffer_bytes(&golden)))) {
		harness_print_bytes("golden", golden.data, golden.size);
		harness_print_bytes("built ", built.data, built.size);
		what = "the vector is not what its meaning encodes to";
	}
	bsync_buffer_clear(&golden);
	bsync_buffer_clear(&again);
	bsync_buffer_clear(&built);
	bsync_arena_clear(&arena);
	return what;
}

#define CHECK_VECTOR(kind, index, make)                                         \
	do {                                                                    \
		const char *what = message_check(kind, index, make);            \
		if (what != NULL)                                               \
			FAIL("%s vector %u: %s", #kind, (unsigned)index, what); \
	} while (0)

static void hello_make(union message_any *message)
{
	static struct bsync_ahead ahead;

	ahead = (struct bsync_ahead){dossier(), 1500};
	message->hello = (struct bsync_hello){
		.protocol_min = 1,
		.protocol_max = 1,
		.cursor = {2, 1000},
		.incarnation = 2,
		.schema_version = 5,
		.last_seq = 12,
		.durable_seq = 10,
		.push_count = 2,
		.clock = {MS + 7, 3600000, UINT64_C(0xfedcba9876543210)},
		.heartbeat = {2, MS - 60000, 0, 1, MS - 86400000, -1, text("buurtsync 0.1.0 linux")},
		.ahead_count = 1,
		.ahead = &ahead,
	};
	fill(&message->hello.organisation, 0x0a, 16);
	fill(&message->hello.line, 0x11, 16);
	fill(message->hello.incarnation_id, 0x1c, 16);
	count_up(message->hello.chain.bytes, 0, 32);
}

static void hello_new_make(union message_any *message)
{
	message->hello = (struct bsync_hello){
		.protocol_min = 1, .protocol_max = 1, .clock = {-1, 0, 0}, .heartbeat = {.storage_free = 123456789}};
	fill(&message->hello.organisation, 0x0a, 16);
	fill(&message->hello.line, 0x11, 16);
}

TEST(hello_is_as_its_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_HELLO, 0, hello_make);
	CHECK_VECTOR(BSYNC_MESSAGE_HELLO, 1, hello_new_make);
}

static void epoch_make(union message_any *message)
{
	message->epoch = (struct bsync_epoch_open){.epoch = 2, .suite = 1, .first_seq = 11, .signature = signature()};
	fill(&message->epoch.line, 0x11, 16);
	count_up(message->epoch.parent.bytes, 0, 32);
	fill(message->epoch.encapsulated, 0xe1, 32);
	fill(message->epoch.sealed_secret, 0xe2, 48);
}

static void push_make(union message_any *message)
{
	static struct bsync_sealed changesets[2];

	fill(changesets[0].salt, 0x51, 24);
	fill(changesets[1].salt, 0x52, 24);
	changesets[0].body = same(0x61, 48);
	changesets[1].body = same(0x62, 300);
	message->push = (struct bsync_push){2, 11, 2, changesets, signature()};
}

static void receipts_make(union message_any *message)
{
	static struct bsync_receipt receipts[3];

	receipts[0] = (struct bsync_receipt){1001, MS + 1, BSYNC_VERDICT_APPLIED, {NULL, 0}};
	receipts[1] = (struct bsync_receipt){1002, MS + 2, BSYNC_VERDICT_INBOX, text("access had ended")};
	receipts[2] = (struct bsync_receipt){0, MS + 3, BSYNC_VERDICT_QUARANTINED, text("table 99 is not known")};
	message->receipts = (struct bsync_receipts){
		.first_seq = 11, .incarnation = 2, .count = 3, .receipts = receipts};
	fill(&message->receipts.line, 0x11, 16);
	count_up(message->receipts.last_hash.bytes, 0, 32);
	fill(message->receipts.mac, 0x3a, 32);
}

TEST(what_is_handed_in_and_its_receipts_are_as_their_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_EPOCH, 0, epoch_make);
	CHECK_VECTOR(BSYNC_MESSAGE_PUSH, 0, push_make);
	CHECK_VECTOR(BSYNC_MESSAGE_RECEIPTS, 0, receipts_make);
}

static void sync_make(union message_any *message)
{
	message->sync.token = 7;
}

static void confirm_make(union message_any *message)
{
	message->confirm.cursor = (struct bsync_position){2, 2000};
}

static void retry_make(union message_any *message)
{
	message->retry = (struct bsync_retry){.seq = 11};
	fill(&message->retry.line, 0x11, 16);
	fill(&message->retry.hash, 0x22, 32);
}

static void give_up_make(union message_any *message)
{
	retry_make(message);
	message->retry.is_given_up = true;
}

static void history_get_make(union message_any *message)
{
	static struct bsync_value key[2];

	key[0] = bsync_value_blob(same(0xb1, 16));
	key[1] = bsync_value_integer(-40);
	message->history_get = (struct bsync_history_get){9, 4, 2, key};
}

static void welcome_make(union message_any *message)
{
	message->welcome = (struct bsync_welcome){.protocol = 1,
						  .incarnation = 1,
						  .server_ms = MS,
						  .schema_version = 5,
						  .durable_seq = 10,
						  .known_epoch = 2,
						  .state = BSYNC_WELCOME_SUSPENDED};
	fill(&message->welcome.organisation, 0x0a, 16);
	fill(message->welcome.incarnation_id, 0x1c, 16);
}

static void welcome_recovering_make(union message_any *message)
{
	static struct bsync_life ancestors[2];

	welcome_make(message);
	ancestors[0] = (struct bsync_life){.incarnation = 1, .last_counter = 1000};
	ancestors[1] = (struct bsync_life){.incarnation = 2, .last_counter = UINT64_C(0x500000003)};
	fill(ancestors[0].id, 0x1a, 16);
	fill(ancestors[1].id, 0x1b, 16);
	message->welcome.incarnation = 3;
	message->welcome.state = BSYNC_WELCOME_RECOVERING;
	message->welcome.is_cut = true;
	message->welcome.ancestor_count = 2;
	message->welcome.ancestors = ancestors;
}

static void shown_make(union message_any *message)
{
	static const uint8_t bytes[] = {0x96, 0xc4, 0x10};
	static struct bsync_bytes receipts[2];

	receipts[0] = (struct bsync_bytes){bytes, 3};
	receipts[1] = (struct bsync_bytes){bytes, 2};
	message->shown = (struct bsync_shown_receipts){2, receipts};
}

static void pull_end_make(union message_any *message)
{
	message->pull_end = (struct bsync_pull_end){7, {2, 1010}, MS - 2, MS + 50};
}

static void error_make(union message_any *message)
{
	message->error = (struct bsync_error_message){118, text("the server is going away, try later"), 30000};
}

TEST(the_small_messages_are_as_their_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_SYNC, 0, sync_make);
	CHECK_VECTOR(BSYNC_MESSAGE_CONFIRM, 0, confirm_make);
	CHECK_VECTOR(BSYNC_MESSAGE_HISTORY_GET, 0, history_get_make);
	CHECK_VECTOR(BSYNC_MESSAGE_RETRY, 0, retry_make);
	CHECK_VECTOR(BSYNC_MESSAGE_RETRY, 1, give_up_make);
	CHECK_VECTOR(BSYNC_MESSAGE_PING, 0, NULL);
	CHECK_VECTOR(BSYNC_MESSAGE_PONG, 0, NULL);
	CHECK_VECTOR(BSYNC_MESSAGE_WELCOME, 0, welcome_make);
	CHECK_VECTOR(BSYNC_MESSAGE_WELCOME, 1, welcome_recovering_make);
	CHECK_VECTOR(BSYNC_MESSAGE_SHOWN, 0, shown_make);
	CHECK_VECTOR(BSYNC_MESSAGE_PULL_END, 0, pull_end_make);
	CHECK_VECTOR(BSYNC_MESSAGE_ERROR, 0, error_make);
}

static void schema_make(union message_any *message)
{
	static struct bsync_schema_text files[2];

	files[0].name = text("0001_begin.sql");
	files[0].sql = text("CREATE TABLE a (id BLOB PRIMARY KEY) STRICT;");
	files[1].name = text("0005_more.sql");
	files[1].sql = text("-- \xc3\xa9\n");
	message->schema = (struct bsync_schema_files){5, text("dictionary"), 2, files};
}

static void scopes_make(union message_any *message)
{
	static struct bsync_scope_change changes[3];

	changes[0] = (struct bsync_scope_change){.act = BSYNC_SCOPE_ADD, .scope = dossier()};
	changes[1] = (struct bsync_scope_change){.act = BSYNC_SCOPE_DROP,
						 .scope = {4, bsync_value_text(text("team oost"))},
						 .reason = text("the membership has ended")};
	changes[2] = (struct bsync_scope_change){
		.act = BSYNC_SCOPE_MOVE_END, .scope = {7, bsync_value_integer(5)}, .until_ms = MS};
	message->scopes = (struct bsync_scopes){3, changes};
}

TEST(schema_and_scopes_are_as_their_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_SCHEMA, 0, schema_make);
	CHECK_VECTOR(BSYNC_MESSAGE_SCOPES, 0, scopes_make);
}

/* One of two devices: number 1 or 2. */
static struct bsync_variant variant(int device, uint64_t seq, int ago_ms, uint64_t counter, struct bsync_value value)
{
	struct bsync_variant variant = {.dot = {.seq = seq},
					.device_ms = MS - ago_ms,
					.stamp_ms = MS - ago_ms + 1,
					.counter = counter,
					.value = value};

	fill(&variant.dot.device, 0xd0 + device, 16);
	fill(&variant.dot.line, 0x10 + device, 16);
	fill(&variant.author, 0xa0 + device, 16);
	return variant;
}

/* The past value that ROWS and HISTORY show. */
static struct bsync_past past_a(uint64_t replaced_counter, int by)
{
	struct bsync_past past = {.column_no = 2,
				  .variant = variant(2, 2, 99, 900, bsync_value_text(text("a"))),
				  .replaced_counter = replaced_counter,
				  .is_chosen_against = true};

	fill(&past.replaced_by, by, 16);
	return past;
}

static void rows_make(union message_any *message)
{
	static struct bsync_value keys[4];
	static struct bsync_pulled_cell whole[5];
	static struct bsync_pulled_cell conflicts[2];
	static struct bsync_text_base base;
	static struct bsync_variant variants[2];
	static struct bsync_past past;
	static struct bsync_past late;
	static struct bsync_pulled_item item;
	static struct bsync_pulled_row rows[4];

	for (int i = 0; i < 4; i++)
		keys[i] = bsync_value_blob(same(0xb1 + i, 16));
	whole[0] = (struct bsync_pulled_cell){
		2, bsync_value_text(text("Bezoek bij mevrouw De Vries, \xc3\xa9\xc3\xa9n uur")), 0, NULL, NULL};
	whole[1] = (struct bsync_pulled_cell){3, bsync_value_integer(-129), 0, NULL, NULL};
	whole[2] = (struct bsync_pulled_cell){5, bsync_value_real(1.5), 0, NULL, NULL};
	whole[3] = (struct bsync_pulled_cell){6, bsync_value_null(), 0, NULL, NULL};
	whole[4] = (struct bsync_pulled_cell){9, bsync_value_blob(text("caf\xe9")), 0, NULL, NULL};
	rows[0] = (struct bsync_pulled_row){BSYNC_PULLED_WHOLE, 4, 1, 1, &keys[0], 1001, 5, whole, 0, NULL, NULL};

	variants[0] = variant(1, 11, 5, 1003, bsync_value_text(text("b")));
	variants[1] = variant(2, 3, 9, 1002, bsync_value_text(text("c")));
	base = (struct bsync_text_base){993, bsync_value_text(text("a"))};
	conflicts[0] = (struct bsync_pulled_cell){2, bsync_value_text(text("b")), 2, variants, NULL};
	conflicts[1] = (struct bsync_pulled_cell){7, bsync_value_text(text("b")), 2, variants, &base};
	past = past_a(1002, 0xa2);
	rows[1] = (struct bsync_pulled_row){BSYNC_PULLED_CELLS, 4, 1, 1, &keys[1], 1003, 2, conflicts, 1, &past, NULL};

	rows[2] = (struct bsync_pulled_row){BSYNC_PULLED_GONE, 4, 1, 1, &keys[2], 1005, 0, NULL, 0, NULL, NULL};

	late = (struct bsync_past){.column_no = 3, .variant = variant(1, 12, 3, 1010, bsync_value_integer(77))};
	item = (struct bsync_pulled_item){.kind = text("late"),
					  .is_open = true,
					  .reason = text("access had ended"),
					  .device_ms = late.variant.device_ms,
					  .stamp_ms = late.variant.stamp_ms,
					  .cell_count = 1,
					  .cells = &late};
	fill(item.id, 0x17, 16);
	fill(&item.author, 0xa1, 16);
	rows[3] = (struct bsync_pulled_row){BSYNC_PULLED_ITEM, 4, 1, 1, &keys[3], 1010, 0, NULL, 0, NULL, &item};
	message->rows = (struct bsync_rows){dossier(), 1010, 4, rows};
}

static void rows_none_make(union message_any *message)
{
	message->rows = (struct bsync_rows){dossier(), 1010, 0, NULL};
}

static void history_make(union message_any *message)
{
	static struct bsync_past entries[2];
	static struct bsync_holder holder;

	entries[0] = past_a(1003, 0xa1);
	entries[1] = (struct bsync_past){.column_no = 2, .variant = variant(1, 11, 5, 1003, bsync_value_null())};
	holder = (struct bsync_holder){.face_no = 1, .counter = 1003};
	fill(&holder.worker, 0xa2, 16);
	message->history = (struct bsync_history){9, 2, entries, 1, &holder};
}

TEST(rows_and_history_are_as_their_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_ROWS, 0, rows_make);
	CHECK_VECTOR(BSYNC_MESSAGE_ROWS, 1, rows_none_make);
	CHECK_VECTOR(BSYNC_MESSAGE_HISTORY, 0, history_make);
}

static void challenge_make(union message_any *message)
{
	message->challenge.protocol = 1;
	count_up(message->challenge.nonce, 0, 32);
	fill(&message->challenge.organisation, 0x0a, 16);
}

static void enrol_make(union message_any *message)
{
	message->enrol = (struct bsync_enrol){
		.public_key = same(0x30, 91), .proof = signature(), .software = text("buurtsync 0.1.0 linux")};
	fill(message->enrol.secret, 0x5e, 16);
}

static void enrolled_make(union message_any *message)
{
	message->enrolled = (struct bsync_enrolled){.organisation_name = text("Buurtteam Oost"),
						    .worker_name = text("Noor"),
						    .certificate = same(0x31, 300),
						    .ca = same(0x32, 200),
						    .incarnation = 2,
						    .server_ms = MS,
						    .schema_version = 5};
	fill(&message->enrolled.device, 0xd1, 16);
	fill(&message->enrolled.worker, 0xa1, 16);
	fill(&message->enrolled.organisation, 0x0a, 16);
	fill(message->enrolled.seal_key, 0x33, 32);
	fill(message->enrolled.server_share, 0x34, 32);
}

TEST(enrolment_is_as_its_vectors_say)
{
	CHECK_VECTOR(BSYNC_MESSAGE_CHALLENGE, 0, challenge_make);
	CHECK_VECTOR(BSYNC_MESSAGE_ENROL, 0, enrol_make);
	CHECK_VECTOR(BSYNC_MESSAGE_ENROLLED, 0, enrolled_make);
}

TEST(every_message_has_a_vector)
{
	for (int kind = 0; kind <= UINT8_MAX; kind++) {
		struct bsync_buffer golden = {.size_max = 1 << 20};
		const char *name = bsync_message_name((uint8_t)kind);
		char file[64];

		if (name == NULL)
			continue;
		snprintf(file, sizeof(file), "%s.hex", name);
		if (!golden_read(file, 0, &golden))
			FAIL("schema/vectors/%s is missing", file);
		CHECK(golden.size <= bsync_message_cap((uint8_t)kind));
		bsync_buffer_clear(&golden);
	}
}

TEST(frames_are_as_their_vectors_say)
{
	static const uint8_t kinds[] = {BSYNC_MESSAGE_SYNC, BSYNC_MESSAGE_PING};
	static const char *const payloads[] = {"sync.hex", "ping.hex"};

	for (unsigned i = 0; i < 2; i++) {
		struct bsync_buffer golden = {.size_max = 100};
		struct bsync_buffer payload = {.size_max = 100};
		struct bsync_buffer built = {.size_max = 100};
		struct bsync_frame_reader reader;
		struct bsync_frame frame;

		CHECK(golden_read("frame.hex", i, &golden));
		CHECK(golden_read(payloads[i], 0, &payload));
		CHECK_EQ(bsync_frame_write(&built, kinds[i], bsync_buffer_bytes(&payload)), BSYNC_OK);
		CHECK_BYTES(built.data, built.size, golden.data, golden.size);
		bsync_frame_reader_init(&reader);
		CHECK_EQ(bsync_frame_reader_feed(&reader, bsync_buffer_bytes(&golden)), BSYNC_OK);
		CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_OK);
		CHECK_EQ(frame.kind, kinds[i]);
		CHECK_BYTES(frame.payload.data, frame.payload.size, payload.data, payload.size);
		bsync_frame_reader_clear(&reader);
		bsync_buffer_clear(&golden);
		bsync_buffer_clear(&payload);
		bsync_buffer_clear(&built);
	}
}
