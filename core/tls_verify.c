/* tls_verify.c: what is demanded of the peer's certificate, beyond what mbedtls checks (core/tls.h). */
#include "core/tls_internal.h"

#include <assert.h>
#include <string.h>

#include <mbedtls/oid.h>

static const uint32_t date_flags = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

/* Dates are judged by server time, above this layer (PROTOCOL 1.2), never by this machine's clock. */
static int forgive_dates(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	(void)context;
	(void)certificate;
	(void)depth;
	*flags &= ~date_flags;
	return 0;
}

/* The purpose must be named: mbedtls lets a certificate without these extensions do anything. */
static bool has_purpose(const mbedtls_x509_crt *certificate, bool is_server)
{
	const char *oid = is_server ? MBEDTLS_OID_SERVER_AUTH : MBEDTLS_OID_CLIENT_AUTH;
	const size_t size = is_server ? MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)
				      : MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH);

	return mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_KEY_USAGE) &&
	       mbedtls_x509_crt_check_key_usage(certificate, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 &&
	       mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE) &&
	       mbedtls_x509_crt_check_extended_key_usage(certificate, oid, size) == 0;
}

/* Finds the pinned CA among the certificates behind `leaf`, and verifies `leaf` with it as the only anchor.
 * Works on copies, so that nothing else in the chain can help.  Sets `*flags` to the verdict. */
static int verify_by_pin(struct bsync_tls *tls, const mbedtls_x509_crt *leaf, uint32_t *flags)
{
	const mbedtls_x509_crt *found = NULL;
	mbedtls_x509_crt alone;
	mbedtls_x509_crt anchor;
	int status = MBEDTLS_ERR_X509_ALLOC_FAILED;

	*flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
	for (const mbedtls_x509_crt *next = leaf->next; next != NULL && found == NULL; next = next->next) {
		struct bsync_digest pin;

		bsync_sha256((struct bsync_bytes){next->pk_raw.p, next->pk_raw.len}, &pin);
		if (bsync_secret_equal(pin.bytes, tls->settings->ca_pin.bytes, sizeof(pin.bytes)))
			found = next;
	}
	if (found == NULL)
		return 0;
	mbedtls_x509_crt_init(&alone);
	mbedtls_x509_crt_init(&anchor);
	if (mbedtls_x509_crt_parse_der(&alone, leaf->raw.p, leaf->raw.len) == 0 &&
	    mbedtls_x509_crt_parse_der(&anchor, found->raw.p, found->raw.len) == 0)
		status = mbedtls_x509_crt_verify_with_profile(&alone, &anchor, NULL, &bsync_certificate_profile,
							      tls->settings->name, flags, forgive_dates, NULL);
	if (status == 0 && *flags == 0) {
		bsync_buffer_clear(&tls->peer_ca);
		if (bsync_buffer_append(&tls->peer_ca, found->raw.p, found->raw.len) != BSYNC_OK)
			status = MBEDTLS_ERR_X509_ALLOC_FAILED;
	}
	mbedtls_x509_crt_free(&anchor);
	mbedtls_x509_crt_free(&alone);
	return status == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? 0 : status;
}

/* A client that refuses the server speaks under its handshake keys by then, which the server waits for.  mbedtls 3.6
 * changes over only for its own Certificate, and would send the alert in the clear, unreadable to the server.  The
 * keys are the ones it reads with; the handshake ends with the alert. */
static void use_handshake_keys(mbedtls_ssl_context *ssl)
{
	ssl->MBEDTLS_PRIVATE(transform_out) = ssl->MBEDTLS_PRIVATE(transform_in);
	memset(ssl->MBEDTLS_PRIVATE(cur_out_ctr), 0, sizeof(ssl->MBEDTLS_PRIVATE(cur_out_ctr)));
}

int bsync_tls_verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	struct bsync_tls *tls = context;
	const bool is_enrolling = tls->settings->role == BSYNC_TLS_ENROL;

	assert(certificate != NULL && flags != NULL && depth >= 0);
	*flags &= ~date_flags;
	if (depth > 0) {
		/* When enrolling there is no anchor to reach: the verdict falls at the leaf, by the pin. */
		if (is_enrolling)
			*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
		if (depth > 1)
			*flags |= MBEDTLS_X509_BADCERT_OTHER;
		tls->peer_flags |= *flags;
		return 0;
	}
	const bool is_client = tls->settings->role != BSYNC_TLS_SERVER;
	if (!has_purpose(certificate, is_client))
		*flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
	if (is_enrolling) {
		uint32_t verdict = 0;
		int status = verify_by_pin(tls, certificate, &verdict);

		if (status != 0)
			return status;
		*flags = (*flags & ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED) | verdict;
	}
	bsync_sha256((struct bsync_bytes){certificate->raw.p, certificate->raw.len}, &tls->peer_hash);
	tls->peer_not_before_ms = bsync_certificate_time_ms(&certificate->valid_from);
	tls->peer_not_after_ms = bsync_certificate_time_ms(&certificate->valid_to);
	tls->has_peer = true;
	/* The leaf comes last, after the certificates above it. */
	tls->peer_flags |= *flags;
	if (is_client && tls->peer_flags != 0)
		use_handshake_keys(&tls->ssl);
	return 0;
}
