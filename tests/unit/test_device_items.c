/* Items that the store made, on a device: what is listed, what each choice does, and what cannot stand. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NAAM = 2, TELLER = 4, LABELS = 5, EERST = 6, MINE = 0x11, THEIRS = 0x22 };

static const uint8_t one = 1;

#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

struct seen {
	int count;
	uint8_t id[16];
	char text[500];
};

static size_t put_value(char *out, size_t size, const struct bsync_value *value)
{
	switch (value->kind) {
	case BSYNC_INTEGER:
		return (size_t)snprintf(out, size, " %lld", (long long)value->as.integer);
	case BSYNC_TEXT:
		return (size_t)snprintf(out, size, " %.*s", (int)value->as.bytes.size,
					(const char *)value->as.bytes.data);
	default:
		return (size_t)snprintf(out, size, " -");
	}
}

static bool see(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;
	size_t used = (size_t)snprintf(seen->text, sizeof(seen->text), "%s by %s%s:", item->kind,
				       item->author_name != NULL ? item->author_name : "?",
				       item->is_row_here ? "" : " of no row");

	seen->count++;
	memcpy(seen->id, item->id, sizeof(seen->id));
	for (uint32_t i = 0; i < item->cell_count; i++) {
		used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %s", item->cells[i].column);
		for (uint32_t j = 0; j < item->cells[i].variant_count; j++)
			used += put_value(seen->text + used, sizeof(seen->text) - used,
					  &item->cells[i].variants[j].value);
	}
	return true;
}

static struct seen inbox(struct bsync_file *file)
{
	struct seen seen = {0};

	if (bsync_file_inbox(file, see, &seen) != BSYNC_OK)
		seen.count = -1;
	return seen;
}

static enum bsync_result resolve(struct device_scene *scene, enum bsync_take take, uint32_t number)
{
	const struct seen seen = inbox(scene->file);

	return bsync_file_resolve(scene->file, seen.id, take, number, NULL);
}

/* An item about row `key` at `counter`, with the cells given, by `author`. */
static enum bsync_result send_item(struct device_scene *scene, uint8_t key, struct bsync_past *cells, uint32_t count,
				   uint8_t author, uint64_t counter)
{
	struct bsync_pulled_item item = {.kind = bsync_bytes_of_string("late"),
					 .is_open = true,
					 .reason = bsync_bytes_of_string("access to this had ended"),
					 .cell_count = count,
					 .cells = cells};
	struct pull_row row;

	memset(item.id, 0x77, sizeof(item.id));
	memset(item.author.bytes, author, BSYNC_ID_SIZE);
	for (uint32_t i = 0; i < count; i++)
		memset(cells[i].variant.author.bytes, author, BSYNC_ID_SIZE);
	pull_row_init(&row, BSYNC_PULLED_ITEM, DOSSIER, 1, key, counter);
	row.row.item = &item;
	if (pull_send(scene, pull_scope_dossier(&one), &row) != BSYNC_OK)
		return BSYNC_INVALID;
	return device_scene_pull_end(scene, counter);
}

/* The delete, in table 0, of what send_item sends. */
static bool closes_item(const struct bsync_change *change)
{
	uint8_t id[16];

	memset(id, 0x77, sizeof(id));
	return change->table_no == BSYNC_ITEMS_TABLE_NO && change->kind == BSYNC_CHANGE_DELETE &&
	       change->key_count == 1 && bsync_bytes_equal(change->key[0].as.bytes, (struct bsync_bytes){id, 16});
}

static struct bsync_past cell_text(uint32_t column_no, const char *text)
{
	return (struct bsync_past){.column_no = column_no,
				   .variant = {.value = bsync_value_text(bsync_bytes_of_string(text))}};
}

/* A dossier with every kind of column. */
static bool scene_make(struct device_scene *scene)
{
	struct pull_row row;

	if (!device_scene_make(scene))
		return false;
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 20);
	pull_row_text(&row, NAAM, "Jansen");
	pull_row_value(&row, TELLER, bsync_value_integer(40));
	pull_row_text(&row, LABELS, "[\"a\"]");
	pull_row_text(&row, EERST, "eerst");
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, 20) == BSYNC_OK;
}

TEST(what_was_handed_in_is_taken_in_every_column_at_once)
{
	struct device_scene scene;
	struct bsync_past cells[3] = {cell_text(NAAM, "De Vries"), {.column_no = TELLER}, cell_text(LABELS, "[\"b\"]")};
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(scene_make(&scene));
	cells[1].variant.value = bsync_value_integer(2);
	CHECK_EQ(send_item(&scene, 1, cells, 3, MINE, 23), BSYNC_OK);
	CHECK_STR(inbox(scene.file).text, "late by Anna: naam Jansen De Vries teller 40 2 labels [\"a\"] [\"b\"]");
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 2), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "De Vries");
	/* What was handed in of a counter and a set is what to add. */
	INTEGER("SELECT teller FROM dossier", 42);
	TEXT("SELECT labels FROM dossier", "[\"a\",\"b\"]");
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 2);
	CHECK_EQ(sets[0].changes[0].cell_count, 3);
	CHECK(closes_item(&sets[0].changes[1]));
	device_scene_clear(&scene);
}

TEST(what_stands_is_kept_by_number_by_theirs_and_by_none)
{
	static const enum bsync_take takes[] = {BSYNC_TAKE_NUMBER, BSYNC_TAKE_THEIRS, BSYNC_TAKE_NONE};

	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		struct device_scene scene;
		struct bsync_past cell = cell_text(NAAM, "De Vries");
		struct bsync_changeset *sets;
		uint32_t count;

		CHECK(scene_make(&scene));
		CHECK_EQ(send_item(&scene, 1, &cell, 1, MINE, 23), BSYNC_OK);
		CHECK_EQ(resolve(&scene, takes[i], 1), BSYNC_OK);
		TEXT("SELECT naam FROM dossier", "Jansen");
		CHECK_EQ(inbox(scene.file).count, 0);
		CHECK(device_scene_outbox(&scene, 0, &sets, &count));
		CHECK_EQ(count, 1);
		CHECK_EQ(sets[0].change_count, 1);
		CHECK(closes_item(&sets[0].changes[0]));
		device_scene_clear(&scene);
	}
}

TEST(an_item_that_was_closed_here_stays_closed_when_it_is_pulled_again)
{
	struct device_scene scene;
	struct bsync_past cell = cell_text(NAAM, "De Vries");

	CHECK(scene_make(&scene));
	CHECK_EQ(send_item(&scene, 1, &cell, 1, MINE, 23), BSYNC_OK);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NONE, 0), BSYNC_OK);
	CHECK_EQ(send_item(&scene, 1, &cell, 1, MINE, 24), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	device_scene_clear(&scene);
}

TEST(a_choice_that_is_not_clear_leaves_the_item_open)
{
	struct device_scene scene;
	struct bsync_past cells[2] = {cell_text(NAAM, "De Vries"), cell_text(EERST, "eerst")};
	const struct bsync_value value = bsync_value_text(bsync_bytes_of_string("Bakker"));

	CHECK(scene_make(&scene));
	/* Of somebody else: neither mine, nor clearly theirs. */
	CHECK_EQ(send_item(&scene, 1, cells, 2, THEIRS, 23), BSYNC_OK);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_MINE, 0), BSYNC_INVALID);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_THEIRS, 0), BSYNC_INVALID);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 3), BSYNC_INVALID);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 0), BSYNC_INVALID);
	/* A value is for one column. */
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_VALUE, 0, &value), BSYNC_INVALID);
	CHECK_EQ(inbox(scene.file).count, 1);
	/* Equal to what stands is no loss. */
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 2), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "De Vries");
	device_scene_clear(&scene);
}

TEST(what_the_rule_would_not_let_stand_is_said_before_and_the_item_stays)
{
	struct device_scene scene;
	struct bsync_past cells[2] = {cell_text(NAAM, "De Vries"), cell_text(EERST, "later")};

	CHECK(scene_make(&scene));
	CHECK_EQ(send_item(&scene, 1, cells, 2, MINE, 23), BSYNC_OK);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_MINE, 0), BSYNC_MISUSE);
	CHECK(strstr(bsync_file_error_text(scene.file), "column eerst has the rule first") != NULL);
	CHECK_EQ(inbox(scene.file).count, 1);
	TEXT("SELECT naam || eerst FROM dossier", "Janseneerst");
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NONE, 0), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	device_scene_clear(&scene);
}

TEST(a_row_that_is_not_here_cannot_be_taken_here)
{
	struct device_scene scene;
	struct bsync_past cell = cell_text(NAAM, "De Vries");

	CHECK(scene_make(&scene));
	CHECK_EQ(send_item(&scene, 2, &cell, 1, THEIRS, 23), BSYNC_OK);
	/* Nobody has sent the name of worker 0x22. */
	CHECK_STR(inbox(scene.file).text, "late by 22222222222222222222222222222222 of no row: naam De Vries");
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 1), BSYNC_MISUSE);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 2), BSYNC_INVALID);
	CHECK_EQ(inbox(scene.file).count, 1);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NONE, 0), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	device_scene_clear(&scene);
}

TEST(an_item_without_cells_is_closed_by_any_choice)
{
	struct device_scene scene;

	CHECK(scene_make(&scene));
	CHECK_EQ(send_item(&scene, 1, NULL, 0, THEIRS, 23), BSYNC_OK);
	CHECK_EQ(resolve(&scene, BSYNC_TAKE_NUMBER, 1), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	INTEGER("SELECT count(*) FROM dossier", 1);
	device_scene_clear(&scene);
}
