#include "client-sdk/client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client-sdk/surroundings.h"
#include "core/schema/row_text.h"
#include "core/tls.h"

enum {
	TRANSACTION_WAIT_MS = 5000, /* as long as another process is waited for */
	ROW_WORD_MAX = 1 << 20,     /* memory for the key in the word of a row */
};

int bsync_version(void)
{
	return BSYNC_VERSION_NUMBER;
}

const char *bsync_version_text(void)
{
#define TEXT(number) #number
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)
	return VERSION(BSYNC_VERSION_MAJOR, BSYNC_VERSION_MINOR, BSYNC_VERSION_PATCH);
#undef VERSION
#undef TEXT
}

/* --- Entering and leaving --- */

int bsync_client_enter_lightly(struct bsync_client *client, struct bsync_error *error)
{
	if (client == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "no client: the argument is NULL; open one first");
	if (client->pid != getpid())
		return bsync_problem(
			error, BSYNC_E_MISUSE, 0,
			"the client was opened before this process was forked: SQLite files do not survive "
			"a fork; open one in the child");
	pthread_mutex_lock(&client->mutex);
	return BSYNC_DONE;
}

int bsync_client_enter(struct bsync_client *client, struct bsync_error *error)
{
	int code = bsync_client_enter_lightly(client, error);
	if (code != BSYNC_DONE)
		return code;
	int64_t deadline_ms = bsync_steady_ms() + TRANSACTION_WAIT_MS;
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000), .tv_nsec = (deadline_ms % 1000) * 1000000};
	while (client->is_owned && !pthread_equal(client->owner, pthread_self())) {
		if (bsync_steady_ms() >= deadline_ms) {
			pthread_mutex_unlock(&client->mutex);
			return bsync_problem(error, BSYNC_E_BUSY, 0,
					     "another thread has a transaction open on this client; let it commit, "
					     "then try again");
		}
		pthread_cond_timedwait(&client->ended, &client->mutex, &until);
	}
	return BSYNC_DONE;
}

void bsync_client_leave(struct bsync_client *client)
{
	bool is_open = sqlite3_get_autocommit(client->handle) == 0;
	if (is_open && !client->is_owned)
		client->owner = pthread_self();
	else if (!is_open && client->is_owned)
		pthread_cond_broadcast(&client->ended);
	client->is_owned = is_open;
	bool has_committed = bsync_file_take_committed(client->file);
	pthread_mutex_unlock(&client->mutex);
	if (has_committed)
		bsync_runner_committed(&client->runner);
}

/* --- Failures --- */

/* True for the codes of SQLite that speak of the disk, not of the statement. */
static bool is_of_disk(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
	case SQLITE_NOLFS:
	case SQLITE_INTERNAL:
		return true;
	default:
		return false;
	}
}

int bsync_client_sql_problem(struct bsync_client *client, enum bsync_result result, struct bsync_error *error)
{
	assert(result != BSYNC_OK);
	int system_code = sqlite3_extended_errcode(client->handle);
	int code = bsync_problem_code(result);
	/* A clash of keys and a value over the limit are the statement's; so is what SQLite has no finer word for. */
	if (result == BSYNC_EXISTS || result == BSYNC_TOO_LARGE || result == BSYNC_INVALID ||
	    (result == BSYNC_STORAGE && !is_of_disk(system_code)))
		code = BSYNC_E_SQL;
	const char *why = bsync_file_error_text(client->file);
	if (why[0] == '\0')
		why = bsync_result_text(result);
	return bsync_problem(error, code, system_code, "%s: %s; %s", bsync_code_text(code), why,
			     bsync_problem_advice(code));
}

int bsync_client_file_problem(struct bsync_client *client, enum bsync_result result, const char *what,
			      struct bsync_error *error)
{
	return bsync_problem_of(error, result, what, bsync_file_error_text(client->file));
}

/* --- A row by its word --- */

int bsync_client_row(struct bsync_client *client, const char *table_name, const char *row, struct bsync_arena *arena,
		     const struct bsync_table **table, struct bsync_value key[BSYNC_KEY_COLUMNS_MAX],
		     struct bsync_error *error)
{
	*table = bsync_schema_table_named(bsync_file_schema(client->file), table_name);
	if (*table == NULL)
		return bsync_problem(error, BSYNC_E_NOT_FOUND, 0,
				     "there is no synced table %.80s; SELECT name FROM sqlite_schema shows the tables",
				     table_name);
	if (bsync_row_text_read(*table, row, arena, key) != BSYNC_OK)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "%.80s is not the id of a row of %.80s: write its %u key columns with / between "
				     "them, a blob as hex digits",
				     row, table_name, (*table)->key_count);
	return BSYNC_DONE;
}

int bsync_client_on_row(struct bsync_client *client, const char *table, const char *row,
			enum bsync_result (*call)(struct bsync_file *file, const char *table,
						  const struct bsync_value *key, uint32_t key_count),
			const char *failure, struct bsync_error *error)
{
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct bsync_arena arena;
	const struct bsync_table *found = NULL;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	bsync_arena_init(&arena, ROW_WORD_MAX);
	code = bsync_client_row(client, table, row, &arena, &found, key, error);
	if (code == BSYNC_DONE) {
		enum bsync_result result = call(client->file, table, key, found->key_count);
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, failure, error);
	}
	bsync_arena_clear(&arena);
	bsync_client_leave(client);
	return code;
}

/* --- Opening --- */

/* SQLite's handle, by way of a statement: the file keeps it to itself. */
static enum bsync_result handle_of(struct bsync_file *file, sqlite3 **handle)
{
	static const char sql[] = "SELECT 1";
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	enum bsync_result result = bsync_file_prepare(file, sql, sizeof sql - 1, &statement, &tail);
	if (result != BSYNC_OK)
		return result;
	*handle = sqlite3_db_handle(statement);
	return bsync_file_finalize(file, statement);
}

static void locks_init(struct bsync_client *client)
{
	pthread_condattr_t attributes;
	pthread_mutex_init(&client->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&client->ended, &attributes);
	pthread_condattr_destroy(&attributes);
}

static int open_file(struct bsync_client *client, const char *directory, struct bsync_error *error)
{
	enum bsync_result result = bsync_place_init(&client->place, directory);
	if (result == BSYNC_OK)
		result = bsync_file_open(client->place.file, &client->surroundings, &client->file);
	if (result == BSYNC_OK)
		bsync_file_keep_appended(client->file);
	if (result == BSYNC_NOT_FOUND)
		return bsync_problem(
			error, BSYNC_E_NOT_FOUND, 0,
			"%.200s is not a device's directory: it has no device.db; enrol this device first, "
			"or name the right directory",
			directory);
	if (result == BSYNC_OK)
		result = handle_of(client->file, &client->handle);
	if (result == BSYNC_OK)
		return BSYNC_DONE;
	return bsync_problem_of(error, result, "the device's file cannot be opened",
				client->file != NULL ? bsync_file_error_text(client->file) : NULL);
}

int bsync_open(const char *directory, struct bsync_client **client, struct bsync_error *error)
{
	if (directory == NULL || client == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "nothing can be opened: an argument is NULL");
	*client = NULL;
	enum bsync_result result = bsync_tls_library_init();
	if (result != BSYNC_OK)
		return bsync_problem_of(error, result, "the cryptographic libraries cannot be started", NULL);
	struct bsync_client *opened = calloc(1, sizeof *opened);
	if (opened == NULL)
		return bsync_problem_of(error, BSYNC_NO_MEMORY, "the client cannot be made", NULL);
	opened->pid = getpid();
	opened->surroundings = bsync_surroundings_of_system();
	int code = open_file(opened, directory, error);
	if (code != BSYNC_DONE) {
		if (opened->file != NULL)
			bsync_file_close(opened->file);
		bsync_place_clear(&opened->place);
		free(opened);
		return code;
	}
	locks_init(opened);
	bsync_events_init(&opened->events);
	bsync_runner_init(&opened->runner, &opened->place, &opened->surroundings, &opened->events);
	*client = opened;
	return BSYNC_DONE;
}

void bsync_close(struct bsync_client *client)
{
	/* In a forked child even closing would touch what the parent uses. */
	if (client == NULL || client->pid != getpid())
		return;
	bsync_runner_clear(&client->runner);
	/* A statement that is still there becomes useless; its owner frees the rest of it. */
	for (struct bsync_statement *statement = client->statements; statement != NULL; statement = statement->next) {
		(void)!bsync_file_finalize(client->file, statement->handle);
		statement->handle = NULL;
		statement->client = NULL;
	}
	bsync_file_close(client->file);
	bsync_events_clear(&client->events);
	pthread_cond_destroy(&client->ended);
	pthread_mutex_destroy(&client->mutex);
	bsync_place_clear(&client->place);
	free(client);
}

/* --- Small things --- */

int bsync_event_next(struct bsync_client *client, struct bsync_event *event)
{
	if (client == NULL || event == NULL || event->struct_size == 0 || client->pid != getpid())
		return BSYNC_E_MISUSE;
	struct bsync_event taken;
	if (!bsync_events_take(&client->events, &taken)) {
		event->kind = BSYNC_EVENT_NONE;
		return 0;
	}
	/* An application built against an older header has room for less. */
	size_t size = event->struct_size < sizeof taken ? event->struct_size : sizeof taken;
	taken.struct_size = event->struct_size;
	memcpy(event, &taken, size);
	return 1;
}

int bsync_uuid(struct bsync_client *client, uint8_t id[16])
{
	if (client == NULL || id == NULL || client->pid != getpid())
		return BSYNC_E_MISUSE;
	uint8_t bytes[10];
	struct bsync_clock_reading reading;
	if (client->surroundings.random.fill(client->surroundings.random.context, bytes, sizeof bytes) != 0)
		return BSYNC_E_LOCAL;
	client->surroundings.clock(client->surroundings.clock_context, &reading);
	bsync_uuid7(reading.wall_ms, bytes, id);
	return BSYNC_DONE;
}

void bsync_free(void *text)
{
	free(text);
}
