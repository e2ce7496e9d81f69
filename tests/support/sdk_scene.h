/* sdk_scene.h: the directory of an enrolled device, without a server: what bsync_enrol would have left there. */
#ifndef BSYNC_TESTS_SUPPORT_SDK_SCENE_H
#define BSYNC_TESTS_SUPPORT_SDK_SCENE_H

#include <stdbool.h>

enum { SDK_SCENE_DIR_SIZE = 120 };

/* Nobody listens there. */
#define SDK_SCENE_NOWHERE "127.0.0.1:1"

struct sdk_scene {
	char dir[SDK_SCENE_DIR_SIZE];
};

/* Makes a directory with a device of the schema of device_scene.h, whose server is at `address`; keys and certificates are
 * real.  False, with a line on stdout, when that fails. */
bool sdk_scene_make(struct sdk_scene *scene, const char *address);
/* Removes the directory. */
void sdk_scene_clear(struct sdk_scene *scene);

#endif
