#include "tests/support/device_pull.h"

#include <assert.h>
#include <string.h>

enum { DOSSIER = 2, NOTITIE = 3, NAAM = 2, STATUS = 3, TELLER = 4, LABELS = 5 };

static const uint8_t one = 1;

void pull_row_init(struct pull_row *row, enum bsync_pulled_kind kind, uint32_t table_no, uint32_t face_no, uint8_t key,
		   uint64_t counter)
{
	memset(row, 0, sizeof(*row));
	row->key_byte = key;
	row->key = bsync_value_blob((struct bsync_bytes){&row->key_byte, 1});
	row->row = (struct bsync_pulled_row){.kind = kind,
					     .table_no = table_no,
					     .face_no = face_no,
					     .key_count = 1,
					     .key = &row->key,
					     .counter = counter,
					     .cells = row->cells};
}

void pull_row_value(struct pull_row *row, uint32_t column_no, struct bsync_value value)
{
	assert(row->row.cell_count < PULL_CELLS_MAX);
	row->cells[row->row.cell_count++] = (struct bsync_pulled_cell){.column_no = column_no, .value = value};
}

void pull_row_text(struct pull_row *row, uint32_t column_no, const char *text)
{
	pull_row_value(row, column_no, bsync_value_text(bsync_bytes_of_string(text)));
}

static struct bsync_variant variant_of(uint8_t author, uint64_t seq, uint64_t counter, const char *text)
{
	struct bsync_variant variant = {
		.device_ms = 1767225600000 + (int64_t)seq,
		.stamp_ms = 1767225600000 + (int64_t)counter,
		.counter = counter,
		.value = bsync_value_text(bsync_bytes_of_string(text)),
	};

	memset(variant.dot.device.bytes, author + 1, BSYNC_ID_SIZE);
	memset(variant.dot.line.bytes, author + 2, BSYNC_ID_SIZE);
	variant.dot.seq = seq;
	memset(variant.author.bytes, author, BSYNC_ID_SIZE);
	return variant;
}

void pull_row_conflict(struct pull_row *row, uint32_t column_no, const char *shown, const char *other,
		       uint8_t other_author)
{
	pull_row_text(row, column_no, shown);
	row->variants[0] = variant_of(0x22, 8, row->row.counter, shown);
	row->variants[1] = variant_of(other_author, 9, row->row.counter - 1, other);
	row->cells[row->row.cell_count - 1].variant_count = 2;
	row->cells[row->row.cell_count - 1].variants = row->variants;
}

void pull_row_past(struct pull_row *row, uint32_t column_no, const char *text, uint64_t counter,
		   uint64_t replaced_counter)
{
	row->past = (struct bsync_past){.column_no = column_no,
					.variant = variant_of(0x22, counter, counter, text),
					.replaced_counter = replaced_counter};
	row->row.past_count = 1;
	row->row.pasts = &row->past;
}

struct bsync_scope_ref pull_scope_dossier(const uint8_t *key)
{
	return (struct bsync_scope_ref){.circle_no = 1, .value = bsync_value_blob((struct bsync_bytes){key, 1})};
}

struct bsync_scope_ref pull_scope_team(void)
{
	return (struct bsync_scope_ref){.circle_no = 2, .value = bsync_value_text(bsync_bytes_of_string("team"))};
}

enum bsync_result pull_send(struct device_scene *scene, struct bsync_scope_ref scope, const struct pull_row *row)
{
	struct bsync_pulled_row copy = row->row;
	const struct bsync_rows rows = {.scope = scope, .upto = row->row.counter, .count = 1, .rows = &copy};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 20);
	enum bsync_result result = bsync_rows_encode(&rows, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_rows(scene->file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

enum bsync_result pull_scope(struct device_scene *scene, enum bsync_scope_act act, struct bsync_scope_ref scope)
{
	return pull_scope_until(scene, act, scope, 0);
}

enum bsync_result pull_scope_until(struct device_scene *scene, enum bsync_scope_act act, struct bsync_scope_ref scope,
				   int64_t until_ms)
{
	struct bsync_scope_change change = {
		.act = act, .scope = scope, .reason = bsync_bytes_of_string(""), .until_ms = until_ms};
	const struct bsync_scopes scopes = {.count = 1, .changes = &change};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 20);
	enum bsync_result result = bsync_scopes_encode(&scopes, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_scopes(scene->file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

bool pull_scene_make(struct device_scene *scene)
{
	struct pull_row row;

	if (!device_scene_make(scene))
		return false;
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 10);
	pull_row_text(&row, NAAM, "Jansen");
	pull_row_text(&row, STATUS, "nieuw");
	pull_row_value(&row, TELLER, bsync_value_integer(10));
	pull_row_text(&row, LABELS, "[\"a\",\"b\"]");
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, 10) == BSYNC_OK;
}

enum bsync_result pull_send_text(struct device_scene *scene, uint32_t column_no, const char *text, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, counter);
	pull_row_text(&row, column_no, text);
	return pull_send(scene, pull_scope_dossier(&one), &row);
}

enum bsync_result pull_send_integer(struct device_scene *scene, uint32_t column_no, int64_t value, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, counter);
	pull_row_value(&row, column_no, bsync_value_integer(value));
	return pull_send(scene, pull_scope_dossier(&one), &row);
}

enum bsync_result pull_send_note(struct device_scene *scene, const char *text, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, text != NULL ? BSYNC_PULLED_WHOLE : BSYNC_PULLED_GONE, NOTITIE, 3, 8, counter);
	if (text != NULL) {
		pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
		pull_row_text(&row, 3, text);
	}
	enum bsync_result result = pull_send(scene, pull_scope_dossier(&one), &row);
	return result == BSYNC_OK ? device_scene_pull_end(scene, counter) : result;
}
