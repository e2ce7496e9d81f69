/* office.h: a store with three workers and a plan that all hold, and acts of theirs in every order of arrival.
 *
 * Schema: tests/schemas/plan.  Plan #p is `besproken`, with goals #g1 and #g2 and step #s1. */
#ifndef BSYNC_TESTS_SUPPORT_OFFICE_H
#define BSYNC_TESTS_SUPPORT_OFFICE_H

#include "tests/support/store_scene.h"

enum { OFFICE_PARTS_MAX = 4, OFFICE_DUMP_SIZE = 1 << 16, OFFICE_WHY_SIZE = 3 * OFFICE_DUMP_SIZE };

/* Three workers; Anna is the one who signs. */
struct office {
	struct scene_pair pair;
	struct scene_device dirk;
};

/* A changeset of one of them. */
struct office_part {
	int device; /* 0 Anna, 1 Bram, 2 Dirk */
	const char *text;
};

/* Anna signs. */
#define SIGN "update plan #p status=ondertekend getekend=1-april"

void office_open(struct office *office);

/* What a reader of the file sees, in an order that does not depend on positions. */
void office_dump(struct scene *scene, char out[OFFICE_DUMP_SIZE]);

/* Bram does `early`, which may be NULL; Dirk sees it and Anna does not.  Then all parts are made before anybody hands one
 * in, and they are handed in in every order in which they can come.  Each order gives the same file and a good store: "", or
 * the text says what differs.  The last store is left open. */
const char *office_orders(struct office *office, const char *early, const struct office_part *parts, int count);

/* The same, inside a test. */
#define TRY_AFTER(office, early, ...)                                                                             \
	do {                                                                                                      \
		const struct office_part try_parts[] = {__VA_ARGS__};                                             \
		CHECK_STR(office_orders(office, early, try_parts, sizeof(try_parts) / sizeof(try_parts[0])), ""); \
	} while (0)
#define TRY(office, ...) TRY_AFTER(office, NULL, __VA_ARGS__)

#endif
