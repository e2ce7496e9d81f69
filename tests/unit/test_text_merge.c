/* test_text_merge.c: two edits of one text, by words. */
#include "core/text_merge.h"

#include <inttypes.h>

#include "core/value.h"
#include "tests/support/dutch.h"
#include "tests/support/harness.h"

enum { RESULT_SIZE = 4096, CASES = 100000, WORDS_MAX = 24, WORD_SIZE = 16, TEXT_MAX = 2048 };

/* What comes of the merge; "conflict" where a person must choose. */
static const char *merged(const char *base, const char *x, const char *y)
{
	static char text[RESULT_SIZE];
	struct bsync_arena arena;
	struct bsync_bytes bytes;
	bool is_clean = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, BSYNC_TEXT_MERGE_MEMORY_MAX);
	result = bsync_text_merge(bsync_bytes_of_string(base), bsync_bytes_of_string(x), bsync_bytes_of_string(y),
				  &arena, &bytes, &is_clean);
	if (result != BSYNC_OK || bytes.size >= sizeof(text))
		snprintf(text, sizeof(text), "failed");
	else if (!is_clean)
		snprintf(text, sizeof(text), "conflict");
	else
		snprintf(text, sizeof(text), "%.*s", (int)bytes.size, bytes.size != 0 ? (const char *)bytes.data : "");
	bsync_arena_clear(&arena);
	return text;
}

TEST(edits_of_different_sentences_are_both_made)
{
	CHECK_STR(merged("Mila slaapt slecht. Mama is moe. School belt.",
			 "Mila slaapt sinds mei slecht. Mama is moe. School belt.",
			 "Mila slaapt slecht. Mama is moe. School belt elke week."),
		  "Mila slaapt sinds mei slecht. Mama is moe. School belt elke week.");
	CHECK_STR(merged("Een. Twee. Drie.", "1. Twee. Drie.", "Een. 2. Drie."), "1. 2. Drie.");
	CHECK_STR(merged("Een. Twee. Drie.", "Een. Drie.", "Een. Twee. Drie en vier."), "Een. Drie en vier.");
}

TEST(edits_of_words_apart_in_one_sentence_are_both_made)
{
	CHECK_STR(merged("a b c d e", "A b c d e", "a b c d E"), "A b c d E");
}

TEST(edits_of_one_sentence_that_meet_are_for_a_person)
{
	CHECK_STR(merged("Doel 2", "Mila slaapt in haar eigen bed", "Mila en mama hebben een vast avondritueel"),
		  "conflict");
	CHECK_STR(merged("Mila slaapt slecht.", "Mila slaapt goed.", "Mila slaapt beter."), "conflict");
	/* Beside each other: no word between them. */
	CHECK_STR(merged("a b c d", "a B c d", "a b C d"), "conflict");
	CHECK_STR(merged("a, b", "A, b", "a, B"), "conflict");
	CHECK_STR(merged("a b c", "a c", "a B c"), "conflict");
}

TEST(the_same_edit_on_both_sides_is_made_once)
{
	CHECK_STR(merged("a b c. d e f. g", "a B c. d e f. G", "a B c. d e f. g h"), "conflict");
	CHECK_STR(merged("a b c. d e f. g", "a B c. d e f. G", "a B c. d E f. g"), "a B c. d E f. G");
	CHECK_STR(merged("a", "a b", "a b"), "a b");
}

TEST(two_insertions_at_one_place_are_for_a_person)
{
	CHECK_STR(merged("Een.", "Een. Twee.", "Een. Drie."), "conflict");
	CHECK_STR(merged("", "een", "twee"), "conflict");
	CHECK_STR(merged("a c", "a x c", "a  y c"), "conflict");
	CHECK_STR(merged("Een. Vier.", "Een. Twee. Vier.", "Een.\nDrie. Vier."), "conflict");
}

TEST(a_new_sentence_beside_one_that_changes_is_apart_from_it)
{
	CHECK_STR(merged("Een. Drie is.", "Een. Twee. Drie is.", "Een. 3 is."), "Een. Twee. 3 is.");
	CHECK_STR(merged("Een. Drie is.", "Een. Twee. Drie is.", "1. Drie is."), "1. Twee. Drie is.");
	CHECK_STR(merged("Een. Twee. Drie.", "Twee. Drie.", "Een. 2. Drie."), "2. Drie.");
	/* What is put before a word without an end of its own belongs to that word's sentence. */
	CHECK_STR(merged("Een. Drie is.", "Een. Wat Drie is.", "Een. 3 is."), "conflict");
}

TEST(lines_are_apart)
{
	CHECK_STR(merged("- bed\n- school\n- werk", "- eigen bed\n- school\n- werk", "- bed\n- naar school\n- werk"),
		  "- eigen bed\n- naar school\n- werk");
}

TEST(a_side_without_edits_gives_way)
{
	CHECK_STR(merged("a b", "a b", "a"), "a");
	CHECK_STR(merged("a b", "", "a b"), "");
	CHECK_STR(merged("", "a", ""), "a");
}

TEST(a_letter_and_its_marks_are_one)
{
	/* e with a combining acute, then with a grave: the words differ, and meet. */
	CHECK_STR(merged("re\xcc\x81 x", "re\xcc\x80 x", "re\xcc\x81s x"), "conflict");
	CHECK_STR(merged("caf\xc3\xa9. Thee.", "caf\xc3\xa8. Thee.", "caf\xc3\xa9. Koffie."), "caf\xc3\xa8. Koffie.");
	/* A no-break space is a space. */
	CHECK_STR(merged("a\xc2\xa0"
			 "b c d",
			 "A\xc2\xa0"
			 "b c d",
			 "a\xc2\xa0"
			 "b c D"),
		  "A\xc2\xa0"
		  "b c D");
}

TEST(what_is_no_text_is_for_a_person)
{
	CHECK_STR(merged("a. b.", "\xff. b.", "a. c."), "conflict");
	CHECK_STR(merged("\xff. b.", "a. b.", "\xff. c."), "conflict");
	CHECK_STR(merged("a. \xff", "a. \xff", "b. \xff"), "b. \xff");
}

/* A text as the words from which it is put together, each with what follows it. */
struct text {
	uint32_t count;
	char words[2 * WORDS_MAX][WORD_SIZE];
	char bytes[TEXT_MAX];
	size_t size;
};

static const char *gap(uint64_t *random)
{
	static const char *const gaps[] = {" ", " ", " ", ", ", ". ", ".\n", " - ", "\xc2\xa0", "! "};

	return gaps[dutch_below(random, sizeof(gaps) / sizeof(gaps[0]))];
}

static void add(struct text *text, const char *word, const char *after)
{
	text->size += (size_t)snprintf(text->bytes + text->size, TEXT_MAX - text->size, "%s%s", word, after);
	snprintf(text->words[text->count++], sizeof(text->words[0]), "%s", word);
}

/* Words that occur nowhere else: `letter` and a number. */
static void base_make(struct text *base, char gaps[WORDS_MAX][8], uint64_t *random)
{
	const uint32_t count = dutch_below(random, WORDS_MAX);

	*base = (struct text){0};
	for (uint32_t i = 0; i < count; i++) {
		char word[WORD_SIZE];

		snprintf(word, sizeof(word), "%s%" PRIu32, i % 3 == 0 ? "\xc3\xa9" : "b", i);
		snprintf(gaps[i], 8, "%s", gap(random));
		add(base, word, gaps[i]);
	}
}

static void side_make(const struct text *base, char gaps[WORDS_MAX][8], char letter, uint64_t *random,
		      struct text *side)
{
	const uint32_t rarity = 1 + dutch_below(random, 10);
	uint32_t made = 0;

	*side = (struct text){0};
	for (uint32_t i = 0; i <= base->count; i++) {
		char word[WORD_SIZE];

		if (dutch_below(random, 2 * rarity) == 0) {
			/* Both sides make some of these. */
			snprintf(word, sizeof(word), "%c%" PRIu32, dutch_below(random, 4) == 0 ? 's' : letter, made++);
			add(side, word, gap(random));
		}
		if (i < base->count && dutch_below(random, rarity) != 0)
			add(side, base->words[i], dutch_below(random, 20) == 0 ? gap(random) : gaps[i]);
	}
}

static bool has(const struct text *text, const char *word)
{
	for (uint32_t i = 0; i < text->count; i++)
		if (strcmp(text->words[i], word) == 0)
			return true;
	return false;
}

static bool is_word_byte(uint8_t byte)
{
	return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}

/* How often the word stands alone in the bytes. */
static uint32_t occurs(struct bsync_bytes bytes, const char *word)
{
	const size_t size = strlen(word);
	uint32_t count = 0;

	for (size_t i = 0; i + size <= bytes.size; i++) {
		bool is_begin = i == 0 || !is_word_byte(bytes.data[i - 1]) ||
				(bytes.data[i - 1] == 0xa0 && i > 1 && bytes.data[i - 2] == 0xc2);
		bool is_end = i + size == bytes.size || !is_word_byte(bytes.data[i + size]) ||
			      (bytes.data[i + size] == 0xc2 && bytes.data[i + size + 1] == 0xa0);

		if (is_begin && is_end && memcmp(bytes.data + i, word, size) == 0)
			count++;
	}
	return count;
}

/* Every word that a side put in is there, no word that a side took out is, and every one that both kept is, once.  The
 * word that is wrong, or NULL. */
static const char *check_words(const struct text *base, const struct text *x, const struct text *y,
			       struct bsync_bytes merged)
{
	for (uint32_t i = 0; i < base->count; i++) {
		const bool stays = has(x, base->words[i]) && has(y, base->words[i]);

		if (occurs(merged, base->words[i]) != (stays ? 1 : 0))
			return base->words[i];
	}
	for (uint32_t i = 0; i < x->count; i++)
		if (!has(base, x->words[i]) && occurs(merged, x->words[i]) < 1)
			return x->words[i];
	for (uint32_t i = 0; i < y->count; i++)
		if (!has(base, y->words[i]) && occurs(merged, y->words[i]) < 1)
			return y->words[i];
	return NULL;
}

static struct bsync_bytes bytes_of(const struct text *text)
{
	return (struct bsync_bytes){(const uint8_t *)text->bytes, text->size};
}

TEST(no_word_is_lost_or_comes_back)
{
	uint64_t random = 20240229;
	uint32_t clean = 0;
	struct bsync_arena arena;

	bsync_arena_init(&arena, BSYNC_TEXT_MERGE_MEMORY_MAX);
	for (uint32_t i = 0; i < CASES; i++) {
		struct text base, x, y;
		char gaps[WORDS_MAX][8];
		struct bsync_bytes one, other;
		bool is_clean = false, is_other_clean = false;
		const char *wrong = NULL;

		base_make(&base, gaps, &random);
		side_make(&base, gaps, 'x', &random, &x);
		side_make(&base, gaps, 'y', &random, &y);
		bsync_arena_reset(&arena);
		CHECK_EQ(bsync_text_merge(bytes_of(&base), bytes_of(&x), bytes_of(&y), &arena, &one, &is_clean),
			 BSYNC_OK);
		CHECK_EQ(bsync_text_merge(bytes_of(&base), bytes_of(&y), bytes_of(&x), &arena, &other, &is_other_clean),
			 BSYNC_OK);
		CHECK_EQ(is_clean, is_other_clean);
		CHECK(bsync_bytes_equal(one, other));
		if (!is_clean)
			continue;
		clean++;
		CHECK(bsync_utf8_valid(one));
		wrong = check_words(&base, &x, &y, one);
		if (wrong != NULL)
			FAIL("case %" PRIu32 ", %s: [%s] [%s] [%s] gives [%.*s]", i, wrong, base.bytes, x.bytes,
			     y.bytes, (int)one.size, (const char *)one.data);
	}
	bsync_arena_clear(&arena);
	printf("# %" PRIu32 " of %d merges are clean\n", clean, CASES);
	CHECK(clean > CASES / 10 && clean < CASES - CASES / 10);
}

TEST(one_side_alone_is_what_it_says)
{
	uint64_t random = 7;
	struct bsync_arena arena;

	bsync_arena_init(&arena, BSYNC_TEXT_MERGE_MEMORY_MAX);
	for (uint32_t i = 0; i < CASES / 10; i++) {
		struct text base, x;
		char gaps[WORDS_MAX][8];
		struct bsync_bytes one;
		bool is_clean = false;

		base_make(&base, gaps, &random);
		side_make(&base, gaps, 'x', &random, &x);
		bsync_arena_reset(&arena);
		CHECK_EQ(bsync_text_merge(bytes_of(&base), bytes_of(&x), bytes_of(&base), &arena, &one, &is_clean),
			 BSYNC_OK);
		CHECK(is_clean && bsync_bytes_equal(one, bytes_of(&x)));
		CHECK_EQ(bsync_text_merge(bytes_of(&base), bytes_of(&x), bytes_of(&x), &arena, &one, &is_clean),
			 BSYNC_OK);
		CHECK(is_clean && bsync_bytes_equal(one, bytes_of(&x)));
	}
	bsync_arena_clear(&arena);
}

/* `count` words, of which every `stride`th is another. */
static struct bsync_bytes many_words(struct bsync_arena *arena, uint32_t count, uint32_t first, uint32_t stride,
				     char letter)
{
	const size_t word_size = 8;
	char *text = bsync_arena_take(arena, count * word_size + 1);

	if (text == NULL)
		return (struct bsync_bytes){NULL, 0};
	for (uint32_t i = 0; i < count; i++)
		snprintf(text + i * word_size, word_size + 1, "%c%06" PRIu32 " ",
			 i >= first && (i - first) % stride == 0 ? letter : 'w', i % 1000000);
	return (struct bsync_bytes){(const uint8_t *)text, count * word_size};
}

static bool is_merged(uint32_t count, uint32_t stride)
{
	struct bsync_arena arena, texts;
	struct bsync_bytes base, x, y, bytes;
	bool is_clean = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, BSYNC_TEXT_MERGE_MEMORY_MAX);
	bsync_arena_init(&texts, 64 << 20);
	base = many_words(&texts, count, UINT32_MAX, 1, 'w');
	x = many_words(&texts, count, 0, stride, 'x');
	y = many_words(&texts, count, stride / 2, stride, 'y');
	result = bsync_text_merge(base, x, y, &arena, &bytes, &is_clean);
	bsync_arena_clear(&arena);
	bsync_arena_clear(&texts);
	return result == BSYNC_OK && is_clean;
}

TEST(what_is_beyond_the_maxima_is_for_a_person)
{
	const uint32_t words = BSYNC_TEXT_MERGE_SIZE_MAX / 8;

	/* Each changed word is a deletion and an insertion. */
	CHECK(is_merged(2000, 4));
	CHECK(!is_merged(2004, 4));
	CHECK(is_merged(words, words / 2));
	CHECK(!is_merged(words + 1, words / 2));
}

TEST(an_arena_that_is_full_is_told)
{
	struct bsync_arena arena;
	struct bsync_bytes bytes;
	bool is_clean = false;

	bsync_arena_init(&arena, 64);
	CHECK_EQ(bsync_text_merge(bsync_bytes_of_string("a b c"), bsync_bytes_of_string("A b c"),
				  bsync_bytes_of_string("a b C"), &arena, &bytes, &is_clean),
		 BSYNC_TOO_LARGE);
	CHECK(!is_clean);
	bsync_arena_clear(&arena);
}
