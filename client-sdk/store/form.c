#include "client-sdk/store/form.h"

#include <assert.h>

#include "client-sdk/store/record.h"

enum {
	OPEN_MS_MAX = 86400000, /* so long a process that died with a form open keeps a bare row */
	FORMS_ARENA_MAX = 64 << 20,
};

/* A row of bsync_form, copied so that the table can change. */
struct form {
	struct form *next;
	int64_t id;
	uint32_t table_no;
	struct bsync_bytes packed;
	bool is_bare, is_over;
};

static struct bsync_clock_reading clock_now(const struct bsync_file *file)
{
	struct bsync_clock_reading now = {0};

	file->surroundings.clock(file->surroundings.clock_context, &now);
	return now;
}

static enum bsync_result id_run(struct bsync_file *file, enum bsync_query query, int64_t id)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	assert(id > 0);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, id);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

static enum bsync_result mark(struct bsync_file *file, int64_t id, bool is_bare)
{
	return id_run(file, is_bare ? BSYNC_QUERY_FORM_MARK : BSYNC_QUERY_FORM_UNMARK, id);
}

/* By chance: one that was rolled back, or over, is nobody else's later. */
static enum bsync_result id_make(struct bsync_file *file, int64_t *id)
{
	const struct bsync_random *random = &file->surroundings.random;
	uint64_t bits = 0;

	if (random->fill(random->context, (uint8_t *)&bits, sizeof(bits)) != 0)
		return bsync_file_fail(file, BSYNC_IO, "there is no randomness for the id of a form");
	*id = (int64_t)(bits >> 2) + 1;
	return BSYNC_OK;
}

enum bsync_result bsync_form_open(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				  struct bsync_position base, int64_t *id)
{
	const struct bsync_clock_reading now = clock_now(file);
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = *id == 0 ? id_make(file, id) : BSYNC_OK;

	assert(bsync_db_in_transaction(&file->db));
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_FORM_PUT, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, *id);
	bsync_db_bind_int64(statement, 2, table_no);
	bsync_db_bind_blob(statement, 3, key);
	bsync_db_bind_int64(statement, 4, base.incarnation);
	bsync_db_bind_int64(statement, 5, (int64_t)base.counter);
	bsync_db_bind_int64(statement, 6, (int64_t)now.boot);
	bsync_db_bind_int64(statement, 7, now.uptime_ms);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* Reads the forms of a query (id, tno, key, is_bare, boot, opened_ms). */
static enum bsync_result forms_read(struct bsync_file *file, sqlite3_stmt *statement, struct bsync_arena *arena,
				    struct form **first)
{
	const struct bsync_clock_reading now = clock_now(file);
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	*first = NULL;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct form *form = bsync_arena_take(arena, sizeof(*form));

		if (form == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		*form = (struct form){
			.next = *first,
			.id = bsync_db_int64(statement, 0),
			.table_no = (uint32_t)bsync_db_int64(statement, 1),
			.packed = bsync_arena_copy(arena, bsync_db_bytes(statement, 2)),
			.is_bare = bsync_db_int64(statement, 3) != 0,
			/* Who had it open before the last boot is not there any more. */
			.is_over = (uint64_t)bsync_db_int64(statement, 4) != now.boot ||
				   now.uptime_ms - bsync_db_int64(statement, 5) > OPEN_MS_MAX,
		};
		*first = form;
		if (form->packed.data == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* Calls `each` with every form of the query whose table the schema has. */
static enum bsync_result forms_each(struct bsync_file *file, enum bsync_query query, int64_t id,
				    enum bsync_result (*each)(struct bsync_file *file, const struct form *form,
							      const struct bsync_record_key *key))
{
	struct form *form = NULL;
	struct bsync_arena arena;
	sqlite3_stmt *statement = NULL;
	const bool was_open = file->gate.is_open;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	if (id != 0)
		bsync_db_bind_int64(statement, 1, id);
	bsync_arena_init(&arena, FORMS_ARENA_MAX);
	result = forms_read(file, statement, &arena, &form);
	file->gate.is_open = false;
	for (; result == BSYNC_OK && form != NULL; form = form->next) {
		const struct bsync_table *table = bsync_schema_table(file->schema, form->table_no);
		struct bsync_record_key key = {0};
		struct bsync_value *values = NULL;

		if (table == NULL)
			continue;
		result = bsync_key_unpack(&arena, form->packed, &values, &key.count);
		key.table = (uint32_t)(table - file->schema->tables);
		key.values = values;
		if (result == BSYNC_OK)
			result = each(file, form, &key);
	}
	file->gate.is_open = was_open;
	bsync_arena_clear(&arena);
	return result;
}

static enum bsync_result form_begin(struct bsync_file *file, const struct form *form,
				    const struct bsync_record_key *key)
{
	bool is_there = false;
	enum bsync_result result = BSYNC_OK;

	if (form->is_bare)
		result = bsync_record_remove(file, key);
	else
		result = bsync_record_exists(file, key, &is_there);
	if (result == BSYNC_OK && form->is_over)
		return id_run(file, BSYNC_QUERY_FORM_DROP, form->id);
	return result == BSYNC_OK && is_there ? mark(file, form->id, true) : result;
}

enum bsync_result bsync_forms_begin(struct bsync_file *file, bool *has_forms)
{
	enum bsync_result result = bsync_query_flag(file, BSYNC_QUERY_FORM_ANY, has_forms);

	assert(bsync_db_in_transaction(&file->db));
	return result == BSYNC_OK && *has_forms ? forms_each(file, BSYNC_QUERY_FORM_ALL, 0, form_begin) : result;
}

static enum bsync_result form_unmark(struct bsync_file *file, const struct form *form,
				     const struct bsync_record_key *key)
{
	bool is_there = false;
	enum bsync_result result = bsync_record_exists(file, key, &is_there);

	return result == BSYNC_OK && is_there ? mark(file, form->id, false) : result;
}

static enum bsync_result form_make(struct bsync_file *file, const struct form *form, const struct bsync_record_key *key)
{
	return form->is_bare ? bsync_record_make(file, key) : BSYNC_OK;
}

enum bsync_result bsync_forms_end(struct bsync_file *file)
{
	/* First of all forms, as two may show the same row. */
	enum bsync_result result = forms_each(file, BSYNC_QUERY_FORM_ALL, 0, form_unmark);

	assert(bsync_db_in_transaction(&file->db));
	return result == BSYNC_OK ? forms_each(file, BSYNC_QUERY_FORM_ALL, 0, form_make) : result;
}

void bsync_forms_sweep(struct bsync_file *file)
{
	bool has_forms = false;
	enum bsync_result result = bsync_query_flag(file, BSYNC_QUERY_FORM_ANY, &has_forms);

	if (result != BSYNC_OK || !has_forms || bsync_file_begin(file) != BSYNC_OK)
		return;
	result = bsync_forms_begin(file, &has_forms);
	if (result == BSYNC_OK)
		result = bsync_forms_end(file);
	result = bsync_file_end(file, result);
	(void)result;
}

/* The last form of a bare row that closes takes it away. */
static enum bsync_result form_end(struct bsync_file *file, const struct form *form, const struct bsync_record_key *key)
{
	struct bsync_position base;
	bool is_shown = false;
	enum bsync_result result = id_run(file, BSYNC_QUERY_FORM_DROP, form->id);

	if (result == BSYNC_OK && form->is_bare)
		result = bsync_form_bare(file, form->table_no, form->packed, &is_shown, &base);
	return result == BSYNC_OK && form->is_bare && !is_shown ? bsync_record_remove(file, key) : result;
}

enum bsync_result bsync_form_close(struct bsync_file *file, int64_t id)
{
	assert(bsync_db_in_transaction(&file->db));
	assert(id > 0);
	return forms_each(file, BSYNC_QUERY_FORM_OF, id, form_end);
}

enum bsync_result bsync_form_bare(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key, bool *is_bare,
				  struct bsync_position *base)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_FORM_BARE, &statement);

	*is_bare = false;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	result = bsync_db_step(statement, is_bare);
	if (result == BSYNC_OK && *is_bare)
		*base = (struct bsync_position){.incarnation = (uint32_t)bsync_db_int64(statement, 0),
						.counter = (uint64_t)bsync_db_int64(statement, 1)};
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_form_deleted(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_FORM_DELETED, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}
