/* buurtsyncctl: the operator's program.  Asks the running daemon, or does it itself where none runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/pack.h"
#include "core/schema/words.h"
#include "daemon/control.h"
#include "daemon/machine.h"
#include "daemon/operator.h"
#include "daemon/options.h"
#include "daemon/restore.h"
#include "daemon/version.h"

enum { CERTIFICATE_MAX = 8192 };

static void write_output(void *context, enum bsync_operator_stream stream, struct bsync_bytes bytes)
{
	(void)context;
	(void)!fwrite(bytes.data, 1, bytes.size, stream == BSYNC_OPERATOR_STDOUT ? stdout : stderr);
}

/* --- With a daemon --- */

/* A socket to the daemon; -1 when none runs. */
static int reach_daemon(const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[BSYNC_PATH_SIZE];
	int endpoint;

	if (bsync_disk_path(path, folder, "./" BSYNC_CONTROL_SOCKET) != BSYNC_OK ||
	    strlen(path) >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	endpoint = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (endpoint >= 0 && connect(endpoint, (const struct sockaddr *)&address, sizeof address) != 0) {
		close(endpoint);
		return -1;
	}
	return endpoint;
}

static bool send_words(int endpoint, int count, const char *const *words)
{
	struct bsync_buffer request;
	struct bsync_writer writer;
	uint8_t header[4];
	bool is_sent = false;

	bsync_buffer_init(&request, BSYNC_CONTROL_REQUEST_MAX);
	bsync_writer_init(&writer, &request);
	bsync_write_array(&writer, (uint32_t)count);
	for (int i = 0; i < count; i++)
		bsync_write_string(&writer, words[i]);
	if (writer.result == BSYNC_OK) {
		for (size_t i = 0; i < sizeof header; i++)
			header[i] = (uint8_t)(request.size >> (24 - 8 * i));
		is_sent = send(endpoint, header, sizeof header, MSG_NOSIGNAL) == (ssize_t)sizeof header &&
			  send(endpoint, request.data, request.size, MSG_NOSIGNAL) == (ssize_t)request.size;
	}
	bsync_buffer_clear(&request);
	return is_sent;
}

/* Passes the answer on as it comes; the exit code, -1 when the daemon broke off. */
static int pass_answer(FILE *answer)
{
	uint8_t header[BSYNC_CONTROL_HEADER_SIZE];

	while (fread(header, 1, sizeof header, answer) == sizeof header) {
		uint32_t left = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 |
				header[3];

		if (header[4] == BSYNC_CONTROL_EXIT)
			return left == 1 ? getc(answer) : -1;
		while (left > 0) {
			char piece[4096];
			size_t wanted = left < sizeof piece ? left : sizeof piece;

			if (fread(piece, 1, wanted, answer) != wanted)
				return -1;
			(void)!fwrite(piece, 1, wanted, header[4] == BSYNC_CONTROL_STDOUT ? stdout : stderr);
			left -= (uint32_t)wanted;
		}
	}
	return -1;
}

static int ask_daemon(int endpoint, int count, const char *const *words)
{
	int code = -1;
	FILE *answer;

	if (!send_words(endpoint, count, words)) {
		close(endpoint);
	} else {
		answer = fdopen(endpoint, "r");
		if (answer == NULL) {
			close(endpoint);
		} else {
			code = pass_answer(answer);
			fclose(answer);
		}
	}
	if (code >= 0)
		return code;
	fprintf(stderr, "buurtsyncctl: the daemon broke off: it has too much to do or has stopped; try again\n");
	return BSYNC_EXIT_FAILED;
}

/* --- Without --- */

static enum bsync_result act(void *context, bsync_operator_work *work, void *argument)
{
	struct bsync_store *store = context;
	struct bsync_touched touched;
	enum bsync_result result = bsync_store_group_begin(store);

	if (result != BSYNC_OK)
		return result;
	result = work(argument, store);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(store, &touched);
	if (result != BSYNC_OK)
		bsync_store_group_rollback(store);
	return result;
}

static int complain(const char *what, enum bsync_result result, const char *advice)
{
	fprintf(stderr, "buurtsyncctl: %s: %s; %s\n", what, bsync_result_text(result), advice);
	return (int)bsync_exit_code(result);
}

/* Opens the store in this process; the store's lock keeps a daemon from starting meanwhile. */
static int run_here(const char *folder, const struct bsync_keyring_source *source, int count, const char **words)
{
	struct bsync_config config;
	struct bsync_operator operator= {
		.program = "buurtsyncctl", .act = act, .write = write_output, .config = &config};
	struct bsync_store *store = NULL;
	char path[BSYNC_PATH_SIZE];
	char error[BSYNC_KEYRING_ERROR_SIZE];
	struct bsync_buffer ca;
	struct bsync_key key;
	enum bsync_result result;
	int code;

	if (bsync_config_load(&config, folder, error) != BSYNC_OK) {
		fprintf(stderr, "buurtsyncctl: %s\n", error);
		return BSYNC_EXIT_CONFIG;
	}
	result = bsync_keyring_open(folder, source, &key, error);
	if (result != BSYNC_OK) {
		fprintf(stderr, "buurtsyncctl: %s\n", error);
		return (int)bsync_exit_code(result);
	}
	bsync_buffer_init(&ca, CERTIFICATE_MAX);
	result = bsync_disk_path(path, folder, "store.db");
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_certificate(folder, &ca);
	if (result == BSYNC_OK)
		result = bsync_store_open(path, &key, bsync_machine_random(), &store);
	if (result == BSYNC_OK)
		result = bsync_view_open(path, &key, &operator.view);
	bsync_key_wipe(&key);
	if (result == BSYNC_OK) {
		operator.ca = bsync_buffer_bytes(&ca);
		operator.organisation = bsync_store_facts(store)->organisation;
		operator.store_path = path;
		operator.context = store;
		code = (int)bsync_operator_run(&operator, count, words);
	} else {
		code = complain("cannot open the store", result,
				"another process may have it, or `buurtsyncd check` tells more");
	}
	if (operator.view != NULL)
		bsync_view_close(operator.view);
	if (store != NULL)
		bsync_store_close(store);
	bsync_buffer_clear(&ca);
	return code;
}

static int run_anywhere(int count, const char **words)
{
	struct bsync_operator operator= {.program = "buurtsyncctl", .write = write_output};

	return (int)bsync_operator_run(&operator, count, words);
}

/* The daemon has not the language of whoever asks: it travels with the verbs that speak. */
static int language_add(int count, const char **words)
{
	if (count < 2 || count >= BSYNC_CONTROL_WORDS_MAX || strcmp(words[0], "inbox") != 0 ||
	    (strcmp(words[1], "list") != 0 && strcmp(words[1], "show") != 0))
		return count;
	for (int i = 2; i < count; i++) {
		if (strcmp(words[i], "--lang") == 0 || strncmp(words[i], "--lang=", 7) == 0)
			return count;
	}
	words[count] = bsync_language_here() == BSYNC_DUTCH ? "--lang=nl" : "--lang=en";
	return count + 1;
}

/* `quarantine export … FILE`: the answer goes to a new file that only this user reads.  0 where nothing is to be done or it
 * is, else the exit code; `*path` is the file, `*count` is without it. */
static int export_begin(int *count, const char **words, const char **path)
{
	int file;

	*path = NULL;
	if (*count < 2 || strcmp(words[0], "quarantine") != 0 || strcmp(words[1], "export") != 0)
		return 0;
	if (*count != 5) {
		fprintf(stderr,
			"buurtsyncctl: there is %s; usage: buurtsyncctl quarantine export DEV SEQ[@LINE] FILE\n",
			*count < 5 ? "something missing" : "too much");
		return BSYNC_EXIT_USAGE;
	}
	file = open(words[4], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
		fprintf(stderr, "buurtsyncctl: cannot make the file %s: %s; name a new one in a folder that is yours\n",
			words[4], strerror(errno));
		return BSYNC_EXIT_FAILED;
	}
	close(file);
	*path = words[4];
	*count = 4;
	return 0;
}

/* All of it is on disk, or nothing is left. */
static int export_end(const char *path, int code)
{
	if (code == BSYNC_EXIT_DONE && (fflush(stdout) != 0 || fsync(STDOUT_FILENO) != 0)) {
		fprintf(stderr, "buurtsyncctl: cannot write %s: %s; is its disk full?\n", path, strerror(errno));
		code = BSYNC_EXIT_FAILED;
	}
	if (code != BSYNC_EXIT_DONE)
		unlink(path);
	return code;
}

/* `backup FILE` and `schema apply DIR`: the daemon, which opens it, stands in another folder. */
static bool path_settle(int count, const char **words)
{
	static char path[BSYNC_PATH_SIZE];
	char here[BSYNC_PATH_SIZE];
	int at = count > 1 && strcmp(words[0], "backup") == 0 ? 1 : 0;

	if (count > 2 && strcmp(words[0], "schema") == 0 && strcmp(words[1], "apply") == 0)
		at = 2;
	while (at != 0 && at < count && strncmp(words[at], "--", 2) == 0)
		at++;
	if (at == 0 || at == count || words[at][0] == '/')
		return true;
	if (getcwd(here, sizeof here) == NULL || bsync_disk_path(path, here, words[at]) != BSYNC_OK)
		return false;
	words[at] = path;
	return true;
}

static int run(int count, const char **words)
{
	struct bsync_keyring_source source = {NULL, NULL};
	const char *folder = getenv("BUURTSYNC_DIR");
	bool wants_version = false;
	bool is_restore;
	const struct bsync_option options[] = {
		{"dir", &folder, NULL},
		{"key-file", &source.key_file, NULL},
		{"passphrase-file", &source.passphrase_file, NULL},
		{"version", NULL, &wants_version},
	};
	char error[BSYNC_OPTIONS_ERROR_SIZE];
	const char *path = NULL;
	int endpoint, code;

	if (bsync_options_take(&count, words, options, sizeof options / sizeof options[0], error) != BSYNC_OK) {
		fprintf(stderr, "buurtsyncctl: %s; `buurtsyncctl --help` lists the verbs\n", error);
		return BSYNC_EXIT_USAGE;
	}
	if (wants_version) {
		printf("buurtsyncctl %s, protocol %d\n", BSYNC_VERSION_TEXT, BSYNC_PROTOCOL_VERSION);
		return BSYNC_EXIT_DONE;
	}
	is_restore = count > 0 && strcmp(words[0], "restore") == 0;
	if (!is_restore && !bsync_operator_needs_store(count, words))
		return run_anywhere(count, words);
	if (folder == NULL || folder[0] == '\0') {
		fprintf(stderr, "buurtsyncctl: no folder is named: give --dir D or set BUURTSYNC_DIR\n");
		return BSYNC_EXIT_USAGE;
	}
	if (is_restore)
		return bsync_restore(folder, &source, count - 1, words + 1);
	if (!path_settle(count, words)) {
		fprintf(stderr, "buurtsyncctl: the path of the file is too long; name it from the root\n");
		return BSYNC_EXIT_USAGE;
	}
	count = language_add(count, words);
	code = export_begin(&count, words, &path);
	if (code != 0)
		return code;
	endpoint = reach_daemon(folder);
	code = endpoint >= 0 ? ask_daemon(endpoint, count, words) : run_here(folder, &source, count, words);
	return path != NULL ? export_end(path, code) : code;
}

int main(int argc, char **argv)
{
	const char *words[BSYNC_CONTROL_WORDS_MAX];
	int count = argc > 0 ? argc - 1 : 0;
	int code;

	umask(077);
	if (count > BSYNC_CONTROL_WORDS_MAX) {
		fprintf(stderr, "buurtsyncctl: there is too much; `buurtsyncctl --help` lists the verbs\n");
		return BSYNC_EXIT_USAGE;
	}
	for (int i = 0; i < count; i++)
		words[i] = argv[i + 1];
	code = run(count, words);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "buurtsyncctl: cannot write the output: %s\n", strerror(errno));
		return BSYNC_EXIT_FAILED;
	}
	return code;
}
