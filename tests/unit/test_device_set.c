/* Sets on a device: what an edit of one has seen. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, HEEL = 1, LABELS = 5 };

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)

static const uint8_t one = 1;

static enum bsync_result send_labels(struct device_scene *scene, enum bsync_pulled_kind kind, const char *labels,
				     uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, kind, DOSSIER, HEEL, 1, counter);
	pull_row_text(&row, LABELS, labels);
	return pull_send(scene, pull_scope_dossier(&one), &row);
}

TEST(a_set_edit_has_seen_what_was_pulled_under_an_unsent_one)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(send_labels(&scene, BSYNC_PULLED_WHOLE, "[\"a\"]", 9), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 10), BSYNC_OK);
	RUN("UPDATE dossier SET labels = '[\"a\",\"mijn\"]'");
	CHECK_EQ(send_labels(&scene, BSYNC_PULLED_CELLS, "[\"a\",\"hun\"]", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"a\",\"hun\",\"mijn\"]");
	/* What is taken out was on the screen since 12. */
	RUN("UPDATE dossier SET labels = '[\"a\",\"mijn\"]'");
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].base.counter, 12);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_DEFAULT);
	CHECK_EQ(sets[0].changes[0].cells[0].remove_count, 1);
	device_scene_clear(&scene);
}
