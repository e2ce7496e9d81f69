/* The verb sql: ordinary SQL, rows as JSON lines. */
#include <stdio.h>

#include "client-sdk/cli/cli.h"
#include "core/json.h"

enum { LINE_MAX_SIZE = 256 << 20 };

static void write_column(struct bsync_json *json, struct bsync_statement *statement, int column)
{
	size_t size = 0;
	const void *bytes;
	bsync_json_name(json, bsync_column_name(statement, column));
	switch (bsync_column_type(statement, column)) {
	case BSYNC_TYPE_INTEGER:
		bsync_json_integer(json, bsync_column_integer(statement, column));
		break;
	case BSYNC_TYPE_REAL:
		bsync_json_real(json, bsync_column_real(statement, column));
		break;
	case BSYNC_TYPE_TEXT:
		bytes = bsync_column_text(statement, column, &size);
		bsync_json_text(json, (struct bsync_bytes){bytes, size});
		break;
	case BSYNC_TYPE_BLOB:
		bytes = bsync_column_blob(statement, column, &size);
		bsync_json_blob(json, (struct bsync_bytes){bytes, size});
		break;
	default:
		bsync_json_null(json);
	}
}

static int print_row(struct bsync_statement *statement, struct bsync_buffer *line)
{
	struct bsync_json json;
	line->size = 0; /* keeps its room for the next row */
	bsync_json_init(&json, line);
	bsync_json_object(&json);
	for (int i = 0; i < bsync_column_count(statement); i++)
		write_column(&json, statement, i);
	bsync_json_object_end(&json);
	if (bsync_json_end(&json) != BSYNC_OK)
		return bsync_cli_fail(BSYNC_EXIT_FAILED, "a row is too large to print; select less of it");
	fwrite(line->data, 1, line->size, stdout);
	return BSYNC_EXIT_DONE;
}

/* SQL that is refused is a failure, not a wrong use of the program. */
static int sql_error(const struct bsync_error *error)
{
	int status = bsync_cli_error(error);
	return status == BSYNC_EXIT_USAGE ? BSYNC_EXIT_FAILED : status;
}

/* Runs the first statement of `*sql` and moves behind it. */
static int run_statement(struct bsync_client *client, const char **sql, struct bsync_buffer *line)
{
	struct bsync_statement *statement = NULL;
	struct bsync_error error;
	int status = BSYNC_EXIT_DONE;
	if (bsync_prepare(client, *sql, (size_t)-1, &statement, sql, &error) != BSYNC_DONE)
		return sql_error(&error);
	if (statement == NULL)
		return BSYNC_EXIT_DONE;
	int code;
	while ((code = bsync_step(statement, &error)) == BSYNC_ROW && status == BSYNC_EXIT_DONE)
		status = print_row(statement, line);
	if (code < 0)
		status = sql_error(&error);
	bsync_finalize(statement);
	return status;
}

static int run_all(struct bsync_client *client, const char *sql)
{
	int status = BSYNC_EXIT_DONE;
	struct bsync_buffer line;
	bsync_buffer_init(&line, LINE_MAX_SIZE);
	while (status == BSYNC_EXIT_DONE && *sql != '\0')
		status = run_statement(client, &sql, &line);
	bsync_buffer_clear(&line);
	/* Only where a transaction is open does this succeed. */
	if (status == BSYNC_EXIT_DONE && bsync_exec(client, "ROLLBACK", NULL) == BSYNC_DONE)
		status = bsync_cli_fail(
			BSYNC_EXIT_FAILED,
			"the transaction was not committed, so nothing of it is kept; end it with COMMIT");
	return status;
}

int bsync_cli_sql(struct bsync_cli *cli)
{
	const char *base = NULL;
	const struct bsync_cli_option options[] = {{"--base", &base, NULL}, {NULL, NULL, NULL}};
	if (!bsync_cli_parse(cli, options, 1, 1))
		return BSYNC_EXIT_USAGE;
	int status = BSYNC_EXIT_DONE;
	struct bsync_client *client = bsync_cli_open(cli, &status);
	if (client == NULL)
		return status;
	struct bsync_error error;
	if (base != NULL && bsync_set_base(client, base, &error) != BSYNC_DONE)
		status = bsync_cli_error(&error);
	else
		status = run_all(client, cli->words[0]);
	bsync_close(client);
	return status;
}
