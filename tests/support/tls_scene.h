/* tls_scene.h: two ends of a TLS connection in memory, and the people behind them.
 *
 * Included by the TLS tests behind the harness. */
#ifndef BSYNC_TESTS_SUPPORT_TLS_SCENE_H
#define BSYNC_TESTS_SUPPORT_TLS_SCENE_H

#include <stdlib.h>
#include <string.h>

#include "core/tls.h"
#include "tests/support/organisation.h"

static const uint8_t device_id[16] = {0xde, 0x71, 0xce};

/* Two ends of a connection and everything they are made of. */
struct scene {
	struct organisation org;
	struct organisation_member server_member, device_member;
	struct bsync_tls_settings *server_settings, *client_settings;
	struct bsync_tls *server, *client;
	struct bsync_buffer server_plain, client_plain;
};

static inline struct bsync_bytes bytes_of(const struct bsync_buffer *buffer)
{
	return bsync_buffer_bytes(buffer);
}

static inline enum bsync_result scene_begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	bsync_buffer_init(&s->server_plain, 4 << 20);
	bsync_buffer_init(&s->client_plain, 4 << 20);
	enum bsync_result result = bsync_tls_library_init();
	if (result == BSYNC_OK)
		result = organisation_make(7, &s->org);
	if (result == BSYNC_OK)
		result = organisation_server(&s->org, &s->server_member);
	if (result == BSYNC_OK)
		result = organisation_device(&s->org, device_id, &s->device_member);
	if (result == BSYNC_OK)
		result = bsync_tls_settings_server(bytes_of(&s->server_member.certificate), s->server_member.key,
						   bytes_of(&s->org.ca.certificate), &s->org.random,
						   &s->server_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->server_settings, &s->server);
	return result;
}

/* A client that identifies itself as `member` of `org`, to the server of `s`. */
static inline enum bsync_result scene_client(struct scene *s, const struct organisation_member *member,
					     const struct bsync_buffer *ca, const struct bsync_organisation_id *id)
{
	enum bsync_result result = bsync_tls_settings_device(bytes_of(&member->certificate), member->key, bytes_of(ca),
							     id, &s->org.random, &s->client_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->client_settings, &s->client);
	return result;
}

static inline enum bsync_result scene_device(struct scene *s)
{
	return scene_client(s, &s->device_member, &s->org.ca.certificate, &s->org.id);
}

static inline enum bsync_result scene_enrol(struct scene *s, const struct bsync_digest *pin,
					    const struct bsync_organisation_id *id)
{
	enum bsync_result result = bsync_tls_settings_enrol(pin, id, &s->org.random, &s->client_settings);
	if (result == BSYNC_OK)
		result = bsync_tls_new(s->client_settings, &s->client);
	return result;
}

static inline void scene_end(struct scene *s)
{
	bsync_tls_free(s->server);
	bsync_tls_free(s->client);
	bsync_tls_settings_free(s->server_settings);
	bsync_tls_settings_free(s->client_settings);
	bsync_buffer_clear(&s->server_plain);
	bsync_buffer_clear(&s->client_plain);
	organisation_member_free(&s->server_member);
	organisation_member_free(&s->device_member);
	organisation_member_free(&s->org.ca);
}

/* Carries what `from` has to say to `to`, `step` bytes at a time; returns how many bytes went. */
static inline size_t carry(struct bsync_tls *from, struct bsync_tls *to, size_t step)
{
	struct bsync_bytes output = bsync_tls_output(from);
	size_t size = output.size < step ? output.size : step;

	if (size != 0 && bsync_tls_receive(to, (struct bsync_bytes){output.data, size}) == BSYNC_OK)
		bsync_tls_output_sent(from, size);
	return size;
}

/* Steps both ends until neither has anything more to say. */
static inline void handshake(struct scene *s, size_t step, enum bsync_result *client, enum bsync_result *server)
{
	size_t moved = 1;

	while (moved != 0) {
		*client = bsync_tls_handshake(s->client);
		moved = carry(s->client, s->server, step);
		*server = bsync_tls_handshake(s->server);
		moved += carry(s->server, s->client, step);
	}
}

/* Sends `size` bytes of a pattern from one end to the other, `step` bytes at a time on the wire. */
static inline int transfers(struct bsync_tls *from, struct bsync_tls *to, struct bsync_buffer *plain, size_t size,
			    size_t step)
{
	uint8_t *sent = malloc(size + 1);
	int good = 0;

	for (size_t i = 0; i < size; i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
	bsync_buffer_clear(plain);
	if (bsync_tls_write(from, (struct bsync_bytes){sent, size}) == BSYNC_OK) {
		good = 1;
		while (good && carry(from, to, step) != 0)
			good = bsync_tls_read(to, plain) == BSYNC_OK;
		good = good && plain->size == size && (size == 0 || memcmp(plain->data, sent, size) == 0);
	}
	free(sent);
	return good;
}

#define CHECK_HANDSHAKE(s, step)                                                                       \
	do {                                                                                           \
		enum bsync_result client_result = BSYNC_AGAIN;                                         \
		enum bsync_result server_result = BSYNC_AGAIN;                                         \
		handshake(s, step, &client_result, &server_result);                                    \
		CHECK_STR(bsync_tls_error_text((s)->server), "nothing has failed");                    \
		CHECK_STR(bsync_tls_error_text((s)->client), "nothing has failed");                    \
		CHECK_EQ(client_result, BSYNC_OK);                                                     \
		CHECK_EQ(server_result, BSYNC_OK);                                                     \
		CHECK(bsync_tls_is_established((s)->client) && bsync_tls_is_established((s)->server)); \
	} while (0)

#endif
