#include "core/schema/build.h"

#include <assert.h>
#include <string.h>

#include "core/schema/token.h"

struct bsync_schema_place bsync_schema_place_offset(const struct bsync_schema_source *source, size_t file,
						    size_t offset)
{
	assert(source != NULL);
	assert(file < source->file_count);
	struct bsync_bytes sql = source->files[file].sql;
	struct bsync_schema_place place = {source->files[file].name, 1};

	for (size_t i = 0; i < offset && i < sql.size; i++)
		place.line += sql.data[i] == '\n';
	return place;
}

static struct bsync_schema_place place_of(const struct bsync_schema_build *build,
					  const struct bsync_schema_statement *statement, const uint8_t *at)
{
	const uint8_t *start = build->source->files[statement->file].sql.data;

	assert(at >= start);
	return bsync_schema_place_offset(build->source, statement->file, (size_t)(at - start));
}

/* Finds the first innermost parenthesis that holds both strings; NULL when there is none. */
static const uint8_t *tuple_find(struct bsync_bytes sql, const char *a, const char *b)
{
	struct bsync_token token;
	const uint8_t *start = NULL;
	bool has_a = false;
	bool has_b = false;

	while (bsync_token_next(&sql, &token)) {
		if (bsync_token_is_sign(&token, '(')) {
			start = token.text.data;
			has_a = a == NULL;
			has_b = b == NULL;
			continue;
		}
		/* One string may be both: a table's face of the same name. */
		if (a != NULL && !has_a && bsync_token_is_string(&token, a))
			has_a = true;
		else if (b != NULL && !has_b && bsync_token_is_string(&token, b))
			has_b = true;
		if (start != NULL && has_a && has_b)
			return start;
	}
	return NULL;
}

struct bsync_schema_place bsync_schema_place_row(const struct bsync_schema_build *build, enum bsync_registry registry,
						 int64_t row, const char *a, const char *b)
{
	assert(build != NULL);
	assert(registry < BSYNC_REGISTRY_COUNT);
	struct bsync_schema_place nowhere = {NULL, 0};

	for (size_t i = 0; i < build->statement_count; i++) {
		const struct bsync_schema_statement *statement = &build->statements[i];
		if (statement->last_row[registry] < row)
			continue;
		const uint8_t *tuple = tuple_find(statement->text, a, b);
		return place_of(build, statement, tuple != NULL ? tuple : statement->text.data);
	}
	return nowhere;
}

/* The statement makes or alters the object `name`: its first words name it. */
static bool is_about(struct bsync_bytes sql, const char *name, bool *is_alter)
{
	assert(name != NULL);
	assert(is_alter != NULL);
	struct bsync_token token;
	bool is_definition = false;

	*is_alter = false;
	while (bsync_token_next(&sql, &token)) {
		if (!is_definition) {
			*is_alter = bsync_token_is_word(&token, "ALTER");
			is_definition = *is_alter || bsync_token_is_word(&token, "CREATE");
			if (!is_definition)
				return false;
		} else if (bsync_token_is_sign(&token, '(') || bsync_token_is_word(&token, "AS") ||
			   bsync_token_is_word(&token, "ON") || bsync_token_is_word(&token, "ADD")) {
			return false;
		} else if (bsync_token_is_name(&token, name)) {
			return true;
		}
	}
	return false;
}

struct bsync_schema_place bsync_schema_place_object(const struct bsync_schema_build *build, const char *name)
{
	assert(build != NULL);
	assert(name != NULL);
	struct bsync_schema_place nowhere = {NULL, 0};
	bool is_alter;

	/* A view can have been made anew. */
	for (size_t i = build->statement_count; i-- > 0;) {
		const struct bsync_schema_statement *statement = &build->statements[i];
		if (is_about(statement->text, name, &is_alter) && !is_alter)
			return place_of(build, statement, statement->text.data);
	}
	return nowhere;
}

/* Finds where a definition begins with `column`: after the first parenthesis or a comma, or after ADD. */
static const uint8_t *column_find(struct bsync_bytes sql, const char *column)
{
	assert(column != NULL);
	struct bsync_token token;
	int depth = 0;
	bool is_start = false;

	while (bsync_token_next(&sql, &token)) {
		if (is_start && bsync_token_is_name(&token, column))
			return token.text.data;
		bool is_comma = bsync_token_is_sign(&token, ',') && depth == 1;
		bool is_open = bsync_token_is_sign(&token, '(');
		depth += is_open;
		depth -= bsync_token_is_sign(&token, ')');
		is_start = is_comma || (is_open && depth == 1) || bsync_token_is_word(&token, "ADD") ||
			   bsync_token_is_word(&token, "COLUMN");
	}
	return NULL;
}

struct bsync_schema_place bsync_schema_place_column(const struct bsync_schema_build *build, const char *table,
						    const char *column)
{
	assert(build != NULL);
	assert(table != NULL);
	assert(column != NULL);
	bool is_alter;

	for (size_t i = 0; i < build->statement_count; i++) {
		const struct bsync_schema_statement *statement = &build->statements[i];
		if (!is_about(statement->text, table, &is_alter))
			continue;
		const uint8_t *at = column_find(statement->text, column);
		if (at != NULL)
			return place_of(build, statement, at);
	}
	return bsync_schema_place_object(build, table);
}
