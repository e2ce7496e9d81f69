/* fuzz_pending.c: what a row of bsync_pending holds, as a damaged file has it.
 *
 * What is decoded can be used as the rebase does: cells are found, added, listed and pruned. */
#include "client-sdk/store/pending.h"
#include "tests/fuzz/script.h"

enum { ARENA_MAX = 256 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bsync_pending_entry entry;
	struct bsync_pending_cell *cell = NULL;
	struct bsync_arena arena;
	enum bsync_result result;

	bsync_arena_init(&arena, ARENA_MAX);
	result = bsync_pending_decode((struct bsync_bytes){data, size}, &arena, &entry);
	check(result == BSYNC_OK || result == BSYNC_STORAGE_CORRUPT);
	if (result == BSYNC_OK) {
		uint32_t count = entry.cell_count;

		for (uint32_t i = 0; i < count; i++)
			check(bsync_pending_find(&entry, entry.cells[i].column_no) != NULL);
		for (uint32_t i = 1; i < entry.seq_count; i++)
			check(entry.seqs[i - 1] < entry.seqs[i]);
		result = bsync_pending_take(&entry, &arena, 7, &cell);
		check(result == BSYNC_OK || result == BSYNC_TOO_LARGE);
		if (entry.seq_count == 0 || entry.seqs[entry.seq_count - 1] < BSYNC_COUNTER_MAX) {
			result = bsync_pending_list(&entry, &arena, BSYNC_COUNTER_MAX);
			check(result == BSYNC_OK || result == BSYNC_TOO_LARGE);
		}
		bsync_pending_unlist(&entry, BSYNC_COUNTER_MAX);
		check(!bsync_pending_lists(&entry, BSYNC_COUNTER_MAX));
		bsync_pending_prune(&entry);
		check(entry.cell_count <= count + 1);
	}
	bsync_arena_clear(&arena);
	return 0;
}
