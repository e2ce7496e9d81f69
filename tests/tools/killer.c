/* killer: ends the daemon and devices with SIGKILL at random moments of a running sync, and looks after each whether
 * anything was lost, doubled, torn or promised too early.
 *
 *   killer --store DIR --device DIR --device DIR [--kills N] [--seed N]
 *
 * The programs are the real ones; the store serves tests/schemas/lijst at a fixed address, and holds the list `werk` with
 * point 1.  Every note is a transaction that adds a row to `logboek` and one to the counter of that point, so at every
 * instant, on every replica, the counter equals the number of rows: a torn or doubled transaction shows.  A note counts
 * as returned once the `sql` that wrote it has ended with 0.  Exit 0 only when every check held. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/process.h"

enum {
	DEVICES = 2,
	NOTES_MAX = 20000,
	NOTES_A_WRITE = 3,
	NOTES_A_HEAP = 60, /* now and then, so that a push has several parts */
	SQL_SIZE = 64 << 10,
	PATH_SIZE = 400,
	SYNC_FACTOR_PERCENT = 120, /* a kill falls at most this long after the start, of a sync's usual time */
};

struct device {
	const char *dir;
	char letter;
	int count; /* notes begun; number 0 first */
	bool is_returned[NOTES_MAX];
	int synced; /* notes begun before the start of the last sync that ended with 0 */
};

static const char *store_dir;
static struct device devices[DEVICES];
static struct process server;
static uint64_t seed = 1, state;
static int64_t sync_us = 50000;
static unsigned kills_of_daemon, kills_of_sync, kills_of_sql, kills_of_agent, maybe_count;

static uint64_t next_random(void)
{
	/* SplitMix64. */
	uint64_t word = state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

static _Noreturn void fail(const char *what, long long a, long long b)
{
	printf("killer: seed %llu, after %u kills of the daemon, %u of sync, %u of sql, %u of agent: ",
	       (unsigned long long)seed, kills_of_daemon, kills_of_sync, kills_of_sql, kills_of_agent);
	printf("%s (%lld, %lld)\n", what, a, b);
	fflush(stdout);
	if (server.pid > 0)
		process_stop(&server, SIGKILL);
	exit(1);
}

/* --- Processes --- */

static pid_t launch(const char *const *arguments)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("no process can be started", 0, 0);
	if (pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY);
		union {
			const char *const *in;
			char *const *out;
		} words = {.in = arguments};

		dup2(nowhere, STDOUT_FILENO);
		execvp(arguments[0], words.out);
		_exit(127);
	}
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		fail("a process is gone", pid, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void pause_us(int64_t us)
{
	struct timespec time = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&time, NULL);
}

static void daemon_start(void)
{
	const char *arguments[] = {"buurtsyncd", "run", "--dir", store_dir, NULL};

	if (!process_start(&server, arguments))
		fail("the daemon does not start again", 0, 0);
}

static pid_t sync_start(const struct device *device)
{
	const char *arguments[] = {"buurtsync", "--dir", device->dir, "sync", "--timeout", "30", NULL};

	return launch(arguments);
}

/* Starts an `sql` that writes `count` notes, each a transaction. */
static pid_t write_start(struct device *device, int count)
{
	static char sql[SQL_SIZE];
	const char *arguments[] = {"buurtsync", "--dir", device->dir, "sql", sql, NULL};
	int size = 0;

	for (int i = 0; i < count; i++)
		size += snprintf(sql + size, sizeof sql - (size_t)size,
				 "BEGIN; INSERT INTO logboek (id, lijst, tekst) VALUES (uuid(), 'werk', '%c %d'); "
				 "UPDATE punt SET aantal = aantal + 1 WHERE lijst = 'werk' AND nr = 1; COMMIT;",
				 device->letter, device->count + i);
	if (device->count + count > NOTES_MAX || size >= SQL_SIZE - 200)
		fail("too many notes", device->count, count);
	return launch(arguments);
}

static void write_ended(struct device *device, int count, bool is_returned)
{
	for (int i = 0; i < count; i++)
		device->is_returned[device->count++] = is_returned;
	maybe_count += is_returned ? 0 : (unsigned)count;
}

static void write_notes(struct device *device, int count)
{
	int status = wait_for(write_start(device, count));

	if (status != 0)
		fail("sql ended with", status, device->letter);
	write_ended(device, count, true);
}

/* --- What the files hold --- */

struct replica {
	unsigned char times[DEVICES][NOTES_MAX]; /* how often each note is there */
	long long rows, counter;
};

static sqlite3 *open_file(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	sqlite3 *db = NULL;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		fail(path, sqlite3_errcode(db), 0);
	sqlite3_busy_timeout(db, 5000);
	/* The file stays as the killed process left it. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return db;
}

static long long number_in(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
		fail(sqlite3_errmsg(db), 0, 0);
	long long number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void read_replica(const char *dir, const char *name, struct replica *replica)
{
	sqlite3 *db = open_file(dir, name);
	sqlite3_stmt *statement;

	memset(replica, 0, sizeof *replica);
	if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT tekst FROM logboek", -1, &statement, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db), 0, 0);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);
		int who = text != NULL ? text[0] - 'A' : -1;
		long number = who >= 0 ? strtol(text + 2, NULL, 10) : -1;

		if (who < 0 || who >= DEVICES || number < 0 || number >= NOTES_MAX)
			fail("a row that nobody wrote", who, number);
		replica->times[who][number]++;
		replica->rows++;
	}
	sqlite3_finalize(statement);
	replica->counter = number_in(db,
				     "SELECT coalesce((SELECT aantal FROM punt WHERE lijst = 'werk' AND nr = 1), 0)");
	sqlite3_close(db);
}

/* Whole and once: true of every replica at every instant. */
static void check_whole(const struct replica *replica, const char *where)
{
	if (replica->rows != replica->counter)
		fail(where, replica->rows, replica->counter);
	for (int who = 0; who < DEVICES; who++)
		for (int number = 0; number < NOTES_MAX; number++)
			if (replica->times[who][number] > 1)
				fail("a note stands twice", who, number);
}

/* Every note of `device` below `count` that was returned is there. */
static void check_has(const struct replica *replica, const struct device *device, int count, const char *what)
{
	for (int number = 0; number < count; number++)
		if (device->is_returned[number] && replica->times[device->letter - 'A'][number] != 1)
			fail(what, device->letter, number);
}

/* A changeset that a device holds a receipt for is in the store: it never has to be sent again. */
static void check_lines(void)
{
	sqlite3 *store = open_file(store_dir, "store.db");

	for (int i = 0; i < DEVICES; i++) {
		sqlite3 *db = open_file(devices[i].dir, "device.db");
		long long durable = number_in(db, "SELECT coalesce(max(seq), 0) FROM bsync_outbox WHERE state = 1");
		char sql[200];

		snprintf(
			sql, sizeof sql,
			"SELECT coalesce(max(l.last_seq), 0) FROM bsync_line l JOIN bsync_device d ON d.no = l.device_no "
			"WHERE d.id = x'");
		sqlite3_stmt *statement;
		if (sqlite3_prepare_v2(db, "SELECT lower(hex(value)) FROM bsync_meta WHERE name = 'device'", -1,
				       &statement, NULL) != SQLITE_OK ||
		    sqlite3_step(statement) != SQLITE_ROW)
			fail(sqlite3_errmsg(db), 0, 0);
		snprintf(sql + strlen(sql), sizeof sql - strlen(sql), "%s'", sqlite3_column_text(statement, 0));
		sqlite3_finalize(statement);
		long long last = number_in(store, sql);
		if (durable > last)
			fail("a device holds as durable what the store has not", durable, last);
		sqlite3_close(db);
	}
	sqlite3_close(store);
}

static void check_everybody_whole(void)
{
	static struct replica replica;

	read_replica(store_dir, "store.db", &replica);
	check_whole(&replica, "the store is torn: rows, counter");
	for (int i = 0; i < DEVICES; i++) {
		read_replica(devices[i].dir, "device.db", &replica);
		check_whole(&replica, "a device is torn: rows, counter");
		check_has(&replica, &devices[i], devices[i].count, "a device has lost a note of its own");
	}
}

/* --- Syncs --- */

static void check_pending(const struct device *device)
{
	const char *arguments[] = {"buurtsync", "--dir", device->dir, "status", "--json", NULL};
	static char output[PROCESS_OUTPUT_MAX];

	if (process_run(arguments, output) != 0 || strstr(output, "\"pending_changes\":0,") == NULL)
		fail("sync ended with 0, and the status names pending changes", device->letter, 0);
}

/* A sync ended with 0: everything written before it is in the store, and what others had synced before is here. */
static void check_synced(struct device *device, int status, int written, const int synced[DEVICES])
{
	static struct replica replica;

	if (status != 0)
		fail("sync ended with", status, device->letter);
	read_replica(store_dir, "store.db", &replica);
	check_whole(&replica, "the store is torn: rows, counter");
	check_has(&replica, device, written, "sync ended with 0, and the store lacks a note");
	read_replica(device->dir, "device.db", &replica);
	check_whole(&replica, "a device is torn: rows, counter");
	for (int i = 0; i < DEVICES; i++)
		check_has(&replica, &devices[i], synced[i],
			  "sync ended with 0, and the device lacks a note of another");
	if (device->count == written)
		check_pending(device);
	device->synced = written;
}

struct running {
	struct device *device;
	pid_t pid;
	int written;
	int synced[DEVICES];
};

static struct running sync_begin(struct device *device)
{
	struct running running = {.device = device, .written = device->count};

	for (int i = 0; i < DEVICES; i++)
		running.synced[i] = devices[i].synced;
	running.pid = sync_start(device);
	return running;
}

static void sync_end(const struct running *running)
{
	check_synced(running->device, wait_for(running->pid), running->written, running->synced);
}

static void sync_now(struct device *device)
{
	struct running running = sync_begin(device);

	sync_end(&running);
}

static void measure_sync(void)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < 4; i++) {
		struct device *device = &devices[i % DEVICES];
		write_notes(device, NOTES_A_WRITE);
		int64_t began = clock_us();
		wait_for(sync_start(device));
		int64_t took = clock_us() - began;
		least = took < least ? took : least;
		sync_now(device);
	}
	sync_us = least;
	printf("a sync takes %lld ms\n", (long long)sync_us / 1000);
}

static int64_t random_moment(void)
{
	return (int64_t)(next_random() % (uint64_t)(sync_us * SYNC_FACTOR_PERCENT / 100 + 1));
}

/* --- The kills --- */

/* The daemon dies in the middle of a sync, which goes on by itself once it is back. */
static void kill_the_daemon(struct device *device)
{
	struct running running = sync_begin(device);

	pause_us(random_moment());
	process_stop(&server, SIGKILL);
	kills_of_daemon++;
	check_lines();
	check_everybody_whole();
	daemon_start();
	check_lines();
	/* Half of the time somebody else is served meanwhile; else nobody is. */
	if (next_random() % 2 == 0)
		sync_now(&devices[device == &devices[0]]);
	sync_end(&running);
}

static void kill_a_sync(struct device *device)
{
	struct running running = sync_begin(device);

	pause_us(random_moment());
	kill(running.pid, SIGKILL);
	if (wait_for(running.pid) == 0) /* it was faster */
		check_synced(device, 0, running.written, running.synced);
	kills_of_sync++;
	check_everybody_whole();
	sync_now(device);
}

static void kill_an_sql(struct device *device)
{
	int count = NOTES_A_WRITE * 2;
	pid_t pid = write_start(device, count);

	pause_us(random_moment() / 2);
	kill(pid, SIGKILL);
	write_ended(device, count, wait_for(pid) == 0);
	kills_of_sql++;
	check_everybody_whole();
	sync_now(device);
}

static void kill_an_agent(struct device *device)
{
	const char *arguments[] = {"buurtsync", "--dir", device->dir, "agent", NULL};
	pid_t pid = launch(arguments);

	pause_us(sync_us / 2);
	write_notes(device, NOTES_A_WRITE);
	pause_us(random_moment() / 2);
	kill(pid, SIGKILL);
	wait_for(pid);
	kills_of_agent++;
	check_everybody_whole();
	sync_now(device);
}

static void one_kill(unsigned number)
{
	struct device *device = &devices[number / 2 % DEVICES];

	write_notes(device, number % 20 == 7 ? NOTES_A_HEAP : NOTES_A_WRITE);
	if (number % 3 == 0)
		write_notes(&devices[device == &devices[0]], 1);
	if (number % 2 == 0) {
		kill_the_daemon(device);
		return;
	}
	switch (next_random() % 5) {
	case 0:
		kill_an_sql(device);
		break;
	case 1:
		kill_an_agent(device);
		break;
	default:
		kill_a_sync(device);
		break;
	}
}

/* In the end all three hold the same. */
static void compare(void)
{
	static struct replica store, replica;
	unsigned happened = 0;

	sync_now(&devices[0]);
	sync_now(&devices[1]);
	sync_now(&devices[0]);
	read_replica(store_dir, "store.db", &store);
	for (int i = 0; i < DEVICES; i++) {
		check_has(&store, &devices[i], devices[i].count, "the store lacks a note");
		read_replica(devices[i].dir, "device.db", &replica);
		if (memcmp(store.times, replica.times, sizeof store.times) != 0 || store.counter != replica.counter)
			fail("a device differs from the store: counters", store.counter, replica.counter);
		for (int number = 0; number < devices[i].count; number++)
			happened += !devices[i].is_returned[number] && store.times[i][number] == 1;
	}
	printf("%lld notes on each device and in the store, each once; of %u whose sql was killed %u had been committed\n",
	       store.rows, maybe_count, happened);
}

int main(int argc, char **argv)
{
	unsigned kills = 200;
	int known = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--store") == 0)
			store_dir = argv[i + 1];
		else if (strcmp(argv[i], "--device") == 0 && known < DEVICES)
			devices[known++].dir = argv[i + 1];
		else if (strcmp(argv[i], "--kills") == 0)
			kills = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
	}
	if (store_dir == NULL || known != DEVICES) {
		fprintf(stderr, "usage: killer --store DIR --device DIR --device DIR [--kills N] [--seed N]\n");
		return 2;
	}
	state = seed;
	devices[0].letter = 'A';
	devices[1].letter = 'B';
	printf("seed %llu\n", (unsigned long long)seed);
	daemon_start();
	measure_sync();
	int64_t began = clock_us();
	for (unsigned i = 0; i < kills; i++) {
		one_kill(i);
		if (i % 50 == 49) {
			printf("%u kills in %lld s\n", i + 1, (long long)(clock_us() - began) / 1000000);
			fflush(stdout);
		}
	}
	printf("killed: daemon %u, sync %u, sql %u, agent %u times\n", kills_of_daemon, kills_of_sync, kills_of_sql,
	       kills_of_agent);
	compare();
	int status = process_stop(&server, SIGTERM);
	if (status != 0) {
		printf("the daemon ended with %d on SIGTERM\n", status);
		return 1;
	}
	return 0;
}
