/* signer.h: the process that holds the CA key and issues certificates; the network process never has that key.
 *
 * Forked before any socket is opened or thread started.  It takes a public key and an id, nothing else, and fills the
 * template of schema/PROTOCOL.md section 9.3.  It ends when the daemon ends. */
#ifndef BSYNC_DAEMON_SIGNER_H
#define BSYNC_DAEMON_SIGNER_H

#include <pthread.h>
#include <sys/types.h>

#include "core/identity.h"
#include "core/keys.h"

struct bsync_signer {
	int socket;
	pid_t process;
	pthread_mutex_t lock;
};

/* Forks the process; it opens the CA key of `folder` itself.  BSYNC_KEY when the store key does not fit, BSYNC_IO,
 * BSYNC_NOT_FOUND. */
BSYNC_CHECKED enum bsync_result bsync_signer_start(const char *folder, const struct bsync_key *store_key,
						   struct bsync_signer *signer);

/* Issues a certificate of 90 days for `public_key` (DER SubjectPublicKeyInfo) and appends its DER; `kind` is SERVER or
 * DEVICE.  From any thread, one at a time; takes milliseconds.  BSYNC_IO when the process is gone. */
BSYNC_CHECKED enum bsync_result bsync_signer_issue(struct bsync_signer *signer, enum bsync_certificate_kind kind,
						   const uint8_t id[16], struct bsync_bytes public_key,
						   struct bsync_buffer *der);

/* Ends the process and waits for it. */
void bsync_signer_stop(struct bsync_signer *signer);

#endif
