/* config.h: the daemon's options: one table parses, checks, prints and documents them.
 *
 * The file is `buurtsyncd.conf` in the daemon's folder: a line `key = value` each, `#` begins a comment. */
#ifndef BSYNC_DAEMON_CONFIG_H
#define BSYNC_DAEMON_CONFIG_H

#include "core/bytes.h"
#include "daemon/log.h"

enum { BSYNC_CONFIG_TEXT_SIZE = 262, BSYNC_CONFIG_ERROR_SIZE = 300 };
#define BSYNC_CONFIG_FILE "buurtsyncd.conf"

/* X(name, kind, default, least, most, help): the table.  Kinds: TEXT, NUMBER, LEVEL. */
#define BSYNC_CONFIG_OPTIONS(X)                                                                                     \
	X(listen, TEXT, "127.0.0.1:7443", 0, 0, "address devices connect to, HOST:PORT; port 0 picks a free one")   \
	X(public_address, TEXT, "", 0, 0, "address that enrolment codes carry; empty: the listen address")          \
	X(connections_max, NUMBER, 4000, 1, 1000000, "connections at once; the next one is closed")                 \
	X(handshakes_max, NUMBER, 1000, 1, 1000000,                                                                 \
	  "connections still in their TLS handshake; the next one is closed")                                       \
	X(handshake_seconds, NUMBER, 10, 1, 600, "a connection whose TLS handshake takes longer is closed")         \
	X(hello_seconds, NUMBER, 10, 1, 600, "a connection that then says nothing for so long is closed")           \
	X(idle_seconds, NUMBER, 150, 2, 3600, "a connection that has been silent for so long is closed")            \
	X(write_queue_max, NUMBER, 8388608, 65536, 1073741824, "unsent bytes to one device at which it is cut off") \
	X(opened_max, NUMBER, 134217728, 1048576, 1099511627776,                                                    \
	  "bytes of opened changesets that wait for the writer")                                                    \
	X(views_max, NUMBER, 8, 2, 64, "snapshots for reading at once")                                             \
	X(pull_seconds, NUMBER, 60, 1, 3600, "a pull that a device does not take in for so long is dropped")        \
	X(threads, NUMBER, 0, 0, 128, "threads for handshakes, opening and pulls; 0: two a core")                   \
	X(code_hours, NUMBER, 24, 1, 24, "how long an enrolment code is valid")                                     \
	X(wal_pages_max, NUMBER, 8192, 100, 1000000,                                                                \
	  "pages in the write-ahead log at which it is moved into the database")                                    \
	X(stop_seconds, NUMBER, 10, 1, 600, "how long an orderly stop may take")                                    \
	X(log_level, LEVEL, "info", 0, 0, "error, warning, info or debug")

struct bsync_config {
#define BSYNC_CONFIG_TEXT(name) char name[BSYNC_CONFIG_TEXT_SIZE];
#define BSYNC_CONFIG_NUMBER(name) uint64_t name;
#define BSYNC_CONFIG_LEVEL(name) enum bsync_log_level name;
#define X(name, kind, initial, least, most, help) BSYNC_CONFIG_##kind(name)
	BSYNC_CONFIG_OPTIONS(X)
#undef X
};

/* Every option at its default. */
void bsync_config_init(struct bsync_config *config);

/* Sets one option by name; BSYNC_INVALID with a text "what, why, what to do". */
BSYNC_CHECKED enum bsync_result bsync_config_set(struct bsync_config *config, const char *name, const char *value,
						 char error[BSYNC_CONFIG_ERROR_SIZE]);

/* Reads the text of a file over `config`; an unknown, repeated or wrong option is BSYNC_INVALID, with `path` and the
 * line number in the text. */
BSYNC_CHECKED enum bsync_result bsync_config_parse(struct bsync_config *config, struct bsync_bytes text,
						   const char *path, char error[BSYNC_CONFIG_ERROR_SIZE]);

/* Defaults, then the file in `folder`, which must be there. */
BSYNC_CHECKED enum bsync_result bsync_config_load(struct bsync_config *config, const char *folder,
						  char error[BSYNC_CONFIG_ERROR_SIZE]);

/* Appends the options as a file that bsync_config_parse reads: each with what it is for, those at their default as
 * comments. */
BSYNC_CHECKED enum bsync_result bsync_config_print(const struct bsync_config *config, struct bsync_buffer *out);

/* Splits "HOST:PORT" or "[HOST]:PORT"; false when it is anything else. */
bool bsync_config_address(const char *address, char host[BSYNC_CONFIG_TEXT_SIZE], uint16_t *port);

#endif
