/* fuzz_device_rows.c: ROWS, SCOPES, RECEIPTS and PULL_END payloads as bytes, given to a device's file one after another.
 *
 * Input: pieces of a kind, a size of two bytes, and the payload.  No session looks at them first.  The file that takes
 * them has pulled rows and edits that wait, and is whole afterwards. */
#include "tests/fuzz/script.h"
#include "tests/fuzz/stage.h"
#include "tests/support/device_store.h"

enum { PIECES_MAX = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t kinds[] = {BSYNC_MESSAGE_ROWS,     BSYNC_MESSAGE_SCOPES, BSYNC_MESSAGE_PULL_END,
					BSYNC_MESSAGE_RECEIPTS, BSYNC_MESSAGE_SCHEMA, BSYNC_MESSAGE_WELCOME};
	struct script script = {{data, size}};
	struct stage *stage = stage_begin();
	bool is_taken = false;

	stage_open_device(stage, 0);
	for (int i = 0; i < PIECES_MAX && !script_is_over(&script); i++) {
		uint8_t kind = kinds[script_below(&script, sizeof kinds)];
		enum bsync_result result = device_store(stage->devices[0].file, kind, script_sized(&script));

		stage_check_refusal(stage->devices[0].file, kind, result);
		is_taken = is_taken || result == BSYNC_OK;
	}
	if (is_taken)
		stage_check_device(stage, 0);
	stage_end(stage);
	return 0;
}
