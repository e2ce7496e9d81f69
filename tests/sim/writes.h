/* writes.h: what users write: one random statement of SQL at a time, with what the ledger must know of it. */
#ifndef BSYNC_TESTS_SIM_WRITES_H
#define BSYNC_TESTS_SIM_WRITES_H

#include "tests/sim/ledger.h"

/* Runs a statement on a device, noting it in the trace; fails the world when it fails. */
bool write_run(struct world_device *device, const char *sql);
void write_format(struct world_device *device, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first column of the query's first row as text; false when there is none. */
bool write_ask(struct world_device *device, const char *sql, char *out, size_t size);
/* True when the last statement changed a row. */
bool write_has_changed(struct world_device *device);
/* `expression` on a random row of the table, which may have a WHERE behind it; false when there is none. */
bool write_some_row(struct world_device *device, const char *table, const char *expression, char *out, size_t size);
/* The name of a random point ("L0/3"); false when the device has none. */
bool write_some_point(struct world_device *device, char *out, size_t size);
/* One random statement, inside a transaction. */
void write_one(struct world_device *device, struct ledger_entry *entry);

#endif
