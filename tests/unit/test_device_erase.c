/* What is left in the file of rows that a device may not hold any more: nothing. */
#include "client-sdk/store/file.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

static const uint8_t one = 1;

/* The file as it lies there, as one of its own. */
static bool copy(struct device_scene *scene)
{
	static const char *const ends[] = {"", "-wal"};

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char from[DEVICE_SCENE_PATH_SIZE + 16], to[DEVICE_SCENE_PATH_SIZE + 16];
		FILE *in = NULL, *out = NULL;
		bool is_good = false;

		snprintf(from, sizeof from, "%s%s", scene->path, ends[i]);
		snprintf(to, sizeof to, "%s2%s", scene->path, ends[i]);
		in = fopen(from, "rb");
		out = fopen(to, "wb");
		is_good = in != NULL && out != NULL;
		for (int byte = is_good ? getc(in) : EOF; byte != EOF; byte = getc(in))
			is_good = putc(byte, out) != EOF && is_good;
		if (in != NULL)
			fclose(in);
		if (out == NULL || fclose(out) != 0 || !is_good)
			return false;
	}
	return true;
}

/* How often the marker is in the file or in what SQLite keeps beside it. */
static uint32_t found(const struct device_scene *scene, const char *marker)
{
	static const char *const ends[] = {"", "-wal", "-journal"};
	const size_t size = strlen(marker);
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char path[DEVICE_SCENE_PATH_SIZE + 16];
		size_t at = 0;
		FILE *file = NULL;

		snprintf(path, sizeof path, "%s%s", scene->path, ends[i]);
		file = fopen(path, "rb");
		for (int byte = file != NULL ? getc(file) : EOF; byte != EOF; byte = getc(file)) {
			at = byte == marker[at] ? at + 1 : byte == marker[0];
			count += at == size;
			at = at == size ? 0 : at;
		}
		if (file != NULL)
			fclose(file);
	}
	return count;
}

/* Notes of two households among each other, of different lengths, some of which grow: pages are put together anew. */
static bool notes_make(struct device_scene *scene)
{
	return pull_scene_make(scene) &&
	       device_scene_run(scene->file, "WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499) "
					     "INSERT INTO notitie(id, dossier_id, tekst) SELECT randomblob(16), "
					     "iif(i % 2, x'01', x'02'), iif(i % 2, 'vertrek', 'blijven') || i || "
					     "hex(zeroblob(i % 97)) FROM n") &&
	       device_scene_run(scene->file,
				"UPDATE notitie SET tekst = tekst || hex(zeroblob(20)) WHERE length(tekst) % 5 = 0");
}

/* A statement that stands on a row. */
static bool reads(struct bsync_file *file, sqlite3_stmt **reading)
{
	static const char sql[] = "SELECT tekst FROM notitie";
	const char *tail = NULL;
	bool has_row = false;

	return bsync_file_prepare(file, sql, sizeof sql - 1, reading, &tail) == BSYNC_OK &&
	       bsync_file_step(file, *reading, &has_row) == BSYNC_OK && has_row;
}

TEST(nothing_of_a_dropped_scope_is_left_in_the_file)
{
	struct device_scene scene;

	CHECK(notes_make(&scene));
	CHECK(found(&scene, "vertrek") > 0);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM notitie"), 750);
	CHECK_EQ(found(&scene, "vertrek"), 0);
	CHECK(found(&scene, "blijven") >= 750);
	device_scene_clear(&scene);
}

TEST(what_others_read_meanwhile_is_erased_later)
{
	struct device_scene scene;
	struct bsync_file *other = NULL;
	sqlite3_stmt *reading = NULL;

	CHECK(notes_make(&scene));
	other = device_scene_open(&scene);
	CHECK(other != NULL);
	CHECK(reads(other, &reading));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK(found(&scene, "vertrek") > 0);
	CHECK_EQ(bsync_file_finalize(other, reading), BSYNC_OK);
	bsync_file_close(other);
	CHECK_EQ(found(&scene, "vertrek"), 0);
	device_scene_clear(&scene);
}

TEST(what_a_process_left_that_was_killed_is_erased_when_the_file_is_opened)
{
	struct device_scene scene;
	struct bsync_file *other = NULL;
	sqlite3_stmt *reading = NULL;

	CHECK(notes_make(&scene));
	other = device_scene_open(&scene);
	CHECK(other != NULL);
	CHECK(reads(other, &reading));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK(copy(&scene));
	CHECK_EQ(bsync_file_finalize(other, reading), BSYNC_OK);
	bsync_file_close(other);
	bsync_file_close(scene.file);
	memcpy(scene.path + strlen(scene.path), "2", 2);
	CHECK(found(&scene, "vertrek") > 0);
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	CHECK_EQ(found(&scene, "vertrek"), 0);
	device_scene_clear(&scene);
}

TEST(what_one_row_leaves_behind_is_erased_when_the_file_is_closed)
{
	struct device_scene scene;

	CHECK(notes_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "vertrek van een", 12), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, NULL, 13), BSYNC_OK);
	CHECK(found(&scene, "vertrek van een") > 0);
	bsync_file_close(scene.file);
	scene.file = NULL;
	CHECK_EQ(found(&scene, "vertrek van een"), 0);
	CHECK(found(&scene, "vertrek") > 0);
	device_scene_clear(&scene);
}

/* A WELCOME of that life of the store. */
static enum bsync_result meet(struct device_scene *scene, uint32_t number)
{
	struct bsync_life first = {.incarnation = 1, .id = {1}};
	struct bsync_welcome welcome = {.protocol = 1,
					.incarnation = number,
					.incarnation_id = {(uint8_t)number},
					.server_ms = INT64_C(1767225700000),
					.is_cut = number > 1,
					.ancestor_count = number - 1,
					.ancestors = &first};

	return bsync_file_welcome(scene->file, &welcome);
}

TEST(nothing_of_what_a_restored_store_no_longer_gives_is_left_in_the_file)
{
	const uint64_t later = (UINT64_C(1) << 32) + 1;
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(meet(&scene, 1), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "vertrek van een", 12), BSYNC_OK);
	CHECK_EQ(meet(&scene, 2), BSYNC_OK);
	CHECK(found(&scene, "vertrek van een") > 0);
	CHECK_EQ(device_scene_pull_end(&scene, later), BSYNC_OK);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM notitie"), 0);
	CHECK_EQ(found(&scene, "vertrek van een"), 0);
	device_scene_clear(&scene);
}

/* Dossier 1, held until an hour from now; then the hour passes. */
static bool ended_make(struct device_scene *scene)
{
	enum { HOUR = 3600000 };
	bool has_dropped = false;

	if (!pull_scene_make(scene) ||
	    pull_scope_until(scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one), scene->clock.wall_ms + HOUR) !=
		    BSYNC_OK ||
	    device_scene_pull_end(scene, 11) != BSYNC_OK)
		return false;
	scene->clock.wall_ms += 2 * HOUR;
	scene->clock.uptime_ms += 2 * HOUR;
	return bsync_file_drop_ended(scene->file, &has_dropped) == BSYNC_OK && has_dropped;
}

/* A conversation begins. */
static bool greet(struct device_scene *scene)
{
	struct bsync_arena arena;
	struct bsync_hello hello;
	uint32_t known_epoch = 0;

	bsync_arena_init(&arena, 1 << 20);
	enum bsync_result result = bsync_file_hello(scene->file, &arena, &hello, &known_epoch);
	bsync_arena_clear(&arena);
	return result == BSYNC_OK;
}

/* A pull that is cut off in the middle, with rows of two dossiers. */
static bool cut_pull(struct device_scene *scene)
{
	enum { NAAM = 2, ROWS = 800 };
	static const uint8_t two = 2;
	static char text[200];

	for (uint32_t i = 0; i < ROWS; i++) {
		struct pull_row row;

		snprintf(text, sizeof text, "%s%*u", i % 10 ? "vertrek" : "blijft", (int)(1 + i * 37 % 150), i);
		pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, i % 10 ? one : two, 12);
		pull_row_text(&row, NAAM, text);
		if (pull_send(scene, pull_scope_dossier(i % 10 ? &one : &two), &row) != BSYNC_OK)
			return false;
	}
	bsync_file_stage_from(scene->file, 1);
	bsync_file_pull_cut(scene->file);
	return device_scene_integer(scene->file, "SELECT count(*) FROM bsync_stage") == ROWS;
}

/* The next contact forgets it: the store gives it again or not. */
TEST(what_waited_to_be_shown_of_a_scope_that_has_ended_is_erased_when_the_file_is_closed)
{
	struct device_scene scene;

	CHECK(ended_make(&scene));
	CHECK(greet(&scene));
	CHECK(cut_pull(&scene));
	CHECK(found(&scene, "vertrek") > 0);
	CHECK(greet(&scene));
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_stage"), 80);
	bsync_file_close(scene.file);
	scene.file = NULL;
	CHECK_EQ(found(&scene, "vertrek"), 0);
	CHECK(found(&scene, "blijft") >= 80);
	device_scene_clear(&scene);
}

TEST(what_is_typed_in_a_form_after_its_scope_was_dropped_leaves_no_bytes)
{
	struct device_scene scene;
	const struct bsync_value key = bsync_value_blob((struct bsync_bytes){&one, 1});

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(bsync_file_edit_begin(scene.file, "dossier", &key, 1), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK(device_scene_run(scene.file, "UPDATE dossier SET naam = 'vertrek', lokaal = 'vertrek' WHERE id = x'01'"));
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_outbox"), 1);
	bsync_file_close(scene.file);
	scene.file = NULL;
	CHECK_EQ(found(&scene, "vertrek"), 0);
	CHECK_EQ(found(&scene, "Jansen"), 0);
	device_scene_clear(&scene);
}
