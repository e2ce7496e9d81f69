#include "core/tls.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>

#include "core/tls_internal.h"

enum {
	RECORD_SIZE = MBEDTLS_SSL_OUT_CONTENT_LEN,
	RECORD_OVERHEAD = 5 + 1 + 16 + 15, /* header, content type, tag, and padding to 16 */
	/* mbedtls writes at most this much of the handshake and of alerts between two calls. */
	HANDSHAKE_OUTPUT_MAX = 64 << 10,
};

/* mbedtls' f_send. */
static int output_add(void *context, const unsigned char *data, size_t size)
{
	struct bsync_tls *tls = context;

	if (bsync_buffer_append(&tls->output, data, size) != BSYNC_OK)
		return MBEDTLS_ERR_SSL_ALLOC_FAILED;
	return (int)size;
}

/* mbedtls' f_recv. */
static int input_take(void *context, unsigned char *data, size_t size)
{
	struct bsync_tls *tls = context;
	const size_t waiting = tls->input.size - tls->input_taken;

	if (waiting == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	if (size > waiting)
		size = waiting;
	memcpy(data, tls->input.data + tls->input_taken, size);
	tls->input_taken += size;
	/* An idle connection holds no buffer. */
	if (tls->input_taken == tls->input.size) {
		bsync_buffer_clear(&tls->input);
		tls->input_taken = 0;
	}
	return (int)size;
}

enum bsync_result bsync_tls_new(const struct bsync_tls_settings *settings, struct bsync_tls **out)
{
	struct bsync_tls *tls = calloc(1, sizeof(*tls));
	int status = 0;

	assert(settings != NULL && out != NULL);
	if (tls == NULL)
		return BSYNC_NO_MEMORY;
	tls->settings = settings;
	bsync_buffer_init(&tls->input, BSYNC_TLS_INPUT_MAX);
	bsync_buffer_init(&tls->output, BSYNC_TLS_OUTPUT_MAX + HANDSHAKE_OUTPUT_MAX);
	bsync_buffer_init(&tls->peer_ca, BSYNC_CERTIFICATE_SIZE_MAX);
	mbedtls_ssl_init(&tls->ssl);
	status = mbedtls_ssl_setup(&tls->ssl, &settings->config);
	if (status == 0 && settings->role != BSYNC_TLS_SERVER)
		status = mbedtls_ssl_set_hostname(&tls->ssl, settings->name);
	if (status != 0) {
		bsync_tls_free(tls);
		return BSYNC_NO_MEMORY;
	}
	mbedtls_ssl_set_bio(&tls->ssl, tls, output_add, input_take, NULL);
	mbedtls_ssl_set_verify(&tls->ssl, bsync_tls_verify, tls);
	*out = tls;
	return BSYNC_OK;
}

void bsync_tls_free(struct bsync_tls *tls)
{
	if (tls == NULL)
		return;
	mbedtls_ssl_free(&tls->ssl);
	bsync_buffer_clear(&tls->input);
	bsync_buffer_clear(&tls->output);
	bsync_buffer_clear(&tls->peer_ca);
	free(tls);
}

enum bsync_result bsync_tls_receive(struct bsync_tls *tls, struct bsync_bytes cipher)
{
	assert(tls != NULL && (cipher.size == 0 || cipher.data != NULL));
	if (tls->input_taken != 0) {
		bsync_buffer_consume(&tls->input, tls->input_taken);
		tls->input_taken = 0;
	}
	return bsync_buffer_append(&tls->input, cipher.data, cipher.size);
}

/* Remembers why; from now on the connection is dead. */
static enum bsync_result fail(struct bsync_tls *tls, const char *text)
{
	assert(text != NULL);
	tls->error = text;
	return BSYNC_TLS;
}

/* A server that has sent its Finished speaks under its application keys from then on (RFC 8446 section 4.4.4).
 * mbedtls 3.6 changes over only when the client's Finished is in, so an alert that refuses the client's certificate
 * would be unreadable to the client.  Nothing is sent in between, so counting from zero twice is safe. */
static void use_application_keys(mbedtls_ssl_context *ssl)
{
	if (ssl->MBEDTLS_PRIVATE(transform_application) == NULL ||
	    ssl->MBEDTLS_PRIVATE(transform_out) == ssl->MBEDTLS_PRIVATE(transform_application))
		return;
	ssl->MBEDTLS_PRIVATE(transform_out) = ssl->MBEDTLS_PRIVATE(transform_application);
	memset(ssl->MBEDTLS_PRIVATE(cur_out_ctr), 0, sizeof(ssl->MBEDTLS_PRIVATE(cur_out_ctr)));
}

/* mbedtls keeps the peer's certificate with the session, for resumption, which we do not have. */
static void forget_peer_certificate(mbedtls_ssl_context *ssl)
{
	mbedtls_ssl_session *session = ssl->MBEDTLS_PRIVATE(session);

	if (session == NULL || session->MBEDTLS_PRIVATE(peer_cert) == NULL)
		return;
	mbedtls_x509_crt_free(session->MBEDTLS_PRIVATE(peer_cert));
	mbedtls_free(session->MBEDTLS_PRIVATE(peer_cert));
	session->MBEDTLS_PRIVATE(peer_cert) = NULL;
}

/* Of mbedtls' own ssl_misc.h. */
void mbedtls_ssl_handshake_free(mbedtls_ssl_context *ssl);

/* After TLS 1.3 mbedtls keeps what only the handshake needed until the connection ends: about 2 KB of an idle one. */
static void forget_handshake(mbedtls_ssl_context *ssl)
{
	assert(mbedtls_ssl_is_handshake_over(ssl));
	mbedtls_ssl_handshake_free(ssl);
	mbedtls_free(ssl->MBEDTLS_PRIVATE(handshake));
	ssl->MBEDTLS_PRIVATE(handshake) = NULL;
}

/* Tells the peer why, where mbedtls has failed without a word. */
static void send_alert(struct bsync_tls *tls, int status)
{
	(void)mbedtls_ssl_send_alert_message(&tls->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
					     status == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE
						     ? MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE
						     : MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR);
}

enum bsync_result bsync_tls_handshake(struct bsync_tls *tls)
{
	assert(tls != NULL);
	if (tls->error != NULL)
		return BSYNC_TLS;
	if (tls->is_established)
		return BSYNC_OK;
	const size_t said = tls->output.size;
	int status = mbedtls_ssl_handshake(&tls->ssl);
	if (status == MBEDTLS_ERR_SSL_WANT_READ || status == MBEDTLS_ERR_SSL_WANT_WRITE) {
		if (tls->settings->role == BSYNC_TLS_SERVER)
			use_application_keys(&tls->ssl);
		return BSYNC_AGAIN;
	}
	if (status != 0) {
		if (status != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && tls->output.size == said)
			send_alert(tls, status);
		return fail(tls, bsync_tls_status_text(tls, status));
	}
	if (mbedtls_ssl_get_alpn_protocol(&tls->ssl) == NULL)
		return fail(tls, bsync_tls_status_text(tls, MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL));
	forget_peer_certificate(&tls->ssl);
	forget_handshake(&tls->ssl);
	tls->is_established = true;
	return BSYNC_OK;
}

bool bsync_tls_is_established(const struct bsync_tls *tls)
{
	return tls->is_established;
}

enum bsync_result bsync_tls_read(struct bsync_tls *tls, struct bsync_buffer *plain)
{
	assert(tls != NULL && plain != NULL);
	if (tls->error != NULL)
		return BSYNC_TLS;
	if (!tls->is_established)
		return BSYNC_MISUSE;
	/* Each round takes bytes from the input, which is bounded, or ends. */
	while (!tls->is_closed) {
		const size_t waiting = mbedtls_ssl_get_bytes_avail(&tls->ssl);
		uint8_t *room = NULL;
		size_t size = waiting != 0 ? waiting : RECORD_SIZE;

		if (waiting == 0 && tls->input.size == tls->input_taken)
			return BSYNC_OK;
		if (size > plain->size_max - plain->size)
			size = plain->size_max - plain->size;
		if (size == 0)
			return BSYNC_TOO_LARGE;
		enum bsync_result result = bsync_buffer_reserve(plain, size, &room);
		if (result != BSYNC_OK)
			return result;
		int status = mbedtls_ssl_read(&tls->ssl, room, size);
		if (status > 0)
			bsync_buffer_commit(plain, (size_t)status);
		else if (status == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
			tls->is_closed = true;
		else if (status != 0 && status != MBEDTLS_ERR_SSL_WANT_READ && status != MBEDTLS_ERR_SSL_WANT_WRITE)
			return fail(tls, bsync_tls_status_text(tls, status));
	}
	return BSYNC_CLOSED;
}

enum bsync_result bsync_tls_write(struct bsync_tls *tls, struct bsync_bytes plain)
{
	const size_t records = plain.size / RECORD_SIZE + 1;
	uint8_t *room = NULL;

	assert(tls != NULL && (plain.size == 0 || plain.data != NULL));
	if (tls->error != NULL)
		return BSYNC_TLS;
	if (!tls->is_established)
		return BSYNC_MISUSE;
	if (tls->output_taken != 0) {
		bsync_buffer_consume(&tls->output, tls->output_taken);
		tls->output_taken = 0;
	}
	if (plain.size > BSYNC_TLS_OUTPUT_MAX || tls->output.size > BSYNC_TLS_OUTPUT_MAX ||
	    plain.size + records * RECORD_OVERHEAD > BSYNC_TLS_OUTPUT_MAX - tls->output.size)
		return BSYNC_TOO_LARGE;
	/* With the room taken beforehand a record can not fail half-way for lack of it. */
	enum bsync_result result = bsync_buffer_reserve(&tls->output, plain.size + records * RECORD_OVERHEAD, &room);
	if (result != BSYNC_OK)
		return result;
	while (plain.size != 0) {
		int status = mbedtls_ssl_write(&tls->ssl, plain.data, plain.size);
		if (status <= 0)
			return fail(tls,
				    bsync_tls_status_text(tls, status != 0 ? status : MBEDTLS_ERR_SSL_INTERNAL_ERROR));
		plain.data += status;
		plain.size -= (size_t)status;
	}
	return BSYNC_OK;
}

void bsync_tls_close(struct bsync_tls *tls)
{
	assert(tls != NULL);
	/* It can only fail for lack of memory, and then the peer sees the connection end without it. */
	if (tls->is_established && tls->error == NULL)
		(void)mbedtls_ssl_close_notify(&tls->ssl);
}

struct bsync_bytes bsync_tls_output(const struct bsync_tls *tls)
{
	if (tls->output.size == tls->output_taken)
		return (struct bsync_bytes){NULL, 0};
	return (struct bsync_bytes){tls->output.data + tls->output_taken, tls->output.size - tls->output_taken};
}

void bsync_tls_output_sent(struct bsync_tls *tls, size_t size)
{
	assert(size <= tls->output.size - tls->output_taken);
	tls->output_taken += size;
	/* An idle connection holds no buffer. */
	if (tls->output_taken == tls->output.size) {
		bsync_buffer_clear(&tls->output);
		tls->output_taken = 0;
	}
}

const char *bsync_tls_alpn(const struct bsync_tls *tls)
{
	return tls->is_established ? mbedtls_ssl_get_alpn_protocol(&tls->ssl) : NULL;
}

bool bsync_tls_peer_hash(const struct bsync_tls *tls, struct bsync_digest *hash)
{
	assert(hash != NULL);
	if (!tls->is_established || !tls->has_peer)
		return false;
	*hash = tls->peer_hash;
	return true;
}

int64_t bsync_tls_peer_not_before_ms(const struct bsync_tls *tls)
{
	return tls->is_established && tls->has_peer ? tls->peer_not_before_ms : 0;
}

int64_t bsync_tls_peer_not_after_ms(const struct bsync_tls *tls)
{
	return tls->is_established && tls->has_peer ? tls->peer_not_after_ms : 0;
}

struct bsync_bytes bsync_tls_peer_ca(const struct bsync_tls *tls)
{
	if (!tls->is_established)
		return (struct bsync_bytes){NULL, 0};
	return bsync_buffer_bytes(&tls->peer_ca);
}

enum bsync_result bsync_tls_exporter(struct bsync_tls *tls, uint8_t out[32])
{
	static const char label[] = "EXPORTER-buurtsync-enrol";

	assert(out != NULL);
	if (!tls->is_established)
		return BSYNC_MISUSE;
	if (mbedtls_ssl_export_keying_material(&tls->ssl, out, 32, label, sizeof(label) - 1, NULL, 0, 0) != 0)
		return BSYNC_CRYPTO;
	return BSYNC_OK;
}

const char *bsync_tls_error_text(const struct bsync_tls *tls)
{
	return tls->error != NULL ? tls->error : "nothing has failed";
}
