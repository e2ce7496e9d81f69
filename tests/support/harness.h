/* harness.h: the whole unit test framework; a test file includes it and writes TEST blocks.
 *
 * The file becomes a program: without arguments it runs every test, with arguments those of that
 * name.  One line per test: `ok name`, or `not ok name file:line: what`.  A failed check ends its
 * test.  Exit status 1 if a test fails or if none ran.  Include it in one file of a program only. */
#ifndef BSYNC_TESTS_SUPPORT_HARNESS_H
#define BSYNC_TESTS_SUPPORT_HARNESS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct harness_test {
	const char *name;
	void (*run)(int *harness_failed);
	struct harness_test *next;
};

static struct harness_test *harness_first;
static struct harness_test **harness_last = &harness_first;
static const char *harness_current;

/* Appends `test` to the list, so that tests run in the order in which they are written. */
static inline void harness_add(struct harness_test *test)
{
	*harness_last = test;
	harness_last = &test->next;
}

/* Defines the test `name` and registers it before main starts. */
#define TEST(name)                                                            \
	static void test_##name(int *harness_failed);                         \
	__attribute__((constructor)) static void register_##name(void)        \
	{                                                                     \
		static struct harness_test test = {#name, test_##name, NULL}; \
		harness_add(&test);                                           \
	}                                                                     \
	static void test_##name(int *harness_failed)

/* Fails and ends the present test with a printf-style explanation. */
#define FAIL(...)                                                                 \
	do {                                                                      \
		printf("not ok %s %s:%d: ", harness_current, __FILE__, __LINE__); \
		printf(__VA_ARGS__);                                              \
		printf("\n");                                                     \
		*harness_failed = 1;                                              \
		return;                                                           \
	} while (0)

/* The claim `condition` holds. */
#define CHECK(condition)                                \
	do {                                            \
		if (!(condition))                       \
			FAIL("not so: %s", #condition); \
	} while (0)

/* Two integers or enum values are equal; the actual one comes first. */
#define CHECK_EQ(actual, expected)                                                                \
	do {                                                                                      \
		intmax_t harness_a = (intmax_t)(actual);                                          \
		intmax_t harness_e = (intmax_t)(expected);                                        \
		if (harness_a != harness_e)                                                       \
			FAIL("%s is %" PRIdMAX ", not %" PRIdMAX, #actual, harness_a, harness_e); \
	} while (0)

/* Two strings are equal; neither may be NULL. */
#define CHECK_STR(actual, expected)                                                                 \
	do {                                                                                        \
		const char *harness_a = (actual);                                                   \
		const char *harness_e = (expected);                                                 \
		if (harness_a == NULL || harness_e == NULL || strcmp(harness_a, harness_e) != 0)    \
			FAIL("%s is \"%s\", not \"%s\"", #actual, harness_a ? harness_a : "(NULL)", \
			     harness_e ? harness_e : "(NULL)");                                     \
	} while (0)

/* Prints up to 64 bytes as hex after `label`. */
static inline void harness_print_bytes(const char *label, const void *bytes, size_t size)
{
	printf("  %s %zu:", label, size);
	for (size_t i = 0; i < size && i < 64; i++)
		printf(" %02x", ((const unsigned char *)bytes)[i]);
	printf(size > 64 ? " ...\n" : "\n");
}

/* Two byte strings are equal in size and content. */
#define CHECK_BYTES(actual, actual_size, expected, expected_size)                                                     \
	do {                                                                                                          \
		const void *harness_a = (actual);                                                                     \
		const void *harness_e = (expected);                                                                   \
		size_t harness_an = (size_t)(actual_size);                                                            \
		size_t harness_en = (size_t)(expected_size);                                                          \
		if (harness_an != harness_en || (harness_an != 0 && memcmp(harness_a, harness_e, harness_an) != 0)) { \
			harness_print_bytes("actual  ", harness_a, harness_an);                                       \
			harness_print_bytes("expected", harness_e, harness_en);                                       \
			FAIL("%s differs", #actual);                                                                  \
		}                                                                                                     \
	} while (0)

/* Ends the present test as passed, with a reason, where the machine can not run it. */
#define SKIP(reason)                                                \
	do {                                                        \
		printf("# skip %s: %s\n", harness_current, reason); \
		return;                                             \
	} while (0)

static inline int harness_is_wanted(const char *name, int count, char **names)
{
	for (int i = 1; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return 1;
	}
	return count <= 1;
}

int main(int argc, char **argv)
{
	int ran = 0;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct harness_test *test = harness_first; test != NULL; test = test->next) {
		int test_failed = 0;

		if (!harness_is_wanted(test->name, argc, argv))
			continue;
		harness_current = test->name;
		test->run(&test_failed);
		if (!test_failed)
			printf("ok %s\n", test->name);
		failed += test_failed;
		ran++;
	}
	printf("# %d ran, %d failed\n", ran, failed);
	return ran == 0 || failed != 0;
}

#endif
