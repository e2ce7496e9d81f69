/* message_any.h: a message of any kind, so that one loop serves all codecs. */
#ifndef BSYNC_TESTS_SUPPORT_MESSAGE_ANY_H
#define BSYNC_TESTS_SUPPORT_MESSAGE_ANY_H

#include "core/message.h"

union message_any {
	struct bsync_hello hello;
	struct bsync_epoch_open epoch;
	struct bsync_push push;
	struct bsync_shown_receipts shown;
	struct bsync_sync sync;
	struct bsync_confirm confirm;
	struct bsync_history_get history_get;
	struct bsync_retry retry;
	struct bsync_welcome welcome;
	struct bsync_receipts receipts;
	struct bsync_schema_files schema;
	struct bsync_scopes scopes;
	struct bsync_rows rows;
	struct bsync_pull_end pull_end;
	struct bsync_history history;
	struct bsync_error_message error;
	struct bsync_challenge challenge;
	struct bsync_enrol enrol;
	struct bsync_enrolled enrolled;
};

/* Calls the decoder or the encoder of `kind`, which must be in schema/messages.def. */
BSYNC_CHECKED enum bsync_result message_any_decode(enum bsync_message_kind kind, struct bsync_bytes payload,
						   struct bsync_arena *arena, union message_any *message);
BSYNC_CHECKED enum bsync_result message_any_encode(enum bsync_message_kind kind, const union message_any *message,
						   struct bsync_buffer *out);

#endif
