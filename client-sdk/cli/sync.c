/* The verbs that talk to the server: enroll, sync, agent. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client-sdk/cli/cli.h"
#include "client-sdk/client.h"
#include "client-sdk/clock_text.h"
#include "core/schema/row_text.h"

enum { ENROLL_MS = 60000, SYNC_SECONDS = 30, EVENTS_SECONDS = 1, CHOICES_MAX = 1 << 20 };

int bsync_cli_enroll(struct bsync_cli *cli)
{
	const char *server = NULL;
	const struct bsync_cli_option options[] = {{"--server", &server, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 1))
		return BSYNC_EXIT_USAGE;
	if (cli->directory == NULL)
		return bsync_cli_fail(BSYNC_EXIT_USAGE,
				      "no directory: give --dir C, the directory this device will live in");
	struct bsync_error error;
	if (bsync_enrol(cli->directory, cli->words[0], server, ENROLL_MS, &error) != BSYNC_DONE)
		return bsync_cli_error(&error);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_status now = BSYNC_STATUS_INIT;
	if (bsync_status(client, &now, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	else
		printf("enrolled device %s for %s at %s\n", now.device, now.worker_name, now.organisation_name);
	bsync_close(client);
	return status;
}

/* Takes the events; of a clock that is far off it tells on stderr, of the rest the other verbs do. */
static void warn_of_clock(struct bsync_client *client)
{
	struct bsync_event event = BSYNC_EVENT_INIT;
	while (bsync_event_next(client, &event) == 1) {
		struct bsync_status now = BSYNC_STATUS_INIT;
		char text[BSYNC_CLOCK_TEXT_SIZE];
		if (event.kind != BSYNC_EVENT_CLOCK || bsync_status(client, &now, NULL) != BSYNC_DONE)
			continue;
		fprintf(stderr, "buurtsync: %s\n", bsync_clock_text(now.clock_drift_ms, bsync_language_here(), text));
	}
}

/* What is told of others' choices or of work that was not taken, and up to which. */
struct choices {
	struct bsync_words words;
	struct bsync_buffer out;
	uint64_t last;
};

static bool tell_choice(void *context, const struct bsync_chosen *chosen)
{
	struct choices *choices = context;
	struct bsync_words *words = &choices->words;
	const char *column = chosen->table->columns[chosen->column].name;
	bsync_words_say(words, "buurtsync: ", "buurtsync: ");
	bsync_words_name(words, &chosen->past.replaced_by, chosen->chooser_name);
	bsync_words_say(words, " koos iets anders dan jij bij ", " chose otherwise than you for ");
	bsync_words_string(words, chosen->table->name);
	bsync_words_say(words, " ", " ");
	if (words->result == BSYNC_OK)
		words->result = bsync_row_text_write(chosen->key, chosen->key_count, &choices->out);
	bsync_words_say(words, ", kolom ", ", column ");
	bsync_words_string(words, column);
	bsync_words_say(words, ". Jij schreef ", ". You wrote ");
	bsync_words_value(words, &chosen->past.variant.value);
	if (chosen->shown != NULL) {
		bsync_words_say(words, ", nu staat er ", ", now it says ");
		bsync_words_value(words, chosen->shown);
	}
	bsync_words_say(words, ". Wat jij schreef, blijft in de geschiedenis.\n",
			". What you wrote stays in the history.\n");
	choices->last = chosen->past.replaced_counter;
	return words->result == BSYNC_OK;
}

static bool tell_unseen(void *context, const struct bsync_pending_row *row)
{
	struct choices *unseen = context;
	struct bsync_words *words = &unseen->words;
	bsync_words_say(words, "buurtsync: wat je op ", "buurtsync: what you wrote on ");
	bsync_words_time(words, row->made_ms);
	bsync_words_say(words, " schreef in ", " in ");
	bsync_words_string(words, row->tables);
	if (row->is_late)
		bsync_words_say(words,
				" kwam binnen toen je er niet meer bij mocht. Wie daar de leiding heeft, bekijkt het",
				" came in after your access to it had ended. Whoever leads there looks at it");
	else
		bsync_words_say(
			words,
			" is niet helemaal overgenomen: een deel mag jij niet schrijven. Het is bewaard voor wie "
			"daar over gaat",
			" was not all taken: a part is not yours to write. It is kept for those who decide there");
	bsync_words_say(words, "; op dit apparaat hoor je er niets meer van.\n",
			"; nothing more is heard of it on this device.\n");
	unseen->last = row->seq;
	return words->result == BSYNC_OK;
}

/* On stderr, once: what became of the user's own work elsewhere. */
static void tell_fates(struct bsync_client *client)
{
	struct choices told = {.last = 0};
	if (bsync_client_enter(client, NULL) != BSYNC_DONE)
		return;
	bsync_buffer_init(&told.out, CHOICES_MAX);
	bsync_words_init(&told.words, bsync_language_here(), &told.out);
	if (bsync_file_chosen(client->file, tell_choice, &told) == BSYNC_OK && told.last != 0 &&
	    told.words.result == BSYNC_OK && bsync_file_chosen_told(client->file, told.last) == BSYNC_OK)
		fwrite(told.out.data, 1, told.out.size, stderr);
	told.out.size = 0;
	told.last = 0;
	bsync_words_init(&told.words, bsync_language_here(), &told.out);
	if (bsync_file_unseen(client->file, tell_unseen, &told) == BSYNC_OK && told.last != 0 &&
	    told.words.result == BSYNC_OK && bsync_file_unseen_told(client->file, told.last) == BSYNC_OK)
		fwrite(told.out.data, 1, told.out.size, stderr);
	bsync_client_leave(client);
	bsync_buffer_clear(&told.out);
}

int bsync_cli_sync(struct bsync_cli *cli)
{
	const char *timeout = NULL;
	const struct bsync_cli_option options[] = {{"--timeout", &timeout, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 0, 0))
		return BSYNC_EXIT_USAGE;
	int timeout_ms = bsync_cli_timeout(timeout, SYNC_SECONDS);
	if (timeout_ms < 0)
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	if (bsync_sync(client, timeout_ms, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	warn_of_clock(client);
	tell_fates(client);
	bsync_close(client);
	return status;
}

int bsync_cli_agent(struct bsync_cli *cli)
{
	const struct bsync_cli_option options[] = {{NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 0, 0))
		return BSYNC_EXIT_USAGE;
	/* Blocked before any thread begins: the wait below is the only taker. */
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	if (bsync_start(client, &error) != BSYNC_DONE) {
		status = bsync_cli_error(&error);
	} else {
		const struct timespec look = {.tv_sec = EVENTS_SECONDS};
		printf("ready\n");
		fflush(stdout);
		while (sigtimedwait(&ends, NULL, &look) < 0)
			warn_of_clock(client);
	}
	bsync_close(client);
	return status;
}
