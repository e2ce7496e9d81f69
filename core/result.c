#include "core/result.h"

const char *bsync_result_name(enum bsync_result result)
{
	switch (result) {
#define X(name, number, word, text) \
	case BSYNC_##name:          \
		return word;
		BSYNC_RESULTS(X)
#undef X
	}
	/* A number from the wire or a database may be none of ours. */
	return "unknown";
}

const char *bsync_result_text(enum bsync_result result)
{
	switch (result) {
#define X(name, number, word, text) \
	case BSYNC_##name:          \
		return text;
		BSYNC_RESULTS(X)
#undef X
	}
	return "a failure this version does not know";
}
