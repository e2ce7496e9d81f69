#include "tests/support/device_scene.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client-sdk/store/file.h"
#include "core/hpke.h"
#include "core/schema/folder.h"

const char device_scene_schema[] =
	"INSERT INTO sync_schema(id, name) VALUES(1, 'proef');\n"
	"CREATE TABLE medewerker(id BLOB NOT NULL PRIMARY KEY, naam TEXT) STRICT;\n"
	"CREATE TABLE dossier(id BLOB NOT NULL PRIMARY KEY, naam TEXT, status TEXT, teller INTEGER, labels TEXT,"
	" eerst TEXT, lokaal TEXT) STRICT;\n"
	"CREATE TABLE notitie(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT, gewicht REAL) STRICT;\n"
	"CREATE TABLE stand(dossier_id BLOB NOT NULL, code TEXT NOT NULL, waarde TEXT, PRIMARY KEY(dossier_id, code))"
	" STRICT, WITHOUT ROWID;\n"
	"CREATE TABLE melding(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, tekst TEXT) STRICT;\n"
	"INSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(1, 'medewerker', 'g', 'l'), (2, 'dossier', 'g', 'l'),"
	" (3, 'notitie', 'g', 'l');\n"
	"INSERT INTO sync_table(no, name, deletes, grondslag, levensloop) VALUES(4, 'stand', 'win', 'g', 'l');\n"
	"INSERT INTO sync_table(no, name, append_only, grondslag, levensloop) VALUES(6, 'melding', 1, 'g', 'l');\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES"
	"('medewerker', 'id', 'key', 'd'), ('medewerker', 'naam', 'lww', 'd'),"
	"('dossier', 'id', 'key', 'd'), ('dossier', 'naam', 'lww', 'd'), ('dossier', 'status', 'keep', 'd'),"
	"('dossier', 'teller', 'counter', 'd'), ('dossier', 'labels', 'set', 'd'), ('dossier', 'eerst', 'first', 'd'),"
	"('dossier', 'lokaal', 'lww', 'd'),"
	"('notitie', 'id', 'key', 'd'), ('notitie', 'dossier_id', 'lww', 'd'), ('notitie', 'tekst', 'keep', 'd'),"
	"('notitie', 'gewicht', 'lww', 'd'),"
	"('melding', 'id', 'key', 'd'), ('melding', 'dossier_id', 'first', 'd'), ('melding', 'tekst', 'first', 'd'),"
	"('stand', 'dossier_id', 'key', 'd'), ('stand', 'code', 'key', 'd'), ('stand', 'waarde', 'lww', 'd');\n"
	"INSERT INTO sync_circle(no, name, members, lead) VALUES"
	"(1, 'kring', 'SELECT id FROM medewerker WHERE :scope IS NOT NULL',"
	" 'SELECT id FROM medewerker WHERE naam LIKE ''baas %'''), (2, 'team', 'SELECT id FROM medewerker', NULL);\n"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('kring', 'medewerker', 'SELECT id FROM dossier'),"
	" ('team', 'medewerker', 'SELECT ''team''');\n"
	"INSERT INTO sync_face(no, tbl, name, scope, circle, columns) VALUES"
	"(1, 'dossier', 'heel', 'id', 'kring', 'naam, status, teller, labels, eerst'),"
	"(2, 'dossier', 'kort', '''team''', 'team', 'naam'), (3, 'notitie', 'heel', 'dossier_id', 'kring', '*'),"
	"(4, 'stand', 'heel', 'dossier_id', 'kring', '*'), (5, 'medewerker', 'heel', '''team''', 'team', '*'),"
	"(7, 'melding', 'heel', 'dossier_id', 'kring', '*');\n"
	"CREATE INDEX dossier_eerst ON dossier(eerst);\n"
	"INSERT INTO sync_unique(no, tbl, name, columns) VALUES(1, 'dossier', 'eerst', 'eerst');\n"
	"INSERT INTO sync_directory(what, tbl, id, name) VALUES('worker', 'medewerker', 'id', 'naam');\n";

const char device_scene_schema_more[] =
	"CREATE TABLE extra(id BLOB NOT NULL PRIMARY KEY, dossier_id BLOB, wat TEXT) STRICT;\n"
	"INSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(5, 'extra', 'g', 'l');\n"
	"ALTER TABLE notitie ADD COLUMN kleur TEXT;\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES"
	"('extra', 'id', 'key', 'd'), ('extra', 'dossier_id', 'lww', 'd'), ('extra', 'wat', 'lww', 'd'),"
	"('notitie', 'kleur', 'lww', 'd');\n"
	"INSERT INTO sync_face(no, tbl, name, scope, circle, columns) VALUES(6, 'extra', 'heel', 'dossier_id', 'kring', '*');\n";

static int random_fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

static void clock_read(void *context, struct bsync_clock_reading *reading)
{
	struct device_scene *scene = context;

	*reading = scene->clock;
}

static bool fail(const char *what, enum bsync_result result)
{
	printf("  device scene: %s: %s\n", what, bsync_result_text(result));
	return false;
}

static enum bsync_result keys_make(struct device_scene *scene)
{
	struct bsync_signing_key *key = NULL;
	uint8_t random32[32];
	enum bsync_result result = bsync_signing_key_make(&scene->surroundings.random, &key);

	if (result == BSYNC_OK)
		result = bsync_signing_key_export(key, &scene->private_key);
	if (result == BSYNC_OK)
		result = bsync_signing_key_public(key, &scene->spki);
	bsync_signing_key_free(key);
	random_fill(NULL, random32, sizeof(random32));
	return result == BSYNC_OK ? bsync_hpke_keypair(random32, scene->seal_private, scene->enrolled.seal_key)
				  : result;
}

bool device_scene_prepare(struct device_scene *scene)
{
	const char *root = getenv("TMPDIR");

	memset(scene, 0, sizeof(*scene));
	snprintf(scene->dir, sizeof(scene->dir), "%s/bsync-device-XXXXXX", root != NULL ? root : "/tmp");
	if (mkdtemp(scene->dir) == NULL)
		return fail("mkdtemp", BSYNC_IO);
	snprintf(scene->path, sizeof(scene->path), "%.100s/device.db", scene->dir);
	scene->clock = (struct bsync_clock_reading){.wall_ms = 1767225600000, .uptime_ms = 1000, .boot = 7};
	scene->surroundings.random.fill = random_fill;
	scene->surroundings.clock = clock_read;
	scene->surroundings.clock_context = scene;
	bsync_buffer_init(&scene->private_key, 1000);
	bsync_buffer_init(&scene->spki, 1000);
	bsync_arena_init(&scene->arena, 256 << 20);
	memset(scene->enrolled.device.bytes, 0xd1, BSYNC_ID_SIZE);
	memset(scene->enrolled.worker.bytes, 0x11, BSYNC_ID_SIZE);
	memset(scene->enrolled.organisation.bytes, 0x01, BSYNC_ID_SIZE);
	scene->enrolled.organisation_name = bsync_bytes_of_string("Proef");
	scene->enrolled.worker_name = bsync_bytes_of_string("Anna");
	scene->enrolled.certificate = bsync_bytes_of_string("certificate");
	scene->enrolled.ca = bsync_bytes_of_string("ca");
	scene->enrolled.incarnation = 1;
	scene->enrolled.server_ms = 1767225600000;
	scene->enrolled.schema_version = 1;
	enum bsync_result result = keys_make(scene);
	return result == BSYNC_OK ? true : fail("keys", result);
}

/* Prints what is wrong with the test schema. */
static void schema_explain(void)
{
	const struct bsync_schema_file file = {"0001_proef.sql", bsync_bytes_of_string(device_scene_schema)};
	const struct bsync_schema_source source = {.files = &file, .file_count = 1};
	struct bsync_schema_report report = {0};
	struct bsync_schema *schema = NULL;

	if (bsync_schema_compile(&source, &schema, &report) != BSYNC_OK)
		bsync_schema_report_print(&report, "schema", stdout);
	bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
}

enum bsync_result device_scene_create(struct device_scene *scene, const char *path)
{
	struct bsync_schema_text text = {bsync_bytes_of_string("0001_proef.sql"),
					 bsync_bytes_of_string(device_scene_schema)};
	const struct bsync_schema_files files = {.version = 1, .count = 1, .files = &text};
	const struct bsync_file_birth birth = {.enrolled = &scene->enrolled,
					       .schema = &files,
					       .private_key = bsync_buffer_bytes(&scene->private_key),
					       .address = "localhost:1"};

	enum bsync_result result = bsync_file_create(path, &birth, &scene->surroundings);

	if (result == BSYNC_SCHEMA)
		schema_explain();
	return result;
}

bool device_scene_make(struct device_scene *scene)
{
	if (!device_scene_prepare(scene))
		return false;
	enum bsync_result result = device_scene_create(scene, scene->path);
	if (result != BSYNC_OK)
		return fail("create", result);
	result = bsync_file_open(scene->path, &scene->surroundings, &scene->file);
	return result == BSYNC_OK ? true : fail("open", result);
}

struct bsync_file *device_scene_open(struct device_scene *scene)
{
	struct bsync_file *file = NULL;
	enum bsync_result result = bsync_file_open(scene->path, &scene->surroundings, &file);

	if (result != BSYNC_OK)
		fail("open", result);
	return file;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

void device_scene_clear(struct device_scene *scene)
{
	bsync_file_close(scene->file);
	bsync_buffer_clear(&scene->private_key);
	bsync_buffer_clear(&scene->spki);
	bsync_arena_clear(&scene->arena);
	nftw(scene->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool device_scene_run(struct bsync_file *file, const char *sql)
{
	enum bsync_result result = bsync_file_exec(file, sql);

	if (result != BSYNC_OK)
		printf("  %s: %s: %s\n", sql, bsync_result_name(result), bsync_file_error_text(file));
	return result == BSYNC_OK;
}

/* Prepares on the raw connection, past the authorizer, so that our own tables can be looked at. */
static sqlite3_stmt *look(struct bsync_file *file, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(file->db.handle, sql, -1, &statement, NULL) != SQLITE_OK)
		printf("  %s: %s\n", sql, sqlite3_errmsg(file->db.handle));
	return statement;
}

int64_t device_scene_integer(struct bsync_file *file, const char *sql)
{
	sqlite3_stmt *statement = look(file, sql);
	int64_t integer = INT64_MIN;

	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		integer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return integer;
}

const char *device_scene_text(struct bsync_file *file, const char *sql)
{
	static char text[4096];
	sqlite3_stmt *statement = look(file, sql);

	snprintf(text, sizeof(text), "(none)");
	if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
		const char *column = (const char *)sqlite3_column_text(statement, 0);

		snprintf(text, sizeof(text), "%s", column != NULL ? column : "(null)");
	}
	sqlite3_finalize(statement);
	return text;
}

/* The store's view while it reads frames. */
struct reading {
	struct device_scene *scene;
	struct bsync_seal_context context;
	struct bsync_verify_key *verify;
	struct bsync_digest hash;
	uint64_t seq;
	struct bsync_changeset *sets;
	uint32_t count, room;
};

static enum bsync_result take_epoch(struct reading *reading, struct bsync_bytes payload)
{
	struct bsync_epoch_open open;
	enum bsync_result result = bsync_epoch_decode(payload, &reading->scene->arena, &open);

	if (result != BSYNC_OK)
		return result;
	reading->context.epoch = open.epoch;
	reading->context.suite = open.suite;
	reading->context.line = open.line;
	return bsync_epoch_unseal(&reading->context, reading->scene->seal_private, &open, reading->verify);
}

static enum bsync_result take_push(struct reading *reading, struct bsync_bytes payload)
{
	struct device_scene *scene = reading->scene;
	struct bsync_push push;
	enum bsync_result result = bsync_push_decode(payload, &scene->arena, &push);

	if (result != BSYNC_OK)
		return result;
	if (push.first_seq != reading->seq + 1)
		return BSYNC_OUT_OF_ORDER;
	for (uint32_t i = 0; i < push.count; i++) {
		struct bsync_buffer plain;
		struct bsync_bytes copy;

		bsync_buffer_init(&plain, BSYNC_CHANGESET_SIZE_MAX);
		result = bsync_unseal(&reading->context, reading->seq + 1, &reading->hash, &push.changesets[i], &plain);
		copy = bsync_arena_copy(&scene->arena, bsync_buffer_bytes(&plain));
		bsync_buffer_clear(&plain);
		if (result == BSYNC_OK && reading->count < reading->room)
			result = bsync_changeset_decode(copy, &scene->arena, &reading->sets[reading->count++]);
		if (result != BSYNC_OK)
			return result;
		struct bsync_digest hash;
		bsync_seal_hash(&reading->context, reading->seq + 1, &reading->hash, &push.changesets[i], &hash);
		reading->hash = hash;
		reading->seq++;
	}
	return bsync_batch_verify(&reading->context, reading->verify, push.first_seq, reading->seq, &reading->hash,
				  push.signature);
}

static enum bsync_result take_frames(struct reading *reading, struct bsync_bytes frames)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	enum bsync_result result = BSYNC_OK;

	bsync_frame_reader_init(&reader);
	result = bsync_frame_reader_feed(&reader, frames);
	while (result == BSYNC_OK && (result = bsync_frame_reader_next(&reader, &frame)) == BSYNC_OK) {
		if (frame.kind == BSYNC_MESSAGE_EPOCH)
			result = take_epoch(reading, frame.payload);
		else if (frame.kind == BSYNC_MESSAGE_PUSH)
			result = take_push(reading, frame.payload);
		else
			result = BSYNC_UNEXPECTED;
	}
	bsync_frame_reader_clear(&reader);
	return result == BSYNC_AGAIN ? BSYNC_OK : result;
}

/* Goes on with the line after the one that ends at `*last`; false when there is none. */
static bool next_line(struct reading *reading, uint64_t *last)
{
	char sql[100];
	int64_t seq;

	snprintf(sql, sizeof(sql), "SELECT min(seq) FROM bsync_outbox WHERE seq > %llu", (unsigned long long)*last);
	seq = device_scene_integer(reading->scene->file, sql);
	if (seq <= 0)
		return false;
	*last = (uint64_t)seq - 1;
	reading->seq = *last;
	reading->hash = (struct bsync_digest){{0}};
	reading->context.epoch = 0;
	return true;
}

bool device_scene_outbox(struct device_scene *scene, uint64_t after_seq, struct bsync_changeset **sets, uint32_t *count)
{
	struct reading reading = {.scene = scene, .room = 100000};
	struct bsync_buffer frames;
	bool has_more = true;
	uint64_t last = 0;
	enum bsync_result result = bsync_verify_key_parse(bsync_buffer_bytes(&scene->spki), &reading.verify);

	reading.context.organisation = scene->enrolled.organisation;
	reading.context.device = scene->enrolled.device;
	reading.context.author = scene->enrolled.worker;
	reading.context.dictionary = bsync_file_schema(scene->file)->dictionary;
	if (result == BSYNC_OK)
		result = bsync_arena_array(&scene->arena, reading.room, sizeof(*reading.sets), &reading.sets);
	while (result == BSYNC_OK && has_more) {
		bsync_buffer_init(&frames, 64 << 20);
		result = bsync_file_outgoing(scene->file, last, reading.context.epoch, 100000, &frames, &last,
					     &has_more);
		if (result == BSYNC_OK)
			result = take_frames(&reading, bsync_buffer_bytes(&frames));
		bsync_buffer_clear(&frames);
		if (result == BSYNC_OK && !has_more)
			has_more = next_line(&reading, &last);
	}
	bsync_verify_key_free(reading.verify);
	if (result != BSYNC_OK)
		return fail("outbox", result);
	if (after_seq > reading.count)
		return fail("outbox is shorter than asked", BSYNC_NOT_FOUND);
	*sets = reading.sets + after_seq;
	*count = reading.count - (uint32_t)after_seq;
	return true;
}

enum bsync_result device_scene_receipt(struct device_scene *scene, uint64_t first_seq, uint32_t count, uint64_t counter,
				       enum bsync_verdict verdict)
{
	return device_scene_receipt_of(scene, 1, first_seq, count, counter, verdict);
}

enum bsync_result device_scene_receipt_of(struct device_scene *scene, uint32_t incarnation, uint64_t first_seq,
					  uint32_t count, uint64_t counter, enum bsync_verdict verdict)
{
	struct bsync_receipts receipts = {
		.line = scene->file->sealing.line, .first_seq = first_seq, .incarnation = incarnation, .count = count};
	struct bsync_buffer payload;
	enum bsync_result result = bsync_outbox_hash(scene->file, first_seq + count - 1, &receipts.last_hash);

	if (result == BSYNC_OK)
		result = bsync_arena_array(&scene->arena, count, sizeof(*receipts.receipts), &receipts.receipts);
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < count; i++)
		receipts.receipts[i] = (struct bsync_receipt){.counter = counter == 0 ? 0 : counter + i,
							      .stamp_ms = 1767225600000,
							      .verdict = verdict,
							      .reason = bsync_bytes_of_string(verdict < 2 ? ""
											      : scene->reason != NULL
												      ? scene->reason
												      : "reden")};
	bsync_buffer_init(&payload, 1 << 20);
	result = bsync_receipts_encode(&receipts, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_receipts(scene->file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

enum bsync_result device_scene_pull_end(struct device_scene *scene, uint64_t counter)
{
	const struct bsync_pull_end end = {.token = 1,
					   .position = {1, counter},
					   .seen_ms = 1767225600000 + (int64_t)counter,
					   .server_ms = 1767225600000};
	struct bsync_buffer payload;
	bool shown = false;

	bsync_buffer_init(&payload, 1000);
	enum bsync_result result = bsync_pull_end_encode(&end, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_pull_end(scene->file, bsync_buffer_bytes(&payload), &shown);
	bsync_buffer_clear(&payload);
	return result;
}
