#include "tests/support/device_store.h"

enum { FRAMES_SIZE_MAX = 64 << 20, WELCOME_ARENA_MAX = 1 << 16 };

static enum bsync_result store_welcome(struct bsync_file *file, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_welcome welcome;

	bsync_arena_init(&arena, WELCOME_ARENA_MAX);
	enum bsync_result result = bsync_welcome_decode(payload, &arena, &welcome);
	if (result == BSYNC_OK)
		result = bsync_file_welcome(file, &welcome);
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result device_store(struct bsync_file *file, uint8_t message, struct bsync_bytes payload)
{
	bool has_shown;

	switch (message) {
	case BSYNC_MESSAGE_WELCOME:
		return store_welcome(file, payload);
	case BSYNC_MESSAGE_RECEIPTS:
		return bsync_file_receipts(file, payload);
	case BSYNC_MESSAGE_SCHEMA:
		return bsync_file_schema_files(file, payload);
	case BSYNC_MESSAGE_SCOPES:
		return bsync_file_scopes(file, payload);
	case BSYNC_MESSAGE_ROWS:
		return bsync_file_rows(file, payload);
	case BSYNC_MESSAGE_PULL_END:
		return bsync_file_pull_end(file, payload, &has_shown);
	case BSYNC_MESSAGE_HISTORY:
		return bsync_file_answer(file, payload);
	default:
		return BSYNC_UNEXPECTED;
	}
}

enum bsync_result device_outgoing(struct bsync_file *file, struct bsync_session_client *session,
				  const struct bsync_effect *effect, size_t budget, struct bsync_buffer *frames,
				  struct bsync_effects *next)
{
	uint64_t last_seq = effect->number;
	bool has_more = false;

	bsync_buffer_init(frames, FRAMES_SIZE_MAX);
	enum bsync_result result = bsync_file_outgoing(file, effect->number, effect->epoch, budget, frames, &last_seq,
						       &has_more);
	if (result == BSYNC_OK)
		bsync_session_client_outgoing(session, bsync_buffer_bytes(frames), last_seq, has_more, next);
	else
		bsync_session_client_failed(session, result, next);
	return result;
}
