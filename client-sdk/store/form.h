/* form.h: the rows that forms show, as the file knows them: what a save finds where a pull has taken the row.
 *
 * STORAGE 6: "A row that leaves while a form shows it stays as its bare key until the form closes, for a day at most."  What
 * the form showed is in memory, in edit.c.  All but the sweep runs inside a write transaction. */
#ifndef BSYNC_CLIENT_STORE_FORM_H
#define BSYNC_CLIENT_STORE_FORM_H

#include "client-sdk/store/file.h"

/* Writes down that a form shows the row as of `base`.  `*id` names it and is made here; not 0: that one, shown anew. */
BSYNC_CHECKED enum bsync_result bsync_form_open(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						struct bsync_position base, int64_t *id);
/* The form is closed: a bare row goes unless another form shows it. */
BSYNC_CHECKED enum bsync_result bsync_form_close(struct bsync_file *file, int64_t id);

/* Before rows can leave: bare ones are taken away, and those that are there noted; `*has_forms`: there is a form. */
BSYNC_CHECKED enum bsync_result bsync_forms_begin(struct bsync_file *file, bool *has_forms);
/* After it: noted rows that are there no more come back bare. */
BSYNC_CHECKED enum bsync_result bsync_forms_end(struct bsync_file *file);

/* Removes bare rows of forms that are over, in a transaction of its own; what fails is done by the next pull. */
void bsync_forms_sweep(struct bsync_file *file);

/* Tells whether the row is bare, and what the first of its forms is based on. */
BSYNC_CHECKED enum bsync_result bsync_form_bare(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						bool *is_bare, struct bsync_position *base);
/* The user has deleted the bare row: it does not come back. */
BSYNC_CHECKED enum bsync_result bsync_form_deleted(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key);

#endif
