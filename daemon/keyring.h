/* keyring.h: where the store key is, and the files that are boxed under it.
 *
 * The store key is 32 random bytes.  It comes from a file (--key-file, the systemd credential `store.key`, or
 * `store.key` in the daemon's folder), or from `keys/store.box`, which a passphrase opens.  A key file holds 64 hex
 * digits, or the 32 bytes themselves.  Boxes: schema/PROTOCOL.md section 8.6. */
#ifndef BSYNC_DAEMON_KEYRING_H
#define BSYNC_DAEMON_KEYRING_H

#include "core/keys.h"
#include "core/seal.h"

enum { BSYNC_KEYRING_ERROR_SIZE = 300, BSYNC_KEYRING_FILE_MAX = 65536 };

/* What the command line names; NULL where it does not. */
struct bsync_keyring_source {
	const char *key_file;
	const char *passphrase_file;
};

enum bsync_keyring_kind {
	BSYNC_KEYRING_KEY_FILE,   /* in the file of --key-file */
	BSYNC_KEYRING_PASSPHRASE, /* in keys/store.box */
	BSYNC_KEYRING_BESIDE,     /* in store.key, beside what it protects */
};

/* Makes a store key for `folder` and puts it where `source` says; a key file that exists already is used as it is.
 * BSYNC_KEY with a text "what, why, what to do" when the passphrase or the file will not do. */
BSYNC_CHECKED enum bsync_result bsync_keyring_make(const char *folder, const struct bsync_keyring_source *source,
						   struct bsync_key *key, enum bsync_keyring_kind *kind,
						   char error[BSYNC_KEYRING_ERROR_SIZE]);

/* Finds the store key of `folder`: --key-file, the systemd credential, the passphrase, store.key; BSYNC_KEY. */
BSYNC_CHECKED enum bsync_result bsync_keyring_open(const char *folder, const struct bsync_keyring_source *source,
						   struct bsync_key *key, char error[BSYNC_KEYRING_ERROR_SIZE]);

/* The CA: its key boxed in keys/ca.key, bound to the certificate in ca.crt. */
BSYNC_CHECKED enum bsync_result bsync_keyring_ca_put(const char *folder, const struct bsync_key *store_key,
						     const struct bsync_signing_key *ca_key,
						     struct bsync_bytes certificate);
/* The certificate alone; public. */
BSYNC_CHECKED enum bsync_result bsync_keyring_ca_certificate(const char *folder, struct bsync_buffer *certificate);
/* The key; only the signer process calls this.  BSYNC_KEY when the store key or the certificate is another's. */
BSYNC_CHECKED enum bsync_result bsync_keyring_ca_key(const char *folder, const struct bsync_key *store_key,
						     struct bsync_bytes certificate, struct bsync_signing_key **out);

#endif
