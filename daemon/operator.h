/* operator.h: the operator's verbs, the same whether the daemon runs or not.
 *
 * The daemon's control socket and buurtsyncctl without a daemon both come here; they differ in how an act reaches the
 * store and where output goes.  Verbs, output and exit codes are fixed: people script against them. */
#ifndef BSYNC_DAEMON_OPERATOR_H
#define BSYNC_DAEMON_OPERATOR_H

#include "core/json.h"
#include "core/schema/words.h"
#include "daemon/config.h"
#include "daemon/exit.h"
#include "daemon/options.h"
#include "daemon/store/store.h"

enum bsync_operator_stream { BSYNC_OPERATOR_STDOUT = 1, BSYNC_OPERATOR_STDERR = 2 };

/* One piece of writing work; runs inside a transaction that is undone unless it returns BSYNC_OK. */
typedef enum bsync_result bsync_operator_work(void *argument, struct bsync_store *store);

struct bsync_operator {
	const char *program; /* for messages */
	struct bsync_view *view;
	const struct bsync_config *config;
	struct bsync_bytes ca; /* DER */
	struct bsync_organisation_id organisation;
	const char *store_path;
	/* Does the work and returns once it is durable. */
	enum bsync_result (*act)(void *context, bsync_operator_work *work, void *argument);
	void (*write)(void *context, enum bsync_operator_stream stream, struct bsync_bytes bytes);
	/* Adds names and values to the object of `stats`; NULL where no daemon runs. */
	void (*stats)(void *context, struct bsync_json *json);
	void *context;
};

/* True when the verb must reach a store; others run anywhere, with `view` NULL. */
bool bsync_operator_needs_store(int count, const char *const *words);

/* Carries one command line out, without the program's name and --dir; changes the order of `words`. */
enum bsync_exit bsync_operator_run(struct bsync_operator *operator, int count, const char **words);

/* --- Between the files of the operator --- */

struct bsync_operator_command {
	struct bsync_operator *operator;
	const char *usage;
	int count; /* words behind the verb, options taken out by the verb itself */
	const char **words;
	struct bsync_buffer text; /* scratch for output */
	enum bsync_language language;
	bool is_json;
};

/* Takes the verb's options out and checks that exactly `wanted` words are left; BSYNC_EXIT_USAGE, with a message. */
enum bsync_exit bsync_operator_take(struct bsync_operator_command *command, const struct bsync_option *options,
				    size_t option_count, int wanted);
enum bsync_exit bsync_operator_usage(const struct bsync_operator_command *command, const char *what);
/* One line on stderr: what, why, what to do. */
enum bsync_exit bsync_operator_failed(const struct bsync_operator_command *command, const char *what,
				      enum bsync_result result, const char *advice);
/* The same where the reason is a text that says what to do. */
enum bsync_exit bsync_operator_refused(const struct bsync_operator_command *command, const char *what,
				       const char *reason);
void bsync_operator_print(const struct bsync_operator_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints what `text` holds, and empties it. */
void bsync_operator_flush(struct bsync_operator_command *command);
/* Ends the JSON value in `text` and prints it; false when it was too large. */
bool bsync_operator_json(struct bsync_operator_command *command, struct bsync_json *json);
/* Prints text so that no control character of it reaches a terminal. */
void bsync_operator_plain(struct bsync_operator_command *command, const char *text);

/* operator_people.c, operator_move.c, operator_device.c, operator_inbox.c, operator_quarantine.c, operator_recovery.c, operator_schema.c,
 * operator_scope.c, operator_store.c */
typedef enum bsync_exit bsync_operator_verb(struct bsync_operator_command *command);

/* operator_move.c: a worker goes to another team, hands all work over to another worker, or both: one act of the operator. */
struct bsync_operator_move {
	const char *team, *successor; /* as the options say; NULL: not this */
	struct bsync_worker_id worker, to;
	uint64_t rows; /* that the hand-over wrote */
	char error[BSYNC_SQL_ERROR_SIZE];
};

/* Reads `worker move W` and `worker handover W`, whose options have been taken out, from `words`; BSYNC_EXIT_DONE when it is one. */
enum bsync_exit bsync_operator_move_read(struct bsync_operator_command *command, const char *const words[2],
					 struct bsync_operator_move *move);
BSYNC_CHECKED enum bsync_result bsync_operator_move_run(struct bsync_operator_move *move, struct bsync_store *store,
							int64_t now_ms);
/* Says on stderr why it did not go. */
enum bsync_exit bsync_operator_move_failed(const struct bsync_operator_command *command, const char *what,
					   const struct bsync_operator_move *move, enum bsync_result result);
bsync_operator_verb bsync_operator_team_add, bsync_operator_worker_add, bsync_operator_worker_move,
	bsync_operator_worker_handover, bsync_operator_worker_list;
bsync_operator_verb bsync_operator_device_enroll, bsync_operator_device_list, bsync_operator_device_suspend,
	bsync_operator_device_resume, bsync_operator_device_revoke;
bsync_operator_verb bsync_operator_inbox_list, bsync_operator_inbox_show, bsync_operator_inbox_resolve;
bsync_operator_verb bsync_operator_quarantine_list, bsync_operator_quarantine_show, bsync_operator_quarantine_retry,
	bsync_operator_quarantine_release, bsync_operator_quarantine_export;
bsync_operator_verb bsync_operator_backup, bsync_operator_recovery_status, bsync_operator_recovery_close;
bsync_operator_verb bsync_operator_scope_preview, bsync_operator_scope_why;
bsync_operator_verb bsync_operator_schema_apply, bsync_operator_schema_check, bsync_operator_schema_dpia;
bsync_operator_verb bsync_operator_sql, bsync_operator_stats, bsync_operator_fsck;

#endif
