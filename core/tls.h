/* tls.h: TLS 1.3 over memory: cipher bytes in and out, plain bytes in and out.
 *
 * mbedtls underneath; no socket.  Profile: schema/PROTOCOL.md section 1.2 (TLS 1.3 only, P-256, AES-256-GCM
 * and ChaCha20-Poly1305, ALPN, no tickets, no resumption, no 0-RTT, client certificate required except on
 * the enrolment protocol).  A settings object may be shared by threads; a tls object is used by one thread at
 * a time. */
#ifndef BSYNC_CORE_TLS_H
#define BSYNC_CORE_TLS_H

#include "core/keys.h"
#include "core/seal.h"

#define BSYNC_ALPN_SYNC "buurtsync/1"
#define BSYNC_ALPN_ENROL "buurtsync-enrol/1"

enum { BSYNC_TLS_INPUT_MAX = 64 << 10, BSYNC_TLS_OUTPUT_MAX = 8 << 20 };

struct bsync_tls_settings;
struct bsync_tls;

/* Readies libsodium and mbedtls' PSA layer, which TLS 1.3 goes through and which keeps its state in a global
 * of its own; PSA draws its ephemeral keys from the system's randomness, not from `random` below.  Every program and
 * the SDK call it once at start; calling it again, also from another thread, does nothing. */
BSYNC_CHECKED enum bsync_result bsync_tls_library_init(void);

/* Settings copy what they are given, but for the context of `random`, which must outlive them.  They fail with
 * BSYNC_MALFORMED when a certificate can not be read, and BSYNC_INVALID when `key` is not the certificate's. */

/* Of the daemon: offers both protocols; on BSYNC_ALPN_SYNC a client certificate of `ca` is required.  Its dates are
 * not judged here: the caller compares bsync_tls_peer_not_after_ms with its clock. */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_server(struct bsync_bytes certificate,
							  const struct bsync_signing_key *key, struct bsync_bytes ca,
							  const struct bsync_random *random,
							  struct bsync_tls_settings **out);
/* Of an enrolled device: its certificate, and the organisation's CA that the server must be of. Certificate
 * dates are not judged by the local clock (PROTOCOL 1.2). */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_device(struct bsync_bytes certificate,
							  const struct bsync_signing_key *key, struct bsync_bytes ca,
							  const struct bsync_organisation_id *organisation,
							  const struct bsync_random *random,
							  struct bsync_tls_settings **out);
/* Of a device that enrols: it knows the CA only by its pin.  The server must send the CA's certificate behind its
 * own, the key in it must have the pin, and it must have signed the server's certificate. */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_enrol(const struct bsync_digest *ca_pin,
							 const struct bsync_organisation_id *organisation,
							 const struct bsync_random *random,
							 struct bsync_tls_settings **out);
void bsync_tls_settings_free(struct bsync_tls_settings *settings);

BSYNC_CHECKED enum bsync_result bsync_tls_new(const struct bsync_tls_settings *settings, struct bsync_tls **out);
void bsync_tls_free(struct bsync_tls *tls);

/* Hands over cipher bytes from the wire.  BSYNC_TOO_LARGE when more than BSYNC_TLS_INPUT_MAX would wait unread;
 * then nothing is taken. */
BSYNC_CHECKED enum bsync_result bsync_tls_receive(struct bsync_tls *tls, struct bsync_bytes cipher);
/* Steps the handshake with what has been received: BSYNC_OK when it is done, BSYNC_AGAIN when more is needed,
 * BSYNC_TLS when it failed.  Costs milliseconds: call it off the event loop.  After each call, also a failed one,
 * there may be output to send.  A device's handshake is done before the server has judged its certificate: a refusal
 * arrives with the first bsync_tls_read. */
BSYNC_CHECKED enum bsync_result bsync_tls_handshake(struct bsync_tls *tls);
bool bsync_tls_is_established(const struct bsync_tls *tls);
/* Appends decrypted bytes to `plain` until nothing more is there.  BSYNC_CLOSED after the peer's close_notify (what
 * came before it has been appended), BSYNC_TLS on a bad record or the peer's alert, BSYNC_TOO_LARGE when `plain` is
 * full (the rest is kept for the next call), BSYNC_MISUSE before the handshake is done. */
BSYNC_CHECKED enum bsync_result bsync_tls_read(struct bsync_tls *tls, struct bsync_buffer *plain);
/* Encrypts; the records come out with bsync_tls_output.  BSYNC_TOO_LARGE when more than BSYNC_TLS_OUTPUT_MAX would
 * wait to be sent (then nothing is encrypted), BSYNC_MISUSE before the handshake is done. */
BSYNC_CHECKED enum bsync_result bsync_tls_write(struct bsync_tls *tls, struct bsync_bytes plain);
/* Encrypts a close_notify. */
void bsync_tls_close(struct bsync_tls *tls);
/* Borrows the cipher bytes to be sent; bsync_tls_output_sent drops the first `size` of them. */
struct bsync_bytes bsync_tls_output(const struct bsync_tls *tls);
void bsync_tls_output_sent(struct bsync_tls *tls, size_t size);

/* After the handshake. The protocol chosen (one of BSYNC_ALPN_*), NULL when none. */
const char *bsync_tls_alpn(const struct bsync_tls *tls);
/* SHA-256 of the peer's certificate; false when it sent none. */
bool bsync_tls_peer_hash(const struct bsync_tls *tls, struct bsync_digest *hash);
/* From when and until when the peer's certificate is valid, in milliseconds since 1970; 0 when it sent none. */
int64_t bsync_tls_peer_not_before_ms(const struct bsync_tls *tls);
int64_t bsync_tls_peer_not_after_ms(const struct bsync_tls *tls);
/* The CA certificate (DER) the peer's chain ended in, for enrolment; empty when none. */
struct bsync_bytes bsync_tls_peer_ca(const struct bsync_tls *tls);
/* 32 bytes both sides derive from this connection alone (RFC 8446 section 7.5), label "EXPORTER-buurtsync-enrol". */
BSYNC_CHECKED enum bsync_result bsync_tls_exporter(struct bsync_tls *tls, uint8_t out[32]);
/* Why the handshake or a record failed, for a log; static, never NULL. */
const char *bsync_tls_error_text(const struct bsync_tls *tls);

#endif
