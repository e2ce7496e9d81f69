#include "core/roles.h"

#include <assert.h>
#include <string.h>

uint32_t bsync_roles_place(const struct bsync_roles *roles, const struct bsync_role *role)
{
	uint32_t place = 0;

	assert(roles != NULL && role != NULL);
	while (place < roles->count && strcmp(roles->list[place].name, role->name) != 0)
		place++;
	return place;
}
