/* mbedtls_result.h: what a failure of mbedtls means.
 *
 * Only for the files of core/ that call mbedtls. */
#ifndef BSYNC_CORE_MBEDTLS_RESULT_H
#define BSYNC_CORE_MBEDTLS_RESULT_H

#include "core/result.h"

/* BSYNC_OK for 0, BSYNC_NO_MEMORY for every code that says so, by itself or as the cause of another, else `otherwise`. */
BSYNC_CHECKED enum bsync_result bsync_mbedtls_result(int status, enum bsync_result otherwise);

#endif
