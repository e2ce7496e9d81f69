/* states.c: the arguments of rule `order`: its states, their joins, and the proof that the joins hang on no order. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/lattice.h"

enum { UNSET = 0xff };

/* The column at hand. */
struct states {
	struct bsync_schema_build *build;
	const struct bsync_table *table;
	const struct bsync_column *column;
	const char *args;
	struct bsync_schema_place place;
	struct bsync_lattice *lattice;
	bool is_good;
};

static void complain(struct states *states, const char *what, const char *a, const char *b)
{
	bsync_schema_report_error(states->build->report, states->place, "column %s.%s, rule order: %s%s%s%s%s",
				  states->table->name, states->column->name, what, a != NULL ? " " : "",
				  a != NULL ? a : "", b != NULL ? " and " : "", b != NULL ? b : "");
	states->is_good = false;
}

/* Calls `each` for the rows of a query that binds the arguments as ?1. */
static enum bsync_result rows_read(struct states *states, const char *sql,
				   void (*each)(struct states *states, sqlite3_stmt *row))
{
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&states->build->db, sql, &row);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, states->args);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		each(states, row);
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

static void shape_take(struct states *states, sqlite3_stmt *row)
{
	const char *key = bsync_db_string(row, 0);
	const char *type = bsync_db_string(row, 1);

	if (strcmp(key, "rounds") == 0 && (strcmp(type, "true") == 0 || strcmp(type, "false") == 0))
		states->lattice->has_rounds = strcmp(type, "true") == 0;
	else if ((strcmp(key, "states") != 0 && strcmp(key, "joins") != 0) || strcmp(type, "array") != 0)
		complain(states, "it takes states (a list), joins (a list) and rounds (true or false), not", key, NULL);
}

static void state_take(struct states *states, sqlite3_stmt *row)
{
	struct bsync_lattice *lattice = states->lattice;
	const char *name = bsync_db_string(row, 0);
	const size_t size = name != NULL ? strlen(name) : 0;

	if (size == 0 || size > BSYNC_STATE_NAME_MAX || strchr(name, '/') != NULL)
		complain(states, "the name of a state has 1 to 64 bytes and no '/':", name, NULL);
	else if (bsync_lattice_find(lattice, name) >= 0)
		complain(states, "it lists a state twice:", name, NULL);
	else if (lattice->count == BSYNC_STATES_MAX)
		complain(states, "it has more than 32 states, from", name, NULL);
	else
		memcpy(lattice->names[lattice->count++], name, size + 1);
}

static void join_take(struct states *states, sqlite3_stmt *row)
{
	struct bsync_lattice *lattice = states->lattice;
	const int a = bsync_lattice_find(lattice, bsync_db_string(row, 0));
	const int b = bsync_lattice_find(lattice, bsync_db_string(row, 1));
	const int join = bsync_lattice_find(lattice, bsync_db_string(row, 2));

	if (a < 0 || b < 0 || join < 0 || bsync_db_int64(row, 3) != 3) {
		complain(states, "a join names three of its states, [a, b, what both make]:", bsync_db_string(row, 4),
			 NULL);
		return;
	}
	lattice->join[a][b] = (uint8_t)join;
	if (lattice->join[b][a] == UNSET)
		lattice->join[b][a] = (uint8_t)join;
}

static void joins_check(struct states *states)
{
	const struct bsync_lattice *lattice = states->lattice;
	const char *flaw = NULL;
	uint32_t a = 0, b = 0, c = 0;

	for (a = 0; a < lattice->count; a++) {
		for (b = 0; b < a; b++) {
			if (lattice->join[a][b] == UNSET)
				complain(states, "no join is given for", lattice->names[b], lattice->names[a]);
		}
	}
	if (!states->is_good)
		return;
	flaw = bsync_lattice_flaw(lattice, &a, &b, &c);
	if (flaw == NULL)
		return;
	bsync_schema_report_error(
		states->build->report, states->place,
		"column %s.%s, rule order: the joins are not %s, see %s, %s and %s; the result would depend on which "
		"device comes first",
		states->table->name, states->column->name, flaw, lattice->names[a], lattice->names[b],
		lattice->names[c]);
	states->is_good = false;
}

static enum bsync_result args_read(struct states *states)
{
	struct bsync_lattice *lattice = states->lattice;
	enum bsync_result result = rows_read(
		states, "SELECT key, type FROM json_each(?1) WHERE json_type(?1) = 'object'", shape_take);

	if (result == BSYNC_OK && states->is_good)
		result = rows_read(states, "SELECT value FROM json_each(?1, '$.states') WHERE type = 'text'",
				   state_take);
	if (result != BSYNC_OK || !states->is_good)
		return result;
	if (lattice->count < 2)
		complain(states, "it lists fewer than two states", NULL, NULL);
	bsync_lattice_chain(lattice);
	for (uint32_t i = 0; i < lattice->count; i++) {
		for (uint32_t j = 0; j < lattice->count && strstr(states->args, "\"joins\"") != NULL; j++)
			lattice->join[i][j] = i == j ? (uint8_t)i : UNSET;
	}
	result = rows_read(states,
			   "SELECT triple ->> 0, triple ->> 1, triple ->> 2, json_array_length(triple), value FROM"
			   " (SELECT value, CASE type WHEN 'array' THEN value ELSE '[]' END AS triple"
			   " FROM json_each(?1, '$.joins'))",
			   join_take);
	if (result == BSYNC_OK && states->is_good)
		joins_check(states);
	return result;
}

enum bsync_result bsync_schema_states_load(struct bsync_schema_build *build, const struct bsync_table *table,
					   struct bsync_column *column, const char *args,
					   struct bsync_schema_place place)
{
	struct states states = {
		.build = build, .table = table, .column = column, .args = args, .place = place, .is_good = true};
	sqlite3_stmt *valid = NULL;
	bool is_json = false;
	enum bsync_result result = BSYNC_OK;

	assert(build != NULL && column != NULL);
	column->lattice = calloc(1, sizeof(*column->lattice));
	if (column->lattice == NULL)
		return BSYNC_NO_MEMORY;
	states.lattice = column->lattice;
	result = bsync_db_prepare(&build->db,
				  "SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'object' ELSE 0 END", &valid);
	if (result == BSYNC_OK) {
		bsync_db_bind_string(valid, 1, args);
		result = bsync_db_row(valid);
	}
	is_json = result == BSYNC_OK && bsync_db_int64(valid, 0) != 0;
	bsync_db_finalize(&valid);
	if (result == BSYNC_OK && !is_json)
		complain(&states, "its args are a JSON object, like {\"states\": [\"open\", \"klaar\"]}", NULL, NULL);
	return result == BSYNC_OK && is_json ? args_read(&states) : result;
}
