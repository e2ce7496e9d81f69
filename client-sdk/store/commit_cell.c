#include "client-sdk/store/commit.h"

#include <assert.h>

#include "core/lattice.h"
#include "core/merge.h"

enum { SET_TEXT_MAX = 1 << 20 };

static enum bsync_result invalid(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				 const char *what)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];

	return bsync_file_fail(commit->file, BSYNC_INVALID, "%s.%s must hold %s", table->name,
			       table->columns[column].name, what);
}

/* Notes that the row will hold `value` instead of what the application wrote. */
static enum bsync_result mend(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
			      struct bsync_value value)
{
	struct bsync_commit_mend *note = bsync_arena_take(commit->arena, sizeof(*note));

	if (note == NULL)
		return BSYNC_NO_MEMORY;
	*note = (struct bsync_commit_mend){.next = commit->mends, .row = row, .column = column, .value = value};
	commit->mends = note;
	return BSYNC_OK;
}

/* PROTOCOL 7.3: "`counter`: the sum of the deltas, one entry a line." */
static enum bsync_result counter_make(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				      const struct bsync_value *old, const struct bsync_value *value,
				      struct bsync_cell_write *write, bool *is_write)
{
	int64_t before = old->kind == BSYNC_INTEGER ? old->as.integer : 0;
	int64_t after = value->kind == BSYNC_INTEGER ? value->as.integer : 0;

	if (value->kind != BSYNC_INTEGER && value->kind != BSYNC_NULL)
		return invalid(commit, row, column, "an integer, because it counts");
	write->kind = BSYNC_WRITE_DELTA;
	if (__builtin_sub_overflow(after, before, &write->delta))
		return invalid(commit, row, column, "a count that does not jump by more than 64 bits");
	*is_write = write->delta != 0 || (old->kind == BSYNC_NULL && value->kind == BSYNC_INTEGER);
	/* A sum is never NULL where there was one. */
	if (value->kind == BSYNC_NULL && old->kind == BSYNC_INTEGER)
		return mend(commit, row, column, bsync_value_integer(0));
	return BSYNC_OK;
}

/* The elements of `from` that `other` lacks; both ascending. */
static enum bsync_result elements_without(struct bsync_arena *arena, const struct bsync_value *from,
					  uint32_t from_count, const struct bsync_value *other, uint32_t other_count,
					  struct bsync_value **out, uint32_t *count)
{
	uint32_t at = 0;
	enum bsync_result result = bsync_arena_array(arena, from_count, sizeof(**out), out);

	*count = 0;
	for (uint32_t i = 0; result == BSYNC_OK && i < from_count; i++) {
		while (at < other_count && bsync_value_compare(&other[at], &from[i]) < 0)
			at++;
		if (at == other_count || bsync_value_compare(&other[at], &from[i]) != 0)
			(*out)[(*count)++] = from[i];
	}
	return result;
}

/* Makes the row show the canonical text of a set, as every other replica does. */
static enum bsync_result set_mend(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				  const struct bsync_value *shown, const struct bsync_value *elements, uint32_t count)
{
	struct bsync_buffer text;
	struct bsync_bytes copy = {NULL, 0};
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(&text, SET_TEXT_MAX);
	result = bsync_set_text(elements, count, &text);
	if (result == BSYNC_OK &&
	    (shown->kind != BSYNC_TEXT || !bsync_bytes_equal(shown->as.bytes, bsync_buffer_bytes(&text)))) {
		copy = bsync_arena_copy(commit->arena, bsync_buffer_bytes(&text));
		result = copy.data == NULL ? BSYNC_NO_MEMORY : mend(commit, row, column, bsync_value_text(copy));
	}
	bsync_buffer_clear(&text);
	return result;
}

static struct bsync_bytes set_bytes(const struct bsync_value *value)
{
	return value->kind == BSYNC_TEXT ? value->as.bytes : (struct bsync_bytes){NULL, 0};
}

static enum bsync_result set_make(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				  const struct bsync_value *old, const struct bsync_value *value,
				  struct bsync_cell_write *write, bool *is_write)
{
	struct bsync_value *before = NULL, *after = NULL;
	uint32_t before_count = 0, after_count = 0;
	enum bsync_result result = BSYNC_OK;

	if (value->kind != BSYNC_TEXT && value->kind != BSYNC_NULL)
		return invalid(commit, row, column, "a JSON array of texts and integers");
	result = bsync_set_parse(set_bytes(value), commit->arena, &after, &after_count);
	if (result == BSYNC_NO_MEMORY)
		return result;
	if (result != BSYNC_OK)
		return invalid(commit, row, column, "a JSON array of texts and integers");
	result = bsync_set_parse(set_bytes(old), commit->arena, &before, &before_count);
	if (result == BSYNC_NO_MEMORY)
		return result;
	/* What stood there before this file was ours to check counts as empty. */
	if (result != BSYNC_OK)
		before_count = 0;
	write->kind = BSYNC_WRITE_SET;
	result = elements_without(commit->arena, after, after_count, before, before_count, &write->adds,
				  &write->add_count);
	if (result == BSYNC_OK)
		result = elements_without(commit->arena, before, before_count, after, after_count, &write->removes,
					  &write->remove_count);
	if (result != BSYNC_OK)
		return result;
	if (write->add_count > BSYNC_CHANGESET_ELEMENTS_MAX || write->remove_count > BSYNC_CHANGESET_ELEMENTS_MAX)
		return invalid(commit, row, column, "at most 10000 changed elements in a transaction");
	*is_write = write->add_count != 0 || write->remove_count != 0 ||
		    (old->kind == BSYNC_NULL && value->kind == BSYNC_TEXT);
	if (value->kind == BSYNC_NULL && old->kind == BSYNC_NULL)
		return BSYNC_OK;
	return set_mend(commit, row, column, value, after, after_count);
}

/* PROTOCOL 7.3: "A state never goes back" */
static enum bsync_result state_make(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
				    const struct bsync_value *old, const struct bsync_value *value,
				    struct bsync_cell_write *write, bool *is_write)
{
	const struct bsync_table *table = &commit->file->schema->tables[row->table];
	const struct bsync_lattice *lattice = table->columns[column].lattice;
	struct bsync_state before, after;

	write->kind = BSYNC_WRITE_VALUE;
	write->value = *value;
	*is_write = !bsync_value_equal(old, value);
	if (!bsync_lattice_read(lattice, value, &after))
		return invalid(commit, row, column, "one of the states that the schema lists");
	if (!bsync_lattice_read(lattice, old, &before) ||
	    bsync_state_equal(bsync_lattice_join(lattice, before, after), after))
		return BSYNC_OK;
	return bsync_file_fail(commit->file, BSYNC_INVALID, "%s.%s does not go back from '%s' to %s%s%s%s", table->name,
			       table->columns[column].name, lattice->names[before.state], after.is_none ? "" : "'",
			       after.is_none ? "NULL" : lattice->names[after.state], after.is_none ? "" : "'",
			       lattice->has_rounds ? "; a new round begins with a higher number after '/'" : "");
}

enum bsync_result bsync_commit_cell_make(struct bsync_commit *commit, const struct bsync_fold_row *row, uint32_t column,
					 const struct bsync_value *old, const struct bsync_value *value,
					 struct bsync_cell_write *write, bool *is_write)
{
	const struct bsync_column *type = &commit->file->schema->tables[row->table].columns[column];

	assert(!type->is_key);
	*write = (struct bsync_cell_write){.column_no = type->no};
	switch (type->rule) {
	case BSYNC_RULE_COUNTER:
		return counter_make(commit, row, column, old, value, write, is_write);
	case BSYNC_RULE_SET:
		return set_make(commit, row, column, old, value, write, is_write);
	case BSYNC_RULE_ORDER:
		return state_make(commit, row, column, old, value, write, is_write);
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_ROLE:
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
		write->kind = BSYNC_WRITE_VALUE;
		write->value = *value;
		*is_write = !bsync_value_equal(old, value);
		return BSYNC_OK;
	}
	return BSYNC_INVALID;
}
