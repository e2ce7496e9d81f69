/* What the capture triggers write down, for each way SQL has to change a row. */
#include "tests/support/harness.h"

#include "core/pack.h"
#include "core/schema/capture.h"
#include "core/schema/domain.h"
#include "core/schema/folder.h"

/* A device's database with the tables of tests/schemas/lijst and their triggers. */
struct device {
	struct bsync_db db;
	struct bsync_schema_folder folder;
	struct bsync_schema *schema;
	struct bsync_capture_gate gate;
	struct bsync_capture_log *log;
};

static bool device_open(struct device *device)
{
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};

	memset(device, 0, sizeof(*device));
	device->gate.is_open = true;
	return bsync_schema_load(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &device->folder, &device->schema, NULL) ==
		       BSYNC_OK &&
	       bsync_db_open(&device->db, NULL, &options) == BSYNC_OK &&
	       bsync_schema_install(&device->db, &device->folder.source, 0, false) == BSYNC_OK &&
	       bsync_capture_register(&device->db, &device->gate, &device->log) == BSYNC_OK &&
	       bsync_capture_install(&device->db, device->schema) == BSYNC_OK;
}

static void device_close(struct device *device)
{
	bsync_db_close(&device->db);
	bsync_schema_free(device->schema);
	bsync_schema_folder_clear(&device->folder);
}

/* Appends the log as text, "tno op key mask old" with ';' between rows. */
static void rows_write(struct device *device, char *text, size_t size)
{
	char *rows = NULL;

	if (bsync_db_query_string(
		    &device->db,
		    "SELECT coalesce(group_concat(tno||' '||op||' '||CASE typeof(key) WHEN 'blob' THEN hex(key) ELSE key"
		    " END||' '||coalesce(mask, '-')||' '||coalesce(nullif(hex(old), ''), '-'), ';'), '')"
		    " FROM (SELECT * FROM bsync_capture ORDER BY id)",
		    &rows) == BSYNC_OK)
		snprintf(text + strlen(text), size - strlen(text), "%s", rows);
	free(rows);
}

/* Runs `sql` in a transaction, which empties the log when it ends, and gives what stood there before. */
static const char *log_of(struct device *device, const char *sql)
{
	static char text[4000];
	const bool is_whole = strncmp(sql, "BEGIN", 5) == 0;

	text[0] = '\0';
	if ((!is_whole && bsync_db_exec(&device->db, "BEGIN") != BSYNC_OK) ||
	    bsync_db_exec(&device->db, sql) != BSYNC_OK)
		snprintf(text, sizeof(text), "failed: %s", bsync_db_error(&device->db));
	rows_write(device, text, sizeof(text));
	if (bsync_db_in_transaction(&device->db) && bsync_db_exec(&device->db, "COMMIT") != BSYNC_OK)
		return "the transaction does not end";
	if (bsync_capture_count(device->log) != 0)
		return "the log is not empty after its transaction";
	return text;
}

/* ["l", 1]: the key of a punt. */
#define KEY_L1 "92A16C01"
#define KEY_L2 "92A16C02"

TEST(insert_logs_the_key_alone)
{
	struct device device;

	CHECK(device_open(&device));
	CHECK_STR(log_of(&device, "INSERT INTO punt(lijst, nr, titel) VALUES('l', 1, 'a')"), "5 0 " KEY_L1 " - -");
	CHECK_STR(log_of(&device, "INSERT INTO lijst(naam) VALUES('l')"), "4 0 l - -");
	CHECK_STR(log_of(&device, "INSERT INTO kenmerk VALUES('l', 'nl', 'x')"), "6 0 92A16CA26E6C - -");
	CHECK_STR(log_of(&device, "INSERT INTO regel VALUES(-7, 'l', 'x', NULL)"), "7 0 -7 - -");
	CHECK_STR(log_of(&device, "INSERT INTO logboek(id) VALUES(x'00ff')"), "8 0 00FF - -");
	device_close(&device);
}

TEST(update_logs_mask_and_old_values_of_changed_columns_only)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO punt(lijst, nr, titel, tekst, aantal) VALUES('l', 1, 'a', 'b', 3)");
	/* Columns: 0 lijst 1 nr 2 titel 3 tekst 4 eerste 5 nummer 6 hoogste 7 laagste 8 aantal 9 labels. */
	CHECK_STR(log_of(&device, "UPDATE punt SET aantal = aantal + 2, titel = 'c', tekst = 'b'"),
		  "5 1 " KEY_L1 " 260 92A16103");
	CHECK_STR(log_of(&device, "UPDATE punt SET tekst = NULL, labels = '[]'"), "5 1 " KEY_L1 " 520 92A162C0");
	CHECK_STR(log_of(&device, "UPDATE punt SET labels = labels, titel = 'c', tekst = NULL"), "");
	device_close(&device);
}

TEST(update_that_changes_only_the_kind_of_an_any_value_is_logged)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO punt(lijst, nr, vrij) VALUES('l', 1, 1)");
	CHECK_STR(log_of(&device, "UPDATE punt SET vrij = 1.0"), "5 1 " KEY_L1 " 4096 9101");
	CHECK_STR(log_of(&device, "UPDATE punt SET vrij = 1.0"), "");
	device_close(&device);
}

TEST(delete_logs_the_whole_old_row)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO kenmerk VALUES('l', 'nl', 'x')");
	CHECK_STR(log_of(&device, "DELETE FROM kenmerk"), "6 2 92A16CA26E6C - 93A16CA26E6CA178");
	device_close(&device);
}

TEST(truncating_delete_logs_every_row)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO lijst VALUES('a', NULL), ('b', NULL)");
	CHECK_STR(log_of(&device, "DELETE FROM lijst"), "4 2 a - 92A161C0;4 2 b - 92A162C0");
	device_close(&device);
}

TEST(update_of_the_key_is_a_delete_and_an_insert)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO kenmerk VALUES('l', 'nl', 'x'); INSERT INTO regel VALUES(1, 'l', 'x', NULL)");
	CHECK_STR(log_of(&device, "UPDATE kenmerk SET taal = 'fr', waarde = 'y'"),
		  "6 2 92A16CA26E6C - 93A16CA26E6CA178;6 0 92A16CA26672 - -");
	CHECK_STR(log_of(&device, "UPDATE regel SET rowid = 2"), "7 2 1 - 9401A16CA178C0;7 0 2 - -");
	device_close(&device);
}

TEST(replace_is_a_delete_and_an_insert)
{
	struct device device;

	CHECK(device_open(&device));
	log_of(&device, "INSERT INTO lijst VALUES('a', 'x')");
	CHECK_STR(log_of(&device, "REPLACE INTO lijst VALUES('a', 'y')"), "4 2 a - 92A161A178;4 0 a - -");
	device_close(&device);
}

TEST(upsert_logs_what_it_did)
{
	struct device device;

	CHECK(device_open(&device));
	CHECK_STR(log_of(&device, "INSERT INTO lijst VALUES('a', 'x') ON CONFLICT DO NOTHING"), "4 0 a - -");
	CHECK_STR(log_of(&device, "INSERT INTO lijst VALUES('a', 'y') ON CONFLICT DO NOTHING"), "");
	CHECK_STR(
		log_of(&device, "INSERT INTO lijst VALUES('a', 'y') ON CONFLICT DO UPDATE SET titel = excluded.titel"),
		"4 1 a 2 91A178");
	device_close(&device);
}

TEST(rollback_and_savepoints_undo_the_log_with_the_data)
{
	struct device device;

	CHECK(device_open(&device));
	CHECK_STR(log_of(&device,
			 "BEGIN; INSERT INTO lijst VALUES('a', 'x'); SAVEPOINT s; INSERT INTO lijst VALUES('b', 'x');"
			 " ROLLBACK TO s; RELEASE s"),
		  "4 0 a - -");
	CHECK_STR(log_of(&device, "BEGIN; DELETE FROM lijst; ROLLBACK"), "");
	CHECK_STR(log_of(&device, "INSERT OR IGNORE INTO lijst VALUES('a', 'z'), ('c', 'z')"), "4 0 c - -");
	device_close(&device);
}

TEST(failed_statement_takes_its_rows_out_of_the_log)
{
	struct device device;
	char text[200] = "";

	CHECK(device_open(&device));
	CHECK_EQ(bsync_db_exec(&device.db, "BEGIN; INSERT INTO lijst VALUES('a', 'x')"), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&device.db, "INSERT INTO lijst VALUES('b', 'x'), ('c', 'x'), ('a', 'x')"), BSYNC_EXISTS);
	rows_write(&device, text, sizeof(text));
	CHECK_STR(text, "4 0 a - -");
	/* OR FAIL keeps what the statement did before it failed, in the table and in the log. */
	CHECK_EQ(bsync_db_exec(&device.db, "INSERT OR FAIL INTO lijst VALUES('d', 'x'), ('a', 'x')"), BSYNC_EXISTS);
	CHECK_STR(log_of(&device, "BEGIN"),
		  "failed: cannot start a transaction within a transaction4 0 a - -;4 0 d - -");
	device_close(&device);
}

TEST(savepoints_from_before_the_first_change_undo_all_of_the_log)
{
	struct device device;

	CHECK(device_open(&device));
	CHECK_STR(log_of(&device,
			 "SAVEPOINT one; SAVEPOINT two; INSERT INTO lijst VALUES('a', 'x'); SAVEPOINT three;"
			 " INSERT INTO lijst VALUES('b', 'x'); RELEASE three; ROLLBACK TO one;"
			 " INSERT INTO lijst VALUES('c', 'x'); SAVEPOINT two; INSERT INTO lijst VALUES('d', 'x');"
			 " SAVEPOINT three; INSERT INTO lijst VALUES('e', 'x'); ROLLBACK TO two;"
			 " INSERT INTO lijst VALUES('f', 'x'); RELEASE one"),
		  "4 0 c - -;4 0 f - -");
	CHECK_STR(log_of(&device, "SAVEPOINT one; INSERT INTO lijst VALUES('g', 'x'); ROLLBACK TO one"), "");
	device_close(&device);
}

TEST(rollback_to_a_savepoint_brings_sealed_rows_back)
{
	struct device device;
	char text[200] = "";

	CHECK(device_open(&device));
	CHECK_EQ(bsync_db_exec(&device.db, "BEGIN; INSERT INTO lijst VALUES('a', 'x'); SAVEPOINT s;"
					   " INSERT INTO lijst VALUES('b', 'x')"),
		 BSYNC_OK);
	CHECK_EQ(bsync_capture_count(device.log), 2);
	bsync_capture_seal(device.log);
	CHECK_EQ(bsync_capture_count(device.log), 0);
	CHECK_EQ(bsync_db_exec(&device.db, "INSERT INTO lijst VALUES('c', 'x')"), BSYNC_OK);
	rows_write(&device, text, sizeof(text));
	CHECK_STR(text, "4 0 c - -");
	CHECK_EQ(bsync_db_exec(&device.db, "ROLLBACK TO s"), BSYNC_OK);
	text[0] = '\0';
	rows_write(&device, text, sizeof(text));
	CHECK_STR(text, "4 0 a - -");
	CHECK_EQ(bsync_db_exec(&device.db, "ROLLBACK"), BSYNC_OK);
	CHECK_EQ(bsync_capture_count(device.log), 0);
	device_close(&device);
}

TEST(insert_logs_the_new_row_unless_it_is_long)
{
	struct device device;
	struct bsync_capture_entry entry;

	CHECK(device_open(&device));
	CHECK_EQ(bsync_db_exec(&device.db, "BEGIN; INSERT INTO kenmerk VALUES('l', 'nl', 'x');"
					   " INSERT INTO kenmerk VALUES('l', 'fr', hex(zeroblob(40000)))"),
		 BSYNC_OK);
	CHECK_EQ(bsync_capture_count(device.log), 2);
	entry = bsync_capture_at(device.log, 0);
	CHECK_EQ(entry.table_no, 6);
	CHECK_EQ(entry.op, BSYNC_CAPTURE_INSERT);
	CHECK_BYTES(entry.key.as.bytes.data, entry.key.as.bytes.size, "\x92\xa1l\xa2nl", 6);
	CHECK_BYTES(entry.inserted.data, entry.inserted.size, "\x93\xa1l\xa2nl\xa1x", 8);
	CHECK_EQ(bsync_capture_at(device.log, 1).inserted.size, 0);
	device_close(&device);
}

TEST(closed_gate_logs_nothing)
{
	struct device device;

	CHECK(device_open(&device));
	device.gate.is_open = false;
	CHECK_STR(
		log_of(&device,
		       "INSERT INTO lijst VALUES('a', 'x'); UPDATE lijst SET titel = 'y', naam = 'b'; DELETE FROM lijst"),
		"");
	device_close(&device);
}

TEST(connection_without_the_functions_cannot_write)
{
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct device device;
	struct bsync_db other;

	CHECK(device_open(&device));
	CHECK_EQ(bsync_db_open(&other, NULL, &options), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&other, &device.folder.source, 0, false), BSYNC_OK);
	CHECK_EQ(bsync_capture_install(&other, device.schema), BSYNC_OK);
	CHECK(bsync_db_exec(&other, "INSERT INTO lijst VALUES('a', 'x')") != BSYNC_OK);
	CHECK_STR(bsync_db_error(&other), "no such function: bsync_capturing");
	bsync_db_close(&other);
	device_close(&device);
}

TEST(triggers_can_be_made_again)
{
	struct device device;

	CHECK(device_open(&device));
	CHECK_EQ(bsync_capture_install(&device.db, device.schema), BSYNC_OK);
	CHECK_STR(log_of(&device, "INSERT INTO lijst VALUES('a', 'x')"), "4 0 a - -");
	device_close(&device);
}

/* Makes a table of `count` columns c0 (the key), c1, … and its compiled form. */
static bool wide_table(struct bsync_db *db, struct bsync_table *table, struct bsync_column *columns, uint32_t count)
{
	static char names[BSYNC_COLUMNS_MAX][12];
	static char name[] = "wide";
	char sql[4000] = "CREATE TABLE wide(c0 INTEGER PRIMARY KEY";

	memset(table, 0, sizeof(*table));
	memset(columns, 0, count * sizeof(*columns));
	for (uint32_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "c%u", i);
		columns[i] = (struct bsync_column){.no = i + 1, .name = names[i], .is_key = i == 0};
		if (i > 0)
			snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ", c%u INTEGER", i);
	}
	snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ") STRICT");
	table->no = 9;
	table->name = name;
	table->column_count = count;
	table->columns = columns;
	table->key_count = 1;
	return bsync_db_exec(db, sql) == BSYNC_OK;
}

TEST(wide_table_logs_a_row_for_each_group_of_columns)
{
	static struct bsync_column columns[BSYNC_COLUMNS_MAX];
	struct bsync_table table;
	struct bsync_buffer sql;
	struct device device;

	CHECK(device_open(&device));
	CHECK(wide_table(&device.db, &table, columns, 200));
	bsync_buffer_init(&sql, 1 << 20);
	CHECK_EQ(bsync_capture_sql(&table, &sql), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&device.db, (const char *)sql.data), BSYNC_OK);
	bsync_buffer_clear(&sql);
	CHECK_STR(log_of(&device, "INSERT INTO wide(c0, c62, c63, c199) VALUES(5, 1, 2, 3)"), "9 0 5 - -");
	CHECK_STR(log_of(&device, "UPDATE wide SET c62 = 7"), "9 1 5 4611686018427387904 9101");
	CHECK_STR(log_of(&device, "UPDATE wide SET c62 = 8, c63 = 8, c199 = 8, c1 = NULL"),
		  "9 1 5 4611686018427387904 9107;9 17 5 1 9102;9 49 5 1024 9103");
	CHECK_EQ(strncmp(log_of(&device, "DELETE FROM wide"), "9 2 5 - DC00C805C0", 18), 0);
	device_close(&device);
}

TEST(column_that_ignores_case_still_logs_a_change_of_case)
{
	char names[3][2] = {"t", "a", "b"};
	struct bsync_column columns[2] = {{.no = 1, .name = names[1], .is_key = true}, {.no = 2, .name = names[2]}};
	struct bsync_table table = {.no = 3, .name = names[0], .column_count = 2, .columns = columns, .key_count = 1};
	struct bsync_buffer sql;
	struct device device;

	CHECK(device_open(&device));
	CHECK_EQ(bsync_db_exec(&device.db, "CREATE TABLE t(a TEXT PRIMARY KEY, b TEXT COLLATE NOCASE) STRICT"),
		 BSYNC_OK);
	bsync_buffer_init(&sql, 1 << 20);
	CHECK_EQ(bsync_capture_sql(&table, &sql), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&device.db, (const char *)sql.data), BSYNC_OK);
	bsync_buffer_clear(&sql);
	log_of(&device, "INSERT INTO t VALUES('k', 'jan')");
	CHECK_STR(log_of(&device, "UPDATE t SET b = 'Jan'"), "3 1 k 2 91A36A616E");
	device_close(&device);
}
