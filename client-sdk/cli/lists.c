/* The verbs that list: pending and history, and the list of the quarantine.  JSON comes from the public interface; what people read is
 * made here, from the same rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client-sdk/cli/cli.h"
#include "client-sdk/client.h"
#include "core/schema/words.h"

enum { FETCH_SECONDS = 5, REASON_MAX = 4096 };

int bsync_cli_print(int code, char *text, const struct bsync_error *error)
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

static void print_aside(const struct bsync_pending_row *row)
{
	struct bsync_buffer out;
	struct bsync_words words;
	bsync_buffer_init(&out, REASON_MAX);
	bsync_words_init(&words, bsync_language_here(), &out);
	if (row->state == BSYNC_OUTBOX_QUARANTINED)
		bsync_words_say(&words, "  apart gezet: ", "  quarantined: ");
	else
		bsync_words_say(&words, "  wacht: ", "  unplaced: ");
	bsync_words_aside(&words, row->reason);
	if (words.result == BSYNC_OK)
		fwrite(out.data, 1, out.size, stdout);
	bsync_buffer_clear(&out);
}

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
		print_aside(row);
	printf("\n");
	return true;
}

/* What one can do with what is set aside, in the reader's language. */
static void print_advice(void)
{
	static const char *const lines[2][3] = {
		{"Nothing is lost.  Have the server try one again: buurtsync quarantine retry NUMBER",
		 "Write it anew in the row, then give the old one up: buurtsync quarantine drop NUMBER",
		 "Put one into a file for who must judge it: buurtsync quarantine export NUMBER FILE"},
		{"Er is niets kwijt.  Laat de server het nog eens proberen: buurtsync quarantine retry NUMMER",
		 "Schrijf het opnieuw op en geef het oude dan op: buurtsync quarantine drop NUMMER",
		 "Zet het in een bestand voor wie ernaar moet kijken: buurtsync quarantine export NUMMER BESTAND"}};
	const int language = bsync_language_here() == BSYNC_DUTCH;
	printf("\n%s\n%s\n%s\n", lines[language][0], lines[language][1], lines[language][2]);
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
	if (wanted.count == 0 && !is_quarantine)
		printf("everything is handed in\n");
	else if (wanted.count == 0)
		printf("%s\n",
		       bsync_language_here() == BSYNC_DUTCH ? "er is niets apart gezet" : "nothing is set aside");
	else if (is_quarantine)
		print_advice();
	return BSYNC_EXIT_DONE;
}

int bsync_cli_list_pending(struct bsync_cli *cli, bool is_quarantine)
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
		status = bsync_cli_print(code, text, &error);
	} else {
		status = print_pending_lines(client, is_quarantine);
	}
	bsync_close(client);
	return status;
}

int bsync_cli_pending(struct bsync_cli *cli)
{
	return bsync_cli_list_pending(cli, false);
}

/* --- History and receipts --- */

typedef int row_call(struct bsync_client *client, const char *table, const char *row, char **text,
		     struct bsync_error *error);

/* Asks the server first: what only it knows comes along.  Without it there is what is here, and a line on stderr says so. */
static int print_row(struct bsync_cli *cli, row_call *call, const char *lacking)
{
	bool is_json = false; /* it is always JSON; the option is taken for the sake of habit */
	const char *timeout = NULL;
	const struct bsync_cli_option options[] = {
		{"--json", NULL, &is_json}, {"--timeout", &timeout, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 2, 2))
		return BSYNC_EXIT_USAGE;
	int timeout_ms = bsync_cli_timeout(timeout, FETCH_SECONDS);
	if (timeout_ms < 0)
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	char *text = NULL;
	int code = bsync_row_fetch(client, cli->words[0], cli->words[1], timeout_ms, &error);
	bool is_usable = code != BSYNC_E_MISUSE && code != BSYNC_E_NOT_FOUND;
	if (code != BSYNC_DONE && is_usable)
		bsync_cli_fail(BSYNC_EXIT_DONE, "this is what this device has; %s: %s", lacking, error.text);
	if (is_usable)
		code = call(client, cli->words[0], cli->words[1], &text, &error);
	status = bsync_cli_print(code, text, &error);
	bsync_close(client);
	return status;
}

int bsync_cli_history(struct bsync_cli *cli)
{
	return print_row(cli, bsync_history_json, "older values may be on the server");
}

int bsync_cli_receipts(struct bsync_cli *cli)
{
	return print_row(cli, bsync_receipts_json, "whose devices have it the server told last at as_of");
}
