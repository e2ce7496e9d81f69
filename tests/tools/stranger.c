/* stranger: somebody at the daemon's door who has no business there.
 *
 *   stranger HOST:PORT WAY [CODE]
 *   stranger recode CODE      prints the code with another secret, its check right
 *   stranger secret CODE      prints the secret in it as hex digits
 *
 * WAY: none (no certificate), other (a certificate of another organisation), impostor (of a CA with this organisation's
 * id; needs CODE), tls12 (a ClientHello of TLS 1.2), noise (no TLS at all), alpn (a protocol nobody speaks),
 * enrol-hello (the enrolment protocol, where it says HELLO).  The first frame of a session follows the handshake.
 *
 * Prints what it met with: `refused …` and exit 0 when it got not one byte of an answer, `error WORD` and exit 0 when the
 * answer was an ERROR message; `ANSWERED` and exit 1 otherwise. */
#include <arpa/inet.h>
#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/message.h"
#include "core/tls.h"
#include "tests/support/organisation.h"

enum { ANSWER_SIZE = 4096, WAIT_SECONDS = 8 };

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "stranger: %s\n", what);
	exit(2);
}

static void must(enum bsync_result result, const char *what)
{
	if (result != BSYNC_OK)
		fail(what);
}

static int connect_to(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct timeval wait = {.tv_sec = WAIT_SECONDS};
	char host[64];
	const char *colon = strrchr(text, ':');

	if (colon == NULL || (size_t)(colon - text) >= sizeof host)
		fail("the address is not HOST:PORT");
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		fail("the address cannot be reached");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	return fd;
}

/* --- Without a handshake --- */

static size_t put(uint8_t *out, size_t at, const char *bytes, size_t size)
{
	memcpy(out + at, bytes, size);
	return at + size;
}

/* What a client that knows no TLS 1.3 would say; without supported_versions. */
static size_t hello_of_tls12(uint8_t out[512])
{
	uint8_t random[32];
	size_t at = put(out, 0, "\x16\x03\x01\0\0\x01\0\0\0\x03\x03", 11);

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		fail("no randomness");
	memcpy(out + at, random, sizeof random);
	at += sizeof random;
	/* No session id; ECDHE-ECDSA with AES-128-GCM, AES-256-GCM and ChaCha20; no compression; then extensions:
	 * groups (P-256), point formats, signature algorithms (ECDSA P-256), protocols (buurtsync/1). */
	at = put(out, at, "\0\0\x06\xc0\x2b\xc0\x2c\xcc\xa9\x01\0\0\x2c", 13);
	at = put(out, at, "\0\x0a\0\x04\0\x02\0\x17", 8);
	at = put(out, at, "\0\x0b\0\x02\x01\0", 6);
	at = put(out, at, "\0\x0d\0\x04\0\x02\x04\x03", 8);
	at = put(out, at, "\0\x10\0\x0e\0\x0c\x0b" BSYNC_ALPN_SYNC, 18);
	at = put(out, at, "\xff\x01\0\x01\0", 5);
	size_t extensions = at - (11 + 32 + 13);
	out[11 + 32 + 11] = (uint8_t)(extensions >> 8);
	out[11 + 32 + 12] = (uint8_t)extensions;
	out[3] = (uint8_t)((at - 5) >> 8);
	out[4] = (uint8_t)(at - 5);
	out[7] = (uint8_t)((at - 9) >> 8);
	out[8] = (uint8_t)(at - 9);
	return at;
}

static int say_plainly(int fd, const char *way)
{
	uint8_t words[512], answer[ANSWER_SIZE];
	size_t size;

	if (strcmp(way, "tls12") == 0) {
		size = hello_of_tls12(words);
	} else {
		size = sizeof words;
		if (getrandom(words, size, 0) != (ssize_t)size)
			fail("no randomness");
	}
	if (send(fd, words, size, MSG_NOSIGNAL) != (ssize_t)size)
		fail("nothing could be sent");
	ssize_t got = recv(fd, answer, sizeof answer, MSG_WAITALL);
	if (got < 0 && errno == EAGAIN) {
		printf("ANSWERED with silence: the connection stays open\n");
		return 1;
	}
	if (got <= 0) {
		printf("refused by closing\n");
		return 0;
	}
	/* One alert record: type 21, and in it a fatal word. */
	if (got == 7 && answer[0] == 21 && answer[5] == 2) {
		printf("refused by alert %u\n", answer[6]);
		return 0;
	}
	printf("ANSWERED with %zd bytes, the first of type %u\n", got, answer[0]);
	return 1;
}

/* --- With a handshake --- */

struct visit {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context random;
	mbedtls_x509_crt certificate;
	mbedtls_pk_context key;
};

static int send_bytes(void *context, const unsigned char *bytes, size_t size)
{
	ssize_t sent = send(*(int *)context, bytes, size, MSG_NOSIGNAL);

	return sent < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)sent;
}

static int receive_bytes(void *context, unsigned char *bytes, size_t size)
{
	ssize_t got = recv(*(int *)context, bytes, size, 0);

	if (got < 0 && errno == EAGAIN)
		return MBEDTLS_ERR_SSL_TIMEOUT;
	return got <= 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)got;
}

/* A certificate and key of another organisation; an impostor's has this one's id. */
static void dress_up(struct visit *visit, const char *way, const char *code_text)
{
	struct organisation other;
	struct organisation_member device;
	struct bsync_enrol_code code;
	struct bsync_buffer der;
	static const uint8_t id[16] = {0xde, 0x71, 0xce};

	must(organisation_make(8, &other), "no organisation");
	if (strcmp(way, "impostor") == 0) {
		if (code_text == NULL)
			fail("an impostor needs a code");
		must(bsync_enrol_code_parse(bsync_bytes_of_string(code_text), &code), "the code is none");
		organisation_member_free(&other.ca);
		must(organisation_issue(&other, NULL, BSYNC_CERTIFICATE_CA, code.organisation.bytes,
					ORGANISATION_NOW_MS + ORGANISATION_DAY_MS, &other.ca),
		     "no CA");
	}
	must(organisation_device(&other, id, &device), "no certificate");
	bsync_buffer_init(&der, 4096);
	must(bsync_signing_key_export(device.key, &der), "no key");
	if (mbedtls_x509_crt_parse_der(&visit->certificate, device.certificate.data, device.certificate.size) != 0 ||
	    mbedtls_pk_parse_key(&visit->key, der.data, der.size, NULL, 0, mbedtls_ctr_drbg_random, &visit->random) !=
		    0 ||
	    mbedtls_ssl_conf_own_cert(&visit->config, &visit->certificate, &visit->key) != 0)
		fail("the certificate will not do");
	bsync_buffer_wipe(&der);
	organisation_member_free(&device);
	organisation_member_free(&other.ca);
}

static void prepare(struct visit *visit, int *fd, const char *way, const char *code)
{
	static const char *protocols[] = {BSYNC_ALPN_SYNC, NULL};

	if (strcmp(way, "alpn") == 0)
		protocols[0] = "http/1.1";
	else if (strcmp(way, "enrol-hello") == 0)
		protocols[0] = BSYNC_ALPN_ENROL;
	mbedtls_ssl_init(&visit->ssl);
	mbedtls_ssl_config_init(&visit->config);
	mbedtls_entropy_init(&visit->entropy);
	mbedtls_ctr_drbg_init(&visit->random);
	mbedtls_x509_crt_init(&visit->certificate);
	mbedtls_pk_init(&visit->key);
	if (mbedtls_ctr_drbg_seed(&visit->random, mbedtls_entropy_func, &visit->entropy, NULL, 0) != 0 ||
	    mbedtls_ssl_config_defaults(&visit->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
	    mbedtls_ssl_conf_alpn_protocols(&visit->config, protocols) != 0)
		fail("no TLS");
	mbedtls_ssl_conf_rng(&visit->config, mbedtls_ctr_drbg_random, &visit->random);
	mbedtls_ssl_conf_authmode(&visit->config, MBEDTLS_SSL_VERIFY_NONE);
	if (strcmp(way, "other") == 0 || strcmp(way, "impostor") == 0)
		dress_up(visit, way, code);
	if (mbedtls_ssl_setup(&visit->ssl, &visit->config) != 0 ||
	    mbedtls_ssl_set_hostname(&visit->ssl, "stranger") != 0)
		fail("no TLS");
	mbedtls_ssl_set_bio(&visit->ssl, fd, send_bytes, receive_bytes, NULL);
}

/* An ERROR message in the answer: its number, 0 when it is something else.  The frame: header, array of 3, number. */
static unsigned error_in(const uint8_t *answer, size_t size)
{
	if (size < 11 || answer[4] != BSYNC_MESSAGE_ERROR || answer[8] != 0x93)
		return 0;
	return answer[9] < 0x80 ? answer[9] : 0;
}

static void leave(struct visit *visit)
{
	mbedtls_ssl_free(&visit->ssl);
	mbedtls_ssl_config_free(&visit->config);
	mbedtls_x509_crt_free(&visit->certificate);
	mbedtls_pk_free(&visit->key);
	mbedtls_ctr_drbg_free(&visit->random);
	mbedtls_entropy_free(&visit->entropy);
}

static int talk(struct visit *visit, const char *way)
{
	/* A HELLO frame; what is in it does not come to matter. */
	static const uint8_t hello[] = {0, 0, 0, 1, BSYNC_MESSAGE_HELLO, 0, 0, 0, 0x90};
	uint8_t answer[ANSWER_SIZE];
	size_t size = 0;
	int result;

	if ((result = mbedtls_ssl_handshake(&visit->ssl)) != 0) {
		printf("refused in the handshake: -0x%04x\n", (unsigned)-result);
		return result == MBEDTLS_ERR_SSL_TIMEOUT;
	}
	/* In TLS 1.3 a client is through before the server has judged it. */
	(void)mbedtls_ssl_write(&visit->ssl, hello, sizeof hello);
	while ((result = mbedtls_ssl_read(&visit->ssl, answer + size, sizeof answer - size)) > 0)
		size += (size_t)result;
	if (result == MBEDTLS_ERR_SSL_TIMEOUT) {
		printf("ANSWERED: the connection stays open\n");
		return 1;
	}
	if (size == 0) {
		printf("refused after the handshake: -0x%04x\n", (unsigned)-result);
		return 0;
	}
	/* On the enrolment protocol the daemon speaks first: a CHALLENGE, which anybody may have. */
	size_t at = 0;
	if (strcmp(way, "enrol-hello") == 0 && size > 8 && answer[4] == BSYNC_MESSAGE_CHALLENGE)
		at = 8 + ((size_t)answer[2] << 8 | answer[3]);
	unsigned number = at < size ? error_in(answer + at, size - at) : 0;
	if (number == 0) {
		printf("ANSWERED with %zu bytes\n", size);
		return 1;
	}
	printf("error %s\n", bsync_result_name((enum bsync_result)number));
	return 0;
}

static int visit_with_tls(int fd, const char *way, const char *code)
{
	struct visit visit;

	prepare(&visit, &fd, way, code);
	int status = talk(&visit, way);
	leave(&visit);
	return status;
}

static int tell_secret(const char *text)
{
	struct bsync_enrol_code code;

	must(bsync_enrol_code_parse(bsync_bytes_of_string(text), &code), "the code is none");
	for (size_t i = 0; i < sizeof code.secret; i++)
		printf("%02x", code.secret[i]);
	printf("\n");
	return 0;
}

static int recode(const char *text)
{
	struct bsync_enrol_code code;
	struct bsync_buffer out;

	must(bsync_enrol_code_parse(bsync_bytes_of_string(text), &code), "the code is none");
	code.secret[7] ^= 0x40;
	bsync_buffer_init(&out, 4096);
	must(bsync_enrol_code_text(&code, &out), "the code cannot be written");
	printf("%.*s\n", (int)out.size, (const char *)out.data);
	bsync_buffer_clear(&out);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	must(bsync_tls_library_init(), "no TLS library");
	if (argc == 3 && strcmp(argv[1], "recode") == 0)
		return recode(argv[2]);
	if (argc == 3 && strcmp(argv[1], "secret") == 0)
		return tell_secret(argv[2]);
	if (argc < 3 || argc > 4)
		fail("usage: stranger HOST:PORT WAY [CODE] | stranger recode|secret CODE");
	int fd = connect_to(argv[1]);
	if (strcmp(argv[2], "tls12") == 0 || strcmp(argv[2], "noise") == 0)
		return say_plainly(fd, argv[2]);
	return visit_with_tls(fd, argv[2], argc == 4 ? argv[3] : NULL);
}
