/* What a row of bsync_pending is read as, and what is told to be damage. */
#include "client-sdk/store/pending.h"
#include "tests/support/harness.h"

static enum bsync_result decode(const uint8_t *bytes, size_t size, struct bsync_pending_entry *entry,
				struct bsync_arena *arena)
{
	bsync_arena_init(arena, 1 << 20);
	return bsync_pending_decode((struct bsync_bytes){bytes, size}, arena, entry);
}

TEST(entry_is_read)
{
	static const uint8_t bytes[] = {0x99, 0xc3, 0xc2, 0xc2, 0xc2, 9,   6, 0xc0, 0x92, 1,    2,    0x9c, 3,
					0xc0, 4,    0xc3, 7,    0xa1, 'b', 5, 0xc0, 0,    0xc2, 0xc0, 0xc0};
	struct bsync_pending_entry entry;
	struct bsync_arena arena;

	CHECK_EQ(decode(bytes, sizeof bytes, &entry, &arena), BSYNC_OK);
	CHECK(entry.is_on_server);
	CHECK_EQ(entry.heard, 9);
	CHECK_EQ(entry.hidden_seq, 6);
	CHECK_EQ(entry.seq_count, 2);
	CHECK_EQ(entry.cell_count, 2);
	CHECK(bsync_pending_find(&entry, 3) != NULL);
	CHECK_EQ(entry.cells[0].shadow.as.integer, 7);
	CHECK_EQ(entry.cells[0].origin.as.bytes.size, 1);
	CHECK_EQ(entry.cells[1].origin.kind, BSYNC_NULL);
	bsync_arena_clear(&arena);
}

TEST(changesets_out_of_order_are_damage)
{
	static const uint8_t falling[] = {0x99, 0xc3, 0xc2, 0xc2, 0xc2, 0, 0, 0xc0, 0x92, 2, 1, 0x90};
	static const uint8_t twice[] = {0x99, 0xc3, 0xc2, 0xc2, 0xc2, 0, 0, 0xc0, 0x92, 2, 2, 0x90};
	struct bsync_pending_entry entry;
	struct bsync_arena arena;

	CHECK_EQ(decode(falling, sizeof falling, &entry, &arena), BSYNC_STORAGE_CORRUPT);
	bsync_arena_clear(&arena);
	CHECK_EQ(decode(twice, sizeof twice, &entry, &arena), BSYNC_STORAGE_CORRUPT);
	bsync_arena_clear(&arena);
}

TEST(cells_out_of_order_are_damage)
{
	static const uint8_t bytes[] = {0x99, 0xc3, 0xc2, 0xc2, 0xc2, 0, 0,    0xc0, 0x90, 0x9c, 5,
					0xc0, 0,    0xc2, 0xc0, 0xc0, 5, 0xc0, 0,    0xc2, 0xc0, 0xc0};
	struct bsync_pending_entry entry;
	struct bsync_arena arena;

	CHECK_EQ(decode(bytes, sizeof bytes, &entry, &arena), BSYNC_STORAGE_CORRUPT);
	bsync_arena_clear(&arena);
}
