/* fault_cut.c: which of the unsynced operations a power cut leaves on the medium. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fault_file.h"
#include "tests/support/fault_spare.h"

/* A power cut while it is worked out. */
struct judge {
	const struct fault_cut *cut;
	uint64_t random;
	uint64_t last_kept;  /* of a prefix: the number of the last change that is kept */
	uint64_t last_write; /* the number of the last write */
};

static uint64_t random_next(struct judge *judge)
{
	uint64_t mixed = judge->random += UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The number of the change that is the `keep`th to come of those that wait; 0 for none. */
static uint64_t prefix_end(const struct fault_disk *disk, uint64_t keep)
{
	uint64_t count = fault_disk_unsynced(disk), end = 0;
	uint64_t *numbers = malloc((size_t)(count + 1) * sizeof(*numbers));
	size_t filled = 0;
	if (numbers == NULL)
		abort();
	for (const struct fault_file *file = disk->files; file != NULL; file = file->next) {
		if (file->is_there != file->is_stored)
			numbers[filled++] = file->entry_number;
		for (size_t i = 0; i < file->change_count; i++)
			numbers[filled++] = file->changes[i].number;
	}
	assert(filled == count);
	qsort(numbers, filled, sizeof(*numbers), compare);
	if (keep > 0 && filled > 0)
		end = numbers[keep < filled ? keep - 1 : filled - 1];
	free(numbers);
	return end;
}

static uint64_t write_last(const struct fault_disk *disk)
{
	uint64_t last = 0;
	for (const struct fault_file *file = disk->files; file != NULL; file = file->next)
		for (size_t i = 0; i < file->change_count; i++)
			if (!file->changes[i].is_truncate && file->changes[i].number > last)
				last = file->changes[i].number;
	return last;
}

static bool is_kept(struct judge *judge, uint64_t number)
{
	switch (judge->cut->kind) {
	case FAULT_CUT_DROP_ALL:
		return false;
	case FAULT_CUT_KEEP_ALL:
	case FAULT_CUT_TORN_LAST:
		return true;
	case FAULT_CUT_SUBSET:
	case FAULT_CUT_TORN:
		return (random_next(judge) & 1) != 0;
	case FAULT_CUT_PREFIX:
		return number <= judge->last_kept;
	}
	return false;
}

/* The sectors of a write that reached the medium.  A sector is of the file, so that a write's first may be a part. */
static void apply_torn(struct judge *judge, struct fault_file *file, const struct fault_change *change)
{
	size_t done = 0;
	for (uint64_t sector = 0; done < change->size; sector++) {
		size_t size = FAULT_SECTOR_SIZE - (size_t)((change->offset + done) % FAULT_SECTOR_SIZE);
		if (size > change->size - done)
			size = change->size - done;
		struct fault_change part = *change;
		part.offset += done;
		part.data_at += done;
		part.size = size;
		bool is_there = judge->cut->kind == FAULT_CUT_TORN ? (random_next(judge) & 1) != 0
								   : sector < judge->cut->keep;
		if (is_there)
			fault_change_apply(file, &part, &file->medium);
		done += size;
	}
}

static void content_cut(struct judge *judge, struct fault_file *file)
{
	enum fault_cut_kind kind = judge->cut->kind;
	for (size_t i = 0; i < file->change_count; i++) {
		const struct fault_change *change = &file->changes[i];
		bool is_torn = !change->is_truncate &&
			       (kind == FAULT_CUT_TORN ||
				(kind == FAULT_CUT_TORN_LAST && change->number == judge->last_write));
		/* Of what is torn half is whole, or most cuts would leave nothing that can be read. */
		if (kind == FAULT_CUT_TORN && (random_next(judge) & 1) != 0)
			is_torn = false;
		if (is_torn)
			apply_torn(judge, file, change);
		else if (is_kept(judge, change->number))
			fault_change_apply(file, change, &file->medium);
	}
	fault_changes_clear(file);
	if (file->disk->room != UINT64_MAX && file->seen.size > file->medium.size)
		file->disk->room += file->seen.size - file->medium.size;
	fault_bytes_copy(&file->seen, &file->medium);
}

/* Of two files of one name, the later made is the one that is there: it stands first in the list. */
static void names_settle(struct fault_disk *disk)
{
	for (struct fault_file *file = disk->files; file != NULL; file = file->next)
		for (struct fault_file *older = file->next; file->is_there && older != NULL; older = older->next)
			if (older->is_there && strcmp(older->path, file->path) == 0)
				older->is_there = false;
}

void fault_medium_cut(struct fault_disk *disk, const struct fault_cut *cut)
{
	struct judge judge = {.cut = cut, .random = cut->seed};
	assert(disk->handles == NULL);
	if (cut->kind == FAULT_CUT_PREFIX)
		judge.last_kept = prefix_end(disk, cut->keep);
	judge.last_write = write_last(disk);
	for (struct fault_file *file = disk->files; file != NULL; file = file->next) {
		if (file->is_there != file->is_stored && !is_kept(&judge, file->entry_number))
			file->is_there = file->is_stored;
		content_cut(&judge, file);
	}
	names_settle(disk);
	for (struct fault_file *file = disk->files; file != NULL; file = file->next)
		file->is_stored = file->is_there;
	fault_files_sweep(disk);
}
