/* merge_takes.c: whether a write would stand, asked before it is made. */
#include <assert.h>

#include "core/lattice.h"
#include "core/merge.h"

static bool state_stands(const struct bsync_lattice *lattice, const struct bsync_value *shown,
			 const struct bsync_value *value)
{
	struct bsync_state now, next;

	if (!bsync_lattice_read(lattice, value, &next))
		return false;
	return shown == NULL || !bsync_lattice_read(lattice, shown, &now) ||
	       bsync_state_equal(bsync_lattice_join(lattice, now, next), next);
}

bool bsync_merge_takes(const struct bsync_column *column, const struct bsync_value *shown,
		       const struct bsync_value *value)
{
	assert(column != NULL && value != NULL);
	switch (column->rule) {
	case BSYNC_RULE_FIRST:
		return shown == NULL || bsync_value_equal(shown, value);
	case BSYNC_RULE_MAX:
		return shown == NULL || bsync_value_compare(value, shown) >= 0;
	case BSYNC_RULE_MIN:
		/* PROTOCOL 7.3: "NULL lowest for both" */
		return shown == NULL || shown->kind == BSYNC_NULL ||
		       (value->kind != BSYNC_NULL && bsync_value_compare(value, shown) <= 0);
	case BSYNC_RULE_ORDER:
		assert(column->lattice != NULL);
		return state_stands(column->lattice, shown, value);
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_ROLE:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_COUNTER:
	case BSYNC_RULE_SET:
		break;
	}
	return true;
}
