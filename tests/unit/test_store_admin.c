/* The operator's acts: people, the inbox, queries, figures. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* The first open item, as text. */
struct seen {
	int count;
	uint8_t id[16];
	char text[2000];
};

static void seen_value(struct seen *seen, const struct bsync_value *value)
{
	size_t at = strlen(seen->text);

	if (value->kind == BSYNC_TEXT)
		snprintf(seen->text + at, sizeof(seen->text) - at, "%.*s", (int)value->as.bytes.size,
			 (const char *)value->as.bytes.data);
	else
		snprintf(seen->text + at, sizeof(seen->text) - at, "(%d)", (int)value->kind);
}

static bool item_see(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;

	if (seen->count++ != 0)
		return true;
	memcpy(seen->id, item->id, 16);
	snprintf(seen->text, sizeof(seen->text), "%s %s", item->kind, item->table);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		const struct bsync_inbox_cell *cell = &item->cells[i];
		size_t at = strlen(seen->text);

		snprintf(seen->text + at, sizeof(seen->text) - at, " %s", cell->column);
		if (cell->has_base) {
			at = strlen(seen->text);
			snprintf(seen->text + at, sizeof(seen->text) - at, " base=");
			seen_value(seen, &cell->base);
		}
		for (uint32_t k = 0; k < cell->variant_count; k++) {
			at = strlen(seen->text);
			snprintf(seen->text + at, sizeof(seen->text) - at, " %s=", cell->author_names[k]);
			seen_value(seen, &cell->variants[k].value);
		}
	}
	return true;
}

static struct seen inbox_see(struct scene *scene)
{
	struct seen seen = {0};

	if (bsync_view_inbox(scene->view, item_see, &seen) != BSYNC_OK)
		seen.count = -1;
	return seen;
}

static enum bsync_result resolve(struct scene *scene, const uint8_t id[16], uint32_t take, const char *value)
{
	struct bsync_touched touched;
	struct bsync_value given = bsync_value_text(bsync_bytes_of_string(value != NULL ? value : ""));
	enum bsync_result result = bsync_store_group_begin(scene->store);

	if (result == BSYNC_OK)
		result = bsync_store_inbox_resolve(scene->store, id, take, value != NULL ? &given : NULL,
						   scene->now_ms);
	if (result == BSYNC_OK)
		return bsync_store_group_commit(scene->store, &touched);
	bsync_store_group_rollback(scene->store);
	return result;
}

TEST(the_inbox_shows_a_conflict_with_its_base_and_the_operator_resolves_it)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 tekst=oud");
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.anna, "update punt week,1 tekst=a");
	scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=b");
	seen = inbox_see(&pair.scene);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "conflict punt tekst base=oud bram=b anna=a");
	CHECK_EQ(resolve(&pair.scene, seen.id, 3, NULL), BSYNC_INVALID);
	CHECK_EQ(resolve(&pair.scene, seen.id, 2, NULL), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM punt"), "a");
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	/* It is another item by now. */
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_CHANGED);
	CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "tekst=a") != NULL);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_conflict_is_resolved_by_a_value_of_its_own)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 tekst=a");
	scene_do(&pair.scene, &pair.bram, "insert punt week,1 tekst=b");
	seen = inbox_see(&pair.scene);
	CHECK_EQ(resolve(&pair.scene, seen.id, 0, "samen"), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM punt"), "samen");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(late_work_is_taken_or_closed_by_the_operator)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/bench");
	scene_do(&pair.scene, &pair.anna,
		 "insert huis #h1 lid_id=@anna gast_id=@bram; insert notitie #n1 huis_id=#h1 tekst=oud");
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.anna, "update huis #h1 gast_id=null");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update notitie #n1 tekst=laat"), BSYNC_VERDICT_INBOX);
	seen = inbox_see(&pair.scene);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "late notitie tekst anna=oud bram=laat");
	CHECK_EQ(resolve(&pair.scene, seen.id, 2, NULL), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM notitie"), "laat");
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "late closed") != NULL);
	/* An insert that was late has nothing standing: number 1 takes it. */
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert notitie #n2 huis_id=#h1 tekst=nieuw"), BSYNC_VERDICT_INBOX);
	seen = inbox_see(&pair.scene);
	CHECK(strstr(seen.text, "tekst bram=nieuw") != NULL);
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM notitie"), 2);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(what_the_rule_would_not_let_stand_is_said_before_and_the_item_stays)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/bench");
	scene_do(&pair.scene, &pair.anna,
		 "insert huis #h1 lid_id=@anna gast_id=@bram; insert notitie #n1 huis_id=#h1 tekst=oud");
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.anna, "update huis #h1 gast_id=null");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update notitie #n1 huis_id=null tekst=laat"), BSYNC_VERDICT_INBOX);
	seen = inbox_see(&pair.scene);
	CHECK_EQ(seen.count, 1);
	CHECK_EQ(resolve(&pair.scene, seen.id, 3, NULL), BSYNC_INVALID);
	CHECK_STR(bsync_store_refusal(pair.scene.store), "the item has versions 1 to 2");
	CHECK_EQ(resolve(&pair.scene, seen.id, 2, NULL), BSYNC_INVALID);
	CHECK(strstr(bsync_store_refusal(pair.scene.store), "column huis_id has the rule first") != NULL);
	CHECK_EQ(inbox_see(&pair.scene).count, 1);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM notitie"), "oud");
	/* None of it: what stands is kept. */
	CHECK_EQ(resolve(&pair.scene, seen.id, 0, NULL), BSYNC_OK);
	CHECK_STR(bsync_store_refusal(pair.scene.store), "");
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM notitie"), "oud");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_cell_of_an_item_that_nobody_wrote_stands_empty)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 titel=a");
	scene_pull(&pair.scene, &pair.anna);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,1 nummer=7"), BSYNC_VERDICT_INBOX);
	seen = inbox_see(&pair.scene);
	/* Number 1 is what stands, also where that is nothing. */
	CHECK_STR(seen.text, "refused punt nummer =(0) anna=(1)");
	CHECK_EQ(resolve(&pair.scene, seen.id, 2, NULL), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT nummer FROM punt"), 7);
	scene_close(&pair.scene);
}

TEST(an_edit_of_a_row_that_is_not_there_is_not_taken_alone)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/bench");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update notitie #n9 tekst=los"), BSYNC_VERDICT_INBOX);
	seen = inbox_see(&pair.scene);
	CHECK_EQ(seen.count, 1);
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_INVALID);
	CHECK_EQ(inbox_see(&pair.scene).count, 1);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM notitie"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_column_of_the_store_is_refused_and_the_rest_of_the_row_is_taken)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,1 titel=mag nummer=7"), BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason, "refused: only the store writes this column (table punt)");
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || coalesce(nummer, '-') FROM punt"), "mag-");
	/* The author shows a number that is not there: it gets the row whole. */
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "  whole punt week,1 titel=mag\n") != NULL);
	seen = inbox_see(&pair.scene);
	CHECK(strncmp(seen.text, "refused punt nummer", 19) == 0);
	CHECK_EQ(resolve(&pair.scene, seen.id, 2, NULL), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT nummer FROM punt"), 7);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_deleted_item_is_closed_without_a_choice)
{
	struct scene_pair pair;
	struct seen seen;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 titel=a");
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=b");
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	seen = inbox_see(&pair.scene);
	CHECK_STR(seen.text, "deleted punt");
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_OK);
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

static bool row_text(void *context, int count, const char *const *names, const struct bsync_value *values)
{
	snprintf(context, 200, "%d %s %d", count, names[0], (int)values[0].kind);
	return true;
}

static bool duplicate_see(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;

	seen->count++;
	memcpy(seen->id, item->id, 16);
	snprintf(seen->text, sizeof(seen->text), "%s %s %u %s", item->kind, item->table, item->row_count,
		 item->cells[0].column);
	return true;
}

TEST(rows_that_clash_are_shown_to_the_operator_who_does_not_choose)
{
	struct scene_pair pair;
	struct seen seen = {0};

	scene_pair_open(&pair, "schema/utrecht");
	scene_do(&pair.scene, &pair.anna,
		 "insert dossier #a roepnaam=Lindeboom wijk_code=west aangemeld_op=2026-11-20");
	/* A household of the same name, on another day. */
	scene_do(&pair.scene, &pair.bram,
		 "insert dossier #c roepnaam=Lindeboom wijk_code=west aangemeld_op=2026-11-19");
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	/* Neither sees the other's file. */
	scene_do(&pair.scene, &pair.bram,
		 "insert dossier #b roepnaam=Lindeboom wijk_code=west aangemeld_op=2026-11-20");
	CHECK_EQ(bsync_view_inbox(pair.scene.view, duplicate_see, &seen), BSYNC_OK);
	CHECK_EQ(seen.count, 1);
	CHECK_STR(seen.text, "duplicate dossier 2 roepnaam");
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_INVALID);
	CHECK(strstr(bsync_store_refusal(pair.scene.store), "changed or deleted") != NULL);
	scene_do(&pair.scene, &pair.bram, "update dossier #b ander_huishouden=1");
	CHECK_EQ(inbox_see(&pair.scene).count, 0);
	CHECK_EQ(resolve(&pair.scene, seen.id, 1, NULL), BSYNC_CHANGED);
	scene_close(&pair.scene);
}

TEST(the_operator_reads_by_select_and_by_nothing_else)
{
	struct scene_pair pair;
	char error[300];
	char row[200] = "";

	scene_pair_open(&pair, "tests/schemas/lijst");
	CHECK_EQ(bsync_view_sql(pair.scene.view, "SELECT naam, 1 FROM lid ORDER BY naam", row_text, row, error),
		 BSYNC_OK);
	CHECK_STR(row, "2 naam 3");
	CHECK_EQ(bsync_view_sql(pair.scene.view, "DELETE FROM lid", row_text, row, error), BSYNC_INVALID);
	CHECK_EQ(bsync_view_sql(pair.scene.view, "PRAGMA journal_mode", row_text, row, error), BSYNC_INVALID);
	CHECK_EQ(bsync_view_sql(pair.scene.view, "ATTACH '/tmp/x' AS x", row_text, row, error), BSYNC_INVALID);
	CHECK_EQ(bsync_view_sql(pair.scene.view, "SELECT 1; SELECT 2", row_text, row, error), BSYNC_INVALID);
	CHECK_STR(error, "one statement at a time");
	CHECK_EQ(bsync_view_sql(pair.scene.view, "SELECT nee", row_text, row, error), BSYNC_INVALID);
	CHECK_STR(error, "no such column: nee");
	CHECK_EQ(bsync_view_sql(pair.scene.view, "", row_text, row, error), BSYNC_INVALID);
	CHECK_STR(error, "there is no statement in it");
	scene_close(&pair.scene);
}

TEST(figures_add_up)
{
	struct scene_pair pair;
	struct bsync_store_stats stats;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 tekst=a; insert punt week,2");
	scene_do(&pair.scene, &pair.anna, "delete punt week,2");
	scene_do(&pair.scene, &pair.anna, "insert niets x");
	scene_do(&pair.scene, &pair.bram, "insert punt maand,1");
	scene_do(&pair.scene, &pair.bram, "insert punt week,1 tekst=b");
	CHECK_EQ(bsync_view_stats(pair.scene.view, &stats), BSYNC_OK);
	CHECK_EQ(stats.rows, 6);
	CHECK_EQ(stats.deleted_rows, 1);
	CHECK_EQ(stats.devices, 2);
	CHECK_EQ(stats.changesets, 5);
	CHECK_EQ(stats.quarantined, 1);
	CHECK_EQ(stats.unplaced, 1);
	CHECK_EQ(stats.open_items, 1);
	CHECK_EQ(stats.scopes, 2);
	CHECK_EQ(stats.members, 4);
	CHECK(stats.database_bytes > 4096 && stats.wal_bytes > 0);
	CHECK_EQ(stats.position.incarnation, 1);
	scene_close(&pair.scene);
}

TEST(names_find_one_worker_or_none)
{
	struct scene_pair pair;
	struct bsync_worker_id id;
	struct bsync_device_id device;
	char text[BSYNC_ID_TEXT_SIZE];
	uint8_t team[16];

	scene_pair_open(&pair, "tests/schemas/lijst");
	CHECK_EQ(bsync_view_worker_find(pair.scene.view, "anna", &id), BSYNC_OK);
	bsync_id_text(id.bytes, text);
	CHECK_EQ(bsync_view_worker_find(pair.scene.view, text, &id), BSYNC_OK);
	CHECK_EQ(bsync_view_worker_find(pair.scene.view, "niemand", &id), BSYNC_NOT_FOUND);
	scene_worker(&pair.scene, "anna", "Zuid");
	CHECK_EQ(bsync_view_worker_find(pair.scene.view, "anna", &id), BSYNC_INVALID);
	bsync_id_text(pair.anna.id.bytes, text);
	text[6] = '\0';
	CHECK_EQ(bsync_view_device_find(pair.scene.view, text, &device), BSYNC_OK);
	CHECK(memcmp(device.bytes, pair.anna.id.bytes, 16) == 0);
	CHECK_EQ(bsync_view_device_find(pair.scene.view, "", &device), BSYNC_NOT_FOUND);
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_team_add(pair.scene.store, "Zuid", pair.scene.now_ms, team), BSYNC_EXISTS);
	CHECK_EQ(bsync_store_team_add(pair.scene.store, " ", pair.scene.now_ms, team), BSYNC_INVALID);
	CHECK_EQ(bsync_store_worker_add(pair.scene.store, "dirk", "Oost", NULL, pair.scene.now_ms, &id),
		 BSYNC_NOT_FOUND);
	bsync_store_group_rollback(pair.scene.store);
	scene_close(&pair.scene);
}

TEST(history_gives_every_value_of_a_row_that_the_worker_holds)
{
	struct scene_pair pair;
	struct bsync_value key[2] = {bsync_value_text(bsync_bytes_of_string("week")), bsync_value_integer(1)};
	struct bsync_history_get request = {.token = 9, .table_no = 5, .key_count = 2, .key = key};
	struct bsync_buffer payload;
	struct bsync_arena arena;
	struct bsync_history history;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 titel=een tekst=a");
	scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=twee");
	scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=drie tekst=b");
	bsync_buffer_init(&payload, 1 << 20);
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_view_history(pair.scene.view, &pair.bram.id, &pair.bram.worker, pair.scene.now_ms, &request,
				    &payload),
		 BSYNC_OK);
	CHECK_EQ(bsync_history_decode(bsync_buffer_bytes(&payload), &arena, &history), BSYNC_OK);
	CHECK_EQ(history.token, 9);
	CHECK_EQ(history.count, 5);
	CHECK_BYTES(history.entries[0].variant.value.as.bytes.data, history.entries[0].variant.value.as.bytes.size,
		    "een", 3);
	CHECK(history.entries[0].replaced_counter != 0);
	CHECK_EQ(history.entries[4].replaced_counter, 0);
	key[1].as.integer = 2;
	CHECK_EQ(bsync_view_history(pair.scene.view, &pair.bram.id, &pair.bram.worker, pair.scene.now_ms, &request,
				    &payload),
		 BSYNC_NOT_FOUND);
	bsync_buffer_clear(&payload);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

/* Who has row week,1 as Anna's device is told: "worker position, …", positions from that of the row's first change. */
static const char *holders_of(struct scene_pair *pair, const struct scene_device *asker)
{
	static char text[200];
	struct bsync_value key[2] = {bsync_value_text(bsync_bytes_of_string("week")), bsync_value_integer(1)};
	struct bsync_history_get request = {.token = 9, .table_no = 5, .key_count = 2, .key = key};
	struct bsync_buffer payload;
	struct bsync_arena arena;
	struct bsync_history history;
	size_t used = 0;

	text[0] = '\0';
	bsync_buffer_init(&payload, 1 << 20);
	bsync_arena_init(&arena, 1 << 20);
	if (bsync_view_history(pair->scene.view, &asker->id, &asker->worker, pair->scene.now_ms, &request, &payload) !=
		    BSYNC_OK ||
	    bsync_history_decode(bsync_buffer_bytes(&payload), &arena, &history) != BSYNC_OK)
		return "(fails)";
	for (uint32_t i = 0; i < history.holder_count; i++) {
		const uint8_t *worker = history.holders[i].worker.bytes;
		bool is_anna = memcmp(worker, pair->anna.worker.bytes, BSYNC_ID_SIZE) == 0;
		bool is_bram = memcmp(worker, pair->bram.worker.bytes, BSYNC_ID_SIZE) == 0;

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %d, ",
					 is_anna   ? "anna"
					 : is_bram ? "bram"
						   : "?",
					 (int)(history.holders[i].counter - history.entries[0].variant.counter));
	}
	bsync_buffer_clear(&payload);
	bsync_arena_clear(&arena);
	return text;
}

TEST(who_has_a_row_is_told_as_far_as_each_device_has_confirmed)
{
	struct scene_pair pair;
	struct bsync_touched touched;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 titel=een");
	CHECK_STR(holders_of(&pair, &pair.anna), "");
	scene_pull(&pair.scene, &pair.bram);
	CHECK_STR(holders_of(&pair, &pair.anna), "bram 0, ");
	scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=twee");
	CHECK_STR(holders_of(&pair, &pair.anna), "bram 0, ");
	scene_pull(&pair.scene, &pair.bram);
	CHECK_STR(holders_of(&pair, &pair.anna), "bram 1, ");
	/* No more than the row itself says. */
	scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=een");
	scene_pull(&pair.scene, &pair.bram);
	CHECK_STR(holders_of(&pair, &pair.anna), "bram 1, ");
	CHECK_STR(holders_of(&pair, &pair.bram), "");
	scene_pull(&pair.scene, &pair.anna);
	CHECK_STR(holders_of(&pair, &pair.bram), "anna 1, ");
	/* A device that is out is nobody's. */
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_device_set_state(pair.scene.store, &pair.bram.id, BSYNC_DEVICE_REVOKED, pair.scene.now_ms),
		 BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(pair.scene.store, &touched), BSYNC_OK);
	CHECK_STR(holders_of(&pair, &pair.anna), "");
	scene_close(&pair.scene);
}

TEST(history_of_another_circle_is_not_given)
{
	struct scene_pair pair;
	uint8_t id[16];
	struct bsync_value key = bsync_value_blob((struct bsync_bytes){id, 16});
	struct bsync_history_get request = {.token = 9, .table_no = 5, .key_count = 1, .key = &key};
	struct bsync_buffer payload;

	scene_pair_open(&pair, "tests/schemas/bench");
	scene_id("n1", id);
	scene_do(&pair.scene, &pair.anna, "insert huis #h1 lid_id=@anna; insert notitie #n1 huis_id=#h1 tekst=geheim");
	bsync_buffer_init(&payload, 1 << 20);
	CHECK_EQ(bsync_view_history(pair.scene.view, &pair.bram.id, &pair.bram.worker, pair.scene.now_ms, &request,
				    &payload),
		 BSYNC_NOT_FOUND);
	CHECK_EQ(payload.size, 0);
	CHECK_EQ(bsync_view_history(pair.scene.view, &pair.anna.id, &pair.anna.worker, pair.scene.now_ms, &request,
				    &payload),
		 BSYNC_OK);
	bsync_buffer_clear(&payload);
	scene_close(&pair.scene);
}
