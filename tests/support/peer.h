/* peer.h: an enrolled device that says exactly what a test wants, right or wrong, over a blocking socket.
 *
 * Real enrolment, TLS and sealing; the frames are the caller's.  Where something fails that the test is not about, the
 * program ends with a message. */
#ifndef BSYNC_TESTS_SUPPORT_PEER_H
#define BSYNC_TESTS_SUPPORT_PEER_H

#include "core/changeset.h"
#include "core/frame.h"
#include "core/identity.h"
#include "core/tls.h"

enum { PEER_ENTRIES_MAX = 64, PEER_TEXT_MAX = 300 };

/* One sealed changeset. */
struct peer_entry {
	uint8_t salt[BSYNC_SEAL_SALT_SIZE];
	struct bsync_buffer body;
	struct bsync_digest hash;
};

struct peer {
	char address[262];
	struct bsync_enrol_code code;
	struct bsync_signing_key *key;
	struct bsync_tls_settings *settings, *enrol_settings;
	struct bsync_seal_context context;
	struct bsync_epoch_open epoch;
	uint8_t epoch_signature[BSYNC_SIGNATURE_SIZE];
	uint32_t schema_version;
	struct peer_entry entries[PEER_ENTRIES_MAX]; /* seq 1 first */
	uint64_t entry_count;
	/* The connection; fd -1 none. */
	int fd;
	struct bsync_tls *tls;
	struct bsync_frame_reader reader;
};

/* Ends the program with a message unless `result` is BSYNC_OK. */
void peer_must(enum bsync_result result, const char *what);

/* Enrols with a one-time code at `address`. */
void peer_enrol(struct peer *peer, const char *code, const char *address);
void peer_free(struct peer *peer);

/* Connects as the device it is, or, with `for_enrolment`, on the enrolment protocol; the handshake is done. */
void peer_connect(struct peer *peer, bool for_enrolment);
/* Cuts the connection, as by pulling the plug. */
void peer_cut(struct peer *peer);
/* Sends bytes inside TLS; a connection that the other side has closed swallows them. */
void peer_send(struct peer *peer, struct bsync_bytes bytes);
/* The next frame, borrowed until the next call.  BSYNC_CLOSED when the other side has ended, BSYNC_TIMEOUT. */
enum bsync_result peer_receive(struct peer *peer, int timeout_ms, struct bsync_frame *frame);

/* Seals an insert of the row `key` into table `lijst` of tests/schemas/lijst as the next changeset, or as number `seq`
 * in place of the one that is there. */
void peer_seal(struct peer *peer, const char *key, uint64_t seq);
void peer_send_frame(struct peer *peer, uint8_t kind, struct bsync_bytes payload);
void peer_send_hello(struct peer *peer);
void peer_send_epoch(struct peer *peer, const struct bsync_epoch_open *epoch);
/* A PUSH of `count` changesets from `first_seq` on, signed; `tamper` may change it just before it is encoded. */
void peer_send_push(struct peer *peer, uint64_t first_seq, uint32_t count, void (*tamper)(struct bsync_push *push));

#endif
