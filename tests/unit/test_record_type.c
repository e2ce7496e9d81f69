#include "core/record_type.h"

#include "tests/support/harness.h"

static char *copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *memory = malloc(size);

	if (memory == NULL)
		exit(1);
	return memcpy(memory, text, size);
}

static void *zeros(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		exit(1);
	return memory;
}

/* Tables 2, 5 and 9; the columns of each are numbered 1, 2 and, after one was dropped, 7. */
static struct bsync_schema *schema_make(void)
{
	static const char *const names[] = {"doel", "taak", "notitie"};
	static const uint32_t table_nos[] = {2, 5, 9};
	static const char *const columns[] = {"id", "tekst", "status"};
	static const uint32_t column_nos[] = {1, 2, 7};
	struct bsync_schema *schema = zeros(1, sizeof(*schema));

	schema->name = copy("test");
	schema->table_count = 3;
	schema->tables = zeros(3, sizeof(*schema->tables));
	for (size_t i = 0; i < 3; i++) {
		struct bsync_table *table = &schema->tables[i];

		table->no = table_nos[i];
		table->name = copy(names[i]);
		table->column_count = 3;
		table->columns = zeros(3, sizeof(*table->columns));
		for (size_t j = 0; j < 3; j++)
			table->columns[j] = (struct bsync_column){.no = column_nos[j], .name = copy(columns[j])};
		table->face_count = 1;
		table->faces = zeros(1, sizeof(*table->faces));
		table->faces[0].name = copy("heel");
		table->faces[0].scope_sql = copy("dossier_id");
	}
	schema->circle_count = 1;
	schema->circles = zeros(1, sizeof(*schema->circles));
	schema->circles[0].name = copy("kring");
	schema->circles[0].members_sql = copy("SELECT 1");
	schema->dep_count = 1;
	schema->deps = zeros(1, sizeof(*schema->deps));
	schema->deps[0].scopes_sql = copy("SELECT 2");
	schema->dictionary = (struct bsync_bytes){(const uint8_t *)copy("words"), 5};
	return schema;
}

TEST(tables_are_found_by_number_and_name)
{
	struct bsync_schema *schema = schema_make();

	for (uint32_t no = 0; no < 12; no++) {
		const struct bsync_table *table = bsync_schema_table(schema, no);

		CHECK_EQ(table != NULL, no == 2 || no == 5 || no == 9);
		if (table != NULL)
			CHECK_EQ(table->no, no);
	}
	CHECK(bsync_schema_table(schema, UINT32_MAX) == NULL);
	CHECK(bsync_schema_table_named(schema, "taak") == &schema->tables[1]);
	CHECK(bsync_schema_table_named(schema, "Taak") == NULL);
	CHECK(bsync_schema_table_named(schema, "") == NULL);
	bsync_schema_free(schema);
}

TEST(columns_are_found_by_number_and_name)
{
	struct bsync_schema *schema = schema_make();
	const struct bsync_table *table = &schema->tables[0];

	CHECK_EQ(bsync_table_column(table, 0), -1);
	CHECK_EQ(bsync_table_column(table, 1), 0);
	CHECK_EQ(bsync_table_column(table, 2), 1);
	CHECK_EQ(bsync_table_column(table, 3), -1);
	CHECK_EQ(bsync_table_column(table, 7), 2);
	CHECK_EQ(bsync_table_column(table, UINT32_MAX), -1);
	CHECK_EQ(bsync_table_column_named(table, "status"), 2);
	CHECK_EQ(bsync_table_column_named(table, "stat"), -1);
	bsync_schema_free(schema);
}

TEST(an_empty_schema_has_no_tables)
{
	struct bsync_schema *schema = zeros(1, sizeof(*schema));

	CHECK(bsync_schema_table(schema, 1) == NULL);
	CHECK(bsync_schema_table_named(schema, "x") == NULL);
	bsync_schema_free(schema);
}

TEST(half_built_schemas_are_freed)
{
	struct bsync_schema *schema = zeros(1, sizeof(*schema));

	bsync_schema_free(NULL);
	schema->table_count = 2;
	schema->tables = zeros(2, sizeof(*schema->tables));
	schema->tables[0].column_count = 4;
	schema->tables[1].face_count = 2;
	schema->circle_count = 3;
	schema->dep_count = 1;
	CHECK(schema->tables[0].columns == NULL);
	/* The address sanitizer judges the rest. */
	bsync_schema_free(schema);
}

TEST(rules_have_words)
{
	static const char *const words[] = {"lww", "keep", "first", "server", "max", "min", "counter", "set"};
	enum bsync_rule rule = BSYNC_RULE_LWW;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		CHECK(bsync_rule_parse(words[i], &rule));
		CHECK_STR(bsync_rule_name(rule), words[i]);
		CHECK_EQ(rule, i);
	}
	CHECK(!bsync_rule_parse("LWW", &rule));
	CHECK(!bsync_rule_parse("", &rule));
	CHECK_EQ(rule, BSYNC_RULE_SET);
}
