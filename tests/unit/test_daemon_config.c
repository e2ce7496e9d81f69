#include "tests/support/harness.h"

#include "daemon/config.h"

static struct bsync_config config;
static char error[BSYNC_CONFIG_ERROR_SIZE];

static enum bsync_result parse(const char *text)
{
	bsync_config_init(&config);
	error[0] = '\0';
	return bsync_config_parse(&config, bsync_bytes_of_string(text), "x.conf", error);
}

TEST(an_empty_file_leaves_every_option_at_its_default)
{
	CHECK_EQ(parse(""), BSYNC_OK);
	CHECK_STR(config.listen, "127.0.0.1:7443");
	CHECK_EQ(config.handshake_seconds, 10);
	CHECK_EQ(config.log_level, BSYNC_LOG_INFO);
}

TEST(comments_blanks_and_a_missing_last_newline_are_fine)
{
	CHECK_EQ(parse("# all of it\n\n  listen =  [::1]:99 # here\r\n\tlog_level=debug"), BSYNC_OK);
	CHECK_STR(config.listen, "[::1]:99");
	CHECK_EQ(config.log_level, BSYNC_LOG_DEBUG);
}

TEST(an_unknown_option_is_an_error_with_its_line)
{
	CHECK_EQ(parse("listen = 127.0.0.1:1\n\nlisen = 127.0.0.1:1\n"), BSYNC_INVALID);
	CHECK_STR(error, "x.conf:3: there is no option lisen");
}

TEST(an_option_set_twice_is_an_error)
{
	CHECK_EQ(parse("threads = 4\nthreads = 4\n"), BSYNC_INVALID);
	CHECK_STR(error, "x.conf:2: threads is set twice: remove one of the lines");
}

TEST(a_value_out_of_range_is_an_error)
{
	CHECK_EQ(parse("views_max = 1\n"), BSYNC_INVALID);
	CHECK_STR(error, "x.conf:1: views_max must be a number from 2 to 64, not 1");
	CHECK_EQ(parse("views_max = 65\n"), BSYNC_INVALID);
	CHECK_EQ(parse("views_max = 64\n"), BSYNC_OK);
	CHECK_EQ(parse("views_max = -8\n"), BSYNC_INVALID);
	CHECK_EQ(parse("views_max = 8 \n"), BSYNC_OK);
	CHECK_EQ(parse("views_max = 8x\n"), BSYNC_INVALID);
	CHECK_EQ(parse("views_max = 99999999999999999999\n"), BSYNC_INVALID);
	CHECK_EQ(parse("log_level = loud\n"), BSYNC_INVALID);
	CHECK_EQ(parse("listen = nowhere\n"), BSYNC_INVALID);
	CHECK_EQ(parse("listen =\n"), BSYNC_INVALID);
	CHECK_EQ(parse("public_address =\n"), BSYNC_OK);
	CHECK_EQ(parse("just words\n"), BSYNC_INVALID);
}

TEST(a_line_with_a_nul_or_without_end_is_an_error)
{
	static char text[3000];

	CHECK_EQ(bsync_config_parse(&config, (struct bsync_bytes){(const uint8_t *)"a\0b", 3}, "x.conf", error),
		 BSYNC_INVALID);
	memset(text, 'a', sizeof text - 1);
	CHECK_EQ(parse(text), BSYNC_INVALID);
}

TEST(what_is_printed_reads_back_the_same)
{
	struct bsync_config before;
	struct bsync_buffer text;

	CHECK_EQ(parse("threads = 3\nlisten = example.nl:1\nlog_level = warning\n"), BSYNC_OK);
	before = config;
	bsync_buffer_init(&text, 65536);
	CHECK_EQ(bsync_config_print(&config, &text), BSYNC_OK);
	bsync_config_init(&config);
	CHECK_EQ(bsync_config_parse(&config, bsync_buffer_bytes(&text), "x.conf", error), BSYNC_OK);
	CHECK_BYTES(&config, sizeof config, &before, sizeof before);
	bsync_buffer_clear(&text);
}

TEST(addresses_are_host_and_port)
{
	char host[BSYNC_CONFIG_TEXT_SIZE];
	uint16_t port;

	CHECK(bsync_config_address("a.b:65535", host, &port));
	CHECK_STR(host, "a.b");
	CHECK_EQ(port, 65535);
	CHECK(bsync_config_address("[::]:0", host, &port));
	CHECK_STR(host, "::");
	CHECK(!bsync_config_address("a.b:65536", host, &port));
	CHECK(!bsync_config_address("a.b:", host, &port));
	CHECK(!bsync_config_address(":80", host, &port));
	CHECK(!bsync_config_address("::1:80", host, &port));
	CHECK(!bsync_config_address("[]:80", host, &port));
	CHECK(!bsync_config_address("a:+5", host, &port));
	CHECK(!bsync_config_address("", host, &port));
}
