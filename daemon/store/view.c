/* view.c: a reader of its own, and what it finds without a pull. */
#include <assert.h>
#include <stdlib.h>

#include "daemon/store/view_internal.h"

enum { VIEW_CACHE_KIB = 16 * 1024, VIEW_BUSY_MS = 2000 };

enum bsync_result bsync_view_open(const char *path, const struct bsync_key *store_key, struct bsync_view **out)
{
	static const struct bsync_db_options options = {
		.mode = BSYNC_DB_READ_ONLY,
		.cache_kib = VIEW_CACHE_KIB,
		.busy_timeout_ms = VIEW_BUSY_MS,
	};
	struct bsync_view *view = calloc(1, sizeof(*view));
	enum bsync_result result = BSYNC_OK;

	assert(path != NULL && store_key != NULL && out != NULL);
	if (view == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_base_open(&view->base, path, &options, store_key, false);
	if (result != BSYNC_OK) {
		bsync_view_close(view);
		return result;
	}
	*out = view;
	return BSYNC_OK;
}

enum bsync_result bsync_view_refresh(struct bsync_view *view)
{
	enum bsync_result result;

	assert(view != NULL && !view->is_taken);
	result = bsync_base_begin_read(&view->base);
	bsync_db_rollback(&view->base.db);
	return result;
}

bool bsync_view_has_schema(const struct bsync_view *view, uint32_t version)
{
	assert(view != NULL);
	return view->base.schema != NULL && view->base.schema->version == version;
}

const struct bsync_schema_source *bsync_view_schema_source(const struct bsync_view *view)
{
	assert(view != NULL);
	return &view->base.source;
}

void bsync_view_close(struct bsync_view *view)
{
	if (view == NULL)
		return;
	assert(!view->is_taken);
	bsync_base_close(&view->base);
	free(view);
}
