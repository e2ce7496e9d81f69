/* Walking over SQL text. */
#include "tests/support/harness.h"

#include "core/schema/token.h"

/* Gives the tokens as "kind:text" with blanks between. */
static const char *tokens_of(const char *sql)
{
	static const char kinds[] = {
		[BSYNC_TOKEN_WORD] = 'w',   [BSYNC_TOKEN_QUOTED] = 'q',    [BSYNC_TOKEN_STRING] = 's',
		[BSYNC_TOKEN_NUMBER] = 'n', [BSYNC_TOKEN_PARAMETER] = 'p', [BSYNC_TOKEN_SIGN] = 'c'};
	static char text[1000];
	struct bsync_bytes rest = bsync_bytes_of_string(sql);
	struct bsync_token token;

	text[0] = '\0';
	while (bsync_token_next(&rest, &token))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%c:%.*s ", kinds[token.kind],
			 (int)token.text.size, (const char *)token.text.data);
	return text;
}

TEST(comments_and_blanks_are_passed_over)
{
	CHECK_STR(tokens_of("a -- b\n /* c 'd' */ e /*/ f */ g --"), "w:a w:e w:g ");
	CHECK_STR(tokens_of(""), "");
	CHECK_STR(tokens_of("/* open"), "");
	CHECK_STR(tokens_of("a - b / c"), "w:a c:- w:b c:/ w:c ");
}

TEST(quotes_hold_what_looks_like_something_else)
{
	CHECK_STR(tokens_of("'a--b' \"c /* \" [d'] `e`"), "s:a--b q:c /*  q:d' q:e ");
	CHECK_STR(tokens_of("'it''s' x'"), "s:it''s w:x s: ");
	CHECK_STR(tokens_of("'open"), "s:open ");
	CHECK_STR(tokens_of("'"), "s: ");
}

TEST(words_numbers_and_parameters_are_told_apart)
{
	CHECK_STR(tokens_of("a1 12 :old_x @y ? 1e5,(caf\xc3\xa9)"),
		  "w:a1 n:12 p::old_x p:@y p:? n:1e5 c:, c:( w:caf\xc3\xa9 c:) ");
}

TEST(keywords_match_in_either_case_and_never_in_quotes)
{
	struct bsync_bytes sql = bsync_bytes_of_string("check \"CHECK\" 'check'");
	struct bsync_token token;

	CHECK(bsync_token_next(&sql, &token));
	CHECK(bsync_token_is_word(&token, "CHECK") && bsync_token_is_name(&token, "Check"));
	CHECK(!bsync_token_is_word(&token, "CHEC") && !bsync_token_is_word(&token, "CHECKS"));
	CHECK(bsync_token_next(&sql, &token));
	CHECK(!bsync_token_is_word(&token, "CHECK") && bsync_token_is_name(&token, "check"));
	CHECK(bsync_token_next(&sql, &token));
	CHECK(!bsync_token_is_name(&token, "check") && bsync_token_is_string(&token, "check"));
	CHECK(!bsync_token_is_string(&token, "CHECK"));
}
