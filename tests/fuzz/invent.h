/* invent.h: messages and changesets made from a script's bytes: well-formed, but with any content a liar may choose.
 *
 * Bytes that are not even well-formed are what the decoders' own targets are for.  The tables are those of
 * tests/schemas/lijst; now and then a number is not of it. */
#ifndef BSYNC_TESTS_FUZZ_INVENT_H
#define BSYNC_TESTS_FUZZ_INVENT_H

#include "core/changeset.h"
#include "core/message.h"
#include "tests/fuzz/script.h"

struct bsync_value invent_value(struct script *script, struct bsync_arena *arena);
struct bsync_scope_ref invent_scope(struct script *script, struct bsync_arena *arena);
/* Each fills the structure; arrays live in `arena`. */
void invent_rows(struct script *script, struct bsync_arena *arena, struct bsync_rows *rows);
void invent_scopes(struct script *script, struct bsync_arena *arena, struct bsync_scopes *scopes);
void invent_changeset(struct script *script, struct bsync_arena *arena, struct bsync_changeset *set);
void invent_history_get(struct script *script, struct bsync_arena *arena, struct bsync_history_get *request);
void invent_history(struct script *script, struct bsync_arena *arena, struct bsync_history *history);

#endif
