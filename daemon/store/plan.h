/* plan.h: the first half of judging: numbers to columns, values to what their columns store, the row that stands. */
#ifndef BSYNC_DAEMON_STORE_PLAN_H
#define BSYNC_DAEMON_STORE_PLAN_H

#include "daemon/store/judge.h"

/* Fills all of `plan` but judgement and scopes. */
BSYNC_CHECKED enum bsync_result bsync_plan_make(struct bsync_act *act, const struct bsync_change *change,
						struct bsync_plan *plan);

#endif
