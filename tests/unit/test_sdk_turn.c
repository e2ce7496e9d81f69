#include "client-sdk/net/turn.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/harness.h"

static volatile sig_atomic_t taken;

static void take(int signal)
{
	(void)signal;
	taken++;
}

/* Writes to a socket whose other end is closed. */
static void write_to_nobody(void)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
		close(ends[1]);
		(void)!write(ends[0], "x", 1);
		close(ends[0]);
	}
}

TEST(a_write_to_a_closed_socket_is_no_signal_while_it_is_held)
{
	struct bsync_turn_held held;
	struct sigaction action = {.sa_handler = take}, before;
	CHECK_EQ(sigaction(SIGPIPE, &action, &before), 0);
	taken = 0;
	bsync_turn_hold(&held);
	write_to_nobody();
	write_to_nobody();
	bsync_turn_release(&held);
	CHECK_EQ(taken, 0);
	write_to_nobody(); /* not held it is one: the test would see it */
	CHECK_EQ(taken, 1);
	sigaction(SIGPIPE, &before, NULL);
}

TEST(a_signal_that_waited_before_is_left_to_the_application)
{
	struct bsync_turn_held held;
	sigset_t pipe, before, pending;
	int number = 0;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &pipe, &before), 0);
	write_to_nobody();
	bsync_turn_hold(&held);
	write_to_nobody();
	bsync_turn_release(&held);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGPIPE), 1);
	CHECK_EQ(sigwait(&pipe, &number), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
