/* device.h: reading a device's row. */
#ifndef BSYNC_DAEMON_STORE_DEVICE_H
#define BSYNC_DAEMON_STORE_DEVICE_H

#include "daemon/store/base.h"

/* The row a DEVICE_* statement stands on.  The heartbeat's software borrows from `device`: a copy of the struct must
 * be pointed at itself again. */
BSYNC_CHECKED enum bsync_result bsync_device_read(sqlite3_stmt *row, struct bsync_device *device);

#endif
