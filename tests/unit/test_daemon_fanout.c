#include "tests/support/harness.h"

#include "daemon/fanout.h"

enum { MEMBERS = 40, SCOPES = 200, ROUNDS = 300 };

static struct bsync_fanout fanout;
static struct bsync_fanout_member members[MEMBERS];
static bool holds[MEMBERS][SCOPES];
static uint32_t seen[MEMBERS];

static void see(void *context, struct bsync_fanout_member *member)
{
	(void)context;
	seen[member - members]++;
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return *state >> 33;
}

TEST(a_scope_reaches_exactly_those_who_hold_it_through_many_changes)
{
	uint64_t state = 7;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t who = (uint32_t)(next_random(&state) % MEMBERS);
		uint64_t scopes[SCOPES];
		uint32_t count = 0;
		bool is_changed;
		bool differs = false;

		for (uint32_t scope = 0; scope < SCOPES; scope++) {
			bool wanted = next_random(&state) % 5 == 0;

			differs = differs || wanted != holds[who][scope];
			holds[who][scope] = wanted;
			/* Descending, to show that any order will do. */
			if (wanted)
				scopes[count++] = scope + 1;
		}
		for (uint32_t i = 0; i < count / 2; i++) {
			uint64_t kept = scopes[i];

			scopes[i] = scopes[count - 1 - i];
			scopes[count - 1 - i] = kept;
		}
		CHECK_EQ(bsync_fanout_set(&fanout, &members[who], scopes, count, &is_changed), BSYNC_OK);
		CHECK_EQ(is_changed, differs);
		CHECK_EQ(bsync_fanout_set(&fanout, &members[who], scopes, count, &is_changed), BSYNC_OK);
		CHECK(!is_changed);
		if (round % 10 == 0) {
			who = (uint32_t)(next_random(&state) % MEMBERS);
			bsync_fanout_remove(&fanout, &members[who]);
			memset(holds[who], 0, sizeof holds[who]);
		}
		for (uint32_t scope = 0; scope < SCOPES; scope++) {
			memset(seen, 0, sizeof seen);
			bsync_fanout_each(&fanout, scope + 1, see, NULL);
			for (uint32_t i = 0; i < MEMBERS; i++)
				CHECK_EQ(seen[i], holds[i][scope]);
		}
	}
	for (uint32_t i = 0; i < MEMBERS; i++)
		bsync_fanout_remove(&fanout, &members[i]);
	CHECK_EQ(fanout.scopes.count, 0);
	bsync_fanout_clear(&fanout);
}

TEST(a_number_table_keeps_what_is_put_and_forgets_what_is_removed)
{
	struct bsync_number_table table = {0};
	static char values[5000];
	uint64_t state = 3;

	CHECK(bsync_number_table_get(&table, 5) == NULL);
	bsync_number_table_remove(&table, 5);
	for (int round = 0; round < 20000; round++) {
		size_t number = (size_t)(next_random(&state) % sizeof values);

		/* Multiples share their low bits. */
		if (values[number] == 0) {
			CHECK_EQ(bsync_number_table_put(&table, number * 4096, &values[number]), BSYNC_OK);
			values[number] = 1;
		} else {
			CHECK(bsync_number_table_get(&table, number * 4096) == &values[number]);
			bsync_number_table_remove(&table, number * 4096);
			values[number] = 0;
		}
	}
	for (size_t i = 0; i < sizeof values; i++)
		CHECK(bsync_number_table_get(&table, i * 4096) == (values[i] ? &values[i] : NULL));
	bsync_number_table_clear(&table);
}
