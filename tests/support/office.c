#include "tests/support/office.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a reader of the file sees, in an order that does not depend on positions. */
static const char *const dump_queries[] = {
	"SELECT 'dossier', hex(id), naam FROM dossier ORDER BY id",
	"SELECT 'plan', hex(id), hex(dossier), titel, inzet, verhaal, begin, notitie, thema, bezoek, versie, status, getekend "
	"FROM plan ORDER BY id",
	"SELECT 'doel', hex(id), hex(dossier), hex(plan), tekst, volgorde FROM doel ORDER BY id",
	"SELECT 'stap', hex(id), hex(dossier), hex(plan), wat FROM stap ORDER BY id",
	"SELECT 'grave', table_no, hex(key), hex(row) FROM bsync_grave ORDER BY table_no, key",
	"SELECT 'conflict', table_no, hex(key), column_no, hex(id) FROM bsync_conflict ORDER BY table_no, key, column_no",
	"SELECT 'past', table_no, hex(key), column_no, hex(l.line), seq, quote(value) FROM bsync_history h "
	"JOIN bsync_line l ON l.no = h.line_no ORDER BY table_no, key, column_no, l.line, seq",
	"SELECT 'item', kind, table_no, hex(key), hex(author), reason, seq, hex(cells), hex(id) FROM bsync_item "
	"WHERE resolved_counter IS NULL AND kind <> 'deleted' ORDER BY id",
	/* Of two deletes that meet an edit one may have found nothing to delete. */
	"SELECT DISTINCT 'stayed', table_no, hex(key) FROM bsync_item i WHERE resolved_counter IS NULL AND "
	"kind = 'deleted' AND NOT EXISTS (SELECT 1 FROM bsync_grave g WHERE g.table_no = i.table_no AND g.key = i.key) "
	"ORDER BY table_no, key",
	"SELECT 'signed', hex(key), seq, has_fork, hex(content) FROM bsync_freeze ORDER BY key",
};

void office_dump(struct scene *scene, char out[OFFICE_DUMP_SIZE])
{
	sqlite3 *handle = NULL;
	size_t size = 0;

	if (sqlite3_open(scene->path, &handle) != SQLITE_OK)
		abort();
	for (size_t i = 0; i < sizeof(dump_queries) / sizeof(dump_queries[0]); i++) {
		sqlite3_stmt *row = NULL;

		if (sqlite3_prepare_v2(handle, dump_queries[i], -1, &row, NULL) != SQLITE_OK)
			abort();
		while (sqlite3_step(row) == SQLITE_ROW) {
			for (int c = 0; c < sqlite3_column_count(row); c++) {
				const char *text = (const char *)sqlite3_column_text(row, c);

				size += (size_t)snprintf(out + size, OFFICE_DUMP_SIZE - size, "%s%s", c == 0 ? "" : " ",
							 text != NULL ? text : "-");
			}
			size += (size_t)snprintf(out + size, OFFICE_DUMP_SIZE - size, "\n");
		}
		sqlite3_finalize(row);
	}
	sqlite3_close(handle);
}

void office_open(struct office *office)
{
	scene_pair_open(&office->pair, "tests/schemas/plan");
	scene_worker(&office->pair.scene, "Dirk", "Zuid");
	office->dirk = scene_device(&office->pair.scene, "Dirk");
	scene_pair_share(
		&office->pair,
		"insert dossier #d naam=gezin;"
		"insert plan #p dossier=#d titel=samen inzet=oud verhaal=een.twee begin=5 notitie=let-op thema+{geld} "
		"status=besproken;"
		"insert doel #g1 dossier=#d plan=#p tekst=een volgorde=1;"
		"insert doel #g2 dossier=#d plan=#p tekst=twee volgorde=2;"
		"insert stap #s1 dossier=#d plan=#p wat=bellen");
	scene_pull(&office->pair.scene, &office->dirk);
}

static struct scene_device *device_of(struct office *office, int device)
{
	return device == 0 ? &office->pair.anna : device == 1 ? &office->pair.bram : &office->dirk;
}

/* The next order of `count` parts after `order`; false after the last. */
static bool order_next(int *order, int count)
{
	int i = count - 2;
	int k = count - 1;

	while (i >= 0 && order[i] > order[i + 1])
		i--;
	if (i < 0)
		return false;
	while (order[k] < order[i])
		k--;
	int swap = order[i];
	order[i] = order[k];
	order[k] = swap;
	for (int a = i + 1, b = count - 1; a < b; a++, b--) {
		swap = order[a];
		order[a] = order[b];
		order[b] = swap;
	}
	return true;
}

/* A device hands in its changesets in the order in which it made them. */
static bool is_possible(const struct office_part *parts, const int *order, int count)
{
	for (int i = 0; i < count; i++) {
		for (int k = i + 1; k < count; k++) {
			if (parts[order[i]].device == parts[order[k]].device && order[i] > order[k])
				return false;
		}
	}
	return true;
}

/* Bram does `early`, which Dirk sees and Anna does not.  Then all parts are made before anybody hands one in, and they are
 * handed in by `order`. */
static void run(struct office *office, const char *early, const struct office_part *parts, const int *order, int count,
		char why[OFFICE_WHY_SIZE])
{
	struct scene *scene = &office->pair.scene;
	struct scene_set sets[OFFICE_PARTS_MAX];

	office_open(office);
	if (early != NULL) {
		scene_do(scene, &office->pair.bram, early);
		scene_pull(scene, &office->pair.bram);
		scene_pull(scene, &office->dirk);
	}
	for (int i = 0; i < count; i++)
		sets[i] = scene_make(scene, device_of(office, parts[i].device), parts[i].text);
	for (int i = 0; i < count; i++) {
		const struct office_part *part = &parts[order[i]];
		enum bsync_result result = scene_hand_in(scene, device_of(office, part->device), &sets[order[i]]);
		const char *findings = NULL;

		if (result != BSYNC_OK || scene->receipt.verdict == BSYNC_VERDICT_QUARANTINED)
			snprintf(why, OFFICE_WHY_SIZE, "%s was not taken: %s", part->text, scene->reason);
		findings = scene_check(scene);
		if (findings[0] != '\0')
			snprintf(why, OFFICE_WHY_SIZE, "after %s: %s", part->text, findings);
	}
	for (int i = 0; i < count; i++)
		scene_set_free(&sets[i]);
}

const char *office_orders(struct office *office, const char *early, const struct office_part *parts, int count)
{
	static char first[OFFICE_DUMP_SIZE];
	static char now[OFFICE_DUMP_SIZE];
	static char why[OFFICE_WHY_SIZE];
	int order[OFFICE_PARTS_MAX] = {0, 1, 2, 3};
	bool has_first = false;
	bool has_more = true;

	why[0] = '\0';
	while (has_more) {
		if (is_possible(parts, order, count)) {
			if (has_first)
				scene_close(&office->pair.scene);
			run(office, early, parts, order, count, why);
			office_dump(&office->pair.scene, now);
			if (!has_first)
				memcpy(first, now, sizeof(first));
			if (strcmp(now, first) != 0)
				snprintf(why, OFFICE_WHY_SIZE, "order %d %d %d %d\n--- first\n%s--- now\n%s", order[0],
					 order[1], order[2], order[3], first, now);
			has_first = true;
		}
		has_more = order_next(order, count);
	}
	return why;
}
