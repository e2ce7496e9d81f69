/* The verbs that list: pending, inbox, history, quarantine.  JSON comes from the public interface; what people read is
 * made here, from the same rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client-sdk/cli/cli.h"
#include "client-sdk/client.h"
#include "core/schema/row_text.h"

enum { WORD_MAX = 1 << 20, VALUE_SHOWN_MAX = 400 };

/* Prints what a call of the public interface gave, and frees it. */
static int print_text(int code, char *text, const struct bsync_error *error)
{
	if (code != BSYNC_DONE)
		return bsync_cli_error(error);
	fputs(text, stdout);
	bsync_free(text);
	return BSYNC_EXIT_DONE;
}

/* --- Pending and quarantine --- */

struct pending_wanted {
	bool is_quarantine;
	uint64_t count;
};

static bool print_pending(void *context, const struct bsync_pending_row *row)
{
	struct pending_wanted *wanted = context;
	char time[BSYNC_CLI_TIME_SIZE];
	bool is_set_aside = row->state >= 2;
	if (is_set_aside != wanted->is_quarantine)
		return true;
	wanted->count++;
	printf("%" PRIu64 "  %s  %zu bytes  %s", row->seq, bsync_cli_time(row->made_ms, time), row->size,
	       row->tables != NULL ? row->tables : "");
	if (is_set_aside)
		printf("  %s: %s", row->state == 2 ? "quarantined" : "unplaced",
		       row->reason != NULL ? row->reason : "");
	printf("\n");
	return true;
}

static int print_pending_lines(struct bsync_client *client, bool is_quarantine)
{
	struct bsync_error error;
	struct pending_wanted wanted = {.is_quarantine = is_quarantine};
	int code = bsync_client_enter(client, &error);
	if (code == BSYNC_DONE) {
		enum bsync_result result = bsync_file_pending(client->file, print_pending, &wanted);
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, "the outbox cannot be read", &error);
		bsync_client_leave(client);
	}
	if (code != BSYNC_DONE)
		return bsync_cli_error(&error);
	if (wanted.count == 0)
		printf(is_quarantine ? "nothing is set aside\n" : "everything is handed in\n");
	return BSYNC_EXIT_DONE;
}

static int list_pending(struct bsync_cli *cli, bool is_quarantine)
{
	bool is_json = false;
	const struct bsync_cli_option options[] = {{"--json", NULL, &is_json}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 1))
		return BSYNC_EXIT_USAGE;
	if (strcmp(cli->words[0], "list") != 0)
		return bsync_cli_fail(BSYNC_EXIT_USAGE, "this version cannot %s here, only list; see buurtsync --help",
				      cli->words[0]);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	if (is_json) {
		struct bsync_error error;
		char *text = NULL;
		int code = is_quarantine ? bsync_quarantine_json(client, &text, &error)
					 : bsync_pending_json(client, &text, &error);
		status = print_text(code, text, &error);
	} else {
		status = print_pending_lines(client, is_quarantine);
	}
	bsync_close(client);
	return status;
}

int bsync_cli_pending(struct bsync_cli *cli)
{
	return list_pending(cli, false);
}

int bsync_cli_quarantine(struct bsync_cli *cli)
{
	return list_pending(cli, true);
}

/* --- Inbox --- */

struct items_wanted {
	const char *id; /* NULL: all */
	uint64_t count;
};

static void print_value(const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_NULL:
		printf("(empty)");
		break;
	case BSYNC_INTEGER:
		printf("%" PRId64, value->as.integer);
		break;
	case BSYNC_REAL:
		printf("%.17g", value->as.real);
		break;
	case BSYNC_TEXT:
		printf("\"%.*s\"",
		       (int)(value->as.bytes.size < VALUE_SHOWN_MAX ? value->as.bytes.size : VALUE_SHOWN_MAX),
		       (const char *)value->as.bytes.data);
		break;
	case BSYNC_BLOB:
		printf("%zu bytes", value->as.bytes.size);
		break;
	}
}

static void print_variants(const struct bsync_file_item *item)
{
	char time[BSYNC_CLI_TIME_SIZE];
	unsigned number = 0;
	for (uint32_t i = 0; i < item->cell_count; i++) {
		const struct bsync_file_item_cell *cell = &item->cells[i];
		for (uint32_t j = 0; j < cell->variant_count; j++) {
			const struct bsync_variant *variant = &cell->variants[j];
			const char *name = cell->author_names != NULL ? cell->author_names[j] : NULL;
			printf("  %u  %s = ", ++number, cell->column);
			print_value(&variant->value);
			printf("  by %s at %s\n", name != NULL && name[0] != '\0' ? name : "somebody",
			       bsync_cli_time(variant->stamp_ms, time));
		}
	}
}

static bool print_item(void *context, const struct bsync_file_item *item)
{
	struct items_wanted *wanted = context;
	struct bsync_buffer word;
	char id[BSYNC_ID_TEXT_SIZE];
	bsync_id_text(item->id, id);
	if (wanted->id != NULL && strcmp(wanted->id, id) != 0)
		return true;
	wanted->count++;
	bsync_buffer_init(&word, WORD_MAX);
	if (bsync_row_text_write(item->key, item->key_count, &word) != BSYNC_OK)
		bsync_buffer_clear(&word);
	printf("%s  %s  %s %.*s", id, item->kind, item->table, (int)word.size, (const char *)word.data);
	if (item->reason != NULL && item->reason[0] != '\0')
		printf("  %s", item->reason);
	printf("\n");
	print_variants(item);
	bsync_buffer_clear(&word);
	return wanted->id == NULL;
}

static int print_items(struct bsync_client *client, const char *id)
{
	struct bsync_error error;
	struct items_wanted wanted = {.id = id};
	int code = bsync_client_enter(client, &error);
	if (code == BSYNC_DONE) {
		enum bsync_result result = bsync_file_inbox(client->file, print_item, &wanted);
		if (result != BSYNC_OK)
			code = bsync_client_file_problem(client, result, "the inbox cannot be read", &error);
		bsync_client_leave(client);
	}
	if (code != BSYNC_DONE)
		return bsync_cli_error(&error);
	if (wanted.count == 0 && id != NULL)
		return bsync_cli_fail(
			BSYNC_EXIT_FAILED,
			"changed, look again: no open item has the id %s; buurtsync inbox list shows what is open", id);
	if (wanted.count == 0)
		printf("nothing waits for you\n");
	return BSYNC_EXIT_DONE;
}

/* Prints the lines of the inbox as JSON, or only the one of `id`. */
static int print_items_json(struct bsync_client *client, const char *id)
{
	struct bsync_error error;
	char *text = NULL;
	int code = bsync_inbox_json(client, &text, &error);
	if (code != BSYNC_DONE || id == NULL)
		return print_text(code, text, &error);
	char begin[BSYNC_ID_TEXT_SIZE + 10];
	snprintf(begin, sizeof begin, "{\"id\":\"%s\"", id);
	const char *line = text;
	while (*line != '\0' && strncmp(line, begin, strlen(begin)) != 0)
		line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
	int status = BSYNC_EXIT_DONE;
	if (*line != '\0')
		printf("%.*s\n", (int)strcspn(line, "\n"), line);
	else
		status = bsync_cli_fail(
			BSYNC_EXIT_FAILED,
			"changed, look again: no open item has the id %s; buurtsync inbox list shows what is open", id);
	bsync_free(text);
	return status;
}

static int resolve(struct bsync_client *client, const char *id, const char *take, const char *value)
{
	struct bsync_error error;
	return bsync_resolve(client, id, take, value, &error) == BSYNC_DONE ? BSYNC_EXIT_DONE : bsync_cli_error(&error);
}

/* Checks that the words and options fit what is to be done; false after an error. */
static bool inbox_is_well_asked(const struct bsync_cli *cli, const char *take, const char *value)
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
	return true;
}

int bsync_cli_inbox(struct bsync_cli *cli)
{
	bool is_json = false;
	const char *take = NULL, *value = NULL;
	const struct bsync_cli_option options[] = {
		{"--json", NULL, &is_json}, {"--take", &take, NULL}, {"--value", &value, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 2) || !inbox_is_well_asked(cli, take, value))
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
		status = print_items(client, has_id ? id : NULL);
	bsync_close(client);
	return status;
}

/* --- History --- */

int bsync_cli_history(struct bsync_cli *cli)
{
	bool is_json = false; /* it is always JSON; the option is taken for the sake of habit */
	const struct bsync_cli_option options[] = {{"--json", NULL, &is_json}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 2, 2))
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	char *text = NULL;
	int code = bsync_history_json(client, cli->words[0], cli->words[1], &text, &error);
	status = print_text(code, text, &error);
	bsync_close(client);
	return status;
}
