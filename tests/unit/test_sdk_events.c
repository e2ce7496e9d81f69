#include "client-sdk/clock_text.h"
#include "client-sdk/events.h"

#include "tests/support/harness.h"

TEST(an_empty_queue_has_no_event)
{
	struct bsync_events events;
	struct bsync_event event = BSYNC_EVENT_INIT;
	bsync_events_init(&events);
	CHECK(!bsync_events_take(&events, &event));
	bsync_events_clear(&events);
}

TEST(events_that_say_the_same_become_one)
{
	struct bsync_events events;
	struct bsync_event event = BSYNC_EVENT_INIT;
	bsync_events_init(&events);
	for (int i = 0; i < 1000; i++) {
		bsync_events_add(&events, BSYNC_EVENT_STATUS, "");
		bsync_events_add(&events, BSYNC_EVENT_ERROR, i < 999 ? "first" : "last");
		bsync_events_add(&events, BSYNC_EVENT_ROWS, "");
	}
	CHECK(bsync_events_take(&events, &event));
	CHECK_EQ(event.kind, BSYNC_EVENT_STATUS);
	CHECK(bsync_events_take(&events, &event));
	CHECK_EQ(event.kind, BSYNC_EVENT_ERROR);
	CHECK_STR(event.text, "last");
	CHECK(bsync_events_take(&events, &event));
	CHECK_EQ(event.kind, BSYNC_EVENT_ROWS);
	CHECK(!bsync_events_take(&events, &event));
	bsync_events_clear(&events);
}

TEST(each_reason_for_a_scope_that_left_is_told)
{
	struct bsync_events events;
	struct bsync_event event = BSYNC_EVENT_INIT;
	bsync_events_init(&events);
	bsync_events_add(&events, BSYNC_EVENT_SCOPE_LEFT, "a");
	bsync_events_add(&events, BSYNC_EVENT_SCOPE_LEFT, "b");
	bsync_events_add(&events, BSYNC_EVENT_SCOPE_LEFT, "a");
	CHECK(bsync_events_take(&events, &event));
	CHECK_STR(event.text, "a");
	CHECK(bsync_events_take(&events, &event));
	CHECK_STR(event.text, "b");
	CHECK(!bsync_events_take(&events, &event));
	bsync_events_clear(&events);
}

TEST(a_full_queue_drops_its_oldest)
{
	struct bsync_events events;
	struct bsync_event event = BSYNC_EVENT_INIT;
	char text[20];
	int count = 0;
	bsync_events_init(&events);
	for (int i = 0; i < BSYNC_EVENTS_MAX + 3; i++) {
		snprintf(text, sizeof text, "scope %d", i);
		bsync_events_add(&events, BSYNC_EVENT_SCOPE_LEFT, text);
	}
	while (bsync_events_take(&events, &event)) {
		if (count == 0)
			CHECK_STR(event.text, "scope 3");
		count++;
	}
	CHECK_EQ(count, BSYNC_EVENTS_MAX);
	bsync_events_clear(&events);
}

TEST(a_wrong_clock_is_told_in_plain_words)
{
	char text[BSYNC_CLOCK_TEXT_SIZE];
	const int64_t day = INT64_C(86400000);
	CHECK_STR(
		bsync_clock_text(3 * day, BSYNC_DUTCH, text),
		"de klok van dit apparaat loopt 3 dagen voor: je werk wordt goed verwerkt, maar zet de klok goed, want "
		"anderen zien deze tijd");
	CHECK_STR(
		bsync_clock_text(-40 * 365 * day - day, BSYNC_ENGLISH, text),
		"the clock of this device is 40 years slow: your work is handed in as it should be, but set the clock, as "
		"others see its time");
	CHECK_STR(
		bsync_clock_text(INT64_MIN, BSYNC_DUTCH, text),
		"de klok van dit apparaat loopt 292471208 jaar achter: je werk wordt goed verwerkt, maar zet de klok goed, "
		"want anderen zien deze tijd");
}
