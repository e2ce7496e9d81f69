#include "core/result.h"

#include "tests/support/harness.h"

static const enum bsync_result ALL[] = {
#define X(name, number, word, text) BSYNC_##name,
	BSYNC_RESULTS(X)
#undef X
};

enum { COUNT = sizeof(ALL) / sizeof(ALL[0]) };

TEST(every_result_has_a_word_and_a_text_of_its_own)
{
	for (size_t i = 0; i < COUNT; i++) {
		CHECK(bsync_result_name(ALL[i])[0] != '\0');
		CHECK(bsync_result_text(ALL[i])[0] != '\0');
		for (size_t j = 0; j < i; j++) {
			CHECK(ALL[i] != ALL[j]);
			CHECK(strcmp(bsync_result_name(ALL[i]), bsync_result_name(ALL[j])) != 0);
			CHECK(strcmp(bsync_result_text(ALL[i]), bsync_result_text(ALL[j])) != 0);
		}
	}
}

/* The words travel in logs and the numbers in ERROR, so both stay. */
TEST(words_and_numbers_stay)
{
	CHECK_EQ(BSYNC_OK, 0);
	CHECK_EQ(BSYNC_MALFORMED, 101);
	CHECK_EQ(BSYNC_VERSION, 106);
	CHECK_EQ(BSYNC_DIGEST, 122);
	CHECK_STR(bsync_result_name(BSYNC_OK), "ok");
	CHECK_STR(bsync_result_name(BSYNC_TOO_LARGE), "too-large");
	CHECK_STR(bsync_result_text(BSYNC_TOO_DEEP), "values are nested too deeply");
}

TEST(a_number_from_a_newer_peer_has_a_word_too)
{
	CHECK_STR(bsync_result_name((enum bsync_result)999), "unknown");
	CHECK_STR(bsync_result_text((enum bsync_result)999), "a failure this version does not know");
}
