/* admin.c: teams, workers and devices, as the operator adds, moves, finds and lists them. */
#include <assert.h>
#include <string.h>

#include "daemon/store/device.h"
#include "daemon/store/directory.h"
#include "daemon/store/view_internal.h"

enum { ADMIN_NAME_MAX = 199 };

/* A name that fits, is text and is not blank. */
static bool name_is_good(const char *name)
{
	size_t size = strlen(name);

	return size != 0 && size <= ADMIN_NAME_MAX && bsync_utf8_valid(bsync_bytes_of_string(name)) &&
	       strspn(name, " \t\r\n") != size;
}

static enum bsync_result id_make(struct bsync_store *store, int64_t now_ms, uint8_t id[16])
{
	uint8_t random[10];

	if (store->random.fill(store->random.context, random, sizeof(random)) != 0)
		return BSYNC_RANDOM;
	bsync_uuid7(now_ms, random, id);
	return BSYNC_OK;
}

/* By name, or by id as text; a name that two have finds none. */
static enum bsync_result name_find(sqlite3_stmt *statement, const char *text, uint8_t id[16])
{
	uint8_t parsed[BSYNC_ID_SIZE];
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_string(statement, 1, text);
	if (bsync_id_parse(text, parsed))
		bsync_db_bind_data(statement, 2, parsed, sizeof(parsed));
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_copy(statement, 0, id, BSYNC_ID_SIZE))
		result = BSYNC_STORAGE_CORRUPT;
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	bsync_db_reset(statement);
	return result == BSYNC_OK && has_row ? BSYNC_INVALID : result;
}

enum bsync_result bsync_store_team_add(struct bsync_store *store, const char *name, int64_t now_ms, uint8_t id[16])
{
	struct bsync_person team = {.name = name};
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(name != NULL && id != NULL);
	if (!name_is_good(name))
		return BSYNC_INVALID;
	result = name_find(BSYNC_STATEMENT(&store->base, TEAM_FIND), name, team.id);
	if (result != BSYNC_NOT_FOUND)
		return result == BSYNC_OK ? BSYNC_EXISTS : result;
	result = id_make(store, now_ms, team.id);
	if (result == BSYNC_OK) {
		statement = BSYNC_STATEMENT(&store->base, TEAM_ADD);
		bsync_db_bind_data(statement, 1, team.id, BSYNC_ID_SIZE);
		bsync_db_bind_string(statement, 2, name);
		result = bsync_db_run(statement);
	}
	if (result == BSYNC_OK)
		result = bsync_directory_add(store, "team", &team, now_ms);
	memcpy(id, team.id, BSYNC_ID_SIZE);
	return result;
}

enum bsync_result bsync_store_worker_add(struct bsync_store *store, const char *name, const char *team,
					 const char *role, int64_t now_ms, struct bsync_worker_id *id)
{
	struct bsync_person worker = {.name = name, .has_team = true, .role = role};
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(name != NULL && team != NULL && id != NULL);
	if (!name_is_good(name) || (role != NULL && !name_is_good(role)))
		return BSYNC_INVALID;
	result = name_find(BSYNC_STATEMENT(&store->base, TEAM_FIND), team, worker.team);
	if (result == BSYNC_OK)
		result = id_make(store, now_ms, worker.id);
	if (result == BSYNC_OK) {
		statement = BSYNC_STATEMENT(&store->base, WORKER_ADD);
		bsync_db_bind_data(statement, 1, worker.id, BSYNC_ID_SIZE);
		bsync_db_bind_string(statement, 2, name);
		bsync_db_bind_data(statement, 3, worker.team, BSYNC_ID_SIZE);
		bsync_db_bind_string(statement, 4, role);
		result = bsync_db_run(statement);
	}
	if (result == BSYNC_OK)
		result = bsync_directory_add(store, "worker", &worker, now_ms);
	memcpy(id->bytes, worker.id, BSYNC_ID_SIZE);
	return result;
}

enum bsync_result bsync_store_worker_move(struct bsync_store *store, const struct bsync_worker_id *worker,
					  const char *team, int64_t now_ms)
{
	uint8_t team_id[BSYNC_ID_SIZE];
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(worker != NULL && team != NULL);
	result = name_find(BSYNC_STATEMENT(&store->base, TEAM_FIND), team, team_id);
	if (result != BSYNC_OK)
		return result;
	statement = BSYNC_STATEMENT(&store->base, WORKER_MOVE);
	bsync_db_bind_data(statement, 1, worker->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_data(statement, 2, team_id, BSYNC_ID_SIZE);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK && sqlite3_changes(store->base.db.handle) == 0)
		result = BSYNC_NOT_FOUND;
	return result == BSYNC_OK ? bsync_directory_move(store, worker->bytes, team_id, now_ms) : result;
}

enum bsync_result bsync_view_worker_find(struct bsync_view *view, const char *id_or_name, struct bsync_worker_id *id)
{
	assert(view != NULL && id_or_name != NULL && id != NULL);
	return name_find(BSYNC_STATEMENT(&view->base, WORKER_FIND), id_or_name, id->bytes);
}

enum bsync_result bsync_view_workers(struct bsync_view *view,
				     bool (*row)(void *context, const struct bsync_worker_row *row), void *context)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result;

	assert(view != NULL && row != NULL);
	statement = BSYNC_STATEMENT(&view->base, WORKER_ALL);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_worker_row worker = {
			.name = bsync_db_string(statement, 1),
			.team = bsync_db_string(statement, 2),
			.role = bsync_db_string(statement, 3),
		};

		if (!bsync_db_copy(statement, 0, worker.id.bytes, BSYNC_ID_SIZE)) {
			result = BSYNC_STORAGE_CORRUPT;
			break;
		}
		if (!row(context, &worker))
			break;
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_view_devices(struct bsync_view *view,
				     bool (*row)(void *context, const struct bsync_device *device), void *context)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result;

	assert(view != NULL && row != NULL);
	statement = BSYNC_STATEMENT(&view->base, DEVICE_ALL);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_device device;

		result = bsync_device_read(statement, &device);
		if (result != BSYNC_OK || !row(context, &device))
			break;
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* What a search by the front of an id has found. */
struct search {
	const char *text;
	uint32_t count;
	struct bsync_device_id id;
};

static bool device_matches(void *context, const struct bsync_device *device)
{
	struct search *search = context;
	char text[BSYNC_ID_TEXT_SIZE];
	const char *wanted = search->text;
	size_t at = 0;

	bsync_id_text(device->id.bytes, text);
	/* Dashes and capitals, as people write a UUID, make no difference. */
	for (; *wanted != '\0' && at < sizeof(text) - 1; wanted++) {
		char letter = *wanted >= 'A' && *wanted <= 'F' ? (char)(*wanted - 'A' + 'a') : *wanted;

		if (letter == '-')
			continue;
		if (letter != text[at++])
			return true;
	}
	if (*wanted == '\0' && at != 0) {
		search->id = device->id;
		search->count++;
	}
	return true;
}

enum bsync_result bsync_view_device_find(struct bsync_view *view, const char *id_or_prefix, struct bsync_device_id *id)
{
	struct search search = {.text = id_or_prefix};
	enum bsync_result result;

	assert(view != NULL && id_or_prefix != NULL && id != NULL);
	result = bsync_view_devices(view, device_matches, &search);
	if (result != BSYNC_OK)
		return result;
	if (search.count != 1)
		return search.count == 0 ? BSYNC_NOT_FOUND : BSYNC_INVALID;
	*id = search.id;
	return BSYNC_OK;
}
