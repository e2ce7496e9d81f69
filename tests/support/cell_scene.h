/* cell_scene.h: one cell of one column, and writes to it, for the tests of core/merge and core/cells.
 *
 * A scene begins with a cell that nobody has written, of a row that line 3 inserted at counter 1 and stamp 1.
 * Lines 1 to 4 are devices 1 to 4; line 0 is the store.  The worker of line 3 has the role "baas", which is the highest. */
#ifndef BSYNC_TESTS_SUPPORT_CELL_SCENE_H
#define BSYNC_TESTS_SUPPORT_CELL_SCENE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge.h"

enum { SCENE_LINES = 5, SCENE_TEXT_SIZE = 512, SCENE_ELEMENTS_MAX = 8, SCENE_NAMES_MAX = 8 };

struct scene {
	struct bsync_arena arena;
	struct bsync_column column;
	struct bsync_device_id devices[SCENE_LINES];
	struct bsync_lines lines;
	struct bsync_cell cell;
	struct bsync_standing unwritten;
	uint64_t counter; /* of the last write that arrived */
	enum bsync_merge_outcome outcome;
	struct bsync_replaced replaced;
	char text[SCENE_TEXT_SIZE];
};

/* A write, as a test says it.  `value` NULL is a write of NULL; digits are an integer; anything else is text. */
struct scene_write {
	uint32_t line;
	uint64_t seq;
	uint64_t base;
	int64_t stamp;
	const char *value;
	const char *base_text; /* what the cell showed at `base`: rule text */
	int64_t delta;
	const char *adds, *removes; /* a character each element, ascending; both NULL: not a write to a set */
	bool is_delta;
	uint32_t name_count; /* above 0: by name */
	struct bsync_version_name names[SCENE_NAMES_MAX];
};

static inline void scene_must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("# the test itself fails: %s\n", what);
	abort();
}

static inline void scene_begin(struct scene *scene, enum bsync_rule rule)
{
	static char name[] = "c";
	static const struct bsync_role roles[SCENE_LINES] = {{""}, {"lid"}, {"lid"}, {"baas"}, {""}};
	static struct bsync_roles order = {.count = 1, .list = {{"baas"}}};

	*scene = (struct scene){.counter = 1};
	bsync_arena_init(&scene->arena, 1 << 20);
	scene->column = (struct bsync_column){.no = 7, .name = name, .rule = rule, .travels = true, .roles = &order};
	for (uint32_t i = 0; i < SCENE_LINES; i++)
		scene->devices[i].bytes[0] = (uint8_t)i;
	scene->lines = (struct bsync_lines){SCENE_LINES, scene->devices, roles};
	scene->unwritten = (struct bsync_standing){.version = {3, 1, 1, 1}, .is_unwritten = true};
	scene->cell = (struct bsync_cell){.changed = 1, .count = 1, .standing = &scene->unwritten};
}

static inline void scene_end(struct scene *scene)
{
	bsync_arena_clear(&scene->arena);
}

static inline struct bsync_value scene_value(const char *text)
{
	if (text == NULL)
		return bsync_value_null();
	if (*text != '\0' && strspn(text, "-0123456789") == strlen(text))
		return bsync_value_integer(strtoll(text, NULL, 10));
	return bsync_value_text(bsync_bytes_of_string(text));
}

/* A character each, as text. */
static inline struct bsync_value *scene_elements(struct scene *scene, const char *characters, uint32_t *count)
{
	struct bsync_value *values = NULL;

	*count = characters == NULL ? 0 : (uint32_t)strlen(characters);
	if (*count == 0)
		return NULL;
	values = bsync_arena_take(&scene->arena, *count * sizeof(*values));
	scene_must(values != NULL, "the arena is full");
	for (uint32_t i = 0; i < *count; i++)
		values[i] = bsync_value_text((struct bsync_bytes){(const uint8_t *)characters + i, 1});
	return values;
}

/* Lets `write` arrive at position `counter`. */
static inline enum bsync_result scene_apply(struct scene *scene, const struct scene_write *write, uint64_t counter)
{
	struct bsync_value *value = bsync_arena_take(&scene->arena, sizeof(*value));
	struct bsync_cell_edit edit = {.base = write->base,
				       .version = {write->line, write->seq, counter, write->stamp}};

	scene_must(value != NULL, "the arena is full");
	*value = scene_value(write->value);
	edit.value = value;
	edit.base_value = scene_value(write->base_text);
	edit.by_name = write->name_count != 0;
	edit.name_count = write->name_count;
	edit.names = write->names;
	if (write->is_delta) {
		edit.kind = BSYNC_WRITE_DELTA;
		edit.delta = write->delta;
	} else if (write->adds != NULL || write->removes != NULL) {
		edit.kind = BSYNC_WRITE_SET;
		edit.adds = scene_elements(scene, write->adds, &edit.add_count);
		edit.removes = scene_elements(scene, write->removes, &edit.remove_count);
	}
	return bsync_merge_cell(&scene->column, &scene->lines, &scene->arena, &scene->cell, &edit, &scene->outcome,
				&scene->replaced);
}

/* Lets a write arrive next; says what became of it. */
static inline enum bsync_merge_outcome scene_write(struct scene *scene, struct scene_write write)
{
	scene_must(scene_apply(scene, &write, ++scene->counter) == BSYNC_OK, "a merge fails");
	return scene->outcome;
}

/* As scene_write, for the common case. */
static inline enum bsync_merge_outcome scene_write_value(struct scene *scene, uint32_t line, uint64_t seq,
							 uint64_t base, int64_t stamp, const char *value)
{
	return scene_write(
		scene, (struct scene_write){.line = line, .seq = seq, .base = base, .stamp = stamp, .value = value});
}

/* Writes the value in words at `out`; returns how much. */
static inline size_t scene_print_value(char *out, size_t size, const struct bsync_value *value)
{
	int printed = 0;

	switch (value->kind) {
	case BSYNC_NULL:
		printed = snprintf(out, size, "NULL");
		break;
	case BSYNC_INTEGER:
		printed = snprintf(out, size, "%" PRId64, value->as.integer);
		break;
	case BSYNC_REAL:
		printed = snprintf(out, size, "%g", value->as.real);
		break;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		printed = snprintf(out, size, "%.*s", (int)value->as.bytes.size, (const char *)value->as.bytes.data);
		break;
	}
	scene_must(printed >= 0 && (size_t)printed < size, "a value is too long to print");
	return (size_t)printed;
}

/* "1.2=a 2.1=b": line, seq and value of each, in order; "-" for a cell that nobody has written. */
static inline const char *scene_print(char *out, size_t size, const struct bsync_standing *standing, uint32_t count)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		int printed = snprintf(out + used, size - used, "%s%" PRIu32 ".%" PRIu64 "=", i == 0 ? "" : " ",
				       standing[i].version.line, standing[i].version.seq);

		scene_must(printed >= 0 && (size_t)printed < size - used, "a set is too long to print");
		used += (size_t)printed;
		used += scene_print_value(out + used, size - used, &standing[i].value);
		if (standing[i].is_unwritten)
			used = (size_t)snprintf(out, size, "-");
	}
	return out;
}

static inline const char *scene_standing(struct scene *scene)
{
	return scene_print(scene->text, sizeof(scene->text), scene->cell.standing, scene->cell.count);
}

static inline const char *scene_replaced(struct scene *scene)
{
	return scene_print(scene->text, sizeof(scene->text), scene->replaced.standing, scene->replaced.count);
}

static inline struct bsync_shown scene_look(struct scene *scene)
{
	struct bsync_shown shown;

	scene_must(bsync_merge_shown(&scene->column, &scene->lines, &scene->arena, &scene->cell, &shown) == BSYNC_OK,
		   "nothing can be shown");
	return shown;
}

static inline const char *scene_shown(struct scene *scene)
{
	struct bsync_shown shown = scene_look(scene);

	scene_print_value(scene->text, sizeof(scene->text), &shown.value);
	return scene->text;
}

static inline bool scene_is_conflict(struct scene *scene)
{
	return scene_look(scene).is_conflict;
}

#endif
