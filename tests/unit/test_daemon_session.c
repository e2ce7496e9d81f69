/* A real daemon and devices that say what a test wants.  labels: threads */
#include "tests/support/harness.h"

#include <signal.h>
#include <unistd.h>

#include "tests/support/daemon_scene.h"

static struct daemon_scene scene;

static void send_sync(struct peer *peer, uint64_t token)
{
	const struct bsync_sync sync = {.token = token};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 64);
	peer_must(bsync_sync_encode(&sync, &payload), "SYNC");
	peer_send_frame(peer, BSYNC_MESSAGE_SYNC, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}

TEST(a_push_is_answered_after_it_is_durable_and_reaches_another_device)
{
	struct peer anna;
	struct peer bram;
	struct bsync_frame frame;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &anna);
	daemon_scene_enrol(&scene, "Bram", &bram);
	daemon_scene_hello(&bram);
	send_sync(&bram, 1);
	CHECK(daemon_scene_expect(&bram, BSYNC_MESSAGE_PULL_END, &frame));
	daemon_scene_hello(&anna);
	peer_seal(&anna, "boodschappen", 1);
	peer_send_push(&anna, 1, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&anna), 1);
	/* Nobody asks: the change goes to whom it concerns by itself. */
	CHECK(daemon_scene_expect(&bram, BSYNC_MESSAGE_ROWS, &frame));
	CHECK(daemon_scene_expect(&bram, BSYNC_MESSAGE_PULL_END, &frame));
	CHECK_EQ(daemon_scene_stop(&scene, SIGKILL), 128 + SIGKILL);
	daemon_scene_start(&scene);
	snprintf(anna.address, sizeof anna.address, "%s", scene.daemon.ready);
	daemon_scene_hello(&anna);
	peer_send_push(&anna, 1, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&anna), 1);
	CHECK_EQ(daemon_scene_figure(&scene, "changesets"), 1);
	peer_free(&anna);
	peer_free(&bram);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}
