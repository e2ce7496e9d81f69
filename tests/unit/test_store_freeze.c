/* Signatures: what was signed stays what its signer saw, and what came late goes to a copy, in every order of arrival. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { PARTS_MAX = 4, DEVICES = 3, DUMP_SIZE = 1 << 16, WHY_SIZE = 3 * DUMP_SIZE };

/* Three workers; Anna is the one who signs. */
struct office {
	struct scene_pair pair;
	struct scene_device dirk;
};

/* A changeset of one of them. */
struct part {
	int device; /* 0 Anna, 1 Bram, 2 Dirk */
	const char *text;
};

/* What a reader of the file sees, in an order that does not depend on positions. */
static const char *const dump_queries[] = {
	"SELECT 'dossier', hex(id), naam FROM dossier ORDER BY id",
	"SELECT 'plan', hex(id), hex(dossier), titel, inzet, begin, notitie, thema, bezoek, versie, status, getekend "
	"FROM plan ORDER BY id",
	"SELECT 'doel', hex(id), hex(dossier), hex(plan), tekst, volgorde FROM doel ORDER BY id",
	"SELECT 'stap', hex(id), hex(dossier), hex(plan), wat FROM stap ORDER BY id",
	"SELECT 'grave', table_no, hex(key), hex(row) FROM bsync_grave ORDER BY table_no, key",
	"SELECT 'conflict', table_no, hex(key), column_no, hex(id) FROM bsync_conflict ORDER BY table_no, key, column_no",
	"SELECT 'past', table_no, hex(key), column_no, hex(l.line), seq, quote(value) FROM bsync_history h "
	"JOIN bsync_line l ON l.no = h.line_no ORDER BY table_no, key, column_no, l.line, seq",
	"SELECT 'item', kind, table_no, hex(key), hex(author), reason, seq, hex(cells), hex(id) FROM bsync_item "
	"WHERE resolved_counter IS NULL AND kind <> 'deleted' ORDER BY id",
	/* Of two deletes that meet an edit one may have found nothing to delete. */
	"SELECT DISTINCT 'stayed', table_no, hex(key) FROM bsync_item i WHERE resolved_counter IS NULL AND "
	"kind = 'deleted' AND NOT EXISTS (SELECT 1 FROM bsync_grave g WHERE g.table_no = i.table_no AND g.key = i.key) "
	"ORDER BY table_no, key",
	"SELECT 'signed', hex(key), seq, has_fork, hex(content) FROM bsync_freeze ORDER BY key",
};

static void dump(struct scene *scene, char out[DUMP_SIZE])
{
	sqlite3 *handle = NULL;
	size_t size = 0;

	if (sqlite3_open(scene->path, &handle) != SQLITE_OK)
		abort();
	for (size_t i = 0; i < sizeof(dump_queries) / sizeof(dump_queries[0]); i++) {
		sqlite3_stmt *row = NULL;

		if (sqlite3_prepare_v2(handle, dump_queries[i], -1, &row, NULL) != SQLITE_OK)
			abort();
		while (sqlite3_step(row) == SQLITE_ROW) {
			for (int c = 0; c < sqlite3_column_count(row); c++) {
				const char *text = (const char *)sqlite3_column_text(row, c);

				size += (size_t)snprintf(out + size, DUMP_SIZE - size, "%s%s", c == 0 ? "" : " ",
							 text != NULL ? text : "-");
			}
			size += (size_t)snprintf(out + size, DUMP_SIZE - size, "\n");
		}
		sqlite3_finalize(row);
	}
	sqlite3_close(handle);
}

static void office_open(struct office *office)
{
	scene_pair_open(&office->pair, "tests/schemas/plan");
	scene_worker(&office->pair.scene, "Dirk", "Zuid");
	office->dirk = scene_device(&office->pair.scene, "Dirk");
	scene_pair_share(
		&office->pair,
		"insert dossier #d naam=gezin;"
		"insert plan #p dossier=#d titel=samen inzet=oud begin=5 notitie=let-op thema+{geld} status=besproken;"
		"insert doel #g1 dossier=#d plan=#p tekst=een volgorde=1;"
		"insert doel #g2 dossier=#d plan=#p tekst=twee volgorde=2;"
		"insert stap #s1 dossier=#d plan=#p wat=bellen");
	scene_pull(&office->pair.scene, &office->dirk);
}

static struct scene_device *device_of(struct office *office, int device)
{
	return device == 0 ? &office->pair.anna : device == 1 ? &office->pair.bram : &office->dirk;
}

/* The next order of `count` parts after `order`; false after the last. */
static bool order_next(int *order, int count)
{
	int i = count - 2;
	int k = count - 1;

	while (i >= 0 && order[i] > order[i + 1])
		i--;
	if (i < 0)
		return false;
	while (order[k] < order[i])
		k--;
	int swap = order[i];
	order[i] = order[k];
	order[k] = swap;
	for (int a = i + 1, b = count - 1; a < b; a++, b--) {
		swap = order[a];
		order[a] = order[b];
		order[b] = swap;
	}
	return true;
}

/* A device hands in its changesets in the order in which it made them. */
static bool is_possible(const struct part *parts, const int *order, int count)
{
	for (int i = 0; i < count; i++) {
		for (int k = i + 1; k < count; k++) {
			if (parts[order[i]].device == parts[order[k]].device && order[i] > order[k])
				return false;
		}
	}
	return true;
}

/* Bram does `early`, which Dirk sees and Anna does not.  Then all parts are made before anybody hands one in, and they are
 * handed in by `order`. */
static void run(struct office *office, const char *early, const struct part *parts, const int *order, int count,
		char why[WHY_SIZE])
{
	struct scene *scene = &office->pair.scene;
	struct scene_set sets[PARTS_MAX];

	office_open(office);
	if (early != NULL) {
		scene_do(scene, &office->pair.bram, early);
		scene_pull(scene, &office->pair.bram);
		scene_pull(scene, &office->dirk);
	}
	for (int i = 0; i < count; i++)
		sets[i] = scene_make(scene, device_of(office, parts[i].device), parts[i].text);
	for (int i = 0; i < count; i++) {
		const struct part *part = &parts[order[i]];
		enum bsync_result result = scene_hand_in(scene, device_of(office, part->device), &sets[order[i]]);
		const char *findings = NULL;

		if (result != BSYNC_OK || scene->receipt.verdict == BSYNC_VERDICT_QUARANTINED)
			snprintf(why, WHY_SIZE, "%s was not taken: %s", part->text, scene->reason);
		findings = scene_check(scene);
		if (findings[0] != '\0')
			snprintf(why, WHY_SIZE, "after %s: %s", part->text, findings);
	}
	for (int i = 0; i < count; i++)
		scene_set_free(&sets[i]);
}

/* Every order gives the same file, or the text says what differs; leaves the last one open. */
static const char *orders_try(struct office *office, const char *early, const struct part *parts, int count)
{
	static char first[DUMP_SIZE];
	static char now[DUMP_SIZE];
	static char why[WHY_SIZE];
	int order[PARTS_MAX] = {0, 1, 2, 3};
	bool has_first = false;
	bool has_more = true;

	why[0] = '\0';
	while (has_more) {
		if (is_possible(parts, order, count)) {
			if (has_first)
				scene_close(&office->pair.scene);
			run(office, early, parts, order, count, why);
			dump(&office->pair.scene, now);
			if (!has_first)
				memcpy(first, now, sizeof(first));
			if (strcmp(now, first) != 0)
				snprintf(why, WHY_SIZE, "order %d %d %d %d\n--- first\n%s--- now\n%s", order[0],
					 order[1], order[2], order[3], first, now);
			has_first = true;
		}
		has_more = order_next(order, count);
	}
	return why;
}

#define TRY_AFTER(office, early, ...)                                                                          \
	do {                                                                                                   \
		const struct part try_parts[] = {__VA_ARGS__};                                                 \
		CHECK_STR(orders_try(office, early, try_parts, sizeof(try_parts) / sizeof(try_parts[0])), ""); \
	} while (0)
#define TRY(office, ...) TRY_AFTER(office, NULL, __VA_ARGS__)

#define SIGN "update plan #p status=ondertekend getekend=1-april"

TEST(a_signature_alone_makes_no_copy)
{
	struct office office;

	TRY(&office, {0, SIGN});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM plan"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_freeze WHERE has_fork = 0"), 1);
	scene_close(&office.pair.scene);
}

TEST(an_edit_the_signer_had_not_seen_goes_to_a_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=nieuw"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet FROM plan WHERE status = 'ondertekend'"), "oud");
	CHECK_STR(scene_sql(&office.pair.scene,
			    "SELECT titel || inzet || begin || notitie || thema || coalesce(getekend, '-') FROM plan "
			    "WHERE status = 'concept'"),
		  "samennieuw5let-op[\"geld\"]-");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel WHERE plan = (SELECT id FROM plan WHERE "
						 "status = 'concept')"),
		 2);
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT kind || reason FROM bsync_item"),
		  "latesigned without having seen this");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 1);
	scene_close(&office.pair.scene);
}

TEST(a_goal_the_signer_had_not_seen_hangs_on_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "insert doel #g3 dossier=#d plan=#p tekst=drie"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 2);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept'"),
		 3);
	scene_close(&office.pair.scene);
}

TEST(a_delete_the_signer_had_not_seen_takes_the_copy_away)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "delete doel #g2"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 2);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept'"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(edits_of_two_workers_are_a_conflict_in_the_copy_alone)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=bram titel=ander"}, {2, "update plan #p inzet=dirk begin=3"});
	CHECK_STR(
		scene_sql(&office.pair.scene, "SELECT inzet || titel || begin FROM plan WHERE status = 'ondertekend'"),
		"oudsamen5");
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT titel || begin FROM plan WHERE status = 'concept'"), "ander3");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 2);
	scene_close(&office.pair.scene);
}

TEST(an_edit_of_a_goal_the_signer_wrote_too_is_a_conflict_in_the_copy)
{
	struct office office;

	TRY(&office, {0, "update doel #g1 tekst=anna"}, {0, SIGN}, {1, "update doel #g1 tekst=bram volgorde=9"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT tekst || volgorde FROM doel d JOIN plan p ON p.id = d.plan "
						"WHERE p.status = 'ondertekend' AND tekst <> 'twee'"),
		  "anna9");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	scene_close(&office.pair.scene);
}

TEST(a_delete_and_an_edit_of_one_goal_meet_in_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "delete doel #g1"}, {2, "update doel #g1 tekst=dirk"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend' AND tekst = 'een'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept' AND tekst = 'dirk'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted' AND "
						 "resolved_counter IS NULL"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(a_delete_of_a_goal_the_signer_changed_is_noted_in_the_copy)
{
	struct office office;

	TRY(&office, {0, "update doel #g1 tekst=anna"}, {0, SIGN}, {1, "delete doel #g1"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel"), 4);
	scene_close(&office.pair.scene);
}

TEST(a_goal_the_signer_took_out_is_not_signed)
{
	struct office office;

	TRY(&office, {0, "delete doel #g1"}, {0, SIGN}, {1, "delete doel #g1"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM plan"), 1);
	scene_close(&office.pair.scene);
	TRY(&office, {0, "delete doel #g1"}, {0, SIGN}, {1, "update doel #g1 tekst=bram"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept' AND d.tekst = 'bram'"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(a_step_that_is_moved_is_moved_in_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "insert plan #q dossier=#d; update stap #s1 plan=#q"},
	    {2, "insert stap #s2 dossier=#d plan=#p wat=mailen"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.status = 'ondertekend'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.status IS NULL"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(what_is_not_frozen_goes_on)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p notitie=later bezoek+=1"}, {2, "update doel #g1 volgorde=7"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT notitie || bezoek FROM plan"), "later1");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	scene_close(&office.pair.scene);
}

TEST(two_edits_of_one_line_and_an_insert_with_its_edit)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=a; insert doel #g3 dossier=#d plan=#p tekst=c"},
	    {1, "update plan #p inzet=b; update doel #g3 tekst=d"}, {2, "update plan #p notitie=n; delete doel #g2"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet FROM plan WHERE status = 'concept'"), "b");
	scene_close(&office.pair.scene);
}

TEST(what_others_made_of_an_edit_the_signer_had_not_seen_stays_together)
{
	struct office office;

	TRY_AFTER(&office, "update plan #p inzet=bram; insert doel #g3 dossier=#d plan=#p tekst=drie; delete doel #g2",
		  {0, SIGN}, {2, "update plan #p inzet=dirk; update doel #g3 tekst=vier; update doel #g1 tekst=acht"},
		  {1, "update plan #p titel=bram"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet || titel FROM plan WHERE status = 'ondertekend'"),
		  "oudsamen");
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet || titel FROM plan WHERE status = 'concept'"),
		  "dirkbram");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	scene_close(&office.pair.scene);
}

/* Anna has signed and all have seen it. */
static void signed_open(struct office *office)
{
	office_open(office);
	scene_pair_share(&office->pair, SIGN);
	scene_pull(&office->pair.scene, &office->dirk);
}

TEST(who_has_seen_the_signature_changes_nothing_of_what_was_signed)
{
	static const char *const texts[] = {
		"update plan #p inzet=anders",
		"insert doel #g3 dossier=#d plan=#p tekst=drie",
		"delete doel #g1",
		"delete plan #p",
		"update stap #s1 plan=#q",
		"update doel #g1 tekst=x",
		"delete stap #s1",
	};
	struct office office;
	static char before[DUMP_SIZE];
	static char after[DUMP_SIZE];
	struct scene *scene = &office.pair.scene;

	signed_open(&office);
	dump(scene, before);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK_EQ(scene_do(scene, &office.pair.bram, texts[i]), BSYNC_VERDICT_INBOX);
		CHECK(strstr(scene->reason, "refused: this was signed") != NULL);
		CHECK_STR(scene_check(scene), "");
		scene_pull(scene, &office.pair.bram);
	}
	/* The signer too. */
	CHECK_EQ(scene_do(scene, &office.pair.anna, "update plan #p inzet=toch"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 8);
	scene_damage(scene, "UPDATE bsync_item SET resolved_counter = 1");
	dump(scene, after);
	CHECK_STR(after, before);
	scene_close(scene);
}

TEST(a_state_that_goes_on_keeps_what_was_signed_and_a_new_round_lets_go)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;

	office_open(&office);
	late = scene_make(scene, &office.dirk, "update plan #p inzet=laat");
	scene_pair_share(&office.pair, SIGN);
	scene_pair_share(&office.pair, "update plan #p status=vervangen");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=x"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_hand_in(scene, &office.dirk, &late), BSYNC_OK);
	CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan WHERE status = 'concept'"), "laat");
	scene_pair_share(&office.pair, "update plan #p status=concept/2");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=nieuw"), BSYNC_VERDICT_APPLIED);
	scene_pull(scene, &office.pair.anna);
	scene_pair_share(&office.pair, "update plan #p status=ondertekend/2");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=weer"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'ondertekend/2'"), "nieuwoud");
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&late);
	scene_close(scene);
}

TEST(a_second_signature_over_the_same_words_is_nothing_new)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set second;

	office_open(&office);
	second = scene_make(scene, &office.pair.bram, "update plan #p status=ondertekend notitie=bram");
	scene_do(scene, &office.pair.anna, SIGN);
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &second), BSYNC_OK);
	CHECK(scene->receipt.verdict != BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT notitie FROM plan"), "bram");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan"), 1);
	scene_set_free(&second);
	scene_close(scene);
}

TEST(a_second_signature_over_other_words_is_left_to_a_person)
{
	static const char *const edits[] = {
		"update plan #p inzet=anders",
		"update doel #g1 tekst=anders",
		"insert doel #g3 dossier=#d plan=#p tekst=drie",
		"delete doel #g2",
	};

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct office office;
		struct scene *scene = &office.pair.scene;
		struct scene_set sets[2];

		office_open(&office);
		sets[0] = scene_make(scene, &office.pair.bram, edits[i]);
		sets[1] = scene_make(scene, &office.pair.bram, "update plan #p status=ondertekend notitie=bram");
		scene_do(scene, &office.pair.anna, SIGN);
		for (int k = 0; k < 2; k++) {
			CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &sets[k]), BSYNC_OK);
			CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_INBOX);
			CHECK_STR(scene_check(scene), "");
			scene_set_free(&sets[k]);
		}
		CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'late' AND reason = "
					    "'another signature stands, under other words'"),
			 1);
		CHECK_STR(scene_sql(scene, "SELECT inzet || notitie FROM plan WHERE status = 'ondertekend'"),
			  "oudlet-op");
		scene_close(scene);
	}
}

TEST(of_a_conflict_the_signer_saw_the_shown_version_is_signed)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set other;

	office_open(&office);
	other = scene_make(scene, &office.dirk, "update plan #p inzet=dirk");
	scene_do(scene, &office.pair.bram, "update plan #p inzet=bram");
	CHECK_EQ(scene_hand_in(scene, &office.dirk, &other), BSYNC_OK);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_conflict"), 1);
	scene_pull(scene, &office.pair.anna);
	CHECK_EQ(scene_do(scene, &office.pair.anna, SIGN), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_conflict"), 0);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan"), "bram");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_history WHERE value = 'dirk'"), 1);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan"), 1);
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&other);
	scene_close(scene);
}

TEST(a_plan_that_is_born_signed_is_frozen)
{
	struct office office;
	struct scene *scene = &office.pair.scene;

	office_open(&office);
	scene_pair_share(&office.pair, "insert plan #q dossier=#d inzet=meteen status=ondertekend;"
				       "insert doel #h dossier=#d plan=#q tekst=een");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #q inzet=later"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update doel #h tekst=later"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan WHERE status = 'ondertekend'"), "meteen");
	CHECK_STR(scene_check(scene), "");
	scene_close(scene);
}

TEST(the_author_gets_back_what_was_signed_and_the_copy)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;
	const char *pull = NULL;

	office_open(&office);
	late = scene_make(scene, &office.pair.bram, "update plan #p inzet=laat; delete doel #g1");
	scene_do(scene, &office.pair.anna, SIGN);
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &late), BSYNC_OK);
	CHECK(strstr(scene->reason, "late: signed without having seen this") != NULL);
	pull = scene_pull(scene, &office.pair.bram);
	CHECK(strstr(pull, "titel=samen inzet=oud") != NULL);
	CHECK(strstr(pull, "titel=samen inzet=laat") != NULL);
	CHECK(strstr(pull, "tekst=een") != NULL);
	CHECK(strstr(pull, " late open") != NULL);
	scene_set_free(&late);
	scene_close(scene);
}

TEST(the_operator_changes_nothing_of_what_was_signed)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;
	uint8_t id[16];
	sqlite3 *handle = NULL;
	sqlite3_stmt *row = NULL;

	signed_open(&office);
	late = scene_make(scene, &office.pair.bram, "update plan #p inzet=toch");
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &late), BSYNC_OK);
	CHECK_EQ(sqlite3_open(scene->path, &handle), SQLITE_OK);
	CHECK_EQ(sqlite3_prepare_v2(handle, "SELECT id FROM bsync_item", -1, &row, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_step(row), SQLITE_ROW);
	memcpy(id, sqlite3_column_blob(row, 0), sizeof(id));
	sqlite3_finalize(row);
	sqlite3_close(handle);
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(bsync_store_inbox_resolve(scene->store, id, 2, NULL, scene->now_ms), BSYNC_INVALID);
	CHECK_STR(bsync_store_refusal(scene->store), "this was signed");
	CHECK_EQ(bsync_store_inbox_resolve(scene->store, id, 1, NULL, scene->now_ms), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(scene->store, &scene->touched), BSYNC_OK);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan"), "oud");
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&late);
	scene_close(scene);
}

/* One thing that somebody can do; %s is who. */
static const char *const deeds[] = {
	"update plan #p inzet=%s",
	"update plan #p titel=%s begin=2",
	"update plan #p notitie=%s bezoek+=1 thema+{%s}",
	"insert doel #g-%s dossier=#d plan=#p tekst=%s",
	"update doel #g1 tekst=%s",
	"update doel #g1 tekst=%s volgorde=3; insert doel #g4-%s dossier=#d plan=#p tekst=vier",
	"update doel #g1 volgorde=4",
	"delete doel #g1",
	"delete doel #g1; update plan #p inzet=%s",
	"update stap #s1 wat=%s",
	"update stap #s1 plan=#q",
	"update plan #p status=concept",
	/* A row that the signer deleted too, and others bring back and move away, leaves a copy behind or not. */
	"delete stap #s1",
};

enum { DEED_COUNT = sizeof(deeds) / sizeof(deeds[0]), EARLY_COUNT = DEED_COUNT - 1, DEED_SIZE = 200 };

static const char *deed(size_t index, const char *who, char text[DEED_SIZE])
{
	const char *at = deeds[index];
	size_t size = 0;

	text[0] = '\0';
	while (*at != '\0') {
		const bool is_name = at[0] == '%' && at[1] == 's';

		size += (size_t)snprintf(text + size, DEED_SIZE - size, "%.*s", is_name ? (int)strlen(who) : 1,
					 is_name ? who : at);
		at += is_name ? 2 : 1;
	}
	return text;
}

TEST(whatever_two_workers_do_beside_a_signature_ends_alike_in_every_order)
{
	/* A prime beside which each combination is met in another order; a few of them a run. */
	const size_t total = (size_t)DEED_COUNT * DEED_COUNT * (EARLY_COUNT + 1) * (EARLY_COUNT + 1);
	const char *only = getenv("FREEZE_TRIES");
	const size_t tries = only != NULL ? strtoul(only, NULL, 10) : 6;
	const size_t start = getenv("FREEZE_START") != NULL ? strtoul(getenv("FREEZE_START"), NULL, 10) : 0;

	for (size_t i = start; i < start + tries; i++) {
		size_t pick = (i * 7919 + 13) % total;
		struct office office;
		char texts[4][DEED_SIZE];
		size_t early;
		size_t own;

		deed(pick % DEED_COUNT, "bram", texts[0]);
		pick /= DEED_COUNT;
		deed(pick % DEED_COUNT, "dirk", texts[1]);
		pick /= DEED_COUNT;
		early = pick % (EARLY_COUNT + 1);
		own = pick / (EARLY_COUNT + 1);
		if (early < EARLY_COUNT)
			deed(early, "eerst", texts[2]);
		deed(own < EARLY_COUNT ? own : 2, "anna", texts[3]);
		printf("# %zu: %s | %s | %s | %s\n", i, early < EARLY_COUNT ? texts[2] : "", texts[3], texts[0],
		       texts[1]);
		TRY_AFTER(&office, early < EARLY_COUNT ? texts[2] : NULL, {0, texts[3]}, {0, SIGN}, {1, texts[0]},
			  {2, texts[1]});
		scene_close(&office.pair.scene);
	}
}
