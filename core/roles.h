/* roles.h: who wins by rule `role`: an order of the names of roles. */
#ifndef BSYNC_CORE_ROLES_H
#define BSYNC_CORE_ROLES_H

#include <stdint.h>

enum { BSYNC_ROLES_MAX = 16, BSYNC_ROLE_NAME_MAX = 64 };

/* The name of a role, empty for none; longer ones are cut and match nothing. */
struct bsync_role {
	char name[BSYNC_ROLE_NAME_MAX + 1];
};

/* Of one column: the highest first; who has none of these comes after them all. */
struct bsync_roles {
	uint32_t count;
	struct bsync_role list[BSYNC_ROLES_MAX];
};

/* The place of the role in the order, from 0; `count` when it is none of them. */
uint32_t bsync_roles_place(const struct bsync_roles *roles, const struct bsync_role *role);

#endif
