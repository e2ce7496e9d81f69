/* organisation.h: an organisation for tests: a CA, and keys and certificates made by it.
 *
 * Keys come from a counter, so a test sees the same ones each time. */
#ifndef BSYNC_TESTS_SUPPORT_ORGANISATION_H
#define BSYNC_TESTS_SUPPORT_ORGANISATION_H

#include <string.h>

#include "core/identity.h"

/* 2026-01-01 and the length of a day. */
#define ORGANISATION_NOW_MS INT64_C(1767225600000)
#define ORGANISATION_DAY_MS INT64_C(86400000)

/* A source of randomness for keys: each value is the hash of a counter. */
static inline int organisation_fill(void *context, uint8_t *out, size_t size)
{
	uint64_t *counter = context;

	for (size_t i = 0; i < size; i++) {
		struct bsync_digest digest;

		(*counter)++;
		bsync_sha256((struct bsync_bytes){(const uint8_t *)counter, sizeof(*counter)}, &digest);
		out[i] = digest.bytes[0];
	}
	return 0;
}

/* A key and a certificate for it. */
struct organisation_member {
	struct bsync_signing_key *key;
	struct bsync_buffer spki;
	struct bsync_buffer certificate;
};

struct organisation {
	uint64_t counter;
	struct bsync_random random;
	struct bsync_organisation_id id;
	struct organisation_member ca;
};

static inline void organisation_member_free(struct organisation_member *member)
{
	bsync_signing_key_free(member->key);
	bsync_buffer_clear(&member->spki);
	bsync_buffer_clear(&member->certificate);
}

/* Makes a key and has `ca` sign a certificate for it; NULL: it signs its own. */
static inline enum bsync_result organisation_issue(struct organisation *organisation,
						   const struct organisation_member *ca,
						   enum bsync_certificate_kind kind, const uint8_t id[16],
						   int64_t not_after_ms, struct organisation_member *out)
{
	struct bsync_certificate_request request = {
		.kind = kind,
		.not_before_ms = ORGANISATION_NOW_MS - 3600000,
		.not_after_ms = not_after_ms,
	};
	struct bsync_bytes ca_certificate = {NULL, 0};

	memset(out, 0, sizeof(*out));
	bsync_buffer_init(&out->spki, 256);
	bsync_buffer_init(&out->certificate, 4096);
	memcpy(request.id, id, 16);
	organisation_fill(&organisation->counter, request.serial, sizeof(request.serial));
	enum bsync_result result = bsync_signing_key_make(&organisation->random, &out->key);
	if (result == BSYNC_OK)
		result = bsync_signing_key_public(out->key, &out->spki);
	request.public_key = bsync_buffer_bytes(&out->spki);
	if (ca != NULL)
		ca_certificate = bsync_buffer_bytes(&ca->certificate);
	if (result == BSYNC_OK)
		result = bsync_certificate_issue(&request, ca != NULL ? ca->key : out->key, ca_certificate,
						 &out->certificate);
	return result;
}

/* Makes an organisation whose id and keys follow from `seed`. */
static inline enum bsync_result organisation_make(uint8_t seed, struct organisation *out)
{
	memset(out, 0, sizeof(*out));
	out->counter = (uint64_t)seed << 32;
	out->random = (struct bsync_random){organisation_fill, &out->counter};
	memset(out->id.bytes, seed, sizeof(out->id.bytes));
	return organisation_issue(out, NULL, BSYNC_CERTIFICATE_CA, out->id.bytes,
				  ORGANISATION_NOW_MS + 730 * ORGANISATION_DAY_MS, &out->ca);
}

static inline enum bsync_result organisation_server(struct organisation *organisation, struct organisation_member *out)
{
	return organisation_issue(organisation, &organisation->ca, BSYNC_CERTIFICATE_SERVER, organisation->id.bytes,
				  ORGANISATION_NOW_MS + 90 * ORGANISATION_DAY_MS, out);
}

static inline enum bsync_result organisation_device(struct organisation *organisation, const uint8_t id[16],
						    struct organisation_member *out)
{
	return organisation_issue(organisation, &organisation->ca, BSYNC_CERTIFICATE_DEVICE, id,
				  ORGANISATION_NOW_MS + 90 * ORGANISATION_DAY_MS, out);
}

#endif
