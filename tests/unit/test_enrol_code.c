#include "core/identity.h"

#include <ctype.h>

#include "tests/support/harness.h"

static struct bsync_enrol_code code_make(void)
{
	struct bsync_enrol_code code = {.address = "sync.buurtteam.example:7443"};

	for (uint8_t i = 0; i < 32; i++) {
		code.organisation.bytes[i % 16] = (uint8_t)(0x10 + i);
		code.pin.bytes[i] = (uint8_t)(0x40 + 3 * i);
		code.secret[i % 16] = (uint8_t)(0xf0 ^ 7 * i);
	}
	return code;
}

/* Writes the text of `code` with a NUL; returns its size, 0 on failure. */
static size_t code_text(const struct bsync_enrol_code *code, char *text, size_t max)
{
	struct bsync_buffer out;
	size_t size = 0;

	bsync_buffer_init(&out, max - 1);
	if (bsync_enrol_code_text(code, &out) == BSYNC_OK) {
		size = out.size;
		memcpy(text, out.data, size);
	}
	text[size] = '\0';
	bsync_buffer_clear(&out);
	return size;
}

static int same(const struct bsync_enrol_code *a, const struct bsync_enrol_code *b)
{
	if (!bsync_secret_equal(a->secret, b->secret, sizeof(a->secret)))
		return 0;
	return strcmp(a->address, b->address) == 0 && memcmp(&a->organisation, &b->organisation, 16) == 0 &&
	       memcmp(&a->pin, &b->pin, 32) == 0;
}

TEST(code_survives_its_text)
{
	const struct bsync_enrol_code code = code_make();
	struct bsync_enrol_code parsed;
	char text[800];

	CHECK(code_text(&code, text, sizeof(text)) > 0);
	CHECK(strncmp(text, "BS1-", 4) == 0);
	for (const char *c = text; *c != '\0'; c++)
		CHECK(isupper((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
	CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string(text), &parsed), BSYNC_OK);
	CHECK(same(&code, &parsed));
}

TEST(shortest_and_longest_address_survive)
{
	struct bsync_enrol_code code = code_make();
	struct bsync_enrol_code parsed;
	char text[800];

	for (size_t size = 1; size < sizeof(code.address); size++) {
		memset(code.address, 'a', size);
		code.address[size] = '\0';
		CHECK(code_text(&code, text, sizeof(text)) > 0);
		CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string(text), &parsed), BSYNC_OK);
		CHECK(same(&code, &parsed));
	}
}

TEST(address_that_could_mislead_is_refused)
{
	static const char *const wrong[] = {"", "a b:1", "a\nb:1", "caf\xc3\xa9:1", "\x7f:1"};
	struct bsync_enrol_code code = code_make();
	char text[800];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(code.address, sizeof(code.address), "%s", wrong[i]);
		CHECK_EQ(code_text(&code, text, sizeof(text)), 0);
	}
}

TEST(parse_forgives_what_people_do)
{
	const struct bsync_enrol_code code = code_make();
	struct bsync_enrol_code parsed;
	char text[800];
	char typed[3200];
	size_t size = code_text(&code, text, sizeof(text));
	size_t count = 0;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (i % 5 == 0)
			typed[count++] = " -\n\t\r"[i / 5 % 5];
		if (c == '0')
			c = i % 2 == 0 ? 'o' : 'O';
		else if (c == '1')
			c = "iIlL"[i % 4];
		else if (i % 3 == 0)
			c = (char)tolower((unsigned char)c);
		typed[count++] = c;
	}
	CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){(uint8_t *)typed, count}, &parsed), BSYNC_OK);
	CHECK(same(&code, &parsed));
}

TEST(one_wrong_character_is_detected)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const struct bsync_enrol_code code = code_make();
	struct bsync_enrol_code parsed;
	char text[800];
	size_t size = code_text(&code, text, sizeof(text));

	for (size_t i = 0; i < size; i++) {
		const char right = text[i];

		if (right == '-')
			continue;
		for (size_t j = 0; j < 32; j++) {
			if (digits[j] == right)
				continue;
			text[i] = digits[j];
			CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string(text), &parsed), BSYNC_BAD_CODE);
		}
		text[i] = right;
	}
}

TEST(missing_swapped_or_added_characters_are_detected)
{
	const struct bsync_enrol_code code = code_make();
	struct bsync_enrol_code parsed;
	char text[800];
	char longer[900];
	size_t size = code_text(&code, text, sizeof(text));

	for (size_t i = 0; i < size; i++)
		CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){(uint8_t *)text, i}, &parsed), BSYNC_BAD_CODE);
	for (size_t i = 4; i + 1 < size; i++) {
		char swapped = text[i];

		if (text[i] == text[i + 1])
			continue;
		text[i] = text[i + 1];
		text[i + 1] = swapped;
		CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string(text), &parsed), BSYNC_BAD_CODE);
		text[i + 1] = text[i];
		text[i] = swapped;
	}
	for (size_t i = 0; i <= size; i++) {
		memcpy(longer, text, i);
		longer[i] = '0';
		memcpy(longer + i + 1, text + i, size - i);
		CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){(uint8_t *)longer, size + 1}, &parsed),
			 BSYNC_BAD_CODE);
	}
}

TEST(what_is_no_code_is_refused)
{
	static char large[100000];
	struct bsync_enrol_code parsed = code_make();
	const struct bsync_enrol_code before = parsed;

	memset(large, 'A', sizeof(large));
	CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){NULL, 0}, &parsed), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string("BS1-"), &parsed), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string("hello"), &parsed), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_enrol_code_parse(bsync_bytes_of_string("BS1-\xff\xfe"), &parsed), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){(uint8_t *)large, sizeof(large)}, &parsed),
		 BSYNC_BAD_CODE);
	memcpy(large, "BS1", 3);
	CHECK_EQ(bsync_enrol_code_parse((struct bsync_bytes){(uint8_t *)large, sizeof(large)}, &parsed),
		 BSYNC_BAD_CODE);
	CHECK(same(&before, &parsed));
}
