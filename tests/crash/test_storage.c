/* Every read, write and sync of every scenario fails, and the power goes at each.
 * timeout: 900 */
#include "tests/crash/points.h"
#include "tests/support/harness.h"

CRASH_TESTS(crash_points_storage)
