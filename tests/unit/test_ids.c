#include "core/ids.h"

#include "tests/support/harness.h"

static const uint8_t ID[BSYNC_ID_SIZE] = {0x01, 0x8f, 0xab, 0xcd, 0xef, 0x12, 0x73, 0x45,
					  0x86, 0x78, 0x90, 0x0a, 0xbc, 0xde, 0xf0, 0xff};

TEST(an_id_is_thirty_two_lower_case_digits)
{
	char text[BSYNC_ID_TEXT_SIZE];

	bsync_id_text(ID, text);
	CHECK_STR(text, "018fabcdef1273458678900abcdef0ff");
}

TEST(an_id_is_read_in_either_case_and_as_a_uuid)
{
	static const char *const texts[] = {"018fabcdef1273458678900abcdef0ff", "018FABCDEF1273458678900ABCDEF0FF",
					    "018fabcd-ef12-7345-8678-900abcdef0ff"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t id[BSYNC_ID_SIZE] = {0};

		CHECK(bsync_id_parse(texts[i], id));
		CHECK_BYTES(id, sizeof(id), ID, sizeof(ID));
	}
}

TEST(text_that_is_no_id_leaves_the_id_alone)
{
	static const char *const texts[] = {
		"",
		"0",
		"018fabcd",
		"018fabcdef1273458678900abcdef0f",
		"018fabcdef1273458678900abcdef0fff",
		"018fabcdef1273458678900abcdef0fg",
		"018fabcd-ef12-7345-8678-900abcdef0ff0",
		"018fabcd-ef12-7345-8678-900abcdef0f",
		"018fabcd-ef1273458678900abcdef0ff",
		"018fabcdef12-7345-8678-900abcdef0ff",
		"018fabc-def12-7345-8678-900abcdef0ff",
		"018fabcd-ef12-7345-8678-900abcdef0-f",
		" 018fabcdef1273458678900abcdef0ff",
		"--------------------------------",
		"018fabcd-",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t id[BSYNC_ID_SIZE];

		memset(id, 0x55, sizeof(id));
		if (bsync_id_parse(texts[i], id))
			FAIL("\"%s\" is taken for an id", texts[i]);
		CHECK_EQ(id[0], 0x55);
	}
}

TEST(a_position_is_two_numbers_and_a_dot)
{
	static const struct {
		struct bsync_position position;
		const char *text;
	} cases[] = {
		{{0, 0}, "0.0"},
		{{1, 42}, "1.42"},
		{{UINT32_MAX, BSYNC_COUNTER_MAX}, "4294967295.9223372036854775807"},
		{{10, 1000000}, "10.1000000"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[BSYNC_POSITION_TEXT_SIZE];
		struct bsync_position back = {7, 7};

		bsync_position_text(cases[i].position, text);
		CHECK_STR(text, cases[i].text);
		CHECK(bsync_position_parse(text, &back));
		CHECK_EQ(back.incarnation, cases[i].position.incarnation);
		CHECK_EQ(back.counter, cases[i].position.counter);
	}
}

TEST(the_longest_position_fits_its_text)
{
	char text[BSYNC_POSITION_TEXT_SIZE];

	bsync_position_text((struct bsync_position){UINT32_MAX, UINT64_MAX}, text);
	CHECK_STR(text, "4294967295.18446744073709551615");
}

TEST(text_that_is_no_position_leaves_the_position_alone)
{
	static const char *const texts[] = {
		"",
		".",
		"1",
		"1.",
		".1",
		"1.2.3",
		"01.2",
		"1.02",
		"+1.2",
		"-1.2",
		"1 .2",
		"1. 2",
		"1.2 ",
		"a.b",
		"4294967296.1",
		"1.9223372036854775808",
		"1.18446744073709551616",
		"1.99999999999999999999999",
		"99999999999999999999.1",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bsync_position position = {7, 7};

		if (bsync_position_parse(texts[i], &position))
			FAIL("\"%s\" is taken for a position", texts[i]);
		CHECK_EQ(position.counter, 7);
	}
}

TEST(a_uuid7_holds_time_version_and_variant)
{
	static const uint8_t random[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t expected[BSYNC_ID_SIZE] = {0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7f, 0xff,
							0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t id[BSYNC_ID_SIZE];

	/* The time of the example in RFC 9562, appendix A.6. */
	bsync_uuid7(INT64_C(1645557742000), random, id);
	CHECK_BYTES(id, sizeof(id), expected, sizeof(expected));
}

TEST(uuid7s_order_by_time)
{
	uint8_t random[10];
	uint8_t earlier[BSYNC_ID_SIZE];
	uint8_t later[BSYNC_ID_SIZE];

	memset(random, 0xff, sizeof(random));
	bsync_uuid7(255, random, earlier);
	memset(random, 0, sizeof(random));
	bsync_uuid7(256, random, later);
	CHECK(memcmp(earlier, later, sizeof(later)) < 0);
	bsync_uuid7(-5, random, earlier);
	CHECK_EQ(earlier[0] | earlier[5], 0);
}
