#include "core/schema/report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 800 };

static void add(struct bsync_schema_report *report, bool is_error, struct bsync_schema_place place, const char *format,
		va_list arguments) __attribute__((format(printf, 4, 0)));

static void add(struct bsync_schema_report *report, bool is_error, struct bsync_schema_place place, const char *format,
		va_list arguments)
{
	assert(report != NULL);
	assert(format != NULL);
	char text[TEXT_SIZE];
	struct bsync_schema_problem problem = {.is_error = is_error, .line = place.line};

	vsnprintf(text, sizeof(text), format, arguments);
	report->error_count += is_error;
	if (report->count >= BSYNC_SCHEMA_PROBLEMS_MAX)
		return;
	if (report->problems == NULL)
		report->problems = calloc(BSYNC_SCHEMA_PROBLEMS_MAX, sizeof(*report->problems));
	if (report->problems == NULL)
		return;
	problem.file = strdup(place.file != NULL ? place.file : "");
	problem.text = strdup(text);
	if (problem.file == NULL || problem.text == NULL) {
		free(problem.file);
		free(problem.text);
		return;
	}
	report->problems[report->count++] = problem;
}

void bsync_schema_report_error(struct bsync_schema_report *report, struct bsync_schema_place place, const char *format,
			       ...)
{
	assert(report != NULL);
	assert(format != NULL);
	va_list arguments;

	va_start(arguments, format);
	add(report, true, place, format, arguments);
	va_end(arguments);
}

void bsync_schema_report_note(struct bsync_schema_report *report, struct bsync_schema_place place, const char *format,
			      ...)
{
	assert(report != NULL);
	assert(format != NULL);
	va_list arguments;

	va_start(arguments, format);
	add(report, false, place, format, arguments);
	va_end(arguments);
}

static bool is_after(const struct bsync_schema_problem *a, const struct bsync_schema_problem *b)
{
	assert(a != NULL);
	assert(b != NULL);
	int order = strcmp(a->file, b->file);

	return order != 0 ? order > 0 : a->line > b->line;
}

/* Insertion sort: stable, and the list is short. */
void bsync_schema_report_sort(struct bsync_schema_report *report)
{
	assert(report != NULL);
	for (size_t i = 1; i < report->count; i++) {
		struct bsync_schema_problem moved = report->problems[i];
		size_t j = i;

		for (; j > 0 && is_after(&report->problems[j - 1], &moved); j--)
			report->problems[j] = report->problems[j - 1];
		report->problems[j] = moved;
	}
}

void bsync_schema_report_clear(struct bsync_schema_report *report)
{
	assert(report != NULL);
	for (size_t i = 0; i < report->count; i++) {
		free(report->problems[i].file);
		free(report->problems[i].text);
	}
	free(report->problems);
	memset(report, 0, sizeof(*report));
}
