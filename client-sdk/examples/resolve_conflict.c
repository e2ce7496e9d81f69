/* resolve_conflict.c: shows what waits in the inbox and lets the user choose.
 *
 * resolve_conflict DIRECTORY             the open items, as JSON lines
 * resolve_conflict DIRECTORY ID CHOICE   resolves one: a number of a version, mine, theirs, or =VALUE for another value */
#include <buurtsync.h>
#include <stdio.h>

static int fail(const struct bsync_error *error)
{
	fprintf(stderr, "resolve_conflict: %s\n", error->text);
	return 1;
}

static int show(struct bsync_client *client)
{
	struct bsync_error error;
	char *text = NULL;
	if (bsync_inbox_json(client, &text, &error) != BSYNC_DONE)
		return fail(&error);
	fputs(text, stdout);
	bsync_free(text);
	return 0;
}

static int choose(struct bsync_client *client, const char *id, const char *choice)
{
	struct bsync_error error;
	int code = choice[0] == '=' ? bsync_resolve(client, id, NULL, choice + 1, &error)
				    : bsync_resolve(client, id, choice, NULL, &error);
	if (code == BSYNC_E_CHANGED) {
		/* Somebody wrote or chose meanwhile: never decide on what the user has not seen. */
		fprintf(stderr, "%s\n", error.text);
		return show(client) == 0 ? 3 : 1;
	}
	return code == BSYNC_DONE ? 0 : fail(&error);
}

int main(int count, char **arguments)
{
	struct bsync_client *client = NULL;
	struct bsync_error error;
	if (count != 2 && count != 4) {
		fputs("usage: resolve_conflict DIRECTORY [ID CHOICE]\n", stderr);
		return 2;
	}
	if (bsync_open(arguments[1], &client, &error) != BSYNC_DONE)
		return fail(&error);
	int status = count == 2 ? show(client) : choose(client, arguments[2], arguments[3]);
	bsync_close(client);
	return status;
}
