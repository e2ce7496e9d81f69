/* tls_internal.h: what the files tls*.c share; everybody else uses core/tls.h. */
#ifndef BSYNC_CORE_TLS_INTERNAL_H
#define BSYNC_CORE_TLS_INTERNAL_H

#include <mbedtls/ssl.h>

#include "core/certificate.h"
#include "core/tls.h"

enum bsync_tls_role { BSYNC_TLS_SERVER, BSYNC_TLS_DEVICE, BSYNC_TLS_ENROL };

/* Constant once made, so that threads share it. */
struct bsync_tls_settings {
	enum bsync_tls_role role;
	mbedtls_ssl_config config;
	mbedtls_x509_crt own;          /* our certificate; the server's is followed by the CA's */
	mbedtls_x509_crt ca;           /* what the peer must be of; empty when enrolling */
	struct bsync_signing_key *key; /* a copy; NULL when enrolling */
	struct bsync_random random;
	struct bsync_digest ca_pin; /* when enrolling */
	int suites[3];
	char name[BSYNC_UUID_TEXT_SIZE]; /* the server's, for a client */
};

struct bsync_tls {
	const struct bsync_tls_settings *settings;
	mbedtls_ssl_context ssl;
	struct bsync_buffer input;
	size_t input_taken; /* bytes of `input` that mbedtls has had */
	struct bsync_buffer output;
	size_t output_taken;
	bool is_established;
	bool is_closed;
	bool has_peer;
	uint32_t peer_flags; /* what is wrong with any certificate of its chain */
	struct bsync_digest peer_hash;
	int64_t peer_not_before_ms, peer_not_after_ms;
	struct bsync_buffer peer_ca;
	const char *error; /* static; NULL while nothing has failed */
};

/* mbedtls' verify callback; `context` is the struct bsync_tls. */
int bsync_tls_verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* The text for a failure `status` of mbedtls; static. */
const char *bsync_tls_status_text(const struct bsync_tls *tls, int status);

#endif
