/* Every allocation of every scenario fails, alone and with all that follow.
 * timeout: 900 */
#include "tests/crash/points.h"
#include "tests/support/harness.h"

#define SCENARIO(name)                                        \
	TEST(name)                                            \
	{                                                     \
		CHECK_EQ(crash_points_allocations(#name), 0); \
	}

SCENARIO(enrol)
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
