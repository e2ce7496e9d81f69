/* identity.h: certificates of the organisation, the daemon and the devices, and the proof of possession.
 *
 * Templates: schema/PROTOCOL.md section 9.  Only a public key is ever taken from a request. */
#ifndef BSYNC_CORE_IDENTITY_H
#define BSYNC_CORE_IDENTITY_H

#include "core/seal.h"

enum bsync_certificate_kind { BSYNC_CERTIFICATE_CA, BSYNC_CERTIFICATE_SERVER, BSYNC_CERTIFICATE_DEVICE };

struct bsync_certificate_request {
	enum bsync_certificate_kind kind;
	uint8_t id[16];                /* device id, or organisation id for CA and server: the CN, as UUID text */
	struct bsync_bytes public_key; /* DER SubjectPublicKeyInfo, must be P-256 */
	uint8_t serial[16];            /* random */
	int64_t not_before_ms, not_after_ms;
};

/* Issues a certificate, signed by `ca_key`; `ca_certificate` is empty for a self-signed CA.  Appends DER.  Dates are
 * cut to whole seconds.  BSYNC_MALFORMED when a key or certificate can not be read; BSYNC_INVALID when `ca_key`
 * is not the CA's, the serial is zero, or the dates are outside 1970 to 9999 or not in order. */
BSYNC_CHECKED enum bsync_result bsync_certificate_issue(const struct bsync_certificate_request *request,
							const struct bsync_signing_key *ca_key,
							struct bsync_bytes ca_certificate, struct bsync_buffer *der);

/* SHA-256 of the certificate's SubjectPublicKeyInfo: the pin an enrolment code carries. */
BSYNC_CHECKED enum bsync_result bsync_certificate_pin(struct bsync_bytes der, struct bsync_digest *pin);
/* SHA-256 of the whole certificate: how the store finds the device of a connection. */
void bsync_certificate_hash(struct bsync_bytes der, struct bsync_digest *hash);
/* DER SubjectPublicKeyInfo of a certificate. */
BSYNC_CHECKED enum bsync_result bsync_certificate_public_key(struct bsync_bytes der, struct bsync_buffer *spki);

/* From when and until when a certificate is valid, in milliseconds since 1970. */
BSYNC_CHECKED enum bsync_result bsync_certificate_dates(struct bsync_bytes der, int64_t *not_before_ms,
							int64_t *not_after_ms);

/* Proof of possession at enrolment: a signature over label, server nonce, TLS exporter, hash of the code and
 * of the public key (PROTOCOL 9.2). */
BSYNC_CHECKED enum bsync_result bsync_enrol_prove(const struct bsync_signing_key *key, const uint8_t nonce[32],
						  const uint8_t exporter[32], const uint8_t secret[16],
						  uint8_t proof[BSYNC_SIGNATURE_SIZE]);
/* BSYNC_BAD_SIGNATURE unless the proof fits, BSYNC_MALFORMED when the public key is not a P-256 key. */
BSYNC_CHECKED enum bsync_result bsync_enrol_check(struct bsync_bytes public_key, const uint8_t nonce[32],
						  const uint8_t exporter[32], const uint8_t secret[16],
						  struct bsync_bytes proof);

/* The one-time enrolment code: where, whom, and the secret.  One line of letters, digits and dashes. */
struct bsync_enrol_code {
	char address[262]; /* HOST:PORT */
	struct bsync_organisation_id organisation;
	struct bsync_digest pin;
	uint8_t secret[16];
};
/* Appends the text (Crockford base32 of a canonical array, with a check; PROTOCOL 9.1).  BSYNC_INVALID when the
 * address is empty or has characters other than printable ASCII. */
BSYNC_CHECKED enum bsync_result bsync_enrol_code_text(const struct bsync_enrol_code *code, struct bsync_buffer *out);
/* Forgives case, spaces, dashes and line ends, and O/0, I/L/1.  BSYNC_BAD_CODE when the check does not fit or it
 * is no code; then `code` is unchanged. */
BSYNC_CHECKED enum bsync_result bsync_enrol_code_parse(struct bsync_bytes text, struct bsync_enrol_code *code);

#endif
