/* Access that begins and ends by date. */
#include "daemon/store/writer.h"
#include "tests/support/city_scene.h"
#include "tests/support/harness.h"

/* Bram's device asks for the history of dossier #d1. */
static enum bsync_result dossier_history(struct city *city)
{
	uint8_t id[16];
	struct bsync_value key = bsync_value_blob((struct bsync_bytes){id, 16});
	const struct bsync_table *table = bsync_schema_table_named(bsync_store_schema(city->scene.store), "dossier");
	struct bsync_history_get request = {.token = 9, .table_no = table->no, .key_count = 1, .key = &key};
	struct bsync_buffer payload;
	enum bsync_result result;

	scene_id("d1", id);
	bsync_buffer_init(&payload, 1 << 20);
	result = bsync_view_history(city->scene.view, &city->bram.id, &city->bram.worker, city->scene.now_ms, &request,
				    &payload);
	bsync_buffer_clear(&payload);
	return result;
}

TEST(membership_begins_and_ends_by_date)
{
	struct city city;
	struct bsync_touched touched;
	int64_t next_ms = 0;
	const int64_t day = 86400000;

	city_open(&city);
	/* The scene begins on 2026-01-01 UTC. */
	city_do(&city, &city.anna,
		"insert dossier #d1 roepnaam=Jansen; insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief; "
		"insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief vanaf=2026-01-03 tot=2026-01-04");
	scene_pull(&city.scene, &city.anna);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "Jansen") == NULL);
	CHECK_EQ(bsync_store_group_begin(city.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_due(city.scene.store, SCENE_NOW_MS + day, &next_ms), BSYNC_OK);
	CHECK_EQ(next_ms, SCENE_NOW_MS + 2 * day);
	CHECK_EQ(bsync_store_due(city.scene.store, SCENE_NOW_MS + 2 * day, &next_ms), BSYNC_OK);
	CHECK_EQ(next_ms, SCENE_NOW_MS + 4 * day);
	CHECK_EQ(bsync_store_group_commit(city.scene.store, &touched), BSYNC_OK);
	CHECK_EQ(touched.worker_count, 1);
	city.scene.now_ms = SCENE_NOW_MS + 2 * day;
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "roepnaam=Jansen") != NULL);
	CHECK_STR(scene_check(&city.scene), "");
	CHECK_EQ(dossier_history(&city), BSYNC_OK);
	/* After the last day: nothing more is given at once, and the next changeset finds it ended. */
	city.scene.now_ms = SCENE_NOW_MS + 4 * day;
	CHECK_EQ(dossier_history(&city), BSYNC_NOT_FOUND);
	city_do(&city, &city.anna, "update dossier #d1 roepnaam=Pietersen");
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "drop dossier_kring") != NULL);
	CHECK_EQ(city_do(&city, &city.bram, "update dossier #d1 roepnaam=laat"), BSYNC_VERDICT_INBOX);
	CHECK(strncmp(city.scene.reason, "late", 4) == 0);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

/* Bram holds a dossier until the fourth of January; `tot` of his row says so. */
static void guest_open(struct city *city)
{
	city_open(city);
	city_do(city, &city->anna,
		"insert dossier #d1 roepnaam=Jansen; insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief; "
		"insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief tot=2026-01-04");
	scene_pull(&city->scene, &city->anna);
}

TEST(a_device_is_told_until_when_and_of_each_other_end)
{
	struct city city;

	guest_open(&city);
	/* The end of that day. */
	CHECK(strstr(scene_pull(&city.scene, &city.bram), " until 1767571200000\n") != NULL);
	city_do(&city, &city.anna, "update betrokkenheid #b2 tot=2026-01-03");
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "move dossier_kring x8b53 until 1767484800000\n") != NULL);
	CHECK_STR(scene_pull(&city.scene, &city.bram), "");
	CHECK_EQ(scene_count(&city.scene, "SELECT count(*) FROM bsync_member_log WHERE act = 2"), 1);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}
