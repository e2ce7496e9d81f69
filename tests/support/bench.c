#include "tests/support/bench.h"

#include <assert.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/dutch.h"

enum { NOTITIE = 5, HUIS = 4, UPDATABLE_MAX = 4096 };

void bench_print(const char *name, double value, const char *unit)
{
	printf(value >= 100 || value == (double)(int64_t)value ? "bench %s %.0f %s\n" : "bench %s %.3g %s\n", name,
	       value, unit);
	fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

double bench_median(double *values, int count)
{
	assert(count > 0);
	qsort(values, (size_t)count, sizeof *values, by_value);
	return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* --- The world --- */

static void path_in(char out[BENCH_PATH_SIZE], const char *dir, const char *name)
{
	if (snprintf(out, BENCH_PATH_SIZE, "%s/%s", dir, name) >= BENCH_PATH_SIZE)
		abort();
}

void bench_world_start(struct bench_world *world, const char *schema)
{
	char path[BENCH_PATH_SIZE];
	memset(world, 0, sizeof *world);
	path_in(path, BSYNC_SOURCE_DIR, schema);
	const char *base = getenv("TMPDIR");
	path_in(world->dir, base != NULL ? base : "/tmp", "buurtsync-bench.XXXXXX");
	if (mkdtemp(world->dir) == NULL)
		abort();
	path_in(world->store, world->dir, "store");
	process_must((const char *const[]){"buurtsyncd", "init", "--dir", world->store, "--schema", path, "--listen",
					   "127.0.0.1:0", "--name", "bench", NULL});
	if (!process_start(&world->daemon, (const char *const[]){"buurtsyncd", "run", "--dir", world->store, NULL})) {
		fprintf(stderr, "bench: the daemon does not start\n");
		exit(1);
	}
	const char *team = process_must(
		(const char *const[]){"buurtsyncctl", "--dir", world->store, "team", "add", "bench", NULL});
	snprintf(world->team, sizeof world->team, "%s", team);
}

void bench_world_stop(struct bench_world *world)
{
	if (process_stop(&world->daemon, SIGTERM) != 0)
		fprintf(stderr, "bench: the daemon did not end in order\n");
	process_run((const char *const[]){"rm", "-rf", world->dir, NULL}, NULL);
}

void bench_world_code(struct bench_world *world, const char *worker, char code[600])
{
	const char *line = process_must((const char *const[]){"buurtsyncctl", "--dir", world->store, "device", "enroll",
							      "--worker", worker, NULL});
	snprintf(code, 600, "%s", line);
}

void bench_world_worker(struct bench_world *world, char id[40], char code[600])
{
	char name[40];
	snprintf(name, sizeof name, "worker %u", ++world->worker_count);
	const char *line = process_must((const char *const[]){"buurtsyncctl", "--dir", world->store, "worker", "add",
							      name, "--team", world->team, NULL});
	snprintf(id, 40, "%s", line);
	bench_world_code(world, id, code);
}

/* --- Rows --- */

static void make_id(uint8_t id[16])
{
	uint8_t random[10];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (swarm_random()->fill(NULL, random, sizeof random) != 0)
		abort();
	bsync_uuid7((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, random, id);
}

void bench_row_make(struct bench_row *row, const uint8_t house[16], uint64_t *random)
{
	static const char *const kinds[] = {"gesprek", "observatie", "afweging", "signaal"};
	make_id(row->id);
	memcpy(row->house, house, sizeof row->house);
	snprintf(row->day, sizeof row->day, "2026-%02u-%02u", 1 + dutch_below(random, 12), 1 + dutch_below(random, 28));
	row->kind = kinds[dutch_below(random, 4)];
	row->status = "open";
	row->weight = dutch_below(random, 100);
	row->version = 1;
	dutch_note(random, 330, row->text, sizeof row->text);
}

static struct bsync_value text_of(const char *text)
{
	return bsync_value_text(bsync_bytes_of_string(text));
}

static struct bsync_value id_of(const uint8_t id[16])
{
	return bsync_value_blob((struct bsync_bytes){id, 16});
}

void bench_add_house(struct swarm_device *device, const uint8_t house[16], const char *worker, const char *guest)
{
	uint8_t worker_id[16], guest_id[16];
	if (!bsync_id_parse(worker, worker_id) || (guest != NULL && !bsync_id_parse(guest, guest_id)))
		abort();
	struct bsync_value key = id_of(house);
	struct bsync_cell_write cells[] = {
		{.column_no = 2, .value = id_of(worker_id)},
		{.column_no = 3, .value = guest != NULL ? id_of(guest_id) : bsync_value_null()},
		{.column_no = 4, .value = text_of("huis")},
	};
	struct bsync_change change = {.table_no = HUIS,
				      .kind = BSYNC_CHANGE_INSERT,
				      .key_count = 1,
				      .key = &key,
				      .cell_count = 3,
				      .cells = cells};
	struct bsync_changeset set = {.change_count = 1, .changes = &change};
	if (guest == NULL) {
		cells[1] = cells[2];
		change.cell_count = 2;
	}
	swarm_device_add(device, &set);
}

/* --- Raw SQLite --- */

struct raw_row {
	struct bench_row row;
	bool is_update;
};

struct bench_raw {
	sqlite3 *db;
	sqlite3_stmt *insert, *update;
	struct raw_row *rows;
	size_t count, capacity;
};

static void must_sql(struct bench_raw *raw, const char *sql)
{
	if (sqlite3_exec(raw->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "bench: %s: %s\n", sql, sqlite3_errmsg(raw->db));
		exit(1);
	}
}

struct bench_raw *bench_raw_new(const char *path)
{
	struct bench_raw *raw = calloc(1, sizeof *raw);
	if (raw == NULL || sqlite3_open(path, &raw->db) != SQLITE_OK)
		abort();
	must_sql(raw, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
	must_sql(
		raw,
		"CREATE TABLE notitie (id BLOB PRIMARY KEY, huis_id BLOB, op TEXT, soort TEXT, status TEXT, gewicht INTEGER, "
		"versie INTEGER, tekst TEXT) STRICT");
	if (sqlite3_prepare_v2(raw->db, "INSERT INTO notitie VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", -1, &raw->insert,
			       NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(raw->db, "UPDATE notitie SET versie = ?2, tekst = ?3 WHERE id = ?1", -1, &raw->update,
			       NULL) != SQLITE_OK)
		abort();
	return raw;
}

static void raw_add(struct bench_raw *raw, const struct bench_row *row, bool is_update)
{
	if (raw == NULL)
		return;
	if (raw->count == raw->capacity) {
		raw->capacity = raw->capacity == 0 ? 1024 : raw->capacity * 2;
		raw->rows = realloc(raw->rows, raw->capacity * sizeof *raw->rows);
		if (raw->rows == NULL)
			abort();
	}
	raw->rows[raw->count++] = (struct raw_row){*row, is_update};
}

static void raw_step(sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		abort();
	sqlite3_reset(statement);
}

static void raw_write_row(struct bench_raw *raw, const struct raw_row *entry)
{
	const struct bench_row *row = &entry->row;
	if (entry->is_update) {
		sqlite3_bind_blob(raw->update, 1, row->id, 16, SQLITE_STATIC);
		sqlite3_bind_int64(raw->update, 2, row->version);
		sqlite3_bind_text(raw->update, 3, row->text, -1, SQLITE_STATIC);
		raw_step(raw->update);
		return;
	}
	sqlite3_bind_blob(raw->insert, 1, row->id, 16, SQLITE_STATIC);
	sqlite3_bind_blob(raw->insert, 2, row->house, 16, SQLITE_STATIC);
	sqlite3_bind_text(raw->insert, 3, row->day, -1, SQLITE_STATIC);
	sqlite3_bind_text(raw->insert, 4, row->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(raw->insert, 5, row->status, -1, SQLITE_STATIC);
	sqlite3_bind_int64(raw->insert, 6, row->weight);
	sqlite3_bind_int64(raw->insert, 7, row->version);
	sqlite3_bind_text(raw->insert, 8, row->text, -1, SQLITE_STATIC);
	raw_step(raw->insert);
}

int64_t bench_raw_write(struct bench_raw *raw)
{
	int64_t began = clock_us();
	for (size_t i = 0; i < raw->count; i++) {
		if (i % 500 == 0)
			must_sql(raw, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
		raw_write_row(raw, &raw->rows[i]);
	}
	must_sql(raw, "COMMIT");
	return clock_us() - began;
}

uint64_t bench_raw_rows(const struct bench_raw *raw)
{
	return raw->count;
}

int64_t bench_raw_bytes(struct bench_raw *raw)
{
	must_sql(raw, "PRAGMA wal_checkpoint(TRUNCATE)");
	struct stat file;
	if (stat(sqlite3_db_filename(raw->db, "main"), &file) != 0)
		abort();
	return file.st_size;
}

void bench_raw_free(struct bench_raw *raw)
{
	sqlite3_finalize(raw->insert);
	sqlite3_finalize(raw->update);
	sqlite3_close(raw->db);
	free(raw->rows);
	free(raw);
}

/* --- Changes --- */

struct batch {
	struct bench_row *rows;
	struct bsync_value *keys;
	struct bsync_cell_write (*cells)[7];
	struct bsync_change *changes;
	uint32_t count;
};

static void put_insert(struct batch *batch, const struct bench_row *source)
{
	uint32_t i = batch->count++;
	batch->rows[i] = *source;
	const struct bench_row *row = &batch->rows[i];
	batch->keys[i] = id_of(row->id);
	const struct bsync_value values[7] = {id_of(row->house),
					      text_of(row->day),
					      text_of(row->kind),
					      text_of(row->status),
					      bsync_value_integer(row->weight),
					      bsync_value_integer(row->version),
					      text_of(row->text)};
	for (uint32_t c = 0; c < 7; c++)
		batch->cells[i][c] = (struct bsync_cell_write){.column_no = c + 2, .value = values[c]};
	batch->changes[i] = (struct bsync_change){.table_no = NOTITIE,
						  .kind = BSYNC_CHANGE_INSERT,
						  .key_count = 1,
						  .key = &batch->keys[i],
						  .cell_count = 7,
						  .cells = batch->cells[i]};
}

static void put_update(struct batch *batch, const struct bench_row *source)
{
	uint32_t i = batch->count++;
	batch->rows[i] = *source;
	batch->keys[i] = id_of(batch->rows[i].id);
	batch->cells[i][0] = (struct bsync_cell_write){.column_no = 7, .value = bsync_value_integer(source->version)};
	batch->cells[i][1] = (struct bsync_cell_write){.column_no = 8, .value = text_of(batch->rows[i].text)};
	batch->changes[i] = (struct bsync_change){.table_no = NOTITIE,
						  .kind = BSYNC_CHANGE_UPDATE,
						  .key_count = 1,
						  .key = &batch->keys[i],
						  .cell_count = 2,
						  .cells = batch->cells[i]};
}

static bool batch_has(const struct batch *batch, const struct bench_row *row)
{
	for (uint32_t i = 0; i < batch->count; i++)
		if (memcmp(batch->rows[i].id, row->id, 16) == 0)
			return true;
	return false;
}

static void batch_init(struct batch *batch, uint32_t size)
{
	*batch = (struct batch){.rows = calloc(size, sizeof *batch->rows),
				.keys = calloc(size, sizeof *batch->keys),
				.cells = calloc(size, sizeof *batch->cells),
				.changes = calloc(size, sizeof *batch->changes)};
	if (batch->rows == NULL || batch->keys == NULL || batch->cells == NULL || batch->changes == NULL)
		abort();
}

void bench_add_changes(struct swarm_device *device, const uint8_t house[16], uint32_t count, uint32_t per_changeset,
		       uint64_t *random, struct bench_raw *raw)
{
	struct batch batch;
	batch_init(&batch, per_changeset);
	struct bench_row *made = calloc(UPDATABLE_MAX, sizeof *made);
	if (made == NULL)
		abort();
	/* Rows of the present changeset are updated by a later one: a row stands in a changeset once. */
	uint32_t made_count = 0, ready_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct bench_row *known = ready_count > 0 ? &made[ready_count - 1 - (i / 5) % ready_count] : NULL;
		if (i % 5 == 4 && known != NULL && !batch_has(&batch, known)) {
			known->version++;
			dutch_note(random, 330, known->text, sizeof known->text);
			put_update(&batch, known);
			raw_add(raw, known, true);
		} else {
			struct bench_row row;
			bench_row_make(&row, house, random);
			put_insert(&batch, &row);
			raw_add(raw, &row, false);
			if (made_count < UPDATABLE_MAX)
				made[made_count++] = row;
		}
		if (batch.count >= per_changeset || i + 1 == count) {
			struct bsync_changeset set = {.change_count = batch.count, .changes = batch.changes};
			swarm_device_add(device, &set);
			batch.count = 0;
			ready_count = made_count;
		}
	}
	free(made);
	free(batch.rows);
	free(batch.keys);
	free(batch.cells);
	free(batch.changes);
}
