#include "client-sdk/problem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* X(code, text, advice) */
#define CODES(X)                                                                                                 \
	X(BSYNC_DONE, "done", "")                                                                                \
	X(BSYNC_ROW, "a row stands ready", "")                                                                   \
	X(BSYNC_E_MEMORY, "memory ran out", "close other programs and try again")                                \
	X(BSYNC_E_MISUSE, "the call is not allowed here, or an argument is not valid", "correct the call")       \
	X(BSYNC_E_STORAGE, "the local file cannot be read or written",                                           \
	  "check the disk, and keep the directory: it may hold work that is not handed in")                      \
	X(BSYNC_E_FULL, "the disk is full", "free some space and try again")                                     \
	X(BSYNC_E_BUSY, "something else held the file for too long", "try again")                                \
	X(BSYNC_E_SQL, "SQLite refuses the statement", "correct the statement")                                  \
	X(BSYNC_E_NETWORK, "the server cannot be reached", "check the network and the address, then try again")  \
	X(BSYNC_E_TLS, "the server's or the device's certificate is not accepted",                               \
	  "check that this is the right server, or ask the operator")                                            \
	X(BSYNC_E_SERVER, "the server refuses", "ask the operator")                                              \
	X(BSYNC_E_TIMEOUT, "the time allowed has passed", "try again; nothing is lost")                          \
	X(BSYNC_E_KEY, "the key or passphrase does not fit", "give the right one")                               \
	X(BSYNC_E_EXISTS, "it is there already", "use another name or directory")                                \
	X(BSYNC_E_NOT_FOUND, "there is no such thing", "check the name")                                         \
	X(BSYNC_E_CHANGED, "it has changed meanwhile", "look again and decide anew")                             \
	X(BSYNC_E_NEWER, "the file was written by a newer version", "install the newer version of this program") \
	X(BSYNC_E_CODE, "the enrolment code is wrong, used or expired", "ask the operator for a new code")       \
	X(BSYNC_E_LOCAL, "something on this machine failed", "see the text")                                     \
	X(BSYNC_E_RULE, "the rule of the column would not let it stand", "choose another value, or keep what stands")

const char *bsync_code_name(int code)
{
	switch (code) {
#define X(name, text, advice) \
	case name:            \
		return #name;
		CODES(X)
#undef X
	default:
		return "unknown";
	}
}

const char *bsync_code_text(int code)
{
	switch (code) {
#define X(name, text, advice) \
	case name:            \
		return text;
		CODES(X)
#undef X
	default:
		return "a code this version does not know";
	}
}

const char *bsync_problem_advice(int code)
{
	switch (code) {
#define X(name, text, advice) \
	case name:            \
		return advice;
		CODES(X)
#undef X
	default:
		return "";
	}
}

int bsync_problem(struct bsync_error *error, int code, int system_code, const char *format, ...)
{
	assert(code < 0);
	if (error == NULL)
		return code;
	error->code = code;
	error->system_code = system_code;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	/* One line: texts of servers and of SQLite are quoted in it. */
	for (char *at = error->text; *at != '\0'; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	return code;
}

/* The codes below 100: what fails on this machine. */
static int code_of_local(enum bsync_result result)
{
	switch ((int)result) {
	case BSYNC_OK:
		return BSYNC_DONE;
	case BSYNC_NO_MEMORY:
		return BSYNC_E_MEMORY;
	case BSYNC_STORAGE:
	case BSYNC_STORAGE_CORRUPT:
		return BSYNC_E_STORAGE;
	case BSYNC_STORAGE_FULL:
		return BSYNC_E_FULL;
	case BSYNC_BUSY:
		return BSYNC_E_BUSY;
	case BSYNC_NOT_FOUND:
		return BSYNC_E_NOT_FOUND;
	case BSYNC_EXISTS:
		return BSYNC_E_EXISTS;
	case BSYNC_MISUSE:
	case BSYNC_INVALID:
		return BSYNC_E_MISUSE;
	case BSYNC_TIMEOUT:
		return BSYNC_E_TIMEOUT;
	case BSYNC_NEWER_SCHEMA:
		return BSYNC_E_NEWER;
	case BSYNC_KEY:
		return BSYNC_E_KEY;
	case BSYNC_CHANGED:
		return BSYNC_E_CHANGED;
	case BSYNC_IO:
	case BSYNC_CLOSED:
		return BSYNC_E_NETWORK;
	default:
		return BSYNC_E_LOCAL;
	}
}

int bsync_problem_code(enum bsync_result result)
{
	if ((int)result <= 100)
		return code_of_local(result);
	switch ((int)result) {
	case BSYNC_BAD_CODE:
		return BSYNC_E_CODE;
	case BSYNC_TLS:
		return BSYNC_E_TLS;
	case BSYNC_OVERLOADED:
	case BSYNC_SHUTTING_DOWN:
	case BSYNC_IDLE:
		return BSYNC_E_NETWORK;
	default:
		return BSYNC_E_SERVER;
	}
}

int bsync_problem_of(struct bsync_error *error, enum bsync_result result, const char *what, const char *why)
{
	assert(result != BSYNC_OK);
	int code = bsync_problem_code(result);
	if (why == NULL || why[0] == '\0')
		why = bsync_result_text(result);
	else if (code == BSYNC_E_SERVER) /* a server's own words say what to do */
		return bsync_problem(error, code, 0, "%s: %s", what, why);
	return bsync_problem(error, code, 0, "%s: %s; %s", what, why, bsync_problem_advice(code));
}
