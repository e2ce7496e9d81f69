/* Databases that an earlier build left (tests/kept): today's code opens them, goes on in them, and their schema grows. */
#include <sqlite3.h>
#include <unistd.h>

#include "client-sdk/store/file.h"
#include "tests/support/device_scene.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { DUMP_MAX = 1 << 20, FILES_MAX = 4 };

/* Runs a dump on a new database. */
static bool restore(const char *name, const char *path)
{
	static char text[DUMP_MAX];
	char from[300];
	sqlite3 *db = NULL;
	size_t size = 0;
	bool is_done = false;

	snprintf(from, sizeof from, "%s/tests/kept/%s", BSYNC_SOURCE_DIR, name);
	FILE *file = fopen(from, "rb");
	if (file != NULL) {
		size = fread(text, 1, sizeof text - 1, file);
		fclose(file);
	}
	text[size] = '\0';
	unlink(path);
	if (size != 0 && sqlite3_open(path, &db) == SQLITE_OK)
		is_done = sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK;
	if (!is_done)
		printf("  %s: %s\n", from, db != NULL ? sqlite3_errmsg(db) : "no file");
	sqlite3_close(db);
	return is_done;
}

static bool store_open(struct scene *scene)
{
	memset(scene, 0, sizeof *scene);
	snprintf(scene->folder, sizeof scene->folder, "/tmp/bsync-store-XXXXXX");
	if (mkdtemp(scene->folder) == NULL)
		return false;
	snprintf(scene->path, sizeof scene->path, "%s/store.db", scene->folder);
	memset(scene->key.bytes, 7, sizeof scene->key.bytes);
	scene->now_ms = SCENE_NOW_MS + 3600 * 1000;
	scene->chance = 4711;
	scene->device_count = 2; /* that are in it */
	scene->random = scene_random(scene);
	return restore("store.sql", scene->path) &&
	       bsync_store_open(scene->path, &scene->key, &scene->random, &scene->store) == BSYNC_OK &&
	       bsync_view_open(scene->path, &scene->key, &scene->view) == BSYNC_OK;
}

/* The files that a schema has, with one more. */
static uint32_t files_with(const char *more, struct bsync_schema_file files[FILES_MAX],
			   const struct bsync_schema_source *kept)
{
	uint32_t count = 0;

	while (count < kept->file_count && count + 1 < FILES_MAX) {
		files[count] = kept->files[count];
		count++;
	}
	files[count] = (struct bsync_schema_file){"0100_meer.sql", bsync_bytes_of_string(more)};
	return count + 1;
}

TEST(kept_store_is_whole_and_its_schema_grows)
{
	static const char more[] =
		"ALTER TABLE punt ADD COLUMN kleur TEXT; INSERT INTO sync_column(tbl, name, rule, doelbinding)"
		" VALUES('punt', 'kleur', 'lww', 'd')";
	struct bsync_schema_file files[FILES_MAX];
	struct bsync_schema_source source = {.files = files};
	struct bsync_schema_report report = {0};
	struct bsync_schema_growth growth;
	struct scene_device cor;
	struct scene scene;

	CHECK(store_open(&scene));
	CHECK_STR(scene_check(&scene), "");
	source.file_count = files_with(more, files, bsync_store_schema_source(scene.store));
	CHECK_EQ(bsync_store_group_begin(scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_schema_apply(scene.store, &source, scene.now_ms, &report, &growth), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(scene.store, &scene.touched), BSYNC_OK);
	bsync_schema_report_clear(&report);
	CHECK_EQ(growth.from_version, 1);
	CHECK_EQ(growth.to_version, 100);
	CHECK_STR(scene_check(&scene), "");

	scene_worker(&scene, "cor", "Zuid");
	cor = scene_device(&scene, "cor");
	const char *pulled = scene_pull(&scene, &cor);
	CHECK(strstr(pulled, "tekst=bram") != NULL);
	CHECK(strstr(pulled, "anna") != NULL);
	/* What was deleted before the column was there comes back with it. */
	CHECK_EQ(scene_do(&scene, &cor,
			  "update punt werk,1 kleur=rood aantal+=1; insert punt werk,2 tekst=weer kleur=wit"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_sql(&scene, "SELECT kleur || aantal FROM punt WHERE nr = 1"), "rood6");
	CHECK_STR(scene_sql(&scene, "SELECT kleur || tekst FROM punt WHERE nr = 2"), "witweer");
	/* What has waited since finds its list. */
	CHECK_EQ(scene_count(&scene, "SELECT count(*) FROM bsync_set_aside"), 1);
	CHECK_EQ(scene_do(&scene, &cor, "insert lijst geheim titel=Open"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&scene, "SELECT count(*) FROM bsync_set_aside"), 0);
	CHECK_STR(scene_check(&scene), "");
	scene_close(&scene);
}

/* Gives the file the SCHEMA of what it has and one more. */
static enum bsync_result upgrade(struct bsync_file *file, const char *more)
{
	static char sql[1 << 16];
	struct bsync_schema_text texts[2] = {{.name = bsync_bytes_of_string("0001_proef.sql")},
					     {bsync_bytes_of_string("0002_meer.sql"), bsync_bytes_of_string(more)}};
	const struct bsync_schema_files files = {.version = 2, .count = 2, .files = texts};
	struct bsync_buffer payload;

	snprintf(sql, sizeof sql, "%s", device_scene_text(file, "SELECT sql FROM bsync_schema_file WHERE version = 1"));
	texts[0].sql = bsync_bytes_of_string(sql);
	bsync_buffer_init(&payload, 1 << 20);
	enum bsync_result result = bsync_schema_encode(&files, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_schema_files(file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

TEST(kept_device_has_its_rows_and_its_work_and_its_schema_grows)
{
	struct device_scene scene;
	struct bsync_file_status status;
	struct bsync_changeset set;

	CHECK(device_scene_prepare(&scene));
	CHECK(restore("device.sql", scene.path));
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	CHECK_STR(device_scene_text(scene.file, "SELECT naam || teller FROM dossier"), "eigen naam11");
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.schema_version, 2);
	CHECK_EQ(status.pending, 2);
	CHECK_EQ(status.cursor.counter, 20);
	CHECK_EQ(bsync_outbox_open(scene.file, 1, &scene.arena, &set), BSYNC_OK);
	CHECK_EQ(set.schema_version, 1);
	CHECK(device_scene_run(scene.file,
			       "UPDATE notitie SET kleur = 'rood'; INSERT INTO extra(id, wat) VALUES(x'01', 'iets')"));
	CHECK_EQ(bsync_outbox_open(scene.file, 3, &scene.arena, &set), BSYNC_OK);
	CHECK_EQ(set.schema_version, 2);
	CHECK_STR(device_scene_text(scene.file,
				    "SELECT group_concat(tekst || kleur) FROM (SELECT * FROM notitie ORDER BY id)"),
		  "eigenrood,gepulldrood");
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 31), BSYNC_OK);
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier"), "eigen naam");
	device_scene_clear(&scene);
}
