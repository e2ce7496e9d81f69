#include "tests/support/harness.h"

#include "daemon/options.h"

static const char *dir;
static bool is_json;
static char error[BSYNC_OPTIONS_ERROR_SIZE];
static const struct bsync_option options[] = {{"dir", &dir, NULL}, {"json", NULL, &is_json}};

static enum bsync_result take(int *count, const char **words)
{
	dir = NULL;
	is_json = false;
	return bsync_options_take(count, words, options, 2, error);
}

TEST(options_are_taken_wherever_they_stand_and_the_rest_keeps_its_order)
{
	const char *words[] = {"a", "--dir", "x", "b", "--json", "--other", "c"};
	int count = 7;

	CHECK_EQ(take(&count, words), BSYNC_OK);
	CHECK_STR(dir, "x");
	CHECK(is_json);
	CHECK_EQ(count, 4);
	CHECK_STR(words[0], "a");
	CHECK_STR(words[1], "b");
	CHECK_STR(words[2], "--other");
	CHECK_STR(words[3], "c");
	CHECK_STR(bsync_options_left(count, words), "--other");
}

TEST(a_value_may_follow_an_equals_sign_or_be_empty)
{
	const char *words[] = {"--dir=--x", "--dir="};
	int count = 1;

	CHECK_EQ(take(&count, words), BSYNC_OK);
	CHECK_STR(dir, "--x");
	count = 1;
	CHECK_EQ(take(&count, words + 1), BSYNC_OK);
	CHECK_STR(dir, "");
}

TEST(a_name_that_only_begins_like_an_option_is_another)
{
	const char *words[] = {"--directory", "--jso"};
	int count = 2;

	CHECK_EQ(take(&count, words), BSYNC_OK);
	CHECK_EQ(count, 2);
	CHECK(dir == NULL && !is_json);
}

TEST(a_missing_value_and_a_value_for_a_flag_are_errors)
{
	const char *missing[] = {"a", "--dir"};
	const char *given[] = {"--json=1"};
	int count = 2;

	CHECK_EQ(take(&count, missing), BSYNC_INVALID);
	CHECK_STR(error, "--dir needs a value");
	count = 1;
	CHECK_EQ(take(&count, given), BSYNC_INVALID);
	CHECK_STR(error, "--json takes no value");
}
