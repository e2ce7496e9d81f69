#include "tests/sim/seen.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/ledger.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"

enum { WORDS_MAX = 4000 };

static struct {
	/* Of each word the seq of the first transaction that was made with it on the screen; 0: never seen. */
	uint64_t since[WORLD_DEVICES_MAX][WORDS_MAX];
	uint64_t checked; /* the counter up to which it is checked */
} seen;

void seen_begin(void)
{
	memset(&seen, 0, sizeof seen);
}

/* The number in a word of the ledger for the text of a point; WORDS_MAX when it is none. */
static uint32_t number_of(const struct bsync_value *value)
{
	char digits[LEDGER_WORD_SIZE] = "";
	if (value->kind != BSYNC_TEXT || value->as.bytes.size < 4 || value->as.bytes.size >= sizeof digits ||
	    memcmp(value->as.bytes.data, "kq", 2) != 0)
		return WORDS_MAX;
	memcpy(digits, value->as.bytes.data + 2, value->as.bytes.size - 2);
	unsigned long number = strtoul(digits, NULL, 10);
	return number < WORDS_MAX ? (uint32_t)number : WORDS_MAX;
}

/* The next seq, and a text on the screen. */
static void screen_row(void *context, uint32_t count, const struct bsync_value *values)
{
	const struct world_device *device = context;
	uint32_t number = number_of(&values[1]);
	uint64_t next = (uint64_t)values[0].as.integer;
	(void)count;
	if (number == WORDS_MAX)
		return;
	uint64_t *first = &seen.since[device->number][number];
	/* A device that was put back counts from a lower seq again. */
	if (*first == 0 || next < *first)
		*first = next;
}

/* The texts on the screen, each with the next seq. */
#define SCREEN                                                                      \
	"WITH next(number) AS (SELECT 1 + coalesce(max(seq), 0) FROM bsync_outbox)" \
	" SELECT number, tekst FROM next, punt UNION ALL SELECT number, value FROM next, bsync_variant"

void seen_look(struct world_device *device)
{
	/* What took the place of a text, or kept it out, may be lost with a life of the store, and the text stands. */
	static const char screen_and_past[] = SCREEN
		" UNION ALL SELECT number, value FROM next, bsync_past"
		" UNION ALL SELECT number, CAST(substr(cells, instr(cells, CAST('kq' AS BLOB)), 9) AS TEXT)"
		" FROM next, bsync_item";
	if (ask_file(device->file, restores_are_made(device->world) ? screen_and_past : SCREEN, 0, screen_row,
		     device) != BSYNC_OK)
		world_fail(device->world, "the screen of device %u cannot be read: %s", device->number,
			   bsync_file_error_text(device->file));
}

/* Since when the author of the changeset, or a copy of its device, had the word on a screen; 0: never. */
static uint64_t since(const struct world *world, const struct model_set *set, uint32_t number)
{
	uint64_t first = 0;
	for (uint32_t i = 0; i < world->device_count; i++) {
		uint64_t seq = seen.since[i][number];
		bool is_author = memcmp(&world->devices[i].id, &set->dot.device, sizeof set->dot.device) == 0;
		if (is_author && seq != 0 && (first == 0 || seq < first))
			first = seq;
	}
	return first;
}

/* An insert that began its row anew saw that the row was gone, not what it had been. */
static bool is_insert(const struct model_set *set, const struct model_row *row)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		if (change->kind == BSYNC_CHANGE_INSERT && model_row(change->table_no, change->key) == row)
			return true;
	}
	return false;
}

void seen_check(struct world *world)
{
	for (const struct model_write *write = model.writes; write < model.writes + model.write_count; write++) {
		const struct model_set *by = write->replaced;
		uint32_t number = number_of(&write->value);
		if (by == NULL || by->counter <= seen.checked || by->line_no == 0 ||
		    by->line_no == write->set->line_no || number == WORDS_MAX || is_insert(by, write->row))
			continue;
		uint64_t first = since(world, by, number);
		probe(PROBE_REPLACED_SEEN);
		if (first == 0 || first > by->dot.seq)
			world_fail(world,
				   "changeset %llu at %llu took away kq%06uq, which its author had not seen then",
				   (unsigned long long)by->dot.seq, (unsigned long long)by->counter, number);
	}
	seen.checked = model.counter;
}

void seen_restored(uint64_t point)
{
	seen.checked = point;
}
