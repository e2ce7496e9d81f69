/* freeze.c: load what a signature freezes, and check that it can. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/lattice.h"

static_assert(BSYNC_STATES_MAX <= 32, "a state is a bit of frozen_states");

/* The row of the registry at hand. */
struct freezing {
	struct bsync_schema_build *build;
	struct bsync_schema_place place;
	struct bsync_freeze *freeze;
	const struct bsync_table *table; /* of the part at hand */
	struct bsync_freeze_part *part;
};

/* Adds the part of table `name`; leaves freezing->part NULL when it can be none. */
static void part_add(struct freezing *freezing, const char *name)
{
	assert(name != NULL);
	struct bsync_schema *schema = freezing->build->schema;
	struct bsync_schema_report *report = freezing->build->report;
	const int index = bsync_schema_table_index(schema, name);
	const struct bsync_freeze *other = NULL;

	if (index < 0) {
		bsync_schema_report_error(report, freezing->place, "a freeze names %s, which is not a synced table",
					  name);
		return;
	}
	freezing->table = &schema->tables[index];
	if (bsync_schema_freeze(schema, (uint32_t)index, &other) != NULL) {
		bsync_schema_report_error(report, freezing->place,
					  "table %s is in two freezes; a row belongs to one signature", name);
		return;
	}
	if (freezing->table->key_count != 1 ||
	    freezing->table->columns[freezing->table->key[0]].affinity != BSYNC_AFFINITY_BLOB)
		bsync_schema_report_error(report, freezing->place,
					  "table %s is frozen and its key is not one BLOB; the key of a copy is made "
					  "from it, 16 bytes",
					  name);
	if (freezing->table->is_append_only)
		bsync_schema_report_error(report, freezing->place,
					  "table %s is append-only, so its rows never change; leave it out of the "
					  "freeze",
					  name);
	if (freezing->table->deletes_win)
		bsync_schema_report_error(report, freezing->place,
					  "deletes of table %s win, and what was signed stays though somebody deleted "
					  "it; leave deletes out",
					  name);
	for (uint32_t i = 0; i < schema->dep_count; i++) {
		if (schema->deps[i].table != (uint32_t)index)
			continue;
		bsync_schema_report_error(
			freezing->build->report, freezing->place,
			"table %s decides who is in circle %s; a copy of its rows would let people in", name,
			schema->circles[schema->deps[i].circle].name);
		return;
	}
	if (freezing->freeze->part_count == BSYNC_FREEZE_PARTS_MAX) {
		bsync_schema_report_error(report, freezing->place, "a freeze has more than %d tables",
					  BSYNC_FREEZE_PARTS_MAX);
		return;
	}
	freezing->part = &freezing->freeze->parts[freezing->freeze->part_count++];
	freezing->part->table = (uint32_t)index;
	freezing->part->parent = -1;
}

/* The index of a column that the freeze needs in each store; -1 when it is not there or does not travel. */
static int column_find(const struct freezing *freezing, const char *name)
{
	assert(name != NULL);
	const struct bsync_table *table = freezing->table;
	const int column = bsync_table_column_named(table, name);

	if (column < 0 || !table->columns[column].travels) {
		bsync_schema_report_error(freezing->build->report, freezing->place,
					  "a freeze names the column %s.%s, which is not there or in no face",
					  table->name, name);
		return -1;
	}
	return column;
}

/* What a signature puts back are versions as they were, told from the history. */
static bool can_freeze(enum bsync_rule rule)
{
	switch (rule) {
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_ROLE:
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
		return true;
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_COUNTER:
	case BSYNC_RULE_SET:
	case BSYNC_RULE_ORDER:
		return false;
	}
	return false;
}

/* Columns of a group move together, or stay together. */
static void groups_check(const struct freezing *freezing)
{
	const struct bsync_table *table = freezing->table;

	for (uint32_t i = 0; i < table->column_count; i++) {
		for (uint32_t k = 0; k < table->column_count; k++) {
			if (freezing->part->has_column[i] && !freezing->part->has_column[k] &&
			    bsync_column_same_group(&table->columns[i], &table->columns[k]))
				bsync_schema_report_error(
					freezing->build->report, freezing->place,
					"column %s.%s is frozen and %s.%s of its group is not; freeze "
					"both or neither",
					table->name, table->columns[i].name, table->name, table->columns[k].name);
		}
	}
}

/* Marks the frozen columns; `apart` is the root's state, or a child's parent. */
static void columns_take(struct freezing *freezing, const char *list, int apart)
{
	assert(freezing->part != NULL);
	const struct bsync_table *table = freezing->table;
	bool *has_column = freezing->part->has_column;
	const bool is_all = bsync_schema_columns_list(freezing->build, table, "the freeze", list, freezing->place,
						      has_column);
	const bool is_root = freezing->part->parent < 0;

	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct bsync_column *column = &table->columns[i];

		if (has_column[i] && (column->is_key || (is_root && (int)i == apart)))
			bsync_schema_report_error(freezing->build->report, freezing->place,
						  "column %s.%s can not be frozen: the key never changes, and the "
						  "state goes on",
						  table->name, column->name);
		has_column[i] = has_column[i] || (is_all && !column->is_key && column->travels && (int)i != apart);
		if (has_column[i] && !column->is_key && (int)i != apart && !can_freeze(column->rule))
			bsync_schema_report_error(
				freezing->build->report, freezing->place,
				"column %s.%s has the rule %s and can not be frozen; a frozen "
				"column is lww, keep, text, role, first, max or min, so name the columns",
				table->name, column->name, bsync_rule_name(column->rule));
	}
	if (!is_root)
		has_column[apart] = true;
	groups_check(freezing);
}

/* Reads the list of states that mean signed. */
static enum bsync_result frozen_read(struct freezing *freezing, const char *json, const struct bsync_lattice *lattice)
{
	/* The elements of a list have numbers for keys. */
	static const char sql[] =
		"SELECT value, type = 'text' FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '[]' END)"
		" WHERE typeof(key) = 'integer'";
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&freezing->build->db, sql, &row);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, json);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		const char *name = bsync_db_string(row, 0);
		const int state = bsync_db_int64(row, 1) != 0 ? bsync_lattice_find(lattice, name) : -1;

		if (state < 0)
			bsync_schema_report_error(freezing->build->report, freezing->place,
						  "the freeze of table %s names %s, which is no state of %s",
						  freezing->table->name, name != NULL ? name : "null",
						  freezing->table->columns[freezing->freeze->state].name);
		else
			freezing->freeze->frozen_states |= UINT32_C(1) << state;
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

/* Which states are frozen must not depend on whose state came first. */
static void joins_check(const struct freezing *freezing, const struct bsync_lattice *lattice)
{
	const uint32_t frozen = freezing->freeze->frozen_states;

	for (uint32_t a = 0; a < lattice->count; a++) {
		for (uint32_t b = 0; b <= a; b++) {
			const bool is_signed = ((frozen >> a | frozen >> b) & 1) != 0;
			const bool is_frozen = (frozen >> lattice->join[a][b] & 1) != 0;

			if (is_signed != is_frozen)
				bsync_schema_report_error(freezing->build->report, freezing->place,
							  "the freeze of table %s: %s and %s make %s, so %s",
							  freezing->table->name, lattice->names[b], lattice->names[a],
							  lattice->names[lattice->join[a][b]],
							  is_frozen ? "it would be frozen and nobody signed"
								    : "what was signed would come loose");
		}
	}
}

static enum bsync_result states_take(struct freezing *freezing, const char *frozen, const char *fork)
{
	const struct bsync_column *column = &freezing->table->columns[freezing->freeze->state];
	struct bsync_schema_report *report = freezing->build->report;
	int state = -1;
	enum bsync_result result;

	if (column->is_key || column->rule != BSYNC_RULE_ORDER) {
		bsync_schema_report_error(report, freezing->place,
					  "the state %s.%s that freezes has not the rule order; only a state that does "
					  "not go back means signed",
					  freezing->table->name, column->name);
		return BSYNC_OK;
	}
	result = frozen_read(freezing, frozen, column->lattice);
	if (result != BSYNC_OK)
		return result;
	if (freezing->freeze->frozen_states == 0)
		bsync_schema_report_error(report, freezing->place,
					  "the freeze of table %s names no state that means signed; give a JSON list, "
					  "like [\"ondertekend\"]",
					  freezing->table->name);
	joins_check(freezing, column->lattice);
	state = bsync_lattice_find(column->lattice, fork);
	if (state < 0)
		bsync_schema_report_error(report, freezing->place,
					  "the freeze of table %s gives a copy the state %s, which is no state of %s",
					  freezing->table->name, fork, column->name);
	else if ((freezing->freeze->frozen_states >> state & 1) != 0)
		bsync_schema_report_error(report, freezing->place,
					  "the freeze of table %s gives a copy the state %s, which is itself frozen",
					  freezing->table->name, fork);
	else
		freezing->freeze->fork = (uint32_t)state;
	return BSYNC_OK;
}

static enum bsync_result freeze_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	const char *tbl = bsync_db_string(row, 0);
	struct freezing freezing = {
		.build = build,
		.place = bsync_schema_place_row(build, BSYNC_REGISTRY_FREEZE, bsync_db_int64(row, 5), tbl, NULL),
	};
	int state = -1;

	if (schema->freeze_count == BSYNC_FREEZES_MAX) {
		bsync_schema_report_error(build->report, freezing.place, "there are more than %d freezes",
					  BSYNC_FREEZES_MAX);
		return BSYNC_OK;
	}
	freezing.freeze = &schema->freezes[schema->freeze_count];
	freezing.freeze->parts = calloc(BSYNC_FREEZE_PARTS_MAX, sizeof(*freezing.freeze->parts));
	if (freezing.freeze->parts == NULL)
		return BSYNC_NO_MEMORY;
	schema->freeze_count++;
	part_add(&freezing, tbl);
	if (freezing.part == NULL)
		return BSYNC_OK;
	state = column_find(&freezing, bsync_db_string(row, 1));
	if (state < 0)
		return BSYNC_OK;
	freezing.freeze->state = (uint32_t)state;
	columns_take(&freezing, bsync_db_string(row, 3), state);
	return states_take(&freezing, bsync_db_string(row, 2), bsync_db_string(row, 4));
}

/* A child is looked for in the scopes of its root. */
static bool shares_circle(const struct bsync_table *a, const struct bsync_table *b)
{
	for (uint32_t i = 0; i < a->face_count; i++) {
		for (uint32_t k = 0; k < b->face_count; k++) {
			if (a->faces[i].circle == b->faces[k].circle)
				return true;
		}
	}
	return false;
}

static enum bsync_result child_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	const char *root = bsync_db_string(row, 0);
	const char *tbl = bsync_db_string(row, 1);
	struct freezing freezing = {
		.build = build,
		.place = bsync_schema_place_row(build, BSYNC_REGISTRY_FREEZE_CHILD, bsync_db_int64(row, 4), root, tbl),
	};
	const struct bsync_table *root_table = NULL;
	int parent = -1;

	for (uint32_t i = 0; i < schema->freeze_count && root_table == NULL; i++) {
		freezing.freeze = &schema->freezes[i];
		if (freezing.freeze->part_count == 0)
			continue;
		root_table = &schema->tables[freezing.freeze->parts[0].table];
		if (strcmp(root_table->name, root) != 0)
			root_table = NULL;
	}
	if (root_table == NULL) {
		bsync_schema_report_error(build->report, freezing.place,
					  "table %s hangs on %s in a freeze, but sync_freeze has no such table", tbl,
					  root);
		return BSYNC_OK;
	}
	part_add(&freezing, tbl);
	parent = freezing.part != NULL ? column_find(&freezing, bsync_db_string(row, 2)) : -1;
	if (parent < 0)
		return BSYNC_OK;
	freezing.part->parent = parent;
	const struct bsync_column *column = &freezing.table->columns[parent];
	if (column->is_key || column->affinity != BSYNC_AFFINITY_BLOB ||
	    (column->rule != BSYNC_RULE_LWW && column->rule != BSYNC_RULE_FIRST))
		bsync_schema_report_error(
			build->report, freezing.place,
			"column %s.%s names the row that a row hangs on; it is a BLOB of the rule lww "
			"or first",
			tbl, column->name);
	if (!shares_circle(root_table, freezing.table))
		bsync_schema_report_error(build->report, freezing.place,
					  "no face of table %s is for a circle that has table %s too; what is signed "
					  "together travels together",
					  tbl, root);
	columns_take(&freezing, bsync_db_string(row, 3), parent);
	return BSYNC_OK;
}

enum bsync_result bsync_schema_load_freezes(struct bsync_schema_build *build)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	enum bsync_result result = BSYNC_OK;

	schema->freezes = calloc(BSYNC_FREEZES_MAX, sizeof(*schema->freezes));
	if (schema->freezes == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_schema_rows_load(
		build, "SELECT tbl, state, frozen, columns, fork, rowid FROM sync_freeze ORDER BY rowid", freeze_load);
	if (result != BSYNC_OK)
		return result;
	return bsync_schema_rows_load(
		build, "SELECT root, tbl, parent, columns, rowid FROM sync_freeze_child ORDER BY rowid", child_load);
}
