/* judge.h: what one change of a changeset means to do, and whether its author may, before anything is written. */
#ifndef BSYNC_DAEMON_STORE_JUDGE_H
#define BSYNC_DAEMON_STORE_JUDGE_H

#include "daemon/store/row.h"
#include "daemon/store/writer.h"

enum bsync_judgement { BSYNC_ALLOWED, BSYNC_LATE, BSYNC_REFUSED };

struct bsync_signing;

struct bsync_plan {
	const struct bsync_change *change;
	struct bsync_table_sql *sql;
	struct bsync_row *row;         /* as it stands; NULL: an insert taken to be new, not looked up */
	struct bsync_value *values;    /* the row as the author means it, by column index */
	struct bsync_value *writes;    /* the value of each write, as its column stores it */
	struct bsync_mask written;     /* columns it may write; not those of the rule `server` */
	struct bsync_mask refused;     /* of the rule `server` */
	bool is_plain;                 /* only values, to columns whose rule needs no merging in a new row */
	bool is_new_life;              /* an insert that saw the delete of its row */
	struct bsync_mask late;        /* columns that go to the fork of `signing` */
	struct bsync_signing *tells;   /* the row hangs on its fork, of which the author does not know */
	bool is_adopted;               /* the row hangs on the fork of `signing`, not on what was signed */
	struct bsync_signing *signing; /* freeze.h; NULL where nothing goes to a fork */
	bool is_signature;
	uint64_t sign_base; /* what the signer had seen */
	enum bsync_judgement judgement;
	const char *reason;                          /* of LATE and REFUSED; static */
	struct bsync_scope *scopes[BSYNC_FACES_MAX]; /* of the row as the author means it, by face; NULL: in none */
	struct bsync_scope *stood[BSYNC_FACES_MAX];  /* of the row as it stands */
	uint64_t held_since;                         /* from here on the author holds all of `stood` */
	struct bsync_scope *concern;                 /* whose members see what was not taken; may be NULL */
	uint32_t concern_face;
};

/* Judges one change.  BSYNC_INVALID when the changeset can not be taken at all; a change that waits for a scope adds
 * it to act->unknown. */
BSYNC_CHECKED enum bsync_result bsync_judge(struct bsync_act *act, const struct bsync_change *change,
					    struct bsync_plan *plan);

/* Has `concern` be the scope, of those in which its author means the row, whose members look at what was not taken of `columns`. */
BSYNC_CHECKED enum bsync_result bsync_judge_concern(struct bsync_act *act, struct bsync_plan *plan,
						    const struct bsync_mask *columns);

/* The scope of each face for a row; unknown ones are given too. */
BSYNC_CHECKED enum bsync_result bsync_judge_scopes(struct bsync_act *act, struct bsync_table_sql *sql,
						   const struct bsync_value *values,
						   struct bsync_scope *scopes[BSYNC_FACES_MAX]);

/* Cuts a base to what the device has confirmed. */
uint64_t bsync_judge_base(const struct bsync_act *act, struct bsync_position base);

/* Fills `stood` and `held_since` of a plan that has its row. */
BSYNC_CHECKED enum bsync_result bsync_judge_stood(struct bsync_act *act, struct bsync_plan *plan);

/* Makes a base 0 at which no scope gave the author the column (BSYNC_ANY_COLUMN: any) of the row, as it stands now. */
enum { BSYNC_ANY_COLUMN = -1 };
BSYNC_CHECKED enum bsync_result bsync_judge_sight(struct bsync_act *act, const struct bsync_plan *plan, int column,
						  uint64_t *base);

#endif
