#include "core/frame.h"
#include "core/schema/folder.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { FILES_MAX = 8 };

static const char more[] =
	"ALTER TABLE punt ADD COLUMN kleur TEXT;\n"
	"CREATE TABLE bord(id BLOB PRIMARY KEY, tekst TEXT) STRICT;\n"
	"CREATE TABLE kaart(id BLOB PRIMARY KEY, tekst TEXT) STRICT;\n"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('bord', 'g', 'l'), ('kaart', 'g', 'l');\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('punt', 'kleur', 'keep', 'd'),"
	" ('bord', 'id', 'key', 'd'), ('bord', 'tekst', 'lww', 'd'), ('kaart', 'id', 'key', 'd'), ('kaart', 'tekst', 'lww', 'd');\n"
	"INSERT INTO sync_circle(name, members, root) VALUES"
	"('bord_kring', 'SELECT id FROM lid WHERE :scope = ''bord'' AND naam <> ''bram''', 'bord');\n"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('bord_kring', 'lid', 'SELECT ''bord''');\n"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('bord', 'heel', '''bord''', 'bord_kring', '*'),"
	" ('kaart', 'heel', '''bord''', 'bord_kring', '*');\n";

/* A store of one file, and the files that it is to have. */
struct growing {
	struct scene_pair pair;
	struct bsync_schema_folder folder;
	struct bsync_schema_file files[FILES_MAX];
	struct bsync_schema_source source;
	struct bsync_schema_report report;
	struct bsync_schema_growth growth;
};

static void add(struct growing *growing, const char *name, const char *sql)
{
	growing->files[growing->source.file_count++] = (struct bsync_schema_file){name, bsync_bytes_of_string(sql)};
}

static bool growing_open(struct growing *growing)
{
	memset(growing, 0, sizeof(*growing));
	scene_pair_open(&growing->pair, "tests/schemas/lijst");
	if (bsync_schema_folder_read(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &growing->folder) != BSYNC_OK)
		return false;
	growing->files[0] = growing->folder.files[0];
	growing->source = growing->folder.source;
	growing->source.files = growing->files;
	scene_pair_share(&growing->pair, "insert lijst werk titel=Werk; insert punt werk,1 tekst=een");
	return growing->source.file_count == 1;
}

static void growing_close(struct growing *growing)
{
	bsync_schema_report_clear(&growing->report);
	bsync_schema_folder_clear(&growing->folder);
	scene_close(&growing->pair.scene);
}

/* In a group that is begun. */
static enum bsync_result try_it(struct growing *growing)
{
	bsync_schema_report_clear(&growing->report);
	return bsync_store_schema_apply(growing->pair.scene.store, &growing->source, growing->pair.scene.now_ms,
					&growing->report, &growing->growth);
}

static enum bsync_result apply(struct growing *growing)
{
	struct scene *scene = &growing->pair.scene;
	enum bsync_result result = bsync_store_group_begin(scene->store);

	if (result == BSYNC_OK)
		result = try_it(growing);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(scene->store, &scene->touched);
	else
		bsync_store_group_rollback(scene->store);
	return result;
}

static bool is_refused(struct growing *growing, const char *file, const char *words)
{
	const bool is_right = apply(growing) == BSYNC_SCHEMA && growing->report.error_count == 1 &&
			      strcmp(growing->report.problems[0].file, file) == 0 &&
			      strstr(growing->report.problems[0].text, words) != NULL;

	if (!is_right)
		bsync_schema_report_print(&growing->report, "x", stdout);
	return is_right && bsync_store_schema(growing->pair.scene.store)->version == 1 &&
	       scene_count(&growing->pair.scene, "SELECT count(*) FROM bsync_schema_file") == 1;
}

TEST(store_gets_what_a_new_file_adds_and_goes_on)
{
	struct growing growing;
	struct scene *scene = &growing.pair.scene;

	CHECK(growing_open(&growing));
	add(&growing, "0002_meer.sql", more);
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK_EQ(growing.growth.from_version, 1);
	CHECK_EQ(growing.growth.to_version, 2);
	CHECK(scene->touched.has_schema);
	CHECK_EQ(scene_do(scene, &growing.pair.anna, "update punt werk,1 kleur=rood; insert punt werk,2 tekst=twee"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(scene, &growing.pair.bram), "kleur=rood") != NULL);
	CHECK_STR(scene_check(scene), "");
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK_EQ(growing.growth.from_version, 2);
	CHECK(!scene->touched.has_schema);
	scene_reopen(scene);
	CHECK_EQ(bsync_store_schema(scene->store)->version, 2);
	CHECK_STR(scene_sql(scene, "SELECT kleur FROM punt WHERE nr = 1"), "rood");
	growing_close(&growing);
}

TEST(circle_that_is_new_knows_its_members_from_rows_that_were_there)
{
	struct growing growing;
	struct scene *scene = &growing.pair.scene;

	CHECK(growing_open(&growing));
	add(&growing, "0002_meer.sql", more);
	CHECK_EQ(apply(&growing), BSYNC_OK);
	/* Nobody begins a scope that has members. */
	CHECK_EQ(scene_do(scene, &growing.pair.bram, "insert bord #een tekst=bram"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_do(scene, &growing.pair.anna, "insert kaart #een tekst=dag"), BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(scene, &growing.pair.anna), "bord_kring") != NULL);
	CHECK(strstr(scene_pull(scene, &growing.pair.bram), "bord_kring") == NULL);
	CHECK_STR(scene_check(scene), "");
	growing_close(&growing);
}

TEST(act_that_is_undone_leaves_the_schema_as_it_was)
{
	struct growing growing;
	struct scene *scene = &growing.pair.scene;

	CHECK(growing_open(&growing));
	add(&growing, "0002_meer.sql", more);
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(try_it(&growing), BSYNC_OK);
	CHECK_EQ(bsync_store_schema(scene->store)->version, 2);
	bsync_store_group_rollback(scene->store);
	CHECK_EQ(bsync_store_schema(scene->store)->version, 1);
	CHECK_EQ(scene_do(scene, &growing.pair.anna, "update punt werk,1 tekst=nieuw"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK_STR(scene_check(scene), "");
	growing_close(&growing);
}

TEST(files_of_the_store_must_come_first_as_they_are)
{
	struct growing growing;

	CHECK(growing_open(&growing));
	growing.files[0].name = "0001_anders.sql";
	CHECK(is_refused(&growing, "0001_lijst.sql", "the folder has not"));
	growing.files[0] = growing.folder.files[0];
	growing.files[0].sql.size--;
	CHECK(is_refused(&growing, "0001_lijst.sql", "another text"));
	growing.files[0] = growing.folder.files[0];
	growing.source.dictionary = bsync_bytes_of_string("anders");
	CHECK(is_refused(&growing, "dictionary.txt", "fixed when the store is made"));
	growing.source.dictionary = growing.folder.source.dictionary;
	add(&growing, "0002_kwaad.sql", "UPDATE sync_column SET rule = 'lww' WHERE tbl = 'punt' AND name = 'tekst'");
	CHECK(is_refused(&growing, "0002_kwaad.sql", "sync_column"));
	growing_close(&growing);
}

TEST(work_of_a_later_version_waits_for_it)
{
	struct growing growing;
	struct scene *scene = &growing.pair.scene;
	struct scene_set sets[2];

	CHECK(growing_open(&growing));
	add(&growing, "0002_meer.sql", more);
	/* As a device writes that had the version before the store was put back. */
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(try_it(&growing), BSYNC_OK);
	sets[0] = scene_make(scene, &growing.pair.anna, "update punt werk,1 kleur=rood; insert bord #een tekst=dag");
	sets[1] = scene_make(scene, &growing.pair.anna, "update bord #een tekst=avond");
	bsync_store_group_rollback(scene->store);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(scene_hand_in(scene, &growing.pair.anna, &sets[i]), BSYNC_OK);
		CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_QUARANTINED);
		scene_set_free(&sets[i]);
	}
	CHECK_EQ(scene_do(scene, &growing.pair.bram, "update punt werk,1 titel=Een"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK(growing.growth.placed > 0);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_set_aside"), 0);
	CHECK_STR(scene_sql(scene, "SELECT kleur || titel FROM punt"), "roodEen");
	CHECK_STR(scene_sql(scene, "SELECT tekst FROM bord"), "avond");
	CHECK_STR(scene_check(scene), "");
	growing_close(&growing);
}

TEST(work_of_an_earlier_version_is_taken_as_ever)
{
	struct growing growing;
	struct scene *scene = &growing.pair.scene;
	struct scene_set old;

	CHECK(growing_open(&growing));
	add(&growing, "0002_meer.sql", more);
	old = scene_make(scene, &growing.pair.bram, "update punt werk,1 tekst=oud; insert punt werk,3 tekst=drie");
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK_EQ(scene_do(scene, &growing.pair.anna, "update punt werk,1 kleur=rood"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_hand_in(scene, &growing.pair.bram, &old), BSYNC_OK);
	CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_APPLIED);
	scene_set_free(&old);
	CHECK_STR(scene_sql(scene,
			    "SELECT group_concat(tekst || coalesce(kleur, '-')) FROM (SELECT * FROM punt ORDER BY nr)"),
		  "oudrood,drie-");
	CHECK_STR(scene_check(scene), "");
	growing_close(&growing);
}

/* The kinds of the frames of a pull by a device of that version. */
static enum bsync_result pull(struct growing *growing, uint32_t version, uint8_t *last)
{
	const struct bsync_pull_request request = {
		.device = growing->pair.bram.id,
		.worker = growing->pair.bram.worker,
		.schema_version = version,
		.now_ms = growing->pair.scene.now_ms,
	};
	struct bsync_pull *pull = NULL;
	struct bsync_buffer frames;
	bool is_done = false;
	enum bsync_result result = bsync_view_pull_begin(growing->pair.scene.view, &request, &pull);

	*last = 0;
	bsync_buffer_init(&frames, 8 << 20);
	if (result == BSYNC_OK)
		result = bsync_pull_next(pull, 8 << 20, &frames, &is_done);
	for (size_t at = 0; at + BSYNC_FRAME_HEADER_SIZE <= frames.size;) {
		const uint8_t *head = frames.data + at;

		*last = head[4];
		at += BSYNC_FRAME_HEADER_SIZE +
		      ((size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]);
	}
	bsync_buffer_clear(&frames);
	bsync_pull_free(pull);
	return result;
}

TEST(three_versions_before_are_served_and_those_before_them_are_given_the_schema_alone)
{
	static const char *const names[] = {"0002_a.sql", "0004_b.sql", "0005_c.sql", "0009_d.sql"};
	struct growing growing;
	char sql[4][200];
	uint8_t last = 0;

	CHECK(growing_open(&growing));
	for (int i = 0; i < 4; i++) {
		snprintf(sql[i], sizeof(sql[i]),
			 "ALTER TABLE punt ADD COLUMN k%d TEXT; INSERT INTO sync_column(tbl, name, rule, doelbinding)"
			 " VALUES('punt', 'k%d', 'lww', 'd')",
			 i, i);
		add(&growing, names[i], sql[i]);
	}
	CHECK_EQ(apply(&growing), BSYNC_OK);
	CHECK_EQ(growing.growth.to_version, 9);
	CHECK_EQ(pull(&growing, 9, &last), BSYNC_OK);
	CHECK_EQ(last, BSYNC_MESSAGE_PULL_END);
	CHECK_EQ(pull(&growing, 2, &last), BSYNC_OK);
	CHECK_EQ(last, BSYNC_MESSAGE_PULL_END);
	CHECK_EQ(pull(&growing, 1, &last), BSYNC_OLD_SCHEMA);
	CHECK_EQ(last, BSYNC_MESSAGE_SCHEMA);
	growing_close(&growing);
}
