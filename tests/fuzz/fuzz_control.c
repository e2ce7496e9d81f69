/* fuzz_control.c: what comes over the operator's socket: a request's words, and what the verbs make of them.
 *
 * Input: the msgpack of a request; with a first byte of 0 instead: words with a NUL between them.  The verbs run on a real store.
 * The output of every verb is text without control characters of its words. */
#include <string.h>

#include "daemon/control.h"
#include "daemon/operator.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/stage.h"

enum { OUTPUT_MAX = 16 << 20 };

struct request {
	struct stage *stage;
	size_t written;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum bsync_result act(void *context, bsync_operator_work *work, void *argument)
{
	struct request *request = context;
	struct bsync_touched touched;
	enum bsync_result result = bsync_store_group_begin(request->stage->store);

	check(result == BSYNC_OK);
	result = work(argument, request->stage->store);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(request->stage->store, &touched);
	else
		bsync_store_group_rollback(request->stage->store);
	check(result != BSYNC_STORAGE && result != BSYNC_STORAGE_CORRUPT);
	return result;
}

static void write_output(void *context, enum bsync_operator_stream stream, struct bsync_bytes bytes)
{
	struct request *request = context;

	check(stream == BSYNC_OPERATOR_STDOUT || stream == BSYNC_OPERATOR_STDERR);
	request->written += bytes.size;
	check(request->written <= OUTPUT_MAX);
}

static void no_stats(void *context, struct bsync_json *json)
{
	(void)context;
	bsync_json_name(json, "figure");
	bsync_json_unsigned(json, 1);
}

static void run(int count, const char **words)
{
	static const struct bsync_config config;
	struct request request = {.stage = stage_begin()};
	struct bsync_operator operator= {.program = "buurtsyncctl",
					 .config = &config,
					 .organisation = stage_facts()->organisation,
					 .act = act,
					 .write = write_output,
					 .stats = no_stats,
					 .context = &request};

	/* These read what the machine has; SQL of an operator may take as long as it likes. */
	if (strcmp(words[0], "schema") == 0 || strcmp(words[0], "sql") == 0)
		return;
	if (bsync_operator_needs_store(count, words)) {
		stage_open_store(request.stage);
		operator.view = stage_view(request.stage);
	}
	(void)bsync_operator_run(&operator, count, words);
	stage_end(request.stage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[BSYNC_CONTROL_WORDS_MAX] = {NULL};
	struct bsync_buffer request, text;
	int count = 0;

	bsync_buffer_init(&request, BSYNC_CONTROL_REQUEST_MAX);
	bsync_buffer_init(&text, BSYNC_CONTROL_REQUEST_MAX + BSYNC_CONTROL_WORDS_MAX);
	if (size != 0 && size < 4096 && data[0] == 0) {
		check(bsync_buffer_append(&text, data + 1, size - 1) == BSYNC_OK &&
		      bsync_buffer_append(&text, "", 1) == BSYNC_OK);
		for (size_t at = 0; at < text.size && count < BSYNC_CONTROL_WORDS_MAX; at += strlen(words[count++]) + 1)
			words[count] = (const char *)text.data + at;
	} else {
		count = bsync_control_words((struct bsync_bytes){data, size}, &text, words);
		check(count >= -1 && count <= BSYNC_CONTROL_WORDS_MAX);
	}
	if (count > 0)
		run(count, words);
	bsync_buffer_clear(&request);
	bsync_buffer_clear(&text);
	return 0;
}
