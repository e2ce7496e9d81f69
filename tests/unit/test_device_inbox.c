/* Conflicts, their resolution, items of the store, history and status. */
#include <sqlite3.h>

#include "core/merge.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NAAM = 2, STATUS = 3, EERST = 6 };

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

/* What the inbox listed last. */
struct seen {
	int count;
	uint8_t id[16];
	char text[500];
};

static bool see(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;
	size_t used = 0;

	seen->count++;
	memcpy(seen->id, item->id, sizeof(seen->id));
	used += (size_t)snprintf(seen->text, sizeof(seen->text), "%s %s", item->kind, item->table);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %s:", item->cells[i].column);
		for (uint32_t j = 0; j < item->cells[i].variant_count && item->row_count == 0; j++)
			used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %.*s/%s",
						 (int)item->cells[i].variants[j].value.as.bytes.size,
						 (const char *)item->cells[i].variants[j].value.as.bytes.data,
						 item->cells[i].author_names[j]);
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

/* A dossier with a conflict of its status at position 20: "hun" shown, "mijn" by `other_author`. */
static bool scene_with_conflict(struct device_scene *scene, uint8_t other_author)
{
	struct pull_row row;

	if (!device_scene_make(scene))
		return false;
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 20);
	pull_row_text(&row, NAAM, "Jansen");
	pull_row_conflict(&row, STATUS, "hun", "mijn", other_author);
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, 20) == BSYNC_OK &&
	       device_scene_run(scene->file,
				"INSERT INTO medewerker VALUES(unhex('22222222222222222222222222222222'), 'Bert')");
}

TEST(conflict_shows_its_versions_with_names)
{
	struct device_scene scene;
	uint64_t items = 0;
	struct bsync_dot dots[2] = {{.seq = 8}, {.seq = 9}};
	struct bsync_value key = bsync_value_blob((struct bsync_bytes){&one, 1});
	uint8_t id[16];

	CHECK(scene_with_conflict(&scene, 0x11));
	struct seen seen = inbox(scene.file);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "conflict dossier status: hun/Bert mijn/Anna");
	memset(dots[0].device.bytes, 0x23, 16);
	memset(dots[0].line.bytes, 0x24, 16);
	memset(dots[1].device.bytes, 0x12, 16);
	memset(dots[1].line.bytes, 0x13, 16);
	bsync_conflict_id(DOSSIER, &key, 1, STATUS, 2, dots, id);
	CHECK_BYTES(seen.id, 16, id, 16);
	CHECK_EQ(bsync_file_items_open(scene.file, &items), BSYNC_OK);
	CHECK_EQ(items, 1);
	device_scene_clear(&scene);
}

TEST(ordinary_edit_of_a_conflict_names_only_the_shown_version)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(scene_with_conflict(&scene, 0x11));
	RUN("UPDATE dossier SET status = 'nieuw', naam = 'b'");
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	const struct bsync_change *change = &sets[0].changes[0];
	CHECK_EQ(change->cells[0].base_kind, BSYNC_BASE_DEFAULT);
	CHECK_EQ(change->cells[1].base_kind, BSYNC_BASE_NAMES);
	CHECK_EQ(change->cells[1].name_count, 1);
	CHECK_EQ(change->cells[1].names[0].seq, 8);
	device_scene_clear(&scene);
}

TEST(resolve_names_every_version_even_when_the_shown_value_is_taken)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	struct bsync_file_status status;
	uint64_t items = 0;
	uint32_t count;

	CHECK(scene_with_conflict(&scene, 0x11));
	struct seen seen = inbox(scene.file);
	CHECK(bsync_file_take_committed(scene.file));
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NUMBER, 1, NULL), BSYNC_OK);
	CHECK(bsync_file_take_committed(scene.file));
	TEXT("SELECT status FROM dossier", "hun");
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_NAMES);
	CHECK_EQ(sets[0].changes[0].cells[0].name_count, 2);
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NUMBER, 1, NULL), BSYNC_CHANGED);
	/* Taken and shown: nothing is left of it. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 21, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 30), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_variant", 0);
	CHECK_EQ(bsync_file_items_open(scene.file, &items), BSYNC_OK);
	CHECK_EQ(items, 0);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 0);
	device_scene_clear(&scene);
}

TEST(mine_and_theirs_are_by_worker)
{
	struct device_scene scene;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_MINE, 0, NULL), BSYNC_OK);
	TEXT("SELECT status FROM dossier", "mijn");
	device_scene_clear(&scene);

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_THEIRS, 0, NULL), BSYNC_OK);
	TEXT("SELECT status FROM dossier", "hun");
	device_scene_clear(&scene);
}

TEST(mine_and_theirs_are_refused_where_they_are_not_one_each)
{
	struct device_scene scene;
	const struct bsync_value value = bsync_value_text(bsync_bytes_of_string("samen"));

	CHECK(scene_with_conflict(&scene, 0x33));
	struct seen seen = inbox(scene.file);
	CHECK_STR(seen.text, "conflict dossier status: hun/Bert mijn/33333333333333333333333333333333");
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_MINE, 0, NULL), BSYNC_INVALID);
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_THEIRS, 0, NULL), BSYNC_INVALID);
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NUMBER, 3, NULL), BSYNC_INVALID);
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_VALUE, 0, &value), BSYNC_OK);
	TEXT("SELECT status FROM dossier", "samen");
	device_scene_clear(&scene);
}

TEST(refused_resolve_opens_the_conflict_again)
{
	struct device_scene scene;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_MINE, 0, NULL), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 21, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	TEXT("SELECT status FROM dossier", "hun");
	CHECK_EQ(inbox(scene.file).count, 1);
	device_scene_clear(&scene);
}

TEST(conflict_of_a_row_deleted_here_is_no_item_until_the_delete_is_refused)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(inbox(scene.file).count, 1);
	CHECK_EQ(bsync_file_exec(scene.file, "DELETE FROM dossier"), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	/* The edit that made the conflict, and the delete. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 21, BSYNC_VERDICT_INBOX), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 22);
	pull_row_conflict(&row, STATUS, "hun", "mijn", 0x11);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 1);
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_NUMBER, 2, NULL), BSYNC_OK);
	device_scene_clear(&scene);
}

TEST(conflict_stays_in_a_row_that_an_own_insert_met_there)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	RUN("DELETE FROM dossier");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'anders')");
	/* Somebody had changed the row: the delete does not hold, and the insert finds it there. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 21, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 24, BSYNC_VERDICT_MERGED), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 22);
	pull_row_conflict(&row, STATUS, "hun", "mijn", 0x11);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	/* Of what it had already nothing is sent again. */
	CHECK_EQ(device_scene_pull_end(&scene, 24), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "anders");
	CHECK_EQ(inbox(scene.file).count, 1);
	device_scene_clear(&scene);
}

TEST(changed_set_of_versions_is_another_item)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	struct seen before = inbox(scene.file);
	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, 25);
	pull_row_conflict(&row, STATUS, "hun", "derde", 0x44);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	CHECK_EQ(bsync_file_resolve(scene.file, before.id, BSYNC_TAKE_NUMBER, 1, NULL), BSYNC_CHANGED);
	CHECK_EQ(inbox(scene.file).count, 1);
	/* A value without versions ends the conflict. */
	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, 26);
	pull_row_text(&row, STATUS, "klaar");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 26), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	TEXT("SELECT status FROM dossier", "klaar");
	device_scene_clear(&scene);
}

TEST(row_that_comes_whole_without_a_cell_ends_the_conflict_in_it)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(inbox(scene.file).count, 1);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 25);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	INTEGER("SELECT count(*) FROM bsync_variant", 0);
	device_scene_clear(&scene);
}

TEST(own_edit_that_won_leaves_no_conflict_behind)
{
	struct device_scene scene;

	CHECK(scene_with_conflict(&scene, 0x11));
	RUN("UPDATE dossier SET status = 'nieuw'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 21, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The store leaves the cell out, for all that stands there is ours. */
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	device_scene_clear(&scene);
}

TEST(conflict_of_a_row_deleted_here_and_elsewhere_goes_with_it)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	RUN("DELETE FROM dossier");
	pull_row_init(&row, BSYNC_PULLED_GONE, DOSSIER, 1, 1, 25);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 30, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 31), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_variant", 0);
	INTEGER("SELECT count(*) FROM bsync_pending WHERE tno = 2", 0);
	device_scene_clear(&scene);
}

TEST(conflict_of_a_row_deleted_here_ends_when_the_delete_is_shown)
{
	struct device_scene scene;
	uint64_t items = 0;

	CHECK(scene_with_conflict(&scene, 0x11));
	RUN("DELETE FROM dossier");
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK_EQ(bsync_file_items_open(scene.file, &items), BSYNC_OK);
	CHECK_EQ(items, 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 40), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_variant", 0);
	device_scene_clear(&scene);
}

TEST(an_item_goes_with_the_scope_that_gave_it_and_with_no_other)
{
	static const uint8_t two = 2;
	struct device_scene scene;
	struct pull_row row;
	struct bsync_past cell = {.column_no = NAAM,
				  .variant.value = bsync_value_text(bsync_bytes_of_string("Geheim"))};
	struct bsync_pulled_item item = {
		.kind = bsync_bytes_of_string("refused"), .is_open = true, .cell_count = 1, .cells = &cell};

	CHECK(device_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 2, 20);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &row), BSYNC_OK);
	/* About a row that was in the first scope and is in the second, and about one that is nowhere. */
	for (uint8_t i = 0; i < 2; i++) {
		memset(item.id, 0x70 + i, sizeof(item.id));
		pull_row_init(&row, BSYNC_PULLED_ITEM, DOSSIER, 1, (uint8_t)(2 + i), 21);
		row.row.item = &item;
		CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	}
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_item", 2);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_item", 2);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 23), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_item", 0);
	device_scene_clear(&scene);
}

TEST(item_of_the_store_is_listed_and_written_anew_by_choice)
{
	struct device_scene scene;
	struct pull_row row;
	struct bsync_past cell = {.column_no = NAAM};
	struct bsync_pulled_item item = {.kind = bsync_bytes_of_string("refused"),
					 .is_open = true,
					 .reason = bsync_bytes_of_string("omdat"),
					 .cell_count = 1,
					 .cells = &cell};
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_EQ(bsync_file_resolve(scene.file, inbox(scene.file).id, BSYNC_TAKE_MINE, 0, NULL), BSYNC_OK);
	memset(item.id, 0x77, sizeof(item.id));
	memset(item.author.bytes, 0x11, BSYNC_ID_SIZE);
	memset(cell.variant.author.bytes, 0x11, BSYNC_ID_SIZE);
	cell.variant.value = bsync_value_text(bsync_bytes_of_string("Geweigerd"));
	pull_row_init(&row, BSYNC_PULLED_ITEM, DOSSIER, 1, 1, 23);
	row.row.item = &item;
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	struct seen seen = inbox(scene.file);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "refused dossier naam: Jansen/(null) Geweigerd/Anna");
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NUMBER, 2, NULL), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "Geweigerd");
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK(device_scene_outbox(&scene, 2, &sets, &count));
	CHECK_EQ(count, 1);
	/* The store closes it too. */
	item.is_open = false;
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 26), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	device_scene_clear(&scene);
}

struct past_seen {
	char text[1000];
	size_t used;
};

static bool past_see(void *context, const struct bsync_past_row *row)
{
	struct past_seen *seen = context;
	const struct bsync_value *value = &row->past->variant.value;

	if (strcmp(row->column, "status") != 0)
		return true;
	seen->used += (size_t)snprintf(seen->text + seen->used, sizeof(seen->text) - seen->used, "%.*s/%s%s ",
				       value->kind == BSYNC_TEXT ? (int)value->as.bytes.size : 4,
				       value->kind == BSYNC_TEXT ? (const char *)value->as.bytes.data : "NULL",
				       row->author_name != NULL ? row->author_name : "?", row->stands ? "!" : "");
	return true;
}

static const char *history(struct bsync_file *file)
{
	static struct past_seen seen;
	const struct bsync_value key = bsync_value_blob((struct bsync_bytes){&one, 1});

	memset(&seen, 0, sizeof(seen));
	if (bsync_file_history(file, "dossier", &key, 1, past_see, &seen) != BSYNC_OK)
		return "failed";
	return seen.text;
}

static bool see_rows(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;
	size_t used = 0;

	seen->count++;
	memcpy(seen->id, item->id, sizeof(seen->id));
	used = (size_t)snprintf(seen->text, sizeof(seen->text), "%s %s %.*s:", item->kind, item->table,
				(int)item->cells[0].variants[0].value.as.bytes.size,
				(const char *)item->cells[0].variants[0].value.as.bytes.data);
	for (uint32_t i = 0; i < item->row_count; i++)
		used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %02x",
					 item->rows[i].key[0].as.bytes.data[0]);
	return true;
}

TEST(rows_that_clash_are_an_item_until_one_changes_and_no_choice_ends_it)
{
	struct device_scene scene;
	uint64_t items = 0;
	struct seen seen = {0};
	struct pull_row row;
	const uint8_t two = 2;

	CHECK(device_scene_make(&scene));
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, two, 20);
	pull_row_text(&row, EERST, "K7");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	CHECK_EQ(inbox(scene.file).count, 0);
	/* The own row is not handed in yet. */
	RUN("INSERT INTO dossier(id, naam, eerst) VALUES(x'01', 'Pruis', 'K7'), (x'03', 'Asante', NULL)");
	CHECK_EQ(bsync_file_inbox(scene.file, see_rows, &seen), BSYNC_OK);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "duplicate dossier K7: 01 02");
	CHECK_EQ(bsync_file_items_open(scene.file, &items), BSYNC_OK);
	CHECK_EQ(items, 1);

	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NONE, 0, NULL), BSYNC_MISUSE);
	CHECK(strstr(bsync_file_error_text(scene.file), "changed or deleted") != NULL);
	CHECK_EQ(inbox(scene.file).count, 1);
	RUN("DELETE FROM dossier WHERE id = x'01'");
	CHECK_EQ(inbox(scene.file).count, 0);
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NONE, 0, NULL), BSYNC_CHANGED);
	CHECK_EQ(bsync_file_items_open(scene.file, &items), BSYNC_OK);
	CHECK_EQ(items, 0);
	device_scene_clear(&scene);
}

TEST(history_has_what_travelled_what_stands_and_what_is_unsent)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(scene_with_conflict(&scene, 0x11));
	CHECK_STR(history(scene.file), "hun/Bert! mijn/Anna! ");
	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, 25);
	pull_row_text(&row, STATUS, "klaar");
	pull_row_past(&row, STATUS, "hun", 8, 25);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	CHECK_STR(history(scene.file), "hun/Bert klaar/?! ");
	RUN("UPDATE dossier SET status = 'mijn 2'");
	CHECK_STR(history(scene.file), "hun/Bert klaar/? mijn 2/Anna! ");
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_STR(history(scene.file), "hun/Bert klaar/? mijn 2/Anna! ");
	CHECK_EQ(device_scene_pull_end(&scene, 40), BSYNC_OK);
	CHECK_STR(history(scene.file), "hun/Bert klaar/? mijn 2/Anna! ");
	/* The same value as the store knows it takes the place of the one noted here. */
	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, 41);
	pull_row_text(&row, STATUS, "mijn 2");
	pull_row_past(&row, STATUS, "klaar", 25, 31);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 42), BSYNC_OK);
	CHECK_STR(history(scene.file), "hun/Bert klaar/Bert mijn 2/Anna! ");
	device_scene_clear(&scene);
}

TEST(what_the_server_had_in_a_row_inserted_here_was_not_written_here)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(device_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 10), BSYNC_OK);
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'Pruis')");
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, one, 20);
	pull_row_text(&row, STATUS, "nieuw");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	CHECK_STR(history(scene.file), "nieuw/?! ");
	device_scene_clear(&scene);
}

static bool pending_see(void *context, const struct bsync_pending_row *row)
{
	struct past_seen *seen = context;

	seen->used += (size_t)snprintf(seen->text + seen->used, sizeof(seen->text) - seen->used, "%u:%d:%s:%s ",
				       (unsigned)row->seq, (int)row->state, row->tables, row->reason);
	return true;
}

TEST(status_and_pending_are_computed_from_the_outbox)
{
	struct device_scene scene;
	struct bsync_file_status status;
	struct past_seen seen = {0};

	CHECK(device_scene_make(&scene));
	scene.clock.wall_ms = 500;
	RUN("BEGIN; INSERT INTO dossier(id) VALUES(x'01'); INSERT INTO notitie(id) VALUES(x'01'); COMMIT");
	scene.clock.wall_ms = 600;
	RUN("UPDATE dossier SET naam = 'a'");
	RUN("UPDATE dossier SET naam = 'b'");
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 3);
	CHECK_EQ(status.oldest_pending_ms, 500);
	CHECK_EQ(status.pending_bytes, device_scene_integer(scene.file, "SELECT sum(length(body)) FROM bsync_outbox"));
	CHECK(!status.first_sync_done);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 2);
	CHECK_EQ(status.unplaced, 1);
	CHECK_EQ(status.oldest_pending_ms, 600);
	CHECK_EQ(bsync_file_pending(scene.file, pending_see, &seen), BSYNC_OK);
	CHECK_STR(seen.text, "1:3:dossier,notitie:reden 2:0:dossier: 3:0:dossier: ");
	/* Placed later: the receipt comes again, with its position. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 9, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 10, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 0);
	CHECK_EQ(status.unplaced, 0);
	CHECK_EQ(status.pending_bytes, 0);
	CHECK_EQ(status.oldest_pending_ms, 0);
	CHECK_EQ(bsync_file_record_error(scene.file, "geen net"), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_STR(status.last_error, "geen net");
	device_scene_clear(&scene);
}
