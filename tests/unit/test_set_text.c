/* test_set_text.c: the text of a set column: many spellings in, one out. */
#include "core/merge.h"

#include "tests/support/harness.h"

enum { TEXT_SIZE = 256 };

/* Reads `json` and writes it again at `out`; "malformed" when it is no set. */
static const char *spell(const char *json, char out[TEXT_SIZE])
{
	struct bsync_arena arena;
	struct bsync_buffer text;
	struct bsync_value *elements = NULL;
	uint32_t count = 0;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, 1 << 20);
	bsync_buffer_init(&text, TEXT_SIZE - 1);
	result = bsync_set_parse(bsync_bytes_of_string(json), &arena, &elements, &count);
	if (result == BSYNC_OK)
		result = bsync_set_text(elements, count, &text);
	if (result == BSYNC_OK) {
		memcpy(out, text.data, text.size);
		out[text.size] = '\0';
	} else {
		snprintf(out, TEXT_SIZE, "%s", bsync_result_name(result));
	}
	bsync_buffer_clear(&text);
	bsync_arena_clear(&arena);
	return out;
}

TEST(one_set_has_one_text)
{
	static const char *const same[][2] = {
		{"", "[]"},
		{" [ ] ", "[]"},
		{"[\n\t1 ,\r2]", "[1,2]"},
		{"[2,1,2]", "[1,2]"},
		{"[-0]", "[0]"},
		{"[\"b\",\"a\",1]", "[1,\"a\",\"b\"]"},
		{"[\"1\",1]", "[1,\"1\"]"},
		{"[9223372036854775807,-9223372036854775808]", "[-9223372036854775808,9223372036854775807]"},
		{"[\"\\u0041\\/\\u00e9\\u20ac\\ud83d\\ude00\"]", "[\"A/é€😀\"]"},
		{"[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001F\\u007f\"]",
		 "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"]"},
		{"[\"A\",\"\\u0041\"]", "[\"A\"]"},
		{"[\"\"]", "[\"\"]"},
	};
	char text[TEXT_SIZE];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		CHECK_STR(spell(same[i][0], text), same[i][1]);
}

TEST(what_is_no_set_of_texts_and_integers_is_malformed)
{
	static const char *const wrong[] = {
		"null",
		"{}",
		"1",
		"[",
		"]",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1]x",
		"[[1]]",
		"[true]",
		"[null]",
		"[1.0]",
		"[1e3]",
		"[01]",
		"[-]",
		"[+1]",
		"[9223372036854775808]",
		"[-9223372036854775809]",
		"[99999999999999999999999]",
		"[\"",
		"[\"a",
		"[\"a]",
		"[\"\\",
		"[\"\\\"]",
		"[\"\\x\"]",
		"[\"\\u12\"]",
		"[\"\\u12g4\"]",
		"[\"\\ud800\"]",
		"[\"\\udc00\"]",
		"[\"\\ud800\\u0041\"]",
		"[\"\\ud800x\"]",
		"[\"a\nb\"]",
		"[\"\xff\"]",
		"[\"\xc0\x80\"]",
		"['a']",
		"\xef\xbb\xbf[]",
	};
	char text[TEXT_SIZE];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (strcmp(spell(wrong[i], text), "malformed") != 0)
			FAIL("%s became %s", wrong[i], text);
	}
}

TEST(what_a_set_can_not_hold_has_no_text)
{
	const struct bsync_value wrong[] = {bsync_value_null(), bsync_value_real(1.5),
					    bsync_value_blob(bsync_bytes_of_string("a")),
					    bsync_value_text(bsync_bytes_of_string("\xff"))};
	struct bsync_buffer text;

	bsync_buffer_init(&text, TEXT_SIZE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_EQ(bsync_set_text(&wrong[i], 1, &text), BSYNC_INVALID);
		CHECK_EQ(text.size, 0);
	}
	bsync_buffer_clear(&text);
}

TEST(a_set_over_the_limit_is_too_large)
{
	size_t size = 2 * (size_t)BSYNC_STANDING_MAX + 3;
	char *json = malloc(size);
	struct bsync_arena arena;
	struct bsync_value *elements = NULL;
	uint32_t count = 0;

	CHECK(json != NULL);
	json[0] = '[';
	for (size_t i = 0; i <= BSYNC_STANDING_MAX; i++) {
		json[1 + 2 * i] = (char)('0' + (i * 7) % 10);
		json[2 + 2 * i] = ',';
	}
	json[size - 1] = ']';
	bsync_arena_init(&arena, 64 << 20);
	CHECK_EQ(bsync_set_parse((struct bsync_bytes){(uint8_t *)json, size}, &arena, &elements, &count),
		 BSYNC_TOO_LARGE);
	json[size - 3] = ']';
	CHECK_EQ(bsync_set_parse((struct bsync_bytes){(uint8_t *)json, size - 2}, &arena, &elements, &count), BSYNC_OK);
	CHECK_EQ(count, 10);
	for (uint32_t i = 0; i < count; i++)
		CHECK_EQ(elements[i].as.integer, i);
	bsync_arena_clear(&arena);
	free(json);
}
