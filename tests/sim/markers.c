#include "tests/sim/markers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/file.h"
#include "tests/sim/ask.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"

/* A word is a letter, "q", six digits, the first of which are always zero, and "q"; then of a pair which half it is. */
enum { MARKERS_MAX = 1000, LISTS = 3, LINES = 10, TAIL_SIZE = 8, NOBODY = WORLD_DEVICES_MAX };
static const char begin[] = "q000";

static struct {
	struct marker {
		uint32_t author;   /* the identity of the device that wrote it */
		unsigned lists[2]; /* a bit each; of a pair the second half has its own; 0: it was never saved */
		unsigned lines;    /* a bit each: of lines it is in, whose lists are in `line_lists` */
	} list[MARKERS_MAX];
	/* Which list a line is in, its devices may see differently: those that anybody ever said, a bit each. */
	unsigned line_lists[LINES];
	/* Of each device: the lists that it held when it was looked at last, a bit each, and whether its disk has failed since its
	 * file was opened. */
	unsigned held[WORLD_DEVICES_MAX];
	bool has_failed[WORLD_DEVICES_MAX];
} markers;

void markers_begin(void)
{
	memset(&markers, 0, sizeof markers);
}

/* "L1" */
static unsigned list_bit(const char *name)
{
	if (name[0] != 'L' || name[1] < '0' || name[1] >= '0' + LISTS)
		abort();
	return 1u << (name[1] - '0');
}

static struct marker *marker_of(const struct world_device *device, const char *word)
{
	unsigned long number = strtoul(word + 2, NULL, 10);
	if (number >= MARKERS_MAX)
		abort();
	markers.list[number].author = device->identity;
	return &markers.list[number];
}

void markers_write(const struct world_device *device, const char *word, const char *lists)
{
	struct marker *marker = marker_of(device, word);
	if (lists[0] == '\0')
		return;
	marker->lists[0] = marker->lists[1] = list_bit(lists);
	if (lists[2] == ',')
		marker->lists[1] = list_bit(lists + 3);
}

void markers_write_line(const struct world_device *device, const char *word, uint32_t line, const char *list)
{
	if (word[0] != '\0')
		marker_of(device, word)->lines |= 1u << line;
	markers.line_lists[line] |= list_bit(list);
}

void markers_move_line(uint32_t from, uint32_t to)
{
	markers.line_lists[to] |= markers.line_lists[from];
	for (uint32_t i = 0; i < MARKERS_MAX; i++)
		if ((markers.list[i].lines >> from & 1) != 0)
			markers.list[i].lines |= 1u << to;
}

/* --- Search --- */

/* The lists that the word whose tail this is may be read in; 0: there is no word. */
static unsigned lists_of(const struct marker *marker, bool is_second)
{
	unsigned lists = marker->lists[is_second];
	for (uint32_t line = 0; line < LINES; line++)
		if ((marker->lines >> line & 1) != 0)
			lists |= markers.line_lists[line];
	return lists;
}

static bool is_tail(const uint8_t *tail)
{
	for (uint32_t i = 1; i < TAIL_SIZE - 1; i++)
		if (tail[i] < '0' || tail[i] > '9')
			return false;
	return tail[TAIL_SIZE - 1] == 'q';
}

/* Whose words may be anywhere, and whether those of lines are looked for, which move. */
struct search {
	unsigned held;
	uint32_t own;
	bool has_lines;
};

/* The number of a word in the bytes that should not be there; MARKERS_MAX: there is none. */
static uint32_t stray_find(struct bsync_bytes bytes, const struct search *search)
{
	const uint8_t *end = bytes.data + bytes.size;
	const uint8_t *at = bytes.data;
	while (at != NULL && (at = memmem(at, (size_t)(end - at), begin, sizeof begin - 1)) != NULL) {
		const uint8_t *tail = at++;
		if (end - tail < TAIL_SIZE || !is_tail(tail))
			continue;
		uint32_t number = (uint32_t)strtoul((const char *)tail + 1, NULL, 10);
		const struct marker *marker = &markers.list[number];
		bool is_second = end - tail > TAIL_SIZE && tail[TAIL_SIZE] == 'b';
		if (marker->author != search->own && (search->has_lines || marker->lines == 0) &&
		    (lists_of(marker, is_second) & search->held) == 0)
			return number;
	}
	return MARKERS_MAX;
}

void markers_send(const struct world_device *device, struct bsync_bytes bytes, uint64_t counter)
{
	unsigned held = 0;
	for (uint32_t i = 0; i < LISTS; i++) {
		char name[3] = {'L', (char)('0' + i), '\0'};
		struct bsync_value list = bsync_value_text(bsync_bytes_of_string(name));
		held |= (unsigned)model_holds(&device->worker, &list, counter) << i;
	}
	uint32_t number = stray_find(bytes, &(struct search){held, NOBODY, true});
	if (number != MARKERS_MAX)
		world_fail(device->world, "device %u is sent word %u, of a list that it does not hold at %llu",
			   device->number, number, (unsigned long long)counter);
}

/* --- What is left in a file --- */

/* A list that is held, or NULL where a pull waits to be shown. */
struct holding {
	unsigned held;
	bool is_given;
};

static void holding_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct holding *holding = context;
	(void)count;
	if (values[0].kind == BSYNC_TEXT)
		holding->held |= list_bit((const char *)values[0].as.bytes.data);
	else
		holding->is_given = true;
}

/* The file and what SQLite keeps beside it. */
static void file_search(struct world_device *device, const struct search *search)
{
	static const char *const ends[] = {"", "-wal", "-journal"};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char path[WORLD_PATH_SIZE + 10];
		struct bsync_bytes bytes = {0};
		snprintf(path, sizeof path, "%s%s", device->path, ends[i]);
		bytes.data = fault_disk_file(device->disk, path, &bytes.size);
		uint32_t number = bytes.data == NULL ? MARKERS_MAX : stray_find(bytes, search);
		if (number != MARKERS_MAX)
			world_fail(device->world,
				   "device.db%s of device %u has word %u, of a list that it does not hold", ends[i],
				   device->number, number);
	}
}

/* What is excepted: words of its own user, whose work waits until it is handed in; a list that a pull gives, which is not
 * shown yet; what the disk kept from being erased, until the file is opened again.  Of single rows that went, other than with
 * their list, the bytes stay until the file is opened or closed (STORAGE 6). */
void markers_look(struct world_device *device)
{
	static const char sql[] = "SELECT value FROM bsync_scope WHERE circle_no = 2 AND NOT is_over UNION ALL SELECT"
				  " NULL FROM bsync_stage";
	struct holding holding = {0};
	if (device->file == NULL || markers.has_failed[device->number] || fault_disk_hits(device->disk) > 0)
		return;
	if (ask_file(device->file, sql, 0, holding_row, &holding) != BSYNC_OK)
		world_fail(device->world, "device %u cannot say what it holds", device->number);
	if (holding.is_given)
		return;
	const struct bsync_file_state *state = &device->file->state;
	bool is_erased = state->removals == state->erased;
	bool has_dropped = (markers.held[device->number] & ~holding.held) != 0;
	markers.held[device->number] = holding.held;
	probe_if(has_dropped, PROBE_DROPPED_ERASED);
	if (is_erased || has_dropped)
		file_search(device, &(struct search){holding.held, device->identity, is_erased});
}

void markers_failed(const struct world_device *device)
{
	markers.has_failed[device->number] = true;
}

void markers_opened(const struct world_device *device)
{
	markers.has_failed[device->number] = false;
	markers.held[device->number] = 0;
}
