/* bytes.h: a borrowed slice, an owned growing buffer with a written maximum, and an arena.
 *
 * Nothing here does I/O.  Not thread-safe: one owner at a time. */
#ifndef BSYNC_CORE_BYTES_H
#define BSYNC_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/result.h"

/* Borrowed bytes; `data` may be NULL when `size` is 0. */
struct bsync_bytes {
	const uint8_t *data;
	size_t size;
};

/* Owned bytes that grow up to `size_max`.  All zeros with a `size_max` is a valid empty buffer. */
struct bsync_buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	size_t size_max;
};

/* Wraps a string literal or NUL-terminated string, without the NUL. */
struct bsync_bytes bsync_bytes_of_string(const char *text);

/* True when both hold the same bytes.  Not constant-time: never for secrets. */
bool bsync_bytes_equal(struct bsync_bytes a, struct bsync_bytes b);

/* memcmp order, a shorter prefix first: below 0, 0, above 0. */
int bsync_bytes_compare(struct bsync_bytes a, struct bsync_bytes b);

/* Starts an empty buffer that never holds more than `size_max` bytes. */
void bsync_buffer_init(struct bsync_buffer *buffer, size_t size_max);

/* Frees what the buffer owns and empties it; it can be used again.  Does not wipe. */
void bsync_buffer_clear(struct bsync_buffer *buffer);

/* As bsync_buffer_clear, after overwriting the bytes.  Growth leaves copies behind in freed memory, so
 * a buffer for secrets gets all its room by one bsync_buffer_reserve first. */
void bsync_buffer_wipe(struct bsync_buffer *buffer);

/* Appends a copy.  BSYNC_TOO_LARGE past the maximum, BSYNC_NO_MEMORY; then nothing is appended. */
BSYNC_CHECKED enum bsync_result bsync_buffer_append(struct bsync_buffer *buffer, const void *data, size_t size);

/* Makes room for `size` more bytes and lends them in `*room`; bsync_buffer_commit counts them in. */
BSYNC_CHECKED enum bsync_result bsync_buffer_reserve(struct bsync_buffer *buffer, size_t size, uint8_t **room);
void bsync_buffer_commit(struct bsync_buffer *buffer, size_t size);

/* Removes the first `size` bytes, which must be there. */
void bsync_buffer_consume(struct bsync_buffer *buffer, size_t size);

/* Borrows the contents until the next call that changes the buffer. */
struct bsync_bytes bsync_buffer_bytes(const struct bsync_buffer *buffer);

/* A bump allocator: many small objects, freed together. */
struct bsync_arena_block;
struct bsync_arena {
	struct bsync_arena_block *blocks;
	size_t used;
	size_t size_max;
	bool is_exceeded; /* something did not fit the maximum, since the last init, clear or reset */
};

/* Starts an empty arena that never holds more than `size_max` bytes in all, unused room included. */
void bsync_arena_init(struct bsync_arena *arena, size_t size_max);

/* Frees everything taken from the arena. */
void bsync_arena_clear(struct bsync_arena *arena);

/* Forgets everything taken but keeps one block for reuse (hot paths). */
void bsync_arena_reset(struct bsync_arena *arena);

/* Takes `size` zeroed bytes, aligned for any type; NULL when memory or the maximum is reached. */
void *bsync_arena_take(struct bsync_arena *arena, size_t size);

/* Takes an array of `count` zeroed elements of `size` bytes; `out` points to the pointer that gets it, NULL when
 * `count` is 0.  BSYNC_TOO_LARGE past the maximum, BSYNC_NO_MEMORY; then `*out` is untouched. */
BSYNC_CHECKED enum bsync_result bsync_arena_array(struct bsync_arena *arena, size_t count, size_t size, void *out);

/* Copies `bytes` into the arena; on failure the result has data NULL and size 0 though size > 0. */
struct bsync_bytes bsync_arena_copy(struct bsync_arena *arena, struct bsync_bytes bytes);

#endif
