#include "core/schema/period.h"

#include <assert.h>

static const int64_t day_ms = 86400000;

/* Reads `count` digits at `*at`; -1 when there are not so many. */
static int digits(struct bsync_bytes text, size_t *at, size_t count)
{
	assert(at != NULL);
	int number = 0;

	for (size_t i = 0; i < count; i++, ++*at) {
		if (*at >= text.size || text.data[*at] < '0' || text.data[*at] > '9')
			return -1;
		number = number * 10 + (text.data[*at] - '0');
	}
	return number;
}

static bool sign(struct bsync_bytes text, size_t *at, char wanted)
{
	assert(at != NULL);
	if (*at >= text.size || text.data[*at] != (uint8_t)wanted)
		return false;
	++*at;
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	assert(month >= 1);
	assert(month <= 12);
	return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the Gregorian calendar, for years from 0 on. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* Reads "HH:MM" or "HH:MM:SS", and a Z behind it, to the end of the text. */
static bool clock_parse(struct bsync_bytes text, size_t at, int64_t *ms)
{
	assert(ms != NULL);
	int hour = digits(text, &at, 2);
	int minute = sign(text, &at, ':') ? digits(text, &at, 2) : -1;
	int second = 0;

	if (minute >= 0 && sign(text, &at, ':'))
		second = digits(text, &at, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (at < text.size && !sign(text, &at, 'Z'))
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * (int64_t)1000;
	return at == text.size;
}

static bool text_parse(struct bsync_bytes text, int64_t *ms, bool *is_date)
{
	assert(ms != NULL);
	assert(is_date != NULL);
	size_t at = 0;
	int64_t clock = 0;
	int year = digits(text, &at, 4);
	int month = sign(text, &at, '-') ? digits(text, &at, 2) : -1;
	int day = sign(text, &at, '-') ? digits(text, &at, 2) : -1;

	if (year < 0 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return false;
	*is_date = at == text.size;
	if (!*is_date) {
		if (!sign(text, &at, ' ') && !sign(text, &at, 'T'))
			return false;
		if (!clock_parse(text, at, &clock))
			return false;
	}
	*ms = days_of(year, month, day) * day_ms + clock;
	return true;
}

static bool value_parse(const struct bsync_value *value, int64_t null_ms, int64_t *ms, bool *is_date)
{
	assert(value != NULL);
	assert(ms != NULL);
	*is_date = false;
	switch (value->kind) {
	case BSYNC_NULL:
		*ms = null_ms;
		return true;
	case BSYNC_INTEGER:
		*ms = value->as.integer;
		return true;
	case BSYNC_TEXT:
		return text_parse(value->as.bytes, ms, is_date);
	case BSYNC_REAL:
	case BSYNC_BLOB:
		return false;
	}
	assert(false && "a kind of value");
	return false;
}

bool bsync_period_from(const struct bsync_value *value, int64_t *from_ms)
{
	assert(value != NULL);
	assert(from_ms != NULL);
	bool is_date;

	return value_parse(value, INT64_MIN, from_ms, &is_date);
}

bool bsync_period_until(const struct bsync_value *value, int64_t *until_ms)
{
	assert(value != NULL);
	assert(until_ms != NULL);
	bool is_date;

	if (!value_parse(value, INT64_MAX, until_ms, &is_date))
		return false;
	/* A last day is a whole day. */
	if (is_date)
		*until_ms += day_ms;
	return true;
}
