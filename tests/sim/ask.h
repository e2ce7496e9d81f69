/* ask.h: the harness's own questions to a store or a device's file, each prepared once a connection.
 *
 * Preparing anew was a tenth of a world's time. */
#ifndef BSYNC_TESTS_SIM_ASK_H
#define BSYNC_TESTS_SIM_ASK_H

#include "client-sdk/store/device.h"
#include "daemon/store/store.h"

/* Gets each row of the answer; its values stand until it returns. */
typedef void ask_row(void *context, uint32_t count, const struct bsync_value *values);

/* Runs one SELECT, with `number` as ?1 where it has that. */
enum bsync_result ask_view(struct bsync_view *view, const char *sql, uint64_t number, ask_row *row, void *context);
enum bsync_result ask_file(struct bsync_file *file, const char *sql, uint64_t number, ask_row *row, void *context);

/* Before it is closed. */
void ask_forget_view(struct bsync_view *view);
void ask_forget_file(struct bsync_file *file);

#endif
