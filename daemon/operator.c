#include "daemon/operator.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/options.h"

enum { TEXT_MAX = 64 << 20, LINE_MAX_SIZE = 2000 };

/* `later`: a verb of the command line that this version does not have. */
struct verb {
	const char *first, *second;
	const char *usage;
	bsync_operator_verb *run;
	bool needs_store;
};

static const struct verb verbs[] = {
	{"team", "add", "team add NAME", bsync_operator_team_add, true},
	{"worker", "add", "worker add NAME --team T [--role R]", bsync_operator_worker_add, true},
	{"worker", "move", "worker move W --team T [--to V]", bsync_operator_worker_move, true},
	{"worker", "handover", "worker handover W --to V", bsync_operator_worker_handover, true},
	{"worker", "list", "worker list [--json]", bsync_operator_worker_list, true},
	{"device", "enroll", "device enroll --worker W", bsync_operator_device_enroll, true},
	{"device", "list", "device list [--json] [--stale 3d] [--pending]", bsync_operator_device_list, true},
	{"device", "suspend", "device suspend DEV", bsync_operator_device_suspend, true},
	{"device", "resume", "device resume DEV", bsync_operator_device_resume, true},
	{"device", "revoke", "device revoke DEV", bsync_operator_device_revoke, true},
	{"inbox", "list", "inbox list [--json] [--lang nl|en]", bsync_operator_inbox_list, true},
	{"inbox", "show", "inbox show ID [--json] [--lang nl|en]", bsync_operator_inbox_show, true},
	{"inbox", "resolve", "inbox resolve ID (--take N|none | --value V)", bsync_operator_inbox_resolve, true},
	{"quarantine", "list", "quarantine list [--json]", bsync_operator_quarantine_list, true},
	{"quarantine", "show", "quarantine show DEV SEQ[@LINE] [--json]", bsync_operator_quarantine_show, true},
	{"quarantine", "export", "quarantine export DEV SEQ[@LINE] FILE", bsync_operator_quarantine_export, true},
	{"quarantine", "retry", "quarantine retry DEV SEQ[@LINE]", bsync_operator_quarantine_retry, true},
	{"quarantine", "release", "quarantine release DEV", bsync_operator_quarantine_release, true},
	{"backup", NULL, "backup FILE", bsync_operator_backup, true},
	{"restore", NULL, "restore FILE --accept [--wait 14d]      (while no daemon runs)", NULL, false},
	{"recovery", "status", "recovery status [--json]", bsync_operator_recovery_status, true},
	{"recovery", "close", "recovery close", bsync_operator_recovery_close, true},
	{"scope", "preview",
	 "scope preview worker move W --team T [--to V] | worker handover W --to V | 'SQL' [--json]",
	 bsync_operator_scope_preview, true},
	{"scope", "why", "scope why WORKER SCOPE [--json]", bsync_operator_scope_why, true},
	{"schema", "apply", "schema apply DIR [--dry-run]", bsync_operator_schema_apply, true},
	{"schema", "check", "schema check DIR", bsync_operator_schema_check, false},
	{"schema", "dpia", "schema dpia DIR [--json] [--lang nl|en]", bsync_operator_schema_dpia, false},
	{"sql", NULL, "sql 'SELECT ...'", bsync_operator_sql, true},
	{"stats", NULL, "stats [--json]", bsync_operator_stats, true},
	{"fsck", NULL, "fsck", bsync_operator_fsck, true},
	{"device", "wipe", NULL, NULL, false},
	{"audit", NULL, NULL, NULL, false},
	{"import", NULL, NULL, NULL, false},
};
enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static const struct verb *find(int count, const char *const *words)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (count < 1 || strcmp(verbs[i].first, words[0]) != 0)
			continue;
		if (verbs[i].second == NULL || (count > 1 && strcmp(verbs[i].second, words[1]) == 0))
			return &verbs[i];
	}
	return NULL;
}

static void write_text(const struct bsync_operator *operator, enum bsync_operator_stream stream, const char *text)
{
	operator->write(operator->context, stream, bsync_bytes_of_string(text));
}

static void help(const struct bsync_operator *operator, enum bsync_operator_stream stream)
{
	char line[LINE_MAX_SIZE];

	snprintf(
		line, sizeof line,
		"usage: %s --dir D VERB ...  (or BUURTSYNC_DIR; --key-file F, --passphrase-file F where no daemon runs)\n",
		operator->program);
	write_text(operator, stream, line);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (verbs[i].usage == NULL)
			continue;
		snprintf(line, sizeof line, "  %s\n", verbs[i].usage);
		write_text(operator, stream, line);
	}
}

bool bsync_operator_needs_store(int count, const char *const *words)
{
	const struct verb *verb = find(count, words);

	return verb != NULL && verb->needs_store;
}

enum bsync_exit bsync_operator_run(struct bsync_operator *operator, int count, const char **words)
{
	const struct verb *verb = find(count, words);
	struct bsync_operator_command command = {.operator= operator};
	char line[LINE_MAX_SIZE];
	enum bsync_exit code;
	int skip;

	if (count > 0 &&
	    (strcmp(words[0], "help") == 0 || strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)) {
		help(operator, BSYNC_OPERATOR_STDOUT);
		return BSYNC_EXIT_DONE;
	}
	if (verb == NULL || verb->run == NULL) {
		snprintf(line, sizeof line, "%s: %s%.100s; `%s --help` lists the verbs\n", operator->program,
			 verb != NULL ? "not in this version: "
			 : count > 0  ? "there is no verb "
				      : "no verb is given",
			 count > 0 ? words[0] : "", operator->program);
		write_text(operator, BSYNC_OPERATOR_STDERR, line);
		return BSYNC_EXIT_USAGE;
	}
	assert(!verb->needs_store || operator->view != NULL);
	skip = verb->second != NULL ? 2 : 1;
	command.usage = verb->usage;
	command.count = count - skip;
	command.words = words + skip;
	bsync_buffer_init(&command.text, TEXT_MAX);
	code = verb->run(&command);
	bsync_operator_flush(&command);
	bsync_buffer_clear(&command.text);
	return code;
}

enum bsync_exit bsync_operator_usage(const struct bsync_operator_command *command, const char *what)
{
	char line[LINE_MAX_SIZE];

	snprintf(line, sizeof line, "%s: %s; usage: %s %s\n", command->operator->program, what,
		 command->operator->program, command->usage);
	write_text(command->operator, BSYNC_OPERATOR_STDERR, line);
	return BSYNC_EXIT_USAGE;
}

enum bsync_exit bsync_operator_failed(const struct bsync_operator_command *command, const char *what,
				      enum bsync_result result, const char *advice)
{
	char line[LINE_MAX_SIZE];

	snprintf(line, sizeof line, "%s: %s: %s; %s\n", command->operator->program, what, bsync_result_text(result),
		 advice);
	write_text(command->operator, BSYNC_OPERATOR_STDERR, line);
	return bsync_exit_code(result);
}

enum bsync_exit bsync_operator_refused(const struct bsync_operator_command *command, const char *what,
				       const char *reason)
{
	char line[LINE_MAX_SIZE];

	snprintf(line, sizeof line, "%s: %s: %s\n", command->operator->program, what, reason);
	write_text(command->operator, BSYNC_OPERATOR_STDERR, line);
	return BSYNC_EXIT_FAILED;
}

enum bsync_exit bsync_operator_take(struct bsync_operator_command *command, const struct bsync_option *options,
				    size_t count, int wanted)
{
	char error[BSYNC_OPTIONS_ERROR_SIZE];

	if (bsync_options_take(&command->count, command->words, options, count, error) != BSYNC_OK)
		return bsync_operator_usage(command, error);
	if (bsync_options_left(command->count, command->words) != NULL)
		return bsync_operator_usage(command, "there is an unknown option");
	if (command->count != wanted)
		return bsync_operator_usage(command,
					    wanted > command->count ? "something is missing" : "there is too much");
	return BSYNC_EXIT_DONE;
}

void bsync_operator_print(const struct bsync_operator_command *command, const char *format, ...)
{
	char line[LINE_MAX_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)!vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	write_text(command->operator, BSYNC_OPERATOR_STDOUT, line);
}

void bsync_operator_flush(struct bsync_operator_command *command)
{
	if (command->text.size > 0)
		command->operator->write(command->operator->context, BSYNC_OPERATOR_STDOUT,
					 bsync_buffer_bytes(&command->text));
	command->text.size = 0;
}

bool bsync_operator_json(struct bsync_operator_command *command, struct bsync_json *json)
{
	bool is_whole = bsync_json_end(json) == BSYNC_OK;

	if (is_whole)
		bsync_operator_flush(command);
	command->text.size = 0;
	return is_whole;
}

void bsync_operator_plain(struct bsync_operator_command *command, const char *text)
{
	char safe[LINE_MAX_SIZE];
	size_t at = 0;

	for (; *text != '\0' && at + 1 < sizeof safe; text++)
		safe[at++] = (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text;
	safe[at] = '\0';
	write_text(command->operator, BSYNC_OPERATOR_STDOUT, safe);
}
