/* item_json.h: inbox items and versions as JSON, with the same names on a device and for the operator. */
#ifndef BSYNC_CORE_SCHEMA_ITEM_JSON_H
#define BSYNC_CORE_SCHEMA_ITEM_JSON_H

#include "core/inbox_item.h"
#include "core/json.h"

/* Writes the item as an object. */
void bsync_item_json(struct bsync_json *json, const struct bsync_inbox_item *item);
/* Writes value, author and both times of a version into the object that is open. */
void bsync_variant_json(struct bsync_json *json, const struct bsync_variant *variant, const char *author_name);
/* Writes a row's key as the command lines name it; empty when it is too large for a line. */
void bsync_json_row(struct bsync_json *json, const struct bsync_value *key, uint32_t key_count);

#endif
