#include "core/schema/row_text.h"

#include "tests/support/harness.h"

static struct bsync_bytes bytes(const char *text)
{
	return bsync_bytes_of_string(text);
}

/* A table whose key has a column of each kind. */
static void make_table(struct bsync_table *table, struct bsync_column columns[4])
{
	static const enum bsync_affinity affinities[] = {BSYNC_AFFINITY_BLOB, BSYNC_AFFINITY_TEXT,
							 BSYNC_AFFINITY_INTEGER, BSYNC_AFFINITY_REAL};
	memset(table, 0, sizeof *table);
	memset(columns, 0, 4 * sizeof *columns);
	for (uint32_t i = 0; i < 4; i++) {
		columns[i].affinity = affinities[i];
		columns[i].is_key = true;
		table->key[i] = i;
	}
	table->columns = columns;
	table->column_count = 4;
	table->key_count = 4;
}

TEST(a_key_of_every_kind_reads_back_as_it_was_written)
{
	static const uint8_t blob[] = {0, 0xab, 0xff};
	struct bsync_table table;
	struct bsync_column columns[4];
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_buffer word;
	struct bsync_arena arena;
	const struct bsync_value wanted[4] = {bsync_value_blob((struct bsync_bytes){blob, sizeof blob}),
					      bsync_value_text(bytes("a/b%\n\xc3\xa9 ")),
					      bsync_value_integer(INT64_MIN), bsync_value_real(0.1)};
	make_table(&table, columns);
	bsync_arena_init(&arena, 1 << 16);
	bsync_buffer_init(&word, 1000);
	CHECK_EQ(bsync_row_text_write(wanted, 4, &word), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&word, "", 1), BSYNC_OK);
	CHECK_STR((const char *)word.data, "00abff/a%2fb%25%0a\xc3\xa9 /-9223372036854775808/0.10000000000000001");
	CHECK_EQ(bsync_row_text_read(&table, (const char *)word.data, &arena, key), BSYNC_OK);
	for (size_t i = 0; i < 4; i++)
		CHECK(bsync_value_equal(&key[i], &wanted[i]));
	bsync_buffer_clear(&word);
	bsync_arena_clear(&arena);
}

TEST(a_word_that_is_no_key_is_refused)
{
	static const char *const none[] = {"",           "00",         "00/a",      "00/a/1",
					   "00/a/1/2/3", "0/a/1/2",    "zz/a/1/2",  "00/%2/1/2",
					   "00/%/1/2",   "00/%zz/1/2", "00/a/x/2",  "00/a//2",
					   "00/a/1/",    "00/a/1e1/2", "00/a/ 1/2", "00/a/9223372036854775808/2",
					   "00/\xff/1/2"};
	struct bsync_table table;
	struct bsync_column columns[4];
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_arena arena;
	make_table(&table, columns);
	bsync_arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (bsync_row_text_read(&table, none[i], &arena, key) != BSYNC_INVALID)
			FAIL("\"%s\" is taken", none[i]);
	CHECK_EQ(bsync_row_text_read(&table, "//1/2", &arena, key), BSYNC_OK); /* an empty blob and an empty text */
	CHECK_EQ(key[0].as.bytes.size + key[1].as.bytes.size, 0);
	bsync_arena_clear(&arena);
}

TEST(a_value_is_read_by_the_affinity_of_its_column)
{
	struct bsync_value value;
	struct bsync_arena arena;
	bsync_arena_init(&arena, 1 << 16);
	CHECK_EQ(bsync_row_text_value(BSYNC_AFFINITY_INTEGER, bytes("-12"), &arena, &value), BSYNC_OK);
	CHECK_EQ(value.kind, BSYNC_INTEGER);
	CHECK_EQ(value.as.integer, -12);
	CHECK_EQ(bsync_row_text_value(BSYNC_AFFINITY_TEXT, bytes("12/%"), &arena, &value), BSYNC_OK);
	CHECK_EQ(value.kind, BSYNC_TEXT);
	CHECK_BYTES(value.as.bytes.data, value.as.bytes.size, "12/%", 4);
	CHECK_EQ(bsync_row_text_value(BSYNC_AFFINITY_BLOB, bytes("0aFf"), &arena, &value), BSYNC_OK);
	CHECK_BYTES(value.as.bytes.data, value.as.bytes.size, "\x0a\xff", 2);
	CHECK_EQ(bsync_row_text_value(BSYNC_AFFINITY_INTEGER, bytes("twaalf"), &arena, &value), BSYNC_INVALID);
	bsync_arena_clear(&arena);
}
