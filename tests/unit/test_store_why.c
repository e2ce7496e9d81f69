/* Which rows give a worker what it holds. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { TEXT_SIZE = 4000 };

static void add(char text[TEXT_SIZE], const char *piece)
{
	strncat(text, piece, TEXT_SIZE - 1 - strlen(text));
}

/* "CIRCLE: TABLE COLUMN… and TABLE … or …", without the values. */
static void tell(void *context, const struct bsync_why *why)
{
	char *text = context;

	add(text, text[0] == '\0' ? "" : "; ");
	add(text, why->circle);
	add(text, why->is_founder ? ": began it" : ":");
	for (uint32_t i = 0; i < why->reason_count; i++) {
		add(text, i == 0 ? "" : " or");
		for (uint32_t k = 0; k < why->reasons[i].row_count; k++) {
			const struct bsync_why_row *row = &why->reasons[i].rows[k];

			add(text, k == 0 ? " " : " and ");
			add(text, row->table);
			for (uint32_t c = 0; c < row->cell_count; c++) {
				add(text, c == 0 ? "(" : " ");
				add(text, row->cells[c].column);
			}
			add(text, row->cell_count > 0 ? ")" : "");
		}
	}
}

static const char *why(struct scene *scene, const struct scene_device *device, const char *name)
{
	static char text[TEXT_SIZE];
	char word[BSYNC_ID_TEXT_SIZE];
	uint8_t id[16];

	scene_id(name, id);
	bsync_id_text(id, word);
	text[0] = '\0';
	if (bsync_view_why(scene->view, &device->worker, word, scene->now_ms, tell, text) != BSYNC_OK)
		return "it fails";
	return text;
}

/* Anna is involved in a household, Bram is of her team, and there is a safety plan. */
static void household_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "schema/utrecht");
	scene_do(&pair->scene, &pair->anna, "insert dossier #d1 roepnaam=Dam");
	scene_pull(&pair->scene, &pair->anna);
}

static const char involve[] = "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief";

TEST(the_row_that_makes_a_member_is_the_reason)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, involve), BSYNC_VERDICT_APPLIED);
	CHECK_STR(why(&pair.scene, &pair.anna, "d1"), "dossier_kring: betrokkenheid(dossier_id medewerker_id status)");
	CHECK_STR(why(&pair.scene, &pair.bram, "d1"), "");
	scene_close(&pair.scene);
}

TEST(who_began_a_scope_holds_it_without_a_row)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_STR(why(&pair.scene, &pair.anna, "d1"), "dossier_kring: began it");
	scene_close(&pair.scene);
}

TEST(each_way_in_is_told_and_rows_that_do_not_matter_are_not)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna,
			  "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief;"
			  "insert betrokkenheid #b2 dossier_id=#d1 medewerker_id=@anna status=actief;"
			  "insert betrokkenheid #b3 dossier_id=#d1 medewerker_id=@anna status=beeindigd;"
			  "insert betrokkenheid #b4 dossier_id=#d1 medewerker_id=@bram status=actief"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_STR(why(&pair.scene, &pair.anna, "d1"), "dossier_kring: betrokkenheid(dossier_id medewerker_id status)"
						      " or betrokkenheid(dossier_id medewerker_id status)");
	scene_close(&pair.scene);
}

TEST(rows_that_only_together_make_a_member_are_one_reason)
{
	struct scene_pair pair;
	char text[200];

	household_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, involve), BSYNC_VERDICT_APPLIED);
	snprintf(text, sizeof text, "insert betrokkenheid #b2 dossier_id=#d1 team_id=x'%s' status=actief",
		 scene_sql(&pair.scene, "SELECT lower(hex(id)) FROM bsync_team"));
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, text), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert veiligheidsplan #v1 dossier_id=#d1"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(why(&pair.scene, &pair.bram, "d1"),
		  "crisis_kring: medewerker(team_id) and betrokkenheid(dossier_id team_id status)");
	scene_close(&pair.scene);
}

TEST(a_membership_that_has_ended_gives_nothing)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, involve), BSYNC_VERDICT_APPLIED);
	scene_pull(&pair.scene, &pair.anna);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update betrokkenheid #b1 status=beeindigd"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(why(&pair.scene, &pair.anna, "d1"), "");
	scene_close(&pair.scene);
}
