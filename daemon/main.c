/* buurtsyncd: the daemon's program: makes a store, serves it, checks it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "core/message.h"
#include "core/tls.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/exit.h"
#include "daemon/init.h"
#include "daemon/options.h"
#include "daemon/version.h"

enum { WORDS_MAX = 64 };

static const char usage_text[] =
	"usage: buurtsyncd init --dir D --schema S [--listen HOST:PORT] [--name ORG] [key options]\n"
	"       buurtsyncd run --dir D [--listen HOST:PORT] [key options]\n"
	"       buurtsyncd check --dir D [key options]\n"
	"       buurtsyncd options          the config file with every option at its default\n"
	"       buurtsyncd --version | --help\n"
	"key options: --key-file F      the store key is in F\n"
	"             --passphrase-file F, or BUURTSYNC_PASSPHRASE: a passphrase seals it\n"
	"exit codes: 0 done, 1 failed, 2 usage, 3 config, 4 storage, 5 key, 6 newer schema\n"
	"signals: TERM and INT stop in order, a second one at once; HUP takes a new TLS key and certificate\n";

struct command_line {
	const char *folder, *schema, *listen, *name;
	struct bsync_keyring_source source;
};

static int usage(const char *what)
{
	fprintf(stderr, "buurtsyncd: %s; `buurtsyncd --help` tells how\n", what);
	return BSYNC_EXIT_USAGE;
}

static int init(const struct command_line *line)
{
	struct bsync_init_request request = {
		.folder = line->folder,
		.schema = line->schema,
		.name = line->name != NULL ? line->name : "Buurtsync",
		.source = line->source,
	};
	struct bsync_init_outcome outcome;
	char error[BSYNC_CONFIG_ERROR_SIZE];
	char id[BSYNC_ID_TEXT_SIZE];
	enum bsync_result result;

	if (line->schema == NULL)
		return usage("--schema is missing");
	bsync_config_init(&request.config);
	if (line->listen != NULL && bsync_config_set(&request.config, "listen", line->listen, error) != BSYNC_OK)
		return usage(error);
	result = bsync_init(&request, &outcome);
	if (result != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: %s\n", outcome.error);
		return (int)bsync_exit_code(result);
	}
	if (outcome.kind == BSYNC_KEYRING_BESIDE)
		fprintf(stderr,
			"note: the store key is in %s/store.key: whoever copies the folder can read the store; "
			"--key-file or a passphrase keeps it apart\n",
			line->folder);
	bsync_id_text(outcome.organisation.bytes, id);
	printf("organisation %s\n", id);
	printf("listen %s%s\n", request.config.listen,
	       line->listen == NULL ? " (this machine only; --listen or buurtsyncd.conf names another)" : "");
	printf("made %s\n", line->folder);
	return BSYNC_EXIT_DONE;
}

static int print_options(void)
{
	struct bsync_config config;
	struct bsync_buffer text;
	bool is_done;

	bsync_config_init(&config);
	bsync_buffer_init(&text, 65536);
	is_done = bsync_config_print(&config, &text) == BSYNC_OK &&
		  fwrite(text.data, 1, text.size, stdout) == text.size;
	bsync_buffer_clear(&text);
	return is_done ? BSYNC_EXIT_DONE : BSYNC_EXIT_FAILED;
}

static int run_command(int count, const char **words, const struct command_line *line)
{
	const char *unknown = bsync_options_left(count, words);
	char what[200];

	if (unknown != NULL) {
		snprintf(what, sizeof what, "there is no option %.100s", unknown);
		return usage(what);
	}
	if (count != 1)
		return usage(count == 0 ? "init, run or check is missing" : "there is too much");
	if (strcmp(words[0], "options") == 0)
		return print_options();
	if (strcmp(words[0], "init") != 0 && strcmp(words[0], "run") != 0 && strcmp(words[0], "check") != 0) {
		snprintf(what, sizeof what, "there is no command %.100s", words[0]);
		return usage(what);
	}
	if (line->folder == NULL)
		return usage("--dir is missing");
	if (bsync_tls_library_init() != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: the system gives no randomness; check /dev/urandom\n");
		return BSYNC_EXIT_FAILED;
	}
	if (strcmp(words[0], "init") == 0)
		return init(line);
	if (strcmp(words[0], "check") == 0)
		return bsync_check(line->folder, &line->source);
	return bsync_daemon_run(line->folder, &line->source, line->listen);
}

int main(int argc, char **argv)
{
	struct command_line line = {.folder = getenv("BUURTSYNC_DIR")};
	bool wants_help = false;
	bool wants_version = false;
	const struct bsync_option options[] = {
		{"dir", &line.folder, NULL},
		{"schema", &line.schema, NULL},
		{"listen", &line.listen, NULL},
		{"name", &line.name, NULL},
		{"key-file", &line.source.key_file, NULL},
		{"passphrase-file", &line.source.passphrase_file, NULL},
		{"help", NULL, &wants_help},
		{"version", NULL, &wants_version},
	};
	const char *words[WORDS_MAX];
	char error[BSYNC_OPTIONS_ERROR_SIZE];
	int count = argc > 0 ? argc - 1 : 0;

	umask(077);
	if (count > WORDS_MAX)
		return usage("there is too much");
	for (int i = 0; i < count; i++)
		words[i] = argv[i + 1];
	if (bsync_options_take(&count, words, options, sizeof options / sizeof options[0], error) != BSYNC_OK)
		return usage(error);
	if (wants_help || (count == 1 && strcmp(words[0], "-h") == 0)) {
		fputs(usage_text, stdout);
		return BSYNC_EXIT_DONE;
	}
	if (wants_version || (count == 1 && strcmp(words[0], "-V") == 0)) {
		printf("buurtsyncd %s, protocol %d, libuv %s\n", BSYNC_VERSION_TEXT, BSYNC_PROTOCOL_VERSION,
		       uv_version_string());
		return BSYNC_EXIT_DONE;
	}
	return run_command(count, words, &line);
}
