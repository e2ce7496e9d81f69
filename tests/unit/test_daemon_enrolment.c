/* Who gets in: enrolment codes, and certificates of others.  labels: threads */
#include "tests/support/harness.h"

#include <signal.h>
#include <unistd.h>

#include "core/session_enrol.h"
#include "daemon/disk.h"
#include "daemon/keyring.h"
#include "daemon/machine.h"
#include "tests/support/daemon_scene.h"
#include "tests/support/organisation.h"

static struct daemon_scene scene;

/* A peer that knows a code and has a key, and no more. */
static void stranger(struct peer *peer, const char *code)
{
	memset(peer, 0, sizeof *peer);
	peer->fd = -1;
	bsync_frame_reader_init(&peer->reader);
	snprintf(peer->address, sizeof peer->address, "%s", scene.daemon.ready);
	peer_must(bsync_enrol_code_parse(bsync_bytes_of_string(code), &peer->code), "code");
	peer_must(bsync_signing_key_make(bsync_machine_random(), &peer->key), "key");
	peer_must(bsync_tls_settings_enrol(&peer->code.pin, &peer->code.organisation, bsync_machine_random(),
					   &peer->enrol_settings),
		  "settings");
}

/* Tries to enrol; with `is_lying` the proof is for another connection.  The ERROR's code, 0 when it succeeded. */
static int try_to_enrol(struct peer *peer, bool is_lying)
{
	struct bsync_enrol_client client;
	uint8_t exporter[32];
	int code = 0;

	peer_connect(peer, true);
	peer_must(bsync_tls_exporter(peer->tls, exporter), "exporter");
	exporter[0] ^= is_lying;
	bsync_enrol_client_init(&client, &peer->code, peer->key, "peer");
	while (client.state != BSYNC_ENROL_DONE && client.state != BSYNC_ENROL_FAILED) {
		struct bsync_frame frame;
		struct bsync_buffer frames;

		peer_must(peer_receive(peer, 5000, &frame), "an answer");
		bsync_buffer_init(&frames, 1 << 16);
		bsync_enrol_client_frame(&client, &frame, exporter, &frames);
		peer_send(peer, bsync_buffer_bytes(&frames));
		bsync_buffer_clear(&frames);
	}
	if (client.state == BSYNC_ENROL_FAILED)
		code = (int)client.result;
	bsync_enrol_client_clear(&client);
	peer_cut(peer);
	return code;
}

TEST(a_code_works_once)
{
	struct peer first;
	struct peer second;
	char code[600];

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_code(&scene, "Anna", code);
	stranger(&first, code);
	stranger(&second, code);
	CHECK_EQ(try_to_enrol(&first, false), 0);
	CHECK_EQ(try_to_enrol(&second, false), BSYNC_BAD_CODE);
	CHECK_EQ(daemon_scene_figure(&scene, "devices"), 1);
	peer_free(&first);
	peer_free(&second);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

TEST(a_code_survives_four_wrong_proofs_and_not_five)
{
	struct peer peer;
	char code[600];

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_code(&scene, "Anna", code);
	stranger(&peer, code);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(try_to_enrol(&peer, true), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(try_to_enrol(&peer, false), 0);
	peer_free(&peer);
	daemon_scene_code(&scene, "Bram", code);
	stranger(&peer, code);
	for (int i = 0; i < 6; i++)
		CHECK(try_to_enrol(&peer, true) != 0);
	CHECK_EQ(try_to_enrol(&peer, false), BSYNC_BAD_CODE);
	/* A code nobody made. */
	peer.code.secret[0] ^= 1;
	CHECK_EQ(try_to_enrol(&peer, false), BSYNC_BAD_CODE);
	peer_free(&peer);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}

/* Runs a handshake with `settings`; true when TLS stands and the daemon says something or waits. */
static bool gets_in(struct peer *peer, struct bsync_tls_settings *settings, int *error_code)
{
	uint8_t bytes[8192];
	enum bsync_result result;

	*error_code = 0;
	peer->settings = settings;
	peer->fd = daemon_scene_dial(&scene);
	peer_must(bsync_tls_new(settings, &peer->tls), "TLS");
	while ((result = bsync_tls_handshake(peer->tls)) == BSYNC_AGAIN) {
		struct bsync_bytes out = bsync_tls_output(peer->tls);
		ssize_t got;

		if (out.size > 0 && write(peer->fd, out.data, out.size) != (ssize_t)out.size)
			return false;
		bsync_tls_output_sent(peer->tls, out.size);
		got = read(peer->fd, bytes, sizeof bytes);
		if (got <= 0 || bsync_tls_receive(peer->tls, (struct bsync_bytes){bytes, (size_t)got}) != BSYNC_OK)
			return false;
	}
	if (result != BSYNC_OK)
		return false;
	/* In TLS 1.3 a client is done before the server has judged its certificate. */
	peer_send_hello(peer);
	*error_code = daemon_scene_error(peer);
	return *error_code != 0;
}

/* The daemon's own CA, as whoever has stolen its folder would use it. */
static void open_ca(struct organisation_member *ca)
{
	const struct bsync_keyring_source source = {NULL, NULL};
	char error[BSYNC_KEYRING_ERROR_SIZE];
	struct bsync_key key;

	memset(ca, 0, sizeof *ca);
	bsync_buffer_init(&ca->certificate, 8192);
	peer_must(bsync_keyring_open(scene.folder, &source, &key, error), "store key");
	peer_must(bsync_keyring_ca_certificate(scene.folder, &ca->certificate), "ca.crt");
	peer_must(bsync_keyring_ca_key(scene.folder, &key, bsync_buffer_bytes(&ca->certificate), &ca->key), "CA key");
}

TEST(certificates_that_are_not_in_the_device_table_do_not_get_in)
{
	struct organisation organisation;
	struct organisation_member other;
	struct organisation_member forged;
	struct organisation_member ca;
	struct bsync_tls_settings *settings;
	struct peer anna;
	struct peer peer;
	const uint8_t id[16] = {7};
	int error_code;

	daemon_scene_init(&scene, "");
	daemon_scene_start(&scene);
	daemon_scene_enrol(&scene, "Anna", &anna);
	CHECK_EQ(organisation_make(1, &organisation), BSYNC_OK);
	CHECK_EQ(organisation_device(&organisation, id, &other), BSYNC_OK);
	open_ca(&ca);
	CHECK_EQ(organisation_issue(&organisation, &ca, BSYNC_CERTIFICATE_DEVICE, id,
				    ORGANISATION_NOW_MS + 900 * ORGANISATION_DAY_MS, &forged),
		 BSYNC_OK);
	/* Another organisation's device: TLS itself refuses. */
	peer = anna;
	CHECK_EQ(bsync_tls_settings_device(bsync_buffer_bytes(&other.certificate), other.key,
					   bsync_buffer_bytes(&ca.certificate), &anna.context.organisation,
					   bsync_machine_random(), &settings),
		 BSYNC_OK);
	CHECK(!gets_in(&peer, settings, &error_code));
	peer_cut(&peer);
	bsync_tls_settings_free(settings);
	/* A certificate of the right CA that nobody enrolled. */
	CHECK_EQ(bsync_tls_settings_device(bsync_buffer_bytes(&forged.certificate), forged.key,
					   bsync_buffer_bytes(&ca.certificate), &anna.context.organisation,
					   bsync_machine_random(), &settings),
		 BSYNC_OK);
	peer = anna;
	CHECK(gets_in(&peer, settings, &error_code));
	CHECK_EQ(error_code, BSYNC_NOT_ENROLLED);
	peer_cut(&peer);
	bsync_tls_settings_free(settings);
	/* The enrolled one still does. */
	daemon_scene_hello(&anna);
	organisation_member_free(&other);
	organisation_member_free(&forged);
	organisation_member_free(&ca);
	organisation_member_free(&organisation.ca);
	peer_free(&anna);
	CHECK_EQ(daemon_scene_stop(&scene, SIGTERM), 0);
	daemon_scene_clear(&scene);
}
