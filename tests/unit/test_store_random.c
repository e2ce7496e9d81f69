/* Chance: devices write, gain and lose access, delete and come back in any order; what always holds, holds, and a
 * device that pulls bit by bit ends with what a new device gets at once.
 *
 * timeout: 300 */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { HOUSES = 3, NOTES = 6, WRITERS = 3, STEPS = 160, SEEDS = 6, ROWS_MAX = 400, CELLS_MAX = 12, WORD_MAX = 120 };

/* --- What a device that only reads holds --- */

struct held_row {
	char scope[WORD_MAX];
	char name[WORD_MAX]; /* table and key */
	int cell_count;
	char cells[CELLS_MAX][WORD_MAX]; /* COLUMN=VALUE, by name */
};

struct replica {
	int count;
	struct held_row rows[ROWS_MAX];
};

static struct held_row *held_find(struct replica *replica, const char *name)
{
	for (int i = 0; i < replica->count; i++) {
		if (strcmp(replica->rows[i].name, name) == 0)
			return &replica->rows[i];
	}
	return NULL;
}

static void held_remove(struct replica *replica, struct held_row *row)
{
	*row = replica->rows[--replica->count];
}

static void cell_set(struct held_row *row, const char *word)
{
	size_t name = strcspn(word, "=") + 1;
	int at = 0;

	while (at < row->cell_count && strncmp(row->cells[at], word, name) != 0)
		at++;
	if (at == row->cell_count)
		row->cell_count++;
	snprintf(row->cells[at], WORD_MAX, "%s", word);
	/* A cell that became NULL is as one that was never named. */
	if (strcmp(word + name, "null") == 0) {
		row->cell_count--;
		memmove(row->cells[at], row->cells[row->cell_count], WORD_MAX);
	}
}

/* One line of a row: kind, table, key, cells. */
static void row_take(struct replica *replica, const char *scope, char *line)
{
	char *save = NULL;
	char name[WORD_MAX];
	const char *kind = strtok_r(line, " ", &save);
	const char *table = strtok_r(NULL, " ", &save);
	struct held_row *row = NULL;

	if (strcmp(kind, "item") == 0)
		return;
	snprintf(name, sizeof(name), "%s %s", table, strtok_r(NULL, " ", &save));
	row = held_find(replica, name);
	if (strcmp(kind, "gone") == 0) {
		if (row != NULL && strcmp(row->scope, scope) == 0)
			held_remove(replica, row);
		return;
	}
	if (row == NULL)
		row = &replica->rows[replica->count++];
	else if (strcmp(kind, "whole") != 0)
		name[0] = '\0';
	if (name[0] != '\0') {
		memset(row, 0, sizeof(*row));
		snprintf(row->name, sizeof(row->name), "%s", name);
		snprintf(row->scope, sizeof(row->scope), "%s", scope);
	}
	for (const char *word = strtok_r(NULL, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		if (strncmp(word, "past:", 5) != 0)
			cell_set(row, word);
	}
}

static void replica_take(struct replica *replica, const char *pulled)
{
	static char text[SCENE_DUMP_SIZE];
	char scope[WORD_MAX] = "";
	char *save = NULL;

	snprintf(text, sizeof(text), "%s", pulled);
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "rows ", 5) == 0)
			snprintf(scope, sizeof(scope), "%s", line + 5);
		else if (strncmp(line, "  ", 2) == 0)
			row_take(replica, scope, line + 2);
		for (int i = replica->count - 1; strncmp(line, "drop ", 5) == 0 && i >= 0; i--) {
			if (strcmp(replica->rows[i].scope, line + 5) == 0)
				held_remove(replica, &replica->rows[i]);
		}
	}
}

static int text_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int row_order(const void *a, const void *b)
{
	return strcmp(((const struct held_row *)a)->name, ((const struct held_row *)b)->name);
}

/* False, with a line of what differs, when two replicas do not hold the same. */
static bool is_same(struct replica *a, struct replica *b)
{
	struct replica *both[] = {a, b};

	for (int i = 0; i < 2; i++) {
		qsort(both[i]->rows, (size_t)both[i]->count, sizeof(both[i]->rows[0]), row_order);
		for (int k = 0; k < both[i]->count; k++)
			qsort(both[i]->rows[k].cells, (size_t)both[i]->rows[k].cell_count, WORD_MAX, text_order);
	}
	for (int i = 0; i < a->count && i < b->count; i++) {
		const struct held_row *left = &a->rows[i];
		const struct held_row *right = &b->rows[i];
		bool is_equal = strcmp(left->name, right->name) == 0 && strcmp(left->scope, right->scope) == 0 &&
				left->cell_count == right->cell_count;

		for (int k = 0; is_equal && k < left->cell_count; k++)
			is_equal = strcmp(left->cells[k], right->cells[k]) == 0;
		if (!is_equal) {
			printf("# %s (%d cells) against %s (%d cells)\n", left->name, left->cell_count, right->name,
			       right->cell_count);
			return false;
		}
	}
	return a->count == b->count;
}

/* --- What the others do --- */

struct world {
	struct scene scene;
	uint64_t seed;
	struct scene_device writers[WRITERS];
	struct scene_device reader;
	struct replica bit_by_bit;
};

static unsigned chance(struct world *world, unsigned below)
{
	world->seed = world->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(world->seed >> 33) % below;
}

static const char *const names[] = {"anna", "bram", "cees", "dirk"};

/* One change to a row that the changeset has not named yet. */
static size_t change_write(struct world *world, unsigned writer, char *out, size_t size, unsigned *used)
{
	/* Mostly a house that the writer began with, and a note that is always in that house. */
	unsigned house = (writer + (chance(world, 2) == 0 ? 0 : HOUSES - 1) + (chance(world, 10) == 0)) % HOUSES;
	unsigned note = house + HOUSES * chance(world, NOTES / HOUSES);

	if (chance(world, 20) == 0) {
		if ((*used >> house & 1) != 0)
			return 0;
		*used |= 1U << house;
		switch (chance(world, 4)) {
		case 0:
			return (size_t)snprintf(out, size, "insert huis #h%u lid_id=@%s naam=n%u;", house,
						names[chance(world, WRITERS)], chance(world, 100));
		case 1:
			return (size_t)snprintf(out, size, "update huis #h%u gast_id=null;", house);
		case 2:
			return (size_t)snprintf(out, size, "update huis #h%u gast_id=@%s;", house,
						names[chance(world, 4)]);
		default:
			return (size_t)snprintf(out, size, "update huis #h%u lid_id=@%s gast_id=@%s;", house,
						names[chance(world, WRITERS)], names[chance(world, 4)]);
		}
	}
	if ((*used >> (8 + note) & 1) != 0)
		return 0;
	*used |= 1U << (8 + note);
	switch (chance(world, 5)) {
	case 0:
	case 1:
		return (size_t)snprintf(out, size, "insert notitie #n%u huis_id=#h%u tekst=t%u status=s;", note, house,
					chance(world, 100));
	case 2:
		return (size_t)snprintf(out, size, "delete notitie #n%u;", note);
	case 3:
		return (size_t)snprintf(out, size, "update notitie #n%u status=null op=d%u;", note, chance(world, 100));
	default:
		return (size_t)snprintf(out, size, "update notitie #n%u tekst=t%u status=s%u;", note,
					chance(world, 100), chance(world, 9));
	}
}

static void step(struct world *world)
{
	unsigned writer = chance(world, WRITERS);
	struct scene_device *device = &world->writers[writer];
	char text[1000] = "";
	size_t at = 0;
	unsigned used = 0;

	if (chance(world, 3) == 0)
		scene_pull(&world->scene, device);
	/* Now and then a house that nobody has founded, or a value that does not fit. */
	if (chance(world, 40) == 0)
		snprintf(text, sizeof(text), "insert notitie #m%u huis_id=#h%u gewicht=%s", chance(world, 100),
			 8 + chance(world, 2), chance(world, 2) == 0 ? "1" : "zwaar");
	else if (chance(world, 40) == 0)
		snprintf(text, sizeof(text), "insert huis #h8 lid_id=@%s", names[chance(world, WRITERS)]);
	for (unsigned i = text[0] == '\0' ? chance(world, 4) + 1 : 0; i != 0; i--)
		at += change_write(world, writer, text + at, sizeof(text) - at, &used);
	scene_do(&world->scene, device, text);
	if (chance(world, 4) == 0)
		replica_take(&world->bit_by_bit, scene_pull(&world->scene, &world->reader));
}

static void world_open(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	scene_open(&world->scene, "tests/schemas/bench");
	scene_team(&world->scene, "Zuid");
	for (int i = 0; i < 4; i++)
		scene_worker(&world->scene, names[i], "Zuid");
	for (int i = 0; i < WRITERS; i++)
		world->writers[i] = scene_device(&world->scene, names[i]);
	world->reader = scene_device(&world->scene, names[3]);
	for (int i = 0; i < HOUSES; i++) {
		char text[100];

		snprintf(text, sizeof(text), "insert huis #h%d lid_id=@%s gast_id=@%s", i, names[i],
			 names[(i + 1) % 4]);
		scene_do(&world->scene, &world->writers[i], text);
	}
}

TEST(what_always_holds_holds_after_any_story)
{
	static struct world world;
	static struct replica at_once;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		world_open(&world, seed);
		for (int i = 0; i < STEPS; i++) {
			step(&world);
			if (i % 10 == 9 && scene_check(&world.scene)[0] != '\0')
				FAIL("seed %d step %d: %s", (int)seed, i, scene_check(&world.scene));
			if (i % 40 == 39)
				scene_reopen(&world.scene);
		}
		replica_take(&world.bit_by_bit, scene_pull(&world.scene, &world.reader));
		memset(&at_once, 0, sizeof(at_once));
		replica_take(&at_once, scene_view_of(&world.scene, &world.reader));
		if (!is_same(&world.bit_by_bit, &at_once))
			FAIL("seed %d: bit by bit gives %d rows, at once %d", (int)seed, world.bit_by_bit.count,
			     at_once.count);
		scene_close(&world.scene);
	}
}
