/* What an application asks of the server: all about a row, and to try again what was set aside. */
#include <assert.h>
#include <stdio.h>

#include "client-sdk/client.h"

int bsync_row_fetch(struct bsync_client *client, const char *table, const char *row, int timeout_ms,
		    struct bsync_error *error)
{
	if (table == NULL || row == NULL || timeout_ms < 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "nothing can be asked: an argument is NULL, or the timeout less than nothing");
	int code = bsync_client_on_row(client, table, row, bsync_file_ask, "the question cannot be kept", error);
	return code == BSYNC_DONE && timeout_ms > 0
		       ? bsync_client_barrier(client, BSYNC_WAIT_ANSWERS, timeout_ms, error)
		       : code;
}

/* --- What was set aside --- */

static int mark(struct bsync_client *client, int64_t seq, bool is_given_up, struct bsync_error *error)
{
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	enum bsync_result result = seq > 0 ? bsync_file_retry(client->file, (uint64_t)seq, is_given_up)
					   : BSYNC_NOT_FOUND;
	if (result == BSYNC_NOT_FOUND)
		code = bsync_problem(error, BSYNC_E_NOT_FOUND, 0,
				     "nothing is set aside under number %lld; the list of the quarantine shows what is",
				     (long long)seq);
	else if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, "the question cannot be kept", error);
	bsync_client_leave(client);
	return code;
}

/* Looks for one transaction among those that are set aside. */
struct wanted {
	uint64_t seq;
	bool is_found;
	char reason[300];
};

static bool look(void *context, const struct bsync_pending_row *row)
{
	struct wanted *wanted = context;
	if (row->seq != wanted->seq || row->state == BSYNC_OUTBOX_WAITING)
		return true;
	wanted->is_found = true;
	snprintf(wanted->reason, sizeof wanted->reason, "%s", row->reason != NULL ? row->reason : "");
	return false;
}

int bsync_quarantine_retry(struct bsync_client *client, int64_t seq, int timeout_ms, struct bsync_error *error)
{
	if (timeout_ms < 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "a timeout of less than nothing; give milliseconds");
	int code = mark(client, seq, false, error);
	if (code != BSYNC_DONE || timeout_ms == 0)
		return code;
	code = bsync_client_barrier(client, BSYNC_WAIT_HASTY, timeout_ms, error);
	if (code == BSYNC_DONE)
		code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	struct wanted wanted = {.seq = (uint64_t)seq};
	enum bsync_result result = bsync_file_pending(client->file, look, &wanted);
	if (result != BSYNC_OK)
		code = bsync_client_file_problem(client, result, "the outbox cannot be read", error);
	else if (wanted.is_found)
		code = bsync_problem(
			error, BSYNC_E_RULE, 0,
			"number %lld is set aside still, and nothing is lost: %s; write it in another way, or ask "
			"the server's operator",
			(long long)seq, wanted.reason);
	bsync_client_leave(client);
	return code;
}

int bsync_quarantine_give_up(struct bsync_client *client, int64_t seq, struct bsync_error *error)
{
	return mark(client, seq, true, error);
}
