#include "core/schema/words.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_SHOWN_MAX = 400, BLOB_SHOWN_MAX = 32, NUMBER_SIZE = 40, SEQUENCE_MAX = 4 };

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

enum bsync_language bsync_language_of(const char *const *names, size_t count)
{
	assert(names != NULL || count == 0);
	for (size_t i = 0; i < count; i++) {
		const char *name = names[i];
		if (name == NULL || name[0] == '\0')
			continue;
		bool is_dutch = (name[0] == 'n' || name[0] == 'N') && (name[1] == 'l' || name[1] == 'L') &&
				strchr("_-.@", name[2]) != NULL;
		return is_dutch ? BSYNC_DUTCH : BSYNC_ENGLISH;
	}
	return BSYNC_ENGLISH;
}

enum bsync_language bsync_language_here(void)
{
	const char *names[] = {getenv("BUURTSYNC_LANG"), getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG")};
	return bsync_language_of(names, sizeof names / sizeof names[0]);
}

void bsync_words_init(struct bsync_words *words, enum bsync_language language, struct bsync_buffer *out)
{
	assert(words != NULL && out != NULL);
	*words = (struct bsync_words){.out = out, .language = language, .result = BSYNC_OK};
}

static void append(struct bsync_words *words, const char *text, size_t size)
{
	if (words->result == BSYNC_OK)
		words->result = bsync_buffer_append(words->out, text, size);
}

void bsync_words_say(struct bsync_words *words, const char *dutch, const char *english)
{
	const char *text = words->language == BSYNC_DUTCH ? dutch : english;
	append(words, text, strlen(text));
}

/* The size of the character at `at`; 0 when it is not UTF-8. */
static size_t character_size(struct bsync_bytes text, size_t at)
{
	for (size_t size = 1; size <= SEQUENCE_MAX && at + size <= text.size; size++)
		if (bsync_utf8_valid((struct bsync_bytes){text.data + at, size}))
			return size;
	return 0;
}

/* C0, DEL and C1: what a terminal might take as an order; and what turns the direction of writing. */
static bool is_control(const uint8_t *at, size_t size)
{
	if (size == 1)
		return *at < 0x20 || *at == 0x7f;
	if (size == 2)
		return at[0] == 0xc2 && at[1] < 0xa0;
	return size == 3 && at[0] == 0xe2 &&
	       ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

void bsync_words_text(struct bsync_words *words, struct bsync_bytes text)
{
	size_t at = 0;
	while (at < text.size && words->result == BSYNC_OK) {
		size_t size = character_size(text, at);
		if (at + (size > 0 ? size : 1) > TEXT_SHOWN_MAX)
			break;
		if (size == 0)
			append(words, "?", 1);
		else if (is_control(text.data + at, size))
			append(words, " ", 1);
		else
			append(words, (const char *)text.data + at, size);
		at += size > 0 ? size : 1;
	}
	if (at < text.size)
		bsync_words_say(words, "… (ingekort)", "… (cut short)");
}

void bsync_words_string(struct bsync_words *words, const char *text)
{
	bsync_words_text(words, bsync_bytes_of_string(text));
}

void bsync_words_number(struct bsync_words *words, int64_t number)
{
	char text[NUMBER_SIZE];
	int size = snprintf(text, sizeof text, "%" PRId64, number);
	append(words, text, (size_t)size);
}

static void put_blob(struct bsync_words *words, struct bsync_bytes blob)
{
	static const char digits[] = "0123456789abcdef";
	if (blob.size > BLOB_SHOWN_MAX) {
		bsync_words_number(words, (int64_t)blob.size);
		append(words, " bytes", 6);
		return;
	}
	for (size_t i = 0; i < blob.size; i++) {
		char pair[2] = {digits[blob.data[i] >> 4], digits[blob.data[i] & 15]};
		append(words, pair, sizeof pair);
	}
}

void bsync_words_value(struct bsync_words *words, const struct bsync_value *value)
{
	char number[NUMBER_SIZE];
	switch (value->kind) {
	case BSYNC_NULL:
		bsync_words_say(words, "(leeg)", "(empty)");
		break;
	case BSYNC_INTEGER:
		bsync_words_number(words, value->as.integer);
		break;
	case BSYNC_REAL:
		append(words, number, (size_t)snprintf(number, sizeof number, "%.15g", value->as.real));
		break;
	case BSYNC_TEXT:
		append(words, "'", 1);
		bsync_words_text(words, value->as.bytes);
		append(words, "'", 1);
		break;
	case BSYNC_BLOB:
		put_blob(words, value->as.bytes);
		break;
	}
}

void bsync_words_time(struct bsync_words *words, int64_t ms)
{
	static const char *const days[2][7] = {
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"}};
	static const char *const months[2][12] = {{"January", "February", "March", "April", "May", "June", "July",
						   "August", "September", "October", "November", "December"},
						  {"januari", "februari", "maart", "april", "mei", "juni", "juli",
						   "augustus", "september", "oktober", "november", "december"}};
	const int language = words->language == BSYNC_DUTCH ? 1 : 0;
	char text[2 * NUMBER_SIZE + 20];
	struct tm parts;
	time_t seconds = (time_t)(ms / 1000);
	if (ms <= 0 || localtime_r(&seconds, &parts) == NULL) {
		bsync_words_say(words, "een onbekend moment", "an unknown moment");
		return;
	}
	assert(parts.tm_wday >= 0 && parts.tm_wday < 7 && parts.tm_mon >= 0 && parts.tm_mon < 12);
	snprintf(text, sizeof text, "%s %d %s %lld %s %02d:%02d", days[language][parts.tm_wday], parts.tm_mday,
		 months[language][parts.tm_mon], 1900 + (long long)parts.tm_year, language == 1 ? "om" : "at",
		 parts.tm_hour, parts.tm_min);
	append(words, text, strlen(text));
}

void bsync_words_span(struct bsync_words *words, int64_t ms)
{
	if (ms >= 730 * DAY_MS) {
		bsync_words_number(words, ms / (365 * DAY_MS));
		bsync_words_say(words, " jaar", " years");
	} else if (ms >= 2 * DAY_MS) {
		bsync_words_number(words, ms / DAY_MS);
		bsync_words_say(words, " dagen", " days");
	} else if (ms >= 2 * HOUR_MS) {
		bsync_words_number(words, ms / HOUR_MS);
		bsync_words_say(words, " uur", " hours");
	} else {
		bsync_words_number(words, ms / MINUTE_MS);
		bsync_words_say(words, " minuten", " minutes");
	}
}

void bsync_words_name(struct bsync_words *words, const struct bsync_worker_id *worker, const char *name)
{
	char hex[BSYNC_ID_TEXT_SIZE];
	bsync_id_text(worker->bytes, hex);
	if (name == NULL || name[0] == '\0') {
		bsync_words_say(words, "iemand (naam niet bekend)", "somebody (name not known)");
	} else if (strcmp(name, hex) == 0) {
		bsync_words_say(words, "een medewerker die hier niet bekend is (", "a worker who is not known here (");
		append(words, hex, 8);
		append(words, "…)", strlen("…)"));
	} else {
		bsync_words_string(words, name);
	}
}

void bsync_words_reason(struct bsync_words *words, const char *reason)
{
	static const char *const known[][2] = {
		{"access to this had ended", "de toegang hiertoe was gestopt"},
		{"the author may not write this", "de schrijver mag dit niet veranderen"},
		{"rows of this table are never changed or deleted",
		 "wat in deze tabel staat, wordt nooit veranderd of verwijderd"},
		{"the row is in no scope that anybody holds", "het hoort bij niets waar iemand bij mag"},
		{"only the store writes this column", "deze kolom vult alleen de server"},
		{"the rule of this column does not take what was written", "de regel van deze kolom laat dit niet toe"},
		{"this was signed", "dit is ondertekend"},
		{"another signature stands, under other words", "er staat al een handtekening, onder een andere tekst"},
		{"the row that this one names was deleted meanwhile", "waar dit bij hoort, is intussen verwijderd"},
		{"signed without having seen this", "er is getekend zonder dat dit gezien was"}};
	if (reason == NULL || reason[0] == '\0') {
		bsync_words_say(words, "de reden is niet bekend", "the reason is not known");
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(known[i][0], reason) == 0) {
			bsync_words_say(words, known[i][1], known[i][0]);
			return;
		}
	}
	bsync_words_string(words, reason);
}

/* In Dutch the store's own words stand behind a sentence of ours: they are for the operator. */
void bsync_words_aside(struct bsync_words *words, const char *reason)
{
	static const struct {
		const char *begin, *dutch;
		bool has_number; /* that follows */
	} known[] = {
		{"it waits behind changeset ", "het wacht op een eerder stuk werk, dat ook apart is gezet: nummer ",
		 true},
		{"it waits for a scope of circle ",
		 "het hoort bij iets dat de server nog niet kent; zodra dat er is, gaat het vanzelf", false},
		{"a copy of this device handed in another history",
		 "een kopie van dit apparaat leverde iets anders in; de beheerder kan het vrijgeven", false},
	};
	for (size_t i = 0; reason != NULL && i < sizeof known / sizeof known[0]; i++) {
		const size_t size = strlen(known[i].begin);
		if (strncmp(reason, known[i].begin, size) != 0 || words->language != BSYNC_DUTCH)
			continue;
		bsync_words_say(words, known[i].dutch, "");
		if (known[i].has_number)
			bsync_words_text(words, (struct bsync_bytes){(const uint8_t *)reason + size,
								     strspn(reason + size, "0123456789")});
		return;
	}
	if (reason != NULL && reason[0] != '\0')
		bsync_words_say(words, "de server kan het zo niet verwerken: ", "");
	bsync_words_reason(words, reason);
}
