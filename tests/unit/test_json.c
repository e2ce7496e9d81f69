#include "tests/support/harness.h"

#include "core/json.h"

#include <math.h>

static struct bsync_buffer buffer;
static struct bsync_json json;

static void begin(void)
{
	bsync_buffer_clear(&buffer);
	bsync_buffer_init(&buffer, 1 << 20);
	bsync_json_init(&json, &buffer);
}

/* What was written, ended and with a NUL behind it. */
static const char *written(void)
{
	if (bsync_json_end(&json) != BSYNC_OK || bsync_buffer_append(&buffer, "", 1) != BSYNC_OK)
		return "failed";
	return (const char *)buffer.data;
}

TEST(objects_and_arrays_get_commas_and_nothing_else)
{
	begin();
	bsync_json_object(&json);
	bsync_json_name(&json, "a");
	bsync_json_unsigned(&json, 1);
	bsync_json_name(&json, "b");
	bsync_json_array(&json);
	bsync_json_null(&json);
	bsync_json_bool(&json, true);
	bsync_json_object(&json);
	bsync_json_object_end(&json);
	bsync_json_array_end(&json);
	bsync_json_named(&json, "c", NULL);
	bsync_json_object_end(&json);
	CHECK_STR(written(), "{\"a\":1,\"b\":[null,true,{}],\"c\":null}\n");
}

TEST(values_that_follow_a_line_start_anew)
{
	begin();
	bsync_json_array(&json);
	bsync_json_array_end(&json);
	CHECK_EQ(bsync_json_end(&json), BSYNC_OK);
	bsync_json_array(&json);
	bsync_json_array_end(&json);
	CHECK_STR(written(), "[]\n[]\n");
}

TEST(text_is_escaped_and_bytes_that_are_not_text_are_replaced)
{
	begin();
	bsync_json_text(&json, bsync_bytes_of_string("a\"b\\c\n\t\x01\x7f"
						     "d\xc3\xa9\xff\xc3"));
	CHECK_STR(written(), "\"a\\\"b\\\\c\\n\\t\\u0001\\u007fd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

TEST(a_nul_inside_text_is_escaped)
{
	begin();
	bsync_json_text(&json, (struct bsync_bytes){(const uint8_t *)"a\0b", 3});
	CHECK_STR(written(), "\"a\\u0000b\"\n");
}

TEST(integers_are_exact_at_both_ends)
{
	begin();
	bsync_json_array(&json);
	bsync_json_integer(&json, INT64_MIN);
	bsync_json_integer(&json, INT64_MAX);
	bsync_json_integer(&json, 0);
	bsync_json_unsigned(&json, UINT64_MAX);
	bsync_json_array_end(&json);
	CHECK_STR(written(), "[-9223372036854775808,9223372036854775807,0,18446744073709551615]\n");
}

TEST(reals_read_back_as_the_same_number_and_stay_reals)
{
	begin();
	bsync_json_array(&json);
	bsync_json_real(&json, 0.1);
	bsync_json_real(&json, 2);
	bsync_json_real(&json, 1.0 / 3);
	bsync_json_real(&json, -1.5e300);
	bsync_json_real(&json, INFINITY);
	bsync_json_real(&json, -INFINITY);
	bsync_json_real(&json, NAN);
	bsync_json_array_end(&json);
	CHECK_STR(written(), "[0.1,2.0,0.3333333333333333,-1.5e+300,9e999,-9e999,null]\n");
}

TEST(every_kind_of_cell_value_has_a_form)
{
	struct bsync_value blob = bsync_value_blob((struct bsync_bytes){(const uint8_t *)"\x00\xab", 2});
	struct bsync_value text = bsync_value_text(bsync_bytes_of_string("x"));
	struct bsync_value integer = bsync_value_integer(-7);
	struct bsync_value real = bsync_value_real(0.5);
	struct bsync_value null = bsync_value_null();

	begin();
	bsync_json_array(&json);
	bsync_json_value(&json, &blob);
	bsync_json_value(&json, &text);
	bsync_json_value(&json, &integer);
	bsync_json_value(&json, &real);
	bsync_json_value(&json, &null);
	bsync_json_array_end(&json);
	CHECK_STR(written(), "[\"00ab\",\"x\",-7,0.5,null]\n");
}

TEST(a_full_buffer_is_an_error_that_sticks)
{
	begin();
	buffer.size_max = 4;
	bsync_json_string(&json, "too long");
	bsync_json_unsigned(&json, 1);
	CHECK_EQ(bsync_json_end(&json), BSYNC_TOO_LARGE);
}
