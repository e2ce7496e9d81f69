/* points.h: runs a scenario once for every point at which a fault can come.
 *
 * A clean run counts the points and shows what the end looks like.  Then each point has a copy of the prepared process
 * (fork) of its own: the fault comes, the fault is over, the scenario is finished, and the end must be the clean run's. */
#ifndef BSYNC_TESTS_CRASH_POINTS_H
#define BSYNC_TESTS_CRASH_POINTS_H

/* A TEST (tests/support/harness.h) for each scenario, which passes when `points` finds nothing wrong.  `enrol` makes a
 * file with calls that no disk in memory sees, so it stands apart. */
#define CRASH_TEST(points, name)            \
	TEST(name)                          \
	{                                   \
		CHECK_EQ(points(#name), 0); \
	}
#define CRASH_TESTS(points)                \
	CRASH_TEST(points, first_contact)  \
	CRASH_TEST(points, initial_load)   \
	CRASH_TEST(points, local_edit)     \
	CRASH_TEST(points, push)           \
	CRASH_TEST(points, pull)           \
	CRASH_TEST(points, conflict)       \
	CRASH_TEST(points, access_removed) \
	CRASH_TEST(points, resolve)        \
	CRASH_TEST(points, operator)       \
	CRASH_TEST(points, schema)         \
	CRASH_TEST(points, growth)         \
	CRASH_TEST(points, reopen)         \
	CRASH_TEST(points, checkpoint)     \
	CRASH_TEST(points, reading)

/* Fails each allocation of the scenario, alone and with all that follow.  Returns how many runs went wrong, each with a
 * line on stdout.  Prints `fault points: NAME allocations N`. */
int crash_points_allocations(const char *name);

/* Fails each operation of each disk in every way it can fail, and cuts the power there; a second fault comes during the
 * recovery.  Prints `fault points: NAME writes N syncs N reads N …`. */
int crash_points_storage(const char *name);

#endif
