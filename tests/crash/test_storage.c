/* Every read, write and sync of every scenario fails, and the power goes at each.  Not of enrol, where a file
 * is made with calls that no disk in memory sees.
 * timeout: 900 */
#include "tests/crash/points.h"
#include "tests/support/harness.h"

#define SCENARIO(name)                                    \
	TEST(name)                                        \
	{                                                 \
		CHECK_EQ(crash_points_storage(#name), 0); \
	}

SCENARIO(first_contact)
SCENARIO(initial_load)
SCENARIO(local_edit)
SCENARIO(push)
SCENARIO(pull)
SCENARIO(conflict)
SCENARIO(access_removed)
SCENARIO(resolve)
SCENARIO(operator)
SCENARIO(schema)
SCENARIO(reopen)
SCENARIO(checkpoint)
SCENARIO(reading)
