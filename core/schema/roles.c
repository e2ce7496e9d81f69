/* roles.c: the arguments of rule `role`. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/roles.h"

static void complain(struct bsync_schema_build *build, const struct bsync_table *table,
		     const struct bsync_column *column, struct bsync_schema_place place, const char *what)
{
	bsync_schema_report_error(build->report, place, "column %s.%s, rule role: %s", table->name, column->name, what);
}

/* NULL when the name can be added, else why not. */
static const char *flaw_of(const struct bsync_roles *roles, const char *name)
{
	struct bsync_role role = {{0}};
	const size_t size = name != NULL ? strlen(name) : 0;

	if (size == 0 || size > BSYNC_ROLE_NAME_MAX)
		return "the name of a role has 1 to 64 bytes";
	if (roles->count == BSYNC_ROLES_MAX)
		return "it lists more than 16 roles";
	memcpy(role.name, name, size);
	return bsync_roles_place(roles, &role) != roles->count ? "it lists a role twice" : NULL;
}

enum bsync_result bsync_schema_roles_load(struct bsync_schema_build *build, const struct bsync_table *table,
					  struct bsync_column *column, const char *args,
					  struct bsync_schema_place place)
{
	static const char sql[] =
		"SELECT r.value, r.type FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END) o, json_each(o.value) r"
		" WHERE o.key = 'roles' AND o.type = 'array'";
	struct bsync_roles *roles = calloc(1, sizeof(*roles));
	sqlite3_stmt *row = NULL;
	const char *flaw = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	assert(build != NULL && table != NULL);
	column->roles = roles;
	if (roles == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_db_prepare(&build->db, sql, &row);
	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, args);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row && flaw == NULL) {
		const char *name = bsync_db_string(row, 0);

		flaw = flaw_of(roles, strcmp(bsync_db_string(row, 1), "text") == 0 ? name : NULL);
		if (flaw == NULL)
			memcpy(roles->list[roles->count++].name, name, strlen(name));
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	if (flaw == NULL && roles->count == 0)
		flaw = "its args are a JSON object with the roles, the highest first, like {\"roles\": [\"teammanager\"]}";
	if (result == BSYNC_OK && flaw != NULL)
		complain(build, table, column, place, flaw);
	return result;
}
