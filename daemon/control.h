/* control.h: the operator's socket: takes verbs from buurtsyncctl while the daemon runs.
 *
 * A unix stream socket `control.sock` of mode 0600.  Request: u32 size, then the canonical msgpack array of the words
 * of the command line.  Answer: pieces of u32 size | u8 kind | bytes; kind 1 goes to stdout, 2 to stderr, and 3, the
 * last, is one byte, the exit code.  Each request has a thread of its own, at most 8 at a time. */
#ifndef BSYNC_DAEMON_CONTROL_H
#define BSYNC_DAEMON_CONTROL_H

#include "daemon/daemon.h"

enum bsync_control_piece { BSYNC_CONTROL_STDOUT = 1, BSYNC_CONTROL_STDERR = 2, BSYNC_CONTROL_EXIT = 3 };
enum { BSYNC_CONTROL_REQUEST_MAX = 1 << 20, BSYNC_CONTROL_WORDS_MAX = 64, BSYNC_CONTROL_HEADER_SIZE = 5 };
#define BSYNC_CONTROL_SOCKET "control.sock"

struct bsync_control;

/* The words of a request, at most BSYNC_CONTROL_WORDS_MAX; they point into `text`, which gets a NUL behind each.  How many, or -1
 * when the request does not follow the format or a word has a NUL in it. */
int bsync_control_words(struct bsync_bytes request, struct bsync_buffer *text, const char **words);

BSYNC_CHECKED enum bsync_result bsync_control_start(struct bsync_daemon *daemon, struct bsync_control **out);
/* Takes no more; waits a little for what runs.  The writer must still be there.  False when something still runs: it
 * must not lose what it uses. */
bool bsync_control_stop(struct bsync_control *control);

#endif
