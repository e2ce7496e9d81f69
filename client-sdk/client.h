/* client.h: what the files of the API share: the client itself, and how a call enters and leaves it.
 *
 * One connection serves the application, under one mutex.  A transaction belongs to the thread that began it: SQL of
 * another thread waits for its end, so that nobody writes into, or commits, what is another's. */
#ifndef BSYNC_CLIENT_CLIENT_H
#define BSYNC_CLIENT_CLIENT_H

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

#include "client-sdk/events.h"
#include "client-sdk/place.h"
#include "client-sdk/problem.h"
#include "client-sdk/runner.h"

struct bsync_client {
	pid_t pid; /* of the process that opened it */
	struct bsync_place place;
	struct bsync_surroundings surroundings;
	struct bsync_events events;
	struct bsync_runner runner;
	pthread_mutex_t mutex; /* over what follows */
	pthread_cond_t ended;  /* a transaction */
	pthread_t owner;       /* of the open transaction */
	bool is_owned;
	struct bsync_file *file;
	sqlite3 *handle; /* of `file`, for error codes and the state of transactions */
	struct bsync_statement *statements;
};

struct bsync_statement {
	struct bsync_client *client; /* NULL: the client was closed before */
	sqlite3_stmt *handle;
	struct bsync_statement *previous, *next; /* of the client */
};

/* Enters for a call that may touch the file: BSYNC_DONE with the mutex held, or a code and `error`.  Waits while another
 * thread has a transaction open. */
int bsync_client_enter(struct bsync_client *client, struct bsync_error *error);
/* Enters for a call that touches no rows: does not wait for transactions. */
int bsync_client_enter_lightly(struct bsync_client *client, struct bsync_error *error);
/* bsync_sync and what is like it.  Without the mutex. */
int bsync_client_barrier(struct bsync_client *client, enum bsync_wait wait, int timeout_ms, struct bsync_error *error);
/* Leaves: notices the end of a transaction, and tells whoever syncs of a commit. */
void bsync_client_leave(struct bsync_client *client);

/* Finds a synced table and reads the word of a row of it (core/schema/row_text.h), into `arena`; with the mutex held. */
int bsync_client_row(struct bsync_client *client, const char *table_name, const char *row, struct bsync_arena *arena,
		     const struct bsync_table **table, struct bsync_value key[BSYNC_KEY_COLUMNS_MAX],
		     struct bsync_error *error);
/* Does `call` with that row; `failure` says what did not succeed where it fails.  Enters and leaves by itself. */
int bsync_client_on_row(struct bsync_client *client, const char *table, const char *row,
			enum bsync_result (*call)(struct bsync_file *file, const char *table,
						  const struct bsync_value *key, uint32_t key_count),
			const char *failure, struct bsync_error *error);

/* The code and text of a failure of SQL: with the mutex held. */
int bsync_client_sql_problem(struct bsync_client *client, enum bsync_result result, struct bsync_error *error);
/* The code and text of another failure of the file. */
int bsync_client_file_problem(struct bsync_client *client, enum bsync_result result, const char *what,
			      struct bsync_error *error);

#endif
