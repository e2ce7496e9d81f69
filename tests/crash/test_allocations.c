/* Every allocation of every scenario fails, alone and with all that follow.
 * timeout: 900 */
#include "tests/crash/points.h"
#include "tests/support/harness.h"

CRASH_TEST(crash_points_allocations, enrol)
CRASH_TESTS(crash_points_allocations)
