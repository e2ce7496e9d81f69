#include "tests/support/store_scene.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/frame.h"
#include "core/schema/folder.h"

#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		enum bsync_result must_result = (call);                                                                \
		if (must_result != BSYNC_OK) {                                                                         \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, bsync_result_name(must_result)); \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

static int chance_fill(void *context, uint8_t *out, size_t size)
{
	uint64_t *chance = context;
	struct bsync_digest digest;

	for (size_t i = 0; i < size; i++) {
		if (i % BSYNC_DIGEST_SIZE == 0) {
			(*chance)++;
			bsync_sha256((struct bsync_bytes){(const uint8_t *)chance, sizeof(*chance)}, &digest);
		}
		out[i] = digest.bytes[i % BSYNC_DIGEST_SIZE];
	}
	return 0;
}

void scene_id(const char *name, uint8_t id[16])
{
	struct bsync_digest digest;

	bsync_sha256(bsync_bytes_of_string(name), &digest);
	memcpy(id, digest.bytes, 16);
}

struct bsync_random scene_random(struct scene *scene)
{
	return (struct bsync_random){chance_fill, &scene->chance};
}

void scene_open(struct scene *scene, const char *schema)
{
	struct bsync_schema_folder folder;
	struct bsync_store_birth birth = {.name = "Buurt", .now_ms = SCENE_NOW_MS};
	char path[300];

	memset(scene, 0, sizeof(*scene));
	snprintf(scene->folder, sizeof(scene->folder), "/tmp/bsync-store-XXXXXX");
	if (mkdtemp(scene->folder) == NULL)
		abort();
	snprintf(scene->path, sizeof(scene->path), "%s/store.db", scene->folder);
	scene->random = scene_random(scene);
	scene->now_ms = SCENE_NOW_MS;
	memset(scene->key.bytes, 7, sizeof(scene->key.bytes));
	scene_id("organisation", birth.organisation.bytes);
	snprintf(path, sizeof(path), "%s/%s", BSYNC_SOURCE_DIR, schema);
	MUST(bsync_schema_folder_read(path, &folder));
	birth.schema = folder.source;
	MUST(bsync_store_create(scene->path, &birth, &scene->key, &scene->random));
	bsync_schema_folder_clear(&folder);
	MUST(bsync_store_open(scene->path, &scene->key, &scene->random, &scene->store));
	MUST(bsync_view_open(scene->path, &scene->key, &scene->view));
}

void scene_close(struct scene *scene)
{
	static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm", "store.lock"};
	char path[120];

	bsync_view_close(scene->view);
	bsync_store_close(scene->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scene->folder, names[i]);
		unlink(path);
	}
	rmdir(scene->folder);
}

void scene_reopen(struct scene *scene)
{
	bsync_view_close(scene->view);
	bsync_store_close(scene->store);
	MUST(bsync_store_open(scene->path, &scene->key, &scene->random, &scene->store));
	MUST(bsync_view_open(scene->path, &scene->key, &scene->view));
}

void scene_team(struct scene *scene, const char *name)
{
	uint8_t id[16];

	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_team_add(scene->store, name, scene->now_ms, id));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
}

struct bsync_worker_id scene_worker(struct scene *scene, const char *name, const char *team)
{
	struct bsync_worker_id id;

	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_worker_add(scene->store, name, team, NULL, scene->now_ms, &id));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
	return id;
}

struct scene_device scene_device(struct scene *scene, const char *worker)
{
	struct scene_device device = {0};
	struct bsync_device row = {.public_key_size = 4};
	uint8_t secret[16];
	uint8_t share[32] = {1};
	char name[64];
	char worker_name[200];

	MUST(bsync_view_worker_find(scene->view, worker, &device.worker));
	MUST(bsync_store_code_create(scene->store, &device.worker, scene->now_ms, scene->now_ms + 1000, secret));
	MUST(bsync_store_code_check(scene->store, secret, scene->now_ms, &row.worker, worker_name));
	/* Ids by order of making, the same in every scene. */
	snprintf(name, sizeof(name), "device %u", ++scene->device_count);
	scene_id(name, device.id.bytes);
	snprintf(name, sizeof(name), "line %u", scene->device_count);
	scene_id(name, device.line.bytes);
	row.id = device.id;
	snprintf(name, sizeof(name), "certificate %u", scene->device_count);
	bsync_sha256(bsync_bytes_of_string(name), &row.certificate);
	MUST(bsync_store_device_add(scene->store, secret, &row, share, scene->now_ms));
	return device;
}

/* --- What devices write --- */

/* A change that is being read from text. */
struct draft {
	struct scene *scene;
	struct scene_device *device;
	struct bsync_arena arena;
	const struct bsync_table *table;
	struct bsync_change change;
};

static struct bsync_bytes kept(struct draft *draft, const void *data, size_t size)
{
	return bsync_arena_copy(&draft->arena, (struct bsync_bytes){data, size});
}

static struct bsync_value value_of(struct draft *draft, const char *text, size_t size)
{
	char word[4000];
	uint8_t id[4000];
	struct bsync_worker_id worker;

	if (size >= sizeof(word))
		abort();
	memcpy(word, text, size);
	word[size] = '\0';
	if (strcmp(word, "null") == 0)
		return bsync_value_null();
	if (word[0] == '#') {
		scene_id(word + 1, id);
		return bsync_value_blob(kept(draft, id, 16));
	}
	if (word[0] == '@') {
		MUST(bsync_view_worker_find(draft->scene->view, word + 1, &worker));
		return bsync_value_blob(kept(draft, worker.bytes, 16));
	}
	if (word[0] == 'x' && word[1] == '\'') {
		size_t count = (size - 3) / 2;

		for (size_t i = 0; i < count; i++)
			id[i] = (uint8_t)strtoul((char[]){word[2 + 2 * i], word[3 + 2 * i], 0}, NULL, 16);
		return bsync_value_blob(kept(draft, id, count));
	}
	if (isdigit((unsigned char)word[0]) || (word[0] == '-' && isdigit((unsigned char)word[1]))) {
		char *end = NULL;
		long long integer = strtoll(word, &end, 10);

		if (*end == '\0')
			return bsync_value_integer(integer);
		if (*end == '.') {
			double real = strtod(word, &end);

			if (*end == '\0')
				return bsync_value_real(real);
		}
	}
	return bsync_value_text(kept(draft, word, size));
}

static int value_order(const void *a, const void *b)
{
	return bsync_value_compare(a, b);
}

/* The elements between braces, ascending. */
static uint32_t elements_of(struct draft *draft, const char *text, size_t size, struct bsync_value **out)
{
	uint32_t count = 0;

	*out = bsync_arena_take(&draft->arena, 100 * sizeof(**out));
	while (size != 0) {
		const char *comma = memchr(text, ',', size);
		size_t length = comma != NULL ? (size_t)(comma - text) : size;

		(*out)[count++] = value_of(draft, text, length);
		size -= length + (comma != NULL);
		text += length + (comma != NULL);
	}
	qsort(*out, count, sizeof(**out), value_order);
	return count;
}

/* Every version that stands in the cell: what a device that sees them all names. */
static void names_all(struct draft *draft, struct bsync_cell_write *write)
{
	struct bsync_history_get request = {
		.token = 1,
		.table_no = draft->table->no,
		.key_count = draft->change.key_count,
		.key = draft->change.key,
	};
	struct bsync_buffer payload;
	struct bsync_history history;

	bsync_buffer_init(&payload, 1 << 20);
	MUST(bsync_view_history(draft->scene->view, &draft->device->id, &draft->device->worker, draft->scene->now_ms,
				&request, &payload));
	MUST(bsync_history_decode(kept(draft, payload.data, payload.size), &draft->arena, &history));
	write->base_kind = BSYNC_BASE_NAMES;
	write->names = bsync_arena_take(&draft->arena, history.count * sizeof(*write->names));
	for (uint32_t i = 0; i < history.count; i++) {
		if (history.entries[i].replaced_counter == 0 && history.entries[i].column_no == write->column_no)
			write->names[write->name_count++] = history.entries[i].variant.dot;
	}
	bsync_buffer_clear(&payload);
}

static void write_read(struct draft *draft, const char *word, size_t size)
{
	struct bsync_cell_write write = {.kind = BSYNC_WRITE_VALUE};
	size_t name = strcspn(word, "=+-!");
	char column[100];
	uint32_t at = draft->change.cell_count++;
	const char *rest = word + name;
	size_t left = size - name;
	int index = -1;

	memcpy(column, word, name);
	column[name] = '\0';
	index = bsync_table_column_named(draft->table, column);
	write.column_no = index >= 0 ? draft->table->columns[index].no : 999;
	if (rest[0] == '+' && rest[1] == '=') {
		write.kind = BSYNC_WRITE_DELTA;
		write.delta = strtoll(rest + 2, NULL, 10);
	} else if (rest[1] == '{') {
		write.kind = BSYNC_WRITE_SET;
		if (rest[0] == '+')
			write.add_count = elements_of(draft, rest + 2, left - 3, &write.adds);
		else
			write.remove_count = elements_of(draft, rest + 2, left - 3, &write.removes);
	} else {
		bool by_name = rest[0] == '!';
		const char *base = NULL;

		rest += by_name ? 2 : 1;
		left -= by_name ? 2 : 1;
		base = left > 1 ? memchr(rest + 1, '@', left - 1) : NULL;
		if (base != NULL) {
			write.base_kind = BSYNC_BASE_OWN;
			write.base = (struct bsync_position){1, strtoull(base + 1, NULL, 10)};
			left = (size_t)(base - rest);
		}
		write.value = value_of(draft, rest, left);
		if (by_name)
			names_all(draft, &write);
	}
	while (at > 0 && draft->change.cells[at - 1].column_no > write.column_no) {
		draft->change.cells[at] = draft->change.cells[at - 1];
		at--;
	}
	draft->change.cells[at] = write;
}

static void change_read(struct draft *draft, const char *text, size_t size)
{
	const char *end = text + size;
	int word_no = 0;

	draft->change = (struct bsync_change){0};
	draft->change.cells = bsync_arena_take(&draft->arena, 100 * sizeof(*draft->change.cells));
	while (text < end) {
		size_t length = strcspn(text, " ;");
		char name[100];

		if (length == 0) {
			text++;
			continue;
		}
		if (word_no == 0) {
			draft->change.kind = text[0] == 'i'   ? BSYNC_CHANGE_INSERT
					     : text[0] == 'u' ? BSYNC_CHANGE_UPDATE
							      : BSYNC_CHANGE_DELETE;
		} else if (word_no == 1) {
			memcpy(name, text, length);
			name[length] = '\0';
			draft->table = bsync_schema_table_named(bsync_store_schema(draft->scene->store), name);
			draft->change.table_no = draft->table != NULL        ? draft->table->no
						 : strcmp(name, "item") == 0 ? BSYNC_ITEMS_TABLE_NO
									     : 999;
		} else if (word_no == 2) {
			draft->change.key = bsync_arena_take(&draft->arena, 8 * sizeof(*draft->change.key));
			for (size_t at = 0; at < length;) {
				size_t part = strcspn(text + at, ", ;");

				draft->change.key[draft->change.key_count++] = value_of(draft, text + at, part);
				at += part + 1;
			}
		} else if (text[0] == '@') {
			draft->change.has_base = true;
			draft->change.base = (struct bsync_position){1, strtoull(text + 1, NULL, 10)};
		} else {
			write_read(draft, text, length);
		}
		text += length;
		word_no++;
	}
}

static void set_finish(struct scene_set *set, struct scene *scene, struct scene_device *device)
{
	struct bsync_buffer chain;

	bsync_buffer_init(&chain, 16 << 20);
	set->previous = device->hash;
	set->seq = ++device->seq;
	scene->now_ms += 1000;
	set->stamp_ms = scene->now_ms + device->clock_ms;
	MUST(bsync_buffer_append(&chain, device->hash.bytes, BSYNC_DIGEST_SIZE));
	MUST(bsync_buffer_append(&chain, set->plain.data, set->plain.size));
	bsync_sha256(bsync_buffer_bytes(&chain), &set->hash);
	device->hash = set->hash;
	bsync_buffer_clear(&chain);
}

struct scene_set scene_make(struct scene *scene, struct scene_device *device, const char *text)
{
	struct draft draft = {.scene = scene, .device = device};
	struct bsync_change changes[200];
	struct bsync_changeset changeset = {
		.schema_version = bsync_store_schema(scene->store)->version,
		.base = device->cursor,
		.seen_ms = device->seen_ms,
		.changes = changes,
	};
	struct scene_set set = {0};

	changeset.evidence.clock.wall_ms = scene->now_ms + device->clock_ms;
	bsync_arena_init(&draft.arena, 16 << 20);
	bsync_buffer_init(&set.plain, 16 << 20);
	while (*text != '\0') {
		size_t size = strcspn(text, ";");

		change_read(&draft, text, size);
		changes[changeset.change_count++] = draft.change;
		text += size + (text[size] == ';');
	}
	MUST(bsync_changeset_encode(&changeset, &set.plain));
	bsync_arena_clear(&draft.arena);
	set_finish(&set, scene, device);
	return set;
}

void scene_set_free(struct scene_set *set)
{
	bsync_buffer_clear(&set->plain);
}

void scene_line(struct scene *scene, struct scene_device *device, const char *name, uint64_t first_seq)
{
	struct bsync_epoch_open open = {.epoch = 2, .suite = 1, .first_seq = first_seq, .parent = device->hash};
	struct bsync_key secret = {{9}};

	scene_id(name, device->line.bytes);
	open.line = device->line;
	device->seq = first_seq - 1;
	device->hash = (struct bsync_digest){{0}};
	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_epoch_put(scene->store, &device->id, &open, &secret, scene->now_ms));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
}

enum bsync_result scene_hand_in(struct scene *scene, const struct scene_device *device, const struct scene_set *set)
{
	struct bsync_arena arena;
	struct bsync_opened opened = {
		.seq = set->seq,
		.hash = set->hash,
		.plain = bsync_buffer_bytes(&set->plain),
		.stamp_ms = set->stamp_ms,
	};
	struct bsync_batch batch = {
		.device = device->id,
		.worker = device->worker,
		.line = device->line,
		.epoch = 1,
		.first_seq = set->seq,
		.previous = set->previous,
		.count = 1,
		.changesets = &opened,
		.now_ms = scene->now_ms,
		.confirmed = device->said,
	};
	struct bsync_receipts receipts = {0};
	enum bsync_result result;

	bsync_arena_init(&arena, 64 << 20);
	opened.decoded = bsync_changeset_decode(opened.plain, &arena, &opened.changeset);
	MUST(bsync_store_group_begin(scene->store));
	result = bsync_store_apply(scene->store, &batch, &arena, &receipts);
	if (result == BSYNC_OK) {
		MUST(bsync_store_group_commit(scene->store, &scene->touched));
		scene->receipt = receipts.receipts[0];
		snprintf(scene->reason, sizeof(scene->reason), "%.*s", (int)scene->receipt.reason.size,
			 (const char *)scene->receipt.reason.data);
	} else {
		bsync_store_group_rollback(scene->store);
	}
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_verdict scene_do(struct scene *scene, struct scene_device *device, const char *text)
{
	struct scene_set set = scene_make(scene, device, text);

	MUST(scene_hand_in(scene, device, &set));
	scene_set_free(&set);
	return scene->receipt.verdict;
}

enum bsync_verdict scene_do_bytes(struct scene *scene, struct scene_device *device, const char *bytes)
{
	struct scene_set set = {0};

	bsync_buffer_init(&set.plain, 1 << 20);
	MUST(bsync_buffer_append(&set.plain, bytes, strlen(bytes)));
	set_finish(&set, scene, device);
	MUST(scene_hand_in(scene, device, &set));
	scene_set_free(&set);
	return scene->receipt.verdict;
}

/* --- Two of them --- */

void scene_pair_open(struct scene_pair *pair, const char *schema)
{
	scene_open(&pair->scene, schema);
	scene_team(&pair->scene, "Zuid");
	scene_worker(&pair->scene, "anna", "Zuid");
	scene_worker(&pair->scene, "bram", "Zuid");
	pair->anna = scene_device(&pair->scene, "anna");
	pair->bram = scene_device(&pair->scene, "bram");
	scene_pull(&pair->scene, &pair->anna);
	scene_pull(&pair->scene, &pair->bram);
}

void scene_pair_share(struct scene_pair *pair, const char *text)
{
	scene_do(&pair->scene, &pair->anna, text);
	scene_pull(&pair->scene, &pair->anna);
	scene_pull(&pair->scene, &pair->bram);
}
