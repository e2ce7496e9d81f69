/* The verbs of the inbox: what waits for a person, in words or as JSON, and how it is resolved. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client-sdk/cli/cli.h"
#include "client-sdk/client.h"
#include "core/schema/item_words.h"

enum { WORDS_MAX = 16 << 20 };

struct items_wanted {
	const char *id; /* NULL: a list */
	bool is_all;    /* of what concerns colleagues only too */
	struct bsync_item_reader reader;
	struct bsync_buffer out;
	enum bsync_result result;
	uint64_t count, other_count;
};

static bool print_item(void *context, const struct bsync_inbox_item *item)
{
	struct items_wanted *wanted = context;
	char id[BSYNC_ID_TEXT_SIZE];
	bsync_id_text(item->id, id);
	if (wanted->id != NULL && strcmp(wanted->id, id) != 0)
		return true;
	if (wanted->id == NULL && !wanted->is_all && !item->is_yours) {
		wanted->other_count++;
		return true;
	}
	wanted->count++;
	wanted->out.size = 0;
	wanted->result = wanted->id != NULL ? bsync_item_words_all(item, &wanted->reader, &wanted->out)
					    : bsync_item_words_line(item, &wanted->reader, &wanted->out);
	if (wanted->result == BSYNC_OK)
		fwrite(wanted->out.data, 1, wanted->out.size, stdout);
	return wanted->id == NULL && wanted->result == BSYNC_OK;
}

static int not_open(const char *id)
{
	return bsync_cli_fail(
		BSYNC_EXIT_FAILED,
		"changed, look again: no open item has the id %s; buurtsync inbox list shows what is open", id);
}

static void print_end(const struct items_wanted *wanted)
{
	const bool is_dutch = wanted->reader.language == BSYNC_DUTCH;
	if (wanted->count == 0)
		printf("%s\n", is_dutch ? "er wacht niets op jou" : "nothing waits for you");
	else
		printf(is_dutch ? "\nLees er een met: buurtsync inbox show ID\n"
				: "\nRead one with: buurtsync inbox show ID\n");
	if (wanted->other_count == 1)
		printf(is_dutch ? "Nog 1 betreft alleen collega's: buurtsync inbox list --all\n"
				: "1 more concerns colleagues only: buurtsync inbox list --all\n");
	else if (wanted->other_count > 1)
		printf(is_dutch ? "Nog %" PRIu64 " betreffen alleen collega's: buurtsync inbox list --all\n"
				: "%" PRIu64 " more concern colleagues only: buurtsync inbox list --all\n",
		       wanted->other_count);
}

static int print_items(struct bsync_client *client, const char *id, bool is_all)
{
	struct bsync_error error;
	struct items_wanted wanted = {.id = id,
				      .is_all = is_all,
				      .reader = {.program = "buurtsync", .language = bsync_language_here()},
				      .result = BSYNC_OK};
	bsync_buffer_init(&wanted.out, WORDS_MAX);
	int code = bsync_client_enter(client, &error);
	if (code == BSYNC_DONE) {
		wanted.reader.me = &bsync_file_identity(client->file)->worker;
		enum bsync_result result = bsync_file_inbox(client->file, print_item, &wanted);
		if (result == BSYNC_OK)
			result = wanted.result;
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, "the inbox cannot be read", &error);
		bsync_client_leave(client);
	}
	bsync_buffer_clear(&wanted.out);
	if (code != BSYNC_DONE)
		return bsync_cli_error(&error);
	if (wanted.count == 0 && id != NULL)
		return not_open(id);
	if (id == NULL)
		print_end(&wanted);
	return BSYNC_EXIT_DONE;
}

/* Prints the lines of the inbox as JSON, or only the one of `id`. */
static int print_items_json(struct bsync_client *client, const char *id)
{
	struct bsync_error error;
	char *text = NULL;
	int code = bsync_inbox_json(client, &text, &error);
	if (code != BSYNC_DONE || id == NULL)
		return bsync_cli_print(code, text, &error);
	char begin[BSYNC_ID_TEXT_SIZE + 10];
	snprintf(begin, sizeof begin, "{\"id\":\"%s\"", id);
	const char *line = text;
	while (*line != '\0' && strncmp(line, begin, strlen(begin)) != 0)
		line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
	int status = BSYNC_EXIT_DONE;
	if (*line != '\0')
		printf("%.*s\n", (int)strcspn(line, "\n"), line);
	else
		status = not_open(id);
	bsync_free(text);
	return status;
}

static int resolve(struct bsync_client *client, const char *id, const char *take, const char *value)
{
	struct bsync_error error;
	return bsync_resolve(client, id, take, value, &error) == BSYNC_DONE ? BSYNC_EXIT_DONE : bsync_cli_error(&error);
}

/* Checks that the words and options fit what is to be done; false after an error. */
static bool inbox_is_well_asked(const struct bsync_cli *cli, const char *take, const char *value, bool is_all)
{
	const char *what = cli->words[0];
	bool is_resolve = strcmp(what, "resolve") == 0;
	if (!is_resolve && strcmp(what, "list") != 0 && strcmp(what, "show") != 0) {
		bsync_cli_fail(BSYNC_EXIT_USAGE,
			       "inbox %.40s is not known: list, show ID or resolve ID; see buurtsync --help", what);
		return false;
	}
	uint8_t id[16];
	bool has_id = cli->words[1] != NULL;
	if (has_id == (strcmp(what, "list") == 0) || (has_id && !bsync_id_parse(cli->words[1], id))) {
		bsync_cli_fail(BSYNC_EXIT_USAGE,
			       "inbox %.40s: the id of an item, 32 hex digits, is %s; see buurtsync --help", what,
			       has_id ? "not right here" : "missing");
		return false;
	}
	if (is_resolve != (take != NULL || value != NULL) || (take != NULL && value != NULL)) {
		bsync_cli_fail(BSYNC_EXIT_USAGE, "inbox resolve takes one of --take and --value, the others none; see "
						 "buurtsync --help");
		return false;
	}
	if (is_all && strcmp(what, "list") != 0) {
		bsync_cli_fail(BSYNC_EXIT_USAGE, "inbox %.40s takes no --all; inbox list does", what);
		return false;
	}
	return true;
}

int bsync_cli_inbox(struct bsync_cli *cli)
{
	bool is_json = false, is_all = false;
	const char *take = NULL, *value = NULL;
	const struct bsync_cli_option options[] = {{"--json", NULL, &is_json},
						   {"--all", NULL, &is_all},
						   {"--take", &take, NULL},
						   {"--value", &value, NULL},
						   {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 2) || !inbox_is_well_asked(cli, take, value, is_all))
		return BSYNC_EXIT_USAGE;
	char id[BSYNC_ID_TEXT_SIZE];
	uint8_t bytes[BSYNC_ID_SIZE];
	bool has_id = cli->words[1] != NULL && bsync_id_parse(cli->words[1], bytes);
	if (has_id)
		bsync_id_text(bytes, id);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	if (take != NULL || value != NULL)
		status = resolve(client, id, take, value);
	else if (is_json)
		status = print_items_json(client, has_id ? id : NULL);
	else
		status = print_items(client, has_id ? id : NULL, is_all);
	bsync_close(client);
	return status;
}
