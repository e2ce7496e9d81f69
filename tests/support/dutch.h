/* dutch.h: invented Dutch text of the kind field workers write, from a seed: the same seed gives the same text. */
#ifndef BSYNC_TESTS_SUPPORT_DUTCH_H
#define BSYNC_TESTS_SUPPORT_DUTCH_H

#include <stddef.h>
#include <stdint.h>

/* A small random generator (splitmix64); the state is the seed. */
uint64_t dutch_random(uint64_t *state);
/* A number below `bound`, which is above 0. */
uint32_t dutch_below(uint64_t *state, uint32_t bound);

/* Each writes NUL-terminated UTF-8 into `text`, cut at a character where `size` ends. */
void dutch_family(uint64_t *state, char *text, size_t size); /* "gezin Van Dalfsen" */
void dutch_person(uint64_t *state, char *text, size_t size); /* "Samira Oulad" */
void dutch_goal(uint64_t *state, char *text, size_t size);   /* one goal of a plan */
void dutch_agreement(uint64_t *state, char *text, size_t size);
/* A note of about `length` bytes: whole sentences. */
void dutch_note(uint64_t *state, size_t length, char *text, size_t size);

#endif
