/* Signatures: what was signed stays what its signer saw, and what came late goes to a copy, in every order of arrival. */
#include "tests/support/harness.h"
#include "tests/support/office.h"

#include <stdlib.h>
#include <string.h>

/* The text of a change that signs the copy. */
static const char *fork_sign(struct scene *scene)
{
	static char text[100];

	snprintf(text, sizeof(text), "update plan x'%s' status=ondertekend",
		 scene_sql(scene, "SELECT lower(hex(id)) FROM plan WHERE status = 'concept'"));
	return text;
}

TEST(a_signature_alone_makes_no_copy)
{
	struct office office;

	TRY(&office, {0, SIGN});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM plan"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_freeze WHERE has_fork = 0"), 1);
	scene_close(&office.pair.scene);
}

TEST(an_edit_the_signer_had_not_seen_goes_to_a_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=nieuw"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet FROM plan WHERE status = 'ondertekend'"), "oud");
	CHECK_STR(scene_sql(&office.pair.scene,
			    "SELECT titel || inzet || begin || notitie || thema || coalesce(getekend, '-') FROM plan "
			    "WHERE status = 'concept'"),
		  "samennieuw5let-op[\"geld\"]-");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel WHERE plan = (SELECT id FROM plan WHERE "
						 "status = 'concept')"),
		 2);
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT kind || reason FROM bsync_item"),
		  "latesigned without having seen this");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 1);
	scene_close(&office.pair.scene);
}

TEST(one_changeset_writes_in_what_is_signed_and_in_its_copy)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	char text[200];

	office_open(&office);
	scene_do(scene, &office.pair.anna, SIGN);
	scene_do(scene, &office.pair.bram, "update plan #p inzet=nieuw");
	/* Bram has not pulled since; both writes want to be his version of one cell. */
	snprintf(text, sizeof(text), "update plan #p inzet=weer titel=kop; update plan x'%s' inzet=hier",
		 scene_sql(scene, "SELECT lower(hex(id)) FROM plan WHERE status = 'concept'"));
	scene_do(scene, &office.pair.bram, text);
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'concept'"), "kophier");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 1);
	CHECK(strstr(scene_sql(scene, "SELECT group_concat(hex(cells)) FROM bsync_item"), "77656572") != NULL);
	snprintf(text, sizeof(text), "update plan x'%s' inzet=daar; update plan #p inzet=toch",
		 scene_sql(scene, "SELECT lower(hex(id)) FROM plan WHERE status = 'concept'"));
	scene_do(scene, &office.pair.bram, text);
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'concept'"), "kopdaar");
	CHECK(strstr(scene_sql(scene, "SELECT group_concat(hex(cells)) FROM bsync_item"), "746F6368") != NULL);
	CHECK_STR(scene_check(scene), "");
	scene_close(scene);
}

TEST(a_goal_the_signer_had_not_seen_hangs_on_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "insert doel #g3 dossier=#d plan=#p tekst=drie"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 2);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept'"),
		 3);
	scene_close(&office.pair.scene);
}

TEST(a_delete_the_signer_had_not_seen_takes_the_copy_away)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "delete doel #g2"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 2);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept'"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(edits_of_two_workers_are_a_conflict_in_the_copy_alone)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=bram titel=ander"}, {2, "update plan #p inzet=dirk begin=3"});
	CHECK_STR(
		scene_sql(&office.pair.scene, "SELECT inzet || titel || begin FROM plan WHERE status = 'ondertekend'"),
		"oudsamen5");
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT titel || begin FROM plan WHERE status = 'concept'"), "ander3");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 2);
	scene_close(&office.pair.scene);
}

TEST(an_edit_of_a_goal_the_signer_wrote_too_is_a_conflict_in_the_copy)
{
	struct office office;

	TRY(&office, {0, "update doel #g1 tekst=anna"}, {0, SIGN}, {1, "update doel #g1 tekst=bram volgorde=9"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT tekst || volgorde FROM doel d JOIN plan p ON p.id = d.plan "
						"WHERE p.status = 'ondertekend' AND tekst <> 'twee'"),
		  "anna9");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	scene_close(&office.pair.scene);
}

TEST(a_delete_and_an_edit_of_one_goal_meet_in_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "delete doel #g1"}, {2, "update doel #g1 tekst=dirk"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend' AND tekst = 'een'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept' AND tekst = 'dirk'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted' AND "
						 "resolved_counter IS NULL"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(a_delete_of_a_goal_the_signer_changed_is_noted_in_the_copy)
{
	struct office office;

	TRY(&office, {0, "update doel #g1 tekst=anna"}, {0, SIGN}, {1, "delete doel #g1"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel"), 4);
	scene_close(&office.pair.scene);
}

TEST(a_goal_the_signer_took_out_is_not_signed)
{
	struct office office;

	TRY(&office, {0, "delete doel #g1"}, {0, SIGN}, {1, "delete doel #g1"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel"), 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM plan"), 1);
	scene_close(&office.pair.scene);
	TRY(&office, {0, "delete doel #g1"}, {0, SIGN}, {1, "update doel #g1 tekst=bram"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'ondertekend'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan "
						 "WHERE p.status = 'concept' AND d.tekst = 'bram'"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(a_step_that_is_moved_is_moved_in_the_copy)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "insert plan #q dossier=#d; update stap #s1 plan=#q"},
	    {2, "insert stap #s2 dossier=#d plan=#p wat=mailen"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.status = 'ondertekend'"),
		 1);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.status IS NULL"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(what_is_not_frozen_goes_on)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p notitie=later bezoek+=1"}, {2, "update doel #g1 volgorde=7"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT notitie || bezoek FROM plan"), "later1");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	scene_close(&office.pair.scene);
}

TEST(two_edits_of_one_line_and_an_insert_with_its_edit)
{
	struct office office;

	TRY(&office, {0, SIGN}, {1, "update plan #p inzet=a; insert doel #g3 dossier=#d plan=#p tekst=c"},
	    {1, "update plan #p inzet=b; update doel #g3 tekst=d"}, {2, "update plan #p notitie=n; delete doel #g2"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet FROM plan WHERE status = 'concept'"), "b");
	scene_close(&office.pair.scene);
}

TEST(what_others_made_of_an_edit_the_signer_had_not_seen_stays_together)
{
	struct office office;

	TRY_AFTER(&office, "update plan #p inzet=bram; insert doel #g3 dossier=#d plan=#p tekst=drie; delete doel #g2",
		  {0, SIGN}, {2, "update plan #p inzet=dirk; update doel #g3 tekst=vier; update doel #g1 tekst=acht"},
		  {1, "update plan #p titel=bram"});
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet || titel FROM plan WHERE status = 'ondertekend'"),
		  "oudsamen");
	CHECK_STR(scene_sql(&office.pair.scene, "SELECT inzet || titel FROM plan WHERE status = 'concept'"),
		  "dirkbram");
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	scene_close(&office.pair.scene);
}

TEST(a_step_that_goes_from_one_signed_plan_to_another_goes_to_neither)
{
	struct office office;

	/* Bram knows of the plan that he signed himself, and not of Anna's. */
	TRY_AFTER(&office, "insert plan #q dossier=#d titel=ander status=besproken", {0, SIGN},
		  {1, "update plan #q status=ondertekend"}, {1, "update stap #s1 plan=#q"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.titel = 'ander' AND p.status = 'ondertekend'"),
		 0);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 1);
	scene_close(&office.pair.scene);
	/* Bram knows of neither: it is in the copy of the second. */
	TRY_AFTER(&office, "insert plan #q dossier=#d titel=ander status=besproken", {0, SIGN},
		  {2, "update plan #q status=ondertekend"}, {1, "update stap #s1 plan=#q"});
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.titel = 'ander' AND p.status = 'ondertekend'"),
		 0);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM stap s JOIN plan p ON p.id = s.plan "
						 "WHERE p.titel = 'ander' AND p.status = 'concept'"),
		 1);
	scene_close(&office.pair.scene);
}

TEST(work_that_goes_to_a_fork_leaves_what_was_signed_there)
{
	struct office office;
	struct scene *scene = &office.pair.scene;

	office_open(&office);
	scene_do(scene, &office.pair.anna, SIGN);
	scene_do(scene, &office.pair.bram, "update plan #p inzet=bram");
	scene_pull(scene, &office.pair.anna);
	/* The copy is signed by who has seen Bram's work, and Dirk has seen nothing. */
	CHECK_EQ(scene_do(scene, &office.pair.anna, fork_sign(scene)), BSYNC_VERDICT_APPLIED);
	scene_do(scene, &office.dirk,
		 "update plan #p inzet=dirk; delete doel #g1; insert doel #g9 dossier=#d plan=#p tekst=negen");
	CHECK_EQ(scene_count(scene,
			     "SELECT count(*) FROM plan WHERE status = 'ondertekend' AND inzet IN ('oud', 'bram')"),
		 2);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE "
				    "p.status = 'ondertekend' AND tekst = 'een'"),
		 2);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan WHERE status = 'concept'"), 1);
	CHECK_EQ(scene_count(scene,
			     "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE p.status = 'concept' "
			     "AND tekst = 'negen'"),
		 1);
	CHECK_STR(scene_check(scene), "");
	scene_close(scene);
}

TEST(the_signer_gets_the_copy_of_what_the_same_changeset_began)
{
	struct office office;
	const char *pulled = NULL;

	office_open(&office);
	CHECK_EQ(scene_do(&office.pair.scene, &office.pair.bram, "update plan #p inzet=nieuw"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(
		scene_do(&office.pair.scene, &office.pair.anna, "insert doel #g3 dossier=#d plan=#p tekst=drie; " SIGN),
		BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&office.pair.scene, "SELECT count(*) FROM doel WHERE tekst = 'drie'"), 2);
	pulled = scene_pull(&office.pair.scene, &office.pair.anna);
	CHECK(strstr(pulled, "drie") != NULL);
	scene_close(&office.pair.scene);
}

/* A copy of the device goes on from what the device had, and its work is released. */
TEST(a_copy_of_the_signers_device_had_seen_what_the_device_wrote)
{
	struct office office;
	struct scene_device copy;
	struct bsync_line_id fork;
	enum bsync_verdict verdict = BSYNC_VERDICT_QUARANTINED;
	struct scene *scene = &office.pair.scene;

	office_open(&office);
	scene_do(scene, &office.dirk, "insert plan #r dossier=#d titel=later inzet=mijn status=besproken");
	copy = office.dirk;
	scene_do(scene, &office.dirk, "update plan #r inzet=anders");
	CHECK_EQ(scene_do(scene, &copy, "update plan #r status=ondertekend"), BSYNC_VERDICT_QUARANTINED);
	memcpy(fork.bytes, copy.hash.bytes, BSYNC_ID_SIZE);
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(scene->store, &copy.id, &fork, copy.seq, scene->now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(scene->store, &scene->touched), BSYNC_OK);
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'ondertekend'"), "latermijn");
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'concept'"), "lateranders");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan WHERE dossier IS NULL"), 0);
	/* Nor does it sign what it knows of anew. */
	CHECK_EQ(scene_do(scene, &copy, "update plan #r inzet=toch"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(scene->store, &copy.id, &fork, copy.seq, scene->now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(scene->store, &scene->touched), BSYNC_OK);
	CHECK_STR(scene_sql(scene, "SELECT reason FROM bsync_item WHERE kind = 'refused'"), "this was signed");
	scene_close(scene);
}

TEST(a_device_that_was_put_back_has_seen_what_its_image_had)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_device *dirk = &office.dirk;
	struct scene_device image;

	office_open(&office);
	/* It has confirmed nothing yet, loses its second changeset, and goes on with another line behind it. */
	dirk->cursor = (struct bsync_position){0};
	scene_do(scene, dirk, "insert plan #r dossier=#d titel=later inzet=mijn status=besproken");
	image = *dirk;
	scene_do(scene, dirk, "update plan #r inzet=verloren");
	scene_line(scene, &image, "tweede", 3);
	scene_do(scene, &image, "update plan #r status=ondertekend");
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'ondertekend'"), "latermijn");
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'concept' AND titel = 'later'"),
		  "laterverloren");
	scene_close(scene);
}

TEST(a_signature_waits_for_the_work_that_it_was_made_over)
{
	struct office office;
	struct scene *scene = &office.pair.scene;

	office_open(&office);
	/* The goal comes with a row of a dossier that nobody has founded yet. */
	CHECK_EQ(scene_do(scene, &office.dirk,
			  "insert doel #g3 dossier=#d plan=#p tekst=drie; insert plan #r dossier=#later titel=elders"),
		 BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(scene_do(scene, &office.dirk, SIGN), BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(scene_do(scene, &office.dirk, "update dossier #d naam=nieuw"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_do(scene, &office.pair.bram, "insert dossier #later naam=later"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE "
				    "p.status = 'ondertekend'"),
		 3);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan WHERE status = 'concept'"), 0);
	scene_close(scene);
}

TEST(a_signature_waits_for_the_work_of_the_line_that_its_device_left)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_device image;

	office_open(&office);
	CHECK_EQ(scene_do(scene, &office.dirk,
			  "insert doel #g3 dossier=#d plan=#p tekst=drie; insert plan #r dossier=#later titel=elders"),
		 BSYNC_VERDICT_UNPLACED);
	image = office.dirk;
	CHECK_EQ(scene_do(scene, &office.dirk, "insert plan #s dossier=#anders titel=verloren"),
		 BSYNC_VERDICT_UNPLACED);
	scene_line(scene, &image, "tweede", 3);
	CHECK_EQ(scene_do(scene, &image, SIGN), BSYNC_VERDICT_UNPLACED);
	/* What the image did not have is nothing that the signature was made over. */
	CHECK_STR(scene->reason, "it waits behind changeset 1 of this device, which is set aside");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "insert dossier #later naam=later"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE "
				    "p.status = 'ondertekend'"),
		 3);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan WHERE status = 'concept'"), 0);
	CHECK_STR(scene_check(scene), "");
	scene_close(scene);
}

TEST(a_goal_that_its_signer_deleted_is_not_signed_though_it_stayed)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set gone, signature;

	office_open(&office);
	gone = scene_make(scene, &office.pair.anna, "delete doel #g1");
	scene_do(scene, &office.pair.bram, "update doel #g1 tekst=bram");
	scene_pull(scene, &office.pair.anna);
	/* Her screen still has it gone, as her delete waits. */
	signature = scene_make(scene, &office.pair.anna, SIGN);
	CHECK_EQ(scene_hand_in(scene, &office.pair.anna, &gone), BSYNC_OK);
	CHECK_EQ(scene_hand_in(scene, &office.pair.anna, &signature), BSYNC_OK);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE "
				    "p.status = 'ondertekend'"),
		 1);
	CHECK_EQ(scene_count(scene,
			     "SELECT count(*) FROM doel d JOIN plan p ON p.id = d.plan WHERE p.status = 'concept' "
			     "AND tekst = 'bram'"),
		 1);
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&gone);
	scene_set_free(&signature);
	scene_close(scene);
}

/* One thing that somebody can do; %s is who. */
static const char *const deeds[] = {
	"update plan #p inzet=%s",
	"update plan #p titel=%s begin=2",
	"update plan #p notitie=%s bezoek+=1 thema+{%s}",
	"update plan #p verhaal=%s-en-een.twee",
	"insert doel #g-%s dossier=#d plan=#p tekst=%s",
	"update doel #g1 tekst=%s",
	"update doel #g1 tekst=%s volgorde=3; insert doel #g4-%s dossier=#d plan=#p tekst=vier",
	"update doel #g1 volgorde=4",
	"delete doel #g1",
	"delete doel #g1; update plan #p inzet=%s",
	"update stap #s1 wat=%s",
	"update stap #s1 plan=#q",
	"update plan #p status=concept",
	/* A row that the signer deleted too, and others bring back and move away, leaves a copy behind or not. */
	"delete stap #s1",
};

enum { DEED_COUNT = sizeof(deeds) / sizeof(deeds[0]), EARLY_COUNT = DEED_COUNT - 1, DEED_SIZE = 200 };

static const char *deed(size_t index, const char *who, char text[DEED_SIZE])
{
	const char *at = deeds[index];
	size_t size = 0;

	text[0] = '\0';
	while (*at != '\0') {
		const bool is_name = at[0] == '%' && at[1] == 's';

		size += (size_t)snprintf(text + size, DEED_SIZE - size, "%.*s", is_name ? (int)strlen(who) : 1,
					 is_name ? who : at);
		at += is_name ? 2 : 1;
	}
	return text;
}

TEST(whatever_two_workers_do_beside_a_signature_ends_alike_in_every_order)
{
	/* A prime beside which each combination is met in another order; a few of them a run. */
	const size_t total = (size_t)DEED_COUNT * DEED_COUNT * (EARLY_COUNT + 1) * (EARLY_COUNT + 1);
	const char *only = getenv("FREEZE_TRIES");
	const size_t tries = only != NULL ? strtoul(only, NULL, 10) : 6;
	const size_t start = getenv("FREEZE_START") != NULL ? strtoul(getenv("FREEZE_START"), NULL, 10) : 0;

	for (size_t i = start; i < start + tries; i++) {
		size_t pick = (i * 7919 + 13) % total;
		struct office office;
		char texts[4][DEED_SIZE];
		size_t early;
		size_t own;

		deed(pick % DEED_COUNT, "bram", texts[0]);
		pick /= DEED_COUNT;
		deed(pick % DEED_COUNT, "dirk", texts[1]);
		pick /= DEED_COUNT;
		early = pick % (EARLY_COUNT + 1);
		own = pick / (EARLY_COUNT + 1);
		if (early < EARLY_COUNT)
			deed(early, "eerst", texts[2]);
		deed(own < EARLY_COUNT ? own : 2, "anna", texts[3]);
		printf("# %zu: %s | %s | %s | %s\n", i, early < EARLY_COUNT ? texts[2] : "", texts[3], texts[0],
		       texts[1]);
		TRY_AFTER(&office, early < EARLY_COUNT ? texts[2] : NULL, {0, texts[3]}, {0, SIGN}, {1, texts[0]},
			  {2, texts[1]});
		scene_close(&office.pair.scene);
	}
}
