#include "tests/support/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dutch.h"
#include "tests/support/process.h"

#define MUST(call) must(call, #call)

/* GROUP: changesets that are made durable together. */
enum { GROUP = 200, TEXT_SIZE = 16384, WORD_SIZE = 500, ARENA_MAX = 64 << 20, LOG_PAGES = 4000, DAY_MS = 86400000 };

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "town: %s: %s\n", what, bsync_result_text(result));
	exit(1);
}

/* --- People --- */

static void worker_add(struct town *town, uint32_t number)
{
	struct scene *scene = &town->scene;
	char name[40];
	uint8_t team[BSYNC_ID_SIZE];
	snprintf(name, sizeof name, "team %u", number / TOWN_TEAM);
	if (number % TOWN_TEAM == 0) {
		MUST(bsync_store_team_add(scene->store, name, scene->now_ms, team));
		bsync_id_text(team, town->teams[number / TOWN_TEAM]);
	}
	char worker[40];
	snprintf(worker, sizeof worker, "worker %u", number);
	MUST(bsync_store_worker_add(scene->store, worker, town->teams[number / TOWN_TEAM], NULL, scene->now_ms,
				    &town->people[number]));
}

static void device_add(struct town *town, uint32_t number)
{
	struct scene *scene = &town->scene;
	struct scene_device *device = &town->devices[number];
	struct bsync_device row = {.worker = town->people[number % town->workers], .public_key_size = 4};
	uint8_t secret[16], share[32] = {1};
	char name[40];
	snprintf(name, sizeof name, "device %u", number);
	scene_id(name, row.id.bytes);
	bsync_sha256(bsync_bytes_of_string(name), &row.certificate);
	*device = (struct scene_device){.id = row.id, .worker = row.worker, .said = {1, 0}};
	snprintf(name, sizeof name, "line %u", number);
	scene_id(name, device->line.bytes);
	MUST(bsync_store_code_create(scene->store, &row.worker, scene->now_ms, scene->now_ms + DAY_MS, secret));
	MUST(bsync_store_device_add(scene->store, secret, &row, share, scene->now_ms));
}

static void in_groups(struct town *town, uint32_t count, void (*each)(struct town *town, uint32_t number))
{
	struct scene *scene = &town->scene;
	for (uint32_t i = 0; i < count; i++) {
		if (i % GROUP == 0)
			MUST(bsync_store_group_begin(scene->store));
		each(town, i);
		if (i % GROUP == GROUP - 1 || i == count - 1) {
			MUST(bsync_store_group_commit(scene->store, &scene->touched));
			MUST(bsync_store_checkpoint(scene->store, LOG_PAGES));
		}
	}
}

/* --- Dossiers --- */

/* As the text of a changeset has it (store_scene.h): without spaces. */
static const char *words(struct town *town, size_t length)
{
	static char text[WORD_SIZE];
	dutch_note(&town->random, length, text, sizeof text);
	for (char *at = text; *at != '\0'; at++)
		if (*at == ' ' || *at == ';' || *at == '@')
			*at = '_';
	return text;
}

void town_take_in(struct town *town, const struct scene_device *device, const struct scene_set *set)
{
	struct scene *scene = &town->scene;
	struct bsync_arena arena;
	struct bsync_opened opened = {.seq = set->seq,
				      .hash = set->hash,
				      .plain = bsync_buffer_bytes(&set->plain),
				      .stamp_ms = set->stamp_ms};
	struct bsync_batch batch = {.device = device->id,
				    .worker = device->worker,
				    .line = device->line,
				    .epoch = 1,
				    .first_seq = set->seq,
				    .previous = set->previous,
				    .count = 1,
				    .changesets = &opened,
				    .now_ms = scene->now_ms};
	struct bsync_receipts receipts = {0};
	bsync_arena_init(&arena, ARENA_MAX);
	opened.decoded = bsync_changeset_decode(opened.plain, &arena, &opened.changeset);
	MUST(bsync_store_apply(scene->store, &batch, &arena, &receipts));
	if (receipts.receipts[0].verdict != BSYNC_VERDICT_APPLIED) {
		fprintf(stderr, "town: a changeset is not simply applied: %.*s\n",
			(int)receipts.receipts[0].reason.size, (const char *)receipts.receipts[0].reason.data);
		exit(1);
	}
	bsync_arena_clear(&arena);
}

/* One changeset of the worker who has it: the file, its people, a plan with two goals, notes and an agreement. */
struct scene_set town_dossier(struct town *town, uint32_t number, uint32_t worker)
{
	static char text[TEXT_SIZE];
	const char *team = town->teams[worker / TOWN_TEAM];
	char me[TOWN_HEX_SIZE];
	size_t used = 0;
	bsync_id_text(town->people[worker].bytes, me);
#define ADD(...) used += (size_t)snprintf(text + used, sizeof text - used, __VA_ARGS__)
	ADD("insert dossier #d%u roepnaam=gezin_%u wijk_code=w%u status=actief vaste_hulpverlener_id=x'%s'"
	    " aan_zet_team_id=x'%s' aangemeld_op=2025-%02u-01;",
	    number, number, number % 10, me, team, 1 + number % 12);
	ADD("insert betrokkenheid #b%u dossier_id=#d%u medewerker_id=x'%s' team_id=x'%s' rol=gezinswerker basis=eigen_taak"
	    " vanaf=2025-01-01 status=actief;",
	    number, number, me, team);
	for (int i = 0; i < 3; i++)
		ADD("insert persoon #p%u.%d dossier_id=#d%u naam=naam_%d voorkeurstaal=nl geboortejaar=%u;", number, i,
		    number, i, 1950 + number % 70);
	ADD("insert ondersteuningsplan #o%u dossier_id=#d%u vraag_van_client=%s status=concept;", number, number,
	    words(town, 150));
	for (int i = 0; i < 2; i++)
		ADD("insert doel #g%u.%d dossier_id=#d%u plan_id=#o%u tekst=%s status=open volgorde=%d;", number, i,
		    number, number, words(town, 60), i);
	for (int i = 0; i < 2; i++)
		ADD("insert voortgang #n%u.%d dossier_id=#d%u doel_id=#g%u.0 soort=gesprek op=2025-12-01 tekst=%s;",
		    number, i, number, number, words(town, 330));
	ADD("insert afspraak #a%u dossier_id=#d%u doel_id=#g%u.0 wat=%s status=open", number, number, number,
	    words(town, 80));
#undef ADD
	if (used >= sizeof text)
		abort();
	return scene_make(&town->scene, &town->devices[worker], text);
}

static void dossier_add(struct town *town, uint32_t number)
{
	uint32_t worker = number < TOWN_HELD ? 0 : 1 + number % (town->workers - 1);
	struct scene_set set = town_dossier(town, number, worker);
	town_take_in(town, &town->devices[worker], &set);
	scene_set_free(&set);
}

void town_open(struct town *town, uint32_t dossiers, uint32_t workers, uint32_t devices)
{
	*town = (struct town){.dossiers = dossiers, .workers = workers, .device_count = devices, .random = 5};
	town->teams = calloc(workers / TOWN_TEAM + 1, sizeof *town->teams);
	town->people = calloc(workers, sizeof *town->people);
	town->devices = calloc(devices, sizeof *town->devices);
	if (town->teams == NULL || town->people == NULL || town->devices == NULL)
		abort();
	scene_open(&town->scene, "schema/utrecht");
	double began = (double)clock_us();
	in_groups(town, workers, worker_add);
	in_groups(town, devices, device_add);
	double people = (double)clock_us();
	in_groups(town, dossiers, dossier_add);
	fprintf(stderr, "town: %u dossiers, %u workers, %u devices in %.1f + %.1f s\n", dossiers, workers, devices,
		(people - began) / 1e6, ((double)clock_us() - people) / 1e6);
}

void town_close(struct town *town)
{
	scene_close(&town->scene);
	free(town->teams);
	free(town->people);
	free(town->devices);
}
