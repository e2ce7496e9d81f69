/* Which rows clash, read from a database by hand. */
#include "core/schema/duplicates.h"

#include <stdarg.h>

#include "core/schema/compile.h"
#include "tests/support/harness.h"

static const char files[] =
	"INSERT INTO sync_schema(id, name) VALUES(1, 'dubbel');\n"
	"CREATE TABLE huis(a TEXT, b INTEGER, kring TEXT, naam TEXT, nummer ANY, weg INTEGER, PRIMARY KEY(a, b)) STRICT;\n"
	"CREATE INDEX huis_naam ON huis(nummer, naam, kring);\n"
	"INSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(7, 'huis', 'test', 'test');\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('huis', 'a', 'key', 't'), ('huis', 'b', 'key', 't'),"
	" ('huis', 'kring', 'first', 't'), ('huis', 'naam', 'lww', 't'), ('huis', 'nummer', 'lww', 't'),"
	" ('huis', 'weg', 'lww', 't');\n"
	"INSERT INTO sync_circle(name, members, founders, root) VALUES('k', 'SELECT :scope', NULL, 'huis');\n"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('huis', 'heel', 'kring', 'k', '*');\n"
	"INSERT INTO sync_unique(no, tbl, name, columns, unless) VALUES(3, 'huis', 'een', 'naam, nummer', 'weg');\n";

struct fixture {
	struct bsync_schema *schema;
	struct bsync_db db;
	struct bsync_arena arena;
	char found[2000];
	uint8_t id[BSYNC_ID_SIZE];
};

static bool fixture_open(struct fixture *fixture)
{
	const struct bsync_schema_file file = {"0001_dubbel.sql", bsync_bytes_of_string(files)};
	const struct bsync_schema_source source = {.file_count = 1, .files = &file};
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	enum bsync_result result;

	memset(fixture, 0, sizeof *fixture);
	bsync_arena_init(&fixture->arena, 1 << 20);
	result = bsync_schema_compile(&source, &fixture->schema, NULL);
	if (result == BSYNC_OK)
		result = bsync_db_open(&fixture->db, NULL, &options);
	if (result == BSYNC_OK)
		result = bsync_db_exec(&fixture->db,
				       "CREATE TABLE huis(a TEXT, b INTEGER, kring TEXT, naam TEXT, nummer ANY, "
				       "weg INTEGER, PRIMARY KEY(a, b)) STRICT;");
	return result == BSYNC_OK;
}

static void fixture_close(struct fixture *fixture)
{
	bsync_schema_free(fixture->schema);
	bsync_db_close(&fixture->db);
	bsync_arena_clear(&fixture->arena);
}

__attribute__((format(printf, 2, 3))) static void put(struct fixture *fixture, const char *format, ...)
{
	size_t used = strlen(fixture->found);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fixture->found + used, sizeof fixture->found - used, format, arguments);
	va_end(arguments);
}

/* "[naam: key key …]" */
static bool note(void *context, const struct bsync_inbox_item *item)
{
	struct fixture *fixture = context;
	const struct bsync_bytes name = item->cells[0].variants[0].value.as.bytes;

	if (strcmp(item->kind, "duplicate") != 0 || item->table_no != 7 || item->cell_count != 2 ||
	    strcmp(item->cells[0].column, "naam") != 0 || item->cells[0].variant_count != 1 ||
	    item->key != item->rows[0].key)
		put(fixture, "wrong");
	put(fixture, "[%.*s:", (int)name.size, (const char *)name.data);
	for (uint32_t i = 0; i < item->row_count; i++)
		put(fixture, " %.*s%d", (int)item->rows[i].key[0].as.bytes.size,
		    (const char *)item->rows[i].key[0].as.bytes.data, (int)item->rows[i].key[1].as.integer);
	put(fixture, "]");
	memcpy(fixture->id, item->id, BSYNC_ID_SIZE);
	return true;
}

static const char *found(struct fixture *fixture)
{
	uint64_t count = 0;
	uint64_t brackets = 0;
	bool goes_on = false;

	fixture->found[0] = '\0';
	if (bsync_duplicates_list(&fixture->db, fixture->schema, &fixture->arena, note, fixture, &goes_on) !=
		    BSYNC_OK ||
	    bsync_duplicates_count(&fixture->db, fixture->schema, &count) != BSYNC_OK || !goes_on)
		return "failed";
	for (const char *at = fixture->found; *at != '\0'; at++)
		brackets += *at == '[';
	return count == brackets ? fixture->found : "counted otherwise";
}

static const char *found_after(struct fixture *fixture, const char *sql)
{
	return bsync_db_exec(&fixture->db, sql) == BSYNC_OK ? found(fixture) : bsync_db_error(&fixture->db);
}

TEST(rows_with_equal_values_clash_and_null_never_does)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(found(&fixture), "");
	CHECK_STR(
		found_after(&fixture,
			    "INSERT INTO huis(a, b, naam, nummer) VALUES('x', 1, 'Pruis', 1), ('x', 2, 'Pruis', NULL), "
			    "('x', 3, 'Pruis', NULL), ('x', 4, NULL, 1), ('x', 5, NULL, 1), ('x', 6, 'pruis', 1), "
			    "('x', 7, 'Pruis', 2)"),
		"");
	CHECK_STR(found_after(&fixture, "INSERT INTO huis(a, b, naam, nummer) VALUES('w', 9, 'Pruis', 1), "
					"('y', 0, 'Asante', 2), ('y', 1, 'Asante', 2), ('z', 1, 'Pruis', 1)"),
		  "[Asante: y0 y1][Pruis: w9 x1 z1]");
	/* 1 and '1' are not the same value. */
	CHECK_STR(found_after(&fixture, "UPDATE huis SET nummer = '1' WHERE a = 'w'"), "[Asante: y0 y1][Pruis: x1 z1]");
	fixture_close(&fixture);
}

TEST(a_row_that_is_left_out_clashes_with_none)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(found_after(&fixture, "INSERT INTO huis(a, b, naam, nummer, weg) VALUES('x', 1, 'Pruis', 1, NULL), "
					"('x', 2, 'Pruis', 1, 0)"),
		  "");
	CHECK_STR(found_after(&fixture, "UPDATE huis SET weg = NULL"), "[Pruis: x1 x2]");
	fixture_close(&fixture);
}

TEST(the_id_is_of_the_rows_whatever_the_order_in_which_they_came)
{
	/* SHA-256 over "bsync/item/v1" and ["duplicate", 7, 3, [["x", 1], ["x", 2]]], made with another program. */
	static const uint8_t expected[BSYNC_ID_SIZE] = {0x44, 0x26, 0xf4, 0xb2, 0x6b, 0xda, 0xdb, 0x37,
							0x41, 0xa3, 0x95, 0xd9, 0x10, 0xcd, 0x64, 0x1a};
	struct fixture fixture;
	bool has = false;

	CHECK(fixture_open(&fixture));
	CHECK_STR(
		found_after(&fixture, "INSERT INTO huis(a, b, naam, nummer) VALUES('x', 1, 'P', 1), ('x', 2, 'P', 1)"),
		"[P: x1 x2]");
	CHECK_BYTES(fixture.id, sizeof fixture.id, expected, sizeof expected);
	CHECK_STR(found_after(&fixture, "DELETE FROM huis; INSERT INTO huis(a, b, naam, nummer) "
					"VALUES('x', 2, 'Q', 5), ('x', 1, 'Q', 5)"),
		  "[Q: x1 x2]");
	CHECK_BYTES(fixture.id, sizeof fixture.id, expected, sizeof expected);
	CHECK_EQ(bsync_duplicates_has(&fixture.db, fixture.schema, expected, &has), BSYNC_OK);
	CHECK(has);
	CHECK_STR(found_after(&fixture, "INSERT INTO huis(a, b, naam, nummer) VALUES('x', 3, 'Q', 5)"),
		  "[Q: x1 x2 x3]");
	CHECK_EQ(bsync_duplicates_has(&fixture.db, fixture.schema, expected, &has), BSYNC_OK);
	CHECK(!has);
	fixture_close(&fixture);
}

static bool stop(void *context, const struct bsync_inbox_item *item)
{
	(void)item;
	++*(int *)context;
	return false;
}

TEST(a_listing_ends_where_its_reader_says_so)
{
	struct fixture fixture;
	bool goes_on = true;
	int count = 0;

	CHECK(fixture_open(&fixture));
	CHECK_STR(found_after(&fixture,
			      "INSERT INTO huis(a, b, naam, nummer) VALUES('x', 1, 'P', 1), ('x', 2, 'P', 1), "
			      "('x', 3, 'Q', 1), ('x', 4, 'Q', 1)"),
		  "[P: x1 x2][Q: x3 x4]");
	CHECK_EQ(bsync_duplicates_list(&fixture.db, fixture.schema, &fixture.arena, stop, &count, &goes_on), BSYNC_OK);
	CHECK(!goes_on);
	CHECK_EQ(count, 1);
	fixture_close(&fixture);
}
