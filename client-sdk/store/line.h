/* line.h: the lines of own changesets, each with its key epoch: which one to write, which one a session speaks of.
 *
 * A device goes on with one line until it was put back from an image (PROTOCOL 8.8); then it begins the next.  Seqs go
 * on ascending over its lines, with a gap between them where the store has what the image has not. */
#ifndef BSYNC_CLIENT_STORE_LINE_H
#define BSYNC_CLIENT_STORE_LINE_H

#include "client-sdk/store/file.h"

/* Adds the key epoch that `sealing` names (all of it but suite and secret, which are made here), which begins its line
 * at `first_seq`, behind all that the outbox has. */
BSYNC_CHECKED enum bsync_result bsync_line_add(struct bsync_file *file, const struct bsync_seal_context *sealing,
					       const uint8_t seal_key[32], const struct bsync_signing_key *key,
					       uint64_t first_seq);
/* Makes the newest line the one to write; the schema is loaded. */
BSYNC_CHECKED enum bsync_result bsync_line_load(struct bsync_file *file);
/* The line on which own changeset `seq` is, or would be. */
BSYNC_CHECKED enum bsync_result bsync_line_of(struct bsync_file *file, uint64_t seq, struct bsync_line_span *span);
/* The line to speak of: of the first changeset without a receipt, else the newest. */
BSYNC_CHECKED enum bsync_result bsync_line_spoken(struct bsync_file *file, struct bsync_line_span *span);

/* In the transaction of a message: what a WELCOME says of the line that HELLO named. */
BSYNC_CHECKED enum bsync_result bsync_line_welcome(struct bsync_file *file, const struct bsync_welcome *welcome);
/* The store holds less than it once acknowledged: what it has not is handed in again.  `is_new`: it is in another life
 * than before. */
BSYNC_CHECKED enum bsync_result bsync_line_lost(struct bsync_file *file, const struct bsync_welcome *welcome,
						bool is_new);
/* Last in the transaction, after anything may have been acknowledged.  True in file->is_line_over when the next
 * session is to speak of another line. */
BSYNC_CHECKED enum bsync_result bsync_line_settle(struct bsync_file *file);

#endif
