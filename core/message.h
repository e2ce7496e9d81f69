/* message.h: the protocol's messages to and from msgpack payloads.
 *
 * Grammar: schema/PROTOCOL.md section 6; the list is schema/messages.def.  Decoders check with the
 * guard first, are all or nothing, put arrays into the arena and borrow bytes from the payload. */
#ifndef BSYNC_CORE_MESSAGE_H
#define BSYNC_CORE_MESSAGE_H

#include "core/ids.h"
#include "core/stamp.h"
#include "core/value.h"

enum { BSYNC_PROTOCOL_VERSION = 1, BSYNC_PROTOCOL_VERSION_MIN = 1 };

/* PROTOCOL section 10. */
enum { BSYNC_PUSH_CHANGESETS_MAX = 1000, BSYNC_SHOWN_MAX = 1000, BSYNC_ROWS_MAX = 10000, BSYNC_HOLDERS_MAX = 4000 };

/* Lives before the present one that WELCOME names; of more the oldest are left out. */
enum { BSYNC_ANCESTORS_MAX = 64 };

enum bsync_message_kind {
#define X(NAME, name, kind, direction, since, cap) BSYNC_MESSAGE_##NAME = kind,
#include "schema/messages.def"
#undef X
};

/* "hello", ...; NULL for a kind that is not in the list. */
const char *bsync_message_name(uint8_t kind);
/* Payload cap in bytes; 0 for a kind that is not in the list. */
size_t bsync_message_cap(uint8_t kind);

/* A scope as it travels: the circle's number and the value its queries bind as :scope. */
struct bsync_scope_ref {
	uint32_t circle_no;
	struct bsync_value value;
};

/* How far a device has staged a scope that it does not show yet. */
struct bsync_ahead {
	struct bsync_scope_ref scope;
	uint64_t counter;
};

/* What a device reports on itself at each contact. */
struct bsync_heartbeat {
	uint64_t pending;          /* changesets not yet durable */
	int64_t oldest_pending_ms; /* their oldest time, 0 none */
	uint64_t quarantined;
	uint64_t inbox;              /* open items that concern its user */
	int64_t last_full_sync_ms;   /* server time, 0 never */
	int64_t storage_free;        /* bytes, -1 unknown */
	struct bsync_bytes software; /* "buurtsync 0.1.0 linux", at most 100 bytes */
};

struct bsync_hello {
	uint32_t protocol_min, protocol_max;
	struct bsync_organisation_id organisation;
	struct bsync_position cursor;
	uint32_t incarnation;       /* the store's life as the device last heard of it, 0 none */
	uint8_t incarnation_id[16]; /* zeros: none */
	uint32_t schema_version;
	struct bsync_line_id line;
	uint64_t last_seq;         /* the highest seq this device has ever sealed on `line` */
	uint64_t durable_seq;      /* the highest it holds a receipt for */
	struct bsync_digest chain; /* hash of changeset `durable_seq`; zeros when 0 */
	uint64_t push_count;       /* changesets that follow in this flight, before SYNC */
	struct bsync_clock_reading clock;
	struct bsync_heartbeat heartbeat;
	uint32_t ahead_count;
	struct bsync_ahead *ahead;
};

/* Opens a key epoch: the epoch secret sealed to the server (PROTOCOL 8.2). */
struct bsync_epoch_open {
	uint32_t epoch;
	uint8_t suite;
	struct bsync_line_id line;
	uint64_t first_seq;
	struct bsync_digest parent; /* hash of the last changeset that the device has before first_seq; zeros: none */
	uint8_t encapsulated[32];
	uint8_t sealed_secret[48];    /* 32 bytes and the tag */
	struct bsync_bytes signature; /* ECDSA P-256, raw r || s, 64 bytes */
};

/* One sealed changeset on the wire: what is constant in a batch is authenticated, not sent. */
struct bsync_sealed {
	uint8_t salt[24];
	struct bsync_bytes body; /* ciphertext and tag */
};

struct bsync_push {
	uint32_t epoch;
	uint64_t first_seq;
	uint32_t count;
	struct bsync_sealed *changesets;
	struct bsync_bytes signature; /* over the batch, 64 bytes */
};

/* Receipts that the device once got, as they came: payloads of RECEIPTS. */
struct bsync_shown_receipts {
	uint32_t count;
	struct bsync_bytes *receipts;
};

struct bsync_sync {
	uint64_t token;
};
struct bsync_confirm {
	struct bsync_position cursor;
};

struct bsync_history_get {
	uint64_t token;
	uint32_t table_no;
	uint32_t key_count;
	struct bsync_value *key;
};

/* Try again what the store has set aside, or give it up. */
struct bsync_retry {
	struct bsync_line_id line;
	uint64_t seq;
	struct bsync_digest hash; /* a copy of the device may have made another of that seq */
	bool is_given_up;
};

/* A life of the store that a later one began from a copy of (PROTOCOL 3.2). */
struct bsync_life {
	uint32_t incarnation;
	uint8_t id[16];
	uint64_t last_counter; /* what is behind it in this life is lost */
};

/* What the lives of a store mean for one device. */
struct bsync_lives {
	bool is_recovering; /* may hand in, receives no rows until the recovery is closed */
	bool is_cut;        /* the store does not have what the cursor of HELLO names */
	uint32_t ancestor_count;
	struct bsync_life ancestors[BSYNC_ANCESTORS_MAX];
};

enum bsync_welcome_state { BSYNC_WELCOME_ACTIVE, BSYNC_WELCOME_SUSPENDED, BSYNC_WELCOME_RECOVERING };

struct bsync_welcome {
	uint32_t protocol;
	struct bsync_organisation_id organisation;
	uint32_t incarnation;
	uint8_t incarnation_id[16];
	int64_t server_ms;
	uint32_t schema_version;
	uint64_t durable_seq; /* the store's last seq on the device's line */
	uint32_t known_epoch; /* the last epoch of that line the store knows, 0 none */
	enum bsync_welcome_state state;
	bool is_cut; /* the store does not have what HELLO's cursor names: pulls begin at nothing and replace */
	uint32_t ancestor_count;
	struct bsync_life *ancestors; /* ascending */
};

/* X(name, number, word): what became of a changeset as a whole. */
#define BSYNC_VERDICT_LIST(X)    \
	X(APPLIED, 0, "applied") \
	X(MERGED, 1, "merged") X(INBOX, 2, "inbox") X(QUARANTINED, 3, "quarantined") X(UNPLACED, 4, "unplaced")

enum bsync_verdict {
#define X(name, number, word) BSYNC_VERDICT_##name = number,
	BSYNC_VERDICT_LIST(X)
#undef X
};
const char *bsync_verdict_name(enum bsync_verdict verdict);

/* One durable changeset. */
struct bsync_receipt {
	uint64_t counter; /* position of the apply; 0 while quarantined or unplaced */
	int64_t stamp_ms;
	enum bsync_verdict verdict;
	struct bsync_bytes reason; /* text for a person, empty when applied or merged */
};

/* How the reason of a changeset begins that its author gave up. */
#define BSYNC_GIVEN_UP "given up"
bool bsync_receipt_is_given_up(const struct bsync_receipt *receipt);
/* Why work is late whose author was a member once; behind "late: " in a reason. */
#define BSYNC_ACCESS_ENDED "access to this had ended"
/* How the reason of other work begins that its author is not shown. */
#define BSYNC_UNSEEN "waits where its author does not see it"
/* Whether something of a changeset waits where its author does not see it, and why. */
enum bsync_unseen { BSYNC_UNSEEN_NOTHING = 0, BSYNC_UNSEEN_LATE = 1, BSYNC_UNSEEN_REFUSED = 2 };
enum bsync_unseen bsync_receipt_unseen(const struct bsync_receipt *receipt);

struct bsync_receipts {
	struct bsync_line_id line;
	uint64_t first_seq;
	struct bsync_digest last_hash; /* hash of the last changeset of the range */
	uint32_t incarnation;
	uint32_t count;
	struct bsync_receipt *receipts;
	uint8_t mac[32]; /* by the store's receipt key (PROTOCOL 8.5) */
};

/* As it travels; core/schema/compile.h has the file that is compiled. */
struct bsync_schema_text {
	struct bsync_bytes name, sql;
};
struct bsync_schema_files {
	uint32_t version;
	struct bsync_bytes dictionary;
	uint32_t count;
	struct bsync_schema_text *files; /* all of them, in order */
};

enum bsync_scope_act { BSYNC_SCOPE_ADD = 0, BSYNC_SCOPE_DROP = 1, BSYNC_SCOPE_MOVE_END = 2 };
struct bsync_scope_change {
	enum bsync_scope_act act;
	struct bsync_scope_ref scope;
	struct bsync_bytes reason; /* DROP: text for a person */
	int64_t until_ms;          /* ADD, MOVE_END: when access ends; 0: it has no end */
};
struct bsync_scopes {
	uint32_t count;
	struct bsync_scope_change *changes;
};

/* One of several standing versions of a cell. */
struct bsync_variant {
	struct bsync_dot dot;
	struct bsync_worker_id author;
	int64_t device_ms; /* wall clock of the author's device */
	int64_t stamp_ms;  /* corrected */
	uint64_t counter;  /* position */
	struct bsync_value value;
};

struct bsync_pulled_cell {
	uint32_t column_no;
	struct bsync_value value;       /* what is shown */
	uint32_t variant_count;         /* 0, or >= 2 standing versions: an open conflict */
	struct bsync_variant *variants; /* the shown one first */
	struct bsync_text_base *base;   /* of a conflict between texts: from what they went apart; else NULL */
};

/* A replaced value of a `keep` or `text` cell. */
struct bsync_past {
	uint32_t column_no;
	struct bsync_variant variant;
	uint64_t replaced_counter;
	struct bsync_worker_id replaced_by;
	bool is_chosen_against; /* it stood in a conflict, and who replaced it took another value */
};

enum bsync_pulled_kind {
	BSYNC_PULLED_WHOLE = 0, /* all cells of the row in the face; cells not named are NULL */
	BSYNC_PULLED_CELLS = 1, /* only the cells named have changed */
	BSYNC_PULLED_GONE = 2,  /* the row is deleted, or has left this scope */
	BSYNC_PULLED_ITEM = 3,  /* an inbox item the store made */
};

/* An inbox item that is not a conflict of standing versions. */
struct bsync_pulled_item {
	uint8_t id[16];
	struct bsync_bytes kind; /* "late", "deleted", "refused" */
	bool is_open;
	struct bsync_worker_id author;
	struct bsync_bytes reason;
	int64_t device_ms, stamp_ms; /* of the work that it is about */
	uint32_t cell_count;
	struct bsync_past *cells; /* the values it is about; replaced_* zero */
};

struct bsync_pulled_row {
	enum bsync_pulled_kind kind;
	uint32_t table_no;
	uint32_t face_no;
	uint32_t key_count;
	struct bsync_value *key;
	uint64_t counter; /* position of the row's last change */
	uint32_t cell_count;
	struct bsync_pulled_cell *cells;
	uint32_t past_count;
	struct bsync_past *pasts;
	struct bsync_pulled_item *item; /* ITEM */
};

/* Rows of one scope, ascending by position. */
struct bsync_rows {
	struct bsync_scope_ref scope;
	uint64_t upto; /* every change of this scope at or before this counter has now been sent */
	uint32_t count;
	struct bsync_pulled_row *rows;
};

struct bsync_pull_end {
	uint64_t token; /* of the SYNC it answers, 0 for a live push */
	struct bsync_position position;
	int64_t seen_ms; /* the highest stamp of anything the store has applied */
	int64_t server_ms;
};

/* Whose devices have a row, by one face: everything of it up to a position. */
struct bsync_holder {
	struct bsync_worker_id worker;
	uint32_t face_no;
	uint64_t counter;
};

struct bsync_history {
	uint64_t token;
	uint32_t count;
	struct bsync_past *entries; /* oldest first; the standing versions last, replaced_counter 0 */
	uint32_t holder_count;
	struct bsync_holder *holders;
};

struct bsync_error_message {
	uint32_t code;           /* a number above 100 of BSYNC_RESULTS */
	struct bsync_bytes text; /* for a person: what, why, what to do */
	uint32_t retry_after_ms; /* 0: no advice */
};

struct bsync_challenge {
	uint32_t protocol;
	uint8_t nonce[32];
	struct bsync_organisation_id organisation;
};

struct bsync_enrol {
	uint8_t secret[16];
	struct bsync_bytes public_key; /* DER SubjectPublicKeyInfo, P-256 */
	struct bsync_bytes proof;      /* PROTOCOL 9.2, 64 bytes */
	struct bsync_bytes software;
};

struct bsync_enrolled {
	struct bsync_device_id device;
	struct bsync_worker_id worker;
	struct bsync_organisation_id organisation;
	struct bsync_bytes organisation_name, worker_name;
	struct bsync_bytes certificate; /* DER, the device's */
	struct bsync_bytes ca;          /* DER */
	uint8_t seal_key[32];           /* X25519 public key of the store */
	uint8_t server_share[32];       /* S_srv, an input of the device's key slots */
	uint32_t incarnation;
	int64_t server_ms;
	uint32_t schema_version;
};

/* For each message: append its payload, or decode one.  Encoders fail with BSYNC_TOO_LARGE, BSYNC_NO_MEMORY or, where
 * a text is not UTF-8, BSYNC_INVALID, and then append nothing; decoders with BSYNC_MALFORMED, BSYNC_TOO_LARGE, BSYNC_TOO_DEEP or BSYNC_NO_MEMORY. */
#define BSYNC_MESSAGE_CODEC(name, type)                                                                              \
	BSYNC_CHECKED enum bsync_result bsync_##name##_encode(const struct type *message, struct bsync_buffer *out); \
	BSYNC_CHECKED enum bsync_result bsync_##name##_decode(struct bsync_bytes payload, struct bsync_arena *arena, \
							      struct type *message)
BSYNC_MESSAGE_CODEC(hello, bsync_hello);
BSYNC_MESSAGE_CODEC(epoch, bsync_epoch_open);
BSYNC_MESSAGE_CODEC(push, bsync_push);
BSYNC_MESSAGE_CODEC(shown, bsync_shown_receipts);
BSYNC_MESSAGE_CODEC(sync, bsync_sync);
BSYNC_MESSAGE_CODEC(confirm, bsync_confirm);
BSYNC_MESSAGE_CODEC(history_get, bsync_history_get);
BSYNC_MESSAGE_CODEC(retry, bsync_retry);
BSYNC_MESSAGE_CODEC(welcome, bsync_welcome);
BSYNC_MESSAGE_CODEC(receipts, bsync_receipts);
BSYNC_MESSAGE_CODEC(schema, bsync_schema_files);
BSYNC_MESSAGE_CODEC(scopes, bsync_scopes);
BSYNC_MESSAGE_CODEC(rows, bsync_rows);
BSYNC_MESSAGE_CODEC(pull_end, bsync_pull_end);
BSYNC_MESSAGE_CODEC(history, bsync_history);
BSYNC_MESSAGE_CODEC(error, bsync_error_message);
BSYNC_MESSAGE_CODEC(challenge, bsync_challenge);
BSYNC_MESSAGE_CODEC(enrol, bsync_enrol);
BSYNC_MESSAGE_CODEC(enrolled, bsync_enrolled);

/* PING and PONG: the empty array, one byte. */
BSYNC_CHECKED enum bsync_result bsync_empty_encode(enum bsync_message_kind kind, struct bsync_buffer *out);
BSYNC_CHECKED enum bsync_result bsync_empty_decode(enum bsync_message_kind kind, struct bsync_bytes payload);

/* Appends the canonical array of `message` without its mac: what the mac is made over (PROTOCOL 8.5). */
BSYNC_CHECKED enum bsync_result bsync_receipts_encode_unsigned(const struct bsync_receipts *message,
							       struct bsync_buffer *out);

/* Appends one row of a ROWS payload: lets a store build a large ROWS message without holding every row. */
BSYNC_CHECKED enum bsync_result bsync_pulled_row_encode(const struct bsync_pulled_row *row, struct bsync_buffer *out);
/* Appends the ROWS payload around rows already encoded with bsync_pulled_row_encode. */
BSYNC_CHECKED enum bsync_result bsync_rows_wrap(const struct bsync_scope_ref *scope, uint64_t upto, uint32_t count,
						struct bsync_bytes rows, struct bsync_buffer *out);

#endif
