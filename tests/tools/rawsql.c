/* rawsql: SQLite itself, for tests that look at a file from outside or set it up for a case.
 *
 *   rawsql FILE SQL       prints a row a line, columns with tabs between, blobs as hex; reads and writes
 *   rawsql json           says whether every line of standard input is one JSON object: exit 0 or 1 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 5000, LINE_MAX_SIZE = 1 << 20 };

static int fail(sqlite3 *db, const char *what)
{
	fprintf(stderr, "rawsql: %s: %s\n", what, sqlite3_errmsg(db));
	sqlite3_close(db);
	return 1;
}

static void print_column(sqlite3_stmt *statement, int column)
{
	if (column > 0)
		putchar('\t');
	if (sqlite3_column_type(statement, column) != SQLITE_BLOB) {
		const unsigned char *text = sqlite3_column_text(statement, column);

		printf("%s", text != NULL ? (const char *)text : "NULL");
		return;
	}
	const unsigned char *bytes = sqlite3_column_blob(statement, column);

	for (int i = 0; i < sqlite3_column_bytes(statement, column); i++)
		printf("%02x", bytes[i]);
}

static int run(sqlite3 *db, const char *sql)
{
	while (*sql != '\0') {
		sqlite3_stmt *statement = NULL;
		int code = sqlite3_prepare_v2(db, sql, -1, &statement, &sql);

		if (code != SQLITE_OK)
			return fail(db, "prepare");
		while (statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
			for (int column = 0; column < sqlite3_column_count(statement); column++)
				print_column(statement, column);
			putchar('\n');
		}
		sqlite3_finalize(statement);
		if (code != SQLITE_OK && code != SQLITE_DONE)
			return fail(db, "step");
	}
	return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}

static int check_json(sqlite3 *db)
{
	static char line[LINE_MAX_SIZE];
	sqlite3_stmt *statement;
	int number = 0, status = 0;

	if (sqlite3_prepare_v2(db, "SELECT json_valid(?1) AND json_type(?1) = 'object'", -1, &statement, NULL) !=
	    SQLITE_OK)
		return fail(db, "prepare");
	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t size = strcspn(line, "\n");
		bool is_good;

		number++;
		sqlite3_bind_text(statement, 1, line, (int)size, SQLITE_STATIC);
		is_good = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1;
		sqlite3_reset(statement);
		if (is_good)
			continue;
		fprintf(stderr, "rawsql: line %d is no JSON object: %.*s\n", number, (int)size, line);
		status = 1;
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return status;
}

int main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	bool is_json = argc == 2 && strcmp(argv[1], "json") == 0;

	if (argc != 3 && !is_json) {
		fprintf(stderr, "usage: rawsql FILE SQL | rawsql json <LINES\n");
		return 2;
	}
	if (sqlite3_open_v2(is_json ? ":memory:" : argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return fail(db, argv[1]);
	sqlite3_busy_timeout(db, BUSY_MS);
	return is_json ? check_json(db) : run(db, argv[2]);
}
