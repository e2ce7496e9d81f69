#include "core/mbedtls_result.h"

#include <assert.h>

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509.h>

/* A code is the sum of one of a high module, a multiple of 128, and of the low one that caused it (mbedtls/error.h). */
enum { LOW_BITS = 0x7f };

enum bsync_result bsync_mbedtls_result(int status, enum bsync_result otherwise)
{
	assert(otherwise != BSYNC_OK);
	const int low = -(-status & LOW_BITS);

	if (status >= 0)
		return BSYNC_OK;
	if (low == MBEDTLS_ERR_MPI_ALLOC_FAILED || low == MBEDTLS_ERR_ASN1_ALLOC_FAILED)
		return BSYNC_NO_MEMORY;
	switch (status - low) {
	case MBEDTLS_ERR_ECP_ALLOC_FAILED:
	case MBEDTLS_ERR_PK_ALLOC_FAILED:
	case MBEDTLS_ERR_MD_ALLOC_FAILED:
	case MBEDTLS_ERR_X509_ALLOC_FAILED:
		return BSYNC_NO_MEMORY;
	default:
		return otherwise;
	}
}
