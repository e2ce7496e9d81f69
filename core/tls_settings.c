/* tls_settings.c: the profile of PROTOCOL 1.2 for each of the three roles (core/tls.h). */
#include "core/tls_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl_ciphersuites.h>
#include <psa/crypto.h>
#include <sodium.h>

#include "core/mbedtls_random.h"
#include "core/signing.h"

static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
static const uint16_t signature_algorithms[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_NONE};
/* mbedtls keeps the list and asks for one that it could change. */
static const char *protocols_server[] = {BSYNC_ALPN_SYNC, BSYNC_ALPN_ENROL, NULL};
static const char *protocols_device[] = {BSYNC_ALPN_SYNC, NULL};
static const char *protocols_enrol[] = {BSYNC_ALPN_ENROL, NULL};

enum bsync_result bsync_tls_library_init(void)
{
	if (sodium_init() < 0)
		return BSYNC_CRYPTO;
	return psa_crypto_init() == PSA_SUCCESS ? BSYNC_OK : BSYNC_CRYPTO;
}

/* Called once the ClientHello is read: only who enrols may come without a certificate. */
static int choose_authentication(mbedtls_ssl_context *ssl)
{
	const char *protocol = mbedtls_ssl_get_alpn_protocol(ssl);

	if (protocol == NULL) {
		mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
					       MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL);
		return MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL;
	}
	if (strcmp(protocol, BSYNC_ALPN_ENROL) == 0)
		mbedtls_ssl_set_hs_authmode(ssl, MBEDTLS_SSL_VERIFY_NONE);
	return 0;
}

/* The client's order decides.  ChaCha20-Poly1305, which libsodium does for mbedtls (cmake/chachapoly_alt.c), takes a fifth
 * of the time of mbedtls' AES-GCM also where there are instructions for the latter. */
static void order_suites(struct bsync_tls_settings *settings)
{
	settings->suites[0] = MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256;
	settings->suites[1] = MBEDTLS_TLS1_3_AES_256_GCM_SHA384;
	settings->suites[2] = 0;
}

/* Everything that all roles have in common. */
static enum bsync_result settings_new(enum bsync_tls_role role, const struct bsync_random *random,
				      struct bsync_tls_settings **out)
{
	struct bsync_tls_settings *settings = calloc(1, sizeof(*settings));

	assert(random != NULL && random->fill != NULL);
	if (settings == NULL)
		return BSYNC_NO_MEMORY;
	settings->role = role;
	settings->random = *random;
	mbedtls_ssl_config_init(&settings->config);
	mbedtls_x509_crt_init(&settings->own);
	mbedtls_x509_crt_init(&settings->ca);
	mbedtls_ssl_config *config = &settings->config;
	if (mbedtls_ssl_config_defaults(config,
					role == BSYNC_TLS_SERVER ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
					MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
		bsync_tls_settings_free(settings);
		return BSYNC_NO_MEMORY;
	}
	order_suites(settings);
	mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_tls13_key_exchange_modes(config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL);
	mbedtls_ssl_conf_ciphersuites(config, settings->suites);
	mbedtls_ssl_conf_groups(config, groups);
	mbedtls_ssl_conf_sig_algs(config, signature_algorithms);
	mbedtls_ssl_conf_cert_profile(config, &bsync_certificate_profile);
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_rng(config, bsync_mbedtls_random, &settings->random);
	mbedtls_ssl_conf_ca_chain(config, &settings->ca, NULL);
	*out = settings;
	return BSYNC_OK;
}

/* A key of our own, so that the caller's may go. */
static enum bsync_result key_copy(const struct bsync_signing_key *key, struct bsync_signing_key **out)
{
	struct bsync_buffer der;

	bsync_buffer_init(&der, 512);
	uint8_t *room = NULL;
	/* One allocation, so that no copy of the secret is left behind by growing. */
	enum bsync_result result = bsync_buffer_reserve(&der, 512, &room);
	if (result == BSYNC_OK)
		result = bsync_signing_key_export(key, &der);
	if (result == BSYNC_OK)
		result = bsync_signing_key_parse(bsync_buffer_bytes(&der), out);
	bsync_buffer_wipe(&der);
	return result;
}

/* BSYNC_INVALID unless `key` is the one that our certificate names. */
static enum bsync_result key_fits(const struct bsync_tls_settings *settings)
{
	struct bsync_buffer spki;

	bsync_buffer_init(&spki, 256);
	enum bsync_result result = bsync_signing_key_public(settings->key, &spki);
	const struct bsync_bytes named = {settings->own.pk_raw.p, settings->own.pk_raw.len};
	if (result == BSYNC_OK && !bsync_bytes_equal(named, bsync_buffer_bytes(&spki)))
		result = BSYNC_INVALID;
	bsync_buffer_clear(&spki);
	return result;
}

/* Our certificate and key, and the CA that the peer must be of. */
static enum bsync_result set_identity(struct bsync_tls_settings *settings, struct bsync_bytes certificate,
				      const struct bsync_signing_key *key, struct bsync_bytes ca)
{
	enum bsync_result result = bsync_certificate_parse(certificate, &settings->own);

	if (result == BSYNC_OK)
		result = bsync_certificate_parse(ca, &settings->ca);
	/* A device that enrols finds the CA by its pin in what the server sends. */
	if (result == BSYNC_OK && settings->role == BSYNC_TLS_SERVER)
		result = bsync_certificate_parse(ca, &settings->own);
	if (result == BSYNC_OK)
		result = key_copy(key, &settings->key);
	if (result == BSYNC_OK)
		result = key_fits(settings);
	if (result == BSYNC_OK && mbedtls_ssl_conf_own_cert(&settings->config, &settings->own, &settings->key->pk) != 0)
		result = BSYNC_NO_MEMORY;
	return result;
}

static enum bsync_result set_protocols(struct bsync_tls_settings *settings, const char **protocols)
{
	return mbedtls_ssl_conf_alpn_protocols(&settings->config, protocols) == 0 ? BSYNC_OK : BSYNC_INVALID;
}

enum bsync_result bsync_tls_settings_server(struct bsync_bytes certificate, const struct bsync_signing_key *key,
					    struct bsync_bytes ca, const struct bsync_random *random,
					    struct bsync_tls_settings **out)
{
	struct bsync_tls_settings *settings = NULL;
	enum bsync_result result = settings_new(BSYNC_TLS_SERVER, random, &settings);

	assert(key != NULL && out != NULL);
	if (result == BSYNC_OK)
		result = set_identity(settings, certificate, key, ca);
	if (result == BSYNC_OK)
		result = set_protocols(settings, protocols_server);
	if (result != BSYNC_OK) {
		bsync_tls_settings_free(settings);
		return result;
	}
	mbedtls_ssl_conf_cert_cb(&settings->config, choose_authentication);
	*out = settings;
	return BSYNC_OK;
}

enum bsync_result bsync_tls_settings_device(struct bsync_bytes certificate, const struct bsync_signing_key *key,
					    struct bsync_bytes ca, const struct bsync_organisation_id *organisation,
					    const struct bsync_random *random, struct bsync_tls_settings **out)
{
	struct bsync_tls_settings *settings = NULL;
	enum bsync_result result = settings_new(BSYNC_TLS_DEVICE, random, &settings);

	assert(key != NULL && organisation != NULL && out != NULL);
	if (result == BSYNC_OK)
		result = set_identity(settings, certificate, key, ca);
	if (result == BSYNC_OK)
		result = set_protocols(settings, protocols_device);
	if (result != BSYNC_OK) {
		bsync_tls_settings_free(settings);
		return result;
	}
	bsync_uuid_text(organisation->bytes, settings->name);
	*out = settings;
	return BSYNC_OK;
}

enum bsync_result bsync_tls_settings_enrol(const struct bsync_digest *ca_pin,
					   const struct bsync_organisation_id *organisation,
					   const struct bsync_random *random, struct bsync_tls_settings **out)
{
	struct bsync_tls_settings *settings = NULL;
	enum bsync_result result = settings_new(BSYNC_TLS_ENROL, random, &settings);

	assert(ca_pin != NULL && organisation != NULL && out != NULL);
	if (result == BSYNC_OK)
		result = set_protocols(settings, protocols_enrol);
	if (result != BSYNC_OK) {
		bsync_tls_settings_free(settings);
		return result;
	}
	settings->ca_pin = *ca_pin;
	bsync_uuid_text(organisation->bytes, settings->name);
	*out = settings;
	return BSYNC_OK;
}

void bsync_tls_settings_free(struct bsync_tls_settings *settings)
{
	if (settings == NULL)
		return;
	mbedtls_ssl_config_free(&settings->config);
	mbedtls_x509_crt_free(&settings->own);
	mbedtls_x509_crt_free(&settings->ca);
	bsync_signing_key_free(settings->key);
	free(settings);
}
