/* talk.h: what the two targets that hold a conversation share: giving a session what its peer says, and reading what it
 * answers. */
#ifndef BSYNC_TESTS_FUZZ_TALK_H
#define BSYNC_TESTS_FUZZ_TALK_H

#include "core/frame.h"
#include "tests/fuzz/script.h"
#include "tests/support/message_any.h"

/* The session's end of a wire. */
struct talk_wire {
	struct bsync_frame_reader in, out;
	bool is_closed;
};

/* Hands one frame to the session and carries out what follows. */
typedef void talk_give(void *talk, const struct bsync_frame *frame);

void talk_wire_init(struct talk_wire *wire);
void talk_wire_clear(struct talk_wire *wire);

/* Everything a session sends is whole frames that read; `*sync_token` becomes that of a SYNC, and may be NULL. */
void talk_check_sent(struct talk_wire *wire, struct bsync_bytes bytes, uint64_t *sync_token);
/* Gives a message, where it can be written. */
void talk_give_message(talk_give *give, void *talk, enum bsync_message_kind kind, const union message_any *message);
/* Gives bytes as they come off a wire, until the session closes; else returns why the frames end: BSYNC_AGAIN, or what
 * the frame reader found. */
enum bsync_result talk_give_raw(struct talk_wire *wire, struct bsync_bytes bytes, talk_give *give, void *talk);

#endif
