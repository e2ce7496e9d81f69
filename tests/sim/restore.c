#include "tests/sim/restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/causal.h"
#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/seen.h"
#include "tests/sim/server.h"
#include "tests/sim/watch.h"

enum { RESTORES_ONE_OF = 8, RESTORES_MAX = 3, STEP_MAX = 4, WAIT_MS = 2000000000 };

static struct {
	struct fault_image *image;
	uint32_t of_life;         /* how many restores there had been when it was saved */
	uint32_t count, attempts; /* restores so far */
	bool is_open;
} restore;

void restore_begin(void)
{
	restore_end();
	memset(&restore, 0, sizeof restore);
}

void restore_end(void)
{
	fault_image_free(restore.image);
	restore.image = NULL;
}

bool restores_are_made(const struct world *world)
{
	return world->seed % RESTORES_ONE_OF == 6;
}

static void must(const struct world *world, enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: seed %llu: a restore: %s: %s\n", (unsigned long long)world->seed, what,
		bsync_result_text(result));
	abort();
}

/* --- Questions --- */

bool restore_is_open(void)
{
	return restore.is_open;
}

bool restore_is_known(const struct world *world, const struct bsync_file_status *status)
{
	return restore.count == 0 ||
	       (world->store != NULL && !restore.is_open &&
		status->incarnation == bsync_store_facts(world->store)->incarnation &&
		(status->cursor.counter == 0 || status->cursor.incarnation == status->incarnation));
}

enum bsync_result restore_lives(struct bsync_view *view, const struct bsync_hello *hello, struct bsync_lives *lives)
{
	enum bsync_result result = bsync_view_lives(view, hello, lives);
	probe_if(result == BSYNC_OK && lives->is_cut, PROBE_CURSOR_LOST);
	return result;
}

static void number_row(void *context, uint32_t count, const struct bsync_value *values)
{
	uint64_t *number = context;
	(void)count;
	if (values[0].kind == BSYNC_INTEGER)
		*number = (uint64_t)values[0].as.integer;
}

static uint64_t number_ask(struct world *world, const char *sql)
{
	uint64_t number = 0;
	server_ask(world, sql, 0, number_row, &number);
	return number;
}

/* Which changesets came back in the order of the lost life is for the store to say, as their new counters are; that a
 * position covers nothing that its device had not seen is for seen.c to judge. */
uint64_t restore_position(struct world *world, struct bsync_position position)
{
	char sql[500];
	unsigned long long counter = position.counter;
	unsigned life = position.incarnation;
	if (restore.count == 0 || counter == 0)
		return counter;
	snprintf(
		sql, sizeof sql,
		"SELECT max(?1, %llu) FROM bsync_incarnation WHERE is_lost = 0 AND incarnation <= %u AND first_counter <= %llu"
		" AND (last_counter IS NULL OR last_counter >= %llu)",
		counter, life, counter, counter);
	uint64_t same = number_ask(world, sql);
	if (same != 0)
		return same;
	snprintf(
		sql, sizeof sql,
		"SELECT coalesce((SELECT max(counter) FROM bsync_moved WHERE incarnation = %u AND lost_counter <= %llu AND"
		" lost_counter > last_counter), last_counter) FROM bsync_incarnation WHERE incarnation = %u AND"
		" last_counter < %llu",
		life, counter, life, counter);
	return number_ask(world, sql);
}

/* --- Acts --- */

static void save(struct world *world)
{
	/* What failed, and another commit takes the place of, is no copy of what the store had. */
	if (world->is_log_ahead)
		return;
	world_trace(world, "an image of the daemon's disk is saved");
	fault_image_free(restore.image);
	restore.image = fault_disk_image(world->disk);
	restore.of_life = restore.count;
}

/* Begins a new life in what the disk has.  `old` is the store whose place it takes, as a file; NULL: nobody can read it. */
static void revive(struct world *world, const uint8_t *old, size_t old_size)
{
	char path[WORLD_PATH_SIZE + 10];
	struct bsync_revival revival = {
		.replaced = old != NULL ? path : NULL, .now_ms = world->now_ms, .wait_ms = WAIT_MS};
	struct bsync_position position;
	snprintf(path, sizeof path, "%s.old", world->store_path);
	if (old != NULL)
		fault_disk_put(world->disk, path, old, old_size);
	must(world, bsync_store_revive(world->store_path, &world->store_key, &world->chance, &revival, &position),
	     "a new life");
	if (old != NULL)
		fault_disk_remove(world->disk, path);
	world_trace(world, "the store begins life %u at %llu", (unsigned)position.incarnation,
		    (unsigned long long)position.counter);
}

static void put_back(struct world *world)
{
	size_t size = 0;
	uint8_t *old = NULL;
	server_stop(world);
	/* A disk that died hides how far its store was: only when the image is of the same life can nothing be given twice. */
	if (restore.of_life != restore.count || world_below(world, 4) != 0) {
		uint8_t *file = fault_disk_file(world->disk, world->store_path, &size);
		old = malloc(size + 1);
		if (old == NULL || file == NULL)
			abort();
		memcpy(old, file, size);
	}
	fault_disk_restore(world->disk, restore.image);
	fault_disk_set_paused(world->disk, true);
	revive(world, old, size);
	fault_disk_set_paused(world->disk, false);
	free(old);
	restore.count++;
	restore.is_open = true;
	for (uint32_t i = 0; i < world->device_count; i++)
		world->devices[i].told_seq = 0;
	probe(PROBE_RESTORED);
	probe_if(restore.of_life + 1 != restore.count, PROBE_RESTORED_AGAIN);
	server_go(world);
}

void restore_started(struct world *world)
{
	uint64_t point = number_ask(world, "SELECT max(last_counter) FROM bsync_incarnation WHERE is_lost = 0");
	causal_restored(world);
	operator_restored(point);
	model_restored(point);
	seen_restored(point);
}

/* Goes on with the recovery, by so many changesets; `closes`: begins to close it. */
static void turn(struct world *world, uint32_t count, bool closes)
{
	struct bsync_touched touched = {0};
	bool is_over = false;
	fault_disk_set_paused(world->disk, true);
	must(world, bsync_store_group_begin(world->store), "begin");
	if (closes)
		must(world, bsync_store_recovery_close(world->store), "close");
	must(world, bsync_store_recovery_turn(world->store, count, world->now_ms, &is_over), "go on");
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	world_trace(world, "the recovery goes on%s", is_over ? " to its end" : "");
	watch_settle();
	seen_check(world);
	fault_disk_set_paused(world->disk, false);
	server_tell(world, &touched);
	if (!is_over)
		return;
	restore.is_open = false;
	probe(PROBE_RECOVERY_CLOSED);
	server_state_changed(world);
}

void restore_act(struct world *world)
{
	uint32_t choice = world_below(world, 8);
	if (daemon_is_down(world) || world->failure[0] != '\0')
		return;
	if (restore.is_open && choice < 5)
		turn(world, 1 + world_below(world, STEP_MAX), choice == 0);
	else if (choice < 4 || restore.image == NULL)
		save(world);
	else if (restore.count < RESTORES_MAX)
		put_back(world);
}

void restore_finish(struct world *world)
{
	while (restore.is_open && world->failure[0] == '\0')
		turn(world, STEP_MAX, true);
}
