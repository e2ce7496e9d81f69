#include "daemon/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/identity.h"
#include "daemon/disk.h"
#include "daemon/exit.h"
#include "daemon/machine.h"
#include "daemon/options.h"
#include "daemon/store/store.h"

enum { PIECE = 1 << 20, TIME_SIZE = 32 };
#define WAIT_DEFAULT_MS ((int64_t)14 * 24 * 3600 * 1000)

struct restore {
	const char *folder, *file;
	char store[BSYNC_PATH_SIZE];    /* what is replaced */
	char arrival[BSYNC_PATH_SIZE];  /* the copy, before it takes that place */
	char replaced[BSYNC_PATH_SIZE]; /* where the store goes */
	struct bsync_copy_facts facts;
	struct bsync_revival revival;
	struct bsync_position position;
};

static int complain(const char *what, enum bsync_result result, const char *advice)
{
	fprintf(stderr, "buurtsyncctl: %s: %s; %s\n", what, bsync_result_text(result), advice);
	return (int)bsync_exit_code(result);
}

static void time_text(int64_t ms, bool is_name, char text[TIME_SIZE])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;

	text[0] = '\0';
	if (gmtime_r(&seconds, &parts) == NULL)
		return;
	if (is_name)
		(void)!strftime(text, TIME_SIZE, "%Y%m%dT%H%M%SZ", &parts);
	else
		(void)!strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M UTC", &parts);
}

/* Which copy it is, and what the store has behind it. */
static void describe(const struct restore *restore)
{
	char position[BSYNC_POSITION_TEXT_SIZE];
	char made[TIME_SIZE];
	uint64_t newer = 0;

	bsync_position_text(restore->facts.position, position);
	time_text(restore->facts.made_ms, false, made);
	printf("copy %s\nposition %s\nmade %s\n", restore->file, position,
	       restore->facts.made_ms != 0 ? made : "unknown");
	if (restore->facts.is_recovering)
		printf("a recovery was open when it was made: it goes on\n");
	if (!bsync_disk_exists(restore->store))
		printf("there is no store to replace\n");
	else if (bsync_store_copy_newer(restore->store, restore->facts.position, &newer) == BSYNC_OK)
		printf("newer %llu changesets in the present store that the copy does not have\n",
		       (unsigned long long)newer);
	else
		printf("the present store cannot be read\n");
}

static bool pieces_copy(int from, int to)
{
	static char piece[PIECE];
	ssize_t got;

	while ((got = read(from, piece, sizeof piece)) > 0) {
		if (write(to, piece, (size_t)got) != got)
			return false;
	}
	return got == 0;
}

/* The copy stays as it is: a new life is begun in a copy of it. */
static enum bsync_result arrival_make(const struct restore *restore)
{
	int from = open(restore->file, O_RDONLY | O_CLOEXEC);
	int to = -1;
	bool is_made = false;

	if (from < 0)
		return errno == ENOENT ? BSYNC_NOT_FOUND : BSYNC_IO;
	bsync_store_copy_remove(restore->arrival);
	to = open(restore->arrival, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to >= 0) {
		is_made = pieces_copy(from, to) && fsync(to) == 0;
		is_made = close(to) == 0 && is_made;
	}
	close(from);
	return is_made ? BSYNC_OK : errno == ENOSPC ? BSYNC_STORAGE_FULL : BSYNC_IO;
}

/* Moves the log of a store that nobody could open out of the way: it is not the copy's. */
static bool tails_move(const struct restore *restore)
{
	char from[BSYNC_PATH_SIZE + 8];
	char to[BSYNC_PATH_SIZE + 8];

	snprintf(from, sizeof from, "%s-wal", restore->store);
	snprintf(to, sizeof to, "%s-wal", restore->replaced);
	if (rename(from, to) != 0 && errno != ENOENT)
		return false;
	snprintf(from, sizeof from, "%s-shm", restore->store);
	return unlink(from) == 0 || errno == ENOENT;
}

/* The store gets a second name, and then the copy takes its first: at each instant there is one store. */
static enum bsync_result install(const struct restore *restore)
{
	if (bsync_disk_exists(restore->store) && link(restore->store, restore->replaced) != 0)
		return BSYNC_IO;
	if (!tails_move(restore) || rename(restore->arrival, restore->store) != 0)
		return BSYNC_IO;
	return bsync_disk_sync_folder(restore->folder);
}

/* Everything that is in the log of a store that is whole goes into its one file, which is then moved. */
static void log_settle(const struct restore *restore, const struct bsync_key *key)
{
	struct bsync_store *store = NULL;

	if (bsync_disk_exists(restore->store) &&
	    bsync_store_open_locked(restore->store, key, bsync_machine_random(), &store) == BSYNC_OK)
		bsync_store_close(store);
}

static int accept(struct restore *restore, const struct bsync_key *key)
{
	char position[BSYNC_POSITION_TEXT_SIZE];
	enum bsync_result result;

	log_settle(restore, key);
	restore->revival.replaced = bsync_disk_exists(restore->store) ? restore->store : NULL;
	result = bsync_store_revive(restore->arrival, key, bsync_machine_random(), &restore->revival,
				    &restore->position);
	if (result != BSYNC_OK)
		return complain("cannot begin a new life in the copy", result,
				result == BSYNC_KEY ? "it belongs to another store key" : "nothing is changed");
	result = install(restore);
	if (result != BSYNC_OK)
		return complain("cannot put the copy in the place of the store", result,
				"check the folder's rights and disk, and run it again");
	bsync_position_text(restore->position, position);
	printf("restored: the store begins again at %s\n", position);
	if (restore->revival.replaced != NULL)
		printf("replaced %s\n", restore->replaced);
	printf("start buurtsyncd: devices hand in what they hold; `recovery status` shows who has been heard\n");
	return BSYNC_EXIT_DONE;
}

static int run(struct restore *restore, const struct bsync_keyring_source *source, bool is_accepted)
{
	char error[BSYNC_KEYRING_ERROR_SIZE];
	struct bsync_key key;
	enum bsync_result result = arrival_make(restore);
	int code;

	if (result != BSYNC_OK)
		return complain("cannot read the copy", result, "name a file that `backup` made");
	result = bsync_store_copy_read(restore->arrival, &restore->facts);
	if (result != BSYNC_OK)
		return complain("the file is no whole copy of a store", result, "take another backup");
	describe(restore);
	if (!is_accepted) {
		fflush(stdout);
		fprintf(stderr,
			"buurtsyncctl: nothing is changed: --accept puts this copy in the place of the store; what "
			"devices still hold comes back from them\n");
		return BSYNC_EXIT_FAILED;
	}
	result = bsync_keyring_open(restore->folder, source, &key, error);
	if (result != BSYNC_OK) {
		fprintf(stderr, "buurtsyncctl: %s\n", error);
		return (int)bsync_exit_code(result);
	}
	code = accept(restore, &key);
	bsync_key_wipe(&key);
	return code;
}

static enum bsync_result paths_make(struct restore *restore)
{
	char stamp[TIME_SIZE];
	char name[TIME_SIZE + 32];
	enum bsync_result result = bsync_disk_path(restore->store, restore->folder, "store.db");

	time_text(restore->revival.now_ms, true, stamp);
	snprintf(name, sizeof name, "store.db.replaced-%s", stamp);
	if (result == BSYNC_OK)
		result = bsync_disk_path(restore->replaced, restore->folder, name);
	return result == BSYNC_OK ? bsync_disk_path(restore->arrival, restore->folder, "store.db.arriving") : result;
}

int bsync_restore(const char *folder, const struct bsync_keyring_source *source, int count, const char **words)
{
	struct restore restore = {.folder = folder, .revival = {.wait_ms = WAIT_DEFAULT_MS}};
	const char *wait = NULL;
	bool is_accepted = false;
	const struct bsync_option options[] = {{"accept", NULL, &is_accepted}, {"wait", &wait, NULL}};
	char error[BSYNC_OPTIONS_ERROR_SIZE];
	enum bsync_result result;
	int lock = -1;
	int code;

	if (bsync_options_take(&count, words, options, 2, error) != BSYNC_OK || count != 1 ||
	    bsync_options_left(count, words) != NULL ||
	    (wait != NULL && !bsync_options_age(wait, &restore.revival.wait_ms))) {
		fprintf(stderr, "buurtsyncctl: usage: buurtsyncctl restore FILE --accept [--wait 14d]\n");
		return BSYNC_EXIT_USAGE;
	}
	restore.file = words[0];
	restore.revival.now_ms = bsync_machine_now_ms();
	result = paths_make(&restore);
	if (result == BSYNC_OK)
		result = bsync_store_lock(restore.store, &lock);
	if (result != BSYNC_OK)
		return complain("cannot take the store", result, "stop buurtsyncd first, and name its folder");
	code = run(&restore, source, is_accepted);
	bsync_store_copy_remove(restore.arrival);
	close(lock);
	return code;
}
