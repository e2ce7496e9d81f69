/* hostile: an enrolled device that attacks the daemon, frame by frame.
 *
 *   hostile --address HOST:PORT --pid DAEMON --code CODE --witness CODE
 *
 * The daemon serves tests/schemas/lijst with hello_seconds and handshake_seconds at 1.  Each attack must be answered by
 * the ERROR named beside it, and end that connection alone: a second device, the witness, keeps one session from the
 * first attack to the last and is answered after each.  The attacker's line then takes what is right, and dealt once
 * more the attacks do not make the daemon's memory grow.  Prints a line an attack; exit 0 when all went so. */
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/peer.h"
#include "tests/support/process.h"

enum {
	ANSWER_MS = 6000,
	BOMBS = 200,
	/* What one session and its threads' arenas may keep. */
	MEMORY_GROWTH_MAX = 4 << 20,
};

static struct peer attacker, witness;
static pid_t daemon_pid;
static unsigned attacks, failures;

static void judge(const char *name, bool is_good, const char *got)
{
	attacks++;
	if (!is_good)
		failures++;
	printf("%s  %-58s %s\n", is_good ? "ok  " : "FAIL", name, got);
	fflush(stdout);
}

/* --- The witness --- */

static uint64_t witness_token;

/* The witness asks for a barrier on the connection it has had all along. */
static bool witness_is_served(void)
{
	struct bsync_buffer payload;
	struct bsync_sync sync = {.token = ++witness_token};
	bool is_served = false;

	bsync_buffer_init(&payload, 64);
	peer_must(bsync_sync_encode(&sync, &payload), "sync");
	peer_send_frame(&witness, BSYNC_MESSAGE_SYNC, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	while (!is_served) {
		struct bsync_arena arena;
		struct bsync_pull_end end;
		struct bsync_frame frame;

		if (peer_receive(&witness, ANSWER_MS, &frame) != BSYNC_OK)
			return false;
		if (frame.kind != BSYNC_MESSAGE_PULL_END)
			continue;
		bsync_arena_init(&arena, 1 << 16);
		is_served = bsync_pull_end_decode(frame.payload, &arena, &end) == BSYNC_OK &&
			    end.token == witness_token;
		bsync_arena_clear(&arena);
	}
	return is_served;
}

/* --- What comes back to the attacker --- */

/* Reads until an ERROR and the end behind it.  BSYNC_OK when the connection ended without one, BSYNC_TIMEOUT when it
 * stays open, BSYNC_UNEXPECTED when something follows the ERROR. */
static enum bsync_result error_and_end(struct peer *peer)
{
	enum bsync_result word = BSYNC_OK;

	for (;;) {
		struct bsync_frame frame;
		struct bsync_arena arena;
		struct bsync_error_message message;
		enum bsync_result result = peer_receive(peer, ANSWER_MS, &frame);

		if (result == BSYNC_TIMEOUT)
			return BSYNC_TIMEOUT;
		if (result != BSYNC_OK)
			return word;
		if (word != BSYNC_OK)
			return BSYNC_UNEXPECTED;
		if (frame.kind != BSYNC_MESSAGE_ERROR)
			continue;
		bsync_arena_init(&arena, 1 << 16);
		peer_must(bsync_error_decode(frame.payload, &arena, &message), "ERROR");
		word = (enum bsync_result)message.code;
		if (message.text.size < 10)
			word = BSYNC_MALFORMED; /* it says nothing to a person */
		bsync_arena_clear(&arena);
	}
}

static void expect_error(const char *name, enum bsync_result expected)
{
	enum bsync_result got = error_and_end(&attacker);

	peer_cut(&attacker);
	judge(name, got == expected && witness_is_served(),
	      got == BSYNC_OK ? "closed without a word" : bsync_result_name(got));
}

/* --- Single frames --- */

struct blow {
	const char *name;
	enum bsync_result word;
	bool after_hello;   /* else it is the first frame */
	const char *header; /* 8 bytes; the size is that of the payload where it says 0 */
	const char *payload;
	size_t size;
};
#define BYTES(text) text, sizeof(text) - 1
#define NOTHING NULL, 0
#define HEADER(kind) "\0\0\0\0" kind "\0\0\0"

static const struct blow blows[] = {
	{"HELLO one byte over its cap, by the header", BSYNC_TOO_LARGE, false, "\0\x04\0\x01\x01\0\0\0", NOTHING},
	{"PUSH one byte over its cap, by the header", BSYNC_TOO_LARGE, true, "\0\x10\0\x01\x03\0\0\0", NOTHING},
	{"SYNC of 65 bytes, by the header", BSYNC_TOO_LARGE, true, "\0\0\0\x41\x04\0\0\0", NOTHING},
	{"four GiB, by the header", BSYNC_TOO_LARGE, true, "\xff\xff\xff\xff\x03\0\0\0", NOTHING},
	{"four GiB as the first frame", BSYNC_TOO_LARGE, false, "\xff\xff\xff\xff\x01\0\0\0", NOTHING},
	{"unknown kind 99, by the header", BSYNC_UNKNOWN_KIND, true, "\0\0\0\x08\x63\0\0\0", NOTHING},
	{"unknown kind 0", BSYNC_UNKNOWN_KIND, false, "\0\0\0\x08\0\0\0\0", NOTHING},
	{"a flag that is set", BSYNC_MALFORMED, true, "\0\0\0\x01\x07\x01\0\0", BYTES("\x90")},
	{"reserved bits that are set", BSYNC_MALFORMED, true, "\0\0\0\x01\x07\0\0\x01", BYTES("\x90")},
	{"a kind that only the server sends", BSYNC_UNEXPECTED, true, HEADER("\x14"), BYTES("\x90")},
	{"an enrolment message in a session", BSYNC_UNEXPECTED, true, HEADER("\x21"), BYTES("\x90")},
	{"a second HELLO", BSYNC_UNEXPECTED, true, HEADER("\x01"), BYTES("\x90")},
	{"PUSH before HELLO", BSYNC_UNEXPECTED, false, HEADER("\x03"), BYTES("\x90")},
	{"SYNC before HELLO", BSYNC_UNEXPECTED, false, HEADER("\x04"), BYTES("\x91\x01")},
	{"the five-byte bomb as HELLO", BSYNC_MALFORMED, false, HEADER("\x01"), BYTES("\xdd\xff\xff\xff\xff")},
	{"the five-byte bomb as PUSH", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\xdd\xff\xff\xff\xff")},
	{"the five-byte bomb as EPOCH", BSYNC_MALFORMED, true, HEADER("\x02"), BYTES("\xdd\xff\xff\xff\xff")},
	{"the five-byte bomb as HISTORY_GET", BSYNC_MALFORMED, true, HEADER("\x06"), BYTES("\xdd\xff\xff\xff\xff")},
	{"a blob of four GiB", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\xc6\xff\xff\xff\xff")},
	{"a text of four GiB", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\xdb\xff\xff\xff\xff")},
	{"a map of four thousand million", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\xdf\xff\xff\xff\xff")},
	{"the bomb inside a PUSH", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\x94\x01\x01\xdd\xff\xff\xff\xff")},
	{"PUSH cut in the middle of its array", BSYNC_MALFORMED, true, HEADER("\x03"), BYTES("\x94\x01\x01\x92")},
	{"an empty payload", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("")},
	{"a byte behind the value", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x91\x01\xc0")},
	{"an integer that could be shorter", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x91\xcc\x01")},
	{"a map", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x81\x01\x01")},
	{"an ext", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x91\xd4\x01\x01")},
	{"the byte that msgpack never uses", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x91\xc1")},
	{"SYNC with token 0", BSYNC_MALFORMED, true, HEADER("\x04"), BYTES("\x91\x00")},
	{"CONFIRM of a position nobody was sent", BSYNC_UNEXPECTED, true, HEADER("\x05"),
	 BYTES("\x91\x92\x01\xcf\x7f\xff\xff\xff\xff\xff\xff\xff")},
	{"HELLO of another organisation", BSYNC_ORGANISATION, false, NULL, NOTHING},
	{"HELLO of a protocol yet to come", BSYNC_VERSION, false, NULL, NOTHING},
};

/* A HELLO that is well formed but not for this daemon. */
static void send_foreign_hello(enum bsync_result word)
{
	struct bsync_hello hello = {
		.protocol_min = word == BSYNC_VERSION ? 7 : 1,
		.protocol_max = word == BSYNC_VERSION ? 9 : 1,
		.organisation = attacker.context.organisation,
		.schema_version = attacker.schema_version,
		.line = attacker.context.line,
		.heartbeat = {.software = bsync_bytes_of_string("peer")},
	};
	struct bsync_buffer payload;

	if (word == BSYNC_ORGANISATION)
		hello.organisation.bytes[3] ^= 1;
	bsync_buffer_init(&payload, 1 << 16);
	peer_must(bsync_hello_encode(&hello, &payload), "hello");
	peer_send_frame(&attacker, BSYNC_MESSAGE_HELLO, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
}

static void strike(const struct blow *blow)
{
	uint8_t frame[64];

	assert(blow->size + 8 <= sizeof frame);
	if (blow->after_hello)
		peer_send_hello(&attacker);
	if (blow->header == NULL) {
		send_foreign_hello(blow->word);
		return;
	}
	memcpy(frame, blow->header, 8);
	if (frame[0] == 0 && frame[1] == 0 && frame[2] == 0 && frame[3] == 0)
		frame[3] = (uint8_t)blow->size;
	if (blow->size > 0)
		memcpy(frame + 8, blow->payload, blow->size);
	peer_send(&attacker, (struct bsync_bytes){frame, 8 + blow->size});
}

static void deal_blows(void)
{
	for (size_t i = 0; i < sizeof blows / sizeof blows[0]; i++) {
		peer_connect(&attacker, false);
		strike(&blows[i]);
		expect_error(blows[i].name, blows[i].word);
	}
}

/* --- Larger ones --- */

static void nest_deeply(void)
{
	static uint8_t deep[100000];

	memset(deep, 0x91, sizeof deep - 1);
	deep[sizeof deep - 1] = 0xc0;
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_frame(&attacker, BSYNC_MESSAGE_PUSH, (struct bsync_bytes){deep, sizeof deep});
	expect_error("100 000 arrays in each other", BSYNC_TOO_DEEP);
	memset(deep, 0x91, 9);
	deep[9] = 0xc0;
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_frame(&attacker, BSYNC_MESSAGE_PUSH, (struct bsync_bytes){deep, 10});
	expect_error("9 arrays in each other", BSYNC_TOO_DEEP);
	/* Whatever follows a refused header is not read as a frame, and does not push the ERROR off the wire. */
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send(&attacker, (struct bsync_bytes){(const uint8_t *)"\xff\xff\xff\xff\x03\0\0\0", 8});
	peer_send(&attacker, (struct bsync_bytes){deep, sizeof deep});
	expect_error("four GiB, and the first 100 000 bytes of them", BSYNC_TOO_LARGE);
}

/* A frame that never ends, and one that is cut off: the daemon has nobody to answer. */
static void break_off(void)
{
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send(&attacker, (struct bsync_bytes){(const uint8_t *)"\0\0\x40\0\x03\0\0\0half", 12});
	peer_cut(&attacker);
	judge("a frame cut off in the middle by hanging up", witness_is_served(), "");
	peer_connect(&attacker, false);
	expect_error("silence instead of HELLO", BSYNC_IDLE);
	peer_connect(&attacker, true);
	peer_send_frame(&attacker, BSYNC_MESSAGE_ENROL,
			(struct bsync_bytes){(const uint8_t *)"\xdd\xff\xff\xff\xff", 5});
	expect_error("the five-byte bomb on the enrolment protocol", BSYNC_MALFORMED);
	peer_connect(&attacker, true);
	peer_send_hello(&attacker);
	expect_error("HELLO on the enrolment protocol", BSYNC_UNEXPECTED);
}

/* --- Pushes --- */

static void flip_signature(struct bsync_push *push)
{
	static uint8_t changed[BSYNC_SIGNATURE_SIZE];

	memcpy(changed, push->signature.data, sizeof changed);
	changed[10] ^= 1;
	push->signature.data = changed;
}

static void flip_body(struct bsync_push *push)
{
	static uint8_t changed[1 << 16];

	assert(push->changesets[0].body.size <= sizeof changed);
	memcpy(changed, push->changesets[0].body.data, push->changesets[0].body.size);
	changed[0] ^= 1;
	push->changesets[0].body.data = changed;
}

static void flip_salt(struct bsync_push *push)
{
	push->changesets[0].salt[0] ^= 1;
}

static void name_epoch(struct bsync_push *push)
{
	push->epoch = 7;
}

/* The receipts of a push: their first seq, how many, and the first one's position. */
static bool receipts_are(uint64_t first_seq, uint32_t count, uint64_t *counter)
{
	for (;;) {
		struct bsync_frame frame;
		struct bsync_arena arena;
		struct bsync_receipts receipts;

		if (peer_receive(&attacker, ANSWER_MS, &frame) != BSYNC_OK || frame.kind == BSYNC_MESSAGE_ERROR)
			return false;
		if (frame.kind != BSYNC_MESSAGE_RECEIPTS)
			continue;
		bsync_arena_init(&arena, 1 << 16);
		peer_must(bsync_receipts_decode(frame.payload, &arena, &receipts), "RECEIPTS");
		bool is_so = receipts.first_seq == first_seq && receipts.count == count;
		if (is_so)
			*counter = receipts.receipts[0].counter;
		bsync_arena_clear(&arena);
		return is_so;
	}
}

static void push_wrongly(const char *name, enum bsync_result word, uint64_t first_seq,
			 void (*tamper)(struct bsync_push *push))
{
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_push(&attacker, first_seq, 1, tamper);
	expect_error(name, word);
}

/* A PUSH that our own encoder would not make: bodies and signature are zeros. */
static void push_what_nobody_writes(const char *name, uint64_t first_seq, uint32_t count)
{
	static const uint8_t zeros[BSYNC_SIGNATURE_SIZE];
	struct bsync_buffer payload;
	uint8_t head[] = {0x94, 1, 0xcf, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(0x90 + 2 * count)};
	size_t seq_at = 2;

	for (size_t i = 0; i < 8; i++)
		head[3 + i] = (uint8_t)(first_seq >> 8 * (7 - i));
	bsync_buffer_init(&payload, 1024);
	peer_must(bsync_buffer_append(&payload, head, seq_at), "payload");
	if (first_seq > 127)
		peer_must(bsync_buffer_append(&payload, head + seq_at, 9), "payload");
	else
		peer_must(bsync_buffer_append(&payload, head + 10, 1), "payload");
	peer_must(bsync_buffer_append(&payload, head + 11, 1), "payload");
	for (uint32_t i = 0; i < count; i++) {
		peer_must(bsync_buffer_append(&payload, "\xc4\x18", 2), "payload");
		peer_must(bsync_buffer_append(&payload, zeros, BSYNC_SEAL_SALT_SIZE), "payload");
		peer_must(bsync_buffer_append(&payload, "\xc4\x30", 2), "payload");
		peer_must(bsync_buffer_append(&payload, zeros, 48), "payload");
	}
	peer_must(bsync_buffer_append(&payload, "\xc4\x40", 2), "payload");
	peer_must(bsync_buffer_append(&payload, zeros, sizeof zeros), "payload");
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_frame(&attacker, BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	expect_error(name, BSYNC_MALFORMED);
}

static void push_in_every_wrong_way(void)
{
	uint64_t first = 0, again = 0;
	struct bsync_epoch_open epoch = attacker.epoch;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];

	for (uint64_t seq = 1; seq <= 5; seq++) {
		char key[40];
		snprintf(key, sizeof key, "vreemd-%d", (int)seq);
		peer_seal(&attacker, key, seq);
	}
	push_wrongly("PUSH whose key epoch was never opened", BSYNC_UNKNOWN_EPOCH, 1, NULL);
	memcpy(signature, attacker.epoch_signature, sizeof signature);
	signature[5] ^= 1;
	epoch.signature.data = signature;
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_epoch(&attacker, &epoch);
	expect_error("EPOCH with a wrong signature", BSYNC_BAD_SIGNATURE);

	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_epoch(&attacker, &attacker.epoch);
	peer_send_push(&attacker, 1, 2, NULL);
	judge("(changesets 1 and 2, as they should be)", receipts_are(1, 2, &first), "taken");
	peer_send_push(&attacker, 1, 2, NULL);
	judge("the same PUSH again, on the same connection", receipts_are(1, 2, &again) && again == first,
	      "answered by the first receipts");
	peer_cut(&attacker);
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_push(&attacker, 1, 1, NULL);
	judge("a part of it again, on another connection", receipts_are(1, 1, &again) && again == first,
	      "answered by the first receipt");
	peer_cut(&attacker);

	push_wrongly("changeset 4 before 3", BSYNC_OUT_OF_ORDER, 4, NULL);
	push_wrongly("changeset 3 with another signature", BSYNC_BAD_SIGNATURE, 3, flip_signature);
	push_wrongly("changeset 3 with a bit flipped", BSYNC_BAD_SIGNATURE, 3, flip_body);
	push_wrongly("changeset 3 with a bit of its salt flipped", BSYNC_BAD_SIGNATURE, 3, flip_salt);
	push_wrongly("changeset 3 under an epoch that is not there", BSYNC_UNKNOWN_EPOCH, 3, name_epoch);
	push_what_nobody_writes("a PUSH of nothing", 3, 0);
	push_what_nobody_writes("a PUSH from seq 0 on", 0, 1);
	push_what_nobody_writes("a PUSH of more changesets than seqs are left", UINT64_MAX, 2);

	/* Two PUSH frames in the wrong order on one connection: the first ends it. */
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_push(&attacker, 4, 1, NULL);
	peer_send_push(&attacker, 3, 1, NULL);
	expect_error("changesets 4 and 3 in this order", BSYNC_OUT_OF_ORDER);
}

/* Changeset 2 once more under the same number with other content: what a cloned device would do.  It is kept, and not
 * carried out. */
static void push_another_second(void)
{
	struct peer_entry kept = attacker.entries[1];
	uint64_t counter = 1;

	attacker.entries[1].body = (struct bsync_buffer){0};
	peer_seal(&attacker, "vreemd-anders", 2);
	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_push(&attacker, 2, 1, NULL);
	judge("changeset 2 again with other content", receipts_are(2, 1, &counter) && counter == 0, "set aside");
	expect_error("the session in which a copy of the device showed", BSYNC_SHUTTING_DOWN);
	bsync_buffer_clear(&attacker.entries[1].body);
	attacker.entries[1] = kept;
}

/* After all that the line goes on where it was. */
static void push_rightly(void)
{
	uint64_t counter = 0;

	peer_connect(&attacker, false);
	peer_send_hello(&attacker);
	peer_send_push(&attacker, 3, 3, NULL);
	judge("(changesets 3 to 5, as they should be)", receipts_are(3, 3, &counter) && counter > 0, "taken");
	peer_cut(&attacker);
}

/* --- Memory --- */

static void bomb_again_and_again(void)
{
	static const struct blow bomb = {"", BSYNC_MALFORMED, false, HEADER("\x01"), BYTES("\xdd\xff\xff\xff\xff")};
	int64_t before = process_memory(daemon_pid);
	int64_t highest = before;
	unsigned wrong = 0;
	char text[100];

	for (int i = 0; i < BOMBS; i++) {
		peer_connect(&attacker, false);
		strike(&bomb);
		if (error_and_end(&attacker) != BSYNC_MALFORMED)
			wrong++;
		int64_t now = process_memory(daemon_pid);
		highest = now > highest ? now : highest;
		peer_cut(&attacker);
	}
	snprintf(text, sizeof text, "%u wrong answers, %lld KiB more at most", wrong,
		 (long long)(highest - before) / 1024);
	judge("the five-byte bomb 200 times", wrong == 0 && highest - before <= MEMORY_GROWTH_MAX, text);
}

int main(int argc, char **argv)
{
	const char *address = NULL, *code = NULL, *witness_code = NULL;
	char text[100];

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--address") == 0)
			address = argv[i + 1];
		else if (strcmp(argv[i], "--pid") == 0)
			daemon_pid = (pid_t)strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--code") == 0)
			code = argv[i + 1];
		else if (strcmp(argv[i], "--witness") == 0)
			witness_code = argv[i + 1];
	}
	if (address == NULL || code == NULL || witness_code == NULL || daemon_pid <= 0) {
		fprintf(stderr, "usage: hostile --address HOST:PORT --pid DAEMON --code CODE --witness CODE\n");
		return 2;
	}
	peer_must(bsync_tls_library_init(), "TLS");
	peer_enrol(&attacker, code, address);
	peer_enrol(&witness, witness_code, address);
	peer_connect(&witness, false);
	peer_send_hello(&witness);
	judge("(the witness)", witness_is_served(), "served");
	deal_blows();
	nest_deeply();
	break_off();
	push_in_every_wrong_way();
	push_another_second();
	push_rightly();
	/* Once more, now that the daemon has all that it keeps for its work. */
	int64_t before = process_memory(daemon_pid);
	deal_blows();
	nest_deeply();
	bomb_again_and_again();
	int64_t grown = process_memory(daemon_pid) - before;
	snprintf(text, sizeof text, "%lld KiB", (long long)grown / 1024);
	judge("(the daemon's memory has grown the second time by)", grown <= MEMORY_GROWTH_MAX, text);
	judge("(the witness, on its first connection)", witness_is_served(), "served");
	printf("%u attacks, %u not answered as they must be\n", attacks, failures);
	peer_free(&attacker);
	peer_free(&witness);
	return failures == 0 ? 0 : 1;
}
