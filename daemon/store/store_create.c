/* store_create.c: the first file of a store: tables, schema, first incarnation and keys. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hpke.h"
#include "core/schema/domain.h"
#include "core/sqlite/migrate.h"
#include "daemon/store/directory.h"
#include "daemon/store/writer.h"

enum { PATH_SIZE_MAX = 4096, NAME_SIZE_MAX = 1000 };

static enum bsync_result put_bytes(struct bsync_base *base, const char *name, const void *data, size_t size)
{
	struct bsync_value value = bsync_value_blob((struct bsync_bytes){data, size});

	return bsync_meta_put(base, name, &value);
}

static enum bsync_result put_integer(struct bsync_base *base, const char *name, int64_t integer)
{
	struct bsync_value value = bsync_value_integer(integer);

	return bsync_meta_put(base, name, &value);
}

static enum bsync_result put_box(struct bsync_base *base, const struct bsync_random *random, const char *name,
				 const uint8_t secret[BSYNC_KEY_SIZE])
{
	struct bsync_buffer box;
	enum bsync_result result;

	bsync_buffer_init(&box, BSYNC_BOX_SIZE_MAX);
	result = bsync_base_box(base, random, name, secret, BSYNC_KEY_SIZE, &box);
	if (result == BSYNC_OK)
		result = put_bytes(base, name, box.data, box.size);
	bsync_buffer_clear(&box);
	return result;
}

static enum bsync_result keys_make(struct bsync_base *base, const struct bsync_random *random)
{
	uint8_t seed[BSYNC_KEY_SIZE];
	uint8_t private_key[BSYNC_KEY_SIZE];
	uint8_t public_key[BSYNC_KEY_SIZE];
	uint8_t receipt_key[BSYNC_KEY_SIZE];
	uint8_t incarnation[BSYNC_ID_SIZE];
	enum bsync_result result = BSYNC_OK;

	if (random->fill(random->context, seed, sizeof(seed)) != 0 ||
	    random->fill(random->context, receipt_key, sizeof(receipt_key)) != 0 ||
	    random->fill(random->context, incarnation, sizeof(incarnation)) != 0)
		return BSYNC_RANDOM;
	result = bsync_hpke_keypair(seed, private_key, public_key);
	if (result == BSYNC_OK)
		result = put_bytes(base, "seal_public", public_key, sizeof(public_key));
	if (result == BSYNC_OK)
		result = put_box(base, random, "seal_private", private_key);
	if (result == BSYNC_OK)
		result = put_box(base, random, "receipt_key", receipt_key);
	if (result == BSYNC_OK)
		result = put_bytes(base, "incarnation_id", incarnation, sizeof(incarnation));
	if (result == BSYNC_OK)
		result = bsync_db_exec(&base->db,
				       "INSERT INTO bsync_incarnation(incarnation, id, first_counter, last_counter, "
				       "is_lost) SELECT 1, value, 0, NULL, 0 FROM bsync_meta "
				       "WHERE name = 'incarnation_id'");
	bsync_wipe(seed, sizeof(seed));
	bsync_wipe(private_key, sizeof(private_key));
	bsync_wipe(receipt_key, sizeof(receipt_key));
	return result;
}

static enum bsync_result dictionary_put(struct bsync_base *base, struct bsync_bytes dictionary)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	if (dictionary.size == 0)
		return BSYNC_OK;
	result = bsync_db_prepare(&base->db, "INSERT INTO bsync_dictionary(id, data) VALUES(1, ?1)", &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_blob(statement, 1, dictionary);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

static enum bsync_result tables_fill(struct bsync_base *base, const struct bsync_store_birth *birth,
				     const struct bsync_random *random)
{
	struct bsync_value name = bsync_value_text(bsync_bytes_of_string(birth->name));
	enum bsync_result result = bsync_schema_install(&base->db, &birth->schema, 0, true);

	if (result == BSYNC_OK)
		result = bsync_base_files_put(base, &birth->schema, 0);
	if (result == BSYNC_OK)
		result = dictionary_put(base, birth->schema.dictionary);
	if (result == BSYNC_OK)
		result = put_bytes(base, "organisation", birth->organisation.bytes, BSYNC_ID_SIZE);
	if (result == BSYNC_OK)
		result = bsync_meta_put(base, "name", &name);
	if (result == BSYNC_OK)
		result = put_integer(base, "born_ms", birth->now_ms);
	if (result == BSYNC_OK)
		result = put_integer(base, "incarnation", 1);
	if (result == BSYNC_OK)
		result = put_integer(base, "recovery", 0);
	if (result == BSYNC_OK)
		result = put_integer(base, "counter", 0);
	if (result == BSYNC_OK)
		result = put_integer(base, "stamp", 0);
	if (result == BSYNC_OK)
		result = bsync_db_exec(&base->db,
				       "INSERT INTO bsync_line(no, device_no, line, first_seq, fork_of, after_no, "
				       "after_seq, is_noticed, last_seq, last_hash, last_stamp, last_epoch) "
				       "VALUES(0, 0, zeroblob(16), 1, 0, 0, 0, 0, 0, zeroblob(32), 0, 0)");
	return result == BSYNC_OK ? keys_make(base, random) : result;
}

static enum bsync_result file_make(const char *path, const struct bsync_store_birth *birth,
				   const struct bsync_key *store_key, const struct bsync_random *random)
{
	static const struct bsync_db_options options = {.mode = BSYNC_DB_CREATE};
	struct bsync_base base = {0};
	enum bsync_result result = bsync_db_open(&base.db, path, &options);

	base.store_key = *store_key;
	if (result == BSYNC_OK)
		result = bsync_migrate(&base.db, "server", bsync_embedded_server, bsync_embedded_server_count);
	if (result == BSYNC_OK)
		result = bsync_statements_prepare(&base.db, &base.sql, true);
	if (result == BSYNC_OK)
		result = bsync_db_begin(&base.db);
	if (result == BSYNC_OK)
		result = tables_fill(&base, birth, random);
	if (result == BSYNC_OK)
		result = bsync_db_commit(&base.db);
	bsync_base_close(&base);
	return result;
}

/* The organisation is a row of its own where the schema has a table for it. */
static enum bsync_result organisation_add(const char *path, const struct bsync_store_birth *birth,
					  const struct bsync_key *store_key, const struct bsync_random *random)
{
	struct bsync_store *store = NULL;
	struct bsync_touched touched;
	struct bsync_person row = {.name = birth->name};
	enum bsync_result result = bsync_store_open(path, store_key, random, &store);

	memcpy(row.id, birth->organisation.bytes, BSYNC_ID_SIZE);
	if (result == BSYNC_OK)
		result = bsync_store_group_begin(store);
	if (result == BSYNC_OK)
		result = bsync_directory_add(store, "organisation", &row, birth->now_ms);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(store, &touched);
	bsync_store_close(store);
	return result;
}

static void files_remove(const char *path)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char name[PATH_SIZE_MAX];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		if (snprintf(name, sizeof(name), "%s%s", path, tails[i]) < (int)sizeof(name))
			unlink(name);
	}
}

enum bsync_result bsync_store_create(const char *path, const struct bsync_store_birth *birth,
				     const struct bsync_key *store_key, const struct bsync_random *random)
{
	struct bsync_schema *schema = NULL;
	struct stat status;
	enum bsync_result result = BSYNC_OK;

	assert(path != NULL && birth != NULL && store_key != NULL && random != NULL);
	if (birth->name == NULL || strlen(birth->name) > NAME_SIZE_MAX || strlen(path) > PATH_SIZE_MAX - 8)
		return BSYNC_INVALID;
	if (stat(path, &status) == 0)
		return BSYNC_EXISTS;
	result = bsync_schema_compile(&birth->schema, &schema, NULL);
	if (result != BSYNC_OK)
		return result;
	result = file_make(path, birth, store_key, random);
	if (result == BSYNC_OK)
		result = organisation_add(path, birth, store_key, random);
	bsync_schema_free(schema);
	if (result != BSYNC_OK)
		files_remove(path);
	return result;
}
