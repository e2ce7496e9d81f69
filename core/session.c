#include "core/session.h"

#include "core/session_parts.h"

#include <assert.h>

enum bsync_result bsync_session_error_frame(enum bsync_result code, const char *text, uint32_t retry_after_ms,
					    struct bsync_buffer *out)
{
	assert(text != NULL);
	assert(out != NULL);
	struct bsync_error_message message = {
		.code = (uint32_t)code,
		.text = bsync_bytes_of_string(text),
		.retry_after_ms = retry_after_ms,
	};
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_ERROR));
	enum bsync_result result = bsync_error_encode(&message, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(out, BSYNC_MESSAGE_ERROR, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

struct bsync_effect *bsync_effects_add(struct bsync_effects *effects, enum bsync_effect_kind kind)
{
	assert(effects->count < BSYNC_SESSION_EFFECTS_MAX);
	struct bsync_effect *effect = &effects->list[effects->count++];
	*effect = (struct bsync_effect){.kind = kind};
	return effect;
}

bool bsync_frame_allowed(const struct bsync_frame *frame, bool from_device, enum bsync_result *result)
{
	assert(frame != NULL);
	assert(result != NULL);
	bool is_from_device = false;
	switch (frame->kind) {
#define D true
#define S false
#define X(NAME, name, kind, direction, since, cap) \
	case kind:                                 \
		is_from_device = direction;        \
		break;
#include "schema/messages.def"
#undef X
#undef S
#undef D
	default:
		*result = BSYNC_UNKNOWN_KIND;
		return false;
	}
	if (frame->payload.size > bsync_message_cap(frame->kind)) {
		*result = BSYNC_TOO_LARGE;
		return false;
	}
	if (is_from_device != from_device) {
		*result = BSYNC_UNEXPECTED;
		return false;
	}
	return true;
}

void bsync_session_forget_staged(struct bsync_hello *hello)
{
	uint32_t kept = 0;

	assert(hello != NULL);
	for (uint32_t i = 0; i < hello->ahead_count; i++) {
		if (hello->ahead[i].counter == 0)
			hello->ahead[kept++] = hello->ahead[i];
	}
	hello->ahead_count = kept;
}
