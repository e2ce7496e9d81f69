#include "tests/crash/scenario.h"

#include <stdio.h>
#include <string.h>

enum { SQL_SIZE = 2000 };

#define HOUSE "x'4801'"
#define NOTES "(id, huis_id, soort, tekst, aantal, labels, hoogste)"

/* --- Parts of preparations --- */

static struct crash_device *anna(struct crash_world *world)
{
	return &world->devices[0];
}

static struct crash_device *bram(struct crash_world *world)
{
	return &world->devices[1];
}

static void prepare_edit(struct crash_device *device, const char *sql)
{
	crash_must(crash_edit(device, sql), sql);
}

static void prepare_sync(struct crash_device *device)
{
	crash_must(crash_sync(device), "sync");
}

/* Anna's house with Bram as its guest and `notes` notes, on her device only. */
static void prepare_house(struct crash_world *world, int notes)
{
	char sql[SQL_SIZE], guest[BSYNC_ID_TEXT_SIZE];

	bsync_id_text(bram(world)->worker.bytes, guest);
	snprintf(sql, sizeof sql, "INSERT INTO huis(id, lid_id, gast_id, naam) VALUES(" HOUSE ", me(), x'%s', 'Dam 1')",
		 guest);
	prepare_edit(anna(world), sql);
	for (int i = 1; i <= notes; i++) {
		snprintf(sql, sizeof sql,
			 "INSERT INTO notitie" NOTES " VALUES(x'60%02x', " HOUSE
			 ", 'gesprek', 'notitie %d', %d, '[\"a\",\"b%d\"]', %d)",
			 (unsigned)i, i, i, i % 3, i);
		prepare_edit(anna(world), sql);
	}
}

static void prepare_shared(struct crash_world *world)
{
	prepare_house(world, 3);
	prepare_sync(anna(world));
	prepare_sync(bram(world));
}

/* --- Steps --- */

/* Runs an edit that also writes the note `marker`, which tells a repeated step whether the edit was kept. */
static enum bsync_result edit(struct crash_device *device, const char *marker, const char *sql)
{
	char text[SQL_SIZE];
	int64_t count = 0;

	if (device->world->is_repeated) {
		/* A rollback that found no memory either is tried again. */
		(void)!bsync_file_exec(device->file, "ROLLBACK");
		snprintf(text, sizeof text, "SELECT count(*) FROM notitie WHERE id = x'%s'", marker);
		enum bsync_result result = crash_ask(device, text, &count);
		if (result != BSYNC_OK)
			return result;
		/* A lack of memory is known before anything is kept. */
		if (count != 0 && device->world->is_strict)
			device->world->trouble = "a commit that failed was kept";
		if (count != 0)
			return BSYNC_OK;
	}
	snprintf(text, sizeof text, "INSERT INTO notitie(id, huis_id, tekst) VALUES(x'%s', " HOUSE ", 'bij'); %s",
		 marker, sql);
	return crash_edit(device, text);
}

static enum bsync_result insert_anna(struct crash_world *world)
{
	return edit(anna(world), "7001",
		    "INSERT INTO notitie" NOTES " VALUES(x'7011', " HOUSE
		    ", 'bezoek', 'een verhaal', 5, '[\"x\"]', 9), (x'7012', " HOUSE ", NULL, NULL, NULL, NULL, NULL)");
}

static enum bsync_result update_anna(struct crash_world *world)
{
	return edit(
		anna(world), "7002",
		"UPDATE notitie SET tekst = 'van anna', aantal = aantal + 10, labels = '[\"a\",\"z\"]', soort = 'bezoek' "
		"WHERE id = x'6001'; UPDATE notitie SET hoogste = 99 WHERE id = x'6002'");
}

static enum bsync_result delete_anna(struct crash_world *world)
{
	return edit(anna(world), "7003", "DELETE FROM notitie WHERE id = x'6003'");
}

/* A transaction with a savepoint that is given up leaves nothing; where a fault stops it, it is given up all the same. */
static enum bsync_result rollback_anna(struct crash_world *world)
{
	struct bsync_file *file = anna(world)->file;
	enum bsync_result result;

	if (world->is_repeated)
		(void)!bsync_file_exec(file, "ROLLBACK");
	result = bsync_file_exec(file, "BEGIN");
	if (result != BSYNC_OK)
		return result;
	result = bsync_file_exec(file,
				 "UPDATE notitie SET tekst = 'nooit', aantal = 1000 WHERE id = x'6002'; SAVEPOINT s;"
				 "DELETE FROM notitie; ROLLBACK TO s; RELEASE s");
	enum bsync_result ended = bsync_file_exec(file, "ROLLBACK");
	return result != BSYNC_OK ? result : ended;
}

static enum bsync_result update_bram(struct crash_world *world)
{
	return edit(
		bram(world), "7004",
		"UPDATE notitie SET tekst = 'van bram', aantal = aantal + 100, labels = '[\"b1\",\"y\"]', hoogste = 50 "
		"WHERE id = x'6001'; DELETE FROM notitie WHERE id = x'6002'");
}

static enum bsync_result colour_bram(struct crash_world *world)
{
	return edit(bram(world), "7005",
		    "UPDATE notitie SET kleur = 'rood' WHERE id = x'6001';"
		    "INSERT INTO bezoek(id, huis_id, op) VALUES(x'8001', " HOUSE ", 'maandag')");
}

static enum bsync_result sync_anna(struct crash_world *world)
{
	return crash_sync(anna(world));
}

static enum bsync_result sync_bram(struct crash_world *world)
{
	return crash_sync(bram(world));
}

static enum bsync_result open_anna(struct crash_world *world)
{
	return anna(world)->file != NULL ? BSYNC_OK : crash_device_open(anna(world));
}

static enum bsync_result open_server(struct crash_world *world)
{
	return world->store != NULL ? BSYNC_OK : crash_server_open(world);
}

static enum bsync_result checkpoint_server(struct crash_world *world)
{
	return bsync_store_checkpoint(world->store, 0);
}

/* --- Inboxes --- */

struct found {
	bool is_found;
	uint8_t id[16];
};

static bool find_device(void *context, const struct bsync_inbox_item *item)
{
	struct found *found = context;

	found->is_found = found->is_found || strcmp(item->kind, "conflict") == 0;
	memcpy(found->id, item->id, sizeof found->id);
	return !found->is_found;
}

static bool find_store(void *context, const struct bsync_inbox_item *item)
{
	struct found *found = context;

	found->is_found = found->is_found || strcmp(item->kind, "conflict") == 0;
	memcpy(found->id, item->id, sizeof found->id);
	return !found->is_found;
}

static enum bsync_result resolve_anna(struct crash_world *world)
{
	struct found found = {0};
	enum bsync_result result = bsync_file_inbox(anna(world)->file, find_device, &found);

	if (result != BSYNC_OK)
		return result;
	if (!found.is_found && !world->is_repeated)
		world->trouble = "a conflict is not in the inbox";
	if (!found.is_found && world->is_repeated && world->is_strict)
		world->trouble = "a decision that failed was kept";
	if (!found.is_found)
		return BSYNC_OK;
	return bsync_file_resolve(anna(world)->file, found.id, BSYNC_TAKE_MINE, 0, NULL);
}

static enum bsync_result run_decision(struct crash_world *world, void *context)
{
	const struct found *found = context;

	return bsync_store_inbox_resolve(world->store, found->id, 1, NULL, CRASH_NOW_MS);
}

static enum bsync_result resolve_operator(struct crash_world *world)
{
	struct found found = {0};
	enum bsync_result result = bsync_view_inbox(world->view, find_store, &found);

	if (result != BSYNC_OK)
		return result;
	if (!found.is_found && !world->is_repeated)
		world->trouble = "a conflict is not in the store's inbox";
	if (!found.is_found && world->is_repeated && world->is_strict)
		world->trouble = "a decision that failed was kept";
	return found.is_found ? crash_server_write(world, run_decision, &found) : BSYNC_OK;
}

/* Who is a guest anywhere: a circle of its own, whose members are in rows that are there. */
static const char growth[] =
	"ALTER TABLE notitie ADD COLUMN rand TEXT;"
	"CREATE TABLE gast(id BLOB PRIMARY KEY, groet TEXT) STRICT;"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('gast', 'test', 'test');"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('notitie', 'rand', 'lww', 'test'),"
	" ('gast', 'id', 'key', 'test'), ('gast', 'groet', 'lww', 'test');"
	"INSERT INTO sync_circle(name, members) VALUES('gasten', 'SELECT gast_id FROM huis WHERE :scope = ''gasten''');"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('gasten', 'huis', 'SELECT ''gasten''');"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('gast', 'heel', '''gasten''', 'gasten', '*');";

static enum bsync_result run_growth(struct crash_world *world, void *context)
{
	const struct bsync_schema_source *kept = bsync_store_schema_source(world->store);
	struct bsync_schema_file files[4] = {{NULL, {NULL, 0}}};
	struct bsync_schema_source source = {.files = files, .dictionary = kept->dictionary};
	struct bsync_schema_growth told;
	struct bsync_schema_report report = {0};
	enum bsync_result result = BSYNC_OK;

	(void)context;
	if (bsync_store_schema(world->store)->version == 3) {
		if (world->is_strict)
			world->trouble = "a schema that failed was kept";
		return BSYNC_OK;
	}
	for (size_t i = 0; i < kept->file_count; i++)
		files[source.file_count++] = kept->files[i];
	files[source.file_count++] = (struct bsync_schema_file){"0003_gast.sql", bsync_bytes_of_string(growth)};
	result = bsync_store_schema_apply(world->store, &source, CRASH_NOW_MS, &report, &told);
	bsync_schema_report_clear(&report);
	return result;
}

static enum bsync_result grow_operator(struct crash_world *world)
{
	return crash_server_write(world, run_growth, NULL);
}

static enum bsync_result greet_bram(struct crash_world *world)
{
	return edit(
		bram(world), "7006",
		"UPDATE notitie SET rand = 'breed' WHERE id = x'6001'; INSERT INTO gast(id, groet) VALUES(x'9001', 'dag')");
}

/* --- Preparations --- */

static void prepare_first_contact(struct crash_world *world)
{
	prepare_house(world, 2);
}

static void prepare_initial(struct crash_world *world)
{
	prepare_house(world, 12);
	prepare_sync(anna(world));
}

static void prepare_push(struct crash_world *world)
{
	prepare_shared(world);
	crash_must(insert_anna(world), "insert");
	crash_must(update_anna(world), "update");
	crash_must(delete_anna(world), "delete");
}

static void prepare_pull(struct crash_world *world)
{
	prepare_push(world);
	prepare_sync(anna(world));
}

static void prepare_conflict(struct crash_world *world)
{
	prepare_shared(world);
	crash_must(update_anna(world), "update");
	crash_must(update_bram(world), "update");
}

static void prepare_removed(struct crash_world *world)
{
	prepare_shared(world);
	crash_must(update_bram(world), "update");
	prepare_edit(anna(world), "UPDATE huis SET gast_id = NULL WHERE id = " HOUSE);
}

static void prepare_resolve(struct crash_world *world)
{
	prepare_conflict(world);
	prepare_sync(anna(world));
	prepare_sync(bram(world));
	prepare_sync(anna(world));
}

/* The old device has not heard of the schema yet: its first contact brings rows and schema together. */
static void prepare_schema_first(struct crash_world *world)
{
	prepare_house(world, 3);
	prepare_sync(anna(world));
}

/* Two processes that died: what they wrote is in the WALs. */
static void prepare_reopen(struct crash_world *world)
{
	prepare_push(world);
	prepare_sync(bram(world));
	fault_disk_kill(anna(world)->disk);
	crash_device_close(anna(world));
	fault_disk_boot(anna(world)->disk);
	fault_disk_kill(world->disk);
	crash_server_close(world);
	fault_disk_boot(world->disk);
}

static const struct crash_scenario scenarios[] = {
	{"enrol", false, crash_enrol_prepare, {crash_enrol, sync_bram}},
	{"first_contact", false, prepare_first_contact, {sync_anna}},
	{"initial_load", false, prepare_initial, {sync_bram}},
	{"local_edit", false, prepare_shared, {insert_anna, update_anna, delete_anna, rollback_anna}},
	{"push", false, prepare_push, {sync_anna}},
	{"pull", false, prepare_pull, {sync_bram}},
	{"conflict", false, prepare_conflict, {sync_anna, sync_bram, sync_anna}},
	{"access_removed", false, prepare_removed, {sync_anna, sync_bram, sync_anna}},
	{"resolve", false, prepare_resolve, {resolve_anna, sync_anna, sync_bram}},
	{"operator", false, prepare_resolve, {resolve_operator, sync_anna, sync_bram}},
	{"schema", true, prepare_schema_first, {sync_bram, colour_bram, sync_bram, sync_anna}},
	{"growth", false, prepare_pull, {grow_operator, sync_bram, greet_bram, sync_bram}},
	{"reopen", false, prepare_reopen, {open_anna, open_server, sync_anna, sync_bram}},
	{"checkpoint", false, prepare_pull, {checkpoint_server, sync_bram}},
	{"reading", false, prepare_resolve, {crash_read_device, crash_read_store}},
};

const struct crash_scenario *crash_scenario(const char *name)
{
	for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	return NULL;
}
