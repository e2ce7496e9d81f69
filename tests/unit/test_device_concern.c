/* Whom an item concerns, as a device tells it: what is listed, and what is counted. */
#include "core/schema/concern.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NAAM = 2, STATUS = 3, ME = 0x11, BERT = 0x22, CARLA = 0x33, DIRK = 0x44 };

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define PERSON(id, name) "INSERT INTO medewerker VALUES(unhex('" id id id id "'), '" name "')"

/* "Anna Bert, mine" for each item. */
struct seen {
	int count;
	uint8_t id[16];
	char text[500];
};

static bool see(void *context, const struct bsync_inbox_item *item)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);

	seen->count++;
	memcpy(seen->id, item->id, sizeof(seen->id));
	used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, "%s:%s", item->kind,
				 item->concern.is_everybody ? " everybody" : "");
	for (uint32_t i = 0; i < item->concern.people.count; i++)
		used += (size_t)snprintf(seen->text + used, sizeof(seen->text) - used, " %s", item->concern.names[i]);
	snprintf(seen->text + used, sizeof(seen->text) - used, "%s;", item->is_yours ? ", mine" : "");
	return true;
}

static const char *inbox(struct bsync_file *file, struct seen *seen)
{
	*seen = (struct seen){0};
	return bsync_file_inbox(file, see, seen) == BSYNC_OK ? seen->text : "failed";
}

static uint64_t count_of(struct bsync_file *file)
{
	uint64_t items = UINT64_MAX;

	return bsync_file_items_open(file, &items) == BSYNC_OK ? items : UINT64_MAX;
}

/* Dossier 1, of whose status Bert wrote one version and `other_author` another. */
static bool scene_make(struct device_scene *scene, uint8_t other_author)
{
	struct pull_row row;

	if (!device_scene_make(scene))
		return false;
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 20);
	pull_row_text(&row, NAAM, "Jansen");
	pull_row_conflict(&row, STATUS, "hun", "ander", other_author);
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, 20) == BSYNC_OK &&
	       device_scene_run(scene->file, PERSON("11111111", "Anna") ";" PERSON("22222222", "Bert"));
}

/* Late work of `author` on that dossier. */
static bool item_send(struct device_scene *scene, uint8_t author, struct bsync_scope_ref scope, uint32_t face_no)
{
	struct bsync_pulled_item item = {.kind = bsync_bytes_of_string("late"),
					 .is_open = true,
					 .reason = bsync_bytes_of_string("access to this had ended")};
	struct pull_row row;

	memset(item.id, 0x77, sizeof(item.id));
	memset(item.author.bytes, author, BSYNC_ID_SIZE);
	pull_row_init(&row, BSYNC_PULLED_ITEM, DOSSIER, face_no, 1, 30);
	row.row.item = &item;
	return pull_send(scene, scope, &row) == BSYNC_OK && device_scene_pull_end(scene, 30) == BSYNC_OK;
}

TEST(where_nobody_leads_a_conflict_concerns_all_members)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, DIRK));
	CHECK_STR(inbox(scene.file, &seen), "conflict: Anna Bert, mine;");
	CHECK_EQ(count_of(scene.file), 1);
	device_scene_clear(&scene);
}

TEST(a_conflict_of_others_concerns_its_authors_who_are_there_and_the_lead)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, DIRK));
	RUN(PERSON("33333333", "baas Carla"));
	CHECK_STR(inbox(scene.file, &seen), "conflict: Bert baas Carla;");
	CHECK_EQ(count_of(scene.file), 0);
	/* Who has it may choose all the same. */
	CHECK_EQ(bsync_file_resolve(scene.file, seen.id, BSYNC_TAKE_NUMBER, 2, NULL), BSYNC_OK);
	CHECK_STR(inbox(scene.file, &seen), "");
	device_scene_clear(&scene);
}

TEST(a_conflict_goes_along_with_the_lead)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, DIRK));
	RUN(PERSON("33333333", "baas Carla"));
	CHECK_EQ(count_of(scene.file), 0);
	RUN("UPDATE medewerker SET naam = iif(naam = 'Anna', 'baas Anna', ltrim(naam, 'bas '))");
	CHECK_STR(inbox(scene.file, &seen), "conflict: baas Anna Bert, mine;");
	CHECK_EQ(count_of(scene.file), 1);
	device_scene_clear(&scene);
}

TEST(who_wrote_a_version_is_concerned_though_another_leads)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, ME));
	RUN(PERSON("33333333", "baas Carla"));
	CHECK_STR(inbox(scene.file, &seen), "conflict: Anna Bert baas Carla, mine;");
	device_scene_clear(&scene);
}

TEST(an_item_of_the_store_concerns_who_wrote_what_it_is_about)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, ME));
	CHECK(item_send(&scene, BERT, pull_scope_dossier(&one), 1));
	RUN(PERSON("33333333", "baas Carla"));
	CHECK_STR(inbox(scene.file, &seen), "conflict: Anna Bert baas Carla, mine;late: Bert baas Carla;");
	CHECK_EQ(count_of(scene.file), 1);
	device_scene_clear(&scene);
}

TEST(each_scope_that_gives_an_item_says_whom_it_concerns)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, DIRK));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_team()), BSYNC_OK);
	CHECK(item_send(&scene, BERT, pull_scope_team(), 2));
	RUN(PERSON("33333333", "baas Carla"));
	/* Nobody leads a team, and the status does not go there. */
	CHECK_STR(inbox(scene.file, &seen), "conflict: Bert baas Carla;late: Anna Bert baas Carla, mine;");
	device_scene_clear(&scene);
}

TEST(who_holds_a_scope_is_in_it_though_no_row_says_so)
{
	struct device_scene scene;
	struct seen seen;

	CHECK(scene_make(&scene, DIRK));
	RUN("DELETE FROM medewerker");
	CHECK_STR(inbox(scene.file, &seen), "conflict: Anna, mine;");
	device_scene_clear(&scene);
}
