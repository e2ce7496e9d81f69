/* member.h: who is in which scope: rights from materialised membership, and memberships that follow from changes. */
#ifndef BSYNC_DAEMON_STORE_MEMBER_H
#define BSYNC_DAEMON_STORE_MEMBER_H

#include "daemon/store/writer.h"

/* What the act's author may do in `scope`, as it stood before the act; `*right` is NEVER in an unknown scope. */
BSYNC_CHECKED enum bsync_result bsync_member_right(struct bsync_act *act, struct bsync_scope *scope,
						   enum bsync_right *right);

/* True when the act's author is a member of `scope`; once the act has ended, as it leaves it. */
BSYNC_CHECKED enum bsync_result bsync_member_holds(struct bsync_act *act, struct bsync_scope *scope, bool *holds);

/* True when the worker held `scope` at that place of the store's order. */
BSYNC_CHECKED enum bsync_result bsync_member_held(struct bsync_act *act, const struct bsync_scope *scope,
						  const struct bsync_worker_id *worker, uint64_t counter,
						  bool *was_held);

/* True when the circle lets the author begin a scope of that value now. */
BSYNC_CHECKED enum bsync_result bsync_member_may_found(struct bsync_act *act, const struct bsync_scope *scope,
						       bool *may_found);

/* Gives an unknown scope its number; `founder` may be NULL. */
BSYNC_CHECKED enum bsync_result bsync_member_create(struct bsync_act *act, struct bsync_scope *scope,
						    const struct bsync_worker_id *founder);

/* Runs the members query for the scope and writes what differs.  An unknown scope that has members becomes known; they are
 * written down when it gets its first row: a worker is told of scopes with something in them, and of no others. */
BSYNC_CHECKED enum bsync_result bsync_member_evaluate(struct bsync_act *act, struct bsync_scope *scope);

/* Evaluates the scopes that a row gives circles of which nobody asked before; `wanted` by index. */
BSYNC_CHECKED enum bsync_result bsync_member_meet(struct bsync_act *act, const struct bsync_effect *effect,
						  const bool *wanted);

/* Evaluates the scopes that the act's effects touch, and those it created. */
BSYNC_CHECKED enum bsync_result bsync_member_follow(struct bsync_act *act);

#endif
