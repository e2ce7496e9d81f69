#include "tests/sim/signed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/copies.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/watch.h"
#include "tests/sim/signing.h"

enum {
	SCREEN_SIZE = 6000,
	SCREENS_MAX = 400,
	BEFORE_MAX = 400,
	STANDING_MAX = 200,
	WORD_SIZE = 9,
	ARENA_MAX = 64 << 20,
	ITEMS_MAX = 4000,
	LINE_SIZE = 600,
	ARTICLE_SIZE = 8,
	KEYS_MAX = 3000
};

/* A signature as its signer saved it. */
struct screen {
	char word[LEDGER_WORD_SIZE];
	char text[SCREEN_SIZE]; /* what is signed */
	bool is_unsure;         /* the device did not know in which life the store is */
	uint32_t before_count;
	const struct model_set *before[BEFORE_MAX]; /* what the device had been shown of these tables */
};

/* A decision that stands signed. */
struct standing {
	struct bsync_value key;
	const struct model_set *set;
	const struct screen *screen;
	bool is_sure;  /* all that the signer saw was before the signature for the store too */
	bool is_first; /* of the first round */
	bool has_fork;
	uint64_t cut; /* what the signer had seen */
};

static struct {
	struct bsync_arena arena; /* what a look takes */
	struct world *world;
	uint32_t screen_count, standing_count;
	struct screen screens[SCREENS_MAX];
	struct standing standing[STANDING_MAX];
} seen;

bool signed_has(const struct bsync_table *table)
{
	const struct bsync_schema *schema = bsync_store_schema(model.world->store);
	const struct bsync_freeze *freeze = NULL;
	return bsync_schema_freeze(schema, (uint32_t)(table - schema->tables), &freeze) != NULL;
}

static bool is_of_these(const struct model_set *set)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++)
		if (signed_has(model_row(set->changeset.changes[i].table_no, set->changeset.changes[i].key)->table))
			return true;
	return false;
}

unsigned signed_verdicts(const struct model_set *set, unsigned others)
{
	unsigned inbox = 1u << BSYNC_VERDICT_INBOX, merged = 1u << BSYNC_VERDICT_MERGED;
	if (!is_of_these(set) || others == inbox)
		return others;
	return others | merged | inbox;
}

void signed_begin(struct world *world)
{
	seen.world = world;
	seen.screen_count = 0;
}

/* An item of a change that was not taken, or not whole. */
static struct {
	uint32_t count;
	struct item {
		const struct model_set *set;
		struct bsync_value table_no, key, cells;
		bool is_refused; /* as what was signed */
	} list[ITEMS_MAX];
} items;

/* table_no, key, line_no, seq, cells, and whether it was refused as signed */
static void item_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct item *item = &items.list[model_next(&items.count, ITEMS_MAX)];
	(void)context;
	(void)count;
	*item = (struct item){.table_no = values[0], .is_refused = values[5].as.integer != 0};
	MODEL_EACH (set, set)
		if (set->line_no == (uint32_t)values[2].as.integer && set->dot.seq == (uint64_t)values[3].as.integer &&
		    set->state == MODEL_APPLIED)
			item->set = set;
	if (item->set == NULL || !bsync_value_copy(&seen.arena, &values[1], &item->key) ||
	    !bsync_value_copy(&seen.arena, &values[4], &item->cells))
		abort();
}

/* The sets that waited before they were applied.  Meanwhile their author did not see them. */
static struct {
	uint32_t count;
	const struct model_set *list[MODEL_SETS_MAX];
} placed;

/* line_no, seq */
static void placed_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)context;
	(void)count;
	/* What comes back after a restore is placed too. */
	MODEL_EACH (set, set)
		if (set->line_no == (uint32_t)values[0].as.integer && set->dot.seq == (uint64_t)values[1].as.integer &&
		    set->lost_stamp_ms == 0)
			placed.list[model_next(&placed.count, MODEL_SETS_MAX)] = set;
}

/* True when something of the set's line waited that was written before it. */
static bool has_waited(const struct model_set *set)
{
	for (uint32_t i = 0; i < placed.count; i++)
		if (placed.list[i]->line_no == set->line_no && placed.list[i]->dot.seq <= set->dot.seq)
			return true;
	return false;
}

static void items_read(struct world *world)
{
	placed.count = 0;
	server_ask(world, "SELECT line_no, seq FROM bsync_placed", 0, placed_row, NULL);
	items.count = 0;
	server_ask(
		world,
		"SELECT table_no, key, line_no, seq, cells, kind = 'refused' AND reason = 'this was signed' FROM bsync_item"
		" WHERE table_no IN (11, 12) AND kind IN ('refused', 'late')",
		0, item_row, NULL);
}

/* --- What the signer saw --- */

#define IS_SIGNED "(stand GLOB 'getekend*' OR stand GLOB 'vervangen*')"

/* The frozen columns of the decision with that rowid, and of the articles that hang on it. */
static const char content[] =
	"SELECT 'besluit', hex(id), titel, tekst, verslag, laagste FROM besluit WHERE rowid = ?1 UNION ALL SELECT 'artikel',"
	" hex(id), tekst, NULL, NULL, NULL FROM artikel WHERE besluit = (SELECT id FROM besluit WHERE rowid = ?1) ORDER BY 1"
	" DESC, 2";

static void content_row(void *context, uint32_t count, const struct bsync_value *values)
{
	char *text = context;
	for (uint32_t i = 0; i < count; i++) {
		size_t size = strlen(text);
		if (values[i].kind == BSYNC_TEXT)
			snprintf(text + size, SCREEN_SIZE - size, "%.*s|", (int)values[i].as.bytes.size,
				 (const char *)values[i].as.bytes.data);
		else if (values[i].kind == BSYNC_INTEGER)
			snprintf(text + size, SCREEN_SIZE - size, "%lld|", (long long)values[i].as.integer);
		else
			snprintf(text + size, SCREEN_SIZE - size, "-|");
	}
	size_t size = strlen(text);
	snprintf(text + size, SCREEN_SIZE - size, "\n");
	if (size + 2 > SCREEN_SIZE)
		world_fail(seen.world, "more is signed than is looked at");
}

/* What the device has been shown. */
static void before_note(struct world_device *device, struct screen *screen)
{
	struct bsync_file_status status;
	if (bsync_file_status(device->file, &status) != BSYNC_OK || !restore_is_known(device->world, &status)) {
		screen->is_unsure = true;
		return;
	}
	MODEL_EACH (set, set)
		if (set->state == MODEL_APPLIED && set->counter <= status.cursor.counter && is_of_these(set)) {
			if (screen->before_count == BEFORE_MAX)
				screen->is_unsure = true;
			else
				screen->before[screen->before_count++] = set;
		}
}

struct found {
	struct world_device *device;
	const struct ledger_entry *entry;
};

/* rowid, handtekening of a decision that is signed */
static void signed_row(void *context, uint32_t count, const struct bsync_value *values)
{
	const struct found *found = context;
	const struct bsync_bytes *word = &values[1].as.bytes;
	(void)count;
	if (values[1].kind != BSYNC_TEXT || word->size != strlen(found->entry->word) ||
	    memcmp(word->data, found->entry->word, word->size) != 0)
		return;
	struct screen *screen = &seen.screens[model_next(&seen.screen_count, SCREENS_MAX)];
	*screen = (struct screen){0};
	memcpy(screen->word, found->entry->word, sizeof screen->word);
	if (ask_file(found->device->file, content, (uint64_t)values[0].as.integer, content_row, screen->text) !=
	    BSYNC_OK)
		screen->is_unsure = true;
	before_note(found->device, screen);
}

void signed_saves(struct world_device *device, const struct ledger_entry *entries, uint32_t count)
{
	fault_disk_set_paused(device->disk, true);
	for (uint32_t i = 0; i < count; i++) {
		struct found found = {device, &entries[i]};
		if (entries[i].word[0] == 'h')
			(void)!ask_file(device->file, "SELECT rowid, handtekening FROM besluit WHERE " IS_SIGNED, 0,
					signed_row, &found);
	}
	fault_disk_set_paused(device->disk, false);
}

/* --- What stands --- */

/* A position of the set's author as the store takes it: PROTOCOL 7.2: "The store cuts a base to what the device has confirmed." */
static uint64_t base_cut(const struct model_set *set, struct bsync_position base)
{
	uint64_t counter = restore_position(seen.world, base), confirmed = restore_position(seen.world, set->confirmed);
	return counter < confirmed ? counter : confirmed;
}

static bool sees(const struct model_set *set, uint64_t cut, const struct model_set *old)
{
	return old->counter <= cut || (old->line_no == set->line_no && old->dot.seq < set->dot.seq);
}

const struct bsync_cell_write *signed_write(const struct model_set *set, const char *table, const char *column,
					    const struct bsync_value *key)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		const struct bsync_table *of = bsync_schema_table(bsync_store_schema(seen.world->store),
								  change->table_no);
		for (uint32_t k = 0; k < change->cell_count; k++)
			if (strcmp(of->name, table) == 0 && bsync_value_equal(&change->key[0], key) &&
			    bsync_table_column_named(of, column) == bsync_table_column(of, change->cells[k].column_no))
				return &change->cells[k];
	}
	return NULL;
}

static bool has_word(const struct bsync_value *value, const char *word)
{
	return (value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB) && value->as.bytes.size != 0 &&
	       memmem(value->as.bytes.data, value->as.bytes.size, word, strlen(word)) != NULL;
}

/* PROTOCOL 7.10: "A signature waits behind what waits of these writes in the tables of its freeze." */
bool signed_waits(const struct model_set *set, const struct bsync_change *change)
{
	const struct bsync_cell_write *state = signed_write(set, "besluit", "stand", &change->key[0]);
	if (state == NULL || !(has_word(&state->value, "getekend") || has_word(&state->value, "vervangen")))
		return false;
	MODEL_EACH (set, other)
		if (other->state == MODEL_WAITS && !other->is_given_up && watch_had(set, other) && is_of_these(other))
			return true;
	return false;
}

/* The set that carried the word first; NULL when nobody handed it in. */
static const struct model_set *set_with(const char *word)
{
	MODEL_EACH (set, set)
		for (uint32_t i = 0; i < set->changeset.change_count; i++)
			for (uint32_t k = 0; k < set->changeset.changes[i].cell_count; k++)
				if (has_word(&set->changeset.changes[i].cells[k].value, word))
					return set;
	return NULL;
}

/* PROTOCOL 7.10: "A write of the signer that is refused is no part of it." */
static bool has_refused(const struct standing *standing)
{
	for (const struct item *item = items.list; item < items.list + items.count; item++)
		if (item->set->line_no == standing->set->line_no && item->set->dot.seq <= standing->set->dot.seq &&
		    item->set->counter > standing->cut)
			return true;
	return false;
}

/* Nothing was put back here: neither the store nor the signer's device. */
static bool is_undisturbed(const struct model_set *signature)
{
	MODEL_EACH (set, set)
		if (set->line_no != signature->line_no &&
		    memcmp(&set->dot.device, &signature->dot.device, sizeof set->dot.device) == 0)
			return false;
	return !restores_are_made(seen.world);
}

/* After a restore things come back in another order, and what a copy of a device wrote is on a line of its own: then the
 * signer saw what for the store was not there. */
static bool is_sure(const struct standing *standing)
{
	uint64_t cut = standing->cut;
	const struct screen *screen = standing->screen;
	if (screen->is_unsure || standing->set->is_fork || has_refused(standing) || has_waited(standing->set))
		return false;
	for (uint32_t i = 0; i < screen->before_count; i++)
		if (screen->before[i]->state != MODEL_APPLIED || !sees(standing->set, cut, screen->before[i]))
			return false;
	for (const char *at = screen->text; (at = strchr(at, 'q')) != NULL; at += WORD_SIZE - 1) {
		char word[WORD_SIZE + 1] = "";
		memcpy(word, at - 1, WORD_SIZE);
		const struct model_set *set = set_with(word);
		if (set == NULL || set->state != MODEL_APPLIED ||
		    (set != standing->set && !sees(standing->set, cut, set) && !is_undisturbed(standing->set)))
			return false;
	}
	return true;
}

static const struct screen *screen_of(const struct bsync_value *word)
{
	for (uint32_t i = 0; i < seen.screen_count; i++)
		if (has_word(word, seen.screens[i].word))
			return &seen.screens[i];
	return NULL;
}

/* An article that the signer saw hang here stands in a copy, where somebody had signed it elsewhere, who did not know.  What
 * the copy says of it is what that signature left to it. */
static bool is_same_article(const char *line, const char *text)
{
	char hex[2 * BSYNC_ID_SIZE + 1] = "", again[LINE_SIZE];
	const char *end = strchr(line, '\n');
	if (strncmp(line, "artikel|", ARTICLE_SIZE) != 0 || end - line < ARTICLE_SIZE + 2 * BSYNC_ID_SIZE)
		return false;
	memcpy(hex, line + ARTICLE_SIZE, 2 * BSYNC_ID_SIZE);
	line += ARTICLE_SIZE + 2 * BSYNC_ID_SIZE;
	snprintf(again, sizeof again, "artikel|%s%.*s", hex, (int)(end - line), line);
	bool is_same = strstr(text, again) != NULL;
	while (!is_same && copies_origin(hex)) {
		snprintf(again, sizeof again, "artikel|%s|", hex);
		is_same = strstr(text, again) != NULL;
	}
	return is_same;
}

/* As many lines, and each is one of the other's. */
static bool is_same_text(const char *now, const char *then)
{
	int difference = 0;
	for (const char *at = then; (at = strchr(at, '\n')) != NULL; at++)
		difference--;
	for (const char *line = now, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		difference++;
		if (strncmp(now, then, (size_t)(strchr(now, '\n') - now)) != 0 ||
		    (line != now && !is_same_article(line, then)))
			return false;
	}
	return difference == 0;
}

/* PROTOCOL 7.10: "b and all earlier writes of its own line, wherever they came to stand" */
static bool is_over_own_late(const struct standing *standing)
{
	char hex[2 * BSYNC_ID_SIZE + 1] = "";
	for (uint32_t i = 0; i < BSYNC_ID_SIZE && i < standing->key.as.bytes.size; i++)
		snprintf(hex + 2 * i, 3, "%02X", standing->key.as.bytes.data[i]);
	if (!copies_origin(hex))
		return false;
	MODEL_EACH (set, set)
		if (set->line_no == standing->set->line_no && set->dot.seq < standing->set->dot.seq &&
		    set->counter > standing->cut && is_of_these(set))
			return true;
	return false;
}

/* What is signed against what the signer saw. */
static void content_check(const struct standing *standing, uint64_t rowid)
{
	static char text[SCREEN_SIZE];
	text[0] = '\0';
	server_ask(seen.world, content, rowid, content_row, text);
	if (strcmp(text, standing->screen->text) == 0)
		return;
	copies_read(seen.world);
	if (is_same_text(text, standing->screen->text) || is_over_own_late(standing))
		return;
	world_trace(seen.world, "signed with %s:\n%sstands:\n%s", standing->screen->word, standing->screen->text, text);
	world_fail(seen.world, "what stands signed with %s is not what its signer saw: %.150s instead of %.150s",
		   standing->screen->word, text, standing->screen->text);
}

/* rowid, id, stand, has_fork, and device, line and seq of the signature */
static void standing_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct standing *standing = &seen.standing[model_next(&seen.standing_count, STANDING_MAX)];
	struct bsync_dot dot = {.seq = (uint64_t)values[6].as.integer};
	const struct bsync_cell_write *state = NULL, *word = NULL;
	(void)context;
	(void)count;
	*standing = (struct standing){.is_first = !has_word(&values[2], "/"), .has_fork = values[3].as.integer != 0};
	if (!bsync_value_copy(&seen.arena, &values[1], &standing->key))
		abort();
	if (values[4].kind == BSYNC_BLOB) {
		memcpy(&dot.device, values[4].as.bytes.data, sizeof dot.device);
		memcpy(&dot.line, values[5].as.bytes.data, sizeof dot.line);
		standing->set = model_find(&dot);
	}
	if (standing->set != NULL && standing->set->state == MODEL_APPLIED) {
		state = signed_write(standing->set, "besluit", "stand", &standing->key);
		word = signed_write(standing->set, "besluit", "handtekening", &standing->key);
	}
	standing->screen = word != NULL ? screen_of(&word->value) : NULL;
	if (state == NULL || standing->screen == NULL) {
		world_fail(seen.world, "a decision stands signed, and nobody signed it");
		seen.standing_count--;
		return;
	}
	standing->cut = base_cut(standing->set,
				 state->base_kind == BSYNC_BASE_OWN ? state->base : standing->set->changeset.base);
	standing->is_sure = is_sure(standing);
	if (standing->is_sure)
		content_check(standing, (uint64_t)values[0].as.integer);
	probe(standing->is_sure ? PROBE_SIGNED : PROBE_SIGNED_UNSURE);
	probe_if(standing->has_fork, PROBE_SIGNED_FORK);
	probe_if(!standing->is_first, PROBE_SIGNED_ROUND);
	probe_if(standing->is_sure && standing->set->lost_stamp_ms != 0, PROBE_SIGNED_BACK);
	probe_if(standing->has_fork && standing->set->lost_stamp_ms != 0, PROBE_SIGNED_FORK_BACK);
}

static void standing_read(struct world *world)
{
	bsync_arena_init(&seen.arena, ARENA_MAX);
	seen.standing_count = 0;
	items_read(world);
	server_ask(
		world,
		"SELECT b.rowid, b.id, b.stand, f.has_fork, d.id, l.line, f.seq FROM besluit b LEFT JOIN bsync_freeze f"
		" ON hex(f.key) = '91C410' || hex(b.id) LEFT JOIN bsync_line l ON l.no = f.line_no LEFT JOIN bsync_device d"
		" ON d.no = l.device_no WHERE " IS_SIGNED,
		0, standing_row, NULL);
}

void signed_look(struct world *world)
{
	if (!signing_is_done(world) || world->failure[0] != '\0')
		return;
	standing_read(world);
	bsync_arena_clear(&seen.arena);
}

/* --- Whose work was refused --- */

static const struct item *item_of(const struct model_set *set, const struct model_row *row)
{
	for (const struct item *item = items.list; item < items.list + items.count; item++)
		if (item->set == set && item->table_no.as.integer == (int64_t)row->table->no &&
		    bsync_value_equal(&item->key, &row->packed))
			return item;
	return NULL;
}

/* True when this signer saw the article hang on the decision, and no other on another. */
static bool is_signed_article(const struct standing *standing, const struct bsync_value *key)
{
	char hex[2 * BSYNC_ID_SIZE + 1] = "";
	for (uint32_t i = 0; i < BSYNC_ID_SIZE && i < key->as.bytes.size; i++)
		snprintf(hex + 2 * i, 3, "%02X", key->as.bytes.data[i]);
	for (uint32_t i = 0; i < seen.standing_count; i++)
		if ((strstr(seen.standing[i].screen->text, hex) != NULL) != (&seen.standing[i] == standing))
			return false;
	return true;
}

/* What the change knew of the signature: the highest position of its writes to what is frozen, and whether there are any. */
static bool touches(const struct standing *standing, const struct model_set *set, const struct bsync_change *change,
		    const struct model_row *row, uint64_t *cut)
{
	const struct bsync_freeze *freeze = NULL;
	const struct bsync_schema *schema = bsync_store_schema(seen.world->store);
	const struct bsync_freeze_part *part = bsync_schema_freeze(schema, (uint32_t)(row->table - schema->tables),
								   &freeze);
	bool is_root = part != NULL && part->parent < 0, is_touched = false;
	*cut = 0;
	/* What the signer saw of the articles is known where it is sure. */
	if (part == NULL || change->kind == BSYNC_CHANGE_INSERT || (!is_root && !standing->is_sure) ||
	    !(is_root ? bsync_value_equal(&change->key[0], &standing->key)
		      : is_signed_article(standing, &change->key[0])))
		return false;
	if (change->kind == BSYNC_CHANGE_DELETE) {
		*cut = base_cut(set, change->has_base ? change->base : set->changeset.base);
		return !is_root;
	}
	for (uint32_t i = 0; i < change->cell_count; i++) {
		const struct bsync_cell_write *write = &change->cells[i];
		bool is_own = write->base_kind == BSYNC_BASE_OWN;
		uint64_t own = base_cut(set, is_own ? write->base : set->changeset.base);
		if (!part->has_column[bsync_table_column(row->table, write->column_no)])
			continue;
		is_touched = true;
		*cut = own > *cut ? own : *cut;
	}
	return is_touched;
}

/* A change of what stands signed. */
static void change_check(const struct standing *standing, const struct model_set *set,
			 const struct bsync_change *change)
{
	const struct model_row *row = model_row(change->table_no, change->key);
	const struct item *item = item_of(set, row);
	uint64_t cut = 0;
	/* A device that was put back knows of what it had on the line before, up to where its image was made. */
	bool is_elsewhere = set->line_no != standing->set->line_no &&
			    memcmp(&set->dot.device, &standing->set->dot.device, sizeof set->dot.device) == 0;
	if (is_elsewhere || !touches(standing, set, change, row, &cut) || (item != NULL && !item->is_refused))
		return;
	bool has_seen = sees(set, cut, standing->set);
	bool must = has_seen && set->counter > standing->set->counter;
	probe_if(must, PROBE_SIGNED_REFUSED);
	probe_if(!has_seen && set->counter > standing->set->counter, PROBE_SIGNED_BEFORE);
	probe_if(!has_seen && set->counter < standing->set->counter && !sees(standing->set, standing->cut, set),
		 PROBE_SIGNED_OVER);
	if (must == (item != NULL))
		return;
	/* An article can be refused for where it goes, and a word for one of the same changeset in the copy. */
	copies_read(seen.world);
	if (must || (signed_write(set, "artikel", "besluit", &change->key[0]) == NULL &&
		     !copies_is_written(set, &change->key[0])))
		world_fail(seen.world, "changeset %llu at %llu had %sseen the signature %s at %llu, and was %srefused",
			   (unsigned long long)set->dot.seq, (unsigned long long)set->counter, has_seen ? "" : "not ",
			   standing->screen->word, (unsigned long long)standing->set->counter, must ? "not " : "");
}

static void changes_check(const struct standing *standing)
{
	if (!standing->is_first || standing->set->is_fork)
		return;
	MODEL_EACH (set, set) {
		bool is_other = set->state == MODEL_APPLIED && set != standing->set && set->line_no != 0;
		for (uint32_t i = 0; is_other && !set->is_fork && i < set->changeset.change_count; i++)
			change_check(standing, set, &set->changeset.changes[i]);
		const struct bsync_cell_write *word = is_other ? signed_write(set, "besluit", "handtekening",
									      &standing->key)
							       : NULL;
		probe_if(word != NULL && !sees(set, base_cut(set, set->changeset.base), standing->set),
			 PROBE_SIGNED_TWICE);
	}
}

void signed_check(struct world *world)
{
	if (!signing_is_done(world) || world->failure[0] != '\0')
		return;
	standing_read(world);
	for (uint32_t i = 0; i < seen.standing_count && world->failure[0] == '\0'; i++)
		changes_check(&seen.standing[i]);
	copies_check(world);
	bsync_arena_clear(&seen.arena);
}
