#include "client-sdk/store/past.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/inbox.h"
#include "core/derived_id.h"

enum { CHOICE_MAX = 1 << 20 };

static void bind_cell(sqlite3_stmt *statement, uint32_t table_no, struct bsync_bytes key, uint32_t column_no)
{
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	bsync_db_bind_int64(statement, 3, column_no);
}

static enum bsync_result own_drop(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				  uint32_t column_no, const struct bsync_value *value)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_PAST_DROP_OWN, &statement);

	if (result != BSYNC_OK)
		return result;
	bind_cell(statement, table_no, key, column_no);
	bsync_db_bind_value(statement, 4, value);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* Of a choice that was told this is all that is kept: the row may be gone. */
static enum bsync_result choice_id(uint32_t table_no, struct bsync_bytes key, const struct bsync_past *past,
				   uint8_t id[BSYNC_ID_SIZE])
{
	const struct bsync_dot *dot = &past->variant.dot;
	struct bsync_derived_id derived;

	bsync_derived_id_begin(&derived, "bsync/told/v1", CHOICE_MAX);
	bsync_write_array(&derived.writer, 6);
	bsync_write_unsigned(&derived.writer, table_no);
	bsync_write_blob(&derived.writer, key);
	bsync_write_unsigned(&derived.writer, past->column_no);
	bsync_write_blob(&derived.writer, (struct bsync_bytes){dot->line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(&derived.writer, dot->seq);
	bsync_write_unsigned(&derived.writer, past->replaced_counter);
	return bsync_derived_id_end(&derived, id);
}

/* True when it was written here and somebody else chose against it. */
static bool is_lost_here(const struct bsync_file *file, const struct bsync_past *past)
{
	return past->is_chosen_against &&
	       memcmp(past->variant.dot.device.bytes, file->identity.device.bytes, BSYNC_ID_SIZE) == 0 &&
	       memcmp(past->replaced_by.bytes, file->identity.worker.bytes, BSYNC_ID_SIZE) != 0;
}

enum bsync_result bsync_past_keep(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				  const struct bsync_past *past)
{
	const struct bsync_variant *variant = &past->variant;
	sqlite3_stmt *statement = NULL;
	uint8_t choice[BSYNC_ID_SIZE];
	const bool is_untold = is_lost_here(file, past);
	enum bsync_result result = own_drop(file, table_no, key, past->column_no, &variant->value);

	if (result == BSYNC_OK && is_untold)
		result = choice_id(table_no, key, past, choice);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_PAST_PUT, &statement);
	if (result != BSYNC_OK)
		return result;
	bind_cell(statement, table_no, key, past->column_no);
	bsync_db_bind_data(statement, 4, variant->dot.device.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_data(statement, 5, variant->dot.line.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 6, (int64_t)variant->dot.seq);
	bsync_db_bind_data(statement, 7, variant->author.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 8, variant->device_ms);
	bsync_db_bind_int64(statement, 9, variant->stamp_ms);
	bsync_db_bind_int64(statement, 10, (int64_t)variant->counter);
	bsync_db_bind_value(statement, 11, &variant->value);
	bsync_db_bind_int64(statement, 12, (int64_t)past->replaced_counter);
	bsync_db_bind_data(statement, 13, past->replaced_by.bytes, BSYNC_ID_SIZE);
	if (is_untold)
		bsync_db_bind_data(statement, 14, choice, BSYNC_ID_SIZE);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_past_keep_own(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				      uint32_t column_no, const struct bsync_value *value, uint64_t counter)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_PAST_PUT, &statement);

	if (result != BSYNC_OK)
		return result;
	/* Who wrote it and when this device does not know: those columns stay NULL or 0; there is nothing to tell. */
	bind_cell(statement, table_no, key, column_no);
	bsync_db_bind_int64(statement, 8, 0);
	bsync_db_bind_int64(statement, 9, 0);
	bsync_db_bind_int64(statement, 10, 0);
	bsync_db_bind_value(statement, 11, value);
	bsync_db_bind_int64(statement, 12, (int64_t)counter);
	bsync_db_bind_data(statement, 13, file->identity.worker.bytes, BSYNC_ID_SIZE);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_past_row_read(struct sqlite3_stmt *statement, int column, struct bsync_arena *arena,
				      struct bsync_past *past)
{
	enum bsync_result result = BSYNC_OK;

	*past = (struct bsync_past){.column_no = (uint32_t)bsync_db_int64(statement, column),
				    .replaced_counter = (uint64_t)bsync_db_int64(statement, column + 9)};
	result = bsync_variant_read(statement, column + 1, arena, &past->variant);
	if (result == BSYNC_OK && !bsync_db_copy(statement, column + 10, past->replaced_by.bytes, BSYNC_ID_SIZE))
		result = BSYNC_STORAGE_CORRUPT;
	return result;
}

enum bsync_result bsync_past_drop_row(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_PAST_DROP_ROW, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}
