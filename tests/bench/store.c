/* store: what syncing adds to the rows of a caseload of the Utrecht schema, in bytes of the central store.
 *
 * The store without history, receipts, what was set aside and the log of memberships, which is for the audit, against the same rows in plain
 * tables with the same keys and types; both vacuumed. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/bench.h"

enum { SQL_SIZE = 200, STATEMENTS_MAX = 100, WORKERS = 2, IDS_SIZE = WORKERS * 33 };

static void fail(sqlite3 *db, const char *what)
{
	fprintf(stderr, "store: %s: %s\n", what, sqlite3_errmsg(db));
	exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(db, sql);
}

static double number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
		fail(db, sql);
	double value = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static double bytes(sqlite3 *db)
{
	run(db, "VACUUM");
	return number(db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
}

/* A front desk registers the caseload, and in what it keeps ticks half of the agreements, begins a
 * quarter of the goals and changes a telephone number in ten. */
static void fill(struct bench_world *world)
{
	char ids[IDS_SIZE] = "", id[40], code[600], desk[BENCH_PATH_SIZE + 10];
	for (int i = 0; i < WORKERS; i++) {
		bench_world_worker(world, id, code);
		snprintf(ids + strlen(ids), sizeof ids - strlen(ids), i == 0 ? "%s" : " %s", id);
	}
	snprintf(desk, sizeof desk, "%s/desk", world->dir);
	process_must((const char *const[]){"buurtsync", "--dir", desk, "enroll", code, NULL});
	process_must((const char *const[]){"caseload", "--dir", desk, "--team", world->team, "--workers", ids,
					   "--dossiers", "5000", "--seed", "7", NULL});
	process_must((const char *const[]){
		"buurtsync", "--dir", desk, "sql",
		"UPDATE afspraak SET status = 'gedaan' WHERE rowid % 2 = 0 AND dossier_id IN (SELECT dossier_id"
		" FROM betrokkenheid WHERE medewerker_id = me());"
		"UPDATE doel SET status = 'bezig' WHERE rowid % 4 = 0 AND dossier_id IN (SELECT dossier_id"
		" FROM betrokkenheid WHERE medewerker_id = me());"
		"UPDATE persoon SET telefoon = '0612345678' WHERE rowid % 10 = 0 AND dossier_id IN (SELECT dossier_id"
		" FROM betrokkenheid WHERE medewerker_id = me())",
		NULL});
	process_must((const char *const[]){"buurtsync", "--dir", desk, "sync", "--timeout", "120", NULL});
}

/* Runs each statement that `which` gives. */
static void run_each(sqlite3 *db, const char *which)
{
	char sql[STATEMENTS_MAX][SQL_SIZE];
	int count = 0;
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(db, which, -1, &statement, NULL) != SQLITE_OK)
		fail(db, which);
	while (count < STATEMENTS_MAX && sqlite3_step(statement) == SQLITE_ROW)
		snprintf(sql[count++], SQL_SIZE, "%s", (const char *)sqlite3_column_text(statement, 0));
	if (sqlite3_finalize(statement) != SQLITE_OK || count == STATEMENTS_MAX)
		fail(db, which);
	for (int i = 0; i < count; i++)
		run(db, sql[i]);
}

int main(void)
{
	struct bench_world world;
	char path[BENCH_PATH_SIZE + 20], copy[BENCH_PATH_SIZE + 20];
	sqlite3 *db = NULL;

	bench_world_start(&world, "schema/utrecht");
	fill(&world);
	snprintf(path, sizeof path, "%s/store.db", world.store);
	snprintf(copy, sizeof copy, "%s/copy.db", world.dir);
	process_must((const char *const[]){"buurtsyncctl", "--dir", world.store, "sql", "SELECT count(*) FROM dossier",
					   NULL});
	if (process_stop(&world.daemon, SIGTERM) != 0)
		fprintf(stderr, "store: the daemon did not end in order\n");
	process_must((const char *const[]){"cp", path, copy, NULL});

	process_must((const char *const[]){"rm", "-rf", world.store, NULL});
	if (sqlite3_open(copy, &db) != SQLITE_OK)
		fail(db, copy);
	run_each(db, "SELECT 'DROP TABLE ' || name FROM sqlite_schema WHERE type = 'table' AND name IN"
		     " ('bsync_history', 'bsync_receipt', 'bsync_placed', 'bsync_set_aside', 'bsync_member_log')");
	const double whole = bytes(db);
	run_each(db, "SELECT 'ALTER TABLE ' || s.name || ' DROP COLUMN _bsync' FROM sqlite_schema s JOIN"
		     " pragma_table_info(s.name) c ON c.name = '_bsync' WHERE s.type = 'table'");
	const double rows = number(db, "SELECT (SELECT count(*) FROM persoon) + (SELECT count(*) FROM doel) +"
				       " (SELECT count(*) FROM voortgang) + (SELECT count(*) FROM dossier)");
	run_each(db, "SELECT 'DROP TABLE ' || name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*sync_*'");
	const double bare = bytes(db);
	sqlite3_close(db);
	if (rows < 1000)
		fail(db, "the caseload did not come in");
	bench_print("store_bytes", whole, "bytes");
	bench_print("store_bytes_bare_rows", bare, "bytes");
	bench_print("store_against_bare_rows", whole / bare, "ratio");

	process_must((const char *const[]){"rm", "-rf", world.dir, NULL});
	return 0;
}
