/* session_parts.h: small pieces both session halves use; not for executors. */
#ifndef BSYNC_CORE_SESSION_PARTS_H
#define BSYNC_CORE_SESSION_PARTS_H

#include "core/session.h"

/* Appends an empty effect of `kind`. */
struct bsync_effect *bsync_effects_add(struct bsync_effects *effects, enum bsync_effect_kind kind);

/* True when a frame of this kind and size may come from that side; else `*result` names the error. */
bool bsync_frame_allowed(const struct bsync_frame *frame, bool from_device, enum bsync_result *result);

/* What a device has staged is of another life, and it drops that with WELCOME; what it has dropped is gone in any life. */
void bsync_session_forget_staged(struct bsync_hello *hello);

#endif
