/* keep: writes the two databases of tests/kept as this build makes them, for tests/kept/make.sh.
 *
 * keep FOLDER: store.db, of tests/schemas/lijst, has rows, a conflict, a deleted row, an item, and a changeset that waits for
 * its scope; device.db has rows that were pulled and work that is not handed in.  Ids, keys and times are invented. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/device_pull.h"
#include "tests/support/store_scene.h"

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "keep: %s\n", what);
	exit(1);
}

static void move(const char *from, const char *folder, const char *name)
{
	char to[400];

	snprintf(to, sizeof to, "%s/%s", folder, name);
	must(rename(from, to) == 0, to);
}

static void store_make(const char *folder)
{
	struct scene_pair pair;
	struct scene *scene = &pair.scene;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(
		&pair,
		"insert lijst werk titel=Werk; insert punt werk,1 tekst=een aantal+=2; insert punt werk,2 tekst=twee; "
		"insert logboek #log lijst=werk tekst=begin");
	scene_do(scene, &pair.anna, "update punt werk,1 tekst=anna labels+{a,b}; delete punt werk,2");
	scene_do(scene, &pair.bram, "update punt werk,1 tekst=bram aantal+=3");
	scene_do(scene, &pair.bram, "update logboek #log tekst=anders");
	scene_do(scene, &pair.bram, "insert punt geheim,1 tekst=wacht");
	scene_pull(scene, &pair.anna);
	must(scene_check(scene)[0] == '\0', "the store is not whole");
	bsync_view_close(scene->view);
	bsync_store_close(scene->store);
	move(scene->path, folder, "store.db");
}

static void device_make(const char *folder)
{
	struct device_scene scene;

	must(pull_scene_make(&scene), "no device");
	must(pull_send_note(&scene, "gepulld", 20) == BSYNC_OK, "no note");
	must(device_scene_run(scene.file, "UPDATE dossier SET naam = 'eigen naam', teller = teller + 1"), "no update");
	must(device_scene_run(scene.file, "INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'07', x'01', 'eigen')"),
	     "no insert");
	bsync_file_close(scene.file);
	move(scene.path, folder, "device.db");
}

int main(int count, char **words)
{
	must(count == 2, "usage: keep FOLDER");
	store_make(words[1]);
	device_make(words[1]);
	return 0;
}
