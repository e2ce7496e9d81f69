#include "daemon/store/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDING_SIZE = 400, CHECK_MEMORY_MAX = 256 << 20 };

void bsync_check_say(struct bsync_check *check, const char *format, ...)
{
	char text[FINDING_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	check->count++;
	check->finding(check->context, text);
}

/* SQLite's check reports a page that it has no memory for like one that is damaged, with the code of the error behind it. */
static bool lacks_memory(const char *line)
{
	static const char code[] = "error code=";
	const char *at = line != NULL ? strstr(line, code) : NULL;
	long number = at != NULL ? strtol(at + sizeof(code) - 1, NULL, 10) : 0;

	return line == NULL || number == SQLITE_NOMEM || number == SQLITE_IOERR_NOMEM;
}

static enum bsync_result integrity(struct bsync_check *check)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&check->view->base.db, "PRAGMA integrity_check(20)", &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		const char *line = bsync_db_string(statement, 0);

		if (lacks_memory(line)) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		if (strcmp(line, "ok") != 0)
			bsync_check_say(check, "the database: %s", line);
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

static enum bsync_result check_run(struct bsync_check *check)
{
	struct bsync_base *base = &check->view->base;
	int64_t counter = 0;
	enum bsync_result result = integrity(check);

	/* On a damaged file nothing more can be said. */
	if (result != BSYNC_OK || check->count != 0)
		return result;
	result = bsync_meta_integer(base, "counter", &counter);
	check->counter = (uint64_t)counter;
	if (result == BSYNC_OK)
		result = bsync_base_lines(base);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(
			&base->db,
			"SELECT 1 FROM bsync_feed WHERE scope_no = ?1 AND counter = ?2 AND table_no = ?3 "
			"AND face_no = ?4 AND ref = ?5 AND kind = ?6",
			&check->feed_has);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(
			&base->db, "SELECT id FROM bsync_conflict WHERE table_no = ?1 AND key = ?2 AND column_no = ?3",
			&check->conflict_has);
	if (result == BSYNC_OK)
		result = bsync_check_rows(check);
	if (result == BSYNC_OK)
		result = bsync_check_books(check);
	return result == BSYNC_OK ? bsync_check_members(check) : result;
}

enum bsync_result bsync_view_check(struct bsync_view *view, void (*finding)(void *context, const char *text),
				   void *context, uint32_t *finding_count)
{
	struct bsync_check check = {.view = view, .finding = finding, .context = context};
	enum bsync_result result;

	assert(view != NULL && finding != NULL && finding_count != NULL);
	assert(!view->is_taken);
	bsync_arena_init(&check.arena, CHECK_MEMORY_MAX);
	result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK)
		result = check_run(&check);
	/* Damage that SQLite finds is what was looked for. */
	if (result == BSYNC_STORAGE_CORRUPT) {
		bsync_check_say(&check, "the database: %s", bsync_db_error(&view->base.db));
		result = BSYNC_OK;
	}
	bsync_db_finalize(&check.feed_has);
	bsync_db_finalize(&check.conflict_has);
	bsync_db_rollback(&view->base.db);
	bsync_arena_clear(&check.arena);
	*finding_count = check.count;
	return result;
}
