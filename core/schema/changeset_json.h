/* changeset_json.h: a changeset as JSON that a person can read and a script can use.
 *
 * Names where the schema knows them, numbers always; for what was set aside and an operator must judge.  Nothing reads it back. */
#ifndef BSYNC_CORE_SCHEMA_CHANGESET_JSON_H
#define BSYNC_CORE_SCHEMA_CHANGESET_JSON_H

#include "core/changeset.h"
#include "core/json.h"

/* Writes one object: schema_version, device_time, base and changes, each with table, table_no, kind, row, key and cells. */
void bsync_changeset_json(struct bsync_json *json, const struct bsync_schema *schema,
			  const struct bsync_changeset *set);

/* "insert", "update" or "delete". */
const char *bsync_change_kind_name(enum bsync_change_kind kind);

#endif
