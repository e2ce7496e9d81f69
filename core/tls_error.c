/* tls_error.c: why TLS failed, in words for a log (core/tls.h). */
#include "core/tls_internal.h"

#include <assert.h>

#include <mbedtls/entropy.h>

/* The alerts of RFC 8446 section 6, as the peer's reason. */
static const char *alert_text(unsigned alert)
{
	switch (alert) {
	case MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE:
		return "the other side refused: unexpected_message";
	case MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC:
		return "the other side refused: bad_record_mac";
	case MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW:
		return "the other side refused: record_overflow";
	case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
		return "the other side refused: handshake_failure (no common parameters)";
	case MBEDTLS_SSL_ALERT_MSG_NO_CERT:
	case MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED:
		return "the other side refused: certificate_required";
	case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
		return "the other side refused: bad_certificate";
	case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT:
		return "the other side refused: unsupported_certificate";
	case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED:
		return "the other side refused: certificate_revoked";
	case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
		return "the other side refused: certificate_expired";
	case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN:
		return "the other side refused: certificate_unknown";
	case MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER:
		return "the other side refused: illegal_parameter";
	case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
		return "the other side refused: unknown_ca (the certificate is not of its organisation)";
	case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED:
		return "the other side refused: access_denied";
	case MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR:
		return "the other side refused: decode_error";
	case MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR:
		return "the other side refused: decrypt_error";
	case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
		return "the other side refused: protocol_version (it has no TLS 1.3)";
	case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
		return "the other side refused: insufficient_security";
	case MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR:
		return "the other side refused: internal_error";
	case MBEDTLS_SSL_ALERT_MSG_USER_CANCELED:
		return "the other side refused: user_canceled";
	case MBEDTLS_SSL_ALERT_MSG_MISSING_EXTENSION:
		return "the other side refused: missing_extension";
	case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_EXT:
		return "the other side refused: unsupported_extension";
	case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME:
		return "the other side refused: unrecognized_name";
	case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL:
		return "the other side refused: no_application_protocol";
	default:
		return "the other side refused with an alert of another kind";
	}
}

/* What is wrong with the peer's certificate, by mbedtls' flags. */
static const char *verdict_text(uint32_t flags)
{
	if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0)
		return "the other side's certificate is in another name";
	if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
		return "the other side's certificate is not of this organisation";
	if ((flags & (MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_KEY_USAGE)) != 0)
		return "the other side's certificate is for another purpose";
	if ((flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)) != 0)
		return "the other side's certificate uses an algorithm that is not allowed";
	return "the other side's certificate was refused";
}

const char *bsync_tls_status_text(const struct bsync_tls *tls, int status)
{
	assert(status != 0);
	switch (status) {
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		/* The alert record, level and description, is still in the input buffer. */
		return alert_text(tls->ssl.MBEDTLS_PRIVATE(in_msg)[1]);
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		return verdict_text(mbedtls_ssl_get_verify_result(&tls->ssl));
	case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
		return "the other side sent no certificate";
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		return "the other side does not speak TLS 1.3";
	case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL:
		return "the other side speaks none of our protocols (ALPN)";
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return "there are no common TLS parameters";
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		return "a record was altered on its way";
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
	case MBEDTLS_ERR_SSL_DECODE_ERROR:
	case MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER:
		return "the other side sent something that is not TLS";
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
		return "the other side sent a TLS message out of turn";
	case MBEDTLS_ERR_SSL_ALLOC_FAILED:
	case MBEDTLS_ERR_X509_ALLOC_FAILED:
		return "memory ran out";
	case MBEDTLS_ERR_ENTROPY_SOURCE_FAILED:
		return "the source of randomness failed";
	default:
		return "the TLS library reported an error";
	}
}
