/* words.h: what people read: sentences in their language, times, values and names, safe for a terminal.
 *
 * Plain language (B1) in Dutch and English.  Nothing here is meant for programs: those read JSON.  Times are local to the
 * machine that writes the words. */
#ifndef BSYNC_CORE_SCHEMA_WORDS_H
#define BSYNC_CORE_SCHEMA_WORDS_H

#include "core/ids.h"
#include "core/value.h"

enum bsync_language { BSYNC_ENGLISH, BSYNC_DUTCH };

/* Names of languages as people set them ("nl", "nl_NL.UTF-8"), the first that says something decides: Dutch for nl, else
 * English. */
enum bsync_language bsync_language_of(const char *const *names, size_t count);
/* The same from the environment: BUURTSYNC_LANG, LC_ALL, LC_MESSAGES, LANG. */
enum bsync_language bsync_language_here(void);

/* A text in the making; the first failure sticks in `result`. */
struct bsync_words {
	struct bsync_buffer *out; /* borrowed */
	enum bsync_language language;
	enum bsync_result result;
};

void bsync_words_init(struct bsync_words *words, enum bsync_language language, struct bsync_buffer *out);
/* Appends one of the two, as it is. */
void bsync_words_say(struct bsync_words *words, const char *dutch, const char *english);
/* Appends a text of somebody: control characters become spaces, what is no UTF-8 becomes "?", and what is over 400 bytes is
 * cut, with a mark. */
void bsync_words_text(struct bsync_words *words, struct bsync_bytes text);
void bsync_words_string(struct bsync_words *words, const char *text);
void bsync_words_number(struct bsync_words *words, int64_t number);
/* A value: text in quotes, blobs as hex digits, NULL as a word. */
void bsync_words_value(struct bsync_words *words, const struct bsync_value *value);
/* "dinsdag 3 november 2026 om 14:10". */
void bsync_words_time(struct bsync_words *words, int64_t ms);
/* "3 dagen", rounded to what a person would say. */
void bsync_words_span(struct bsync_words *words, int64_t ms);
/* Somebody's name; a clear word where it is NULL, empty or only the id as hex digits. */
void bsync_words_name(struct bsync_words *words, const struct bsync_worker_id *worker, const char *name);
/* A reason as the store gives it, in the reader's language where it is a known one. */
void bsync_words_reason(struct bsync_words *words, const char *reason);
/* The same of why a changeset was set aside as a whole. */
void bsync_words_aside(struct bsync_words *words, const char *reason);

#endif
