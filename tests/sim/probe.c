#include "tests/sim/probe.h"

#include <stdio.h>

static uint64_t counts[PROBE_COUNT];

void probe(enum probe which)
{
	counts[which]++;
}

void probe_if(bool is_met, enum probe which)
{
	counts[which] += is_met;
}

const uint64_t *probes_met(void)
{
	return counts;
}

bool probes_print(const uint64_t met[PROBE_COUNT])
{
	static const char *const names[] = {
#define X(name, words) words,
		PROBE_LIST(X)
#undef X
	};
	bool is_whole = true;
	for (int i = 0; i < PROBE_COUNT; i++) {
		printf("probe %s %llu\n", names[i], (unsigned long long)met[i]);
		is_whole = is_whole && met[i] > 0;
	}
	return is_whole;
}
