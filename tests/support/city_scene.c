#include "tests/support/city_scene.h"

#include <stdio.h>
#include <string.h>

void city_open(struct city *city)
{
	scene_open(&city->scene, "schema/utrecht");
	scene_team(&city->scene, "Zuid");
	scene_team(&city->scene, "Noord");
	scene_worker(&city->scene, "anna", "Zuid");
	scene_worker(&city->scene, "bram", "Zuid");
	scene_worker(&city->scene, "cees", "Noord");
	city->anna = scene_device(&city->scene, "anna");
	city->bram = scene_device(&city->scene, "bram");
	city->cees = scene_device(&city->scene, "cees");
	scene_pull(&city->scene, &city->anna);
	scene_pull(&city->scene, &city->bram);
	scene_pull(&city->scene, &city->cees);
}

enum bsync_verdict city_do(struct city *city, struct scene_device *device, const char *text)
{
	char filled[1000];
	char zuid[40];
	char noord[40];
	size_t at = 0;

	snprintf(zuid, sizeof(zuid), "x'%s'", scene_sql(&city->scene, "SELECT hex(id) FROM team WHERE naam = 'Zuid'"));
	snprintf(noord, sizeof(noord), "x'%s'",
		 scene_sql(&city->scene, "SELECT hex(id) FROM team WHERE naam = 'Noord'"));
	for (; *text != '\0'; text++) {
		if (text[0] == '%') {
			at += (size_t)snprintf(filled + at, sizeof(filled) - at, "%s", text[1] == 'Z' ? zuid : noord);
			text++;
		} else {
			filled[at++] = *text;
		}
	}
	filled[at] = '\0';
	return scene_do(&city->scene, device, filled);
}
