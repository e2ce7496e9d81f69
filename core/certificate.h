/* certificate.h: certificates as mbedtls holds them, for the files of core/ that work with it.
 *
 * Everybody else uses core/identity.h. */
#ifndef BSYNC_CORE_CERTIFICATE_H
#define BSYNC_CORE_CERTIFICATE_H

#include <mbedtls/x509_crt.h>

#include "core/identity.h"

enum { BSYNC_CERTIFICATE_SIZE_MAX = 4096, BSYNC_UUID_TEXT_SIZE = 37 };

/* Algorithms a certificate may use: ECDSA with P-256 and SHA-256 (PROTOCOL 9.3). */
extern const mbedtls_x509_crt_profile bsync_certificate_profile;

/* Adds the one certificate in `der`, with nothing behind it, to the list `certificate`, which the caller has
 * initialised and frees.  BSYNC_MALFORMED. */
BSYNC_CHECKED enum bsync_result bsync_certificate_parse(struct bsync_bytes der, mbedtls_x509_crt *certificate);

/* Writes `id` in the 8-4-4-4-12 form of a UUID, lower case, and a NUL. */
void bsync_uuid_text(const uint8_t id[BSYNC_ID_SIZE], char text[BSYNC_UUID_TEXT_SIZE]);

/* Milliseconds since 1970 of a date in a certificate. */
int64_t bsync_certificate_time_ms(const mbedtls_x509_time *time);

#endif
