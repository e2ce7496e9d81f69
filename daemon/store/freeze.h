/* freeze.h: what was signed does not move, and what its signer had not seen goes to a copy, the fork (PROTOCOL 7.10).
 *
 * A signature is a write that brings a root's state to one that is frozen.  What it signed follows from what its signer had
 * seen, never from what the store had when it came: so an edit ends in the same place before and after it.
 *
 *   freeze.c          which signature holds a row; what of a change it lets through
 *   freeze_sight.c    what somebody had seen of a cell or a row
 *   freeze_gather.c   the rows that hang on a root, and the hash of what was signed
 *   freeze_sign.c     a signature comes: what was not seen leaves the signed rows
 *   freeze_restore.c  puts the signed values back
 *   freeze_late.c     a change comes that had not seen the signature: it goes to the fork
 *   freeze_copy.c     makes the fork */
#ifndef BSYNC_DAEMON_STORE_FREEZE_H
#define BSYNC_DAEMON_STORE_FREEZE_H

#include "daemon/store/change.h"

/* What somebody had seen: all at or before `base`, and the writes of the line up to `seq`. */
struct bsync_sight {
	const struct bsync_base *lines; /* which line left which */
	uint32_t line;
	uint64_t seq;
	uint64_t base;
	struct bsync_worker_id worker;
};

/* A signature. */
struct bsync_signing {
	const struct bsync_freeze *freeze;
	struct bsync_table_sql *sql;   /* of the root */
	struct bsync_bytes key;        /* of the root, canonical */
	struct bsync_value root, fork; /* keys of the root and of its copy */
	struct bsync_version version;  /* of the signature */
	uint64_t base;
	bool has_fork;               /* the copy is there */
	struct bsync_digest content; /* of what was signed */
};

/* One replaced value of a row. */
struct bsync_replacement {
	int64_t id;
	uint32_t column; /* index */
	struct bsync_standing standing;
	uint64_t counter; /* when it was replaced */
	struct bsync_worker_id by;
};

/* A row of a freeze with all it has been. */
struct bsync_witness {
	const struct bsync_freeze_part *part;
	struct bsync_row row;
	struct bsync_replacement *past;
	uint32_t past_count;
	bool is_signed;             /* the signer saw it hang on the root */
	struct bsync_witness *copy; /* its copy, where it was gathered; that one has is_copy */
	bool is_copy;
};

struct bsync_witnesses {
	struct bsync_witness *list; /* the root first */
	uint32_t count, capacity;
};

/* --- freeze.c --- */

/* Marks in `plan` what a signature does not let through, and whether it is itself one. */
BSYNC_CHECKED enum bsync_result bsync_freeze_judge(struct bsync_act *act, struct bsync_plan *plan);
/* The signature that holds the rows of `root`; its freeze is NULL where none does. */
BSYNC_CHECKED enum bsync_result bsync_freeze_find(struct bsync_act *act, const struct bsync_freeze *freeze,
						  const struct bsync_value *root, struct bsync_signing *signing);
/* Writes it down. */
BSYNC_CHECKED enum bsync_result bsync_freeze_put(struct bsync_act *act, const struct bsync_signing *signing);
struct bsync_sight bsync_freeze_sight(const struct bsync_act *act, const struct bsync_signing *signing);
/* The freeze of which the change is a signature by what it writes; NULL where it is none. */
const struct bsync_freeze *bsync_freeze_signs(const struct bsync_schema *schema, const struct bsync_change *change);
/* True when the root's state is one that means signed. */
bool bsync_freeze_holds(const struct bsync_freeze *freeze, const struct bsync_row *root);

/* What happened to a row that hangs on a root; kept because a row keeps no trace of a delete that was undone. */
enum bsync_fate { BSYNC_FATE_BACK = 0, BSYNC_FATE_GONE = 1, BSYNC_FATE_STAYED = 2 };
/* `base`: of a delete. */
BSYNC_CHECKED enum bsync_result bsync_freeze_fate(struct bsync_act *act, const struct bsync_row *row,
						  const struct bsync_version *version, uint64_t base,
						  enum bsync_fate fate);

/* --- freeze_sight.c --- */

bool bsync_sight_sees(const struct bsync_sight *sight, const struct bsync_version *version);
/* Of one cell of a row: what stands in it, or with `past` was replaced there.  Under an own edit that no pull had shown yet
 * nobody saw what others had written. */
bool bsync_sight_saw(const struct bsync_sight *sight, const struct bsync_witness *witness, uint32_t column,
		     const struct bsync_standing *standing, const struct bsync_replacement *past);
/* The cell as it was seen, told by the row and its copy, and what it showed.  Where nobody had written it, one that is
 * unwritten.  Of a conflict only what was shown. */
BSYNC_CHECKED enum bsync_result bsync_sight_cell(struct bsync_act *act, const struct bsync_sight *sight,
						 const struct bsync_witness *witness, uint32_t column,
						 struct bsync_cell *cell, struct bsync_value *shown);
/* True when the row was there for who saw so much. */
BSYNC_CHECKED enum bsync_result bsync_sight_alive(struct bsync_act *act, const struct bsync_sight *sight,
						  const struct bsync_witness *witness, bool *is_alive);

/* --- freeze_gather.c --- */

/* The root and all rows that hang or hung on it or its fork, by table and key; `is_signed` as the sight has it. */
BSYNC_CHECKED enum bsync_result bsync_freeze_gather(struct bsync_act *act, const struct bsync_signing *signing,
						    const struct bsync_sight *sight, struct bsync_witnesses *out);
/* The hash of what is signed. */
BSYNC_CHECKED enum bsync_result bsync_freeze_content(struct bsync_act *act, const struct bsync_signing *signing,
						     const struct bsync_sight *sight,
						     const struct bsync_witnesses *witnesses,
						     struct bsync_digest *content);

/* --- freeze_sign.c --- */

/* Does what the signatures among `plans` ask, once all changes of the act are done. */
BSYNC_CHECKED enum bsync_result bsync_freeze_sign(struct bsync_act *act, const struct bsync_plan *plans,
						  uint32_t count);

/* --- freeze_restore.c --- */

/* Makes the row what the signer saw of it; `copy` gets the history of what it had not seen. */
BSYNC_CHECKED enum bsync_result bsync_freeze_restore(struct bsync_act *act, const struct bsync_signing *signing,
						     struct bsync_witness *witness, const struct bsync_row *copy);
/* True when the version stands in the cell. */
bool bsync_freeze_has(const struct bsync_cell *cell, const struct bsync_standing *standing);
/* Hangs a row that was not signed on the fork. */
BSYNC_CHECKED enum bsync_result bsync_freeze_adopt(struct bsync_act *act, const struct bsync_signing *signing,
						   const struct bsync_freeze_part *part, struct bsync_row *row);

/* --- freeze_late.c --- */

/* Plays on the fork what of a change goes there.  After bsync_change_apply of all that was judged with it: the changeset
 * may write to the rows of the fork too. */
BSYNC_CHECKED enum bsync_result bsync_freeze_late(struct bsync_act *act, const struct bsync_plan *plan);

/* --- freeze_copy.c --- */

/* The key of the copy of a row. */
BSYNC_CHECKED enum bsync_result bsync_freeze_key(struct bsync_act *act, const struct bsync_version *signature,
						 const struct bsync_value *key, struct bsync_value *out);
/* The value of a column in the fork: what hung on the root hangs on the fork.  Borrowed from either. */
const struct bsync_value *bsync_freeze_turn(const struct bsync_signing *signing, const struct bsync_freeze_part *part,
					    uint32_t column, const struct bsync_value *value);
/* Makes the copy of a signed row; `with_late` with what stands in it that the signer had not seen. */
BSYNC_CHECKED enum bsync_result bsync_freeze_copy(struct bsync_act *act, const struct bsync_signing *signing,
						  const struct bsync_witness *witness, bool with_late,
						  struct bsync_row *copy);
/* Makes the fork of a signature that stands, where it is not there. */
BSYNC_CHECKED enum bsync_result bsync_freeze_fork(struct bsync_act *act, struct bsync_signing *signing);
/* Tells the author of a write that it is in the fork. */
BSYNC_CHECKED enum bsync_result bsync_freeze_tell(struct bsync_act *act, const struct bsync_signing *signing,
						  const struct bsync_version *version);

#endif
