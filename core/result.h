/* result.h: the one list of failure codes, their names and their texts.
 *
 * Every fallible function returns `enum bsync_result`; BSYNC_OK is 0.  The names of the codes
 * above 100 also travel in the ERROR message (schema/PROTOCOL.md section 6.13). */
#ifndef BSYNC_CORE_RESULT_H
#define BSYNC_CORE_RESULT_H

#define BSYNC_CHECKED __attribute__((warn_unused_result))

/* X(name, number, word, text) */
#define BSYNC_RESULTS(X)                                                                                  \
	X(OK, 0, "ok", "done")                                                                            \
	X(NO_MEMORY, 1, "no-memory", "memory ran out")                                                    \
	X(STORAGE, 2, "storage", "the database reported an error")                                        \
	X(STORAGE_FULL, 3, "storage-full", "the disk is full")                                            \
	X(STORAGE_CORRUPT, 4, "storage-corrupt", "the database is damaged")                               \
	X(BUSY, 5, "busy", "another process holds what this needs")                                       \
	X(NOT_FOUND, 6, "not-found", "there is no such thing")                                            \
	X(EXISTS, 7, "exists", "it is there already")                                                     \
	X(MISUSE, 8, "misuse", "the call is not allowed here")                                            \
	X(INVALID, 9, "invalid", "an argument is not valid")                                              \
	X(CRYPTO, 10, "crypto", "a cryptographic operation failed")                                       \
	X(RANDOM, 11, "random", "the source of randomness failed")                                        \
	X(IO, 12, "io", "a file or socket reported an error")                                             \
	X(TIMEOUT, 13, "timeout", "the time allowed has passed")                                          \
	X(SCHEMA, 14, "schema", "the schema is not valid")                                                \
	X(NEWER_SCHEMA, 15, "newer-schema", "the data was written by a newer version")                    \
	X(KEY, 16, "key", "the key or passphrase does not fit")                                           \
	X(CHANGED, 17, "changed", "it has changed meanwhile, look again")                                 \
	X(AGAIN, 18, "again", "more input is needed")                                                     \
	X(CLOSED, 19, "closed", "the other side closed the connection")                                   \
	X(MALFORMED, 101, "malformed", "the bytes do not follow the format")                              \
	X(TOO_LARGE, 102, "too-large", "a size or count is over its limit")                               \
	X(TOO_DEEP, 103, "too-deep", "values are nested too deeply")                                      \
	X(UNEXPECTED, 104, "unexpected", "the message is not allowed at this point")                      \
	X(UNKNOWN_KIND, 105, "unknown-kind", "the kind of message is not known")                          \
	X(VERSION, 106, "version", "no common protocol version")                                          \
	X(ORGANISATION, 107, "organisation", "this is another organisation's store")                      \
	X(NOT_ENROLLED, 108, "not-enrolled", "the device is not enrolled")                                \
	X(SUSPENDED, 109, "suspended", "the device may hand in, not receive")                             \
	X(REVOKED, 110, "revoked", "the device has been revoked")                                         \
	X(OLD_SCHEMA, 111, "old-schema", "the schema of the device is too old to receive rows")           \
	X(OUT_OF_ORDER, 112, "out-of-order", "a changeset is missing before this one")                    \
	X(BAD_SIGNATURE, 113, "bad-signature", "the signature does not fit")                              \
	X(BAD_SEAL, 114, "bad-seal", "the sealed bytes do not open")                                      \
	X(BAD_CODE, 115, "bad-code", "the enrolment code is wrong, used or expired")                      \
	X(OVERLOADED, 116, "overloaded", "the server has too much to do, try later")                      \
	X(TLS, 117, "tls", "the TLS handshake or record failed")                                          \
	X(SHUTTING_DOWN, 118, "shutting-down", "the server is going away, try later")                     \
	X(IDLE, 119, "idle", "nothing was heard for too long")                                            \
	X(UNKNOWN_EPOCH, 120, "unknown-epoch", "the store does not have the key epoch of this changeset") \
	X(INCARNATION, 121, "incarnation", "the store is in another life than the device knows")          \
	X(DIGEST, 122, "digest", "the contents do not match their digest")                                \
	X(PUT_BACK, 123, "put-back", "the store was put back from a copy without a restore")

enum bsync_result {
#define X(name, number, word, text) BSYNC_##name = number,
	BSYNC_RESULTS(X)
#undef X
};

/* Borrows the word of `result` for logs and the wire ("too-large"); static, never NULL. */
const char *bsync_result_name(enum bsync_result result);

/* Borrows one English clause that says what `result` means; static, never NULL. */
const char *bsync_result_text(enum bsync_result result);

#endif
