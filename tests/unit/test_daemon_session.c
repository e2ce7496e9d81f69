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

TEST(acknowledged_changesets_survive_a_kill_at_any_moment)
{
	struct peer peer;
	uint64_t answered = 0;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &peer);
	for (int round = 0; round < 6; round++) {
		uint64_t from = peer.entry_count + 1;
		char name[20];

		daemon_scene_hello(&peer);
		/* What was cut off is sent again, as a device does. */
		for (uint64_t seq = answered + 1; seq < from; seq++)
			peer_send_push(&peer, seq, 1, NULL);
		for (uint64_t seq = from; seq < from + 8; seq++) {
			snprintf(name, sizeof name, "lijst %u", (unsigned)seq);
			peer_seal(&peer, name, seq);
			peer_send_push(&peer, seq, 1, NULL);
		}
		for (int i = 0; i < round; i++)
			answered += daemon_scene_receipts(&peer);
		CHECK_EQ(daemon_scene_stop(&scene, SIGKILL), 128 + SIGKILL);
		daemon_scene_start(&scene);
		snprintf(peer.address, sizeof peer.address, "%s", scene.daemon.ready);
		CHECK(daemon_scene_figure(&scene, "changesets") >= (int64_t)answered);
	}
	daemon_scene_hello(&peer);
	for (uint64_t seq = 1; seq <= peer.entry_count; seq++)
		peer_send_push(&peer, seq, 1, NULL);
	for (uint64_t seq = 1; seq <= peer.entry_count; seq++)
		CHECK_EQ(daemon_scene_receipts(&peer), 1);
	CHECK_EQ(daemon_scene_figure(&scene, "changesets"), (int64_t)peer.entry_count);
	peer_free(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

static void break_signature(struct bsync_push *push)
{
	static uint8_t other[64];

	memcpy(other, push->signature.data, sizeof other);
	other[20] ^= 1;
	push->signature.data = other;
}

static void break_body(struct bsync_push *push)
{
	static uint8_t other[4096];

	memcpy(other, push->changesets[0].body.data, push->changesets[0].body.size);
	other[3] ^= 1;
	push->changesets[0].body.data = other;
}

static void other_epoch(struct bsync_push *push)
{
	push->epoch = 7;
}

TEST(a_push_that_does_not_fit_is_refused_and_nothing_of_it_is_kept)
{
	struct peer peer;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &peer);
	peer_seal(&peer, "een", 1);
	peer_seal(&peer, "twee", 2);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 2, 1, NULL);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_OUT_OF_ORDER);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 1, 2, break_signature);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_BAD_SIGNATURE);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 1, 2, break_body);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_BAD_SIGNATURE);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 1, 1, other_epoch);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_UNKNOWN_EPOCH);
	CHECK_EQ(daemon_scene_figure(&scene, "changesets"), 0);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 1, 2, NULL);
	CHECK_EQ(daemon_scene_receipts(&peer), 2);
	/* Another history under a number that was taken is kept, and the session ends: it was told another state. */
	peer_seal(&peer, "anders", 2);
	daemon_scene_hello(&peer);
	peer_send_push(&peer, 2, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&peer), 1);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_SHUTTING_DOWN);
	peer_free(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

TEST(the_newer_connection_of_a_device_takes_over)
{
	struct peer older;
	struct peer newer;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &older);
	daemon_scene_hello(&older);
	newer = older;
	newer.fd = -1;
	newer.tls = NULL;
	bsync_frame_reader_init(&newer.reader);
	daemon_scene_hello(&newer);
	CHECK_EQ(daemon_scene_error(&older), BSYNC_OVERLOADED);
	peer_seal(&newer, "een", 1);
	peer_send_push(&newer, 1, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&newer), 1);
	CHECK_EQ(daemon_scene_figure(&scene, "sessions"), 1);
	peer_cut(&newer);
	bsync_buffer_clear(&newer.entries[0].body);
	peer_free(&older);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

/* The id of the only device, from `device list --json`. */
static void only_device(char id[40])
{
	static char output[PROCESS_OUTPUT_MAX];
	const char *const words[] = {"device", "list", "--json", NULL};

	id[0] = '\0';
	if (daemon_scene_ctl(&scene, output, words) == 0 && strncmp(output, "{\"id\":\"", 7) == 0)
		snprintf(id, 40, "%.32s", output + 7);
}

TEST(an_operator_s_word_reaches_a_live_session_at_once)
{
	struct peer peer;
	char id[40];
	const char *const suspend[] = {"device", "suspend", id, NULL};
	const char *const resume[] = {"device", "resume", id, NULL};
	const char *const revoke[] = {"device", "revoke", id, NULL};

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &peer);
	only_device(id);
	daemon_scene_hello(&peer);
	CHECK_EQ(daemon_scene_ctl(&scene, NULL, suspend), 0);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_SHUTTING_DOWN);
	/* It may still hand in. */
	daemon_scene_hello(&peer);
	peer_seal(&peer, "een", 1);
	peer_send_push(&peer, 1, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&peer), 1);
	CHECK_EQ(daemon_scene_ctl(&scene, NULL, resume), 0);
	daemon_scene_hello(&peer);
	CHECK_EQ(daemon_scene_ctl(&scene, NULL, revoke), 0);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_REVOKED);
	peer_connect(&peer, false);
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_REVOKED);
	CHECK_EQ(daemon_scene_ctl(&scene, NULL, resume), 1);
	peer_free(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

TEST(a_stop_tells_those_who_are_connected)
{
	struct peer peer;
	int half;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &peer);
	daemon_scene_hello(&peer);
	half = daemon_scene_dial(&scene);
	peer_seal(&peer, "een", 1);
	peer_send_push(&peer, 1, 1, NULL);
	kill(scene.daemon.pid, SIGTERM);
	/* The push that was on its way may be answered first; in any case the session is told. */
	CHECK_EQ(daemon_scene_error(&peer), BSYNC_SHUTTING_DOWN);
	CHECK(daemon_scene_is_cut(half, 1000));
	peer_cut(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, 0), 0);
	peer_free(&peer);
	daemon_scene_clear(&scene);
}

TEST(a_row_nobody_holds_has_an_empty_history)
{
	struct bsync_value key = bsync_value_text(bsync_bytes_of_string("nergens"));
	const struct bsync_history_get request = {.token = 5, .table_no = 4, .key_count = 1, .key = &key};
	struct bsync_history history = {0};
	struct bsync_buffer payload;
	struct bsync_arena arena;
	struct bsync_frame frame;
	struct peer peer;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &peer);
	daemon_scene_hello(&peer);
	bsync_buffer_init(&payload, 4096);
	CHECK_EQ(bsync_history_get_encode(&request, &payload), BSYNC_OK);
	peer_send_frame(&peer, BSYNC_MESSAGE_HISTORY_GET, bsync_buffer_bytes(&payload));
	CHECK(daemon_scene_expect(&peer, BSYNC_MESSAGE_HISTORY, &frame));
	bsync_arena_init(&arena, 1 << 16);
	CHECK_EQ(bsync_history_decode(frame.payload, &arena, &history), BSYNC_OK);
	CHECK_EQ(history.token, 5);
	CHECK_EQ(history.count, 0);
	bsync_arena_clear(&arena);
	bsync_buffer_clear(&payload);
	peer_free(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

TEST(a_new_certificate_disturbs_no_session)
{
	struct peer anna;
	struct peer bram;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &anna);
	daemon_scene_enrol(&scene, "Bram", &bram);
	daemon_scene_hello(&anna);
	kill(scene.daemon.pid, SIGHUP);
	daemon_scene_sleep_ms(200);
	daemon_scene_hello(&bram);
	peer_seal(&anna, "een", 1);
	peer_send_push(&anna, 1, 1, NULL);
	CHECK_EQ(daemon_scene_receipts(&anna), 1);
	peer_free(&anna);
	peer_free(&bram);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}
