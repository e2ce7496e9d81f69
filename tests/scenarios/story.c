#include "tests/scenarios/story.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE_MAX = 1 << 20 };

void story_wrong(const struct story *story, uint32_t number, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%u: ", story->path, number);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(2);
}

static char *trim(char *text)
{
	size_t size;

	while (isspace((unsigned char)*text))
		text++;
	size = strlen(text);
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		text[--size] = '\0';
	return text;
}

/* Cuts `text` at the first `mark` and returns what is behind it, NULL when it is not there. */
static char *cut(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return trim(at + strlen(mark));
}

uint32_t story_worker(const struct story *story, const char *name)
{
	uint32_t i = 0;

	while (i < story->worker_count && strcmp(story->names[i], name) != 0)
		i++;
	return i;
}

uint32_t story_workers(const struct story *story, const struct story_line *line, uint32_t numbers[NURSERY_DEVICES_MAX])
{
	char copy[STORY_TEXT_MAX];
	uint32_t count = 0;

	snprintf(copy, sizeof copy, "%s", line->text);
	if (strcmp(copy, "everybody") == 0) {
		for (; count < story->worker_count; count++)
			numbers[count] = count;
		return count;
	}
	for (char *rest = copy, *next = NULL; rest != NULL; rest = next) {
		next = cut(rest, ",");
		uint32_t number = story_worker(story, trim(rest));
		if (number == story->worker_count)
			story_wrong(story, line->number, "nobody is called '%s'", trim(rest));
		if (count == NURSERY_DEVICES_MAX)
			story_wrong(story, line->number, "too many names");
		numbers[count++] = number;
	}
	return count;
}

/* workers: NAME, NAME (ROLE), NAME of TEAM, … */
static void workers_read(struct story *story, uint32_t number, char *text)
{
	for (char *next = NULL; text != NULL; text = next) {
		next = cut(text, ",");
		if (story->worker_count == NURSERY_DEVICES_MAX)
			story_wrong(story, number, "a story has at most %d workers", NURSERY_DEVICES_MAX);
		story->teams[story->worker_count] = cut(text, " of ");
		char *role = cut(text, "(");
		if (role != NULL && cut(role, ")") == NULL)
			story_wrong(story, number, "the role ends with ')'");
		story->roles[story->worker_count] = role;
		story->names[story->worker_count++] = trim(text);
	}
}

static bool takes(char **text, const char *words)
{
	size_t size = strlen(words);

	if (strncmp(*text, words, size) != 0)
		return false;
	*text = trim(*text + size);
	return true;
}

static void line_read(struct story *story, uint32_t number, char *text)
{
	struct story_line *line = &story->lines[story->line_count];
	static const struct {
		const char *words;
		enum story_kind kind;
		bool has_who;
	} starts[] = {{"inbox of ", STORY_INBOX, true},
		      {"not shown to ", STORY_UNSEEN, true},
		      {"quarantine", STORY_QUARANTINE, false},
		      {"concerned", STORY_CONCERN, false},
		      {"sync in every order: ", STORY_EVERY, false},
		      {"sync ", STORY_SYNC, false}};
	static const struct {
		const char *words;
		enum story_kind kind;
	} verbs[] = {{" chooses ", STORY_CHOOSE},
		     {" opens ", STORY_OPEN},
		     {" closes ", STORY_CLOSE},
		     {" starts again", STORY_START}};

	if (takes(&text, "workers: ")) {
		workers_read(story, number, text);
		return;
	}
	if (story->line_count == STORY_LINES_MAX)
		story_wrong(story, number, "a story has at most %d lines", STORY_LINES_MAX);
	*line = (struct story_line){.number = number};
	story->line_count++;
	if (takes(&text, "clock of ")) {
		line->kind = STORY_CLOCK;
		line->who = text;
		line->text = cut(text, ": ");
		if (line->text == NULL)
			story_wrong(story, number, "clock of WHO: +N years|days|hours");
		return;
	}
	if (takes(&text, "later: ")) {
		line->kind = STORY_LATER;
		line->text = text;
		return;
	}
	line->expected = cut(text, " => ");
	text = trim(text);
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (!takes(&text, starts[i].words))
			continue;
		line->kind = starts[i].kind;
		line->who = starts[i].has_who ? text : NULL;
		line->text = text;
		return;
	}
	char *colon = strstr(text, ": ");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		char *at = strstr(text, verbs[i].words);
		if (at == NULL || (colon != NULL && colon < at))
			continue;
		line->kind = verbs[i].kind;
		line->text = cut(text, verbs[i].words);
		line->who = trim(text);
		return;
	}
	line->text = cut(text, ": ");
	line->who = trim(text);
	line->kind = line->expected != NULL ? STORY_EXPECT : STORY_SQL;
	if (line->text == NULL)
		story_wrong(story, number, "this is neither an act nor an expectation: %s", text);
}

/* Joins lines that go on, drops comments, and reads the rest one by one. */
static void lines_read(struct story *story)
{
	char joined[STORY_TEXT_MAX] = "";
	char *at = story->bytes;
	char *store = malloc(FILE_SIZE_MAX);
	char *next = store;
	uint32_t number = 0, first = 0;

	if (store == NULL)
		abort();
	while (at != NULL) {
		char *end = strchr(at, '\n');
		bool is_more = *at == ' ' || *at == '\t';

		number++;
		if (end != NULL)
			*end++ = '\0';
		if (!is_more && joined[0] != '\0') {
			char *kept = next;
			next += snprintf(next, (size_t)(store + FILE_SIZE_MAX - next), "%s", joined) + 1;
			line_read(story, first, kept);
			joined[0] = '\0';
		}
		if (*at != '#' && trim(at)[0] != '\0') {
			if (!is_more)
				first = number;
			if (strlen(joined) + strlen(at) + 2 > sizeof joined)
				story_wrong(story, number, "this line is too long");
			size_t used = strlen(joined);
			snprintf(joined + used, sizeof joined - used, "%s%s", is_more ? " " : "", trim(at));
		}
		at = end;
	}
	if (joined[0] != '\0') {
		snprintf(next, (size_t)(store + FILE_SIZE_MAX - next), "%s", joined);
		line_read(story, first, next);
	}
	free(story->bytes);
	story->bytes = store;
}

void story_read(struct story *story, const char *path)
{
	FILE *file = fopen(path, "rb");

	memset(story, 0, sizeof *story);
	story->path = path;
	story->bytes = calloc(1, FILE_SIZE_MAX);
	if (file == NULL || story->bytes == NULL) {
		perror(path);
		exit(2);
	}
	if (fread(story->bytes, 1, FILE_SIZE_MAX - 1, file) == FILE_SIZE_MAX - 1)
		story_wrong(story, 1, "the file is too large");
	fclose(file);
	lines_read(story);
	if (story->worker_count == 0 || story->line_count == 0)
		story_wrong(story, 1, "a story has workers and lines");
}

void story_clear(struct story *story)
{
	free(story->bytes);
}
