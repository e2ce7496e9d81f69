#include "tests/sim/ledger.h"

#include <stdio.h>
#include <string.h>

enum { POINTS_MAX = 400, OFFERS_MAX = 5000 };

struct offer {
	char row[LEDGER_ROW_SIZE], first[LEDGER_WORD_SIZE];
};

/* The ledger of the present world. */
static struct {
	uint32_t word_count, words_made, point_count, offer_count;
	char words[WORLD_NOTES_MAX][LEDGER_WORD_SIZE];
	struct ledger_point points[POINTS_MAX];
	struct offer offers[OFFERS_MAX];
} ledger;

void ledger_begin(void)
{
	ledger.word_count = 0;
	ledger.words_made = 0;
	ledger.point_count = 0;
	ledger.offer_count = 0;
}

void ledger_word(struct ledger_entry *entry, char kind)
{
	snprintf(entry->word, sizeof entry->word, "%cq%06uq", kind, ledger.words_made++);
}

static struct ledger_point *point_take(struct world *world, const char *row)
{
	for (uint32_t i = 0; i < ledger.point_count; i++)
		if (strcmp(ledger.points[i].row, row) == 0)
			return &ledger.points[i];
	if (ledger.point_count == POINTS_MAX) {
		world_fail(world, "more points than the ledger holds");
		return NULL;
	}
	struct ledger_point *point = &ledger.points[ledger.point_count++];
	*point = (struct ledger_point){0};
	snprintf(point->row, sizeof point->row, "%s", row);
	return point;
}

static void point_commit(struct world *world, const struct ledger_entry *entry)
{
	struct ledger_point *point = point_take(world, entry->row);
	if (point == NULL)
		return;
	if (entry->moved[0] != '\0') {
		struct ledger_point *to = point_take(world, entry->moved);
		if (to != NULL)
			to->is_removed = true;
	}
	point->sum += entry->delta;
	point->is_removed = point->is_removed || entry->is_removed;
	if (entry->has_bound) {
		point->highest = !point->has_bound || entry->bound > point->highest ? entry->bound : point->highest;
		point->lowest = !point->has_bound || entry->bound < point->lowest ? entry->bound : point->lowest;
		point->has_bound = true;
	}
	if (entry->first[0] == '\0')
		return;
	if (ledger.offer_count == OFFERS_MAX) {
		world_fail(world, "more offers than the ledger holds");
		return;
	}
	struct offer *offer = &ledger.offers[ledger.offer_count++];
	memcpy(offer->row, entry->row, sizeof offer->row);
	memcpy(offer->first, entry->first, sizeof offer->first);
}

void ledger_commit(struct world *world, const struct ledger_entry *entry)
{
	if (entry->row[0] != '\0')
		point_commit(world, entry);
	if (entry->word[0] == '\0')
		return;
	if (ledger.word_count == WORLD_NOTES_MAX)
		world_fail(world, "more words than the ledger holds");
	else
		memcpy(ledger.words[ledger.word_count++], entry->word, LEDGER_WORD_SIZE);
}

void ledger_forget(const struct ledger_entry *entry)
{
	for (uint32_t i = 0; i < ledger.word_count; i++)
		if (entry->word[0] != '\0' && strcmp(ledger.words[i], entry->word) == 0)
			memcpy(ledger.words[i], ledger.words[--ledger.word_count], LEDGER_WORD_SIZE);
	ledger_spoil(entry->row);
	ledger_spoil(entry->moved);
}

void ledger_words(void (*each)(void *context, const char *word), void *context)
{
	for (uint32_t i = 0; i < ledger.word_count; i++)
		each(context, ledger.words[i]);
}

const struct ledger_point *ledger_point(const char *row)
{
	for (uint32_t i = 0; i < ledger.point_count; i++)
		if (strcmp(ledger.points[i].row, row) == 0)
			return &ledger.points[i];
	return NULL;
}

bool ledger_offered(const char *row, const char *first)
{
	for (uint32_t i = 0; i < ledger.offer_count; i++)
		if (strcmp(ledger.offers[i].row, row) == 0 && strcmp(ledger.offers[i].first, first) == 0)
			return true;
	return false;
}

void ledger_spoil(const char *row)
{
	for (uint32_t i = 0; i < ledger.point_count; i++)
		if (strcmp(ledger.points[i].row, row) == 0)
			ledger.points[i].is_removed = true;
}
