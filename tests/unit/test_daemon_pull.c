/* Pulls of devices that do not read, beside those that do.  labels: threads */
#include "tests/support/harness.h"

#include <signal.h>
#include <sys/socket.h>

#include "daemon/machine.h"
#include "tests/support/daemon_scene.h"

/* More than a session lets wait and two sockets can hold. */
enum { ROWS = 24, TEXT_SIZE = 800000 };

static struct daemon_scene scene;

/* Seals a row whose text is long and does not compress to nothing, as the next changeset. */
static void seal_large(struct peer *peer, uint64_t seq)
{
	static char text[TEXT_SIZE];
	static const struct bsync_digest none;
	char name[20];
	struct bsync_value key;
	struct bsync_cell_write cell = {.column_no = 2, .kind = BSYNC_WRITE_VALUE};
	struct bsync_change change = {.table_no = 4,
				      .kind = BSYNC_CHANGE_INSERT,
				      .key_count = 1,
				      .key = &key,
				      .cell_count = 1,
				      .cells = &cell};
	struct bsync_changeset changeset = {
		.schema_version = peer->schema_version,
		.evidence.clock = {bsync_machine_now_ms(), bsync_machine_uptime_ms(), 1},
		.change_count = 1,
		.changes = &change,
	};
	struct peer_entry *entry = &peer->entries[seq - 1];
	struct bsync_buffer plain;
	uint8_t random32[32] = {(uint8_t)seq};
	uint64_t state = seq;

	for (size_t i = 0; i < sizeof text; i++) {
		state = state * 6364136223846793005U + 1442695040888963407U;
		text[i] = (char)('a' + (state >> 60));
	}
	snprintf(name, sizeof name, "lijst %u", (unsigned)seq);
	key = bsync_value_text(bsync_bytes_of_string(name));
	cell.value = bsync_value_text((struct bsync_bytes){(const uint8_t *)text, sizeof text});
	bsync_buffer_init(&plain, 2 << 20);
	bsync_buffer_init(&entry->body, 2 << 20);
	peer_must(bsync_changeset_encode(&changeset, &plain), "changeset");
	peer_must(bsync_seal(&peer->context, seq, seq == 1 ? &none : &peer->entries[seq - 2].hash, random32,
			     bsync_buffer_bytes(&plain), entry->salt, &entry->body, &entry->hash),
		  "seal");
	peer->entry_count = seq;
	bsync_buffer_clear(&plain);
}

static void send_sync(struct peer *peer)
{
	const struct bsync_sync sync = {.token = 1};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 64);
	peer_must(bsync_sync_encode(&sync, &payload), "SYNC");
	peer_send_frame(peer, BSYNC_MESSAGE_SYNC, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}

TEST(a_pull_nobody_takes_in_is_dropped_and_holds_no_other_up)
{
	const int small = 4096;
	struct peer writer;
	struct peer deaf[2];
	struct peer reader;
	struct bsync_frame frame;

	/* As many views as there are devices that do not read. */
	daemon_scene_init(&scene, "views_max = 2\npull_seconds = 1\n");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &writer);
	daemon_scene_enrol(&scene, "Bram", &deaf[0]);
	daemon_scene_enrol(&scene, "Chris", &deaf[1]);
	daemon_scene_enrol(&scene, "Dina", &reader);
	daemon_scene_hello(&writer);
	for (uint64_t seq = 1; seq <= ROWS; seq++) {
		seal_large(&writer, seq);
		peer_send_push(&writer, seq, 1, NULL);
		CHECK_EQ(daemon_scene_receipts(&writer), 1);
	}
	for (int i = 0; i < 2; i++) {
		daemon_scene_hello(&deaf[i]);
		setsockopt(deaf[i].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
		send_sync(&deaf[i]);
	}
	daemon_scene_sleep_ms(300);
	CHECK_EQ(daemon_scene_figure(&scene, "sessions"), 3);
	daemon_scene_hello(&reader);
	send_sync(&reader);
	CHECK(daemon_scene_expect(&reader, BSYNC_MESSAGE_PULL_END, &frame));
	daemon_scene_sleep_ms(1500);
	CHECK_EQ(daemon_scene_figure(&scene, "sessions"), 2);
	peer_free(&writer);
	peer_free(&reader);
	peer_free(&deaf[0]);
	peer_free(&deaf[1]);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}
