/* Who may write where: founding, membership, what is late and what is refused. */
#include "daemon/store/writer.h"
#include "tests/support/city_scene.h"
#include "tests/support/harness.h"

/* A house is held by its `lid_id` and its `gast_id`. */
static void houses_open(struct scene_pair *houses)
{
	scene_pair_open(houses, "tests/schemas/bench");
}

static enum bsync_verdict anna_does(struct scene_pair *houses, const char *text)
{
	return scene_do(&houses->scene, &houses->anna, text);
}

static enum bsync_verdict bram_does(struct scene_pair *houses, const char *text)
{
	return scene_do(&houses->scene, &houses->bram, text);
}

TEST(a_root_row_founds_its_scope_and_lets_the_rest_of_the_changeset_in)
{
	struct scene_pair houses;

	houses_open(&houses);
	CHECK_EQ(
		anna_does(&houses, "insert notitie #n1 huis_id=#h1 tekst=eerst; insert huis #h1 lid_id=@anna naam=Dam"),
		BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM notitie"), 1);
	CHECK_STR(scene_pull(&houses.scene, &houses.bram), "");
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(a_founder_stays_a_member_until_the_first_membership_row)
{
	struct scene_pair houses;

	houses_open(&houses);
	CHECK_EQ(anna_does(&houses, "insert huis #h1 naam=Dam"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(anna_does(&houses, "insert notitie #n1 huis_id=#h1 tekst=mag"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&houses.scene), "");
	/* Bram becomes the only member. */
	scene_pull(&houses.scene, &houses.anna);
	CHECK_EQ(anna_does(&houses, "update huis #h1 lid_id=@bram"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(anna_does(&houses, "insert notitie #n2 huis_id=#h1 tekst=te_laat"), BSYNC_VERDICT_INBOX);
	CHECK(strncmp(houses.scene.reason, "late: ", 6) == 0);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(a_changeset_for_an_unknown_scope_waits_and_is_applied_when_it_is_founded)
{
	struct scene_pair houses;
	uint64_t counter = 0;

	houses_open(&houses);
	CHECK_EQ(bram_does(&houses, "insert notitie #n1 huis_id=#h1 tekst=wacht"), BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(houses.scene.receipt.counter, 0);
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM notitie"), 0);
	CHECK_STR(scene_check(&houses.scene), "");
	/* What touches its row waits behind it; what does not, flows. */
	CHECK_EQ(bram_does(&houses, "update notitie #n1 tekst=wacht_ook"), BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(bram_does(&houses, "insert huis #h2 lid_id=@bram"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(anna_does(&houses, "insert huis #h1 lid_id=@anna gast_id=@bram naam=Dam"), BSYNC_VERDICT_APPLIED);
	counter = houses.scene.receipt.counter;
	CHECK_STR(scene_sql(&houses.scene, "SELECT tekst FROM notitie"), "wacht_ook");
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM bsync_set_aside"), 0);
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM bsync_receipt WHERE line_no <> 0 AND counter = 0"),
		 0);
	CHECK_EQ(bsync_store_position(houses.scene.store).counter, counter + 2);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(who_never_was_a_member_is_refused_and_gets_no_row)
{
	struct scene_pair houses;

	houses_open(&houses);
	anna_does(&houses, "insert huis #h1 lid_id=@anna naam=Dam; insert notitie #n1 huis_id=#h1 tekst=anna");
	CHECK_EQ(bram_does(&houses, "update notitie #n1 tekst=bram"), BSYNC_VERDICT_INBOX);
	CHECK_STR(houses.scene.reason,
		  "waits where its author does not see it: the author may not write this (table notitie)");
	CHECK_EQ(bram_does(&houses, "insert notitie #n2 huis_id=#h1 tekst=bram"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(bram_does(&houses, "delete notitie #n1"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&houses.scene, "SELECT group_concat(tekst) FROM notitie"), "anna");
	CHECK_STR(scene_pull(&houses.scene, &houses.bram), "");
	CHECK(strstr(scene_pull(&houses.scene, &houses.anna), "refused open tekst=bram") != NULL);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(nobody_grants_themselves_access_within_one_changeset)
{
	struct scene_pair houses;

	houses_open(&houses);
	anna_does(&houses, "insert huis #h1 lid_id=@anna naam=Dam; insert notitie #n1 huis_id=#h1 tekst=anna");
	CHECK_EQ(bram_does(&houses, "update huis #h1 gast_id=@bram; update notitie #n1 tekst=bram"),
		 BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 2);
	CHECK_STR(scene_sql(&houses.scene, "SELECT tekst FROM notitie"), "anna");
	/* Nor by founding a house that is there. */
	CHECK_EQ(bram_does(&houses, "insert huis #h1 lid_id=@bram"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(work_after_access_ended_is_late_and_the_rest_of_the_changeset_is_taken)
{
	struct scene_pair houses;

	houses_open(&houses);
	anna_does(&houses, "insert huis #h1 lid_id=@anna gast_id=@bram naam=Dam");
	bram_does(&houses, "insert huis #h2 lid_id=@bram");
	scene_pull(&houses.scene, &houses.bram);
	scene_pull(&houses.scene, &houses.anna);
	anna_does(&houses, "update huis #h1 gast_id=null");
	CHECK_EQ(bram_does(&houses,
			   "insert notitie #n1 huis_id=#h1 tekst=laat; insert notitie #n2 huis_id=#h2 tekst=op_tijd"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(houses.scene.reason, "late: access to this had ended (table notitie)");
	CHECK_STR(scene_sql(&houses.scene, "SELECT group_concat(tekst) FROM notitie"), "op_tijd");
	/* Its author sees that the scope is gone, and not the item; who holds the scope sees it. */
	CHECK(strstr(scene_pull(&houses.scene, &houses.bram), "item") == NULL);
	CHECK(strstr(scene_pull(&houses.scene, &houses.anna), "late open huis_id=x") != NULL);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(a_receipt_tells_first_of_what_its_author_is_not_shown)
{
	struct scene_pair houses;

	houses_open(&houses);
	anna_does(&houses, "insert huis #h1 lid_id=@anna naam=Dam");
	scene_pull(&houses.scene, &houses.bram);
	/* Bram sees workers, and may not write them. */
	CHECK_EQ(bram_does(&houses, "update lid @bram naam=Abraham"), BSYNC_VERDICT_INBOX);
	CHECK_STR(houses.scene.reason, "refused: the author may not write this (table lid)");
	CHECK(strstr(scene_pull(&houses.scene, &houses.bram), "refused open") != NULL);
	CHECK_EQ(bram_does(&houses, "update lid @bram naam=Bas; insert notitie #n1 huis_id=#h1 tekst=bram"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(houses.scene.reason,
		  "waits where its author does not see it: the author may not write this (table notitie)");
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(gaining_and_losing_access_shows_in_pulls)
{
	struct scene_pair houses;

	houses_open(&houses);
	anna_does(&houses, "insert huis #h1 lid_id=@anna naam=Dam; insert notitie #n1 huis_id=#h1 tekst=een");
	scene_pull(&houses.scene, &houses.anna);
	CHECK_STR(scene_pull(&houses.scene, &houses.bram), "");
	anna_does(&houses, "update huis #h1 gast_id=@bram");
	CHECK(strncmp(scene_pull(&houses.scene, &houses.bram), "add huis_kring x", 16) == 0);
	anna_does(&houses, "update notitie #n1 tekst=twee");
	CHECK(strstr(scene_pull(&houses.scene, &houses.bram), "  cells notitie") != NULL);
	anna_does(&houses, "update huis #h1 gast_id=null");
	CHECK(strncmp(scene_pull(&houses.scene, &houses.bram), "drop huis_kring x", 17) == 0);
	CHECK_STR(scene_pull(&houses.scene, &houses.bram), "");
	/* Back again: all of it, whole. */
	anna_does(&houses, "update huis #h1 gast_id=@bram");
	CHECK(strstr(scene_pull(&houses.scene, &houses.bram), "  whole notitie") != NULL);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

TEST(a_team_sees_a_few_columns_of_a_dossier_until_it_moves_on)
{
	struct city city;
	const char *pulled = NULL;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna,
			 "insert dossier #d1 roepnaam=Jansen status=actief soort_team=sociaal aan_zet_team_id=%Z; "
			 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&city.scene), "");
	pulled = scene_pull(&city.scene, &city.bram);
	CHECK(strstr(pulled, "roepnaam=Jansen status=actief") != NULL);
	CHECK(strstr(pulled, "soort_team") == NULL);
	CHECK(strstr(scene_pull(&city.scene, &city.cees), "Jansen") == NULL);
	/* A colleague reads the index and no more. */
	CHECK_EQ(city_do(&city, &city.bram, "update dossier #d1 roepnaam=anders"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(city_do(&city, &city.bram, "delete dossier #d1"), BSYNC_VERDICT_INBOX);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "  whole dossier") != NULL);
	CHECK_EQ(city_do(&city, &city.anna, "update dossier #d1 aan_zet_team_id=%N"), BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "  gone dossier") != NULL);
	CHECK(strstr(scene_pull(&city.scene, &city.cees), "  whole dossier") != NULL);
	CHECK_STR(scene_check(&city.scene), "");
	/* And back: it comes whole, behind the word that it had gone. */
	CHECK_EQ(city_do(&city, &city.anna, "update dossier #d1 aan_zet_team_id=%Z"), BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "  whole dossier") != NULL);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

/* Inserts referral v to team Thuis, with `cells`. */
static enum bsync_verdict refer(struct scene *scene, struct scene_device *device, const char *cells)
{
	char text[300];

	snprintf(text, sizeof text, "insert verwijzing #v aanbieder_id=x'%s' %s",
		 scene_sql(scene, "SELECT hex(id) FROM team WHERE naam = 'Thuis'"), cells);
	return scene_do(scene, device, text);
}

/* A referral that the provider knows before its author's row is there; and one who has nothing to do with it, but knows its id. */
TEST(a_row_is_begun_from_two_sides_and_not_from_a_third)
{
	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_device petra;

		scene_pair_open(&pair, "schema/utrecht");
		scene_team(&pair.scene, "Thuis");
		scene_worker(&pair.scene, "petra", "Thuis");
		petra = scene_device(&pair.scene, "petra");
		scene_pull(&pair.scene, &petra);
		scene_do(&pair.scene, &pair.anna, "insert dossier #d roepnaam=Tahiri");
		scene_do(&pair.scene, &pair.bram, "insert dossier #e roepnaam=Dam");
		for (int step = 0; step < 2; step++)
			CHECK_EQ(step == order ? refer(&pair.scene, &pair.anna, "dossier_id=#d waarvoor=hulp")
					       : refer(&pair.scene, &petra, "status=gestart"),
				 BSYNC_VERDICT_APPLIED);
		CHECK_EQ(refer(&pair.scene, &pair.bram, "dossier_id=#e waarvoor=kwaad zorgvorm_code=kwaad"),
			 BSYNC_VERDICT_INBOX);
		CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert verwijzing #v waarvoor=kwaad zorgvorm_code=kwaad"),
			 BSYNC_VERDICT_INBOX);
		CHECK_STR(scene_sql(&pair.scene, "SELECT waarvoor || coalesce(zorgvorm_code, '') || status || "
						 "(SELECT roepnaam FROM dossier d WHERE d.id = v.dossier_id) "
						 "FROM verwijzing v"),
			  "hulpgestartTahiri");
		CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "verwijzing") == NULL);
		CHECK_STR(scene_check(&pair.scene), "");
		scene_close(&pair.scene);
	}
}

/* A state that is none is not taken; the rest of the row is. */
TEST(what_is_not_taken_of_a_row_is_shown_where_its_author_is)
{
	struct scene_pair pair;
	struct scene_device petra;

	scene_pair_open(&pair, "schema/utrecht");
	scene_team(&pair.scene, "Thuis");
	scene_worker(&pair.scene, "petra", "Thuis");
	petra = scene_device(&pair.scene, "petra");
	scene_pull(&pair.scene, &petra);
	scene_do(&pair.scene, &pair.anna, "insert dossier #d roepnaam=Tahiri");
	CHECK_EQ(refer(&pair.scene, &pair.anna, "dossier_id=#d waarvoor=hulp"), BSYNC_VERDICT_APPLIED);
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &petra);
	CHECK_EQ(scene_do(&pair.scene, &petra, "update verwijzing #v status=geweigerd zorgvorm_code=licht"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason,
		  "refused: the rule of this column does not take what was written (table verwijzing)");
	CHECK(strstr(scene_pull(&pair.scene, &petra), "refused open status=geweigerd") != NULL);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "refused open") == NULL);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update verwijzing #v status=onzin"), BSYNC_VERDICT_INBOX);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "refused open status=onzin") != NULL);
	CHECK(strstr(scene_pull(&pair.scene, &petra), "refused open") == NULL);
	/* Petra's team has no part in this column. */
	CHECK_EQ(scene_do(&pair.scene, &petra, "update verwijzing #v overwogen_alternatieven=geen"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason,
		  "waits where its author does not see it: the author may not write this (table verwijzing)");
	CHECK(strstr(scene_pull(&pair.scene, &petra), "geen") == NULL);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "refused open overwogen_alternatieven=geen") != NULL);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(whether_an_author_sees_an_item_is_asked_when_all_is_done)
{
	static const char unseen[] =
		"waits where its author does not see it: the rule of this column does not take what was "
		"written (table dossier)";
	struct city city;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna, "insert dossier #d1 roepnaam=Jansen status=onzin"), BSYNC_VERDICT_INBOX);
	CHECK(strncmp(city.scene.reason, "refused: ", 9) == 0);
	CHECK_EQ(city_do(&city, &city.anna,
			 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief; "
			 "insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_EQ(city_do(&city, &city.anna,
			 "update betrokkenheid #b1 status=beeindigd; update dossier #d1 status=onzin"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(city.scene.reason, unseen);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(a_founder_who_makes_only_others_members_is_told_to_drop_the_scope)
{
	struct city city;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna,
			 "insert dossier #d1 roepnaam=Jansen; "
			 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@bram status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(strncmp(scene_pull(&city.scene, &city.anna), "drop dossier_kring x", 20) == 0);
	CHECK_STR(scene_pull(&city.scene, &city.anna), "");
	CHECK(strncmp(scene_pull(&city.scene, &city.bram), "add dossier_kring x", 19) == 0);
	CHECK_EQ(city_do(&city, &city.anna, "update dossier #d1 roepnaam=laat"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(a_founder_is_told_to_drop_the_scope_when_the_first_members_are_others)
{
	struct city city;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna, "insert dossier #d1 roepnaam=Jansen"), BSYNC_VERDICT_APPLIED);
	CHECK(strncmp(scene_pull(&city.scene, &city.anna), "add dossier_kring x", 19) == 0);
	CHECK_EQ(
		city_do(&city, &city.anna, "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@bram status=actief"),
		BSYNC_VERDICT_APPLIED);
	CHECK(strncmp(scene_pull(&city.scene, &city.anna), "drop dossier_kring x", 20) == 0);
	CHECK_STR(scene_pull(&city.scene, &city.anna), "");
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(who_could_hold_a_scope_is_told_of_it_when_something_is_in_it)
{
	struct city city;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna,
			 "insert dossier #d1 roepnaam=Jansen; "
			 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna team_id=%Z status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&city.scene, &city.anna), "crisis_kring") == NULL);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "crisis_kring") == NULL);
	CHECK_STR(scene_check(&city.scene), "");
	/* Another team's worker begins nothing there, and what is refused is nothing. */
	CHECK_EQ(city_do(&city, &city.cees, "insert veiligheidsplan #v1 dossier_id=#d1 eigen_woorden=vreemd"),
		 BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&city.scene, "SELECT count(*) FROM veiligheidsplan"), 0);
	CHECK_STR(scene_check(&city.scene), "");
	/* Anna's colleague does, and all of the team has it. */
	CHECK_EQ(city_do(&city, &city.bram, "insert veiligheidsplan #v2 dossier_id=#d1 eigen_woorden=bel_mij"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&city.scene, &city.anna), "eigen_woorden=bel_mij") != NULL);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "add crisis_kring") != NULL);
	CHECK(strstr(scene_pull(&city.scene, &city.cees), "bel_mij") == NULL);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(a_founder_who_is_a_member_too_keeps_the_scope)
{
	struct city city;

	city_open(&city);
	CHECK_EQ(city_do(&city, &city.anna,
			 "insert dossier #d1 roepnaam=Jansen; "
			 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief; "
			 "insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&city.scene, &city.anna), "drop") == NULL);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(a_worker_who_moves_team_moves_between_their_scopes)
{
	struct city city;
	struct bsync_touched touched;

	city_open(&city);
	city_do(&city, &city.anna,
		"insert dossier #d1 roepnaam=Jansen aan_zet_team_id=%N; "
		"insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief");
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "Jansen") == NULL);
	CHECK_EQ(bsync_store_group_begin(city.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_worker_move(city.scene.store, &city.bram.worker, "Noord", city.scene.now_ms), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(city.scene.store, &touched), BSYNC_OK);
	CHECK_EQ(touched.worker_count, 1);
	CHECK(strstr(scene_pull(&city.scene, &city.bram), "roepnaam=Jansen") != NULL);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

/* A goal of Anna's in a dossier; Bram pulls, who is no member unless `more` makes him one. */
static void goal_open(struct city *city, const char *more)
{
	char text[300];

	city_open(city);
	snprintf(
		text, sizeof(text),
		"insert dossier #d1 roepnaam=Jansen; insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief; "
		"insert doel #g1 dossier_id=#d1 tekst=een%s",
		more);
	city_do(city, &city->anna, text);
	scene_pull(&city->scene, &city->bram);
}

TEST(who_did_not_hold_a_scope_then_has_seen_nothing_of_it)
{
	struct city city;

	goal_open(&city, "");
	city_do(&city, &city.anna, "insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief");
	/* Made before it came to Bram, with a base at which the goal was there, for others. */
	CHECK_EQ(city_do(&city, &city.bram, "update doel #g1 tekst=twee"), BSYNC_VERDICT_INBOX);
	CHECK(strncmp(city.scene.reason, "conflict", 8) == 0);
	CHECK_EQ(city_do(&city, &city.bram, "delete doel #g1"), BSYNC_VERDICT_INBOX);
	CHECK(strncmp(city.scene.reason, "deleted", 7) == 0);
	CHECK_STR(scene_check(&city.scene), "");
	scene_close(&city.scene);
}

TEST(who_held_a_scope_then_has_seen_it_also_when_it_went_and_came_back)
{
	struct city city;

	goal_open(&city, "; insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@bram status=actief");
	city_do(&city, &city.anna, "delete betrokkenheid #b2");
	city_do(&city, &city.anna, "insert betrokkenheid #b3 dossier_id=#d1 medewerker_id=@bram status=actief");
	CHECK_EQ(city_do(&city, &city.bram, "update doel #g1 tekst=twee"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&city.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	scene_close(&city.scene);
}

TEST(a_new_worker_gets_what_the_circle_of_everybody_holds)
{
	struct scene_pair houses;
	struct scene_device cees;

	houses_open(&houses);
	scene_worker(&houses.scene, "cees", "Zuid");
	cees = scene_device(&houses.scene, "cees");
	CHECK(strstr(scene_pull(&houses.scene, &cees), "naam=cees") != NULL);
	CHECK(strstr(scene_pull(&houses.scene, &houses.anna), "naam=cees") != NULL);
	/* Nobody writes there but the store. */
	CHECK_EQ(scene_do(&houses.scene, &cees, "update lid @cees naam=baas"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_do(&houses.scene, &cees, "insert lid #x naam=baas"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&houses.scene, "SELECT count(*) FROM lid WHERE naam = 'baas'"), 0);
	CHECK_STR(scene_check(&houses.scene), "");
	scene_close(&houses.scene);
}

static int step_count(void *context)
{
	(*(uint64_t *)context)++;
	return 0;
}

/* The instructions of SQLite's machine that the store takes for it. */
static uint64_t steps_of(struct scene *scene, struct scene_device *device, const char *text)
{
	uint64_t steps = 0;

	sqlite3_progress_handler(scene->store->base.db.handle, 1, step_count, &steps);
	if (scene_do(scene, device, text) != BSYNC_VERDICT_APPLIED)
		steps = UINT64_MAX;
	sqlite3_progress_handler(scene->store->base.db.handle, 0, NULL, NULL);
	return steps;
}

TEST(a_founder_is_found_among_many_workers_without_reading_them_all)
{
	struct scene_pair pair;
	char name[20];
	uint64_t few = 0;

	scene_pair_open(&pair, "schema/utrecht");
	/* The first takes what is made once. */
	steps_of(&pair.scene, &pair.bram, "insert dossier #eerste roepnaam=een");
	few = steps_of(&pair.scene, &pair.bram, "insert dossier #tweede roepnaam=twee");
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "collega %d", i);
		scene_worker(&pair.scene, name, "Zuid");
	}
	scene_worker(&pair.scene, "zoe", "Zuid");
	struct scene_device zoe = scene_device(&pair.scene, "zoe");
	steps_of(&pair.scene, &zoe, "insert dossier #derde roepnaam=drie");
	CHECK(steps_of(&pair.scene, &zoe, "insert dossier #vierde roepnaam=vier") < few + 50);
	scene_close(&pair.scene);
}
