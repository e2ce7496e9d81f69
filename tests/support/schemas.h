/* schemas.h: compiles a schema once, however often stores and files are opened.
 *
 * A program that links with `buurtsync_kept_schemas` has these in place of the two functions of core/schema.  A compiled
 * schema is never written to, so that all who open one in a process can have the same; compiling it would be a third of
 * what they cost. */
#ifndef BSYNC_TESTS_SUPPORT_SCHEMAS_H
#define BSYNC_TESTS_SUPPORT_SCHEMAS_H

#include <stdbool.h>

/* Whether each is compiled anew all the same, by tests of what compiling takes; false at first. */
void schemas_compile_anew(bool shall_be);

#endif
