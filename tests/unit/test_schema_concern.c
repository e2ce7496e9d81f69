/* Whom an item concerns: the rule, on rows made by hand. */
#include "core/schema/concern.h"

#include "core/schema/compile.h"
#include "tests/support/harness.h"

enum { MAP, LEESMAP, DICHT, ALLE, BIJNA_ALLE, NAMEN, OPEN };

/* lid: who is in a scope, until when and whether as lead.  map: members write and one leads; leesmap: the same, but nobody
 * writes; dicht: its members do not get the rows that say who they are. */
static const char tables[] = "CREATE TABLE medewerker(id BLOB PRIMARY KEY, naam TEXT) STRICT;"
			     "CREATE TABLE lid(id BLOB PRIMARY KEY, wie BLOB, map TEXT, tot TEXT, baas INTEGER) STRICT;"
			     "CREATE TABLE blad(id BLOB PRIMARY KEY, map TEXT) STRICT;";
static const char registry[] =
	"INSERT INTO sync_schema(id, name) VALUES(1, 'wie');"
	"INSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(1, 'medewerker', 't', 't'), (2, 'lid', 't', 't'),"
	" (3, 'blad', 't', 't');"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('medewerker', 'id', 'key', 't'),"
	" ('medewerker', 'naam', 'server', 't'), ('lid', 'id', 'key', 't'), ('lid', 'wie', 'first', 't'),"
	" ('lid', 'map', 'first', 't'), ('lid', 'tot', 'min', 't'), ('lid', 'baas', 'lww', 't'), ('blad', 'id', 'key', 't'),"
	" ('blad', 'map', 'first', 't');"
	"INSERT INTO sync_circle(no, name, members, writers, lead) VALUES"
	" (1, 'map', 'SELECT wie, NULL, tot FROM lid WHERE map = :scope', NULL,"
	"  'SELECT wie FROM lid WHERE map = :scope AND baas = 1'),"
	" (2, 'leesmap', 'SELECT wie, NULL, tot FROM lid WHERE map = :scope', '',"
	"  'SELECT wie FROM lid WHERE map = :scope AND baas = 1'),"
	" (3, 'dicht', 'SELECT wie FROM lid WHERE map = :scope', NULL, NULL),"
	" (4, 'alle', 'SELECT id FROM medewerker', '', NULL),"
	" (5, 'bijna_alle', 'SELECT id FROM medewerker WHERE naam IS NOT NULL', '', NULL),"
	" (6, 'namen', 'SELECT id FROM medewerker WHERE :scope IS NOT NULL AND naam IS NOT NULL', NULL, NULL),"
	" (7, 'open', 'SELECT id FROM medewerker WHERE :scope IS NOT NULL', NULL, NULL);"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('map', 'lid', 'SELECT :new_map'),"
	" ('leesmap', 'lid', 'SELECT :new_map'), ('dicht', 'lid', 'SELECT :new_map'),"
	" ('alle', 'medewerker', 'SELECT ''alle'''), ('bijna_alle', 'medewerker', 'SELECT ''alle'''),"
	" ('namen', 'medewerker', 'SELECT map FROM blad'), ('open', 'medewerker', 'SELECT map FROM blad');"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'map', 'map', 'map', '*'),"
	" ('lid', 'leesmap', 'map', 'leesmap', '*'), ('blad', 'dicht', 'map', 'dicht', '*'), ('blad', 'open', 'map', 'open', '*'),"
	" ('blad', 'namen', 'map', 'namen', '*'),"
	" ('medewerker', 'naam', '''alle''', 'bijna_alle', 'naam'), ('medewerker', 'alle', '''alle''', 'alle', 'id');"
	"INSERT INTO sync_directory(what, tbl, id, name) VALUES('worker', 'medewerker', 'id', 'naam');";

struct fixture {
	struct bsync_schema *schema;
	struct bsync_db db;
	struct bsync_arena arena;
	struct bsync_concerns concerns;
};

static bool fixture_open(struct fixture *fixture)
{
	static char text[6000];
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct bsync_schema_file file = {"0001_wie.sql", {0}};
	const struct bsync_schema_source source = {.file_count = 1, .files = &file};
	enum bsync_result result;

	memset(fixture, 0, sizeof *fixture);
	snprintf(text, sizeof text, "%s%s", tables, registry);
	file.sql = bsync_bytes_of_string(text);
	bsync_arena_init(&fixture->arena, 1 << 20);
	result = bsync_schema_compile(&source, &fixture->schema, NULL);
	if (result == BSYNC_OK)
		result = bsync_db_open(&fixture->db, NULL, &options);
	if (result == BSYNC_OK)
		result = bsync_db_exec(&fixture->db, tables);
	/* a, b and l of m, l leads; of x nobody leads; of y one leads who is not in it. */
	if (result == BSYNC_OK)
		result = bsync_db_exec(
			&fixture->db,
			"WITH n(wie, map, tot, baas) AS (VALUES('a', 'm', NULL, 0), ('b', 'm', NULL, 0),"
			" ('l', 'm', NULL, 1), ('a', 'x', '2026-01-02', 0), ('b', 'x', NULL, 0),"
			" ('a', 'y', NULL, 0), ('b', 'y', NULL, 0), ('l', 'y', '2026-01-01', 1))"
			"INSERT INTO lid SELECT randomblob(16), CAST(printf('%.16c', wie) AS BLOB), map, tot,"
			" baas FROM n");
	if (result == BSYNC_OK)
		result = bsync_concerns_begin(&fixture->concerns, &fixture->db, fixture->schema, &fixture->arena);
	return result == BSYNC_OK;
}

static void fixture_close(struct fixture *fixture)
{
	bsync_concerns_end(&fixture->concerns);
	bsync_schema_free(fixture->schema);
	bsync_db_close(&fixture->db);
	bsync_arena_clear(&fixture->arena);
}

/* Workers are one letter, sixteen times. */
static bool people_fill(struct fixture *fixture, const char *letters, struct bsync_people *people)
{
	bool is_done = true;

	for (const char *letter = letters; *letter != '\0'; letter++) {
		struct bsync_worker_id worker;

		memset(worker.bytes, *letter, BSYNC_ID_SIZE);
		is_done = bsync_people_add(&fixture->arena, people, &worker) == BSYNC_OK && is_done;
	}
	return is_done;
}

static const char *letters_of(const struct bsync_people *people)
{
	static char letters[40];
	size_t i = 0;

	for (; i < people->count && i + 1 < sizeof letters; i++)
		letters[i] = (char)people->list[i].bytes[0];
	letters[i] = '\0';
	return letters;
}

static struct bsync_concern_scope scope_of(uint32_t circle, const char *value)
{
	return (struct bsync_concern_scope){.circle = circle, .value = bsync_value_text(bsync_bytes_of_string(value))};
}

/* Whom an item of these authors concerns in a scope with these members. */
static const char *concerned(struct fixture *fixture, uint32_t circle, const char *value, const char *members,
			     const char *authors)
{
	const struct bsync_concern_scope scope = scope_of(circle, value);
	struct bsync_people in = {0}, by = {0};
	struct bsync_concern concern = {.is_everybody = false};

	if (!people_fill(fixture, members, &in) || !people_fill(fixture, authors, &by) ||
	    bsync_concerns_scope(&fixture->concerns, &scope, &in, &by, &concern) != BSYNC_OK)
		return "failed";
	bsync_concern_settle(&concern);
	return letters_of(&concern.people);
}

TEST(it_concerns_the_lead_and_the_authors_who_are_there)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(concerned(&fixture, MAP, "m", "abl", "a"), "al");
	CHECK_STR(concerned(&fixture, MAP, "m", "abl", "ba"), "abl");
	CHECK_STR(concerned(&fixture, MAP, "m", "abl", "l"), "l");
	fixture_close(&fixture);
}

TEST(an_author_who_left_is_not_concerned_and_the_lead_is)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(concerned(&fixture, MAP, "m", "bl", "a"), "l");
	CHECK_STR(concerned(&fixture, MAP, "m", "bl", "ab"), "bl");
	fixture_close(&fixture);
}

TEST(where_nobody_leads_or_who_leads_is_not_there_it_concerns_all)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(concerned(&fixture, MAP, "x", "ab", "a"), "ab");
	CHECK_STR(concerned(&fixture, MAP, "y", "ab", "z"), "ab");
	fixture_close(&fixture);
}

TEST(where_nobody_writes_and_nobody_leads_it_concerns_the_authors)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(concerned(&fixture, LEESMAP, "x", "ab", "a"), "a");
	CHECK_STR(concerned(&fixture, LEESMAP, "x", "ab", "z"), "");
	CHECK_STR(concerned(&fixture, LEESMAP, "m", "abl", "z"), "l");
	fixture_close(&fixture);
}

TEST(where_nobody_is_it_concerns_nobody)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK_STR(concerned(&fixture, MAP, "m", "", "a"), "");
	fixture_close(&fixture);
}

TEST(two_scopes_name_a_person_once_and_in_order)
{
	struct fixture fixture;
	const struct bsync_concern_scope both[2] = {scope_of(MAP, "m"), scope_of(LEESMAP, "m")};
	struct bsync_people in = {0}, by = {0};
	struct bsync_concern concern = {.is_everybody = false};

	CHECK(fixture_open(&fixture));
	CHECK(people_fill(&fixture, "labc", &in) && people_fill(&fixture, "cb", &by));
	CHECK_EQ(bsync_concerns_scope(&fixture.concerns, &both[0], &in, &by, &concern), BSYNC_OK);
	CHECK_EQ(bsync_concerns_scope(&fixture.concerns, &both[1], &in, &by, &concern), BSYNC_OK);
	bsync_concern_settle(&concern);
	CHECK_STR(letters_of(&concern.people), "bcl");
	concern.is_everybody = true;
	bsync_concern_settle(&concern);
	CHECK_EQ(concern.people.count, 0);
	fixture_close(&fixture);
}

TEST(members_are_those_whose_time_it_is)
{
	struct fixture fixture;
	const struct bsync_concern_scope scope = scope_of(MAP, "x");
	struct bsync_people now = {0}, later = {0};

	CHECK(fixture_open(&fixture));
	/* 2 and 3 January 2026. */
	CHECK_EQ(bsync_concerns_members(&fixture.concerns, &scope, INT64_C(1767312000000), &now), BSYNC_OK);
	CHECK_STR(letters_of(&now), "ab");
	CHECK_EQ(bsync_concerns_members(&fixture.concerns, &scope, INT64_C(1767398400000), &later), BSYNC_OK);
	CHECK_STR(letters_of(&later), "b");
	fixture_close(&fixture);
}

TEST(a_device_can_tell_members_by_the_rows_of_the_scope_and_those_that_everybody_has)
{
	struct fixture fixture;

	CHECK(fixture_open(&fixture));
	CHECK(fixture.schema->circles[MAP].knows_members);
	CHECK(fixture.schema->circles[LEESMAP].knows_members);
	CHECK(!fixture.schema->circles[DICHT].knows_members);
	CHECK(fixture.schema->circles[ALLE].knows_members);
	CHECK(fixture.schema->circles[BIJNA_ALLE].knows_members);
	/* Names go to a circle that is not of all. */
	CHECK(!fixture.schema->circles[NAMEN].knows_members);
	CHECK(fixture.schema->circles[OPEN].knows_members);
	fixture_close(&fixture);
}
