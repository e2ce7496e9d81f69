#include "daemon/signer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/keyring.h"
#include "daemon/machine.h"

/* A request is one packet: kind, id, public key.  An answer is one packet: result, DER. */
enum { KIND_AT = 0, ID_AT = 1, KEY_AT = 17, REQUEST_SIZE_MAX = 1024, ANSWER_SIZE_MAX = 8192, CHILD_SOCKET = 3 };
enum { HOUR_MS = 3600 * 1000, CERTIFICATE_HOURS = 90 * 24 };

static ssize_t receive(int socket, void *packet, size_t size)
{
	ssize_t got;

	do
		got = recv(socket, packet, size, 0);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool transmit(int socket, const void *packet, size_t size)
{
	ssize_t put;

	do
		put = send(socket, packet, size, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	return put == (ssize_t)size;
}

/* --- The signer process --- */

/* Leaves only the socket and stderr open, ignores what the terminal sends, dies with the daemon, and can be neither
 * traced nor dumped. */
static bool confine(int socket)
{
	const struct rlimit none = {0, 0};
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return false;
	if (socket != CHILD_SOCKET && dup2(socket, CHILD_SOCKET) < 0)
		return false;
	return close_range(CHILD_SOCKET + 1, ~0U, 0) == 0;
}

static enum bsync_result issue(const struct bsync_signing_key *ca_key, struct bsync_bytes ca, const uint8_t *packet,
			       size_t size, struct bsync_buffer *der)
{
	const struct bsync_random *random = bsync_machine_random();
	int64_t now_ms = bsync_machine_now_ms();
	struct bsync_certificate_request request = {
		.kind = (enum bsync_certificate_kind)packet[KIND_AT],
		.public_key = {packet + KEY_AT, size - KEY_AT},
		.not_before_ms = now_ms - HOUR_MS,
		.not_after_ms = now_ms + (int64_t)CERTIFICATE_HOURS * HOUR_MS,
	};

	if (request.kind != BSYNC_CERTIFICATE_SERVER && request.kind != BSYNC_CERTIFICATE_DEVICE)
		return BSYNC_MISUSE;
	memcpy(request.id, packet + ID_AT, sizeof request.id);
	if (random->fill(random->context, request.serial, sizeof request.serial) != 0)
		return BSYNC_RANDOM;
	return bsync_certificate_issue(&request, ca_key, ca, der);
}

static bool answer(enum bsync_result result, const struct bsync_buffer *der)
{
	uint8_t packet[ANSWER_SIZE_MAX];

	assert(der->size < sizeof packet);
	packet[0] = (uint8_t)result;
	if (der->size > 0)
		memcpy(packet + 1, der->data, der->size);
	return transmit(CHILD_SOCKET, packet, result == BSYNC_OK ? 1 + der->size : 1);
}

static void serve(const struct bsync_signing_key *ca_key, struct bsync_bytes ca)
{
	for (;;) {
		uint8_t packet[REQUEST_SIZE_MAX];
		struct bsync_buffer der;
		enum bsync_result result;
		ssize_t size = receive(CHILD_SOCKET, packet, sizeof packet);
		bool is_sent;

		if (size <= 0)
			return;
		bsync_buffer_init(&der, ANSWER_SIZE_MAX - 1);
		result = size > KEY_AT ? issue(ca_key, ca, packet, (size_t)size, &der) : BSYNC_MALFORMED;
		is_sent = answer(result, &der);
		bsync_buffer_clear(&der);
		if (!is_sent)
			return;
	}
}

/* The whole life of the process. */
static void run(int socket, const char *folder, struct bsync_key *store_key)
{
	struct bsync_signing_key *ca_key = NULL;
	struct bsync_buffer none;
	struct bsync_buffer ca;
	enum bsync_result result = confine(socket) ? BSYNC_OK : BSYNC_IO;

	bsync_buffer_init(&none, 1);
	bsync_buffer_init(&ca, ANSWER_SIZE_MAX);
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_certificate(folder, &ca);
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_key(folder, store_key, bsync_buffer_bytes(&ca), &ca_key);
	bsync_key_wipe(store_key);
	if (answer(result, &none) && result == BSYNC_OK)
		serve(ca_key, bsync_buffer_bytes(&ca));
	bsync_signing_key_free(ca_key);
	bsync_buffer_clear(&ca);
}

/* --- The daemon's side --- */

enum bsync_result bsync_signer_start(const char *folder, const struct bsync_key *store_key, struct bsync_signer *signer)
{
	struct bsync_key key = *store_key;
	uint8_t state = 0;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		bsync_key_wipe(&key);
		return BSYNC_IO;
	}
	signer->process = fork();
	if (signer->process == 0) {
		run(ends[1], folder, &key);
		_exit(0);
	}
	bsync_key_wipe(&key);
	close(ends[1]);
	signer->socket = ends[0];
	if (signer->process < 0) {
		close(ends[0]);
		return BSYNC_IO;
	}
	pthread_mutex_init(&signer->lock, NULL);
	if (receive(signer->socket, &state, 1) != 1)
		state = BSYNC_IO;
	if (state != BSYNC_OK)
		bsync_signer_stop(signer);
	return (enum bsync_result)state;
}

enum bsync_result bsync_signer_issue(struct bsync_signer *signer, enum bsync_certificate_kind kind,
				     const uint8_t id[16], struct bsync_bytes public_key, struct bsync_buffer *der)
{
	uint8_t packet[ANSWER_SIZE_MAX];
	enum bsync_result result = BSYNC_IO;
	ssize_t size = -1;

	if (public_key.size == 0 || public_key.size > REQUEST_SIZE_MAX - KEY_AT)
		return BSYNC_TOO_LARGE;
	packet[KIND_AT] = (uint8_t)kind;
	memcpy(packet + ID_AT, id, 16);
	memcpy(packet + KEY_AT, public_key.data, public_key.size);
	pthread_mutex_lock(&signer->lock);
	if (transmit(signer->socket, packet, KEY_AT + public_key.size))
		size = receive(signer->socket, packet, sizeof packet);
	pthread_mutex_unlock(&signer->lock);
	if (size >= 1)
		result = (enum bsync_result)packet[0];
	if (result == BSYNC_OK && size > 1)
		result = bsync_buffer_append(der, packet + 1, (size_t)size - 1);
	return result;
}

void bsync_signer_stop(struct bsync_signer *signer)
{
	int status;

	close(signer->socket);
	while (waitpid(signer->process, &status, 0) < 0 && errno == EINTR)
		continue;
	pthread_mutex_destroy(&signer->lock);
	signer->process = 0;
}
