/* The file itself: made whole, opened, guarded against what would break it, upgraded; and the words of a contact. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client-sdk/store/file.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

TEST(file_is_made_whole_and_knows_who_it_is)
{
	struct device_scene scene;
	struct stat status;

	CHECK(device_scene_make(&scene));
	const struct bsync_file_identity *identity = bsync_file_identity(scene.file);
	CHECK_BYTES(identity->device.bytes, 16, scene.enrolled.device.bytes, 16);
	CHECK_BYTES(identity->worker.bytes, 16, scene.enrolled.worker.bytes, 16);
	CHECK_STR(identity->organisation_name, "Proef");
	CHECK_STR(identity->worker_name, "Anna");
	CHECK_STR(identity->address, "localhost:1");
	CHECK_BYTES(identity->private_key.data, identity->private_key.size, scene.private_key.data,
		    scene.private_key.size);
	CHECK_EQ(stat(scene.path, &status), 0);
	CHECK_EQ(status.st_mode & 0777, 0600);
	INTEGER("PRAGMA synchronous", 2);
	INTEGER("PRAGMA recursive_triggers", 1);
	TEXT("PRAGMA journal_mode", "wal");
	CHECK_EQ(bsync_file_set_address(scene.file, "elders:99"), BSYNC_OK);
	bsync_file_close(scene.file);
	scene.file = device_scene_open(&scene);
	CHECK_STR(bsync_file_identity(scene.file)->address, "elders:99");
	device_scene_clear(&scene);
}

TEST(file_that_is_there_is_not_replaced)
{
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id) VALUES(x'01')");
	CHECK_EQ(device_scene_create(&scene, scene.path), BSYNC_EXISTS);
	INTEGER("SELECT count(*) FROM dossier", 1);
	device_scene_clear(&scene);
}

TEST(creation_that_fails_leaves_nothing)
{
	struct device_scene scene;
	char path[200];

	CHECK(device_scene_prepare(&scene));
	struct bsync_buffer key = scene.private_key;
	scene.private_key = (struct bsync_buffer){.data = (uint8_t *)(uintptr_t) "geen sleutel", .size = 12};
	CHECK(device_scene_create(&scene, scene.path) != BSYNC_OK);
	scene.private_key = key;
	CHECK(access(scene.path, F_OK) != 0);
	snprintf(path, sizeof(path), "%s.new", scene.path);
	CHECK(access(path, F_OK) != 0);
	snprintf(path, sizeof(path), "%s/geen/map", scene.dir);
	CHECK_EQ(device_scene_create(&scene, path), BSYNC_IO);
	/* What a killed attempt left behind is not in the way. */
	snprintf(path, sizeof(path), "%s.new", scene.path);
	FILE *left = fopen(path, "w");
	CHECK(left != NULL);
	fputs("half", left);
	fclose(left);
	CHECK_EQ(device_scene_create(&scene, scene.path), BSYNC_OK);
	CHECK(access(path, F_OK) != 0);
	device_scene_clear(&scene);
}

TEST(open_of_no_file_and_of_another_file_fails)
{
	struct device_scene scene;
	struct bsync_file *file = NULL;

	CHECK(device_scene_prepare(&scene));
	CHECK_EQ(bsync_file_open(scene.path, &scene.surroundings, &file), BSYNC_NOT_FOUND);
	FILE *other = fopen(scene.path, "w");
	CHECK(other != NULL);
	for (int i = 0; i < 200; i++)
		fputs("dit is geen database ", other);
	fclose(other);
	CHECK_EQ(bsync_file_open(scene.path, &scene.surroundings, &file), BSYNC_STORAGE_CORRUPT);
	CHECK(file == NULL);
	device_scene_clear(&scene);
}

TEST(statements_that_would_break_the_file_are_refused)
{
	static const char *const statements[] = {
		"DROP TABLE dossier",
		"drop table Dossier",
		"DROP TABLE bsync_outbox",
		"DROP TABLE sync_table",
		"ALTER TABLE dossier ADD COLUMN x",
		"ALTER TABLE dossier RENAME TO y",
		"ALTER TABLE bsync_meta ADD COLUMN x",
		"CREATE TABLE bsync_x(a)",
		"CREATE TABLE sync_x(a)",
		"CREATE TEMP TABLE dossier(a)",
		"CREATE TEMP VIEW dossier AS SELECT 1",
		"CREATE TEMP TABLE bsync_capture(a)",
		"CREATE INDEX i ON bsync_outbox(size)",
		"CREATE UNIQUE INDEX u ON dossier(naam)",
		"CREATE TRIGGER bsync_t AFTER INSERT ON dossier BEGIN SELECT 1; END",
		"CREATE TRIGGER t AFTER INSERT ON bsync_outbox BEGIN SELECT 1; END",
		"DROP TRIGGER bsync_capture_2_insert",
		"INSERT INTO bsync_outbox(seq) VALUES(1)",
		"UPDATE bsync_meta SET value = 1",
		"DELETE FROM bsync_pending",
		"DELETE FROM sync_column",
		"DELETE FROM bsync_capture",
		"SELECT value FROM bsync_meta",
		"SELECT secret FROM bsync_epoch",
		"ATTACH ':memory:' AS x",
		"DETACH main",
		"VACUUM",
		"VACUUM INTO 'x'",
		"PRAGMA recursive_triggers = 0",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA synchronous = OFF",
		"PRAGMA writable_schema = 1",
		"PRAGMA foreign_keys = 1",
		"PRAGMA query_only = 1",
		"PRAGMA locking_mode = EXCLUSIVE",
		"PRAGMA trusted_schema = 1",
		"PRAGMA wal_checkpoint",
		"PRAGMA mmap_size = 1000",
		"SELECT load_extension('x')",
		"SAVEPOINT bsync",
	};
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'a')");
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		enum bsync_result result = bsync_file_exec(scene.file, statements[i]);

		if (result != BSYNC_MISUSE && result != BSYNC_INVALID)
			FAIL("\"%s\" gives %s", statements[i], bsync_result_name(result));
		if (bsync_file_error_text(scene.file)[0] == '\0')
			FAIL("\"%s\" has no explanation", statements[i]);
	}
	RUN("UPDATE dossier SET naam = 'b'");
	INTEGER("SELECT max(seq) FROM bsync_outbox", 2);
	device_scene_clear(&scene);
}

TEST(what_the_application_may_make_works)
{
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("CREATE TABLE lijst(id INTEGER PRIMARY KEY, tekst TEXT UNIQUE); CREATE UNIQUE INDEX lijst_u ON lijst(tekst)");
	RUN("CREATE INDEX dossier_naam ON dossier(naam); CREATE VIEW namen AS SELECT naam FROM dossier");
	RUN("CREATE TRIGGER lees AFTER INSERT ON dossier BEGIN INSERT INTO lijst(tekst) VALUES(NEW.naam); END");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'a')");
	TEXT("SELECT tekst FROM lijst", "a");
	RUN("PRAGMA user_version = 5; PRAGMA table_info(dossier); ALTER TABLE lijst ADD COLUMN nog TEXT; ANALYZE");
	RUN("DROP TRIGGER lees; DROP INDEX dossier_naam; DROP VIEW namen; DROP TABLE lijst; EXPLAIN COMMIT");
	INTEGER("SELECT count(*) FROM bsync_outbox", 1);
	device_scene_clear(&scene);
}

TEST(lasting_trigger_may_not_write_a_synced_table)
{
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("CREATE TABLE lijst(a)");
	CHECK_EQ(bsync_file_exec(scene.file, "CREATE TRIGGER t AFTER UPDATE OF status ON dossier BEGIN"
					     " UPDATE dossier SET naam = 'x' WHERE id = NEW.id; END"),
		 BSYNC_MISUSE);
	/* By way of a table of its own it is the same. */
	RUN("CREATE TRIGGER t1 AFTER DELETE ON dossier BEGIN INSERT INTO lijst VALUES(1); END");
	CHECK_EQ(bsync_file_exec(scene.file, "CREATE TRIGGER t2 AFTER INSERT ON lijst BEGIN DELETE FROM notitie; END"),
		 BSYNC_MISUSE);
	INTEGER("SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 't2')", 0);
	RUN("CREATE TEMP TRIGGER t AFTER UPDATE OF status ON dossier BEGIN"
	    " UPDATE dossier SET naam = 'x' WHERE id = NEW.id; END");
	RUN("CREATE TABLE nog(a)");
	/* A refusal inside a transaction takes back that statement only. */
	RUN("BEGIN; INSERT INTO lijst VALUES(7)");
	CHECK_EQ(bsync_file_exec(scene.file, "CREATE UNIQUE INDEX u ON notitie(tekst)"), BSYNC_MISUSE);
	RUN("COMMIT");
	INTEGER("SELECT a FROM lijst", 7);
	device_scene_clear(&scene);
}

static enum bsync_result upgrade(struct bsync_file *file)
{
	struct bsync_schema_text texts[2] = {
		{bsync_bytes_of_string("0001_proef.sql"), bsync_bytes_of_string(device_scene_schema)},
		{bsync_bytes_of_string("0002_meer.sql"), bsync_bytes_of_string(device_scene_schema_more)},
	};
	const struct bsync_schema_files files = {.version = 2,
						 .dictionary = bsync_bytes_of_string("Jansen dossier notitie"),
						 .count = 2,
						 .files = texts};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 20);
	enum bsync_result result = bsync_schema_encode(&files, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_schema_files(file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

TEST(newer_schema_reaches_every_connection)
{
	struct device_scene scene;
	struct bsync_file_status status;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(device_scene_make(&scene));
	struct bsync_file *syncer = device_scene_open(&scene);
	CHECK(syncer != NULL);
	RUN("INSERT INTO notitie(id, tekst) VALUES(x'01', 'Jansen Jansen Jansen')");
	CHECK_EQ(upgrade(syncer), BSYNC_OK);
	CHECK_EQ(upgrade(syncer), BSYNC_OK);
	RUN("INSERT INTO extra(id, wat) VALUES(x'01', 'iets'); UPDATE notitie SET kleur = 'rood', tekst = 'b'");
	CHECK_EQ(bsync_file_schema(scene.file)->version, 2);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.schema_version, 2);
	/* The first was sealed without the dictionary, and still opens. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 5, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 3);
	CHECK_EQ(sets[0].schema_version, 1);
	CHECK_EQ(sets[1].schema_version, 2);
	CHECK_EQ(sets[1].changes[0].table_no, 5);
	CHECK_EQ(sets[2].changes[0].cell_count, 2);
	bsync_file_close(syncer);
	device_scene_clear(&scene);
}

TEST(schema_that_does_not_compile_changes_nothing)
{
	struct device_scene scene;
	struct bsync_schema_text text = {bsync_bytes_of_string("0002_kwaad.sql"),
					 bsync_bytes_of_string("DROP TABLE dossier; ATTACH 'x' AS y")};
	const struct bsync_schema_files files = {.version = 2, .count = 1, .files = &text};
	struct bsync_buffer payload;

	CHECK(device_scene_make(&scene));
	bsync_buffer_init(&payload, 1 << 20);
	CHECK_EQ(bsync_schema_encode(&files, &payload), BSYNC_OK);
	CHECK_EQ(bsync_file_schema_files(scene.file, bsync_buffer_bytes(&payload)), BSYNC_SCHEMA);
	bsync_buffer_clear(&payload);
	RUN("INSERT INTO dossier(id) VALUES(x'01')");
	CHECK_EQ(bsync_file_schema(scene.file)->version, 1);
	device_scene_clear(&scene);
}

TEST(hello_and_welcome_tell_where_both_stand)
{
	struct device_scene scene;
	struct bsync_hello hello;
	struct bsync_file_status status;
	struct bsync_digest hash;
	struct bsync_welcome welcome = {.protocol = 1, .incarnation = 1, .server_ms = 1767225700000, .known_epoch = 1};
	uint32_t known_epoch = 9;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id) VALUES(x'01'); UPDATE dossier SET naam = 'a'; UPDATE dossier SET naam = 'b'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 5, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	scene.clock.wall_ms = 1767225760000;
	CHECK_EQ(bsync_file_hello(scene.file, &scene.arena, &hello, &known_epoch), BSYNC_OK);
	CHECK_EQ(known_epoch, 0);
	CHECK_EQ(hello.last_seq, 3);
	CHECK_EQ(hello.durable_seq, 1);
	CHECK_EQ(hello.push_count, 2);
	CHECK_EQ(bsync_outbox_hash(scene.file, 1, &hash), BSYNC_OK);
	CHECK_BYTES(hello.chain.bytes, 32, hash.bytes, 32);
	CHECK_EQ(hello.heartbeat.pending, 2);
	CHECK(hello.heartbeat.storage_free > 0);
	CHECK_EQ(bsync_file_welcome(scene.file, &welcome), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.clock_drift_ms, 60000);
	CHECK_EQ(status.last_attempt_ms, 1767225760000);
	CHECK_EQ(bsync_file_hello(scene.file, &scene.arena, &hello, &known_epoch), BSYNC_OK);
	CHECK_EQ(known_epoch, 1);
	device_scene_clear(&scene);
}

/* A contact at server time 1767225600000 with the device's clock that far off; 1 when that is news, -1 when it fails. */
static int news(struct device_scene *scene, int64_t off_ms)
{
	struct bsync_welcome welcome = {.protocol = 1, .incarnation = 1, .server_ms = 1767225600000};

	scene->clock.wall_ms = welcome.server_ms + off_ms;
	return bsync_file_welcome(scene->file, &welcome) == BSYNC_OK ? bsync_file_take_clock(scene->file) : -1;
}

TEST(clock_that_is_far_off_is_told_once_until_it_is_right_again)
{
	struct device_scene scene;
	struct bsync_file_status status;
	const int64_t minute = 60000;

	CHECK(device_scene_make(&scene));
	CHECK_EQ(news(&scene, 9 * minute), 0);
	CHECK_EQ(news(&scene, 10 * minute), 1);
	CHECK(!bsync_file_take_clock(scene.file));
	CHECK_EQ(news(&scene, 11 * minute), 0);
	CHECK_EQ(news(&scene, -11 * minute), 0);
	/* Also after a new start, and at the edge. */
	bsync_file_close(scene.file);
	scene.file = device_scene_open(&scene);
	CHECK_EQ(news(&scene, 10 * minute), 0);
	CHECK_EQ(news(&scene, 9 * minute), 0);
	CHECK_EQ(news(&scene, 10 * minute), 0);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK(status.is_clock_off);
	CHECK_EQ(news(&scene, -4 * minute), 0);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK(!status.is_clock_off);
	CHECK_EQ(news(&scene, -INT64_C(40) * 365 * 24 * 60 * minute), 1);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.clock_drift_ms, -INT64_C(40) * 365 * 24 * 60 * minute);
	device_scene_clear(&scene);
}

TEST(restored_server_gets_back_what_it_lost)
{
	struct device_scene scene;
	struct bsync_file_status status;
	struct bsync_welcome welcome = {.protocol = 1, .incarnation = 2, .server_ms = 1767225700000, .durable_seq = 1};

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id) VALUES(x'01'); UPDATE dossier SET naam = 'a'; UPDATE dossier SET naam = 'b'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 5, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 10), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 0);
	CHECK_EQ(bsync_file_welcome(scene.file, &welcome), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 2);
	CHECK_EQ(status.incarnation, 2);
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 0);
	TEXT("SELECT naam FROM dossier", "b");
	device_scene_clear(&scene);
}

TEST(receipt_for_another_chain_is_refused)
{
	struct device_scene scene;
	struct bsync_receipt receipt = {.reason = bsync_bytes_of_string("")};
	struct bsync_receipts receipts = {.first_seq = 1, .incarnation = 1, .count = 1, .receipts = &receipt};
	struct bsync_buffer payload;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id) VALUES(x'01')");
	receipts.line = scene.file->sealing.line;
	bsync_buffer_init(&payload, 10000);
	CHECK_EQ(bsync_receipts_encode(&receipts, &payload), BSYNC_OK);
	CHECK_EQ(bsync_file_receipts(scene.file, bsync_buffer_bytes(&payload)), BSYNC_DIGEST);
	receipts.first_seq = 2;
	payload.size = 0;
	CHECK_EQ(bsync_receipts_encode(&receipts, &payload), BSYNC_OK);
	CHECK_EQ(bsync_file_receipts(scene.file, bsync_buffer_bytes(&payload)), BSYNC_OUT_OF_ORDER);
	INTEGER("SELECT state FROM bsync_outbox", 0);
	bsync_buffer_clear(&payload);
	device_scene_clear(&scene);
}

TEST(transaction_too_large_to_travel_is_refused_and_can_be_rolled_back)
{
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("BEGIN; INSERT INTO notitie(id, tekst) VALUES(x'01', hex(randomblob(1500000)))");
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_TOO_LARGE);
	RUN("ROLLBACK");
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO notitie(id, tekst) VALUES(x'01', hex(randomblob(1500000)))"),
		 BSYNC_TOO_LARGE);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_capture", 0);
	RUN("INSERT INTO notitie(id) VALUES(x'01')");
	INTEGER("SELECT max(seq) FROM bsync_outbox", 1);
	device_scene_clear(&scene);
}
