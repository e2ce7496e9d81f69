/* One-time codes, devices, lines and key epochs. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

struct alone {
	struct scene scene;
	struct bsync_worker_id anna;
};

static void alone_open(struct alone *alone)
{
	scene_open(&alone->scene, "tests/schemas/lijst");
	scene_team(&alone->scene, "Zuid");
	alone->anna = scene_worker(&alone->scene, "anna", "Zuid");
}

static struct bsync_device device_row(const struct bsync_worker_id *worker, uint8_t mark)
{
	struct bsync_device device = {.worker = *worker, .public_key_size = 91};

	memset(device.id.bytes, mark, sizeof(device.id.bytes));
	memset(device.certificate.bytes, mark, sizeof(device.certificate.bytes));
	memset(device.public_key, mark, device.public_key_size);
	snprintf(device.software, sizeof(device.software), "test %d", mark);
	return device;
}

TEST(a_code_makes_one_device_and_no_second)
{
	struct alone alone;
	struct bsync_worker_id worker;
	struct bsync_device device;
	struct bsync_device found;
	uint8_t secret[16];
	uint8_t share[32] = {5};
	char name[200];

	alone_open(&alone);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 2000, secret), BSYNC_OK);
	CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_OK);
	CHECK_STR(name, "anna");
	CHECK(memcmp(worker.bytes, alone.anna.bytes, 16) == 0);
	device = device_row(&worker, 1);
	CHECK_EQ(bsync_store_device_add(alone.scene.store, secret, &device, share, 1600), BSYNC_OK);
	CHECK_EQ(bsync_view_device(alone.scene.view, &device.id, &found), BSYNC_OK);
	CHECK_STR(found.worker_name, "anna");
	CHECK_STR(found.software, "test 1");
	CHECK_EQ(found.public_key_size, 91);
	CHECK_EQ(found.state, BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(found.enrolled_ms, 1600);
	CHECK_EQ(bsync_view_device_by_certificate(alone.scene.view, &device.certificate, &found), BSYNC_OK);
	device = device_row(&worker, 2);
	CHECK_EQ(bsync_store_device_add(alone.scene.store, secret, &device, share, 1600), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_view_device(alone.scene.view, &device.id, &found), BSYNC_NOT_FOUND);
	scene_close(&alone.scene);
}

TEST(a_code_expires_and_survives_five_wrong_proofs)
{
	struct alone alone;
	struct bsync_worker_id worker;
	struct bsync_device device;
	uint8_t secret[16];
	uint8_t share[32] = {5};
	char name[200];

	alone_open(&alone);
	device = device_row(&alone.anna, 1);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 1000 + 86400001, secret), BSYNC_INVALID);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 2000, secret), BSYNC_OK);
	CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 2000, &worker, name), BSYNC_BAD_CODE);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 2000, secret), BSYNC_OK);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_OK);
	/* The sixth attempt has the right proof. */
	CHECK_EQ(bsync_store_device_add(alone.scene.store, secret, &device, share, 1600), BSYNC_OK);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 2000, secret), BSYNC_OK);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_OK);
	CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_BAD_CODE);
	secret[0] ^= 1;
	CHECK_EQ(bsync_store_code_check(alone.scene.store, secret, 1500, &worker, name), BSYNC_BAD_CODE);
	scene_close(&alone.scene);
}

TEST(a_code_is_for_its_worker_alone)
{
	struct alone alone;
	struct bsync_worker_id other;
	struct bsync_device device;
	uint8_t secret[16];
	uint8_t share[32] = {5};

	alone_open(&alone);
	other = scene_worker(&alone.scene, "bram", "Zuid");
	device = device_row(&other, 1);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &alone.anna, 1000, 2000, secret), BSYNC_OK);
	CHECK_EQ(bsync_store_device_add(alone.scene.store, secret, &device, share, 1600), BSYNC_INVALID);
	/* It was not used up by that. */
	device = device_row(&alone.anna, 1);
	CHECK_EQ(bsync_store_device_add(alone.scene.store, secret, &device, share, 1600), BSYNC_OK);
	memset(other.bytes, 9, 16);
	CHECK_EQ(bsync_store_code_create(alone.scene.store, &other, 1000, 2000, secret), BSYNC_NOT_FOUND);
	scene_close(&alone.scene);
}

TEST(an_epoch_secret_comes_back_only_for_its_own_line_and_number)
{
	struct alone alone;
	struct scene_device device;
	struct bsync_epoch_open open = {.epoch = 2, .suite = 1, .first_seq = 1};
	struct bsync_key secret = {{3, 4, 5}};
	struct bsync_seal_context context = {0};
	struct bsync_line_state state;
	struct bsync_touched touched;
	struct bsync_line_id other = {{1}};

	alone_open(&alone);
	device = scene_device(&alone.scene, "anna");
	open.line = device.line;
	CHECK_EQ(bsync_store_group_begin(alone.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_epoch_put(alone.scene.store, &device.id, &open, &secret, 1), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(alone.scene.store, &touched), BSYNC_OK);
	CHECK_EQ(bsync_view_epoch(alone.scene.view, &device.id, &device.line, 2, &context), BSYNC_OK);
	CHECK_EQ(context.suite, 1);
	CHECK(bsync_secret_equal(context.secret.bytes, secret.bytes, 32));
	CHECK_EQ(bsync_view_epoch(alone.scene.view, &device.id, &device.line, 1, &context), BSYNC_UNKNOWN_EPOCH);
	CHECK_EQ(bsync_view_epoch(alone.scene.view, &device.id, &other, 2, &context), BSYNC_UNKNOWN_EPOCH);
	CHECK_EQ(bsync_view_line(alone.scene.view, &device.id, &device.line, &state), BSYNC_OK);
	CHECK_EQ(state.last_epoch, 2);
	CHECK_EQ(state.last_seq, 0);
	/* In the file it is boxed. */
	CHECK_EQ(scene_count(&alone.scene, "SELECT instr(hex(secret), '030405000000') FROM bsync_epoch"), 0);
	scene_close(&alone.scene);
}

TEST(a_revoked_device_stays_revoked)
{
	struct alone alone;
	struct scene_device device;
	struct bsync_device found;

	alone_open(&alone);
	device = scene_device(&alone.scene, "anna");
	CHECK_EQ(bsync_store_device_set_state(alone.scene.store, &device.id, BSYNC_DEVICE_SUSPENDED, 1), BSYNC_OK);
	CHECK_EQ(bsync_store_device_set_state(alone.scene.store, &device.id, BSYNC_DEVICE_ACTIVE, 1), BSYNC_OK);
	CHECK_EQ(bsync_store_device_set_state(alone.scene.store, &device.id, BSYNC_DEVICE_REVOKED, 1), BSYNC_OK);
	CHECK_EQ(bsync_store_device_set_state(alone.scene.store, &device.id, BSYNC_DEVICE_ACTIVE, 1), BSYNC_REVOKED);
	CHECK_EQ(bsync_view_device(alone.scene.view, &device.id, &found), BSYNC_OK);
	CHECK_EQ(found.state, BSYNC_DEVICE_REVOKED);
	scene_close(&alone.scene);
}

TEST(a_cursor_that_a_device_confirms_is_never_past_the_store)
{
	struct alone alone;
	struct scene_device device;
	struct bsync_device found;
	struct bsync_touched touched;
	struct bsync_hello hello = {.heartbeat = {.pending = 4, .storage_free = 7}};

	alone_open(&alone);
	device = scene_device(&alone.scene, "anna");
	hello.heartbeat.software = bsync_bytes_of_string("buurtsync 0.1.0 linux");
	hello.clock.wall_ms = 77 - 600000;
	CHECK_EQ(bsync_store_group_begin(alone.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_confirm(alone.scene.store, &device.id, (struct bsync_position){1, 1000000}, 5), BSYNC_OK);
	CHECK_EQ(bsync_store_heartbeat(alone.scene.store, &device.id, &hello, 77), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(alone.scene.store, &touched), BSYNC_OK);
	CHECK_EQ(bsync_view_device(alone.scene.view, &device.id, &found), BSYNC_OK);
	CHECK_EQ(found.confirmed.counter, bsync_store_position(alone.scene.store).counter);
	CHECK_EQ(found.last_seen_ms, 77);
	CHECK_EQ(found.heartbeat.pending, 4);
	CHECK_EQ(found.clock_drift_ms, -600000);
	CHECK_STR(found.software, "buurtsync 0.1.0 linux");
	scene_close(&alone.scene);
}

TEST(a_base_is_cut_to_what_the_device_has_confirmed)
{
	struct alone alone;
	struct scene_device anna;
	struct scene_device bram;

	alone_open(&alone);
	scene_worker(&alone.scene, "bram", "Zuid");
	anna = scene_device(&alone.scene, "anna");
	bram = scene_device(&alone.scene, "bram");
	scene_do(&alone.scene, &anna, "insert lijst week; insert punt week,1 tekst=oud");
	scene_do(&alone.scene, &anna, "update punt week,1 tekst=anna");
	/* It claims to have seen all there is, but has confirmed nothing. */
	bram.cursor = bsync_store_position(alone.scene.store);
	CHECK_EQ(scene_do(&alone.scene, &bram, "update punt week,1 tekst=bram"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&alone.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	CHECK_STR(scene_check(&alone.scene), "");
	scene_close(&alone.scene);
}
