#include "core/frame.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/hex.h"
#include "tests/support/message_any.h"

enum { INPUT_MAX = 1 << 12, ARENA_MAX = 64 << 20 };

static const enum bsync_message_kind KINDS[] = {
#define X(NAME, name, kind, direction, since, cap) BSYNC_MESSAGE_##NAME,
#include "schema/messages.def"
#undef X
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

/* Decodes, and where that works encodes again: the bytes must be the same, and nothing is written on failure. */
static enum bsync_result round_trip(enum bsync_message_kind kind, struct bsync_bytes payload)
{
	struct bsync_buffer out = {.size_max = 2 << 20};
	union message_any message;
	union message_any untouched;
	struct bsync_arena arena;
	uint8_t *exact = malloc(payload.size + 1);
	enum bsync_result result = BSYNC_NO_MEMORY;

	if (exact == NULL)
		return result;
	if (payload.size != 0)
		memcpy(exact + 1, payload.data, payload.size);
	memset(&message, 0x5a, sizeof(message));
	memset(&untouched, 0x5a, sizeof(untouched));
	bsync_arena_init(&arena, ARENA_MAX);
	result = message_any_decode(kind, (struct bsync_bytes){exact + 1, payload.size}, &arena, &message);
	if (result != BSYNC_OK && memcmp(&message, &untouched, sizeof(message)) != 0)
		result = BSYNC_MISUSE;
	if (result == BSYNC_OK)
		result = message_any_encode(kind, &message, &out);
	if (result == BSYNC_OK && !bsync_bytes_equal(bsync_buffer_bytes(&out), payload))
		result = BSYNC_MISUSE;
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
	free(exact);
	return result;
}

static enum bsync_result hex_round_trip(enum bsync_message_kind kind, const char *hex)
{
	uint8_t bytes[INPUT_MAX];
	size_t size = hex_decode(hex, bytes, sizeof(bytes));

	return round_trip(kind, (struct bsync_bytes){bytes, size});
}

TEST(kinds_have_names_and_caps)
{
	int count = 0;

	for (int kind = 0; kind <= UINT8_MAX; kind++) {
		const char *name = bsync_message_name((uint8_t)kind);

		CHECK_EQ(name != NULL, bsync_message_cap((uint8_t)kind) != 0);
		count += name != NULL;
	}
	CHECK_EQ(count, KIND_COUNT);
	CHECK_STR(bsync_message_name(BSYNC_MESSAGE_HELLO), "hello");
	CHECK_EQ(bsync_message_cap(BSYNC_MESSAGE_HELLO), 262144);
	CHECK_STR(bsync_message_name(34), "enrolled");
	CHECK_STR(bsync_verdict_name(BSYNC_VERDICT_APPLIED), "applied");
	CHECK_STR(bsync_verdict_name(BSYNC_VERDICT_UNPLACED), "unplaced");
}

TEST(every_cut_of_a_message_is_malformed)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct bsync_buffer golden = {.size_max = 1 << 20};
		char file[64];

		snprintf(file, sizeof(file), "%s.hex", bsync_message_name((uint8_t)KINDS[i]));
		CHECK(golden_read(file, 0, &golden));
		CHECK_EQ(round_trip(KINDS[i], bsync_buffer_bytes(&golden)), BSYNC_OK);
		for (size_t cut = 0; cut < golden.size; cut++)
			CHECK_EQ(round_trip(KINDS[i], (struct bsync_bytes){golden.data, cut}), BSYNC_MALFORMED);
		CHECK_EQ(bsync_buffer_append(&golden, "", 1), BSYNC_OK);
		CHECK_EQ(round_trip(KINDS[i], bsync_buffer_bytes(&golden)), BSYNC_MALFORMED);
		bsync_buffer_clear(&golden);
	}
}

/* Any single byte changed either still decodes, then to the same bytes, or fails as it should. */
TEST(every_changed_byte_is_refused_or_survives_a_round_trip)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xc0, 0xc1, 0xc2,
					 0xc4, 0xca, 0xcb, 0xcc, 0xcf, 0xd0, 0xd3, 0xd9, 0xdc, 0xdd, 0xe0, 0xff};

	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct bsync_buffer golden = {.size_max = 1 << 20};
		char file[64];

		snprintf(file, sizeof(file), "%s.hex", bsync_message_name((uint8_t)KINDS[i]));
		CHECK(golden_read(file, 0, &golden));
		for (size_t at = 0; at < golden.size; at++) {
			uint8_t before = golden.data[at];

			for (size_t j = 0; j < sizeof(values); j++) {
				enum bsync_result result = BSYNC_OK;

				golden.data[at] = values[j];
				result = round_trip(KINDS[i], bsync_buffer_bytes(&golden));
				if (result != BSYNC_OK && result != BSYNC_MALFORMED && result != BSYNC_TOO_LARGE &&
				    result != BSYNC_TOO_DEEP)
					FAIL("%s byte %zu as %02x gives %s", file, at, (unsigned)values[j],
					     bsync_result_name(result));
			}
			golden.data[at] = before;
		}
		bsync_buffer_clear(&golden);
	}
}

TEST(a_message_is_no_message_of_another_kind)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		struct bsync_buffer golden = {.size_max = 1 << 20};
		char file[64];

		snprintf(file, sizeof(file), "%s.hex", bsync_message_name((uint8_t)KINDS[i]));
		CHECK(golden_read(file, 0, &golden));
		for (size_t j = 0; j < KIND_COUNT; j++) {
			bool are_empty = KINDS[i] == BSYNC_MESSAGE_PING || KINDS[i] == BSYNC_MESSAGE_PONG;
			bool look_alike = are_empty &&
					  (KINDS[j] == BSYNC_MESSAGE_PING || KINDS[j] == BSYNC_MESSAGE_PONG);

			if (i != j && !look_alike)
				CHECK(round_trip(KINDS[j], bsync_buffer_bytes(&golden)) != BSYNC_OK);
		}
		bsync_buffer_clear(&golden);
	}
}

TEST(a_payload_over_the_cap_of_its_kind_is_too_large)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		size_t cap = bsync_message_cap((uint8_t)KINDS[i]);
		uint8_t *payload = calloc(cap + 1, 1);

		CHECK(payload != NULL);
		CHECK_EQ(round_trip(KINDS[i], (struct bsync_bytes){payload, cap + 1}), BSYNC_TOO_LARGE);
		CHECK_EQ(round_trip(KINDS[i], (struct bsync_bytes){payload, cap}), BSYNC_MALFORMED);
		free(payload);
	}
}

TEST(the_five_byte_bomb_is_refused_by_every_decoder)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		CHECK_EQ(hex_round_trip(KINDS[i], "ddff000000"), BSYNC_MALFORMED);
		CHECK_EQ(hex_round_trip(KINDS[i], "91 91 91 91 91 91 91 91 91 00"), BSYNC_TOO_DEEP);
		CHECK_EQ(hex_round_trip(KINDS[i], ""), BSYNC_MALFORMED);
		CHECK_EQ(hex_round_trip(KINDS[i], "80"), BSYNC_MALFORMED);
	}
}

TEST(tokens_and_counters_have_their_range)
{
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_SYNC, "91 01"), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_SYNC, "91 00"), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_SYNC, "91 cf7fffffffffffffff"), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_SYNC, "91 cf8000000000000000"), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_CONFIRM, "91 92 ceffffffff cf7fffffffffffffff"), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_CONFIRM, "91 92 cf0000000100000000 01"), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_CONFIRM, "91 92 01 cf8000000000000000"), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_CONFIRM, "91 93 01 01 01"), BSYNC_MALFORMED);
}

TEST(a_key_has_one_to_eight_columns)
{
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_HISTORY_GET, "93 01 04 91 c0"), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_HISTORY_GET, "93 01 04 98 0102030405060708"), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_HISTORY_GET, "93 01 04 90"), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_HISTORY_GET, "93 01 04 99 010203040506070809"), BSYNC_TOO_LARGE);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_HISTORY_GET, "93 01 04 91 90"), BSYNC_MALFORMED);
}

/* A ROWS payload of one row with a key of [7], whose fields from the kind on are given. */
static enum bsync_result row_round_trip(const char *kind, const char *cells_pasts_item)
{
	uint8_t bytes[INPUT_MAX];
	size_t size = hex_decode("94 03 c0 05 91 98", bytes, INPUT_MAX);

	size += hex_decode(kind, bytes + size, INPUT_MAX - size);
	size += hex_decode("04 01 91 07 05", bytes + size, INPUT_MAX - size);
	size += hex_decode(cells_pasts_item, bytes + size, INPUT_MAX - size);
	return round_trip(BSYNC_MESSAGE_ROWS, (struct bsync_bytes){bytes, size});
}

#define ID "c410 00000000000000000000000000000001 "
#define VARIANT "98 " ID ID "01 " ID "02 03 04 05 "
#define ITEM "98 " ID "a0 c2 " ID "a0 00 00 90 "

TEST(a_row_has_the_shape_of_its_kind)
{
	CHECK_EQ(row_round_trip("00", "90 90 c0"), BSYNC_OK);
	CHECK_EQ(row_round_trip("01", "92 02 05 90 c0"), BSYNC_OK);
	CHECK_EQ(row_round_trip("02", "90 90 c0"), BSYNC_OK);
	CHECK_EQ(row_round_trip("03", "90 90 " ITEM), BSYNC_OK);
	CHECK_EQ(row_round_trip("04", "90 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("ff", "90 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "90 90 " ITEM), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("03", "90 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("02", "92 02 05 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "91 02 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "90 c0 c0"), BSYNC_MALFORMED);
}

TEST(a_cell_shows_a_bare_value_or_at_least_two_versions)
{
	CHECK_EQ(row_round_trip("00", "92 02 92 05 92 " VARIANT VARIANT "90 c0"), BSYNC_OK);
	CHECK_EQ(row_round_trip("00", "92 02 92 05 91 " VARIANT "90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "92 02 92 05 90 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "92 02 91 05 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(row_round_trip("00", "92 02 93 05 90 90 90 c0"), BSYNC_MALFORMED);
}

TEST(rows_built_row_by_row_are_the_rows_built_at_once)
{
	for (unsigned index = 0; index < 2; index++) {
		struct bsync_buffer golden = {.size_max = 1 << 20};
		struct bsync_buffer rows = {.size_max = 1 << 20};
		struct bsync_buffer out = {.size_max = 1 << 20};
		struct bsync_rows message;
		struct bsync_arena arena;

		CHECK(golden_read("rows.hex", index, &golden));
		bsync_arena_init(&arena, ARENA_MAX);
		CHECK_EQ(bsync_rows_decode(bsync_buffer_bytes(&golden), &arena, &message), BSYNC_OK);
		for (uint32_t i = 0; i < message.count; i++)
			CHECK_EQ(bsync_pulled_row_encode(&message.rows[i], &rows), BSYNC_OK);
		CHECK_EQ(bsync_rows_wrap(&message.scope, message.upto, message.count, bsync_buffer_bytes(&rows), &out),
			 BSYNC_OK);
		CHECK_BYTES(out.data, out.size, golden.data, golden.size);
		bsync_arena_clear(&arena);
		bsync_buffer_clear(&golden);
		bsync_buffer_clear(&rows);
		bsync_buffer_clear(&out);
	}
}

TEST(rows_over_the_cap_are_too_large_however_they_are_built)
{
	static uint8_t content[1 << 20];
	struct bsync_value key = bsync_value_integer(1);
	struct bsync_pulled_cell cell = {2, bsync_value_blob((struct bsync_bytes){content, 1 << 19}), 0, NULL, NULL};
	struct bsync_pulled_row rows[2] = {
		{.kind = BSYNC_PULLED_WHOLE, .key_count = 1, .key = &key, .cell_count = 1, .cells = &cell}};
	struct bsync_rows message = {.count = 2, .rows = rows};
	struct bsync_buffer encoded = {.size_max = 4 << 20};
	struct bsync_buffer out = {.size_max = 4 << 20};

	rows[1] = rows[0];
	CHECK_EQ(bsync_buffer_append(&out, "before", 6), BSYNC_OK);
	CHECK_EQ(bsync_rows_encode(&message, &out), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_pulled_row_encode(&rows[0], &encoded), BSYNC_OK);
	CHECK_EQ(bsync_pulled_row_encode(&rows[1], &encoded), BSYNC_OK);
	CHECK_EQ(bsync_rows_wrap(&message.scope, 1, 2, bsync_buffer_bytes(&encoded), &out), BSYNC_TOO_LARGE);
	cell.value.as.bytes.size = 1 << 20;
	CHECK_EQ(bsync_pulled_row_encode(&rows[0], &out), BSYNC_TOO_LARGE);
	CHECK_BYTES(out.data, out.size, "before", 6);
	bsync_buffer_clear(&encoded);
	bsync_buffer_clear(&out);
}

TEST(ten_thousand_rows_are_the_most)
{
	struct bsync_buffer payload = {.size_max = 1 << 20};
	uint8_t row[16];
	size_t row_size = hex_decode("98 02 04 01 91 07 05 90 90 c0", row, sizeof(row));
	uint8_t head[8];
	size_t head_size = hex_decode("94 03 c0 05 dc2711", head, sizeof(head));

	CHECK_EQ(bsync_buffer_append(&payload, head, head_size), BSYNC_OK);
	for (int i = 0; i <= BSYNC_ROWS_MAX; i++)
		CHECK_EQ(bsync_buffer_append(&payload, row, row_size), BSYNC_OK);
	CHECK_EQ(round_trip(BSYNC_MESSAGE_ROWS, bsync_buffer_bytes(&payload)), BSYNC_TOO_LARGE);
	payload.size -= row_size;
	payload.data[head_size - 1] = 0x10;
	CHECK_EQ(round_trip(BSYNC_MESSAGE_ROWS, bsync_buffer_bytes(&payload)), BSYNC_OK);
	bsync_buffer_clear(&payload);
}

#define SIGNATURE                                                                \
	"c440 00000000000000000000000000000000 00000000000000000000000000000000" \
	"     00000000000000000000000000000000 00000000000000000000000000000000"
#define SALT "c418 000000000000000000000000000000000000000000000000"

TEST(a_push_has_changesets_with_numbers_that_exist)
{
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 92 " SALT "c400" SIGNATURE), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 90" SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 91" SALT SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 93" SALT "c400" SALT SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 00 92 " SALT "c400" SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 cf7ffffffffffffffe 92 " SALT "c400" SIGNATURE), BSYNC_OK);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 cf7fffffffffffffff 92 " SALT "c400" SIGNATURE),
		 BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 92 c40100 c400" SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 92 " SALT "a0" SIGNATURE), BSYNC_MALFORMED);
	CHECK_EQ(hex_round_trip(BSYNC_MESSAGE_PUSH, "94 01 01 92 " SALT "c400 c40100"), BSYNC_MALFORMED);
}

TEST(a_thousand_changesets_are_the_most_in_a_push)
{
	struct bsync_buffer payload = {.size_max = 1 << 20};
	uint8_t sealed[32];
	uint8_t signature[66];
	uint8_t head[8];
	size_t sealed_size = hex_decode(SALT "c400", sealed, sizeof(sealed));
	size_t signature_size = hex_decode(SIGNATURE, signature, sizeof(signature));
	size_t head_size = hex_decode("94 01 01 dc07d2", head, sizeof(head));

	CHECK_EQ(bsync_buffer_append(&payload, head, head_size), BSYNC_OK);
	for (int i = 0; i <= BSYNC_PUSH_CHANGESETS_MAX; i++)
		CHECK_EQ(bsync_buffer_append(&payload, sealed, sealed_size), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&payload, signature, signature_size), BSYNC_OK);
	CHECK_EQ(round_trip(BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload)), BSYNC_TOO_LARGE);
	payload.data[head_size - 1] = 0xd0;
	payload.size -= sealed_size + signature_size;
	CHECK_EQ(bsync_buffer_append(&payload, signature, signature_size), BSYNC_OK);
	CHECK_EQ(round_trip(BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload)), BSYNC_OK);
	bsync_buffer_clear(&payload);
}

TEST(the_mac_of_receipts_is_over_the_array_without_it)
{
	struct bsync_buffer golden = {.size_max = 10000};
	struct bsync_buffer out = {.size_max = 10000};
	struct bsync_receipts message;
	struct bsync_arena arena;

	CHECK(golden_read("receipts.hex", 0, &golden));
	bsync_arena_init(&arena, ARENA_MAX);
	CHECK_EQ(bsync_receipts_decode(bsync_buffer_bytes(&golden), &arena, &message), BSYNC_OK);
	CHECK_EQ(bsync_receipts_encode_unsigned(&message, &out), BSYNC_OK);
	/* The same fields, one element less in the head, and without the 34 bytes of the mac. */
	CHECK_EQ(golden.data[0], 0x96);
	CHECK_EQ(out.data[0], 0x95);
	CHECK_BYTES(out.data + 1, out.size - 1, golden.data + 1, golden.size - 35);
	bsync_arena_clear(&arena);
	bsync_buffer_clear(&golden);
	bsync_buffer_clear(&out);
}

TEST(text_for_people_that_is_not_utf8_is_not_encoded)
{
	struct bsync_error_message message = {101, bsync_bytes_of_string("caf\xe9"), 0};
	struct bsync_buffer out = {.size_max = 1000};

	CHECK_EQ(bsync_buffer_append(&out, "before", 6), BSYNC_OK);
	CHECK_EQ(bsync_error_encode(&message, &out), BSYNC_INVALID);
	CHECK_BYTES(out.data, out.size, "before", 6);
	bsync_buffer_clear(&out);
}

TEST(a_text_that_does_not_fit_its_message_is_too_large)
{
	static char words[2000];
	struct bsync_error_message message = {101, {(const uint8_t *)words, sizeof(words)}, 0};
	struct bsync_buffer out = {.size_max = 1 << 20};

	memset(words, 'a', sizeof(words));
	CHECK_EQ(bsync_error_encode(&message, &out), BSYNC_TOO_LARGE);
	CHECK_EQ(out.size, 0);
	bsync_buffer_clear(&out);
}

TEST(software_has_at_most_a_hundred_bytes)
{
	struct bsync_buffer golden = {.size_max = 10000};
	uint8_t bytes[INPUT_MAX];
	size_t size = 0;

	/* The second vector of HELLO ends with an empty software and no scopes ahead. */
	CHECK(golden_read("hello.hex", 1, &golden));
	for (size_t length = 100; length <= 101; length++) {
		size = golden.size - 2;
		memcpy(bytes, golden.data, size);
		bytes[size++] = 0xd9;
		bytes[size++] = (uint8_t)length;
		memset(bytes + size, 'a', length);
		size += length;
		bytes[size++] = 0x90;
		CHECK_EQ(round_trip(BSYNC_MESSAGE_HELLO, (struct bsync_bytes){bytes, size}),
			 length == 100 ? BSYNC_OK : BSYNC_TOO_LARGE);
	}
	bsync_buffer_clear(&golden);
}

TEST(an_arena_that_is_too_small_leaves_the_message_alone)
{
	struct bsync_buffer golden = {.size_max = 10000};
	struct bsync_rows message = {.upto = 4711};

	CHECK(golden_read("rows.hex", 0, &golden));
	for (size_t size_max = 0; size_max <= 1000; size_max += 100) {
		struct bsync_arena arena;

		bsync_arena_init(&arena, size_max);
		CHECK_EQ(bsync_rows_decode(bsync_buffer_bytes(&golden), &arena, &message), BSYNC_TOO_LARGE);
		CHECK_EQ(message.upto, 4711);
		bsync_arena_clear(&arena);
	}
	bsync_buffer_clear(&golden);
}
