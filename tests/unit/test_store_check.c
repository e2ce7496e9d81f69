/* Damage done by hand is found, and named. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* What is done to the file, and what the check must say of it. */
static const struct {
	const char *sql;
	const char *finding;
} damages[] = {
	{"UPDATE punt SET tekst = 'x' WHERE nr = 1", "column tekst shows another value than its versions give"},
	{"UPDATE punt SET _bsync = x'ff' WHERE nr = 1", "its metadata can not be read"},
	{"UPDATE punt SET _bsync = NULL WHERE nr = 2", "its metadata can not be read"},
	{"DELETE FROM bsync_feed WHERE table_no = 5 AND ref = 2", "is not at its place in the feed"},
	{"INSERT INTO bsync_feed VALUES(1, 1, 5, 5, 99, 0)", "the feed has"},
	{"DELETE FROM punt WHERE nr = 2", "the feed has"},
	{"UPDATE bsync_scope SET last_counter = last_counter + 1", "another newest counter"},
	{"DELETE FROM bsync_receipt WHERE line_no = 1 AND seq = 1", "has a gap in its receipts"},
	{"UPDATE bsync_line SET last_hash = zeroblob(32) WHERE no = 1", "ends in another hash"},
	{"UPDATE bsync_line SET after_no = 1, after_seq = 1 WHERE no = 2", "goes on after none"},
	{"UPDATE bsync_receipt SET counter = 1 WHERE line_no = 1 AND seq = 2", "at a position that another has too"},
	{"UPDATE bsync_meta SET value = 3 WHERE name = 'counter'", "above the store's position"},
	{"DELETE FROM bsync_conflict", "is not in the index"},
	{"INSERT INTO bsync_conflict VALUES(x'01', 5, x'02', 3, 1, 1)", "the index has"},
	{"DELETE FROM bsync_member WHERE scope_no = 1", "a member is not materialised"},
	{"INSERT INTO bsync_member VALUES(x'00112233445566778899aabbccddeeff', 1, NULL, NULL, 1, NULL, 0, 0)",
	 "the query gives"},
	{"DELETE FROM bsync_grave", "the feed has"},
	{"UPDATE bsync_grave SET cells = x'00'", "can not be read"},
	{"DELETE FROM bsync_item", "the feed has"},
	{"DELETE FROM bsync_set_aside", "nothing set aside"},
};

static void story(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna,
		 "insert lijst week; insert punt week,1 titel=een tekst=a; insert punt week,2 titel=twee");
	scene_do(&pair->scene, &pair->bram, "insert punt week,1 tekst=b");
	scene_do(&pair->scene, &pair->anna, "insert punt week,3; insert punt week,4 nummer=9");
	scene_do(&pair->scene, &pair->anna, "delete punt week,3");
	scene_do(&pair->scene, &pair->anna, "insert niets x");
}

TEST(a_sound_store_has_no_findings)
{
	struct scene_pair pair;

	story(&pair);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_reopen(&pair.scene);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(each_damage_is_found)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct scene_pair pair;
		const char *findings = NULL;

		story(&pair);
		scene_damage(&pair.scene, damages[i].sql);
		findings = scene_check(&pair.scene);
		if (strstr(findings, damages[i].finding) == NULL)
			FAIL("after %s: %s", damages[i].sql, findings);
		scene_close(&pair.scene);
	}
}
