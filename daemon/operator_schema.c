#include <stdio.h>
#include <string.h>

#include "core/schema/folder.h"
#include "core/schema/purposes.h"
#include "daemon/machine.h"
#include "daemon/operator.h"

/* Prints what the compiler found; `result` is what it came to. */
static enum bsync_exit report_print(const struct bsync_operator_command *command,
				    const struct bsync_schema_report *report, const char *what,
				    enum bsync_result result)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct bsync_schema_problem *problem = &report->problems[i];
		char line[2000];

		snprintf(line, sizeof line, "%s/%s:%u: %s: %s\n", command->words[0],
			 problem->file != NULL ? problem->file : "", (unsigned)problem->line,
			 problem->is_error ? "error" : "note", problem->text);
		command->operator->write(command->operator->context, BSYNC_OPERATOR_STDERR,
					 bsync_bytes_of_string(line));
	}
	if (result != BSYNC_OK && report->error_count == 0)
		(void)bsync_operator_failed(command, what, result, "name a folder of NNNN_name.sql files");
	return result == BSYNC_OK ? BSYNC_EXIT_DONE : BSYNC_EXIT_FAILED;
}

/* --- check --- */

enum bsync_exit bsync_operator_schema_check(struct bsync_operator_command *command)
{
	enum bsync_exit code = bsync_operator_take(command, NULL, 0, 1);
	struct bsync_schema_report report = {0};

	if (code != BSYNC_EXIT_DONE)
		return code;
	code = report_print(command, &report, "cannot check the schema",
			    bsync_schema_check(command->words[0], &report));
	if (code == BSYNC_EXIT_DONE)
		bsync_operator_print(command, "ok\n");
	bsync_schema_report_clear(&report);
	return code;
}

/* --- apply --- */

struct application {
	const struct bsync_schema_source *source;
	bool is_rehearsal;
	struct bsync_schema_report report;
	struct bsync_schema_growth growth;
};

static enum bsync_result apply(void *argument, struct bsync_store *store)
{
	struct application *application = argument;
	enum bsync_result result;

	bsync_schema_report_clear(&application->report);
	result = bsync_store_schema_apply(store, application->source, bsync_machine_now_ms(), &application->report,
					  &application->growth);
	/* Any result but BSYNC_OK leaves the store as it was. */
	return result == BSYNC_OK && application->is_rehearsal ? BSYNC_CHANGED : result;
}

/* What `after` has and `before` has not. */
static void growth_print(const struct bsync_operator_command *command, const struct bsync_schema *before,
			 const struct bsync_schema *after)
{
	for (uint32_t i = 0; i < after->table_count; i++) {
		const struct bsync_table *table = &after->tables[i];
		const struct bsync_table *was = bsync_schema_table(before, table->no);

		if (was == NULL)
			bsync_operator_print(command, "table %s\n", table->name);
		for (uint32_t k = 0; was != NULL && k < table->column_count; k++) {
			if (bsync_table_column(was, table->columns[k].no) < 0)
				bsync_operator_print(command, "column %s.%s\n", table->name, table->columns[k].name);
		}
	}
	for (uint32_t i = 0; i < after->circle_count; i++) {
		if (bsync_schema_circle(before, after->circles[i].no) < 0)
			bsync_operator_print(command, "circle %s\n", after->circles[i].name);
	}
}

/* Says what came of it; `before` is the schema that the store had, `source` the files that it was to have. */
static enum bsync_exit application_print(const struct bsync_operator_command *command,
					 const struct application *application, const struct bsync_schema *before,
					 const struct bsync_schema *after)
{
	const struct bsync_schema_growth *growth = &application->growth;

	if (growth->from_version == growth->to_version) {
		bsync_operator_print(command, "nothing new: the store has schema version %u\n", growth->to_version);
		return BSYNC_EXIT_DONE;
	}
	bsync_operator_print(command, "schema version %u %s %u%s\n", growth->from_version,
			     application->is_rehearsal ? "would become" : "became", growth->to_version,
			     application->is_rehearsal ? "; nothing is changed" : "");
	growth_print(command, before, after);
	if (growth->placed != 0)
		bsync_operator_print(command, "%u changesets that waited for it %s in\n", growth->placed,
				     application->is_rehearsal ? "would go" : "went");
	return BSYNC_EXIT_DONE;
}

static enum bsync_exit folder_apply(struct bsync_operator_command *command, struct application *application)
{
	const struct bsync_schema_source *kept = bsync_view_schema_source(command->operator->view);
	struct bsync_schema *before = NULL;
	struct bsync_schema *after = NULL;
	enum bsync_exit code = BSYNC_EXIT_DONE;
	enum bsync_result result = bsync_schema_compile(kept, &before, NULL);

	if (result == BSYNC_OK)
		result = command->operator->act(command->operator->context, apply, application);
	if (result == BSYNC_CHANGED && application->is_rehearsal)
		result = BSYNC_OK;
	if (result == BSYNC_OK)
		result = bsync_schema_compile(application->source, &after, NULL);
	if (result == BSYNC_OK)
		code = application_print(command, application, before, after);
	else
		code = report_print(command, &application->report, "cannot apply the schema", result);
	bsync_schema_free(before);
	bsync_schema_free(after);
	return code;
}

enum bsync_exit bsync_operator_schema_apply(struct bsync_operator_command *command)
{
	struct application application = {.is_rehearsal = false};
	const struct bsync_option options[] = {{"dry-run", NULL, &application.is_rehearsal}};
	enum bsync_exit code = bsync_operator_take(command, options, 1, 1);
	struct bsync_schema_folder folder;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_schema_folder_read(command->words[0], &folder);
	if (result != BSYNC_OK)
		return bsync_operator_failed(command, "cannot read the schema", result,
					     "name a folder of NNNN_name.sql files that the daemon may read");
	application.source = &folder.source;
	code = folder_apply(command, &application);
	bsync_schema_report_clear(&application.report);
	bsync_schema_folder_clear(&folder);
	return code;
}

/* --- dpia --- */

struct dpia {
	struct bsync_operator_command *command;
	struct bsync_words words;
	char table[200]; /* whose columns are being told */
};

static enum bsync_result take_json(void *context, const struct bsync_purpose *purpose)
{
	struct dpia *dpia = context;
	struct bsync_json json;

	bsync_json_init(&json, &dpia->command->text);
	bsync_json_object(&json);
	bsync_json_named(&json, "table", purpose->table);
	bsync_json_named(&json, "column", purpose->column);
	bsync_json_named(&json, "purpose", purpose->purpose);
	bsync_json_named(&json, "ground", purpose->ground);
	bsync_json_name(&json, "circles");
	bsync_json_array(&json);
	for (uint32_t i = 0; i < purpose->circle_count; i++)
		bsync_json_string(&json, purpose->circles[i]);
	bsync_json_array_end(&json);
	bsync_json_named(&json, "retention", purpose->life);
	bsync_json_named(&json, "nature", purpose->nature);
	bsync_json_named(&json, "rule", purpose->rule);
	bsync_json_object_end(&json);
	return bsync_operator_json(dpia->command, &json) ? BSYNC_OK : json.result;
}

static enum bsync_result take_words(void *context, const struct bsync_purpose *purpose)
{
	struct dpia *dpia = context;
	struct bsync_words *words = &dpia->words;

	if (strcmp(dpia->table, purpose->table) != 0) {
		bsync_words_say(words, dpia->table[0] != '\0' ? "\nTabel " : "Tabel ",
				dpia->table[0] != '\0' ? "\nTable " : "Table ");
		bsync_words_string(words, purpose->table);
		bsync_words_say(words, "\n  Grondslag: ", "\n  Legal ground: ");
		bsync_words_string(words, purpose->ground);
		bsync_words_say(words, "\n  Bewaren: ", "\n  Kept: ");
		bsync_words_string(words, purpose->life);
		bsync_words_say(words, "\n", "\n");
		snprintf(dpia->table, sizeof dpia->table, "%s", purpose->table);
	}
	bsync_words_say(words, "  - ", "  - ");
	bsync_words_string(words, purpose->column);
	if (purpose->nature != NULL) {
		bool is_told = strcmp(purpose->nature, "verhalend") == 0;
		bsync_words_say(words, is_told ? " (verhalend)" : " (identificerend)",
				is_told ? " (tells of a client)" : " (says which client)");
	}
	bsync_words_say(words, ": ", ": ");
	bsync_words_string(words, purpose->purpose);
	bsync_words_say(words, ". Wie: ", ". Who: ");
	if (purpose->circle_count == 0)
		bsync_words_say(words, "alleen de centrale opslag", "the store alone");
	for (uint32_t i = 0; i < purpose->circle_count; i++) {
		bsync_words_say(words, i > 0 ? ", " : "", i > 0 ? ", " : "");
		bsync_words_string(words, purpose->circles[i]);
	}
	bsync_words_say(words, "\n", "\n");
	return words->result;
}

/* The query, on one line. */
static void query_say(struct bsync_words *words, const char *at)
{
	while (words->result == BSYNC_OK && *(at += strspn(at, " \t\r\n")) != '\0') {
		const size_t size = strcspn(at, " \t\r\n");

		bsync_words_say(words, " ", " ");
		bsync_words_text(words, (struct bsync_bytes){(const uint8_t *)at, size});
		at += size;
	}
	bsync_words_say(words, "\n", "\n");
}

/* Who is in each circle, and who holds a scope of it that nobody has been in. */
static enum bsync_result circles_say(struct bsync_words *words, const struct bsync_schema *schema)
{
	bsync_words_say(words, "\nKringen: wie er nu in zit, zegt deze vraag aan de opslag\n",
			"\nCircles: who is in one now is what this query of the store says\n");
	for (uint32_t i = 0; i < schema->circle_count; i++) {
		const struct bsync_circle *circle = &schema->circles[i];

		bsync_words_say(words, "  - ", "  - ");
		bsync_words_string(words, circle->name);
		bsync_words_say(words, ":", ":");
		query_say(words, circle->members_sql);
		if (circle->root_table < 0)
			continue;
		bsync_words_say(words, "    tot er iemand in zit, ook wie hem begon; beginnen mag:",
				"    until somebody is in it, also who began it; who may begin it:");
		if (circle->founders_sql != NULL)
			query_say(words, circle->founders_sql);
		else
			bsync_words_say(words, " iedereen\n", " everybody\n");
	}
	return words->result;
}

enum bsync_exit bsync_operator_schema_dpia(struct bsync_operator_command *command)
{
	const char *language = NULL;
	const struct bsync_option options[] = {{"json", NULL, &command->is_json}, {"lang", &language, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	struct dpia dpia = {.command = command};
	struct bsync_schema_folder folder;
	struct bsync_schema_report report = {0};
	struct bsync_schema *schema = NULL;
	enum bsync_result result;

	if (code != BSYNC_EXIT_DONE)
		return code;
	result = bsync_schema_load(command->words[0], &folder, &schema, &report);
	code = report_print(command, &report, "cannot check the schema", result);
	bsync_schema_report_clear(&report);
	if (code != BSYNC_EXIT_DONE)
		return code;
	bsync_words_init(&dpia.words, language != NULL ? bsync_language_of(&language, 1) : bsync_language_here(),
			 &command->text);
	result = bsync_schema_purposes(&folder.source, schema, command->is_json ? take_json : take_words, &dpia);
	if (result == BSYNC_OK && !command->is_json)
		result = circles_say(&dpia.words, schema);
	bsync_schema_free(schema);
	bsync_schema_folder_clear(&folder);
	return result == BSYNC_OK ? BSYNC_EXIT_DONE
				  : bsync_operator_failed(command, "cannot list the columns", result, "try again");
}
