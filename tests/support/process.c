#include "tests/support/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t clock_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Starts `arguments` with its standard output in a pipe whose reading end is returned. */
static int start(const char *const *arguments, pid_t *pid)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*pid = fork();
	if (*pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		union {
			const char *const *in;
			char *const *out;
		} words = {.in = arguments};
		execvp(arguments[0], words.out);
		_exit(127);
	}
	close(ends[1]);
	if (*pid < 0) {
		close(ends[0]);
		return -1;
	}
	return ends[0];
}

static int wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_run(const char *const *arguments, char output[PROCESS_OUTPUT_MAX])
{
	pid_t pid;
	int fd = start(arguments, &pid);
	if (fd < 0)
		return -1;
	size_t used = 0;
	char space[4096];
	ssize_t size;
	while ((size = read(fd, space, sizeof space)) > 0 || (size < 0 && errno == EINTR)) {
		if (size < 0 || output == NULL)
			continue;
		size_t room = PROCESS_OUTPUT_MAX - 1 - used;
		size_t taken = (size_t)size < room ? (size_t)size : room;
		memcpy(output + used, space, taken);
		used += taken;
	}
	if (output != NULL)
		output[used] = '\0';
	close(fd);
	return wait_for(pid);
}

const char *process_last_line(char *output)
{
	size_t size = strlen(output);
	while (size > 0 && output[size - 1] == '\n')
		output[--size] = '\0';
	char *newline = strrchr(output, '\n');
	return newline != NULL ? newline + 1 : output;
}

const char *process_must(const char *const *arguments)
{
	static char output[PROCESS_OUTPUT_MAX];
	int status = process_run(arguments, output);
	if (status != 0) {
		fprintf(stderr, "%s %s … ended with %d: %s\n", arguments[0], arguments[1], status, output);
		exit(1);
	}
	return process_last_line(output);
}

bool process_start(struct process *process, const char *const *arguments)
{
	int fd = start(arguments, &process->pid);
	if (fd < 0)
		return false;
	char line[sizeof process->ready + 8];
	size_t used = 0;
	int64_t until = clock_us() + 20 * 1000000;
	while (used + 1 < sizeof line && clock_us() < until) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		if (poll(&wait, 1, 100) <= 0)
			continue;
		ssize_t size = read(fd, line + used, 1);
		if (size <= 0)
			break;
		if (line[used] != '\n') {
			used++;
			continue;
		}
		line[used] = '\0';
		used = 0;
		if (strncmp(line, "ready ", 6) != 0)
			continue;
		snprintf(process->ready, sizeof process->ready, "%.*s", (int)sizeof process->ready - 1, line + 6);
		/* The pipe stays open for the life of the program, which may print more. */
		return true;
	}
	close(fd);
	kill(process->pid, SIGKILL);
	wait_for(process->pid);
	return false;
}

int process_stop(struct process *process, int signal)
{
	assert(process->pid > 0);
	kill(process->pid, signal);
	int status = wait_for(process->pid);
	process->pid = 0;
	return status;
}

/* Reads a small file of /proc; false when it is gone. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, text, size - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

int64_t process_cpu_us(pid_t pid)
{
	clockid_t clock;
	struct timespec used;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

int64_t process_memory(pid_t pid)
{
	char text[256];
	if (!read_proc(pid, "statm", text, sizeof text))
		return 0;
	char *end = text;
	strtoll(end, &end, 10);
	int64_t resident = strtoll(end, &end, 10);
	int64_t shared = strtoll(end, &end, 10);
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}
