#include "tests/sim/copies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/derived_id.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"
#include "tests/sim/signed.h"

enum { KEYS_MAX = 3000, INPUT_MAX = 1000 };

/* A key of a decision or an article. */
static struct {
	uint32_t count;
	struct key {
		uint8_t bytes[BSYNC_ID_SIZE];
		bool is_known;            /* somebody wrote it, or it is that of a copy of one that is known */
		const struct key *origin; /* of a copy */
	} list[KEYS_MAX];
} keys;

static void hex_of(const struct key *key, char out[2 * BSYNC_ID_SIZE + 1])
{
	for (uint32_t i = 0; i < BSYNC_ID_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02X", key->bytes[i]);
}

static struct key *key_find(const uint8_t *bytes)
{
	for (struct key *key = keys.list; key < keys.list + keys.count; key++)
		if (memcmp(key->bytes, bytes, BSYNC_ID_SIZE) == 0)
			return key;
	return NULL;
}

static struct key *key_take(const uint8_t *bytes)
{
	struct key *key = key_find(bytes);
	if (key == NULL) {
		key = &keys.list[model_next(&keys.count, KEYS_MAX)];
		*key = (struct key){.is_known = false};
		memcpy(key->bytes, bytes, BSYNC_ID_SIZE);
	}
	return key;
}

static void key_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	(void)key_take(values[0].as.bytes.data);
}

/* PROTOCOL 7.10: "The key of a copy is the first 16 bytes of SHA-256 over "bsync/fork/v1" and the canonical array
 * `[old key, device, line, seq]`, the dot that of the signature." */
static bool copies_find(const struct model_set *set)
{
	bool has_found = false;
	for (uint32_t i = 0; i < keys.count; i++) {
		struct bsync_derived_id derived;
		uint8_t id[BSYNC_ID_SIZE];
		struct bsync_value old = bsync_value_blob((struct bsync_bytes){keys.list[i].bytes, BSYNC_ID_SIZE});
		if (!keys.list[i].is_known)
			continue;
		bsync_derived_id_begin(&derived, "bsync/fork/v1", INPUT_MAX);
		bsync_write_array(&derived.writer, 4);
		bsync_write_value(&derived.writer, &old);
		bsync_derived_id_dot(&derived, &set->dot);
		if (bsync_derived_id_end(&derived, id) != BSYNC_OK)
			abort();
		struct key *key = key_find(id);
		if (key == NULL || key->is_known)
			continue;
		key->is_known = has_found = true;
		key->origin = &keys.list[i];
		probe_if(key->origin->origin != NULL, PROBE_SIGNED_FORK_AGAIN);
	}
	return has_found;
}

/* A signature, of whatever. */
static bool is_signature(const struct model_set *set)
{
	for (uint32_t i = 0; set->state == MODEL_APPLIED && i < set->changeset.change_count; i++)
		if (signed_write(set, "besluit", "handtekening", &set->changeset.changes[i].key[0]) != NULL)
			return true;
	return false;
}

void copies_read(struct world *world)
{
	bool has_found = true;
	keys.count = 0;
	MODEL_EACH (set, set)
		for (uint32_t i = 0; i < set->changeset.change_count; i++) {
			const struct bsync_change *change = &set->changeset.changes[i];
			if (change->kind == BSYNC_CHANGE_INSERT &&
			    signed_has(bsync_schema_table(bsync_store_schema(world->store), change->table_no)))
				key_take(change->key[0].as.bytes.data)->is_known = true;
		}
	server_ask(
		world,
		"SELECT id FROM besluit UNION SELECT id FROM artikel UNION SELECT substr(key, 4) FROM bsync_grave WHERE"
		" table_no IN (11, 12)",
		0, key_row, NULL);
	while (has_found) {
		has_found = false;
		MODEL_EACH (set, set)
			if (is_signature(set))
				has_found |= copies_find(set);
	}
}

bool copies_origin(char hex[2 * BSYNC_ID_SIZE + 1])
{
	for (const struct key *key = keys.list; key < keys.list + keys.count; key++) {
		char found[2 * BSYNC_ID_SIZE + 1];
		hex_of(key, found);
		if (key->origin == NULL || strcmp(found, hex) != 0)
			continue;
		hex_of(key->origin, hex);
		return true;
	}
	return false;
}

bool copies_is_written(const struct model_set *set, const struct bsync_value *key)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_value *written = &set->changeset.changes[i].key[0];
		const struct key *copy = NULL;
		if (written->kind == BSYNC_BLOB && written->as.bytes.size == BSYNC_ID_SIZE)
			copy = key_find(written->as.bytes.data);
		if (copy != NULL && copy->origin != NULL &&
		    memcmp(copy->origin->bytes, key->as.bytes.data, BSYNC_ID_SIZE) == 0)
			return true;
	}
	return false;
}

void copies_check(struct world *world)
{
	char hex[2 * BSYNC_ID_SIZE + 1];
	copies_read(world);
	for (const struct key *key = keys.list; key < keys.list + keys.count; key++) {
		hex_of(key, hex);
		if (!key->is_known)
			world_fail(world, "nobody wrote the decision or article %s, and it is no copy", hex);
	}
}
