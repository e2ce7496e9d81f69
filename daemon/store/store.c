#include "daemon/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/sqlite/migrate.h"
#include "daemon/store/lives.h"
#include "daemon/store/receipt.h"
#include "daemon/store/writer.h"

enum { PATH_SIZE_MAX = 4096, CACHE_KIB = 256 * 1024, WRITER_BUSY_MS = 100, NAME_SIZE_MAX = 1000 };

/* `store.lock` in the folder of the store. */
enum bsync_result bsync_store_lock(const char *path, int *out)
{
	static const char name[] = "store.lock";
	char lock_path[PATH_SIZE_MAX];
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	int fd = -1;

	if (folder + sizeof(name) > sizeof(lock_path))
		return BSYNC_INVALID;
	memcpy(lock_path, path, folder);
	memcpy(lock_path + folder, name, sizeof(name));
	fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOENT ? BSYNC_NOT_FOUND : BSYNC_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return errno == EWOULDBLOCK ? BSYNC_BUSY : BSYNC_IO;
	}
	*out = fd;
	return BSYNC_OK;
}

/* The writer's count of pages in the WAL, after each commit. */
static int wal_note(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct bsync_store *store = context;

	(void)handle;
	(void)name;
	store->wal_pages = pages;
	return SQLITE_OK;
}

static enum bsync_result facts_load(struct bsync_store *store)
{
	struct bsync_base *base = &store->base;
	struct bsync_buffer text;
	int64_t incarnation = 0;
	enum bsync_result result = bsync_meta_data(base, "organisation", store->facts.organisation.bytes,
						   BSYNC_ID_SIZE);

	bsync_buffer_init(&text, BSYNC_BOX_SIZE_MAX);
	if (result == BSYNC_OK)
		result = bsync_meta_integer(base, "incarnation", &incarnation);
	store->facts.incarnation = (uint32_t)incarnation;
	if (result == BSYNC_OK)
		result = bsync_meta_data(base, "incarnation_id", store->facts.incarnation_id, BSYNC_ID_SIZE);
	if (result == BSYNC_OK)
		result = bsync_meta_data(base, "seal_public", store->facts.seal_public, BSYNC_KEY_SIZE);
	if (result == BSYNC_OK)
		result = bsync_meta_bytes(base, "seal_private", &text);
	if (result == BSYNC_OK)
		result = bsync_base_unbox(base, "seal_private", bsync_buffer_bytes(&text), store->facts.seal_private,
					  BSYNC_KEY_SIZE);
	text.size = 0;
	if (result == BSYNC_OK)
		result = bsync_receipt_key(base, &store->receipt_key);
	text.size = 0;
	if (result == BSYNC_OK)
		result = bsync_meta_bytes(base, "name", &text);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&text, "", 1);
	if (result == BSYNC_OK) {
		store->name = malloc(text.size);
		if (store->name == NULL)
			result = BSYNC_NO_MEMORY;
		else
			memcpy(store->name, text.data, text.size);
		store->facts.name = store->name;
	}
	bsync_buffer_clear(&text);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

/* Our own tables in the form that this program knows, before any statement is prepared. */
static enum bsync_result tables_migrate(const char *path, const struct bsync_db_options *options)
{
	struct bsync_db db = {0};
	enum bsync_result result = bsync_db_open(&db, path, options);

	if (result != BSYNC_OK)
		return result;
	result = bsync_migrate(&db, "server", bsync_embedded_server, bsync_embedded_server_count);
	/* Devices are told of what the log holds, so it must outlive the power from now on. */
	if (result == BSYNC_OK)
		result = bsync_db_found_log_move(&db);
	bsync_db_close(&db);
	return result;
}

static enum bsync_result store_open(const char *path, const struct bsync_key *store_key,
				    const struct bsync_random *random, bool takes_lock, struct bsync_store **out)
{
	static const struct bsync_db_options options = {
		.mode = BSYNC_DB_READ_WRITE,
		.cache_kib = CACHE_KIB,
		.autocheckpoint_pages = UINT32_MAX,
		.busy_timeout_ms = WRITER_BUSY_MS,
	};
	struct bsync_store *store = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(path != NULL && store_key != NULL && random != NULL && out != NULL);
	store = calloc(1, sizeof(*store));
	if (store == NULL)
		return BSYNC_NO_MEMORY;
	store->lock_fd = -1;
	store->random = *random;
	bsync_arena_init(&store->work, BSYNC_WORK_SIZE_MAX);
	bsync_buffer_init(&store->meta, BSYNC_WORK_SIZE_MAX);
	bsync_buffer_init(&store->key, BSYNC_WORK_SIZE_MAX);
	result = bsync_scopes_init(&store->scopes);
	if (result == BSYNC_OK && takes_lock)
		result = bsync_store_lock(path, &store->lock_fd);
	if (result == BSYNC_OK)
		result = tables_migrate(path, &options);
	if (result == BSYNC_OK)
		result = bsync_base_open(&store->base, path, &options, store_key, true);
	if (result == BSYNC_OK)
		result = facts_load(store);
	if (result == BSYNC_OK)
		result = bsync_lives_load(store);
	if (result == BSYNC_OK)
		result = bsync_writer_reload(store);
	if (result != BSYNC_OK) {
		bsync_store_close(store);
		return result;
	}
	sqlite3_wal_hook(store->base.db.handle, wal_note, store);
	*out = store;
	return BSYNC_OK;
}

enum bsync_result bsync_store_open(const char *path, const struct bsync_key *store_key,
				   const struct bsync_random *random, struct bsync_store **out)
{
	return store_open(path, store_key, random, true, out);
}

enum bsync_result bsync_store_open_locked(const char *path, const struct bsync_key *store_key,
					  const struct bsync_random *random, struct bsync_store **out)
{
	return store_open(path, store_key, random, false, out);
}

void bsync_store_close(struct bsync_store *store)
{
	if (store == NULL)
		return;
	if (store->in_group)
		bsync_db_rollback(&store->base.db);
	bsync_base_close(&store->base);
	bsync_scopes_clear(&store->scopes);
	bsync_arena_clear(&store->work);
	bsync_buffer_clear(&store->meta);
	bsync_buffer_clear(&store->key);
	free(store->name);
	free(store->lives);
	free(store->lines);
	free(store->devices);
	free(store->graves);
	free(store->retry);
	free(store->touched.scopes);
	free(store->touched.workers);
	free(store->touched.devices);
	bsync_wipe(&store->facts, sizeof(store->facts));
	bsync_key_wipe(&store->receipt_key);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store);
}

const char *bsync_store_error_text(const struct bsync_store *store)
{
	assert(store != NULL);
	return store->base.db.handle != NULL ? sqlite3_errmsg(store->base.db.handle) : store->base.db.error;
}

const struct bsync_schema *bsync_store_schema(const struct bsync_store *store)
{
	assert(store != NULL);
	return store->base.schema;
}

const struct bsync_schema_source *bsync_store_schema_source(const struct bsync_store *store)
{
	assert(store != NULL);
	return &store->base.source;
}

const struct bsync_store_facts *bsync_store_facts(const struct bsync_store *store)
{
	assert(store != NULL);
	return &store->facts;
}

struct bsync_position bsync_store_position(const struct bsync_store *store)
{
	struct bsync_position nothing = {0};

	assert(store != NULL);
	if (store->counter == 0)
		return nothing;
	return (struct bsync_position){store->facts.incarnation, store->counter};
}
