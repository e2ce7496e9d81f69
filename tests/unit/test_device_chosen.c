/* Who wrote what somebody chose against is told of it, once. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NAAM = 2, STATUS = 3, WRITTEN = 15, CHOSEN = 25 };

static const uint8_t one = 1;

static bool told(void *context, const struct bsync_chosen *chosen)
{
	char *text = context;
	const size_t used = strlen(text);
	const struct bsync_bytes wrote = chosen->past.variant.value.as.bytes;

	snprintf(text + used, 200 - used, "%s.%s %.*s by %s at %d, shows %.*s;", chosen->table->name,
		 chosen->table->columns[chosen->column].name, (int)wrote.size, (const char *)wrote.data,
		 chosen->chooser_name, (int)chosen->past.replaced_counter,
		 chosen->shown == NULL ? 4 : (int)chosen->shown->as.bytes.size,
		 chosen->shown == NULL ? "none" : (const char *)chosen->shown->as.bytes.data);
	return true;
}

/* What there is to tell. */
static const char *untold(struct bsync_file *file)
{
	static char text[200];
	struct bsync_file_status status;

	text[0] = '\0';
	if (bsync_file_chosen(file, told, text) != BSYNC_OK || bsync_file_status(file, &status) != BSYNC_OK)
		return "it fails";
	return (status.untold != 0) == (text[0] != '\0') ? text : "the status counts otherwise";
}

/* The status of dossier 1 becomes "hun", chosen by `chooser` against "mijn", which `device` wrote. */
static bool choice_pulled(struct device_scene *scene, const struct bsync_device_id *device,
			  const struct bsync_worker_id *chooser, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, counter);
	pull_row_text(&row, STATUS, "hun");
	pull_row_past(&row, STATUS, "mijn", WRITTEN, CHOSEN);
	row.past.is_chosen_against = true;
	row.past.variant.dot.device = *device;
	row.past.variant.author = scene->enrolled.worker;
	row.past.replaced_by = *chooser;
	return pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

static struct bsync_worker_id bert(void)
{
	struct bsync_worker_id worker;

	memset(worker.bytes, 0x22, sizeof(worker.bytes));
	return worker;
}

/* The same of the name, of dossier `key` and in the changeset 15 of `line`, which is not told of yet. */
static bool name_choice_pulled(struct device_scene *scene, uint8_t key, uint8_t line)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, key, CHOSEN);
	pull_row_text(&row, NAAM, "hun");
	pull_row_past(&row, NAAM, "mijn", WRITTEN, CHOSEN);
	row.past.is_chosen_against = true;
	row.past.variant.dot.device = scene->enrolled.device;
	memset(row.past.variant.dot.line.bytes, line, BSYNC_ID_SIZE);
	row.past.replaced_by = bert();
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&key)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&key), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, CHOSEN) == BSYNC_OK;
}

static bool scene_make(struct device_scene *scene)
{
	return pull_scene_make(scene) &&
	       device_scene_run(scene->file,
				"INSERT INTO medewerker VALUES(unhex('22222222222222222222222222222222'), 'Bert')");
}

TEST(who_wrote_what_a_colleague_chose_against_is_told_once)
{
	struct device_scene scene;
	const struct bsync_worker_id colleague = bert();

	CHECK(scene_make(&scene));
	CHECK_STR(untold(scene.file), "");
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN));
	CHECK_STR(untold(scene.file), "dossier.status mijn by Bert at 25, shows hun;");
	CHECK_EQ(bsync_file_chosen_told(scene.file, CHOSEN - 1), BSYNC_OK);
	CHECK_STR(untold(scene.file), "dossier.status mijn by Bert at 25, shows hun;");
	CHECK_EQ(bsync_file_chosen_told(scene.file, CHOSEN), BSYNC_OK);
	CHECK_STR(untold(scene.file), "");
	/* The same comes again when a pull was cut off. */
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN + 1));
	CHECK_STR(untold(scene.file), "");
	device_scene_clear(&scene);
}

TEST(what_was_told_is_not_told_again_when_the_scope_left_and_came_back)
{
	struct device_scene scene;
	const struct bsync_worker_id colleague = bert();

	CHECK(scene_make(&scene));
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN));
	CHECK_EQ(bsync_file_chosen_told(scene.file, CHOSEN), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, CHOSEN + 1), BSYNC_OK);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_past"), 0);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN + 2));
	CHECK_STR(untold(scene.file), "");
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_past"), 1);
	device_scene_clear(&scene);
}

TEST(one_choice_that_was_told_hides_no_other)
{
	struct device_scene scene;

	CHECK(scene_make(&scene));
	CHECK(name_choice_pulled(&scene, 2, 0x55));
	CHECK_EQ(bsync_file_chosen_told(scene.file, CHOSEN), BSYNC_OK);
	CHECK_STR(untold(scene.file), "");
	/* Another row of the same changeset. */
	CHECK(name_choice_pulled(&scene, 3, 0x55));
	CHECK_STR(untold(scene.file), "dossier.naam mijn by Bert at 25, shows hun;");
	CHECK_EQ(bsync_file_chosen_told(scene.file, CHOSEN), BSYNC_OK);
	/* The changeset of that number which a restored copy of the file made. */
	CHECK(name_choice_pulled(&scene, 3, 0x66));
	CHECK_STR(untold(scene.file), "dossier.naam mijn by Bert at 25, shows hun;");
	device_scene_clear(&scene);
}

TEST(what_comes_twice_before_it_was_told_is_still_to_be_told)
{
	struct device_scene scene;
	const struct bsync_worker_id colleague = bert();

	CHECK(scene_make(&scene));
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN));
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &colleague, CHOSEN + 1));
	CHECK_STR(untold(scene.file), "dossier.status mijn by Bert at 25, shows hun;");
	device_scene_clear(&scene);
}

TEST(who_chose_and_another_device_are_told_nothing)
{
	struct device_scene scene;
	const struct bsync_worker_id colleague = bert();
	const struct bsync_device_id other = {{0x77}};

	CHECK(scene_make(&scene));
	CHECK(choice_pulled(&scene, &scene.enrolled.device, &scene.enrolled.worker, CHOSEN));
	CHECK_STR(untold(scene.file), "");
	CHECK(choice_pulled(&scene, &other, &colleague, CHOSEN + 1));
	CHECK_STR(untold(scene.file), "");
	device_scene_clear(&scene);
}
