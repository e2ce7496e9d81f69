/* Every folder tests/schemas/bad_* is refused for the reasons its first lines give, and for nothing else:
 *
 *   -- expect LINE: part of the text */
#include "tests/support/harness.h"

#include <dirent.h>

#include "core/schema/folder.h"

enum { EXPECTED_MAX = 8, TEXT_SIZE = 200 };

struct expected {
	unsigned line;
	char text[TEXT_SIZE];
};

/* Reads the expectations of the first file. */
static size_t expectations(const struct bsync_schema_folder *folder, struct expected list[EXPECTED_MAX])
{
	const char *at = (const char *)folder->files[0].sql.data;
	const char *end = at + folder->files[0].sql.size;
	size_t count = 0;

	while (at < end && strncmp(at, "--", 2) == 0 && count < EXPECTED_MAX) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		char line[TEXT_SIZE + 40] = "";
		char *colon;
		if (stop == NULL || (size_t)(stop - at) >= sizeof(line))
			break;
		memcpy(line, at, (size_t)(stop - at));
		colon = strchr(line, ':');
		if (strncmp(line, "-- expect ", 10) == 0 && colon != NULL) {
			list[count].line = (unsigned)strtoul(line + 10, NULL, 10);
			snprintf(list[count++].text, TEXT_SIZE, "%s", colon + 2);
		}
		at = stop + 1;
	}
	return count;
}

/* Writes what differs from the expectations, or an empty string. */
static void compare(const struct bsync_schema_report *report, const struct expected *list, size_t count, char *why,
		    size_t size)
{
	size_t errors = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct bsync_schema_problem *problem = &report->problems[i];
		bool is_expected = false;
		if (!problem->is_error)
			continue;
		errors++;
		for (size_t e = 0; e < count; e++)
			is_expected = is_expected ||
				      (problem->line == list[e].line && strstr(problem->text, list[e].text) != NULL);
		if (!is_expected)
			snprintf(why, size, "unexpected error at line %u: %s", problem->line, problem->text);
	}
	if (why[0] == '\0' && (errors != count || errors != report->error_count))
		snprintf(why, size, "%zu errors, expected %zu", errors, count);
}

static void folder_try(const char *name, char *why, size_t size)
{
	struct bsync_schema_folder folder;
	struct bsync_schema_report report = {0};
	struct bsync_schema *schema = NULL;
	struct expected list[EXPECTED_MAX];
	char path[600];

	why[0] = '\0';
	snprintf(path, sizeof(path), BSYNC_SOURCE_DIR "/tests/schemas/%s", name);
	if (bsync_schema_folder_read(path, &folder) != BSYNC_OK) {
		snprintf(why, size, "the folder cannot be read");
		return;
	}
	size_t count = expectations(&folder, list);
	enum bsync_result result = bsync_schema_compile(&folder.source, &schema, &report);
	if (count == 0)
		snprintf(why, size, "the file expects nothing");
	else if (result != BSYNC_SCHEMA || schema != NULL)
		snprintf(why, size, "the result is %s", bsync_result_name(result));
	else
		compare(&report, list, count, why, size);
	bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
	bsync_schema_folder_clear(&folder);
}

TEST(every_bad_schema_is_refused_with_line_and_reason)
{
	DIR *directory = opendir(BSYNC_SOURCE_DIR "/tests/schemas");
	const struct dirent *entry;
	int count = 0;
	int failed = 0;

	CHECK(directory != NULL);
	while ((entry = readdir(directory)) != NULL) {
		char why[1000];
		if (strncmp(entry->d_name, "bad_", 4) != 0)
			continue;
		folder_try(entry->d_name, why, sizeof(why));
		count++;
		failed += why[0] != '\0';
		if (why[0] != '\0')
			printf("# %s: %s\n", entry->d_name, why);
	}
	closedir(directory);
	CHECK_EQ(failed, 0);
	CHECK(count >= 80);
}
