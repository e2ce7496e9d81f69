/* Enrolment: a one-time code becomes a device with a key, a certificate and a file; all of it or nothing. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "client-sdk/include/buurtsync.h"
#include "client-sdk/net/link.h"
#include "client-sdk/net/turn.h"
#include "client-sdk/place.h"
#include "client-sdk/problem.h"
#include "client-sdk/store/device.h"
#include "client-sdk/surroundings.h"
#include "core/identity.h"
#include "core/session_enrol.h"
#include "core/tls.h"

enum { FRAMES_MAX = 1 << 16, TEXT_MAX = 300, KEY_MAX = 1024 };

struct enrolment {
	struct bsync_surroundings surroundings;
	struct bsync_enrol_code code;
	const char *address; /* of the code, unless the caller knows better */
	struct bsync_signing_key *key;
	struct bsync_tls_settings *settings;
	struct bsync_enrol_client client;
	uv_loop_t loop;
	uv_timer_t deadline;
	struct bsync_link *link;
	enum bsync_result result; /* how the connection ended */
	char text[TEXT_MAX];
};

/* --- The conversation --- */

static void on_established(void *context, struct bsync_link *link)
{
	(void)context;
	(void)link; /* the server speaks first */
}

static void on_frame(void *context, struct bsync_link *link, const struct bsync_frame *frame)
{
	struct enrolment *enrolment = context;
	struct bsync_buffer frames;
	uint8_t exporter[32];
	bsync_buffer_init(&frames, FRAMES_MAX);
	enum bsync_result result = bsync_tls_exporter(bsync_link_tls(link), exporter);
	if (result == BSYNC_OK) {
		bsync_enrol_client_frame(&enrolment->client, frame, exporter, &frames);
		if (frames.size > 0)
			bsync_link_send(link, bsync_buffer_bytes(&frames));
		if (enrolment->client.state == BSYNC_ENROL_FAILED)
			result = enrolment->client.result;
	}
	bsync_wipe(exporter, sizeof exporter);
	bsync_buffer_wipe(&frames);
	if (result != BSYNC_OK || enrolment->client.state == BSYNC_ENROL_DONE)
		bsync_link_close(link, result);
}

static void on_closed(void *context, struct bsync_link *link, enum bsync_result result, const char *text)
{
	(void)link;
	struct enrolment *enrolment = context;
	enrolment->link = NULL;
	enrolment->result = result;
	const char *words = enrolment->client.text[0] != '\0' ? enrolment->client.text : text;
	snprintf(enrolment->text, sizeof enrolment->text, "%s", words);
	if (!uv_is_closing((uv_handle_t *)&enrolment->deadline))
		uv_close((uv_handle_t *)&enrolment->deadline, NULL);
}

static void on_deadline(uv_timer_t *timer)
{
	struct enrolment *enrolment = timer->data;
	uv_close((uv_handle_t *)timer, NULL);
	if (enrolment->link != NULL)
		bsync_link_close(enrolment->link, BSYNC_TIMEOUT);
}

static enum bsync_result converse(struct enrolment *enrolment, int timeout_ms)
{
	struct bsync_link_events events = {
		.established = on_established,
		.frame = on_frame,
		.closed = on_closed,
		.context = enrolment,
	};
	if (uv_loop_init(&enrolment->loop) < 0)
		return BSYNC_NO_MEMORY;
	(void)uv_timer_init(&enrolment->loop, &enrolment->deadline); /* cannot fail */
	enrolment->deadline.data = enrolment;
	uv_timer_start(&enrolment->deadline, on_deadline, (uint64_t)timeout_ms, 0);
	enum bsync_result result = bsync_link_open(&enrolment->loop, enrolment->address, enrolment->settings, &events,
						   &enrolment->link);
	if (result != BSYNC_OK)
		uv_close((uv_handle_t *)&enrolment->deadline, NULL);
	bsync_turn(&enrolment->loop, UV_RUN_DEFAULT);
	int status = uv_loop_close(&enrolment->loop);
	assert(status == 0);
	(void)status;
	if (result != BSYNC_OK)
		return result;
	return enrolment->client.state == BSYNC_ENROL_DONE ? BSYNC_OK : enrolment->result;
}

/* --- Before and after --- */

static int connection_problem(struct enrolment *enrolment, enum bsync_result result, struct bsync_error *error)
{
	char what[400];
	const char *why = enrolment->text[0] != '\0' ? enrolment->text : bsync_result_text(result);
	int code = bsync_problem_code(result);
	switch (code) {
	case BSYNC_E_CODE:
		return bsync_problem(error, code, 0, "the code is not accepted: %s; %s", why,
				     bsync_problem_advice(code));
	case BSYNC_E_TLS:
		return bsync_problem(error, code, 0,
				     "%.200s is not the server that this code is of: %s; check the address, or ask the "
				     "operator for a new code",
				     enrolment->address, why);
	case BSYNC_E_MISUSE:
		return bsync_problem(error, code, 0,
				     "%.200s is not the address of a server: it has the form HOST:PORT; correct it",
				     enrolment->address);
	default:
		snprintf(what, sizeof what, "this device cannot be enrolled at %.200s", enrolment->address);
		return bsync_problem_of(error, result == BSYNC_CLOSED ? BSYNC_IO : result, what, why);
	}
}

/* What the server sent must be of the organisation that the code names. */
static enum bsync_result check_answer(const struct enrolment *enrolment)
{
	struct bsync_digest pin;
	const struct bsync_enrolled *enrolled = &enrolment->client.enrolled;
	enum bsync_result result = bsync_certificate_pin(enrolled->ca, &pin);
	if (result != BSYNC_OK)
		return result;
	if (memcmp(pin.bytes, enrolment->code.pin.bytes, sizeof pin.bytes) != 0 ||
	    memcmp(enrolled->organisation.bytes, enrolment->code.organisation.bytes, BSYNC_ID_SIZE) != 0)
		return BSYNC_ORGANISATION;
	return BSYNC_OK;
}

static int create_file(struct enrolment *enrolment, const char *path, struct bsync_error *error)
{
	struct bsync_buffer key;
	uint8_t *room = NULL;
	bsync_buffer_init(&key, KEY_MAX);
	enum bsync_result result = check_answer(enrolment);
	/* All its room at once: growth would leave copies of the key behind. */
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(&key, KEY_MAX, &room);
	if (result == BSYNC_OK)
		result = bsync_signing_key_export(enrolment->key, &key);
	struct bsync_file_birth birth = {
		.enrolled = &enrolment->client.enrolled,
		.schema = &enrolment->client.schema,
		.private_key = bsync_buffer_bytes(&key),
		.address = enrolment->address,
	};
	if (result == BSYNC_OK)
		result = bsync_file_create(path, &birth, &enrolment->surroundings);
	bsync_buffer_wipe(&key);
	if (result == BSYNC_OK)
		return BSYNC_DONE;
	return bsync_problem(
		error, bsync_problem_code(result), 0,
		"the server has enrolled this device, but its file cannot be made: %s; mend that, then ask the "
		"operator for a new code",
		bsync_result_text(result));
}

static int make_key(struct enrolment *enrolment, struct bsync_error *error)
{
	enum bsync_result result = bsync_tls_library_init();
	if (result == BSYNC_OK)
		result = bsync_signing_key_make(&enrolment->surroundings.random, &enrolment->key);
	if (result == BSYNC_OK)
		result = bsync_tls_settings_enrol(&enrolment->code.pin, &enrolment->code.organisation,
						  &enrolment->surroundings.random, &enrolment->settings);
	if (result == BSYNC_OK)
		return BSYNC_DONE;
	return bsync_problem_of(error, result, "no key can be made", NULL);
}

static int enrol_at(struct enrolment *enrolment, const char *path, int timeout_ms, struct bsync_error *error)
{
	int code = make_key(enrolment, error);
	if (code != BSYNC_DONE)
		return code;
	char software[64];
	snprintf(software, sizeof software, "buurtsync %s", bsync_version_text());
	bsync_enrol_client_init(&enrolment->client, &enrolment->code, enrolment->key, software);
	enum bsync_result result = converse(enrolment, timeout_ms);
	if (result == BSYNC_OK)
		code = create_file(enrolment, path, error);
	else
		code = connection_problem(enrolment, result, error);
	bsync_enrol_client_clear(&enrolment->client);
	return code;
}

/* The directory is looked at first: a code that has been used cannot be used again. */
static int make_directory(const char *directory, struct bsync_place *place, bool *is_new, struct bsync_error *error)
{
	enum bsync_result result = bsync_place_make(directory, is_new);
	if (result == BSYNC_INVALID)
		return bsync_problem(error, BSYNC_E_LOCAL, 0,
				     "%.200s cannot hold a device: it is no directory, or others may look into it; "
				     "name a new one, or chmod 700 it",
				     directory);
	if (result == BSYNC_IO)
		return bsync_problem(error, BSYNC_E_LOCAL, errno, "%.200s cannot be made: %s; name another directory",
				     directory, strerror(errno));
	if (result == BSYNC_OK)
		result = bsync_place_init(place, directory);
	if (result != BSYNC_OK)
		return bsync_problem_of(error, result, "the directory cannot be used", NULL);
	if (access(place->file, F_OK) == 0)
		return bsync_problem(error, BSYNC_E_EXISTS, 0,
				     "%.200s holds an enrolled device already; name another directory, and the code "
				     "stays good",
				     directory);
	return BSYNC_DONE;
}

int bsync_enrol(const char *directory, const char *code, const char *server, int timeout_ms, struct bsync_error *error)
{
	if (directory == NULL || directory[0] == '\0' || code == NULL || timeout_ms <= 0)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "this device cannot be enrolled: directory, code and a timeout are needed");
	struct enrolment enrolment = {.surroundings = bsync_surroundings_of_system()};
	if (bsync_enrol_code_parse(bsync_bytes_of_string(code), &enrolment.code) != BSYNC_OK)
		return bsync_problem(error, BSYNC_E_CODE, 0,
				     "this is not an enrolment code: a character is wrong or missing; copy it again, "
				     "whole, from BS1- on");
	enrolment.address = server != NULL ? server : enrolment.code.address;
	struct bsync_place place = {.directory = NULL};
	bool is_new = false;
	int outcome = make_directory(directory, &place, &is_new, error);
	if (outcome == BSYNC_DONE)
		outcome = enrol_at(&enrolment, place.file, timeout_ms, error);
	if (outcome != BSYNC_DONE && is_new)
		(void)rmdir(directory);
	bsync_tls_settings_free(enrolment.settings);
	bsync_signing_key_free(enrolment.key);
	bsync_wipe(&enrolment.code, sizeof enrolment.code);
	bsync_place_clear(&place);
	return outcome;
}
