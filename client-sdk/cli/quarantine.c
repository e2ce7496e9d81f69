/* The verbs for what the server has set aside: list, retry, drop and export. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client-sdk/cli/cli.h"

enum { RETRY_SECONDS = 30 };

/* Writes all of `text` into a new file that only this user reads; an existing one stays as it is. */
static int write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return bsync_cli_fail(BSYNC_EXIT_FAILED,
				      "cannot make the file %.200s: %s; name a new one in a folder that is yours", path,
				      strerror(errno));
	size_t left = strlen(text);
	while (left > 0) {
		ssize_t done = write(file, text, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		text += done;
		left -= (size_t)done;
	}
	bool is_whole = left == 0 && fsync(file) == 0;
	is_whole = close(file) == 0 && is_whole;
	if (is_whole)
		return BSYNC_EXIT_DONE;
	unlink(path);
	return bsync_cli_fail(BSYNC_EXIT_FAILED, "%.200s cannot be written: is its disk full?", path);
}

static int export(struct bsync_client *client, long long seq, const char *path)
{
	struct bsync_error error;
	char *text = NULL;
	if (bsync_quarantine_export_json(client, seq, &text, &error) != BSYNC_DONE)
		return bsync_cli_error(&error);
	int status = write_file(path, text);
	bsync_free(text);
	return status;
}

static int retry(struct bsync_client *client, long long seq, int timeout_ms)
{
	struct bsync_error error;
	if (bsync_quarantine_retry(client, seq, timeout_ms, &error) != BSYNC_DONE)
		return bsync_cli_error(&error);
	printf("%lld is applied\n", seq);
	return BSYNC_EXIT_DONE;
}

static int drop(struct bsync_client *client, long long seq)
{
	struct bsync_error error;
	if (bsync_quarantine_give_up(client, seq, &error) != BSYNC_DONE)
		return bsync_cli_error(&error);
	printf("%lld is given up at the next sync; the server keeps it for its operator\n", seq);
	return BSYNC_EXIT_DONE;
}

static bool read_seq(const char *text, long long *seq)
{
	size_t size = strlen(text);
	if (size == 0 || size > 18 || strspn(text, "0123456789") != size)
		return false;
	*seq = strtoll(text, NULL, 10);
	return *seq > 0;
}

int bsync_cli_quarantine(struct bsync_cli *cli)
{
	const char *what = cli->count > 0 ? cli->arguments[0] : "list";
	const bool is_export = strcmp(what, "export") == 0, is_retry = strcmp(what, "retry") == 0;
	const char *timeout = NULL;
	const struct bsync_cli_option options[] = {{"--timeout", is_retry ? &timeout : NULL, NULL}, {NULL, NULL, NULL}};
	long long seq = 0;
	if (!is_export && !is_retry && strcmp(what, "drop") != 0)
		return bsync_cli_list_pending(cli, true);
	if (!bsync_cli_parse(cli, options, is_export ? 3 : 2, is_export ? 3 : 2))
		return BSYNC_EXIT_USAGE;
	if (!read_seq(cli->words[1], &seq))
		return bsync_cli_fail(BSYNC_EXIT_USAGE,
				      "quarantine %s SEQ: a number of quarantine list is wanted, not %.40s", what,
				      cli->words[1]);
	int timeout_ms = bsync_cli_timeout(timeout, RETRY_SECONDS);
	if (timeout_ms < 0)
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	if (is_export)
		status = export(client, seq, cli->words[2]);
	else
		status = is_retry ? retry(client, seq, timeout_ms) : drop(client, seq);
	bsync_close(client);
	return status;
}
