/* freeze_sign.c: a signature comes, after work that its signer had not seen. */
#include <assert.h>
#include <string.h>

#include "daemon/store/deletes.h"
#include "daemon/store/freeze.h"
#include "daemon/store/item.h"

/* A delete that the signer had not seen. */
struct late_delete {
	struct bsync_version version;
	uint64_t base;
};

struct late_deletes {
	struct late_delete *list;
	uint32_t count, capacity;
};

struct author {
	struct bsync_worker_id worker;
	struct bsync_version version; /* its first */
};

/* One signature at work. */
struct signature {
	struct bsync_act *act;
	struct bsync_signing signing;
	struct bsync_sight sight;
	struct bsync_witnesses witnesses;
	struct author *authors;
	uint32_t author_count, author_capacity;
	uint32_t noted; /* how often an author was */
};

static enum bsync_result author_note(struct signature *signature, const struct bsync_version *version)
{
	struct bsync_act *act = signature->act;
	const struct bsync_worker_id worker = bsync_base_author(&act->store->base, version->line);
	struct author *author = NULL;

	signature->noted++;
	for (uint32_t i = 0; i < signature->author_count && author == NULL; i++) {
		if (memcmp(signature->authors[i].worker.bytes, worker.bytes, BSYNC_ID_SIZE) == 0)
			author = &signature->authors[i];
	}
	if (author == NULL) {
		if (!bsync_act_grow(act, &signature->authors, signature->author_count, &signature->author_capacity,
				    sizeof(*author)))
			return BSYNC_NO_MEMORY;
		author = &signature->authors[signature->author_count++];
		*author = (struct author){worker, *version};
	}
	if (author->version.line == version->line ? version->seq < author->version.seq
						  : version->stamp_ms < author->version.stamp_ms)
		author->version = *version;
	return BSYNC_OK;
}

static bool is_late(const struct signature *signature, const struct bsync_witness *witness, uint32_t column,
		    const struct bsync_standing *standing, const struct bsync_replacement *past)
{
	return !standing->is_unwritten && !bsync_sight_saw(&signature->sight, witness, column, standing, past);
}

/* Notes the authors of what the signer had not seen of frozen columns, or of `all`. */
static enum bsync_result cells_note(struct signature *signature, const struct bsync_witness *witness, bool all)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < witness->row.cells.cell_count; i++) {
		const struct bsync_cell *cell = &witness->row.cells.cells[i];

		for (uint32_t k = 0; k < cell->count && result == BSYNC_OK; k++) {
			if ((all || witness->part->has_column[cell->column]) &&
			    is_late(signature, witness, cell->column, &cell->standing[k], NULL))
				result = author_note(signature, &cell->standing[k].version);
		}
	}
	for (uint32_t i = 0; i < witness->past_count && result == BSYNC_OK; i++) {
		const struct bsync_replacement *past = &witness->past[i];

		if ((all || witness->part->has_column[past->column]) &&
		    is_late(signature, witness, past->column, &past->standing, past))
			result = author_note(signature, &past->standing.version);
	}
	return result;
}

static enum bsync_result deletes_find(struct signature *signature, const struct bsync_witness *witness,
				      struct late_deletes *out)
{
	struct bsync_act *act = signature->act;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FATE_OF);
	bool has_row = false;
	enum bsync_result result;

	*out = (struct late_deletes){0};
	bsync_db_bind_int64(statement, 1, witness->row.sql->table->no);
	bsync_db_bind_blob(statement, 2, witness->row.key_bytes);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		const struct late_delete late = {
			.version = {.line = (uint32_t)bsync_db_int64(statement, 1),
				    .seq = (uint64_t)bsync_db_int64(statement, 2),
				    .counter = (uint64_t)bsync_db_int64(statement, 0),
				    .stamp_ms = bsync_db_int64(statement, 4)},
			.base = (uint64_t)bsync_db_int64(statement, 5),
		};

		if (bsync_db_int64(statement, 3) != BSYNC_FATE_BACK &&
		    !bsync_sight_sees(&signature->sight, &late.version)) {
			if (!bsync_act_grow(act, &out->list, out->count, &out->capacity, sizeof(late)))
				result = BSYNC_NO_MEMORY;
			else
				out->list[out->count++] = late;
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* Notes the authors of what goes to the fork. */
static enum bsync_result late_note(struct signature *signature, const struct bsync_witness *witness)
{
	struct late_deletes late;
	enum bsync_result result = cells_note(signature, witness, false);

	if (result != BSYNC_OK || witness->part->parent < 0)
		return result;
	result = deletes_find(signature, witness, &late);
	for (uint32_t i = 0; i < late.count && result == BSYNC_OK; i++)
		result = author_note(signature, &late.list[i].version);
	return result;
}

static bool has_late(const struct signature *signature, const struct bsync_witness *witness)
{
	const struct bsync_row *row = &witness->row;

	for (uint32_t i = 0; i < row->cells.cell_count; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];

		for (uint32_t k = 0; k < cell->count; k++) {
			if (is_late(signature, witness, cell->column, &cell->standing[k], NULL))
				return true;
		}
	}
	return !bsync_sight_sees(&signature->sight, &row->cells.born);
}

/* A row that hangs on the root, but not for the signer; of the deleted ones those in which somebody worked. */
static bool is_stray(const struct signature *signature, const struct bsync_witness *witness)
{
	struct bsync_cells cells = witness->row.cells;
	const struct bsync_cell *cell = NULL;

	if (witness->is_signed || witness->is_copy || (witness->row.is_grave && !has_late(signature, witness)))
		return false;
	cell = bsync_cells_find(&cells, (uint32_t)witness->part->parent);
	for (uint32_t i = 0; cell != NULL && i < cell->count; i++) {
		if (bsync_value_equal(&cell->standing[i].value, &signature->signing.root))
			return true;
	}
	return false;
}

static enum bsync_result stray_note(struct signature *signature, const struct bsync_witness *witness)
{
	const struct bsync_version *born = &witness->row.cells.born;
	const uint32_t noted = signature->noted;
	enum bsync_result result = BSYNC_OK;

	if (!bsync_sight_sees(&signature->sight, born))
		result = author_note(signature, born);
	if (result == BSYNC_OK)
		result = cells_note(signature, witness, true);
	/* What the signer deleted on an older base than it signs on, and what stayed: nobody is late, and it is not signed. */
	if (result == BSYNC_OK && signature->noted == noted && witness->row.is_live)
		result = author_note(signature, born);
	return result;
}

static bool is_unseen(const struct late_delete *late, const struct bsync_version *version)
{
	return version->counter > late->base &&
	       (version->line != late->version.line || version->seq > late->version.seq);
}

/* PROTOCOL 7.4: "A delete with base b holds when nobody wrote to the row after b but its own line." */
static bool delete_holds(const struct signature *signature, const struct bsync_witness *witness,
			 const struct bsync_row *copy, const struct late_delete *late)
{
	for (uint32_t i = 0; i < copy->cells.cell_count; i++) {
		const struct bsync_cell *cell = &copy->cells.cells[i];

		for (uint32_t k = 0; k < cell->count; k++) {
			if (is_unseen(late, &cell->standing[k].version))
				return false;
		}
	}
	/* What the signer had not seen becomes the past of the copy. */
	for (uint32_t i = 0; i < witness->past_count; i++) {
		const struct bsync_version *version = &witness->past[i].standing.version;

		if (!bsync_sight_sees(&signature->sight, version) && is_unseen(late, version))
			return false;
	}
	return true;
}

/* Plays one delete on the copy. */
static enum bsync_result delete_play(struct signature *signature, const struct bsync_witness *witness,
				     const struct late_delete *late, struct bsync_row *copy)
{
	const struct bsync_change change = {.kind = BSYNC_CHANGE_DELETE};
	struct bsync_plan plan = {.change = &change, .sql = copy->sql, .row = copy};
	enum bsync_result result = BSYNC_OK;

	if (copy->is_live && delete_holds(signature, witness, copy, late))
		return bsync_change_remove(signature->act, copy, &late->version, late->base);
	result = bsync_deletes_note(signature->act, copy, &late->version, late->base);
	return result == BSYNC_OK && copy->is_live ? bsync_item_deleted(signature->act, &plan, &late->version) : result;
}

/* Deletes that the signer had not seen take the copy away, and not what was signed. */
static enum bsync_result deletes_play(struct signature *signature, const struct bsync_witness *witness,
				      struct bsync_row *copy)
{
	struct late_deletes late;
	enum bsync_result result = BSYNC_OK;

	if (witness->part->parent < 0)
		return BSYNC_OK;
	result = deletes_find(signature, witness, &late);
	for (uint32_t i = 0; i < late.count && result == BSYNC_OK; i++) {
		/* That it did not hold is said of the copy now. */
		result = bsync_item_stays_over(signature->act, &witness->row, &late.list[i].version);
		if (result == BSYNC_OK)
			result = delete_play(signature, witness, &late.list[i], copy);
	}
	return result;
}

static enum bsync_result witness_settle(struct signature *signature, struct bsync_witness *witness)
{
	struct bsync_act *act = signature->act;
	const bool has_fork = signature->signing.has_fork;
	struct bsync_row *copy = bsync_arena_take(&act->store->work, sizeof(*copy));
	enum bsync_result result = copy != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (result == BSYNC_OK && has_fork)
		result = bsync_freeze_copy(act, &signature->signing, witness, true, copy);
	if (result == BSYNC_OK && has_fork)
		result = deletes_play(signature, witness, copy);
	return result == BSYNC_OK ? bsync_freeze_restore(act, &signature->signing, witness, has_fork ? copy : NULL)
				  : result;
}

static enum bsync_result signature_run(struct signature *signature)
{
	struct bsync_act *act = signature->act;
	struct bsync_witnesses *witnesses = &signature->witnesses;
	enum bsync_result result = bsync_freeze_content(act, &signature->signing, &signature->sight, witnesses,
							&signature->signing.content);

	for (uint32_t i = 0; i < witnesses->count && result == BSYNC_OK; i++) {
		if (witnesses->list[i].is_signed)
			result = late_note(signature, &witnesses->list[i]);
		else if (is_stray(signature, &witnesses->list[i]))
			result = stray_note(signature, &witnesses->list[i]);
	}
	signature->signing.has_fork = signature->author_count != 0;
	for (uint32_t i = 0; i < witnesses->count && result == BSYNC_OK; i++) {
		struct bsync_witness *witness = &witnesses->list[i];

		if (witness->is_signed)
			result = witness_settle(signature, witness);
		else if (signature->signing.has_fork && is_stray(signature, witness))
			result = bsync_freeze_adopt(act, &signature->signing, witness->part, &witness->row);
	}
	for (uint32_t i = 0; i < signature->author_count && result == BSYNC_OK; i++)
		result = bsync_freeze_tell(act, &signature->signing, &signature->authors[i].version);
	return result == BSYNC_OK ? bsync_freeze_put(act, &signature->signing) : result;
}

static enum bsync_result sign(struct bsync_act *act, const struct bsync_plan *plan)
{
	const struct bsync_schema *schema = act->store->base.schema;
	struct signature signature = {.act = act};
	struct bsync_signing *signing = &signature.signing;
	const uint32_t item_count = act->item_count;
	enum bsync_result result = BSYNC_OK;

	signing->sql = plan->sql;
	signing->root = plan->values[plan->sql->table->key[0]];
	signing->version = act->version;
	signing->base = plan->sign_base;
	bsync_schema_freeze(schema, (uint32_t)(plan->sql->table - schema->tables), &signing->freeze);
	signature.sight = bsync_freeze_sight(act, signing);
	result = bsync_key_copy(&signing->root, 1, &act->store->work, &signing->key);
	if (result == BSYNC_OK)
		result = bsync_freeze_key(act, &signing->version, &signing->root, &signing->fork);
	if (result == BSYNC_OK)
		result = bsync_freeze_gather(act, signing, &signature.sight, &signature.witnesses);
	if (result != BSYNC_OK || signature.witnesses.count == 0 ||
	    !bsync_freeze_holds(signing->freeze, &signature.witnesses.list[0].row))
		return result;
	result = signature_run(&signature);
	/* They are about the work of others: the signer's changeset was taken. */
	act->item_count = item_count;
	return result;
}

enum bsync_result bsync_freeze_sign(struct bsync_act *act, const struct bsync_plan *plans, uint32_t count)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++) {
		if (plans[i].is_signature && plans[i].judgement == BSYNC_ALLOWED)
			result = sign(act, &plans[i]);
	}
	return result;
}
