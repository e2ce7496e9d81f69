/* cells_fixture.h: a row of ten columns, one a rule, whose cells are written and read again. */
#ifndef BSYNC_TESTS_SUPPORT_CELLS_FIXTURE_H
#define BSYNC_TESTS_SUPPORT_CELLS_FIXTURE_H

#include "core/cells.h"
#include "core/merge.h"
#include "core/varint.h"
#include "tests/support/cell_scene.h"
#include "tests/support/harness.h"

enum { COLUMNS = 10, BYTES_MAX = 64 << 20 };

#define STAMP INT64_C(1767225600000) /* 2026-01-01 */

/* A table with a key, a column that stays home and one column a rule. */
struct fixture {
	struct bsync_table table;
	struct bsync_column columns[COLUMNS];
	struct bsync_face faces[2];
	struct bsync_value row[COLUMNS];
	struct bsync_arena arena;
	struct bsync_buffer bytes;
	struct bsync_cells cells;
};

enum { KEY, HOME, LWW, KEEP, FIRST, SERVER, MAX, MIN, COUNTER, SET };

static inline void set_up(struct fixture *fixture)
{
	static char name[] = "c";

	memset(fixture, 0, sizeof(*fixture));
	for (uint32_t i = 0; i < COLUMNS; i++) {
		fixture->columns[i] = (struct bsync_column){.no = i + 1, .name = name, .travels = i != HOME};
		fixture->columns[i].rule = (enum bsync_rule)(i < LWW ? 0 : i - LWW);
	}
	fixture->columns[KEY].is_key = true;
	fixture->table = (struct bsync_table){.no = 1,
					      .name = name,
					      .column_count = COLUMNS,
					      .columns = fixture->columns,
					      .key_count = 1,
					      .face_count = 2,
					      .faces = fixture->faces};
	fixture->row[KEY] = bsync_value_integer(1);
	fixture->row[LWW] = bsync_value_text(bsync_bytes_of_string("lww"));
	fixture->row[KEEP] = bsync_value_text(bsync_bytes_of_string("keep"));
	fixture->row[COUNTER] = bsync_value_integer(3);
	fixture->row[SET] = bsync_value_text(bsync_bytes_of_string("[1,\"a\"]"));
	bsync_arena_init(&fixture->arena, BYTES_MAX);
	bsync_buffer_init(&fixture->bytes, BYTES_MAX);
}

static inline void tear_down(struct fixture *fixture)
{
	bsync_arena_clear(&fixture->arena);
	bsync_buffer_clear(&fixture->bytes);
}

static const struct bsync_version born = {12, 345, 123456, STAMP};

static inline enum bsync_result decode(struct fixture *fixture, struct bsync_bytes bytes)
{
	return bsync_cells_decode(&fixture->table, bytes, fixture->row, &fixture->arena, &fixture->cells);
}

static inline void new_row(struct fixture *fixture)
{
	const struct bsync_entry entry = {0, 4321, born.counter};

	scene_must(bsync_cells_encode_new(&born, 1, &entry, &fixture->bytes) == BSYNC_OK, "a new row has no bytes");
	scene_must(decode(fixture, bsync_buffer_bytes(&fixture->bytes)) == BSYNC_OK, "a new row can not be read");
}

/* Encodes the fixture's cells, decodes that, and encodes what was decoded: both bytes must be equal. */
static inline bool goes_round(struct fixture *fixture)
{
	struct bsync_buffer again;
	bool is_equal = false;

	bsync_buffer_init(&again, BYTES_MAX);
	fixture->bytes.size = 0;
	if (bsync_cells_encode(&fixture->table, &fixture->cells, &fixture->bytes) == BSYNC_OK &&
	    decode(fixture, bsync_buffer_bytes(&fixture->bytes)) == BSYNC_OK &&
	    bsync_cells_encode(&fixture->table, &fixture->cells, &again) == BSYNC_OK)
		is_equal = bsync_bytes_equal(bsync_buffer_bytes(&fixture->bytes), bsync_buffer_bytes(&again));
	bsync_buffer_clear(&again);
	return is_equal;
}

#endif
