/* version.h: the version that both programs print. */
#ifndef BSYNC_DAEMON_VERSION_H
#define BSYNC_DAEMON_VERSION_H

#define BSYNC_VERSION_TEXT "0.1.0"

#endif
