/* schema_apply.c: more files for the schema of a store that is in use.
 *
 * They only add (core/schema/grow.c), so no row changes; what is new are the scopes of circles that are new, and what
 * waited because it was written in this version. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/domain.h"
#include "core/schema/report.h"
#include "daemon/store/member.h"
#include "daemon/store/row.h"
#include "daemon/store/set_aside.h"

enum { WHAT_SIZE = 64, WAITING_MAX = 1 << 24 };

/* The files of the store must come first, as they are; what differs goes to the report. */
static bool has_begun_alike(const struct bsync_base *base, const struct bsync_schema_source *source,
			    struct bsync_schema_report *report)
{
	for (size_t i = 0; i < base->source.file_count; i++) {
		const struct bsync_schema_file *kept = &base->files[i];
		struct bsync_schema_place place = {kept->name, 0};

		if (i >= source->file_count || strcmp(source->files[i].name, kept->name) != 0) {
			bsync_schema_report_error(report, place,
						  "the store has this file and the folder has not, or another before "
						  "it; put it back, and give what is new a higher number");
			return false;
		}
		if (!bsync_bytes_equal(source->files[i].sql, kept->sql)) {
			bsync_schema_report_error(report, place,
						  "the store has this file with another text; a file that is in use "
						  "stays as it is: put it back, and write what is new in a file behind "
						  "the others");
			return false;
		}
	}
	if (!bsync_bytes_equal(source->dictionary, base->source.dictionary)) {
		struct bsync_schema_place place = {"dictionary.txt", 0};

		bsync_schema_report_error(report, place,
					  "the dictionary is fixed when the store is made, for what was sealed with it "
					  "must open; put the one that the store was made with back");
		return false;
	}
	return true;
}

/* Makes the tables and takes the new schema for this connection's. */
static enum bsync_result schema_take(struct bsync_store *store, const struct bsync_schema_source *source)
{
	struct bsync_base *base = &store->base;
	const uint32_t from_version = base->schema->version;
	const size_t first = base->source.file_count;
	enum bsync_result result = BSYNC_OK;

	/* A table cannot change under a statement that stands on a row. */
	bsync_tables_clear(&base->tables);
	result = bsync_schema_install(&base->db, source, from_version, true);
	if (result == BSYNC_OK)
		result = bsync_base_files_put(base, source, first);
	/* The caches know circles by their place in the schema. */
	return result == BSYNC_OK ? bsync_writer_reload(store) : result;
}

/* What the rows of one table say about who is in the circles that are new. */
static enum bsync_result table_ask(struct bsync_act *act, uint32_t table, const bool *is_new)
{
	struct bsync_table_sql *sql = &act->store->base.tables.tables[table];
	struct bsync_arena arena;
	sqlite3_stmt *rows = NULL;
	bool has_dep = false;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < sql->dep_count; i++)
		has_dep = has_dep || is_new[sql->deps[i].circle];
	if (!has_dep)
		return BSYNC_OK;
	bsync_arena_init(&arena, BSYNC_WORK_SIZE_MAX);
	result = bsync_table_sql_select(sql, "", &rows);
	if (result == BSYNC_OK)
		result = bsync_db_step(rows, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_row row;

		bsync_arena_reset(&arena);
		result = bsync_row_read(sql, rows, &arena, &row);
		if (result == BSYNC_OK)
			result = bsync_member_meet(act, &(struct bsync_effect){sql, NULL, row.values}, is_new);
		if (result == BSYNC_OK)
			result = bsync_db_step(rows, &has_row);
	}
	bsync_db_finalize(&rows);
	bsync_arena_clear(&arena);
	return result;
}

/* Makes the scopes of the circles that `before` has not known, as far as rows that are there give them members. */
static enum bsync_result circles_begin(struct bsync_store *store, const struct bsync_schema *before, int64_t now_ms,
				       uint32_t version)
{
	const struct bsync_schema *schema = store->base.schema;
	bool *is_new = calloc(schema->circle_count + 1, sizeof(*is_new));
	struct bsync_act act;
	char what[WHAT_SIZE];
	enum bsync_result result = is_new != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	for (uint32_t i = 0; i < schema->circle_count && result == BSYNC_OK; i++)
		is_new[i] = bsync_schema_circle(before, schema->circles[i].no) < 0;
	if (result == BSYNC_OK)
		result = bsync_act_store_begin(&act, store, now_ms);
	for (uint32_t i = 0; i < schema->table_count && result == BSYNC_OK; i++)
		result = table_ask(&act, i, is_new);
	snprintf(what, sizeof(what), "schema %u", version);
	if (result == BSYNC_OK)
		result = bsync_act_store_end(&act, what);
	free(is_new);
	return result;
}

struct waiting {
	uint32_t line;
	uint64_t seq;
};

/* Lists what is quarantined of a later version than `from_version`; a copy's stays for the operator. */
static enum bsync_result waiting_list(struct bsync_store *store, uint32_t from_version, struct waiting **list,
				      uint32_t *count)
{
	static const char sql[] =
		"SELECT line_no, seq, plain FROM bsync_set_aside WHERE kind = ?1 ORDER BY line_no, seq";
	sqlite3_stmt *statement = NULL;
	uint32_t capacity = 0;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&store->base.db, sql, &statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, BSYNC_VERDICT_QUARANTINED);
		result = bsync_db_step(statement, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		struct waiting one = {(uint32_t)bsync_db_int64(statement, 0), (uint64_t)bsync_db_int64(statement, 1)};
		uint32_t version = 0;

		if (bsync_changeset_schema(bsync_db_bytes(statement, 2), &version) == BSYNC_OK &&
		    version > from_version && one.line < store->base.line_count &&
		    store->base.lines[one.line].fork_of == 0) {
			if (*count == capacity) {
				void *grown = NULL;

				capacity = capacity == 0 ? 64 : capacity * 2;
				grown = capacity <= WAITING_MAX ? realloc(*list, capacity * sizeof(one)) : NULL;
				if (grown == NULL) {
					result = BSYNC_NO_MEMORY;
					break;
				}
				*list = grown;
			}
			(*list)[(*count)++] = one;
		}
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* PROTOCOL 10: "goes in with the act that gives it that version" */
static enum bsync_result waiting_retry(struct bsync_store *store, uint32_t from_version, int64_t now_ms,
				       uint32_t *placed)
{
	struct waiting *list = NULL;
	uint32_t count = 0;
	enum bsync_result result = waiting_list(store, from_version, &list, &count);

	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++) {
		enum bsync_verdict verdict = BSYNC_VERDICT_QUARANTINED;

		result = bsync_aside_retry(store, list[i].line, list[i].seq, now_ms, &verdict);
		/* One that waited behind another has gone in with it. */
		if (result == BSYNC_NOT_FOUND)
			result = BSYNC_OK;
		*placed += verdict != BSYNC_VERDICT_QUARANTINED && verdict != BSYNC_VERDICT_UNPLACED;
	}
	free(list);
	return result == BSYNC_OK ? bsync_aside_retry_scopes(store, now_ms) : result;
}

enum bsync_result bsync_store_schema_apply(struct bsync_store *store, const struct bsync_schema_source *source,
					   int64_t now_ms, struct bsync_schema_report *report,
					   struct bsync_schema_growth *growth)
{
	struct bsync_schema *before = NULL;
	struct bsync_schema *schema = NULL;
	size_t kept_count = 0;
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && source != NULL && report != NULL && growth != NULL);
	assert(store->in_group && !store->is_marked);
	kept_count = store->base.source.file_count;
	*growth = (struct bsync_schema_growth){.from_version = store->base.schema->version};
	growth->to_version = growth->from_version;
	if (!has_begun_alike(&store->base, source, report))
		return BSYNC_SCHEMA;
	if (source->file_count == kept_count)
		return BSYNC_OK;
	result = bsync_schema_compile(&store->base.source, &before, NULL);
	if (result == BSYNC_OK)
		result = bsync_schema_compile_growth(source, kept_count, &schema, report);
	if (result == BSYNC_OK) {
		growth->to_version = schema->version;
		result = schema_take(store, source);
	}
	if (result == BSYNC_OK)
		result = circles_begin(store, before, now_ms, growth->to_version);
	if (result == BSYNC_OK)
		result = waiting_retry(store, growth->from_version, now_ms, &growth->placed);
	store->touched.has_schema = result == BSYNC_OK;
	bsync_schema_free(before);
	bsync_schema_free(schema);
	return result;
}
