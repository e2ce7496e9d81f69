#include "core/ids.h"

#include <assert.h>
#include <string.h>

static const char HEX[] = "0123456789abcdef";

static_assert(BSYNC_ID_TEXT_SIZE == 2 * BSYNC_ID_SIZE + 1, "two digits a byte and a NUL");
static_assert(BSYNC_POSITION_TEXT_SIZE == 10 + 1 + 20 + 1, "a u32, a dot, a u64 and a NUL");

void bsync_id_text(const uint8_t id[BSYNC_ID_SIZE], char text[BSYNC_ID_TEXT_SIZE])
{
	assert(id != NULL);
	assert(text != NULL);
	for (size_t i = 0; i < BSYNC_ID_SIZE; i++) {
		text[2 * i] = HEX[id[i] >> 4];
		text[2 * i + 1] = HEX[id[i] & 0x0f];
	}
	text[BSYNC_ID_TEXT_SIZE - 1] = '\0';
}

/* The value of a hex digit, -1 when `digit` is none. */
static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* True before the bytes where the text form of a UUID has a dash: 8-4-4-4-12 digits. */
static bool is_dash_place(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool bsync_id_parse(const char *text, uint8_t id[BSYNC_ID_SIZE])
{
	uint8_t parsed[BSYNC_ID_SIZE];
	bool has_dashes = false;

	assert(text != NULL);
	assert(id != NULL);
	has_dashes = strlen(text) > 8 && text[8] == '-';
	for (size_t i = 0; i < BSYNC_ID_SIZE; i++) {
		int high = 0;
		int low = 0;

		if (has_dashes && is_dash_place(i) && *text++ != '-')
			return false;
		high = hex_value(text[0]);
		low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return false;
		parsed[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text != '\0')
		return false;
	memcpy(id, parsed, sizeof(parsed));
	return true;
}

/* Writes `number` in decimal without a NUL; the number of digits. */
static size_t decimal_write(uint64_t number, char *text)
{
	char digits[20];
	size_t count = 0;

	assert(text != NULL);
	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	for (size_t i = 0; i < count; i++)
		text[i] = digits[count - 1 - i];
	return count;
}

/* Reads a decimal number of at most `max` in its one form (no sign, no leading zero) and moves `*text` behind it. */
static bool decimal_read(const char **text, uint64_t max, uint64_t *number)
{
	const char *digit = *text;
	uint64_t sum = 0;

	assert(number != NULL);
	if (*digit < '0' || *digit > '9' || (*digit == '0' && digit[1] >= '0' && digit[1] <= '9'))
		return false;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		uint64_t value = (uint64_t)(*digit - '0');

		if (sum > (max - value) / 10)
			return false;
		sum = sum * 10 + value;
	}
	*text = digit;
	*number = sum;
	return true;
}

void bsync_position_text(struct bsync_position position, char text[BSYNC_POSITION_TEXT_SIZE])
{
	size_t size = 0;

	assert(text != NULL);
	size = decimal_write(position.incarnation, text);
	text[size++] = '.';
	size += decimal_write(position.counter, text + size);
	assert(size < BSYNC_POSITION_TEXT_SIZE);
	text[size] = '\0';
}

bool bsync_position_parse(const char *text, struct bsync_position *position)
{
	uint64_t incarnation = 0;
	uint64_t counter = 0;

	assert(text != NULL);
	assert(position != NULL);
	if (!decimal_read(&text, UINT32_MAX, &incarnation) || *text++ != '.' ||
	    !decimal_read(&text, BSYNC_COUNTER_MAX, &counter) || *text != '\0')
		return false;
	*position = (struct bsync_position){(uint32_t)incarnation, counter};
	return true;
}

void bsync_uuid7(int64_t unix_ms, const uint8_t random[10], uint8_t id[BSYNC_ID_SIZE])
{
	uint64_t time = unix_ms < 0 ? 0 : (uint64_t)unix_ms;

	assert(random != NULL);
	assert(id != NULL);
	for (size_t i = 0; i < 6; i++)
		id[i] = (uint8_t)(time >> (40 - 8 * i));
	memcpy(id + 6, random, 10);
	id[6] = (uint8_t)(0x70 | (id[6] & 0x0f)); /* version 7 */
	id[8] = (uint8_t)(0x80 | (id[8] & 0x3f)); /* variant of RFC 9562 */
}
