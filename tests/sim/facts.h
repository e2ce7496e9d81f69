/* facts.h: what somebody says is so, as a list, and the first thing that only one of two say. */
#ifndef BSYNC_TESTS_SIM_FACTS_H
#define BSYNC_TESTS_SIM_FACTS_H

#include "core/value.h"

enum { FACTS_MAX = 200000 };

/* Each is a packed array of values: what it is, the table's number, the row's packed key, and more. */
struct facts {
	struct bsync_arena arena;
	uint32_t count;
	struct bsync_value list[FACTS_MAX];
};

void facts_begin(struct facts *facts);
void facts_end(struct facts *facts);
/* Says a fact, in any order. */
void facts_say(struct facts *facts, uint32_t count, const struct bsync_value *values);
/* True when both say the same; else `words` is the first fact that only one of them has. */
bool facts_agree(struct facts *a, struct facts *b, const char *a_name, const char *b_name, char *words, size_t size);
/* The canonical array of these values, as a blob in the arena. */
struct bsync_value facts_pack(struct bsync_arena *arena, uint32_t count, const struct bsync_value *values);
struct bsync_value facts_number(uint64_t number);
struct bsync_value facts_text(const char *text);

/* Says a fact of a row of the model: FACT(facts, what, row, value...). */
#define FACT(facts, what, row, ...)                                                                  \
	facts_say(                                                                                   \
		facts, sizeof((struct bsync_value[]){__VA_ARGS__}) / sizeof(struct bsync_value) + 3, \
		(struct bsync_value[]){facts_text(what), facts_number((row)->table->no), (row)->packed, __VA_ARGS__})

#endif
