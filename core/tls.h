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

struct bsync_tls_settings;
struct bsync_tls;

/* Of the daemon: offers both protocols; on BSYNC_ALPN_SYNC a client certificate of `ca` is required. */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_server(struct bsync_bytes certificate, const struct bsync_signing_key *key,
                                                          struct bsync_bytes ca, const struct bsync_random *random,
                                                          struct bsync_tls_settings **out);
/* Of an enrolled device: its certificate, and the organisation's CA that the server must be of. Certificate
 * dates are not judged by the local clock (PROTOCOL 1.2). */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_device(struct bsync_bytes certificate, const struct bsync_signing_key *key,
                                                          struct bsync_bytes ca,
                                                          const struct bsync_organisation_id *organisation,
                                                          const struct bsync_random *random,
                                                          struct bsync_tls_settings **out);
/* Of a device that enrols: it knows the CA only by its pin. */
BSYNC_CHECKED enum bsync_result bsync_tls_settings_enrol(const struct bsync_digest *ca_pin,
                                                         const struct bsync_organisation_id *organisation,
                                                         const struct bsync_random *random,
                                                         struct bsync_tls_settings **out);
void bsync_tls_settings_free(struct bsync_tls_settings *settings);

BSYNC_CHECKED enum bsync_result bsync_tls_new(const struct bsync_tls_settings *settings, struct bsync_tls **out);
void bsync_tls_free(struct bsync_tls *tls);

/* Hands over cipher bytes from the wire. BSYNC_TOO_LARGE when more than 64 KiB wait unread. */
BSYNC_CHECKED enum bsync_result bsync_tls_receive(struct bsync_tls *tls, struct bsync_bytes cipher);
/* Steps the handshake with what has been received: BSYNC_OK when it is done, BSYNC_AGAIN when more is needed,
 * BSYNC_TLS when it failed.  Costs milliseconds: call it off the event loop. */
BSYNC_CHECKED enum bsync_result bsync_tls_handshake(struct bsync_tls *tls);
bool bsync_tls_is_established(const struct bsync_tls *tls);
/* Appends decrypted bytes to `plain` until nothing more is there.  BSYNC_CLOSED after the peer's close_notify,
 * BSYNC_TLS on a bad record. */
BSYNC_CHECKED enum bsync_result bsync_tls_read(struct bsync_tls *tls, struct bsync_buffer *plain);
/* Encrypts; the records come out with bsync_tls_output. */
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
/* The CA certificate (DER) the peer's chain ended in, for enrolment; empty when none. */
struct bsync_bytes bsync_tls_peer_ca(const struct bsync_tls *tls);
/* 32 bytes both sides derive from this connection alone (RFC 8446 section 7.5), label "EXPORTER-buurtsync-enrol". */
BSYNC_CHECKED enum bsync_result bsync_tls_exporter(struct bsync_tls *tls, uint8_t out[32]);
/* Why the handshake or a record failed, for a log; static, never NULL. */
const char *bsync_tls_error_text(const struct bsync_tls *tls);

#endif
