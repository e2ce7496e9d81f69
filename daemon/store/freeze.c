#include "daemon/store/freeze.h"

#include <assert.h>
#include <string.h>

#include "core/lattice.h"
#include "daemon/store/line.h"

static const char signed_reason[] = "this was signed";
static const char second_reason[] = "another signature stands, under other words";

static const struct bsync_freeze_part *part_of(const struct bsync_act *act, const struct bsync_table_sql *sql,
					       const struct bsync_freeze **freeze)
{
	const struct bsync_schema *schema = act->store->base.schema;

	return bsync_schema_freeze(schema, (uint32_t)(sql->table - schema->tables), freeze);
}

struct bsync_sight bsync_freeze_sight(const struct bsync_act *act, const struct bsync_signing *signing)
{
	return (struct bsync_sight){
		.lines = &act->store->base,
		.line = signing->version.line,
		.seq = signing->version.seq,
		.base = signing->base,
		.worker = bsync_base_author(&act->store->base, signing->version.line),
	};
}

static bool is_frozen_state(const struct bsync_freeze *freeze, const struct bsync_column *column,
			    const struct bsync_value *value)
{
	struct bsync_state state;

	assert(column->rule == BSYNC_RULE_ORDER && column->lattice != NULL);
	return bsync_lattice_read(column->lattice, value, &state) && !state.is_none &&
	       (freeze->frozen_states >> state.state & 1) != 0;
}

bool bsync_freeze_holds(const struct bsync_freeze *freeze, const struct bsync_row *root)
{
	assert(freeze != NULL);
	return root->is_live &&
	       is_frozen_state(freeze, &root->sql->table->columns[freeze->state], &root->values[freeze->state]);
}

const struct bsync_freeze *bsync_freeze_signs(const struct bsync_schema *schema, const struct bsync_change *change)
{
	const struct bsync_table *table = NULL;
	const struct bsync_freeze *freeze = NULL;
	const struct bsync_freeze_part *part = NULL;

	assert(schema != NULL && change != NULL);
	table = bsync_schema_table(schema, change->table_no);
	if (table != NULL)
		part = bsync_schema_freeze(schema, (uint32_t)(table - schema->tables), &freeze);
	for (uint32_t i = 0; part != NULL && part->parent < 0 && i < change->cell_count; i++) {
		const struct bsync_cell_write *write = &change->cells[i];

		if (write->kind == BSYNC_WRITE_VALUE && write->column_no == table->columns[freeze->state].no &&
		    is_frozen_state(freeze, &table->columns[freeze->state], &write->value))
			return freeze;
	}
	return NULL;
}

/* Reads the row that FREEZE_GET stands on. */
static enum bsync_result signing_read(sqlite3_stmt *row, struct bsync_signing *signing)
{
	signing->version = (struct bsync_version){
		.line = (uint32_t)bsync_db_int64(row, 0),
		.seq = (uint64_t)bsync_db_int64(row, 1),
		.counter = (uint64_t)bsync_db_int64(row, 2),
		.stamp_ms = bsync_db_int64(row, 3),
	};
	signing->base = (uint64_t)bsync_db_int64(row, 4);
	signing->has_fork = bsync_db_int64(row, 5) != 0;
	return bsync_db_copy(row, 6, signing->content.bytes, sizeof(signing->content.bytes)) ? BSYNC_OK
											     : BSYNC_STORAGE_CORRUPT;
}

enum bsync_result bsync_freeze_find(struct bsync_act *act, const struct bsync_freeze *freeze,
				    const struct bsync_value *root, struct bsync_signing *signing)
{
	struct bsync_store *store = act->store;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, FREEZE_GET);
	struct bsync_row row;
	enum bsync_result result = BSYNC_OK;

	assert(freeze != NULL && freeze->part_count != 0);
	*signing = (struct bsync_signing){.sql = &store->base.tables.tables[freeze->parts[0].table], .root = *root};
	if (root->kind != BSYNC_BLOB)
		return BSYNC_OK;
	result = bsync_key_copy(root, 1, &store->work, &signing->key);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, signing->sql->table->no);
	bsync_db_bind_blob(statement, 2, signing->key);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		result = signing_read(statement, signing);
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
	/* A round that began again has let go of what was signed. */
	result = bsync_row_by_key(&store->base, signing->sql, root, false, &store->work, &row);
	if (result == BSYNC_OK && bsync_freeze_holds(freeze, &row))
		signing->freeze = freeze;
	if (result == BSYNC_OK)
		result = bsync_freeze_key(act, &signing->version, root, &signing->fork);
	return result;
}

enum bsync_result bsync_freeze_put(struct bsync_act *act, const struct bsync_signing *signing)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FREEZE_PUT);
	struct bsync_bytes fork = {0};
	enum bsync_result result = bsync_key_copy(&signing->fork, 1, &act->store->work, &fork);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, signing->sql->table->no);
	bsync_db_bind_blob(statement, 2, signing->key);
	bsync_db_bind_int64(statement, 3, signing->version.line);
	bsync_db_bind_int64(statement, 4, (int64_t)signing->version.seq);
	bsync_db_bind_int64(statement, 5, (int64_t)signing->version.counter);
	bsync_db_bind_int64(statement, 6, signing->version.stamp_ms);
	bsync_db_bind_int64(statement, 7, (int64_t)signing->base);
	bsync_db_bind_int64(statement, 8, signing->has_fork);
	bsync_db_bind_data(statement, 9, signing->content.bytes, sizeof(signing->content.bytes));
	bsync_db_bind_blob(statement, 10, fork);
	return bsync_db_run(statement);
}

enum bsync_result bsync_freeze_fate(struct bsync_act *act, const struct bsync_row *row,
				    const struct bsync_version *version, uint64_t base, enum bsync_fate fate)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FATE_ADD);
	const struct bsync_freeze *freeze = NULL;
	const struct bsync_freeze_part *part = part_of(act, row->sql, &freeze);

	if (part == NULL || part->parent < 0)
		return BSYNC_OK;
	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_int64(statement, 3, (int64_t)version->counter);
	bsync_db_bind_int64(statement, 4, version->line);
	bsync_db_bind_int64(statement, 5, (int64_t)version->seq);
	bsync_db_bind_int64(statement, 6, version->stamp_ms);
	bsync_db_bind_int64(statement, 7, (int64_t)base);
	bsync_db_bind_int64(statement, 8, fate);
	return bsync_db_run(statement);
}

/* --- Judging --- */

/* What one change asks of the signature that it meets. */
struct meeting {
	struct bsync_act *act;
	struct bsync_plan *plan;
	const struct bsync_freeze *freeze;
	const struct bsync_freeze_part *part;
	struct bsync_signing *signing;
};

static uint64_t write_base(const struct bsync_act *act, const struct bsync_cell_write *write)
{
	return write->base_kind == BSYNC_BASE_OWN ? bsync_judge_base(act, write->base) : act->base;
}

/* True when who writes on that base knows of the signature. */
static bool knows(const struct meeting *meeting, uint64_t base)
{
	const struct bsync_version *signature = &meeting->signing->version;
	const struct bsync_version *own = &meeting->act->version;

	return base >= signature->counter ||
	       (own->seq > signature->seq &&
		bsync_line_at(&meeting->act->store->base, own->line, signature->seq) == signature->line);
}

static uint64_t row_base(const struct meeting *meeting)
{
	const struct bsync_change *change = meeting->plan->change;

	return change->has_base ? bsync_judge_base(meeting->act, change->base) : meeting->act->base;
}

/* The whole change waits for a person. */
static enum bsync_result turn_away(const struct meeting *meeting, enum bsync_judgement judgement, const char *reason)
{
	struct bsync_plan *plan = meeting->plan;

	if (meeting->act->is_store)
		return bsync_act_refuse(meeting->act, "%s", reason);
	plan->judgement = judgement;
	plan->reason = reason;
	return bsync_judge_concern(meeting->act, plan, &plan->written);
}

static const struct bsync_cell_write *write_of(const struct bsync_plan *plan, uint32_t column)
{
	const struct bsync_change *change = plan->change;

	for (uint32_t i = 0; i < change->cell_count; i++) {
		if (bsync_table_sql_column(plan->sql, change->cells[i].column_no) == (int)column)
			return &change->cells[i];
	}
	return NULL;
}

/* True when the changeset itself writes to a column of the row's copy: a cell has one version of it. */
static enum bsync_result copy_is_written(const struct meeting *meeting, uint32_t column_no, bool *out)
{
	const struct bsync_plan *plan = meeting->plan;
	const struct bsync_changeset *set = meeting->act->set;
	struct bsync_value key;
	enum bsync_result result = bsync_freeze_key(meeting->act, &meeting->signing->version, &plan->change->key[0],
						    &key);

	*out = false;
	for (uint32_t i = 0; result == BSYNC_OK && set != NULL && i < set->change_count; i++) {
		const struct bsync_change *change = &set->changes[i];

		if (change->table_no != plan->change->table_no || !bsync_value_equal(&change->key[0], &key))
			continue;
		for (uint32_t k = 0; k < change->cell_count; k++)
			*out = *out || change->cells[k].column_no == column_no;
	}
	return result;
}

/* The writes to frozen columns of a signed row: refused to who knows of the signature, the fork's from all others. */
static enum bsync_result cells_judge(const struct meeting *meeting)
{
	struct bsync_plan *plan = meeting->plan;

	for (uint32_t i = 0; i < plan->change->cell_count; i++) {
		const struct bsync_cell_write *write = &plan->change->cells[i];
		const uint32_t column = (uint32_t)bsync_table_sql_column(plan->sql, write->column_no);
		bool is_known = knows(meeting, write_base(meeting->act, write));
		enum bsync_result result = BSYNC_OK;

		if (!meeting->part->has_column[column] || bsync_mask_has(&plan->refused, column))
			continue;
		/* PROTOCOL 7.10: "Who writes to the copy too has seen it" */
		if (!is_known)
			result = copy_is_written(meeting, write->column_no, &is_known);
		if (result != BSYNC_OK)
			return result;
		if (!is_known) {
			bsync_mask_add(&plan->late, column);
			plan->signing = meeting->signing;
			continue;
		}
		if (meeting->act->is_store)
			return bsync_act_refuse(meeting->act, "%s", signed_reason);
		bsync_mask_add(&plan->refused, column);
		plan->reason = signed_reason;
	}
	return BSYNC_OK;
}

/* True when the changeset itself writes into what is signed. */
static bool touches_signed(const struct meeting *meeting)
{
	const struct bsync_changeset *set = meeting->act->set;
	struct bsync_tables *tables = &meeting->act->store->base.tables;

	for (uint32_t i = 0; set != NULL && i < set->change_count; i++) {
		const struct bsync_change *change = &set->changes[i];
		const struct bsync_freeze *freeze = NULL;
		const struct bsync_table_sql *sql = bsync_tables_find(tables, change->table_no);
		const struct bsync_freeze_part *part = sql != NULL ? part_of(meeting->act, sql, &freeze) : NULL;

		if (part == NULL || freeze != meeting->freeze)
			continue;
		if (change->kind != BSYNC_CHANGE_UPDATE)
			return true;
		for (uint32_t k = 0; k < change->cell_count; k++) {
			const int column = bsync_table_sql_column(sql, change->cells[k].column_no);

			if (column >= 0 && part->has_column[column])
				return true;
		}
	}
	return false;
}

/* PROTOCOL 7.10: "Of two signatures that had not seen each other the first that the store took stands; the other is nothing new
 * when it is over the same content, else an inbox item `late`." */
static enum bsync_result second_judge(const struct meeting *meeting, uint64_t base)
{
	struct bsync_act *act = meeting->act;
	const struct bsync_sight sight = {&act->store->base, act->version.line, act->version.seq, base, act->author};
	struct bsync_witnesses witnesses = {0};
	struct bsync_digest content = {{0}};
	enum bsync_result result = BSYNC_OK;

	if (touches_signed(meeting))
		return turn_away(meeting, BSYNC_LATE, second_reason);
	result = bsync_freeze_gather(act, meeting->signing, &sight, &witnesses);
	if (result == BSYNC_OK)
		result = bsync_freeze_content(act, meeting->signing, &sight, &witnesses, &content);
	if (result != BSYNC_OK)
		return result;
	if (memcmp(content.bytes, meeting->signing->content.bytes, sizeof(content.bytes)) == 0)
		return BSYNC_OK;
	return turn_away(meeting, BSYNC_LATE, second_reason);
}

static enum bsync_result root_judge(struct meeting *meeting)
{
	struct bsync_plan *plan = meeting->plan;
	const struct bsync_table *table = plan->sql->table;
	const uint32_t state = meeting->freeze->state;
	const struct bsync_cell_write *write = write_of(plan, state);
	const bool signs = write != NULL && write->kind == BSYNC_WRITE_VALUE &&
			   is_frozen_state(meeting->freeze, &table->columns[state], &write->value);
	enum bsync_result result = BSYNC_OK;

	if (plan->row != NULL && plan->row->is_live)
		result = bsync_freeze_find(meeting->act, meeting->freeze, &plan->values[table->key[0]],
					   meeting->signing);
	if (result != BSYNC_OK)
		return result;
	if (meeting->signing->freeze == NULL) {
		plan->is_signature = signs;
		plan->is_plain = plan->is_plain && !signs;
		if (signs)
			plan->sign_base = write_base(meeting->act, write);
		return BSYNC_OK;
	}
	if (plan->change->kind == BSYNC_CHANGE_DELETE)
		return knows(meeting, row_base(meeting)) ? turn_away(meeting, BSYNC_REFUSED, signed_reason) : BSYNC_OK;
	if (signs && !knows(meeting, write_base(meeting->act, write)))
		result = second_judge(meeting, write_base(meeting->act, write));
	return result == BSYNC_OK && plan->judgement == BSYNC_ALLOWED ? cells_judge(meeting) : result;
}

static bool is_place(const struct bsync_plan *plan, uint64_t scope)
{
	if (plan->row != NULL && plan->row->is_live) {
		for (uint32_t i = 0; i < plan->row->cells.entry_count; i++) {
			if (plan->row->cells.entries[i].scope == scope)
				return true;
		}
		return false;
	}
	for (uint32_t i = 0; i < plan->sql->table->face_count; i++) {
		if (plan->scopes[i] != NULL && plan->scopes[i]->no == scope)
			return true;
	}
	return false;
}

/* The signature that holds what hangs on `root`.  A row in no scope of the root hangs on it by name alone: what is signed
 * together travels together. */
static enum bsync_result holder_find(const struct meeting *meeting, const struct bsync_value *root)
{
	struct bsync_store *store = meeting->act->store;
	struct bsync_signing *signing = meeting->signing;
	struct bsync_row row;
	enum bsync_result result = bsync_freeze_find(meeting->act, meeting->freeze, root, signing);

	if (result != BSYNC_OK || signing->freeze == NULL)
		return result;
	result = bsync_row_by_key(&store->base, signing->sql, &signing->root, false, &store->work, &row);
	for (uint32_t i = 0; result == BSYNC_OK && i < row.cells.entry_count; i++) {
		if (is_place(meeting->plan, row.cells.entries[i].scope))
			return BSYNC_OK;
	}
	signing->freeze = NULL;
	return result;
}

/* A row that comes to hang on a signed root: an insert, one that comes back, one that is moved there. */
static enum bsync_result arrival_judge(struct meeting *meeting, bool is_live)
{
	struct bsync_plan *plan = meeting->plan;
	const uint32_t parent = (uint32_t)meeting->part->parent;
	const struct bsync_cell_write *write = write_of(plan, parent);
	enum bsync_result result = BSYNC_OK;

	if (is_live && write == NULL)
		return BSYNC_OK;
	result = holder_find(meeting, &plan->values[parent]);
	if (result != BSYNC_OK || meeting->signing->freeze == NULL)
		return result;
	if (!knows(meeting, write != NULL ? write_base(meeting->act, write) : meeting->act->base)) {
		plan->signing = meeting->signing;
		plan->is_adopted = true;
		plan->is_plain = false;
		return BSYNC_OK;
	}
	if (!is_live || meeting->act->is_store)
		return turn_away(meeting, BSYNC_REFUSED, signed_reason);
	bsync_mask_add(&plan->refused, parent);
	plan->reason = signed_reason;
	return BSYNC_OK;
}

/* A row that leaves a signed root for another: who knows that this one is signed too may not, whatever is known of the first. */
static enum bsync_result departure_judge(const struct meeting *meeting)
{
	struct bsync_plan *plan = meeting->plan;
	const uint32_t parent = (uint32_t)meeting->part->parent;
	const struct bsync_cell_write *write = write_of(plan, parent);
	struct bsync_signing signing;
	const struct meeting there = {meeting->act, plan, meeting->freeze, meeting->part, &signing};
	enum bsync_result result = BSYNC_OK;

	if (write == NULL)
		return BSYNC_OK;
	result = bsync_freeze_find(meeting->act, meeting->freeze, &plan->values[parent], &signing);
	if (result != BSYNC_OK || signing.freeze == NULL || !knows(&there, write_base(meeting->act, write)))
		return result;
	if (meeting->act->is_store)
		return bsync_act_refuse(meeting->act, "%s", signed_reason);
	bsync_mask_add(&plan->refused, parent);
	plan->reason = signed_reason;
	return BSYNC_OK;
}

/* A row that hangs on a fork: its author is told where it has gone, unless he knows. */
static enum bsync_result forked_judge(struct meeting *meeting)
{
	struct bsync_plan *plan = meeting->plan;
	struct bsync_store *store = meeting->act->store;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, FREEZE_BY_FORK);
	const struct bsync_value *parent = &plan->row->values[meeting->part->parent];
	struct bsync_bytes fork = {0};
	struct bsync_value *root = NULL;
	uint32_t count = 0;
	enum bsync_result result = bsync_key_copy(parent, 1, &store->work, &fork);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, store->base.tables.tables[meeting->freeze->parts[0].table].table->no);
	bsync_db_bind_blob(statement, 2, fork);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		result = bsync_values_copy(bsync_db_bytes(statement, 0), &store->work, 1, &root, &count);
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
	result = count == 1 ? bsync_freeze_find(meeting->act, meeting->freeze, root, meeting->signing)
			    : BSYNC_STORAGE_CORRUPT;
	for (uint32_t i = 0; result == BSYNC_OK && meeting->signing->freeze != NULL && i < plan->change->cell_count;
	     i++) {
		if (!knows(meeting, write_base(meeting->act, &plan->change->cells[i])))
			plan->tells = meeting->signing;
	}
	return result;
}

static enum bsync_result child_judge(struct meeting *meeting)
{
	struct bsync_plan *plan = meeting->plan;
	const bool is_live = plan->row != NULL && plan->row->is_live;
	const bool is_delete = plan->change->kind == BSYNC_CHANGE_DELETE;
	enum bsync_result result = BSYNC_OK;

	if (is_live)
		result = holder_find(meeting, &plan->row->values[meeting->part->parent]);
	if (result != BSYNC_OK)
		return result;
	if (meeting->signing->freeze == NULL && !is_delete) {
		result = arrival_judge(meeting, is_live);
		if (result != BSYNC_OK || meeting->signing->freeze != NULL || plan->row == NULL ||
		    plan->row->values == NULL)
			return result;
		return forked_judge(meeting);
	}
	if (meeting->signing->freeze == NULL)
		return BSYNC_OK;
	if (!is_delete) {
		result = departure_judge(meeting);
		return result == BSYNC_OK ? cells_judge(meeting) : result;
	}
	if (knows(meeting, row_base(meeting)))
		return turn_away(meeting, BSYNC_REFUSED, signed_reason);
	plan->signing = meeting->signing;
	return BSYNC_OK;
}

enum bsync_result bsync_freeze_judge(struct bsync_act *act, struct bsync_plan *plan)
{
	struct meeting meeting = {.act = act, .plan = plan};

	assert(plan->sql != NULL);
	if (plan->judgement != BSYNC_ALLOWED)
		return BSYNC_OK;
	meeting.part = part_of(act, plan->sql, &meeting.freeze);
	if (meeting.part == NULL)
		return BSYNC_OK;
	meeting.signing = bsync_arena_take(&act->store->work, sizeof(*meeting.signing));
	if (meeting.signing == NULL)
		return BSYNC_NO_MEMORY;
	return meeting.part->parent < 0 ? root_judge(&meeting) : child_judge(&meeting);
}
