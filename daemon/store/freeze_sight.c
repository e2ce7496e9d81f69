/* freeze_sight.c: what somebody had seen, from what stands and what was replaced.
 *
 * Nothing that was ever written is gone: it stands, or it is in the history with the position at which it was replaced. */
#include <assert.h>
#include <string.h>

#include "daemon/store/freeze.h"
#include "daemon/store/line.h"

/* A line goes on from what its device had before. */
static bool is_own(const struct bsync_sight *sight, const struct bsync_version *version)
{
	return version->seq <= sight->seq && version->line == bsync_line_at(sight->lines, sight->line, version->seq);
}

bool bsync_sight_sees(const struct bsync_sight *sight, const struct bsync_version *version)
{
	assert(sight != NULL && version != NULL);
	return version->counter <= sight->base || is_own(sight, version);
}

/* A write of the line that the store had not given a place yet when its author had seen so much. */
static bool is_own_later(const struct bsync_sight *sight, const struct bsync_version *version)
{
	return version->counter > sight->base && is_own(sight, version);
}

static bool is_replaceable(enum bsync_rule rule)
{
	return rule == BSYNC_RULE_LWW || rule == BSYNC_RULE_ROLE || bsync_rule_asks(rule);
}

/* True when the row has an own later write in the cell. */
static bool has_own_later(const struct bsync_sight *sight, const struct bsync_witness *witness, uint32_t column)
{
	struct bsync_cells cells = witness->row.cells;
	const struct bsync_cell *cell = bsync_cells_find(&cells, column);

	for (uint32_t i = 0; cell != NULL && i < cell->count; i++) {
		if (!cell->standing[i].is_unwritten && is_own_later(sight, &cell->standing[i].version))
			return true;
	}
	for (uint32_t i = 0; i < witness->past_count; i++) {
		if (witness->past[i].column == column && is_own_later(sight, &witness->past[i].standing.version))
			return true;
	}
	return witness->copy != NULL && has_own_later(sight, witness->copy, column);
}

bool bsync_sight_saw(const struct bsync_sight *sight, const struct bsync_witness *witness, uint32_t column,
		     const struct bsync_standing *standing, const struct bsync_replacement *past)
{
	const struct bsync_column *of = &witness->row.sql->table->columns[column];

	if (!bsync_sight_sees(sight, &standing->version) || !is_replaceable(of->rule) ||
	    is_own(sight, &standing->version))
		return bsync_sight_sees(sight, &standing->version);
	/* What was replaced before is older than what the edit hid; what the author replaced lost to the edit. */
	if (past != NULL &&
	    (past->counter <= sight->base || memcmp(past->by.bytes, sight->worker.bytes, sizeof(past->by.bytes)) == 0))
		return true;
	return !has_own_later(sight, witness, column);
}

/* One cell in the making. */
struct seeing {
	struct bsync_act *act;
	const struct bsync_sight *sight;
	const struct bsync_column *column;
	struct bsync_cell *cell;
	bool is_own; /* only the line's own later writes count: its screen showed nothing else */
};

static enum bsync_result take(const struct seeing *seeing, const struct bsync_standing *standing)
{
	struct bsync_lines lines = bsync_base_merge_lines(&seeing->act->store->base);
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	struct bsync_replaced replaced = {0};
	/* It replaces by name, and names nothing. */
	struct bsync_cell_edit edit = {
		.kind = BSYNC_WRITE_VALUE,
		.value = &standing->value,
		.by_name = true,
		.version = standing->version,
	};

	enum bsync_result result = bsync_merge_cell(seeing->column, &lines, &seeing->act->store->work, seeing->cell,
						    &edit, &outcome, &replaced);

	/* The base of a text is that of the version, whatever it replaces here. */
	for (uint32_t i = 0; i < seeing->cell->count; i++) {
		const struct bsync_version *version = &seeing->cell->standing[i].version;

		if (version->line == standing->version.line && version->seq == standing->version.seq)
			seeing->cell->standing[i].base = standing->base;
	}
	return result;
}

/* `replaced`: the position at which it was replaced, or more than there is where it stands. */
static enum bsync_result consider(const struct seeing *seeing, const struct bsync_standing *standing, uint64_t replaced)
{
	const struct bsync_sight *sight = seeing->sight;
	bool was_seen = bsync_sight_sees(sight, &standing->version);

	if (seeing->is_own)
		was_seen = is_own_later(sight, &standing->version);
	else if (is_replaceable(seeing->column->rule))
		was_seen = standing->version.counter <= sight->base && replaced > sight->base;
	return was_seen && !standing->is_unwritten ? take(seeing, standing) : BSYNC_OK;
}

static enum bsync_result look(const struct seeing *seeing, const struct bsync_witness *witness, uint32_t column)
{
	struct bsync_cells cells = witness->row.cells;
	const struct bsync_cell *cell = bsync_cells_find(&cells, column);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; cell != NULL && i < cell->count && result == BSYNC_OK; i++)
		result = consider(seeing, &cell->standing[i], UINT64_MAX);
	for (uint32_t i = 0; i < witness->past_count && result == BSYNC_OK; i++) {
		const struct bsync_replacement *past = &witness->past[i];

		if (past->column == column)
			result = consider(seeing, &past->standing, past->counter);
	}
	return result;
}

enum bsync_result bsync_sight_cell(struct bsync_act *act, const struct bsync_sight *sight,
				   const struct bsync_witness *witness, uint32_t column, struct bsync_cell *cell,
				   struct bsync_value *value)
{
	struct bsync_lines lines = bsync_base_merge_lines(&act->store->base);
	struct bsync_shown shown;
	const struct bsync_row *row = &witness->row;
	struct bsync_standing *blank = bsync_arena_take(&act->store->work, sizeof(*blank));
	struct seeing seeing = {act, sight, &row->sql->table->columns[column], cell, false};
	enum bsync_result result = BSYNC_OK;

	assert(seeing.column->rule != BSYNC_RULE_COUNTER && seeing.column->rule != BSYNC_RULE_SET);
	if (blank == NULL)
		return BSYNC_NO_MEMORY;
	*blank = (struct bsync_standing){row->cells.born, bsync_value_null(), true, NULL};
	*cell = (struct bsync_cell){.column = column, .count = 1, .standing = blank};
	seeing.is_own = is_replaceable(seeing.column->rule);
	for (int pass = seeing.is_own ? 0 : 1; pass < 2 && result == BSYNC_OK; pass++) {
		result = look(&seeing, witness, column);
		if (result == BSYNC_OK && witness->copy != NULL)
			result = look(&seeing, witness->copy, column);
		if (!cell->standing[0].is_unwritten)
			break;
		seeing.is_own = false;
	}
	if (result == BSYNC_OK)
		result = bsync_merge_shown(seeing.column, &lines, &act->store->work, cell, &shown);
	if (result != BSYNC_OK)
		return result;
	/* Of values that stood beside each other only the shown one was seen; a text shows all of its own. */
	if (shown.is_conflict || (is_replaceable(seeing.column->rule) && seeing.column->rule != BSYNC_RULE_TEXT))
		cell->count = 1;
	*value = shown.value;
	return BSYNC_OK;
}

enum bsync_result bsync_sight_alive(struct bsync_act *act, const struct bsync_sight *sight,
				    const struct bsync_witness *witness, bool *is_alive)
{
	const struct bsync_row *row = &witness->row;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FATE_OF);
	bool has_row = false;
	bool has_own = false;
	bool own = false;
	enum bsync_result result;

	*is_alive = bsync_sight_sees(sight, &row->cells.born);
	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	result = bsync_db_step(statement, &has_row);
	/* A row of which a fate is written down was there before that began. */
	if (result == BSYNC_OK && has_row)
		*is_alive = true;
	while (result == BSYNC_OK && has_row) {
		const struct bsync_version version = {
			.counter = (uint64_t)bsync_db_int64(statement, 0),
			.line = (uint32_t)bsync_db_int64(statement, 1),
			.seq = (uint64_t)bsync_db_int64(statement, 2),
		};
		const enum bsync_fate fate = (enum bsync_fate)bsync_db_int64(statement, 3);

		/* Of its own deletes the author saw that the row went, whatever the store made of them. */
		if (is_own_later(sight, &version)) {
			has_own = true;
			own = fate == BSYNC_FATE_BACK;
		} else if (version.counter <= sight->base && fate != BSYNC_FATE_STAYED) {
			*is_alive = fate == BSYNC_FATE_BACK;
		}
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	if (has_own)
		*is_alive = own;
	return result;
}
