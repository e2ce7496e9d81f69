/* The views of Utrecht on a small caseload: each figure is computed again from the raw rows, and small cells are hidden. */
#include "tests/support/harness.h"

#include "core/schema/domain.h"
#include "core/schema/folder.h"

enum { REFERRALS = 700, HOUSEHOLDS = 211, SHOWN_FROM = 10, DATE_SIZE = 11 };

/* A raw row of verwijzing; days are whole, 0: none; reason 0: none written down. */
struct referral {
	int64_t provider, form, referrer, household, sent, started, ended, reason;
	char sent_on[DATE_SIZE], started_on[DATE_SIZE], ended_on[DATE_SIZE];
};

struct caseload {
	struct bsync_db db;
	struct referral referrals[REFERRALS];
	uint32_t count;
};

static struct caseload caseload;

static void function_me(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	(void)count;
	(void)arguments;
	sqlite3_result_blob(context, "\x0a", 1, SQLITE_STATIC);
}

/* What SQLite takes for now, in milliseconds of Julian days; 0: the clock. */
static int64_t fixed_ms;

static int fixed_now(sqlite3_vfs *vfs, sqlite3_int64 *now_ms)
{
	(void)vfs;
	*now_ms = fixed_ms;
	return SQLITE_OK;
}

static bool utrecht_open(struct bsync_db *db)
{
	static sqlite3_vfs vfs;
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY, .vfs = fixed_ms != 0 ? "fixed" : NULL};
	struct bsync_schema_folder folder;
	bool is_open = false;

	if (fixed_ms != 0) {
		vfs = *sqlite3_vfs_find(NULL);
		vfs.zName = "fixed";
		vfs.xCurrentTimeInt64 = fixed_now;
		if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
			return false;
	}
	if (bsync_db_open(db, NULL, &options) != BSYNC_OK)
		return false;
	if (bsync_schema_folder_read(BSYNC_SOURCE_DIR "/schema/utrecht", &folder) != BSYNC_OK)
		return false;
	is_open = bsync_schema_install(db, &folder.source, 0, true) == BSYNC_OK &&
		  sqlite3_create_function(db->handle, "me", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, function_me, NULL,
					  NULL) == SQLITE_OK;
	bsync_schema_folder_clear(&folder);
	return is_open;
}

static int64_t number(struct bsync_db *db, const char *sql)
{
	int64_t value = -1;

	return bsync_db_query_int64(db, sql, &value) == BSYNC_OK ? value : -2;
}

static bool text_is(struct bsync_db *db, const char *sql, const char *expected)
{
	char *text = NULL;
	bool is_equal = bsync_db_query_string(db, sql, &text) == BSYNC_OK && strcmp(text, expected) == 0;

	if (!is_equal)
		printf("# %s: %s\n", sql, text != NULL ? text : "nothing");
	free(text);
	return is_equal;
}

/* Referrals to 4 providers in 3 forms, unevenly over two years up to now: cells of every size.  Some never start or end. */
static bool refer_many(struct bsync_db *db)
{
	char sql[1200];

	snprintf(
		sql, sizeof sql,
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d),"
		" r(i, sent, wait, length) AS (SELECT i, 720 - i * 53 %% 640, i * 29 %% 83 - 5, 1 + i * 17 %% 300 FROM n),"
		" d(i, sent, started, ended) AS (SELECT i, date('now', printf('-%%d days', sent)),"
		"  iif(i %% 9, date('now', printf('%%d days', wait - sent)), NULL),"
		"  iif(i %% 9 AND i %% 2, date('now', printf('%%d days', wait + length - sent)), NULL) FROM r)"
		" INSERT INTO verwijzing(id, dossier_id, aanbieder_id, zorgvorm_code, verwijzer_soort, verzonden_op,"
		"  gestart_op, beeindigd_op, reden_beeindiging)"
		" SELECT CAST(i AS BLOB), CAST(i * 37 %% %d AS BLOB), CAST(i * i %% 5 AS BLOB), i * 11 %% 3, i %% 4, sent, started, ended,"
		"  iif(ended IS NULL, NULL, nullif(i %% 4, 0)) FROM d",
		REFERRALS, HOUSEHOLDS);
	return bsync_db_exec(db, sql) == BSYNC_OK;
}

static void date_copy(sqlite3_stmt *row, int index, char date[DATE_SIZE])
{
	const char *text = bsync_db_string(row, index);

	snprintf(date, DATE_SIZE, "%.10s", text != NULL ? text : "");
}

static bool caseload_open(void)
{
	static const char sql[] =
		"SELECT aanbieder_id, zorgvorm_code, verwijzer_soort, dossier_id, julianday(verzonden_op),"
		" julianday(gestart_op), julianday(beeindigd_op), verzonden_op, gestart_op, beeindigd_op, reden_beeindiging"
		" FROM verwijzing";
	sqlite3_stmt *row = NULL;
	bool has_row = false;

	caseload.count = 0;
	if (!utrecht_open(&caseload.db) || !refer_many(&caseload.db) ||
	    bsync_db_prepare(&caseload.db, sql, &row) != BSYNC_OK)
		return false;
	while (bsync_db_step(row, &has_row) == BSYNC_OK && has_row) {
		struct referral *referral = &caseload.referrals[caseload.count++];

		referral->provider = bsync_db_int64(row, 0);
		referral->form = bsync_db_int64(row, 1);
		referral->referrer = bsync_db_int64(row, 2);
		referral->household = bsync_db_int64(row, 3);
		referral->sent = bsync_db_int64(row, 4);
		referral->started = bsync_db_int64(row, 5);
		referral->ended = bsync_db_int64(row, 6);
		date_copy(row, 7, referral->sent_on);
		date_copy(row, 8, referral->started_on);
		date_copy(row, 9, referral->ended_on);
		referral->reason = bsync_db_int64(row, 10);
	}
	bsync_db_finalize(&row);
	return caseload.count == REFERRALS;
}

/* True when the date lies in a quarter like 2026-K3. */
static bool is_in(const char *date, const char *quarter)
{
	return date[0] != '\0' && strncmp(date, quarter, 4) == 0 &&
	       (date[5] - '0') * 10 + (date[6] - '0') > 3 * (quarter[6] - '1') &&
	       (date[5] - '0') * 10 + (date[6] - '0') <= 3 * (quarter[6] - '0');
}

/* What a cell comes to: how many referrals, of how many households, and a sum. */
struct cell {
	bool has[HOUSEHOLDS];
	int64_t count, households, sum;
};

static void cell_add(struct cell *cell, const struct referral *referral, int64_t value)
{
	cell->count++;
	cell->sum += value;
	cell->households += !cell->has[referral->household];
	cell->has[referral->household] = true;
}

/* The figure is hidden, or within what rounding leaves of `expected`. */
static bool is_right(sqlite3_stmt *row, int index, const struct cell *cell, double expected)
{
	double difference = sqlite3_column_double(row, index) - expected;

	if (cell->households < SHOWN_FROM)
		return bsync_db_is_null(row, index);
	return !bsync_db_is_null(row, index) && difference < 0.0501 && difference > -0.0501;
}

/* Goes through a view and counts the rows that are right by `judge`; -1 when one is not. */
typedef bool judge_row(sqlite3_stmt *row);

static int64_t judge_all(const char *sql, judge_row *judge)
{
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	int64_t count = 0;

	if (bsync_db_prepare(&caseload.db, sql, &row) != BSYNC_OK)
		return -2;
	while (count >= 0 && bsync_db_step(row, &has_row) == BSYNC_OK && has_row)
		count = judge(row) ? count + 1 : -1;
	bsync_db_finalize(&row);
	return count;
}

static bool wait_is_right(sqlite3_stmt *row)
{
	struct cell cell = {.count = 0};

	for (uint32_t i = 0; i < caseload.count; i++) {
		const struct referral *r = &caseload.referrals[i];
		if (r->provider == bsync_db_int64(row, 0) && r->form == bsync_db_int64(row, 1) && r->started != 0 &&
		    is_in(r->sent_on, bsync_db_string(row, 2)))
			cell_add(&cell, r, r->started > r->sent ? r->started - r->sent : 0);
	}
	return cell.count > 0 && is_right(row, 3, &cell, (double)cell.sum / (double)cell.count);
}

TEST(waiting_time_is_that_of_the_raw_rows_and_small_cells_are_hidden)
{
	CHECK(caseload_open());
	CHECK_EQ(judge_all("SELECT aanbieder_id, zorgvorm_code, kwartaal, wachtdagen FROM stelsel_beschikbaarheid",
			   wait_is_right),
		 number(&caseload.db, "SELECT count(*) FROM stelsel_beschikbaarheid"));
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_beschikbaarheid WHERE wachtdagen IS NULL") > 5);
	CHECK(number(&caseload.db, "SELECT count(wachtdagen) FROM stelsel_beschikbaarheid") > 5);
	bsync_db_close(&caseload.db);
}

static bool reach_is_right(sqlite3_stmt *row)
{
	struct cell cell = {.count = 0};

	for (uint32_t i = 0; i < caseload.count; i++) {
		const struct referral *r = &caseload.referrals[i];
		if (r->form == bsync_db_int64(row, 0) && r->referrer == bsync_db_int64(row, 1) &&
		    is_in(r->started_on, bsync_db_string(row, 2)))
			cell_add(&cell, r, 0);
	}
	return cell.count > 0 && is_right(row, 3, &cell, (double)cell.count);
}

static bool leaving_is_right(sqlite3_stmt *row)
{
	struct cell cell = {.count = 0};

	for (uint32_t i = 0; i < caseload.count; i++) {
		const struct referral *r = &caseload.referrals[i];
		if (r->form == bsync_db_int64(row, 0) && r->reason == bsync_db_int64(row, 1) &&
		    is_in(r->ended_on, bsync_db_string(row, 2)))
			cell_add(&cell, r, 0);
	}
	return cell.count > 0 && is_right(row, 3, &cell, (double)cell.count);
}

TEST(reach_counts_who_comes_in_and_who_goes_out)
{
	CHECK(caseload_open());
	CHECK_EQ(judge_all("SELECT zorgvorm_code, verwijzer_soort, kwartaal, instroom FROM stelsel_bereik",
			   reach_is_right),
		 number(&caseload.db, "SELECT count(*) FROM stelsel_bereik"));
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_bereik WHERE instroom IS NULL") > 5);
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_bereik WHERE instroom >= 10") > 5);
	CHECK_EQ(judge_all("SELECT zorgvorm_code, reden_beeindiging, kwartaal, uitstroom FROM stelsel_reden",
			   leaving_is_right),
		 number(&caseload.db, "SELECT count(*) FROM stelsel_reden"));
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_reden WHERE uitstroom IS NULL") > 5);
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_reden WHERE uitstroom >= 10") > 5);
	bsync_db_close(&caseload.db);
}

/* 25 referrals, of which two came from the school and hide there: no other figure tells that there were 25. */
TEST(what_a_cell_hides_is_not_the_difference_of_two_figures)
{
	struct bsync_db *db = &caseload.db;

	CHECK(utrecht_open(db));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)"
			" INSERT INTO verwijzing(id, dossier_id, aanbieder_id, zorgvorm_code, verwijzer_soort, verzonden_op, gestart_op,"
			"  beeindigd_op, reden_beeindiging)"
			" SELECT CAST(i AS BLOB), CAST(i AS BLOB), x'a0', 'ib', iif(i < 24, 'huisarts', 'school'), '2020-01-01',"
			"  '2020-04-08', '2020-07-09', 'klaar' FROM n"),
		BSYNC_OK);
	CHECK(text_is(db,
		      "SELECT group_concat(verwijzer_soort || ' ' || kwartaal || ' ' || coalesce(instroom, '-'), ', ')"
		      " FROM stelsel_bereik",
		      "huisarts 2020-K2 23, school 2020-K2 -"));
	CHECK(text_is(db, "SELECT group_concat(kwartaal || ' ' || uitstroom) FROM stelsel_reden", "2020-K3 25"));
	/* Waiting time is an average and says not of how many. */
	CHECK(text_is(db, "SELECT group_concat(p.name, ' ') FROM pragma_table_info('stelsel_beschikbaarheid') p",
		      "aanbieder_id zorgvorm_code kwartaal wachtdagen"));
	CHECK(text_is(db, "SELECT group_concat(kwartaal || ' ' || wachtdagen) FROM stelsel_beschikbaarheid",
		      "2020-K1 98.0"));
	bsync_db_close(db);
}

/* The average over the days of the quarter of how many run: day by day. */
static bool places_are_right(sqlite3_stmt *row)
{
	const char *quarter = bsync_db_string(row, 1);
	struct cell cell = {.count = 0};
	int64_t today = number(&caseload.db, "SELECT julianday(date('now'))");
	int64_t days = 0;

	for (int64_t day = today - 800; day <= today; day++) {
		char sql[60], date[DATE_SIZE] = "";
		char *text = NULL;

		snprintf(sql, sizeof sql, "SELECT date(%lld.5)", (long long)day);
		if (bsync_db_query_string(&caseload.db, sql, &text) == BSYNC_OK)
			snprintf(date, sizeof date, "%.10s", text);
		free(text);
		if (!is_in(date, quarter))
			continue;
		days++;
		for (uint32_t i = 0; i < caseload.count; i++) {
			const struct referral *r = &caseload.referrals[i];
			if (r->provider == bsync_db_int64(row, 0) && r->started != 0 && r->started <= day &&
			    (r->ended == 0 || r->ended > day))
				cell_add(&cell, r, 1);
		}
	}
	return days > 0 && is_right(row, 2, &cell, (double)cell.sum / (double)days);
}

TEST(places_in_use_are_an_average_over_the_days_of_a_quarter)
{
	CHECK(caseload_open());
	CHECK_EQ(judge_all("SELECT aanbieder_id, kwartaal, gemiddeld_aantal FROM stelsel_budget", places_are_right),
		 number(&caseload.db, "SELECT count(*) FROM stelsel_budget"));
	CHECK_EQ(number(&caseload.db, "SELECT count(DISTINCT kwartaal) FROM stelsel_budget"), 8);
	CHECK(number(&caseload.db, "SELECT count(*) FROM stelsel_budget WHERE gemiddeld_aantal IS NOT NULL") > 5);
	bsync_db_close(&caseload.db);
}

TEST(ten_referrals_of_one_household_stay_hidden)
{
	struct bsync_db *db = &caseload.db;

	CHECK(utrecht_open(db));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)"
			" INSERT INTO verwijzing(id, dossier_id, aanbieder_id, zorgvorm_code, verzonden_op, gestart_op)"
			" SELECT CAST(i AS BLOB), x'd0', x'a0', 'ib', '2026-01-01', '2026-01-08' FROM n"),
		BSYNC_OK);
	CHECK_EQ(number(db, "SELECT count(*) FROM stelsel_beschikbaarheid WHERE wachtdagen IS NULL"), 1);
	/* Of nobody knows which household, and of one household that came in through twelve doors. */
	CHECK_EQ(bsync_db_exec(db, "UPDATE verwijzing SET dossier_id = NULL"), BSYNC_OK);
	CHECK_EQ(number(db, "SELECT count(*) FROM stelsel_beschikbaarheid WHERE wachtdagen IS NULL"), 1);
	CHECK_EQ(bsync_db_exec(db, "UPDATE verwijzing SET dossier_id = id;"
				   "INSERT INTO dossier(id, samengevoegd_met_id) SELECT id, x'd0' FROM verwijzing"),
		 BSYNC_OK);
	CHECK_EQ(number(db, "SELECT count(*) FROM stelsel_beschikbaarheid WHERE wachtdagen IS NULL"), 1);
	CHECK_EQ(bsync_db_exec(db, "UPDATE dossier SET samengevoegd_met_id = NULL"), BSYNC_OK);
	CHECK(text_is(db, "SELECT kwartaal || ' ' || wachtdagen FROM stelsel_beschikbaarheid", "2026-K1 7.0"));
	bsync_db_close(db);
}

TEST(the_door_and_the_goals_are_told_by_area)
{
	struct bsync_db *db = &caseload.db;

	CHECK(utrecht_open(db));
	/* Ten households in Ondiep waited 0 to 9 days, one more began before it was registered and one was a duplicate; nine in Zuilen. */
	CHECK_EQ(
		bsync_db_exec(
			db,
			"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
			" INSERT INTO dossier(id, wijk_code, soort_team, aangemeld_op, gestart_op, samengevoegd_met_id)"
			" SELECT CAST(i AS BLOB), iif(i < 12, 'ondiep', 'zuilen'), 'sociaal', '2026-02-10',"
			" iif(i = 10, '2026-01-01', date('2026-02-10', i || ' days')), iif(i = 11, x'00', NULL) FROM n"),
		BSYNC_OK);
	CHECK(text_is(
		db,
		"SELECT group_concat(wijk_code || ' ' || kwartaal || ' ' || coalesce(aantal || ' ' || wachtdagen, '-'), '; ')"
		" FROM stelsel_voordeur",
		"ondiep 2026-K1 11 4.1; zuilen 2026-K1 -"));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"INSERT INTO doel(id, dossier_id, status, namens) SELECT id, id,"
			" iif(CAST(id AS INTEGER) < 9, 'gehaald', 'losgelaten'), 'client' FROM dossier;"
			" INSERT INTO doel(id, dossier_id, status, namens) SELECT CAST('z' || id AS BLOB), id, 'gehaald', 'lead' FROM dossier"),
		BSYNC_OK);
	CHECK(text_is(
		db,
		"SELECT group_concat(wijk_code || ' ' || coalesce(doelen || ' ' || CAST(gehaald_procent AS INTEGER), '-'), '; ')"
		" FROM stelsel_ervaringen",
		"ondiep 12 75; zuilen -"));
	bsync_db_close(db);
}

TEST(a_worker_sees_what_is_to_do_and_what_was_weighed)
{
	struct bsync_db *db = &caseload.db;

	CHECK(utrecht_open(db));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"INSERT INTO dossier(id, roepnaam, vaste_hulpverlener_id) VALUES(x'd0', 'Dam', x'0a'), (x'd1', 'Bos', x'0b'), (x'd2', 'Vos', x'0b');"
			"INSERT INTO betrokkenheid(id, dossier_id, medewerker_id, status) VALUES(x'b0', x'd0', x'0a', 'actief'),"
			" (x'b1', x'd1', x'0a', 'beeindigd'), (x'b2', x'd2', x'0b', 'actief');"
			"INSERT INTO persoon(id, dossier_id, adres) VALUES(x'e0', x'd0', 'Dorpsweg 1'), (x'e1', x'd0', NULL);"
			"INSERT INTO ondersteuningsplan(id, dossier_id, status) VALUES(x'50', x'd0', 'besproken'), (x'51', x'd0', 'vervangen');"
			"INSERT INTO doel(id, dossier_id, plan_id, tekst, status) VALUES(x'01', x'd0', x'50', 'slapen', 'bezig'),"
			" (x'02', x'd0', x'50', 'school', 'gehaald'), (x'03', x'd0', x'51', 'oud', 'open'), (x'04', x'd1', NULL, 'elders', 'open'), (x'06', x'd2', NULL, 'van een ander', 'open'),"
			" (x'05', x'd0', NULL, 'nieuw', NULL);"
			"INSERT INTO afspraak(id, dossier_id, wat, wanneer, status) VALUES(x'11', x'd0', 'bellen', date('now', 'localtime'), 'open'),"
			" (x'12', x'd0', 'brief', date('now', 'localtime', '-3 days'), NULL), (x'13', x'd0', 'later', '2999-01-01', 'open'),"
			" (x'14', x'd0', 'klaar', '2026-01-01', 'gedaan');"
			"INSERT INTO voortgang(id, dossier_id, doel_id, soort, geschreven_door, op, tekst, vervangt_row_id) VALUES"
			" (x'21', x'd0', x'02', 'afweging', x'0a', date('now', 'localtime', 'start of month', '-1 month'), 'geen zorg', NULL),"
			" (x'22', x'd0', x'02', 'afweging', x'0a', date('now', 'localtime', 'start of month', '-3 days'), 'fout', NULL),"
			" (x'23', x'd1', x'02', 'afweging', x'0a', date('now', 'localtime', 'start of month', '-3 days'), 'beter', x'22'),"
			" (x'24', x'd0', x'02', 'afweging', x'0b', date('now', 'localtime', 'start of month', '-3 days'), 'van een ander', NULL),"
			" (x'25', x'd0', x'02', 'gesprek', x'0a', date('now', 'localtime', 'start of month', '-3 days'), 'geen afweging', NULL),"
			" (x'26', x'd0', x'02', 'afweging', x'0a', date('now', 'localtime', 'start of month'), 'te vers', NULL),"
			" (x'27', x'd0', x'02', 'afweging', x'0a', date('now', 'localtime', 'start of month', '-1 month', '-1 day'), 'vorige keer', NULL)"),
		BSYNC_OK);
	CHECK(text_is(
		db, "SELECT group_concat(tekst || ik_ben_vast, ' ') FROM (SELECT * FROM mijn_open_doelen ORDER BY id)",
		"slapen1 nieuw1"));
	CHECK(text_is(
		db,
		"SELECT group_concat(adres || ' ' || wat || te_laat, ', ') FROM (SELECT * FROM vandaag ORDER BY afspraak_id)",
		"Dorpsweg 1 bellen0, Dorpsweg 1 brief1"));
	CHECK(text_is(
		db,
		"SELECT group_concat(tekst || ' ' || doel_status, ', ') FROM (SELECT * FROM mijn_afwegingen ORDER BY id)",
		"geen zorg gehaald, beter gehaald"));
	bsync_db_close(db);
}

/* Noon UTC of a day, as SQLite counts. */
static void set_now(struct bsync_db *db, const char *date)
{
	char sql[80];

	snprintf(sql, sizeof sql, "SELECT CAST(julianday('%s 12:00') * 86400000 AS INTEGER)", date);
	fixed_ms = number(db, sql);
}

TEST(each_decision_is_seen_once_by_who_looks_at_the_end_of_each_month)
{
	struct bsync_db *db = &caseload.db;

	fixed_ms = 1;
	CHECK(utrecht_open(db));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 89)"
			" INSERT INTO voortgang(id, dossier_id, soort, geschreven_door, op, tekst) SELECT CAST(i AS BLOB),"
			" x'd0', 'afweging', x'0a', date('2025-12-01', i || ' days'), i FROM n;"
			"INSERT INTO dossier(id) VALUES(x'd0')"),
		BSYNC_OK);
	set_now(db, "2026-01-31");
	CHECK(text_is(db, "SELECT min(op) || ' ' || max(op) || ' ' || count(*) FROM mijn_afwegingen",
		      "2025-12-01 2025-12-31 31"));
	set_now(db, "2026-02-28");
	CHECK(text_is(db, "SELECT min(op) || ' ' || max(op) || ' ' || count(*) FROM mijn_afwegingen",
		      "2026-01-01 2026-01-31 31"));
	set_now(db, "2026-03-31");
	CHECK(text_is(db, "SELECT min(op) || ' ' || max(op) || ' ' || count(*) FROM mijn_afwegingen",
		      "2026-02-01 2026-02-28 28"));
	bsync_db_close(db);
	fixed_ms = 0;
}

TEST(a_correction_written_in_the_file_that_stands_takes_the_story_of_the_duplicate_away)
{
	struct bsync_db *db = &caseload.db;

	CHECK(utrecht_open(db));
	CHECK_EQ(
		bsync_db_exec(
			db,
			"INSERT INTO dossier(id, samengevoegd_met_id) VALUES(x'd0', NULL), (x'd1', x'd0');"
			"INSERT INTO verhaal(id, dossier_id, tekst, vervangt_row_id) VALUES(x'01', x'd1', 'fout', NULL),"
			" (x'02', x'd0', 'goed', x'01')"),
		BSYNC_OK);
	CHECK(text_is(db, "SELECT group_concat(hex(dossier_id) || ' ' || tekst) FROM verhalen", "D0 goed"));
	bsync_db_close(db);
}
