#include "tests/support/device_disk.h"

#include <stdio.h>

enum { FILE_MAX = 4 << 20 };

struct fault_disk *device_disk_make(struct device_scene *scene)
{
	static uint8_t bytes[FILE_MAX];
	if (!device_scene_make(scene))
		return NULL;
	bsync_file_close(scene->file);
	FILE *file = fopen(scene->path, "rb");
	if (file == NULL)
		return NULL;
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	fault_vfs_register();
	fault_vfs_seed(1, 1790000000000);
	struct fault_disk *disk = fault_disk_new(scene->dir);
	fault_disk_put(disk, scene->path, bytes, size);
	scene->file = device_scene_open(scene);
	return scene->file != NULL ? disk : NULL;
}

bool device_disk_start_again(struct device_scene *scene, struct fault_disk *disk)
{
	bsync_file_close(scene->file);
	fault_disk_boot(disk);
	scene->file = device_scene_open(scene);
	return scene->file != NULL;
}

void device_disk_clear(struct device_scene *scene, struct fault_disk *disk)
{
	device_scene_clear(scene);
	fault_disk_free(disk);
	fault_vfs_unregister();
}
