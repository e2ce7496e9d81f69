/* connection.h: runs one session: feeds it bytes, ticks and answers, and carries out its effects.
 *
 *   connection.c          its life: accepted, ticking, closed
 *   connection_wire.c     the socket and TLS
 *   connection_session.c  frames in, effects carried out
 *   connection_inbound.c  HELLO, EPOCH, PUSH and CONFIRM: what goes to the writer
 *   connection_pull.c     pulls and history: what comes from a view
 *   connection_enrol.c    enrolment
 *
 * Everything here belongs to the loop's thread, except that a piece of work on the pool has what its struct says. */
#ifndef BSYNC_DAEMON_CONNECTION_H
#define BSYNC_DAEMON_CONNECTION_H

#include "core/session_enrol.h"
#include "core/session_server.h"
#include "daemon/daemon.h"

enum bsync_connection_phase {
	BSYNC_CONNECTION_HANDSHAKE,
	BSYNC_CONNECTION_SESSION,
	BSYNC_CONNECTION_ENROLMENT,
	BSYNC_CONNECTION_LAST_WORDS, /* sends what is unsent */
	BSYNC_CONNECTION_LINGERING,  /* waits until the peer has read it */
	BSYNC_CONNECTION_CLOSED,     /* waits until nothing points here */
};

struct bsync_handshake;
struct bsync_inbound;
struct bsync_pulling;
struct bsync_enrolling;
struct bsync_history_work;

struct bsync_connection {
	struct bsync_daemon *daemon;
	struct bsync_connection *previous, *next;
	/* In a queue of the daemon. */
	struct bsync_connection *next_handshake, *next_inbound, *next_pull, *next_marked;
	struct bsync_fanout_member member; /* its address finds the connection */
	struct bsync_stream stream;
	bool is_stream_open;
	bool is_session; /* counted as one */
	bool is_marked;  /* touched by the news being told */
	bool is_author;  /* a push of it was answered just before the news */
	enum bsync_connection_phase phase;
	uint32_t busy; /* pieces of work elsewhere that point here */
	int64_t phase_ms, heard_ms;
	uint64_t number; /* for the log */

	struct bsync_tls *tls;
	struct bsync_handshake *handshake; /* while the handshake lasts */
	struct bsync_frame_reader reader;
	struct bsync_buffer outgoing; /* plain bytes; the first `outgoing_sent` have gone to TLS */
	size_t outgoing_sent;

	struct bsync_session_server *session; /* NULL before and in enrolment */
	struct bsync_device_id device;
	struct bsync_worker_id worker;
	struct bsync_bytes public_key;        /* owned */
	uint32_t schema_version;              /* that the device has */
	int64_t hello_ms;                     /* server time of the HELLO; 0 before it */
	struct bsync_position confirm_wanted; /* the last that it confirmed, by HELLO or CONFIRM */
	bool is_confirming;
	bool has_pulled;     /* a pull has come to its end */
	uint64_t pushed_seq; /* the highest seq it has handed in here */

	struct bsync_inbound *inbound;      /* while pushes come */
	struct bsync_pulling *pulling;      /* while a pull runs */
	struct bsync_history_work *history; /* the first of those that wait */
	uint32_t history_count;
	struct bsync_enrolling *enrolling;
};

/* A connection waits at the listener: takes it, or drops it where a limit is reached. */
void bsync_connection_accept(struct bsync_daemon *daemon);
/* Time passes. */
void bsync_connection_tick(struct bsync_connection *connection, int64_t uptime_ms);
/* The daemon goes away. */
void bsync_connection_shut_down(struct bsync_connection *connection);
/* True while a push of it waits to be opened or committed. */
bool bsync_connection_is_handing_in(const struct bsync_connection *connection);
/* Something due to its device has changed. */
void bsync_connection_touched(struct bsync_connection *connection);
/* The row of its device has changed. */
void bsync_connection_device_changed(struct bsync_connection *connection);

/* --- Between the files of a connection --- */

void bsync_connection_set_phase(struct bsync_connection *connection, enum bsync_connection_phase phase);
/* Takes it out of everything that would wake it. */
void bsync_connection_leave(struct bsync_connection *connection);
/* Closes at once, without a word. */
void bsync_connection_close(struct bsync_connection *connection);
/* The stream is gone: frees the connection once nothing points to it. */
void bsync_connection_closed(void *context);
/* The key of the daemon's table of devices. */
uint64_t bsync_connection_device_number(const struct bsync_device_id *id);

/* connection_wire.c */
const struct bsync_stream_events *bsync_wire_events(void);
/* Starts the handshake's part; false when memory ran out. */
bool bsync_wire_begin(struct bsync_connection *connection);
void bsync_wire_free(struct bsync_connection *connection);
/* Bytes that wait to be encrypted. */
size_t bsync_wire_unsent(const struct bsync_connection *connection);
/* Appends plain bytes to what goes out; closes and returns false past the limit. */
bool bsync_wire_queue(struct bsync_connection *connection, struct bsync_bytes bytes);
/* Sends and reads on, after anything has happened. */
void bsync_wire_settle(struct bsync_connection *connection);

/* connection_session.c */
void bsync_connection_begin_session(struct bsync_connection *connection);
/* Takes whole frames while the session takes them. */
void bsync_connection_process(struct bsync_connection *connection);
/* Carries out effects without sending yet. */
void bsync_connection_apply(struct bsync_connection *connection, struct bsync_effects *effects);

/* Carries out `effects` and what follows from them, then sends and reads on. */
void bsync_connection_execute(struct bsync_connection *connection, struct bsync_effects *effects);
/* Ends the session with an ERROR. */
void bsync_connection_end(struct bsync_connection *connection, enum bsync_result result, uint32_t retry_after_ms);
/* Queues frames and sends; for enrolment, which has no session. */
void bsync_connection_send(struct bsync_connection *connection, struct bsync_bytes frames);
/* Sends an ERROR frame where there is no session, and closes. */
void bsync_connection_refuse(struct bsync_connection *connection, enum bsync_result result, const char *text,
			     uint32_t retry_after_ms);
/* Lets go of one piece of work elsewhere; the connection may be gone afterwards. */
void bsync_connection_unbusy(struct bsync_connection *connection);
/* True when the answers to pieces of work are no longer wanted. */
bool bsync_connection_is_over(const struct bsync_connection *connection);

/* connection_inbound.c.  Each may fill `effects` with what follows at once, and then returns true. */
bool bsync_inbound_hello(struct bsync_connection *connection, const struct bsync_hello *hello,
			 struct bsync_effects *effects);
void bsync_inbound_epoch(struct bsync_connection *connection, struct bsync_bytes payload);
void bsync_inbound_shown(struct bsync_connection *connection, struct bsync_bytes payload);
void bsync_inbound_push(struct bsync_connection *connection, struct bsync_bytes payload);
void bsync_inbound_retry(struct bsync_connection *connection, struct bsync_bytes payload);
void bsync_inbound_confirm(struct bsync_connection *connection, struct bsync_position position);
bool bsync_inbound_is_waiting(const struct bsync_connection *connection);
/* The highest seq of its line that the device is known to have. */
uint64_t bsync_inbound_last_seq(const struct bsync_connection *connection);
/* Gives memory back when nothing waits. */
void bsync_inbound_rest(struct bsync_connection *connection);
void bsync_inbound_free(struct bsync_connection *connection);

/* connection_pull.c.  True when `effects` holds what follows at once. */
bool bsync_pulling_start(struct bsync_connection *connection, struct bsync_position position, uint64_t token,
			 struct bsync_effects *effects);
void bsync_pulling_more(struct bsync_connection *connection);
void bsync_pulling_history(struct bsync_connection *connection, struct bsync_bytes payload);
/* Drops a pull that the device does not take in. */
void bsync_pulling_tick(struct bsync_connection *connection, int64_t uptime_ms);
/* The session is over: gives the view back, at once or when the step under way has ended. */
void bsync_pulling_leave(struct bsync_connection *connection);

/* connection_enrol.c */
void bsync_enrolling_begin(struct bsync_connection *connection);
void bsync_enrolling_frame(struct bsync_connection *connection, const struct bsync_frame *frame);
void bsync_enrolling_free(struct bsync_connection *connection);

#endif
