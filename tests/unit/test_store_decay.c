/* A store whose bytes change while nobody looks: what it says of a row's versions is refused where no writer would have
 * written it so.  Neither a page of SQLite nor these bytes have a checksum: what decodes to other numbers is found
 * only where the rules make something else of it than the row shows, or the books say otherwise. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { HEX_MAX = 2000, SQL_SIZE = HEX_MAX + 100 };

/* A point with a conflict, a sum of two lines and a set; `hex` gets its versions. */
static void point_make(struct scene_pair *pair, char hex[HEX_MAX])
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_pair_share(pair, "insert lijst week; insert punt week,1 titel=een tekst=oud aantal=4 labels+{a,b}");
	scene_do(&pair->scene, &pair->anna, "update punt week,1 tekst=links aantal+=2");
	scene_do(&pair->scene, &pair->bram, "update punt week,1 tekst=rechts aantal+=3 labels+{c}");
	snprintf(hex, HEX_MAX, "%s", scene_sql(&pair->scene, "SELECT hex(_bsync) FROM punt"));
}

/* True when the check of a store with these versions has something to say. */
static bool is_found(struct scene *scene, const char *hex, size_t size)
{
	char sql[SQL_SIZE];
	snprintf(sql, sizeof sql, "UPDATE punt SET _bsync = x'%.*s'", (int)size, hex);
	scene_damage(scene, sql);
	return strcmp(scene_check(scene), "") != 0;
}

/* Behind a cell they may end: then the cells after it would be as the row was made. */
TEST(versions_that_are_cut_off_are_found_but_between_cells)
{
	struct scene_pair pair;
	char hex[HEX_MAX];
	size_t missed = 0;
	point_make(&pair, hex);
	size_t size = strlen(hex);
	CHECK(size > 100);
	for (size_t cut = 0; cut < size; cut += 2)
		missed += !is_found(&pair.scene, hex, cut);
	CHECK(missed <= 3);
	CHECK(!is_found(&pair.scene, hex, size));
	scene_close(&pair.scene);
}

TEST(most_bits_that_changed_in_versions_are_found)
{
	struct scene_pair pair;
	char hex[HEX_MAX], other[HEX_MAX];
	size_t found = 0;
	point_make(&pair, hex);
	size_t size = strlen(hex);
	for (size_t bit = 0; bit < 4 * size; bit++) {
		const char digit[2] = {hex[bit / 4], '\0'};
		memcpy(other, hex, size + 1);
		other[bit / 4] = "0123456789ABCDEF"[strtoul(digit, NULL, 16) ^ 1u << bit % 4];
		found += is_found(&pair.scene, other, size);
	}
	printf("# of %zu bits %zu are found\n", 4 * size, found);
	CHECK(2 * found > 4 * size);
	CHECK(!is_found(&pair.scene, hex, size));
	scene_close(&pair.scene);
}
