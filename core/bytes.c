#include "core/bytes.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUFFER_CAPACITY_MIN = 64,
	ARENA_BLOCK_MIN = 4096,
	ARENA_BLOCK_MAX = 1 << 20,
};

struct bsync_bytes bsync_bytes_of_string(const char *text)
{
	assert(text != NULL);
	return (struct bsync_bytes){(const uint8_t *)text, strlen(text)};
}

bool bsync_bytes_equal(struct bsync_bytes a, struct bsync_bytes b)
{
	assert(a.data != NULL || a.size == 0);
	assert(b.data != NULL || b.size == 0);
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bsync_bytes_compare(struct bsync_bytes a, struct bsync_bytes b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = 0;

	assert(a.data != NULL || a.size == 0);
	assert(b.data != NULL || b.size == 0);
	if (common != 0)
		order = memcmp(a.data, b.data, common);
	if (order != 0)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

void bsync_buffer_init(struct bsync_buffer *buffer, size_t size_max)
{
	assert(buffer != NULL);
	*buffer = (struct bsync_buffer){.size_max = size_max};
}

void bsync_buffer_clear(struct bsync_buffer *buffer)
{
	assert(buffer != NULL);
	assert(buffer->size <= buffer->capacity);
	free(buffer->data);
	bsync_buffer_init(buffer, buffer->size_max);
}

void bsync_buffer_wipe(struct bsync_buffer *buffer)
{
	assert(buffer != NULL);
	if (buffer->data != NULL) {
		memset(buffer->data, 0, buffer->capacity);
		/* The bytes are freed next; without this the compiler may drop the memset as dead. */
		__asm__ volatile("" : : "r"(buffer->data) : "memory");
	}
	bsync_buffer_clear(buffer);
}

/* Grows the capacity to at least `needed`, which is within the maximum. */
static enum bsync_result buffer_grow(struct bsync_buffer *buffer, size_t needed)
{
	size_t capacity = buffer->capacity;
	uint8_t *data = NULL;

	assert(needed > capacity);
	assert(needed <= buffer->size_max);
	capacity = capacity > buffer->size_max / 2 ? buffer->size_max : capacity * 2;
	if (capacity < BUFFER_CAPACITY_MIN)
		capacity = buffer->size_max < BUFFER_CAPACITY_MIN ? buffer->size_max : BUFFER_CAPACITY_MIN;
	if (capacity < needed)
		capacity = needed;
	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return BSYNC_NO_MEMORY;
	buffer->data = data;
	buffer->capacity = capacity;
	return BSYNC_OK;
}

enum bsync_result bsync_buffer_reserve(struct bsync_buffer *buffer, size_t size, uint8_t **room)
{
	assert(buffer != NULL);
	assert(room != NULL);
	assert(buffer->size <= buffer->capacity);
	assert(buffer->size <= buffer->size_max);
	if (size > buffer->size_max - buffer->size)
		return BSYNC_TOO_LARGE;
	if (size > buffer->capacity - buffer->size) {
		enum bsync_result result = buffer_grow(buffer, buffer->size + size);

		if (result != BSYNC_OK)
			return result;
	}
	*room = buffer->data == NULL ? NULL : buffer->data + buffer->size;
	return BSYNC_OK;
}

void bsync_buffer_commit(struct bsync_buffer *buffer, size_t size)
{
	assert(buffer != NULL);
	assert(size <= buffer->capacity - buffer->size);
	buffer->size += size;
}

enum bsync_result bsync_buffer_append(struct bsync_buffer *buffer, const void *data, size_t size)
{
	uint8_t *room = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(buffer != NULL);
	assert(data != NULL || size == 0);
	assert(buffer->size <= buffer->capacity);
	if (size == 0)
		return BSYNC_OK;
	/* Most pieces are a few bytes and fit. */
	if (size > buffer->capacity - buffer->size || size > buffer->size_max - buffer->size) {
		result = bsync_buffer_reserve(buffer, size, &room);
		if (result != BSYNC_OK)
			return result;
	}
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	return BSYNC_OK;
}

void bsync_buffer_consume(struct bsync_buffer *buffer, size_t size)
{
	assert(buffer != NULL);
	assert(size <= buffer->size);
	if (size == 0)
		return;
	buffer->size -= size;
	memmove(buffer->data, buffer->data + size, buffer->size);
}

struct bsync_bytes bsync_buffer_bytes(const struct bsync_buffer *buffer)
{
	assert(buffer != NULL);
	return (struct bsync_bytes){buffer->data, buffer->size};
}

/* The newest block is first; only it has room that is still handed out. */
struct bsync_arena_block {
	struct bsync_arena_block *next;
	size_t capacity;
	size_t taken;
	alignas(max_align_t) uint8_t data[];
};

static_assert(offsetof(struct bsync_arena_block, data) % alignof(max_align_t) == 0, "the first object is aligned");

void bsync_arena_init(struct bsync_arena *arena, size_t size_max)
{
	assert(arena != NULL);
	*arena = (struct bsync_arena){.size_max = size_max};
}

static void blocks_free(struct bsync_arena_block *block)
{
	while (block != NULL) {
		struct bsync_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void bsync_arena_clear(struct bsync_arena *arena)
{
	assert(arena != NULL);
	blocks_free(arena->blocks);
	bsync_arena_init(arena, arena->size_max);
}

void bsync_arena_reset(struct bsync_arena *arena)
{
	assert(arena != NULL);
	arena->is_exceeded = false;
	if (arena->blocks == NULL)
		return;
	blocks_free(arena->blocks->next);
	arena->blocks->next = NULL;
	arena->blocks->taken = 0;
	arena->used = arena->blocks->capacity;
}

/* Puts a block in front with room for `size` bytes; false when memory or the maximum is reached. */
static bool block_add(struct bsync_arena *arena, size_t size)
{
	size_t left = arena->size_max - arena->used;
	size_t capacity = arena->blocks == NULL ? ARENA_BLOCK_MIN : ARENA_BLOCK_MAX;
	struct bsync_arena_block *block = NULL;

	assert(arena->used <= arena->size_max);
	if (size > left || size > SIZE_MAX - sizeof(*block)) {
		arena->is_exceeded = true;
		return false;
	}
	if (arena->blocks != NULL && arena->blocks->capacity < ARENA_BLOCK_MAX / 2)
		capacity = arena->blocks->capacity * 2;
	if (capacity > left)
		capacity = left;
	if (capacity < size)
		capacity = size;
	block = malloc(sizeof(*block) + capacity);
	if (block == NULL)
		return false;
	block->next = arena->blocks;
	block->capacity = capacity;
	block->taken = 0;
	arena->blocks = block;
	arena->used += capacity;
	return true;
}

/* `size` as a multiple of the strictest alignment. */
static size_t size_aligned(size_t size)
{
	assert(size <= SIZE_MAX - (alignof(max_align_t) - 1));
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

void *bsync_arena_take(struct bsync_arena *arena, size_t size)
{
	struct bsync_arena_block *block = NULL;
	size_t rounded = 0;
	void *object = NULL;

	assert(arena != NULL);
	if (size > arena->size_max || size > SIZE_MAX - (alignof(max_align_t) - 1)) {
		arena->is_exceeded = true;
		return NULL;
	}
	rounded = size_aligned(size);
	block = arena->blocks;
	if (block == NULL || rounded > block->capacity - block->taken) {
		if (!block_add(arena, rounded))
			return NULL;
		block = arena->blocks;
	}
	object = block->data + block->taken;
	block->taken += rounded;
	assert(block->taken <= block->capacity);
	return memset(object, 0, size);
}

enum bsync_result bsync_arena_array(struct bsync_arena *arena, size_t count, size_t size, void *out)
{
	void *array = NULL;

	assert(arena != NULL);
	assert(size != 0);
	assert(out != NULL);
	if (count != 0) {
		if (count > arena->size_max / size || count * size > SIZE_MAX - alignof(max_align_t))
			return BSYNC_TOO_LARGE;
		array = bsync_arena_take(arena, count * size);
		if (array == NULL)
			return size_aligned(count * size) > arena->size_max - arena->used ? BSYNC_TOO_LARGE
											  : BSYNC_NO_MEMORY;
	}
	memcpy(out, &array, sizeof(array));
	return BSYNC_OK;
}

struct bsync_bytes bsync_arena_copy(struct bsync_arena *arena, struct bsync_bytes bytes)
{
	uint8_t *copy = NULL;

	assert(bytes.data != NULL || bytes.size == 0);
	if (bytes.size == 0)
		return (struct bsync_bytes){NULL, 0};
	copy = bsync_arena_take(arena, bytes.size);
	if (copy == NULL)
		return (struct bsync_bytes){NULL, 0};
	memcpy(copy, bytes.data, bytes.size);
	return (struct bsync_bytes){copy, bytes.size};
}
