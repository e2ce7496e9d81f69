/* script.h: an input read as a script, byte by byte; at its end it reads zeros, so that every input is a script. */
#ifndef BSYNC_TESTS_FUZZ_SCRIPT_H
#define BSYNC_TESTS_FUZZ_SCRIPT_H

#include <stdlib.h>

#include "core/bytes.h"

struct script {
	struct bsync_bytes rest;
};

/* Ends the program where a promise does not hold, which the fuzzer notes. */
static inline void check(bool holds)
{
	if (!holds)
		abort();
}

static inline bool script_is_over(const struct script *script)
{
	return script->rest.size == 0;
}

static inline uint8_t script_byte(struct script *script)
{
	if (script->rest.size == 0)
		return 0;
	script->rest.size--;
	return *script->rest.data++;
}

static inline uint32_t script_below(struct script *script, uint32_t bound)
{
	return script_byte(script) % bound;
}

/* A number: mostly small, sometimes as large as 63 bits allow. */
static inline uint64_t script_number(struct script *script)
{
	uint8_t first = script_byte(script);
	uint64_t number = 0;

	if (first < 0xf0)
		return first;
	for (int i = 0; i < 1 + (first & 7); i++)
		number = number << 8 | script_byte(script);
	return number & (uint64_t)INT64_MAX;
}

/* A time near `now_ms`, or any that 64 bits hold. */
static inline int64_t script_time(struct script *script, int64_t now_ms)
{
	uint64_t number = script_number(script);

	return number <= UINT32_MAX ? now_ms + (int64_t)number : (int64_t)(number << 1);
}

/* The next bytes, at most `size`. */
static inline struct bsync_bytes script_bytes(struct script *script, size_t size)
{
	struct bsync_bytes bytes = {script->rest.data, size < script->rest.size ? size : script->rest.size};

	script->rest.data += bytes.size;
	script->rest.size -= bytes.size;
	return bytes;
}

/* Bytes behind a size of two bytes. */
static inline struct bsync_bytes script_sized(struct script *script)
{
	size_t size = script_byte(script);

	size |= (size_t)script_byte(script) << 8;
	return script_bytes(script, size);
}

#endif
