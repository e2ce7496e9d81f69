/* What a schema says of each column to a privacy officer. */
#include "tests/support/harness.h"

#include "core/schema/folder.h"
#include "core/schema/purposes.h"

static const char small[] =
	"INSERT INTO sync_schema(name) VALUES('klein');"
	"CREATE TABLE lid(id BLOB PRIMARY KEY, naam TEXT, tot TEXT, merk TEXT) STRICT;"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('lid', 'grond', 'een jaar');"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding, aard) VALUES('lid', 'id', 'key', 'noemen', NULL),"
	" ('lid', 'naam', 'lww', 'roepen', 'identificerend'), ('lid', 'tot', 'min', 'weten', NULL),"
	" ('lid', 'merk', 'server', 'tellen', NULL);"
	"INSERT INTO sync_circle(name, members) VALUES('zelf', 'SELECT id, NULL, tot FROM lid WHERE id = :scope'),"
	" ('ook', 'SELECT id, NULL, tot FROM lid WHERE id = :scope');"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('zelf', 'lid', 'SELECT :new_id'), ('ook', 'lid', 'SELECT :new_id');"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'a', 'id', 'zelf', 'naam, tot'),"
	" ('lid', 'b', 'id', 'ook', 'tot'), ('lid', 'c', 'id', 'ook', 'tot');";

struct told {
	char text[2000];
	uint32_t count, stop_after;
};

static enum bsync_result tell(void *context, const struct bsync_purpose *purpose)
{
	struct told *told = context;
	size_t used = strlen(told->text);

	if (told->stop_after != 0 && told->count == told->stop_after)
		return BSYNC_TOO_LARGE;
	told->count++;
	snprintf(told->text + used, sizeof told->text - used, "%s.%s %s %s %s %s %s:", purpose->table, purpose->column,
		 purpose->rule, purpose->nature != NULL ? purpose->nature : "-", purpose->purpose, purpose->ground,
		 purpose->life);
	for (uint32_t i = 0; i < purpose->circle_count; i++) {
		used = strlen(told->text);
		snprintf(told->text + used, sizeof told->text - used, " %s", purpose->circles[i]);
	}
	used = strlen(told->text);
	snprintf(told->text + used, sizeof told->text - used, "\n");
	return BSYNC_OK;
}

static enum bsync_result purposes_of_small(struct told *told)
{
	struct bsync_schema_file file = {"0001_klein.sql", bsync_bytes_of_string(small)};
	struct bsync_schema_source source = {&file, 1, {NULL, 0}};
	struct bsync_schema *schema = NULL;

	enum bsync_result result = bsync_schema_compile(&source, &schema, NULL);

	if (result == BSYNC_OK)
		result = bsync_schema_purposes(&source, schema, tell, told);
	bsync_schema_free(schema);
	return result;
}

TEST(each_column_tells_its_purpose_ground_term_and_each_circle_once)
{
	struct told told = {.count = 0};

	CHECK_EQ(purposes_of_small(&told), BSYNC_OK);
	CHECK_STR(told.text, "lid.id key - noemen grond een jaar: zelf ook\n"
			     "lid.naam lww identificerend roepen grond een jaar: zelf\n"
			     "lid.tot min - weten grond een jaar: zelf ook\n"
			     "lid.merk server - tellen grond een jaar:\n");
}

TEST(who_listens_can_end_it)
{
	struct told told = {.stop_after = 2};

	CHECK_EQ(purposes_of_small(&told), BSYNC_TOO_LARGE);
	CHECK_EQ(told.count, 2);
}

static enum bsync_result is_held(void *context, const struct bsync_purpose *purpose)
{
	uint32_t *count = context;

	(*count)++;
	bool is_said = purpose->purpose[0] != '\0' && purpose->ground[0] != '\0' && purpose->life[0] != '\0';
	return is_said && purpose->circle_count > 0 ? BSYNC_OK : BSYNC_NOT_FOUND;
}

TEST(every_column_of_utrecht_is_held_by_a_circle)
{
	struct bsync_schema_folder folder;
	struct bsync_schema *schema = NULL;
	uint32_t count = 0;
	uint32_t wanted = 0;

	CHECK_EQ(bsync_schema_load(BSYNC_SOURCE_DIR "/schema/utrecht", &folder, &schema, NULL), BSYNC_OK);
	CHECK_EQ(bsync_schema_purposes(&folder.source, schema, is_held, &count), BSYNC_OK);
	for (uint32_t t = 0; t < schema->table_count; t++)
		wanted += schema->tables[t].column_count;
	CHECK_EQ(count, wanted);
	bsync_schema_free(schema);
	bsync_schema_folder_clear(&folder);
}
