/* Threads that share TLS settings and signing keys.  labels: threads */
#include "core/tls.h"

#include <pthread.h>
#include <sodium.h>

#include "tests/support/harness.h"
#include "tests/support/tls_scene.h"

enum { THREADS = 4, ROUNDS = 5 };

static int system_fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	randombytes_buf(out, size);
	return 0;
}

/* What the threads share, and how many rounds went well. */
struct shared {
	const struct bsync_tls_settings *server, *client;
	const struct bsync_signing_key *key;
	const struct bsync_verify_key *verify;
	pthread_mutex_t mutex;
	int good;
};

/* One connection from handshake to data, and one signature. */
static int one_round(const struct shared *shared)
{
	struct scene s;
	enum bsync_result client = BSYNC_AGAIN;
	enum bsync_result server = BSYNC_AGAIN;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	const struct bsync_bytes message = bsync_bytes_of_string("message");
	int good = 0;

	memset(&s, 0, sizeof(s));
	bsync_buffer_init(&s.server_plain, 4096);
	if (bsync_tls_new(shared->server, &s.server) == BSYNC_OK &&
	    bsync_tls_new(shared->client, &s.client) == BSYNC_OK) {
		handshake(&s, 100000, &client, &server);
		good = client == BSYNC_OK && server == BSYNC_OK &&
		       transfers(s.client, s.server, &s.server_plain, 1000, 100000);
	}
	if (bsync_sign(shared->key, message, signature) != BSYNC_OK ||
	    bsync_verify(shared->verify, message, (struct bsync_bytes){signature, sizeof(signature)}) != BSYNC_OK)
		good = 0;
	bsync_tls_free(s.server);
	bsync_tls_free(s.client);
	bsync_buffer_clear(&s.server_plain);
	return good;
}

static void *run(void *context)
{
	struct shared *shared = context;

	for (int i = 0; i < ROUNDS; i++) {
		int good = one_round(shared);

		pthread_mutex_lock(&shared->mutex);
		shared->good += good;
		pthread_mutex_unlock(&shared->mutex);
	}
	return NULL;
}

TEST(threads_share_settings_and_keys)
{
	const struct bsync_random random = {system_fill, NULL};
	struct scene s;
	struct shared shared = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	struct bsync_verify_key *verify = NULL;
	pthread_t threads[THREADS];

	CHECK_EQ(scene_begin(&s), BSYNC_OK);
	/* The scene's own source counts, and is for one thread. */
	s.org.random = random;
	bsync_tls_free(s.server);
	s.server = NULL;
	bsync_tls_settings_free(s.server_settings);
	CHECK_EQ(bsync_tls_settings_server(bytes_of(&s.server_member.certificate), s.server_member.key,
					   bytes_of(&s.org.ca.certificate), &random, &s.server_settings),
		 BSYNC_OK);
	CHECK_EQ(scene_device(&s), BSYNC_OK);
	CHECK_EQ(bsync_verify_key_parse(bytes_of(&s.device_member.spki), &verify), BSYNC_OK);
	shared.server = s.server_settings;
	shared.client = s.client_settings;
	shared.key = s.device_member.key;
	shared.verify = verify;
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, run, &shared), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(shared.good, THREADS * ROUNDS);
	bsync_verify_key_free(verify);
	scene_end(&s);
}
