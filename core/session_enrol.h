/* session_enrol.h: the two halves of enrolment (PROTOCOL sections 6.16 to 6.18 and 9).
 *
 * The daemon: send the challenge, take one ENROL, answer ENROLLED and SCHEMA or an ERROR, close.  The device: wait for
 * the challenge, prove, wait for the answer. */
#ifndef BSYNC_CORE_SESSION_ENROL_H
#define BSYNC_CORE_SESSION_ENROL_H

#include "core/identity.h"
#include "core/session.h"

/* The daemon's. Appends the CHALLENGE frame. */
BSYNC_CHECKED enum bsync_result bsync_enrol_challenge(const struct bsync_organisation_id *organisation,
						      const uint8_t nonce[32], struct bsync_buffer *frames);
/* Decodes an ENROL frame and checks its proof against this connection's nonce and exporter; `enrol` borrows from the
 * frame.  BSYNC_UNEXPECTED for another kind, BSYNC_BAD_SIGNATURE, BSYNC_MALFORMED. */
BSYNC_CHECKED enum bsync_result bsync_enrol_request(const struct bsync_frame *frame, const uint8_t nonce[32],
						    const uint8_t exporter[32], struct bsync_arena *arena,
						    struct bsync_enrol *enrol);
/* Appends the ENROLLED and SCHEMA frames. */
BSYNC_CHECKED enum bsync_result bsync_enrol_answer(const struct bsync_enrolled *enrolled,
						   const struct bsync_schema_files *schema,
						   struct bsync_buffer *frames);

/* The device's. */
enum bsync_enrol_state {
	BSYNC_ENROL_CHALLENGE,
	BSYNC_ENROL_ANSWER,
	BSYNC_ENROL_SCHEMA,
	BSYNC_ENROL_DONE,
	BSYNC_ENROL_FAILED
};
struct bsync_enrol_client {
	enum bsync_enrol_state state;
	const struct bsync_enrol_code *code;                  /* borrowed */
	const struct bsync_signing_key *key;                  /* borrowed */
	const char *software;                                 /* borrowed */
	struct bsync_buffer enrolled_payload, schema_payload; /* owned: what the results borrow from */
	struct bsync_arena arena;
	struct bsync_enrolled enrolled; /* valid when DONE */
	struct bsync_schema_files schema;
	enum bsync_result result; /* when FAILED */
	char text[300];           /* the server's words, when it refused */
};
void bsync_enrol_client_init(struct bsync_enrol_client *client, const struct bsync_enrol_code *code,
			     const struct bsync_signing_key *key, const char *software);
void bsync_enrol_client_clear(struct bsync_enrol_client *client);
/* A whole frame has arrived on the connection whose exporter is given; appends frames to send. */
void bsync_enrol_client_frame(struct bsync_enrol_client *client, const struct bsync_frame *frame,
			      const uint8_t exporter[32], struct bsync_buffer *frames);

#endif
