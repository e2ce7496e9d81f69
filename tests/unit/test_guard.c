#include "core/guard.h"

#include "core/pack.h"
#include "tests/support/count_alloc.h"
#include "tests/support/harness.h"
#include "tests/support/hex.h"

static const struct bsync_guard_limits LIMITS = {8, 1000, 4096};

static enum bsync_result check_limited(const char *hex, const struct bsync_guard_limits *limits)
{
	uint8_t input[512];
	size_t size = hex_decode(hex, input, sizeof(input));
	/* A copy of the exact size lets the address sanitizer see a read past the end. */
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	enum bsync_result result = BSYNC_NO_MEMORY;

	if (exact == NULL)
		return result;
	memcpy(exact, input, size);
	result = bsync_guard_check((struct bsync_bytes){exact, size}, limits);
	free(exact);
	return result;
}

static enum bsync_result check(const char *hex)
{
	return check_limited(hex, &LIMITS);
}

#define CHECK_ALL(list, expected)                                                       \
	do {                                                                            \
		for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++) {         \
			enum bsync_result got = check((list)[i]);                       \
			if (got != (expected))                                          \
				FAIL("%s gives %s", (list)[i], bsync_result_name(got)); \
		}                                                                       \
	} while (0)

TEST(every_kind_passes_in_its_shortest_form)
{
	static const char *const good[] = {
		"c0",
		"c2",
		"c3",
		"00",
		"7f",
		"cc80",
		"ccff",
		"cd0100",
		"cdffff",
		"ce00010000",
		"ceffffffff",
		"cf0000000100000000",
		"cfffffffffffffffff",
		"ff",
		"e0",
		"d0df",
		"d080",
		"d1ff7f",
		"d18000",
		"d2ffff7fff",
		"d280000000",
		"d3ffffffff7fffffff",
		"d38000000000000000",
		"cb3ff0000000000000",
		"cb0000000000000000",
		"cb7ff0000000000000",
		"cbfff0000000000000",
		"cb0000000000000001",
		"a0",
		"a161",
		"bf61616161616161616161616161616161616161616161616161616161616161",
		"d9206161616161616161616161616161616161616161616161616161616161616161",
		"c400",
		"c401ff",
		"90",
		"9100",
		"9390c0a0",
		"dc001000000000000000000000000000000000",
	};

	CHECK_ALL(good, BSYNC_OK);
}

TEST(a_longer_form_than_needed_is_malformed)
{
	static const char *const longer[] = {
		"cc00",
		"cc7f",
		"cd00ff",
		"cd0000",
		"ce0000ffff",
		"cf00000000ffffffff",
		"d0e0",
		"d0ff",
		"d1ff80",
		"d2ffff8000",
		"d3ffffffff80000000",
		"d900",
		"d91f61616161616161616161616161616161616161616161616161616161616161",
		"da000161",
		"db0000000161",
		"c50001ff",
		"c600000001ff",
		"dc0000",
		"dc000100",
		"dd0000000100",
		"dc000f000000000000000000000000000000",
	};

	CHECK_ALL(longer, BSYNC_MALFORMED);
}

TEST(a_non_negative_integer_in_a_signed_kind_is_malformed)
{
	static const char *const kinds[] = {"d000",
					    "d07f",
					    "d10080",
					    "d17fff",
					    "d200008000",
					    "d27fffffff",
					    "d30000000080000000",
					    "d37fffffffffffffff"};

	CHECK_ALL(kinds, BSYNC_MALFORMED);
}

TEST(kinds_outside_the_format_are_malformed)
{
	static const char *const kinds[] = {
		"c1",
		"80",
		"81a16100",
		"de0000",
		"df00000000",
		"ca3f800000",
		"d40000",
		"d5000000",
		"d60000000000",
		"d700000000000000000000",
		"d80000000000000000000000000000000000",
		"c70000",
		"c8000000",
		"c90000000000",
		"9180",
		"91c1",
	};

	CHECK_ALL(kinds, BSYNC_MALFORMED);
}

TEST(nan_and_negative_zero_are_malformed)
{
	static const char *const reals[] = {"cb8000000000000000", "cb7ff8000000000000", "cb7ff0000000000001",
					    "cbfff8000000000000", "cbffffffffffffffff"};

	CHECK_ALL(reals, BSYNC_MALFORMED);
}

TEST(text_that_is_not_utf8_is_malformed)
{
	static const char *const texts[] = {
		"a180",       "a1ff",       "a2c080",     "a2c1bf",   "a1c3",     "a2c328",
		"a3e08080",   "a3e09fbf",   "a3eda080",   "a3edbfbf", "a2e282",   "a4f0808080",
		"a4f08fbfbf", "a4f4908080", "a4f5808080", "a3f09f98", "a3e28228", "a4f09f9828",
	};
	static const char *const good[] = {"a2c3a9",   "a2c280",     "a2dfbf",     "a3e0a080",   "a3ed9fbf", "a3ee8080",
					   "a3efbfbf", "a4f0908080", "a4f48fbfbf", "a4f09f9880", "a100"};

	CHECK_ALL(texts, BSYNC_MALFORMED);
	CHECK_ALL(good, BSYNC_OK);
}

TEST(utf8_is_checked_wherever_it_stands_in_a_long_text)
{
	uint8_t text[100];

	for (size_t size = 1; size <= sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			memset(text, 'a', sizeof(text));
			text[at] = 0xe9;
			CHECK(!bsync_utf8_valid((struct bsync_bytes){text, size}));
			if (at + 1 == size)
				continue;
			text[at] = 0xc3;
			text[at + 1] = 0xa9;
			CHECK(bsync_utf8_valid((struct bsync_bytes){text, size}));
		}
	}
}

TEST(every_cut_of_a_value_is_malformed)
{
	static const char *const values[] = {
		"cc80",
		"cd0100",
		"ce00010000",
		"cf0000000100000000",
		"d080",
		"d18000",
		"d280000000",
		"d38000000000000000",
		"cb3ff0000000000000",
		"a3616263",
		"c403010203",
		"93010203",
		"9293c0a161c4010090",
		"d9206161616161616161616161616161616161616161616161616161616161616161",
		"dc001000000000000000000000000000000000",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint8_t whole[64];
		size_t size = hex_decode(values[i], whole, sizeof(whole));

		CHECK_EQ(check(values[i]), BSYNC_OK);
		for (size_t cut = 0; cut < size; cut++) {
			uint8_t *exact = malloc(cut + 1);

			CHECK(exact != NULL);
			memcpy(exact + 1, whole, cut);
			CHECK_EQ(bsync_guard_check((struct bsync_bytes){exact + 1, cut}, &LIMITS), BSYNC_MALFORMED);
			free(exact);
		}
	}
	CHECK_EQ(bsync_guard_check((struct bsync_bytes){NULL, 0}, &LIMITS), BSYNC_MALFORMED);
}

TEST(bytes_behind_the_value_are_malformed)
{
	static const char *const values[] = {"c0c0", "9000", "910000", "a0a0", "0000", "cc8000"};

	CHECK_ALL(values, BSYNC_MALFORMED);
}

TEST(declared_counts_are_held_against_the_bytes_left)
{
	static const char *const bombs[] = {"dd00ffffff", "ddffffffff",   "dcffff00",     "9f",
					    "c6ffffffff", "dbffffffff61", "c5ffff00",     "daffff",
					    "d9ff",       "c4ff",         "91ddffffffff", "92dd00ffffff00"};

	CHECK_ALL(bombs, BSYNC_MALFORMED);
}

TEST(the_five_byte_bomb_is_refused_and_allocates_nothing)
{
	static const uint8_t bomb[] = {0xdd, 0xff, 0x00, 0x00, 0x00};
	struct bsync_bytes input = {bomb, sizeof(bomb)};
	struct bsync_reader reader;
	size_t before = allocations;

	CHECK_EQ(bsync_guard_check(input, &LIMITS), BSYNC_MALFORMED);
	bsync_reader_init(&reader, input, &LIMITS);
	CHECK_EQ(bsync_read_list(&reader, 0, UINT32_MAX), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	CHECK_EQ(allocations, before);
#if COUNT_ALLOC
	/* The counter counts: otherwise the check above says nothing. */
	void *(*volatile take)(size_t) = malloc;

	free(take(1));
	CHECK(allocations > before);
#endif
}

TEST(depth_is_counted_in_arrays)
{
	struct bsync_guard_limits limits = {0, 100, 100};

	CHECK_EQ(check_limited("c0", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("90", &limits), BSYNC_TOO_DEEP);
	limits.depth_max = 1;
	CHECK_EQ(check_limited("9100", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("9190", &limits), BSYNC_TOO_DEEP);
	CHECK_EQ(check("919191919191919100"), BSYNC_OK);
	CHECK_EQ(check("919191919191919190"), BSYNC_TOO_DEEP);
	limits.depth_max = 16;
	CHECK_EQ(check_limited("9191919191919191919191919191919100", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("9191919191919191919191919191919190", &limits), BSYNC_TOO_DEEP);
}

TEST(depth_falls_again_behind_an_array)
{
	struct bsync_guard_limits limits = {2, 100, 100};

	CHECK_EQ(check_limited("94 90 9100 920000 c0", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("94 90 9100 9190 c0", &limits), BSYNC_TOO_DEEP);
}

TEST(objects_are_counted_with_their_containers)
{
	struct bsync_guard_limits limits = {8, 4, 100};

	CHECK_EQ(check_limited("9300a161c0", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("9400000000", &limits), BSYNC_TOO_LARGE);
	limits.objects_max = 1;
	CHECK_EQ(check_limited("90", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("9100", &limits), BSYNC_TOO_LARGE);
}

TEST(size_is_limited_before_anything_is_read)
{
	struct bsync_guard_limits limits = {8, 100, 3};

	CHECK_EQ(check_limited("920000", &limits), BSYNC_OK);
	CHECK_EQ(check_limited("93000000", &limits), BSYNC_TOO_LARGE);
	CHECK_EQ(check_limited("c1c1c1c1", &limits), BSYNC_TOO_LARGE);
}

TEST(sixty_four_kib_of_open_arrays_end_at_once)
{
	static uint8_t input[65536];
	struct bsync_guard_limits limits = {16, UINT32_MAX, sizeof(input)};

	memset(input, 0x91, sizeof(input));
	CHECK_EQ(bsync_guard_check((struct bsync_bytes){input, sizeof(input)}, &limits), BSYNC_TOO_DEEP);
}
