#include "tests/sim/ends.h"

#include <stdlib.h>

#include "core/frame.h"
#include "tests/sim/causal.h"
#include "tests/sim/disk.h"
#include "tests/sim/probe.h"

enum { TELLS_ONE_OF = 15, CIRCLE_NO = 2 };

void ends_tell(struct world_device *device, struct bsync_buffer *frames)
{
	struct bsync_scope_change change = {
		.act = BSYNC_SCOPE_MOVE_END,
		.scope = {CIRCLE_NO, bsync_value_text(bsync_bytes_of_string("L2"))},
		.until_ms = 1,
	};
	const struct bsync_scopes scopes = {.count = 1, .changes = &change};
	struct bsync_buffer payload;
	if (device->world->is_calm || world_below(device->world, TELLS_ONE_OF) != 0)
		return;
	bsync_buffer_init(&payload, 1000);
	if (bsync_scopes_encode(&scopes, &payload) != BSYNC_OK ||
	    bsync_frame_write(frames, BSYNC_MESSAGE_SCOPES, bsync_buffer_bytes(&payload)) != BSYNC_OK)
		abort();
	bsync_buffer_clear(&payload);
}

void ends_come(struct world_device *device)
{
	struct bsync_file_status status;
	bool has_dropped = false;
	if (device->file == NULL || device_is_down(device) || device->is_broken)
		return;
	enum bsync_result result = bsync_file_drop_ended(device->file, &has_dropped);
	if (result != BSYNC_OK) {
		device_excuses(device, result, "let go what has ended");
		return;
	}
	if (!has_dropped)
		return;
	world_trace(device->world, "device %u lets go 'L2' by itself", device->number);
	probe(PROBE_ENDED);
	if (bsync_file_status(device->file, &status) == BSYNC_OK && status.pending > 0)
		probe(PROBE_ENDED_UNSENT);
	causal_let_go(device);
	/* The next conversation says so. */
	device_cut(device);
}
