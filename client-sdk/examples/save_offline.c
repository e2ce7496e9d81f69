/* save_offline.c: the smallest correct program: save something, with or without a network, hand it in, and read.
 *
 * save_offline DIRECTORY NAME     the device is enrolled (buurtsync enroll), the schema is schema/utrecht */
#include <buurtsync.h>
#include <stdio.h>

static int save(struct bsync_client *client, const char *name, struct bsync_error *error)
{
	static const char sql[] = "INSERT INTO dossier (id, roepnaam, status) VALUES (uuid(), ?1, 'aangemeld')";
	struct bsync_statement *insert = NULL;
	int code = bsync_prepare(client, sql, sizeof sql - 1, &insert, NULL, error);
	if (code != BSYNC_DONE)
		return code;
	if (bsync_bind_text(insert, 1, name, (size_t)-1) != BSYNC_DONE)
		fputs("the name is not UTF-8, and is left out\n", stderr);
	code = bsync_step(insert, error); /* done: it is safe on this device, and in what will be handed in */
	bsync_finalize(insert);
	return code;
}

static int show(struct bsync_client *client, struct bsync_error *error)
{
	static const char sql[] = "SELECT roepnaam, status FROM dossier ORDER BY id";
	struct bsync_statement *select = NULL;
	int code = bsync_prepare(client, sql, sizeof sql - 1, &select, NULL, error);
	while (code >= BSYNC_DONE && (code = bsync_step(select, error)) == BSYNC_ROW) {
		const char *name = bsync_column_text(select, 0, NULL), *status = bsync_column_text(select, 1, NULL);
		printf("%s: %s\n", name != NULL ? name : "(no name)", status != NULL ? status : "(no status)");
	}
	bsync_finalize(select);
	return code;
}

int main(int count, char **arguments)
{
	struct bsync_client *client = NULL;
	struct bsync_error error;
	if (count != 3) {
		fputs("usage: save_offline DIRECTORY NAME\n", stderr);
		return 2;
	}
	int code = bsync_open(arguments[1], &client, &error);
	if (code == BSYNC_DONE)
		code = save(client, arguments[2], &error);
	struct bsync_error late;
	if (code == BSYNC_DONE && bsync_sync(client, 5000, &late) != BSYNC_DONE)
		fprintf(stderr, "saved; handed in later: %s\n", late.text); /* no network is no failure */
	if (code == BSYNC_DONE)
		code = show(client, &error);
	if (code != BSYNC_DONE)
		fprintf(stderr, "save_offline: %s\n", error.text);
	bsync_close(client);
	return code == BSYNC_DONE ? 0 : 1;
}
