#include "client-sdk/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/harness.h"
#include "tests/support/sdk_scene.h"

static bool is_private(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && (found.st_mode & 0777) == 0700;
}

/* An empty directory, and a path below it. */
static bool begin(struct sdk_scene *scene, const char *name, char *path, size_t size)
{
	snprintf(scene->dir, sizeof scene->dir, "/tmp/bsync-place-%s", "XXXXXX");
	if (mkdtemp(scene->dir) == NULL)
		return false;
	snprintf(path, size, "%s/%s", scene->dir, name);
	return true;
}

TEST(a_new_directory_is_for_its_owner_alone)
{
	struct sdk_scene scene;
	char path[200];
	bool is_new = false;
	mode_t before = umask(0);
	CHECK(begin(&scene, "diep/erin", path, sizeof path));
	CHECK_EQ(bsync_place_make(path, &is_new), BSYNC_OK);
	umask(before);
	CHECK(is_new);
	CHECK(is_private(path));
	CHECK_EQ(bsync_place_make(path, &is_new), BSYNC_OK);
	CHECK(!is_new);
	sdk_scene_clear(&scene);
}

TEST(an_open_directory_is_closed_only_when_it_is_empty)
{
	struct sdk_scene scene;
	char path[200], file[220];
	bool is_new = true;
	CHECK(begin(&scene, "open", path, sizeof path));
	CHECK_EQ(mkdir(path, 0755), 0);
	CHECK_EQ(bsync_place_make(path, &is_new), BSYNC_OK);
	CHECK(!is_new);
	CHECK(is_private(path));
	CHECK_EQ(chmod(path, 0750), 0);
	snprintf(file, sizeof file, "%s/iets", path);
	int fd = open(file, O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(bsync_place_make(path, &is_new), BSYNC_INVALID);
	CHECK_EQ(bsync_place_make(file, &is_new), BSYNC_INVALID);
	sdk_scene_clear(&scene);
}

TEST(one_holds_the_sync_lock)
{
	struct sdk_scene scene;
	char path[200];
	struct bsync_place place;
	int first = -1, second = -1;
	CHECK(begin(&scene, "", path, sizeof path));
	CHECK_EQ(bsync_place_init(&place, path), BSYNC_OK);
	CHECK_EQ(bsync_place_lock_open(&place, &first), BSYNC_OK);
	CHECK_EQ(bsync_place_lock_open(&place, &second), BSYNC_OK);
	CHECK((fcntl(first, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK_EQ(bsync_place_lock_take(first), BSYNC_OK);
	CHECK_EQ(bsync_place_lock_take(second), BSYNC_BUSY);
	bsync_place_lock_drop(first);
	CHECK_EQ(bsync_place_lock_take(second), BSYNC_OK);
	CHECK_EQ(bsync_place_lock_take(first), BSYNC_BUSY);
	bsync_place_lock_close(second);
	CHECK_EQ(bsync_place_lock_take(first), BSYNC_OK);
	bsync_place_lock_close(first);
	bsync_place_clear(&place);
	sdk_scene_clear(&scene);
}

TEST(a_long_path_still_has_an_address)
{
	struct sdk_scene scene;
	char path[400], name[201];
	struct bsync_place place;
	struct sockaddr_un address;
	int directory_fd = -1;
	memset(name, 'n', 200);
	name[200] = '\0';
	CHECK(begin(&scene, name, path, sizeof path));
	CHECK_EQ(mkdir(path, 0700), 0);
	CHECK_EQ(bsync_place_init(&place, path), BSYNC_OK);
	CHECK_EQ(bsync_place_address(&place, &address, &directory_fd), BSYNC_OK);
	CHECK(directory_fd >= 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	CHECK_EQ(access(place.socket, F_OK), 0);
	close(fd);
	close(directory_fd);
	bsync_place_clear(&place);
	CHECK_EQ(bsync_place_init(&place, "/nergens/te/vinden"), BSYNC_NOT_FOUND);
	sdk_scene_clear(&scene);
}
