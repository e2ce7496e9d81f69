/* process.h: start and watch real programs from a test or benchmark. */
#ifndef BSYNC_TESTS_SUPPORT_PROCESS_H
#define BSYNC_TESTS_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_OUTPUT_MAX = 1 << 16, PROCESS_ARGUMENTS_MAX = 24 };

/* Runs `arguments` (NULL-terminated; searched in PATH) to its end; copies its standard output into `output`
 * (NUL-terminated; NULL allowed).  Returns the exit status, 128 + signal, or -1. */
int process_run(const char *const *arguments, char output[PROCESS_OUTPUT_MAX]);
/* The last line of a text, without its newline. */
const char *process_last_line(char *output);
/* As process_run, and ends the program with a message when the status is not 0; returns the last line of the output, static. */
const char *process_must(const char *const *arguments);

/* A program in the background that says `ready TEXT` on its standard output. */
struct process {
	pid_t pid;
	char ready[200];
};
/* Starts it and waits for the line; false when it does not come within 20 s. */
bool process_start(struct process *process, const char *const *arguments);
/* Sends `signal` and waits; returns its exit status or 128 + signal. */
int process_stop(struct process *process, int signal);

/* CPU time of a process, all its threads, microseconds; 0 when it is gone. */
int64_t process_cpu_us(pid_t pid);
/* Resident memory that is not shared, bytes. */
int64_t process_memory(pid_t pid);
/* A monotonic clock, microseconds. */
int64_t clock_us(void);

#endif
