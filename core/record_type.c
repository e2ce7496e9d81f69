#include "core/record_type.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct bsync_table *bsync_schema_table(const struct bsync_schema *schema, uint32_t no)
{
	uint32_t low = 0;
	uint32_t high = 0;

	assert(schema != NULL);
	high = schema->table_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (schema->tables[middle].no < no)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == schema->table_count || schema->tables[low].no != no)
		return NULL;
	return &schema->tables[low];
}

int bsync_schema_circle(const struct bsync_schema *schema, uint32_t no)
{
	assert(schema != NULL);
	for (uint32_t i = 0; i < schema->circle_count; i++) {
		if (schema->circles[i].no == no)
			return (int)i;
	}
	return -1;
}

const struct bsync_table *bsync_schema_table_named(const struct bsync_schema *schema, const char *name)
{
	assert(schema != NULL);
	assert(name != NULL);
	for (uint32_t i = 0; i < schema->table_count; i++) {
		if (strcmp(schema->tables[i].name, name) == 0)
			return &schema->tables[i];
	}
	return NULL;
}

int bsync_table_column(const struct bsync_table *table, uint32_t no)
{
	assert(table != NULL);
	assert(table->column_count <= BSYNC_COLUMNS_MAX);
	/* Numbers mostly follow table order, so the first guess is nearly always right. */
	if (no >= 1 && no <= table->column_count && table->columns[no - 1].no == no)
		return (int)(no - 1);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].no == no)
			return (int)i;
	}
	return -1;
}

int bsync_table_column_named(const struct bsync_table *table, const char *name)
{
	assert(table != NULL);
	assert(name != NULL);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (strcmp(table->columns[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

bool bsync_column_same_group(const struct bsync_column *a, const struct bsync_column *b)
{
	assert(a != NULL && b != NULL);
	return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0;
}

const char *bsync_rule_name(enum bsync_rule rule)
{
	switch (rule) {
#define X(name, word)           \
	case BSYNC_RULE_##name: \
		return word;
		BSYNC_RULE_LIST(X)
#undef X
	}
	assert(false && "a rule");
	return "";
}

const char *bsync_column_rule_name(const struct bsync_column *column)
{
	assert(column != NULL);
	return column->is_key ? "key" : bsync_rule_name(column->rule);
}

bool bsync_rule_parse(const char *word, enum bsync_rule *rule)
{
	static const struct {
		const char *word;
		enum bsync_rule rule;
	} rules[] = {
#define X(name, text) {text, BSYNC_RULE_##name},
		BSYNC_RULE_LIST(X)
#undef X
	};

	assert(word != NULL);
	assert(rule != NULL);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].word, word) == 0) {
			*rule = rules[i].rule;
			return true;
		}
	}
	return false;
}

bool bsync_rule_asks(enum bsync_rule rule)
{
	return rule == BSYNC_RULE_KEEP || rule == BSYNC_RULE_TEXT;
}

static void table_clear(struct bsync_table *table)
{
	assert(table != NULL);
	for (uint32_t i = 0; table->columns != NULL && i < table->column_count; i++) {
		free(table->columns[i].name);
		free(table->columns[i].lattice);
		free(table->columns[i].roles);
		free(table->columns[i].group);
	}
	for (uint32_t i = 0; table->faces != NULL && i < table->face_count; i++) {
		free(table->faces[i].name);
		free(table->faces[i].scope_sql);
	}
	free(table->columns);
	free(table->faces);
	free(table->name);
}

static void circle_clear(struct bsync_circle *circle)
{
	assert(circle != NULL);
	free(circle->name);
	free(circle->members_sql);
	free(circle->writers_sql);
	free(circle->founders_sql);
	free(circle->lead_sql);
}

const struct bsync_freeze_part *bsync_schema_freeze(const struct bsync_schema *schema, uint32_t index,
						    const struct bsync_freeze **freeze)
{
	assert(schema != NULL);
	assert(freeze != NULL);
	for (uint32_t i = 0; i < schema->freeze_count; i++) {
		const struct bsync_freeze *candidate = &schema->freezes[i];

		for (uint32_t k = 0; k < candidate->part_count; k++) {
			if (candidate->parts[k].table != index)
				continue;
			*freeze = candidate;
			return &candidate->parts[k];
		}
	}
	return NULL;
}

void bsync_schema_free(struct bsync_schema *schema)
{
	if (schema == NULL)
		return;
	/* A half-built schema may have counts before it has the arrays. */
	for (uint32_t i = 0; schema->tables != NULL && i < schema->table_count; i++)
		table_clear(&schema->tables[i]);
	for (uint32_t i = 0; schema->circles != NULL && i < schema->circle_count; i++)
		circle_clear(&schema->circles[i]);
	for (uint32_t i = 0; schema->deps != NULL && i < schema->dep_count; i++)
		free(schema->deps[i].scopes_sql);
	for (uint32_t i = 0; schema->freezes != NULL && i < schema->freeze_count; i++)
		free(schema->freezes[i].parts);
	for (uint32_t i = 0; schema->handovers != NULL && i < schema->handover_count; i++)
		free(schema->handovers[i].rows_sql);
	free(schema->handovers);
	free(schema->freezes);
	free(schema->uniques);
	free(schema->references);
	free(schema->tables);
	free(schema->circles);
	free(schema->deps);
	free(schema->name);
	/* The slice type is for borrowers; here the schema owns what it points to. */
	free((void *)(uintptr_t)schema->dictionary.data);
	free(schema);
}
