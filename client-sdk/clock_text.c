#include "client-sdk/clock_text.h"

#include <assert.h>
#include <stdio.h>

const char *bsync_clock_text(int64_t drift_ms, enum bsync_language language, char text[BSYNC_CLOCK_TEXT_SIZE])
{
	struct bsync_buffer out;
	struct bsync_words words;
	assert(text != NULL);
	bsync_buffer_init(&out, BSYNC_CLOCK_TEXT_SIZE);
	bsync_words_init(&words, language, &out);
	bsync_words_say(&words, "de klok van dit apparaat loopt ", "the clock of this device is ");
	bsync_words_span(&words, drift_ms < 0 ? -(drift_ms + 1) : drift_ms);
	bsync_words_say(&words, drift_ms < 0 ? " achter" : " voor", drift_ms < 0 ? " slow" : " fast");
	bsync_words_say(&words, ": je werk wordt goed verwerkt, maar zet de klok goed, want anderen zien deze tijd",
			": your work is handed in as it should be, but set the clock, as others see its time");
	if (words.result == BSYNC_OK)
		words.result = bsync_buffer_append(&out, "", 1);
	snprintf(text, BSYNC_CLOCK_TEXT_SIZE, "%s", words.result == BSYNC_OK ? (const char *)out.data : "");
	bsync_buffer_clear(&out);
	return text;
}
