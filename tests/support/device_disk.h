/* device_disk.h: a device's file (device_scene.h) on a disk in memory that fails as real ones do (fault_vfs.h). */
#ifndef BSYNC_TESTS_SUPPORT_DEVICE_DISK_H
#define BSYNC_TESTS_SUPPORT_DEVICE_DISK_H

#include "tests/support/device_scene.h"
#include "tests/support/fault_vfs.h"

/* Makes the scene and moves its file there; NULL with a line on stdout when that fails. */
struct fault_disk *device_disk_make(struct device_scene *scene);
/* Closes the file and opens it again after a cut or a kill; false when it does not open. */
bool device_disk_start_again(struct device_scene *scene, struct fault_disk *disk);
void device_disk_clear(struct device_scene *scene, struct fault_disk *disk);

#endif
